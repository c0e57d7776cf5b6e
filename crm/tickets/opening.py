"""Opening an enquiry: promised, routed and explained in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import msgspec

from crm.customers.data import full_name_sql
from crm.customers.figures import OPEN_TICKETS
from crm.customers.merged import demand_unmerged
from crm.customers.products.naming import phrases_in
from crm.customers.timeline import ENTRY
from crm.database import QUICK_COMMIT, Row, fetch_one, transaction, wait_for_disk_afterwards
from crm.errors import Invalid, NotFound
from crm.service_levels.queries import TERMS, Terms, terms_from
from crm.service_levels.tables import Priority
from crm.tickets.assigning import CLAIM, Assigned, Choice, choose_agent, choose_nobody, tell_people
from crm.tickets.clocks import Clock, ClockKind, clocks_of
from crm.tickets.gathering import LEVEL_COLUMNS, Case, required_from
from crm.tickets.order_links import connect_named_orders
from crm.tickets.product_links import NAMES_PRODUCT, connect_named_products
from crm.tickets.routing import FIRST_CONTACT_MONTHS
from crm.tickets.tables import TicketKind
from crm.tickets.topics.rules import active_rules, keep_suggestion
from crm.tickets.topics.suggesting import Incoming, suggest
from crm.web.i18n import _

DEFAULT_TOPIC = "general"


@dataclass(frozen=True)
class NewTicket:
    """A customer's concern as it comes in. Topic and priority may be left open. `sender` (an e-mail address) and `form` (the code of
    a form of the website) are what rules look at that suggest a topic; `default_topic` is that of what no rule fits. `letter_box` is
    where the mail came in."""

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
    sender: str = ""
    form: str = ""
    default_topic: str = ""
    letter_box: int | None = None

    @property
    def words(self) -> str:
        """All that was said, in which orders, products and topics are looked for."""
        return f"{self.subject}\n{self.text}"


_FACTS = f"""
    SELECT c.id AS customer_id, c.name AS customer_name, c.owner, coalesce(nullif(p.language, ''), c.language) AS language,
        p.id AS person_id, {full_name_sql("p")} AS person_name, t.id AS topic_id, t.code AS topic, s.id AS service_level_id,
        s.code AS service_level, {LEVEL_COLUMNS},
        v.id AS terms, {TERMS.format(version="v.id")} AS terms_stored,
        NOT EXISTS (SELECT 1 FROM ticket k WHERE k.customer = c.id AND k.topic = t.id AND k.opened_at > $4) AS is_first_contact,
        {NAMES_PRODUCT.format(phrases="$5::text[]")} AS names_product
    FROM customer c JOIN service_level s ON s.id = c.service_level
    JOIN service_level_version v ON v.service_level = s.id AND v.number = s.version
    LEFT JOIN affiliation a ON a.customer = c.id AND a.person = $2
    LEFT JOIN person p ON p.id = a.person AND p.restricted_at IS NULL
    LEFT JOIN topic t ON t.code = $3 AND t.retired_at IS NULL
    WHERE c.id = $1 AND c.deleted_at IS NULL AND c.restricted_at IS NULL
"""

# All that opening writes, in one statement: it takes the customer's figures and the agent's place first (see locking.py)
# and gives both back as soon as it has committed. Without a row nothing was written, because somebody else was quicker.
_OPEN = f"""
    WITH asking AS (
        SELECT f.customer FROM customer_figures f JOIN customer c ON c.id = f.customer
        WHERE c.id = $1 AND c.deleted_at IS NULL AND c.restricted_at IS NULL
        FOR KEY SHARE OF c FOR NO KEY UPDATE OF f
    ), claimed AS (
        {CLAIM.format(user="$20", now="$12", own="0")} AND EXISTS (SELECT FROM asking) RETURNING id
    ), opened AS (
        INSERT INTO ticket (customer, person, subject, topic, kind, priority, channel, status, is_moment_of_truth,
            is_first_contact, escalations, required_level, language, opened_at, opened_by, service_level, first_response_min,
            next_response_min, solution_min, first_response_due_at, solution_due_at, is_recalculated, version, assignee,
            terms, first_warn_at, solution_warn_at, letter_box)
        SELECT customer, $2::bigint, $3::text, $4::bigint, $5::text, $6::text, $7::text, 'new', $8::bool, $9::bool, 0, $10::int,
            $11::text, $12::timestamptz, $13::bigint, $14::bigint, $15::int, $16::int, $17::int, $18::timestamptz,
            $19::timestamptz, false, 1, $20::bigint, $25::bigint, $26::timestamptz, $27::timestamptz, $28::bigint
        FROM asking WHERE $20::bigint IS NULL OR EXISTS (SELECT FROM claimed)
        RETURNING id
    ), counted AS (
        {OPEN_TICKETS.format(customer="$1", by="1")} AND EXISTS (SELECT FROM opened)
    ), said AS (
        INSERT INTO ticket_message (ticket, kind, channel, by_user, person_id, text, at, is_automatic)
        SELECT id, 'inbound', $7, $13, $2, $21, $12, false FROM opened RETURNING id
    ), noted AS (
        INSERT INTO audit_entry (at, actor_id, action, subject_kind, subject_id, payload_hash)
        SELECT $12, $13, 'ticket.opened', 'ticket', id, '' FROM opened
    ), told AS (
        {ENTRY}
        SELECT $1, $2, 'ticket', $12, o.id, $3, $21, $13,
            $24::jsonb || jsonb_build_object('number', o.id, 'assignee_name', coalesce(u.name, ''))
        FROM opened o LEFT JOIN staff u ON u.id = $20
    ), decided AS (
        INSERT INTO routing_decision (ticket, at, occasion, assignee_id, facts, decision)
        SELECT id, $12, 'opened', $20, $22, $23 FROM opened
    )
    SELECT o.id, said.id AS message_id, u.name AS assignee_name, u.email AS assignee_email, {QUICK_COMMIT}
    FROM opened o CROSS JOIN said LEFT JOIN staff u ON u.id = $20
