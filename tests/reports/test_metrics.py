"""The metrics of measures against the monthly report and against a plain recomputation, on random data."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from statistics import median

import pytest

from crm.customers.orders.tables import Quotation
from crm.database import Statements, counted, execute, fetch, fetch_value
from crm.reports.definitions import DEFINITIONS
from crm.reports.figures import figures_of
from crm.reports.metrics import METRICS, Measured, Unit, measured
from crm.reports.shape import Score
from crm.service_levels.queries import TERMS, terms_from
from tests.cast import Cast
from tests.reports.world import BERLIN, EDGES, World

OCTOBER = date(2026, 10, 1)
LATER = EDGES[2] + timedelta(days=19)
MIDDLE = EDGES[1] + timedelta(days=14)


@pytest.fixture(params=[(1, LATER), (2, LATER), (3, MIDDLE)], ids=["past", "past again", "running"])
async def until(request: pytest.FixtureRequest, cast: Cast) -> datetime:
    """A random world around October 2026, and when it is looked at."""
    seed, now = request.param
    await World(seed, cast).fill()
    return min(now, EDGES[2])


async def october(code: str, until: datetime, touchpoint_id: int | None = None) -> Measured:
    return await measured(code, touchpoint_id=touchpoint_id, start=EDGES[1], end=EDGES[2], until=until)


def same(found: Measured, score: Score | None) -> None:
    if score is None:
        assert (found.value, found.n, found.interval) == (None, 0, None)
    else:
        assert (found.value, found.n) == (score.value, score.n)
        assert found.interval == (None if score.low is None else (score.low, score.high))


async def test_scores_are_those_of_the_report(until: datetime) -> None:
    figures = await figures_of(OCTOBER, now=until, zone=BERLIN)
    assert figures.satisfaction is not None
    same(await october("csat", until), figures.satisfaction)
    same(await october("nps", until), figures.nps)
    same(await october("effort", until), figures.effort)


async def test_a_touchpoint_has_the_scores_and_contacts_of_the_report(until: datetime) -> None:
    figures = await figures_of(OCTOBER, now=until, zone=BERLIN)
    ids = {row.code: row.id for row in await fetch("SELECT id, code FROM touchpoint")}
    for one in figures.touchpoints:
        same(await october("csat", until, ids[one.code]), one.satisfaction)
        same(await october("nps", until, ids[one.code]), one.nps)
        same(await october("effort", until, ids[one.code]), one.effort)
        assert (await october("volume", until, ids[one.code])).value == one.contacts


async def test_volume_is_the_contacts_of_the_report(until: datetime) -> None:
    figures = await figures_of(OCTOBER, now=until, zone=BERLIN)
    found = await october("volume", until)
    assert found.value == found.n == figures.contacts > 20


async def test_missed_promises_are_what_the_report_does_not_count_as_kept(until: datetime) -> None:
    figures = await figures_of(OCTOBER, now=until, zone=BERLIN)
    found = await october("breach_share", until)
    assert found.n == figures.promises_due > 20
    assert found.value == pytest.approx(100 * (1 - figures.promises_kept / figures.promises_due))


async def test_first_contact_resolution_is_that_of_the_levels(until: datetime) -> None:
    figures = await figures_of(OCTOBER, now=until, zone=BERLIN)
    found = await october("first_contact_resolution", until)
    solved = sum(row.solved for row in figures.levels)
    assert found.n == solved > 5
    assert found.value == pytest.approx(100 * sum(row.solved_at_first_contact for row in figures.levels) / solved)


async def test_the_first_response_is_the_median_of_business_minutes(until: datetime) -> None:
    """By each enquiry's own calendar, without the time in which it waited for the customer before it was answered."""
    await execute(
        "INSERT INTO ticket_pause (ticket, status, started_at, ended_at) SELECT id, 'waiting', opened_at, "
        "opened_at + interval '1 hour' FROM ticket WHERE id % 3 = 0"
    )
    shut = "SELECT id FROM customer WHERE restricted_at IS NOT NULL OR deleted_at IS NOT NULL"
    rows = await fetch(
        "SELECT t.opened_at, coalesce(t.first_responded_at, t.solved_at) AS at, t.id % 3 = 0 AS paused, "
        + TERMS.format(
            version="(SELECT max(v.id) FROM service_level_version v WHERE v.service_level = t.service_level)"
        )
        + f" AS terms FROM ticket t WHERE t.customer NOT IN ({shut}) "
        "AND (t.person IS NULL OR t.person NOT IN (SELECT id FROM person WHERE restricted_at IS NOT NULL))"
    )
    minutes = []
    for row in rows:
        if row.at is not None and EDGES[1] <= row.at < until:
            calendar = terms_from(row.terms, row.opened_at, row.at).calendar
            start = min(row.at, row.opened_at + timedelta(hours=1)) if row.paused else row.opened_at
            minutes.append(calendar.minutes_between(start, row.at))
    found = await october("first_response", until)
    assert found.n == len(minutes) > 5
    assert found.value == pytest.approx(median(minutes))
    assert found.interval is not None
    assert found.interval[0] <= median(minutes) <= found.interval[1]


