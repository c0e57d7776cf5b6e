"""What becomes of an automatic answer: the customer asks for a person, it never arrived and a person takes over, or the customer
says no more and the enquiry is solved at level 0."""

from __future__ import annotations

from datetime import datetime, timedelta

from crm.database import Row, execute, fetch, fetch_one, transaction
from crm.tickets.answering import receive_message
from crm.tickets.answers.ending import take_over
from crm.tickets.answers.queries import level_zero
from crm.tickets.answers.tables import EndedBy
from crm.tickets.closing import close_ticket, reopen
from crm.tickets.locking import lock_ticket, take_routing_lock
from crm.tickets.statuses import move
from crm.tickets.tables import TicketStatus
from crm.web.i18n import _, speaking

AT_ONCE = 200

_ANSWERED = """
    SELECT x.ticket, x.ended_at, x.language, k.subject FROM automatic_answer x JOIN ticket k ON k.id = x.ticket
    JOIN customer c ON c.id = k.customer AND c.deleted_at IS NULL AND c.restricted_at IS NULL
    LEFT JOIN person p ON p.id = k.person WHERE x.ticket = $1 AND p.restricted_at IS NULL
"""
_UNTOUCHED = """
    FROM automatic_answer x JOIN ticket k ON k.id = x.ticket
    JOIN ticket_message a ON a.id = x.message_id JOIN outbox_message o ON o.id = a.outbox_id
    JOIN customer c ON c.id = k.customer LEFT JOIN person p ON p.id = k.person
    WHERE x.ended_at IS NULL AND NOT EXISTS (SELECT FROM ticket_message m WHERE m.ticket = k.id AND m.kind IN ('inbound', 'reply')
        AND NOT m.is_automatic AND m.at > x.at)
"""
_QUIET = f"""
    SELECT x.ticket {_UNTOUCHED} AND x.settled_at IS NULL AND x.at <= $1 AND k.status = 'waiting' AND o.status = 'sent'
"""
# Also what was solved at level 0 before the mail came back. Of restricted customers nobody is told, so their enquiries stay.
_UNREACHED = f"""
    SELECT x.ticket {_UNTOUCHED} AND o.status IN ('failed', 'refused')
        AND (k.status = 'waiting' OR k.status = 'solved' AND x.settled_at IS NOT NULL)
        AND c.restricted_at IS NULL AND c.deleted_at IS NULL AND p.restricted_at IS NULL
"""


async def answered_ticket(ticket_id: int) -> Row | None:
    """The automatic answer of an enquiry (ended_at says whether a person has it already), or None where nobody may be told."""
    return await fetch_one(_ANSWERED, ticket_id)


async def ask_for_person(ticket_id: int, *, now: datetime) -> bool:
    """The customer wants a person: noted as what they said, and routed as an answer of theirs would be. False, and nothing done, if
    a person has it already (a link is followed twice). Where the enquiry was merged its survivor goes on. Raises RuleBroken for one
    that was closed for good long ago."""
    async with transaction():
        await take_routing_lock()
        await lock_ticket(ticket_id)
        answered = await answered_ticket(ticket_id)
        if answered is None or answered.ended_at is not None:
            return False
        with speaking(answered.language):
            text = _("I would like to talk to a person.")
        await receive_message(ticket_id, text, channel="web", by=None, now=now)
        await execute(
            "UPDATE automatic_answer SET ended_by = $2, ended_at = coalesce(ended_at, $3) WHERE ticket = $1",
            ticket_id, EndedBy.CLICK.value, now,
        )  # fmt: skip
    return True


async def take_over_unreached(*, now: datetime) -> int:
    """Give a person what was answered automatically where the answer did not arrive: nobody has been answered. How many. Safe to run
    twice and at the same time."""
    rows = await fetch(f"{_UNREACHED} ORDER BY x.at LIMIT {AT_ONCE}")
    return sum([await take_over_if_unreached(row.ticket, now=now) for row in rows])


async def take_over_if_unreached(ticket_id: int, *, now: datetime) -> bool:
    """The same for one enquiry; False where its answer arrived, there was none, or a person has it already."""
    async with transaction():
        await take_routing_lock()
        ticket = await lock_ticket(ticket_id)
        if await fetch_one(f"{_UNREACHED} AND k.id = $1", ticket_id) is None:
            return False
        if ticket.status == TicketStatus.WAITING:
            await move(ticket, TicketStatus.OPEN, now=now)
        else:
            await reopen(ticket, by=None, now=now)
        return await take_over(ticket_id, EndedBy.UNREACHED, now=now)


async def settle_automatic_answers(*, now: datetime) -> int:
    """Mark as solved what was answered automatically and to which nobody has reacted for the days that the lead has set; how many.
    Only what left counts as answered. Safe to run twice and at the same time."""
    settings = await level_zero()
    quiet = f"{_QUIET} ORDER BY x.at LIMIT {AT_ONCE}"
    rows = await fetch(quiet, now - timedelta(days=settings.settled_after_days))
    return sum([await _settle(row.ticket, settings.settled_after_days, now) for row in rows])


async def _settle(ticket_id: int, days: int, now: datetime) -> bool:
    async with transaction():
        await lock_ticket(ticket_id)
        if await fetch_one(f"{_QUIET} AND k.id = $2", now - timedelta(days=days), ticket_id) is None:
            return False
        await close_ticket(ticket_id, "", by=None, now=now)
        await execute("UPDATE automatic_answer SET settled_at = $2 WHERE ticket = $1", ticket_id, now)
    return True
