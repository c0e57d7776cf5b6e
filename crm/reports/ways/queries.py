"""The reads: enquiries that were solved in a stretch of days by the way of their first answer, and the text blocks in use."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from crm.database import fetch
from crm.interactions.counting import SHUT
from crm.reports.ways.rules import WAY_SQL, BlockUse, Way, WayFigures
from crm.surveys.rates import ASKED
from crm.surveys.results import Rate
from crm.tickets.first_contact import AT_FIRST_CONTACT, REOPENED_WITHIN
from crm.tickets.merged import FAMILY, survivor_sql

# Enquiries solved for the first time from $1 to before $2, of topic $3 (null: of all). What was merged into another one is told there.
_SOLVED = f"""
    {SHUT},
    solved AS (
        SELECT DISTINCT ON (c.ticket) c.ticket, c.at, c.reopened_at FROM closure c
        WHERE c.ticket IN (SELECT ticket FROM closure WHERE at >= $1 AND at < $2) ORDER BY c.ticket, c.at, c.id
    )"""
_COUNTS = """k.merged_into IS NULL AND k.customer NOT IN (SELECT id FROM shut_customer)
            AND (k.person IS NULL OR k.person NOT IN (SELECT id FROM shut_person))"""
# Answers of customers that belong to enquiry k, whichever of its family they were given to.
_ANSWERS = """SELECT a.score FROM survey_answer a WHERE a.ticket = ANY({family}) AND a.metric = 'csat'
            AND (a.person IS NULL OR a.person NOT IN (SELECT id FROM shut_person))
            AND (a.customer IS NULL OR a.customer NOT IN (SELECT id FROM shut_customer))"""

_WAYS = f"""
    WITH {_SOLVED}, enquiry AS MATERIALIZED (
        SELECT k.id, s.at AS solved_at, s.reopened_at, coalesce(k.promised_from, k.opened_at) AS began_at,
            ARRAY(SELECT id FROM {FAMILY} AS f(id)) AS family, {AT_FIRST_CONTACT} AS at_first_contact
        FROM solved s JOIN ticket k ON k.id = s.ticket
        WHERE s.at >= $1 AND s.at < $2 AND {_COUNTS} AND ($3::bigint IS NULL OR k.topic = $3)
    ), first AS MATERIALIZED (
        SELECT e.*, x.at AS automatic_at, r.at AS replied_at, coalesce(x.at <= coalesce(r.at, x.at), false) AS was_automatic,
            x.is_ended, r.id IS NOT NULL AS replied, coalesce(r.channel = 'phone', false) AS spoken,
            EXISTS (SELECT FROM answer_source o WHERE o.message = r.id) AS prepared
        FROM enquiry e
        LEFT JOIN LATERAL (SELECT a.at, a.ended_at IS NOT NULL AS is_ended FROM automatic_answer a WHERE a.ticket = ANY(e.family)
            AND a.ended_by IS DISTINCT FROM 'unreached' ORDER BY a.at LIMIT 1) x ON true
        LEFT JOIN LATERAL (SELECT m.id, m.at, m.channel FROM ticket_message m WHERE m.ticket = ANY(e.family) AND m.kind = 'reply'
            AND NOT m.is_automatic ORDER BY m.at, m.id LIMIT 1) r ON true
    ), told AS MATERIALIZED (
        SELECT f.*, {WAY_SQL} AS way, f.solved_at < $4::timestamptz - $5::interval AS is_known,
            coalesce(f.reopened_at < f.solved_at + $5::interval, false) AS is_reopened
        FROM first f
    ), said AS (
        SELECT t.way, a.score, count(*)::int AS n FROM told t JOIN LATERAL ({_ANSWERS.format(family="t.family")}) a ON true GROUP BY 1, 2
    ), asked AS (
        SELECT t.way, count(*) AS asked, count(*) FILTER (WHERE i.state = 'answered') AS answered
        FROM told t JOIN survey_invitation i ON i.ticket_id = ANY(t.family) WHERE i."user" IS NULL AND {ASKED} GROUP BY 1
    )
    SELECT t.way, count(*)::int AS enquiries, count(*) FILTER (WHERE is_known)::int AS known,
        count(*) FILTER (WHERE is_known AND at_first_contact AND NOT (was_automatic AND (replied OR is_ended)))::int AS resolved,
        count(*) FILTER (WHERE is_known AND is_reopened)::int AS reopened,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM
            CASE WHEN was_automatic THEN automatic_at ELSE replied_at END - began_at)::float8) AS waited,
        (SELECT coalesce(jsonb_object_agg(score, n), '{{}}')::text FROM said s WHERE s.way = t.way) AS answers,
        (SELECT coalesce(max(asked), 0) FROM asked s WHERE s.way = t.way) AS asked,
        (SELECT coalesce(max(answered), 0) FROM asked s WHERE s.way = t.way) AS answered
    FROM told t GROUP BY t.way
