"""Adding many events to the consent ledger at once: what `record_event` writes for one, in a fixed number of statements."""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from crm.accounts.company import signing_secret
from crm.consents.actions import mistakes, waiting_version
from crm.consents.chain import FIRST, Link, address_key, link_hash, normal_address, payload_hash, payload_text
from crm.consents.ledger import NEGATIVE, LedgerEvent
from crm.consents.tables import ConsentEventKind as Event
from crm.consents.tables import ConsentSource
from crm.consents.telling import tell
from crm.database import Lock, Row, copy_rows, draw_ids, fetch, fetch_value, take_lock, transaction
from crm.errors import Invalid
from crm.web.i18n import LANGUAGES, _, speaking


@dataclass(frozen=True, slots=True)
class Entry:
    """What is to be recorded of a person who is there, or of an address without one."""

    person_id: int | None
    address: str | None
    purpose: str
    channel: str
    event: Event
    source: ConsentSource
    at: datetime
    wording_version: int | None = None
    evidence: Mapping[str, str] = field(default_factory=dict)


_KNOWN = """
    SELECT k.code, p.id, p.channels, p.needs_confirmation, p.retired_at,
        coalesce((SELECT array_agg(DISTINCT w.version) FROM wording w WHERE w.purpose = p.id), '{}') AS versions
    FROM unnest($1::text[]) AS k(code) LEFT JOIN purpose p ON p.code = k.code
"""
_EVENTS = """
    SELECT id, person_id, address_key, purpose, channel, event, source, at, wording_version FROM consent_event
    WHERE person_id = ANY($1) OR address_key = ANY($2)
"""
_ERASED = "SELECT id FROM person WHERE id = ANY($1::bigint[]) AND erased_at IS NOT NULL"


Refused = Mapping[str, Invalid]
"""Why an event was refused, by language: an import tells its readers, whoever has run it."""


async def record_events(entries: Sequence[Entry], *, by: int | None, now: datetime) -> list[int | Refused]:
    """Add the events in their order; for each its id, or why it was refused: then nothing of it was written. Of somebody whose data were
    erased a no is written, and no yes."""
    async with transaction():
        rows = await fetch(_KNOWN, list({entry.purpose for entry in entries}))
        ledger = _Ledger({row.code: row for row in rows}, await signing_secret(), by, now)
        await take_lock(Lock.LEDGER)
        await ledger.look_up(entries)
        results = [ledger.add(entry) for entry in entries]
        await ledger.write()
        return results


