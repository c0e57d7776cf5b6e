"""Fills an empty database with the demo company, in chunks and in one transaction: a crash leaves the database empty."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import date, timedelta
from math import ceil
from zoneinfo import ZoneInfo

from crm.catalogues import install_catalogues
from crm.database import Lock, execute, fetch_value, take_lock, transaction
from crm.demo import finishing
from crm.demo.consents import Consents
from crm.demo.customers import Portrait, Registry, days_of_arrival
from crm.demo.days import Days
from crm.demo.depth import Depth
from crm.demo.documents import Documents
from crm.demo.doubles import Doubles
from crm.demo.draw import Draw
from crm.demo.enquiries import Planned, Planner, open_count, times_and_customers
from crm.demo.exports import write_exports
from crm.demo.imports import tell_of_imports
from crm.demo.journeys import Journeys
from crm.demo.open import RECENT, Open
from crm.demo.orders import Orders
from crm.demo.profiles import Agreements, define, score, write_values
from crm.demo.reminders import Reminders
from crm.demo.rows import Rows, set_sequences, write
from crm.demo.solved import Solved
from crm.demo.staff import CAPACITY, COLLEAGUES, DOMAIN, hire_staff
from crm.demo.texts.contacts import REVIEWS
from crm.demo.views import write_views
from crm.demo.world import World, look_around, seeded
from crm.errors import RuleBroken
from crm.records.searching import compare_changed

COMPANY = "Beispielküchen Lindenlaub GmbH"
IMPRINT = (
    "Beispielküchen Lindenlaub GmbH\nWerkstraße 12\n10115 Berlin\nTelefon 030 23125 000\n"
    "Geschäftsführung: Karin Vogt\n\nDiese Firma und alle ihre Kunden sind erfunden."
)
ZONE = ZoneInfo("Europe/Berlin")
CHUNK = 1000
"""Customers per chunk: what is made while the chunk before is written."""
CHAIN_CHUNK = 20_000
STUCK = 3
"""Enquiries that only a colleague on holiday could answer."""
CUSTOMERS_PER_REVIEW = 20

Progress = Callable[[int, int], None]


async def fill(
    customers: int,
    today: date,
    progress: Progress | None = None,
    *,
    contacts_per_customer: float = 10,
    tickets_per_customer: float = 1,
) -> None:
    """Write the demo company: staff, `customers` customers and what happened with them in the 24 months before `today`.

    The same arguments give the same company. `progress` is told how many customers of how many are written. Raises
    RuleBroken if there are customers already. Everything is one transaction, its last statement the mark that the
    demo is there: after a crash the database is as empty as before and can be filled again.
    """
    await install_catalogues()
    async with transaction():
        await take_lock(Lock.DEMO)
        await execute("SET LOCAL work_mem = '128MB'")
        await _refuse_a_used_database()
        days = Days(today, ZONE, Draw(today.isoformat(), customers, "days"))
        open_ = open_count(round(customers * tickets_per_customer))
        agents = sum(1 for colleague in COLLEAGUES if colleague.levels and not colleague.is_away)
        staff = await hire_staff(days.end, ZONE, capacity=max(CAPACITY, ceil(open_ * 1.3 / agents)))
        world = await look_around(days, staff)
        await define(world)
        rows = await Rows.numbered_from_the_database()
        before = dict(rows.last_ids)
        company = Company(
            world, rows, customers, round(customers * tickets_per_customer) - open_, open_, contacts_per_customer
        )
        await _write_customers(company, progress)
        await _write_rest(company)
        await finishing.write_lines(before)
        await finishing.write_figures(before["customer"])
        await write_exports(world)
        await write_views(world)
        await write_values(world)
        await set_sequences(rows.last_ids)
        await score(world)
        await tell_of_imports(days.end, staff.ids["lead"])
        await compare_changed(company.doubles.customers, now=days.end)
        await _settle_in(world)
    for table in (
        *rows.last_ids,
        "timeline_entry",
        "customer_figures",
        "attribute_basis",
        "attribute_value",
        "customer_score",
    ):
        await execute(f"ANALYZE {table}")


class Company:
    """All who tell a part of the story, each with a stream of chance of its own."""

    def __init__(
        self, world: World, rows: Rows, customers: int, closed: int, open_: int, contacts_per_customer: float
    ) -> None:
        def draw(part: str) -> Draw:
            return seeded(world.days, customers, part)

        self.world, self.rows = world, rows
        self.arrivals = days_of_arrival(world, draw("arrivals"), customers)
        self.first_ticket = rows.reserve("ticket", closed + open_)
        self._tickets_of: dict[int, list[tuple[int, bool]]] = {}
        self._ticket_times = []
        for place, (at, index, is_open) in enumerate(
            times_and_customers(world, draw("times"), self.arrivals, closed=closed, open_=open_)
        ):
            self._ticket_times.append(at)
            self._tickets_of.setdefault(index, []).append((place, is_open))
        self.doubles = Doubles(customers)
        self.registry = Registry(world, rows, draw("customers"), Depth(world, rows, draw("depth")), self.doubles)
        self.consents = Consents(world, draw("consents"))
        self.agreements = Agreements(world, draw("agreements"), self.consents)
        self.planner = Planner(world, draw("enquiries"))
        self.solved = Solved(world, rows, draw("solved"))
        orders = Orders(world, rows, draw("orders"))
        self.journeys = Journeys(world, rows, draw("journeys"), orders, contacts_per_customer=contacts_per_customer)
        self.reminders = Reminders(world, rows, draw("reminders"))
        self.documents = Documents(world, rows, draw("documents"))
        self.open: list[tuple[Portrait, Planned]] = []
        self.draw = draw

    def tell(self, first: int, last: int) -> None:
        """The stories of the customers from index `first` up to `last`, into the waiting rows."""
        for index in range(first, last):
            customer = self.registry.enter(self.arrivals[index], self.doubles.at(index))
            may_ask_since = self.consents.tell(customer)
            self.agreements.tell(customer)
            closed: list[Planned] = []
            for place, is_open in self._tickets_of.pop(index, ()):
                number, at = self.first_ticket + place, self._ticket_times[place]
                enquiry = self.planner.plan(customer, number, at, closed)
                if is_open:
                    self.open.append((customer, enquiry))
                else:
                    closed.append(enquiry)
                    self.solved.write(customer, enquiry)
            last_interaction = self.journeys.tell(customer, closed, may_ask_since)
            self.reminders.tell(customer, last_interaction)
            self.documents.tell(customer)

    def tell_open(self) -> Open:
        """The open enquiries of all customers, in the order of their time."""
        self.open.sort(key=lambda pair: pair[1].id)
        desk = Open(self.world, self.rows, self.draw("open"), self.solved.recent(self.world.now - RECENT))
        for place, (customer, enquiry) in enumerate(self.open):
            is_stuck = 0 < len(self.open) - place <= STUCK * 3 and (len(self.open) - place) % 3 == 0
            desk.write(
                customer,
                self.planner.contract(customer, enquiry) if is_stuck else enquiry,
                self.journeys.tell_contact,
                stuck=is_stuck,
            )
        return desk

    def tell_reviews(self) -> None:
        """What strangers wrote about the company: observations without a customer."""
        draw, days, rows = self.draw("reviews"), self.world.days, self.rows
        portal = self.world.touchpoints["review_portal"]
        for _n in range(max(12, len(self.arrivals) // CUSTOMERS_PER_REVIEW)):
            stars, _language, text = draw.pick(REVIEWS)
            at = days.moment(draw, days.begin, days.end)
            by = self.world.staff.ids["lead"]
            rows.add(
                "interaction",
                None,
                None,
                "review",
                "inbound",
                portal.id,
                portal.phase,
                text,
                stars,
                False,
                None,
                at,
                by,
                None,
            )


async def _write_customers(company: Company, progress: Progress | None) -> None:
    """Chunk by chunk: while PostgreSQL takes in one, a thread makes up the next."""
    total = len(company.arrivals)
    telling = asyncio.create_task(asyncio.to_thread(company.tell, 0, min(CHUNK, total)))
    for first in range(0, total, CHUNK):
        await telling
        done = min(first + CHUNK, total)
        made = company.rows.take()
        if done < total:
            telling = asyncio.create_task(asyncio.to_thread(company.tell, done, min(done + CHUNK, total)))
        await write(made)
        if progress is not None:
            progress(done, total)


async def _write_rest(company: Company) -> None:
    desk = company.tell_open()
    company.tell_reviews()
    await write(company.rows.take())
    await finishing.mark_assignments(desk.last_assignments())
    for count, _event in enumerate(company.consents.chained(company.rows), 1):
        if count % CHAIN_CHUNK == 0:
            await write(company.rows.take())
    await write(company.rows.take())


async def _refuse_a_used_database() -> None:
    if await fetch_value("SELECT EXISTS (SELECT FROM customer)"):
        raise RuleBroken("There are customers already. The demo company goes into an empty database only.")
    taken = await fetch_value("SELECT email FROM staff WHERE email LIKE '%@' || $1 LIMIT 1", DOMAIN)
    if taken:
        raise RuleBroken(f"There is a user {taken} already. The demo company brings its own.")


async def _settle_in(world: World) -> None:
    """The company's name, wordings that are as old as the consents, and last the mark that the demo is there."""
    await execute("UPDATE wording SET valid_from = least(valid_from, $1)", world.days.begin - timedelta(days=1))
    await execute(
        "UPDATE company SET name = $1, imprint = $2, mail_from = $3, demo_filled_at = $4",
        COMPANY,
        IMPRINT,
        f"service@{DOMAIN}",
        world.now,
    )
