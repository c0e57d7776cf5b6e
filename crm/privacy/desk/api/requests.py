"""Requests of data subjects over JSON: anybody files one for a customer they see; the desk is the officers'."""

from __future__ import annotations

from datetime import UTC, date, datetime

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import created_once
from crm.customers.queries import customer_for, person_for
from crm.database import Row
from crm.errors import Invalid
from crm.privacy.desk.answering import Answer, send_answer
from crm.privacy.desk.filing import file_request, local_day
from crm.privacy.desk.forms import parse_request
from crm.privacy.desk.handling import note_on_request, settle_identity, settle_request
from crm.privacy.desk.queries import VIEWS, log_of, request_for, requests
from crm.privacy.desk.restricting import lift_restriction, restrict_processing
from crm.privacy.desk.tables import Identity, RequestKind, RequestSource
from crm.privacy.desk.words import event_title
from crm.web.forms import Fields
from crm.web.i18n import _
from crm.web.parameters import Id, Limit, Version

P = Permission


class RequestIn(msgspec.Struct, forbid_unknown_fields=True):
    """A request as it came in. `kind`: access, portability, rectification, erasure, restriction, objection, review or
    consent_withdrawal; `received_at` left out: now. Only officers leave out the customer."""

    kind: str
    text: str
    customer_id: Id | None = None
    person_id: Id | None = None
    requester_name: str = ""
    requester_address: str = ""
    against: str = ""
    received_at: datetime | None = None


class Filed(msgspec.Struct):
    """It is at the desk."""

    id: int


class RequestOut(msgspec.Struct):
    """A request. `due_on` is the last day for the answer (GDPR Art. 12 (3))."""

    id: int
    kind: str
    source: str
    status: str
    text: str
    customer_id: int | None
    person_id: int | None
    requester_name: str
    requester_address: str
    received_at: datetime
    due_on: date
    extended_on: date | None
    identity: str
    against: str
    settled_at: datetime | None
    version: int


class Line(msgspec.Struct):
    """One line of the log, in the caller's language."""

    at: datetime
    event: str
    title: str
    note: str
    by: str | None


class RequestWithLog(RequestOut):
    log: list[Line]


class RequestPage(msgspec.Struct):
    items: list[RequestOut]
    next: str | None


class IdentityIn(msgspec.Struct, forbid_unknown_fields=True):
    """`identity`: confirmed or failed; `how` it was checked."""

    identity: str
    how: str
    version: Version | None = None


class NoteIn(msgspec.Struct, forbid_unknown_fields=True):
    note: str
    version: Version | None = None


class ReasonIn(msgspec.Struct, forbid_unknown_fields=True):
    reason: str
    version: Version | None = None


class AnswerIn(msgspec.Struct, forbid_unknown_fields=True):
    """What is told to the person. `occasion`: receipt, identity, extension, refusal, answer or lifting. `by_letter`: you post it."""

    occasion: str
    subject: str
    text: str
    address: str = ""
    reason: str = ""
    by_letter: bool = False
    settles: bool = False
    version: Version | None = None


def _fields(row: Row) -> dict[str, object]:
    return {
        "id": row.id, "kind": row.kind, "source": row.source, "status": row.status, "text": row.text, "customer_id": row.customer,
        "person_id": row.person, "requester_name": row.requester_name, "requester_address": row.requester_address,
        "received_at": row.received_at, "due_on": row.due_on, "extended_on": row.extended_on, "identity": row.identity,
        "against": row.against, "settled_at": row.settled_at, "version": row.version,
    }  # fmt: skip


async def _whole(request_id: int) -> RequestWithLog:
    row, lines = await request_for(request_id), await log_of(request_id)
    log = [Line(line.at, line.event, event_title(line), line.note, line.by_name) for line in lines]
    return RequestWithLog(**_fields(row), log=log)  # type: ignore[arg-type]


@post("/data-requests", permission=P.CUSTOMERS_VIEW, status_code=201)
async def create(request: StaffRequest, data: JSONBody[RequestIn]) -> Response[bytes]:
    """File a request; the officers are told."""
    now = datetime.now(UTC)
    fields = Fields({})
    received_at = fields.instant("received_at", data.received_at)
    if received_at is not None and received_at > now:
        fields.error("received_at", _("This lies in the future."))
    fields.check()
    parsed = parse_request(
        {name: value for name, value in msgspec.structs.asdict(data).items() if isinstance(value, str)}
    )
    if data.customer_id:
        await customer_for(request.user, data.customer_id)
    elif not request.user.may(P.PRIVACY_MANAGE):
        raise Invalid({"customer_id": _("Please fill this in.")})
    if data.person_id:
        await person_for(request.user, data.person_id, data.customer_id)

    async def do() -> Filed:
        return Filed(
            await file_request(
                parsed.kind, source=RequestSource.API, text=parsed.text, person_id=data.person_id, customer_id=data.customer_id,
                requester_name=parsed.name, requester_address=parsed.address, by=request.user.id, now=now, received_at=received_at,
                against=parsed.against,
            )
        )  # fmt: skip

    return await created_once(request, do, now=now)


