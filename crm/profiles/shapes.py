"""The shapes of attributes and scores as the API takes and gives them."""

from __future__ import annotations

from datetime import date, datetime

import msgspec

from crm.web.parameters import Id, Version

Text = str | None


class ChoiceShape(msgspec.Struct, forbid_unknown_fields=True):
    """One option; the code is made from the English name if it is left out."""

    name_de: str
    name_en: str = ""
    code: str = ""


class AttributeIn(msgspec.Struct, forbid_unknown_fields=True):
    """An attribute to define. `retention_days` or `retention_months`; `roles` empty: all staff."""

    name_de: Text = None
    name_en: Text = None
    type: Text = None
    kind: Text = None
    purpose: Text = None
    legal_basis: Text = None
    code: Text = None
    about: Text = None
    basis_note: Text = None
    hint_de: Text = None
    hint_en: Text = None
    retention_days: int | None = None
    retention_months: int | None = None
    roles: list[str] = []
    is_special: bool = False
    choices: list[ChoiceShape] = []


class AttributePatch(msgspec.Struct, forbid_unknown_fields=True):
    """What to change; what is left out stays. `retired` takes it out of use or back."""

    name_de: Text | msgspec.UnsetType = msgspec.UNSET
    name_en: Text | msgspec.UnsetType = msgspec.UNSET
    type: Text | msgspec.UnsetType = msgspec.UNSET
    kind: Text | msgspec.UnsetType = msgspec.UNSET
    purpose: Text | msgspec.UnsetType = msgspec.UNSET
    legal_basis: Text | msgspec.UnsetType = msgspec.UNSET
    about: Text | msgspec.UnsetType = msgspec.UNSET
    basis_note: Text | msgspec.UnsetType = msgspec.UNSET
    hint_de: Text | msgspec.UnsetType = msgspec.UNSET
    hint_en: Text | msgspec.UnsetType = msgspec.UNSET
    retention_days: int | msgspec.UnsetType | None = msgspec.UNSET
    retention_months: int | msgspec.UnsetType | None = msgspec.UNSET
    roles: list[str] | msgspec.UnsetType = msgspec.UNSET
    is_special: bool | msgspec.UnsetType = msgspec.UNSET
    choices: list[ChoiceShape] | msgspec.UnsetType = msgspec.UNSET
    retired: bool | msgspec.UnsetType = msgspec.UNSET
    version: Version | None = None


class AttributeOut(msgspec.Struct):
    code: str
    name_de: str
    name_en: str
    type: str
    kind: str
    about: str
    purpose: str
    legal_basis: str
    basis_note: str
    hint_de: str
    hint_en: str
    retention_days: int | None
    retention_months: int | None
    roles: list[str]
    is_special: bool
    choices: list[ChoiceShape]
    retired: bool
    version: int


class AttributeList(msgspec.Struct):
    items: list[AttributeOut]


class ValueIn(msgspec.Struct, forbid_unknown_fields=True):
    """A value: text, a number, true or false, a date as 2026-11-30, a choice by its code. `person_id` for a person at an
    organisation; `reference` names the contract, for an attribute that rests on one."""

    value: str | int | float | bool | None = None
    person_id: Id | None = None
    reference: str = ""
    version: Version | None = None


class ValueOut(msgspec.Struct):
    """`hidden`: a special category; read it by its own address, which is put on record."""

    code: str
    name: str
    person_id: int | None
    value: str | int | float | bool | None
    shown: str
    hidden: bool
    legal_basis: str
    purpose: str
    recorded_at: datetime | None
    version: int


class ValueList(msgspec.Struct):
    items: list[ValueOut]


class ScoreOut(msgspec.Struct):
    """A customer's scores with their inputs; `why_not` says in a sentence why there are none."""

    abc_class: str | None = None
    computed_class: str | None = None
    is_reviewed: bool = False
    rfm: str | None = None
    recency: int | None = None
    frequency: int | None = None
    monetary: int | None = None
    revenue: float | None = None
    share: float | None = None
    share_before: float | None = None
    rank: int | None = None
    compared: int | None = None
    orders: int | None = None
    last_order_on: date | None = None
    recency_days: int | None = None
    computed_at: datetime | None = None
    sentences: list[str] = []
    why_not: str = ""


class RunOut(msgspec.Struct):
    """A computation of all scores."""

    id: int
    status: str
    requested_at: datetime
    finished_at: datetime | None
    scored: int
    left_out: int


class ReviewIn(msgspec.Struct, forbid_unknown_fields=True):
    """What the customer asks for, in their words."""

    request: str


class DecisionIn(msgspec.Struct, forbid_unknown_fields=True):
    """A, B or C, and why."""

    abc_class: str
    reason: str
