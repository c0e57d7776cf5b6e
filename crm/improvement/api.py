"""Criticism, praise and expectations over JSON."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
from litestar import Response, Router, delete, get, patch, post, put
from litestar.params import FromPath, FromQuery, JSONBody

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import created_once
from crm.database import Row
from crm.improvement.actions import delete_feedback, demand_mending, mend_feedback, note_feedback
from crm.improvement.assessments import calls as assessments
from crm.improvement.closing import close_criticism, closure_of, reopen_criticism
from crm.improvement.forms import parse_new
from crm.improvement.intended import calls as intended
from crm.improvement.intended.handlers import drafts_api
from crm.improvement.measures.api import calls as measures
from crm.improvement.personas import personas_api
from crm.improvement.quality import quality_api
from crm.improvement.queries import State, feedback_for, feedback_page
from crm.improvement.tables import ClosureReason, ExpectationLevel, FeedbackCategory, FeedbackKind
from crm.interactions.contact import contact_for
from crm.tickets.queries import visible_ticket
from crm.web.forms import Fields
from crm.web.parameters import Id, Limit, demand_ids
from crm.web.pasted import plain_text


class NewPoint(msgspec.Struct, forbid_unknown_fields=True):
    """A point from a contact or an enquiry. What is left out follows from there: `text` is what was said."""

    kind: FeedbackKind
    interaction_id: Id | None = None
    ticket_id: Id | None = None
    text: str = ""
    category: FeedbackCategory | None = None
    heading: str = ""
    level: ExpectationLevel | None = None


class PointPatch(msgspec.Struct, forbid_unknown_fields=True):
    """What of a point shall read differently. Another category clears the heading unless one is sent."""

    text: str | msgspec.UnsetType = msgspec.UNSET
    category: FeedbackCategory | msgspec.UnsetType = msgspec.UNSET
    heading: str | msgspec.UnsetType = msgspec.UNSET
    level: ExpectationLevel | msgspec.UnsetType = msgspec.UNSET


class Point(msgspec.Struct):
    """Criticism, praise or an expectation; `level` is of expectations only."""

    id: int
    kind: str
    category: str
    heading: str | None
    level: str | None
    text: str
    customer_id: int | None
    touchpoint: str | None
    interaction_id: int | None
    ticket_id: int | None
    at: datetime
    noted_by: str | None
    is_open: bool
    """A criticism that neither a measure answers nor a reason has closed."""
    measure_id: int | None
    closed_reason: str | None
    closed_note: str | None
    closed_at: datetime | None
    closed_by: str | None


class ClosureIn(msgspec.Struct, forbid_unknown_fields=True):
    """Why a criticism needs no measure; `text` is demanded for `stays` and `other`."""

    reason: ClosureReason
    text: str = ""


class PointPage(msgspec.Struct):
    items: list[Point]
    next: str | None


def _point(row: Row) -> Point:
    return Point(
        row.id, row.kind, row.category, row.heading or None, row.level or None, row.text, row.customer, row.touchpoint,
        row.interaction, row.ticket, row.at, row.by_name, row.is_open, row.measure_id, row.closed_reason, row.closed_text,
        row.closed_at, row.closed_by_name,
    )  # fmt: skip


@get("/feedback", permission=Permission.INTERACTIONS_VIEW)
async def index(
    request: StaffRequest,
    kind: FromQuery[FeedbackKind | None] = None,
    category: FromQuery[FeedbackCategory | None] = None,
    touchpoint: FromQuery[str] = "",
    customer_id: FromQuery[int | None] = None,
    outcome: FromQuery[State | None] = None,
    limit: Limit = 50,
    cursor: FromQuery[str | None] = None,
) -> PointPage:
    """Criticism, praise and expectations, newest first; with `outcome=open` the criticism that waits, the longest first."""
    demand_ids(customer_id=customer_id)
    found = await feedback_page(
        kind=kind or "", category=category or "", touchpoint=touchpoint.replace("\x00", ""), customer_id=customer_id,
        state=outcome or "", before=cursor, limit=limit,
    )  # fmt: skip
    return PointPage([_point(row) for row in found.rows], found.next)


@post("/feedback", permission=Permission.INTERACTIONS_LOG, status_code=201)
async def create(request: StaffRequest, data: JSONBody[NewPoint]) -> Response[bytes]:
    """Note a point."""
    now = datetime.now(UTC)
    sent = {name: value for name, value in msgspec.structs.asdict(data).items() if value not in (None, "")}
    wanted = parse_new(sent)
    if wanted.interaction_id is not None:
        await contact_for(request.user, wanted.interaction_id)
    else:
        await visible_ticket(request.user, wanted.ticket_id or 0)

    async def do() -> Point:
        return _point(await feedback_for(request.user, await note_feedback(wanted, by=request.user.id, now=now)))

    return await created_once(request, do, now=now)


@get("/feedback/{feedback_id:int}", permission=Permission.INTERACTIONS_VIEW)
async def show(request: StaffRequest, feedback_id: FromPath[int]) -> Point:
    """One point."""
    return _point(await feedback_for(request.user, feedback_id))


@patch("/feedback/{feedback_id:int}", permission=Permission.INTERACTIONS_LOG)
async def mend(request: StaffRequest, feedback_id: FromPath[int], data: JSONBody[PointPatch]) -> Point:
    """Mend what is sent. For whoever noted it, and for leads."""
    row = await feedback_for(request.user, feedback_id)
    demand_mending(request.user, row.by_user)
    wanted = {name: value for name, value in msgspec.structs.asdict(data).items() if value is not msgspec.UNSET}
    fields = Fields({name: str(value) for name, value in wanted.items()})
    if "text" in wanted:
        wanted["text"] = plain_text(fields.text("text", limit=10_000, many_lines=True))
    if "heading" in wanted:
        wanted["heading"] = fields.text("heading", limit=20)
    fields.check()
    texts = {name: str(value) for name, value in wanted.items()}
    await mend_feedback(feedback_id, texts, by=request.user.id, now=datetime.now(UTC))
    return _point(await feedback_for(request.user, feedback_id))


@delete("/feedback/{feedback_id:int}", permission=Permission.INTERACTIONS_LOG, status_code=204)
async def delete_one(request: StaffRequest, feedback_id: FromPath[int]) -> None:
    """Take it back. For whoever noted it, and for leads."""
    row = await feedback_for(request.user, feedback_id)
    demand_mending(request.user, row.by_user)
    await delete_feedback(feedback_id, by=request.user.id, now=datetime.now(UTC))


@put("/feedback/{feedback_id:int}/closure", permission=Permission.INTERACTIONS_LOG)
async def close(request: StaffRequest, feedback_id: FromPath[int], data: JSONBody[ClosureIn]) -> Point:
    """Close a criticism with a reason, or word the reason anew."""
    await feedback_for(request.user, feedback_id)
    wanted = closure_of({"reason": data.reason.value, "text": data.text})
    await close_criticism(feedback_id, *wanted, by=request.user.id, now=datetime.now(UTC))
    return _point(await feedback_for(request.user, feedback_id))


@delete("/feedback/{feedback_id:int}/closure", permission=Permission.INTERACTIONS_LOG, status_code=204)
async def reopen(request: StaffRequest, feedback_id: FromPath[int]) -> None:
    """Take the reason back; the criticism waits again."""
    await feedback_for(request.user, feedback_id)
    await reopen_criticism(feedback_id, by=request.user.id, now=datetime.now(UTC))


router = Router(
    "/api/v1",
    route_handlers=[
        index, create, show, mend, delete_one, close, reopen, *quality_api.route_handlers,
        Router("", route_handlers=[*measures.route_handlers, *personas_api.route_handlers], tags=["measures"]),
        Router("", route_handlers=assessments.route_handlers, tags=["assessments"]),
        Router("", route_handlers=[*intended.route_handlers, *drafts_api.route_handlers], tags=["touchpoints"]),
    ],
    include_in_schema=True,
    tags=["feedback"],
)  # fmt: skip
