"""Enquiries ("ticket" in code) and their topics, how a ticket was routed and when its clocks stood still."""

from enum import StrEnum

from piccolo.columns import (
    JSONB,
    BigInt,
    BigSerial,
    Boolean,
    ForeignKey,
    Integer,
    Text,
    Timestamptz,
    Varchar,
)
from piccolo.columns.base import OnDelete
from piccolo.table import Table

from crm.accounts.tables import User
from crm.customers.orders.tables import Order, Product
from crm.customers.tables import Customer, Document, Person
from crm.mail.tables import LetterBox
from crm.service_levels.tables import Priority, ServiceLevel, ServiceLevelVersion


class TicketKind(StrEnum):
    QUESTION = "question"
    COMPLAINT = "complaint"
    FAULT = "fault"
    WISH = "wish"


class TicketStatus(StrEnum):
    NEW = "new"
    OPEN = "open"
    WAITING = "waiting"
    POSTPONED = "postponed"
    SOLVED = "solved"
    CLOSED = "closed"


BUSY_STATUSES = (TicketStatus.NEW, TicketStatus.OPEN)
"""Somebody must do something now: what counts as an agent's load."""

OPEN_STATUSES = (*BUSY_STATUSES, TicketStatus.WAITING, TicketStatus.POSTPONED)

BUSY_SQL, OPEN_SQL = (
    f"({', '.join(repr(status.value) for status in statuses)})" for statuses in (BUSY_STATUSES, OPEN_STATUSES)
)
"""The same for a statement: `f"status IN {OPEN_SQL}"`."""


class Topic(Table, tablename="topic"):
    """What tickets are about. Fixes the competence level, and the least level for a first contact about it. A retired one is not
    offered any more; old enquiries keep it."""

    id = BigSerial(primary_key=True)
    code = Varchar(40, unique=True)
    name_de = Varchar(120)
    name_en = Varchar(120)
    level = Integer(default=1)
    first_contact_level = Integer(default=1)
    position = Integer(default=0)
    retired_at = Timestamptz(default=None, null=True)


class Ticket(Table, tablename="ticket"):
    """A customer's concern that someone must answer. The promise that applied (service level, minutes) and the due
    times are kept on the row for good. The number that people see is the id. `*_overtaken_at` is the moment of a change
    (priority, service level ...) after which the due time lay in the past: due since then, and not a breach;
    `is_recalculated` says that this happened to one of them. `terms` is the version of the service level that applies,
    `first_terms` the one that applied when the first response was given, if it was another. `*_warn_at` is when the agent is
    to be warned, `*_warned_at` and `*_breached_at` when somebody was told. `continues` is the solved enquiry that this one goes on from,
    `merged_into` the one that it goes on in.
    `promised_from` is when the oldest of those merged into this one came in, if that was earlier: its clocks run from then.
    `letter_box` is where the mail came in that opened it: answers go to and fro by that."""

    id = BigSerial(primary_key=True)
    customer = ForeignKey(Customer, null=False, on_delete=OnDelete.cascade)
    person = ForeignKey(Person, null=True, on_delete=OnDelete.set_null)
    subject = Varchar(300)
    topic = ForeignKey(Topic, null=True, on_delete=OnDelete.restrict)
    kind = Varchar(12, choices=TicketKind, default=TicketKind.QUESTION)
    priority = Varchar(10, choices=Priority, default=Priority.NORMAL)
    channel = Varchar(20, default="phone")
    status = Varchar(10, choices=TicketStatus, default=TicketStatus.NEW)
    is_moment_of_truth = Boolean(default=False)
    is_first_contact = Boolean(default=False)
    escalations = Integer(default=0)
    required_level = Integer(default=1)
    language = Varchar(2, default="de")
    assignee = ForeignKey(User, null=True, on_delete=OnDelete.restrict)
    opened_at = Timestamptz(default=None, null=True)
    opened_by = BigInt(null=True, default=None)
    service_level = ForeignKey(ServiceLevel, null=False, on_delete=OnDelete.restrict)
    terms = ForeignKey(ServiceLevelVersion, null=True, on_delete=OnDelete.restrict)
    first_terms = ForeignKey(ServiceLevelVersion, null=True, on_delete=OnDelete.restrict)
    first_response_min = Integer()
    next_response_min = Integer()
    solution_min = Integer()
    first_response_due_at = Timestamptz(null=True, default=None)
    first_responded_at = Timestamptz(null=True, default=None)
    next_response_due_at = Timestamptz(null=True, default=None)
    solution_due_at = Timestamptz(null=True, default=None)
    solved_at = Timestamptz(null=True, default=None)
    is_recalculated = Boolean(default=False)
    first_overtaken_at = Timestamptz(null=True, default=None)
    next_overtaken_at = Timestamptz(null=True, default=None)
    solution_overtaken_at = Timestamptz(null=True, default=None)
    first_warn_at = Timestamptz(null=True, default=None)
    next_warn_at = Timestamptz(null=True, default=None)
    solution_warn_at = Timestamptz(null=True, default=None)
    postponed_until = Timestamptz(null=True, default=None)
    continues = BigInt(null=True, default=None)
    first_warned_at = Timestamptz(null=True, default=None)
    first_breached_at = Timestamptz(null=True, default=None)
    next_warned_at = Timestamptz(null=True, default=None)
    next_breached_at = Timestamptz(null=True, default=None)
    solution_warned_at = Timestamptz(null=True, default=None)
    solution_breached_at = Timestamptz(null=True, default=None)
    version = Integer(default=1)
    closed_at = Timestamptz(null=True, default=None)
    merged_into = BigInt(null=True, default=None)
    promised_from = Timestamptz(null=True, default=None)
    letter_box = ForeignKey(LetterBox, null=True, on_delete=OnDelete.set_null)


