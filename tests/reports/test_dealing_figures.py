"""Quotations, conversion, losses, praise, departments and requests against a plain recomputation over the raw rows."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from statistics import median
from typing import Any

import pytest

from crm.database import Row, fetch
from crm.reports.figures import figures_of
from crm.reports.figures_sales import Sales
from crm.reports.figures_voices import Place, Voices
from crm.reports.shape import MonthFigures
from tests.cast import Cast
from tests.reports.dealings import deal
from tests.reports.test_figures import LATER, MIDDLE, OCTOBER, Raw
from tests.reports.world import BERLIN, EDGES, World


@pytest.fixture(params=[(4, LATER), (5, LATER), (6, MIDDLE)], ids=["past", "past again", "running"])
async def month(request: pytest.FixtureRequest, cast: Cast) -> tuple[MonthFigures, Raw]:
    seed, now = request.param
    world = World(seed, cast)
    await world.fill()
    await deal(world)
    raw = await Raw(min(now, EDGES[2])).read()
    return await figures_of(OCTOBER, now=now, zone=BERLIN), raw


def sales(figures: MonthFigures) -> Sales:
    assert figures.sales is not None
    return figures.sales


def voices(figures: MonthFigures) -> Voices:
    assert figures.voices is not None
    return figures.voices


async def seen(table: str) -> list[Row]:
    """The rows of customers who are neither restricted nor deleted."""
    return await fetch(
        f"SELECT x.* FROM {table} x JOIN customer c ON c.id = x.customer WHERE c.restricted_at IS NULL AND c.deleted_at IS NULL"
    )


def near(found: float | None, values: Iterable[float]) -> None:
    values = list(values)
    assert found == (pytest.approx(median(values)) if values else None)


async def test_quotations_and_how_long_they_took(month: tuple[MonthFigures, Raw]) -> None:
    figures, raw = month
    mine, rows = sales(figures).quotations, await seen("quotation")

    def at(name: str, when: Any, status: str = "") -> list[Row]:
        return [row for row in rows if row[name] and when(row[name]) and (not status or row.status == status)]

    assert mine.requested == len(at("requested_at", raw.this)) > 0
    assert mine.requested_before == len(at("requested_at", raw.before))
    assert (mine.sent, mine.sent_before) == (len(at("sent_at", raw.this)), len(at("sent_at", raw.before)))
    assert mine.accepted == len(at("decided_at", raw.this, "accepted"))
    assert mine.accepted_before == len(at("decided_at", raw.before, "accepted"))
    assert mine.declined == len(at("decided_at", raw.this, "declined"))
    assert mine.declined_before == len(at("decided_at", raw.before, "declined"))
    near(mine.turnaround_min, (row.turnaround_min for row in at("sent_at", raw.this)))
    near(mine.turnaround_min_before, (row.turnaround_min for row in at("sent_at", raw.before)))
    near(mine.decision_min, (row.decision_min for row in at("decided_at", raw.this) if row.decision_min is not None))
    assert dict(mine.declines) == Counter(row.decline_reason for row in at("decided_at", raw.this, "declined"))
    known = [row for row in rows if row.requested_at < raw.until]
    undecided = [row for row in known if row.decided_at is None or row.decided_at >= raw.until]
    assert mine.waiting == sum(row.sent_at is None or row.sent_at >= raw.until for row in undecided)
    assert mine.undecided == sum(row.sent_at is not None and row.sent_at < raw.until for row in undecided)


async def test_who_was_won_and_who_was_lost_and_why(month: tuple[MonthFigures, Raw]) -> None:
    figures, raw = month
    rows = [row for row in await seen("status_change") if row.at < raw.until]
    won = [row for row in rows if (row.before, row.after) == ("prospect", "customer")]
    assert sales(figures).won == sum(raw.this(row.at) for row in won)
    assert sales(figures).won_before == sum(raw.before(row.at) for row in won)
    lost = [row for row in rows if row.after == "former"]
    reasons = {row.code: row.count for row in sales(figures).losses if row.count}
    assert reasons == Counter(row.reason_code for row in lost if raw.this(row.at))
    assert sales(figures).lost_before == sum(raw.before(row.at) for row in lost)
    places = {row.code: row.count for row in sales(figures).lost_at if row.count}
    assert places == Counter(row.last_touchpoint for row in lost if raw.this(row.at) and row.last_touchpoint)


async def test_conversion_goes_from_phase_to_phase(month: tuple[MonthFigures, Raw]) -> None:
    figures, raw = month
    by_customer = defaultdict(list)
    for row in await seen("status_change"):
        if row.at < raw.until:
            by_customer[row.customer].append(row)
    phases = {row.id: row.code for row in await fetch("SELECT id, code FROM phase")}
    expected: dict[str, list[tuple[bool, float]]] = defaultdict(list)
    for customer, changes in by_customer.items():
        came = next(row.at for row in changes if row.after == "prospect")
        if came < datetime(2025, 11, 1, tzinfo=BERLIN):
            continue
        won = min((row.at for row in changes if row.after == "customer"), default=None)
        reached = {
            phases[row.phase] for row in raw.contacts
            if row.customer == customer and row.phase and row.at < raw.until and (won is None or row.at <= won)
        }  # fmt: skip
        for phase in {"", *reached}:
            expected[phase].append((won is not None, (won - came).total_seconds() / 86400 if won else 0.0))
    found = {row.code: row for row in sales(figures).conversion}
    assert found.keys() == expected.keys()
    for code, each in expected.items():
        assert (found[code].prospects, found[code].converted) == (len(each), sum(is_won for is_won, _days in each))
        near(found[code].median_days, (days for is_won, days in each if is_won))


async def test_praise_and_criticism_by_touchpoint(month: tuple[MonthFigures, Raw]) -> None:
    figures, raw = month
    contacts = {row.id for row in raw.contacts}
    rows = [
        row for row in await fetch("SELECT * FROM feedback WHERE deleted_at IS NULL")
        if row.interaction in contacts or row.ticket in raw.tickets or (row.ticket and row.ticket in await all_seen(raw))
    ]  # fmt: skip
    codes = {row.id: row.code for row in await fetch("SELECT id, code FROM touchpoint")}
    for kind, this, before in (("praise", "praise", "praise_before"), ("criticism", "criticism", "criticism_before")):
        mine = [row for row in rows if row.kind == kind]
        now = Counter(codes.get(row.touchpoint, "") for row in mine if raw.this(row.at))
        then = Counter(codes.get(row.touchpoint, "") for row in mine if raw.before(row.at))
        assert {row.code: getattr(row, this) for row in voices(figures).touchpoints if getattr(row, this)} == now
        assert {row.code: getattr(row, before) for row in voices(figures).touchpoints if getattr(row, before)} == then
    assert voices(figures).expectations == sum(row.kind == "expectation" and raw.this(row.at) for row in rows)
    assert sum(row.criticism for row in voices(figures).headings) == voices(figures).criticism > 0


async def all_seen(raw: Raw) -> set[int]:
    """Enquiries that count, opened later than the month's end too."""
    rows = await seen("ticket")
    return {row.id for row in rows if row.person not in raw.silent}


