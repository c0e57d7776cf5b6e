"""Facts for routing, read from the database: what the ticket needs, and what is known about every agent."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import lru_cache

import msgspec

from crm.database import Row, fetch
from crm.service_levels.calendar import Calendar
from crm.service_levels.promises import Target
from crm.service_levels.queries import CALENDAR, calendar_from
from crm.tickets.routing import (
    CASE_DAYS,
    AgentFacts,
    KnowsCase,
    Presence,
    RequiredLevel,
    RequiredLevelFacts,
    RoutingFacts,
    last_day_absent,
    presence,
    required_level,
)
from crm.tickets.tables import BUSY_SQL


@dataclass(frozen=True)
class Case:
    """What a ticket needs to be routed and promised; `ticket_id` is 0 for one that is about to be opened. With `is_stand_in`
    whoever had it is absent, and the `deputies` stand in for them."""

    ticket_id: int
    customer_id: int
    owner_id: int | None
    topic_id: int | None
    language: str
    channel: str
    required: RequiredLevel
    target: Target
    calendar: Calendar
    opened_at: datetime
    is_stand_in: bool = False
    deputies: frozenset[int] = frozenset()


LEVEL_COLUMNS = """
    t.level, t.first_contact_level AS topic_first_level, t.name_de, t.name_en,
    s.first_contact_level AS service_first_level, s.name_de AS service_de, s.name_en AS service_en
"""
"""What the required level needs of a topic `t` and a service level `s`; see required_from."""

_CASE = f"""
    SELECT k.id, k.customer, c.owner, k.topic, k.language, k.channel, k.kind, k.is_moment_of_truth, k.is_first_contact,
        k.escalations, k.opened_at,
        coalesce((SELECT e.is_back FROM escalation e WHERE e.ticket = k.id ORDER BY e.id DESC LIMIT 1), false)
            AS is_given_back, k.first_response_min, k.next_response_min, k.solution_min,
        {LEVEL_COLUMNS}, {CALENDAR.format(calendar="s.calendar")} AS calendar
    FROM ticket k JOIN customer c ON c.id = k.customer JOIN service_level s ON s.id = k.service_level
    LEFT JOIN topic t ON t.id = k.topic
    WHERE k.id = ANY($1::bigint[])
