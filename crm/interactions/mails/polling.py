"""Looking through the company's letter boxes: for copies that were sent to somebody's log address, for mails of customers that become
enquiries, or both. Nothing in a box is changed: whatever else it is for finds it as it was."""

from __future__ import annotations

import asyncio
import imaplib
import os
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from email.parser import BytesHeaderParser
from email.policy import compat32

import structlog

from crm.database import Lock, Row, execute, fetch, fetch_one, take_lock, take_lock_if_free, transaction
from crm.errors import Invalid
from crm.interactions.incoming.receiving import receive_incoming
from crm.interactions.mails.intake import REMEMBERED, owner_of, receive_mail
from crm.interactions.mails.reading import TOKEN
from crm.mail.headers import date_of
from crm.mail.imap import BoxSettings, new_messages
from crm.mail.tables import BoxPurpose
from crm.settings import Settings

log = structlog.get_logger()
BOXES_AT_ONCE = 4
LONGEST_PAUSE = timedelta(minutes=15)


def is_for_a_log_address(headers: bytes) -> bool:
    """Whether one of a message's headers names an address with a secret part; whose it is shows when it is received."""
    return bool(TOKEN.search(headers.decode("latin-1")))


async def poll_letter_boxes(now: datetime) -> int:
    """Receive what has come into the company's letter boxes since the last look; how many. With mail switched off nothing is done.
    Each box is looked at beside the others, so that none waits for one that does not answer."""
    if Settings.from_env(os.environ).mail_delivery == "off":
        return 0
    rows = await fetch("SELECT id FROM letter_box WHERE is_active ORDER BY id")
    turns = asyncio.Semaphore(BOXES_AT_ONCE)

    async def look(box_id: int) -> int:
        async with turns:
            try:
                return await poll_letter_box(box_id, now)
            except Exception:  # one box that fails must not keep the others from being looked at
                log.exception("letter_box_not_polled", box=box_id)
                return 0

    return sum(await asyncio.gather(*(look(row.id) for row in rows)))


async def poll_letter_box(box_id: int, now: datetime) -> int:
    """Receive what has come into one box; how many. One worker looks at a time; what it has received is remembered together with how
    far it looked. A box that cannot be used is tried again, less and less often: who knocks with a wrong password all the time is
    locked out. What is found out of a box that was changed meanwhile is forgotten: it may be another one now."""
    async with transaction():
        if not await take_lock_if_free(Lock.LETTER_BOX, str(box_id)):
            return 0
        box = await fetch_one(
            "SELECT id, host, port, security, user_name, password, folder, purpose, version, uid_validity, last_uid, looked_at, "
            "failing_since, opens_since, (SELECT min(created_at) FROM log_address) AS first_address FROM letter_box "
            "WHERE id = $1 AND is_active",
            box_id,
        )  # fmt: skip
        if box is None or (box.failing_since is not None and now < next_look(box.failing_since, box.looked_at)):
            return 0
        opens_since = (box.opens_since or now) if box.purpose != BoxPurpose.LOG else None
        try:
            look = await new_messages(
                BoxSettings(box.host, box.port, box.security, box.user_name, box.password, box.folder),
                box.uid_validity,
                box.last_uid,
                first_day(min(filter(None, (box.first_address, opens_since)), default=None), now),
                is_for_a_log_address if opens_since is None else lambda _headers: True,
            )
        except (OSError, EOFError, ValueError, imaplib.IMAP4.error) as error:
            log.warning("letter_box_unreachable", box=box_id, error=str(error))
            await execute(
                "UPDATE letter_box SET error = $2, looked_at = $3, failing_since = coalesce(failing_since, $3), "
                "opens_since = $4 WHERE id = $1 AND version = $5",
                box_id, spoken_error(error), now, opens_since, box.version,
            )  # fmt: skip
            return 0
        received = await _take_all_in(look.messages, box, opens_since, now=now)
        await execute(
            "UPDATE letter_box SET uid_validity = $2, last_uid = $3, looked_at = $4, error = '', failing_since = NULL, "
            "opens_since = $5 WHERE id = $1 AND version = $6",
            box_id, look.validity, look.last_uid, now, opens_since, box.version,
        )  # fmt: skip
        return received


async def _take_all_in(messages: Sequence[bytes], box: Row, opens_since: datetime | None, *, now: datetime) -> int:
    """How many were new. One box at a time: two that hold the same mails in another order would wait for each other."""
    if not messages:
        return 0
    await take_lock(Lock.LETTER_BOX)
    received = 0
    for raw in messages:
        try:
            received += await _take_in(raw, box, opens_since, now=now)
        except Invalid as error:
            log.warning("mail_not_received", error=error.sentence)
    return received


async def _take_in(raw: bytes, box: Row, opens_since: datetime | None, *, now: datetime) -> bool:
    """Whether a message was new: a copy for a log address, or a customer's mail. What is older than the wish that mails become
    enquiries stays in the box: a box that is numbered anew shows everything again."""
    headers = raw.partition(b"\r\n\r\n")[0]
    takes_copies = box.purpose != BoxPurpose.ENQUIRIES
    tokens = [token.lower() for token in TOKEN.findall(headers.decode("latin-1"))] if takes_copies else []
    if tokens and (opens_since is None or await owner_of(tokens) is not None):
        return await receive_mail(raw, owner=None, now=now) is not None
    if opens_since is None:
        return False
    written = date_of(BytesHeaderParser(policy=compat32).parsebytes(headers))
    # the box is not searched further back than REMEMBERED: an older date is a wrong clock's, and the mail is new
    if written is not None and now - REMEMBERED <= written < opens_since - timedelta(days=1):
        return False
    return await receive_incoming(raw, box_id=box.id, now=now) is not None


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
