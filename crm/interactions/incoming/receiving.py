"""A mail comes in: kept raw first, once however often it is delivered; a task files it."""

from __future__ import annotations

import asyncio
import hashlib
import re
from datetime import datetime, timedelta
from email.parser import BytesHeaderParser
from email.policy import compat32

import structlog

from crm.accounts.company import company, signing_secret
from crm.database import Lock, Row, execute, fetch, fetch_one, fetch_value, take_lock, transaction
from crm.errors import Invalid
from crm.interactions.addresses import matches
from crm.interactions.incoming.deciding import Facts, Place, Way, place_of
from crm.interactions.incoming.entry_filing import entry_place, facts_of_entry, file_entry
from crm.interactions.incoming.filing import file_mail
from crm.interactions.incoming.queries import (
    EMPTIED,
    IS_SPAM,
    STATE,
    answered_ticket,
    is_address_of_staff,
    our_addresses,
    referred_ticket,
)
from crm.interactions.incoming.tables import IncomingState
from crm.interactions.web_forms.entries import Entry, message_of, unpacked
from crm.mail.boxes import arrived_in
from crm.mail.parse import Message, message_id_of, parse
from crm.queue import enqueue
from crm.tickets.references import referred
from crm.web.forms import NOTE_LIMIT
from crm.web.i18n import _

log = structlog.get_logger()

MOST_BYTES = 50_000_000
AT_ONCE = 50
MOST_ATTEMPTS = 5
KEPT_ASIDE = timedelta(days=30)
"""Also what came by a form and looks like spam: nobody said in that time that it is none."""
KEPT_WAITING = timedelta(days=180)
"""What nobody has said of in half a year where it belongs, nobody needs (GDPR Art. 5(1)(e))."""
REMEMBERED = timedelta(days=366)
_SETTLED = {
    Way.APPEND: IncomingState.FILED, Way.NOTE: IncomingState.FILED, Way.OPEN: IncomingState.FILED, Way.PROSPECT: IncomingState.FILED,
    Way.OUTSIDE: IncomingState.FILED,
    Way.CAME_BACK: IncomingState.ASIDE, Way.ASIDE: IncomingState.ASIDE, Way.QUARANTINE: IncomingState.QUARANTINE,
    Way.OFFICER: IncomingState.OFFICER,
}  # fmt: skip


async def receive_incoming(raw: bytes, *, box_id: int | None = None, now: datetime) -> int | None:
    """Keep a mail as it came, by this letter box; its id, or None if it is there already, also
    if that was by another box. Raises Invalid for an empty or too large one."""
    if len(raw) > MOST_BYTES:
        raise Invalid({"mail": _("This mail is too large.")})
    if not raw.strip():
        raise Invalid({"mail": _("This is not a mail.")})
    key = await asyncio.to_thread(message_id_of, raw) or digest_of(raw)
    new = await fetch_value(
        "INSERT INTO incoming_mail (message_key, content, state, reason, sender, sender_name, subject, text, attempts, received_at, "
        "letter_box) VALUES ($1, $2, 'new', '', '', '', '', '', 0, $3, $4) ON CONFLICT (message_key) DO NOTHING RETURNING id",
        key, raw, now, box_id,
    )  # fmt: skip
    if new is None:
        return None
    await enqueue("file_incoming_mail", int(new))
    return int(new)


def digest_of(raw: bytes) -> str:
    """What tells a mail without a Message-ID from others: when it was written, by whom, and its words; so that it is the same in
    every letter box that it reached. One without a date is itself alone."""
    headers, *body = re.split(rb"\r?\n\r?\n", raw, maxsplit=1)
    read = BytesHeaderParser(policy=compat32).parsebytes(headers)
    named = [str(read.get(name, "")) for name in ("Date", "From", "Subject")]
    if not (named[0] and named[1] and body):
        return hashlib.sha256(raw).hexdigest()
    return hashlib.sha256("\n".join(named).encode("utf-8", "replace") + b"\n" + body[0]).hexdigest()


async def file_incoming_mail(mail_id: int, *, now: datetime) -> IncomingState | None:
    """Put a mail where it belongs; None if somebody else did. Safe to run twice and at once: the row is locked and settled together
    with what is written, and one mail is filed at a time, so that two first mails of one sender make one customer."""
    async with transaction():
        await take_lock(Lock.INCOMING)
        row = await fetch_one(
            "SELECT id, content, form, received_at, letter_box FROM incoming_mail WHERE id = $1 AND state = 'new' FOR UPDATE SKIP LOCKED",
            mail_id,
        )
        if row is None:
            return None
        mail, entry = await read_kept(row), None
        if row.form is None:
            place = place_of(await facts_of(mail), now)
            ticket_id = await file_mail(mail, place, await arrived_in(row.letter_box), now=now)
        else:
            entry = unpacked(bytes(row.content))
            place = entry_place(await facts_of_entry(entry))
            ticket_id = await file_entry(entry, place, row.received_at, now=now)
        await _settle(row.id, mail, place, ticket_id, now, entry)
        return _SETTLED[place.way]


