"""What was typed into a form of the website: where it belongs, and what it becomes. It goes the way of a mail, with one difference:
a mail's sender is who has its address, a form's is whoever typed it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from crm.customers.actions import create_customer
from crm.customers.data import MasterData, NewCustomer, OrganisationData, PersonData
from crm.customers.informing import owe_information
from crm.customers.tables import CustomerKind
from crm.database import execute, fetch
from crm.interactions.addresses import Match, matches
from crm.interactions.calls.noting import NewCallBack, note_call_back
from crm.interactions.calls.tables import CallBackKind
from crm.interactions.incoming.acknowledging import acknowledge, asker_of
from crm.interactions.incoming.deciding import Place, Way
from crm.interactions.incoming.filing import attach_files, name_of
from crm.interactions.incoming.queries import is_address_of_staff, our_addresses
from crm.interactions.incoming.returning import tell_of_return
from crm.interactions.web_forms.entries import Entry, message_of
from crm.interactions.web_forms.tables import FormKind
from crm.mail.headers import Address
from crm.tickets.answers.giving import open_and_answer
from crm.tickets.opening import NewTicket
from crm.web.forms import NOTE_LIMIT

ORIGIN = {"de": "Webformular", "en": "Web form"}
CHANNEL = "web"

# Everybody who has this telephone number or customer number, restricted ones too: those lead to the officer.
_BY_PHONE = """
    SELECT DISTINCT c.id AS customer_id, p.id AS person_id, c.restricted_at IS NOT NULL OR p.restricted_at IS NOT NULL AS is_restricted
    FROM phone_number n LEFT JOIN person p ON p.id = n.person LEFT JOIN affiliation a ON a.person = p.id
    JOIN customer c ON c.id = coalesce(n.customer, a.customer) WHERE n.number = $1 AND c.deleted_at IS NULL ORDER BY 1, 2
"""
_BY_NUMBER = """
    SELECT c.id AS customer_id, NULL::bigint AS person_id, c.restricted_at IS NOT NULL AS is_restricted
    FROM customer c WHERE upper(c.number) = upper($1) AND c.deleted_at IS NULL
"""


@dataclass(frozen=True, slots=True)
class EntryFacts:
    """Who an entry can be from: by what it says, the e-mail address before the number of the telephone before that of the customer."""

    claimed: Sequence[Match] = ()
    is_our_box: bool = False
    is_staff: bool = False
    suspicion: str = ""
    is_call: bool = False


def entry_place(facts: EntryFacts) -> Place:
    """Where an entry belongs. It opens an enquiry of its own always: whoever typed a number of an enquiry has shown nothing, and
    gets into nobody's. What looks like spam waits for a person."""
    if any(one.is_restricted for one in facts.claimed):
        return Place(Way.OFFICER, "restricted")
    if facts.suspicion:
        return Place(Way.QUARANTINE, facts.suspicion)
    if facts.is_our_box or facts.is_staff:
        return Place(Way.QUARANTINE, "loop" if facts.is_our_box else "colleague")
    customers = {one.customer_id for one in facts.claimed}
    if len(customers) > 1:  # who calls back asks who it was
        return Place(Way.PROSPECT) if facts.is_call else Place(Way.QUARANTINE, "several")
    return Place(Way.OPEN, sender=_one(facts.claimed)) if customers else Place(Way.PROSPECT)


def _one(claimed: Sequence[Match]) -> Match:
    """The customer, with the person if only one is meant."""
    persons = {one.person_id for one in claimed}
    return claimed[0] if len(persons) == 1 else Match(claimed[0].customer_id, None)


async def facts_of_entry(entry: Entry) -> EntryFacts:
    return EntryFacts(
        await claimed_by(entry),
        is_our_box=entry.email in await our_addresses(),
        is_staff=bool(entry.email) and await is_address_of_staff(entry.email),
        suspicion=entry.suspicion,
        is_call=entry.kind == FormKind.CALL_BACK,
    )


