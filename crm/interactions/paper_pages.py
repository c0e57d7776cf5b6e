"""Attaching documents to a contact that is logged, from its page and over the API."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from litestar import Response, post
from litestar.params import FromPath

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import created_once, form_once
from crm.customers.api.documents import DocumentsOut, document_out, fingerprint_of
from crm.customers.document_queries import papers_of
from crm.customers.uploads import BODY_LIMIT, uploads_in
from crm.errors import Forbidden, Invalid
from crm.interactions.contact import contact_for
from crm.interactions.contact_pages import contact_page
from crm.interactions.papers import attach_to_contact, may_attach
from crm.web.i18n import _
from crm.web.render import see_other

P = Permission


def _demand(request: StaffRequest) -> None:
    if not may_attach(request.user):
        raise Forbidden(_("Your role reads documents; sales and service attach them."))


@post(
    "/interactions/{interaction_id:int}/documents",
    permission=P.CUSTOMERS_EDIT,
    status_code=303,
    request_max_body_size=BODY_LIMIT,
)
async def attach(request: StaffRequest, interaction_id: FromPath[int]) -> Response[Any]:
    """Attach the chosen files to the contact and its customer, all or none."""
    now = datetime.now(UTC)
    contact = await contact_for(request.user, interaction_id)
    _demand(request)
    body = await request.form()

    async def do() -> str:
        files, largest = uploads_in(body.getall("file", [])), request.app.state.settings.largest_document
        await attach_to_contact(interaction_id, files, largest=largest, by=request.user.id, now=now)
        return f"/interactions/{interaction_id}?done=attached#documents"

    try:
        where = await form_once(request, str(body.get("submission_id", "")), do, now=now)
    except Invalid as error:
        return await contact_page(request, contact, list(error.errors.values()))
    return see_other(request, where)


@post(
    "/interactions/{interaction_id:int}/documents", permission=P.CUSTOMERS_EDIT, request_max_body_size=BODY_LIMIT
)  # fmt: skip
async def attach_over_api(request: StaffRequest, interaction_id: FromPath[int]) -> Response[bytes]:
    """Attach files to a contact event and its customer: multipart/form-data with one or several parts `file`. All of them or, if
    one is refused, none. A content that the customer has already is not attached twice: its document belongs to the contact then."""
    now = datetime.now(UTC)
    await contact_for(request.user, interaction_id)
    _demand(request)
    body = await request.form()
    files = uploads_in(body.getall("file", []))

    async def do() -> DocumentsOut:
        largest = request.app.state.settings.largest_document
        outcome = await attach_to_contact(interaction_id, files, largest=largest, by=request.user.id, now=now)
        ids = {one.document_id for one in outcome.attached}
        return DocumentsOut(
            [document_out(row) for row in await papers_of(request.user, interaction_id) if row.id in ids]
        )

    return await created_once(request, do, now=now, told=await fingerprint_of(files))


route_handlers = [attach]
api_handlers = [attach_over_api]