"""


@dataclass(frozen=True)
class Opened:
    """An enquiry as it was opened: what came in, what was known, promised and decided."""

    id: int
    message_id: int
    data: NewTicket
    facts: Row
    case: Case
    due: Mapping[ClockKind, datetime | None]
    choice: Choice
    assignee_name: str | None
    assignee_email: str | None
    orders: list[Row]
    products: list[Row]


async def open_ticket(data: NewTicket, *, by: int | None, now: datetime, is_routed: bool = True) -> Opened:
    """Open an enquiry. The promise of the customer's service level (targets, due times) is copied to it for good; routing
    decides who gets it, and the decision is kept with its reasons. Without a topic the rules suggest one, else it is the general
    one. `by` is None for what came in by itself. Not `is_routed` is what needs nobody yet, since it is answered automatically.

    Raises NotFound for a customer who isn't there, Invalid for a topic or person that doesn't fit.
    """
    suggestion = None
    if not data.topic and (rules := await active_rules()):
        suggestion = suggest(rules, Incoming(data.words, data.sender, data.form))
        data = replace(data, topic=suggestion.rule.topic) if suggestion else data
    while True:
        facts = await _facts(data, now)
        terms = terms_from(facts.terms_stored, now, now)
        case = _case(data, facts, terms, now)
        share = terms.level.warned_share / 100
        clocks = {clock.kind: clock for clock in clocks_of(case.target, case.calendar, now, now, warned_share=share)}
        choice = await choose_agent(case, now) if is_routed else choose_nobody(case)
        async with transaction():
            row = await _write(data, facts, case, clocks, choice, by, now)
            if row is None:
                continue
            wait_for_disk_afterwards()
            if suggestion:
                await keep_suggestion(row.id, suggestion, now=now)
            orders = await connect_named_orders(row.id, data.words, now=now)
            products = (
                await connect_named_products(row.id, data.words, now=now) if facts.names_product or orders else []
            )
            known = Assigned(row.id, data.subject, facts.customer_name, choice.decision.required_level)
            if is_routed:
                await tell_people(known, choice.decision.assignee_id, by=by, now=now)
        due = {kind: clock.due_at for kind, clock in clocks.items()}
        return Opened(
            row.id, row.message_id, data, facts, case, due, choice, row.assignee_name, row.assignee_email, orders, products
        )  # fmt: skip


async def _write(
    data: NewTicket,
    facts: Row,
    case: Case,
    clocks: Mapping[ClockKind, Clock],
    choice: Choice,
    by: int | None,
    now: datetime,
) -> Row | None:
    level = choice.decision.required_level
    told = {
        "status": "new",
        "topic": facts.topic,
        "channel": data.channel,
        "kind": data.kind,
        "level": level,
    }
    return await fetch_one(
        _OPEN, data.customer_id, data.person_id, data.subject, facts.topic_id, data.kind, data.priority, data.channel,
        data.is_moment_of_truth, facts.is_first_contact, level, case.language, now, by, facts.service_level_id,
        case.target.first_response_min, case.target.next_response_min, case.target.solution_min, clocks["first_response"].due_at,
        clocks["solution"].due_at, choice.decision.assignee_id, data.text or data.subject, choice.stored_facts, choice.stored_decision,
        msgspec.json.encode(told).decode(), facts.terms, clocks["first_response"].warn_at, clocks["solution"].warn_at, data.letter_box,
    )  # fmt: skip


def _case(data: NewTicket, facts: Row, terms: Terms, now: datetime) -> Case:
    target = terms.level.target(data.priority)
    if target is None:
        raise Invalid({"priority": _("The customer's service level promises nothing for this priority yet.")})
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
        target=target,
        calendar=terms.calendar,
        opened_at=now,
    )


async def _facts(data: NewTicket, now: datetime) -> Row:
    since = now - timedelta(days=round(FIRST_CONTACT_MONTHS * 365.25 / 12))
    topic = data.topic or data.default_topic or DEFAULT_TOPIC
    facts = await fetch_one(_FACTS, data.customer_id, data.person_id, topic, since, phrases_in(data.words))
    if facts is None:
        await demand_unmerged(data.customer_id)
        raise NotFound(_("This customer does not exist, or may not be used. Your text is kept for copying."))
    errors = {}
    if data.person_id is not None and facts.person_id is None:
        errors["person_id"] = _("This person does not belong to the customer.")
    if data.topic and facts.topic_id is None:
        errors["topic"] = _("There is no topic with this code.")
    if errors:
        raise Invalid(errors)
    return facts
