"""Follow-ups on the screen: the list, done, later, for a colleague, a new one."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta
from typing import Any
from urllib.parse import urlsplit

from litestar import Response, Router, get, post
from litestar.params import FromPath

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import form_once
from crm.customers.queries import customer_for
from crm.database import Row
from crm.errors import Invalid, NotFound, RuleBroken
from crm.reminders import alarm_pages, portfolio_pages, rule_pages
from crm.reminders.actions import (
    complete_reminder,
    hand_over_reminder,
    postpone_reminder,
    set_reminder,
    tomorrow_morning,
)
from crm.reminders.alarms import open_alarms
from crm.reminders.handover import colleagues_of
from crm.reminders.queries import given_reminders, open_reminders, past_reminders, reminder_for
from crm.reminders.reopening import reopen_reminder
from crm.reminders.tables import Repeat
from crm.reminders.words import DONE, REPEATS, not_at_work
from crm.service_levels.queries import company_calendar
from crm.tickets.queries import visible_ticket
from crm.web.formats import clock, day, local
from crm.web.forms import Fields, past_sentence
from crm.web.i18n import _
from crm.web.render import flashes, fragment, is_fragment, page, see_other
from crm.web.spoken_dates import Alone

SPOKEN_FIELDS = {
    "follow_up_at": Alone.MORNING, "due_at": Alone.MORNING, "until": Alone.MORNING, "absent_from": Alone.BEGINNING,
    "absent_until": Alone.END,
}  # fmt: skip
"""The fields for a moment in words, and what a day without a time means there."""

MAY_BE_PAST = "absent_from"
_TICKET_PAGE = re.compile(r"/tickets/[0-9]{1,18}")


@get("/reminders", permission=Permission.SIGNED_IN)
async def my_reminders(request: StaffRequest) -> Response[str]:
    """All of one's open follow-ups, those of absent colleagues one stands in for, and what one gave to others."""
    now = datetime.now(UTC)
    return await page(
        request, "reminders/index.html", reminders=await open_reminders(request.user.id, now),
        given=await given_reminders(request.user.id, now), moment=now, repeats=REPEATS,
        flashes=flashes(request, DONE), alarms=await open_alarms(request.user.id, now),
    )  # fmt: skip


@get("/reminders/new", permission=Permission.SIGNED_IN)
async def new_reminder(request: StaffRequest) -> Response[str]:
    query = Fields(request.query_params)
    customer_id, ticket_id = query.reference("customer"), query.reference("ticket")
    query.check()
    return await _form(request, customer_id, {}, {}, await enquiry_for(request, ticket_id))


async def enquiry_for(request: StaffRequest, ticket_id: int | None) -> Row | None:
    """The enquiry that a follow-up is to lead back to. NotFound for one that this user may not see."""
    if ticket_id is None:
        return None
    if not request.user.may(Permission.TICKETS_VIEW):
        raise NotFound()
    return await visible_ticket(request.user, ticket_id)


async def _form(
    request: StaffRequest,
    customer_id: int | None,
    values: dict[str, Any],
    errors: dict[str, str],
    ticket: Row | None = None,
) -> Response[str]:
    customer = await customer_for(request.user, customer_id) if customer_id and ticket is None else None
    render = fragment if is_fragment(request) else page
    template = "reminders/_form.html" if is_fragment(request) else "reminders/new.html"
    return await render(
        request, template, status=422 if errors else 200, customer=customer, ticket=ticket, values=values, errors=errors,
        colleagues=await _colleagues(request.user.id, for_tickets=ticket is not None), repeats=REPEATS,
    )  # fmt: skip


async def _colleagues(user_id: int, *, for_tickets: bool) -> list[tuple[str, str]]:
    return [(str(each), name) for each, name in await colleagues_of(user_id, for_tickets=for_tickets)]


@get("/reminders/understood", permission=Permission.SIGNED_IN)
async def understood(request: StaffRequest) -> Response[str]:
    """What the words in a field for a moment mean, shown while they are typed. `field` is the name of the field."""
    now = datetime.now(UTC)
    query = Fields(request.query_params)
    name = query.one_of("field", SPOKEN_FIELDS, "follow_up_at")
    query.check()
    alone = SPOKEN_FIELDS[name]
    at = query.spoken(name, now, alone=alone)
    question, hint = query.errors.get(name, ""), ""
    if at is not None:
        calendar = await company_calendar(at) if alone == Alone.MORNING else None
        hint = not_at_work(at, calendar) if calendar else ""
        question = past_sentence(at, now) if at <= now and name != MAY_BE_PAST else ""
    return await fragment(
        request,
        "reminders/_understood.html",
        name=name,
        at=at,
        now=now,
        hint=hint,
        question=question,
        last_day=at - timedelta(microseconds=1) if at and alone == Alone.END and local(at).time() == time.min else None,
    )


