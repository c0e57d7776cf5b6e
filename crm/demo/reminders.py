"""Follow-ups of the sales people: some done long ago, a handful for today, some for the weeks to come."""

from __future__ import annotations

from datetime import datetime, timedelta

from crm.demo.customers import Portrait
from crm.demo.draw import Draw
from crm.demo.journeys import thousands
from crm.demo.rows import Rows
from crm.demo.texts import PRODUCTS
from crm.demo.texts.enquiries import FOLLOW_UP_REMINDERS
from crm.demo.world import World

DONE_SHARE, COMING_SHARE = 0.25, 0.10
TODAY_HOURS = ((8, 0), (9, 0), (9, 30), (10, 30), (13, 0), (14, 30), (15, 30), (16, 30))
DUE_TODAY, OVERDUE = 6, 3
"""So many for each who sells."""
EVERY, REPEATS = 5, ("monthly", "weekly", "yearly")
"""Every fifth one that is to come repeats."""


class Reminders:
    """Writes follow-ups customer by customer; the first customers of each owner are those of today."""

    def __init__(self, world: World, rows: Rows, draw: Draw) -> None:
        self.world, self.rows, self.draw = world, rows, draw
        self._coming = 0
        self._today = dict.fromkeys(world.staff.sales, 0)

    def tell(self, customer: Portrait, last_interaction: int) -> None:
        """At most one open follow-up per customer, and now and then one that was done."""
        draw, days = self.draw, self.world.days
        if draw.chance(DONE_SHARE):
            due_at = days.moment(draw, days.begin + timedelta(days=20), days.end - timedelta(days=3))
            self._add(
                customer,
                due_at,
                due_at - timedelta(days=draw.between(3, 20)),
                None,
                due_at,
                due_at + timedelta(hours=draw.between(0, 30)),
            )
        if customer.status == "former":
            return
        count = self._today[customer.owner]
        if count < DUE_TODAY + OVERDUE and draw.chance(0.5):
            self._today[customer.owner] += 1
            if count < DUE_TODAY:
                due_at, delivered_at = days.at(days.today, *TODAY_HOURS[count % len(TODAY_HOURS)]), None
            else:
                due_at = delivered_at = days.at(days.working_day(DUE_TODAY - 1 - count), 9)
            self._add(
                customer, due_at, days.end - timedelta(days=draw.between(5, 14)), last_interaction, delivered_at, None
            )
        elif draw.chance(COMING_SHARE):
            due_at = days.at(days.working_day(draw.between(1, 20)), draw.between(8, 16))
            self._coming += 1
            rhythm, comes_once = divmod(self._coming, EVERY)
            repeat = "" if comes_once else REPEATS[rhythm % len(REPEATS)]
            set_at = days.end - timedelta(days=draw.between(1, 14))
            self._add(customer, due_at, set_at, last_interaction, None, None, repeat)

    def _add(
        self, customer: Portrait, due_at: datetime, set_at: datetime, interaction: int | None, delivered_at: datetime | None,
        done_at: datetime | None, repeat: str = "",
    ) -> None:  # fmt: skip
        draw, owner = self.draw, customer.owner
        text = draw.pick(FOLLOW_UP_REMINDERS[customer.language])
        text = text.format(
            amount=thousands(draw.between(20, 190) * 100, customer.language),
            product=draw.pick(PRODUCTS[customer.language]),
        )
        self.rows.add(
            "reminder",
            owner,
            customer.id,
            text,
            due_at,
            set_at,
            owner,
            interaction,
            delivered_at,
            done_at,
            owner if done_at else None,
            repeat,
            due_at if repeat else None,
            due_at if repeat else None,
        )
