"""Whose data a record of the log of access is about, as SQL: of what was looked at and of what the audit trail tells."""

from __future__ import annotations

from collections.abc import Sequence

_OWNED = {
    **{name: name for name in ("ticket", "interaction", "document", "call_back", "data_request", "erasure")},
    "order": "(SELECT id, customer, NULL::bigint AS person FROM customer_order)",
    "quotation": "(SELECT id, customer, NULL::bigint AS person FROM quotation)",
}
"""Kinds of record that belong to a customer, and perhaps to a person: where each stands, with columns id, customer and person."""
_FEEDBACK = ("ticket", "interaction")
"""What a criticism or a praise was said in; that one belongs to somebody."""

OWNED = (*_OWNED, "feedback")

_SELF = "(SELECT a.customer FROM affiliation a WHERE a.is_self AND a.person IN (SELECT id FROM people))"
"""What the people of the CTE `people` are themselves as customers."""


def owners(kind: str, number: str) -> str:
    """A query of (customer, person) for the record of this kind and number, both SQL; no row where it is gone."""
    queries = [
        f"SELECT x.customer, x.person FROM {rows} x WHERE x.id = {number} AND {kind} = '{name}'"
        for name, rows in _OWNED.items()
    ]
    return " UNION ALL ".join(f"({query})" for query in (
        *queries,
        "SELECT coalesce(k.customer, i.customer), coalesce(k.person, i.person) FROM feedback x LEFT JOIN ticket k ON k.id = x.ticket "
        f"LEFT JOIN interaction i ON i.id = x.interaction WHERE x.id = {number} AND {kind} = 'feedback'",
        f"SELECT {number}, NULL::bigint WHERE {kind} = 'customer'",
        "SELECT (SELECT a.customer FROM affiliation a "
        f"WHERE a.person = {number} ORDER BY a.is_self DESC, a.id LIMIT 1), {number} WHERE {kind} = 'person'",
    ))  # fmt: skip


def of_person(kind: str, number: str) -> str:
    """Whether the record is about one of `people`: them, what belongs to them, and what belongs to the customer that they are."""
    ways = ("x.person IN (SELECT id FROM people)", f"x.customer IN {_SELF} AND x.person IS NULL")
    return _one_of(kind, number, [
        "SELECT 'person', id FROM people", f"SELECT 'customer', own.customer FROM {_SELF} own", *_belongings(ways),
    ])  # fmt: skip


def of_customer(kind: str, number: str) -> str:
    """Whether the record is about one of the customers of the CTE `homes`, or one of their persons."""
    return _one_of(kind, number, [
        "SELECT 'customer', id FROM homes",
        "SELECT 'person', a.person FROM affiliation a WHERE a.customer IN (SELECT id FROM homes)",
        *_belongings(["x.customer IN (SELECT id FROM homes)"]),
    ])  # fmt: skip


def _belongings(ways: Sequence[str]) -> list[str]:
    """What belongs to somebody in one of these ways, a query for each, so that each goes by its own index."""
    return [
        *(f"SELECT '{name}', x.id FROM {rows} x WHERE {way}" for name, rows in _OWNED.items() for way in ways),
        *(f"SELECT 'feedback', f.id FROM feedback f JOIN {of} x ON x.id = f.{of} WHERE {way}" for of in _FEEDBACK for way in ways),
    ]  # fmt: skip


def _one_of(kind: str, number: str, queries: Sequence[str]) -> str:
    return f"({kind}, {number}) IN ({' UNION ALL '.join(queries)})"
