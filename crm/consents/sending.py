"""The one way out for mail: a message is written to the outbox with the gate's answer, and the gate is asked
once more when it leaves. Nothing else may call crm.mail.transport.

Sending is at-least-once: a message is claimed before it is handed over and marked as sent after the server has taken
it. If the program dies between the two, the claim goes stale and the message is sent again, with the same Message-ID,
by which mail programs recognise it. The other choice, losing it silently, would break promises to customers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import uuid4

import msgspec
import structlog
from email_validator import EmailNotValidError, validate_email

from crm.consents.copies import copies_to_send, note_copies, pass_on_copies, write_copies
from crm.consents.gate import Answer, permission_for
from crm.consents.many import decisions_for
from crm.consents.rules import Decision
from crm.consents.unsubscribing import foot_for
from crm.database import Row, execute, fetch, fetch_one, fetch_value
from crm.errors import NotFound
from crm.files.queries import file_named
from crm.mail.message import COMPANY, Answers, Attachment, Copy, Foot, compose, on_the_wire
from crm.mail.tables import OutboxStatus
from crm.mail.transport import MailSettings, NotDelivered, mail_settings, send
from crm.queue import enqueue

log = structlog.get_logger()

BACK_OFF = (
    timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2), timedelta(hours=12),
)  # fmt: skip
"""How long to wait after the first, second ... failed attempt; after one more the message has failed."""

STALE = timedelta(minutes=15)
"""A claim older than this is of a worker that died: one attempt takes at most a minute (see transport.TIMEOUT)."""

SWEEP = 100

_WRITE = """
    INSERT INTO outbox_message (status, purpose, to_address, to_name, subject, text, html, language, message_id,
        in_reply_to, headers, permission, customer_id, person_id, user_id, dedupe_key, attempts, created_at,
        next_attempt_at, error, from_address, reply_to)
    SELECT $1, $2, $3, $4, $5, $6, $7, $8,
        '<' || $9 || '@' || coalesce(nullif(split_part(c.mail_from, '@', 2), ''), 'nahbar.invalid') || '>',
        $10, $11, $12, $13, $14, $15, $16, 0, $17, $18, '', $19, $20
    FROM company c
    ON CONFLICT (dedupe_key) DO NOTHING RETURNING id
"""

_WRITE_MANY = """
    INSERT INTO outbox_message (status, purpose, to_address, to_name, subject, text, html, language, message_id,
        in_reply_to, headers, permission, customer_id, person_id, dedupe_key, attempts, created_at, next_attempt_at, error,
        from_address, reply_to)
    SELECT m.status, $1, m.address, m.name, m.subject, m.text, m.html, m.language,
        '<' || m.mark || '@' || coalesce(nullif(split_part(c.mail_from, '@', 2), ''), 'nahbar.invalid') || '>',
        '', $2::jsonb, m.permission, m.customer, m.person, m.key, 0, $3::timestamptz,
        CASE WHEN m.status = 'queued' THEN $3::timestamptz END, '', '', ''
    FROM company c CROSS JOIN unnest($4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[],
        $11::text[], $12::jsonb[], $13::bigint[], $14::bigint[], $15::text[])
        AS m(status, address, name, subject, text, html, language, mark, permission, customer, person, key)
    ON CONFLICT (dedupe_key) DO NOTHING RETURNING id, dedupe_key, status
