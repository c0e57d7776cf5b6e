"""The forms of touchpoints and phases: a body as typed values, or every error at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from crm.customers.words import CHANNELS
from crm.touchpoints.catalogue.queries import Kept
from crm.touchpoints.tables import Stage, TouchpointState
from crm.web.forms import Fields
from crm.web.i18n import _

NAME_LIMIT = 120
LOWEST, HIGHEST = Decimal(1), Decimal(5)
USUAL_TARGET = "4.2"
UNCHANGED, FIRST = "", "-"
"""What `after` says beside codes: leave the place as it is (a new one: at the end), and: first in its phase."""


@dataclass(frozen=True, slots=True)
class TouchpointData:
    """A touchpoint as somebody wants it. `phase` and `parent` are codes, `responsible` an id, `moments` codes of reasons for contact;
    `state` is planned or active."""

    name_de: str
    name_en: str
    phase: str
    channels: tuple[str, ...]
    is_direct: bool
    department: str
    responsible: int | None
    is_moment_of_truth: bool
    moments: tuple[str, ...]
    importance: int
    target: Decimal
    parent: str
    state: str


@dataclass(frozen=True, slots=True)
class PhaseData:
    name_de: str
    name_en: str
    stage: str


def parse_touchpoint(fields: Fields, reasons: Sequence[str]) -> tuple[TouchpointData, str]:
    """What was typed, and after which touchpoint it comes. `reasons` are the codes that may be named as moments of truth. Whether
    phase, parent and person exist is for the action to see. Raises Invalid with all errors."""
    name_de = fields.text("name_de", required=True, limit=NAME_LIMIT)
    data = TouchpointData(
        name_de=name_de,
        name_en=fields.text("name_en", limit=NAME_LIMIT) or name_de,
        phase=fields.text("phase", required=True, limit=40),
        channels=tuple(code for code in CHANNELS if fields.flag(f"channel_{code}")),
        is_direct=fields.one_of("is_direct", ("1", "0"), "1") != "0",
        department=fields.text("department", limit=120),
        responsible=fields.reference("responsible"),
        is_moment_of_truth=fields.flag("is_moment_of_truth"),
        moments=tuple(code for code in reasons if fields.flag(f"moment_{code}")),
        importance=fields.number("importance", low=1, high=5, required=True) or 3,
        target=_target(fields),
        parent=fields.text("parent", limit=40),
        state=fields.one_of("state", (TouchpointState.PLANNED.value, TouchpointState.ACTIVE.value), "active"),
    )
    after = fields.text("after", limit=40)
    if len(",".join(data.moments)) > 1000:
        fields.error("moments", _("That are more moments of truth than fit. Name the most important ones."))
    fields.check()
    return data, after


def parse_phase(fields: Fields) -> PhaseData:
    """Raises Invalid with all errors."""
    name_de = fields.text("name_de", required=True, limit=NAME_LIMIT)
    name_en = fields.text("name_en", limit=NAME_LIMIT) or name_de
    data = PhaseData(name_de, name_en, fields.choice("stage", Stage).value)
    fields.check()
    return data


def _target(fields: Fields) -> Decimal:
    """1 to 5, with a comma or a point, to a hundredth."""
    typed = fields.text("target", required=True, limit=20)
    try:
        value = Decimal(typed.replace(",", ".", 1))
    except InvalidOperation:
        value = Decimal(0)
    if typed and not (value.is_finite() and LOWEST <= value <= HIGHEST):
        fields.error("target", _("Please enter a number from 1 to 5, such as 4.2."))
        return HIGHEST
    return round(value, 2)


def typed_values(kept: Kept) -> dict[str, Any]:
    """A touchpoint as its form shows it."""
    row = kept.row
    return {
        "name_de": row.name_de, "name_en": "" if row.name_en == row.name_de else row.name_en, "phase": row.phase, "after": UNCHANGED,
        "is_direct": "1" if row.is_direct else "0", "department": row.department, "responsible": row.responsible or "",
        "is_moment_of_truth": "1" if row.is_moment_of_truth else "", "importance": row.importance, "target": f"{row.target:.2f}",
        "parent": row.parent, "state": row.state, "version": row.version, **{f"channel_{code}": "1" for code in kept.channels},
        **{f"moment_{code}": "1" for code in kept.moments},
    }  # fmt: skip


def sent_values(values: Mapping[str, Any]) -> dict[str, Any]:
    """A body of the API as the form would send it: lists as ticks, null as nothing."""
    found = {name: value for name, value in values.items() if name not in ("channels", "moments", "is_direct")}
    found = {name: "1" if value is True else "" if value in (None, False) else value for name, value in found.items()}
    found["is_direct"] = "1" if values.get("is_direct", True) else "0"
    for name, mark in (("channels", "channel"), ("moments", "moment")):
        found |= {f"{mark}_{code}": "1" for code in values.get(name) or ()}
    return found
