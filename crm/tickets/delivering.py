"""What became of a message that went out by mail, in words; and sending one again that did not arrive."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crm.accounts.audit import record
from crm.consents.sending import send_anew, try_again
from crm.consents.sentences import reason
from crm.database import Row, execute, fetch_one, transaction
from crm.errors import NotFound, RuleBroken
from crm.mail.tables import OutboxStatus
from crm.mail.words import DELIVERY, TONES
from crm.tickets.answering import addressee_of
from crm.tickets.locking import lock_ticket
from crm.tickets.merged import FAMILY
from crm.tickets.tables import MessageKind
from crm.web.formats import clock
from crm.web.i18n import _


@dataclass(frozen=True, slots=True)
class Delivery:
    """The state of one message in words. `because` says what went wrong and what happens now; `is_under_way`: it may change by
    itself soon; `can_be_sent_again`: somebody must do something."""

    message_id: int
    state: str
    words: str
    tone: str
    because: str = ""
    is_under_way: bool = False
    can_be_sent_again: bool = False


@dataclass(frozen=True, slots=True)
class MailFacts:
    """What the outbox knows of a message that went out, or was to."""

    status: str
    error: str = ""
    attempts: int = 0
    next_at: datetime | None = None
    sent_at: datetime | None = None
    gate_code: str | None = None
    gate_params: Mapping[str, Any] | None = None


def delivery_of(message_id: int, mail: MailFacts) -> Delivery:
    """What became of a message. One that had left and is marked as failed afterwards came back (a bounce, RFC 3464)."""
    status, error = mail.status, mail.error
    known = OutboxStatus(status)
    words, tone = _(DELIVERY[known]), TONES[known]
    if known == OutboxStatus.FAILED and mail.sent_at is not None:
        because = _("It came back: %(error)s Correct the address, then send it again.") % {"error": _sentence(error)}
        return Delivery(message_id, "bounced", _("came back"), tone, because, can_be_sent_again=True)
    if known == OutboxStatus.FAILED:
        because = _("It did not leave: %(error)s Check the address, then send it again.") % {"error": _sentence(error)}
        return Delivery(message_id, status, words, tone, because, can_be_sent_again=True)
    if known == OutboxStatus.REFUSED:
        told = reason(mail.gate_code, mail.gate_params or {}) if mail.gate_code else ""
        because = _("This answer did not leave. %(because)s") % {"because": told}
        return Delivery(message_id, status, words, tone, because.strip(), can_be_sent_again=True)
    if known == OutboxStatus.QUEUED and mail.attempts and mail.next_at is not None:
        words_for = {"error": _sentence(error), "time": clock(mail.next_at)}
        because = _("Not delivered yet: %(error)s It is tried again at %(time)s.") % words_for
        return Delivery(message_id, "later", words, tone, because, is_under_way=True, can_be_sent_again=True)
    return Delivery(message_id, status, words, tone, is_under_way=known in (OutboxStatus.QUEUED, OutboxStatus.SENDING))


def _sentence(error: str) -> str:
    return error if not error or error.endswith((".", "!", "?")) else error + "."


_MESSAGE = f"""
    SELECT m.id, m.kind, m.is_automatic, x.id AS outbox_id, x.status, x.to_address, x.to_name, x.person_id, x.attempts, x.sent_at
    FROM ticket k JOIN ticket_message m ON m.ticket IN {FAMILY} JOIN outbox_message x ON x.id = m.outbox_id
    WHERE k.id = $1 AND m.id = $2
"""


async def send_again(ticket_id: int, message_id: int, *, by: int, now: datetime) -> None:
    """Send a message once more that did not arrive: an answer to the address that the customer has now, anything else to the
    address it had. What came back, was refused or has another address now leaves as a new mail; the gate is asked again.
    What was merged into it counts as its own.

    Raises NotFound if it was never a mail, RuleBroken if it has left or is on its way.
    """
    async with transaction():
        await lock_ticket(ticket_id)
        message = await fetch_one(_MESSAGE, ticket_id, message_id)
        if message is None:
            raise NotFound()
        is_late = message.status == OutboxStatus.QUEUED and message.attempts > 0
        if message.status not in (OutboxStatus.FAILED, OutboxStatus.REFUSED) and not is_late:
            raise RuleBroken(_("This message has left already, or is on its way."))
        address, name, person_id = await _whither(ticket_id, message, by)
        is_same = address.casefold() == message.to_address.casefold()
        if is_same and message.sent_at is None and message.status != OutboxStatus.REFUSED:
            await try_again(message.outbox_id, now=now)
        elif is_late:
            raise RuleBroken(_("It is still being tried at the address it had. Wait for the last try, or write anew."))
        else:
            outbox_id = await send_anew(
                message.outbox_id, to_address=address, to_name=name, person_id=person_id, by=by, now=now
            )
            await execute("UPDATE ticket_message SET outbox_id = $2 WHERE id = $1", message_id, outbox_id)
        await record("ticket.sent_again", "ticket", ticket_id, by=by, now=now)


async def _whither(ticket_id: int, message: Row, by: int) -> tuple[str, str, int | None]:
    """Address, name and person to whom it goes now."""
    if message.kind == MessageKind.REPLY and not message.is_automatic:
        to = await addressee_of(ticket_id, by)
        if to.address:
            return to.address, to.person or to.customer, to.person_id
    return message.to_address, message.to_name, message.person_id
