"""The due-time strip: its sentence adds up, its labels don't collide, its drawing is clean."""

import re
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import Environment, FileSystemLoader

from crm.service_levels.calendar import Calendar
from crm.service_levels.promises import Target
from crm.text import text_width
from crm.tickets.clocks import Reached, clocks_of
from crm.tickets.due_strip import NARROW, TEXT_SIZE, DueTimeStrip, due_time_strip
from crm.tickets.explaining_clocks import clocks_sentence, sums_of
from crm.web.i18n import catalogue

BERLIN = ZoneInfo("Europe/Berlin")
OFFICE = Calendar(
    BERLIN,
    {day: [(time(9), time(12, 45)), (time(13, 45), time(17))] for day in range(5)},
    {date(2026, 11, 26)},
)
GOLD = Target(60, 120, 240)
german = catalogue("de").gettext


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=BERLIN).astimezone(UTC)


OPENED, NOW = at(23, 9, 2), at(23, 14, 10)
WAITED = (at(23, 9, 25), at(23, 10, 10))
ANSWERED = Reached(first_response_at=at(23, 9, 20))


def sentence(now: datetime = NOW, target: Target = GOLD, opened: datetime = OPENED, **more: Any) -> str:
    facts: dict[str, Any] = {"reached": ANSWERED, "pauses": {"solution": [WAITED]}} | more
    clocks = clocks_of(target, OFFICE, opened, now, **facts)
    return clocks_sentence(clocks, OFFICE, now, german, language="de")


def strip(now: datetime = NOW, target: Target = GOLD, opened: datetime = OPENED, **more: Any) -> DueTimeStrip:
    facts: dict[str, Any] = {"reached": ANSWERED, "pauses": {"solution": [WAITED]}} | more
    clocks = clocks_of(target, OFFICE, opened, now, **facts)
    found = due_time_strip(clocks, OFFICE, now, german, language="de")
    assert found is not None
    return found


def test_sentence_adds_up() -> None:
    assert sentence() == (
        "Erste Antwort nach 18 Min. von 1 Std. · Lösung: 3 Std. 23 Min. von 4 Std. Servicezeit verbraucht "
        "(09:02–14:10 ohne 45 Min. Warten und 1 Std. Mittag), es bleiben 37 Min."
    )


@pytest.mark.parametrize(
    ("situation", "end"),
    [
        ({"pauses": {"solution": [WAITED, (at(23, 13, 50), None)]}}, "die Uhr steht, solange wir warten"),
        ({"now": at(23, 15, 30)}, "43 Min. zu spät"),
        ({"now": at(23, 14, 46)}, "es bleibt 1 Min."),
        ({"now": at(23, 14, 47)}, "jetzt fällig"),
        ({"now": at(23, 14, 47) + timedelta(seconds=20)}, "gerade überschritten"),
        ({"overtaken": {"solution": at(23, 14)}}, "neu berechnet und jetzt fällig"),
        ({"reached": Reached(at(23, 9, 20), solved_at=at(23, 13, 55))}, "Lösung nach 3 Std. 8 Min. von 4 Std."),
        ({"reached": Reached(at(23, 9, 20), solved_at=at(23, 15))}, "Lösung nach 4 Std. 13 Min. statt 4 Std."),
        (
            {"reached": Reached(at(23, 9, 20), solved_at=at(23, 14, 47) + timedelta(seconds=20))},
            "4 Std. von 4 Std., gerade überschritten",
        ),
    ],
)
def test_how_the_sentence_ends(situation: dict[str, Any], end: str) -> None:
    assert sentence(**situation).endswith(end)


def test_open_first_response_is_told_briefly() -> None:
    told = sentence(at(23, 9, 5), reached=Reached(), pauses={})
    assert told.startswith(
        "Erste Antwort: 3 Min. von 1 Std. verbraucht, es bleiben 57 Min. · Lösung: 3 Min. von 4 Std. "
    )


def test_several_days_are_told_in_hours() -> None:
    told = sentence(at(27, 10), Target(None, None, 1200), at(25, 15, 30), reached=Reached(), pauses={})
    assert told == (
        "Lösung: 2 Std. 30 Min. von 20 Std. Servicezeit verbraucht "
        "(Mi., 15:30 – Fr., 10:00 ohne 16 Std. außerhalb der Servicezeiten und 24 Std. Feiertag), "
        "es bleiben 17 Std. 30 Min."
    )


@pytest.mark.parametrize(
    ("minutes", "told"),
    [
        (611, "Lösung nach 10 Std. 11 Min. statt 8 Std."),
        (567, "Lösung nach 9 Std. 27 Min. statt 8 Std."),
    ],
)
def test_durations_are_hours_and_minutes(minutes: int, told: str) -> None:
    round_the_clock = Calendar(BERLIN, {day: [(time(0), time.max)] for day in range(7)}, set())
    solved = Reached(solved_at=OPENED + timedelta(minutes=minutes))
    clocks = clocks_of(Target(None, None, 480), round_the_clock, OPENED, NOW, reached=solved)
    assert clocks_sentence(clocks, round_the_clock, NOW, german, language="de") == told