"""


class Outcome(StrEnum):
    """What became of one attempt."""

    SENT = "sent"
    REFUSED = "refused"
    FAILED = "failed"
    LATER = "later"
    NOT_DUE = "not_due"
    NOT_CONFIGURED = "not_configured"


async def queue_mail(
    *, purpose: str, to_address: str, to_name: str = "", subject: str, text: str, html: str = "", language: str,
    now: datetime, by: int | None = None, person_id: int | None = None, customer_id: int | None = None,
    user_id: int | None = None, dedupe_key: str | None = None, headers: Mapping[str, str] | None = None,
    in_reply_to: str = "", attachments: Sequence[Attachment] = (), not_before: datetime | None = None, copies: Sequence[Copy] = (),
    answers: Answers = COMPANY,
) -> int | None:  # fmt: skip
    """Write a message to the outbox, in the caller's transaction, and answer its id; None if the dedupe key was used.

    The gate is asked first. Without a basis, or to something that is no address, the row is written as refused, with
    its reason, and never leaves. `by` is who caused it (kept with the permission), `user_id` the member of staff it goes
    to. It leaves at `not_before` at the earliest, from and to the addresses of ours that `answers` names. Each of `copies` is asked
    about on its own: see copies.py; advertising goes to one reader alone, since the links at its foot are theirs (unsubscribing.py).
    """
    address = _valid(to_address)
    if address is None:
        answer = Answer(False, "", "", "no_address", {})
    else:
        answer = await permission_for(
            person_id=person_id, address=address, customer_id=customer_id, purpose=purpose, channel="email", now=now
        )
    status = OutboxStatus.QUEUED if answer.allowed else OutboxStatus.REFUSED
    new = await fetch_value(
        _WRITE, status.value, purpose[:40], (address or _one_line(to_address))[:254], _one_line(to_name)[:200],
        _one_line(subject), _clean(text), _clean(html), language, uuid4().hex, _one_line(in_reply_to)[:200], _headers(headers),
        _permission(answer, by), customer_id, person_id, user_id, dedupe_key[:200] if dedupe_key else None, now,
        max(now, not_before or now) if answer.allowed else None, _one_line(answers.from_address), _one_line(answers.reply_to),
    )  # fmt: skip
    if new is None:
        return None
    for position, file in enumerate(attachments):
        await execute(
            "INSERT INTO outbox_attachment (message, position, name, sha256, size, media_type) VALUES ($1, $2, $3, $4, $5, $6)",
            new, position, _one_line(file.name)[:255], file.sha256, file.size, file.media_type,
        )  # fmt: skip
    if copies and not answer.is_advertising:
        await write_copies(int(new), copies, besides=address or "", purpose=purpose, by=by, now=now)
    if answer.allowed and (not_before is None or not_before <= now):
        await enqueue("send_message", int(new))
    return int(new)


@dataclass(frozen=True, slots=True)
class ManyMessage:
    """One of many messages for the same purpose. `dedupe_key`: it goes out once, however often it is asked for."""

    dedupe_key: str
    to_address: str
    to_name: str
    subject: str
    text: str
    html: str
    language: str
    customer_id: int | None = None
    person_id: int | None = None


async def queue_mails(
    messages: Sequence[ManyMessage], *, purpose: str, by: int | None, now: datetime, headers: Mapping[str, str] | None = None
) -> dict[str, tuple[int, bool]]:  # fmt: skip
    """`queue_mail` for many: two statements. By dedupe key the id and whether the gate allowed it; a key that was used is left out.

    The gate's rule for many is asked here, and the gate itself about each when it leaves."""
    addresses = [_valid(each.to_address) for each in messages]
    subjects = [(each.person_id, address) for each, address in zip(messages, addresses, strict=True)]
    decisions = await decisions_for(subjects, purpose=purpose, channel="email", now=now)
    rows = [
        _many_row(each, address, decision, by)
        for each, address, decision in zip(messages, addresses, decisions, strict=True)
    ]
    written = (
        await fetch(_WRITE_MANY, purpose[:40], _headers(headers), now, *map(list, zip(*rows, strict=True)))
        if rows
        else []
    )
    for row in written:
        if row.status == OutboxStatus.QUEUED:
            await enqueue("send_message", row.id)
    return {row.dedupe_key: (row.id, row.status == OutboxStatus.QUEUED) for row in written}


def _many_row(message: ManyMessage, address: str | None, decision: Decision, by: int | None) -> tuple[Any, ...]:
    if address is None:
        decision = Decision(False, "", "no_address")
    status = OutboxStatus.QUEUED if decision.allowed else OutboxStatus.REFUSED
    return (
        status.value, (address or _one_line(message.to_address))[:254], _one_line(message.to_name)[:200], _one_line(message.subject),
        _clean(message.text), _clean(message.html), message.language, uuid4().hex, _permission(decision, by), message.customer_id,
        message.person_id, message.dedupe_key[:200],
    )  # fmt: skip


