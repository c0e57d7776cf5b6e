"""Writing a mail: the form, its filling, the preview, sending, and once more after a failure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from litestar import MediaType, Response, Router, get, post
from litestar.datastructures import UploadFile
from litestar.params import FromPath

from crm.accounts.company import company
from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import form_once
from crm.consents.sentences import conditions
from crm.consents.unsubscribing import as_read
from crm.customers.uploads import BODY_LIMIT, attach_uploads, uploads_in
from crm.database import Row
from crm.errors import Invalid
from crm.interactions.contact import contact_for
from crm.interactions.mails import box_pages, log_pages, sender_pages, template_pages
from crm.interactions.mails.filling import fresh_values, refilled_values
from crm.interactions.mails.forms import documents_of, parse_mail, recipient_of
from crm.interactions.mails.queries import Desk, desk_for, purposes_for_mail, templates, today_here
from crm.interactions.mails.words import LABELS
from crm.interactions.mails.writing import (
    NewMail,
    advice,
    demand_permission,
    may_write,
    ready,
    send_again,
    write_mail,
)
from crm.interactions.queries import touchpoint_choices
from crm.web.forms import Fields
from crm.web.i18n import _, local_name
from crm.web.render import fragment, page, see_other

P = Permission
PREVIEW_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'self'"
"""The mail as its reader gets it has its styles in its elements; nothing in it runs, and nothing is fetched."""


async def _body(request: StaffRequest) -> tuple[dict[str, str], list[str], list[UploadFile]]:
    """The form's fields, the documents that were ticked, and the files that were chosen."""
    body = await request.form()
    ticked = [value for value in body.getall("documents", []) if isinstance(value, str)]
    return {n: v for n, v in body.items() if isinstance(v, str)}, ticked, uploads_in(body.getall("file", []))


@get("/mails/new", permission=P.INTERACTIONS_LOG)
async def new_mail(request: StaffRequest) -> Response[str]:
    """An empty letter: to the person, or the address, that one came from."""
    query = Fields(request.query_params)
    customer_id, person_id = query.reference("customer"), query.reference("person")
    template_id = query.reference("template")
    query.check()
    if customer_id is None:
        return await page(request, "mails/pick.html")
    desk = await desk_for(request.user.id, customer_id)
    known = await templates()
    values = fresh_values(
        desk, person_id, query.text("to", limit=254), known, template_id, today_here(datetime.now(UTC))
    )
    return await _form(request, desk, values, {}, known, prefilled=True)


@get("/mails/picked", permission=P.INTERACTIONS_LOG)
async def picked(request: StaffRequest) -> Response[Any]:
    """A customer was picked from the list: on with the letter to them."""
    query = Fields(request.query_params)
    customer_id = query.reference("customer_id", required=True)
    query.check()
    return see_other(request, f"/mails/new?customer={customer_id}")


@post("/mails/fill", permission=P.INTERACTIONS_LOG, status_code=200)
async def fill_letter(request: StaffRequest) -> Response[str]:
    """The letter anew after another recipient, language, template or kind was chosen."""
    values, _ticked, _files = await _body(request)
    fields = Fields(values)
    customer_id = fields.reference("customer_id")
    if customer_id is None:
        fields.error("customer_id", _("Choose the customer: type a part of the name and pick from the list."))
    fields.check()
    desk = await desk_for(request.user.id, customer_id or 0)
    changed = request.headers.get("hx-trigger-name", "")
    known = await templates()
    found, kept = refilled_values(
        desk, values, changed, known, today_here(datetime.now(UTC)), force=fields.flag("force")
    )
    context = await _context(desk, found, {}, known)
    return await fragment(request, "mails/_letter.html", kept=kept, prefilled=False, **context)


@post("/mails/preview", permission=P.INTERACTIONS_LOG, status_code=200, request_max_body_size=BODY_LIMIT)
async def preview(request: StaffRequest) -> Response[str]:
    """The mail exactly as it will go out, or what is still missing."""
    now = datetime.now(UTC)
    values, ticked, uploads = await _body(request)
    context: dict[str, Any] = {"errors": {}, "labels": LABELS, "letter": None, "uploads": []}
    try:
        mail = parse_mail(values, ticked, now)
        letter = await ready(mail, by=request.user.id, now=now)
    except Invalid as error:
        context["errors"] = error.errors
        return await fragment(request, "mails/_preview.html", status=422, **context)
    answer = await may_write(mail, now=now)
    row = await company()
    context |= {
        "letter": letter, "mail": await as_read(letter.mail, mail.purpose, mail.language, is_advertising=answer.is_advertising),
        "answer": answer, "conditions": conditions(answer.params, answer.names), "advice": advice(answer),
        "sender": row.mail_from, "sender_name": row.name,
        "hidden": {name: values[name] for name in ("customer_id", "to", "purpose", "language", "subject", "text") if name in values},
        "uploads": [each.filename for each in uploads],
    }  # fmt: skip
    return await fragment(request, "mails/_preview.html", **context)


