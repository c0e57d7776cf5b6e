"""The measures of a month in its report: which stand there, their figure before and after, and that a past month keeps them."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from crm.customers.lists.tables import SavedView
from crm.database import Statements, counted, execute, fetch_value
from crm.improvement.measures.actions import drop_measure, finish_measure, plan_measure, start_measure
from crm.improvement.measures.rules import MeasureData
from crm.improvement.tables import ExpectationLevel
from crm.reports.actions import produce_report, request_report
from crm.reports.effects import baseline, measure_effects
from crm.reports.figures import figures_of
from crm.reports.figures_measures import Achieved, MeasureMonth, Taken
from crm.reports.measure_lines import measures_sentence
from crm.reports.page import Letterhead, print_job
from crm.reports.printing import Job
from crm.reports.queries import figures_for
from crm.reports.score import Score
from crm.reports.shape import MonthFigures, TouchpointMonth
from crm.reports.spreadsheet import csv_of
from crm.surveys.actions import NewAnswer, record_answer
from crm.surveys.tables import Metric
from crm.web.i18n import speaking
from tests.browser import Browser
from tests.cast import Cast
from tests.reports.world import BERLIN, EDGES

OCTOBER = date(2026, 10, 1)
START, END = EDGES[1], EDGES[2]
AFTER = END + timedelta(days=1)


def data(cast: Cast, name: str = "Rechnung, die man versteht", **more: object) -> MeasureData:
    wanted: dict[str, object] = {
        "name": name, "goal": "Jede Position steht da, wie sie im Angebot hieß.", "expected_effect": "", "metric": "csat",
        "touchpoint": "invoice", "target": Decimal("4.0"), "days": 30, "level": ExpectationLevel.BASIC, "owner_id": cast.eva.id,
        "due_on": date(2026, 12, 1), "cost": None,
    }  # fmt: skip
    return MeasureData(**(wanted | more))  # type: ignore[arg-type]


async def answers(first: datetime, last: datetime, scores: list[int], touchpoint: str = "invoice") -> None:
    for number, score in enumerate(scores):
        at = first + number * (last - first) / len(scores)
        await record_answer(
            NewAnswer(Metric.CSAT, score, touchpoint=touchpoint), at=at, by=None, now=END + timedelta(days=30)
        )


async def carried_out(cast: Cast, started: datetime, ended: datetime, **more: object) -> int:
    measure = await plan_measure(data(cast, **more), by=cast.eva.id, now=started - timedelta(days=2))
    await start_measure(measure, baseline, by=cast.eva.id, now=started)
    await finish_measure(measure, by=cast.eva.id, now=ended)
    return measure


def only(figures: MonthFigures) -> MeasureMonth:
    assert figures.measures is not None
    (one,) = figures.measures
    return one


async def test_what_was_carried_out_shows_before_and_after_up_to_the_months_end(cast: Cast) -> None:
    started, ended = START - timedelta(days=10), START + timedelta(days=10)
    await answers(started - timedelta(days=29), started, [2, 3, 2, 3, 2, 3, 2])
    await answers(ended + timedelta(hours=1), END, [5, 4, 5, 4, 5, 5])
    await answers(END, END + timedelta(days=5), [1, 1, 1, 1, 1, 1])
    await carried_out(cast, started, ended)
    await measure_effects(END + timedelta(days=8))
    one = only(await figures_of(OCTOBER, now=END + timedelta(days=9), zone=BERLIN))
    assert (one.status, one.department, one.touchpoint, one.target) == ("done", one.department, "invoice", 4.0)
    assert one.before is not None
    assert one.after is not None
    assert (round(one.before.value or 0, 3), one.before.n) == (round(17 / 7, 3), 7)
    assert (round(one.after.value or 0, 3), one.after.n) == (round(28 / 6, 3), 6), (
        "November's answers don't count in October"
    )
    assert one.measured_until == date(2026, 10, 31)
    assert one.achieved is not None
    assert (one.achieved.verdict, one.achieved.is_target_met) == ("better", True)


async def test_too_few_answers_are_said_to_be_too_few_on_paper(cast: Cast) -> None:
    started, ended = START - timedelta(days=10), START + timedelta(days=10)
    await answers(started - timedelta(days=29), started, [2, 3, 2, 3, 2, 3, 2])
    await answers(ended + timedelta(hours=1), END, [5, 5])
    await carried_out(cast, started, ended)
    figures = await figures_of(OCTOBER, now=AFTER, zone=BERLIN)
    assert only(figures).achieved is not None
    page = print_job(figures, Letterhead("X"), lang="de").page
    assert "Zu wenige Antworten" in page
    assert "7 Antworten" in page
    assert "2 Antworten" in page
    assert "Es gibt noch zu wenige Antworten" in page
    assert "eva" not in page.lower().replace("relevant", ""), "no member of staff is named"


async def test_a_measure_stands_there_as_it_stood_at_the_months_end(cast: Cast) -> None:
    async def plan(name: str, planned: datetime) -> int:
        return await plan_measure(data(cast, name), by=cast.eva.id, now=planned)

    before = START - timedelta(days=40)
    await plan("geplant", before)
    await plan("zu spät", END + timedelta(hours=1))
    begun = await plan("läuft", before)
    await start_measure(begun, baseline, by=cast.eva.id, now=START)
    later = await plan("beginnt später", before)
    await start_measure(later, baseline, by=cast.eva.id, now=END + timedelta(hours=1))
    over = await plan("endet später", before)
    await start_measure(over, baseline, by=cast.eva.id, now=START)
    await finish_measure(over, by=cast.eva.id, now=END + timedelta(hours=1))
    given_up = await plan("aufgegeben", before)
    await drop_measure(given_up, "Zu teuer.", by=cast.eva.id, now=START)
    await carried_out(cast, START - timedelta(days=500), START - timedelta(days=400), name="lange her")
    figures = await figures_of(OCTOBER, now=END + timedelta(days=2), zone=BERLIN)
    assert figures.measures is not None
    assert {one.name: one.status for one in figures.measures} == {
        "geplant": "planned", "läuft": "running", "beginnt später": "planned", "endet später": "running",
    }  # fmt: skip
    assert {one.name for one in figures.measures if one.before} == {"läuft", "endet später"}
    assert not any(one.is_overdue for one in figures.measures)


async def test_what_ended_after_the_month_is_told_as_it_was_under_way(cast: Cast) -> None:
    started = START - timedelta(days=40)
    await answers(started - timedelta(days=29), started, [2, 3, 2, 3, 2, 3, 2])
    await answers(started + timedelta(hours=1), started + timedelta(days=29), [4, 4, 4, 4, 4, 4])
    await answers(END + timedelta(days=3), END + timedelta(days=8), [1, 1, 1, 1, 1, 1])
    await carried_out(cast, started, END + timedelta(days=2))
    await measure_effects(END + timedelta(days=9))
    one = only(await figures_of(OCTOBER, now=END + timedelta(days=10), zone=BERLIN))
    assert one.after is not None
    assert (one.status, one.after.value, one.after.n) == ("running", 4.0, 6), (
        "November's answers are no effect of October"
    )
    assert one.measured_until == date(2026, 9, 20)


async def test_looking_at_a_month_measures_nothing(browser: Browser, cast: Cast) -> None:
    now = datetime.now(UTC)
    for name in ("eins", "zwei", "drei"):
        measure = await plan_measure(data(cast, name), by=cast.eva.id, now=now - timedelta(days=9))
        await start_measure(measure, baseline, by=cast.eva.id, now=now - timedelta(days=8))
    await browser.log_in(cast.karin)
    many = await browser.get(f"/reports/{now.astimezone(BERLIN):%Y-%m}")
    await execute("DELETE FROM measure")
    none = await browser.get(f"/reports/{now.astimezone(BERLIN):%Y-%m}")
    assert many.headers["x-sql-statements"] == none.headers["x-sql-statements"]


async def test_the_report_of_a_past_month_keeps_its_measures(cast: Cast, paper: list[Job]) -> None:
    started, ended = START - timedelta(days=10), START + timedelta(days=10)
    await answers(started - timedelta(days=29), started, [2, 3, 2, 3, 2, 3, 2])
    measure = await carried_out(cast, started, ended)
    await produce_report(await request_report(OCTOBER, "de", by=None, now=AFTER), now=AFTER)
    fixed = await figures_for(OCTOBER, now=AFTER, zone=BERLIN)
    await answers(ended + timedelta(hours=1), END, [5] * 9)
    await execute("UPDATE measure SET name = 'anders', target = 1 WHERE id = $1", measure)
    await produce_report(await request_report(OCTOBER, "en", by=None, now=AFTER), now=AFTER + timedelta(days=90))
    assert await figures_for(OCTOBER, now=AFTER + timedelta(days=90), zone=BERLIN) == fixed
    assert only(fixed).name == "Rechnung, die man versteht"
    assert "anders" not in paper[1].page


async def test_figures_of_a_segment_have_no_measures_and_live_ones_take_what_was_kept(cast: Cast) -> None:
    from crm.customers.lists.wanted import Wanted
    from crm.reports.figures import figures_of_span
    from crm.reports.spans import Span

    started, ended = START - timedelta(days=10), START + timedelta(days=10)
    await answers(ended + timedelta(hours=1), END, [5, 4, 5, 4, 5, 5])
    await carried_out(cast, started, ended)
    narrowed = await figures_of(OCTOBER, now=AFTER, zone=BERLIN, wanted=Wanted(team_id=1))
    assert narrowed.measures is None
    assert 'id="measures"' not in print_job(narrowed, Letterhead("X"), lang="de").page
    token = counted.set(Statements())
    try:
        live = await figures_of_span(Span.of_month(OCTOBER), now=AFTER, zone=BERLIN)
        assert len(counted.get() or ()) == 1
    finally:
        counted.reset(token)
    assert only(live).achieved is None


def shown(verdict: str) -> MeasureMonth:
    return MeasureMonth(
        1, "Rechnung neu", "Verständlich", "done", "invoice", "Rechnung", "Invoice", "Service", "csat", 4.0, 90, date(2026, 9, 1), False,
        date(2026, 6, 1), date(2026, 9, 1), 2, 2, Taken(2.9, 40, 2.5, 3.3), Taken(4.1, 30, 3.8, 4.4), date(2026, 10, 31),
        Achieved(1.2, 0.7, 1.7, verdict, True),
    )  # fmt: skip


def opened(code: str, *, is_overdue: bool = False) -> MeasureMonth:
    return MeasureMonth(
        2, "Rückruf", "", "running", code, code, code, "Service", "csat", 4.0, 90, date(2026, 10, 1), is_overdue,
        date(2026, 9, 1), None, 0, 0, Taken(2.9, 40, 2.5, 3.3), None, None, None,
    )  # fmt: skip


@pytest.fixture
async def weak(cast: Cast) -> MonthFigures:
    """A month with two touchpoints below their target."""
    figures = await figures_of(OCTOBER, now=AFTER, zone=BERLIN)
    low = Score(2.0, 20, 1.6, 2.4)

    def one(code: str) -> TouchpointMonth:
        return TouchpointMonth(
            code, code, code, figures.phases[0].code, "", False, 3, 4.0, 9, 9, 0, 0, low, None, None, None, None
        )

    return replace(figures, touchpoints=[one("Rechnung"), one("Lieferung")])


async def test_the_sentence_says_for_which_weak_touchpoints_nothing_is_done(weak: MonthFigures) -> None:
    with speaking("de"):
        assert measures_sentence(replace(weak, measures=[opened("Lieferung", is_overdue=True), shown("better")])) == (
            "Für einen der 2 schwächsten Kontaktpunkte ist eine Maßnahme geplant oder läuft bereits, noch keine für „Rechnung“. "
            "Eine offene Maßnahme ist überfällig. "
            "In den letzten zwölf Monaten wurde eine Maßnahme abgeschlossen: Die Kennzahl hat sich mehr als zufällig verbessert."
        )
        alone = replace(shown("better"), achieved=None)
        assert "abgeschlossen: Die Wirkung ist noch nicht gemessen." in measures_sentence(
            replace(weak, measures=[alone])
        )
        assert "Für keinen der schwächsten" in measures_sentence(replace(weak, measures=[]))
        assert "Für jeden der schwächsten" in measures_sentence(
            replace(weak, measures=[opened("Lieferung"), opened("Rechnung")])
        )
        assert measures_sentence(replace(weak, measures=None)) == ""


async def test_a_weak_touchpoint_stands_with_its_measures(weak: MonthFigures) -> None:
    done = replace(shown("better"), touchpoint="Rechnung")
    page = print_job(replace(weak, measures=[opened("Lieferung"), done]), Letterhead("X"), lang="de").page
    assert '<th scope="row">Lieferung <small>Rückruf (läuft)</small></th>' in page
    assert '<th scope="row">Rechnung <small>Rechnung neu (umgesetzt): verbessert</small></th>' in page
    assert '<th scope="row">Rechnung</th>' in print_job(replace(weak, measures=None), Letterhead("X"), lang="de").page


async def test_the_overview_leads_to_each_measure(browser: Browser, cast: Cast) -> None:
    now = datetime.now(UTC)
    one = await plan_measure(data(cast, "Rechnung neu"), by=cast.eva.id, now=now - timedelta(days=9))
    await execute("UPDATE measure SET due_on = $1", now.date() - timedelta(days=3))
    two = await carried_out(cast, now - timedelta(days=30), now - timedelta(days=10), name="Rückruf")
    await measure_effects(now)
    await browser.log_in(cast.karin)
    part = await browser.get("/dashboard/measures", htmx=True)
    assert int(part.headers["x-sql-statements"]) <= 8
    for measure, name in ((one, "Rechnung neu"), (two, "Rückruf")):
        assert f'href="/measures/{measure}">{name}</a>' in part.text
    assert '<a href="/touchpoints/invoice">' in part.text
    assert "überfällig" in part.text
    assert "Zu wenige Antworten" in part.text
    view = SavedView(name="Nur Messe", owner=cast.karin.id, query="origin=fair", created_at=now)
    await view.save()
    narrowed = await browser.get(f"/dashboard/measures?segment={view.id}")
    assert "Wählen Sie alle Kunden" in narrowed.text
    assert "Rechnung neu" not in narrowed.text
    await browser.log_in(cast.petra)
    assert (await browser.get("/dashboard/measures")).status_code == 404


async def test_steps_that_prepare_count_among_what_was_carried_out(weak: MonthFigures) -> None:
    step = replace(shown("better"), id=3, metric="", before=None, after=None, achieved=None, target=None)
    with speaking("de"):
        told = measures_sentence(replace(weak, touchpoints=[], measures=[shown("better"), step]))
    assert told == (
        "In den letzten zwölf Monaten wurden 2 Maßnahmen abgeschlossen: bei einer hat sich die Kennzahl mehr als zufällig verbessert, "
        "bei einer gibt es nichts zu messen."
    )


async def test_a_target_that_is_just_missed_shows_by_how_little(weak: MonthFigures) -> None:
    just = replace(
        shown("better"), target=3.5, after=Taken(3.49, 30, 3.2, 3.7), achieved=Achieved(0.59, 0.3, 0.9, "better", False)
    )
    page = print_job(replace(weak, measures=[just]), Letterhead("X"), lang="de").page
    assert "3,49" in page
    assert "Ziel von 3,5 nicht erreicht" in page


async def test_the_attached_table_has_before_after_and_the_difference(weak: MonthFigures) -> None:
    with speaking("de"):
        rows = list(csv.reader(io.StringIO(csv_of(replace(weak, measures=[shown("better")]))), delimiter=";"))
    mine = {row[2]: row[3:] for row in rows if row[1] == "Rechnung neu (Rechnung)"}
    assert mine["Zufriedenheit (von 1 bis 5), vorher"] == ["2,9", "", "40", "2,5", "3,3"]
    assert mine["Zufriedenheit (von 1 bis 5), nachher"] == ["4,1", "", "30", "3,8", "4,4"]
    assert mine["Zufriedenheit (von 1 bis 5), Unterschied: verbessert"] == ["1,2", "", "", "0,7", "1,7"]


async def test_reports_from_before_have_no_measures_and_can_still_be_printed(weak: MonthFigures) -> None:
    assert 'id="measures"' not in print_job(replace(weak, measures=None), Letterhead("X"), lang="en").page
    assert await fetch_value("SELECT count(*) FROM measure") == 0
    assert (
        "No measure is planned or under way." in print_job(replace(weak, measures=[]), Letterhead("X"), lang="en").page
    )
