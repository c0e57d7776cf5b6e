"""Status, deletion and restoring over the API."""

from __future__ import annotations

from datetime import UTC, datetime

from litestar import delete, get, post
from litestar.params import FromPath, FromQuery, JSONBody

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.customers import forms
from crm.customers.bodies import fields_of
from crm.customers.checking import confirm_master_data
from crm.customers.deleting import delete_customer, deleted_customers, is_restorable, restore_customer
from crm.customers.handlers.standing import touchpoint_codes
from crm.customers.queries import customer_for, sees_restricted, status_changes_of
from crm.customers.shapes import ConversionIn, DeletedOut, StatusChangeOut, StatusIn, StatusOut
from crm.customers.statuses import change_status, conversion_happened
from crm.customers.tables import StatusTrigger
from crm.errors import Invalid, NotFound
from crm.web.i18n import _

CONVERSIONS = (StatusTrigger.FIRST_ORDER, StatusTrigger.ACCOUNT, StatusTrigger.NEWSLETTER)


@get("/customers/{customer_id:int}/status", permission=Permission.CUSTOMERS_VIEW)
async def list_changes(request: StaffRequest, customer_id: FromPath[int]) -> dict[str, list[StatusChangeOut]]:
    """The events of a customer's status, the oldest first; `before` of the first one is empty."""
    await customer_for(request.user, customer_id)
    names = StatusChangeOut.__struct_fields__
    rows = await status_changes_of(customer_id)
    return {"items": [StatusChangeOut(**{name: row[name] for name in names}) for row in rows]}


@post("/customers/{customer_id:int}/status", permission=Permission.CUSTOMERS_EDIT, status_code=200)
async def set_status(request: StaffRequest, customer_id: FromPath[int], data: JSONBody[StatusIn]) -> StatusOut:
    """A new status with its reason. Sent again, nothing changes."""
    await customer_for(request.user, customer_id)
    wish = forms.status_wish(fields_of(data), await touchpoint_codes())
    changed = await change_status(
        customer_id, wish.to, reason=wish.reason, reason_code=wish.reason_code, last_touchpoint=wish.last_touchpoint,
        by=request.user.id, now=datetime.now(UTC),
    )  # fmt: skip
    return StatusOut(wish.to.value, changed)


@post("/customers/{customer_id:int}/conversions", permission=Permission.CUSTOMERS_EDIT, status_code=200)
async def tell_conversion(request: StaffRequest, customer_id: FromPath[int], data: JSONBody[ConversionIn]) -> StatusOut:
    """Something happened that can turn a prospect into a customer; it does if the company has chosen it in its settings."""
    if data.trigger not in CONVERSIONS:
        options = ", ".join(CONVERSIONS)
        sentence = _("“%(value)s” is none of: %(options)s.") % {"value": data.trigger[:40], "options": options}
        raise Invalid({"trigger": sentence})
    await customer_for(request.user, customer_id)
    changed = await conversion_happened(customer_id, data.trigger, at=datetime.now(UTC), by=request.user.id)
    customer = await customer_for(request.user, customer_id)
    return StatusOut(customer.status, changed)


@post("/customers/{customer_id:int}/check", permission=Permission.CUSTOMERS_EDIT, status_code=204)
async def confirm(request: StaffRequest, customer_id: FromPath[int]) -> None:
    """Somebody has looked at the master data: checked today."""
    await customer_for(request.user, customer_id)
    await confirm_master_data(customer_id, by=request.user.id, now=datetime.now(UTC))


@delete("/customers/{customer_id:int}", permission=Permission.CUSTOMERS_DELETE, status_code=204)
async def delete_one(request: StaffRequest, customer_id: FromPath[int], reason: FromQuery[str] = "") -> None:
    """Delete a customer; `reason` is demanded. For 30 days it can be restored."""
    await customer_for(request.user, customer_id)
    await delete_customer(customer_id, reason.replace("\x00", ""), by=request.user.id, now=datetime.now(UTC))


@get("/customers/deleted", permission=Permission.CUSTOMERS_DELETE)
async def list_deleted(request: StaffRequest) -> dict[str, list[DeletedOut]]:
    """The customers that can still be restored, the last deleted first; at most 500."""
    rows = await deleted_customers(datetime.now(UTC), restricted=sees_restricted(request.user))
    return {"items": [DeletedOut(**{name: row[name] for name in DeletedOut.__struct_fields__}) for row in rows]}


@post("/customers/{customer_id:int}/restoration", permission=Permission.CUSTOMERS_DELETE, status_code=204)
async def restore(request: StaffRequest, customer_id: FromPath[int]) -> None:
    """Bring a deleted customer back as they were."""
    now = datetime.now(UTC)
    if not await is_restorable(customer_id, now, restricted=sees_restricted(request.user)):
        raise NotFound()
    await restore_customer(customer_id, by=request.user.id, now=now)


route_handlers = [list_changes, set_status, tell_conversion, confirm, delete_one, list_deleted, restore]
