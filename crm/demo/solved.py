"""Enquiries of the past: answered, solved, closed, with the promises that were kept and those that were not."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from crm.demo.customers import Human, Portrait
from crm.demo.draw import Draw, Weighted
from crm.demo.enquiries import Planned
from crm.demo.rows import Rows
from crm.demo.staff import Agent
from crm.demo.texts import enquiries as texts
from crm.demo.world import Level, World
from crm.service_levels.calendar import Pause
from crm.tickets.routing import HIGHEST_LEVEL, RequiredLevel, RequiredLevelFacts, required_level

KEPT = {"first": 0.93, "solution": 0.89}
"""How many promises are kept."""
WAITS, ESCALATED, NOTED, REOPENED, SECOND_ROUND = 0.28, 0.07, 0.22, 0.03, 0.3
CLOSED_AFTER = timedelta(days=14)
REMEMBERED = timedelta(days=60)
CAUSES = {
    "billing": Weighted({"unclear_invoice": 6, "our_mistake": 3, "question": 1}),
    "delivery": Weighted({"delay": 6, "missing_information": 3, "damage": 1}),
    "technical": Weighted({"defect": 7, "operation": 3}),
    "complaint": Weighted({"defect": 5, "our_mistake": 4, "damage": 2}),
    "": Weighted({"question": 6, "missing_information": 3, "other": 1}),
}


class Solved:
    """Writes enquiries that are over."""

    def __init__(self, world: World, rows: Rows, draw: Draw) -> None:
        self.world, self.rows, self.draw = world, rows, draw
        self._able: dict[tuple[str, int, str], tuple[Agent, ...]] = {}
        self._helpers: dict[tuple[int, str], tuple[datetime, int]] = {}

    def write(self, customer: Portrait, enquiry: Planned) -> None:
        draw, calendar = self.draw, self.world.calendar
        level, topic = self.world.levels[customer.level], self.world.topics[enquiry.topic]
        person = customer.people[0]
        escalations = 1 if draw.chance(ESCALATED) else 0
        required = needed(self.world, level, enquiry, escalations)
        agent = self._agent(enquiry.topic, required.level, customer.language)
        first, following, solution = level.minutes[enquiry.priority]
        first_due = calendar.due_at(enquiry.opened_at, first)
        responded = calendar.due_at(enquiry.opened_at, first * self._used("first"))
        pauses: list[Pause] = []
        if draw.chance(WAITS):
            pauses.append((responded, responded + timedelta(hours=draw.between(3, 60))))
        solved = calendar.due_at(enquiry.opened_at, solution * self._used("solution"), pauses)
        solved = max(solved or responded, responded + timedelta(minutes=draw.between(5, 50)))
        if solved >= self.world.now:
            pauses, solved = [], responded
        due = calendar.due_at(enquiry.opened_at, solution, pauses)
        closed = solved < self.world.now - CLOSED_AFTER
        self.rows.add_numbered(
            "ticket", enquiry.id, customer.id, person.id, enquiry.subject, topic.id, enquiry.kind, enquiry.priority, enquiry.channel,
            "closed" if closed else "solved", False, enquiry.is_first_contact, escalations, required.level, customer.language,
            agent.id, enquiry.opened_at, agent.id if enquiry.channel == "phone" else None, level.id, first, following, solution,
            first_due, responded, None, due, solved, None, first_due if responded > first_due else None, None,
            due if due and solved > due else None, None, 1, None, None, None,
        )  # fmt: skip
        if enquiry.opened_at > self.world.now - REMEMBERED:
            self._helpers[customer.id, enquiry.topic] = (enquiry.opened_at, agent.id)
        self._conversation(customer.language, enquiry, person, agent.id, responded, pauses, solved)
        if escalations:
            tried = draw.pick(texts.tried(customer.language, enquiry.topic))
            self.rows.add(
                "escalation",
                enquiry.id,
                draw.pick(self.world.staff.agents).id,
                between(enquiry.opened_at, responded),
                tried,
            )
        for start, end in pauses:
            self.rows.add("ticket_pause", enquiry.id, "waiting", start, end)
        self._close(enquiry, agent.id, solved)

    def recent(self, since: datetime) -> dict[tuple[int, str], int]:
        """Who answered which customer on which topic since then."""
        return {key: agent for key, (at, agent) in self._helpers.items() if at > since}

    def _used(self, promise: Literal["first", "solution"]) -> float:
        """The part of the promised time that was used; more than 1 when the promise was missed."""
        draw = self.draw
        return 0.08 + draw.random() * 0.9 if draw.chance(KEPT[promise]) else 1.05 + draw.random() * 0.9

    def _agent(self, topic: str, level: int, language: str) -> Agent:
        """Somebody who can do it; the lowest sufficient level comes first, as in routing."""
        key = (topic, level, language)
        if key not in self._able:
            able = [agent for agent in self.world.staff.agents if agent.levels.get(topic, 0) >= level]
            fluent = [agent for agent in able if language in agent.languages] or able
            lowest = min(agent.levels[topic] for agent in fluent)
            self._able[key] = tuple(agent for agent in fluent if agent.levels[topic] == lowest)
        return self.draw.pick(self._able[key])

    def _conversation(
        self, language: Literal["de", "en"], enquiry: Planned, person: Human, agent: int, responded: datetime, pauses: list[Pause],
        solved: datetime,
    ) -> None:  # fmt: skip
        draw, rows = self.draw, self.rows
        answer_channel = "phone" if enquiry.channel == "phone" else "email"
        rows.add(
            "ticket_message",
            enquiry.id,
            "inbound",
            enquiry.channel,
            None,
            person.id,
            enquiry.text,
            enquiry.opened_at,
            False,
        )
        if draw.chance(NOTED):
            note = draw.pick(texts.NOTES[language])
            rows.add(
                "ticket_message",
                enquiry.id,
                "note",
                "",
                agent,
                None,
                note,
                between(enquiry.opened_at, responded),
                False,
            )
        rows.add("ticket_message", enquiry.id, "reply", answer_channel, agent, None, enquiry.reply, responded, False)
        if pauses or draw.chance(SECOND_ROUND):
            asked_again = (pauses[0][1] if pauses else None) or between(responded, solved)
            follow_up = draw.pick(texts.FOLLOW_UPS[language])
            rows.add(
                "ticket_message",
                enquiry.id,
                "inbound",
                enquiry.channel,
                None,
                person.id,
                follow_up,
                min(asked_again, solved),
                False,
            )
            reply = draw.pick(texts.SECOND_REPLIES[language])
            rows.add("ticket_message", enquiry.id, "reply", answer_channel, agent, None, reply, solved, False)

    def _close(self, enquiry: Planned, agent: int, solved: datetime) -> None:
        draw = self.draw
        cause = draw.pick(CAUSES.get(enquiry.topic) or CAUSES[""])
        earlier = between(enquiry.opened_at, solved)
        if draw.chance(REOPENED):
            self.rows.add(
                "closure", enquiry.id, agent, between(earlier, solved), cause, between(earlier, solved, 0.8), agent
            )
        self.rows.add("closure", enquiry.id, agent, solved, cause, None, None)


def needed(world: World, level: Level, enquiry: Planned, escalations: int) -> RequiredLevel:
    """The level that an enquiry needs, by the rule itself."""
    return required_level(level_facts(world, level, enquiry, escalations))


def level_facts(world: World, level: Level, enquiry: Planned, escalations: int) -> RequiredLevelFacts:
    topic = world.topics[enquiry.topic]
    return RequiredLevelFacts(
        topic_level=topic.level, topic_name=topic.name, topic_name_en=topic.name_en,
        is_first_contact=enquiry.is_first_contact, first_contact_level=topic.first_contact_level,
        service_level_minimum=level.first_contact_level, service_level_name=level.name, service_level_name_en=level.name_en,
        is_complaint=enquiry.is_complaint, escalations=min(escalations, HIGHEST_LEVEL),
    )  # fmt: skip


def between(earlier: datetime, later: datetime, part: float = 0.5) -> datetime:
    """An instant between two others."""
    return (earlier + (later - earlier) * part).replace(microsecond=0)
