"""The reads of the quality of conversation: what waits for a look, one of them with what was said, one's own, the team's figures."""

from __future__ import annotations

from datetime import datetime, timedelta

from crm.accounts.current import CurrentUser
from crm.customers.data import full_name_sql
from crm.customers.queries import sees_restricted
from crm.database import HIGHEST_ID, Row, fetch, fetch_one
from crm.errors import NotFound
from crm.improvement.quality.figures import Aspect, aspects
from crm.improvement.quality.words import ASPECTS

SHOWN = 100
STRETCH = timedelta(days=90)

_SOURCES = """
    LEFT JOIN ticket_message m ON m.id = q.message LEFT JOIN ticket k ON k.id = m.ticket
    LEFT JOIN interaction i ON i.id = q.interaction
    JOIN customer c ON c.id = coalesce(k.customer, i.customer)
    LEFT JOIN person p ON p.id = coalesce(k.person, i.person)
    JOIN staff a ON a.id = q.agent
    LEFT JOIN staff r ON r.id = q.rated_by
"""
# $1 of each: whether restricted people are seen (GDPR Art. 18)
_OPEN = "c.deleted_at IS NULL AND (c.restricted_at IS NULL OR $1) AND (p.restricted_at IS NULL OR $1) AND q.skipped_at IS NULL"
_COLUMNS = f"""
    q.id, q.agent, a.name AS agent_name, q.drawn_at, q.understanding, q.tone, q.solution, q.language, q.feedback, q.rated_at,
    q.rated_by, r.name AS rated_by_name, q.seen_at, coalesce(m.text, i.text) AS text, coalesce(m.at, i.at) AS at,
    coalesce(nullif(m.channel, ''), k.channel, i.channel) AS channel, c.id AS customer, c.name AS customer_name,
    {full_name_sql("p")} AS person_name, k.id AS ticket, k.subject, i.id AS interaction, i.direction
"""
_ASKED = """
    (SELECT x.text FROM ticket_message x WHERE x.ticket = m.ticket AND x.kind = 'inbound' AND x.at < m.at
        ORDER BY x.at DESC, x.id DESC LIMIT 1) AS asked
"""


async def to_be_rated(user: CurrentUser) -> list[Row]:
    """What was drawn and waits for a look, the oldest first. One's own is for somebody else to rate."""
    return await fetch(
        f"SELECT {_COLUMNS} FROM quality_review q {_SOURCES} WHERE {_OPEN} AND q.rated_at IS NULL AND q.agent <> $2 "
        f"ORDER BY q.drawn_at, q.id LIMIT {SHOWN}",
        sees_restricted(user), user.id,
    )  # fmt: skip


async def review_to_rate(user: CurrentUser, review_id: int) -> Row:
    """One for its rating, with what the customer had asked. NotFound for one's own, and where customer or person are hidden."""
    return await _one(user, review_id, "q.agent <> $2")


async def own_review(user: CurrentUser, review_id: int) -> Row:
    """One's own, once it is rated. NotFound for everybody else's."""
    return await _one(user, review_id, "q.agent = $2 AND q.rated_at IS NOT NULL")


async def _one(user: CurrentUser, review_id: int, whose: str) -> Row:
    row = None
    if 0 < review_id <= HIGHEST_ID:
        row = await fetch_one(
            f"SELECT {_COLUMNS}, {_ASKED} FROM quality_review q {_SOURCES} WHERE {_OPEN} AND {whose} AND q.id = $3",
            sees_restricted(user), user.id, review_id,
        )  # fmt: skip
    if row is None:
        raise NotFound()
    return row


async def own_reviews(user: CurrentUser) -> list[Row]:
    """What was said about one's own answers and notes, the newest first."""
    return await fetch(
        f"SELECT {_COLUMNS} FROM quality_review q {_SOURCES} WHERE {_OPEN} AND q.agent = $2 AND q.rated_at IS NOT NULL "
        f"ORDER BY q.rated_at DESC, q.id DESC LIMIT {SHOWN}",
        sees_restricted(user), user.id,
    )  # fmt: skip


async def team_figures(now: datetime) -> list[Aspect]:
    """The team's means of the last 90 days and of the 90 before; one statement."""
    sums = ", ".join(f"sum(q.{code}) AS {code}_sum, count(q.{code}) AS {code}_n" for code in ASPECTS)
    rows = await fetch(
        f"SELECT q.rated_at >= $1 AS is_now, {sums} FROM quality_review q WHERE q.rated_at >= $2 AND q.rated_at <= $3 GROUP BY 1",
        now - STRETCH, now - 2 * STRETCH, now,
    )  # fmt: skip
    found = {row.is_now: {code: (float(row[f"{code}_sum"] or 0), row[f"{code}_n"]) for code in ASPECTS} for row in rows}
    return aspects(found.get(True, {}), found.get(False, {}))
