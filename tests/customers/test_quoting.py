"""The way of a quotation: what follows from a step, what does not fit, and how long it took in business time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.customers.quotations.quoting import (
    DECIDED,
    Course,
    QuotationStatus,
    Slip,
    decision_time,
    followed,
    slips,
    turnaround,
    waiting,
)
from crm.service_levels.calendar import Calendar

S = QuotationStatus
OFFICE = Calendar(ZoneInfo("Europe/Berlin"), {day: [(time(8), time(18))] for day in range(5)}, {date(2026, 11, 18)})
FRIDAY = datetime(2026, 11, 13, 15, 0, tzinfo=UTC)  # 16:00 in Berlin
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def test_turnaround_counts_business_time() -> None:
    sent = datetime(2026, 11, 16, 8, 0, tzinfo=UTC)  # Monday, 9:00
    course = Course(S.SENT, FRIDAY, sent, number="AN-1")
    assert turnaround(course, OFFICE) == 180, "two hours on Friday, one on Monday"
    assert turnaround(Course(S.REQUESTED, FRIDAY), OFFICE) is None


def test_decision_time_leaves_out_the_holiday() -> None:
    sent = datetime(2026, 11, 17, 16, 0, tzinfo=UTC)
    course = Course(S.ACCEPTED, FRIDAY, sent, datetime(2026, 11, 19, 8, 0, tzinfo=UTC), number="AN-1")
    assert decision_time(course, OFFICE) == 120, "an hour on Tuesday, none on the day off, one on Thursday"


def test_a_quotation_waits_for_us_then_for_the_customer_then_no_more() -> None:
    now = datetime(2026, 11, 16, 8, 0, tzinfo=UTC)
    assert waiting(Course(S.REQUESTED, FRIDAY), OFFICE, now) == 180
    assert waiting(Course(S.SENT, FRIDAY, datetime(2026, 11, 16, 7, 30, tzinfo=UTC)), OFFICE, now) == 30
    assert waiting(Course(S.ACCEPTED, FRIDAY, FRIDAY, FRIDAY), OFFICE, now) is None


def test_who_says_sent_means_now() -> None:
    assert followed(Course(S.SENT, FRIDAY), {"status"}, NOW).sent_at == NOW
    accepted = followed(Course(S.ACCEPTED, FRIDAY), {"status"}, NOW)
    assert (accepted.sent_at, accepted.decided_at) == (NOW, NOW)


def test_a_step_taken_back_takes_its_time_along() -> None:
    decided = Course(S.DECLINED, FRIDAY, FRIDAY, NOW, "price", "AN-1")
    back = followed(replace(decided, status=S.SENT), {"status"}, NOW)
    assert (back.sent_at, back.decided_at, back.decline_reason) == (FRIDAY, None, "")
    assert slips(back, NOW) == {}
    assert followed(replace(decided, status=S.REQUESTED), {"status"}, NOW).sent_at is None


def test_declined_before_it_was_sent() -> None:
    course = followed(Course(S.DECLINED, FRIDAY, decline_reason="too_late"), {"status", "decline_reason"}, NOW)
    assert (course.sent_at, course.decided_at) == (None, NOW)
    assert slips(course, NOW) == {}


@pytest.mark.parametrize(
    ("course", "expected"),
    [
        (Course(S.DECLINED, FRIDAY, FRIDAY, NOW, "", "AN-1"), {"decline_reason": Slip.NO_REASON}),
        (Course(S.SENT, FRIDAY, FRIDAY), {"number": Slip.NO_NUMBER}),
        (Course(S.SENT, FRIDAY, FRIDAY - timedelta(days=1), number="AN-1"), {"sent_at": Slip.SENT_BEFORE_REQUESTED}),
        (Course(S.ACCEPTED, FRIDAY, NOW, FRIDAY, number="AN-1"), {"decided_at": Slip.DECIDED_BEFORE_SENT}),
        (Course(S.REQUESTED, NOW + timedelta(minutes=1)), {"requested_at": Slip.IN_FUTURE}),
        (Course(S.REQUESTED, FRIDAY, FRIDAY, number="AN-1"), {"sent_at": Slip.NOT_SENT}),
        (Course(S.SENT, FRIDAY, FRIDAY, NOW, number="AN-1"), {"decided_at": Slip.NOT_DECIDED}),
        (Course(S.ACCEPTED, FRIDAY, FRIDAY, NOW, "price", "AN-1"), {"decline_reason": Slip.NOT_DECLINED}),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_named(course: Course, expected: dict[str, Slip]) -> None:
    assert slips(course, NOW) == expected


moments = st.none() | st.integers(0, 13_000).map(lambda days: datetime(1990, 1, 1, tzinfo=UTC) + timedelta(days=days))


@given(st.sampled_from(S), moments, moments, st.sampled_from(["", "price"]), st.sets(st.sampled_from(["status"])))
def test_what_follows_fits_but_for_what_was_said(
    status: QuotationStatus, sent: datetime | None, decided: datetime | None, reason: str, said: set[str]
) -> None:
    requested = datetime(1980, 1, 1, tzinfo=UTC)
    course = followed(Course(status, requested, sent, decided, reason, "AN-1"), said, NOW)
    assert course == followed(course, said, NOW), "a second time changes nothing"
    left = set(slips(course, NOW).values()) - {Slip.NO_REASON, Slip.DECIDED_BEFORE_SENT}
    assert not left
    assert (course.decided_at is not None) == (status in DECIDED)
    assert (course.sent_at is not None) or status in (S.REQUESTED, S.DECLINED)


def test_steps_at_the_same_moment_took_no_time_that_anybody_knows() -> None:
    course = Course(S.ACCEPTED, FRIDAY, FRIDAY, FRIDAY, number="AN-1")
    assert turnaround(course, OFFICE) is None
    assert decision_time(course, OFFICE) is None