async def send_message(outbox_id: int, *, now: datetime) -> Outcome:
    """Send one message that is due. Safe to call twice and at the same time: one caller claims it.

    Without mail settings it stays queued. A passing failure is tried again (BACK_OFF), a lasting one is not.
    """
    settings = await mail_settings()
    if settings is None:
        return Outcome.NOT_CONFIGURED
    message = await _claim(outbox_id, now)
    if message is None:
        return Outcome.NOT_DUE
    answer = await permission_for(
        person_id=message.person_id, address=message.to_address, customer_id=message.customer_id, purpose=message.purpose,
        channel="email", now=now,
    )  # fmt: skip
    if not answer.allowed:
        await _finish(message, OutboxStatus.REFUSED, permission=_permission(answer, None))
        return Outcome.REFUSED
    foot = await foot_for(message, now) if answer.is_advertising else None
    return await _deliver(message, settings, now, foot)


async def sweep_outbox(now: datetime) -> int:
    """Send what is due and what a lost queue or a dead worker left behind, the oldest first; how many left. Stops when
    the mail server cannot be reached: then every further one would only wait for the same time-out."""
    if await mail_settings() is None:
        return 0
    due = await fetch(
        "SELECT id FROM outbox_message WHERE (status = 'queued' AND next_attempt_at <= $1) "
        "OR (status = 'sending' AND claimed_at < $2) ORDER BY next_attempt_at LIMIT $3",
        now, now - STALE, SWEEP,
    )  # fmt: skip
    sent = 0
    for row in due:
        outcome = await send_message(row.id, now=now)
        if outcome in (Outcome.LATER, Outcome.NOT_CONFIGURED):
            break
        sent += outcome == Outcome.SENT
    return sent


async def try_again(outbox_id: int, *, now: datetime) -> bool:
    """Queue a message that has failed, or that waits for its next attempt, for now. False for any other one."""
    row = await fetch_one(
        "UPDATE outbox_message SET status = 'queued', next_attempt_at = $2, attempts = 0, error = '' "
        "WHERE id = $1 AND status IN ('failed', 'queued') RETURNING id",
        outbox_id, now,
    )  # fmt: skip
    if row is None:
        return False
    await enqueue("send_message", outbox_id)
    return True


async def send_anew(
    outbox_id: int, *, to_address: str, to_name: str, person_id: int | None, by: int, now: datetime
) -> int | None:
    """The same words and files as a new mail with a Message-ID of its own, to this address; its id. The gate is asked again. None if
    that was done before. Raises NotFound."""
    row = await fetch_one(
        "SELECT purpose, subject, text, html, language, in_reply_to, headers::text AS headers, customer_id, user_id, from_address, "
        "reply_to FROM outbox_message WHERE id = $1",
        outbox_id,
    )
    if row is None:
        raise NotFound()
    new = await queue_mail(
        purpose=row.purpose, to_address=to_address, to_name=to_name, subject=row.subject, text=row.text, html=row.html,
        language=row.language, now=now, by=by, person_id=person_id, customer_id=row.customer_id, user_id=row.user_id,
        dedupe_key=f"again {outbox_id}", headers=msgspec.json.decode(row.headers), in_reply_to=row.in_reply_to,
        attachments=await attachments_of(outbox_id), answers=Answers(row.from_address, row.reply_to),
    )  # fmt: skip
    if new is not None:
        await pass_on_copies(outbox_id, new)
    return new


async def _claim(outbox_id: int, now: datetime) -> Row | None:
    return await fetch_one(
        "UPDATE outbox_message SET status = 'sending', claimed_at = $2, attempts = attempts + 1 WHERE id = $1 AND "
        "((status = 'queued' AND next_attempt_at <= $2) OR (status = 'sending' AND claimed_at < $3)) "
        "RETURNING id, purpose, to_address, to_name, subject, text, html, language, message_id, in_reply_to, "
        "headers::text AS headers, person_id, customer_id, attempts, claimed_at, created_at, from_address, reply_to",
        outbox_id, now, now - STALE,
    )  # fmt: skip