@post("/reminders", permission=Permission.SIGNED_IN)
async def create_reminder(request: StaffRequest) -> Response[Any]:
    """A follow-up without a contact event."""
    now = datetime.now(UTC)
    fields = Fields(dict(await request.form()))
    customer_id, ticket_id = fields.reference("customer_id"), fields.reference("ticket_id")
    ticket = await enquiry_for(request, ticket_id)
    text = fields.text("text", required=True, limit=500)
    due_at = fields.coming("due_at", now, required=True)
    user_id = fields.reference("user_id") or request.user.id
    repeat = fields.one_of("repeat", ["", *Repeat])
    where = f"/customers/{customer_id}" if customer_id else "/reminders?done=set"
    if ticket is not None:
        customer_id, where = ticket.customer, f"/tickets/{ticket.id}?done=follow_up"
    try:
        fields.check()
        if customer_id and ticket is None:
            await customer_for(request.user, customer_id)
        assert due_at is not None
        moment = due_at

        async def remind() -> str:
            me = request.user.id
            await set_reminder(
                user_id=user_id, customer_id=customer_id, text=text, due_at=moment, by=me, now=now,
                repeat=Repeat(repeat) if repeat else None, ticket_id=ticket_id,
            )  # fmt: skip
            return where

        await form_once(request, fields.text("submission_id"), remind, now=now)
    except Invalid as error:
        return await _form(request, customer_id, fields.values, error.errors, ticket)
    return see_other(request, where)


@post("/reminders/{reminder_id:int}/completion", permission=Permission.SIGNED_IN)
async def complete(request: StaffRequest, reminder_id: FromPath[int]) -> Response[Any]:
    """Done, from any list; the line stays for a moment and says so."""
    now = datetime.now(UTC)
    reminder = await reminder_for(request.user.id, reminder_id, now)
    next_id = await complete_reminder(reminder_id, by=request.user.id, now=now)
    sentence = _("Done: %(text)s") % {"text": reminder.text or reminder.customer_name or ""}
    if next_id is not None:
        coming = await reminder_for(reminder.user_id, next_id, now)
        words = {"day": day(coming.due_at, now), "time": clock(coming.due_at)}
        sentence += ". " + _("Comes again on %(day)s at %(time)s.") % words
    return await _told(request, reminder, sentence, undo=f"/reminders/{reminder_id}/reopening")


@post("/reminders/{reminder_id:int}/reopening", permission=Permission.SIGNED_IN)
async def reopen(request: StaffRequest, reminder_id: FromPath[int]) -> Response[Any]:
    """Done by mistake: it is open again, and one goes back to the list one came from."""
    await reopen_reminder(reminder_id, by=request.user.id, now=datetime.now(UTC))
    came_from = urlsplit(request.headers.get("referer", "")).path
    if _TICKET_PAGE.fullmatch(came_from):
        return see_other(request, came_from)
    return see_other(request, "/reminders?done=reopened" if came_from == "/reminders" else "/")


@get("/reminders/{reminder_id:int}/postponement", permission=Permission.SIGNED_IN)
async def prepare_postponement(request: StaffRequest, reminder_id: FromPath[int]) -> Response[str]:
    """When it shall come again, in one's own words."""
    return await _postponement_form(request, reminder_id, {}, {})


async def _postponement_form(
    request: StaffRequest, reminder_id: int, values: dict[str, Any], errors: dict[str, str]
) -> Response[str]:
    now = datetime.now(UTC)
    reminder = await reminder_for(request.user.id, reminder_id, now)
    render = fragment if is_fragment(request) else page
    template = "reminders/_postpone_form.html" if is_fragment(request) else "reminders/postpone.html"
    return await render(
        request, template, status=422 if errors else 200, reminder=reminder, values=values, errors=errors, moment=now
    )


