"""All SQL of the monthly report. One statement reads everything, so that all figures are of one instant.

Each part below is one read; its words for the reader stand in definitions.py. Restricted people and customers are left
out everywhere (GDPR Art. 18: stored and nothing else), deleted customers too.
Parameters: $1 first instant of the month, $2 first instant after it, $3 of the month before, $4 of the twelfth month
back, $5 of the third month back, $6 time zone, $7 the instant up to which is counted: now, at most the month's end.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from crm.consents.queries import STATES
from crm.customers.lists.wanted import Wanted, conditions, search_tests
from crm.database import Arguments, fetch_one, fetch_value
from crm.interactions.counting import SHUT
from crm.reports import (
    figures_measures,
    figures_rights,
    figures_sales,
    figures_targets,
    figures_voices,
    gathering,
    months,
)
from crm.reports.figures_measures import measured_up_to, measures_of
from crm.reports.rollups.queries import answers, contacts, read_days
from crm.reports.shape import MonthFigures
from crm.reports.spans import Span, SpanKind, midnight
from crm.tickets.first_contact import AT_FIRST_CONTACT

_SHARED = f"""
    {SHUT},
    {read_days(zone="$6::text", until="$7::timestamptz")},
    {contacts(zone="$6::text", until="$7::timestamptz", only="/* i.customer */")},
    {answers(zone="$6::text", until="$7::timestamptz", only="/* a.customer */")},
    open_then AS MATERIALIZED (
        SELECT t.id FROM ticket t WHERE t.opened_at < $7 AND (t.solved_at IS NULL OR t.solved_at >= $7) AND NOT EXISTS (
            SELECT FROM closure c WHERE c.ticket = t.id AND c.at < $7 AND (c.reopened_at IS NULL OR c.reopened_at >= $7))
    ),
    gone_on AS MATERIALIZED (
        SELECT c.ticket FROM closure c WHERE c.at >= $3 AND c.at < $7
        UNION SELECT e.ticket FROM escalation e WHERE e.at >= $1 AND e.at < $7
    ),
    enquiry AS MATERIALIZED (
        SELECT t.id, t.topic, t.kind, t.status, t.escalations,
            CASE WHEN EXISTS (SELECT FROM automatic_answer x WHERE x.ticket = t.id AND x.ended_at IS NULL) THEN 0
                ELSE t.required_level END AS required_level, t.service_level, t.opened_at, t.solved_at,
            t.first_response_due_at, t.solution_due_at, t.is_recalculated, t.id IN (SELECT id FROM open_then) AS is_open,
            coalesce(t.first_responded_at, t.solved_at) AS answered_at
        FROM ticket t
        WHERE t.opened_at < $7 AND t.merged_into IS NULL AND t.customer NOT IN (SELECT id FROM shut_customer)
            AND (t.person IS NULL OR t.person NOT IN (SELECT id FROM shut_person))/* t.customer */
            AND (t.opened_at >= $5 OR t.id IN (SELECT id FROM open_then) OR t.id IN (SELECT ticket FROM gone_on)
                OR t.first_responded_at >= $1 OR t.solved_at >= $1
                OR t.first_response_due_at >= $3 AND t.first_response_due_at < $2
                OR t.solution_due_at >= $3 AND t.solution_due_at < $2)
    ),
    promise AS (
        SELECT id, service_level, false AS is_solution, first_response_due_at AS due, answered_at AS reached, is_recalculated,
            false AS stands_still FROM enquiry WHERE first_response_due_at >= $3 AND first_response_due_at < $2
        UNION ALL
        SELECT id, service_level, true, solution_due_at, solved_at, is_recalculated, status IN ('waiting', 'postponed')
            FROM enquiry WHERE solution_due_at >= $3 AND solution_due_at < $2
    ),
    decided AS (
        SELECT id, service_level, is_solution, due >= $1 AS is_this, coalesce(reached <= due, false) AS is_kept FROM promise
        WHERE reached <= due OR (due < $7 AND NOT is_recalculated AND NOT (reached IS NULL AND stands_still))
    ),
    solved AS MATERIALIZED (
        SELECT DISTINCT k.id, t.required_level, {AT_FIRST_CONTACT} AS at_first_contact
        FROM closure c JOIN enquiry t ON t.id = c.ticket JOIN ticket k ON k.id = t.id
        WHERE c.at >= $1 AND c.at < $7 AND c.reopened_at IS NULL
    ),
    consent_step AS MATERIALIZED (
        SELECT e.person_id, e.address_key, p.code, e.event, e.at FROM consent_event e JOIN purpose p ON p.code = e.purpose
        WHERE p.legal_basis = 'consent' AND e.at < $7
            AND (e.person_id IS NULL OR e.person_id NOT IN (SELECT id FROM shut_person))/* e.person_id */
    ),
    {STATES.format(until="at < $7 AND person_id IS NOT NULL AND purpose IN (SELECT code FROM purpose WHERE legal_basis = 'consent')")},
    consent_covered AS MATERIALIZED (
        SELECT purpose AS code, count(DISTINCT person_id) AS n FROM consent_state
        WHERE status = 'given' AND person_id IS NOT NULL AND person_id NOT IN (SELECT id FROM shut_person)/* person_id */
        GROUP BY purpose
    ),
    consent_moved AS MATERIALIZED (
        SELECT code, count(DISTINCT (person_id, address_key)) FILTER (WHERE event IN ('given', 'confirmed')) AS given,
            count(DISTINCT (person_id, address_key)) FILTER (WHERE event IN ('withdrawn', 'objected')) AS withdrawn
        FROM consent_step WHERE at >= $1 GROUP BY code
    )
