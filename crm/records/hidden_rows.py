"""Rows of a file that could not be imported, and who they are about: of somebody whose data are restricted since, nothing is told
and nothing leaves the house (GDPR Art. 18), though the row itself was never taken in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from crm.database import Row, decoded, fetch
from crm.records import values
from crm.records.header_names import API
from crm.records.same import person_key
from crm.web.forms import Fields

HIDDEN = """
    EXISTS (SELECT FROM customer h WHERE h.id = w.customer AND (h.deleted_at IS NOT NULL OR h.restricted_at IS NOT NULL))
    OR EXISTS (SELECT FROM person h WHERE h.id = w.person AND h.restricted_at IS NOT NULL)
"""
"""The condition under which a row (w) is about somebody who is deleted or restricted: then only its outcome is told."""

_NUMBERS = ("external_id", "person_external_id", "customer_external_id", "customer_number")
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
_BY_NAME = f"SELECT p.given_name, p.family_name FROM person p WHERE lower(p.family_name) = ANY($1) AND {_PERSON}"


@dataclass(frozen=True, slots=True)
class _Marks:
    """By what a row says who it is about; the name counts if there is nothing surer."""

    numbers: frozenset[str]
    mails: frozenset[str]
    phones: frozenset[str]
    family_name: str
    name: str


async def hidden_among(mapping: Sequence[str], rows: Sequence[Row]) -> set[int]:
    """The lines of those of these rows (with their cells) that are about somebody whose data are restricted."""
    marks = {row.line: _marks(mapping, decoded(row.cells)) for row in rows}
    numbers = await _found(_BY_NUMBER, (key for each in marks.values() for key in each.numbers))
    mails = await _found(_BY_MAIL, (key for each in marks.values() for key in each.mails))
    phones = await _found(_BY_PHONE, (key for each in marks.values() for key in each.phones))
    names = await _names(each.family_name for each in marks.values())
    return {
        line for line, each in marks.items()
        if each.numbers & numbers or each.mails & mails or each.phones & phones or each.name in names
    }  # fmt: skip


async def _found(sql: str, keys: Iterable[str]) -> set[str]:
    wanted = list(dict.fromkeys(keys))
    return {row.key for row in await fetch(sql, wanted)} if wanted else set()


async def _names(family_names: Iterable[str]) -> set[str]:
    wanted = list(dict.fromkeys(filter(None, family_names)))
    rows = await fetch(_BY_NAME, wanted) if wanted else []
    return {person_key(row.given_name, row.family_name) for row in rows}


def _marks(mapping: Sequence[str], cells: Sequence[str]) -> _Marks:
    said = {
        API.get(code, code): values.plain(cell) for code, cell in zip(mapping, cells, strict=False) if code and cell
    }
    numbers = {said[code] for code in _NUMBERS if code in said}
    mails = {part.lower() for code in said if "email" in code for part in values.several(said[code], commas=True)}
    phones = {
        Fields({"phone": part}).phone("phone") for code in _PHONES if code in said for part in values.several(said[code])
    }  # fmt: skip
    given, family = _name_in(said)
    key = person_key(given, family) if family and not (numbers or mails or phones) else ""
    upper = {number.upper() for number in numbers}
    return _Marks(frozenset(numbers | upper), frozenset(mails), frozenset(phones), family.lower() if key else "", key)


def _name_in(said: Mapping[str, str]) -> tuple[str, str]:
    given, family = said.get("person_given_name", ""), said.get("person_family_name", "")
    if not family and "person_full_name" in said:
        _title, given, family = values.split_name(said["person_full_name"])
    return given, family
