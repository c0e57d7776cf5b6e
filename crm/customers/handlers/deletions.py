"""Deleting a customer with a reason, the list of those who were deleted, and bringing one back."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.customers.deleting import delete_customer, deleted_customers, is_restorable, restore_customer
from crm.customers.queries import customer_for, sees_restricted
from crm.customers.tabs import customer_tabs
from crm.database import Row
from crm.errors import Invalid, NotFound, RuleBroken
from crm.web.forms import Fields
from crm.web.i18n import N_, _
from crm.web.render import flashes, page, see_other

DONE = {"deleted": N_("The customer is deleted. For 30 days you can bring them back here.")}


@get("/customers/{customer_id:int}/deletion", permission=Permission.CUSTOMERS_DELETE)
async def deletion_form(request: StaffRequest, customer_id: FromPath[int]) -> Response[str]:
    return await _deletion_page(request, await customer_for(request.user, customer_id), {}, {})


@post("/customers/{customer_id:int}/deletion", permission=Permission.CUSTOMERS_DELETE, status_code=303)
async def delete(request: StaffRequest, customer_id: FromPath[int]) -> Response[Any]:
    customer = await customer_for(request.user, customer_id)
    fields = Fields(dict(await request.form()))
    try:
        await delete_customer(
            customer_id, fields.text("reason", limit=10_000), by=request.user.id, now=datetime.now(UTC)
        )
    except Invalid as error:
        return await _deletion_page(request, customer, fields.values, error.errors, status=422)
    except RuleBroken as error:
        return await _deletion_page(request, customer, fields.values, {"": error.sentence}, status=422)
    return see_other(request, "/customers/deleted?done=deleted")


async def _deletion_page(
    request: StaffRequest, customer: Row, values: dict[str, Any], errors: dict[str, str], status: int = 200
) -> Response[str]:
    return await page(
        request, "customers/deletion.html", status=status, customer=customer, values=values, errors=errors
    )


@get("/customers/deleted", permission=Permission.CUSTOMERS_DELETE)
async def list_deleted(request: StaffRequest) -> Response[str]:
    found = await deleted_customers(datetime.now(UTC), restricted=sees_restricted(request.user))
    columns = [(_("Name"), "", ""), (_("Number"), "", "tight"), (_("Deleted"), "", ""), (_("Reason"), "", ""),
               (_("Can be restored until"), "", ""), ("", "", "")]  # fmt: skip
    return await page(
        request,
        "customers/deleted.html",
        found=found,
        columns=columns,
        tabs=customer_tabs(request),
        flashes=flashes(request, DONE),
    )


@post("/customers/{customer_id:int}/restoration", permission=Permission.CUSTOMERS_DELETE, status_code=303)
async def restore(request: StaffRequest, customer_id: FromPath[int]) -> Response[Any]:
    now = datetime.now(UTC)
    if not await is_restorable(customer_id, now, restricted=sees_restricted(request.user)):
        raise NotFound()
    await restore_customer(customer_id, by=request.user.id, now=now)
    return see_other(request, f"/customers/{customer_id}")


route_handlers = [deletion_form, delete, list_deleted, restore]