"""

_PARTS = {
    "channels": """
        SELECT channel AS code, coalesce(sum(n) FILTER (WHERE is_this), 0) AS count,
            coalesce(sum(n) FILTER (WHERE NOT is_this), 0) AS before
        FROM contact WHERE is_recent GROUP BY 1 ORDER BY 2 DESC, 3 DESC, 1
    """,
    "directions": """
        SELECT direction AS code, coalesce(sum(n) FILTER (WHERE is_this), 0) AS count,
            coalesce(sum(n) FILTER (WHERE NOT is_this), 0) AS before
        FROM contact WHERE is_recent GROUP BY 1 ORDER BY 1
    """,
    "phases": "SELECT id, code, name_de, name_en FROM phase ORDER BY position, id",
    "phase_contacts": """
        SELECT coalesce(c.phase, t.phase) AS phase, coalesce(sum(n) FILTER (WHERE is_this), 0) AS count,
            coalesce(sum(n) FILTER (WHERE NOT is_this), 0) AS before
        FROM touched c LEFT JOIN touchpoint t ON t.id = c.touchpoint GROUP BY 1
    """,
    "touchpoints": """
        SELECT t.id, t.code, t.name_de, t.name_en, p.code AS phase, t.department, t.is_moment_of_truth, t.importance,
            t.target::float AS target, t.state
        FROM touchpoint t JOIN phase p ON p.id = t.phase ORDER BY p.position, p.id, t.position, t.id
    """,
    "touchpoint_contacts": """
        SELECT touchpoint, is_this, impression, marked, sum(n) AS n FROM touched
        WHERE touchpoint IS NOT NULL GROUP BY 1, 2, 3, 4
    """,
    "answers": "SELECT touchpoint, metric, score, is_this, sum(n) AS n FROM answer GROUP BY 1, 2, 3, 4",
    "contact_course": "SELECT month, sum(n) AS n FROM contact GROUP BY 1",
    "answer_course": "SELECT month, metric, score, sum(n) AS n FROM answer_course GROUP BY 1, 2, 3",
    "promises": """
        SELECT s.code, s.name_de, s.name_en,
            count(*) FILTER (WHERE is_this AND NOT is_solution AND is_kept) AS first_kept,
            count(*) FILTER (WHERE is_this AND NOT is_solution AND NOT is_kept) AS first_missed,
            count(*) FILTER (WHERE is_this AND is_solution AND is_kept) AS solution_kept,
            count(*) FILTER (WHERE is_this AND is_solution AND NOT is_kept) AS solution_missed,
            count(*) FILTER (WHERE NOT is_this AND is_kept) AS kept_before,
            count(*) FILTER (WHERE NOT is_this AND NOT is_kept) AS missed_before
        FROM service_level s JOIN decided d ON d.service_level = s.id GROUP BY s.id ORDER BY s.position, s.id
    """,
    "levels": """
        SELECT l.level, coalesce(n.opened, 0) AS opened, coalesce(n.opened_before, 0) AS opened_before,
            coalesce(s.solved, 0) AS solved, coalesce(s.at_first_contact, 0) AS solved_at_first_contact,
            coalesce(u.escalations, 0) AS escalations, coalesce(n.open_at_end, 0) AS open_at_end
        FROM (VALUES (0), (1), (2), (3)) AS l (level)
        LEFT JOIN (SELECT required_level AS level, count(*) FILTER (WHERE opened_at >= $1) AS opened,
                count(*) FILTER (WHERE opened_at >= $3 AND opened_at < $1) AS opened_before,
                count(*) FILTER (WHERE is_open) AS open_at_end FROM enquiry GROUP BY 1) n ON n.level = l.level
        LEFT JOIN (SELECT required_level AS level, count(*) AS solved, count(*) FILTER (WHERE at_first_contact) AS at_first_contact
            FROM solved GROUP BY 1) s ON s.level = l.level
        LEFT JOIN (SELECT t.required_level AS level, count(*) AS escalations FROM escalation e JOIN enquiry t ON t.id = e.ticket
            WHERE NOT e.is_back AND e.at >= $1 AND e.at < $7 GROUP BY 1) u ON u.level = l.level
        ORDER BY l.level
    """,
    "topics": """
        SELECT p.code, p.name_de, p.name_en, count(*) FILTER (WHERE t.opened_at >= $1) AS opened,
            count(*) FILTER (WHERE t.opened_at >= $3 AND t.opened_at < $1) AS before,
            round(count(*) FILTER (WHERE t.opened_at < $1) / 3.0, 4)::float AS usual
        FROM enquiry t LEFT JOIN topic p ON p.id = t.topic WHERE t.opened_at >= $5
        GROUP BY p.id ORDER BY 4 DESC, 5 DESC, p.position, p.id
    """,
    "kinds": """
        SELECT kind AS code, count(*) FILTER (WHERE opened_at >= $1) AS count,
            count(*) FILTER (WHERE opened_at < $1) AS before
        FROM enquiry WHERE opened_at >= $3 GROUP BY 1 ORDER BY 2 DESC, 3 DESC, 1
    """,
    "causes": """
        SELECT cause AS code, count(*) FILTER (WHERE c.at >= $1) AS count, count(*) FILTER (WHERE c.at < $1) AS before
        FROM closure c JOIN enquiry t ON t.id = c.ticket WHERE c.at >= $3 AND c.at < $7 AND c.reopened_at IS NULL
        GROUP BY 1 ORDER BY 2 DESC, 3 DESC, 1
    """,
    "origins": """
        SELECT origin_code AS code, count(*) FILTER (WHERE created_at >= $1) AS count,
            count(*) FILTER (WHERE created_at < $1) AS before
        FROM customer WHERE created_at >= $3 AND created_at < $7 AND restricted_at IS NULL
            AND (deleted_at IS NULL OR deleted_at = erased_at)/* id */
        GROUP BY 1 ORDER BY 2 DESC, 3 DESC, 1
    """,
    "overdue": """
        SELECT s.code, s.name_de, s.name_en, count(*) AS customers,
            count(*) FILTER (WHERE f.contact_due_at < $7) AS overdue
        FROM customer c JOIN service_level s ON s.id = c.service_level JOIN customer_figures f ON f.customer = c.id
        WHERE c.status <> 'former' AND c.created_at < $7 AND c.restricted_at IS NULL
            AND (c.deleted_at IS NULL OR c.deleted_at = c.erased_at AND c.erased_at >= $7)/* c.id */
        GROUP BY s.id ORDER BY s.position, s.id
    """,
    "consents": """
        SELECT p.code, p.name_de, p.name_en,
            (SELECT count(*) FROM person WHERE restricted_at IS NULL AND created_at < $7/* person.id */) AS persons,
            coalesce(c.n, 0) AS covered, coalesce(m.given, 0) AS given, coalesce(m.withdrawn, 0) AS withdrawn
        FROM purpose p LEFT JOIN consent_covered c ON c.code = p.code LEFT JOIN consent_moved m ON m.code = p.code
        WHERE p.legal_basis = 'consent' ORDER BY p.position, p.id
    """,
}

_SHARED += "," + figures_sales.SHARED + "," + figures_voices.SHARED
_PARTS |= (
    figures_sales.PARTS | figures_voices.PARTS | figures_rights.PARTS | figures_targets.PARTS | figures_measures.PARTS
)

EVERYTHING = frozenset(_PARTS)
SALES = frozenset({*figures_sales.PARTS, "origins", "overdue"})
VOICES = frozenset({*figures_voices.PARTS, "touchpoints", "touchpoint_contacts", "answers"})
RIGHTS = frozenset({*figures_rights.PARTS, "consents"})
LATER = (SALES | VOICES | RIGHTS) - {"origins", "touchpoints", "touchpoint_contacts", "answers"}
"""Parts by what they tell of. A page may ask for those of LATER once they come into sight."""

_OF_CUSTOMERS = (
    "i.customer", "a.customer", "t.customer", "q.customer", "s.customer", "coalesce(i.customer, k.customer)", "c.id", "id",
)  # fmt: skip
_OF_PERSONS = ("e.person_id", "person_id", "person.id")


def with_shared(select: str, wanted: Wanted | None, arguments: Arguments) -> str:
    """A statement that reads what all figures are counted from (the parts of _SHARED), with the seven parameters told at the top; of
    all customers, or of those that are wanted. What a statement doesn't use costs nothing."""
    if wanted is None:
        return f"WITH {_read_shared(is_raw=False)} {select}"
    where = " AND ".join([*conditions(wanted, arguments), *search_tests(wanted.terms)])
    scope = (
        f"scope AS MATERIALIZED (SELECT c.id FROM customer c JOIN customer_figures f ON f.customer = c.id WHERE {where}), "
        "scope_person AS MATERIALIZED (SELECT DISTINCT person AS id FROM affiliation WHERE customer IN (SELECT id FROM scope))"
    )
    return f"WITH {scope}, {narrowed(_read_shared(is_raw=True))} {narrowed(select)}"