def test_what_is_reached_at_one_instant_took_the_same_time() -> None:
    """Also when one promise is missed and the other kept, and the seconds would round either way."""
    both = OPENED + timedelta(minutes=64, seconds=35)
    told = sentence(opened=OPENED + timedelta(seconds=40), reached=Reached(both, solved_at=both), pauses={})
    assert told == "Erste Antwort nach 1 Std. 4 Min. statt 1 Std. · Lösung nach 1 Std. 4 Min. von 4 Std."


@st.composite
def tickets(draw: st.DrawFn) -> dict[str, Any]:
    opened = at(20, 0) + timedelta(seconds=draw(st.integers(0, 6 * 86_400)))
    now = opened + timedelta(seconds=draw(st.integers(0, 6 * 86_400)))
    pauses = []
    for offset, length in draw(st.lists(st.tuples(st.integers(0, 4 * 86_400), st.integers(1, 86_400)), max_size=4)):
        start = opened + timedelta(seconds=offset)
        if start < now:
            end = start + timedelta(seconds=length)
            pauses.append((start, end if end <= now else None))
    target = Target(draw(st.sampled_from([None, 60])), 120, draw(st.sampled_from([10, 240, 480, 2400])))
    moments = st.none() | st.integers(0, 6 * 86_400).map(lambda s: min(now, opened + timedelta(seconds=s)))
    reached = Reached(draw(moments), draw(moments), None, draw(moments))
    return {"target": target, "opened": opened, "now": now, "pauses": {"solution": pauses}, "reached": reached}


@settings(max_examples=150)
@given(tickets())
def test_figures_of_every_sentence_add_up_to_the_time_between(ticket: dict[str, Any]) -> None:
    now = ticket["now"]
    for clock in clocks_of(
        ticket["target"], OFFICE, ticket["opened"], now, pauses=ticket["pauses"], reached=ticket["reached"]
    ):
        sums = sums_of(clock, OFFICE, now)
        assert sum(sums.minutes.values()) == (sums.end - sums.start).total_seconds() / 60
        assert abs(sums.minutes.get("running", 0) - clock.used_min) <= 1 + len(clock.pauses)


@settings(max_examples=150)
@given(tickets())
def test_strip_is_whole_and_readable(ticket: dict[str, Any]) -> None:
    drawn = strip(**ticket)
    edge = drawn.segments[0].x
    for segment in drawn.segments:
        assert segment.x == pytest.approx(edge, abs=0.01)
        assert segment.width >= 0
        edge = segment.x + segment.width
    assert drawn.segments[0].x >= 0
    assert edge <= 100.01
    boxes: list[tuple[float, float, float]] = []
    for mark in drawn.marks:
        width = text_width(mark.label.text, TEXT_SIZE)
        x = mark.label.x / 100 * NARROW
        left = {"start": x, "middle": x - width / 2, "end": x - width}[mark.label.anchor]
        assert left >= -0.01
        assert left + width <= NARROW + 0.01
        assert 0 < mark.label.y < drawn.bar_y
        boxes.append((mark.label.y, left, left + width))
    for (row, _left, right), (next_row, left, _right) in pairwise(sorted(boxes)):
        assert row != next_row or right <= left


def test_segments_say_what_the_clock_did() -> None:
    drawn = strip()
    assert [segment.kind for segment in drawn.segments] == [
        "running",
        "paused",
        "running",
        "closed",
        "running",
        "ahead",
    ]
    assert drawn.segments[3].title == "12:45 – 13:45: Mittagspause"
    assert [note.text for note in drawn.notes] == ["wartet auf Antwort, Uhr steht", "Mittagspause"]
    assert {mark.label.text for mark in drawn.marks} == {"09:02 eingegangen", "jetzt 14:10", "Lösung fällig 14:47"}


def test_late_and_recalculated_look_different() -> None:
    assert strip(at(23, 15, 30)).segments[-1].kind == "late"
    assert strip(at(23, 15, 30), overtaken={"solution": at(23, 15)}).segments[-1].kind == "running"


def test_nights_are_drawn_shortened() -> None:
    drawn = strip(at(25, 10), Target(None, None, 960))
    nights = [segment for segment in drawn.segments if segment.is_shortened]
    assert nights
    assert max(night.width for night in nights) < 20


def test_no_promise_no_strip() -> None:
    assert due_time_strip((), OFFICE, NOW, german, language="de") is None


def test_template_draws_without_inline_style() -> None:
    templates = Environment(loader=FileSystemLoader(Path(__file__).parents[2] / "templates"), autoescape=True)
    source = """{% from "_due_strip.html" import due_strip %}{% from "_journey.html" import print_palette %}
        {{ due_strip(strip, "Fristen <b>", print_palette, 480) }}"""
    html = templates.from_string(source).render(strip=strip())
    assert "<title>Fristen &lt;b&gt;</title>" in html
    assert "style=" not in html
    assert "var(" not in html
    assert html.count("<rect") == 1 + len(strip().segments)
    assert re.search(r'<text[^>]* x="[\d.]+%"[^>]*>Lösung fällig 14:47</text>', html)
