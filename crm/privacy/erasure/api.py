"""Erasures over the API: what would go, the decisions about mentions, submitting and approving, duties and holds."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import msgspec
from litestar import Response, Router, get, patch, post
from litestar.params import FromPath, JSONBody

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import created_once
from crm.database import Row, decoded
from crm.privacy.erasure import preparing as act
from crm.privacy.erasure.duty_actions import DutyChange, all_duties, change_duty
from crm.privacy.erasure.holds import all_holds, lift_hold, place_hold
from crm.privacy.erasure.overview import all_erasures, erasure_for, overview_of
from crm.privacy.erasure.tables import Decision
from crm.web.i18n import zone
from crm.web.parameters import Id, Version

P = Permission


class ErasureOut(msgspec.Struct):
    """An erasure. `status`: draft, submitted, approved, running, done, cancelled."""

    id: int
    request_id: int | None
    status: str
    prepared_by: int | None
    approved_by: int | None
    approved_at: datetime | None
    finished_at: datetime | None
    is_replayed: bool


class TableOut(msgspec.Struct):
    """What becomes of the rows of one table; `duty` keeps the `kept` ones until the last day, which may differ from row to row."""

    table: str
    deleted: int
    blanked: int
    kept: int
    duty: str = ""
    ends_on: date | None = None


class MentionOut(msgspec.Struct):
    """A text about somebody else that mentions the person, with each place. `decision`: redact, empty, leave, or none yet."""

    table: str
    column: str
    row_id: int
    digest: str
    places: list[str]
    decision: str
    reason: str


class ErasureShown(msgspec.Struct):
    """An erasure with what would become of the data now (before it is carried out), or what became of them. Whoever submits or approves
    it sends the `fingerprint` that they have seen."""

    erasure: ErasureOut
    tables: list[TableOut]
    mentions: list[MentionOut]
    holds: int
    open_tickets: int
    fingerprint: str


class MentionIn(msgspec.Struct, forbid_unknown_fields=True):
    """What becomes of one mention: redact (the place alone), empty (the whole text), leave (with a reason)."""

    table: str
    column: str
    row_id: Id
    digest: str
    decision: Decision
    reason: str = ""


class Seen(msgspec.Struct, forbid_unknown_fields=True):
    """The fingerprint of the preview that was looked at."""

    fingerprint: str


class Because(msgspec.Struct, forbid_unknown_fields=True):
    """A reason."""

    reason: str


class DutyOut(msgspec.Struct):
    """A duty to keep: for so many years, from the end of the calendar year or from the day itself."""

    id: int
    code: str
    law: str
    years: int
    from_year_end: bool
    is_in_force: bool
    version: int


class DutyIn(msgspec.Struct, forbid_unknown_fields=True):
    years: int
    from_year_end: bool
    is_in_force: bool
    version: Version


class HoldOut(msgspec.Struct):
    """A legal hold in force, on a person or a customer."""

    id: int
    person_id: int | None
    customer_id: int | None
    reason: str
    until_on: date | None
    placed_at: datetime


class HoldIn(msgspec.Struct, forbid_unknown_fields=True):
    """A hold on a person or a customer, until a day or until it is lifted."""

    reason: str
    person_id: Id | None = None
    customer_id: Id | None = None
    until_on: date | None = None


class Made(msgspec.Struct):
    """The id of what was made."""

    id: int


@get("/privacy/erasures", permission=P.PRIVACY_APPROVE)
async def list_erasures(request: StaffRequest) -> dict[str, list[ErasureOut]]:
    """The newest 50."""
    return {"items": [_out(row) for row in (await all_erasures())[:50]]}


@post("/privacy/requests/{request_id:int}/erasure", permission=P.PRIVACY_MANAGE, status_code=201)
async def prepare(request: StaffRequest, request_id: FromPath[int]) -> Response[Any]:
    """Begin the erasure that a request asks for; an earlier one is answered as it is."""
    now = datetime.now(UTC)

    async def do() -> Made:
        return Made(await act.prepare_erasure(request_id, by=request.user.id, now=now))

    return await created_once(request, do, now=now)


@get("/privacy/erasures/{erasure_id:int}", permission=P.PRIVACY_APPROVE)
async def show_erasure(request: StaffRequest, erasure_id: FromPath[int]) -> ErasureShown:
    return await _shown(await erasure_for(erasure_id))


@post("/privacy/erasures/{erasure_id:int}/mentions", permission=P.PRIVACY_MANAGE, status_code=204)
async def decide(request: StaffRequest, erasure_id: FromPath[int], data: JSONBody[MentionIn]) -> None:
    """Decide about one mention that the preview shows. 404 for any other place."""
    await act.decide_shown(
        await erasure_for(erasure_id), (data.table, data.column, data.row_id), data.digest, data.decision, data.reason,
        by=request.user.id, now=datetime.now(UTC),
    )  # fmt: skip


@post("/privacy/erasures/{erasure_id:int}/submission", permission=P.PRIVACY_MANAGE, status_code=200)
async def submit(request: StaffRequest, erasure_id: FromPath[int], data: JSONBody[Seen]) -> ErasureShown:
    await act.submit_erasure(await erasure_for(erasure_id), data.fingerprint, by=request.user.id, now=datetime.now(UTC))
    return await _shown(await erasure_for(erasure_id))


@post("/privacy/erasures/{erasure_id:int}/approval", permission=P.PRIVACY_APPROVE, status_code=200)
async def approve(request: StaffRequest, erasure_id: FromPath[int], data: JSONBody[Seen]) -> ErasureOut:
    """The second person's yes; 422 for whoever prepared it, 409 if something else would be erased by now."""
    await act.approve_erasure(
        await erasure_for(erasure_id), data.fingerprint, by=request.user.id, now=datetime.now(UTC)
    )
    return _out(await erasure_for(erasure_id))