async def _deliver(message: Row, settings: MailSettings, now: datetime, foot: Foot | None) -> Outcome:
    copies = await copies_to_send(message, now)
    try:
        mail = compose(
            message, settings.sender, settings.sender_name, await _files_of(message.id),
            [Copy(copy.address, copy.name) for copy in copies], foot,
        )  # fmt: skip
        to, left = on_the_wire(message.to_address), [copy for copy in copies if copy.sent_at is None]
        others = [on_the_wire(copy.address) for copy in left]
    except (ValueError, NotFound) as problem:
        await _finish(message, OutboxStatus.FAILED, error=str(problem))
        return Outcome.FAILED
    try:
        refused = await send(mail, settings, to, others)
    except NotDelivered as problem:
        if problem.copies_left:
            await note_copies(left, problem.refused, now)
        log.warning("mail_not_delivered", message=message.id, attempts=message.attempts, error=problem.sentence)
        if problem.is_lasting or message.attempts > len(BACK_OFF):
            await _finish(message, OutboxStatus.FAILED, error=problem.sentence)
            return Outcome.FAILED
        again = now + BACK_OFF[message.attempts - 1]
        await _finish(message, OutboxStatus.QUEUED, error=problem.sentence, next_attempt_at=again)
        return Outcome.FAILED if problem.is_about_recipient else Outcome.LATER
    await note_copies(left, refused, now)
    await _finish(message, OutboxStatus.SENT, sent_at=now)
    return Outcome.SENT


async def _files_of(outbox_id: int) -> list[tuple[Attachment, bytes]]:
    """What goes along with a message. Raises NotFound for a content that is not there: a mail never leaves without it."""
    return [(file, (await file_named(file.sha256)).content) for file in await attachments_of(outbox_id)]


async def attachments_of(outbox_id: int) -> list[Attachment]:
    """The files that go along with a message, in their order."""
    rows = await fetch(
        "SELECT name, sha256, size, media_type FROM outbox_attachment WHERE message = $1 ORDER BY position, id",
        outbox_id,
    )
    return [Attachment(row.name, row.sha256, row.size, row.media_type) for row in rows]


async def _finish(
    message: Row, status: OutboxStatus, *, error: str = "", permission: str | None = None,
    next_attempt_at: datetime | None = None, sent_at: datetime | None = None,
) -> None:  # fmt: skip
    """Write how the claim ended, if it is still ours. What was sent about an account is forgotten: its text may hold a
    link that lets somebody in, and nobody needs it any more."""
    await execute(
        "UPDATE outbox_message SET status = $3, error = $4, permission = coalesce($5::jsonb, permission), "
        "next_attempt_at = $6, sent_at = $7, claimed_at = NULL, "
        "text = CASE WHEN $7::timestamptz IS NOT NULL AND purpose = 'account' THEN '' ELSE text END, "
        "html = CASE WHEN $7::timestamptz IS NOT NULL AND purpose = 'account' THEN '' ELSE html END "
        "WHERE id = $1 AND status = 'sending' AND claimed_at = $2",
        message.id, message.claimed_at, status.value, error, permission, next_attempt_at, sent_at,
    )  # fmt: skip


def _permission(answer: Answer | Decision, by: int | None) -> str:
    return msgspec.json.encode(
        {"allowed": answer.allowed, "basis": answer.basis, "code": answer.code, "params": dict(answer.params), "by": by}
    ).decode()


def _valid(address: str) -> str | None:
    try:
        return validate_email(address.strip(), check_deliverability=False, test_environment=True).normalized
    except EmailNotValidError:
        return None


def _headers(headers: Mapping[str, str] | None) -> str:
    return msgspec.json.encode({_one_line(k): _one_line(v) for k, v in (headers or {}).items()}).decode()


def _one_line(text: str) -> str:
    """No line break may leave a header's value (header injection)."""
    return " ".join(_clean(text).split())


def _clean(text: str) -> str:
    return text.replace("\x00", "").encode("utf-8", "replace").decode()