async def test_an_enquiry_belongs_to_the_touchpoint_of_the_first_contact_about_it(cast: Cast) -> None:
    world = World(4, cast)
    await world.customers()
    await world.tickets(40, [row.id for row in await fetch("SELECT id FROM topic")])
    hotline, portal = [row.id for row in await fetch("SELECT id FROM touchpoint ORDER BY id LIMIT 2")]
    for days, place in ((0, None), (1, hotline), (2, portal)):
        await execute(
            "INSERT INTO interaction (channel, direction, ticket, touchpoint, at, text) "
            "SELECT 'phone', 'inbound', id, $1, opened_at + $2::interval, '' FROM ticket",
            place, timedelta(days=days),
        )  # fmt: skip
    for code in ("breach_share", "first_response", "first_contact_resolution"):
        everywhere = await october(code, EDGES[2])
        assert everywhere.n > 0
        assert await october(code, EDGES[2], hotline) == everywhere
        assert (await october(code, EDGES[2], portal)).n == 0


async def test_a_quotation_takes_the_business_time_from_its_request_to_its_sending_as_in_the_report(cast: Cast) -> None:
    world = World(5, cast)
    await world.customers()
    start = EDGES[1] + timedelta(days=3)

    async def quote(customer: int, sent: float | None, taken: int | None, decided: float | None = None) -> None:
        status = "requested" if sent is None else "sent"
        await Quotation(
            number=f"A-{customer}", status=status if decided is None else "declined", decline_reason="price" if decided else "",
            customer=world.customer_ids[customer], requested_at=start, created_at=start, turnaround_min=taken,
            sent_at=None if sent is None else start + timedelta(days=sent),
            decided_at=None if decided is None else start + timedelta(days=decided),
        ).save()  # fmt: skip

    await quote(0, 2, 960)
    await quote(1, 4.5, 1530, 9)
    await quote(2, 1, 90)
    await quote(5, None, None, 3)  # decided before it was sent: nothing was sent
    await quote(6, None, None)  # still waited for
    await quote(7, 0, None)  # entered when it went out: nobody knows when it was requested
    await quote(8, 60, 9000)  # goes out in another month
    await quote(3, 1, 480)  # restricted
    await quote(4, 1, 480)  # deleted
    found = await october("quotation_turnaround", EDGES[2])
    assert (found.value, found.n, found.interval) == (16.0, 3, None)
    assert found.is_uncertain
    report = await figures_of(OCTOBER, now=LATER, zone=BERLIN)
    assert report.sales is not None
    assert report.sales.quotations.turnaround_min == 60 * found.value
    hotline = await fetch_value("SELECT id FROM touchpoint WHERE code = 'hotline'")
    assert await october("quotation_turnaround", EDGES[2], hotline) == found


async def test_nothing_happened(cast: Cast) -> None:
    for code in METRICS:
        found = await october(code, EDGES[2])
        assert (found.value, found.n) == (0.0 if code == "volume" else None, 0)
        assert found.is_uncertain


async def test_each_metric_is_one_statement(cast: Cast) -> None:
    for code in METRICS:
        token = counted.set(Statements())
        try:
            await october(code, EDGES[2])
            assert len(counted.get() or ()) == 1, code
        finally:
            counted.reset(token)


async def test_a_code_that_is_no_metric_is_refused(cast: Cast) -> None:
    with pytest.raises(KeyError):
        await measured("happiness", touchpoint_id=None, start=datetime(2026, 1, 1, tzinfo=UTC), end=EDGES[2])


def test_a_figure_that_the_report_knows_has_its_words() -> None:
    texts = {one.text for one in DEFINITIONS}
    assert {code for code, one in METRICS.items() if one.text in texts} == {
        "csat", "nps", "effort", "breach_share", "volume", "first_contact_resolution", "quotation_turnaround",
    }  # fmt: skip
    assert {one.unit for one in METRICS.values()} == set(Unit)
    assert [code for code, one in METRICS.items() if not one.is_higher_better] == [
        "first_response", "breach_share", "volume", "quotation_turnaround",
    ]  # fmt: skip