@get("/data-requests", permission=P.PRIVACY_MANAGE)
async def index(
    request: StaffRequest, view: FromQuery[str] = "open", kind: FromQuery[str] = "", limit: Limit = 50,
    cursor: FromQuery[str | None] = None,
) -> RequestPage:  # fmt: skip
    """Requests: open ones by their due day, overdue, or done the latest first."""
    fields = Fields({"view": view, "kind": kind})
    fields.one_of("view", VIEWS)
    fields.one_of("kind", ("", *RequestKind))
    fields.check()
    found = await requests(view, local_day(datetime.now(UTC)), kind=kind, after=cursor, limit=limit)
    return RequestPage([RequestOut(**_fields(row)) for row in found.rows], found.next)  # type: ignore[arg-type]


@get("/data-requests/{request_id:int}", permission=P.PRIVACY_MANAGE)
async def show(request: StaffRequest, request_id: FromPath[int]) -> RequestWithLog:
    """One request with its log."""
    return await _whole(request_id)


@post("/data-requests/{request_id:int}/identity", permission=P.PRIVACY_MANAGE, status_code=200)
async def identity(request: StaffRequest, request_id: FromPath[int], data: JSONBody[IdentityIn]) -> RequestWithLog:
    """How the identity was checked, and the result."""
    fields = Fields({"identity": data.identity})
    result = fields.choice("identity", Identity)
    fields.check()
    await settle_identity(request_id, result, data.how, version=data.version, by=request.user.id, now=datetime.now(UTC))
    return await _whole(request_id)


@post("/data-requests/{request_id:int}/notes", permission=P.PRIVACY_MANAGE, status_code=201)
async def note(request: StaffRequest, request_id: FromPath[int], data: JSONBody[NoteIn]) -> Response[bytes]:
    """A note in the log."""
    now = datetime.now(UTC)
    fields = Fields({"note": data.note})
    text = fields.text("note", required=True, limit=5000, many_lines=True)
    fields.check()

    async def do() -> RequestWithLog:
        await note_on_request(request_id, text, by=request.user.id, now=now)
        return await _whole(request_id)

    return await created_once(request, do, now=now)


@post("/data-requests/{request_id:int}/answers", permission=P.PRIVACY_MANAGE, status_code=201)
async def answer(request: StaffRequest, request_id: FromPath[int], data: JSONBody[AnswerIn]) -> Response[bytes]:
    """Write to the person; with it the request is extended, refused or answered, as the occasion says."""
    now = datetime.now(UTC)
    fields = Fields({"address": data.address})
    address = fields.email("address", required=not data.by_letter)
    fields.check()

    async def do() -> RequestWithLog:
        told = Answer(data.occasion, data.subject, data.text, address, data.reason, data.by_letter, data.settles)
        await send_answer(request_id, told, version=data.version, by=request.user.id, now=now)
        return await _whole(request_id)

    return await created_once(request, do, now=now)


@post("/data-requests/{request_id:int}/settlement", permission=P.PRIVACY_MANAGE, status_code=200)
async def settle(request: StaffRequest, request_id: FromPath[int], data: JSONBody[NoteIn]) -> RequestWithLog:
    """Answered another way, which the note says."""
    await settle_request(request_id, data.note, version=data.version, by=request.user.id, now=datetime.now(UTC))
    return await _whole(request_id)


@post("/data-requests/{request_id:int}/restriction", permission=P.PRIVACY_MANAGE, status_code=200)
async def restrict(request: StaffRequest, request_id: FromPath[int], data: JSONBody[ReasonIn]) -> RequestWithLog:
    """Restrict the processing of the data that the request is about (GDPR Art. 18)."""
    await restrict_processing(request_id, data.reason, version=data.version, by=request.user.id, now=datetime.now(UTC))
    return await _whole(request_id)


@post("/data-requests/{request_id:int}/lifting", permission=P.PRIVACY_MANAGE, status_code=200)
async def lift(request: StaffRequest, request_id: FromPath[int], data: JSONBody[ReasonIn]) -> RequestWithLog:
    """Lift the restriction, after the person was told."""
    restriction = (await request_for(request_id)).restriction_id
    await lift_restriction(restriction or 0, data.reason, by=request.user.id, now=datetime.now(UTC))
    return await _whole(request_id)


route_handlers = [create, index, show, identity, note, answer, settle, restrict, lift]