@post("/privacy/erasures/{erasure_id:int}/return", permission=P.PRIVACY_APPROVE, status_code=200)
async def hand_back(request: StaffRequest, erasure_id: FromPath[int], data: JSONBody[Because]) -> ErasureOut:
    await act.hand_back_erasure(await erasure_for(erasure_id), data.reason, by=request.user.id, now=datetime.now(UTC))
    return _out(await erasure_for(erasure_id))


@post("/privacy/erasures/{erasure_id:int}/cancellation", permission=P.PRIVACY_MANAGE, status_code=200)
async def cancel(request: StaffRequest, erasure_id: FromPath[int]) -> ErasureOut:
    await act.cancel_erasure(await erasure_for(erasure_id), by=request.user.id, now=datetime.now(UTC))
    return _out(await erasure_for(erasure_id))


@get("/privacy/duties", permission=P.PRIVACY_APPROVE)
async def list_duties(request: StaffRequest) -> dict[str, list[DutyOut]]:
    return {"items": [_duty(row) for row in await all_duties()]}


@patch("/privacy/duties/{duty_id:int}", permission=P.PRIVACY_MANAGE)
async def set_duty(request: StaffRequest, duty_id: FromPath[int], data: JSONBody[DutyIn]) -> DutyOut:
    """For how long something is kept. 409 if somebody else saved since `version`."""
    change = DutyChange(data.years, data.from_year_end, data.is_in_force)
    await change_duty(duty_id, change, version=data.version, by=request.user.id, now=datetime.now(UTC))
    return next(_duty(row) for row in await all_duties() if row.id == duty_id)


@get("/privacy/holds", permission=P.PRIVACY_MANAGE)
async def list_holds(request: StaffRequest) -> dict[str, list[HoldOut]]:
    rows = await all_holds(datetime.now(UTC).astimezone(zone.get()).date())
    return {
        "items": [HoldOut(row.id, row.person, row.customer, row.reason, row.until_on, row.placed_at) for row in rows]
    }


@post("/privacy/holds", permission=P.PRIVACY_MANAGE, status_code=201)
async def create_hold(request: StaffRequest, data: JSONBody[HoldIn]) -> Response[Any]:
    now = datetime.now(UTC)

    async def do() -> Made:
        return Made(await place_hold(**msgspec.structs.asdict(data), by=request.user.id, now=now))

    return await created_once(request, do, now=now)


@post("/privacy/holds/{hold_id:int}/lifting", permission=P.PRIVACY_MANAGE, status_code=204)
async def end_hold(request: StaffRequest, hold_id: FromPath[int], data: JSONBody[Because]) -> None:
    await lift_hold(hold_id, data.reason, by=request.user.id, now=datetime.now(UTC))


def _out(row: Row) -> ErasureOut:
    return ErasureOut(
        row.id,
        row.request,
        row.status,
        row.prepared_by,
        row.approved_by,
        row.approved_at,
        row.finished_at,
        row.is_replayed,
    )


def _duty(row: Row) -> DutyOut:
    return DutyOut(row.id, row.code, row.law_en, row.years, row.from_year_end, row.is_in_force, row.version)


async def _shown(erasure: Row) -> ErasureShown:
    if erasure.status not in ("draft", "submitted", "approved"):
        tables = [TableOut(**line) for line in decoded(erasure.found_text).get("tables", [])]
        return ErasureShown(_out(erasure), tables, [], 0, 0, "")
    found = await overview_of(erasure, datetime.now(UTC))
    tables = [TableOut(one.table, one.deleted, one.blanked, one.kept, one.duty, one.ends_on) for one in found.tables]
    mentions = [
        MentionOut(
            text.table, text.column, text.row_id, text.digest, [place.before + place.itself + place.after for place in text.places],
            text.decision, text.reason,
        )
        for text in found.texts
    ]  # fmt: skip
    return ErasureShown(_out(erasure), tables, mentions, len(found.holds), found.open_tickets, found.fingerprint)


router = Router(
    "/api/v1",
    route_handlers=[
        list_erasures, prepare, show_erasure, decide, submit, approve, hand_back, cancel, list_duties, set_duty, list_holds, create_hold,
        end_hold,
    ],
    include_in_schema=True,
    tags=["Data protection"],
)  # fmt: skip
