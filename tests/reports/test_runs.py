"""Asking for a report and producing it: once, for good, whatever happens to the workers."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta

import asyncpg
import pytest

from crm.database import execute, fetch, fetch_one, fetch_value
from crm.errors import NotFound, RuleBroken
from crm.reports import actions
from crm.reports.actions import STALE, produce_report, request_monthly_reports, request_report, sweep_reports
from crm.reports.printing import Job
from crm.reports.queries import figures_for, run_by_id, stored_figures
from tests.cast import Cast, introduce
from tests.reports.world import BERLIN, EDGES, World

OCTOBER = date(2026, 10, 1)
IN_OCTOBER = EDGES[1] + timedelta(days=14)
AFTER = EDGES[2] + timedelta(days=1, hours=9)


@pytest.fixture
def nudges(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """What the queue was told."""
    told: list[tuple[str, int]] = []

    async def enqueue(name: str, *ids: int) -> None:
        told.append((name, *ids))

    monkeypatch.setattr(actions, "enqueue", enqueue)
    return told


async def test_asking_twice_is_one_run_and_one_nudge(cast: Cast, nudges: list[tuple[str, int]]) -> None:
    first = await request_report(OCTOBER, "de", by=cast.karin.id, now=AFTER)
    second = await request_report(OCTOBER, "de", by=cast.eva.id, now=AFTER)
    assert first == second
    assert nudges == [("produce_report", first)]


async def test_each_language_has_its_own_run(cast: Cast, nudges: list[tuple[str, int]]) -> None:
    assert await request_report(OCTOBER, "de", by=None, now=AFTER) != await request_report(
        OCTOBER, "en", by=None, now=AFTER
    )
    with pytest.raises(RuleBroken):
        await request_report(OCTOBER, "fr", by=None, now=AFTER)


async def test_a_month_that_has_not_begun_has_no_report(cast: Cast) -> None:
    with pytest.raises(NotFound):
        await request_report(OCTOBER, "de", by=None, now=EDGES[1] - timedelta(seconds=1))


async def test_whoever_asked_is_told_once_when_it_is_ready(cast: Cast, paper: list[Job]) -> None:
    run_id = await request_report(OCTOBER, "de", by=cast.karin.id, now=AFTER)
    assert await produce_report(run_id, now=AFTER)
    assert not await produce_report(run_id, now=AFTER + timedelta(hours=1))
    told = await fetch('SELECT kind, link, detail::text AS detail FROM notification WHERE "user" = $1', cast.karin.id)
    assert [(row.kind, row.link) for row in told] == [("report_ready", "/reports/2026-10?lang=de")]
    assert '"2026-10"' in told[0].detail
    assert len(paper) == 1


async def test_the_report_of_a_past_month_never_changes(cast: Cast, paper: list[Job]) -> None:
    await World(1, cast).fill(contacts=50, answers=30, tickets=5, events=5)
    run_id = await request_report(OCTOBER, "de", by=None, now=AFTER)
    await produce_report(run_id, now=AFTER)
    before = await run_by_id(run_id)
    fixed = await stored_figures(OCTOBER)
    await execute("DELETE FROM interaction")
    later = AFTER + timedelta(days=40)
    assert await request_report(OCTOBER, "de", by=None, now=later) == run_id
    assert not await produce_report(run_id, now=later)
    assert await run_by_id(run_id) == before
    assert fixed is not None
    assert await figures_for(OCTOBER, now=later, zone=BERLIN) == fixed
    english = await request_report(OCTOBER, "en", by=None, now=later)
    await produce_report(english, now=later)
    assert fixed.contacts > 0
    assert "Vorläufig" not in paper[0].page


async def test_both_languages_show_the_figures_of_the_first_run(cast: Cast, paper: list[Job]) -> None:
    await World(1, cast).fill(contacts=50, answers=30, tickets=5, events=5)
    await produce_report(await request_report(OCTOBER, "de", by=None, now=AFTER), now=AFTER)
    await execute("DELETE FROM interaction")
    await produce_report(await request_report(OCTOBER, "en", by=None, now=AFTER), now=AFTER + timedelta(days=1))
    rows = await fetch(
        "SELECT figures->>'contacts' AS contacts, figures->>'computed_at' AS at FROM report_run ORDER BY id"
    )
    assert rows[0] == rows[1]


async def test_the_database_itself_refuses_to_change_a_final_report(cast: Cast, paper: list[Job]) -> None:
    run_id = await request_report(OCTOBER, "de", by=None, now=AFTER)
    await produce_report(run_id, now=AFTER)
    with pytest.raises(asyncpg.RestrictViolationError):
        await execute("UPDATE report_run SET figures = '{}' WHERE id = $1", run_id)


async def test_the_running_month_is_provisional_and_may_be_made_anew(cast: Cast, paper: list[Job]) -> None:
    run_id = await request_report(OCTOBER, "de", by=None, now=IN_OCTOBER)
    await produce_report(run_id, now=IN_OCTOBER)
    assert "Vorläufig" in paper[0].page
    assert await request_report(OCTOBER, "de", by=None, now=IN_OCTOBER + timedelta(days=1)) == run_id
    assert await produce_report(run_id, now=IN_OCTOBER + timedelta(days=1))
    run = await run_by_id(run_id)
    assert run is not None
    assert (run.status, run.is_provisional) == ("ready", True)
    assert await stored_figures(OCTOBER) is None


async def test_a_provisional_run_becomes_final_after_the_month_with_new_figures(cast: Cast, paper: list[Job]) -> None:
    run_id = await request_report(OCTOBER, "de", by=None, now=IN_OCTOBER)
    await produce_report(run_id, now=IN_OCTOBER)
    await World(1, cast).fill(contacts=80, answers=0, tickets=0, events=0)
    assert await request_report(OCTOBER, "de", by=None, now=AFTER) == run_id
    await produce_report(run_id, now=AFTER)
    fixed = await stored_figures(OCTOBER)
    assert fixed is not None
    assert fixed.contacts > 20
    assert not fixed.is_provisional


async def test_asked_for_before_midnight_and_produced_after_it_is_final(cast: Cast, paper: list[Job]) -> None:
    run_id = await request_report(OCTOBER, "de", by=None, now=EDGES[2] - timedelta(seconds=1))
    await produce_report(run_id, now=EDGES[2])
    run = await run_by_id(run_id)
    assert run is not None
    assert not run.is_provisional
    assert "Vorläufig" not in paper[0].page


async def test_a_failure_is_stored_with_a_sentence_and_can_be_tried_again(
    cast: Cast, paper: list[Job], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(job: Job) -> bytes:
        raise RuntimeError("no paper")

    run_id = await request_report(OCTOBER, "de", by=None, now=AFTER)
    with monkeypatch.context() as patched:
        patched.setattr(actions, "print_pdf", broken)
        assert not await produce_report(run_id, now=AFTER)
    run = await run_by_id(run_id)
    assert run is not None
    assert run.status == "failed"
    assert run.error.startswith("The report could not be printed.")
    assert await request_report(OCTOBER, "de", by=None, now=AFTER) == run_id
    assert await produce_report(run_id, now=AFTER + timedelta(minutes=1))


async def test_a_run_whose_worker_died_is_found_and_taken_over(
    cast: Cast, paper: list[Job], nudges: list[tuple[str, int]]
) -> None:
    run_id = await request_report(OCTOBER, "de", by=None, now=AFTER)
    nudges.clear()
    await sweep_reports(AFTER + timedelta(seconds=10))
    assert nudges == []
    await sweep_reports(AFTER + timedelta(minutes=1))
    assert nudges == [("produce_report", run_id)]
    await execute("UPDATE report_run SET status = 'running', claimed_at = $1 WHERE id = $2", AFTER, run_id)
    assert not await produce_report(run_id, now=AFTER + timedelta(minutes=1))
    late = AFTER + STALE + timedelta(seconds=1)
    nudges.clear()
    await sweep_reports(late)
    assert nudges == [("produce_report", run_id)]
    assert await produce_report(run_id, now=late)


async def a_contact_in(year: int, month: int) -> None:
    await execute(
        "INSERT INTO interaction (channel, direction, text, is_moment_of_truth, at) VALUES ('phone', 'inbound', '', false, $1)",
        datetime(year, month, 5, 9, 0, tzinfo=UTC),
    )


async def test_the_first_working_day_brings_last_months_report_in_both_languages(
    cast: Cast, nudges: list[tuple[str, int]]
) -> None:
    await a_contact_in(2026, 10)
    sunday = datetime(2026, 11, 1, 5, 0, tzinfo=UTC)
    await request_monthly_reports(sunday)
    assert nudges == []
    monday = sunday + timedelta(days=1)
    await request_monthly_reports(monday)
    await request_monthly_reports(monday + timedelta(days=1))
    runs = await fetch("SELECT month, language, is_provisional FROM report_run ORDER BY language")
    assert [(run.month, run.language, run.is_provisional) for run in runs] == [
        (OCTOBER, "de", False),
        (OCTOBER, "en", False),
    ]
    assert len(nudges) == 2


async def test_what_failed_on_the_first_working_day_is_tried_again_the_next(
    cast: Cast, nudges: list[tuple[str, int]], paper: list[Job], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(job: Job) -> bytes:
        raise RuntimeError("no paper")

    await a_contact_in(2026, 10)
    monday = datetime(2026, 11, 2, 5, 0, tzinfo=UTC)
    await request_monthly_reports(monday)
    (first, second), runs = [run for _name, run in nudges], list(nudges)
    assert await produce_report(second, now=monday)
    with monkeypatch.context() as patched:
        patched.setattr(actions, "print_pdf", broken)
        assert not await produce_report(first, now=monday)
    nudges.clear()
    await request_monthly_reports(monday + timedelta(days=1))
    assert nudges == runs[:1], "only what failed"
    assert await produce_report(first, now=monday + timedelta(days=1))


async def test_a_company_that_has_just_begun_has_nothing_to_report(cast: Cast, nudges: list[tuple[str, int]]) -> None:
    await a_contact_in(2026, 11)
    await request_monthly_reports(datetime(2026, 11, 23, 5, 0, tzinfo=UTC))
    assert nudges == []


async def test_new_year_is_no_working_day(cast: Cast, nudges: list[tuple[str, int]]) -> None:
    await a_contact_in(2026, 12)
    await request_monthly_reports(datetime(2027, 1, 1, 5, 0, tzinfo=UTC))
    assert nudges == []
    await request_monthly_reports(datetime(2027, 1, 4, 5, 0, tzinfo=UTC))
    assert len(nudges) == 2


async def test_two_workers_at_once_produce_one_report(own_database: str, paper: list[Job]) -> None:
    cast = await introduce()
    run_id = await request_report(OCTOBER, "de", by=cast.karin.id, now=AFTER)
    done = await asyncio.gather(*(produce_report(run_id, now=AFTER + timedelta(seconds=n)) for n in range(4)))
    assert sorted(done) == [False, False, False, True]
    assert len(paper) == 1
    assert await fetch_value("SELECT count(*) FROM notification") == 1


async def test_two_languages_at_once_are_drawn_up_from_the_same_figures(own_database: str, paper: list[Job]) -> None:
    await introduce()
    runs = [await request_report(OCTOBER, lang, by=None, now=AFTER) for lang in ("de", "en")]
    await asyncio.gather(*(produce_report(run, now=AFTER + timedelta(seconds=run)) for run in runs))
    row = await fetch_one(
        "SELECT count(DISTINCT figures) AS n, count(*) AS runs FROM report_run WHERE status = 'ready'"
    )
    assert row is not None
    assert (row.n, row.runs) == (1, 2)
