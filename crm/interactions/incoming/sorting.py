"""Somebody says where a mail belongs that waits or was put aside: into an enquiry, into a new one, or nowhere."""

from __future__ import annotations

from datetime import datetime

from crm.accounts.audit import record
from crm.database import Lock, Row, execute, fetch_one, fetch_value, take_lock, transaction
from crm.errors import Invalid, NotFound
from crm.interactions.addresses import Match, matches
from crm.interactions.incoming.entry_filing import claimed_by, open_entry
from crm.interactions.incoming.filing import append, customer_of, open_from, prospect_of
from crm.interactions.incoming.queries import EMPTIED, SPAM, STATE
from crm.interactions.incoming.receiving import read_kept
from crm.interactions.incoming.tables import IncomingState
from crm.interactions.web_forms.entries import Entry, unpacked
from crm.mail.boxes import ArrivedIn, arrived_in
from crm.mail.parse import Message
from crm.web.i18n import _

OPEN_STATES = (IncomingState.QUARANTINE, IncomingState.ASIDE)
"""Mails of these states are shown to whoever decides."""
WAITING_STATES = (*(state.value for state in OPEN_STATES), SPAM)
"""Mails of these states can still be put somewhere."""


async def put_into_ticket(mail_id: int, ticket_id: int, *, by: int, now: datetime) -> int:
    """The mail belongs to this enquiry; its id. Raises NotFound if the mail is settled or either is gone."""
    async with transaction():
        await take_lock(Lock.INCOMING)
        row = await _waiting(mail_id)
        mail = await read_kept(row)
        customer_id = await customer_of(ticket_id)
        if customer_id is None:
            raise Invalid({"ticket": _("There is no enquiry with this number.")})
        entry = unpacked(bytes(row.content)) if row.form is not None else None
        known = await _known(mail) if entry is None else await claimed_by(entry)
        sender = _of_customer(known, customer_id)
        message_id = await append(mail, ticket_id, sender, by=by, now=now)
        if row.form is not None:
            await execute("UPDATE ticket_message SET is_unverified = true, channel = 'web' WHERE id = $1", message_id)
        await _filed(mail_id, ticket_id, by=by, now=now)
        return ticket_id


async def open_from_mail(mail_id: int, customer_id: int | None, *, by: int, now: datetime) -> int | None:
    """The mail is a new enquiry: of this customer, or of whom its address belongs to, else of a new prospect; the enquiry's id.
    What a form for calls asks for becomes a call to return, and no enquiry (None).
    Raises NotFound if it is settled, Invalid where its address belongs to several customers or it has none."""
    async with transaction():
        await take_lock(Lock.INCOMING)
        row = await _waiting(mail_id)
        if row.form is not None:
            entry = unpacked(bytes(row.content))
            meant = await _claimed(entry, customer_id)
            ticket = await open_entry(entry, meant, row.received_at, by=by, now=now)
            await _filed(mail_id, ticket, by=by, now=now)
            return ticket
        mail = await read_kept(row)
        box = await arrived_in(row.letter_box)
        meant_by = await _meant(mail, customer_id, box, now)
        ticket_id = await open_from(mail, meant_by, None, box, by=by, now=now)
        await _filed(mail_id, ticket_id, by=by, now=now)
        return ticket_id


async def dismiss_mail(mail_id: int, *, by: int, may_work: bool, is_officer: bool, now: datetime) -> None:
    """Nobody needs it: what it said is deleted. Who works on enquiries dismisses what waits; what belongs to a restricted person
    is the officer's alone. Raises NotFound for anything else."""
    async with transaction():
        states = [*(WAITING_STATES if may_work else ()), *((IncomingState.OFFICER.value,) if is_officer else ())]
        found = await fetch_value(
            f"UPDATE incoming_mail m SET state = 'dropped', {EMPTIED}, settled_at = $3 WHERE id = $1 AND {STATE} = ANY($2) RETURNING id",
            mail_id, states, now,
        )  # fmt: skip
        if found is None:
            raise NotFound()
        await record("incoming_mail.dismissed", "incoming_mail", mail_id, by=by, now=now)


async def _meant(mail: Message, customer_id: int | None, box: ArrivedIn | None, now: datetime) -> Match:
    if customer_id is not None:
        return _of_customer(await _known(mail), customer_id) or Match(customer_id, None)
    if not mail.sender.address:
        raise Invalid({"customer": _("It has no sender. Say whose enquiry it is.")})
    known = [one for one in await _known(mail) if not one.is_restricted]
    if len({one.customer_id for one in known}) > 1:
        raise Invalid({"customer": _("More than one customer has this address. Say which one it is.")})
    return known[0] if known else await prospect_of(mail, now, box)


def _of_customer(known: list[Match], customer_id: int) -> Match | None:
    """Who of this customer it is. Raises NotFound where somebody is meant whose data are restricted."""
    if any(one.is_restricted for one in known):
        raise NotFound()
    return next((one for one in known if one.customer_id == customer_id), None)


async def _known(mail: Message) -> list[Match]:
    address = mail.sender.address
    return (await matches([address]))[address] if address else []


async def _claimed(entry: Entry, customer_id: int | None) -> Match | None:
    """Whose an entry is: of this customer, or of whom it says; None: of somebody new."""
    known = await claimed_by(entry)
    if customer_id is not None:
        return _of_customer(known, customer_id) or Match(customer_id, None)
    if any(one.is_restricted for one in known):
        raise NotFound()
    if len({one.customer_id for one in known}) > 1:
        raise Invalid({"customer": _("More than one customer has this address. Say which one it is.")})
    return known[0] if known else None


async def _waiting(mail_id: int) -> Row:
    row: Row | None = await fetch_one(
        f"SELECT content, form, received_at, letter_box FROM incoming_mail m WHERE id = $1 AND {STATE} = ANY($2) FOR UPDATE",
        mail_id, list(WAITING_STATES),
    )  # fmt: skip
    if row is None:
        raise NotFound()
    return row


async def _filed(mail_id: int, ticket_id: int | None, *, by: int, now: datetime) -> None:
    await execute(
        f"UPDATE incoming_mail SET state = 'filed', ticket = $2, {EMPTIED}, named_ticket_id = NULL, settled_at = $3 WHERE id = $1",
        mail_id, ticket_id, now,
    )  # fmt: skip
    await record("incoming_mail.filed", "incoming_mail", mail_id, by=by, now=now, fields={"ticket": ticket_id})
