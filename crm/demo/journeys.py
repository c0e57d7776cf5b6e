"""The contacts of a customer: one touchpoint leads to the next, and now and then the customer says how it was."""

from __future__ import annotations

from datetime import datetime, timedelta

from crm.demo.customers import Portrait
from crm.demo.draw import Draw, Weighted
from crm.demo.enquiries import Planned
from crm.demo.moods import mood
from crm.demo.orders import Orders
from crm.demo.reasons import reason_of
from crm.demo.rows import Rows
from crm.demo.texts import PRODUCTS, Line, answers, contacts
from crm.demo.world import Touchpoint, World, seeded

FIRST = Weighted({
    "recommendation": 4, "website": 5, "fair": 3, "advert": 2, "social_media": 2, "advice": 4, "showroom": 3, "press_report": 0.5,
})  # fmt: skip
NEXT = {
    "recommendation": Weighted({"advice": 5, "showroom": 3, "website": 2}),
    "website": Weighted({"advice": 5, "showroom": 2, "web_shop": 2, "quotation": 1}),
    "fair": Weighted({"advice": 4, "follow_up": 3, "showroom": 2}),
    "advert": Weighted({"website": 3, "advice": 4, "showroom": 2}),
    "social_media": Weighted({"website": 4, "advice": 3}),
    "press_report": Weighted({"showroom": 3, "advice": 2}),
    "advice": Weighted({"quotation": 6, "showroom": 2, "sales_visit": 3, "advice": 1}),
    "showroom": Weighted({"advice": 3, "quotation": 4, "sales_visit": 2}),
    "quotation": Weighted({"order_entry": 6, "follow_up": 3, "quotation": 1}),
    "sales_visit": Weighted({"quotation": 4, "order_entry": 4}),
    "web_shop": Weighted({"order_status": 4, "delivery": 5}),
    "order_entry": Weighted({"order_status": 6, "delivery": 3}),
    "order_status": Weighted({"order_status": 2, "delivery": 7}),
    "delivery": Weighted({"installation": 5, "invoice": 3, "complaint_handling": 1}),
    "installation": Weighted({"invoice": 6, "thank_you": 2, "hotline": 1}),
    "invoice": Weighted({"hotline": 4, "email_service": 2, "thank_you": 2, "follow_up": 2}),
    "hotline": Weighted({"email_service": 2, "maintenance": 2, "follow_up": 3, "hotline": 2, "advice": 2}),
    "email_service": Weighted({"hotline": 2, "follow_up": 3, "maintenance": 1, "advice": 2}),
    "complaint_handling": Weighted({"hotline": 2, "follow_up": 4, "installation": 2}),
    "maintenance": Weighted({"invoice": 3, "follow_up": 3, "advice": 2}),
    "follow_up": Weighted({"advice": 4, "invitation": 2, "web_shop": 2, "quotation": 3, "newsletter": 1}),
    "thank_you": Weighted({"follow_up": 3, "maintenance": 2, "invitation": 2}),
    "invitation": Weighted({"showroom": 3, "advice": 3}),
    "newsletter": Weighted({"website": 2, "showroom": 2, "advice": 2}),
}
"""What usually comes after what: before, during and after a purchase, and round again."""

PURCHASES = frozenset({"order_entry", "web_shop"})
OUTBOUND = {
    "quotation": 0.9, "follow_up": 0.95, "thank_you": 1.0, "invitation": 1.0, "sales_visit": 0.9, "delivery": 0.7,
    "installation": 0.9, "maintenance": 0.8, "advice": 0.3, "order_status": 0.25, "complaint_handling": 0.3, "order_entry": 0.3,
}  # fmt: skip
ABOUT_THE_ORDER = frozenset({"order_status", "delivery", "installation", "invoice", "thank_you"})
SOLD_BY_OWNER = frozenset({
    "fair", "recommendation", "advice", "showroom", "quotation", "sales_visit", "follow_up", "thank_you", "invitation", "order_entry",
})  # fmt: skip
MINUTES = {"phone": (2, 22), "visit": (20, 120), "chat": (3, 15), "fair": (5, 30)}

CONTACTS = {"basis": (4, 15), "silber": (10, 23), "gold": (18, 36)}
"""Contacts in two years, fewest and most, per service level, if there are ten per customer."""
LATEST = {"basis": 215, "silber": 105, "gold": 36}
"""The last contact lies at most so many days back; the rhythms ask for 180, 90 and 30."""
USUAL = 10

