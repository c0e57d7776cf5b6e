"""What gives a demo customer depth: tags, the events of their status, birthdays, VAT IDs. A stream of chance of its own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from crm.demo import names
from crm.demo.draw import Draw
from crm.demo.rows import Rows
from crm.demo.world import World
from crm.text import fold

PROSPECT_FIRST = 0.7
TAGGED = 0.25
LOST_PROSPECT = 0.3
FAMILY = 15


@dataclass(slots=True)
class _Turns:
    """As what a customer came, and when, as far as no order says otherwise, that turned; with why we lost them: code, words,
    touchpoint."""

    since: datetime
    came_as: str
    customer_at: datetime | None = None
    former_at: datetime | None = None
    loss: tuple[str, str, str] = ("", "", "")


class Depth:
    def __init__(self, world: World, rows: Rows, draw: Draw) -> None:
        self.world, self.rows, self.draw = world, rows, draw
        self._companies = 0
        self._last_came: int | None = None
        self._last_company: int | None = None
        self._tags = {
            kind: [rows.add("tag", name, fold(name), world.days.begin) for name in words] for kind, words in names.TAGS.items()
        }  # fmt: skip

    def tell(self, customer_id: int, kind: str, status: str, owner: int, created_at: datetime) -> None:
        """Tags, and how the customer came to their status: most of them as a prospect. What became of them is written by
        `settle`, once it is known what they ordered."""
        draw = self.draw
        if draw.chance(TAGGED):
            self.rows.add("customer_tag", customer_id, draw.pick(self._tags[kind]))
        now, at = self.world.now, created_at
        came_as = status if status == "prospect" or not draw.chance(PROSPECT_FIRST) else "prospect"
        came_as = "customer" if came_as == "former" else came_as
        self._event(customer_id, "", came_as, "created", at, owner)
        self._turns = turns = _Turns(created_at, came_as)
        if status == came_as:
            return
        if came_as == "prospect" and not (status == "former" and draw.chance(LOST_PROSPECT)):
            at = min(at + timedelta(days=draw.between(3, 75), minutes=draw.between(1, 600)), now - timedelta(minutes=5))
            turns.customer_at = at
        if status == "former":
            turns.former_at = at + (now - at) * (0.4 + 0.6 * draw.random()) - timedelta(minutes=1)
            turns.loss = draw.pick(names.LOSSES)

    def settle(self, customer_id: int, owner: int, first_order: datetime | None) -> None:
        """What became of the customer who was told of last. A prospect becomes a customer by the first order where that is told;
        of those who came before, and of those who have not ordered, somebody noted it by hand."""
        turns = self._turns
        status, trigger, at = turns.came_as, "hand", turns.customer_at
        if status == "prospect" and first_order and (at or turns.former_at):
            is_told = turns.since >= self.world.days.begin or (at is not None and first_order <= at)
            if is_told and (turns.former_at is None or first_order < turns.former_at):
                trigger, at = "first_order", first_order
        if at is not None:
            self._event(customer_id, status, "customer", trigger, at, owner)
            status = "customer"
        if turns.former_at is not None:
            self._event(customer_id, status, "former", "hand", turns.former_at, owner, *turns.loss)

    def _event(
        self, customer_id: int, before: str, after: str, trigger: str, at: datetime, by: int, code: str = "", words: str = "",
        touchpoint: str = "",
    ) -> None:  # fmt: skip
        self.rows.add("status_change", customer_id, before, after, trigger, code, words, touchpoint, at, by)

    def phone_kind(self, domain: str) -> str:
        """At a company a direct number, else a private one."""
        return "work" if domain else "private"

    def birthday(self, domain: str) -> date | None:
        """Of private persons, and of few of them: who asks for more than is needed?"""
        if domain or not self.draw.chance(0.15):
            return None
        return date(1940, 1, 1) + timedelta(days=self.draw.between(0, 365 * 64))

    def vat_id(self, kind: str, country: str) -> str:
        """Nine digits with the check digit of a German VAT ID (ISO 7064, MOD 11,10); whose they are nobody knows."""
        if kind != "organisation" or country != "DE" or not self.draw.chance(0.6):
            return ""
        digits = f"9{self.draw.between(0, 9_999_999):07d}"
        product = 10
        for digit in digits:
            product = ((int(digit) + product) % 10 or 10) * 2 % 11
        return f"DE{digits}{(11 - product) % 10}"

    def iban(self, customer_id: int, kind: str, country: str) -> str:
        """A German IBAN with right check digits (ISO 7064, MOD 97-10) at a bank that does not exist, for some companies."""
        if kind != "organisation" or country != "DE" or customer_id % 3:
            return ""
        account = f"99999999{customer_id:010d}"
        return f"DE{98 - int(account + '131400') % 97:02d}{account}"

    def relations(self, customer_id: int, kind: str, origin: str) -> tuple[int | None, int | None]:
        """Who recommended us to this customer, and to which company it belongs: the one who came just before, so that both
        are known by then. One company in so many belongs to another; none of those has a parent itself."""
        recommended_by = self._last_came if origin == "recommendation" else None
        parent = None
        if kind == "organisation":
            self._companies += 1
            parent = self._last_company if self._companies % FAMILY == 0 else None
            self._last_company = customer_id
        self._last_came = customer_id
        return recommended_by, parent

    def team(self, owner: int) -> int | None:
        return self.world.staff.teams.get(owner)
