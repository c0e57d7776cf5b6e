"""The mail by which the holder of a mailbox is asked to confirm a consent (double opt-in). It carries no advertising: it says who
asks, for what, and what happens without an answer."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from crm.accounts.audit import record
from crm.accounts.company import company
from crm.accounts.current import token_hash
from crm.consents.sending import queue_mail
from crm.customers.data import full_name_sql
from crm.database import Row, execute, fetch_one, fetch_value
from crm.mail.rendering import render_mail

PURPOSE = "confirmation"
"""Under which these mails leave: the request that somebody made themselves (GDPR Art. 6 (1) b), never advertising."""

PER_DAY = 3
"""Mails about one purpose to one address within 24 hours: nobody's letter box is flooded."""

PAGE = "/consents/confirmation/"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A consent that waits for its confirmation: the event, whose it is, and the address that is asked (empty: the person's first)."""

    event_id: int
    person_id: int | None
    address: str
    purpose: str
    given_at: datetime
    wording_version: int | None


# $1 person, $2 address (or empty): whom the mail goes to, and in which language. A person's own address, or one that we were told
# without a person: then the customer who has it says the language.
_ADDRESSEE = f"""
    SELECT coalesce(nullif($2, ''), (SELECT e.address FROM email_address e WHERE e.person = h.id ORDER BY e.position, e.id LIMIT 1), '')
            AS address,
        h.id AS person_id, coalesce({full_name_sql("h")}, '') AS name,
        coalesce(h.language, (SELECT c.language FROM email_address e JOIN customer c ON c.id = e.customer
            WHERE lower(e.address) = lower($2) ORDER BY e.id LIMIT 1), '') AS language,
        ($2 = '' OR h.id IS NULL OR EXISTS (SELECT FROM email_address e WHERE e.person = h.id AND lower(e.address) = lower($2)))
            AS is_theirs
    FROM (SELECT 1) one LEFT JOIN person h ON h.id = $1::bigint
"""


async def mail_link(waiting: Waiting, *, by: int | None, now: datetime) -> int | None:
    """Send the link, in the caller's transaction; answers the number of the message. None, and no mail, if there is no address, if
    the person no longer has it, or if as many as a day allows went to it."""
    to = await fetch_one(_ADDRESSEE, waiting.person_id, waiting.address)
    if to is None or not to.address or not to.is_theirs or "@" not in to.address:
        return None
    recent = await fetch_value(
        "SELECT count(*) FROM consent_confirmation WHERE lower(address) = lower($1) AND purpose = $2 AND created_at > $3",
        to.address, waiting.purpose, now - timedelta(days=1),
    )  # fmt: skip
    if recent >= PER_DAY:
        return None
    firm = await company()
    language = to.language or firm.language
    token, expires_at = secrets.token_urlsafe(32), now + timedelta(days=firm.confirmation_days)
    await execute(
        "INSERT INTO consent_confirmation (given_event, person_id, address, purpose, language, token_hash, created_at, expires_at) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        waiting.event_id, waiting.person_id, to.address, waiting.purpose, language, token_hash(token), now, expires_at,
    )  # fmt: skip
    wording = await wording_of(waiting.purpose, waiting.wording_version, language)
    mail = render_mail(
        "consent_confirmation", language, name=to.name, company=firm.name, link=f"{PAGE}{token}", expires_at=expires_at,
        purpose_name=wording.name, wording=wording.text, given_at=waiting.given_at,
    )  # fmt: skip
    outbox_id = await queue_mail(
        purpose=PURPOSE, to_address=to.address, to_name=to.name, subject=mail.subject, text=mail.text, html=mail.html,
        language=language, now=now, by=by, person_id=waiting.person_id, headers={"Auto-Submitted": "auto-generated"},
    )  # fmt: skip
    await record(
        "consent.link_sent", "person" if waiting.person_id else "address", waiting.person_id, by=by, now=now,
        fields={"purpose": waiting.purpose, "ledger": waiting.event_id},
    )  # fmt: skip
    return outbox_id


async def first_address(person_id: int | None) -> str:
    """The e-mail address to which a person's mails go; empty if they have none."""
    to = await fetch_one(_ADDRESSEE, person_id, "")
    return to.address if to else ""


async def wording_of(purpose: str, version: int | None, language: str) -> Row:
    """The purpose's name and the text of one version, in this language; the text is empty if there is no such version."""
    row = await fetch_one(
        "SELECT CASE WHEN $3 = 'de' THEN p.name_de ELSE p.name_en END AS name, coalesce((SELECT w.text FROM wording w "
        "WHERE w.purpose = p.id AND w.version = $2 ORDER BY w.language = $3 DESC LIMIT 1), '') AS text "
        "FROM purpose p WHERE p.code = $1",
        purpose, version, language,
    )  # fmt: skip
    assert row is not None
    return row
