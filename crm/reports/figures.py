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
    figures_enquiries,
    figures_measures,
    figures_responses,
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

_SHARED = f"""
    {SHUT},
    {read_days(zone="$6::text", until="$7::timestamptz")},
    {contacts(zone="$6::text", until="$7::timestamptz", only="/* i.customer */")},
    {answers(zone="$6::text", until="$7::timestamptz", only="/* a.customer */")},
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

_SHARED = ",".join((_SHARED, figures_enquiries.SHARED, figures_sales.SHARED, figures_voices.SHARED))
_PARTS |= figures_enquiries.PARTS | figures_sales.PARTS | figures_voices.PARTS
_PARTS |= figures_rights.PARTS | figures_targets.PARTS | figures_measures.PARTS | figures_responses.PARTS

EVERYTHING = frozenset(_PARTS)
SALES = frozenset({*figures_sales.PARTS, "origins", "overdue"})
_MEASURED = frozenset({"touchpoints", "touchpoint_contacts", "answers", "invited"})
VOICES = frozenset({*figures_voices.PARTS, *_MEASURED})
MEASURES = frozenset({*figures_measures.PARTS, *_MEASURED})
RIGHTS = frozenset({*figures_rights.PARTS, "consents"})
SERVICE = frozenset({*figures_enquiries.PARTS, *figures_targets.PARTS})
LATER = (SALES | VOICES | MEASURES | RIGHTS | SERVICE) - _MEASURED - {"origins", *figures_targets.PARTS}
"""Parts by what they tell of. A page may ask for those of LATER once they come into sight."""

_OF_CUSTOMERS = (
    "i.customer", "a.customer", "t.customer", "q.customer", "s.customer", "coalesce(i.customer, k.customer)", "i.customer_id", "c.id",
    "id",
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
    month: date,
    *,
    now: datetime,
    zone: ZoneInfo,
    is_provisional: bool | None = None,
    wanted: Wanted | None = None,
    with_effects: bool = True,
) -> MonthFigures:
    """The figures of a month as they are now; what is stored with a final run never comes from here again. One statement, and one for each
    measure whose effect is to be measured up to the month's end; with_effects=False leaves it at those that were kept."""
    span = Span.of_month(month)
    parts = await _parts_of(span, now, zone, wanted, frozenset())
    found = _figures(parts, span, now, zone, wanted, is_provisional)
    if not found.measures or not with_effects:
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
