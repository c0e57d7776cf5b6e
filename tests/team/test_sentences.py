"""The sentences before the figures of the team, and their bars."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from crm.reports.shape import Counted
from crm.team.drawing import FOOT, TOP, bars_of
from crm.team.periods import Period
from crm.team.queries import Contacts, DayCount, Work
from crm.team.sentences import summary
from crm.web.i18n import speaking

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
IDLE = Work(0, "", None, 0, None, 0, None, 0, 0, 0)
BUSY = Work(
    3, "Größmann Küchen GmbH", NOW - timedelta(days=120), 2, NOW - timedelta(days=5), 1, NOW - timedelta(days=1), 4, 1, 0
)  # fmt: skip
DAYS = [DayCount(date(2026, 11, 23) + timedelta(days=n), count, 10) for n, count in enumerate((10, 40, 20, 30))]
CONTACTS = Contacts(100, 80, DAYS, [Counted("phone", 60, 40), Counted("email", 40, 40)], [])


def test_a_week_in_german() -> None:
    with speaking("de"):
        assert summary(Period.WEEK, CONTACTS, BUSY, NOW) == [
            "Diese Woche gab es 100 Kontakte mit Kunden, 25\u00a0% mehr als an denselben Tagen der Vorwoche.",
            "Am meisten los war am Di., 24. November: 40 Kontakte. Der häufigste Kanal ist Telefon (60\u00a0%).",
            "3 Kunden sind zu lange ohne Kontakt: am längsten Größmann Küchen GmbH, seit 120 Tagen.",
            "Auf 2 Angebote wird noch gewartet (das älteste liegt seit 5 Tagen); über ein verschicktes Angebot ist nicht entschieden "
            "(das älteste liegt seit einem Tag).",
            "4 Wiedervorlagen sind überfällig, ein Kunde wartet auf einen Rückruf.",
        ]  # fmt: skip


def test_a_month_in_english() -> None:
    with speaking("en"):
        assert summary(Period.MONTH, CONTACTS, BUSY, NOW) == [
            "100 contacts with customers this month, 25% more than on the same days of last month.",
            "The busiest day was Tue, 24 November with 40 contacts; the channel used most is Phone (60%).",
            "3 customers have been without contact too long: longest Größmann Küchen GmbH, for 120 days.",
            "2 quotations are waited for (the oldest for 5 days); one quotation that was sent is not decided (the oldest for one day).",
            "4 follow-ups are overdue, one customer waits for a call.",
        ]  # fmt: skip


def test_a_quiet_time_is_said_in_two_sentences() -> None:
    with speaking("de"):
        assert summary(Period.LAST_MONTH, Contacts(0, 0, [], [], []), IDLE, NOW) == [
            "Letzten Monat gab es keinen Kontakt mit Kunden.",
            "Nichts bleibt liegen: Mit jedem Kunden gab es rechtzeitig Kontakt.",
        ]


def test_small_numbers_are_told_as_they_are() -> None:
    """From 2 to 4 is not "100 % more"."""
    with speaking("de"):
        said = summary(Period.WEEK, Contacts(4, 2, [], [], []), IDLE, NOW)[0]
        assert said == "Diese Woche gab es 4 Kontakte mit Kunden, 2 mehr als an denselben Tagen der Vorwoche."


def test_what_stands_alone_begins_with_a_capital() -> None:
    with speaking("de"):
        said = summary(Period.WEEK, CONTACTS, replace(IDLE, sent=2, sent_since=NOW, call_backs=2), NOW)
        assert said[-2:] == ["Über 2 verschickte Angebote ist nicht entschieden.", "2 Kunden warten auf einen Rückruf."]


def test_bars_reach_from_the_foot_to_the_scale_and_days_ahead_are_empty() -> None:
    drawing = bars_of([*DAYS, DayCount(date(2026, 11, 27), None, 4)])
    assert [bar.shown for bar in drawing.bars] == ["10", "40", "20", "30", ""]
    assert (drawing.bars[1].top, drawing.bars[4].top) == (TOP, None)
    assert drawing.bars[4].before is not None
    assert all(0 <= bar.x < bar.right <= 100 for bar in drawing.bars)
    assert [shown for _y, shown in drawing.lines] == ["0", "20", "40"]


def test_nothing_at_all_can_be_drawn() -> None:
    drawing = bars_of([DayCount(date(2026, 11, 23), 0, None)])
    assert drawing.bars[0].top == FOOT
    assert drawing.bars[0].shown == ""
