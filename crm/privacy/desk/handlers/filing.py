"""Writing a request down by hand, from an enquiry or from a mail: anybody for a customer they see; the desk is the officers'."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from litestar import Response, get, post

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import form_once
from crm.customers.queries import customer_for, persons_of, sees_restricted
from crm.errors import Invalid, NotFound, RuleBroken
from crm.privacy.desk import words
from crm.privacy.desk.filing import file_request
from crm.privacy.desk.forms import parse_request
from crm.privacy.desk.intake import Found, file_from_mail, from_mail, from_ticket, may_file_mails, request_of_mail
from crm.privacy.desk.tables import RequestSource
from crm.web.forms import Fields
from crm.web.i18n import _
from crm.web.render import page, see_other


@get("/privacy/requests/new", permission=Permission.CUSTOMERS_VIEW)
async def new_request(request: StaffRequest) -> Response[str]:
    """The form, with what is known from where one comes: ?customer=, ?ticket= or ?mail=."""
    query = request.query_params
    came = {name: query[name] for name in ("customer", "person", "ticket", "mail") if query.get(name)}
    found = await _found(request, came)
    values = {
        **came,
        "text": found.text,
        "requester_name": found.name,
        "requester_address": found.address,
        "person_id": found.person_id,
    }
    return await _form(request, values, {})


@post("/privacy/requests", permission=Permission.CUSTOMERS_VIEW, status_code=303)
async def create_request(request: StaffRequest) -> Response[Any]:
    """It goes to the desk; who may not see that is thanked."""
    values, now = dict(await request.form()), datetime.now(UTC)
    try:
        data = parse_request(values)

        async def do() -> str:
            number = await _filed_before(request, values)
            found = await _found(request, values) if number is None else Found()
            person_id = await _person(request, values, found)
            if number is None and values.get("mail"):
                mail_id = Fields(values).reference("mail") or 0
                number = await file_from_mail(
                    request.user, mail_id, data.kind, data.text, person_id=person_id, name=data.name, address=data.address,
                    against=data.against, now=now,
                )  # fmt: skip
            elif number is None:
                source = RequestSource.MAIL if values.get("ticket") else RequestSource.HAND
                number = await file_request(
                    data.kind, source=source, text=data.text, person_id=person_id, customer_id=found.customer_id,
                    requester_name=data.name or found.name, requester_address=data.address or found.address, by=request.user.id, now=now,
                    received_at=found.received_at, against=data.against,
                )  # fmt: skip
            return (
                f"/privacy/requests/{number}?done=filed"
                if request.user.may(Permission.PRIVACY_MANAGE)
                else "/privacy/requests/filed"
            )

        where = await form_once(request, str(values.get("submission_id", "")), do, now=now)
    except Invalid as error:
        return await _form(request, values, error.errors)
    return see_other(request, where)


@get("/privacy/requests/filed", permission=Permission.CUSTOMERS_VIEW)
async def filed(request: StaffRequest) -> Response[str]:
    """For whoever may not see the desk: it has arrived."""
    return await page(request, "privacy/desk/filed.html")


async def _filed_before(request: StaffRequest, values: Mapping[str, Any]) -> int | None:
    """The request that this mail has become meanwhile, by a second tab or a colleague: it is not filed twice, and nobody is told that
    their mail is gone."""
    fields = Fields(values)
    mail_id = fields.reference("mail")
    fields.check()
    if mail_id is None or not may_file_mails(request.user):
        return None
    return await request_of_mail(mail_id)


async def _form(request: StaffRequest, values: Mapping[str, Any], errors: Mapping[str, str]) -> Response[str]:
    found = await _found(request, values)
    customer = await customer_for(request.user, found.customer_id) if found.customer_id else None
    persons = await persons_of(customer.id, restricted=sees_restricted(request.user)) if customer else []
    return await page(
        request, "privacy/desk/new.html", status=422 if errors else 200, values=values, errors=errors, customer=customer,
        persons=[(str(one.id), one.name) for one in persons], words=words,
    )  # fmt: skip


async def _found(request: StaffRequest, values: Mapping[str, Any]) -> Found:
    """What is known from where one comes, loaded through the gate. Without a customer, an enquiry or a mail only officers write
    requests down."""
    fields = Fields(values)
    ticket_id, mail_id, customer_id = (fields.reference(name) for name in ("ticket", "mail", "customer"))
    if fields.errors:
        raise NotFound()
    if ticket_id:
        return await from_ticket(request.user, ticket_id)
    if mail_id:
        if not may_file_mails(request.user):
            raise NotFound()
        return await from_mail(request.user, mail_id)
    if customer_id:
        await customer_for(request.user, customer_id)
        person_id = fields.reference("person")
        if person_id is not None and person_id not in await _persons_at(request, customer_id):
            raise NotFound()
        return Found(customer_id=customer_id, person_id=person_id)
    if not request.user.may(Permission.PRIVACY_MANAGE):
        raise RuleBroken(
            _("Begin at the customer, at the enquiry or at the e-mail: “Pass on as a data protection request”.")
        )
    return Found()


async def _person(request: StaffRequest, values: Mapping[str, Any], found: Found) -> int | None:
    """Who of the customer it is. Raises Invalid for somebody of another one."""
    fields = Fields(values)
    person_id = fields.reference("person_id")
    fields.check()
    if person_id is None or found.customer_id is None:
        return found.person_id
    if person_id not in await _persons_at(request, found.customer_id):
        raise Invalid({"person_id": _("This person does not belong to that customer.")}, dict(values))
    return person_id


async def _persons_at(request: StaffRequest, customer_id: int) -> set[int]:
    """Whom of that customer this user may see."""
    return {one.id for one in await persons_of(customer_id, restricted=sees_restricted(request.user))}


route_handlers = [new_request, create_request, filed]