async def claimed_by(entry: Entry) -> list[Match]:
    """Whom the first of address, telephone and customer number that anybody has belongs to."""
    if entry.email and (known := (await matches([entry.email]))[entry.email]):
        return known
    for found, value in ((_BY_PHONE, entry.phone), (_BY_NUMBER, entry.customer_number)):
        if value and (rows := await fetch(found, value)):
            return [Match(row.customer_id, row.person_id, row.is_restricted) for row in rows]
    return []


async def file_entry(entry: Entry, place: Place, received_at: datetime, *, now: datetime) -> int | None:
    """Do what was decided, in the caller's transaction; the enquiry that it became, if it is one."""
    if place.way not in (Way.OPEN, Way.PROSPECT):
        return None
    return await open_entry(entry, place.sender, received_at, by=None, now=now)


async def open_entry(
    entry: Entry, sender: Match | None, received_at: datetime, *, by: int | None, now: datetime
) -> int | None:
    """A call to return, or a new enquiry of this customer, else of a new prospect; the enquiry's id. What a known customer is said
    to have written is marked as not confirmed. The acknowledgement repeats nothing that was typed: it would be a way to send
    strangers mails in our name."""
    if entry.kind == FormKind.CALL_BACK:
        await _call_back(entry, sender, received_at, by=by, now=now)
        return None
    whose = sender or await _prospect(entry, now)
    subject = entry.subject or entry.text.strip().partition("\n")[0][:80] or entry.title
    data = NewTicket(
        whose.customer_id, subject[:300], entry.said[:NOTE_LIMIT], topic=entry.topic, channel=CHANNEL, person_id=whose.person_id,
        language=entry.language, sender=entry.email, form=entry.form,
    )  # fmt: skip
    mail = message_of(entry)
    asker = replace(await asker_of(mail, None), heading=entry.title, question=entry.text)
    opened, is_answered = await open_and_answer(data, asker, by=by, now=now)
    if sender is not None:
        await execute("UPDATE ticket_message SET is_unverified = true WHERE id = $1", opened.message_id)
    await attach_files(mail, whose.customer_id, opened.message_id, whose.person_id, now=now)
    if entry.email and not is_answered:
        await acknowledge(opened.id, mail, entry.language, heading=entry.title, now=now)
    return opened.id


async def _call_back(
    entry: Entry, sender: Match | None, received_at: datetime, *, by: int | None, now: datetime
) -> int:
    """Whoever calls back sees the wish with all that was typed; who is behind a number is asked on the telephone."""
    wish = NewCallBack(
        CallBackKind.WANTED, number=entry.phone, name=(entry.name or entry.company)[:200], about=entry.said, at=received_at,
        from_at=entry.from_at, until_at=entry.until_at, customer_id=sender.customer_id if sender else None,
        person_id=sender.person_id if sender else None,
    )  # fmt: skip
    return await note_call_back(wish, by=by, now=now)


async def _prospect(entry: Entry, now: datetime) -> Match:
    """Who writes for the first time is a prospect from now on. The form has told them what Art. 13 GDPR demands; that it is owed is
    noted all the same, since nobody has shown who filled it in."""
    origin = ORIGIN[entry.language]
    given, family = name_of(Address(entry.name, entry.email or entry.phone))
    person = PersonData(
        given_name=given, family_name=family, email=entry.email, phone=entry.phone, language=entry.language
    )
    master = MasterData(language=entry.language, origin=origin)
    organisation = OrganisationData(entry.company, master=master) if entry.company else None
    kind = CustomerKind.ORGANISATION if organisation else CustomerKind.PERSON
    created = await create_customer(NewCustomer(kind, organisation, person, master), by=None, now=now)
    assert created.person_id is not None
    await owe_information([created.person_id], origin, now=now)
    await tell_of_return(created.customer_id, email=entry.email, phone=entry.phone, now=now)
    return Match(created.customer_id, created.person_id)
