"""Settling what a person is owed who was entered without their own doing (GDPR Art. 14)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from litestar import Response, post
from litestar.params import FromPath

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.customers.informing import settle_information
from crm.customers.queries import person_for
from crm.customers.tables import DutyStatus
from crm.web.forms import Fields
from crm.web.i18n import zone
from crm.web.render import see_other


@post("/persons/{person_id:int}/information", permission=Permission.CUSTOMERS_EDIT, status_code=303)
async def settle(request: StaffRequest, person_id: FromPath[int]) -> Response[Any]:
    """The person was informed today, knows it already, or is owed it again."""
    person, now = await person_for(request.user, person_id), datetime.now(UTC)
    fields = Fields(dict(await request.form()))
    status = fields.choice("status", DutyStatus)
    fields.check()
    await settle_information(person.id, status, on=now.astimezone(zone.get()).date(), by=request.user.id, now=now)
    return see_other(request, f"/customers/{person.customer_id}#person-{person.id}")


route_handlers = [settle]
