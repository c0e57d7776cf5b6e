"""The attributes of a customer: the card on their page, the page that edits them, the reading of special categories."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.customers.queries import customer_for
from crm.errors import Conflict, Invalid, NotFound
from crm.profiles.catalogue_pages import words
from crm.profiles.gathering import outlook
from crm.profiles.queries import Line, Subject, line_of, subject_among, subjects_of
from crm.profiles.sentences import refusal
from crm.profiles.writing import Wish, delete_attribute, note_reading, write_attribute
from crm.web.forms import Fields
from crm.web.i18n import N_, _
from crm.web.parameters import demand_ids
from crm.web.render import flashes, fragment, is_fragment, page, see_other

P = Permission
DONE = {"saved": N_("The attribute is saved."), "deleted": N_("The value is deleted.")}


def href(customer_id: int, code: str, action: str = "", person_id: int | None = None) -> str:
    """The address of an attribute of a customer, or of a person there."""
    path = f"/customers/{customer_id}/attributes/{code}" + (f"/{action}" if action else "")
    return f"{path}?{urlencode({'person_id': person_id})}" if person_id else path


@get("/customers/{customer_id:int}/attributes", permission=P.CUSTOMERS_VIEW)
async def show_attributes(request: StaffRequest, customer_id: FromPath[int]) -> Response[str]:
    """For htmx the card of the customer's page, else the page with every attribute that can be filled in."""
    subjects = await subjects_of(request.user, customer_id)
    context = {"customer_id": customer_id, "subjects": subjects, "href": href, **words()}
    if is_fragment(request):
        return await fragment(request, "profiles/_attributes.html", **context)
    return await _page(request, customer_id, subjects)


async def _page(
    request: StaffRequest, customer_id: int, subjects: list[Subject], told: tuple[int | None, str] | None = None
) -> Response[str]:
    customer = await customer_for(request.user, customer_id)
    return await page(
        request, "profiles/attributes.html", customer=customer, customer_id=customer_id, subjects=subjects, href=href,
        told=told, flashes=flashes(request, DONE), **words(),
    )  # fmt: skip


@get("/customers/{customer_id:int}/attributes/{code:str}/edit", permission=P.CUSTOMERS_EDIT)
async def edit_value(
    request: StaffRequest, customer_id: FromPath[int], code: FromPath[str], person_id: FromQuery[int | None] = None
) -> Response[str]:
    subject, line = await _line(request, customer_id, code, person_id)
    if line.is_hidden and subject.person_id is not None:  # the form shows it: that is a reading
        await note_reading("person", subject.person_id, code, by=request.user.id, now=datetime.now(UTC))
    values = {"value": line.value.typed if line.value else "", "version": line.version}
    return await _form(request, subject, line, values, {})


@post("/customers/{customer_id:int}/attributes/{code:str}", permission=P.CUSTOMERS_EDIT, status_code=303)
async def save_value(
    request: StaffRequest, customer_id: FromPath[int], code: FromPath[str], person_id: FromQuery[int | None] = None
) -> Response[Any]:
    """Save it, or say in a sentence why not and what to do."""
    subject, line = await _line(request, customer_id, code, person_id)
    fields = Fields(dict(await request.form()))
    try:
        version = fields.number("version", low=0, high=2**31)
        reference = fields.text("reference")
        fields.check()
        wish = Wish(customer_id, code, str(fields.values.get("value", "")), subject.person_id, reference)
        await write_attribute(wish, source="form", by=request.user.id, now=datetime.now(UTC), version=version)
    except Invalid as error:
        return await _form(request, subject, line, fields.values, error.errors)
    except Conflict as conflict:
        values = {**fields.values, "version": conflict.version}
        return await _form(request, subject, line, values, {"value": conflict.sentence}, status=409)
    return await _done(request, customer_id, "saved")


@post("/customers/{customer_id:int}/attributes/{code:str}/deletion", permission=P.CUSTOMERS_EDIT, status_code=303)
async def delete_value(
    request: StaffRequest, customer_id: FromPath[int], code: FromPath[str], person_id: FromQuery[int | None] = None
) -> Response[Any]:
    subject, _one = await _line(request, customer_id, code, person_id)
    await delete_attribute(customer_id, code, subject.person_id, by=request.user.id, now=datetime.now(UTC))
    return await _done(request, customer_id, "deleted")


@post("/customers/{customer_id:int}/attributes/{code:str}/readings", permission=P.CUSTOMERS_VIEW, status_code=200)
async def read_value(
    request: StaffRequest, customer_id: FromPath[int], code: FromPath[str], person_id: FromQuery[int | None] = None
) -> Response[str]:
    """Show a special category; that it was shown, to whom and when is put on record first."""
    subject, line = await _line(request, customer_id, code, person_id)
    if line.value is None or subject.person_id is None:
        raise NotFound()
    await note_reading("person", subject.person_id, code, by=request.user.id, now=datetime.now(UTC))
    if is_fragment(request):
        return await fragment(request, "profiles/_reading.html", line=line)
    subjects = await subjects_of(request.user, customer_id)
    return await _page(request, customer_id, subjects, (subject.person_id, code))


async def _line(request: StaffRequest, customer_id: int, code: str, person_id: int | None) -> tuple[Subject, Line]:
    demand_ids(person_id=person_id)
    subject = subject_among(await subjects_of(request.user, customer_id), person_id)
    return subject, line_of(subject, code)


async def _form(
    request: StaffRequest, subject: Subject, line: Line, values: dict[str, Any], errors: dict[str, str], *, status: int = 0
) -> Response[str]:  # fmt: skip
    """The field of one attribute. Where it would be refused anyhow the reason stands above it."""
    one = line.definition
    verdict, about = await outlook(one, subject.customer_id, subject.person_id)
    warning = "" if verdict.allowed or verdict.code == "no_contract" else refusal(verdict.code, one, about.name)
    context: dict[str, Any] = {
        "subject": subject, "line": line, "one": one, "values": values, "errors": errors, "warning": warning,
        "contract": verdict.reference, "href": href, "wants_consent": bool(warning) and one.legal_basis == "consent", **words(),
    }  # fmt: skip
    status = status or (422 if errors else 200)
    if is_fragment(request):
        return await fragment(
            request, "profiles/_value_form.html", status=status, in_dialog=True, prefix="d-", **context
        )
    return await page(request, "profiles/value.html", status=status, in_dialog=False, prefix="f-", **context)


async def _done(request: StaffRequest, customer_id: int, what: str) -> Response[Any]:
    where = f"/customers/{customer_id}/attributes"
    is_there = urlsplit(request.headers.get("hx-current-url", "")).path == where
    if not is_fragment(request) or is_there:
        return see_other(request, f"{where}?done={what}")
    return await fragment(
        request, "profiles/_saved.html", saved=_(DONE[what]), headers={"hx-trigger": "close-dialog, attributes-changed"}
    )


route_handlers = [show_attributes, edit_value, save_value, delete_value, read_value]