"""

_BLOCKS = f"""
    WITH {SHUT}, used AS MATERIALIZED (
        SELECT o.text_block, o.is_changed, z.id AS ticket
        FROM answer_source o JOIN ticket_message m ON m.id = o.message
        JOIN ticket k ON k.id = m.ticket
        JOIN ticket z ON z.id = CASE WHEN k.merged_into IS NULL THEN k.id ELSE {survivor_sql("k.id")} END
        WHERE o.text_block IS NOT NULL AND m.at >= $1 AND m.at < $2 AND ($3::bigint IS NULL OR z.topic = $3)
            AND k.customer NOT IN (SELECT id FROM shut_customer) AND (k.person IS NULL OR k.person NOT IN (SELECT id FROM shut_person))
    ), said AS (
        SELECT u.text_block, a.score, count(*)::int AS n FROM (SELECT DISTINCT text_block, ticket FROM used) u
        JOIN ticket k ON k.id = u.ticket
        JOIN LATERAL ({_ANSWERS.format(family=f"ARRAY(SELECT id FROM {FAMILY} AS f(id))")}) a ON true GROUP BY 1, 2
    )
    SELECT b.id, b.name_de, b.name_en, b.retired_at IS NOT NULL AS is_retired, count(u.text_block)::int AS uses,
        count(u.text_block) FILTER (WHERE u.is_changed)::int AS changed,
        (SELECT coalesce(jsonb_object_agg(score, n), '{{}}')::text FROM said s WHERE s.text_block = b.id) AS answers
    FROM text_block b LEFT JOIN used u ON u.text_block = b.id WHERE b.retired_at IS NULL OR u.text_block IS NOT NULL
    GROUP BY b.id ORDER BY count(u.text_block) DESC, b.name_de, b.name_en, b.id
"""


async def ways_between(
    start: datetime, end: datetime, *, topic_id: int | None = None, now: datetime
) -> dict[Way, WayFigures]:
    """The figures of every way, of the enquiries that were solved (for the first time) from `start` to before `end`; one statement. How
    it went on is told as of `now`: of what was solved less than seven days ago it is not known yet."""
    found = {way: WayFigures(way) for way in Way}
    for row in await fetch(_WAYS, start, end, topic_id, now, REOPENED_WITHIN):
        found[Way(row.way)] = WayFigures(
            Way(row.way), row.enquiries, row.known, row.resolved, row.reopened, _answers(row.answers), Rate(row.asked, row.answered),
            row.waited,
        )  # fmt: skip
    return found


async def blocks_between(start: datetime, end: datetime, *, topic_id: int | None = None) -> list[BlockUse]:
    """The text blocks, the most used first, with what became of the enquiries in whose answers they were put in these days."""
    rows = await fetch(_BLOCKS, start, end, topic_id)
    return [
        BlockUse(row.id, row.name_de, row.name_en, row.uses, row.changed, _answers(row.answers), row.is_retired)
        for row in rows
    ]


def _answers(encoded: Any) -> dict[int, int]:
    return {int(score): n for score, n in msgspec.json.decode(encoded).items()}
