"""Does the ledger still say what was written into it? Recomputes the whole chain."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import msgspec

from crm.consents.chain import FIRST, Link, link_hash, payload_hash
from crm.consents.evidence import DIGEST
from crm.database import Row, execute, fetch, fetch_one
from crm.web.i18n import _, ngettext

BATCH = 1000
"""Events per read: few enough that other requests get their turn between two batches."""

_EVENT = """
    SELECT e.id, e.person_id, e.address_key, e.purpose, e.channel, e.event, e.wording_version, e.source, e.at, e.recorded_at,
        e.recorded_by, e.payload_id, e.payload_hash, e.previous_hash, e.hash,
        p.salt, p.fields::text AS fields, p.erased_at, p.id AS payload, p.sha256 AS document{more}
    FROM consent_event e LEFT JOIN consent_payload p ON p.id = e.payload_id
    WHERE {which}
"""
_EVENTS = _EVENT.format(more="", which="e.id > $1 ORDER BY e.id LIMIT $2")
_THESE = _EVENT.format(
    more=", (SELECT b.hash FROM consent_event b WHERE b.id < e.id ORDER BY b.id DESC LIMIT 1) AS hash_before",
    which="e.id = ANY($1::bigint[])",
)


@dataclass(frozen=True, slots=True)
class Verification:
    """The outcome: `first_broken` is the id of the first event that does not fit, `erased` counts the payloads that were
    erased on purpose."""

    ok: bool
    first_broken: int | None
    erased: int
    events: int
    at: datetime


async def verify_ledger(*, by: int | None, now: datetime) -> Verification:
    """Go through the whole chain and note the outcome. Found are: a changed event, a changed, missing or exchanged
    payload, an event taken out or put in between, and an end that was cut off since the last verification."""
    earlier = await fetch_one("SELECT last_event_id, last_hash FROM ledger_check ORDER BY id DESC LIMIT 1")
    end_then = earlier.last_event_id if earlier else None
    last_id, last_hash, events, erased, broken, end_seen = 0, FIRST, 0, 0, None, end_then is None
    while broken is None and (rows := await fetch(_EVENTS, last_id, BATCH)):
        for row in rows:
            fits = _fits(row, last_hash)
            if row.id == end_then:
                end_seen = True
                fits = fits and earlier is not None and bytes(earlier.last_hash) == bytes(row.hash)
            if not fits:
                broken = int(row.id)
                break
            last_id, last_hash = row.id, bytes(row.hash)
            events, erased = events + 1, erased + (row.erased_at is not None)
    if broken is None and not end_seen:
        broken = end_then
    if broken is None:
        await _note(by, now, events, erased, broken, (last_id or None, last_hash))
    else:
        await _note(by, now, events, erased, broken, (end_then, bytes(earlier.last_hash) if earlier else FIRST))
    return Verification(broken is None, broken, erased, events, now)


def _fits(row: Row, previous_hash: bytes) -> bool:
    link = Link(*(row[name] for name in Link._fields))
    link = link._replace(payload_hash=bytes(row.payload_hash))
    if bytes(row.previous_hash) != previous_hash or bytes(row.hash) != link_hash(link, previous_hash):
        return False
    if row.payload is None:
        return False
    if row.erased_at is not None:
        return row.fields is None
    try:
        fields = msgspec.json.decode(row.fields or "{}", type=dict[str, str])
    except msgspec.ValidationError:
        return False
    return payload_hash(bytes(row.salt), fields) == link.payload_hash and fields.get(DIGEST, "") == row.document


async def _note(
    by: int | None, now: datetime, events: int, erased: int, broken: int | None, end: tuple[int | None, bytes]
) -> None:
    await execute(
        "INSERT INTO ledger_check (at, checked_by, events, erased, first_broken, last_event_id, last_hash) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7)",
        now, by, events, erased, broken, *end,
    )  # fmt: skip


async def last_verification() -> Verification | None:
    """The newest outcome, or None before the first."""
    row = await fetch_one("SELECT at, events, erased, first_broken FROM ledger_check ORDER BY id DESC LIMIT 1")
    if row is None:
        return None
    return Verification(row.first_broken is None, row.first_broken, row.erased, row.events, row.at)


async def those_as_written(event_ids: Collection[int]) -> set[int]:
    """Which of these events still say what was written: their own hash, that of the event before each, and their evidence. (That the
    whole chain is unbroken, only `verify_ledger` can tell.) One statement."""
    rows = await fetch(_THESE, list(event_ids))
    return {row.id for row in rows if _fits(row, bytes(row.hash_before) if row.hash_before else FIRST)}


def told(found: Verification) -> str:
    """The outcome in words, in the language of the moment."""
    if not found.ok:
        return _(
            "The ledger does not fit together any more: event no. %(number)s is the first that was changed, taken out or put in. "
            "Compare it with a backup from before, and tell the data protection officer."
        ) % {"number": found.first_broken}
    parts = [
        _("The ledger is whole."),
        ngettext("One event verified.", "%(num)s events verified.", found.events) % {"num": found.events},
    ]
    if found.erased:
        erased = ngettext(
            "The evidence of one was deleted on purpose.",
            "The evidence of %(num)s was deleted on purpose.",
            found.erased,
        )
        parts.append(erased % {"num": found.erased})
    return " ".join(parts)
