"""Pages of documents: those of a customer, uploading, sending a file, renaming, deleting and restoring."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Stream

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import form_once
from crm.customers.contact_papers import contact_link
from crm.customers.document_queries import card_of, document_for, documents_of, says_otherwise
from crm.customers.documents import RESTORABLE, change_document, delete_document, restore_document
from crm.customers.queries import customer_for, persons_of, sees_restricted
from crm.customers.uploads import BODY_LIMIT, Outcome, attach_uploads, uploads_in
from crm.database import Row
from crm.errors import Conflict, Invalid, RuleBroken
from crm.files.names import disposition
from crm.files.queries import chunks_of
from crm.files.words import size_text, type_name
from crm.web.forms import Fields
from crm.web.i18n import N_, _, ngettext
from crm.web.render import flashes, fragment, is_fragment, page, see_other

P = Permission

SHOWN_AS_PICTURE = frozenset({"image/png", "image/jpeg", "image/webp", "image/gif"})
"""What may be shown in the browser: pictures made of points, known by their first bytes, run nothing, and nosniff keeps a
browser from taking them for anything else. Everything else is saved, PDFs too: the sandbox that makes a stranger's
file harmless also keeps browsers from showing PDFs, and without it they would be shown as part of this site."""
SENT_AS_ITSELF = SHOWN_AS_PICTURE | {
    "application/pdf",
    "application/zip",
    "text/plain",
    "text/csv",
    "text/calendar",
    "text/vcard",
}
"""The rest is sent as bytes without a meaning."""
KNOWN = N_("The customer has this file already.")
DONE = {
    "attached": N_("The documents are attached."),
    "known": KNOWN,
    "changed": N_("The document is changed."),
    "deleted": N_("The document is deleted. It can be restored for 30 days."),
    "restored": N_("The document is back."),
}


@get("/customers/{customer_id:int}/documents", permission=P.CUSTOMERS_VIEW)
async def list_documents(request: StaffRequest, customer_id: FromPath[int]) -> Response[str]:
    """All documents of a customer, and those that can be restored. For htmx the card of the customer's page."""
    customer = await customer_for(request.user, customer_id)
    if is_fragment(request):
        return await _card(request, customer)
    return await _list_page(request, customer)


@post(
    "/customers/{customer_id:int}/documents",
    permission=P.CUSTOMERS_EDIT,
    status_code=303,
    request_max_body_size=BODY_LIMIT,
)
async def upload_documents(request: StaffRequest, customer_id: FromPath[int]) -> Response[Any]:
    """Attach one or several files: good ones are kept, the others are named with the reason."""
    now = datetime.now(UTC)
    customer = await customer_for(request.user, customer_id)
    body = await request.form()
    fields = Fields({name: value for name, value in body.items() if isinstance(value, str)})
    outcome = Outcome()

    async def do() -> str:
        nonlocal outcome
        person_id = fields.reference("person_id")
        fields.check()
        files = uploads_in(body.getall("file", []))
        largest = request.app.state.settings.largest_document
        outcome = await attach_uploads(
            customer_id, files, person_id, largest=largest, by=request.user.id, now=now
        )  # fmt: skip
        return f"/customers/{customer_id}/documents?done={'attached' if outcome.new or not outcome.known else 'known'}"

    try:
        where = await form_once(request, fields.text("submission_id"), do, now=now)
    except Invalid as error:
        outcome.errors += error.errors.values()
        where = ""
    if is_fragment(request):
        return await _card(request, await customer_for(request.user, customer_id), outcome)
    if outcome.errors:
        return await _list_page(request, customer, outcome)
    return see_other(request, where)


@get("/documents/{document_id:int}/content", permission=P.CUSTOMERS_VIEW)
async def send_document(request: StaffRequest, document_id: FromPath[int]) -> Response[Any]:
    """The file, to be saved; with `?show=1` a picture is shown instead."""
    return content_of(await document_for(request.user, document_id), shown=request.query_params.get("show") == "1")


def content_of(document: Row, *, shown: bool = False) -> Stream:
    """A document's bytes. Whatever it contains, it runs nothing here: it is saved rather than shown, browsers must not
    guess what it is, and the sandbox is closed (CSP)."""
    inline = shown and document.media_type in SHOWN_AS_PICTURE
    headers = {
        "content-disposition": disposition(document.name, inline=inline),
        "content-length": str(document.size),
        "content-security-policy": "default-src 'none'; sandbox",
        "cross-origin-resource-policy": "same-origin",
        "cache-control": "private, no-store",
        "etag": f'"{document.sha256}"',
    }
    media_type = document.media_type if document.media_type in SENT_AS_ITSELF else "application/octet-stream"
    return Stream(chunks_of(document.sha256), media_type=media_type, headers=headers)


@get("/documents/{document_id:int}/edit", permission=P.CUSTOMERS_EDIT)
async def edit_document(request: StaffRequest, document_id: FromPath[int]) -> Response[str]:
    document = await document_for(request.user, document_id)
    values = {"name": document.name, "person_id": document.person or "", "version": document.version}
    return await _edit_page(request, document, values, {})


