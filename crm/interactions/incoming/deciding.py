"""Where a mail that came in belongs. Pure rules: by its headers first, then by a reference, then by its sender."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from crm.interactions.addresses import Match

REOPENED_FOR = timedelta(days=30)
"""Unless the company sets it otherwise: so long after it was closed (or solved, where it isn't closed yet) a reply reopens an
enquiry; later it opens a new one that is linked to it."""


class Way(StrEnum):
    """What becomes of a mail."""

    APPEND = "append"
    NOTE = "note"
    OPEN = "open"
    PROSPECT = "prospect"
    OUTSIDE = "outside"
    CAME_BACK = "came_back"
    ASIDE = "aside"
    QUARANTINE = "quarantine"
    OFFICER = "officer"


@dataclass(frozen=True, slots=True)
class KnownTicket:
    """An enquiry that a mail answers or names; `is_senders`: the sender belongs to its customer, who may be restricted.
    `is_outsiders`: it was forwarded to the sender, or the customer put them in copy, and they are not the customer's."""

    id: int
    customer_id: int
    solved_at: datetime | None
    is_senders: bool
    is_restricted: bool = False
    is_outsiders: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a mail. `answered`: the enquiry whose message its headers name. `referred`: the one that its subject names,
    with our mark beside the number or without it."""

    address: str
    senders: tuple[Match, ...] = ()
    answered: KnownTicket | None = None
    referred: KnownTicket | None = None
    is_marked: bool = False
    is_our_box: bool = False
    is_staff: bool = False
    is_auto_reply: bool = False
    is_bounce: bool = False
    is_list: bool = False
    reopened_for: timedelta = REOPENED_FOR


@dataclass(frozen=True, slots=True)
class Place:
    """What becomes of a mail, why, and with whom. `ticket_id` is the enquiry it goes into or, for OPEN, goes on from."""

    way: Way
    reason: str = ""
    ticket_id: int | None = None
    sender: Match | None = None


def place_of(facts: Facts, now: datetime) -> Place:
    """Where a mail belongs. A Message-ID of ours proves that its sender has our mail, whatever address they write from; a number
    alone proves nothing, so that a stranger who knows one gets into no enquiry. Whoever an enquiry was forwarded to, or whom the customer
    put in copy, answers beside the conversation, not in the customer's name. Machines are never answered."""
    if (place := _before_all(facts)) is not None:
        return place
    if facts.is_auto_reply:
        if facts.answered is not None:
            return Place(Way.NOTE, "automatic", facts.answered.id)
        return Place(Way.ASIDE, "automatic")
    if not facts.address:
        return Place(Way.QUARANTINE, "no_sender")
    if facts.answered is not None and not facts.is_staff:
        return _into(facts.answered, facts, now)
    if facts.is_list:
        return Place(Way.ASIDE, "newsletter")
    if facts.is_staff:
        return Place(Way.QUARANTINE, "colleague", facts.answered.id if facts.answered else None)
    return _by_reference(facts, now) or _by_sender(facts)


def _before_all(facts: Facts) -> Place | None:
    """What is decided before anybody asks what the mail says."""
    if facts.is_bounce:
        return Place(Way.CAME_BACK, "bounce", facts.answered.id if facts.answered else None)
    if facts.is_our_box:
        return Place(Way.ASIDE, "loop")
    if _is_about_a_restricted_one(facts):
        return Place(Way.OFFICER, "restricted")
    if facts.answered is not None and facts.answered.is_outsiders and not facts.is_staff:
        return Place(Way.OUTSIDE, "", facts.answered.id)
    return None


def _is_about_a_restricted_one(facts: Facts) -> bool:
    """Whether the sender, or the customer whose enquiry it answers, is restricted: stored and nothing else (GDPR Art. 18)."""
    return (
        any(sender.is_restricted for sender in facts.senders)
        or (facts.answered is not None and facts.answered.is_restricted)
        or (facts.is_marked and facts.referred is not None and facts.referred.is_restricted)
    )


def _by_reference(facts: Facts, now: datetime) -> Place | None:
    ticket = facts.referred
    if ticket is None or ticket.is_restricted:
        return None
    if ticket.is_senders:
        return _into(ticket, facts, now)
    if ticket.is_outsiders and facts.is_marked:
        return Place(Way.OUTSIDE, "", ticket.id)
    if facts.is_marked or not facts.senders:
        return Place(Way.QUARANTINE, "unknown_sender", ticket.id)
    return None  # a customer whom we know writes "#12" about something of their own


def _into(ticket: KnownTicket, facts: Facts, now: datetime) -> Place:
    sender = next((one for one in facts.senders if one.customer_id == ticket.customer_id), None)
    if ticket.solved_at is None or now - ticket.solved_at <= facts.reopened_for:
        return Place(Way.APPEND, "", ticket.id, sender)
    return Place(Way.OPEN, "", ticket.id, sender or Match(ticket.customer_id, None))


def _by_sender(facts: Facts) -> Place:
    customers = {sender.customer_id for sender in facts.senders}
    if len(customers) > 1:
        return Place(Way.QUARANTINE, "several")
    if customers:
        return Place(Way.OPEN, "", None, facts.senders[0])
    return Place(Way.PROSPECT)