async def test_enquiries_and_waits_by_department_and_product(month: tuple[MonthFigures, Raw]) -> None:
    figures, raw = month
    at_department, at_product = await where_asked(raw)
    found = {row.code: row for row in voices(figures).departments}
    for name, tickets in at_department.items():
        same_place(found.get(name), tickets, raw)
    for row in voices(figures).products:
        same_place(row, at_product[row.code], raw)
    assert sum(row.opened for row in found.values()) > 0


async def where_asked(raw: Raw) -> tuple[dict[str, list[Row]], dict[str, list[Row]]]:
    """The enquiries of each department (of the first contact's touchpoint, else of the product), and of each product."""
    departments = {row.id: row.department for row in await fetch("SELECT id, department FROM touchpoint")}
    products = {row.id: row for row in await fetch("SELECT * FROM product")}
    touched: dict[int, list[tuple[Any, int, str]]] = defaultdict(list)
    for row in await fetch("SELECT * FROM interaction WHERE ticket IS NOT NULL AND touchpoint IS NOT NULL"):
        if departments[row.touchpoint]:
            touched[row.ticket].append((row.at, row.id, departments[row.touchpoint]))
    about: dict[int, set[int]] = defaultdict(set)
    for row in await fetch("SELECT * FROM ticket_product WHERE refused_at IS NULL AND basis <> 'offered'"):
        about[row.ticket].add(row.product)
    for row in [one for one in raw.closures if one.product and one.at < raw.until and one.reopened_at is None]:
        about[row.ticket].add(row.product)
    at_department, at_product = defaultdict(list), defaultdict(list)
    for ticket in raw.tickets.values():
        named = sorted(products[one].department for one in about[ticket.id] if products[one].department)
        where = min(touched[ticket.id])[2] if touched[ticket.id] else next(iter(named), "")
        at_department[where].append(ticket)
        for one in about[ticket.id]:
            at_product[products[one].code].append(ticket)
    at_department.pop("", None)
    return at_department, at_product


def same_place(place: Place | None, tickets: list[Row], raw: Raw) -> None:
    opened = [row for row in tickets if raw.this(row.opened_at)]
    before = [row for row in tickets if raw.before(row.opened_at)]
    if place is None:
        assert not opened
        assert not before
        return
    assert (place.opened, place.before) == (len(opened), len(before))
    assert place.complaints == sum(row.kind == "complaint" for row in opened)
    answered = [(row.first_responded_at or row.solved_at, row) for row in tickets]
    near(
        place.first_hours, ((at - row.opened_at).total_seconds() / 3600 for at, row in answered if at and raw.this(at))
    )
    solved = [row for row in tickets if row.solved_at and raw.this(row.solved_at)]
    near(place.solution_hours, ((row.solved_at - row.opened_at).total_seconds() / 3600 for row in solved))
    assert place.solution_n == len(solved)


async def test_requests_of_data_subjects_and_their_deadlines(month: tuple[MonthFigures, Raw]) -> None:
    figures, raw = month
    rows = [row for row in await fetch("SELECT * FROM data_request") if row.received_at < raw.until]
    assert figures.requests is not None
    last_day = date(2026, 10, 31) if raw.until == EDGES[2] else raw.until.astimezone(BERLIN).date()
    for kind in ("access", "erasure"):
        mine = [row for row in rows if row.kind == kind]
        found = next(row for row in figures.requests if row.code == kind)
        settled = [row for row in mine if row.settled_at and raw.this(row.settled_at)]
        open_ones = [row for row in mine if row.settled_at is None or row.settled_at >= raw.until]
        assert (found.received, found.before) == (
            sum(raw.this(row.received_at) for row in mine),
            sum(raw.before(row.received_at) for row in mine),
        )
        assert found.settled == len(settled)
        assert found.in_time == sum(row.settled_at.astimezone(BERLIN).date() <= row.due_on for row in settled)
        assert (found.open, found.overdue) == (len(open_ones), sum(row.due_on < last_day for row in open_ones))
