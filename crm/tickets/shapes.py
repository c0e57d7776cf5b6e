"""Enquiries as JSON: what the API takes and what it answers."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

import msgspec

from crm.customers.orders.around import orders_of
from crm.database import Row, decoded
from crm.service_levels.tables import Priority
from crm.tickets.explaining import explain
from crm.tickets.opening import Opened
from crm.tickets.product_links import products_of
from crm.tickets.routing import Decision, RoutingFacts
from crm.tickets.showing import Message, copies_in, delivery_in
from crm.tickets.tables import MessageKind, OrderBasis, TicketKind, TicketStatus
from crm.web.i18n import _, language
from crm.web.parameters import Id


class ChatMessageIn(msgspec.Struct, forbid_unknown_fields=True):
    """A message of a chat. `direction`: "inbound" what the customer said, "outbound" what we did; `name` who of us it was."""

    text: str
    at: Annotated[datetime, msgspec.Meta(tz=True)]
    direction: str = "inbound"
    name: str = ""


class ChatIn(msgspec.Struct, forbid_unknown_fields=True):
    """A chat with the customer: its `messages`, or the `text` as it was copied, which is read as on the page. `customers` are the names
    that speak for the customer (left out: guessed from the customer's persons and our names), `on` is the day of what has no date."""

    messages: list[ChatMessageIn] = []
    text: str = ""
    customers: list[str] = []
    on: date | None = None


class TicketIn(msgspec.Struct, forbid_unknown_fields=True):
    """A customer's concern. Topic (a code) and priority may be left out. With a `chat` it is opened when the customer first spoke there,
    and our first message after that is the first response. `document_ids`: documents of the customer that belong to it."""

    customer_id: Id
    subject: str
    text: str = ""
    topic: str | None = None
    priority: Priority | None = None
    kind: TicketKind | None = None
    channel: str | None = None
    person_id: Id | None = None
    moment_of_truth: bool = False
    chat: ChatIn | None = None
    document_ids: list[Id] = []


class MessageIn(msgspec.Struct, forbid_unknown_fields=True):
    """An answer to the customer; with `internal` a note; with `direction` "inbound" what the customer said. `document_ids`: documents
    of the customer that belong to it; with an answer they go along. `seen`: the id of the newest message that the writer knew; if
    the customer or a colleague has said something since, the answer is refused with 409, whose `version` is the newest. `cc`: addresses
    that get a copy, of people whom the customer's mails went to (`cc` of the inbound messages); nobody, unless they are named.
    `text_block_ids` and `approved_answer_ids`: the prepared texts that the answer was made from; a whole text block is recognised
    without."""

    text: str
    internal: bool = False
    direction: str = "outbound"
    wait: bool = False
    document_ids: list[Id] = []
    seen: Id | None = None
    cc: list[str] = []
    text_block_ids: list[Id] = []
    approved_answer_ids: list[Id] = []


class ClosureIn(msgspec.Struct, forbid_unknown_fields=True):
    """Why the question arose, a code, and the product it was about, a number or name; each may be left out."""

    cause: str | None = None
    product: str | None = None


class EscalationIn(msgspec.Struct, forbid_unknown_fields=True):
    """What was tried so far; the next person starts from there. `wants_training`: one would like to learn it."""

    tried: str
    wants_training: bool = False


class AssignmentIn(msgspec.Struct, forbid_unknown_fields=True):
    """Who takes it from here, with a word for them; without an id the user of the token."""

    assignee_id: Id | None = None
    note: str = ""


class Assignee(msgspec.Struct):
    id: int
    name: str
    email: str


class DecisionOut(msgspec.Struct):
    """Why it went to whom: every agent with verdict and reason, and what decided, as codes and in words."""

    occasion: str
    candidates: list[dict[str, Any]]
    reasons: list[dict[str, Any]]
    required: str
    explanation: str


class FileOut(msgspec.Struct):
    """A document of the customer that belongs to a message."""

    id: int
    name: str


class CopyOut(msgspec.Struct):
    """Somebody to whom a message went besides. `state`, of ours: queued, sent, refused (by the gate), failed, bounced; `because` says
    why it did not arrive."""

    address: str
    name: str
    state: str = ""
    because: str = ""


class MessageOut(msgspec.Struct):
    """What was said. `kind`: inbound (the customer), reply, note, forward (to somebody outside) and outside (their answer, never the
    customer's words). `mail_status`: queued, sending, sent, failed, refused, and bounced (it had left and came back); null if it was no
    mail. `mail_because` says what went wrong and what happens now. `cc`: whom the customer wrote to besides us, or who gets a copy."""

    id: int
    kind: str
    at: datetime
    channel: str
    author: str | None
    text: str
    mail_status: str | None = None
    mail_to: str | None = None
    mail_because: str = ""
    files: list[FileOut] = []
    cc: list[CopyOut] = []


class ForwardIn(msgspec.Struct, forbid_unknown_fields=True):
    """What is passed on, to an address outside the company (`to`) or to a colleague, who gets a link. `language`: de or en."""

    text: str
    to: str = ""
    colleague_id: Id | None = None
    subject: str = ""
    language: str = "de"
    document_ids: list[Id] = []


class TextBlockOut(msgspec.Struct):
    """A text block, filled for an enquiry. What is not known stays as {placeholder}; {?gap} is for the writer. With either an
    answer is refused."""

    id: int
    name: str
    text: str
    of_topic: bool


class OrderIn(msgspec.Struct, forbid_unknown_fields=True):
    """An order of the customer, by its number."""

    number: str


class OrderOut(msgspec.Struct):
    """An order that an enquiry is about. `basis`: named (its number stands in the text), agreed (asked and said yes) or chosen."""

    id: int
    number: str
    basis: str


class ProductOut(msgspec.Struct):
    """A product that an enquiry is about. `basis`: named (it stands in the text), ordered (the only one of its order), agreed, chosen."""

    id: int
    code: str
    basis: str


class ProductConnection(msgspec.Struct, forbid_unknown_fields=True):
    """A product, by its number or name."""

    product: str


class TicketItem(msgspec.Struct):
    """A ticket in a list."""

    id: int
    subject: str
    status: str
    priority: str
    topic: str | None
    required_level: int
    customer_id: int
    customer: str
    assignee_id: int | None
    assignee: str | None
    opened_at: datetime
    first_response_due_at: datetime | None
    first_responded_at: datetime | None
    next_response_due_at: datetime | None
    solution_due_at: datetime | None
    solved_at: datetime | None


class TicketList(msgspec.Struct):
    items: list[TicketItem]
    next: str | None


class TicketOut(msgspec.Struct, kw_only=True):
    """A ticket with its promise, its decision and what was said."""

    id: int
    subject: str
    status: str
    kind: str
    priority: str
    topic: str | None
    channel: str
    customer_id: int
    person_id: int | None
    moment_of_truth: bool
    first_contact: bool
    escalations: int
    required_level: int
    language: str
    service_level: str
    assignee: Assignee | None
    decision: DecisionOut | None
    opened_at: datetime
    first_response_due_at: datetime | None
    first_responded_at: datetime | None
    next_response_due_at: datetime | None
    solution_due_at: datetime | None
    solved_at: datetime | None
    recalculated: bool
    messages: list[MessageOut]
    orders: list[OrderOut]
    products: list[ProductOut]
    version: int
    closed_at: datetime | None = None
    continues: int | None = None
    merged_into: int | None = None
    merged: list[int] = []
    links: list[int] = []


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
