"""Enquiries that are open this morning: routed by the rule itself, with the decision kept so that it can be explained."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec

from crm.demo.customers import Portrait
from crm.demo.draw import Draw, Weighted
from crm.demo.enquiries import Planned
from crm.demo.rows import Rows
from crm.demo.solved import level_facts
from crm.demo.staff import Agent
from crm.demo.texts import enquiries as texts
from crm.demo.world import World
from crm.service_levels.calendar import Pause
from crm.service_levels.promises import WARNED_SHARE
from crm.tickets.routing import (
    AgentFacts,
    Decision,
    RoutingFacts,
    last_day_absent,
    pick,
    presence,
    required_level,
)

FATES = Weighted({"fresh": 0.28, "asked": 0.14, "working": 0.26, "waiting": 0.16, "postponed": 0.06, "escalated": 0.10})
"""Not answered yet; answered and asked again; answered and in work; waiting for the customer; put back; escalated."""
PAUSED = 0.7
LATE = 0.12
"""How many are answered too late, or not at all although it is time."""
UNREAD = 0.6
FORGOTTEN = 0.3
"""How many of those that should have been answered days ago are not."""
RECENT = timedelta(days=30)

RecentHelpers = Mapping[tuple[int, str], int]


class Open:
    """Writes open enquiries, in the order in which they came in: each assignment is a fact for the next."""

    def __init__(self, world: World, rows: Rows, draw: Draw, recent: RecentHelpers) -> None:
        self.world, self.rows, self.draw, self.recent = world, rows, draw, recent
        self._load: dict[int, int] = {agent.id: 0 for agent in world.staff.agents}
        self._assigned_at: dict[int, datetime] = {}
        self._news_since = world.days.midnight(world.days.working_day(-1))

    def write(
        self, customer: Portrait, enquiry: Planned, tell_contact: Callable[[Portrait, Planned], None], *, stuck: bool
    ) -> None:
        """One open enquiry and the contact with which it came. A `stuck` one needs a level that nobody present has."""
        fate = "escalated" if stuck else self.draw.pick(FATES)
        times = self._times(customer, enquiry, fate)
        if (
            times.due is not None
            and times.due < self.world.now
            and fate in ("asked", "working")
            and self.draw.chance(PAUSED)
        ):
            fate = "waiting"  # it is the customer's turn, or it would have been solved by now
            times = self._times(customer, enquiry, fate)
        if times.responded is None and fate not in ("fresh", "escalated"):
            fate = "fresh"
        escalated_at = (times.responded or enquiry.opened_at) + timedelta(minutes=30) if fate == "escalated" else None
        decisions = [("opened", enquiry.opened_at, self._route(customer, enquiry, enquiry.opened_at, 0, None))]
        if escalated_at:
            first = decisions[0][2][1].assignee_id
            decisions.append(("escalated", escalated_at, self._route(customer, enquiry, escalated_at, 1, first)))
        decision = decisions[-1][2][1]
        assignee = decision.assignee_id
        self._ticket(customer, enquiry, fate, times, decision, int(escalated_at is not None))
        for occasion, at, (facts, decided) in decisions:
            self.rows.add(
                "routing_decision", enquiry.id, at, occasion, None, decided.assignee_id,
                msgspec.json.encode(facts).decode(), msgspec.json.encode(decided).decode(),
            )  # fmt: skip
        first_assignee = decisions[0][2][1].assignee_id
        self._conversation(customer, enquiry, fate, times, first_assignee or assignee)
        if escalated_at:
            tried = self.draw.pick(texts.tried(customer.language, enquiry.topic))
            self.rows.add("escalation", enquiry.id, first_assignee, escalated_at, tried)
        if fate in ("waiting", "postponed"):
            self.rows.add("ticket_pause", enquiry.id, fate, times.responded, None)
        tell_contact(customer, enquiry)
        if assignee is not None and fate not in ("waiting", "postponed"):
            self._load[assignee] += 1
        self._tell(customer, enquiry, decisions[-1][1], decision, times)

    def last_assignments(self) -> dict[int, datetime]:
        """Agents by id, and when each got the last enquiry."""
        return dict(self._assigned_at)

    def _times(self, customer: Portrait, enquiry: Planned, fate: str) -> Times:
        world, draw = self.world, self.draw
        level = world.levels[customer.level]
        first, _following, solution = level.minutes[enquiry.priority]
        part = 1.1 + draw.random() * 0.8 if draw.chance(LATE) else 0.1 + draw.random() * 0.85
        calendar = world.calendar
        responded: datetime | None = calendar.due_at(enquiry.opened_at, first * part)
        is_new = enquiry.opened_at > self._news_since
        is_unanswered = fate == "fresh" and (is_new or draw.chance(FORGOTTEN))
        if is_unanswered or (responded is not None and responded >= world.now - timedelta(hours=1)):
            responded = None
        pauses: list[Pause] = []
        if fate == "waiting" and responded is not None:
            pauses.append((responded, None))
        due, warn = (calendar.due_at(enquiry.opened_at, solution * share, pauses) for share in (1, WARNED_SHARE))
        return Times(
            responded, pauses, calendar.due_at(enquiry.opened_at, first), calendar.due_at(enquiry.opened_at, first * WARNED_SHARE),
            due, warn,
        )  # fmt: skip

    def _route(
        self, customer: Portrait, enquiry: Planned, at: datetime, escalations: int, worked_on_it: int | None
    ) -> tuple[RoutingFacts, Decision]:
        level = self.world.levels[customer.level]
        required = required_level(level_facts(self.world, level, enquiry, escalations))
        agents = tuple(self._agent(agent, customer, enquiry, at, worked_on_it) for agent in self.world.staff.agents)
        facts = RoutingFacts(required=required, agents=agents, language=customer.language, channel=enquiry.channel)
        decision = pick(facts)
        if decision.assignee_id is not None:
            self._assigned_at[decision.assignee_id] = at
        return facts, decision

    def _agent(
        self, agent: Agent, customer: Portrait, enquiry: Planned, at: datetime, worked_on_it: int | None
    ) -> AgentFacts:
        knows = self.recent.get((customer.id, enquiry.topic)) == agent.id
        return AgentFacts(
            id=agent.id, level=agent.levels.get(enquiry.topic, 0), load=self._load[agent.id], capacity=agent.capacity,
            languages=agent.languages, presence=presence(agent.hours, agent.absent_from, agent.absent_until, at),
            absent_until=last_day_absent(agent.absent_until, self.world.days.zone), last_assigned_at=self._assigned_at.get(agent.id),
            knows_case="thread" if worked_on_it == agent.id else "topic" if knows else None, gave_up=worked_on_it == agent.id,
        )  # fmt: skip

    def _ticket(
        self, customer: Portrait, enquiry: Planned, fate: str, times: Times, decision: Decision, escalations: int
    ) -> None:
        world = self.world
        level, topic = world.levels[customer.level], world.topics[enquiry.topic]
        first, following, solution = level.minutes[enquiry.priority]
        status = "new" if times.responded is None else fate if fate in ("waiting", "postponed") else "open"
        asked_at = self._asked_at(times) if fate == "asked" else None
        first_warned, first_breached = (
            past(times.first_warn, times.responded, world.now),
            past(times.first_due, times.responded, world.now),
        )
        self.rows.add_numbered(
            "ticket", enquiry.id, customer.id, customer.people[0].id, enquiry.subject, topic.id, enquiry.kind, enquiry.priority,
            enquiry.channel, status, False, enquiry.is_first_contact, escalations, decision.required_level, customer.language,
            decision.assignee_id, enquiry.opened_at, decision.assignee_id if enquiry.channel == "phone" else None, level.id, first,
            following, solution, times.first_due, times.responded,
            world.calendar.due_at(asked_at, following) if asked_at else None, times.due, None, first_warned, first_breached,
            past(times.warn, None, world.now), past(times.due, None, world.now), self._back_on() if fate == "postponed" else None, 1,
            times.first_warn, world.calendar.due_at(asked_at, following * WARNED_SHARE) if asked_at else None, times.warn,
        )  # fmt: skip

    def _back_on(self) -> datetime:
        """The morning on which an enquiry that was put back comes again."""
        days = self.world.days
        return days.at(days.working_day(self.draw.between(1, 5)), 8)

    def _asked_at(self, times: Times) -> datetime | None:
        """When the customer asked again: before the last midnight, after our answer."""
        if times.responded is None:
            return None
        return times.responded + (self.world.now - times.responded) * 0.4

    def _conversation(self, customer: Portrait, enquiry: Planned, fate: str, times: Times, agent: int | None) -> None:
        rows, draw, language = self.rows, self.draw, customer.language
        person = customer.people[0].id
        rows.add(
            "ticket_message",
            enquiry.id,
            "inbound",
            enquiry.channel,
            None,
            person,
            enquiry.text,
            enquiry.opened_at,
            False,
        )
        if times.responded is None or agent is None:
            return
        channel = "phone" if enquiry.channel == "phone" else "email"
        rows.add("ticket_message", enquiry.id, "reply", channel, agent, None, enquiry.reply, times.responded, False)
        asked_at = self._asked_at(times)
        if fate == "asked" and asked_at:
            follow_up = draw.pick(texts.FOLLOW_UPS[language])
            rows.add("ticket_message", enquiry.id, "inbound", enquiry.channel, None, person, follow_up, asked_at, False)
        elif fate in ("working", "postponed", "escalated"):
            note = draw.pick(texts.NOTES[language])
            rows.add(
                "ticket_message",
                enquiry.id,
                "note",
                "",
                agent,
                None,
                note,
                times.responded + timedelta(minutes=20),
                False,
            )

    def _tell(self, customer: Portrait, enquiry: Planned, at: datetime, decision: Decision, times: Times) -> None:
        """What the agents and the lead found in their notifications this morning."""
        lead, link = self.world.staff.ids["lead"], f"/tickets/{enquiry.id}"
        detail = {
            "number": enquiry.id,
            "subject": enquiry.subject,
            "customer": customer.name,
            "level": decision.required_level,
        }
        if decision.assignee_id is None:
            self._notify(
                lead,
                "ticket_waiting_unrouted",
                detail,
                link,
                at,
                f"unrouted-{enquiry.id}-{decision.required_level}-{lead}",
            )
        elif at > self._news_since:
            self._notify(decision.assignee_id, "ticket_assigned", detail, link, at, None)
        for clock, due, reached in (
            ("first_response", times.first_due, times.responded),
            ("solution", times.due, None),
        ):
            if due is not None and reached is None and due < self.world.now:
                missed = {**detail, "promise": clock, "due_at": due.isoformat()}
                self._notify(lead, "promise_missed", missed, link, due, None)

    def _notify(self, reader: int, kind: str, detail: dict[str, Any], link: str, at: datetime, key: str | None) -> None:
        read_at = None if self.draw.chance(UNREAD) else min(at + timedelta(hours=1), self.world.now)
        self.rows.add("notification", reader, kind, msgspec.json.encode(detail).decode(), link, key, at, read_at)


class Times(msgspec.Struct, frozen=True):
    """When an enquiry was answered, what stopped its clock, and what is due when."""

    responded: datetime | None
    pauses: list[Pause]
    first_due: datetime
    first_warn: datetime
    due: datetime | None
    warn: datetime | None


def past(due: datetime | None, reached: datetime | None, now: datetime) -> datetime | None:
    """The due time, if it had passed before it was reached (or, when it wasn't, by now)."""
    return due if due is not None and due < (reached or now) else None
