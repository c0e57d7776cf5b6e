"""How long customers waited, in business time: by the calendar and the pauses of the promise that applied to each enquiry.

The same rule as the metric "time to the first response" (crm/reports/metrics.py); a test holds both to each other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Literal

import msgspec

from crm.reports.places.shape import Wait
from crm.service_levels.queries import TERMS, terms_from
from crm.tickets.clocks import ClockKind, StatusSpan, pauses_of
from crm.tickets.promising import PAUSES
from crm.touchpoints.statistics import median_estimate

_NEWEST = "(SELECT max(v.id) FROM service_level_version v WHERE v.service_level = k.service_level)"
_STARTED = "coalesce(k.promised_from, k.opened_at)"

WAITED = f"""
    waited AS MATERIALIZED (
        SELECT d.sort, d.place, 'first_response' AS clock, {_STARTED} AS started_at, d.answered_at AS reached_at,
            coalesce(k.first_terms, k.terms, {_NEWEST}) AS version, {PAUSES}::json AS pauses
        FROM mine d JOIN ticket k ON k.id = d.id WHERE d.answered_at >= $1 AND d.answered_at < $7
        UNION ALL
        SELECT d.sort, d.place, 'solution', {_STARTED}, d.solved_at, coalesce(k.terms, {_NEWEST}), {PAUSES}::json
        FROM mine d JOIN ticket k ON k.id = d.id WHERE d.solved_at >= $1 AND d.solved_at < $7
    )"""
"""A part of a WITH, after `mine`: enquiries with where they belong (sort, place)."""

WAITS = f"""
    SELECT {TERMS.format(version="x.version")} AS terms, min(x.started_at) AS first_at, max(x.reached_at) AS last_at,
        json_agg(json_build_array(x.sort, x.place, x.clock, x.started_at, x.reached_at, x.pauses)) AS enquiries
    FROM waited x WHERE x.version IS NOT NULL GROUP BY x.version
"""

Key = tuple[str, str]
Clock = Literal["first_response", "solution"]


class _Of(msgspec.Struct):
    """The enquiries of one version of a service level."""

    terms: str
    first_at: datetime
    last_at: datetime
    enquiries: list[tuple[str, str, Clock, datetime, datetime, list[tuple[str, datetime, datetime | None]]]]


def waits_of(rows: Iterable[Mapping[str, Any]]) -> dict[Key, tuple[Wait, Wait]]:
    """Per sort and place: the wait for the first response, and for the solution."""
    minutes: defaultdict[Key, dict[Clock, list[float]]] = defaultdict(lambda: {"first_response": [], "solution": []})
    for row in msgspec.convert(list(rows), list[_Of]):
        terms = terms_from(row.terms, row.first_at, row.last_at)
        pausing: dict[ClockKind, frozenset[str]] = {
            "first_response": terms.level.pauses("first_response"), "solution": terms.level.pauses("solution"),
        }  # fmt: skip
        for sort, place, clock, started_at, reached_at, spans in row.enquiries:
            pauses = pauses_of([StatusSpan(*span) for span in spans], pausing)[clock] if spans else []
            before = [pause for pause in pauses if pause[0] < reached_at]
            minutes[sort, place][clock].append(terms.calendar.minutes_between(started_at, reached_at, before))
    return {key: (_wait(each["first_response"]), _wait(each["solution"])) for key, each in minutes.items()}


def _wait(minutes: list[float]) -> Wait:
    estimate = median_estimate(minutes)
    if estimate is None:
        return Wait()
    low, high = estimate.interval or (None, None)
    return Wait(estimate.value, estimate.n, low, high)
