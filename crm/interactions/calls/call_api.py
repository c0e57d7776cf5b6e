"""Calls to return over JSON: a telephone system posts missed calls, everybody else what they want."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import msgspec
from litestar import Response, get, post, put
from litestar.params import FromPath, FromQuery, JSONBody

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import created_once
from crm.database import Row
from crm.interactions.calls.forms import parse_call_back, parse_call_result
from crm.interactions.calls.listing import VIEWS, call_back, call_backs
from crm.interactions.calls.noting import NewCallBack, note_call_back
from crm.interactions.calls.returning import (
    call_returned,
    dismiss_call_back,
    name_caller,
    nobody_answered,
    take_call_back,
)
from crm.interactions.forms import note
from crm.web.forms import Fields
from crm.web.i18n import _
from crm.web.parameters import Id, Limit


class MissedCall(msgspec.Struct, forbid_unknown_fields=True):
    """A missed call. The number in any way of writing; `at` with a zone, left out: now. The same number at the same instant is one
    call, however often it is sent."""

    number: str
    at: datetime | None = None
    note: str = ""
    user_id: Id | None = None


class WantedCall(msgspec.Struct, forbid_unknown_fields=True):
    """Somebody wants to be called back: a number or a name, and when: `window` in words, or `from_at` and `until_at`."""

    number: str = ""
    name: str = ""
    about: str = ""
    window: str = ""
    from_at: datetime | None = None
    until_at: datetime | None = None
    user_id: Id | None = None
    customer_id: Id | None = None
    person_id: Id | None = None


class CallBackItem(msgspec.Struct):
    """A call to return."""

    id: int
    kind: str
    number: str
    name: str
    about: str
    at: datetime
    from_at: datetime | None
    until_at: datetime | None
    due_at: datetime
    tries: int
    customer_id: int | None
    person_id: int | None
    user_id: int | None
    done_at: datetime | None
    outcome: str
    result: str
    interaction_id: int | None


class CallBackPage(msgspec.Struct):
    items: list[CallBackItem]
    next: str | None


class CallResult(msgspec.Struct, forbid_unknown_fields=True):
    """A line that says what came of the call."""

    result: str


class Attempt(msgspec.Struct, forbid_unknown_fields=True):
    """Nobody answered; `again_at` left out: in an hour within the working day."""

    again_at: datetime | None = None


class Dismissal(msgspec.Struct, forbid_unknown_fields=True):
    note: str = ""


class Taking(msgspec.Struct, forbid_unknown_fields=True):
    """Who calls back; left out: the user of the token."""

    user_id: Id | None = None


class Caller(msgspec.Struct, forbid_unknown_fields=True):
    customer_id: Id
    person_id: Id | None = None


def _item(row: Row) -> CallBackItem:
    return CallBackItem(
        id=row.id, kind=row.kind, number=row.number, name=row.name, about=row.about, at=row.at, from_at=row.from_at,
        until_at=row.until_at, due_at=row.due_at, tries=row.tries, customer_id=row.customer, person_id=row.person_id,
        user_id=row.user_id, done_at=row.done_at, outcome=row.outcome, result=row.result, interaction_id=row.interaction_id,
    )  # fmt: skip


async def _noted(request: StaffRequest, wish: NewCallBack, now: datetime) -> Response[bytes]:
    async def do() -> CallBackItem:
        return _item(await call_back(await note_call_back(wish, by=request.user.id, now=now)))

    return await created_once(request, do, now=now)


@post("/missed-calls", permission=Permission.INTERACTIONS_LOG, status_code=201)
async def create_missed(request: StaffRequest, data: JSONBody[MissedCall]) -> Response[bytes]:
    """Note a missed call. Sent again it answers the same one."""
    now = datetime.now(UTC)
    fields = Fields({})
    at = fields.instant("at", data.at)
    fields.check()
    wish = parse_call_back(
        {"kind": "missed", "number": data.number, "about": data.note, "user_id": data.user_id or ""}, now
    )
    return await _noted(request, replace(wish, at=at), now)


@post("/call-backs", permission=Permission.INTERACTIONS_LOG, status_code=201)
async def create_wanted(request: StaffRequest, data: JSONBody[WantedCall]) -> Response[bytes]:
    """Note that somebody wants to be called back."""
    now = datetime.now(UTC)
    fields = Fields({})
    from_at, until_at = fields.instant("from_at", data.from_at), fields.instant("until_at", data.until_at)
    if until_at is not None and until_at <= (max(from_at, now) if from_at else now):
        fields.error("until_at", _("This time is over. When can we call?"))
    fields.check()
    values = {name: value for name, value in msgspec.structs.asdict(data).items() if value and not name.endswith("_at")}
    if data.customer_id:
        values["caller"] = f"{data.customer_id}-{data.person_id}" if data.person_id else str(data.customer_id)
    wish = parse_call_back(values | {"kind": "wanted"}, now)
    if from_at or until_at:
        wish = replace(wish, from_at=from_at, until_at=until_at)
    return await _noted(request, wish, now)


@get("/call-backs", permission=Permission.INTERACTIONS_VIEW)
async def index(
    request: StaffRequest, view: FromQuery[str] = "open", limit: Limit = 50, cursor: FromQuery[str | None] = None
) -> CallBackPage:
    """Calls to return; `view`: open, mine, free (nobody has it yet) or done."""
    fields = Fields({"view": view})
    fields.one_of("view", VIEWS)
    fields.check()
    found = await call_backs(view, request.user.id, after=cursor, limit=limit)
    return CallBackPage([_item(row) for row in found.rows], found.next)


@get("/call-backs/{call_back_id:int}", permission=Permission.INTERACTIONS_VIEW)
async def show(request: StaffRequest, call_back_id: FromPath[int]) -> CallBackItem:
    return _item(await call_back(call_back_id))


@post("/call-backs/{call_back_id:int}/result", permission=Permission.INTERACTIONS_LOG, status_code=201)
async def returned(request: StaffRequest, call_back_id: FromPath[int], data: JSONBody[CallResult]) -> Response[bytes]:
    """Called back: with a known customer the call is logged. One that is done already is refused (422)."""
    now = datetime.now(UTC)
    result = parse_call_result({"result": data.result})

    async def do() -> CallBackItem:
        await call_returned(call_back_id, result, by=request.user.id, now=now)
        return _item(await call_back(call_back_id))

    return await created_once(request, do, now=now)


@post("/call-backs/{call_back_id:int}/attempt", permission=Permission.INTERACTIONS_LOG, status_code=201)
async def tried(request: StaffRequest, call_back_id: FromPath[int], data: JSONBody[Attempt]) -> Response[bytes]:
    """Nobody answered: one more try, and it comes again."""
    now = datetime.now(UTC)
    fields = Fields({})
    again_at = fields.instant("again_at", data.again_at)
    fields.check()

    async def do() -> CallBackItem:
        await nobody_answered(call_back_id, by=request.user.id, now=now, again_at=again_at)
        return _item(await call_back(call_back_id))

    return await created_once(request, do, now=now)


@post("/call-backs/{call_back_id:int}/dismissal", permission=Permission.INTERACTIONS_LOG, status_code=201)
async def dismissed(request: StaffRequest, call_back_id: FromPath[int], data: JSONBody[Dismissal]) -> Response[bytes]:
    """Done without a call."""
    now = datetime.now(UTC)
    fields = Fields({"note": data.note})
    said = note(fields, "note")
    fields.check()

    async def do() -> CallBackItem:
        await dismiss_call_back(call_back_id, said, by=request.user.id, now=now)
        return _item(await call_back(call_back_id))

    return await created_once(request, do, now=now)


@put("/call-backs/{call_back_id:int}/user", permission=Permission.INTERACTIONS_LOG)
async def taken(request: StaffRequest, call_back_id: FromPath[int], data: JSONBody[Taking]) -> CallBackItem:
    """This one calls back; they are told."""
    me, now = request.user.id, datetime.now(UTC)
    await take_call_back(call_back_id, user_id=data.user_id or me, by=me, now=now)
    return _item(await call_back(call_back_id))


@put("/call-backs/{call_back_id:int}/customer", permission=Permission.INTERACTIONS_LOG)
async def named(request: StaffRequest, call_back_id: FromPath[int], data: JSONBody[Caller]) -> CallBackItem:
    """It was this customer who called."""
    await name_caller(call_back_id, data.customer_id, data.person_id, by=request.user.id, now=datetime.now(UTC))
    return _item(await call_back(call_back_id))


route_handlers = [create_missed, create_wanted, index, show, returned, tried, dismissed, taken, named]
