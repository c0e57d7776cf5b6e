"""The demo company's two years, made up in the order in which they are written: the customers part by part, then what needs all
of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from crm.demo.consents import Consents
from crm.demo.customers import Portrait, Registry, days_of_arrival
from crm.demo.depth import Depth
from crm.demo.documents import Documents
from crm.demo.doubles import Doubles
from crm.demo.draw import Draw
from crm.demo.enquiries import Planned, Planner, times_and_customers
from crm.demo.journeys import Journeys
from crm.demo.open import RECENT, Open
from crm.demo.orders import Orders
from crm.demo.profiles import Agreements
from crm.demo.reminders import Reminders
from crm.demo.rows import Rows
from crm.demo.solved import Solved
from crm.demo.texts.contacts import OTHER_OBSERVATIONS, PORTALS, REVIEWS
from crm.demo.world import World, seeded

CHUNK = 1000
"""Customers per part."""
CHAIN_CHUNK = 20_000
STUCK = 3
"""Enquiries that only a colleague on holiday could answer."""
CUSTOMERS_PER_REVIEW = 20


@dataclass(frozen=True, slots=True)
class Plan:
    """How large the company is."""

    customers: int
    closed: int
    open: int
    contacts_per_customer: float


@dataclass(slots=True)
class Part:
    """Rows to write, and what is known after them: how many customers are written, the last ids, and at the end who got the last
    enquiry when and which customers stand twice."""

    done: int
    rows: dict[str, list[tuple[Any, ...]]]
    last_ids: dict[str, int]
    assigned: dict[int, datetime] = field(default_factory=dict)
    doubles: list[int] = field(default_factory=list)


class Company:
    """All who tell a part of the story, each with a stream of chance of its own."""

    def __init__(self, world: World, rows: Rows, plan: Plan) -> None:
        customers, closed, open_ = plan.customers, plan.closed, plan.open

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
        self.depth = Depth(world, rows, draw("depth"))
        self.registry = Registry(world, rows, draw("customers"), self.depth, self.doubles)
        self.consents = Consents(world, draw("consents"))
        self.agreements = Agreements(world, draw("agreements"), self.consents)
        self.planner = Planner(world, draw("enquiries"))
        self.solved = Solved(world, rows, draw("solved"))
        self.orders = Orders(world, rows, draw("orders"))
        self.journeys = Journeys(
            world, rows, draw("journeys"), self.orders, contacts_per_customer=plan.contacts_per_customer
        )
        self.reminders = Reminders(world, rows, draw("reminders"))
        self.documents = Documents(world, rows, draw("documents"))
        self.open: list[tuple[Portrait, Planned]] = []
        self.draw = draw

    def parts(self) -> Iterator[Part]:
        """Everything, in the order in which it must be written; the last part may be empty of rows."""
        total = len(self.arrivals)
        for first in range(0, total, CHUNK):
            done = min(first + CHUNK, total)
            self.tell(first, done)
            yield self._part(done)
        desk = self.tell_open()
        self.tell_reviews()
        yield self._part(total)
        for count, _event in enumerate(self.consents.chained(self.rows), 1):
            if count % CHAIN_CHUNK == 0:
                yield self._part(total)
        last = self._part(total)
        last.assigned, last.doubles = desk.last_assignments(), self.doubles.customers
        yield last

    def _part(self, done: int) -> Part:
        return Part(done, self.rows.take(), dict(self.rows.last_ids))

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
            self.depth.settle(customer.id, customer.owner, self.orders.first_order())
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
            stars, language, text = draw.pick(REVIEWS)
            at = days.moment(draw, days.begin, days.end)
            by = self.world.staff.ids["lead"]
            number = rows.add(
                "interaction", None, None, "review", "inbound", portal.id, portal.phase, text, None, False, None, at, by, None,
                None, None,
            )  # fmt: skip
            source, link = PORTALS[language]
            rows.add("observation", number, source, link, stars, None, None)
        for days_ago, channel, touchpoint, source, rating, text in OTHER_OBSERVATIONS:
            at = days.at(days.working_day(-days_ago), 10, days_ago % 60)
            where, by = self.world.touchpoints[touchpoint], self.world.staff.ids["lead"]
            number = rows.add(
                "interaction", None, None, channel, "inbound", where.id, where.phase, text, None, False, None, at, by, None,
                None, None,
            )  # fmt: skip
            rows.add("observation", number, source, "", rating, None, None)
