"""Rows of a file that could not be imported, and who they are about: of somebody whose data are restricted since, nothing is told
and nothing leaves the house (GDPR Art. 18), though the row itself was never taken in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from crm.customers.actions import SORT_KEY_LENGTH
from crm.database import Row, decoded, fetch
from crm.records import values
from crm.records.header_names import API
from crm.records.same import person_key
from crm.text import sort_key
from crm.web.forms import Fields

HIDDEN = """
    EXISTS (SELECT FROM customer h WHERE h.id = w.customer AND (h.deleted_at IS NOT NULL OR h.restricted_at IS NOT NULL))
    OR EXISTS (SELECT FROM person h WHERE h.id = w.person AND h.restricted_at IS NOT NULL)
"""
"""The condition under which a row (w) is about somebody who is deleted or restricted: then only its outcome is told."""

_NUMBERS = ("external_id", "person_external_id", "customer_external_id", "customer_number")
_LONGEST_NUMBER = 200
_OF_ORGANISATION = frozenset({"external_id", "customer_external_id", "customer_number", "email", "phone", "phone_2"})
"""What says which organisation a row is about; anything else says it of the person."""
_PHONES = (
    "phone",
    "phone_2",
    "person_phone",
    "person_phone_2",
    "person_phone_3",
    "person_phone_private",
    "person_mobile",
)

_PERSON = """(p.restricted_at IS NOT NULL OR EXISTS (
    SELECT FROM affiliation a JOIN customer c ON c.id = a.customer WHERE a.person = p.id AND a.is_self AND c.restricted_at IS NOT NULL))"""
_CUSTOMER = """(c.restricted_at IS NOT NULL OR EXISTS (
    SELECT FROM affiliation a JOIN person p ON p.id = a.person WHERE a.customer = c.id AND a.is_self AND p.restricted_at IS NOT NULL))"""


def _reached(table: str, column: str) -> str:
    return f"""
        SELECT {column} AS key FROM {table} e LEFT JOIN person p ON p.id = e.person LEFT JOIN customer c ON c.id = e.customer
        WHERE {column} = ANY($1) AND ({_PERSON} OR {_CUSTOMER})
    """


_BY_NUMBER = f"""
    SELECT c.external_id AS key FROM customer c WHERE c.external_id = ANY($1) AND {_CUSTOMER}
    UNION SELECT c.number FROM customer c WHERE c.number = ANY($1) AND {_CUSTOMER}
    UNION SELECT p.external_id FROM person p WHERE p.external_id = ANY($1) AND {_PERSON}
"""
_BY_MAIL, _BY_PHONE = _reached("email_address", "lower(e.address)"), _reached("phone_number", "e.number")
_PERSON_NAMES = """
    SELECT p.given_name, p.family_name FROM person p WHERE p.restricted_at IS NOT NULL
    UNION SELECT p.given_name, p.family_name FROM customer c JOIN affiliation a ON a.customer = c.id AND a.is_self
        JOIN person p ON p.id = a.person WHERE c.restricted_at IS NOT NULL
"""
"""All of them, for they are few, and names are folded here as everywhere: an index holds who is restricted, none how a name is
folded."""
_NAMES = """
    SELECT sort_key AS key FROM customer
    WHERE restricted_at IS NOT NULL AND kind = 'organisation' AND sort_key COLLATE "C" = ANY($1)
"""


@dataclass(frozen=True, slots=True)
class _Marks:
    """By what a row says who it is about; a name counts if there is nothing surer that can be read. `person` is the folded
    name of the person, `organisation` that of the organisation."""

    numbers: frozenset[str]
    mails: frozenset[str]
    phones: frozenset[str]
    person: str
    organisation: str


async def hidden_among(mapping: Sequence[str], rows: Sequence[Row]) -> set[int]:
    """The lines of those of these rows (with their cells) that are about somebody whose data are restricted."""
    marks = {row.line: _marks(mapping, decoded(row.cells)) for row in rows}
    numbers = await _found(_BY_NUMBER, (key for each in marks.values() for key in each.numbers))
    mails = await _found(_BY_MAIL, (key for each in marks.values() for key in each.mails))
    phones = await _found(_BY_PHONE, (key for each in marks.values() for key in each.phones))
    organisations = await _found(_NAMES, (each.organisation for each in marks.values()))
    persons = await _person_names() if any(each.person for each in marks.values()) else set()
    return {
        line for line, each in marks.items()
        if each.numbers & numbers or each.mails & mails or each.phones & phones or each.person in persons
        or each.organisation in organisations
    }  # fmt: skip


async def _found(sql: str, keys: Iterable[str]) -> set[str]:
    wanted = list(dict.fromkeys(filter(None, keys)))
    return {row.key for row in await fetch(sql, wanted)} if wanted else set()


async def _person_names() -> set[str]:
    return {person_key(row.given_name, row.family_name) for row in await fetch(_PERSON_NAMES)}


def _marks(mapping: Sequence[str], cells: Sequence[str]) -> _Marks:
    said = {
        API.get(code, code): values.plain(cell) for code, cell in zip(mapping, cells, strict=False) if code and cell
    }
    numbers = {code: {said[code]} for code in _NUMBERS if len(said.get(code, "")) <= _LONGEST_NUMBER and code in said}
    mails = {code: _read(values.several(said[code], commas=True), Fields.email) for code in said if "email" in code}
    phones = {code: _read(values.several(said[code]), Fields.phone) for code in _PHONES if code in said}
    surer = {code for each in (numbers, mails, phones) for code, found in each.items() if found}
    given, family = _name_in(said)
    own = said.get("name", "")
    return _Marks(
        frozenset(form for found in numbers.values() for number in found for form in (number, number.upper())),
        frozenset(mail.lower() for found in mails.values() for mail in found),
        frozenset(phone for found in phones.values() for phone in found),
        person_key(given, family) if family and not surer else "",
        sort_key(own)[:SORT_KEY_LENGTH] if own and not surer & _OF_ORGANISATION else "",
    )


def _read(parts: Iterable[str], read: Callable[[Fields, str], str]) -> set[str]:
    """Those of these values that a form would take; what cannot be read says nothing about anybody."""
    found = set()
    for part in parts:
        fields = Fields({"part": part})
        value = read(fields, "part")
        if value and not fields.errors:
            found.add(value)
    return found


def _name_in(said: Mapping[str, str]) -> tuple[str, str]:
    """The person's given and family name, from whichever columns have them (as `shape` reads them)."""
    given, family = said.get("person_given_name", ""), said.get("person_family_name", "")
    whole = said.get("person_full_name") or (said.get("name") if values.kind(said.get("kind", "")) == "person" else "")
    if not family and whole:
        _title, given, family = values.split_name(whole)
    return " ".join(filter(None, (given, said.get("person_more_names", "")))), family
