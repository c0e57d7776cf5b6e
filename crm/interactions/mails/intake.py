"""Mails written elsewhere come into the history: kept raw first, then filed by a task, or kept for their owner to say whose they are."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog

from crm.accounts.audit import record
from crm.accounts.permissions import Permission, roles_with
from crm.customers.restricted import restricted_address_sql
from crm.database import Row, execute, fetch, fetch_one, fetch_value, transaction
from crm.errors import Invalid, NotFound
from crm.interactions.actions import NewInteraction, log_interaction
from crm.interactions.addresses import matches
from crm.interactions.mails.judging import Told, Verdict, judge, told_by
from crm.interactions.mails.reading import ReadMail, read_mail
from crm.interactions.mails.tables import LoggedState
from crm.interactions.tables import Channel, Direction
from crm.mail.boxes import box_addresses, log_box_address
from crm.mail.imap import LONGEST_MESSAGE
from crm.queue import enqueue
from crm.web.forms import NOTE_LIMIT
from crm.web.i18n import _

log = structlog.get_logger()

AT_ONCE = 50
REMEMBERED = timedelta(days=366)
_ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789"
TOKEN_LENGTH = 20


async def log_address(user_id: int, *, now: datetime) -> str | None:
    """The address to which a member of staff sends copies; it is made when it is first asked for. None while no letter box
    of the company takes copies."""
    box = await log_box_address()
    if box is None:
        return None
    token = await fetch_value('SELECT token FROM log_address WHERE "user" = $1', user_id)
    if token is None:
        token = await fetch_value(
            'INSERT INTO log_address ("user", token, created_at) VALUES ($1, $2, $3) '
            'ON CONFLICT ("user") DO UPDATE SET "user" = log_address."user" RETURNING token',
            user_id, _new_token(), now,
        )  # fmt: skip
    local, _at, domain = box.rpartition("@")
    return f"{local}+{token}@{domain}"


async def renew_address(user_id: int, *, now: datetime) -> None:
    """Another secret part, at once: what is sent to the old address does not arrive any more."""
    async with transaction():
        await execute(
            'INSERT INTO log_address ("user", token, created_at) VALUES ($1, $2, $3) '
            'ON CONFLICT ("user") DO UPDATE SET token = $2, created_at = $3',
            user_id, _new_token(), now,
        )  # fmt: skip
        await record("log_address.renewed", "user", user_id, by=user_id, now=now)


def _new_token() -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(TOKEN_LENGTH))


async def owner_of(tokens: Sequence[str]) -> int | None:
    """Whose log address one of these belongs to; nobody's after it was renewed, or who has left or may not log contacts (any more)."""
    found = await fetch_value(
        'SELECT a."user" FROM log_address a JOIN staff u ON u.id = a."user" '
        "WHERE a.token = ANY($1) AND u.deactivated_at IS NULL AND u.role = ANY($2) ORDER BY a.id LIMIT 1",
        list(tokens),
        roles_with(Permission.INTERACTIONS_LOG),
    )
    return int(found) if found is not None else None


async def receive_mail(raw: bytes, *, owner: int | None, now: datetime) -> int | None:
    """Keep a mail as it came; a task files it. The owner is whose log address it was sent to, else `owner`; None if that is
    nobody, or the owner has this mail already. Raises Invalid for what is no mail or too large."""
    if len(raw) > LONGEST_MESSAGE:
        raise Invalid({"mail": _("This mail is too large.")})
    try:
        mail = await asyncio.to_thread(read_mail, raw)
    except ValueError:
        raise Invalid({"mail": _("This is not a mail.")}) from None
    user_id = await owner_of(mail.tokens) or owner
    if user_id is None:
        return None
    key = mail.message_id or hashlib.sha256(raw).hexdigest()
    new = await fetch_value(
        'INSERT INTO logged_mail ("user", message_key, content, state, reason, sender, counterpart, direction, subject, text, received_at) '
        "VALUES ($1, $2, $3, 'new', '', '', '', '', '', '', $4) "
        'ON CONFLICT ("user", message_key) DO NOTHING RETURNING id',
        user_id, key, raw, now,
    )  # fmt: skip
    if new is None:
        return None
    await enqueue("file_logged_mail", int(new))
    return int(new)


