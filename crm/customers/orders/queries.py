"""The reads of orders: the list with its filters, one order, and what the customer's page shows of them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from crm.accounts.current import CurrentUser
from crm.customers.lists.search_text import pattern, wanted_terms
from crm.customers.queries import sees_restricted
from crm.database import HIGHEST_ID, Arguments, Row, fetch, fetch_one
from crm.errors import NotFound
from crm.text import literally
from crm.web.paging import cursor_of, keys_of

OPEN = ("ordered", "confirmed", "shipped")
VISIBLE = "c.deleted_at IS NULL AND c.restricted_at IS NULL"
LISTED = """
    o.id, o.number, o.customer, c.name AS customer_name, c.number AS customer_number, o.ordered_on, o.amount, o.currency,
    o.channel, o.status, o.delivered_on, o.delivery_due_on, o.version"""
_ITEMS = """
    (SELECT coalesce(jsonb_agg(jsonb_build_object('product', coalesce(p.code, ''), 'product_id', p.id, 'name_de', p.name_de,
        'name_en', p.name_en, 'text', i.text, 'quantity', i.quantity::text, 'price', i.price::text)
        ORDER BY i.position, i.id), '[]')::text
     FROM order_item i LEFT JOIN product p ON p.id = i.product WHERE i.customer_order = o.id) AS lines"""


@dataclass(frozen=True, slots=True)
class OrdersWanted:
    """What the list shall show. `late_on`: promised for a day before this one, and not delivered."""

    q: str = ""
    customer_id: int | None = None
    statuses: Collection[str] = ()
    channel: str = ""
    product: str = ""
    since: date | None = None
    until: date | None = None
    late_on: date | None = None
    oldest_first: bool = False


@dataclass(frozen=True, slots=True)
class FoundOrders:
    rows: list[Row]
    next: str | None = None


async def orders_matching(
    wanted: OrdersWanted, *, limit: int, cursor: str | None = None, with_items: bool = False, restricted: bool = False
) -> FoundOrders:
    """Orders, the newest first (or the oldest). Those of restricted customers only if `restricted` and of one customer."""
    arguments = Arguments()
    where = ["c.deleted_at IS NULL" if restricted and wanted.customer_id is not None else VISIBLE]
    where += _filters(wanted, arguments)
    down, compare = ("ASC", ">") if wanted.oldest_first else ("DESC", "<")
    if seen := keys_of(cursor, date, int):
        where.append(f"(o.ordered_on, o.id) {compare} ({arguments(seen[0])}, {arguments(seen[1])})")
    rows = await fetch(
        f"SELECT {LISTED}{', c.external_id AS customer_external_id,' + _ITEMS if with_items else ''} "
        f"FROM customer_order o JOIN customer c ON c.id = o.customer WHERE {' AND '.join(where)} "
        f"ORDER BY o.ordered_on {down}, o.id {down} LIMIT {limit + 1}",
        *arguments,
    )
    last = rows[limit - 1] if len(rows) > limit else None
    return FoundOrders(rows[:limit], cursor_of(last.ordered_on, last.id) if last else None)


def _filters(wanted: OrdersWanted, arguments: Arguments) -> list[str]:
    """The conditions of what is wanted; what was not said sets none."""
    by_value = (
        (wanted.customer_id, "o.customer = {}"), (list(wanted.statuses), "o.status = ANY({})"), (wanted.channel, "o.channel = {}"),
        (wanted.product, "o.id IN (SELECT i.customer_order FROM order_item i JOIN product p ON p.id = i.product "
                         "WHERE lower(p.code) = lower({}))"),
        (wanted.since, "o.ordered_on >= {}"), (wanted.until, "o.ordered_on <= {}"),
    )  # fmt: skip
    where = [condition.format(arguments(value)) for value, condition in by_value if value]
    if wanted.late_on is not None:
        where.append(f"o.status = ANY({arguments(list(OPEN))}) AND o.delivery_due_on < {arguments(wanted.late_on)}")
    if wanted.q.strip():
        where.append(named(wanted.q, "o.number", "o.customer", arguments))
    return where


def named(q: str, number: str, customer: str, arguments: Arguments) -> str:
    """The condition that a number begins with what was typed, or that the customer is found by it."""
    terms = wanted_terms(q)
    begins = f"{number} ILIKE {arguments(literally(q.strip()) + '%')}"
    if not terms:
        return begins
    found = " AND ".join(f"s.search_text LIKE {arguments(pattern(term))}" for term in terms)
    return f"({begins} OR {customer} IN (SELECT s.id FROM customer s WHERE {found}))"


async def order_for(user: CurrentUser, order_id: int) -> Row:
    """One order with its lines; NotFound if it is missing, or its customer is not for this user (GDPR Art. 18)."""
    row = None
    if 0 < order_id <= HIGHEST_ID:
        row = await fetch_one(
            f"SELECT {LISTED}, c.external_id AS customer_external_id, o.created_at, u.name AS created_by_name, {_ITEMS} "
            "FROM customer_order o JOIN customer c ON c.id = o.customer LEFT JOIN staff u ON u.id = o.created_by "
            "WHERE o.id = $1 AND c.deleted_at IS NULL AND (c.restricted_at IS NULL OR $2)",
            order_id, sees_restricted(user),
        )  # fmt: skip
    if row is None:
        raise NotFound()
    return row
