"""Documents of customers over the API: list, attach, send, delete, restore."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any

import msgspec
from litestar import Response, delete, get, post
from litestar.params import FromPath, FromQuery

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import created_once
from crm.customers.document_queries import document_for, documents_of
from crm.customers.documents import delete_document, restore_document
from crm.customers.handlers.documents import content_of
from crm.customers.queries import customer_for
from crm.customers.uploads import BODY_LIMIT, attach_uploads, uploads_in
from crm.database import Row
from crm.errors import Invalid
from crm.web.forms import Fields
from crm.web.i18n import _

P = Permission


class DocumentOut(msgspec.Struct):
    """A document. `media_type` is what the content is, whatever the name says; `sha256` names the content."""

    id: int
    customer_id: int
    person_id: int | None
    name: str
    size: int
    media_type: str
    sha256: str
    uploaded_at: datetime
    uploaded_by: str | None
    deleted_at: datetime | None
    version: int


class DocumentsOut(msgspec.Struct):
    items: list[DocumentOut]


@get("/customers/{customer_id:int}/documents", permission=P.CUSTOMERS_VIEW)
async def list_documents(
    request: StaffRequest, customer_id: FromPath[int], deleted: FromQuery[bool] = False
) -> DocumentsOut:
    """The documents of a customer, newest first; with `deleted=true` those that can be restored."""
    await customer_for(request.user, customer_id)
    return DocumentsOut([document_out(row) for row in await documents_of(request.user, customer_id, deleted=deleted)])


@post("/customers/{customer_id:int}/documents", permission=P.CUSTOMERS_EDIT, request_max_body_size=BODY_LIMIT)
async def attach(request: StaffRequest, customer_id: FromPath[int]) -> Response[bytes]:
    """Attach files: multipart/form-data with one or several parts `file`, and perhaps `person_id`. All of them or, if one
    is refused, none. A content that the customer has already is not attached twice: its document is answered."""
    now = datetime.now(UTC)
    await customer_for(request.user, customer_id)
    body = await request.form()
    files = uploads_in(body.getall("file", []))
    fields = Fields({name: value for name, value in body.items() if isinstance(value, str)})

    async def do() -> DocumentsOut:
        person_id = fields.reference("person_id")
        fields.check()
        largest = request.app.state.settings.largest_document
        outcome = await attach_uploads(
            customer_id, files, person_id, largest=largest, by=request.user.id, now=now, all_or_none=True
        )
        return DocumentsOut(
            [document_out(await document_for(request.user, one.document_id)) for one in outcome.attached]
        )

    return await created_once(request, do, now=now, told=await fingerprint_of(files, fields))


async def fingerprint_of(files: list[Any], fields: Fields | None = None) -> bytes:
    """What was sent, for telling a repetition from another request under the same key."""
    told = [repr(sorted(fields.values.items() if fields else ())).encode("utf-8", "surrogatepass")]
    for file in files:
        told += [file.filename.encode("utf-8", "surrogatepass"), hashlib.sha256(await file.read()).digest()]
        await file.seek(0)
    return b"\x00".join(told)


@get("/documents/{document_id:int}", permission=P.CUSTOMERS_VIEW)
async def show_document(request: StaffRequest, document_id: FromPath[int]) -> DocumentOut:
    """What is known about a document; its bytes are at /content."""
    return document_out(await document_for(request.user, document_id))


@get("/documents/{document_id:int}/content", permission=P.CUSTOMERS_VIEW)
async def send_content(request: StaffRequest, document_id: FromPath[int]) -> Response[Any]:
    """The file itself."""
    return content_of(await document_for(request.user, document_id))


@delete("/documents/{document_id:int}", permission=P.CUSTOMERS_EDIT, status_code=204)
async def delete_one(request: StaffRequest, document_id: FromPath[int], reason: FromQuery[str] = "") -> None:
    """Delete a document; `reason` is demanded. It can be restored for 30 days."""
    await document_for(request.user, document_id)
    reason = reason.replace("\x00", "")
    if len(reason) > 500:
        raise Invalid(
            {"reason": _("That is %(n)s characters; at most %(limit)s fit.") % {"n": len(reason), "limit": 500}}
        )
    await delete_document(document_id, reason, by=request.user.id, now=datetime.now(UTC))


@post("/documents/{document_id:int}/restoration", permission=P.CUSTOMERS_EDIT, status_code=200)
async def restore_one(request: StaffRequest, document_id: FromPath[int]) -> DocumentOut:
    """Bring a deleted document back."""
    await document_for(request.user, document_id, deleted=None)
    await restore_document(document_id, by=request.user.id, now=datetime.now(UTC))
    return document_out(await document_for(request.user, document_id))


def document_out(row: Row) -> DocumentOut:
    return DocumentOut(
        row.id, row.customer, row.person, row.name, row.size, row.media_type, row.sha256, row.uploaded_at, row.uploaded_by,
        row.deleted_at, row.version,
    )  # fmt: skip


route_handlers = [list_documents, attach, show_document, send_content, delete_one, restore_one]