async def read_kept(row: Row) -> Message:
    """What a row of incoming_mail (`content`, `form`) says: a mail, or an entry of a form as one."""
    content = bytes(row.content)
    return message_of(unpacked(content)) if row.form is not None else await asyncio.to_thread(parse, content)


async def facts_of(mail: Message) -> Facts:
    """What is known of a mail, for the rule."""
    settings = await company()
    address = mail.sender.address
    senders = tuple((await matches([address]))[address]) if address else ()
    named = referred(mail.subject, await signing_secret())
    reference = named[0] if named else None
    headers = (mail.in_reply_to, *reversed(mail.references), mail.bounce.message_id if mail.bounce else "")
    return Facts(
        address=address,
        senders=senders,
        answered=await answered_ticket([each for each in headers if each], senders, address),
        referred=await referred_ticket(reference, senders, address) if reference else None,
        is_marked=reference is not None and reference.is_signed,
        is_our_box=address in await our_addresses(),
        is_staff=bool(address) and await is_address_of_staff(address),
        is_auto_reply=mail.is_auto_reply,
        is_bounce=mail.is_bounce,
        is_list=mail.is_list,
        reopened_for=timedelta(days=settings.reopens_within_days),
    )  # fmt: skip


async def _settle(
    mail_id: int, mail: Message, place: Place, ticket_id: int | None, now: datetime, entry: Entry | None = None
) -> None:
    """What is in an enquiry is not kept twice; what waits keeps what somebody needs to say where it belongs, and of an entry of a form
    by what else it may be somebody's."""
    state = _SETTLED[place.way]
    is_filed = state == IncomingState.FILED
    await execute(
        "UPDATE incoming_mail SET state = $2, reason = $3, sender = $4, sender_name = $5, subject = $6, text = $7, ticket = $8, "
        "named_ticket_id = $9, settled_at = $10, content = CASE WHEN $11 THEN ''::bytea ELSE content END, phone = $12, "
        "customer_number = $13 WHERE id = $1",
        mail_id, state.value, place.reason, "" if is_filed else mail.sender.address[:254],
        "" if is_filed else mail.sender.name[:200], "" if is_filed else mail.subject[:300],
        "" if is_filed else mail.text[:NOTE_LIMIT], ticket_id, None if is_filed else place.ticket_id, now, is_filed,
        "" if is_filed or entry is None else entry.phone[:40], "" if is_filed or entry is None else entry.customer_number.upper()[:40],
    )  # fmt: skip


async def sweep_incoming(now: datetime) -> int:
    """File what a lost queue or a dead worker left behind; how many. One that fails again and again waits for a person."""
    rows = await fetch("SELECT id FROM incoming_mail WHERE state = 'new' ORDER BY id LIMIT $1", AT_ONCE)
    for row in rows:
        try:
            await file_incoming_mail(row.id, now=now)
        except Exception:  # one mail that cannot be filed must not keep the others waiting
            log.exception("mail_not_filed", mail=row.id)
            await _failed_again(row, now)
    return len(rows)


async def _failed_again(row: Row, now: datetime) -> None:
    kept = await fetch_one(
        "UPDATE incoming_mail SET attempts = attempts + 1 WHERE id = $1 AND state = 'new' RETURNING content, form, "
        "attempts >= $2 AS is_last",
        row.id, MOST_ATTEMPTS,
    )  # fmt: skip
    if kept is not None and kept.is_last:
        mail = await read_kept(kept)
        entry = unpacked(bytes(kept.content)) if kept.form is not None else None
        await _settle(row.id, mail, Place(Way.QUARANTINE, "broken"), None, now, entry)


async def forget_incoming(*, now: datetime) -> None:
    """Mails put aside are kept for 30 days, as are entries that look like spam; whatever else waits for half a year. What belongs to
    restricted people stays until the officer decides. That one was there is remembered for a year, so that it is not taken in twice."""
    await execute(
        f"UPDATE incoming_mail m SET {EMPTIED}, state = 'dropped' WHERE (state = 'aside' AND settled_at < $1 "
        f"OR {IS_SPAM} AND settled_at < $1 OR state = 'quarantine' AND settled_at < $2) AND {STATE} <> 'officer'",
        now - KEPT_ASIDE, now - KEPT_WAITING,
    )  # fmt: skip
    await execute("DELETE FROM incoming_mail WHERE state IN ('filed', 'dropped') AND settled_at < $1", now - REMEMBERED)
