"""Attributes of the catalogue as columns of files: which there are, what they are called, and what the cells of an import say."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from crm.accounts.permissions import Role
from crm.customers.amounts import NotANumber, money_from
from crm.database import fetch_value
from crm.profiles.definitions import Definition, Unreadable, Value, read_value
from crm.profiles.queries import catalogue, definitions
from crm.profiles.tables import About, ValueType
from crm.records import values
from crm.records.targets import ATTRIBUTE, OF_PERSON
from crm.text import fold
from crm.web.i18n import LANGUAGES, _, speaking

Errors = dict[str, dict[str, str]]


async def attributes_for(role: Role | None) -> list[Definition]:
    """The attributes in use that this role may see; without a role (the command) all."""
    return [one for one in await catalogue(retired=False) if role is None or one.is_visible_to(role)]


async def offered_attributes(by: int | None) -> list[Definition]:
    """The attributes in use that this user may see; the command sees all."""
    role = await fetch_value("SELECT role FROM staff WHERE id = $1", by) if by is not None else None
    return await attributes_for(Role(role) if role is not None else None)


def sides(one: Definition) -> tuple[bool, ...]:
    """Of whom the attribute has a column: False for the organisation itself, True for persons."""
    return tuple(of_person for of_person in (False, True) if one.describes(organisation=not of_person))


def field_of(one: Definition, *, of_person: bool) -> tuple[str, str]:
    """The code and the name of an attribute's column: of the persons, or of the organisation itself."""
    if of_person and one.about is About.BOTH:
        return ATTRIBUTE + one.code + OF_PERSON, _("%(attribute)s (person)") % {"attribute": one.name}
    return ATTRIBUTE + one.code, one.name


def attribute_fields(known: Iterable[Definition]) -> dict[str, str]:
    """All columns that these attributes can be, by code, with their names."""
    return dict(field_of(one, of_person=of_person) for one in known for of_person in sides(one))


def with_attributes(columns: Sequence[str], fields: Sequence[str], offered: Sequence[Definition]) -> tuple[str, ...]:
    """The fields of the columns, with those attributes that have a column's header for their name or code: the catalogue's,
    or that of an export."""
    names = {fold(one.code): field_of(one, of_person=sides(one)[0])[0] for one in offered}
    for each in LANGUAGES:
        with speaking(each):
            for code, name in attribute_fields(offered).items():
                names |= {fold(name): code, fold(code): code}
    taken = set(fields)
    found = []
    for column, code in zip(columns, fields, strict=True):
        own = "" if code else names.get(fold(column), "")
        found.append(own if own and own not in taken else code)
        taken.add(own)
    return tuple(found)


async def mapped_attributes(mapping: Sequence[str]) -> dict[str, Definition]:
    """The attributes to which columns are assigned, by what follows `attribute:`."""
    codes = [code.removeprefix(ATTRIBUTE) for code in mapping if code.startswith(ATTRIBUTE)]
    known = await definitions([code.removesuffix(OF_PERSON) for code in codes]) if codes else {}
    return {code: known[code.removesuffix(OF_PERSON)] for code in codes if code.removesuffix(OF_PERSON) in known}


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
