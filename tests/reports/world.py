"""A small company with random but repeatable contacts, answers, enquiries and consents around one month."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from crm.consents.tables import ConsentEvent
from crm.customers.tables import Customer, CustomerFigures, Person
from crm.database import execute, fetch, fetch_value
from crm.interactions.tables import Interaction
from crm.surveys.tables import SurveyAnswer
from crm.tickets.tables import Closure, Escalation, Ticket, TicketMessage
from tests.cast import Cast

BERLIN = ZoneInfo("Europe/Berlin")
EDGES = [datetime(2026, month, 1, tzinfo=BERLIN).astimezone(UTC) for month in (9, 10, 11)]
"""Midnights in Berlin at which months change: in UTC they lie in the month before."""
FROM = datetime(2025, 9, 20, tzinfo=UTC)
UNTIL = datetime(2026, 11, 20, tzinfo=UTC)


class World:
    """Fills the database for the report of October 2026; the same seed gives the same world."""

    def __init__(self, seed: int, cast: Cast) -> None:
        self.random = random.Random(seed)
        self.cast = cast

    def moment(self) -> datetime:
        """Any time of fourteen months, October more often, and now and then exactly the edge of a month."""
        kind = self.random.random()
        if kind < 0.1:
            return self.random.choice(EDGES) + timedelta(seconds=self.random.choice((-1, 0, 1)))
        start = EDGES[1] if kind < 0.6 else FROM
        end = EDGES[2] if kind < 0.6 else UNTIL
        return start + (end - start) * self.random.random()

    def maybe(self, value: object, share: float = 0.5) -> object | None:
        return value if self.random.random() < share else None

    async def fill(self, *, contacts: int = 400, answers: int = 300, tickets: int = 120, events: int = 150) -> None:
        await self.customers()
        catalogues = {
            name: [row.id for row in await fetch(f"SELECT id FROM {name}")] for name in ("touchpoint", "phase", "topic")
        }
        await self.contacts(contacts, catalogues)
        await self.answers(answers, catalogues["touchpoint"])
        await self.tickets(tickets, catalogues["topic"])
        await self.consents(events)
        await self.invitations(events, catalogues["touchpoint"])

    async def customers(self) -> None:
        levels = [row.id for row in await fetch("SELECT id FROM service_level")]
        self.customer_ids, self.person_ids = [], []
        for number in range(12):
            created = self.moment()
            customer = Customer(
                number=f"R-{number}", kind="organisation", name=f"Kundin {number}", service_level=self.random.choice(levels),
                status=self.random.choice(("prospect", "customer", "former")), created_at=created,
                origin=self.random.choice(("", "Messe", "Empfehlung")), origin_code=self.random.choice(("", "fair", "other")),
                restricted_at=created if number == 3 else None, deleted_at=created if number == 4 else None,
            )  # fmt: skip
            await customer.save()
            await CustomerFigures(customer=customer.id, contact_due_at=self.maybe(self.moment(), 0.8)).save()
            person = Person(
                family_name=f"Person {number}", created_at=created, restricted_at=created if number == 5 else None
            )
            await person.save()
            self.customer_ids.append(customer.id)
            self.person_ids.append(person.id)

    async def contacts(self, count: int, catalogues: dict[str, list[int]]) -> None:
        choice = self.random.choice
        rows = [
            Interaction(
                customer=self.maybe(choice(self.customer_ids), 0.9), person=self.maybe(choice(self.person_ids)),
                channel=choice(("phone", "email", "visit")), direction=choice(("inbound", "outbound")),
                touchpoint=self.maybe(choice(catalogues["touchpoint"]), 0.8), phase=self.maybe(choice(catalogues["phase"])),
                impression=self.maybe(self.random.randint(1, 5)), is_moment_of_truth=self.random.random() < 0.2,
                at=self.moment(), text="",
            )
            for _number in range(count)
        ]  # fmt: skip
        for start in range(0, len(rows), 500):
            await Interaction.insert(*rows[start : start + 500])

    async def answers(self, count: int, touchpoints: list[int]) -> None:
        rows = []
        for _number in range(count):
            metric, low, high = self.random.choice((("csat", 1, 5), ("nps", 0, 10), ("effort", 1, 7)))
            rows.append(
                SurveyAnswer(
                    customer=self.maybe(self.random.choice(self.customer_ids), 0.9),
                    person=self.maybe(self.random.choice(self.person_ids)),
                    touchpoint=self.maybe(self.random.choice(touchpoints), 0.9),
                    metric=metric, score=self.random.randint(low, high), at=self.moment(),
                )
            )  # fmt: skip
        for start in range(0, len(rows), 500):
            await SurveyAnswer.insert(*rows[start : start + 500])

    async def tickets(self, count: int, topics: list[int]) -> None:
        levels = [row.id for row in await fetch("SELECT id FROM service_level")]
        for _number in range(count):
            opened = self.moment()
            first, solved = (self.maybe(opened + timedelta(hours=self.random.randint(1, 99)), 0.8) for _ in range(2))
            ticket = Ticket(
                customer=self.random.choice(self.customer_ids), person=self.maybe(self.random.choice(self.person_ids)),
                subject="Frage", topic=self.maybe(self.random.choice(topics), 0.9),
                kind=self.random.choice(("question", "complaint")),
                status="solved" if solved else self.random.choice(("new", "open", "waiting")),
                escalations=self.random.choice((0, 0, 1)), required_level=self.random.randint(1, 3), opened_at=opened,
                service_level=self.random.choice(levels), first_response_min=480, next_response_min=480, solution_min=960,
                first_response_due_at=opened + timedelta(hours=48), first_responded_at=first,
                solution_due_at=opened + timedelta(hours=60), solved_at=solved, is_recalculated=self.random.random() < 0.1,
            )  # fmt: skip
            await ticket.save()
            await self.story_of(ticket)

    async def story_of(self, ticket: Ticket) -> None:
        for _reply in range(self.random.randint(0, 2)):
            automatic = self.random.random() < 0.3
            await TicketMessage(
                ticket=ticket.id, kind="reply", text="", at=ticket.opened_at, is_automatic=automatic
            ).save()
        if ticket.escalations:
            await Escalation(ticket=ticket.id, at=ticket.opened_at + timedelta(hours=2), tried="alles").save()
        if ticket.solved_at is not None:
            cause = self.random.choice(("", "unclear_invoice", "delay"))
            if self.random.random() < 0.2:
                earlier = ticket.opened_at + timedelta(minutes=10)
                await Closure(
                    ticket=ticket.id, at=earlier, cause=cause, reopened_at=earlier + timedelta(hours=5)
                ).save()
            await Closure(ticket=ticket.id, at=ticket.solved_at, cause=cause).save()

    async def consents(self, count: int) -> None:
        rows = []
        for _number in range(count):
            person = self.maybe(self.random.choice(self.person_ids), 0.9)
            rows.append(
                ConsentEvent(
                    person_id=person, address_key=None if person else "key",
                    purpose=self.random.choice(("newsletter", "offers", "service")),
                    channel=self.random.choice(("email", "phone")), source=self.random.choice(("web_form", "paper")),
                    event=self.random.choice(("given", "given", "confirmed", "confirmed", "withdrawn", "objected", "expired")),
                    at=self.moment().replace(minute=0, second=0, microsecond=0),
                    payload_id=1, payload_hash=b"", previous_hash=b"", hash=b"",
                )
            )  # fmt: skip
        for start in range(0, len(rows), 500):
            await ConsentEvent.insert(*rows[start : start + 500])

    async def invitations(self, count: int, touchpoints: list[int]) -> None:
        """Customers who were asked by a survey, in all states; some messages never left, and some colleagues were asked too."""
        survey = await fetch_value("INSERT INTO survey (name, status) VALUES ('Wie war es?', 'running') RETURNING id")
        mails = [
            await fetch_value(
                "INSERT INTO outbox_message (purpose, to_address, subject, text, message_id, status, created_at) "
                "VALUES ('survey', 'kundin@example.de', 'Ihre Meinung', '', $1 || '@firma.example', $1, $2) RETURNING id", status, FROM,
            )
            for status in ("sent", "refused", "failed")
        ]  # fmt: skip
        for number in range(count):
            state = self.random.choice(("waiting", "left_out", "sent", "answered", "answered", "expired"))
            await execute(
                "INSERT INTO survey_invitation (survey, event, customer_id, person_id, \"user\", touchpoint, state, sent_at, outbox_id) "
                "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
                survey, f"visit {number}", self.maybe(self.random.choice(self.customer_ids), 0.9),
                self.maybe(self.random.choice(self.person_ids)), self.maybe(self.cast.karin.id, 0.1),
                self.maybe(self.random.choice(touchpoints), 0.8), state,
                None if state in ("waiting", "left_out") else self.moment(), self.maybe(self.random.choice(mails), 0.6),
            )  # fmt: skip

    async def change(self) -> None:
        """What happens to contacts and answers later: entered, corrected, moved to another day, deleted, merged into another
        customer, restricted and released; and a touchpoint gets another name and retires."""
        touchpoints = [row.id for row in await fetch("SELECT id FROM touchpoint ORDER BY id")]
        phases = [row.id for row in await fetch("SELECT id FROM phase ORDER BY id")]
        await self.contacts(25, {"touchpoint": touchpoints, "phase": phases})
        await self.answers(20, touchpoints)
        for table in ("interaction", "survey_answer"):
            ids = [row.id for row in await fetch(f"SELECT id FROM {table} ORDER BY id")]
            gone, moved, elsewhere = (self.random.sample(ids, 12) for _ in range(3))
            await execute(f"UPDATE {table} SET at = $2 WHERE id = ANY($1)", moved, self.moment())
            await execute(
                f"UPDATE {table} SET touchpoint = $2 WHERE id = ANY($1)", elsewhere, self.random.choice(touchpoints)
            )
            await execute(f"DELETE FROM {table} WHERE id = ANY($1)", gone)
        await execute(
            "UPDATE interaction SET impression = $1, channel = 'chat', direction = 'inbound', is_moment_of_truth = true, "
            "phase = $2 WHERE id % 10 = $3",
            self.random.randint(1, 5), self.random.choice(phases), self.random.randrange(10),
        )  # fmt: skip
        await execute(
            "UPDATE survey_answer SET score = 1, metric = 'csat' WHERE id % 10 = $1", self.random.randrange(10)
        )
        merged, into, shut, gone_customer = self.random.sample(self.customer_ids[4:], 4)
        await execute("UPDATE interaction SET customer = $2 WHERE customer = $1", merged, into)
        await execute("UPDATE customer SET deleted_at = now(), merged_into = $2 WHERE id = $1", merged, into)
        self.customer_ids.remove(merged)
        await execute("UPDATE customer SET restricted_at = now() WHERE id = $1", shut)
        await execute("UPDATE customer SET deleted_at = now() WHERE id = $1", gone_customer)
        await execute("UPDATE customer SET restricted_at = NULL, deleted_at = NULL WHERE id = $1", self.customer_ids[3])
        silent, free = self.random.sample(self.person_ids, 2)
        await execute("UPDATE person SET restricted_at = now() WHERE id = $1", silent)
        await execute("UPDATE person SET restricted_at = NULL WHERE id = $1", free)
        await execute(
            "UPDATE touchpoint SET name_de = 'Umbenannt', name_en = 'Renamed', state = 'retired' WHERE id = $1",
            self.random.choice(touchpoints),
        )
