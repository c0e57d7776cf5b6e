"""Saying whether a contact belongs to an order that is offered for it; everybody who logs contacts may."""

from __future__ import annotations

from datetime import datetime

from crm.accounts.audit import record
from crm.customers.tables import TimelineKind
from crm.customers.timeline import change_entry
from crm.database import HIGHEST_ID, Row, execute, fetch_one, transaction
from crm.errors import Invalid, NotFound, RuleBroken
from crm.interactions.correcting import locked_contact
from crm.interactions.order_naming import keep_basis, keep_refusal
from crm.tickets.links.tables import OrderBasis
from crm.web.i18n import _


async def agree_to_order(interaction_id: int, order_id: int, *, by: int, now: datetime) -> str:
    """The contact belongs to this order of its customer; answers the order's number. A second time changes nothing.

    Raises NotFound for a contact that is not there or whose customer is restricted, Invalid for an order that isn't there or is
    somebody else's, RuleBroken if the contact belongs to another order by now: nothing is replaced unseen."""
    async with transaction():
        contact = await locked_contact(interaction_id)
        order = await _order(contact, order_id)
        if order is None:
            raise Invalid({"order_id": _("This customer has no such order.")})
        if contact.order_id == order.id:
            return str(order.number)
        if contact.order_id is not None:
            raise RuleBroken(_("This contact belongs to another order already. Correct the contact to change that."))
        await execute("UPDATE interaction SET customer_order = $2 WHERE id = $1", interaction_id, order.id)
        await keep_basis(interaction_id, order.id, OrderBasis.AGREED, by=by, now=now)
        await change_entry(TimelineKind.INTERACTION, interaction_id, detail={"order": order.id})
        fields = {"order": [None, order.number]}
        await record("interaction.order_connected", "interaction", interaction_id, by=by, now=now, fields=fields)
        return str(order.number)


async def refuse_order(interaction_id: int, order_id: int, *, by: int, now: datetime) -> None:
    """The contact does not belong to this order: a connection ends, an offer is not made again. A second time changes nothing.
    Raises NotFound for a contact that is not there and an order that isn't its customer's."""
    async with transaction():
        contact = await locked_contact(interaction_id)
        order = await _order(contact, order_id)
        if order is None:
            raise NotFound()
        is_new = await keep_refusal(interaction_id, order.id, by=by, now=now)
        if contact.order_id == order.id:
            await execute("UPDATE interaction SET customer_order = NULL WHERE id = $1", interaction_id)
            await change_entry(TimelineKind.INTERACTION, interaction_id, detail={"order": None})
        if is_new:
            fields = {"order": [order.number, None]}
            await record("interaction.order_parted", "interaction", interaction_id, by=by, now=now, fields=fields)


async def _order(contact: Row, order_id: int) -> Row | None:
    return await fetch_one(
        "SELECT id, number FROM customer_order WHERE customer = $1 AND id = $2 FOR KEY SHARE",
        contact.customer, order_id if 0 < order_id <= HIGHEST_ID else 0,
    )  # fmt: skip
