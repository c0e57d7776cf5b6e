"""A merge and somebody who writes for the merged customer at the same instant, each in a transaction of its own: nobody's
rows stay behind, and nobody waits for ever."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import asyncpg
import httpx
import pytest

from crm.customers.actions import add_person, create_organisation
from crm.customers.data import OrganisationData, PersonData
from crm.customers.figures import lock_figures
from crm.customers.orders.actions import create_order
from crm.customers.orders.data import OrderRecord
from crm.database import execute, fetch, fetch_value, transaction
from crm.errors import Conflict, Moved, NotFound, RuleBroken
from crm.interactions.actions import NewInteraction, log_interaction
from crm.interactions.tables import Channel, Direction
from crm.records import references
from crm.records.merging import Wish, merge_customers, undo_merge
from crm.tickets.answering import add_note, receive_message, reply
from crm.tickets.closing import close_ticket
from crm.tickets.locking import lock_ticket
from crm.tickets.opening import NewTicket, open_ticket
from tests.browser import Browser
from tests.cast import Cast, introduce
from tests.tickets.conftest import furnish

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"


@dataclass(frozen=True)
class Firm:
    """Größmann, entered a second time with its Anna."""

    cast: Cast
    survivor: int
    merged: int
    anna: int
    other_anna: int


@pytest.fixture
async def firm(own_database: str) -> Firm:
    desk = await furnish(await introduce())
    again = await create_organisation(OrganisationData("Groessmann Küchen"), by=None, now=NOW)
    anna = await fetch_value("SELECT given_name || ' ' || family_name FROM person WHERE id = $1", desk.anna)
    given, family = anna.split(" ", 1)
    other = await add_person(again, PersonData(given, family), by=None, now=NOW)
    return Firm(desk.cast, desk.groessmann, again, desk.anna, other)


def merging(firm: Firm) -> asyncio.Task[int]:
    return asyncio.create_task(
        merge_customers(Wish(firm.survivor, firm.merged, frozenset({"service_level"})), by=firm.cast.petra.id, now=NOW)
    )


async def somebody_waits() -> None:
    """Until one connection waits for another's lock; ten seconds at most."""
    async with asyncio.timeout(10):
        while not await fetch_value(WAITING):
            pass


async def reached(point: asyncio.Event, task: asyncio.Task[Any]) -> None:
    """Until the task has come so far; its own error if it ends before."""
    waiting = asyncio.create_task(point.wait())
    async with asyncio.timeout(20):
        await asyncio.wait({waiting, task}, return_when=asyncio.FIRST_COMPLETED)
    if not point.is_set():
        waiting.cancel()
        await task
        raise AssertionError("the task ended before it came so far")


@asynccontextmanager
async def merged_but_not_committed(firm: Firm) -> AsyncIterator[Callable[[], Awaitable[None]]]:
    """A merge in a transaction that is still open; what is given commits it."""
    done, may_commit = asyncio.Event(), asyncio.Event()

    async def merge() -> None:
        async with transaction():
            await merge_customers(Wish(firm.survivor, firm.merged), by=firm.cast.petra.id, now=NOW)
            done.set()
            await may_commit.wait()

    task = asyncio.create_task(merge())
    await reached(done, task)

    async def commit() -> None:
        may_commit.set()
        await task

    try:
        yield commit
    finally:
        await commit()


def ticket_of(firm: Firm) -> NewTicket:
    return NewTicket(firm.merged, "Tür klemmt", "Die Tür klemmt.", "general")


def order_of(firm: Firm) -> OrderRecord:
    return OrderRecord(firm.merged, "A-77", date(2026, 11, 2), Decimal(120))


def call_of(firm: Firm) -> NewInteraction:
    return NewInteraction(
        firm.merged, Channel.PHONE, Direction.INBOUND, text="Wann?", follow_up_at=NOW + timedelta(days=9)
    )


WRITERS: dict[str, Callable[[Firm], Awaitable[Any]]] = {
    "an enquiry": lambda firm: open_ticket(ticket_of(firm), by=firm.cast.petra.id, now=NOW),
    "a call": lambda firm: log_interaction(call_of(firm), by=firm.cast.petra.id, now=NOW),
    "an order": lambda firm: create_order(order_of(firm), by=firm.cast.petra.id, now=NOW),
    "a telephone number": lambda firm: execute(
        "INSERT INTO phone_number (person, number, position) VALUES ($1, '+49911555111', 0)", firm.other_anna
    ),
    "a mail": lambda firm: execute(
        "UPDATE interaction SET customer = $1 WHERE customer IS NULL AND text = 'Von unbekannt'", firm.merged
    ),
}  # fmt: skip


