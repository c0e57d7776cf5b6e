"""Whose data a record of the log of access is about, as SQL: of what was looked at and of what the audit trail tells."""

from __future__ import annotations

from collections.abc import Mapping

_OWNED = {
    **{name: f"(SELECT id, customer, person FROM {name})" for name in (
        "ticket", "interaction", "document", "call_back", "data_request", "erasure",
    )},
    "order": "(SELECT id, customer, NULL::bigint AS person FROM customer_order)",
    "quotation": "(SELECT id, customer, NULL::bigint AS person FROM quotation)",
    "feedback": "(SELECT f.id, coalesce(k.customer, i.customer) AS customer, coalesce(k.person, i.person) AS person FROM feedback f "
    "LEFT JOIN ticket k ON k.id = f.ticket LEFT JOIN interaction i ON i.id = f.interaction)",
}  # fmt: skip
"""Kinds of record that belong to a customer, and perhaps to a person: where each stands."""

OWNED = tuple(_OWNED)

_SELF = "(SELECT a.customer FROM affiliation a WHERE a.is_self AND a.person IN (SELECT id FROM people))"
"""What the people of the CTE `people` are themselves as customers."""


def owners(kind: str, number: str) -> str:
    """A query of (customer, person) for the record of this kind and number, both SQL; no row where it is gone."""
    own: Mapping[str, str] = {
        **{name: f"SELECT x.customer, x.person FROM {rows} x WHERE x.id = {number}" for name, rows in _OWNED.items()},
        "customer": f"SELECT {number}, NULL::bigint",
        "person": "SELECT (SELECT a.customer FROM affiliation a "
        f"WHERE a.person = {number} ORDER BY a.is_self DESC, a.id LIMIT 1), {number}",
    }
    return " UNION ALL ".join(
        f"({query}{' AND' if ' WHERE x.id' in query else ' WHERE'} {kind} = '{name}')" for name, query in own.items()
    )


def of_person(kind: str, number: str) -> str:
    """Whether the record is about one of `people`: them, what belongs to them, and what belongs to the customer that they are."""
    return _any_of(kind, number, {
        "person": "SELECT id FROM people", "customer": _SELF,
        **{name: f"SELECT x.id FROM {rows} x WHERE x.person IN (SELECT id FROM people) OR x.person IS NULL AND x.customer IN {_SELF}"
            for name, rows in _OWNED.items()},
    })  # fmt: skip


def of_customer(kind: str, number: str) -> str:
    """Whether the record is about one of the customers of the CTE `homes`, or one of their persons."""
    persons = "SELECT a.person FROM affiliation a WHERE a.customer IN (SELECT id FROM homes)"
    return _any_of(kind, number, {
        "customer": "SELECT id FROM homes", "person": persons,
        **{name: f"SELECT x.id FROM {rows} x WHERE x.customer IN (SELECT id FROM homes)" for name, rows in _OWNED.items()},
    })  # fmt: skip


def _any_of(kind: str, number: str, queries: Mapping[str, str]) -> str:
    return "(" + " OR ".join(f"{kind} = '{name}' AND {number} IN ({query})" for name, query in queries.items()) + ")"
