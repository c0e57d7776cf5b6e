"""What agents can do and when: the matrix of levels per topic, capacity, languages, channels, hours and absence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

import msgspec

from crm.accounts.audit import record
from crm.accounts.permissions import Permission, Role, role_may
from crm.database import Row, execute, fetch, fetch_one, fetch_value, transaction
from crm.errors import Invalid, NotFound, RuleBroken
from crm.queue import enqueue
from crm.tickets.routing import HIGHEST_LEVEL
from crm.web.i18n import _

Hours = Sequence[tuple[int, time, time]]


@dataclass(frozen=True)
class Agent:
    """An agent with levels by topic id."""

    id: int
    name: str
    capacity: int
    languages: str
    channels: str
    absent_from: datetime | None
    absent_until: datetime | None
    deputy: int | None
    load: int
    levels: Mapping[int, int]
    hours: Hours

    def is_absent(self, now: datetime) -> bool:
        has_begun = self.absent_from is not None and self.absent_from <= now
        return has_begun and (self.absent_until is None or self.absent_until > now)


_AGENTS = """
    SELECT u.id, u.name, p.capacity, p.languages, p.channels, p.absent_from, p.absent_until, p.deputy,
        p.load,
        (SELECT coalesce(jsonb_object_agg(c.topic::text, c.level), '{}') FROM competence c WHERE c."user" = u.id)::text AS levels,
        (SELECT coalesce(jsonb_agg(jsonb_build_array(h.weekday, h.starts, h.ends) ORDER BY h.weekday, h.starts), '[]')
            FROM agent_hours h WHERE h."user" = u.id)::text AS hours
    FROM agent_profile p JOIN staff u ON u.id = p."user" AND u.deactivated_at IS NULL