async def sweep_logged_mails(now: datetime) -> int:
    """File what a lost queue or a dead worker left behind; how many."""
    rows = await fetch("SELECT id FROM logged_mail WHERE state = 'new' ORDER BY id LIMIT $1", AT_ONCE)
    for row in rows:
        try:
            await file_logged_mail(row.id, now=now)
        except Exception:  # one mail that cannot be filed must not keep the others waiting
            log.exception("mail_not_filed", mail=row.id)
    return len(rows)


async def file_logged_mail(mail_id: int, *, now: datetime) -> LoggedState | None:
    """Put a mail into the histories it belongs to, or say why it waits. Safe to run twice and at once: the row is locked, and
    filed together with the contacts. No mail is ever answered, and no customer is made."""
    async with transaction():
        row = await fetch_one(
            'SELECT m.id, m."user" AS owner, m.content, u.email FROM logged_mail m JOIN staff u ON u.id = m."user" '
            "WHERE m.id = $1 AND m.state = 'new' FOR UPDATE OF m SKIP LOCKED",
            mail_id,
        )
        if row is None:
            return None
        mail = await asyncio.to_thread(read_mail, bytes(row.content))
        ours = await _own_addresses(row.email)
        told = told_by(mail, ours, now)
        found = await matches((*told.counterparts, mail.sender))
        verdict = judge(mail, told, found, own=row.email.lower())
        if verdict.state == LoggedState.FILED:
            for match in verdict.matches:
                await _log(told, match.customer_id, match.person_id, by=row.owner, now=now)
        await _settle(row, mail, told, verdict, now)
        return verdict.state


async def _own_addresses(own: str) -> frozenset[str]:
    """Addresses of staff and of the company: nobody's history is about them."""
    rows = await fetch("SELECT lower(email) AS address FROM staff UNION SELECT lower(mail_from) FROM company")
    return await box_addresses() | {own.lower(), *(row.address for row in rows if row.address)}


async def _log(told: Told, customer_id: int, person_id: int | None, *, by: int, now: datetime) -> int:
    text = f"{told.subject}\n\n{told.text}".strip() or _("E-mail without text")
    contact = NewInteraction(customer_id, Channel.EMAIL, told.direction, text, person_id, at=told.at)
    return (await log_interaction(contact, by=by, now=now)).id


_RESTRICTED = f"""EXISTS (SELECT FROM unnest(string_to_array(lower(m.counterpart), ', ') || lower(m.sender)::text) AS w(address)
    WHERE {restricted_address_sql("w.address")})"""
_OWNERS = f"(m.state = 'waiting' AND NOT {_RESTRICTED})"
_OFFICERS = f"(m.state = 'officer' OR m.state = 'waiting' AND {_RESTRICTED})"
# Over a mail `m`: who of both has it. Somebody may be restricted while a mail of theirs waits.


async def _settle(row: Row, mail: ReadMail, told: Told, verdict: Verdict, now: datetime) -> None:
    """What is filed or dropped is not kept twice; what waits keeps what its owner needs to say whose it is."""
    is_settled = verdict.state in (LoggedState.FILED, LoggedState.DROPPED)
    await execute(
        "UPDATE logged_mail SET state = $2, reason = $3, sender = $4, counterpart = $5, direction = $6, subject = $7, text = $8, "
        "at = $9, settled_at = $10, content = ''::bytea WHERE id = $1",
        row.id, verdict.state.value, verdict.reason, "" if is_settled else mail.sender[:254],
        "" if is_settled else ", ".join(told.counterparts), told.direction.value, "" if is_settled else told.subject,
        "" if is_settled else told.text[:NOTE_LIMIT], told.at, now if is_settled else None,
    )  # fmt: skip


