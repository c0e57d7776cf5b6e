"""The log of access: of everybody, of a customer, of a person."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from litestar import Response, Router, get
from litestar.params import FromPath

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.queries import users
from crm.customers.queries import customer_for, person_for, sees_restricted
from crm.privacy.access_log.forms import AskedForm
from crm.privacy.access_log.queries import About, LogPage, access_log
from crm.privacy.access_log.words import words
from crm.web.render import fragment, is_fragment, page

P = Permission


@get("/access-log", permission=P.AUDIT_VIEW)
async def show_log(request: StaffRequest) -> Response[str]:
    """Who read, searched, exported and changed personal data, the newest first."""
    return await _show(request, "/access-log", About())


@get("/customers/{customer_id:int}/access-log", permission=P.AUDIT_VIEW)
async def show_log_of_customer(request: StaffRequest, customer_id: FromPath[int]) -> Response[str]:
    customer = await customer_for(request.user, customer_id)
    return await _show(
        request,
        f"/customers/{customer_id}/access-log",
        About(customer_id=customer_id),
        whose=customer.name,
        home=customer,
    )


@get("/persons/{person_id:int}/access-log", permission=P.AUDIT_VIEW)
async def show_log_of_person(request: StaffRequest, person_id: FromPath[int]) -> Response[str]:
    person = await person_for(request.user, person_id)
    return await _show(
        request, f"/persons/{person_id}/access-log", About(person_id=person_id), whose=person.name, home=person
    )


async def _show(
    request: StaffRequest, address: str, about: About, *, whose: str = "", home: Any = None
) -> Response[str]:
    """A filter that makes no sense finds nothing rather than failing."""
    form = AskedForm.of(request.query_params)
    found = LogPage([], None)
    if not form.errors:
        found = await access_log(form.asked, about, restricted=sees_restricted(request.user), cursor=form.cursor)
    more = f"{address}?{urlencode({**form.values, 'cursor': found.next})}" if found.next else ""
    context: dict[str, Any] = {"lines": found.lines, "more_href": more, "is_overall": not whose, **words()}
    if is_fragment(request) and form.cursor:
        return await fragment(request, "privacy/access_log/_rows.html", **context)
    customer_id = None if home is None else (home.customer_id if about.person_id else home.id)
    return await page(
        request, "privacy/access_log/index.html", address=address, whose=whose, customer_id=customer_id, person_id=about.person_id,
        customer_name=None if home is None else (home.customer_name if about.person_id else home.name), values=form.values,
        errors=form.errors, staff=await users(), **context,
    )  # fmt: skip


router = Router("", route_handlers=[show_log, show_log_of_customer, show_log_of_person])