class MessageKind(StrEnum):
    """INBOUND: the customer's words. REPLY: ours to the customer. NOTE: among colleagues. FORWARD: what was passed on to somebody
    outside. OUTSIDE: what they answered; never the customer's words."""

    INBOUND = "inbound"
    REPLY = "reply"
    NOTE = "note"
    FORWARD = "forward"
    OUTSIDE = "outside"


class TicketMessage(Table, tablename="ticket_message"):
    """`mail_id` is the Message-ID under which it came in, `quoted` what that mail quoted, `sender` its address if it is not one of
    the customer's. With `is_unverified` it came by a form of the website: nobody has shown that they are who they say."""

    id = BigSerial(primary_key=True)
    ticket = ForeignKey(Ticket, null=False, on_delete=OnDelete.cascade)
    kind = Varchar(10, choices=MessageKind)
    channel = Varchar(20, default="")
    by = ForeignKey(User, null=True, on_delete=OnDelete.restrict, db_column_name="by_user")
    person_id = BigInt(null=True, default=None)
    text = Text()
    at = Timestamptz(default=None, null=True)
    outbox_id = BigInt(null=True, default=None)
    is_automatic = Boolean(default=False)
    mail_id = Varchar(320, default="")
    quoted = Text(default="")
    sender = Varchar(254, default="")
    is_unverified = Boolean(default=False)


class MessageRecipient(Table, tablename="message_recipient"):
    """Somebody besides us to whom the customer's mail went: with `is_copy` in CC. They take part in the conversation by the customer's
    own doing; `address` is in small letters."""

    id = BigSerial(primary_key=True)
    message = ForeignKey(TicketMessage, null=False, on_delete=OnDelete.cascade, index=True)
    name = Varchar(200, default="")
    address = Varchar(254)
    is_copy = Boolean(default=False)


class MessageDocument(Table, tablename="message_document"):
    """A file that came along with a message; it is one of the customer's documents."""

    id = BigSerial(primary_key=True)
    message = ForeignKey(TicketMessage, null=False, on_delete=OnDelete.cascade)
    document = ForeignKey(Document, null=False, on_delete=OnDelete.cascade, index=True)


class TicketPause(Table, tablename="ticket_pause"):
    """A stretch in which the solution clock stood still, and the status that stopped it."""

    id = BigSerial(primary_key=True)
    ticket = ForeignKey(Ticket, null=False, on_delete=OnDelete.cascade)
    status = Varchar(10, choices=TicketStatus)
    started_at = Timestamptz(default=None, null=True)
    ended_at = Timestamptz(null=True, default=None)


class Escalation(Table, tablename="escalation"):
    """Given to a higher level, or with `is_back` to a lower one (`tried` is then what is known now). A word is mandatory,
    because the next person depends on it. By rule, without a person, it names the `promise` that was missed instead.
    `wants_training`: whoever gave it up would like to learn this."""

    id = BigSerial(primary_key=True)
    ticket = ForeignKey(Ticket, null=False, on_delete=OnDelete.cascade)
    by = ForeignKey(User, null=True, on_delete=OnDelete.restrict, db_column_name="by_user")
    at = Timestamptz(default=None, null=True)
    tried = Text()
    promise = Varchar(20, default="")
    wants_training = Boolean(default=False)
    is_back = Boolean(default=False)


class Closure(Table, tablename="closure"):
    """Solved by whom and when, why the question arose, about which product, and whether it was reopened."""

    id = BigSerial(primary_key=True)
    ticket = ForeignKey(Ticket, null=False, on_delete=OnDelete.cascade)
    by = ForeignKey(User, null=True, on_delete=OnDelete.restrict, db_column_name="by_user")
    at = Timestamptz(default=None, null=True)
    cause = Varchar(40, default="")
    reopened_at = Timestamptz(null=True, default=None)
    reopened_by = BigInt(null=True, default=None)
    product = ForeignKey(Product, null=True, on_delete=OnDelete.set_null, index=True)


class RoutingDecision(Table, tablename="routing_decision"):
    """Why a ticket went to whom: the facts that were known and the decision they gave, so that it can be replayed."""

    id = BigSerial(primary_key=True)
    ticket = ForeignKey(Ticket, null=False, on_delete=OnDelete.cascade)
    at = Timestamptz(default=None, null=True)
    occasion = Varchar(20)
    by_id = BigInt(null=True, default=None)
    assignee_id = BigInt(null=True, default=None)
    facts = JSONB(default="{}")
    decision = JSONB(default="{}")


class TicketView(Table, tablename="ticket_view"):
    """A queue with its filters under a name: `query` is the query string of the list. One's own, or `is_shared` with
    everybody."""

    id = BigSerial(primary_key=True)
    name = Varchar(60)
    owner = ForeignKey(User, null=False, on_delete=OnDelete.cascade, index=True)
    is_shared = Boolean(default=False)
    query = Text(default="")
    created_at = Timestamptz(default=None, null=True)
    version = Integer(default=1)


class StatusPage(Table, tablename="status_page"):
    """The page on which a customer follows an enquiry or an order, by a signed link. Raising `serial` ends the links that were given
    out. With `wants_mail` the `address` is told of each new state; `told` is the last one that it knows, as a code."""

    id = BigSerial(primary_key=True)
    ticket = ForeignKey(Ticket, null=True, on_delete=OnDelete.cascade, unique=True)
    customer_order = ForeignKey(Order, null=True, on_delete=OnDelete.cascade, unique=True)
    serial = Integer(default=1)
    wants_mail = Boolean(default=False)
    address = Varchar(254, default="")
    language = Varchar(2, default="de")
    told = Varchar(20, default="")
    changes = Integer(default=0)
