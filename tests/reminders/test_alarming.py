"""When somebody is alarmed, and who; in literals."""

from datetime import UTC, datetime, timedelta

import pytest

from crm.reminders.alarming import Looker, is_bad_answer, is_bad_moment, is_fresh, told_first

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
OWNER, DEPUTY, LEAD = Looker(1), Looker(2), Looker(3)
AWAY_OWNER, AWAY_DEPUTY, AWAY_LEAD = Looker(1, True), Looker(2, True), Looker(3, True)


@pytest.mark.parametrize(
    ("impression", "is_moment", "is_bad"),
    [(1, True, True), (2, True, True), (3, True, False), (None, True, False), (1, False, False)],
)
def test_a_contact_alarms_that_went_badly_at_a_moment_of_truth(
    impression: int | None, is_moment: bool, is_bad: bool
) -> None:
    assert is_bad_moment(impression, is_moment) is is_bad


@pytest.mark.parametrize(
    ("metric", "score", "is_bad"),
    [
        ("nps", 0, True), ("nps", 6, True), ("nps", 7, False), ("csat", 2, True), ("csat", 3, False), ("effort", 2, True),
        ("effort", 3, False),
    ],
)  # fmt: skip
def test_an_answer_alarms_that_is_low_on_its_own_scale(metric: str, score: int, is_bad: bool) -> None:
    assert is_bad_answer(metric, score) is is_bad


def test_what_is_old_when_it_becomes_known_alarms_nobody() -> None:
    assert is_fresh(NOW - timedelta(days=14), NOW)
    assert not is_fresh(NOW - timedelta(days=14, seconds=1), NOW)


@pytest.mark.parametrize(
    ("owner", "deputy", "leads", "told"),
    [
        (OWNER, DEPUTY, [LEAD], (1,)),
        (AWAY_OWNER, DEPUTY, [LEAD], (2,)),
        (None, DEPUTY, [LEAD], (2,)),
        (None, None, [LEAD, Looker(4), Looker(5, True)], (3, 4)),
        (AWAY_OWNER, AWAY_DEPUTY, [LEAD], (3,)),
        (AWAY_OWNER, None, [], (1,)),
        (None, AWAY_DEPUTY, [AWAY_LEAD], (2,)),
        (None, None, [AWAY_LEAD], (3,)),
        (None, None, [], ()),
    ],
)
def test_the_owner_is_told_or_whoever_stands_in(
    owner: Looker | None, deputy: Looker | None, leads: list[Looker], told: tuple[int, ...]
) -> None:
    assert told_first(owner, deputy, leads) == told
