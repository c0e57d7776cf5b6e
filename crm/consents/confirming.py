"""What the link of a confirmation does: it shows the wording, confirms by a button, and can be asked for again once it has run out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from crm.accounts.company import signing_secret
from crm.accounts.current import token_hash
from crm.consents.actions import events_before, record_event
from crm.consents.chain import address_key, normal_address
from crm.consents.confirmation_links import PER_DAY, Waiting, first_address, mail_link, wording_of
from crm.consents.ledger import CONFIRMED_CHANNEL, State, Status, state_of
from crm.consents.tables import ConsentEventKind as Event
from crm.consents.tables import ConsentSource
from crm.database import Row, execute, fetch_one, transaction
from crm.errors import Invalid, NotFound, RuleBroken
from crm.web.i18n import _

AGAIN = timedelta(hours=1)
"""So long a second press of the button counts as the first: people press twice, and reload pages."""

_LINK = """
    SELECT c.id, c.given_event, c.person_id, c.address, c.purpose, c.language, c.created_at, c.expires_at, c.used_at, e.address_key,
        e.at AS given_at, e.wording_version, (c.person_id IS NULL OR EXISTS (
            WITH RECURSIVE whom AS (SELECT c.person_id AS id UNION SELECT x.id FROM whom, LATERAL (
                SELECT p.id FROM person p WHERE p.merged_into = whom.id
                UNION ALL SELECT p.merged_into FROM person p WHERE p.id = whom.id AND p.merged_into IS NOT NULL) x)
            SELECT FROM email_address m WHERE m.person IN (SELECT id FROM whom) AND lower(m.address) = lower(c.address))) AS is_theirs
    FROM consent_confirmation c JOIN consent_event e ON e.id = c.given_event WHERE c.token_hash = $1
"""


class Expired(Exception):
    """The link was ours, and its time is over. `language` is that of its reader."""

    def __init__(self, language: str) -> None:
        super().__init__("expired")
        self.language = language


@dataclass(frozen=True, slots=True)
class Asked:
    """What the page of a link shows: the purpose and the wording that is to be confirmed."""

    language: str
    purpose_name: str
    wording: str
    given_at: datetime


async def asked_by(token: str, now: datetime) -> Asked:
    """What a link asks. Looking changes nothing: mail programs open links to check them. Raises NotFound for a link that is not ours,
    was used, or whose consent no longer waits (whoever holds it learns no more), Expired for one whose time is over."""
    link = await fetch_one(_LINK, token_hash(token))
    if link is None or link.used_at is not None:
        raise NotFound()
    await _check(link, await _state(link, now), now)
    wording = await wording_of(link.purpose, link.wording_version, link.language)
    return Asked(link.language, wording.name, wording.text, link.given_at)


async def _check(link: Row, state: State, now: datetime) -> None:
    """Raises Expired or NotFound unless this link confirms what waits, from a mailbox that is still the person's: one that was given
    wrongly and put right since proves nothing."""
    if not link.is_theirs:
        raise NotFound()
    if state.status not in (Status.PENDING, Status.EXPIRED) or state.wording_version != link.wording_version:
        raise NotFound()
    if state.status == Status.EXPIRED or link.expires_at <= now:
        raise Expired(link.language)


async def _state(link: Row, now: datetime) -> State:
    events = await events_before(link.person_id, link.address_key, link.purpose, CONFIRMED_CHANNEL, now)
    return state_of(events, needs_confirmation=True, channel=CONFIRMED_CHANNEL, address=link.address)


async def confirm_consent(token: str, *, ip_address: str = "", now: datetime) -> str:
    """Confirm what the link is about, once; answers the language of its reader. A second press within the hour does nothing more.
    Raises as `asked_by`."""
    async with transaction():
        link = await fetch_one(f"{_LINK} FOR UPDATE OF c", token_hash(token))
        if link is None:
            raise NotFound()
        if link.used_at is not None:
            if now - link.used_at > AGAIN:
                raise NotFound()
            return str(link.language)
        await _check(link, await _state(link, now), now)
        try:
            await record_event(
                person_id=link.person_id, address=_address(link), purpose=link.purpose, channel=CONFIRMED_CHANNEL, event=Event.CONFIRMED,
                source=ConsentSource.WEB_FORM, by=None, now=now,
                evidence={"mailbox": link.address, "link_sent_at": link.created_at.isoformat(timespec="seconds"), "ip": ip_address},
            )  # fmt: skip
        except Invalid as refused:
            raise NotFound() from refused
        await execute(
            "UPDATE consent_confirmation SET used_at = $2 WHERE given_event = $1 AND used_at IS NULL",
            link.given_event, now,
        )  # fmt: skip
        return str(link.language)


def _address(link: Row) -> str | None:
    """The address that the consent is about; None if it is about a person."""
    return link.address if link.person_id is None else None


async def renew_link(token: str, *, now: datetime) -> None:
    """Send a new link in place of one that has run out, to the address that it was meant for and to no other. Whatever the token is,
    the caller answers the same. What was noted as expired is given anew by this, with the same wording, and waits again."""
    async with transaction():
        link = await fetch_one(f"{_LINK} FOR UPDATE OF c", token_hash(token))
        if link is None or link.used_at is not None or not link.is_theirs:
            return
        state = await _state(link, now)
        if state.wording_version != link.wording_version:
            return
        if state.status == Status.PENDING and link.expires_at <= now:
            address = link.address
            await mail_link(
                Waiting(link.given_event, link.person_id, address, link.purpose, link.given_at, link.wording_version),
                by=None, now=now,
            )  # fmt: skip
        elif state.status == Status.EXPIRED:
            await _give_anew(link, now)


async def _give_anew(link: Row, now: datetime) -> None:
    try:
        await record_event(
            person_id=link.person_id, address=_address(link), purpose=link.purpose, channel=CONFIRMED_CHANNEL,
            event=Event.GIVEN, source=ConsentSource.WEB_FORM, wording_version=link.wording_version, by=None, now=now, mailbox=link.address,
            evidence={"renewal_of": str(link.given_event)},
        )  # fmt: skip
    except (Invalid, NotFound):
        return  # retired or erased meanwhile: nobody is told by whom


async def ask_again(
    *, person_id: int | None = None, address: str | None = None, purpose: str, by: int, now: datetime
) -> None:  # fmt: skip
    """Send the link once more, because a member of staff was asked to. Raises RuleBroken if nothing waits, if there is no address, or
    if the day's mails have gone out."""
    purpose = purpose.replace("\x00", "")  # no purpose has one, and the database takes none
    async with transaction():
        key = address_key(await signing_secret(), address) if address is not None else None
        events = await events_before(person_id, key, purpose, CONFIRMED_CHANNEL, now)
        to = normal_address(address) if address is not None else await first_address(person_id)
        state = state_of(events, needs_confirmation=True, channel=CONFIRMED_CHANNEL, address=to)
        given = [one for one in events if one.event == Event.GIVEN]
        if state.status != Status.PENDING or not given:
            raise RuleBroken(_("There is nothing to confirm. Record first that consent was given."))
        last = max(given, key=lambda one: (one.at, one.id))
        sent = await mail_link(Waiting(last.id, person_id, to, purpose, last.at, last.wording_version), by=by, now=now)
        if sent is None:
            words = {"count": PER_DAY}
            raise RuleBroken(
                _("No mail was sent: there is no e-mail address, or %(count)s went out within a day. Try it tomorrow.")
                % words
            )
