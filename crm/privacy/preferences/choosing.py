"""What a person does on the preference page: agree, take back, object, change the language, ask for their rights.

A no is always taken: with an old link, of whoever was merged or is restricted, and as often as somebody says it; what was said already
writes nothing. A yes needs an open link, and the ledger takes at most MOST_A_DAY of them from one person, so that nobody fills it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from crm.accounts.company import signing_secret
from crm.consents.actions import record_event
from crm.consents.chain import address_key
from crm.consents.ledger import NOES, Status
from crm.consents.preference_links import Holder
from crm.consents.tables import ConsentEventKind as Event
from crm.consents.tables import ConsentSource
from crm.customers.persons import change_person
from crm.database import Lock, fetch_value, take_lock, transaction
from crm.errors import Invalid, TooMany
from crm.privacy.preferences.showing import Cell, preferences_of
from crm.web.i18n import LANGUAGES, _

MOST_A_DAY = 20


async def refuse(
    holder: Holder, wanted: Iterable[tuple[str, str]] | None, *, now: datetime, objects: bool = False
) -> int:
    """Take back, or object to, these purposes and channels (None: all of them); for how many of them something was written.

    All of them is all advertising, whether it goes out or not: the person may have another address, to which it goes without consent
    (UWG § 7 (3)); and whatever else rests on consent. A consent is withdrawn (GDPR Art. 7 (3)); what rests on something else is
    objected to (Art. 21 (2)). `objects`: whatever it rests on and whether anything goes out yet or not, it is an objection.
    """
    async with transaction():
        await take_lock(Lock.LEDGER)
        page = await preferences_of(holder, "de", now)
        if wanted is None:
            cells = [
                cell
                for choice in page.choices
                for cell in choice.cells
                if choice.is_advertising or cell.can_refuse or cell.hides_consent
            ]
        else:
            pairs = set(wanted)
            cells = [cell for cell in page.cells() if (cell.purpose, cell.channel) in pairs]
        return await _say_no_to(holder, cells, now, objects=objects)


async def _say_no_to(holder: Holder, cells: Iterable[Cell], now: datetime, *, objects: bool) -> int:
    """For how many of them something was written. The ledger is locked."""
    written = 0
    for cell in cells:
        written += await _say_no(holder, cell, now, objects=objects)
    return written


async def _say_no(holder: Holder, cell: Cell, now: datetime, *, objects: bool) -> bool:
    """Each subject for itself: the no of an address goes with the address, so it stands for no no of the person."""
    is_written = False
    for subject in _subjects(holder):
        own = (cell.of_person if "person_id" in subject else cell.of_address).status
        if own == Status.OBJECTED or (own in NOES and not objects):
            continue
        was_consent = bool({own, cell.state.status} & {Status.GIVEN, Status.PENDING, Status.EXPIRED})
        event = Event.WITHDRAWN if was_consent and not objects else Event.OBJECTED
        await record_event(
            **subject, purpose=cell.purpose, channel=cell.channel, event=event, source=ConsentSource.PREFERENCE_PAGE, by=None, now=now,
            evidence={"form": "/preferences"},
        )  # fmt: skip
        is_written = True
    return is_written


def _subjects(holder: Holder) -> list[dict[str, Any]]:
    """In whose name it is recorded: the person, and the address alone where it is nobody's or no longer theirs."""
    subjects: list[dict[str, Any]] = [{"person_id": holder.person_id}] if holder.person_id is not None else []
    if holder.address and (holder.person_id is None or not holder.is_theirs):
        subjects.append({"address": holder.address})
    return subjects


async def object_to_advertising(holder: Holder, *, now: datetime) -> int:
    """No advertising any more, on any channel, whatever it rests on (GDPR Art. 21 (2), (3)); how many events that were."""
    async with transaction():
        await take_lock(Lock.LEDGER)
        page = await preferences_of(holder, "de", now)
        cells = [cell for choice in page.choices if choice.is_advertising for cell in choice.cells]
        return await _say_no_to(holder, cells, now, objects=True)


async def agree(holder: Holder, purpose: str, channel: str, spoken: str, *, now: datetime) -> bool:
    """Agree to a purpose on a channel, by the wording that stands on the page; True if it has to be confirmed by a mail yet.

    Where the link was mailed to the reader's address, opening it has proved the mailbox, and the ledger says so by the source
    (crm.consents.ledger.must_be_confirmed); a link that staff handed on proves nothing, so the source is a web form then. Agreeing twice
    is agreeing once. Raises Invalid for what cannot be agreed to, TooMany.
    """
    async with transaction():
        await take_lock(Lock.LEDGER)
        page = await preferences_of(holder, spoken, now)
        cell, choice = page.cell(purpose, channel), page.choice(purpose)
        if cell is None or choice is None or not choice.wording_version:
            raise Invalid({"": _("You cannot agree to this here. Please write to us.")})
        if not cell.can_agree:
            return cell.state.status == Status.PENDING
        await _demand_room(holder, now)
        proved = holder.has_proved_mailbox
        subject = {"person_id": holder.person_id} if holder.person_id is not None else {"address": holder.address}
        await record_event(
            **subject, purpose=purpose, channel=channel, event=Event.GIVEN,
            source=ConsentSource.PREFERENCE_PAGE if proved else ConsentSource.WEB_FORM, wording_version=choice.wording_version, by=None,
            now=now, evidence=_evidence(holder), mailbox=holder.address if holder.is_theirs else "",
        )  # fmt: skip
        after = (await preferences_of(holder, spoken, now)).cell(purpose, channel)
        return after is not None and after.state.status == Status.PENDING


def _evidence(holder: Holder) -> dict[str, str]:
    made_on = holder.named.made_on().isoformat()
    if holder.has_proved_mailbox:
        return {"form": "/preferences", "link_sent_at": made_on, "mailbox": holder.address}
    return {"form": "/preferences"}


async def _demand_room(holder: Holder, now: datetime) -> None:
    key = address_key(await signing_secret(), holder.address) if holder.person_id is None else None
    recent = await fetch_value(
        "SELECT count(*) FROM consent_event WHERE (person_id = $1 OR address_key = $2) AND recorded_at > $3 "
        "AND recorded_by IS NULL AND event = 'given'",
        holder.person_id, key, now - timedelta(days=1),
    )  # fmt: skip
    if recent >= MOST_A_DAY:
        raise TooMany(_("That were many changes within a day. Please try again tomorrow, or write to us."))


async def speak(holder: Holder, language: str, *, now: datetime) -> None:
    """The language in which the person wants to be written to. Raises Invalid for one that we do not write, or without a person."""
    if language not in LANGUAGES or holder.person_id is None:
        raise Invalid({"language": _("Choose one of the languages.")})
    async with transaction():
        customer_id = await fetch_value(
            "SELECT customer FROM affiliation WHERE person = $1 ORDER BY is_self DESC, id LIMIT 1", holder.person_id
        )
        if customer_id is not None:
            await change_person(holder.person_id, customer_id, {"language": language}, None, by=None, now=now)
