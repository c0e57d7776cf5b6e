"""Persons of two organisations who are the same human being: they become one when the organisations do."""

from __future__ import annotations

from dataclasses import dataclass

from crm.customers.data import full_name_sql
from crm.customers.tables import CustomerKind
from crm.database import Row, fetch
from crm.records.likeness import Portrait, likeness, portrait

_PERSONS = f"""
    SELECT p.id, a.customer, p.given_name, p.family_name, p.birthday, {full_name_sql("p")} AS name, a.function,
        ARRAY(SELECT e.address FROM email_address e WHERE e.person = p.id ORDER BY e.position, e.id) AS emails,
        ARRAY(SELECT n.number FROM phone_number n WHERE n.person = p.id ORDER BY n.position, n.id) AS phones
    FROM affiliation a JOIN person p ON p.id = a.person
    WHERE a.customer = ANY($1::bigint[]) AND NOT a.is_self AND p.restricted_at IS NULL ORDER BY a.position, a.id
"""


@dataclass(frozen=True, slots=True)
class SamePerson:
    """A person of the merged organisation and the one of the survivor that they are."""

    old: Row
    new: Row


async def same_persons(merged: int, survivor: int) -> list[SamePerson]:
    """The pairs, each person at most once, the likeliest first. People of one house share its address: that is said to the rule, so
    that the same name suffices, and father and son still are two."""
    rows = await fetch(_PERSONS, [merged, survivor])
    old, new = [row for row in rows if row.customer == merged], [row for row in rows if row.customer == survivor]
    known = {row.id: _portrait(row) for row in rows}
    scored = sorted(
        ((likeness(known[a.id], known[b.id]).score, a, b) for a in old for b in new if a.id != b.id),
        key=lambda each: (-each[0], each[1].id, each[2].id),
    )
    found: list[SamePerson] = []
    taken: set[int] = {row.id for row in old} & {row.id for row in new}
    for score, a, b in scored:
        if score >= 0.5 and a.id not in taken and b.id not in taken:
            taken |= {a.id, b.id}
            found.append(SamePerson(a, b))
    return found


def _portrait(row: Row) -> Portrait:
    return portrait(
        CustomerKind.PERSON, given_name=row.given_name, family_name=row.family_name, birthday=row.birthday, emails=row.emails,
        phones=row.phones, places=[("Haus 1", "1", "Haus")],
    )  # fmt: skip
