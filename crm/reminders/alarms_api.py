"""Alarms over JSON."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath, JSONBody

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import created_once
from crm.reminders.alarms import NOTE_LENGTH, acknowledge_alarm, open_alarms
from crm.reminders.tables import AlarmOutcome
from crm.web.forms import Fields


class AlarmItem(msgspec.Struct):
    """A bad answer, or a contact that went badly at a moment of truth, that nobody has taken yet. `at` is when that was; one of
    `interaction_id` and `answer_id` is set."""

    id: int
    kind: str
    customer_id: int
    at: datetime
    title: str
    sentence: str
    interaction_id: int | None
    answer_id: int | None


class AlarmList(msgspec.Struct):
    items: list[AlarmItem]


class Acknowledgement(msgspec.Struct, forbid_unknown_fields=True):
    """`caring`: I look after it. `done`: it is put right; `note` says how. `follow_up_at` sets a follow-up for oneself."""

    outcome: AlarmOutcome = AlarmOutcome.CARING
    note: str = ""
    follow_up_at: datetime | None = None


class Acknowledged(msgspec.Struct):
    id: int
    reminder_id: int | None


@get("/alarms", permission=Permission.INTERACTIONS_LOG)
async def index(request: StaffRequest) -> AlarmList:
    """One's own open alarms, and those one stands in for; the oldest first, at most 50."""
    found = await open_alarms(request.user.id, datetime.now(UTC))
    return AlarmList([
        AlarmItem(
            each.id, each.kind, each.customer, each.at, each.title, each.sentence, each.interaction_id, each.answer_id
        )
        for each in found
    ])  # fmt: skip


@post("/alarms/{alarm_id:int}/acknowledgement", permission=Permission.INTERACTIONS_LOG, status_code=201)
async def acknowledge(
    request: StaffRequest, alarm_id: FromPath[int], data: JSONBody[Acknowledgement]
) -> Response[bytes]:
    """Take an alarm, or say that it is put right."""
    now = datetime.now(UTC)
    fields = Fields({"note": data.note})
    note = fields.text("note", limit=NOTE_LENGTH, many_lines=True)
    follow_up_at = fields.instant("follow_up_at", data.follow_up_at)
    fields.check()

    async def take() -> Acknowledged:
        reminder_id = await acknowledge_alarm(
            alarm_id, by=request.user.id, now=now, outcome=data.outcome, note=note, follow_up_at=follow_up_at
        )
        return Acknowledged(alarm_id, reminder_id)

    return await created_once(request, take, now=now)


route_handlers = [index, acknowledge]
