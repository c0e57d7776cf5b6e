"""The pages of what keeps data: duties of law, and legal holds."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.database import HIGHEST_ID
from crm.errors import Conflict, Invalid, NotFound
from crm.privacy.erasure.duty_actions import DutyChange, all_duties, change_duty
from crm.privacy.erasure.holds import REASON_LIMIT, all_holds, customer_numbered, lift_hold, person_named, place_hold
from crm.web.forms import Fields
from crm.web.i18n import _, zone
from crm.web.render import page, see_other

P = Permission


@get("/privacy/duties", permission=P.PRIVACY_APPROVE)
async def list_duties(request: StaffRequest) -> Response[str]:
    """For how long the law makes us keep what."""
    return await _duties(request)


@post("/privacy/duties/{duty_id:int}", permission=P.PRIVACY_MANAGE, status_code=303)
async def save_duty(request: StaffRequest, duty_id: FromPath[int]) -> Response[Any]:
    fields = Fields(dict(await request.form()))
    try:
        years = fields.number("years", low=1, high=100, required=True) or 0
        version = fields.number("version", low=0, high=HIGHEST_ID, required=True) or 0
        fields.check()
        change = DutyChange(years, fields.flag("from_year_end"), fields.flag("is_in_force"))
        await change_duty(duty_id, change, version=version, by=request.user.id, now=datetime.now(UTC))
    except Invalid as error:
        return await _duties(request, duty_id, fields, error.errors, status=422)
    except Conflict:
        told = {"": _("Somebody else has changed this duty meanwhile. This is how it is now.")}
        return await _duties(request, duty_id, None, told, status=409)
    return see_other(request, "/privacy/duties")


async def _duties(
    request: StaffRequest,
    duty_id: int = 0,
    fields: Fields | None = None,
    errors: dict[str, str] | None = None,
    status: int = 200,
) -> Response[str]:
    return await page(
        request, "privacy/erasure/duties.html", status=status, duties=await all_duties(), wrong=duty_id, errors=errors or {},
        typed=fields.values if fields else {}, may_change=request.user.may(P.PRIVACY_MANAGE),
    )  # fmt: skip


@get("/privacy/holds", permission=P.PRIVACY_MANAGE)
async def list_holds(request: StaffRequest) -> Response[str]:
    """Legal holds in force, and the form for a new one: on the person that the address names, or on a customer by number."""
    return await _holds(request, Fields(dict(request.query_params)), {})


@post("/privacy/holds", permission=P.PRIVACY_MANAGE, status_code=303)
async def create_hold(request: StaffRequest) -> Response[Any]:
    fields = Fields(dict(await request.form()))
    try:
        person_id, customer_id = fields.reference("person"), None
        number = fields.text("number", limit=40)
        if person_id is None and number:
            customer_id = await customer_numbered(number)
            if customer_id is None:
                fields.error("number", _("There is no customer with this number."))
        elif person_id is None:
            fields.error("number", _("Enter the customer's number, or open this page from a request."))
        reason = fields.text("reason", limit=REASON_LIMIT, required=True, many_lines=True)
        until_on = fields.on("until_on")
        fields.check()
        await place_hold(
            person_id=person_id,
            customer_id=customer_id,
            reason=reason,
            until_on=until_on,
            by=request.user.id,
            now=datetime.now(UTC),
        )
    except Invalid as error:
        return await _holds(request, fields, error.errors, status=422)
    return see_other(request, "/privacy/holds")


@post("/privacy/holds/{hold_id:int}/lifting", permission=P.PRIVACY_MANAGE, status_code=303)
async def lift(request: StaffRequest, hold_id: FromPath[int]) -> Response[Any]:
    fields = Fields(dict(await request.form()))
    try:
        await lift_hold(hold_id, fields.text("reason", limit=REASON_LIMIT), by=request.user.id, now=datetime.now(UTC))
    except Invalid as error:
        return await _holds(request, fields, {f"lift-{hold_id}": error.errors["reason"]}, status=422)
    return see_other(request, "/privacy/holds")


async def _holds(request: StaffRequest, fields: Fields, errors: dict[str, str], status: int = 200) -> Response[str]:
    person_id = fields.reference("person")
    person = await person_named(person_id) if person_id is not None else ""
    if person is None:
        raise NotFound()
    today = datetime.now(UTC).astimezone(zone.get()).date()
    return await page(
        request, "privacy/erasure/holds.html", status=status, holds=await all_holds(today), typed=fields.values, errors=errors,
        person_id=person_id, person=person,
    )  # fmt: skip


route_handlers = [list_duties, save_duty, list_holds, create_hold, lift]