def narrowed(sql: str) -> str:
    """With each mark of a column turned into the condition that it lies within the scope."""
    for column in _OF_CUSTOMERS:
        sql = sql.replace(f"/* {column} */", f" AND {column} IN (SELECT id FROM scope)")
    for column in _OF_PERSONS:
        sql = sql.replace(f"/* {column} */", f" AND {column} IN (SELECT id FROM scope_person)")
    return sql


def _read_shared(*, is_raw: bool) -> str:
    """Counted days know nothing of single customers: with a scope everything is read from the raw rows."""
    if not is_raw:
        return _SHARED
    return _SHARED.replace(
        read_days(zone="$6::text", until="$7::timestamptz"),
        read_days(zone="$6::text", until="$7::timestamptz", all_raw=True),
    )


def arguments_of(span: Span, now: datetime, zone: ZoneInfo) -> Arguments:
    """The seven parameters."""
    start, end = span.bounds(zone)
    year = min(months.earlier(span.last.replace(day=1), 11), span.back(1))
    back = [midnight(day, zone) for day in (span.back(1), year, span.back(3))]
    return Arguments([start, end, *back, zone.key, min(now, end)])


async def figures_of(
    month: date, *, now: datetime, zone: ZoneInfo, is_provisional: bool | None = None, wanted: Wanted | None = None
) -> MonthFigures:
    """The figures of a month as they are now; what is stored with a final run never comes from here again. One statement, and one for each
    measure whose effect is to be measured up to the month's end."""
    span = Span.of_month(month)
    parts = await _parts_of(span, now, zone, wanted, frozenset())
    found = _figures(parts, span, now, zone, wanted, is_provisional)
    if not found.measures:
        return found
    until = min(now, span.bounds(zone)[1])
    return replace(found, measures=await measured_up_to(found.measures, parts["measures"], until, zone))


