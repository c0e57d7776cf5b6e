"""When mail may come: literals on the wall clock of Berlin, over nights, Sundays, holidays and the change of the clocks."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from crm.notifications.kinds import Group
from crm.notifications.quiet_times import Preference, Wish, next_allowed, when_to_mail
from crm.service_levels.calendar import Calendar

BERLIN = ZoneInfo("Europe/Berlin")
CALENDAR = Calendar(BERLIN, {}, {date(2026, 12, 25), date(2026, 12, 26), date(2026, 10, 3)})
DIGEST = dict.fromkeys(Group, Wish.DIGEST)


def mailed(words: str, **wishes: object) -> str:
    """When something of this local moment is mailed, as local words."""
    at = when_to_mail(Preference(**wishes), Group.FOLLOW_UPS, CALENDAR, berlin(words))  # type: ignore[arg-type]
    return at.astimezone(BERLIN).strftime("%Y-%m-%d %H:%M:%S") if at else "never"


def berlin(words: str) -> datetime:
    return datetime.fromisoformat(words).replace(tzinfo=BERLIN).astimezone(UTC)


@pytest.mark.parametrize(
    ("now", "then"),
    [
        ("2026-11-27 07:00:00", "2026-11-27 07:00:00"),  # a Friday
        ("2026-11-27 19:59:59", "2026-11-27 19:59:59"),
        ("2026-11-27 20:00:00", "2026-11-28 07:00:00"),  # on Saturdays people may be told
        ("2026-11-27 06:59:59", "2026-11-27 07:00:00"),
        ("2026-11-28 20:00:00", "2026-11-30 07:00:00"),  # over Sunday
        ("2026-11-29 12:00:00", "2026-11-30 07:00:00"),
        ("2026-12-24 21:00:00", "2026-12-28 07:00:00"),  # two holidays and a Sunday
        ("2026-10-02 23:00:00", "2026-10-05 07:00:00"),  # German Unity Day is a Saturday
    ],
)
def test_at_once_means_not_at_night_nor_on_days_off(now: str, then: str) -> None:
    assert mailed(now) == then


@pytest.mark.parametrize(
    ("now", "wishes", "then"),
    [
        ("2026-11-27 22:00:00", {"at_night": True}, "2026-11-27 22:00:00"),
        ("2026-11-28 23:59:59", {"at_night": True}, "2026-11-28 23:59:59"),
        ("2026-11-29 00:00:00", {"at_night": True}, "2026-11-30 00:00:00"),
        ("2026-11-29 12:00:00", {"on_days_off": True}, "2026-11-29 12:00:00"),
        ("2026-11-28 21:00:00", {"on_days_off": True}, "2026-11-29 07:00:00"),
        ("2026-12-25 03:00:00", {"at_night": True, "on_days_off": True}, "2026-12-25 03:00:00"),
    ],
)
def test_whoever_asks_for_it_is_told_in_quiet_times(now: str, wishes: dict[str, object], then: str) -> None:
    assert mailed(now, **wishes) == then


@pytest.mark.parametrize(
    ("now", "wishes", "then"),
    [
        ("2026-11-27 06:59:59", {}, "2026-11-27 07:00:00"),
        ("2026-11-27 07:00:00", {}, "2026-11-27 07:00:00"),
        ("2026-11-27 07:00:01", {}, "2026-11-28 07:00:00"),
        ("2026-11-28 09:00:00", {}, "2026-11-30 07:00:00"),
        ("2026-11-28 09:00:00", {"on_days_off": True}, "2026-11-29 07:00:00"),
        ("2026-11-27 07:00:01", {"digest_at": time(17, 30)}, "2026-11-27 17:30:00"),
        ("2026-11-27 18:00:00", {"digest_at": time(5), "at_night": True}, "2026-11-28 05:00:00"),
        ("2026-11-27 18:00:00", {"digest_at": time(5)}, "2026-11-28 07:00:00"),  # an hour that is quiet again
    ],
)
def test_a_digest_comes_at_its_time_on_the_next_day_that_is_not_off(
    now: str, wishes: dict[str, object], then: str
) -> None:
    assert mailed(now, wishes=DIGEST, **wishes) == then


def test_over_the_change_of_the_clocks_it_is_seven_on_the_wall() -> None:
    at = when_to_mail(Preference(DIGEST, on_days_off=True), Group.ALARMS, CALENDAR, berlin("2026-10-24 12:00:00"))
    assert at == datetime(2026, 10, 25, 6, 0, tzinfo=UTC), "winter time since three o'clock"
    at = when_to_mail(Preference(DIGEST, on_days_off=True), Group.ALARMS, CALENDAR, berlin("2026-03-28 12:00:00"))
    assert at == datetime(2026, 3, 29, 5, 0, tzinfo=UTC), "summer time since two o'clock"


def test_a_time_that_the_change_leaves_out_comes_an_hour_later_and_a_repeated_one_once() -> None:
    night = {"digest_at": time(2, 30), "at_night": True, "on_days_off": True, "wishes": DIGEST}
    assert mailed("2026-03-28 12:00:00", **night) == "2026-03-29 03:30:00"
    at = when_to_mail(Preference(**night), Group.REST, CALENDAR, berlin("2026-10-24 12:00:00"))  # type: ignore[arg-type]
    assert at == datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "the first half past two"


def test_each_group_goes_its_own_way_and_none_is_never() -> None:
    preference = Preference({Group.ENQUIRIES: Wish.NONE, Group.REST: Wish.DIGEST})
    now = berlin("2026-11-27 10:00:00")
    moments = [when_to_mail(preference, group, CALENDAR, now) for group in Group]
    assert moments == [now, None, now, berlin("2026-11-28 07:00:00")]


def test_a_moment_is_never_before_now_and_is_allowed_itself() -> None:
    for hour in range(24 * 40):
        now = datetime.fromtimestamp(datetime(2026, 12, 1, tzinfo=UTC).timestamp() + hour * 3600 + 17, UTC)
        for preference in (Preference(), Preference(at_night=True), Preference(on_days_off=True)):
            at = next_allowed(preference, CALENDAR, now)
            assert at >= now
            assert next_allowed(preference, CALENDAR, at) == at
