"""The orders that a list of customers can have: each is read along an index, page by page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from crm.customers.lists.wanted import PLACE


@dataclass(frozen=True, slots=True)
class SortKey:
    """What a column sorts by: an expression of `table` (customer c, its figures f, its first address a). Where it can be
    missing, those without come last in either direction. `groups` is for columns of few values: a read that answers them
    as (gid, place); within a group customers stand by name."""

    expression: str
    kind: type
    table: Literal["c", "f", "a"] = "c"
    is_nullable: bool = False
    groups: str = ""


ABC_CLASS = "(SELECT v.abc_class FROM customer_score v WHERE v.customer = c.id)"
"""The class that counts; nothing for who may not be scored, or has no orders."""

SORT_KEYS = {
    "name": SortKey('c.sort_key COLLATE "C"', str),
    "number": SortKey("c.id", int),
    "created": SortKey("c.created_at", datetime),
    "checked": SortKey("c.checked_on", date, is_nullable=True),
    "city": SortKey(PLACE, str, "a", is_nullable=True),
    "due": SortKey("f.contact_due_at", datetime, "f", is_nullable=True),
    "last_contact": SortKey("f.last_contact_at", datetime, "f", is_nullable=True),
    "open": SortKey("f.open_tickets", int, "f"),
    "orders": SortKey("f.orders", int, "f"),
    "revenue": SortKey("f.revenue", Decimal, "f"),
    "last_order": SortKey("f.last_order_on", date, "f", is_nullable=True),
    "satisfaction": SortKey("(f.satisfaction_sum / nullif(f.satisfaction_answers, 0))", Decimal, "f", is_nullable=True),
    "class": SortKey(
        ABC_CLASS, str, is_nullable=True, groups="SELECT * FROM (VALUES ('A', 1), ('B', 2), ('C', 3)) g (gid, place)"
    ),
    "status": SortKey(
        "c.status", str, groups="SELECT * FROM (VALUES ('prospect', 1), ('customer', 2), ('former', 3)) g (gid, place)"
    ),
    "service_level": SortKey(
        "c.service_level", int, groups="SELECT id AS gid, row_number() OVER (ORDER BY position, id) AS place FROM service_level"
    ),
    "owner": SortKey(
        "c.owner", int, is_nullable=True,
        groups="SELECT id AS gid, row_number() OVER (ORDER BY lower(name), id) AS place FROM staff",
    ),
}  # fmt: skip
SORTS = tuple(sort for key in SORT_KEYS for sort in (key, f"-{key}"))
"""What `sort` may say; with a minus, downwards."""

FROM = {
    "c": "customer c{figures}",
    "f": "customer_figures f JOIN customer c ON c.id = f.customer",
    "a": "postal_address a JOIN customer c ON c.id = a.customer{figures}",
}
TIES = {"c": "c.id", "f": "f.customer", "a": "a.customer"}
FIGURES = " JOIN customer_figures f ON f.customer = c.id"


def direction(sort: str) -> str:
    return "DESC" if sort.startswith("-") else "ASC"