CALLED_IN_TIME = 0.6
NEWCOMERS_HEAD_START = 0.3
"""Who came a week ago has had so many of the contacts of two years already."""

NOTED_IMPRESSION = 0.75
ANSWERED = 0.35
ANSWERED_WHERE_IT_MATTERS = 0.95
MATTERS = frozenset({
    "order_status", "invoice", "hotline", "complaint_handling", "advice", "delivery", "installation", "quotation", "web_shop",
})  # fmt: skip
"""Where the company asks how it was, after nearly every contact; elsewhere now and then."""
METRICS = Weighted({"csat": 0.72, "nps": 0.16, "effort": 0.12})
COMMENTED = 0.4
PAUSE_BETWEEN_QUESTIONS = timedelta(days=14)


class Journeys:
    """Tells the contacts and answers of one customer after the other."""

    def __init__(self, world: World, rows: Rows, draw: Draw, orders: Orders, *, contacts_per_customer: float) -> None:
        self.world, self.rows, self.draw = world, rows, draw
        self._density = contacts_per_customer / USUAL
        self._orders = orders
        self._reasons = seeded(world.days, 0, "reasons")
        self._agents = [agent.id for agent in world.staff.agents]

    def tell(self, customer: Portrait, enquiries: list[Planned], may_ask_since: datetime | None) -> int:
        """Write the contacts of a customer, the ones that opened enquiries among them; answers the id of the last."""
        draw = self.draw
        steps: list[tuple[datetime, Planned | None]] = [(at, None) for at in self._moments(customer, len(enquiries))]
        steps += [(enquiry.opened_at, enquiry) for enquiry in enquiries]
        steps.sort(key=lambda step: step[0])
        is_new = customer.created_at >= self.world.days.begin
        here, asked_at, last_id = "" if is_new else "thank_you", self.world.days.begin - PAUSE_BETWEEN_QUESTIONS, 0
        for at, enquiry in steps:
            if enquiry is None:
                here = self._step(customer, here)
                code = here
            else:
                code = enquiry.touchpoint
            touchpoint = self.world.touchpoints[code]
            last_id = self._contact(customer, touchpoint, at, enquiry)
            if enquiry is None:
                self._sale(customer, code, at)
            asked_often = ANSWERED_WHERE_IT_MATTERS if code in MATTERS else ANSWERED
            if may_ask_since and may_ask_since < at > asked_at + PAUSE_BETWEEN_QUESTIONS and draw.chance(asked_often):
                asked_at = self._answer(customer, touchpoint, at, enquiry)
        self._orders.settle(customer)
        return last_id

    def _sale(self, customer: Portrait, code: str, at: datetime) -> None:
        """The quotation that was sent or the order that was placed with a contact, if it was one of these."""
        if code == "quotation":
            self._orders.quoted(customer, at)
        elif code in PURCHASES and customer.status != "prospect":
            channel = "web" if code == "web_shop" else self.draw.pick(self.world.touchpoints[code].channels)
            self._orders.ordered(customer, code, at, channel)

    def tell_contact(self, customer: Portrait, enquiry: Planned) -> None:
        """The contact with which an enquiry came in."""
        self._contact(customer, self.world.touchpoints[enquiry.touchpoint], enquiry.opened_at, enquiry)

    def _moments(self, customer: Portrait, less: int) -> list[datetime]:
        """When there was contact, beside the contacts with which enquiries came. Those who have gone have long been silent;
        most of the others were called about as often as their service level promises."""
        draw, days = self.draw, self.world.days
        low, high = CONTACTS[customer.level]
        end = days.end - timedelta(days=draw.between(120, 420)) if customer.status == "former" else days.end
        since = min(max(customer.created_at, days.begin), end - timedelta(days=1))
        share = NEWCOMERS_HEAD_START + (1 - NEWCOMERS_HEAD_START) * (end - since) / (days.end - days.begin)
        count = max(1, round(draw.between(low, high) * share * self._density) - less)
        moments = [days.moment(draw, since, end) for _n in range(count)]
        latest = days.end - timedelta(days=LATEST[customer.level])
        if customer.status != "former" and max(moments) < latest and draw.chance(CALLED_IN_TIME):
            moments[0] = days.moment(draw, max(latest, since), end)
        return moments

    def _step(self, customer: Portrait, here: str) -> str:
        """The next touchpoint. A prospect goes round before the purchase."""
        code = self.draw.pick(NEXT[here] if here else FIRST)
        if customer.status == "prospect" and code in PURCHASES:
            return "follow_up"
        return code

    def _contact(self, customer: Portrait, touchpoint: Touchpoint, at: datetime, enquiry: Planned | None) -> int:
        draw, code = self.draw, touchpoint.code
        impression = mood(draw, code, at, self.world.now, lowered=enquiry is not None and enquiry.is_complaint)
        if enquiry:
            text, channel, direction, ticket = enquiry.subject, enquiry.channel, "inbound", enquiry.id
        else:
            line = self._line(customer.language, code, impression)
            text, ticket = self._filled_in(line, customer), None
            channel = line.channel if line.channel in touchpoint.channels else draw.pick(touchpoint.channels)
            direction = "outbound" if draw.chance(OUTBOUND.get(code, 0.0)) else "inbound"
        minutes = draw.between(*MINUTES[channel]) if channel in MINUTES else None
        by = (
            customer.owner
            if code in SOLD_BY_OWNER and enquiry is None and draw.chance(0.85)
            else draw.pick(self._agents)
        )
        person = draw.pick(customer.people).id if draw.chance(0.9) else None
        order = self._orders.open_one(customer, at) if code in ABOUT_THE_ORDER and enquiry is None else None
        reason, matters = reason_of(self.world, self._reasons, code, enquiry.topic if enquiry else "")
        return self.rows.add(
            "interaction", customer.id, person, channel, direction, touchpoint.id, touchpoint.phase, text,
            impression if draw.chance(NOTED_IMPRESSION) else None, touchpoint.is_moment_of_truth or matters, minutes, at, by,
            ticket, reason, order,
        )  # fmt: skip

    def _line(self, language: str, code: str, impression: int) -> Line:
        notes = contacts.ENGLISH if language == "en" else contacts.GERMAN
        return self.draw.pick((notes.get(code) or contacts.FALLBACK[language]).for_tone(tone(impression)))

    def _filled_in(self, line: Line, customer: Portrait) -> str:
        draw, language = self.draw, customer.language
        if not line.has_variables:
            return line.text
        return line.text.format(
            product=draw.pick(PRODUCTS[language]), n=draw.between(2, 6), week=draw.between(3, 50), town=customer.town,
            amount=thousands(draw.between(18, 190) * 100, language), family=customer.people[0].family,
        )  # fmt: skip

    def _answer(self, customer: Portrait, touchpoint: Touchpoint, at: datetime, enquiry: Planned | None) -> datetime:
        """What the customer answers when asked, a day or two later; answers when that was."""
        draw = self.draw
        answered_at = at + timedelta(hours=draw.between(3, 50), minutes=draw.between(0, 59))
        if answered_at >= self.world.now:
            return at
        metric = draw.pick(METRICS)
        felt = mood(draw, touchpoint.code, at, self.world.now, lowered=enquiry is not None and enquiry.is_complaint)
        spread = draw.between(0, 1)
        score = {
            "csat": felt,
            "nps": min(10, felt * 2 + spread),
            "effort": min(7, max(1, round(felt * 1.5 + spread * 0.5))),
        }[metric]
        comment = self._comment(customer.language, touchpoint.code, felt) if draw.chance(COMMENTED) else ""
        self.rows.add(
            "survey_answer", customer.id, customer.people[0].id, touchpoint.id, enquiry.id if enquiry else None, metric, score,
            comment, answered_at,
        )  # fmt: skip
        return answered_at

    def _comment(self, language: str, code: str, felt: int) -> str:
        said = answers.ENGLISH if language == "en" else answers.GERMAN
        return self.draw.pick((said.get(code) or said[""]).for_tone(tone(felt))).text


def tone(score: int) -> int:
    """-1 for a bad score from 1 to 5, 0 for one in the middle, 1 for a good one."""
    return -1 if score <= 2 else 1 if score >= 4 else 0


def thousands(amount: int, language: str) -> str:
    """1.900 in German, 1,900 in English."""
    text = f"{amount:,}"
    return text.replace(",", ".") if language == "de" else text