@post("/mails/preview/html", permission=P.INTERACTIONS_LOG, status_code=200)
async def preview_html(request: StaffRequest) -> Response[str]:
    """The HTML of the mail as its reader gets it, for the frame of the preview."""
    now = datetime.now(UTC)
    values, _ticked, _files = await _body(request)
    mail = parse_mail(values, (), now)
    letter, answer = await ready(mail, by=request.user.id, now=now), await may_write(mail, now=now)
    shown = await as_read(letter.mail, mail.purpose, mail.language, is_advertising=answer.is_advertising)
    headers = {"content-security-policy": PREVIEW_POLICY, "x-frame-options": "SAMEORIGIN"}
    return Response(shown.html, media_type=MediaType.HTML, headers=headers)


@post("/mails", permission=P.INTERACTIONS_LOG, status_code=303, request_max_body_size=BODY_LIMIT)
async def create_mail(request: StaffRequest) -> Response[Any]:
    """Send it through the gate; the contact's page follows. What is refused comes back, with the reason and all that was typed."""
    now = datetime.now(UTC)
    values, ticked, uploads = await _body(request)
    try:
        mail = parse_mail(values, ticked, now)
        await demand_permission(mail, by=request.user.id, now=now)

        async def send() -> str:
            written = await write_mail(await _with_files(request, mail, uploads, now), by=request.user.id, now=now)
            return f"/interactions/{written.interaction_id}?done={'mailed' if written.is_new else 'mailed_before'}"

        return see_other(request, await form_once(request, values.get("submission_id", ""), send, now=now))
    except Invalid as error:
        errors = error.errors
    customer_id = Fields(values).reference("customer_id")
    if customer_id is None:
        return await page(request, "mails/pick.html", status=422)
    if uploads:
        errors.setdefault("file", _("Please choose the files once more: a browser does not keep them."))
    desk = await desk_for(request.user.id, customer_id, documents_of(ticked))
    return await _form(request, desk, {**values, "documents": ticked}, errors, await templates(), prefilled=False)


async def _with_files(request: StaffRequest, mail: NewMail, uploads: Sequence[UploadFile], now: datetime) -> NewMail:
    """The mail with the files that were chosen beside the customer's documents: they become documents too."""
    if not uploads:
        return mail
    if not request.user.may(P.CUSTOMERS_EDIT):
        raise Invalid({"file": _("Your role may send documents of the customer, but not add any.")})
    largest = request.app.state.settings.largest_document
    outcome = await attach_uploads(
        mail.customer_id, uploads, mail.person_id, largest=largest, by=request.user.id, now=now, all_or_none=True
    )
    return replace(mail, document_ids=(*mail.document_ids, *(each.document_id for each in outcome.attached)))


@post("/interactions/{interaction_id:int}/mail/again", permission=P.INTERACTIONS_LOG, status_code=303)
async def once_more(request: StaffRequest, interaction_id: FromPath[int]) -> Response[Any]:
    """Try a mail again that could not be delivered."""
    await contact_for(request.user, interaction_id)
    await send_again(interaction_id, by=request.user.id, now=datetime.now(UTC))
    return see_other(request, f"/interactions/{interaction_id}?done=again")


async def _form(
    request: StaffRequest,
    desk: Desk,
    values: Mapping[str, Any],
    errors: Mapping[str, str],
    known: Sequence[Row],
    *,
    prefilled: bool,
) -> Response[str]:
    context = await _context(desk, values, errors, known)
    return await page(
        request, "mails/new.html", status=422 if errors else 200, touchpoints=await touchpoint_choices(), prefilled=prefilled,
        kept=False, **context,
    )  # fmt: skip


async def _context(
    desk: Desk, values: Mapping[str, Any], errors: Mapping[str, str], templates: Sequence[Row]
) -> dict[str, Any]:
    """What the letter and its surroundings need; the gate's answer about this recipient and kind among it."""
    now = datetime.now(UTC)
    fields = Fields(values)
    person_id, address = recipient_of(fields)
    known = desk.recipient(person_id, address) if not fields.errors else None
    purpose, lang = fields.text("purpose", limit=40), fields.text("language")
    answer = None
    if known is not None:
        mail = NewMail(desk.customer_id, person_id, address, purpose, lang, "", "")
        answer = await may_write(mail, now=now)
    offered = [row for row in templates if row[f"body_{'en' if lang == 'en' else 'de'}"]]
    return {
        "desk": desk, "values": values, "errors": errors, "labels": {name: _(text) for name, text in LABELS.items()},
        "to_options": [(each.key, _shown(desk, each.name, each.function, each.address)) for each in desk.recipients],
        "template_options": [(row.id, row.name_en if lang == "en" else row.name_de) for row in offered],
        "purpose_options": [(row.code, local_name(row)) for row in await purposes_for_mail()],
        "conditions": conditions(answer.params, answer.names) if answer is not None else [],
        "answer": answer, "advice": advice(answer) if answer is not None and not answer.allowed else "",
    }  # fmt: skip


def _shown(desk: Desk, name: str, function: str, address: str) -> str:
    who = f"{name}, {function}" if name and function else name or desk.customer_name
    return f"{who} · {address}"


router = Router(
    "",
    route_handlers=[
        new_mail, picked, fill_letter, preview, preview_html, create_mail, once_more, *template_pages.route_handlers,
        *sender_pages.route_handlers, *log_pages.route_handlers, *box_pages.route_handlers,
    ],
)  # fmt: skip
