"""Absences: what an absent agent cannot answer in time is passed on, and they read of it when they are back."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta

from crm.accounts.audit import record
from crm.accounts.permissions import Role
from crm.accounts.queries import staff_of
from crm.database import Row, execute, fetch, fetch_one, fetch_value, transaction
from crm.notifications.actions import notify
from crm.notifications.kinds import Kind
from crm.service_levels.calendar import Calendar
from crm.tickets.assigning import choose_agent, choose_and_claim, store_decision, tell_assignee
from crm.tickets.gathering import Case, case_of, cases_of
from crm.tickets.listing import DUE
from crm.tickets.locking import take_routing_lock
from crm.tickets.tables import BUSY_SQL

PASSED_ON_AT_ONCE = 500
SHOWN_TO_LEADS = timedelta(days=30)
SHOWN = 50


def absent_sql(now: str) -> str:
    """Whether the agent of a profile `p` is absent at the moment `now` (a parameter), as SQL. The same rule as
    `crm.tickets.routing.presence`: an absence without an end lasts, one without a start has begun."""
    return (
        "(p.absent_from IS NOT NULL OR p.absent_until IS NOT NULL) "
        f"AND (p.absent_from IS NULL OR p.absent_from <= {now}) AND (p.absent_until IS NULL OR p.absent_until > {now})"
    )


# Whose next due time lies before the return; without a return, everything. What waits for the customer or was put back stays where
# it is until it wakes. Who hands a ticket to somebody who is away means it: that stays, too.
_NEEDS_SOMEBODY = f"""
    SELECT k.id, k.assignee AS absent, p.absent_from, p.deputy, CASE WHEN c.owner = k.assignee THEN c.deputy END AS customers_deputy
    FROM agent_profile p JOIN ticket k ON k.assignee = p."user" AND k.status IN {BUSY_SQL}
    JOIN customer c ON c.id = k.customer AND c.deleted_at IS NULL AND c.restricted_at IS NULL
    WHERE {absent_sql("$1")} AND (p.absent_until IS NULL OR {DUE} <= p.absent_until)
        AND NOT EXISTS (SELECT FROM routing_decision d WHERE d.ticket = k.id AND d.occasion = 'by_hand' AND d.assignee_id = p."user"
            AND d.at >= p.absent_from)