@post("/documents/{document_id:int}", permission=P.CUSTOMERS_EDIT, status_code=303)
async def save_document(request: StaffRequest, document_id: FromPath[int]) -> Response[Any]:
    """Another name, or another person."""
    document = await document_for(request.user, document_id)
    fields = Fields(dict(await request.form()))
    try:
        name = fields.text("name", required=True, limit=1000)
        person_id, version = fields.reference("person_id"), fields.number("version", low=0, high=2**31, required=True)
        fields.check()
        await change_document(document_id, name, person_id, version, by=request.user.id, now=datetime.now(UTC))
    except Invalid as error:
        return await _edit_page(request, document, fields.values, error.errors, status=422)
    except Conflict as conflict:
        values = {**fields.values, "version": conflict.version}
        saved = _("Meanwhile it is called “%(name)s”. Send yours again if it shall stand.") % {"name": document.name}
        return await _edit_page(request, document, values, {"": f"{conflict.sentence} {saved}"}, status=409)
    return see_other(request, f"/customers/{document.customer}/documents?done=changed")


@get("/documents/{document_id:int}/deletion/new", permission=P.CUSTOMERS_EDIT)
async def ask_for_reason(request: StaffRequest, document_id: FromPath[int]) -> Response[str]:
    return await _deletion_page(request, await document_for(request.user, document_id), {}, {})


@post("/documents/{document_id:int}/deletion", permission=P.CUSTOMERS_EDIT, status_code=303)
async def delete(request: StaffRequest, document_id: FromPath[int]) -> Response[Any]:
    document = await document_for(request.user, document_id)
    fields = Fields(dict(await request.form()))
    try:
        reason = fields.text("reason", limit=500)
        fields.check()
        await delete_document(document_id, reason, by=request.user.id, now=datetime.now(UTC))
    except Invalid as error:
        return await _deletion_page(request, document, fields.values, error.errors, status=422)
    return see_other(request, f"/customers/{document.customer}/documents?done=deleted")


@post("/documents/{document_id:int}/restoration", permission=P.CUSTOMERS_EDIT, status_code=303)
async def restore(request: StaffRequest, document_id: FromPath[int]) -> Response[Any]:
    document = await document_for(request.user, document_id, deleted=None)
    try:
        await restore_document(document_id, by=request.user.id, now=datetime.now(UTC))
    except RuleBroken as error:
        customer = await customer_for(request.user, document.customer)
        return await _list_page(request, customer, Outcome(errors=[error.sentence]))
    return see_other(request, f"/customers/{document.customer}/documents?done=restored")


async def _list_page(request: StaffRequest, customer: Row, outcome: Outcome | None = None) -> Response[str]:
    may_edit = request.user.may(P.CUSTOMERS_EDIT)
    return await page(
        request, "customers/documents.html", status=422 if outcome and outcome.errors else 200, customer=customer,
        documents=await documents_of(request.user, customer.id),
        deleted=await documents_of(request.user, customer.id, deleted=True) if may_edit else [],
        persons=_persons(await persons_of(customer.id, restricted=sees_restricted(request.user))),
        restorable_days=RESTORABLE.days, flashes=flashes(request, DONE), says_otherwise=says_otherwise,
        shown_as_picture=SHOWN_AS_PICTURE, contact_link=contact_link,
        **upload_context(request, outcome),
    )  # fmt: skip


async def _card(request: StaffRequest, customer: Row, outcome: Outcome | None = None) -> Response[str]:
    """The card anew after an upload; the history follows by itself."""
    outcome = outcome or Outcome()
    headers = {"hx-trigger": "history-changed"} if outcome.new else {}
    told = ngettext("One document is attached.", "%(num)s documents are attached.", outcome.new) % {"num": outcome.new}
    return await fragment(
        request, "customers/_documents.html", status=422 if outcome.errors else 200, headers=headers, customer=customer,
        documents=card_of(customer), told=told if outcome.new else _(KNOWN) if outcome.known else "",
        **upload_context(request, outcome),
    )  # fmt: skip


def upload_context(request: StaffRequest, outcome: Outcome | None = None) -> dict[str, Any]:
    """What the form for uploading needs, on the customer's page and on the documents' own."""
    return {
        "upload_errors": outcome.errors if outcome else [], "submission": uuid4().hex, "size_text": size_text,
        "type_name": type_name, "largest": size_text(request.app.state.settings.largest_document),
    }  # fmt: skip


async def _edit_page(
    request: StaffRequest, document: Row, values: dict[str, Any], errors: dict[str, str], status: int = 200
) -> Response[str]:
    persons = _persons(await persons_of(document.customer, restricted=sees_restricted(request.user)))
    context: dict[str, Any] = {"document": document, "values": values, "errors": errors, "persons": persons}
    if is_fragment(request):
        return await fragment(
            request, "customers/_document_form.html", status=status, in_dialog=True, prefix="d-", **context
        )
    return await page(request, "customers/document.html", status=status, in_dialog=False, prefix="f-", **context)


async def _deletion_page(
    request: StaffRequest, document: Row, values: dict[str, Any], errors: dict[str, str], status: int = 200
) -> Response[str]:
    context: dict[str, Any] = {
        "document": document,
        "values": values,
        "errors": errors,
        "restorable_days": RESTORABLE.days,
    }
    if is_fragment(request):
        return await fragment(
            request, "customers/_document_deletion.html", status=status, in_dialog=True, prefix="d-", **context
        )
    return await page(
        request, "customers/document_deletion.html", status=status, in_dialog=False, prefix="f-", **context
    )


def _persons(rows: list[Row]) -> list[tuple[int, str]]:
    return [(row.id, row.name) for row in rows]


route_handlers = [
    list_documents, upload_documents, send_document, edit_document, save_document, ask_for_reason, delete, restore,
]  # fmt: skip