async def left_behind(firm: Firm) -> dict[str, int]:
    """Rows that a merge moves and that still point at the merged customer, or at its Anna."""
    found = {}
    for reference in (*references.CUSTOMER, *references.PERSON):
        if reference.fate is references.Fate.MOVE or reference.table == "phone_number":
            old = firm.other_anna if reference in references.PERSON else firm.merged
            count = await fetch_value(f"SELECT count(*) FROM {reference.table} WHERE {reference.column} = $1", old)
            found |= {f"{reference.table}.{reference.column}": count} if count else {}
    return found


@pytest.mark.parametrize("what", WRITERS)
async def test_what_was_begun_before_the_merge_goes_along(firm: Firm, what: str) -> None:
    await execute(
        "INSERT INTO interaction (channel, direction, text, at) VALUES ('email', 'inbound', 'Von unbekannt', $1)", NOW
    )
    written, may_commit = asyncio.Event(), asyncio.Event()

    async def write() -> None:
        async with transaction():
            await WRITERS[what](firm)
            written.set()
            await may_commit.wait()

    writing = asyncio.create_task(write())
    await reached(written, writing)
    merge = merging(firm)
    await somebody_waits()
    assert not merge.done()
    may_commit.set()
    await asyncio.gather(writing, merge)
    assert await left_behind(firm) == {}
    figures = (
        await fetch(
            "SELECT open_tickets, interactions, orders FROM customer_figures WHERE customer = $1", firm.survivor
        )
    )[0]
    assert tuple(figures) == {"an enquiry": (1, 0, 0), "a call": (0, 1, 0), "an order": (0, 0, 1)}.get(what, (0, 0, 0))


@pytest.mark.parametrize("what", WRITERS)
async def test_what_comes_while_the_merge_is_under_way_is_refused_whole(firm: Firm, what: str) -> None:
    await execute(
        "INSERT INTO interaction (channel, direction, text, at) VALUES ('email', 'inbound', 'Von unbekannt', $1)", NOW
    )
    async with merged_but_not_committed(firm) as commit:
        late = asyncio.create_task(WRITERS[what](firm))
        await somebody_waits()
        await commit()
        with pytest.raises((Moved, asyncpg.SerializationError)) as refused:
            await late
    if isinstance(refused.value, Moved):
        assert (refused.value.old, refused.value.new) == (firm.merged, firm.survivor)
    else:
        both = (firm.other_anna, firm.anna) if refused.value.table_name == "person" else (firm.merged, firm.survivor)
        assert refused.value.detail == f"{both[0]} {both[1]}"
    assert await left_behind(firm) == {}
    for table in ("ticket", "customer_order", "reminder", "audit_entry WHERE action ~ '^(ticket|interaction|order)'"):
        assert await fetch_value(f"SELECT count(*) FROM {table}") == 0


async def test_over_the_api_the_late_caller_is_told_who_is_left(firm: Firm, app: Any) -> None:
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        browser = await Browser(client).log_in(firm.cast.petra)
        body = {"customer_id": firm.merged, "number": "A-78", "ordered_on": "2026-11-02", "amount": "120"}
        async with merged_but_not_committed(firm) as commit:
            call = asyncio.create_task(browser.api("POST", "/orders", body))
            await somebody_waits()
            await commit()
            answer = await call
        assert answer.status_code == 409, answer.text
        assert answer.json()["type"].endswith("moved")
        assert str(firm.survivor) in answer.json()["detail"]
        again = await browser.api("POST", "/orders", {**body, "customer_id": firm.survivor})
        assert again.status_code == 201, again.text
    assert await fetch_value("SELECT customer FROM customer_order WHERE number = 'A-78'") == firm.survivor


AFTER_LOCKING: dict[str, Callable[[Firm, int], Awaitable[Any]]] = {
    "answers": lambda firm, ticket: reply(ticket, "Wir kommen.", by=firm.cast.petra.id, now=NOW),
    "notes": lambda firm, ticket: add_note(ticket, "Ruft zurück.", by=firm.cast.petra.id, now=NOW),
    "orders": lambda firm, _ticket: create_order(order_of(firm), by=firm.cast.petra.id, now=NOW),
    "asks": lambda firm, _ticket: open_ticket(ticket_of(firm), by=firm.cast.petra.id, now=NOW),
}


