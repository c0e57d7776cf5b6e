"""Orders, enquiries and changes of the status for the same prospect at the same instant, each in a transaction of its own:
nobody waits for somebody who waits for them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from crm.customers.figures import lock_figures
from crm.customers.orders.actions import create_order
from crm.customers.orders.data import OrderRecord
from crm.customers.statuses import change_status, conversion_happened
from crm.customers.tables import CustomerStatus, StatusTrigger
from crm.database import fetch, fetch_value, transaction
from crm.tickets.opening import NewTicket, open_ticket
from tests.cast import Cast, introduce
from tests.tickets.conftest import furnish

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"


@dataclass(frozen=True)
class Prospect:
    cast: Cast
    id: int

    def order(self, number: str) -> Awaitable[Any]:
        record = OrderRecord(self.id, number, date(2026, 11, 20), Decimal(120))
        return create_order(record, by=self.cast.petra.id, now=NOW)

    def enquiry(self) -> Awaitable[Any]:
        return open_ticket(NewTicket(self.id, "Tür klemmt", "?", "general"), by=self.cast.petra.id, now=NOW)


@pytest.fixture
async def prospect(own_database: str) -> Prospect:
    desk = await furnish(await introduce())
    await change_status(desk.groessmann, CustomerStatus.PROSPECT, by=None, now=NOW)
    return Prospect(desk.cast, desk.groessmann)


OTHERS: dict[str, Callable[[Prospect], list[Awaitable[Any]]]] = {
    "another order": lambda p: [p.order("A-2")],
    "an enquiry": lambda p: [p.enquiry()],
    "an order and an enquiry": lambda p: [p.order("A-2"), p.enquiry()],
    "a change by hand": lambda p: [change_status(p.id, CustomerStatus.CUSTOMER, by=p.cast.ali.id, now=NOW)],
    "the newsletter": lambda p: [
        conversion_happened(p.id, StatusTrigger.NEWSLETTER, at=NOW, by=None), p.order("A-2"), p.enquiry(),
    ],
}  # fmt: skip


@pytest.mark.parametrize("what", OTHERS)
async def test_the_first_order_waits_for_nobody_who_waits_for_it(prospect: Prospect, what: str) -> None:
    """Before, each held what the other needed: the figures here, the customer's key there."""
    locked, may_go_on = asyncio.Event(), asyncio.Event()

    async def first_order() -> None:
        async with transaction():
            await lock_figures([prospect.id])
            locked.set()
            await may_go_on.wait()
            await prospect.order("A-1")

    first = asyncio.create_task(first_order())
    async with asyncio.timeout(20):
        await locked.wait()
    others = [asyncio.ensure_future(other) for other in OTHERS[what](prospect)]
    async with asyncio.timeout(20):
        while await fetch_value(WAITING) < len(others):
            pass
    may_go_on.set()
    async with asyncio.timeout(20):
        await asyncio.gather(first, *others)
    assert await fetch_value("SELECT status FROM customer WHERE id = $1", prospect.id) == "customer"
    told = await fetch("SELECT before, trigger FROM status_change WHERE customer = $1 ORDER BY id DESC", prospect.id)
    assert tuple(told[0]) == ("prospect", "first_order")
    counted = await fetch_value("SELECT orders FROM customer_figures WHERE customer = $1", prospect.id)
    assert counted == await fetch_value("SELECT count(*) FROM customer_order WHERE customer = $1", prospect.id)
