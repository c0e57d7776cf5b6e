"""Alarms on the screen: somebody takes one with a click, or says what came of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import form_once
from crm.errors import Invalid, RuleBroken
from crm.reminders.alarms import NOTE_LENGTH, acknowledge_alarm, alarm_for, open_alarms
from crm.reminders.tables import AlarmOutcome
from crm.web.forms import Fields
from crm.web.i18n import _
from crm.web.render import fragment, is_fragment, page, see_other


@get("/alarms", permission=Permission.INTERACTIONS_LOG)
async def my_alarms(request: StaffRequest) -> Response[str]:
    """What nobody has taken yet and is this user's to take."""
    now = datetime.now(UTC)
    alarms = await open_alarms(request.user.id, now)
    return await page(request, "reminders/alarms.html", alarms=alarms, moment=now)


@get("/alarms/{alarm_id:int}/acknowledgement", permission=Permission.INTERACTIONS_LOG)
async def prepare_acknowledgement(request: StaffRequest, alarm_id: FromPath[int]) -> Response[str]:
    """What came of it, or when one will come back to it."""
    return await _form(request, alarm_id, {}, {})


async def _form(request: StaffRequest, alarm_id: int, values: dict[str, Any], errors: dict[str, str]) -> Response[str]:
    alarm = await alarm_for(alarm_id)
    template = "reminders/_alarm_form.html" if is_fragment(request) else "reminders/alarm.html"
    render = fragment if is_fragment(request) else page
    return await render(
        request, template, status=422 if errors else 200, alarm=alarm, values=values, errors=errors,
        moment=datetime.now(UTC),
    )  # fmt: skip


@post("/alarms/{alarm_id:int}/acknowledgement", permission=Permission.INTERACTIONS_LOG)
async def acknowledge(request: StaffRequest, alarm_id: FromPath[int]) -> Response[Any]:
    """Somebody looks after it, or it is put right. From a list with one click, else one goes to the customer."""
    now = datetime.now(UTC)
    fields = Fields(dict(await request.form()))
    alarm = await alarm_for(alarm_id)
    outcome = fields.choice("outcome", AlarmOutcome, AlarmOutcome.CARING)
    note = fields.text("note", limit=NOTE_LENGTH, many_lines=True)
    follow_up_at = fields.coming("follow_up_at", now)
    if outcome is AlarmOutcome.DONE and not note:
        fields.error("note", _("Write a word or two about what came of it."))
    is_click = fields.flag("in_list")
    try:
        fields.check()

        async def take() -> str:
            await acknowledge_alarm(
                alarm_id, by=request.user.id, now=now, outcome=outcome, note=note, follow_up_at=follow_up_at
            )
            return f"/customers/{alarm.customer}"

        where = await form_once(request, fields.text("submission_id"), take, now=now)
    except Invalid as error:
        return await _form(request, alarm_id, fields.values, error.errors)
    except RuleBroken as error:
        if is_click and is_fragment(request):
            return await _settled(request, error.sentence)
        return await _form(request, alarm_id, fields.values, {"": error.sentence})
    if is_click and is_fragment(request):
        return await _settled(request, _("You look after it: %(alarm)s.") % {"alarm": alarm.title})
    return see_other(request, where)


async def _settled(request: StaffRequest, sentence: str) -> Response[str]:
    return await fragment(request, "reminders/_settled.html", sentence=sentence)


route_handlers = [my_alarms, prepare_acknowledgement, acknowledge]