class _Ledger:
    """The end of the chain, and what is to be written behind it."""

    def __init__(self, known: Mapping[str, Row], secret: bytes, by: int | None, now: datetime) -> None:
        self.known, self.secret, self.by, self.now = known, secret, by, now
        self.ids: list[int] = []
        self.payload_ids: list[int] = []
        self.last = FIRST
        self.events: dict[tuple[object, str, str], list[LedgerEvent]] = defaultdict(list)
        self.erased: set[int] = set()
        self.links: list[tuple[Link, Entry]] = []
        self.payloads: list[tuple[int, bytes, str]] = []
        self.hashes: list[tuple[bytes, bytes]] = []

    async def look_up(self, entries: Sequence[Entry]) -> None:
        """The events of before, by subject, purpose and channel; the last hash; ids enough. The ledger is locked."""
        persons = list({entry.person_id for entry in entries if entry.person_id is not None})
        self.erased = {row.id for row in await fetch(_ERASED, persons)} if persons else set()
        keys = list({key for entry in entries if (key := self._key(entry)) is not None})
        for row in await fetch(_EVENTS, persons, keys):
            event = LedgerEvent(row.id, Event(row.event), ConsentSource(row.source), row.at, row.wording_version)
            for subject in {row.person_id, row.address_key} - {None}:
                self.events[subject, row.purpose, row.channel].append(event)
        self.last = bytes(await fetch_value("SELECT hash FROM consent_event ORDER BY id DESC LIMIT 1") or FIRST)
        for table, ids in (("consent_event", self.ids), ("consent_payload", self.payload_ids)):
            ids += reversed(await draw_ids(table, len(entries)))

    def _key(self, entry: Entry) -> str | None:
        return address_key(self.secret, entry.address) if entry.address is not None else None

    def add(self, entry: Entry) -> int | Refused:
        key = self._key(entry)
        place: tuple[object, str, str] = (entry.person_id if key is None else key, entry.purpose, entry.channel)
        try:
            version = self._version(entry, place)
        except Invalid:
            return {each: self._refusal(entry, place, each) for each in LANGUAGES}
        fields = {name: text for name, text in entry.evidence.items() if text}
        if entry.address is not None:
            fields["address"] = normal_address(entry.address)
        salt, payload_id, at = secrets.token_bytes(16), self.payload_ids.pop(), min(entry.at, self.now)
        link = Link(
            self.ids.pop(), entry.person_id, key, entry.purpose, entry.channel, entry.event.value, version, entry.source.value, at,
            self.now, self.by, payload_id, payload_hash(salt, fields),
        )  # fmt: skip
        self.payloads.append((payload_id, salt, payload_text(fields)))
        self.hashes.append((self.last, link_hash(link, self.last)))
        self.last = self.hashes[-1][1]
        self.links.append((link, entry))
        self.events[place].append(LedgerEvent(link.id, entry.event, entry.source, at, version))
        return link.id

    def _version(self, entry: Entry, place: tuple[object, str, str]) -> int | None:
        """The version of the wording that the event is about. Raises Invalid if it must not be recorded."""
        known = self.known[entry.purpose]
        wrong = mistakes(
            known, entry.person_id, entry.address, entry.channel, entry.event, entry.wording_version, entry.at, entry.evidence, self.now
        )  # fmt: skip
        if entry.person_id in self.erased and entry.event in (Event.GIVEN, Event.CONFIRMED):
            wrong["person_id"] = _("This person does not exist, or their data were erased.")
        if wrong:
            raise Invalid(wrong)
        version = entry.wording_version if entry.wording_version in known.versions else None
        if version is not None or entry.event not in (Event.CONFIRMED, Event.EXPIRED):
            return version
        return waiting_version(
            [each for each in self.events[place] if each.at <= entry.at], known, entry.channel, entry.event
        )

    def _refusal(self, entry: Entry, place: tuple[object, str, str], code: str) -> Invalid:
        with speaking(code):
            try:
                self._version(entry, place)
            except Invalid as invalid:
                return invalid
        raise AssertionError

    async def write(self) -> None:
        if not self.links:
            return
        await copy_rows("consent_payload", ("id", "salt", "fields"), self.payloads)
        rows = [(*link, *hashes) for (link, _entry), hashes in zip(self.links, self.hashes, strict=True)]
        for first, end in _rounds([link for link, _entry in self.links]):
            await copy_rows("consent_event", _COLUMNS, rows[first:end])
        told = [(link, entry.address, self.known[entry.purpose].needs_confirmation) for link, entry in self.links]
        await tell(told, by=self.by, now=self.now)


_COLUMNS = (
    "id", "person_id", "address_key", "purpose", "channel", "event", "wording_version", "source", "at", "recorded_at", "recorded_by",
    "payload_id", "payload_hash", "previous_hash", "hash",
)  # fmt: skip


def _rounds(links: Sequence[Link]) -> list[tuple[int, int]]:
    """From where to where links are written at once: after a no, what the same one says later waits, so that the no ends first
    what rested on a yes (triggers of the database)."""
    cuts: list[int] = [0]
    said_no: set[tuple[int | None, str | None, str]] = set()
    for place, link in enumerate(links):
        subject = (link.person_id, link.address_key, link.purpose)
        if subject in said_no:
            cuts.append(place)
            said_no = set()
        if link.event in NEGATIVE:
            said_no.add(subject)
    return list(zip(cuts, [*cuts[1:], len(links)], strict=True))
