"""What the API answers about tickets, made from rows and from what opening knows."""

from __future__ import annotations

import msgspec

from crm.customers.orders.around import orders_of
from crm.database import Row, decoded
from crm.tickets.explaining import explain
from crm.tickets.links.tables import OrderBasis
from crm.tickets.opening import Opened
from crm.tickets.product_links import products_of
from crm.tickets.routing import Decision, RoutingFacts
from crm.tickets.shapes import (
    Assignee,
    CopyOut,
    DecisionOut,
    FileOut,
    MessageOut,
    OrderOut,
    ProductOut,
    TicketItem,
    TicketOut,
)
from crm.tickets.showing import Message, copies_in, delivery_in
from crm.tickets.tables import MessageKind, TicketStatus
from crm.web.i18n import _, language


def ticket_item(row: Row) -> TicketItem:
    """A row of crm.tickets.listing."""
    return TicketItem(
        id=row.id, subject=row.subject, status=row.status, priority=row.priority, topic=row.topic_code,
        required_level=row.required_level, customer_id=row.customer, customer=row.customer_name, assignee_id=row.assignee,
        assignee=row.assignee_name, opened_at=row.opened_at, first_response_due_at=row.first_response_due_at,
        first_responded_at=row.first_responded_at, next_response_due_at=row.next_response_due_at,
        solution_due_at=row.solution_due_at, solved_at=row.solved_at,
    )  # fmt: skip


def ticket_out(row: Row) -> TicketOut:
    """What queries.ticket_for answers, in the language of the moment where it is in words."""
    assignee = None if row.assignee is None else Assignee(row.assignee, row.assignee_name, row.assignee_email)
    return TicketOut(
        id=row.id, subject=row.subject, status=row.status, kind=row.kind, priority=row.priority, topic=row.topic_code,
        channel=row.channel, customer_id=row.customer, person_id=row.person, moment_of_truth=row.is_moment_of_truth,
        first_contact=row.is_first_contact, escalations=row.escalations, required_level=row.required_level, language=row.language,
        service_level=row.level_code, assignee=assignee, decision=_decision(row), opened_at=row.opened_at,
        first_response_due_at=row.first_response_due_at, first_responded_at=row.first_responded_at,
        next_response_due_at=row.next_response_due_at, solution_due_at=row.solution_due_at, solved_at=row.solved_at,
        closed_at=row.closed_at, continues=row.continues, merged_into=row.merged_into, merged=_ids(row, "merged"),
        links=_ids(row, "linked"), recalculated=row.is_recalculated, messages=_messages(row), version=row.version,
        orders=[OrderOut(one["id"], one["number"], one["basis"]) for one in orders_of(decoded(row.orders_around), row.opened_at).connected],
        products=[ProductOut(one.id, one.code, one.basis or "") for one in products_of(row.products_around).connected],
    )  # fmt: skip


def _ids(row: Row, name: str) -> list[int]:
    return [int(one["id"]) for one in decoded(row.together)[name]]


def opened_out(opened: Opened) -> TicketOut:
    """The same for an enquiry that was just opened, from what opening knows: nothing is read again."""
    data, facts, case, decision = opened.data, opened.facts, opened.case, opened.choice.decision
    assignee = None
    if decision.assignee_id is not None:
        assignee = Assignee(decision.assignee_id, opened.assignee_name or "", opened.assignee_email or "")
    message = MessageOut(
        opened.message_id, MessageKind.INBOUND.value, case.opened_at, data.channel, facts.person_name or facts.customer_name,
        data.text or data.subject,
    )  # fmt: skip
    return TicketOut(
        id=opened.id, subject=data.subject, status=TicketStatus.NEW.value, kind=data.kind, priority=data.priority,
        topic=facts.topic, channel=data.channel, customer_id=data.customer_id, person_id=data.person_id,
        moment_of_truth=data.is_moment_of_truth, first_contact=facts.is_first_contact, escalations=0,
        required_level=decision.required_level, language=case.language, service_level=facts.service_level, assignee=assignee,
        decision=_decision_out("opened", opened.choice.facts, decision), opened_at=case.opened_at,
        first_response_due_at=opened.due["first_response"], first_responded_at=None, next_response_due_at=None,
        solution_due_at=opened.due["solution"], solved_at=None, recalculated=False, messages=[message], version=1,
        orders=[OrderOut(one.id, one.number, OrderBasis.NAMED.value) for one in opened.orders],
        products=[ProductOut(one.id, one.code, one.basis) for one in opened.products],
    )  # fmt: skip


def _messages(row: Row) -> list[MessageOut]:
    return [_message(one, row.customer_name) for one in msgspec.json.decode(row.messages, type=list[Message])]


def _message(one: Message, customer: str) -> MessageOut:
    delivery = delivery_in(one)
    return MessageOut(
        one.id, MessageKind(one.kind).value, one.at, one.channel,
        _author(one, customer), one.text,
        mail_status=None if delivery is None else "bounced" if delivery.state == "bounced" else one.mail_status,
        mail_to=one.mail_to, mail_because=delivery.because if delivery else "",
        files=[FileOut(file["id"], file["name"]) for file in one.files],
        cc=[CopyOut(copy.address, copy.name, copy.state, copy.problem) for copy in copies_in(one)],
    )  # fmt: skip


def _author(one: Message, customer: str) -> str | None:
    if one.kind == MessageKind.INBOUND:
        return one.person or customer
    return one.sender if one.kind == MessageKind.OUTSIDE else one.author


def _decision(row: Row) -> DecisionOut | None:
    if row.latest_decision is None:
        return None
    stored = decoded(row.latest_decision)
    facts, decision = RoutingFacts.from_facts(stored["facts"]), Decision.from_facts(stored["decision"])
    return _decision_out(stored["occasion"], facts, decision)


def _decision_out(occasion: str, facts: RoutingFacts, decision: Decision) -> DecisionOut:
    words = explain(facts.required, decision, _, language=language.get())
    texts = {line.agent_id: line.text for line in words.lines}
    return DecisionOut(
        occasion=occasion,
        candidates=[candidate.as_facts() | {"text": texts[candidate.id]} for candidate in decision.candidates],
        reasons=[reason.as_facts() for reason in (*facts.required.parts, *decision.reasons)],
        required=words.required,
        explanation=words.outcome,
    )
