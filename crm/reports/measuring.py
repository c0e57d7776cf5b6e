"""The reads behind metrics.py: the raw values of a period, one statement each.

The same rows count as in figures.py: restricted people and customers are left out (GDPR Art. 18), deleted customers too.
Parameters: $1 first instant of the period, $2 first instant after it, $3 touchpoint or null for all, $4 the instant up to which
is counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import chain

import msgspec

from crm.database import Row, fetch, fetch_one, fetch_value
from crm.interactions.counting import COUNTED, SHUT
from crm.reports.rollups.queries import ANSWER_COUNTED
from crm.service_levels.queries import TERMS, terms_from
from crm.tickets.clocks import ClockKind, StatusSpan, pauses_of
from crm.tickets.first_contact import AT_FIRST_CONTACT
from crm.tickets.promising import PAUSES


@dataclass(frozen=True, slots=True)
class Period:
    start: datetime
    end: datetime
    until: datetime
    """When it was counted: the end, or before."""
    touchpoint_id: int | None = None

    @property
    def arguments(self) -> tuple[datetime, datetime, int | None, datetime]:
        return self.start, self.end, self.touchpoint_id, self.until


_PERIOD = (
    "SELECT $1::timestamptz AS starts, $2::timestamptz AS ends, $3::bigint AS touchpoint, $4::timestamptz AS until"
)
_OPEN = """k.merged_into IS NULL AND k.customer NOT IN (SELECT id FROM shut_customer)
        AND (k.person IS NULL OR k.person NOT IN (SELECT id FROM shut_person))"""
_HERE = """(period.touchpoint IS NULL OR period.touchpoint = (SELECT i.touchpoint FROM interaction i
        WHERE i.ticket = k.id AND i.touchpoint IS NOT NULL ORDER BY i.at, i.id LIMIT 1))"""

_ANSWERS = f"""
    WITH {SHUT}, period AS ({_PERIOD})
    SELECT a.score, count(*)::int AS n FROM survey_answer a CROSS JOIN period
    WHERE a.metric = $5 AND a.at >= starts AND a.at < until AND (period.touchpoint IS NULL OR a.touchpoint = period.touchpoint)
        AND {ANSWER_COUNTED}
    GROUP BY 1
"""
_CONTACTS = f"""
    WITH {SHUT}, period AS ({_PERIOD})
    SELECT count(*)::int FROM interaction i CROSS JOIN period
    WHERE i.at >= starts AND i.at < until AND (period.touchpoint IS NULL OR i.touchpoint = period.touchpoint) AND {COUNTED}
"""
_PROMISES = f"""
    WITH {SHUT}, period AS ({_PERIOD}),
    promise AS (
        SELECT k.id, k.first_response_due_at AS due, coalesce(k.first_responded_at, k.solved_at) AS reached, k.is_recalculated,
            false AS stands_still
        FROM ticket k CROSS JOIN period
        WHERE k.first_response_due_at >= starts AND k.first_response_due_at < ends AND k.opened_at < until AND {_OPEN} AND {_HERE}
        UNION ALL
        SELECT k.id, k.solution_due_at, k.solved_at, k.is_recalculated, k.status IN ('waiting', 'postponed')
        FROM ticket k CROSS JOIN period
        WHERE k.solution_due_at >= starts AND k.solution_due_at < ends AND k.opened_at < until AND {_OPEN} AND {_HERE}
    )
    SELECT count(*) FILTER (WHERE reached <= due IS NOT TRUE)::int AS missed, count(*)::int AS n FROM promise CROSS JOIN period
    WHERE reached <= due OR (due < until AND NOT is_recalculated AND NOT (reached IS NULL AND stands_still))
