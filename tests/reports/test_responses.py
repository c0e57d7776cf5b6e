"""The response rate on paper and on the screen, reports from before it was known, and changes of shares that may be chance."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import pytest

from crm.database import execute, fetch, fetch_value
from crm.reports.dashboard.asking import Asked
from crm.reports.figures import figures_of
from crm.reports.glance import Line, glance
from crm.reports.page import json_of, print_job
from crm.reports.paper import Letterhead
from crm.reports.places.paper import place_job
from crm.reports.places.queries import numbers, place_named, standings
from crm.reports.places.sentences import lines
from crm.reports.places.sentences import told as place_told
from crm.reports.places.shape import PlaceFigures, Sort
from crm.reports.shape import MonthFigures, Responses, Score
from crm.reports.spans import Span
from crm.reports.spreadsheet import csv_of
from crm.reports.words import share_tone, times
from crm.surveys.rates import rate_of, rates_by_touchpoint
from crm.web.i18n import speaking
from tests.browser import Browser
from tests.cast import Cast
from tests.reports.world import BERLIN, EDGES, World

OCTOBER = date(2026, 10, 1)
AFTER = EDGES[2] + timedelta(days=1)
NEW = {
    "responses", "responses_before", "effort_before", "solved_before", "solved_at_first_contact_before", "escalations_before",
}  # fmt: skip


@pytest.fixture
async def october(cast: Cast) -> MonthFigures:
    await World(9, cast).fill(contacts=120, answers=120, tickets=60, events=120)
    return await figures_of(OCTOBER, now=AFTER, zone=BERLIN)


def glance_line(figures: MonthFigures, name: str) -> Line | None:
    with speaking("de"):
        return next((one for _heading, lines in glance(figures) for one in lines if one.name == name), None)


def without_what_is_new(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: without_what_is_new(one) for name, one in value.items() if name not in NEW}
    return [without_what_is_new(one) for one in value] if isinstance(value, list) else value


async def test_the_report_and_the_catalogue_count_alike(october: MonthFigures) -> None:
    whole = await rate_of(*EDGES[1:])
    assert october.responses == Responses(whole.asked, whole.answered)
    rates = await rates_by_touchpoint(*EDGES[1:])
    found = {one.code: one.responses for one in october.touchpoints if one.responses and one.responses.asked}
    assert found == {code: Responses(rate.asked, rate.answered) for code, rate in rates.items() if code in found}
    assert found


async def test_a_month_that_knows_no_rate_says_nothing_of_one(october: MonthFigures) -> None:
    """Reports that were fixed before keep their figures: they are read, shown and printed as they were."""
    stored = msgspec.json.encode(without_what_is_new(msgspec.json.decode(msgspec.json.encode(october))))
    old = msgspec.json.decode(stored, type=MonthFigures)
    assert (old.responses, old.effort_before, old.touchpoints[0].responses) == (None, None, None)
    assert glance_line(old, "Rücklaufquote") is None
    for name in ("Beim ersten Kontakt gelöst", "An höhere Stufe gegeben"):
        told = glance_line(old, name)
        assert told is not None
        assert (told.before, told.change) == ("–", "–")
    page = print_job(old, Letterhead("X"), lang="de").page
    assert "Rücklauf" not in page
    with speaking("de"):
        assert "Rücklaufquote" not in csv_of(old)
    assert "Rücklauf" in print_job(october, Letterhead("X"), lang="de").page


async def test_the_glance_tells_of_how_many_and_compares_with_the_month_before(october: MonthFigures) -> None:
    told = glance_line(replace(october, responses=Responses(60, 21), responses_before=Responses(0, 0)), "Rücklaufquote")
    assert told is not None
    assert (told.note, told.now, told.before, told.change) == ("von 60 Befragten", "35\N{NO-BREAK SPACE}%", "–", "–")
    few = glance_line(replace(october, responses=Responses(12, 4), responses_before=Responses(8, 6)), "Rücklaufquote")
    assert few is not None
    assert few.now == "33\N{NO-BREAK SPACE}%°", "from fewer than five answers"
    assert few.before == "75\N{NO-BREAK SPACE}%"
    first = glance_line(october, "Beim ersten Kontakt gelöst")
    assert first is not None
    assert first.before != "–"


async def test_it_is_attached_and_explained(october: MonthFigures) -> None:
    told = msgspec.json.decode(json_of(october))
    assert october.responses is not None
    assert told["figures"]["responses"] == {"asked": october.responses.asked, "answered": october.responses.answered}
    assert "responses" in told["definitions"]
    page = print_job(october, Letterhead("X"), lang="en").page
    assert "the share who had answered when the figures were drawn up" in page


async def test_departments_are_told_it_on_the_screen_and_on_paper(cast: Cast, october: MonthFigures) -> None:
    await execute("UPDATE touchpoint SET department = 'Service' WHERE code IN ('hotline', 'invoice')")
    month = Asked(Span.of_month(OCTOBER))
    there = await rates_by_touchpoint(*EDGES[1:])
    place = await place_named(Sort.DEPARTMENT, "Service")
    codes = [row.code for row in await fetch("SELECT code FROM touchpoint WHERE department = 'Service'")]
    whole = Responses(*(sum(pair) for pair in zip(*(there[code] for code in codes if code in there), strict=True)))
    assert whole.asked > 0
    mine = await numbers(place, month, AFTER)
    assert mine.responses == whole
    for one in mine.touchpoints:
        assert one.responses == Responses(*there.get(one.code, (0, 0)))
    listed = {one.place.code: one for one in await standings(month, AFTER)}
    assert listed["Service"].responses == whole
    assert {one.responses for one in listed.values() if one.place.sort is Sort.PRODUCT} <= {None}
    with speaking("de"):
        figures = PlaceFigures(place, mine, mine, [], 0, [], 0, [])
        (told,) = (one for one in lines(figures) if one.name == "Rücklaufquote")
        assert told.note == f"von {whole.asked} Befragten"
        job = place_job(figures, month, Letterhead("X"), code="de", now=AFTER)
    assert "Rücklauf" in job.page


async def test_a_department_just_below_its_target_never_looks_as_if_it_reached_it(
    cast: Cast, october: MonthFigures
) -> None:
    place = await place_named(Sort.DEPARTMENT, "Service")
    mine = replace(
        await numbers(place, Asked(Span.of_month(OCTOBER)), AFTER), satisfaction=Score(3.49, 40, 3.2, 3.7), target=3.5,
        touchpoints=[], is_hidden=False,
    )  # fmt: skip
    figures = PlaceFigures(place, mine, mine, [], 0, [], 0, [])
    with speaking("de"):
        (told,) = (one for one in lines(figures) if one.name == "Zufriedenheit")
        sentence = " ".join(place_told(figures, Span.of_month(OCTOBER), is_running=False))
    assert (told.now, told.target, told.is_missed) == ("3,49", "3,50", True)
    assert "3,49 von 5 (40 Antworten), 0,01 unter dem Ziel" in sentence


@pytest.mark.parametrize(
    ("now", "before", "tone"),
    [((57, 65), (53, 62), ""), ((90, 100), (60, 100), "good"), ((60, 100), (90, 100), "rust"), ((3, 4), (0, 0), "")],
)
def test_a_share_is_coloured_only_where_it_changed_beyond_chance(
    now: tuple[int, int], before: tuple[int, int], tone: str
) -> None:
    assert share_tone(now, before) == tone


async def test_the_overview_and_the_interface_show_it(browser: Browser, cast: Cast) -> None:
    at, hotline = (
        datetime.now(UTC) - timedelta(days=2),
        await fetch_value("SELECT id FROM touchpoint WHERE code = 'hotline'"),
    )
    survey = await fetch_value("INSERT INTO survey (name, status) VALUES ('Wie war es?', 'running') RETURNING id")
    for number, state in enumerate(["answered"] * 6 + ["sent"] * 18):
        await execute(
            "INSERT INTO survey_invitation (survey, event, touchpoint, state, sent_at) VALUES ($1, $2, $3, $4, $5)",
            survey, f"visit {number}", hotline, state, at,
        )  # fmt: skip
    await browser.log_in(cast.karin)
    page = await browser.get("/dashboard")
    assert "25\N{NO-BREAK SPACE}%" in page.text
    assert "6 von 24 Befragten" in page.text
    figures = (await browser.api("GET", "/figures")).json()
    assert figures["figures"]["responses"] == {"asked": 24, "answered": 6}
    assert figures["definitions"]["responses"]


def test_once_is_not_said_as_a_number() -> None:
    for code, said in (("en", ["once", "3 times", "0 times"]), ("de", ["einmal", "3-mal", "0-mal"])):
        with speaking(code):
            assert [times(n) for n in (1, 3, 0)] == said