async def assign_mail(mail_id: int, customer_id: int, *, by: int, now: datetime) -> int:
    """Its owner says whose a waiting mail is: it goes into this customer's history; the contact's id. Raises NotFound if it is not
    (any more) theirs to assign, or for a customer who isn't there."""
    async with transaction():
        row = await _waiting(mail_id, by)
        found = await matches([*row.counterpart.split(", "), row.sender])
        if any(each.is_restricted for matches in found.values() for each in matches):
            raise NotFound()
        if len(row.text) >= NOTE_LIMIT:
            raise Invalid({"customer": _("This mail is too long for the history. Log the contact in your own words.")})
        person_id = await fetch_value(
            "SELECT e.person FROM email_address e JOIN affiliation a ON a.person = e.person AND a.customer = $1 "
            "JOIN person p ON p.id = e.person AND p.restricted_at IS NULL "
            "WHERE lower(e.address) = ANY(string_to_array($2, ', ')) ORDER BY e.id LIMIT 1",
            customer_id, row.counterpart,
        )  # fmt: skip
        told = Told(Direction(row.direction), (), row.subject, row.text, row.at)
        interaction_id = await _log(told, customer_id, person_id, by=by, now=now)
        await _empty(mail_id, LoggedState.FILED, now)
        return interaction_id


async def drop_mail(mail_id: int, *, by: int, officer: bool, now: datetime) -> None:
    """Its owner, or for a restricted person's the officer, does not want it in the history: what it said is deleted."""
    async with transaction():
        if officer:
            found = await fetch_value(
                f"SELECT m.id FROM logged_mail m WHERE m.id = $1 AND {_OFFICERS} FOR UPDATE OF m", mail_id
            )
            if found is None:
                raise NotFound()
        else:
            await _waiting(mail_id, by)
        await _empty(mail_id, LoggedState.DROPPED, now)
        await record("logged_mail.dropped", "logged_mail", mail_id, by=by, now=now)


async def _waiting(mail_id: int, owner: int) -> Row:
    row = await fetch_one(
        f'SELECT m.* FROM logged_mail m WHERE m.id = $1 AND m."user" = $2 AND {_OWNERS} FOR UPDATE OF m', mail_id, owner
    )
    if row is None:
        raise NotFound()
    return row


async def _empty(mail_id: int, state: LoggedState, now: datetime) -> None:
    await execute(
        "UPDATE logged_mail SET state = $2, content = ''::bytea, sender = '', counterpart = '', subject = '', text = '', "
        "settled_at = $3 WHERE id = $1",
        mail_id, state.value, now,
    )  # fmt: skip


async def waiting_mails(user_id: int) -> list[Row]:
    """What waits for its owner to say whose it is, the newest first."""
    return await fetch(
        "SELECT m.id, m.reason, m.sender, m.counterpart, m.direction, m.subject, left(m.text, 400) AS text, m.at, m.received_at "
        f'FROM logged_mail m WHERE m."user" = $1 AND {_OWNERS} ORDER BY m.id DESC LIMIT 100',
        user_id,
    )


async def mails_of_restricted() -> list[Row]:
    """For the data protection officer alone: mails from or to people whose processing is restricted."""
    return await fetch(
        "SELECT m.id, m.sender, m.counterpart, m.direction, m.subject, m.text, m.at, u.name AS owner FROM logged_mail m "
        f'JOIN staff u ON u.id = m."user" WHERE {_OFFICERS} ORDER BY m.id DESC LIMIT 100'
    )


async def forget_settled_mails(*, now: datetime) -> None:
    """What was filed or dropped is remembered for a year, so that the same mail is not logged twice."""
    await execute("DELETE FROM logged_mail WHERE settled_at < $1", now - REMEMBERED)
