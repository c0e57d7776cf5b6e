"""Days that figures are asked for, and the stretch before them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from crm.errors import Invalid
from crm.reports.spans import Span, SpanKind, quarter_of, span_of, year_of
from tests.reports.world import BERLIN

NOW = datetime(2026, 11, 27, 22, tzinfo=UTC)


def test_without_days_it_is_the_last_thirty_ending_today() -> None:
    span = span_of({}, NOW, BERLIN)
    assert (span.first, span.last, span.days, span.query()) == (date(2026, 10, 29), date(2026, 11, 27), 30, {})
    assert span.back(1) == date(2026, 9, 29)
    assert not span.is_running(NOW, BERLIN)


def test_today_is_that_of_the_company() -> None:
    assert span_of({}, NOW + timedelta(hours=2), BERLIN).last == date(2026, 11, 28)
    assert span_of({}, NOW + timedelta(hours=2), ZoneInfo("America/New_York")).last == date(2026, 11, 27)


@pytest.mark.parametrize(
    ("first", "last", "kind", "before"),
    [
        ("2026-10-01", "2026-10-31", SpanKind.MONTH, date(2026, 9, 1)),
        ("2024-02-01", "2024-02-29", SpanKind.MONTH, date(2024, 1, 1)),
        ("2026-07-01", "2026-09-30", SpanKind.QUARTER, date(2026, 4, 1)),
        ("2026-08-01", "2026-10-31", SpanKind.DAYS, date(2026, 5, 1)),
        ("2025-01-01", "2025-12-31", SpanKind.YEAR, date(2024, 1, 1)),
        ("2026-11-03", "2026-11-17", SpanKind.DAYS, date(2026, 10, 19)),
        ("2026-11-03", "2026-11-03", SpanKind.DAYS, date(2026, 11, 2)),
    ],
)
def test_whole_months_quarters_and_years_are_compared_with_whole_ones(
    first: str, last: str, kind: SpanKind, before: date
) -> None:
    span = span_of({"from": first, "to": last}, NOW, BERLIN)
    assert (span.kind, span.back(1)) == (kind, before)
    assert span_of(span.query(), NOW, BERLIN) == span


def test_a_running_month_is_said_to_run() -> None:
    assert Span.of_month(date(2026, 11, 1)).is_running(NOW, BERLIN)
    assert not Span.of_month(date(2026, 10, 1)).is_running(NOW, BERLIN)
    assert (quarter_of(date(2026, 11, 27)).first, year_of(date(2026, 11, 27)).last) == (
        date(2026, 10, 1),
        date(2026, 12, 31),
    )


def test_a_month_with_the_end_of_summer_time_has_an_hour_more() -> None:
    start, end = Span.of_month(date(2026, 10, 1)).bounds(BERLIN)
    assert end - start == timedelta(days=31, hours=1)


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"month": "2026-13"}, "month"),
        ({"month": "2027-01"}, "month"),
        ({"month": "x"}, "month"),
        ({"from": "2026-10-01"}, "to"),
        ({"to": "2026-10-01"}, "from"),
        ({"from": "1.10.2026", "to": "2026-10-05"}, "from"),
        ({"from": "2026-10-05", "to": "2026-10-01"}, "to"),
        ({"from": "2027-10-05", "to": "2027-10-06"}, "from"),
        ({"from": "0001-01-01", "to": "0001-01-02"}, "from"),
        ({"from": "2024-01-01", "to": "2026-01-02"}, "to"),
        ({"from": "2026-10-01\x00", "to": "2026-10-02"}, "from"),
    ],
)
def test_what_are_no_days_is_said_in_a_sentence(asked: dict[str, str], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        span_of(asked, NOW, BERLIN)
    assert set(refused.value.errors) == {field}
