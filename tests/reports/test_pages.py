"""Reports in the browser and over the API: who sees them, what they show, what bad addresses get."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from crm.database import execute, fetch_one, fetch_value
from crm.reports import month_page, months
from crm.reports.actions import produce_report
from crm.reports.chapters import quotations_sentence
from crm.reports.dashboard.targets import of_touchpoint
from crm.reports.figures import figures_of
from crm.reports.figures_sales import Lost
from crm.reports.figures_targets import Targets
from crm.reports.glance import glance
from crm.reports.page import print_job
from crm.reports.paper import Letterhead
from crm.reports.printing import Job
from crm.reports.score import Score
from crm.reports.sentences import journey_sentence, summary
from crm.web.i18n import speaking
from tests.browser import Browser
from tests.cast import Cast
from tests.reports.world import BERLIN, World

NOW = datetime.now(UTC)
THIS = months.written(months.month_of(NOW, BERLIN))
LAST = months.written(months.earlier(months.month_of(NOW, BERLIN), 1))
NEXT = months.written(months.earlier(months.month_of(NOW, BERLIN), -1))
GARBAGE = ("abc", "2026-13", "2026-1", "0001-01", "99999-01", "2026-10%00", "٢٠٢٦-١٠", "-1", "2026-10-01")


@pytest.fixture
async def world(cast: Cast) -> World:
    made = World(4, cast)
    await made.fill(contacts=60, answers=40, tickets=10, events=10)
    start, end = months.bounds(months.earlier(months.month_of(NOW, BERLIN), 1), BERLIN)
    await execute("UPDATE interaction SET at = $1::timestamptz + (id % 20) * interval '1 day'", start)
    await execute("UPDATE survey_answer SET at = $1::timestamptz + (id % 20) * interval '1 day'", start)
    assert end > start
    return made


async def test_a_manager_reads_the_month_on_the_screen(browser: Browser, cast: Cast, world: World) -> None:
    await browser.log_in(cast.karin)
    page = await browser.get(f"/reports/{LAST}")
    assert page.status_code == 200
    assert "Kontakte mit Kunden" in page.text
    assert "Die Reise Ihrer Kunden" in page.text
    assert "Bericht erstellen" in page.text
    assert int(page.headers["x-sql-statements"]) <= 8


async def test_a_month_without_anything_says_so(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.karin)
    page = await browser.get(f"/reports/{LAST}")
    assert page.status_code == 200
    assert "wurde kein Kontakt mit Kunden festgehalten" in page.text


async def test_a_touchpoint_just_below_its_target_never_looks_as_if_it_reached_it(cast: Cast, world: World) -> None:
    month = months.earlier(months.month_of(NOW, BERLIN), 1)
    figures = await figures_of(month, now=NOW, zone=BERLIN)
    place = replace(
        figures.touchpoints[0], contacts=9, target=3.5, satisfaction=Score(3.49, 40, 3.2, 3.7), satisfaction_before=None
    )
    figures = replace(
        figures, touchpoints=[place], satisfaction=Score(3.96, 40, 3.8, 4.2), satisfaction_target=4.0, nps=Score(39.7, 40, 30.0, 50.0),
        targets=Targets(nps=40, promises=None, first_contact=None),
    )  # fmt: skip
    with speaking("de"):
        assert "3,49 statt 3,50" in journey_sentence(figures)
        lines = {line.name: line for _heading, group in glance(figures) for line in group}
    assert (lines["Zufriedenheit"].now, lines["Zufriedenheit"].target) == ("3,96", "4,00")
    assert (lines["NPS"].now, lines["NPS"].target) == ("+39,7", "+40,0")
    assert lines["Zufriedenheit"].is_missed
    assert lines["NPS"].is_missed
    assert of_touchpoint(place).tone == "rust", "the dashboard says the same"
    page = print_job(figures, Letterhead("X"), lang="de").page
    assert '<td class="num">3,50</td>' in page


async def test_times_of_fewer_than_five_quotations_are_marked(cast: Cast, world: World) -> None:
    figures = await figures_of(months.earlier(months.month_of(NOW, BERLIN), 1), now=NOW, zone=BERLIN)
    assert figures.sales is not None

    def told(sent: int, before: int) -> tuple[str, str, str]:
        assert figures.sales is not None
        quotations = replace(
            figures.sales.quotations,
            requested=9,
            sent=sent,
            sent_before=before,
            turnaround_min=60.0,
            turnaround_min_before=120.0,
        )
        mine = replace(figures, sales=replace(figures.sales, quotations=quotations))
        with speaking("de"):
            (line,) = [
                one
                for _heading, group in glance(mine)
                for one in group
                if one.name == "Servicezeit bis zum Versand eines Angebots"
            ]
            return line.now, line.before, quotations_sentence(mine)

    few, enough = told(4, 3), told(5, 5)
    assert few[:2] == ("1 Std.°", "2 Std.°")
    assert "Die Hälfte" not in few[2]
    assert enough[:2] == ("1 Std.", "2 Std.")
    assert "Die Hälfte" in enough[2]


async def test_sales_staff_see_no_reports(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.petra)
    for path in ("/reports", f"/reports/{LAST}", f"/reports/{LAST}/pdf", f"/reports/{LAST}/state"):
        assert (await browser.get(path)).status_code == 404
    assert (await browser.post("/reports", {"month": LAST, "language": "de"})).status_code == 403
    assert (await browser.api("GET", f"/reports/{LAST}")).status_code == 404


async def test_asking_leads_to_the_page_that_waits_and_then_to_the_pdf(
    browser: Browser, cast: Cast, world: World, paper: list[Job]
) -> None:
    await browser.log_in(cast.karin)
    asked = await browser.post("/reports", {"month": LAST, "language": "de"})
    assert (asked.status_code, asked.headers["location"]) == (303, f"/reports/{LAST}")
    waiting = await browser.get(f"/reports/{LAST}")
    assert f'hx-get="/reports/{LAST}/state"' in waiting.text
    assert "wird erstellt" in waiting.text
    early = await browser.get(f"/reports/{LAST}/pdf")
    assert (early.status_code, early.headers["location"]) == (303, f"/reports/{LAST}")
    assert "hx-refresh" not in (await browser.get(f"/reports/{LAST}/state", htmx=True)).headers
    run = await fetch_one("SELECT id FROM report_run")
    assert run is not None
    await produce_report(run.id, now=datetime.now(UTC))
    state = await browser.get(f"/reports/{LAST}/state", htmx=True)
    assert state.headers["hx-refresh"] == "true", "its figures and its chip are those of the report now"
    assert "hx-get" not in state.text
    assert "PDF öffnen" in state.text
    pdf = await browser.get(f"/reports/{LAST}/pdf?lang=de")
    assert pdf.content.startswith(b"%PDF")
    assert pdf.headers["content-type"] == "application/pdf"
    assert f"Kontaktpunktbericht-{LAST}.pdf" in pdf.headers["content-disposition"]
    listed = await browser.get("/reports")
    assert f"/reports/{LAST}/pdf?lang=de" in listed.text
    assert "endgültig" in listed.text


async def test_a_double_click_asks_once(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.karin)
    for _click in range(2):
        await browser.post("/reports", {"month": LAST, "language": "de"})
    assert await fetch_value("SELECT count(*) FROM report_run") == 1


async def test_a_failure_is_shown_with_a_way_on(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.karin)
    await browser.post("/reports", {"month": LAST, "language": "de"})
    await execute(
        "UPDATE report_run SET status = 'failed', finished_at = now(), "
        "error = 'The report could not be printed. Try it again; if it stays, tell your administrator the time.'"
    )
    page = await browser.get(f"/reports/{LAST}")
    assert "Der Bericht ließ sich nicht drucken." in page.text
    assert "Noch einmal versuchen" in page.text


@pytest.mark.parametrize("month", GARBAGE)
async def test_what_is_no_month_is_no_page(browser: Browser, cast: Cast, month: str) -> None:
    await browser.log_in(cast.karin)
    assert (await browser.get(f"/reports/{month}")).status_code == 404
    assert (await browser.get(f"/reports/{month}/pdf")).status_code == 404
    assert (await browser.api("GET", f"/reports/{month}")).status_code in (404, 422)


async def test_the_form_refuses_a_month_that_is_none_or_lies_ahead(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.karin)
    assert (await browser.post("/reports", {"month": "soon", "language": "de"})).status_code == 422
    assert (await browser.post("/reports", {"month": NEXT, "language": "de"})).status_code == 404
    assert (await browser.post("/reports", {"month": LAST, "language": "fr"})).status_code == 422
    assert await fetch_value("SELECT count(*) FROM report_run") == 0


async def test_the_list_starts_with_the_running_month(browser: Browser, cast: Cast, world: World) -> None:
    await browser.log_in(cast.karin)
    page = await browser.get("/reports")
    assert page.status_code == 200
    assert page.text.index(f"/reports/{THIS}") < page.text.index(f"/reports/{LAST}")
    assert int(page.headers["x-sql-statements"]) <= 8


async def test_the_api_answers_figures_and_sentences(browser: Browser, cast: Cast, world: World) -> None:
    await browser.log_in(cast.karin)
    answer = await browser.api("GET", f"/reports/{LAST}")
    assert answer.status_code == 200
    body = answer.json()
    assert body["month"] == LAST
    assert body["is_provisional"]
    assert body["figures"]["contacts"] > 0
    assert body["figures"]["satisfaction"]["n"] > 0
    assert any("Kontakte mit Kunden" in sentence for sentence in body["summary"])
    assert "promises" in body["definitions"]


async def test_the_api_says_what_is_wrong_with_a_month(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.karin)
    wrong = await browser.api("GET", "/reports/2026-13")
    assert (wrong.status_code, wrong.headers["content-type"]) == (422, "application/problem+json")
    assert "month" in wrong.json()["errors"]
    ahead = await browser.api("GET", f"/reports/{NEXT}")
    assert ahead.status_code == 404
    assert "hat noch nicht begonnen" in ahead.json()["detail"]
    assert (await browser.api("GET", f"/reports/{LAST}/pdf?lang=xx")).status_code == 422
    assert (await browser.client.get(f"/api/v1/reports/{LAST}")).status_code == 401


async def test_the_pdf_over_the_api_is_promised_and_then_there(
    browser: Browser, cast: Cast, world: World, paper: list[Job]
) -> None:
    await browser.log_in(cast.karin)
    for _time in range(2):
        answer = await browser.api("GET", f"/reports/{LAST}/pdf?lang=en")
        assert answer.status_code == 202
        assert int(answer.headers["retry-after"]) > 0
    run_id = await fetch_value("SELECT id FROM report_run WHERE language = 'en'")
    await produce_report(run_id, now=datetime.now(UTC))
    answer = await browser.api("GET", f"/reports/{LAST}/pdf?lang=en")
    assert answer.status_code == 200
    assert answer.content.startswith(b"%PDF")
    assert f"touchpoint-report-{LAST}.pdf" in answer.headers["content-disposition"]


async def test_a_provisional_pdf_is_made_anew_after_an_hour(browser: Browser, cast: Cast, paper: list[Job]) -> None:
    await browser.log_in(cast.karin)
    path = f"/reports/{THIS}/pdf?lang=de"
    assert (await browser.api("GET", path)).status_code == 202
    run_id = await fetch_value("SELECT id FROM report_run")
    await produce_report(run_id, now=datetime.now(UTC))
    assert (await browser.api("GET", path)).status_code == 200
    await execute("UPDATE report_run SET finished_at = finished_at - interval '2 hours'")
    assert (await browser.api("GET", path)).status_code == 202


async def test_after_a_failure_asking_again_waits_a_minute(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.karin)
    path = f"/reports/{LAST}/pdf?lang=de"
    await browser.api("GET", path)
    await execute("UPDATE report_run SET status = 'failed', error = 'No.', finished_at = $1", datetime.now(UTC))
    assert (await browser.api("GET", path)).status_code == 422
    await execute("UPDATE report_run SET finished_at = $1", datetime.now(UTC) - timedelta(minutes=2))
    assert (await browser.api("GET", path)).status_code == 202


async def test_the_api_lists_the_months(browser: Browser, cast: Cast, world: World) -> None:
    await browser.log_in(cast.karin)
    items = (await browser.api("GET", "/reports")).json()["items"]
    assert items[0] == {"month": THIS, "is_running": True, "reports": []}
    assert items[1]["month"] == LAST


def test_the_screen_explains_the_figures_it_shows() -> None:
    assert len(month_page._explained()) == len(month_page.ON_SCREEN)


async def test_the_report_of_a_running_month_is_not_compared_with_a_whole_one(cast: Cast, world: World) -> None:
    last = months.earlier(months.month_of(NOW, BERLIN), 1)
    figures = await figures_of(last, now=months.bounds(last, BERLIN)[1], zone=BERLIN)
    told = replace(figures, contacts=40, contacts_before=100, topics=(), levels=figures.levels)
    half = replace(told, is_provisional=True, computed_at=months.start_of(last, BERLIN) + timedelta(days=9))
    with speaking("en"):
        assert "60% fewer than in" in summary(told)[0]
        assert "fewer" not in summary(half)[0]
        assert "40 contacts with customers." in summary(half)[0]


async def test_long_names_end_with_a_sign_that_they_go_on(cast: Cast, world: World) -> None:
    last = months.earlier(months.month_of(NOW, BERLIN), 1)
    figures = await figures_of(last, now=NOW, zone=BERLIN)
    assert figures.sales is not None
    name = "Sehr lange Bezeichnung " * 5
    silent = replace(figures.touchpoints[0], name_de=name, contacts=3, satisfaction=None)
    lost = replace(figures.sales, losses=[Lost("price", 2, 0)], lost_at=[Lost("x", 2, 0, name, name)])
    page = print_job(
        replace(figures, touchpoints=[silent, *figures.touchpoints[1:]], sales=lost), Letterhead("X"), lang="de"
    ).page
    cut = "Sehr lange Bezeichnung Sehr lange Bezeichnung Sehr lange Be…"
    assert f"{cut} (2)" in page
    assert f"Kontakte, aber keine Antworten: {cut}" in page
