"""The start page: what this person should do today."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from litestar import Response, Router, get

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission, Role
from crm.database import Row
from crm.reminders.queries import due_reminders
from crm.reminders.words import REPEATS
from crm.today import queries
from crm.today.sentences import day_in_words, greeting, month_in_words, nothing_due, team_in_words
from crm.web.formats import local
from crm.web.render import page


@get("/", permission=Permission.SIGNED_IN)
async def today(request: StaffRequest) -> Response[str]:
    """One page to work from; what it holds depends on the role."""
    now = datetime.now(UTC)
    here = local(now)
    midnight = (here + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)
    context: dict[str, Any] = {
        "greeting": greeting(request.user.name, here),
        "reminders": await due_reminders(request.user.id, midnight, now),
        "repeats": REPEATS,
        "moment": now,
        **await _for_role(request, now, here, midnight),
    }
    return await page(request, "today/index.html", **context)


async def _for_role(request: StaffRequest, now: datetime, here: datetime, midnight: datetime) -> dict[str, Any]:
    me, role = request.user.id, request.user.role
    words = day_in_words(await queries.my_numbers(me, now, midnight))
    found: dict[str, Any] = {"sentence": words or nothing_due(role)}
    if role in (Role.AGENT, Role.LEAD, Role.SALES):
        found["tickets"] = await queries.my_tickets(me, now)
    if role is Role.SALES:
        found["to_contact"] = await queries.customers_to_contact(me, now)
    elif role is Role.LEAD:
        found["waiting"] = await queries.waiting_tickets()
        found["broken"] = await queries.broken_promises(now)
        team = team_in_words(_in_all(found["waiting"]), _in_all(found["broken"]))
        found["sentence"] = team or found["sentence"]
    elif role is Role.MANAGER:
        start = here.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        before = (start - timedelta(days=1)).replace(day=1)
        month = await queries.month_at_a_glance(start.astimezone(UTC), before.astimezone(UTC), now)
        found["sentence"] = month_in_words(month)
        found["broken"] = await queries.broken_promises(now)
    elif role is Role.DPO:
        found["withdrawals"] = await queries.latest_withdrawals()
    elif role is Role.ADMINISTRATOR:
        found["machine"] = await queries.state_of_the_machine()
    return found


def _in_all(rows: list[Row]) -> int:
    """How many there are beside those that are shown."""
    return rows[0].in_all if rows else 0


router = Router("", route_handlers=[today])
