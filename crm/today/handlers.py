"""The start page: what this person should do today, done from the list."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from litestar import Response, Router, get

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission, Role
from crm.database import Row
from crm.interactions.calls import words as call_words
from crm.interactions.calls.listing import open_call_backs
from crm.mail.boxes import boxes_in_trouble
from crm.privacy.desk.words import KINDS
from crm.reminders.alarms import open_alarms
from crm.reminders.queries import due_reminders
from crm.reminders.words import REPEATS
from crm.tickets.standing_in import passed_on_unseen
from crm.today import put_back_pages, queries
from crm.today.contacting import MOST, customers_to_contact, is_urgent, reasons, why_of
from crm.today.privacy import waiting_for, waiting_in_words
from crm.today.sentences import (
    Pending,
    Thing,
    day_in_words,
    first_in_words,
    first_of,
    greeting,
    month_in_words,
    nothing_due,
    team_in_words,
)
from crm.web.formats import local
from crm.web.i18n import word
from crm.web.render import page

_SECTIONS = {
    Role.AGENT: ("mine",),
    Role.SALES: ("mine",),
    Role.LEAD: ("mine", "waiting", "broken"),
    Role.MANAGER: ("broken",),
}
"""The enquiries that a role works with or looks at."""


@get("/", permission=Permission.SIGNED_IN)
async def today(request: StaffRequest) -> Response[str]:
    """One page to work from; what it holds depends on the role. After each action the page asks for itself again and takes what
    has changed, so that list, counts and sentence are always of one moment."""
    now = datetime.now(UTC)
    here = local(now)
    midnight = (here + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)
    numbers = await queries.my_numbers(request.user.id, now, midnight)
    context: dict[str, Any] = {
        "greeting": greeting(request.user.name, here),
        "repeats": REPEATS,
        "moment": now,
        "shown": queries.SHOWN,
        **await _lists(request, numbers, midnight, now),
        **await _looked_after(request, here, now),
    }
    context["sentence"] = _sentence(request.user.role, context, now)
    return await page(request, "today/index.html", **context)


async def _lists(request: StaffRequest, numbers: queries.Numbers, midnight: datetime, now: datetime) -> dict[str, Any]:
    """What is to be done, section by section; what there is none of is not asked for."""
    me = request.user.id
    due = await due_reminders(me, midnight, now) if numbers.reminders or numbers.stood_in else []
    contacts = []
    if request.user.may(Permission.INTERACTIONS_LOG):
        wants_all = request.query_params.get("all") == "contacts"
        contacts = await customers_to_contact(me, now, MOST if wants_all else queries.SHOWN)
    numbers = replace(numbers, to_contact=_in_all(contacts))
    calls = []
    if numbers.call_backs and request.user.may(Permission.INTERACTIONS_LOG):
        calls = await open_call_backs(me, midnight, queries.SHOWN)
    else:
        numbers = replace(numbers, call_backs=0)
    alarms = await open_alarms(me, now)
    # whoever calls back is reminded of it, too: on this page the call says both
    said = {row.reminder_id for row in calls}
    numbers = replace(numbers, reminders=numbers.reminders - sum(row.user_id == me and row.id in said for row in due))
    due = [row for row in due if row.id not in said]
    return {
        "calls": [(row, call_words.told(row, now)) for row in calls],
        "numbers": replace(numbers, alarms=len(alarms)),
        "alarms": alarms,
        "mine": [row for row in due if row.user_id == me],
        "stood_in": [row for row in due if row.user_id != me],
        "tickets": await queries.tickets_of_the_day(me, _SECTIONS.get(request.user.role, ()), now),
        "passed_on": await passed_on_unseen(me) if numbers.passed_on else [],
        "contacts": [(row, reasons(why_of(row, now)), is_urgent(row, now)) for row in contacts],
    }


async def _looked_after(request: StaffRequest, here: datetime, now: datetime) -> dict[str, Any]:
    """What a role looks after beside its own list."""
    role = request.user.role
    if role is Role.MANAGER:
        start = here.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        before = (start - timedelta(days=1)).replace(day=1)
        return {"month": await queries.month_at_a_glance(start.astimezone(UTC), before.astimezone(UTC), now)}
    if role is Role.DPO:
        return {**await _waiting(request, here), "withdrawals": await queries.latest_withdrawals()}
    if role is Role.ADMINISTRATOR:
        machine = await queries.state_of_the_machine()
        return {**await _waiting(request, here), "machine": machine, "trouble": await boxes_in_trouble()}
    return {}


async def _waiting(request: StaffRequest, here: datetime) -> dict[str, Any]:
    is_officer = request.user.may(Permission.PRIVACY_MANAGE)
    waiting = await waiting_for(request.user.id, is_officer=is_officer, today=here.date())
    return {"privacy": waiting, "asked": lambda code: word(KINDS, code), "today": here.date()}


def _sentence(role: Role, found: dict[str, Any], now: datetime) -> str:
    """The sentences at the top: how much there is, and what comes first."""
    tickets = found["tickets"]
    parts = [month_in_words(found["month"])] if "month" in found else []
    if role is Role.LEAD:
        parts.append(team_in_words(_in_all(tickets["waiting"]), _in_all(tickets["broken"])))
    if "privacy" in found:
        parts.append(waiting_in_words(found["privacy"]))
    parts.append(day_in_words(found["numbers"]))
    parts.append(first_in_words(first_of(_pending(found), now)))
    return " ".join(filter(None, parts)) or nothing_due(role)


def _pending(found: dict[str, Any]) -> list[Pending]:
    """The first entry of each list of what this person does; a lead sees to it that every enquiry has somebody."""
    lead = found["tickets"]["waiting"][:1]
    first = [Pending(Thing.TICKET, row.subject, row.due_at) for row in lead]
    first += [Pending(Thing.ALARM, alarm.customer_name, alarm.at) for alarm in found["alarms"][:1]]
    first += [Pending(Thing.REMINDER, row.text or row.customer_name or "", row.due_at)
              for rows in (found["mine"], found["stood_in"]) for row in rows[:1]]  # fmt: skip
    first += [Pending(Thing.CALL_BACK, call.who, row.due_at) for row, call in found["calls"][:1]]
    first += [Pending(Thing.TICKET, row.subject, row.due_at) for row in found["tickets"]["mine"][:1]]
    first += [Pending(Thing.CONTACT, row.name, row.due_at) for row, _why, _urgent in found["contacts"][:1]]
    return first


def _in_all(rows: list[Row]) -> int:
    """How many there are beside those that are shown."""
    return rows[0].in_all if rows else 0


router = Router("", route_handlers=[today, *put_back_pages.route_handlers])