"""


async def pass_on_from_absent(*, now: datetime) -> int:
    """Whatever of absent agents needs somebody before they are back goes to their deputy (the one named for the absence, or the
    customer's where they are its owner) if that one is competent and has room, else to whom routing chooses, else into the queue
    of its level; the earliest due first. While everybody has gone home nothing moves: the morning decides. How many were passed
    on. Safe to run twice and at the same time; whoever took over keeps it when the colleague returns. What is left for the morning
    is told apart without the routing lock, for which whoever opens an enquiry at night would wait.
    """
    waiting = await fetch(f"{_NEEDS_SOMEBODY} ORDER BY {DUE}, k.id LIMIT {PASSED_ON_AT_ONCE}", now)
    passed: Counter[tuple[int, datetime | None]] = Counter()
    cases = await cases_of([row.id for row in waiting], now)
    refused: set[_Kind] = set()
    for row in waiting:
        case = cases.get(row.id)
        if case is None or await _is_for_the_morning(case, refused, now):
            continue
        if await _pass_on(row.id, now):
            passed[row.absent, row.absent_from] += 1
    for (absent, since), count in passed.items():
        await _tell_leads(absent, since, count, now)
    return passed.total()


_Kind = tuple[int | None, int, str, str, Calendar]
"""What decides whether anybody can have an enquiry now: topic, level, language, channel, and the hours of who has none of their own."""


async def _is_for_the_morning(case: Case, refused: set[_Kind], now: datetime) -> bool:
    """Whether it is night for this enquiry and nobody at work could have it. `refused` are the kinds that nobody could have in this
    sweep; one that an agent gave away themselves says nothing of others of its kind."""
    if case.calendar.is_open(now):
        return False
    kind = (case.topic_id, case.required.level, case.language, case.channel, case.calendar)
    if kind in refused:
        return True
    decision = (await choose_agent(case, now)).decision
    if decision.assignee_id is not None:
        return False
    if not any(_GAVE_AWAY.intersection(one.drops) for one in decision.candidates):
        refused.add(kind)
    return True


_GAVE_AWAY = frozenset({"gave_up", "gave_back"})


async def _pass_on(ticket_id: int, now: datetime) -> bool:
    async with transaction():
        await take_routing_lock()
        row = await fetch_one(f"{_NEEDS_SOMEBODY} AND k.id = $2 FOR NO KEY UPDATE OF k", now, ticket_id)
        if row is None:
            return False
        case = await case_of(ticket_id, now)
        deputies = frozenset(one for one in (row.deputy, row.customers_deputy) if one is not None)
        choice = await choose_and_claim(replace(case, is_stand_in=True, deputies=deputies), now)
        decision = choice.decision
        if decision.assignee_id is None and not case.calendar.is_open(now):
            return False
        await store_decision(ticket_id, "absence", choice, decision.assignee_id, by=None, now=now)
        await execute(
            "UPDATE ticket SET assignee = $2, version = version + 1 WHERE id = $1", ticket_id, decision.assignee_id
        )
        await execute(
            "INSERT INTO stand_in (ticket, absent, given_to, at) VALUES ($1, $2, $3, $4)",
            ticket_id, row.absent, decision.assignee_id, now,
        )  # fmt: skip
        await tell_assignee(ticket_id, decision.assignee_id, decision.required_level, by=None, now=now)
        fields = {"assignee": [row.absent, decision.assignee_id]}
        await record("ticket.passed_on", "ticket", ticket_id, by=None, now=now, fields=fields)
    return True


async def _tell_leads(absent: int, since: datetime | None, count: int, now: datetime) -> None:
    """Once for each absence."""
    name = await fetch_value("SELECT name FROM staff WHERE id = $1", absent)
    for lead in await staff_of(Role.LEAD):
        await notify(
            lead, Kind.ENQUIRIES_PASSED_ON, detail={"from": name, "number": count}, link=f"/competences/agents/{absent}#passed-on",
            now=now, mail=False, dedupe_key=f"passed-on-{absent}-{since:%Y%m%d%H%M}-{lead}" if since else f"passed-on-{absent}-{lead}",
        )  # fmt: skip


_PASSED_ON = f"""
    SELECT s.id, s.at, s.ticket, s.seen_at, k.subject, k.status, k.assignee, c.id AS customer, c.name AS customer_name,
        g.name AS given_to, u.name AS assignee_name, count(*) OVER () AS in_all
    FROM stand_in s JOIN ticket k ON k.id = s.ticket
    JOIN customer c ON c.id = k.customer AND c.deleted_at IS NULL AND c.restricted_at IS NULL
    LEFT JOIN staff g ON g.id = s.given_to LEFT JOIN staff u ON u.id = k.assignee
    WHERE s.absent = $1 AND {{which}} ORDER BY s.at DESC, s.id DESC LIMIT {SHOWN}
"""


async def passed_on_unseen(user_id: int) -> list[Row]:
    """What was passed on while they were away and they have not marked as read, the latest first; `in_all` counts beyond the list."""
    return await fetch(_PASSED_ON.format(which="s.seen_at IS NULL"), user_id)


async def passed_on_lately(user_id: int, now: datetime) -> list[Row]:
    """What was passed on from them within a month, for the lead."""
    return await fetch(_PASSED_ON.format(which="s.at > $2"), user_id, now - SHOWN_TO_LEADS)


async def mark_passed_on_seen(user_id: int, up_to: int, *, now: datetime) -> None:
    """They have read the list as far as the entry `up_to`; what came later stays on it."""
    await execute(
        "UPDATE stand_in SET seen_at = $3 WHERE absent = $1 AND id <= $2 AND seen_at IS NULL", user_id, up_to, now
    )