@pytest.mark.parametrize("what", AFTER_LOCKING)
async def test_who_holds_figures_and_enquiry_never_waits_for_a_merge(firm: Firm, what: str) -> None:
    """Before, each held what the other needed: the figures here, the customer there."""
    ticket = (await open_ticket(ticket_of(firm), by=firm.cast.petra.id, now=NOW)).id
    locked, may_go_on = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        async with transaction():
            await (lock_figures([firm.merged]) if what == "orders" else lock_ticket(ticket))
            locked.set()
            await may_go_on.wait()
            await AFTER_LOCKING[what](firm, ticket)

    working = asyncio.create_task(work())
    await reached(locked, working)
    merge = merging(firm)
    await somebody_waits()
    may_go_on.set()
    await asyncio.gather(working, merge)
    assert await left_behind(firm) == {}


async def test_a_merge_gives_way_to_who_holds_what_it_needs(firm: Firm) -> None:
    ticket = (await open_ticket(ticket_of(firm), by=firm.cast.petra.id, now=NOW)).id
    locked, may_go_on = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        async with transaction():
            await execute("UPDATE ticket SET subject = 'Tür klemmt sehr' WHERE id = $1", ticket)
            locked.set()
            await may_go_on.wait()
            await log_interaction(call_of(firm), by=firm.cast.petra.id, now=NOW)

    working = asyncio.create_task(work())
    await reached(locked, working)
    merge = merging(firm)
    await somebody_waits()
    may_go_on.set()  # now it waits for the customer, whom the merge has
    with pytest.raises(Conflict):
        await merge
    await working
    assert await fetch_value("SELECT merged_into FROM customer WHERE id = $1", firm.merged) is None
    await merging(firm)
    assert await fetch_value("SELECT subject FROM ticket WHERE customer = $1", firm.survivor) == "Tür klemmt sehr"
    assert await left_behind(firm) == {}


async def test_of_two_merges_at_once_the_second_finds_nobody_left(firm: Firm) -> None:
    async with merged_but_not_committed(firm) as commit:
        other = asyncio.create_task(merge_customers(Wish(firm.merged, firm.survivor), by=firm.cast.ali.id, now=NOW))
        await somebody_waits()
        await commit()
        with pytest.raises(NotFound):
            await other
    assert await fetch_value("SELECT count(*) FROM customer_merge") == 1


async def test_many_at_once_merge_part_and_work(firm: Firm) -> None:
    """Nobody deadlocks; whoever is refused is told, and no row is lost from sight."""
    tickets = [(await open_ticket(ticket_of(firm), by=firm.cast.petra.id, now=NOW)).id for _n in range(4)]

    async def work(number: int) -> None:
        ticket = tickets[number]
        for _round in range(4):
            for step in (
                lambda: reply(ticket, "Antwort.", by=firm.cast.jonas.id, now=NOW),
                lambda: receive_message(ticket, "Rückfrage.", by=firm.cast.ali.id, now=NOW),
                lambda: log_interaction(call_of(firm), by=firm.cast.ali.id, now=NOW),
                lambda: close_ticket(ticket, cause="", by=firm.cast.jonas.id, now=NOW),
                lambda: receive_message(ticket, "Noch etwas.", by=firm.cast.ali.id, now=NOW),
            ):
                with suppress(Moved, NotFound, RuleBroken, asyncpg.SerializationError):
                    await step()

    async def merge_and_part() -> None:
        for _round in range(4):
            with suppress(Conflict):
                merge = await merging(firm)
                await undo_merge(merge, by=firm.cast.petra.id, now=NOW)

    await asyncio.gather(merge_and_part(), *(work(number) for number in range(4)))
    for _attempt in range(20):
        with suppress(Conflict):
            await merging(firm)
            break
    assert await left_behind(firm) == {}
    opened = await fetch_value("SELECT count(*) FROM ticket WHERE status NOT IN ('solved', 'closed')")
    assert await fetch_value("SELECT open_tickets FROM customer_figures WHERE customer = $1", firm.survivor) == opened


async def test_the_database_watches_every_table_that_a_merge_moves(db: None) -> None:
    """But for messages, which belong to an enquiry and only name a person."""
    watched = {
        (row.name, row.when)
        for row in await fetch(
            "SELECT tgrelid::regclass::text AS name, substring(tgname from '_not_(for|to)_merged$') AS when FROM pg_trigger "
            "WHERE tgname LIKE '%\\_merged'"
        )
    }
    moved = {reference.table for reference in references.known() if reference.is_moved} - {"ticket_message"}
    assert {(table, when) for table in moved for when in ("for", "to")} == watched
