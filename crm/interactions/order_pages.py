"""Answering whether a contact belongs to an order: from its page, and from its line in the history."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from litestar import Response, post
from litestar.params import FromPath

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.interactions.contact import contact_for
from crm.interactions.order_answers import agree_to_order, refuse_order
from crm.web.render import see_other


@post(
    "/interactions/{interaction_id:int}/orders/{order_id:int}", permission=Permission.INTERACTIONS_LOG, status_code=303
)
async def agree(request: StaffRequest, interaction_id: FromPath[int], order_id: FromPath[int]) -> Response[Any]:
    """It belongs to the order that was offered."""
    await contact_for(request.user, interaction_id)
    await agree_to_order(interaction_id, order_id, by=request.user.id, now=datetime.now(UTC))
    return see_other(request, f"/interactions/{interaction_id}?done=order_connected")


@post(
    "/interactions/{interaction_id:int}/orders/{order_id:int}/removal",
    permission=Permission.INTERACTIONS_LOG,
    status_code=303,
)
async def refuse(request: StaffRequest, interaction_id: FromPath[int], order_id: FromPath[int]) -> Response[Any]:
    """It does not belong to that order, and nobody is asked again."""
    await contact_for(request.user, interaction_id)
    await refuse_order(interaction_id, order_id, by=request.user.id, now=datetime.now(UTC))
    return see_other(request, f"/interactions/{interaction_id}?done=order_parted")


route_handlers = [agree, refuse]
