"""Opening an enquiry: promised, routed and explained in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from crm.accounts.audit import record
from crm.customers.figures import open_tickets_changed
from crm.customers.tables import TimelineKind
from crm.customers.timeline import write_entry
from crm.database import Row, fetch_one, fetch_value, transaction
from crm.errors import Invalid, NotFound
from crm.service_levels.promises import Target
from crm.service_levels.queries import CALENDAR, calendar_from
from crm.service_levels.tables import Priority
from crm.tickets.assigning import route_ticket
from crm.tickets.clocks import clocks_of
from crm.tickets.routing import FIRST_CONTACT_MONTHS
from crm.tickets.tables import TicketKind
from crm.web.i18n import _

DEFAULT_TOPIC = "general"


@dataclass(frozen=True)
class NewTicket:
    """A customer's concern as it comes in. Topic and priority may be left open."""

    customer_id: int
    subject: str
    text: str
    topic: str = ""
    priority: Priority = Priority.NORMAL
    kind: TicketKind = TicketKind.QUESTION
    channel: str = "phone"
    person_id: int | None = None
    is_moment_of_truth: bool = False
    language: str = ""


_FACTS = f"""
    SELECT c.id AS customer_id, coalesce(nullif(p.language, ''), c.language) AS language, p.id AS person_id,
        t.id AS topic_id, t.code AS topic, s.id AS service_level_id,
        g.first_response_min, g.next_response_min, g.solution_min, {CALENDAR.format(calendar="s.calendar")} AS calendar,
        NOT EXISTS (SELECT 1 FROM ticket k WHERE k.customer = c.id AND k.topic = t.id AND k.opened_at > $5) AS is_first_contact
    FROM customer c JOIN service_level s ON s.id = c.service_level
    LEFT JOIN service_target g ON g.service_level = s.id AND g.priority = $4
    LEFT JOIN affiliation a ON a.customer = c.id AND a.person = $2
    LEFT JOIN person p ON p.id = a.person AND p.restricted_at IS NULL
    LEFT JOIN topic t ON t.code = $3
    WHERE c.id = $1 AND c.deleted_at IS NULL AND c.restricted_at IS NULL
"""


async def open_ticket(data: NewTicket, *, by: int, now: datetime) -> int:
    """Open an enquiry and answer its number. The promise of the customer's service level (targets, due times) is copied
    to it for good; routing decides who gets it, and the decision is kept with its reasons.

    Raises NotFound for a customer who isn't there, Invalid for a topic or person that doesn't fit.
    """
    async with transaction():
        facts = await _facts(data, now)
        ticket_id = await _insert(data, facts, by=by, now=now)
        await fetch_value(
            "INSERT INTO ticket_message (ticket, kind, channel, by_user, person_id, text, at, is_automatic) "
            "VALUES ($1, 'inbound', $2, $3, $4, $5, $6, false) RETURNING id",
            ticket_id, data.channel, by, data.person_id, data.text or data.subject, now,
        )  # fmt: skip
        await write_entry(
            data.customer_id, TimelineKind.TICKET, ticket_id, at=now, title=data.subject, body=data.text, by=by,
            person_id=data.person_id,
            detail={"number": ticket_id, "status": "new", "topic": facts.topic, "channel": data.channel, "kind": data.kind},
        )  # fmt: skip
        await record("ticket.opened", "ticket", ticket_id, by=by, now=now)
        await route_ticket(ticket_id, "opened", by=by, now=now)
        await open_tickets_changed(data.customer_id, +1)  # after the routing lock: see crm.tickets.locking
    return ticket_id


async def _facts(data: NewTicket, now: datetime) -> Row:
    since = now - timedelta(days=round(FIRST_CONTACT_MONTHS * 365.25 / 12))
    facts = await fetch_one(_FACTS, data.customer_id, data.person_id, data.topic or DEFAULT_TOPIC, data.priority, since)
    if facts is None:
        raise NotFound(_("This customer does not exist, or may not be used. Your text is kept for copying."))
    errors = {}
    if data.person_id is not None and facts.person_id is None:
        errors["person_id"] = _("This person does not belong to the customer.")
    if data.topic and facts.topic_id is None:
        errors["topic"] = _("There is no topic with this code.")
    if facts.first_response_min is None:
        errors["priority"] = _("The customer's service level promises nothing for this priority yet.")
    if errors:
        raise Invalid(errors)
    return facts


async def _insert(data: NewTicket, facts: Row, *, by: int, now: datetime) -> int:
    target = Target(facts.first_response_min, facts.next_response_min, facts.solution_min)
    due = {clock.kind: clock.due_at for clock in clocks_of(target, calendar_from(facts.calendar, now), now, now)}
    ticket_id = await fetch_value(
        "INSERT INTO ticket (customer, person, subject, topic, kind, priority, channel, status, is_moment_of_truth, "
        "is_first_contact, escalations, required_level, language, opened_at, opened_by, service_level, first_response_min, "
        "next_response_min, solution_min, first_response_due_at, solution_due_at, is_recalculated, version) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, 'new', $8, $9, 0, 1, $10, $11, $12, $13, $14, $15, $16, $17, $18, false, 1) "
        "RETURNING id",
        data.customer_id, data.person_id, data.subject, facts.topic_id, data.kind, data.priority, data.channel,
        data.is_moment_of_truth, facts.is_first_contact, data.language or facts.language, now, by, facts.service_level_id,
        target.first_response_min, target.next_response_min, target.solution_min, due["first_response"], due["solution"],
    )  # fmt: skip
    return int(ticket_id)
