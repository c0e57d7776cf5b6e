"""How promises stand, recalculation, contact rhythm, public holidays."""

from datetime import UTC, date, datetime, timedelta

import pytest

from crm.service_levels.holidays import UnknownRegion, named_holidays, observances, public_holidays
from crm.service_levels.promises import contact_due_at, days_overdue, promise_state, recalculated_due

NOW = datetime(2026, 11, 23, 13, 10, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def test_promise_is_broken_only_after_the_due_time() -> None:
    assert promise_state(NOW, due_at=NOW) == "running"
    assert promise_state(NOW, due_at=NOW - timedelta(microseconds=1)) == "breached"


def test_warning_begins_at_its_instant() -> None:
    assert promise_state(NOW, due_at=NOW + MINUTE, warn_at=NOW) == "warning"
    assert promise_state(NOW, due_at=NOW + 2 * MINUTE, warn_at=NOW + MINUTE) == "running"


def test_reached_promise_is_kept_or_missed_for_good() -> None:
    assert promise_state(NOW + 900 * MINUTE, due_at=NOW, reached_at=NOW) == "kept"
    assert promise_state(NOW, due_at=NOW, reached_at=NOW + MINUTE) == "missed"


def test_no_due_time_means_the_clock_stands() -> None:
    assert promise_state(NOW, due_at=None) == "paused"


def test_due_time_recalculated_into_the_past_is_due_now_and_no_breach() -> None:
    new = recalculated_due(NOW - 30 * MINUTE, NOW)
    assert (new.due_at, new.is_overtaken) == (NOW, True)
    assert promise_state(NOW + MINUTE, due_at=new.due_at, recalculated=new.is_overtaken) == "warning"
    assert promise_state(NOW + MINUTE, due_at=NOW, reached_at=NOW + MINUTE, recalculated=True) == "kept"


def test_recalculation_doesnt_heal_a_broken_promise() -> None:
    new = recalculated_due(NOW - 30 * MINUTE, NOW, was_breached=True)
    assert (new.due_at, new.is_overtaken) == (NOW - 30 * MINUTE, False)


def test_contact_rhythm() -> None:
    due = contact_due_at(NOW - timedelta(days=39), 30)
    assert days_overdue(due, NOW) == 9
    assert days_overdue(contact_due_at(NOW - timedelta(days=29), 30), NOW) == 0
    assert contact_due_at(NOW, None) is None


def test_states_keep_their_own_holidays() -> None:
    epiphany, unity, assumption = date(2026, 1, 6), date(2026, 10, 3), date(2026, 8, 15)
    bavaria, berlin = public_holidays("de", "by", [2026]), public_holidays("DE", "BE", [2026])
    assert epiphany in bavaria
    assert epiphany not in berlin
    assert unity in bavaria & berlin
    assert assumption not in bavaria
    assert date(2027, 1, 1) in public_holidays("AT", None, range(2026, 2028))


@pytest.mark.parametrize(("country", "state"), [("XX", None), ("DE", "ZZ")])
def test_unknown_region_is_named(country: str, state: str | None) -> None:
    with pytest.raises(UnknownRegion, match=state or country):
        public_holidays(country, state, [2026])


def test_observances_are_apart_from_days_off() -> None:
    """On Christmas Eve Austria's banks close, and the company is open unless it says otherwise."""
    kept = {day.on: day.name for day in observances("AT", None, [2026], "de")}
    assert date(2026, 12, 24) in kept
    assert date(2026, 12, 25) not in kept
    assert date(2026, 12, 24) not in public_holidays("AT", None, [2026])
    names = {day.on: day.name for day in named_holidays("DE", "BY", [2026], "de")}
    assert names[date(2026, 1, 6)] == "Heilige Drei Könige"
    assert {day.on: day.name for day in named_holidays("DE", "BY", [2026], "en")}[date(2026, 1, 6)] == "Epiphany"
