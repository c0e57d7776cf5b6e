"""When an imported row and a customer are the same: by rule, not by likeness. Pure; the import and whoever else writes many
customers at once look the keys up by set (`known.py`).

The same are: those with the same external number; with the same e-mail address; with the same telephone number and a name
that is alike; with the same name and postcode. What is only similar is for the search for duplicates."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum

import msgspec
from rapidfuzz.fuzz import token_set_ratio

from crm.records.name_forms import core_of
from crm.text import sort_key

ALIKE = 80
"""Of 100: so much of a name must agree beside the same telephone number, which a whole office may share."""


class Why(StrEnum):
    """What two have in common, from the surest on."""

    EXTERNAL_ID = "external_id"
    PERSON_EXTERNAL_ID = "person_external_id"
    SAME_ROW = "same_row"
    EMAIL = "email"
    PHONE = "phone"
    NAME = "name"


class Keys(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """What a customer, or a person at one, is looked up by. E-mail addresses in lower case, telephone numbers as E.164.
    `name_key` sorts as the customer does; `person_key` is the folded name of a person at an organisation."""

    is_organisation: bool
    name: str
    name_key: str
    postcodes: frozenset[str]
    external_id: str = ""
    emails: frozenset[str] = frozenset()
    phones: frozenset[str] = frozenset()
    person_key: str = ""
    person_name: str = ""
    person_emails: frozenset[str] = frozenset()
    person_phones: frozenset[str] = frozenset()
    person_external_id: str = ""
    fingerprint: int = 0

    @property
    def has_person(self) -> bool:
        return bool(self.person_key)


@dataclass(frozen=True, slots=True)
class Found:
    """A customer that is there, as far as the rule needs it; `person_id` is who was found by name, mail or telephone."""

    customer_id: int
    is_organisation: bool
    name: str
    person_id: int | None = None
    state: str = ""
    """deleted, restricted or nothing."""


@dataclass(slots=True)
class Known:
    """What a look-up has found, by key."""

    external_ids: dict[str, Found] = field(default_factory=dict)
    person_external_ids: dict[str, Found] = field(default_factory=dict)
    emails: dict[str, list[Found]] = field(default_factory=dict)
    phones: dict[str, list[tuple[Found, str]]] = field(default_factory=dict)
    names: dict[str, list[tuple[Found, frozenset[str]]]] = field(default_factory=dict)
    persons: dict[int, dict[str, int]] = field(default_factory=dict)
    restricted_persons: set[int] = field(default_factory=set)
    """Those of `persons` whose data are restricted, though their organisation's are not."""
    fingerprints: dict[int, Found] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Match:
    """Who a row is: the customer, the person if one was found, and why. `is_whole` is false if only the organisation is
    known and the person of the row is new there."""

    customer: Found
    person_id: int | None
    why: Why
    is_whole: bool = True


def match(row: Keys, known: Known) -> Match | None:
    """Who this row is, by the surest thing in common; None if nobody."""
    if row.fingerprint in known.fingerprints:
        found = known.fingerprints[row.fingerprint]
        return Match(found, found.person_id, Why.SAME_ROW)
    if row.is_organisation and row.has_person:
        return _match_contact(row, known)
    return _match_customer(row, known)


def _match_customer(row: Keys, known: Known) -> Match | None:
    if row.external_id in known.external_ids:
        found = known.external_ids[row.external_id]
        return Match(found, found.person_id, Why.EXTERNAL_ID)
    if row.person_external_id in known.person_external_ids:
        found = known.person_external_ids[row.person_external_id]
        return Match(found, found.person_id, Why.PERSON_EXTERNAL_ID)
    return _by_reach(row.name, row.emails, row.phones, known, row.is_organisation) or _by_name(row, known)


def _match_contact(row: Keys, known: Known) -> Match | None:
    """A person at an organisation: both known, or the organisation alone, or the person somewhere else."""
    home, why = _organisation(row, known)
    person = known.person_external_ids.get(row.person_external_id)
    if person is not None:
        return Match(person, person.person_id, Why.PERSON_EXTERNAL_ID)
    if home is not None and (person_id := known.persons.get(home.customer_id, {}).get(row.person_key)) is not None:
        state = "restricted" if person_id in known.restricted_persons else home.state
        return Match(replace(home, state=state), person_id, why)
    if row.external_id in known.external_ids and home is not None:
        return Match(home, None, why, is_whole=False)
    elsewhere = _by_reach(row.person_name, row.person_emails, row.person_phones, known, None)
    if elsewhere is not None and elsewhere.person_id is not None:
        return elsewhere
    return Match(home, None, why, is_whole=False) if home is not None else None


def _organisation(row: Keys, known: Known) -> tuple[Found | None, Why]:
    if row.external_id in known.external_ids:
        return known.external_ids[row.external_id], Why.EXTERNAL_ID
    found = _by_reach(row.name, row.emails, row.phones, known, True)
    if found is not None and found.customer.is_organisation:
        return found.customer, found.why
    for there, postcodes in known.names.get(row.name_key, ()):
        if there.is_organisation and _may_be_one_place(row.postcodes, postcodes):
            return there, Why.NAME
    return None, Why.NAME


def _by_reach(
    name: str, emails: Iterable[str], phones: Iterable[str], known: Known, is_organisation: bool | None
) -> Match | None:
    for address in sorted(emails):
        for found in sorted(known.emails.get(address, ()), key=lambda each: _fit(each, is_organisation)):
            return Match(found, found.person_id, Why.EMAIL)
    for number in sorted(phones):
        for found, theirs in sorted(known.phones.get(number, ()), key=lambda each: _fit(each[0], is_organisation)):
            if is_alike(name, theirs):
                return Match(found, found.person_id, Why.PHONE)
    return None


def _fit(found: Found, is_organisation: bool | None) -> tuple[bool, int]:
    return (is_organisation is not None and found.is_organisation != is_organisation, found.customer_id)


def _by_name(row: Keys, known: Known) -> Match | None:
    for found, postcodes in known.names.get(row.name_key, ()):
        if found.is_organisation == row.is_organisation and (
            row.postcodes & postcodes or (row.is_organisation and not row.postcodes and not postcodes)
        ):
            return Match(found, found.person_id, Why.NAME)
    return None


def _may_be_one_place(mine: frozenset[str], theirs: frozenset[str]) -> bool:
    """A contact's company without a postcode is the company of that name."""
    return not mine or not theirs or bool(mine & theirs)


def is_alike(one: str, other: str) -> bool:
    """Whether two names, without legal forms, are the same but for a word or a slip."""
    mine, theirs = (" ".join(core_of(name)[0]) for name in (one, other))
    return bool(mine) and bool(theirs) and token_set_ratio(mine, theirs) >= ALIKE


def person_key(given_name: str, family_name: str) -> str:
    return sort_key(f"{family_name} {given_name}")
