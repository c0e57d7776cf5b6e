"""Columns of an import of customers that hold further attributes of the catalogue: which there are, and what their cells say."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from crm.accounts.permissions import Role
from crm.customers.amounts import NotANumber, money_from
from crm.database import fetch_value
from crm.profiles.definitions import Definition, Unreadable, Value, read_value
from crm.profiles.queries import catalogue, definitions
from crm.profiles.tables import ValueType
from crm.records import values
from crm.records.targets import ATTRIBUTE
from crm.text import fold
from crm.web.i18n import LANGUAGES, speaking

Errors = dict[str, dict[str, str]]


async def offered_attributes(by: int | None) -> list[Definition]:
    """The attributes that this user may see and that are in use; the command sees all."""
    known = await catalogue(retired=False)
    role = await fetch_value("SELECT role FROM staff WHERE id = $1", by) if by is not None else None
    return [one for one in known if role is None or one.is_visible_to(Role(role))]


def with_attributes(columns: Sequence[str], fields: Sequence[str], offered: Sequence[Definition]) -> tuple[str, ...]:
    """The fields of the columns, with those attributes that have a column's header for their name or code."""
    names = {fold(name): one.code for one in offered for name in (one.code, one.name_en, one.name_de)}
    taken = set(fields)
    found = []
    for column, code in zip(columns, fields, strict=True):
        own = ATTRIBUTE + names[fold(column)] if not code and fold(column) in names else ""
        found.append(own if own and own not in taken else code)
        taken.add(own)
    return tuple(found)


async def mapped_attributes(mapping: Sequence[str]) -> dict[str, Definition]:
    """The attributes to which columns are assigned, by their codes."""
    codes = [code.removeprefix(ATTRIBUTE) for code in mapping if code.startswith(ATTRIBUTE)]
    return await definitions(codes) if codes else {}


def read_attributes(
    attributes: Mapping[str, Definition], cells: Mapping[str, str], column_of: Callable[[str], str], numbers: str, *, is_american: bool
) -> tuple[dict[str, str], Errors]:  # fmt: skip
    """What the row says of attributes, as text that means the same in every language; or the errors, by language and column."""
    said: dict[str, str] = {}
    errors: Errors = {}
    for code, definition in attributes.items():
        field = ATTRIBUTE + code
        if field not in cells:
            continue
        text = _plain(definition, values.plain(cells[field]), numbers, is_american=is_american)
        for language in LANGUAGES:
            with speaking(language):
                try:
                    said[code] = canonical(read_value(definition, text))
                except Unreadable as problem:
                    errors.setdefault(language, {})[column_of(field)] = problem.sentence
    return said, errors


def _plain(definition: Definition, text: str, numbers: str, *, is_american: bool) -> str:
    match definition.data_type:
        case ValueType.NUMBER:
            try:
                return f"{money_from(text, numbers)[0]:.4f}"
            except NotANumber:
                return text
        case ValueType.DATE:
            return values.day(text, is_american=is_american)
        case _:
            return text


def canonical(value: Value) -> str:
    """A value as text: a choice by its code, a number with a point and four places, a date as ISO 8601, yes or no."""
    if value.flag is not None:
        return "yes" if value.flag else "no"
    if value.number is not None:
        return f"{value.number:.4f}"
    return value.on_date.isoformat() if value.on_date is not None else value.text or ""
