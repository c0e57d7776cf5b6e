"""Where a customer stands: the form that changes the status, confirming master data, and how many prospects were won."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.customers import forms
from crm.customers.checking import confirm_master_data
from crm.customers.conversion import conversion_by_origin, conversion_by_phase, losses_by_reason
from crm.customers.queries import customer_for, last_touchpoint_of
from crm.customers.statuses import change_status
from crm.customers.tables import CustomerStatus
from crm.customers.tabs import customer_tabs
from crm.customers.words import LOSS_REASONS, ORIGINS, STATUSES
from crm.database import Row
from crm.errors import Invalid
from crm.interactions.queries import touchpoint_choices
from crm.web.formats import local
from crm.web.forms import Fields
from crm.web.i18n import word, zone
from crm.web.render import page, see_other


@get("/customers/{customer_id:int}/status", permission=Permission.CUSTOMERS_EDIT)
async def status_form(request: StaffRequest, customer_id: FromPath[int]) -> Response[str]:
    customer = await customer_for(request.user, customer_id)
    asked = request.query_params.get("to", "")
    return await _status_page(request, customer, {"status": asked if asked in STATUSES else ""}, {})


@post("/customers/{customer_id:int}/status", permission=Permission.CUSTOMERS_EDIT, status_code=303)
async def save_status(request: StaffRequest, customer_id: FromPath[int]) -> Response[Any]:
    """The new status, told by an event; saving the one that is there changes nothing."""
    customer = await customer_for(request.user, customer_id)
    fields = Fields(dict(await request.form()))
    try:
        wish = forms.status_wish(fields, await touchpoint_codes())
    except Invalid as error:
        return await _status_page(request, customer, fields.values, error.errors, status=422)
    await change_status(
        customer_id, wish.to, reason=wish.reason, reason_code=wish.reason_code, last_touchpoint=wish.last_touchpoint,
        by=request.user.id, now=datetime.now(UTC),
    )  # fmt: skip
    return see_other(request, f"/customers/{customer_id}")


async def touchpoint_codes() -> set[str]:
    return {code for _phase, choices in await touchpoint_choices() for code, _name in choices}


async def _status_page(
    request: StaffRequest, customer: Row, values: dict[str, Any], errors: dict[str, str], status: int = 200
) -> Response[str]:
    suggested = await last_touchpoint_of(customer.id)
    others = [(code, word(STATUSES, code)) for code in STATUSES if code != customer.status]
    return await page(
        request, "customers/status.html", status=status, customer=customer, errors=errors, statuses=others,
        values={"last_touchpoint": suggested, **values}, reasons=[(code, word(LOSS_REASONS, code)) for code in LOSS_REASONS],
        touchpoints=await touchpoint_choices(), now_is=word(STATUSES, customer.status), lost=CustomerStatus.FORMER.value,
    )  # fmt: skip


@post("/customers/{customer_id:int}/check", permission=Permission.CUSTOMERS_EDIT, status_code=303)
async def check(request: StaffRequest, customer_id: FromPath[int]) -> Response[Any]:
    """Somebody has looked at the master data and says that they are right."""
    await customer_for(request.user, customer_id)
    await confirm_master_data(customer_id, by=request.user.id, now=datetime.now(UTC))
    return see_other(request, f"/customers/{customer_id}")


@get("/customers/conversion", permission=Permission.REPORTS_VIEW)
async def conversion(request: StaffRequest) -> Response[str]:
    """Prospects won, by origin and by phase, and customers lost, by reason; of one year, this one unless another is asked."""
    this_year = local(datetime.now(UTC)).year
    asked = Fields({"year": request.query_params.get("year", "")}).number("year", low=2000, high=this_year) or this_year
    since, until = _new_year(asked), _new_year(asked + 1)
    origins = await conversion_by_origin(since, until)
    return await page(
        request, "customers/conversion.html", tabs=customer_tabs(request), year=asked,
        origins=origins, phases=await conversion_by_phase(since, until),
        losses=await losses_by_reason(since, until), word=word, origin_words=ORIGINS, reason_words=LOSS_REASONS,
        prospects=sum(line.prospects for line in origins), converted=sum(line.converted for line in origins),
        years=[(str(year), f"/customers/conversion?year={year}", year == asked) for year in range(this_year, this_year - 4, -1)],
    )  # fmt: skip


def _new_year(year: int) -> datetime:
    return datetime.combine(date(year, 1, 1), time(), zone.get()).astimezone(UTC)


route_handlers = [status_form, save_status, check, conversion]
