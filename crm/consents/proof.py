"""The proof of a consent (GDPR Art. 7 (1)): everything that the ledger holds about one yes, and whether it is still as it was written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from crm.accounts.audit import record
from crm.consents import queries
from crm.consents.ledger import State
from crm.consents.subjects import Subject, states_of
from crm.consents.tables import ConsentEventKind
from crm.consents.verification import Verification, last_verification, those_as_written
from crm.database import Row, transaction
from crm.errors import NotFound


@dataclass(frozen=True, slots=True)
class Wordings:
    """The text that was seen, in the languages that there are of it."""

    version: int
    texts: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Proof:
    """`given` is the event that the proof is about, `events` all that was said about its purpose and channel, the oldest first, each
    with whether it is as it was written; `state` what holds now."""

    subject: Subject
    purpose: Row
    given: Row
    events: list[tuple[Row, bool]]
    wording: Wordings | None
    state: State
    whole: Verification | None

    @property
    def is_as_written(self) -> bool:
        return all(fits for _row, fits in self.events)


async def ledger_of(subject: Subject) -> list[Row]:
    """All events about a person, or about an address without one, the newest first."""
    if subject.person_id is not None:
        return await queries.ledger_of(subject.person_id)
    return await queries.ledger_of_address(subject.address or "")


async def proof_of(subject: Subject, event_id: int) -> Proof:
    """What proves the yes of this event. Raises NotFound if it is none of this subject's."""
    ledger = await ledger_of(subject)
    given = next((row for row in ledger if row.id == event_id and row.event == ConsentEventKind.GIVEN), None)
    purpose = await queries.purpose_named(given.purpose) if given is not None else None
    if given is None or purpose is None:
        raise NotFound()
    said = sorted(
        (row for row in ledger if (row.purpose, row.channel) == (given.purpose, given.channel)),
        key=lambda row: (row.at, row.id),
    )
    state = next(
        (
            state
            for _purpose, channels in states_of(ledger, [purpose], subject)
            for channel, state in channels
            if channel == given.channel
        ),
        State(),
    )
    texts = [
        (row.language, row.text)
        for row in await queries.wordings(given.purpose)
        if row.version == given.wording_version
    ]
    fits = await those_as_written([row.id for row in said])
    return Proof(
        subject, purpose, given, [(row, row.id in fits) for row in said],
        Wordings(given.wording_version, texts) if texts else None, state, await last_verification(),
    )  # fmt: skip


async def note_proof(proof: Proof, *, by: int, now: datetime) -> None:
    """Put on record that somebody took the proof out of the program."""
    async with transaction():
        await record(
            "consent.proof_printed", "person" if proof.subject.person_id is not None else "address", proof.subject.person_id, by=by,
            now=now, fields={"purpose": proof.given.purpose, "ledger": proof.given.id},
        )  # fmt: skip