"""


async def agents() -> list[Agent]:
    """Everybody who gets enquiries by routing, with what they can do; one statement."""
    return [_agent(row) for row in await fetch(_AGENTS + " ORDER BY u.name, u.id")]


async def agent_named(user_id: int) -> Agent:
    """One agent. Raises NotFound."""
    row = await fetch_one(_AGENTS + " WHERE u.id = $1", user_id)
    if row is None:
        raise NotFound()
    return _agent(row)


def _agent(row: Row) -> Agent:
    values = dict(row)
    values["levels"] = {
        int(topic): level for topic, level in msgspec.json.decode(row.levels, type=dict[str, int]).items()
    }
    values["hours"] = msgspec.json.decode(row.hours, type=list[tuple[int, time, time]])
    return Agent(**values)


async def possible_agents() -> list[Row]:
    """Who may work on enquiries but gets none by routing yet."""
    rows = await fetch(
        "SELECT u.id, u.name, u.role FROM staff u WHERE u.deactivated_at IS NULL "
        'AND NOT EXISTS (SELECT 1 FROM agent_profile p WHERE p."user" = u.id) ORDER BY u.name, u.id'
    )
    return [row for row in rows if role_may(Role(row.role), Permission.TICKETS_WORK)]


async def make_agent(user_id: int, *, by: int, now: datetime) -> None:
    """From now on this person can get enquiries by routing. Doing it twice changes nothing."""
    role = await fetch_value("SELECT role FROM staff WHERE id = $1 AND deactivated_at IS NULL", user_id)
    if role is None or not role_may(Role(role), Permission.TICKETS_WORK):
        raise RuleBroken(_("This colleague does not work on enquiries. Choose somebody else."))
    async with transaction():
        new = await fetch_value(
            "INSERT INTO agent_profile (\"user\", capacity, languages, channels) VALUES ($1, 8, 'de', '') "
            'ON CONFLICT ("user") DO NOTHING RETURNING id',
            user_id,
        )
        if new is not None:
            await record("agent.added", "user", user_id, by=by, now=now)


async def set_levels(levels: Mapping[tuple[int, int], int], *, by: int, now: datetime) -> int:
    """Store levels by (agent, topic); 0 takes the topic away. Only what differs is written and noted; how many that were."""
    async with transaction():
        stored = {
            (row.user, row.topic): row.level for row in await fetch('SELECT "user", topic, level FROM competence')
        }
        changed = {cell: level for cell, level in levels.items() if stored.get(cell, 0) != level}
        for (user_id, topic_id), level in sorted(changed.items()):
            if level:
                await execute(
                    'INSERT INTO competence ("user", topic, level) VALUES ($1, $2, $3) '
                    'ON CONFLICT ("user", topic) DO UPDATE SET level = excluded.level',
                    user_id, topic_id, level,
                )  # fmt: skip
            else:
                await execute('DELETE FROM competence WHERE "user" = $1 AND topic = $2', user_id, topic_id)
            fields = {"topic": topic_id, "level": [stored.get((user_id, topic_id), 0), level]}
            await record("agent.level", "user", user_id, by=by, now=now, fields=fields)
        if changed:
            await enqueue("offer_waiting_tickets")
    return len(changed)


async def set_topic_levels(levels: Mapping[int, tuple[int, int]], *, by: int, now: datetime) -> int:
    """Store (level, first-contact level) per topic. Open enquiries keep the level they were routed with; new ones and
    those that are escalated or changed get the new one."""
    changed = 0
    async with transaction():
        for topic_id, (level, first) in sorted(levels.items()):
            row = await fetch_one(
                "UPDATE topic SET level = $2, first_contact_level = $3 WHERE id = $1 AND (level, first_contact_level) <> ($2, $3) "
                "RETURNING id",
                topic_id, level, first,
            )  # fmt: skip
            if row is not None:
                changed += 1
                fields = {"level": level, "first_contact_level": first}
                await record("topic.level", "topic", topic_id, by=by, now=now, fields=fields)
    return changed


@dataclass(frozen=True)
class Availability:
    """What an agent takes on, and when. No languages or channels means all; no hours: whenever the company works."""

    capacity: int
    languages: tuple[str, ...]
    channels: tuple[str, ...]
    hours: Hours


async def change_availability(user_id: int, new: Availability, *, by: int, now: datetime) -> None:
    """Store it. Raises NotFound for somebody who is no agent."""
    async with transaction():
        row = await fetch_one(
            'UPDATE agent_profile SET capacity = $2, languages = $3, channels = $4 WHERE "user" = $1 RETURNING id',
            user_id, new.capacity, ",".join(new.languages), ",".join(new.channels),
        )  # fmt: skip
        if row is None:
            raise NotFound()
        await execute('DELETE FROM agent_hours WHERE "user" = $1', user_id)
        for weekday, starts, ends in new.hours:
            await execute(
                'INSERT INTO agent_hours ("user", weekday, starts, ends) VALUES ($1, $2, $3, $4)',
                user_id,
                weekday,
                starts,
                ends,
            )
        fields = {"capacity": new.capacity, "languages": list(new.languages), "channels": list(new.channels)}
        await record("agent.availability", "user", user_id, by=by, now=now, fields=fields)
        await enqueue("offer_waiting_tickets")


async def possible_deputies(user_id: int) -> list[Row]:
    """Who gets enquiries by routing, besides this one: who could stand in for them."""
    return await fetch(
        'SELECT u.id, u.name FROM agent_profile p JOIN staff u ON u.id = p."user" AND u.deactivated_at IS NULL '
        "WHERE u.id <> $1 ORDER BY u.name, u.id",
        user_id,
    )


async def set_absence(
    user_id: int, start: datetime | None, end: datetime | None, *, by: int, now: datetime, deputy_id: int | None = None
) -> None:
    """Absent from `start` until `end` (None: until it is taken back); without a start present. Routing leaves out who is
    absent. What of theirs is due before they are back goes to the deputy or to whom routing chooses as soon as the absence has begun
    (standing_in.pass_on_from_absent). Raises NotFound, Invalid for a deputy who gets no enquiries."""
    async with transaction():
        if deputy_id is not None and deputy_id not in {row.id for row in await possible_deputies(user_id)}:
            raise Invalid({"deputy_id": _("This colleague cannot stand in. Please choose somebody from the list.")})
        row = await fetch_one(
            'UPDATE agent_profile SET absent_from = $2, absent_until = $3, deputy = $4 WHERE "user" = $1 RETURNING id',
            user_id, start, end if start else None, deputy_id,
        )  # fmt: skip
        if row is None:
            raise NotFound()
        fields = {"from": start, "until": end if start else None, "deputy_id": deputy_id}
        await record("agent.absence", "user", user_id, by=by, now=now, fields=fields)
        await enqueue("offer_waiting_tickets")


WISHED_WITHIN = timedelta(days=180)


async def training_wishes(now: datetime) -> list[Row]:
    """Per topic: who would like to learn it (said when they gave an enquiry to a higher level, within half a year, and still below
    the highest level), and how many enquiries were given up there in that time; most wished for first. One statement."""
    return await fetch(
        "SELECT t.id, t.name_de, t.name_en, count(*) AS escalations, "
        "coalesce(array_agg(DISTINCT u.name) FILTER (WHERE e.wants_training AND coalesce(c.level, 0) < $2), '{}') AS names "
        "FROM escalation e JOIN ticket k ON k.id = e.ticket JOIN topic t ON t.id = k.topic "
        "LEFT JOIN staff u ON u.id = e.by_user AND u.deactivated_at IS NULL "
        'LEFT JOIN competence c ON c."user" = u.id AND c.topic = t.id '
        "WHERE e.at >= $1 AND e.by_user IS NOT NULL GROUP BY t.id "
        "ORDER BY cardinality(array_agg(DISTINCT u.id) FILTER (WHERE e.wants_training)) DESC NULLS LAST, count(*) DESC, t.id",
        now - WISHED_WITHIN, HIGHEST_LEVEL,
    )  # fmt: skip
