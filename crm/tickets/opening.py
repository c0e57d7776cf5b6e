"""Opening an enquiry: promised, routed and explained in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from crm.customers.figures import OPEN_TICKETS
from crm.customers.tables import TimelineKind
from crm.customers.timeline import write_entry
from crm.database import Row, fetch_one, transaction
from crm.errors import Invalid, NotFound
from crm.service_levels.promises import Target
from crm.service_levels.queries import CALENDAR, calendar_from
from crm.service_levels.tables import Priority
from crm.tickets.assigning import Assigned, choose_agent, tell_people
from crm.tickets.clocks import clocks_of
from crm.tickets.gathering import LEVEL_COLUMNS, Case, required_from
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
    SELECT c.id AS customer_id, c.name AS customer_name, c.owner, coalesce(nullif(p.language, ''), c.language) AS language,
        p.id AS person_id, t.id AS topic_id, t.code AS topic, s.id AS service_level_id, {LEVEL_COLUMNS},
        g.first_response_min, g.next_response_min, g.solution_min, {CALENDAR.format(calendar="s.calendar")} AS calendar,
        NOT EXISTS (SELECT 1 FROM ticket k WHERE k.customer = c.id AND k.topic = t.id AND k.opened_at > $5) AS is_first_contact
    FROM customer c JOIN service_level s ON s.id = c.service_level
    LEFT JOIN service_target g ON g.service_level = s.id AND g.priority = $4
    LEFT JOIN affiliation a ON a.customer = c.id AND a.person = $2
    LEFT JOIN person p ON p.id = a.person AND p.restricted_at IS NULL
    LEFT JOIN topic t ON t.code = $3
    WHERE c.id = $1 AND c.deleted_at IS NULL AND c.restricted_at IS NULL
"""

# All that opening writes beside the history, in one statement: until it has committed, nobody else can route.
_OPEN = f"""
    WITH opened AS (
        INSERT INTO ticket (customer, person, subject, topic, kind, priority, channel, status, is_moment_of_truth,
            is_first_contact, escalations, required_level, language, opened_at, opened_by, service_level, first_response_min,
            next_response_min, solution_min, first_response_due_at, solution_due_at, is_recalculated, version, assignee)
        VALUES ($1, $2, $3, $4, $5, $6, $7, 'new', $8, $9, 0, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, false, 1, $20)
        RETURNING id
    ), said AS (
        INSERT INTO ticket_message (ticket, kind, channel, by_user, person_id, text, at, is_automatic)
        SELECT id, 'inbound', $7, $13, $2, $21, $12, false FROM opened
    ), noted AS (
        INSERT INTO audit_entry (at, actor_id, action, subject_kind, subject_id, payload_hash)
        SELECT $12, $13, 'ticket.opened', 'ticket', id, '' FROM opened
    ), given AS (
        UPDATE agent_profile SET last_assigned_at = $12 WHERE "user" = $20
    ), counted AS (
        {OPEN_TICKETS.format(customer="$1", by="1")}
    ), decided AS (
        INSERT INTO routing_decision (ticket, at, occasion, assignee_id, facts, decision)
        SELECT id, $12, 'opened', $20, $22, $23 FROM opened
    )
    SELECT o.id, coalesce(u.name, '') AS assignee_name FROM opened o LEFT JOIN staff u ON u.id = $20
"""


async def open_ticket(data: NewTicket, *, by: int, now: datetime) -> int:
    """Open an enquiry and answer its number. The promise of the customer's service level (targets, due times) is copied
    to it for good; routing decides who gets it, and the decision is kept with its reasons.

    Raises NotFound for a customer who isn't there, Invalid for a topic or person that doesn't fit.
    """
    async with transaction():
        facts = await _facts(data, now)
        case = _case(data, facts, now)
        due = {clock.kind: clock.due_at for clock in clocks_of(case.target, case.calendar, now, now)}
        choice = await choose_agent(case, now)
        level, assignee_id = choice.decision.required_level, choice.decision.assignee_id
        opened = await fetch_one(
            _OPEN, data.customer_id, data.person_id, data.subject, facts.topic_id, data.kind, data.priority, data.channel,
            data.is_moment_of_truth, facts.is_first_contact, level, case.language, now, by, facts.service_level_id,
            case.target.first_response_min, case.target.next_response_min, case.target.solution_min, due["first_response"],
            due["solution"], assignee_id, data.text or data.subject, choice.stored_facts, choice.stored_decision,
        )  # fmt: skip
        assert opened is not None
        await write_entry(
            data.customer_id, TimelineKind.TICKET, opened.id, at=now, title=data.subject, body=data.text, by=by,
            person_id=data.person_id,
            detail={
                "number": opened.id, "status": "new", "topic": facts.topic, "channel": data.channel, "kind": data.kind,
                "assignee_name": opened.assignee_name, "level": level,
            },
        )  # fmt: skip
        known = Assigned(opened.id, data.subject, facts.customer_name, level)
        await tell_people(known, assignee_id, by=by, now=now)
    return int(opened.id)


def _case(data: NewTicket, facts: Row, now: datetime) -> Case:
    return Case(
        ticket_id=0,
        customer_id=data.customer_id,
        owner_id=facts.owner,
        topic_id=facts.topic_id,
        language=data.language or facts.language,
        channel=data.channel,
        required=required_from(
            facts, data.kind, is_first_contact=facts.is_first_contact, is_moment_of_truth=data.is_moment_of_truth
        ),
        target=Target(facts.first_response_min, facts.next_response_min, facts.solution_min),
        calendar=calendar_from(facts.calendar, now),
        opened_at=now,
    )


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
