"""Which orders an enquiry is about. What its text names is connected, and shown to be; what merely came soon after an
order is asked about (docs: DOMAIN, "an enquiry is connected to the order it is about"). Nothing is guessed silently."""

from __future__ import annotations

from datetime import datetime

from crm.accounts.audit import record
from crm.customers.orders.around import around_sql
from crm.customers.orders.naming import names_in
from crm.database import HIGHEST_ID, Row, fetch, fetch_one, fetch_value, transaction
from crm.errors import Invalid, NotFound
from crm.tickets.links.tables import OrderBasis
from crm.tickets.product_links import connect_named_products
from crm.web.i18n import _

OFFERED = 8
"""So many of the customer's latest orders are offered for choosing; any other is found by its number."""

AROUND = around_sql("ticket_order", "ticket", "k", "opened_at")
"""The orders around an enquiry `k`, for crm.customers.orders.around.orders_of."""


async def connect_named_orders(ticket_id: int, text: str, *, now: datetime) -> list[Row]:
    """Connect the orders of the customer that a text names by number, and answer those that are new (id, number). What
    somebody has parted stays parted. In the caller's transaction; no statement for a text that names nothing."""
    names = names_in(text)
    if not names:
        return []
    return await fetch(
        "WITH named AS (INSERT INTO ticket_order (ticket, customer_order, basis, at) SELECT k.id, o.id, 'named', $3 "
        "FROM ticket k JOIN customer_order o ON o.customer = k.customer WHERE k.id = $1 AND lower(o.number) = ANY($2) "
        "ON CONFLICT (ticket, customer_order) DO NOTHING RETURNING customer_order) "
        "SELECT o.id, o.number FROM named n JOIN customer_order o ON o.id = n.customer_order ORDER BY o.id",
        ticket_id, names, now,
    )  # fmt: skip


async def connect_order(
    ticket_id: int, order_id: int | None, *, number: str = "", basis: OrderBasis = OrderBasis.CHOSEN, by: int, now: datetime
) -> int:  # fmt: skip
    """The enquiry is about this order of its customer, given by id or by number; the order's id. A second time changes
    nothing. Raises Invalid for an order that isn't there or is somebody else's."""
    async with transaction():
        ticket = await _lock(ticket_id)
        known = order_id if order_id is None or 0 < order_id <= HIGHEST_ID else 0
        order = await fetch_one(
            "SELECT id, number FROM customer_order WHERE customer = $1 AND (id = $2 OR $2 IS NULL AND lower(number) = lower($3))",
            ticket.customer, known, number.strip(),
        )  # fmt: skip
        if order is None:
            raise Invalid({"number" if order_id is None else "order_id": _("This customer has no such order.")})
        changed = await fetch_value(
            "INSERT INTO ticket_order AS x (ticket, customer_order, basis, at, by_user) VALUES ($1, $2, $3, $4, $5) "
            "ON CONFLICT (ticket, customer_order) DO UPDATE SET basis = excluded.basis, at = excluded.at, "
            "by_user = excluded.by_user, refused_at = NULL WHERE x.refused_at IS NOT NULL RETURNING id",
            ticket_id, order.id, basis.value, now, by,
        )  # fmt: skip
        if changed:
            await record(
                "ticket.order_connected", "ticket", ticket_id, by=by, now=now, fields={"order": [None, order.number]}
            )
            await connect_named_products(ticket_id, "", now=now)
        return int(order.id)


async def part_order(ticket_id: int, order_id: int, *, by: int, now: datetime) -> None:
    """The enquiry is not about this order: a connection ends, an offer is not made again. Raises NotFound for an order that
    isn't the customer's."""
    async with transaction():
        ticket = await _lock(ticket_id)
        order = await fetch_one(
            "SELECT id, number FROM customer_order WHERE customer = $1 AND id = $2",
            ticket.customer, order_id if 0 < order_id <= HIGHEST_ID else 0,
        )  # fmt: skip
        if order is None:
            raise NotFound()
        changed = await fetch_value(
            "INSERT INTO ticket_order AS x (ticket, customer_order, basis, at, by_user, refused_at) VALUES ($1, $2, 'agreed', $3, $4, $3) "
            "ON CONFLICT (ticket, customer_order) DO UPDATE SET refused_at = excluded.refused_at, by_user = excluded.by_user "
            "WHERE x.refused_at IS NULL RETURNING id",
            ticket_id, order.id, now, by,
        )  # fmt: skip
        if changed:
            await record(
                "ticket.order_parted", "ticket", ticket_id, by=by, now=now, fields={"order": [order.number, None]}
            )


async def _lock(ticket_id: int) -> Row:
    ticket = await fetch_one("SELECT id, customer FROM ticket WHERE id = $1 FOR NO KEY UPDATE", ticket_id)
    if ticket is None:
        raise NotFound()
    return ticket


async def offered_orders(ticket_id: int) -> list[Row]:
    """The customer's latest orders that the enquiry is not connected with, for choosing one."""
    return await fetch(
        "SELECT o.id, o.number, o.ordered_on, o.amount, o.currency FROM ticket k JOIN customer_order o ON o.customer = k.customer "
        "LEFT JOIN ticket_order x ON x.ticket = k.id AND x.customer_order = o.id AND x.refused_at IS NULL "
        "WHERE k.id = $1 AND x.id IS NULL ORDER BY o.ordered_on DESC, o.id DESC LIMIT $2",
        ticket_id, OFFERED,
    )  # fmt: skip


async def tickets_about(order_id: int) -> list[Row]:
    """The enquiries that are about an order, latest first."""
    return await fetch(
        "SELECT k.id, k.subject, k.status, k.opened_at, x.basis FROM ticket_order x JOIN ticket k ON k.id = x.ticket "
        "JOIN customer_order o ON o.id = x.customer_order AND o.customer = k.customer "
        "WHERE x.customer_order = $1 AND x.refused_at IS NULL ORDER BY k.opened_at DESC, k.id DESC LIMIT 20",
        order_id,
    )  # fmt: skip
