"""Which order a contact belongs to, if nobody says so: one that its text names is connected, and shown to be; several, and one
that merely came soon before, are asked about. The same rules as for enquiries (crm/tickets/order_links.py)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crm.customers.orders.around import around_sql, orders_of
from crm.customers.orders.naming import names_in
from crm.database import Row, decoded, execute, fetch, fetch_value
from crm.tickets.links.tables import OrderBasis

OFFERED = 3
"""So many orders that one text names are asked about."""

_AROUND = f"""
    SELECT coalesce(jsonb_agg(z), '[]')::text FROM interaction i CROSS JOIN LATERAL (
        {around_sql("contact_order", "interaction", "i", "at", "$2::text[]")}) z
    WHERE i.id = $1
"""


_AROUND_EACH = f"""
    SELECT i.id, i.at, i.ticket AS ticket_id, i.quotation AS quotation_id, z.around,
        EXISTS (SELECT FROM interaction_mail m WHERE m.interaction = i.id AND m.follow_up ? 'key') AS is_automatic
    FROM unnest($1::bigint[], $2::text[]) AS w (id, names) JOIN interaction i ON i.id = w.id AND i.customer_order IS NULL
    CROSS JOIN LATERAL (SELECT jsonb_agg(a)::text AS around FROM (
        {around_sql("contact_order", "interaction", "i", "at", "string_to_array(w.names, ' ')")}) a) z
    WHERE z.around IS NOT NULL
"""


async def named_order(customer_id: int | None, text: str, interaction_id: int | None = None) -> Row | None:
    """The one order of the customer that a text names by its number (id, number); None if it names none or several, or one to
    which somebody has said that this contact does not belong. No statement for a text that names nothing."""
    names = names_in(text) if customer_id is not None else []
    if not names:
        return None
    found = await fetch(
        "SELECT o.id, o.number, x.refused_at FROM customer_order o "
        "LEFT JOIN contact_order x ON x.customer_order = o.id AND x.interaction = $3 "
        "WHERE o.customer = $1 AND lower(o.number) = ANY($2) ORDER BY o.id LIMIT 2",
        customer_id, names, interaction_id,
    )  # fmt: skip
    return found[0] if len(found) == 1 and found[0].refused_at is None else None


async def keep_basis(interaction_id: int, order_id: int, basis: OrderBasis, *, by: int | None, now: datetime) -> None:
    """Note how it came that the contact belongs to that order. In the caller's transaction."""
    await execute(
        "INSERT INTO contact_order (interaction, customer_order, basis, at, by_user) VALUES ($1, $2, $3, $4, $5) "
        "ON CONFLICT (interaction, customer_order) DO UPDATE SET basis = excluded.basis, at = excluded.at, "
        "by_user = excluded.by_user, refused_at = NULL",
        interaction_id, order_id, basis.value, now, by,
    )  # fmt: skip


async def keep_refusal(interaction_id: int, order_id: int, *, by: int, now: datetime) -> bool:
    """Note that the contact does not belong to that order, so that nobody asks again; whether that is new. In the caller's
    transaction."""
    return bool(
        await fetch_value(
            "INSERT INTO contact_order AS x (interaction, customer_order, basis, at, by_user, refused_at) "
            "VALUES ($1, $2, 'agreed', $3, $4, $3) "
            "ON CONFLICT (interaction, customer_order) DO UPDATE SET refused_at = excluded.refused_at, by_user = excluded.by_user "
            "WHERE x.refused_at IS NULL RETURNING id",
            interaction_id, order_id, now, by,
        )
    )  # fmt: skip


async def order_corrected(
    interaction_id: int, before: int | None, after: int | None, basis: OrderBasis, *, by: int, now: datetime
) -> None:
    """A correction has said which order the contact belongs to: what it said before is not offered again."""
    if before is not None:
        await keep_refusal(interaction_id, before, by=by, now=now)
    if after is not None:
        await keep_basis(interaction_id, after, basis, by=None if basis == OrderBasis.NAMED else by, now=now)


@dataclass(frozen=True, slots=True)
class ContactOrders:
    """`connected`: the order of the contact, if it is known how that came; `offers`: those it may belong to. Each as
    crm.customers.orders.around.around_sql answers it."""

    connected: dict[str, Any] | None
    offers: list[dict[str, Any]]


UNKNOWN = ContactOrders(None, [])


async def orders_about(contact: Row) -> ContactOrders:
    """For a contact as crm.interactions.contact.contact_for answers it; one statement. One that belongs to an enquiry or a
    quotation is not asked about an order soon before, nor is a mail that nobody wrote."""
    if contact.customer is None:
        return UNKNOWN
    names = names_in(contact.text) if contact.order_id is None else []
    around = decoded(await fetch_value(_AROUND, contact.id, names))
    if contact.order_id is not None:
        return ContactOrders(next((one for one in around if one["id"] == contact.order_id and one["basis"]), None), [])
    return ContactOrders(None, _offers(contact, around, names))


async def offers_in(lines: Iterable[tuple[int, str]]) -> dict[int, list[dict[str, Any]]]:
    """The orders that contacts in a history may belong to, by the contact's id; the same rule as on a contact's own page. `lines`
    are id and text of those without an order. One statement, none without lines."""
    names = {number: names_in(text) for number, text in lines}
    if not names:
        return {}
    rows = await fetch(_AROUND_EACH, list(names), [" ".join(each) for each in names.values()])
    found = {row.id: _offers(row, decoded(row.around), names[row.id]) for row in rows}
    return {number: offers for number, offers in found.items() if offers}


def _offers(contact: Row, around: list[dict[str, Any]], names: list[str]) -> list[dict[str, Any]]:
    """What to ask about, for a contact that says itself that it belongs to no order."""
    for one in around:
        one["basis"] = one["basis"] if one["is_refused"] else None
    named = [one for one in around if one["number"].lower() in names and not one["is_refused"]]
    if named or contact.ticket_id or contact.quotation_id or contact.is_automatic:
        return named[:OFFERED]
    offer = orders_of(around, contact.at).offer
    return [offer] if offer else []
