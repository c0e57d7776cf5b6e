"""A new link to the preference page: asked for by whoever types an address, or made by staff. It is mailed through the gate."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from crm.accounts.audit import record
from crm.accounts.company import company
from crm.consents.chain import KEY_SQL
from crm.consents.preference_links import VALID_FOR, Way, make_link
from crm.consents.sending import queue_mail
from crm.customers.data import full_name_sql
from crm.database import Row, fetch, transaction
from crm.errors import Invalid
from crm.mail.rendering import render_mail
from crm.web.i18n import _

PURPOSE = "privacy"
"""The law wants it to be easy to say no (GDPR Art. 7 (3), 12 (2)), so the link goes out on a legal duty."""

MOST = 5
"""So many people who share one address get a link each."""

# $1 an address: the people who have it, or the address alone where it is a customer's, or stands in the ledger.
_KNOWN = f"""
    SELECT p.id AS person_id, {full_name_sql("p")} AS name, p.language, e.address
    FROM email_address e JOIN person p ON p.id = e.person AND p.merged_into IS NULL WHERE lower(e.address) = lower($1)
    UNION ALL SELECT NULL, '', coalesce((SELECT c.language FROM email_address e JOIN customer c ON c.id = e.customer
        WHERE lower(e.address) = lower($1) ORDER BY e.id LIMIT 1), ''), $1
    WHERE EXISTS (SELECT FROM email_address e WHERE lower(e.address) = lower($1) AND e.customer IS NOT NULL)
        OR EXISTS (SELECT FROM consent_event v WHERE v.person_id IS NULL AND v.address_key = {KEY_SQL.format(address="$1::text")})
    LIMIT {MOST}
"""


@dataclass(frozen=True, slots=True)
class Addressee:
    """Whom a link is mailed to; without a person, the address alone."""

    person_id: int | None
    name: str
    address: str


async def send_new_links(address: str, language: str, *, now: datetime) -> int:
    """Mail the link to whoever has this address; how many mails. Nobody is told whether there was any. `language` is what the reader of
    the form speaks, for an address of which we know none."""
    sent = 0
    async with transaction():
        for row in await fetch(_KNOWN, address.strip()):
            await _mail(Addressee(row.person_id, row.name, row.address), row.language or language, by=None, now=now)
            sent += 1
    return sent


async def mail_preference_link(person: Row, address: str, *, by: int, now: datetime) -> None:
    """Staff send a person the link, to one of their addresses. Raises Invalid for one that isn't theirs."""
    known = {each.casefold(): each for each in person.emails}
    if address.strip().casefold() not in known:
        raise Invalid(
            {"address": _("This address does not belong to the person (any more). Choose one from the list.")}
        )
    async with transaction():
        to = known[address.strip().casefold()]
        await _mail(Addressee(person.id, person.name, to), person.language, by=by, now=now)
        await record("preference_link.mailed", "person", person.id, by=by, now=now, fields={"email": to})


async def _mail(to: Addressee, language: str, *, by: int | None, now: datetime) -> None:
    firm = await company()
    spoken = language or firm.language
    link = await make_link(to.person_id, to.address, way=Way.MAILED, now=now)
    mail = render_mail(
        "preference_link", spoken, name=to.name, company=firm.name, link=link, days=VALID_FOR.days, was_asked=by is None
    )
    await queue_mail(
        purpose=PURPOSE, to_address=to.address, to_name=to.name, subject=mail.subject, text=mail.text, html=mail.html, language=spoken,
        now=now, by=by, person_id=to.person_id, headers={"Auto-Submitted": "auto-generated"},
    )  # fmt: skip


async def preference_link_for(person: Row, *, by: int, now: datetime) -> str:
    """The path of a person's page, for staff to hand on. What somebody agrees to by e-mail over such a link has to be confirmed."""
    path = await make_link(person.id, person.emails[0] if person.emails else "", way=Way.BY_HAND, now=now)
    await record("preference_link.made", "person", person.id, by=by, now=now)
    return path
