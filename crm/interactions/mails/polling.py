"""Looking through the company's letter box: for copies that were sent to somebody's log address and, where the company wishes it, for
mails of customers that become enquiries. Nothing in the box is changed: whatever else it is for finds it as it was."""

from __future__ import annotations

import imaplib
import os
from datetime import date, datetime, timedelta
from email.parser import BytesHeaderParser
from email.policy import compat32

import structlog

from crm.accounts.company import company_for_mail
from crm.database import Lock, execute, fetch_one, take_lock, transaction
from crm.errors import Invalid
from crm.interactions.incoming.receiving import receive_incoming
from crm.interactions.mails.intake import REMEMBERED, owner_of, receive_mail
from crm.interactions.mails.reading import TOKEN
from crm.interactions.mails.trouble import box_name
from crm.mail.headers import date_of
from crm.mail.imap import BoxSettings, new_messages
from crm.settings import Settings

log = structlog.get_logger()
LONGEST_PAUSE = timedelta(minutes=15)


def is_for_a_log_address(headers: bytes) -> bool:
    """Whether one of a message's headers names an address with a secret part; whose it is shows when it is received."""
    return bool(TOKEN.search(headers.decode("latin-1")))


async def poll_letter_box(now: datetime) -> int:
    """Receive what has come since the last look; how many. Without a letter box, or with mail switched off, nothing is done. One
    worker looks at a time; what it has received is remembered together with how far it looked. A box that cannot be used is
    tried again, less and less often: who knocks with a wrong password all the time is locked out."""
    if Settings.from_env(os.environ).mail_delivery == "off":
        return 0
    row = await company_for_mail()
    if not row.imap_host:
        return 0
    box = box_name(row)
    opens = row.mail_opens_tickets
    settings = BoxSettings(row.imap_host, row.imap_port, row.imap_security, row.imap_user, row.imap_password)
    async with transaction():
        await take_lock(Lock.LETTER_BOX)
        await execute("INSERT INTO letter_box (box) VALUES ($1) ON CONFLICT DO NOTHING", box)
        before = await fetch_one(
            "SELECT uid_validity, last_uid, looked_at, failing_since, opens_since, "
            "(SELECT min(created_at) FROM log_address) AS first_address FROM letter_box WHERE box = $1",
            box,
        )
        assert before is not None
        if before.failing_since is not None and now < next_look(before.failing_since, before.looked_at):
            return 0
        opens_since = (before.opens_since or now) if opens else None
        try:
            look = await new_messages(
                settings,
                before.uid_validity,
                before.last_uid,
                first_day(min(filter(None, (before.first_address, opens_since)), default=None), now),
                is_for_a_log_address if opens_since is None else lambda _headers: True,
            )
        except (OSError, EOFError, ValueError, imaplib.IMAP4.error) as error:
            log.warning("letter_box_unreachable", box=box, error=str(error))
            await execute(
                "UPDATE letter_box SET error = $2, looked_at = $3, failing_since = coalesce(failing_since, $3), "
                "opens_since = $4 WHERE box = $1",
                box, spoken_error(error), now, opens_since,
            )  # fmt: skip
            return 0
        received = 0
        for raw in look.messages:
            try:
                received += await _take_in(raw, opens_since, now=now)
            except Invalid as error:
                log.warning("mail_not_received", error=error.sentence)
        await execute(
            "UPDATE letter_box SET uid_validity = $2, last_uid = $3, looked_at = $4, error = '', failing_since = NULL, "
            "opens_since = $5 WHERE box = $1",
            box, look.validity, look.last_uid, now, opens_since,
        )  # fmt: skip
        return received


async def _take_in(raw: bytes, opens_since: datetime | None, *, now: datetime) -> bool:
    """Whether a message was new: a copy for a log address, or a customer's mail. What is older than the wish that mails become
    enquiries stays in the box: a box that is numbered anew shows everything again."""
    headers = raw.partition(b"\r\n\r\n")[0]
    tokens = [token.lower() for token in TOKEN.findall(headers.decode("latin-1"))]
    if tokens and (opens_since is None or await owner_of(tokens) is not None):
        return await receive_mail(raw, owner=None, now=now) is not None
    if opens_since is None:
        return False
    written = date_of(BytesHeaderParser(policy=compat32).parsebytes(headers))
    # the box is not searched further back than REMEMBERED: an older date is a wrong clock's, and the mail is new
    if written is not None and now - REMEMBERED <= written < opens_since - timedelta(days=1):
        return False
    return await receive_incoming(raw, now=now) is not None


def first_day(first_address: datetime | None, now: datetime) -> date:
    """The day from which on mails can be for a log address: none is older than the first address, and what came more than a year
    ago is not remembered any more, so that it would be taken in twice. A day is left for time zones."""
    oldest = now - REMEMBERED + timedelta(days=2)
    return (max(first_address - timedelta(days=1), oldest) if first_address else now).date()


def next_look(failing_since: datetime, looked_at: datetime) -> datetime:
    """When a box that cannot be used is tried again: after as long as it has failed, at most 15 minutes."""
    return looked_at + min(looked_at - failing_since, LONGEST_PAUSE)


def spoken_error(error: Exception) -> str:
    """What the mail server or the network says, as text: imaplib hands the server's words on as bytes."""
    said = error.args[0] if error.args and isinstance(error, imaplib.IMAP4.error) else str(error)
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    return (" ".join(text.replace("\x00", "").split()) or type(error).__name__)[:500]
