"""The reads of attributes: the catalogue, and what is kept about a customer and its people."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from crm.accounts.current import CurrentUser
from crm.customers.data import full_name_sql
from crm.customers.queries import sees_restricted
from crm.database import HIGHEST_ID, Row, decoded, fetch
from crm.errors import NotFound
from crm.profiles.definitions import Choice, Definition, Value
from crm.profiles.tables import About, AttributeKind, RetentionUnit, ValueType

_CATALOGUE = """
    SELECT a.*, p.name_de AS purpose_de, p.name_en AS purpose_en, {values} AS values,
        (SELECT coalesce(json_agg(c ORDER BY c.position, c.id), '[]')::text FROM (
            SELECT id, position, code, name_de, name_en, retired_at IS NOT NULL AS is_retired FROM attribute_choice
            WHERE attribute = a.id) c) AS choices
    FROM attribute a LEFT JOIN purpose p ON p.code = a.purpose
    WHERE {where} ORDER BY a.retired_at IS NOT NULL, a.position, a.id
"""
_COUNTED = "(SELECT count(*) FROM attribute_value v WHERE v.attribute = a.id)"

LIVE = """
    v.blocked_at IS NULL AND (v.customer IS NOT NULL OR EXISTS (
        SELECT FROM attribute_basis b WHERE b.person = v.person AND b.purpose = a.purpose AND b.basis = a.legal_basis
        AND b.ended_at IS NULL)) AND a.retired_at IS NULL
    AND v.recorded_at + CASE WHEN a.retention_unit = 'days' THEN make_interval(days => a.retention)
        ELSE make_interval(months => a.retention) END > now()
"""
"""The condition under which a value (v, of the attribute a) is shown and used: its basis has not ended, its time is not
over, the attribute is in use."""


@dataclass(frozen=True, slots=True)
class Line:
    """One attribute of one subject: its value if there is one that may be shown. `row_id` is that of the value. `basis`
    says on what it rests, `reference` on which contract or law. `is_hidden`: a special category, told after one asks."""

    definition: Definition
    value: Value | None = None
    row_id: int | None = None
    recorded_at: datetime | None = None
    version: int = 0

    @property
    def is_hidden(self) -> bool:
        return self.value is not None and self.definition.is_special

    @property
    def shown(self) -> str:
        return self.value.shown(self.definition) if self.value else ""


@dataclass(frozen=True, slots=True)
class Subject:
    """An organisation itself (`person_id` is None) or a person at the customer, with the lines that the reader may see."""

    customer_id: int
    person_id: int | None
    name: str
    is_restricted: bool
    lines: tuple[Line, ...]

    @property
    def is_organisation(self) -> bool:
        return self.person_id is None

    @property
    def filled(self) -> list[Line]:
        return [line for line in self.lines if line.value is not None]


async def catalogue(*, counted: bool = False, retired: bool = True) -> list[Definition]:
    """All attributes, those in use first; `counted` with the number of values of each."""
    where = "true" if retired else "a.retired_at IS NULL"
    return [
        _definition(row) for row in await fetch(_CATALOGUE.format(values=_COUNTED if counted else "0", where=where))
    ]


async def definitions(codes: Iterable[str]) -> dict[str, Definition]:
    """The attributes with these codes."""
    wanted = [code for code in set(codes) if code.isprintable()]
    rows = await fetch(_CATALOGUE.format(values="0", where="a.code = ANY($1)"), wanted)
    return {row.code: _definition(row) for row in rows}


async def definition_named(code: str) -> Definition:
    """One attribute with the number of its values. Raises NotFound."""
    if not code.isprintable():
        raise NotFound()
    rows = await fetch(_CATALOGUE.format(values=_COUNTED, where="a.code = $1"), code)
    if not rows:
        raise NotFound()
    return _definition(rows[0])


def _definition(row: Row) -> Definition:
    return Definition(
        id=row.id, code=row.code, name_de=row.name_de, name_en=row.name_en, data_type=ValueType(row.data_type),
        purpose=row.purpose, legal_basis=row.legal_basis, about=About(row.about), kind=AttributeKind(row.kind),
        hint_de=row.hint_de, hint_en=row.hint_en, basis_note=row.basis_note, retention=row.retention,
        retention_unit=RetentionUnit(row.retention_unit), roles=frozenset(filter(None, row.roles.split(","))),
        is_special=row.is_special, is_retired=row.retired_at is not None, purpose_de=row.purpose_de or "",
        purpose_en=row.purpose_en or "", values=row["values"], version=row.version,
        choices=tuple(Choice(c["code"], c["name_de"], c["name_en"], c["is_retired"]) for c in decoded(row.choices)),
    )  # fmt: skip


_SUBJECTS = f"""
    SELECT c.kind, c.name AS customer_name, c.restricted_at IS NOT NULL AS is_restricted,
        (SELECT coalesce(json_agg(x ORDER BY x.position, x.id), '[]')::text FROM (
            SELECT p.id, f.position, f.is_self, {full_name_sql("p")} AS name, p.restricted_at IS NOT NULL AS is_restricted
            FROM affiliation f JOIN person p ON p.id = f.person
            WHERE f.customer = c.id AND (p.restricted_at IS NULL OR $2)) x) AS persons,
        (SELECT coalesce(json_agg(x), '[]')::text FROM (
            SELECT v.id, v.attribute, v.person, v.text, v.number::text AS number, v.on_date, v.flag, v.recorded_at, v.version
            FROM attribute_value v JOIN attribute a ON a.id = v.attribute
            WHERE (v.customer = c.id OR v.person IN (SELECT person FROM affiliation WHERE customer = c.id)) AND {LIVE}) x) AS values
    FROM customer c WHERE c.id = $1 AND c.deleted_at IS NULL AND (c.restricted_at IS NULL OR $2)