"""
_SOLVED = f"""
    WITH {SHUT}, period AS ({_PERIOD})
    SELECT count(*) FILTER (WHERE at_once)::int AS at_once, count(*)::int AS n FROM (
        SELECT {AT_FIRST_CONTACT} AS at_once FROM ticket k CROSS JOIN period
        WHERE k.id IN (SELECT c.ticket FROM closure c CROSS JOIN period
                WHERE c.at >= starts AND c.at < until AND c.reopened_at IS NULL)
            AND k.opened_at < until AND {_OPEN} AND {_HERE}
    ) solved
"""
_NEWEST = "(SELECT max(v.id) FROM service_level_version v WHERE v.service_level = k.service_level)"
_RESPONDED = f"""
    WITH {SHUT}, period AS ({_PERIOD})
    SELECT coalesce(k.promised_from, k.opened_at) AS started_at, coalesce(k.first_responded_at, k.solved_at) AS responded_at,
        coalesce(k.first_terms, k.terms, {_NEWEST}) AS version, {PAUSES} AS pauses
    FROM ticket k CROSS JOIN period
    WHERE coalesce(k.first_responded_at, k.solved_at) >= starts AND coalesce(k.first_responded_at, k.solved_at) < until
        AND k.opened_at < until AND {_OPEN} AND {_HERE}
"""
_MINUTES = f"""
    WITH responded AS MATERIALIZED ({_RESPONDED})
    SELECT x.version, {TERMS.format(version="x.version")} AS terms, min(x.started_at) AS first_at, max(x.responded_at) AS last_at,
        json_agg(json_build_array(x.started_at, x.responded_at, x.pauses::json))::text AS enquiries
    FROM responded x GROUP BY x.version
"""
_QUOTATIONS = f"""
    WITH {SHUT}, period AS ({_PERIOD})
    SELECT q.turnaround_min / 60.0::float AS hours FROM quotation q CROSS JOIN period
    WHERE q.sent_at >= starts AND q.sent_at < until AND q.requested_at < until AND q.turnaround_min IS NOT NULL
        AND q.customer NOT IN (SELECT id FROM shut_customer)
"""


async def answers(metric: str, period: Period) -> dict[int, int]:
    """Customers' own answers of one kind: score -> how often."""
    return {row.score: row.n for row in await fetch(_ANSWERS, *period.arguments, metric)}


async def contacts(period: Period) -> int:
    """How many contacts there were."""
    return int(await fetch_value(_CONTACTS, *period.arguments))


async def promises_missed(period: Period) -> tuple[int, int]:
    """Of the promises whose due time lies in the period: how many were missed, and how many are decided."""
    return _pair(await fetch_one(_PROMISES, *period.arguments))


async def solved_at_first_contact(period: Period) -> tuple[int, int]:
    """Of the enquiries solved in the period and not open again: how many at the first contact, and how many in all."""
    return _pair(await fetch_one(_SOLVED, *period.arguments))


async def minutes_to_first_response(period: Period) -> list[float]:
    """The minutes of business time to each first response, by the calendar and the pauses of the promise that applied."""
    return list(chain.from_iterable(_minutes(row) for row in await fetch(_MINUTES, *period.arguments)))


async def hours_to_quotations(period: Period) -> list[float]:
    """The hours of business time from each request to the sending of the quotation."""
    return [row.hours for row in await fetch(_QUOTATIONS, *period.arguments)]


_Enquiry = tuple[datetime, datetime, list[tuple[str, datetime, datetime | None]]]


def _minutes(row: Row) -> list[float]:
    terms = terms_from(row.terms, row.first_at, row.last_at)
    pausing: dict[ClockKind, frozenset[str]] = {"first_response": terms.level.pauses("first_response")}
    found = []
    for started_at, responded_at, spans in msgspec.json.decode(row.enquiries, type=list[_Enquiry]):
        pauses = pauses_of([StatusSpan(*span) for span in spans], pausing)["first_response"]
        before = [pause for pause in pauses if pause[0] < responded_at]
        found.append(terms.calendar.minutes_between(started_at, responded_at, before))
    return found


def _pair(row: Row | None) -> tuple[int, int]:
    assert row is not None
    hits, n = row
    return hits, n