"""


async def case_of(ticket_id: int, now: datetime) -> Case:
    """The case of a ticket that is stored already."""
    return (await cases_of([ticket_id], now))[ticket_id]


async def cases_of(ticket_ids: Collection[int], now: datetime) -> dict[int, Case]:
    """The cases of tickets by their numbers, one statement; without those that are not there (any more)."""
    return {row.id: _case(row, now) for row in await fetch(_CASE, list(ticket_ids))}


def _case(row: Row, now: datetime) -> Case:
    return Case(
        ticket_id=row.id,
        customer_id=row.customer,
        owner_id=row.owner,
        topic_id=row.topic,
        language=row.language,
        channel=row.channel,
        required=required_from(
            row,
            row.kind,
            row.escalations,
            is_first_contact=row.is_first_contact,
            is_moment_of_truth=row.is_moment_of_truth,
            is_given_back=row.is_given_back,
        ),
        target=Target(row.first_response_min, row.next_response_min, row.solution_min),
        calendar=calendar_from(row.calendar, now),
        opened_at=row.opened_at,
    )


def required_from(
    row: Row,
    kind: str,
    escalations: int = 0,
    *,
    is_first_contact: bool,
    is_moment_of_truth: bool,
    is_given_back: bool = False,
) -> RequiredLevel:
    """The level that a ticket needs, by a row with LEVEL_COLUMNS and what is known of the ticket."""
    facts = RequiredLevelFacts(
        topic_level=row.level or 1,
        topic_name=row.name_de or None,
        topic_name_en=row.name_en or None,
        is_first_contact=is_first_contact,
        first_contact_level=row.topic_first_level or 1,
        service_level_minimum=row.service_first_level,
        service_level_name=row.service_de,
        service_level_name_en=row.service_en,
        is_complaint=kind == "complaint",
        is_moment_of_truth=is_moment_of_truth,
        escalations=escalations,
        is_given_back=is_given_back,
    )
    return required_level(facts)


GAVE_AWAY = (
    "EXISTS (SELECT 1 FROM escalation e WHERE e.ticket = {ticket} AND e.by_user = {agent} AND e.is_back = {is_back} "
    "AND NOT EXISTS (SELECT 1 FROM escalation f WHERE f.ticket = e.ticket AND f.id > e.id AND f.is_back <> e.is_back))"
)
"""Whether an agent gave a ticket to a higher level (to a lower one with `is_back`), as SQL; what went the other way since
makes it as if they had not: they may have it again."""

# "topic" is who was assigned to the customer's enquiries on this topic in the last 30 days, "thread" who already
# worked on this very ticket. Who gave it to a higher level doesn't get it back.
_AGENTS = f"""
    SELECT p."user" AS id, p.capacity, p.languages, p.channels, p.absent_from, p.absent_until, p.last_assigned_at,
        coalesce(c.level, 0) AS level,
        p.load - (SELECT count(*) FROM ticket k WHERE k.id = $2 AND k.assignee = p."user" AND k.status IN {BUSY_SQL}) AS load,
        (SELECT coalesce(jsonb_agg(jsonb_build_array(h.weekday, h.starts, h.ends)), '[]')
            FROM agent_hours h WHERE h."user" = p."user")::text AS hours,
        EXISTS (SELECT 1 FROM routing_decision d WHERE d.ticket = $2 AND d.assignee_id = p."user") AS on_thread,
        {GAVE_AWAY.format(ticket="$2", agent='p."user"', is_back="false")} AS gave_up,
        {GAVE_AWAY.format(ticket="$2", agent='p."user"', is_back="true")} AS gave_back,
        EXISTS (SELECT 1 FROM ticket k WHERE k.customer = $3 AND k.topic = $1 AND k.assignee = p."user" AND k.id <> $2
            AND k.opened_at > $4) AS on_topic
    FROM agent_profile p JOIN staff u ON u.id = p."user" AND u.deactivated_at IS NULL
    LEFT JOIN competence c ON c."user" = p."user" AND c.topic = $1
    ORDER BY p."user"
"""


async def routing_facts(case: Case, now: datetime) -> RoutingFacts:
    """What is known about every agent at this moment, for this case; one statement."""
    rows = await fetch(_AGENTS, case.topic_id, case.ticket_id, case.customer_id, now - timedelta(days=CASE_DAYS))
    return RoutingFacts(
        required=case.required,
        agents=tuple(_agent(row, case, now) for row in rows),
        language=case.language,
        channel=case.channel,
        is_stand_in=case.is_stand_in,
    )


def _agent(row: Row, case: Case, now: datetime) -> AgentFacts:
    return AgentFacts(
        id=row.id,
        level=row.level,
        load=row.load,
        capacity=row.capacity,
        languages=_codes(row.languages),
        channels=_codes(row.channels),
        presence=agent_presence(row, case.calendar, now),
        absent_until=last_day_absent(row.absent_until, case.calendar.zone),
        last_assigned_at=row.last_assigned_at,
        knows_case=_tie(row, case),
        gave_up=row.gave_up,
        gave_back=row.gave_back,
    )


def agent_presence(row: Row, company: Calendar, now: datetime) -> Presence:
    """Whether an agent is there, by a row with their hours and absence; without hours of their own by the company's."""
    return presence(_hours(row.hours, company), row.absent_from, row.absent_until, now)


def _codes(text: str) -> tuple[str, ...]:
    return tuple(code for code in text.split(",") if code)


def _tie(row: Row, case: Case) -> KnowsCase | None:
    if row.id in case.deputies:
        return "deputy"
    if row.on_thread:
        return "thread"
    if row.on_topic:
        return "topic"
    return "owner" if row.id == case.owner_id else None


@lru_cache(maxsize=1024)
def _hours(stored: str, company: Calendar) -> Calendar:
    """The agent's own hours on the company's working days; without any, the company's. Built once per process for the same
    hours, as the company's calendar is."""
    intervals = msgspec.json.decode(stored, type=list[tuple[int, time, time]])
    if not intervals:
        return company
    hours: dict[int, list[tuple[time, time]]] = {}
    for weekday, starts, ends in sorted(intervals):
        hours.setdefault(weekday, []).append((starts, ends))
    return Calendar(company.zone, hours, company.holidays)