@post("/reminders/{reminder_id:int}/postponement", permission=Permission.SIGNED_IN)
async def postpone(request: StaffRequest, reminder_id: FromPath[int]) -> Response[Any]:
    """Later: tomorrow at nine or in a week with one click, or at a moment in one's own words."""
    now = datetime.now(UTC)
    reminder = await reminder_for(request.user.id, reminder_id, now)
    fields = Fields(dict(await request.form()))
    choice = fields.one_of("until", ["tomorrow", "week", "moment"], "moment")
    moment = fields.coming("due_at", now, required=True) if choice == "moment" else None
    if fields.errors:
        return await _postponement_form(request, reminder_id, fields.values, fields.errors)
    tomorrow = tomorrow_morning(local(now)).astimezone(UTC)
    to = {"tomorrow": tomorrow, "week": tomorrow_morning(local(now) + timedelta(days=6)).astimezone(UTC)}.get(
        choice
    ) or moment
    assert to is not None
    await postpone_reminder(reminder_id, to=to, by=request.user.id, now=now)
    if choice == "moment":
        back = urlsplit(request.headers.get("hx-current-url", "")).path
        is_there = back == "/" or _TICKET_PAGE.fullmatch(back)
        return see_other(request, back if is_there else "/reminders?done=postponed")
    words = {"day": day(to, now), "time": clock(to)}
    return await _told(request, reminder, _("Comes again on %(day)s at %(time)s.") % words)


@get("/reminders/past", permission=Permission.SIGNED_IN)
async def past(request: StaffRequest) -> Response[str]:
    """What one has had to do, with what came of it, the latest first."""
    now = datetime.now(UTC)
    query = Fields(request.query_params)
    found, following = await past_reminders(request.user.id, query.text("before"))
    context: dict[str, Any] = {"found": found, "next": following, "moment": now}
    if is_fragment(request) and query.text("before"):
        return await fragment(request, "reminders/_past.html", **context)
    return await page(request, "reminders/past.html", **context)


@get("/reminders/{reminder_id:int}/hand-over", permission=Permission.SIGNED_IN)
async def prepare_handover(request: StaffRequest, reminder_id: FromPath[int]) -> Response[str]:
    """Who is to do it instead."""
    return await _handover_form(request, reminder_id, {}, {})


async def _handover_form(
    request: StaffRequest, reminder_id: int, values: dict[str, Any], errors: dict[str, str]
) -> Response[str]:
    reminder = await reminder_for(request.user.id, reminder_id, datetime.now(UTC))
    render = fragment if is_fragment(request) else page
    template = "reminders/_give_form.html" if is_fragment(request) else "reminders/give.html"
    return await render(
        request, template, status=422 if errors else 200, reminder=reminder, values=values, errors=errors,
        colleagues=await _colleagues(reminder.user_id, for_tickets=reminder.ticket is not None),
    )  # fmt: skip


@post("/reminders/{reminder_id:int}/hand-over", permission=Permission.SIGNED_IN)
async def hand_over(request: StaffRequest, reminder_id: FromPath[int]) -> Response[Any]:
    """A colleague does it; the list of what one has given shows to whom it went."""
    now = datetime.now(UTC)
    fields = Fields(dict(await request.form()))
    to = fields.reference("user_id", required=True)
    try:
        fields.check()
        colleague = to or 0

        async def give() -> str:
            await hand_over_reminder(reminder_id, to=colleague, by=request.user.id, now=now)
            return "/reminders?done=given"

        where = await form_once(request, fields.text("submission_id"), give, now=now)
    except Invalid as error:
        return await _handover_form(request, reminder_id, fields.values, error.errors)
    except RuleBroken as error:
        return await _handover_form(request, reminder_id, fields.values, {"": error.sentence})
    return see_other(request, where)


async def _told(request: StaffRequest, reminder: Any, sentence: str, undo: str = "") -> Response[Any]:
    if not is_fragment(request):
        return see_other(request, "/")
    return await fragment(request, "reminders/_settled.html", reminder=reminder, sentence=sentence, undo=undo)


router = Router(
    "",
    route_handlers=[
        my_reminders, new_reminder, understood, create_reminder, complete, prepare_postponement, postpone, past,
        prepare_handover, hand_over, reopen,
        *alarm_pages.route_handlers, *portfolio_pages.route_handlers, *rule_pages.route_handlers,
    ],
)  # fmt: skip
