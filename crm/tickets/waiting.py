"""Enquiries that wait for somebody: how many at each competence level, for how long, and why nobody gets them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

import msgspec

from crm.database import Row, fetch
from crm.service_levels.queries import CALENDAR, calendar_from
from crm.tickets.gathering import agent_presence
from crm.tickets.listing import DUE, NEVER
from crm.tickets.routing import AgentFacts, Presence, RequiredLevel, RoutingFacts, pick
from crm.tickets.tables import BUSY_SQL

SHOWN = 500
"""As many as are offered again at once (assigning.OFFERED_AT_ONCE); those that are due later wait behind them."""

Bottleneck: TypeAlias = Literal["nobody", "language", "channel", "absent", "hours", "full", "next"]


def bottleneck(facts: RoutingFacts) -> Bottleneck:
    """What keeps an enquiry waiting: of those who are competent, those who speak the language; of these, those on the
    channel; of these, those present; and whether they have room. Where the first of these sets is empty, there it is stuck;
    `next` where somebody could have it now."""
    dropped = [set(candidate.drops) for candidate in pick(facts).candidates]
    left = [drops for drops in dropped if not drops & {"level", "gave_up", "gave_back"}]
    if not left:
        return "nobody"
    demands: tuple[Bottleneck, ...] = ("language", "channel")
    for code in demands:
        left = [drops for drops in left if code not in drops]
        if not left:
            return code
    present = [drops for drops in left if not drops & {"absent", "hours"}]
    if not present:
        return "absent" if all("absent" in drops for drops in left) else "hours"
    return "full" if all("full" in drops for drops in present) else "next"


@dataclass(frozen=True, slots=True)
class WaitingTicket:
    """An enquiry without anybody, and what it is stuck at."""

    id: int
    subject: str
    customer: str
    level: int
    opened_at: datetime
    due_at: datetime | None
    why: Bottleneck
    row: Row


@dataclass(frozen=True, slots=True)
class LevelQueue:
    """What waits at a level, the earliest due first; `since` is when the oldest came in."""

    level: int
    tickets: list[WaitingTicket]

    @property
    def since(self) -> datetime:
        return min(ticket.opened_at for ticket in self.tickets)

    @property
    def due_at(self) -> datetime | None:
        return self.tickets[0].due_at

    @property
    def reasons(self) -> list[tuple[Bottleneck, int]]:
        return Counter(ticket.why for ticket in self.tickets).most_common()


_WAITING = f"""
    SELECT k.id, k.subject, k.customer, c.name AS customer_name, k.topic, t.code AS topic_code, t.name_de, t.name_en, k.required_level,
        k.language, k.channel, k.opened_at, {DUE} AS due_at, {CALENDAR.format(calendar="s.calendar")} AS calendar, k.priority,
        (SELECT coalesce(array_agg(DISTINCT e.by_user ORDER BY e.by_user), '{{}}') FROM escalation e WHERE e.ticket = k.id
            AND NOT EXISTS (SELECT FROM escalation f WHERE f.ticket = k.id AND f.id > e.id AND f.is_back <> e.is_back)) AS gave_up
    FROM ticket k JOIN customer c ON c.id = k.customer AND c.deleted_at IS NULL AND c.restricted_at IS NULL
    JOIN service_level s ON s.id = k.service_level LEFT JOIN topic t ON t.id = k.topic
    WHERE k.assignee IS NULL AND k.status IN {BUSY_SQL} ORDER BY {DUE}, k.id LIMIT {SHOWN}
"""

_EVERYBODY = """
    SELECT p."user" AS id, p.capacity, p.load, p.languages, p.channels, p.absent_from, p.absent_until,
        (SELECT coalesce(jsonb_object_agg(c.topic, c.level), '{}') FROM competence c WHERE c."user" = p."user")::text AS levels,
        (SELECT coalesce(jsonb_agg(jsonb_build_array(h.weekday, h.starts, h.ends)), '[]')
            FROM agent_hours h WHERE h."user" = p."user")::text AS hours
    FROM agent_profile p JOIN staff u ON u.id = p."user" AND u.deactivated_at IS NULL ORDER BY p."user"
"""


async def waiting_by_level(now: datetime) -> list[LevelQueue]:
    """What waits at each level that has something waiting, the lowest level first; two statements however much it is."""
    waiting = await fetch(_WAITING)
    everybody = await fetch(_EVERYBODY) if waiting else []
    known: dict[tuple[object, ...], Bottleneck] = {}
    levels: dict[int, list[WaitingTicket]] = {}
    for row in waiting:
        key = (row.topic, row.required_level, row.language, row.channel, row.calendar, tuple(row.gave_up))
        if key not in known:
            known[key] = bottleneck(_facts(row, everybody, now))
        due_at = None if row.due_at == NEVER else row.due_at
        ticket = WaitingTicket(
            row.id, row.subject, row.customer_name, row.required_level, row.opened_at, due_at, known[key], row
        )
        levels.setdefault(row.required_level, []).append(ticket)
    return [LevelQueue(level, tickets) for level, tickets in sorted(levels.items())]


def _facts(ticket: Row, everybody: Sequence[Row], now: datetime) -> RoutingFacts:
    calendar = calendar_from(ticket.calendar, now)
    agents = []
    for row in everybody:
        levels = msgspec.json.decode(row.levels, type=dict[str, int])
        presence: Presence = agent_presence(row, calendar, now)
        agents.append(
            AgentFacts(
                id=row.id, level=levels.get(str(ticket.topic), 0), load=row.load, capacity=row.capacity,
                languages=tuple(filter(None, row.languages.split(","))), channels=tuple(filter(None, row.channels.split(","))),
                presence=presence, gave_up=row.id in ticket.gave_up,
            )
        )  # fmt: skip
    required = RequiredLevel(ticket.required_level, ())
    return RoutingFacts(required=required, agents=tuple(agents), language=ticket.language, channel=ticket.channel)