"""


async def subjects_of(user: CurrentUser, customer_id: int) -> list[Subject]:
    """An organisation itself and its people, or the private person, each with the attributes that this user may see; two
    statements. Raises NotFound as `customer_for` does."""
    restricted = sees_restricted(user)
    rows = await fetch(_SUBJECTS, customer_id, restricted) if 0 < customer_id <= HIGHEST_ID else []
    if not rows:
        raise NotFound()
    row, known = rows[0], [one for one in await catalogue(retired=False) if one.is_visible_to(user.role)]
    values = decoded(row["values"])
    found = []
    if row.kind == "organisation":
        own = [value for value in values if value["person"] is None]
        found.append(_subject(customer_id, None, row.customer_name, row.is_restricted, known, own))
    for person in decoded(row.persons):
        own = [value for value in values if value["person"] == person["id"]]
        hidden = row.is_restricted or person["is_restricted"]
        found.append(_subject(customer_id, person["id"], person["name"], hidden, known, own))
    return found


def _subject(
    customer_id: int, person_id: int | None, name: str, is_restricted: bool, known: list[Definition], values: list[Any]
) -> Subject:
    by_attribute = {value["attribute"]: value for value in values}
    lines = tuple(
        _line(one, by_attribute.get(one.id)) for one in known if one.describes(organisation=person_id is None)
    )
    return Subject(customer_id, person_id, name, is_restricted, lines)


def _line(definition: Definition, value: dict[str, Any] | None) -> Line:
    if value is None:
        return Line(definition)
    number, on = value["number"], value["on_date"]
    typed = Value(
        value["text"],
        Decimal(number) if number is not None else None,
        date.fromisoformat(on) if on else None,
        value["flag"],
    )
    return Line(definition, typed, value["id"], datetime.fromisoformat(value["recorded_at"]), value["version"])


def subject_among(subjects: list[Subject], person_id: int | None) -> Subject:
    """The organisation itself or the private person; with `person_id` that person. Raises NotFound."""
    if person_id is None and subjects and (subjects[0].is_organisation or len(subjects) == 1):
        return subjects[0]
    for subject in subjects:
        if subject.person_id == person_id:
            return subject
    raise NotFound()


def line_of(subject: Subject, code: str) -> Line:
    """The attribute with this code. Raises NotFound for one that is unknown, retired, or not for this user."""
    for line in subject.lines:
        if line.definition.code == code:
            return line
    raise NotFound()