async def figures_of_span(
    span: Span,
    *,
    now: datetime,
    zone: ZoneInfo,
    is_provisional: bool | None = None,
    wanted: Wanted | None = None,
    without: AbstractSet[str] = frozenset(),
) -> MonthFigures:
    """The same figures of any stretch of days, of all customers or of those that are wanted; parts that are left out stay
    empty (sales and voices: None). One statement; the effects of measures are those that were kept last."""
    return _figures(await _parts_of(span, now, zone, wanted, without), span, now, zone, wanted, is_provisional)


async def _parts_of(
    span: Span, now: datetime, zone: ZoneInfo, wanted: Wanted | None, without: AbstractSet[str]
) -> dict[str, list[dict[str, Any]]]:
    arguments = arguments_of(span, now, zone)
    row = await fetch_one(with_shared(_selected(without), wanted, arguments), *arguments)
    assert row is not None
    return {name: [] if name in without else msgspec.json.decode(row[name]) for name in _PARTS}


def _figures(
    parts: dict[str, list[dict[str, Any]]], span: Span, now: datetime, zone: ZoneInfo, wanted: Wanted | None,
    is_provisional: bool | None,
) -> MonthFigures:  # fmt: skip
    """Requests of data subjects belong to no customer, and measures to all of them: None where some are wanted."""
    end = span.bounds(zone)[1]
    provisional = now < end if is_provisional is None else is_provisional
    found = gathering.gathered(parts, month=span.last.replace(day=1), now=now, is_provisional=provisional)
    measures = measures_of(parts, min(now, end), zone) if wanted is None else None
    found = replace(found, measures=measures, requests=found.requests if wanted is None else None)
    return found if span.kind is SpanKind.MONTH else replace(found, month=span.first, last=span.last)


def _selected(without: AbstractSet[str]) -> str:
    return "SELECT " + ", ".join(
        f"(SELECT coalesce(json_agg(row_to_json(x)), '[]') FROM ({sql}) x)::text AS {name}"
        for name, sql in _PARTS.items()
        if name not in without
    )


async def first_month(zone: ZoneInfo) -> date | None:
    """The month of the oldest contact, enquiry or answer; None while there is nothing to report."""
    oldest = await fetch_value(
        "SELECT least((SELECT min(at) FROM interaction), (SELECT min(opened_at) FROM ticket), "
        "(SELECT min(at) FROM survey_answer))"
    )
    return months.month_of(oldest, zone) if oldest else None
