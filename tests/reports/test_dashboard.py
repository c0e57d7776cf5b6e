"""The dashboard: the report's figures for any days, and a list behind each that has exactly as many rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, date, datetime, timedelta

import pytest

from crm.customers.lists.tables import SavedView
from crm.customers.lists.wanted import Wanted
from crm.database import Row, execute, fetch
from crm.reports.dashboard import behind, behind_answers, behind_sales, behind_voices
from crm.reports.dashboard.asking import Asked
from crm.reports.dashboard.targets import judged
from crm.reports.figures import EVERYTHING, LATER, MEASURES, RIGHTS, SALES, SERVICE, VOICES, figures_of, figures_of_span
from crm.reports.rollups.sweeping import sweep_rollups
from crm.reports.sentences import told
from crm.reports.shape import MonthFigures
from crm.reports.spans import Span, SpanKind, midnight
from crm.surveys.answering import type_in
from crm.surveys.forms import Given
from crm.web.i18n import speaking
from tests.browser import Browser
from tests.cast import Cast
from tests.reports.dealings import deal
from tests.reports.world import BERLIN, EDGES, World
from tests.surveys.conftest import running, survey

OCTOBER = Span.of_month(date(2026, 10, 1))
SOME_DAYS = Span(SpanKind.DAYS, date(2026, 10, 7), date(2026, 10, 26))
AFTER = EDGES[2] + timedelta(days=19)
PATHS = (
    "/dashboard",
    *(f"/dashboard/{part}" for part in ("service", "sales", "voices", "measures", "privacy")),
    *(
        f"/dashboard/{kind}"
        for kind in ("contacts", "answers", "enquiries", "customers", "quotations", "changes", "points")
    ),
)

Read = Callable[[Asked, dict[str, str], str, datetime], Awaitable[behind.Behind]]


@pytest.fixture
async def world(cast: Cast) -> World:
    made = World(5, cast)
    await made.fill(contacts=200, answers=150, tickets=60, events=20)
    return made


async def rows_behind(read: Read, asked: Asked, **filters: str) -> list[Row]:
    """All pages of a list."""
    found: list[Row] = []
    cursor = ""
    while True:
        page = await read(asked, filters, cursor, AFTER)
        found += page.rows
        if not page.next:
            break
        cursor = page.next
    assert len({row.id for row in found}) == len(found)
    assert [row.at for row in found] == sorted((row.at for row in found), reverse=True)
    return found


@pytest.mark.parametrize("span", [OCTOBER, SOME_DAYS], ids=["month", "days"])
@pytest.mark.parametrize("is_narrowed", [False, True], ids=["all", "segment"])
async def test_behind_each_figure_are_as_many_rows(cast: Cast, world: World, span: Span, is_narrowed: bool) -> None:
    await sweep_rollups()
    wanted = Wanted(among=tuple(world.customer_ids[::2])) if is_narrowed else None
    asked = Asked(span, None, wanted)
    figures = await figures_of_span(span, now=AFTER, zone=BERLIN, wanted=wanted)
    await contacts_fit(figures, asked)
    await answers_fit(figures, asked)
    await enquiries_fit(figures, asked)
    new = await rows_behind(behind.customers_behind, asked, what="new")
    assert len(new) == figures.new_customers
    for row in figures.overdue:
        late = await rows_behind(behind.customers_behind, asked, what="overdue", service_level=row.code)
        assert len(late) == row.overdue


async def contacts_fit(figures: MonthFigures, asked: Asked) -> None:
    read = behind.contacts_behind
    assert len(await rows_behind(read, asked)) == figures.contacts > 10
    for row in figures.channels:
        assert len(await rows_behind(read, asked, channel=row.code)) == row.count
    for row in figures.directions:
        assert len(await rows_behind(read, asked, direction=row.code)) == row.count
    for phase in figures.phases:
        assert len(await rows_behind(read, asked, phase=phase.code)) == phase.contacts
    for one in figures.touchpoints[:6]:
        assert len(await rows_behind(read, asked, touchpoint=one.code)) == one.contacts
        assert len(await rows_behind(read, asked, touchpoint=one.code, marked="1")) == one.marked


async def answers_fit(figures: MonthFigures, asked: Asked) -> None:
    read = behind_answers.answers_behind
    for metric, score in (("csat", figures.satisfaction), ("nps", figures.nps), ("effort", figures.effort)):
        assert score is not None
        assert len(await rows_behind(read, asked, metric=metric)) == score.n
    for one in figures.touchpoints[:6]:
        assert len(await rows_behind(read, asked, touchpoint=one.code, low="1")) == one.low_answers


async def enquiries_fit(figures: MonthFigures, asked: Asked) -> None:
    read = behind.enquiries_behind
    assert len(await rows_behind(read, asked, what="opened")) == figures.enquiries > 0
    for level in figures.levels:
        counts = {
            "opened": level.opened, "solved": level.solved, "first_contact": level.solved_at_first_contact,
            "escalated": level.escalations, "open": level.open_at_end,
        }  # fmt: skip
        for what, count in counts.items():
            assert len(await rows_behind(read, asked, what=what, level=str(level.level))) == count
    for topic in figures.topics:
        assert len(await rows_behind(read, asked, what="opened", topic=topic.code or "-")) == topic.opened
    for cause in figures.causes:
        assert len(await rows_behind(read, asked, what="caused", cause=cause.code or "-")) == cause.count
    for promise in figures.promises:  # an enquiry has two promises
        missed = await rows_behind(read, asked, what="missed", service_level=promise.code)
        assert max(promise.first_missed, promise.solution_missed) <= len(missed) <= promise.missed


async def anonymous(cast: Cast, scores: Sequence[int]) -> int:
    """So many sheets of paper of an anonymous survey about the showroom came on the 6th of October; the survey."""
    survey_id = await running(survey(is_anonymous=True, touchpoint="showroom"), cast, since=EDGES[1])
    for score in scores:
        await type_in(
            survey_id, Given({0: score}, {}), at_on=date(2026, 10, 6), customer_id=None, by=cast.ali.id, now=AFTER
        )  # fmt: skip
    return survey_id


async def test_anonymous_answers_are_told_together_and_never_listed(cast: Cast) -> None:
    await anonymous(cast, (5, 4, 4, 3, 1, 1))
    found = await behind_answers.answers_behind(Asked(OCTOBER), {"touchpoint": "showroom"}, "", AFTER)
    assert found.rows == []
    assert [(one.metric, one.n, one.score and one.score.value) for one in found.together] == [("csat", 6, 3.0)]
    low = await behind_answers.answers_behind(Asked(OCTOBER), {"touchpoint": "showroom", "low": "1"}, "", AFTER)
    assert (low.rows, [(one.metric, one.n, one.score) for one in low.together]) == ([], [("csat", None, None)])


@pytest.mark.parametrize("days", [(1, 5), (6, 6), (6, 31), (1, 31)])
async def test_no_choice_of_days_takes_a_few_anonymous_answers_out_of_their_month(
    cast: Cast, days: tuple[int, int]
) -> None:
    survey_id = await anonymous(cast, (5, 4, 4, 3))
    for day in (20, 27):
        await type_in(
            survey_id, Given({0: 1}, {}), at_on=date(2026, 10, day), customer_id=None, by=cast.ali.id, now=AFTER
        )  # fmt: skip
    span = Span(SpanKind.DAYS, date(2026, 10, days[0]), date(2026, 10, days[1]))
    figures = await figures_of_span(span, now=AFTER, zone=BERLIN)
    assert (figures.satisfaction.n if figures.satisfaction else 0) in (0, 6)


async def test_the_list_says_that_anonymous_answers_are_told_together(browser: Browser, cast: Cast) -> None:
    await anonymous(cast, (5, 4, 4, 3, 1))
    await browser.log_in(cast.karin)
    page = await browser.get("/dashboard/answers?metric=csat&month=2026-10")
    assert "Zufriedenheit: 5 anonyme Antworten, zusammen 3,4. Einzeln werden sie nicht aufgelistet." in page.text
    few = await browser.get("/dashboard/answers?low=1&month=2026-10")
    assert "weniger als fünf" in few.text
    assert "Nichts in diesen Tagen" not in few.text
    assert int(few.headers["x-sql-statements"]) <= 8


async def test_a_segment_counts_its_customers_alone(cast: Cast, world: World) -> None:
    mine = world.customer_ids[6:9]
    figures = await figures_of_span(OCTOBER, now=AFTER, zone=BERLIN, wanted=Wanted(among=tuple(mine)))
    silent = {row.id for row in await fetch("SELECT id FROM person WHERE restricted_at IS NOT NULL")}
    rows = [
        row for row in await fetch("SELECT * FROM interaction WHERE customer = ANY($1) AND at >= $2 AND at < $3", mine, *EDGES[1:])
        if row.person not in silent
    ]  # fmt: skip
    assert figures.contacts == len(rows) > 0
    assert {row.code: row.count for row in figures.channels if row.count} == Counter(row.channel for row in rows)
    assert [point.contacts for point in figures.year][-1] == len(rows)


async def test_a_segment_counts_its_own_quotations_changes_of_status_and_voices(cast: Cast, world: World) -> None:
    await deal(world)
    mine, others = world.customer_ids[6:9], [*world.customer_ids[:6], *world.customer_ids[9:]]
    everybody = await figures_of_span(OCTOBER, now=AFTER, zone=BERLIN)
    before = await figures_of_span(OCTOBER, now=AFTER, zone=BERLIN, wanted=Wanted(among=tuple(mine)))
    for table in ("quotation", "status_change"):
        await execute(f"DELETE FROM {table} WHERE customer = ANY($1)", others)
    await execute(
        "DELETE FROM feedback f WHERE coalesce((SELECT customer FROM interaction WHERE id = f.interaction), "
        "(SELECT customer FROM ticket WHERE id = f.ticket), 0) <> ALL($1)",
        mine,
    )
    alone = await figures_of_span(OCTOBER, now=AFTER, zone=BERLIN)
    assert everybody.sales
    assert before.sales
    assert before.voices
    assert alone.voices
    assert before.sales == alone.sales != everybody.sales
    assert before.sales.quotations.requested > 0
    assert before.sales.conversion
    assert before.voices.touchpoints == alone.voices.touchpoints
    assert before.voices.headings == alone.voices.headings
    assert before.voices.expectations == alone.voices.expectations
    assert before.voices.criticism > 0
    assert everybody.requests
    assert before.requests is None  # they belong to persons: those of all customers would be said of these


async def test_days_of_a_month_are_the_month(cast: Cast, world: World) -> None:
    month = await figures_of(OCTOBER.first, now=AFTER, zone=BERLIN)
    named = await figures_of_span(Span.of_month(date(2026, 10, 1)), now=AFTER, zone=BERLIN)
    assert named == month
    assert month.last is None


async def test_odd_days_are_counted_from_midnight_to_midnight(cast: Cast, world: World) -> None:
    await sweep_rollups()
    figures = await figures_of_span(SOME_DAYS, now=AFTER, zone=BERLIN)
    assert (figures.month, figures.last) == (SOME_DAYS.first, SOME_DAYS.last)
    rows = await fetch(
        "SELECT i.at FROM interaction i LEFT JOIN customer c ON c.id = i.customer LEFT JOIN person p ON p.id = i.person "
        "WHERE c.restricted_at IS NULL AND c.deleted_at IS NULL AND p.restricted_at IS NULL"
    )
    start, end = midnight(date(2026, 10, 7), BERLIN), midnight(date(2026, 10, 27), BERLIN)
    assert figures.contacts == sum(start <= row.at < end for row in rows)
    earlier = midnight(date(2026, 9, 17), BERLIN)
    assert figures.contacts_before == sum(earlier <= row.at < start for row in rows)


@pytest.mark.parametrize("is_narrowed", [False, True], ids=["all", "segment"])
async def test_what_comes_later_is_what_was_left_out(cast: Cast, world: World, is_narrowed: bool) -> None:
    await deal(world)
    wanted = Wanted(among=tuple(world.customer_ids[::2])) if is_narrowed else None

    async def read(without: frozenset[str]) -> MonthFigures:
        return await figures_of_span(OCTOBER, now=AFTER, zone=BERLIN, wanted=wanted, without=without)

    whole, first = await read(frozenset()), await read(LATER)
    assert (first.overdue, first.consents, first.sales, first.voices) == ([], [], None, None)
    for name in (
        "contacts",
        "satisfaction",
        "nps",
        "responses",
        "channels",
        "phases",
        "touchpoints",
        "year",
        "targets",
        "new_customers",
    ):
        assert getattr(first, name) == getattr(whole, name)
    service, sales, voices, measures, rights = [
        await read(EVERYTHING - part) for part in (SERVICE, SALES, VOICES, MEASURES, RIGHTS)
    ]
    for name in ("promises", "levels", "topics", "kinds", "causes", "enquiries", "targets"):
        assert getattr(service, name) == getattr(whole, name)
    assert (first.promises, first.levels, first.topics) == ([], [], [])
    assert service.enquiries > 0
    assert (measures.measures, measures.touchpoints) == (whole.measures, whole.touchpoints)
    assert (sales.sales, sales.origins, sales.overdue) == (whole.sales, whole.origins, whole.overdue)
    assert sales.sales is not None
    assert voices.voices == whole.voices is not None
    assert (rights.requests, rights.consents) == (whole.requests, whole.consents)
    assert EVERYTHING >= LATER


@pytest.mark.parametrize("is_narrowed", [False, True], ids=["all", "segment"])
async def test_behind_sales_and_voices_are_as_many_rows(cast: Cast, world: World, is_narrowed: bool) -> None:
    await deal(world)
    wanted = Wanted(among=tuple(world.customer_ids[::2])) if is_narrowed else None
    asked = Asked(OCTOBER, None, wanted)
    figures = await figures_of_span(OCTOBER, now=AFTER, zone=BERLIN, wanted=wanted)
    assert figures.sales
    assert figures.voices
    quotations = figures.sales.quotations
    for what in behind_sales.QUOTATIONS:
        assert len(await rows_behind(behind_sales.quotations_behind, asked, what=what)) == getattr(quotations, what)
    assert quotations.declined > 0
    for code, n in quotations.declines:
        assert len(await rows_behind(behind_sales.quotations_behind, asked, what="declined", reason=code or "-")) == n
    assert len(await rows_behind(behind_sales.changes_behind, asked, what="won")) == figures.sales.won
    assert len(await rows_behind(behind_sales.changes_behind, asked, what="lost")) == figures.sales.lost
    for row in figures.sales.losses:
        assert (
            len(await rows_behind(behind_sales.changes_behind, asked, what="lost", reason=row.code or "-")) == row.count
        )
    for row in figures.sales.lost_at:
        assert len(await rows_behind(behind_sales.changes_behind, asked, what="lost", touchpoint=row.code)) == row.count
    for step in figures.sales.conversion:
        for what, n in (("prospects", step.prospects), ("converted", step.converted), ("lost_prospects", step.lost)):
            assert len(await rows_behind(behind.customers_behind, asked, what=what, phase=step.code)) == n
    for voice in figures.voices.touchpoints:
        for what, n in (("criticism", voice.criticism), ("praise", voice.praise)):
            assert (
                len(await rows_behind(behind_voices.points_behind, asked, what=what, touchpoint=voice.code or "-")) == n
            )
    for one in figures.voices.headings:
        filters = {"what": "criticism", "category": one.category, "heading": one.heading}
        assert len(await rows_behind(behind_voices.points_behind, asked, **filters)) == one.criticism
    assert len(await rows_behind(behind_voices.points_behind, asked, what="expectation")) == figures.voices.expectations


async def test_targets_stand_beside_their_figures_with_a_word(browser: Browser, cast: Cast, world: World) -> None:
    await execute(
        "UPDATE company SET report_nps_target = 100, report_promises_target = 1, report_first_contact_target = NULL"
    )
    figures = await figures_of_span(OCTOBER, now=AFTER, zone=BERLIN)
    with speaking("de"):
        found = judged(figures)
        assert found["nps"].sentence == "Ziel +100: verfehlt"
        assert found["promises"].sentence == "Ziel 1 %: erreicht".replace(" %", "\N{NO-BREAK SPACE}%")
        assert "first_contact" not in found
    await browser.log_in(cast.karin)
    page = await browser.get("/dashboard?month=2026-10")
    assert "Ziel +100: verfehlt" in page.text
    service = await browser.get("/dashboard/service?month=2026-10", htmx=True)
    assert "Ziel 1\N{NO-BREAK SPACE}%: erreicht" in service.text


async def test_figures_of_enquiries_come_to_their_place_at_the_top(browser: Browser, cast: Cast, world: World) -> None:
    await browser.log_in(cast.karin)
    first = (await browser.get("/dashboard?month=2026-10")).text
    service = (await browser.get("/dashboard/service?month=2026-10", htmx=True)).text
    alone = (await browser.get("/dashboard/service?month=2026-10")).text
    for name in ("top-promises", "top-enquiries", "top-first-contact"):
        assert f'<div id="{name}"><dt>' in first
        assert f'<div id="{name}" hx-swap-oob="true"><dt>' in service
        assert f'<div id="{name}"><dt>' in alone
    assert "hx-swap-oob" not in alone
    figures = await figures_of(date(2026, 10, 1), now=datetime.now(UTC), zone=BERLIN)
    assert figures.enquiries > 0
    for shown in (service, alone):
        assert f">{figures.enquiries}</a>" in shown.partition('id="top-enquiries"')[2].partition("</dd>")[0]


async def test_requests_of_a_segment_are_not_told(browser: Browser, cast: Cast, world: World) -> None:
    await deal(world)
    view = SavedView(name="Alle", owner=cast.karin.id, query="", created_at=datetime.now(UTC))
    await view.save()
    await browser.log_in(cast.karin)
    assert "Auskunft" in (await browser.get("/dashboard/privacy?month=2026-10")).text
    mine = (await browser.get(f"/dashboard/privacy?month=2026-10&segment={view.id}")).text
    assert "Datenschutzanfragen gehören zu Personen" in mine
    assert "Auskunft" not in mine


async def test_a_running_month_is_not_compared_with_a_whole_one(cast: Cast, world: World) -> None:
    now = EDGES[1] + timedelta(days=9)
    figures = await figures_of_span(OCTOBER, now=now, zone=BERLIN)
    assert figures.contacts
    assert figures.contacts_before
    with speaking("de"):
        running = told(figures, OCTOBER, is_running=True)
        over = told(figures, OCTOBER, is_running=False)
    assert "im September" not in " ".join(running)
    assert "im September" in over[0]


async def test_a_manager_sees_the_figures_with_their_meaning(browser: Browser, cast: Cast, world: World) -> None:
    await browser.log_in(cast.karin)
    page = await browser.get("/dashboard?month=2026-10")
    assert page.status_code == 200
    assert "Im Oktober 2026 hatten wir" in page.text
    assert "Das Mittel dessen, was Kunden selbst geantwortet haben" in page.text
    assert 'href="/dashboard/contacts?month=2026-10"' in page.text
    assert int(page.headers["x-sql-statements"]) <= 8
    for part, says in (
        ("service", "Kompetenzstufe"),
        ("sales", "Angebote"),
        ("voices", "Lob"),
        ("measures", "Maßnahme"),
        ("privacy", "Einwilligung"),
    ):
        path = f"/dashboard/{part}?month=2026-10"
        assert f'hx-get="{path}"' in page.text
        assert f'<a href="{path}">' in page.text  # without scripts
        later = await browser.get(path, htmx=True)
        assert says in later.text
        assert "<html" not in later.text
        assert int(later.headers["x-sql-statements"]) <= 8
        alone = await browser.get(path)
        assert "<h1>" in alone.text
        assert says in alone.text
        assert int(alone.headers["x-sql-statements"]) <= 8
    for kind in (
        "contacts", "answers", "enquiries", "enquiries?what=missed", "customers", "customers?what=overdue", "quotations",
        "quotations?what=declined", "changes?what=won", "changes?what=lost", "points", "points?what=praise", "customers?what=converted",
    ):  # fmt: skip
        path = f"/dashboard/{kind}{'&' if '?' in kind else '?'}month=2026-10"
        behind_it = await browser.get(path)
        assert behind_it.status_code == 200, path
        assert int(behind_it.headers["x-sql-statements"]) <= 8


async def test_without_data_it_says_so(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.karin)
    page = await browser.get("/dashboard")
    assert page.status_code == 200
    assert "In den letzten 30 Tagen wurde kein Kontakt mit Kunden festgehalten." in page.text


async def test_sales_staff_see_no_dashboard(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.petra)
    for path in PATHS:
        assert (await browser.get(path)).status_code == 404
    assert (await browser.api("GET", "/figures")).status_code == 404


@pytest.mark.parametrize(
    "words",
    [
        "month=2026-13",
        "from=x&to=y",
        "from=2026-10-05&to=2026-10-01",
        "segment=abc",
        "month=2026-10%00",
        "from=%F0%9F%98%80",
    ],
)
async def test_days_that_are_none_get_a_sentence(browser: Browser, cast: Cast, words: str) -> None:
    await browser.log_in(cast.karin)
    page = await browser.get(f"/dashboard?{words}")
    assert page.status_code == 422
    assert 'class="error"' in page.text
    assert (await browser.get(f"/dashboard/contacts?{words}")).status_code == 422


async def test_a_segment_is_a_saved_list_that_one_sees(browser: Browser, cast: Cast, world: World) -> None:
    view = SavedView(name="Nur Messe", owner=cast.karin.id, query="origin=fair", created_at=datetime.now(UTC))
    await view.save()
    await browser.log_in(cast.karin)
    page = await browser.get(f"/dashboard?month=2026-10&segment={view.id}")
    assert page.status_code == 200
    assert "Nur Messe" in page.text
    assert f"/dashboard/contacts?month=2026-10&amp;segment={view.id}" in page.text
    assert int(page.headers["x-sql-statements"]) <= 8
    assert (await browser.api("GET", f"/figures?month=2026-10&segment={view.id}")).status_code == 200
    await browser.log_in(cast.jonas)
    for path in (f"/dashboard?segment={view.id}", f"/dashboard/contacts?segment={view.id}"):
        assert (await browser.get(path)).status_code == 404


async def test_the_api_says_the_same_with_definitions(browser: Browser, cast: Cast, world: World) -> None:
    await browser.log_in(cast.karin)
    answer = (await browser.api("GET", "/figures?from=2026-10-01&to=2026-10-31")).json()
    figures = await figures_of(date(2026, 10, 1), now=datetime.now(UTC), zone=BERLIN)
    assert (answer["first"], answer["last"], answer["is_running"]) == ("2026-10-01", "2026-10-31", False)
    assert answer["figures"]["contacts"] == figures.contacts
    assert answer["figures"]["satisfaction"]["n"] == (figures.satisfaction.n if figures.satisfaction else None)
    assert answer["definitions"]["enquiries"].startswith("Anfragen, die im Zeitraum eingegangen sind")
    shown = (await browser.get("/dashboard?month=2026-10")).text
    assert answer["definitions"]["enquiries"] in shown.partition('id="means-enquiries-top"')[2].partition("</dt>")[0]
    assert answer["definitions"]["contacts"].startswith("Alles, was im Kontaktverlauf")
    for words in (
        "from=2026-10-01",
        "from=a&to=b",
        "month=x",
        "segment=0",
        "segment=99999999999999999999",
        "until=2026-10-31",
    ):
        assert (await browser.api("GET", f"/figures?{words}")).status_code in (400, 422), words
    assert (await browser.api("GET", "/figures?segment=999999")).status_code == 404
