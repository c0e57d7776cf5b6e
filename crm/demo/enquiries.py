"""Which enquiries there are: planned before anything is written, so that their numbers follow the order of their time."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from crm.demo.customers import Portrait
from crm.demo.draw import Draw, Weighted
from crm.demo.texts import PRODUCTS, enquiries
from crm.demo.texts.enquiries import Enquiry
from crm.demo.world import World

TOPICS_BEFORE = Weighted({
    "billing": 27, "delivery": 21, "product": 14, "order": 12, "technical": 11, "general": 7, "complaint": 6, "contract": 2,
})  # fmt: skip
TOPICS_LATELY = Weighted({
    "delivery": 24, "product": 17, "order": 14, "technical": 13, "billing": 13, "general": 9, "complaint": 7, "contract": 3,
})  # fmt: skip
LATELY = timedelta(days=45)
"""Since the invoices are plain, fewer people ask about them; see moods.py."""

TOUCHPOINTS = {
    "billing": "invoice", "delivery": "order_status", "product": "advice", "order": "order_entry", "technical": "hotline",
    "general": "hotline", "complaint": "complaint_handling", "contract": "email_service",
}  # fmt: skip
CHANNELS = Weighted({"phone": 0.55, "email": 0.35, "web": 0.10})
PRIORITIES = Weighted({"normal": 0.72, "high": 0.14, "low": 0.09, "urgent": 0.05})
FIRST_CONTACT = timedelta(days=365)
A_WHILE = timedelta(days=35)
"""How long ago the order was that an enquiry is about."""

OPEN_SHARE = 0.01
FEWEST_OPEN, MOST_OPEN = 32, 1000
"""A hundredth is open, but even a small company has enough of them to look at."""


@dataclass(frozen=True, slots=True)
class Planned:
    """An enquiry that will be written: what it is about, where it came in, who asks."""

    id: int
    opened_at: datetime
    topic: str
    touchpoint: str
    channel: str
    priority: str
    kind: str
    subject: str
    text: str
    reply: str
    is_first_contact: bool

    @property
    def is_complaint(self) -> bool:
        return self.kind == "complaint"


def open_count(total: int) -> int:
    """How many of all enquiries are open."""
    return min(total, max(FEWEST_OPEN, min(MOST_OPEN, round(total * OPEN_SHARE))))


def times_and_customers(
    world: World, draw: Draw, arrivals: list[datetime], *, closed: int, open_: int
) -> list[tuple[datetime, int, bool]]:
    """For each enquiry when it came, which customer asks (as an index) and whether it is open; in the order of time.

    Closed ones ended before the last midnight; open ones came in during the last days, most of them lately.
    """
    days = world.days
    calm = days.at(days.working_day(-6), 18)
    times = [(days.moment(draw, days.begin, calm), False) for _n in range(closed)]
    for _n in range(open_):
        back = draw.pick((1, 1, 1, 1, 1, 1, 2, 2, 3, 4, 6, 9))
        day = days.working_day(-back)
        times.append((days.moment(draw, days.midnight(day), days.midnight(day) + timedelta(hours=20)), True))
    times.sort()
    planned = []
    for at, is_open in times:
        known = bisect_left(arrivals, at - timedelta(days=1)) or 1
        planned.append((at, int(draw.random() * known), is_open))
    return planned


class Planner:
    """Says what an enquiry is about, once the customer is known."""

    def __init__(self, world: World, draw: Draw) -> None:
        self.world, self.draw = world, draw

    def plan(self, customer: Portrait, number: int, opened_at: datetime, earlier: list[Planned]) -> Planned:
        draw = self.draw
        is_late = opened_at > self.world.now - LATELY
        topic = draw.pick(TOPICS_LATELY if is_late else TOPICS_BEFORE)
        language = customer.language
        concern = draw.pick((enquiries.ENGLISH if language == "en" else enquiries.GERMAN)[topic])
        channel = draw.pick(CHANNELS)
        subject, text, reply = self._words(concern, language, opened_at)
        return Planned(
            number, opened_at, topic, TOUCHPOINTS[topic] if channel != "web" else "website", channel, draw.pick(PRIORITIES),
            concern.kind, subject, text, reply,
            not any(other.topic == topic and opened_at - other.opened_at < FIRST_CONTACT for other in earlier),
        )  # fmt: skip

    def contract(self, customer: Portrait, enquiry: Planned) -> Planned:
        """The same enquiry about a contract, which few can answer."""
        spoken = enquiries.ENGLISH if customer.language == "en" else enquiries.GERMAN
        concern = self.draw.pick(spoken["contract"])
        subject, text, reply = self._words(concern, customer.language, enquiry.opened_at)
        return replace(
            enquiry,
            topic="contract",
            touchpoint=TOUCHPOINTS["contract"],
            kind=concern.kind,
            subject=subject,
            text=text,
            reply=reply,
        )

    def _words(self, concern: Enquiry, language: str, opened_at: datetime) -> tuple[str, str, str]:
        draw = self.draw
        values = {
            "product": draw.pick(PRODUCTS[language]), "order": f"A-{opened_at - A_WHILE:%y%m}-{draw.between(1, 40):04d}",
            "week": draw.between(3, 50), "n": draw.between(4, 40), "amount": f"{draw.between(20, 180) * 100:,}".replace(",", "."),
        }  # fmt: skip
        subject, text, reply = (part.format(**values) for part in (concern.subject, concern.text, concern.reply))
        return subject, text, reply
