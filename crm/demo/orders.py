"""What customers of the demo company ask for and order: quotations in every state, orders with items, and regulars who order
in their own rhythm until some of them fall silent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from crm.demo.customers import Portrait
from crm.demo.draw import Draw
from crm.demo.rows import Rows
from crm.demo.texts.products import REASONS, SAID, WARES, Ware
from crm.demo.world import World

MADE = timedelta(days=2000)
QUOTED = 0.5
"""So many of the contacts about a quotation are about a new one."""
LOST_AFTER = timedelta(days=60)
CANCELLED, REDUCED, LATE = 0.03, 0.12, 0.1
ASKED_LATELY = 0.03
REGULARS = 0.2
"""So many organisations of the better service levels order in a rhythm of their own."""
SILENT = 0.3


@dataclass(slots=True)
class _Pending:
    """A quotation that was sent and is not decided."""

    sent_at: datetime
    requested_at: datetime
    wares: list[Ware]
    amount: Decimal


TALKED_ABOUT = timedelta(days=120)
"""So long an order is what contacts about delivery and invoice are about."""


class Orders:
    """Tells the quotations and orders of one customer after the other."""

    def __init__(self, world: World, rows: Rows, draw: Draw) -> None:
        self.world, self.rows, self.draw = world, rows, draw
        self._numbers: dict[str, int] = {}
        self._pending: list[_Pending] = []
        self._is_asked = False
        self._newest: tuple[int, int, datetime] | None = None
        self._first_at: datetime | None = None
        since = world.days.begin - MADE
        self._ids = {
            ware.code: rows.add(
                "product", ware.code, ware.german, ware.english, ware.department,
                world.days.begin if ware.use == "retired" else None, since, 1,
            )
            for ware in WARES
        }  # fmt: skip
        self._mains = [ware for ware in WARES if ware.use == "main"]
        self._extras = [ware for ware in WARES if ware.use == "extra"]
        self._shop = [ware for ware in WARES if ware.use == "shop"]

    def quoted(self, customer: Portrait, at: datetime) -> None:
        """A contact about a quotation: often it is the sending of a new one."""
        if not self.draw.chance(QUOTED):
            return
        sent_at = at.replace(second=0, microsecond=0)
        requested_at = sent_at - timedelta(hours=self.draw.between(2, 30) + 24 * self.draw.between(0, 6))
        wares = self._wares()
        amount = Decimal(sum(ware.cents * self.draw.between(1, ware.most) for ware in wares)) / 100
        self._pending.append(
            _Pending(sent_at, requested_at, wares, amount * (3 if customer.kind == "organisation" else 1))
        )

    def ordered(self, customer: Portrait, code: str, at: datetime, channel: str) -> None:
        """A purchase: in the web shop small things, else what was quoted before, if anything was."""
        if code == "web_shop":
            self._order(customer, at, self._small(), channel, weeks=1)
            return
        wares = self._wares()
        if self._pending and self._pending[-1].sent_at < at:
            won = self._pending.pop()
            self._quotation(customer, won, "accepted", at.replace(second=0, microsecond=0))
            wares = won.wares
        self._order(customer, at, self._counted(wares, customer), channel, weeks=self.draw.between(4, 9))

    def settle(self, customer: Portrait) -> None:
        """What became of the quotations that led to no order; requests of the last days; the regular's orders."""
        draw, now = self.draw, self.world.now
        for open_ in self._pending:
            if now - open_.sent_at > LOST_AFTER or draw.chance(0.1):
                decided_at = min(
                    open_.sent_at + timedelta(days=draw.between(3, 45), hours=draw.between(0, 5)),
                    now - timedelta(hours=9),
                )
                self._quotation(customer, open_, "declined" if decided_at > open_.sent_at else "sent", decided_at)
            else:
                self._quotation(customer, open_, "sent", None)
        self._pending.clear()
        if customer.status != "former" and (draw.chance(ASKED_LATELY) or not self._is_asked):
            self._is_asked = True
            asked = self.world.days.moment(draw, now - timedelta(days=7), now).replace(second=0, microsecond=0)
            self._quotation(customer, _Pending(now, asked, self._wares(), Decimal(0)), "requested", None)
        is_better = customer.kind == "organisation" and customer.level != "basis" and customer.status == "customer"
        if is_better and draw.chance(REGULARS):
            self._regular(customer)

    def open_one(self, customer: Portrait, at: datetime) -> int | None:
        """The order that a contact of this moment is likely to be about: the customer's newest, if it is no older than that."""
        if self._newest is None:
            return None
        whose, order_id, ordered_at = self._newest
        return order_id if whose == customer.id and timedelta() < at - ordered_at < TALKED_ABOUT else None

    def first_order(self) -> datetime | None:
        """When the customer who was told of last ordered first, orders that were cancelled aside; asked once for each."""
        first, self._first_at = self._first_at, None
        return first

    def _regular(self, customer: Portrait) -> None:
        """Orders of spare parts every few weeks, give or take some days; some have been silent for a while."""
        draw, days = self.draw, self.world.days
        rhythm = draw.between(18, 75)
        end = days.end - timedelta(days=rhythm * 3) if draw.chance(SILENT) else days.end
        at = max(customer.created_at, days.begin) + timedelta(days=draw.between(1, rhythm), hours=9)
        while at < end:
            self._order(customer, at, self._small(), draw.pick(("web", "web", "email", "phone")), weeks=1)
            at += timedelta(days=max(3, round(draw.around(rhythm, rhythm * 0.15))))

    def _wares(self) -> list[Ware]:
        draw = self.draw
        first = draw.pick(self._mains)
        return [first, *dict.fromkeys(draw.pick(self._extras) for _n in range(draw.between(0, 2)))]

    def _small(self) -> list[tuple[Ware, int]]:
        draw = self.draw
        wares = dict.fromkeys(draw.pick(self._shop) for _n in range(draw.between(1, 2)))
        return [(ware, draw.between(1, ware.most)) for ware in wares]

    def _counted(self, wares: list[Ware], customer: Portrait) -> list[tuple[Ware, int]]:
        """How many of each; companies furnish several rooms."""
        rooms = self.draw.between(1, 4) if customer.kind == "organisation" else 1
        return [(ware, rooms * self.draw.between(1, ware.most)) for ware in wares]

    def _order(
        self, customer: Portrait, at: datetime, items: list[tuple[Ware, int]], channel: str, *, weeks: int
    ) -> None:
        draw, days = self.draw, self.world.days
        ordered_on = at.astimezone(days.zone).date()
        cents = sum(ware.cents * count for ware, count in items)
        if draw.chance(REDUCED):
            cents = cents * 97 // 100
        due_on = ordered_on + timedelta(weeks=weeks)
        status, delivered_on = self._delivery(due_on, days.today)
        if status != "cancelled":
            self._first_at = at if self._first_at is None else min(at, self._first_at)
        order_id = self.rows.add(
            "customer_order", customer.id, self._number("A", ordered_on), ordered_on, Decimal(cents) / 100, "EUR", channel, status,
            delivered_on, due_on, at, customer.owner, 1,
        )  # fmt: skip
        self._newest = (customer.id, order_id, at)
        for position, (ware, count) in enumerate(items):
            price = Decimal(ware.cents) / 100
            self.rows.add("order_item", order_id, position, self._ids[ware.code], "", Decimal(count), price)

    def _delivery(self, due_on: date, today: date) -> tuple[str, date | None]:
        """How far an order is that was promised for a day."""
        draw = self.draw
        if draw.chance(CANCELLED):
            return "cancelled", None
        if due_on >= today or (due_on >= today - timedelta(days=14) and draw.chance(LATE)):
            return ("confirmed" if draw.chance(0.7) else "ordered"), None
        delivered_on = min(due_on + timedelta(days=draw.between(-1, 3)), today - timedelta(days=1))
        return ("paid" if due_on < today - timedelta(days=30) else "delivered"), delivered_on

    def _quotation(self, customer: Portrait, told: _Pending, status: str, decided_at: datetime | None) -> None:
        draw, days, calendar = self.draw, self.world.days, self.world.calendar
        is_german = customer.language == "de"
        names = [ware.german if is_german else ware.english for ware in told.wares]
        subject = (" mit " if is_german else " with ").join(names[:2])
        is_sent, is_decided = status != "requested", status in ("accepted", "declined")
        sent_at, decided_at = told.sent_at if is_sent else None, decided_at if is_decided else None
        document_on = sent_at.astimezone(days.zone).date() if sent_at else None
        reason = draw.pick(REASONS) if status == "declined" else ""
        note = SAID[reason][0 if is_german else 1] if reason in SAID and draw.chance(0.6) else ""
        turnaround = round(calendar.minutes_between(told.requested_at, sent_at)) if sent_at else None
        decision = round(calendar.minutes_between(sent_at, decided_at)) if sent_at and decided_at else None
        quotation_id = self.rows.add(
            "quotation", customer.id, self._number("AN", document_on) if document_on else None, subject,
            told.amount if is_sent else None, "EUR", document_on, status, told.requested_at, sent_at, decided_at, reason, note,
            turnaround, decision, told.requested_at, customer.owner, 1,
        )  # fmt: skip
        for position, ware in enumerate(told.wares):
            self.rows.add("quotation_product", quotation_id, self._ids[ware.code], position)

    def _number(self, letters: str, on: date) -> str:
        month = f"{letters}-{on:%y%m}"
        self._numbers[month] = number = self._numbers.get(month, 0) + 1
        return f"{month}-{number:04d}"
