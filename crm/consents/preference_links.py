"""The links to the preference page: signed, so that nobody can make one up, and without anything about a person in them.

A link says how it came to its reader (mailed to the address, or given by staff), whom it is for (the number of a row), on which day it
was made, and about which purpose the mail was. It opens the page for VALID_FOR. To say no it is good for ever: a withdrawal must be as
easy as the consent was (GDPR Art. 7 (3)), with a mail from years ago too."""

from __future__ import annotations

import base64
import hmac
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from crm.accounts.company import signing_secret
from crm.consents.chain import address_key, normal_address
from crm.customers.data import full_name_sql
from crm.customers.merged import survivor_sql
from crm.database import HIGHEST_ID, fetch_one, fetch_value

VALID_FOR = timedelta(days=180)
_FIRST_DAY = date(2020, 1, 1)
_TOKEN = re.compile(r"([mh])([0-9]{1,15})-([0-9]{1,5})-([0-9]{1,10})-([a-z2-7]{26})")


class Way(StrEnum):
    """How a link came to its reader. Who opens one that was mailed has shown that the mailbox is theirs."""

    MAILED = "m"
    BY_HAND = "h"


class Named(NamedTuple):
    """What a link says. `day` counts from 1 January 2020; `purpose_id` is 0 where it is about none."""

    way: Way
    link_id: int
    day: int
    purpose_id: int

    def made_on(self) -> date:
        return _FIRST_DAY + timedelta(days=self.day)


@dataclass(frozen=True, slots=True)
class Holder:
    """Whom a link is for, as they are today: the person who stands for them after merges, or an address alone. `is_open`: the page may
    be shown; otherwise the link is good for saying no and for nothing else. `is_theirs`: the person still has the address."""

    named: Named
    person_id: int | None
    address: str
    name: str
    language: str
    is_open: bool
    is_theirs: bool
    is_restricted: bool

    @property
    def has_proved_mailbox(self) -> bool:
        """The link was mailed to an address that is theirs."""
        return self.named.way == Way.MAILED and self.is_theirs and "@" in self.address


def token_of(named: Named, secret: bytes) -> str:
    """What stands in the address of the page."""
    return f"{named.way.value}{named.link_id}-{named.day}-{named.purpose_id}-{_mark(named, secret)}"


def read_token(token: str, secret: bytes) -> Named | None:
    """What a token says; None for one that we did not make."""
    found = _TOKEN.fullmatch(token)
    if found is None:
        return None
    named = Named(Way(found[1]), int(found[2]), int(found[3]), int(found[4]))
    return named if hmac.compare_digest(_mark(named, secret), found[5]) else None


def _mark(named: Named, secret: bytes) -> str:
    words = f"preferences {named.way.value} {named.link_id} {named.day} {named.purpose_id}"
    return base64.b32encode(hmac.digest(secret, words.encode(), "sha256")[:16]).decode().lower().rstrip("=")


async def make_link(person_id: int | None, address: str, *, way: Way, purpose_id: int = 0, now: datetime) -> str:
    """The path of the page for this person at this address (empty: they have none), or for the address alone."""
    secret = await signing_secret()
    subject = f"{person_id or 0} {address_key(secret, address) if address else ''}"
    link_id = await fetch_value(
        "INSERT INTO preference_link (subject, person_id, address, created_at) VALUES ($1, $2, $3, $4) "
        "ON CONFLICT (subject) DO UPDATE SET subject = excluded.subject RETURNING id",
        subject, person_id, normal_address(address)[:254], now,
    )  # fmt: skip
    day = (now.astimezone(UTC).date() - _FIRST_DAY).days
    return f"/preferences/{token_of(Named(way, int(link_id), day, purpose_id), secret)}"


# $1 link. Whoever was merged is the one who stands for them today. `is_hidden`: restricted, or at nobody who is still a customer of ours.
_HOLDER = f"""
    SELECT l.person_id AS named, l.address, p.id AS person_id, coalesce({full_name_sql("p")}, '') AS name,
        coalesce(p.language, (SELECT c.language FROM email_address e JOIN customer c ON c.id = e.customer
            WHERE lower(e.address) = lower(l.address) ORDER BY e.id LIMIT 1), '') AS language,
        (l.address = '' OR EXISTS (SELECT FROM email_address e WHERE lower(e.address) = lower(l.address)
            AND e.person IN (SELECT p.id UNION SELECT m.id FROM person m WHERE m.merged_into = p.id))) AS is_theirs,
        (p.restricted_at IS NOT NULL OR p.id IS NOT NULL AND NOT EXISTS (
            SELECT FROM affiliation a JOIN customer c ON c.id = a.customer
            WHERE a.person = p.id AND c.deleted_at IS NULL AND c.restricted_at IS NULL)) AS is_restricted
    FROM preference_link l LEFT JOIN person o ON o.id = l.person_id LEFT JOIN person p ON p.id = {survivor_sql("person", "o")}
    WHERE l.id = $1
"""


async def holder_of(token: str, now: datetime) -> Holder | None:
    """Whom a link is for; None for one that we did not make, and where nothing is left of whom it was for."""
    named = read_token(token, await signing_secret())
    if named is None or named.link_id > HIGHEST_ID:
        return None
    row = await fetch_one(_HOLDER, named.link_id)
    if row is None or (row.person_id is None and not row.address):
        return None
    was_person = row.named is not None
    is_theirs = row.is_theirs if row.person_id is not None else not was_person
    is_fresh = timedelta(days=-1) <= now.astimezone(UTC).date() - named.made_on() <= VALID_FOR
    is_open = is_fresh and is_theirs and not row.is_restricted
    return Holder(
        named, row.person_id, row.address, row.name, row.language, is_open, is_theirs, row.is_restricted
    )  # fmt: skip
