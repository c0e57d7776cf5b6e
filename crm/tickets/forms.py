"""The forms of enquiries: a body to a typed value, or every error at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from crm.customers.words import CHANNELS
from crm.database import HIGHEST_ID
from crm.service_levels.tables import Priority
from crm.tickets.blocks.using import NOTHING as NOTHING_CHOSEN
from crm.tickets.blocks.using import Chosen
from crm.tickets.changing import TicketFacts
from crm.tickets.opening import NewTicket
from crm.tickets.outdated import Seen
from crm.tickets.statuses import CHOSEN_BY_HAND
from crm.tickets.tables import MessageKind, TicketKind, TicketStatus
from crm.web.forms import NOTE_LIMIT, Fields
from crm.web.i18n import _

MOST_CC = 100


def parse_new(values: Mapping[str, Any]) -> NewTicket:
    """A new enquiry. Whether topic and person exist is for the action to see."""
    fields = Fields(values)
    customer_id = fields.reference("customer_id")
    if customer_id is None and "customer_id" not in fields.errors:
        fields.error("customer_id", _("Choose the customer: type a part of the name and pick from the list."))
    new = NewTicket(
        customer_id=customer_id or 0,
        subject=fields.text("subject", required=True),
        text=fields.text("text", limit=NOTE_LIMIT, many_lines=True),
        topic=fields.text("topic", limit=40),
        priority=fields.choice("priority", Priority, Priority.NORMAL),
        kind=fields.choice("kind", TicketKind, TicketKind.QUESTION),
        channel=fields.one_of("channel", CHANNELS, "phone"),
        person_id=fields.reference("person_id"),
        is_moment_of_truth=fields.flag("is_moment_of_truth"),
    )
    fields.check()
    return new


@dataclass(frozen=True)
class NewMessage:
    """Something said on a ticket. `seen` is what the writer had in front of them; `document_ids` are documents
    of the customer that belong to it, `chosen` the prepared texts that were put into it."""

    kind: MessageKind
    text: str
    wait: bool = False
    seen: Seen = field(default_factory=Seen)
    document_ids: tuple[int, ...] = ()
    cc: tuple[str, ...] = ()
    chosen: Chosen = NOTHING_CHOSEN


def parse_message(
    values: Mapping[str, Any], ticked: Sequence[str] = (), cc: Sequence[str] = (), chosen: Chosen = NOTHING_CHOSEN
) -> NewMessage:
    """What was typed, with the documents that were ticked (their numbers as text), and who gets a copy (their addresses)."""
    fields = Fields(values)
    message = NewMessage(
        kind=fields.choice("kind", MessageKind, MessageKind.REPLY),
        text=fields.text("text", required=True, limit=NOTE_LIMIT, many_lines=True),
        wait=fields.flag("wait"),
        seen=_seen(fields),
        document_ids=numbers(ticked),
        cc=tuple(address.replace("\x00", "")[:254] for address in cc[:MOST_CC]),
        chosen=chosen,
    )
    fields.check()
    return message


def _seen(fields: Fields) -> Seen:
    """What the page had shown: "seen" is its newest message, "stood" status and assignee ("open.12")."""
    status, _dot, assignee = fields.text("stood", limit=40).partition(".")
    whose = int(assignee) if assignee.isascii() and assignee.isdigit() else None
    return Seen(fields.number("seen", low=0, high=HIGHEST_ID) or 0, status, whose)


def numbers(ticked: Sequence[str]) -> tuple[int, ...]:
    """The ids that were ticked; what is no number is nobody's."""
    return tuple(
        int(each) for each in ticked if each.isascii() and each.isdigit() and len(each) < 20 and int(each) <= HIGHEST_ID
    )


def parse_facts(values: Mapping[str, Any]) -> tuple[TicketFacts, int]:
    """What a ticket is said to be, and the version that was in front of the person (demanded: without it somebody
    else's change would be lost unseen)."""
    fields = Fields(values)
    facts = TicketFacts(
        subject=fields.text("subject", required=True),
        topic=fields.text("topic", required=True, limit=40),
        kind=fields.choice("kind", TicketKind),
        priority=fields.choice("priority", Priority),
        is_moment_of_truth=fields.flag("is_moment_of_truth"),
    )
    version = fields.number("version", low=1, high=2**31 - 1, required=True) or 0
    fields.check()
    return facts, version


def parse_status(values: Mapping[str, Any], now: datetime) -> tuple[TicketStatus, datetime | None]:
    """The status chosen by hand, and until when it is put back (in words, read as of `now`)."""
    fields = Fields(values)
    chosen = fields.one_of("status", CHOSEN_BY_HAND)
    status = TicketStatus(chosen) if chosen in CHOSEN_BY_HAND else TicketStatus.OPEN
    until = fields.coming("until", now) if status == TicketStatus.POSTPONED else None
    fields.check()
    return status, until
