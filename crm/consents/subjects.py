"""Whose consents a page is about: a person, or an address that belongs to no person (info@)."""

from __future__ import annotations

from dataclasses import dataclass

from crm.consents.gate import EventRow, combined_state
from crm.consents.ledger import State, Status
from crm.consents.tables import ConsentEventKind, ConsentSource, LegalBasis
from crm.database import Row


@dataclass(frozen=True, slots=True)
class Subject:
    """`home` is where the pages about them begin; `name` what they are called; a person or an address, never both. `channels`: None
    for all, or those on which this address can be reached."""

    home: str
    name: str
    language: str
    customer_id: int
    customer_name: str
    person_id: int | None = None
    address: str | None = None
    channels: tuple[str, ...] | None = None


def of_person(person: Row) -> Subject:
    return Subject(
        f"/persons/{person.id}", person.name, person.language, person.customer_id, person.customer_name, person_id=person.id
    )  # fmt: skip


def of_address(row: Row) -> Subject:
    return Subject(
        f"/addresses/{row.id}", row.address, row.language, row.customer_id, row.customer_name, address=row.address,
        channels=("email",),
    )  # fmt: skip


def channels_of(purpose: Row, subject: Subject) -> list[str]:
    """The channels of a purpose on which this subject can say something."""
    return [
        channel for channel in purpose.channels.split(",") if subject.channels is None or channel in subject.channels
    ]


def states_of(
    ledger: list[Row], purposes: list[Row], subject: Subject, address: str = ""
) -> list[tuple[Row, list[tuple[str, State]]]]:
    """Each purpose that rests on consent, with the subject's state per channel: of persons who were merged, the strictest, as the gate
    sees it. What this e-mail `address` has not confirmed, but another one, is told as that one has. A retired purpose only where
    something was said."""
    found = []
    for purpose in purposes:
        if purpose.legal_basis != LegalBasis.CONSENT:
            continue
        said = [row for row in ledger if row.purpose == purpose.code]
        if purpose.retired_at is not None and not said:
            continue
        channels = []
        for channel in channels_of(purpose, subject):
            events = [_in_ledger(row) for row in said if row.channel == channel]
            own = combined_state(events, purpose.needs_confirmation, channel, address)
            is_proved = own.status != Status.PENDING or not own.mailbox
            channels.append(
                (channel, own if is_proved else combined_state(events, purpose.needs_confirmation, channel))
            )
        if channels:
            found.append((purpose, channels))
    return found


def _in_ledger(row: Row) -> EventRow:
    return EventRow(
        str(row.person_id or row.address_key), row.id, ConsentEventKind(row.event), ConsentSource(row.source), row.at,
        row.wording_version, row.mailbox,
    )  # fmt: skip
