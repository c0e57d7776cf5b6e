"""Which persons of the customers may go into an export, and why the others may not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from crm.consents.many import Subject, decisions_for
from crm.consents.queries import purposes
from crm.consents.tables import PROCESSING, LegalBasis
from crm.customers.tables import CustomerKind
from crm.records.export_purposes import REFUSED_INTEREST, Basis, ExportPurpose, hidden_parts, without_gate
from crm.records.export_reading import CustomerRecord, PersonRecord

_OF_PERSONS = ("letter", PROCESSING)
"""Where the gate is asked about the person rather than about each address."""


@dataclass(slots=True)
class Allowed:
    """What of some customers may be exported: the customers with the persons that are left, how many persons those are,
    and why how many were left out."""

    customers: list[CustomerRecord]
    left_out: Counter[str] = field(default_factory=Counter)

    @property
    def persons(self) -> int:
        return sum(len(customer.persons) for customer in self.customers)


async def allowed_of(customers: Sequence[CustomerRecord], purpose: ExportPurpose, now: datetime) -> Allowed:
    """Take out the persons without a basis for this purpose, and what the purpose does not need. A private person who is
    left out takes the customer along; an organisation's own data stay, unless the gate decides on each address."""
    if purpose.basis is Basis.GATE:
        return await _by_gate(customers, purpose, now)
    objectors = (
        await _objectors(customers, now) if purpose.basis in (Basis.INTEREST, Basis.CONTRACT_OR_INTEREST) else set()
    )
    allowed = Allowed([])
    for customer in customers:
        kept = []
        for person in customer.persons:
            reason = without_gate(purpose.basis, customer.status, has_objected=person.id in objectors)
            if reason:
                allowed.left_out[reason] += 1
            else:
                kept.append(person)
        customer.persons = kept
        if kept or customer.kind == CustomerKind.ORGANISATION:
            allowed.customers.append(customer)
    return allowed


async def _objectors(customers: Sequence[CustomerRecord], now: datetime) -> set[int]:
    """Who has said no to a purpose of the catalogue that rests on legitimate interest."""
    ids = [person.id for customer in customers for person in customer.persons]
    found: set[int] = set()
    for row in await purposes():
        if row.legal_basis != LegalBasis.LEGITIMATE_INTEREST:
            continue
        for channel in row.channels.split(","):
            decisions = await decisions_for([(one, None) for one in ids], purpose=row.code, channel=channel, now=now)
            found |= {one for one, decision in zip(ids, decisions, strict=True) if decision.code in REFUSED_INTEREST}
    return found


async def _by_gate(customers: Sequence[CustomerRecord], purpose: ExportPurpose, now: datetime) -> Allowed:
    """The gate is asked about every address of the channel (a letter, and keeping data: about every person), as if each got a message."""
    subjects: list[Subject] = []
    for customer in customers:
        for whom in (None, *customer.persons):
            subjects += _subjects(customer, whom, purpose.channel)
    answers = await decisions_for(subjects, purpose=purpose.consent_purpose, channel=purpose.channel, now=now)
    codes = {
        subject: "" if decision.allowed else decision.code for subject, decision in zip(subjects, answers, strict=True)
    }
    allowed = Allowed([])
    for customer in customers:
        kept = []
        for person in customer.persons:
            reason = _narrowed(customer, person, purpose.channel, codes)
            if reason:
                allowed.left_out[reason] += 1
            else:
                kept.append(person)
        alone = _narrowed(customer, None, purpose.channel, codes)
        customer.persons = kept
        if kept or (customer.kind == CustomerKind.ORGANISATION and not alone):
            allowed.customers.append(customer)
    return allowed


def _subjects(customer: CustomerRecord, person: PersonRecord | None, channel: str) -> list[Subject]:
    whom = person if person is not None else customer
    if channel in _OF_PERSONS:
        return [(person.id if person else None, None)]
    reached = whom.emails if channel == "email" else whom.phones
    return [(person.id if person else None, one.value) for one in reached]


def _narrowed(customer: CustomerRecord, person: PersonRecord | None, channel: str, codes: dict[Subject, str]) -> str:
    """Keep the allowed addresses of the person (or the organisation itself) and nothing of other channels. The reason if
    none is left; restricted ones are told as having no consent."""
    whom = person if person is not None else customer
    asked = _subjects(customer, person, channel)
    yes = {address for who, address in asked if not codes[who, address]}
    for part in hidden_parts(channel):
        setattr(whom, f"{part}s", [])
    if channel not in _OF_PERSONS:
        reached = whom.emails if channel == "email" else whom.phones
        setattr(whom, f"{channel}s", [one for one in reached if one.value in yes])
    if channel == "letter" and not any(place.street or place.city for place in customer.addresses):
        return "no_address"
    if yes:
        return ""
    reasons = [codes[subject] for subject in asked]
    return (
        next((reason for reason in reasons if reason.startswith("consent_")), "consent_none")
        if reasons
        else "no_address"
    )
