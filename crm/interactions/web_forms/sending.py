"""A form of the website was sent: counted, looked at, and kept as it came until it is filed, as a mail is."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
from litestar.datastructures import UploadFile

from crm.accounts.permissions import Role
from crm.accounts.queries import staff_of
from crm.database import Lock, Row, execute, fetch_one, fetch_value, take_lock, transaction
from crm.errors import TooMany
from crm.interactions.web_forms.entries import Entry, packed
from crm.interactions.web_forms.entry_files import mark_of, read_files, told
from crm.interactions.web_forms.guarding import (
    MOST_PER_HOUR,
    OVERRUN,
    Sent,
    Token,
    counted_as,
    is_new_wave,
    suspicion,
)
from crm.notifications.actions import notify
from crm.notifications.kinds import Kind
from crm.queue import enqueue
from crm.web.i18n import _

REMEMBERED = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a form came from: the address of the visitor, what stood in the field that people don't see, and the form's token."""

    ip_address: str
    trap: str
    token: Token


async def take_entry(
    form_id: int, entry: Entry, origin: Origin, *, secret: bytes, now: datetime, uploads: Sequence[UploadFile] = ()
) -> int | None:
    """Keep what was typed; its id, or None if the same was sent before (a double click, a page sent again). What looks like spam is
    kept as well, without its files, and waits for a person. What comes at the same moment is counted one after the other. Raises
    TooMany where one address sends a form again and again, Invalid for files that cannot be taken."""
    key = _key(origin.token, entry, uploads)
    where = _digest(secret, "address", counted_as(origin.ip_address))
    said = _digest(secret, "text", " ".join(entry.text.lower().split()))
    async with transaction():
        for counted in sorted({f"{form_id} {where.hex()}", f"{form_id} {origin.token.nonce}"}):
            await take_lock(Lock.FORMS, counted)
        if await fetch_value("SELECT EXISTS (SELECT FROM incoming_mail WHERE message_key = $1)", key):
            return None
        seen = await fetch_one(
            "SELECT (SELECT count(*) FROM form_attempt WHERE form = $1 AND address_hash = $2 AND at > $4) AS earlier, "
            "EXISTS (SELECT FROM form_attempt WHERE text_hash = $3 AND at > $5 AND nonce <> $6) AS same_text, "
            "(SELECT count(*) FROM form_attempt WHERE form = $1 AND nonce = $6) AS same_token, "
            "(SELECT count(*) FROM form_attempt WHERE form = $1 AND at > $4 AND NOT is_suspicious) AS by_form, "
            "hourly_limit, name FROM web_form WHERE id = $1",
            form_id, where, said, now - timedelta(hours=1), now - REMEMBERED, origin.token.nonce,
        )  # fmt: skip
        assert seen is not None
        if seen.earlier >= MOST_PER_HOUR:
            raise TooMany(
                _("This form was sent very often from your address. Please try again in an hour, or call us.")
            )
        sent = Sent(
            origin.token, origin.trap, entry.said, seen.earlier, bool(entry.text) and seen.same_text, seen.same_token, seen.by_form,
            seen.hourly_limit,
        )  # fmt: skip
        why = suspicion(sent, now)
        await execute(
            "INSERT INTO form_attempt (form, address_hash, text_hash, nonce, at, is_suspicious) VALUES ($1, $2, $3, $4, $5, $6)",
            form_id, where, said, origin.token.nonce, now, bool(why),
        )  # fmt: skip
        if why == OVERRUN:
            await _tell_of_overrun(form_id, seen, now=now)
        along = {"left_out": told(uploads)} if why else {"files": await read_files(uploads)}
        kept = msgspec.structs.replace(entry, suspicion=why, **along)
        new = await fetch_value(
            "INSERT INTO incoming_mail (message_key, content, state, reason, sender, sender_name, subject, text, attempts, form, "
            "received_at) VALUES ($1, $2, 'new', '', '', '', '', '', 0, $3, $4) ON CONFLICT (message_key) DO NOTHING RETURNING id",
            key, packed(kept), form_id, now,
        )  # fmt: skip
        if new is None:
            return None
        await enqueue("file_incoming_mail", int(new))
        return int(new)


async def forget_attempts(*, now: datetime) -> None:
    """Who sent what from where is of use for a day."""
    await execute("DELETE FROM form_attempt WHERE at < $1", now - REMEMBERED)


async def _tell_of_overrun(form_id: int, form: Row, *, now: datetime) -> None:
    """Whoever leads a team hears once that more comes by a form than is usual, not with every entry."""
    before = await fetch_value("SELECT overrun_at FROM web_form WHERE id = $1 FOR NO KEY UPDATE", form_id)
    await execute("UPDATE web_form SET overrun_at = $2 WHERE id = $1", form_id, now)
    if is_new_wave(before, now):
        for lead in await staff_of(Role.LEAD):
            detail = {"name": form.name, "limit": form.hourly_limit}
            await notify(lead, Kind.FORM_OVERRUN, detail=detail, link="/incoming-mails/spam", now=now)


def _key(token: Token, entry: Entry, uploads: Sequence[UploadFile]) -> str:
    """The same form with the same content is the same entry; gone back to and changed it is another one."""
    return f"form {token.nonce} {hashlib.sha256(packed(entry) + mark_of(uploads)).hexdigest()}"


def _digest(secret: bytes, what: str, value: str) -> bytes:
    return hmac.digest(secret, f"form attempt {what} {value}".encode("utf-8", "surrogatepass"), "sha256")
