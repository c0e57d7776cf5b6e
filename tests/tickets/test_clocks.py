"""The clocks of an enquiry: due times, pauses, reopening, recalculation."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from crm.service_levels.calendar import Calendar
from crm.service_levels.promises import Target
from crm.tickets.clocks import Clock, Reached, StatusSpan, clocks_of, pauses_of

BERLIN = ZoneInfo("Europe/Berlin")
OFFICE = Calendar(BERLIN, {day: [(time(9), time(12, 45)), (time(13, 45), time(17))] for day in range(5)}, set())
GOLD = Target(first_response_min=60, next_response_min=120, solution_min=240)
MINUTE = timedelta(minutes=1)


def monday(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, 23, hour, minute, tzinfo=BERLIN).astimezone(UTC)


def clocks(now: datetime, **more: object) -> dict[str, Clock]:
    return {clock.kind: clock for clock in clocks_of(GOLD, OFFICE, monday(9, 2), now, **more)}  # type: ignore[arg-type]


def test_due_times_come_from_the_promise() -> None:
    found = clocks(monday(9, 5))
    assert list(found) == ["first_response", "solution"]
    assert found["first_response"].due_at == monday(10, 2)
    assert found["first_response"].warn_at == monday(9, 47)
    assert found["solution"].due_at == monday(14, 2)
    assert found["solution"].used_min == 3
    assert found["solution"].state == "running"


def test_three_targets_from_one_start() -> None:
    office = Calendar(BERLIN, {day: [(time(8), time(18))] for day in range(5)}, set())
    asked = datetime(2013, 3, 21, 9, 30, tzinfo=UTC)
    found = clocks_of(Target(60, 120, 180), office, asked, asked, reached=Reached(asked_at=asked))
    assert [(clock.kind, clock.due_at) for clock in found] == [
        ("first_response", datetime(2013, 3, 21, 10, 30, tzinfo=UTC)),
        ("next_response", datetime(2013, 3, 21, 11, 30, tzinfo=UTC)),
        ("solution", datetime(2013, 3, 21, 12, 30, tzinfo=UTC)),
    ]


def test_nothing_promised_has_no_clock() -> None:
    assert clocks_of(Target(None, None, None), OFFICE, monday(9), monday(9)) == ()


def test_waiting_for_the_customer_stops_the_clock() -> None:
    waiting = {"solution": [(monday(9, 25), monday(10, 10))]}
    solution = clocks(monday(14, 10), pauses=waiting)["solution"]
    assert (solution.used_min, solution.due_at, solution.state) == (203, monday(14, 47), "warning")
    still = {"solution": [(monday(9, 25), None)]}
    solution = clocks(monday(14, 10), pauses=still)["solution"]
    assert (solution.used_min, solution.due_at, solution.state) == (23, None, "paused")


def test_waiting_after_the_breach_doesnt_heal_it() -> None:
    late = {"solution": [(monday(15), None)]}
    assert clocks(monday(16), pauses=late)["solution"].state == "breached"


def test_breached_only_after_the_due_time() -> None:
    assert clocks(monday(14, 2))["solution"].state == "warning"
    assert clocks(monday(14, 2) + timedelta(seconds=1))["solution"].state == "breached"


def test_reopening_continues_the_solution_clock() -> None:
    history = [
        StatusSpan("new", monday(9, 2), monday(9, 20)),
        StatusSpan("open", monday(9, 20), monday(10, 2)),
        StatusSpan("solved", monday(10, 2), monday(15)),
        StatusSpan("open", monday(15), None),
    ]
    pauses = pauses_of(history)
    assert pauses["solution"] == [(monday(10, 2), monday(15))]
    solution = clocks(monday(15, 10), pauses=pauses)["solution"]
    assert solution.used_min == 70
    assert solution.due_at == monday(15) + timedelta(hours=18 + 1)  # 60 + 120 min today, 60 min tomorrow


def test_closing_doesnt_take_the_due_time_away() -> None:
    pauses = pauses_of([StatusSpan("open", monday(9, 2), monday(10)), StatusSpan("solved", monday(10), None)])
    solution = clocks(monday(16), pauses=pauses, reached=Reached(solved_at=monday(10)))["solution"]
    assert (solution.due_at, solution.state, solution.used_min) == (monday(14, 2), "kept", 58)


def test_configured_statuses_pause_configured_clocks() -> None:
    pauses = pauses_of([StatusSpan("postponed", monday(10), monday(11))], {"first_response": ("postponed",)})
    assert pauses == {"first_response": [(monday(10), monday(11))], "next_response": [], "solution": []}


def test_next_response_runs_from_the_question() -> None:
    asked = clocks(monday(14), reached=Reached(first_response_at=monday(9, 20), asked_at=monday(13, 50)))
    assert asked["next_response"].due_at == monday(15, 50)
    answered = Reached(monday(9, 20), asked_at=monday(13, 50), next_response_at=monday(15, 51))
    assert clocks(monday(16), reached=answered)["next_response"].state == "missed"


@pytest.mark.parametrize(("answered", "state"), [(monday(10, 2), "kept"), (monday(10, 3), "missed")])
def test_first_response_is_judged_when_it_comes(answered: datetime, state: str) -> None:
    first = clocks(monday(16), reached=Reached(first_response_at=answered))["first_response"]
    assert first.state == state


def test_due_time_that_a_change_moved_into_the_past_is_due_now() -> None:
    solution = clocks(monday(15), overtaken={"solution": monday(14, 30)})["solution"]
    assert (solution.due_at, solution.state, solution.is_recalculated) == (monday(14, 30), "warning", True)


def test_new_calendar_is_counted_from_the_original_start() -> None:
    holiday = Calendar(BERLIN, OFFICE.hours, {date(2026, 11, 23)})
    (clock,) = clocks_of(Target(None, None, 60), holiday, monday(9, 2), monday(12))
    assert clock.due_at == monday(10) + timedelta(days=1)
    assert clock.used_min == 0
