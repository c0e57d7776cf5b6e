"""Looking through the company's letter box for copies that were sent to somebody's log address. Nothing in the box is changed:
whatever else it is for finds it as it was."""

from __future__ import annotations

import imaplib
import os
from datetime import datetime

import structlog

from crm.accounts.company import company_for_mail
from crm.database import Lock, execute, fetch_one, take_lock, transaction
from crm.errors import Invalid
from crm.interactions.mails.intake import receive_mail
from crm.interactions.mails.reading import TOKEN
from crm.mail.imap import BoxSettings, new_messages
from crm.settings import Settings

log = structlog.get_logger()


def is_for_a_log_address(headers: bytes) -> bool:
    """Whether one of a message's headers names an address with a secret part; whose it is shows when it is received."""
    return bool(TOKEN.search(headers.decode("latin-1")))


async def poll_letter_box(now: datetime) -> int:
    """Receive what has come since the last look; how many. Without a letter box, or with mail switched off, nothing is done. One
    worker looks at a time; what it has received is remembered together with how far it looked."""
    if Settings.from_env(os.environ).mail_delivery == "off":
        return 0
    row = await company_for_mail()
    if not row.imap_host:
        return 0
    box = f"{row.imap_user}@{row.imap_host}:{row.imap_port}"[:300]
    settings = BoxSettings(row.imap_host, row.imap_port, row.imap_security, row.imap_user, row.imap_password)
    async with transaction():
        await take_lock(Lock.LETTER_BOX)
        await execute("INSERT INTO letter_box (box) VALUES ($1) ON CONFLICT DO NOTHING", box)
        before = await fetch_one("SELECT uid_validity, last_uid FROM letter_box WHERE box = $1", box)
        assert before is not None
        try:
            validity, last, messages = await new_messages(
                settings, before.uid_validity, before.last_uid, is_for_a_log_address
            )
        except (OSError, EOFError, ValueError, imaplib.IMAP4.error) as error:
            log.warning("letter_box_unreachable", box=box, error=str(error))
            await execute("UPDATE letter_box SET error = $2, looked_at = $3 WHERE box = $1", box, str(error)[:500], now)
            return 0
        received = 0
        for raw in messages:
            try:
                received += await receive_mail(raw, owner=None, now=now) is not None
            except Invalid as error:
                log.warning("mail_not_received", error=error.sentence)
        await execute(
            "UPDATE letter_box SET uid_validity = $2, last_uid = $3, looked_at = $4, error = '' WHERE box = $1",
            box, validity, last, now,
        )  # fmt: skip
        return received
