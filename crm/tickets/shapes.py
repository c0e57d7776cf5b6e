"""Enquiries as JSON: what the API takes and what it answers."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

import msgspec

from crm.service_levels.tables import Priority
from crm.tickets.tables import TicketKind
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
