"""What runs out in the night: consents that nobody confirmed in time, and those whose purpose limits how long they hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from crm.consents.gate import EventRow
from crm.consents.ledger import State, Status, state_of
from crm.consents.queries import STATES
from crm.consents.recording import Entry, record_events
from crm.consents.tables import ConsentEventKind as Event
from crm.consents.tables import ConsentSource
from crm.database import Row, execute, fetch, fetch_value
from crm.web.spoken_calendar import in_months

BATCH = 500
"""Events per transaction: whoever wants to write into the ledger meanwhile gets their turn between two."""

LINKS_KEPT = timedelta(days=180)
"""So long after its end a link is remembered, so that a new one can be asked for; then its row, with the address, is deleted."""

NOT_CONFIRMED, TIME_OVER = "not_confirmed", "time_over"

# $1 now, $2 days to confirm: what waits or holds and could have run out, each with its events. An event that was recorded, or a link
# that was sent, less than $2 days ago still leaves time to confirm.
_CANDIDATES = f"""
    WITH {STATES.format(until="at <= $1")}, open AS (
        SELECT s.subject, s.person_id, s.purpose, s.channel, s.status, p.needs_confirmation, p.consent_months
        FROM own_state s JOIN purpose p ON p.code = s.purpose
        WHERE s.status = 'pending' OR s.status = 'given' AND p.consent_months IS NOT NULL
    )
    SELECT o.subject, o.person_id, o.purpose, o.channel, o.needs_confirmation, o.consent_months, v.events::text AS events,
        v.recorded_at, v.address,
        EXISTS (SELECT FROM consent_confirmation k JOIN consent_event g ON g.id = k.given_event
            WHERE k.expires_at > $1 AND g.purpose = o.purpose AND g.channel = o.channel
                AND coalesce(g.person_id::text, g.address_key) = o.subject) AS has_link
    FROM open o CROSS JOIN LATERAL (
        SELECT json_agg(json_build_object('subject', o.subject, 'id', e.id, 'event', e.event, 'source', e.source, 'at', e.at,
                'wording_version', e.wording_version)) AS events,
            max(e.recorded_at) FILTER (WHERE e.event = 'given') AS recorded_at,
            max(y.fields ->> 'address') AS address
        FROM consent_event e LEFT JOIN consent_payload y ON y.id = e.payload_id
        WHERE (e.person_id = o.person_id OR o.person_id IS NULL AND e.person_id IS NULL AND e.address_key = o.subject)
            AND e.purpose = o.purpose AND e.channel = o.channel AND e.at <= $1
    ) v
    WHERE o.status = 'given' OR v.recorded_at <= $1 - make_interval(days => $2)
    ORDER BY o.purpose, o.channel, o.subject
"""


@dataclass(frozen=True, slots=True)
class Waited:
    """What is known of a consent beside its state: when its last yes was written down, and whether a link still works."""

    recorded_at: datetime
    has_link: bool
    consent_months: int | None


def has_run_out(state: State, known: Waited, now: datetime, days: int) -> str:
    """Why it has run out ("" if it has not): nobody confirmed it within so many days, or the months for which its purpose lets a
    consent hold are over since it was given or confirmed."""
    if state.status == Status.PENDING:
        return NOT_CONFIRMED if not known.has_link and known.recorded_at + timedelta(days=days) <= now else ""
    if state.status == Status.GIVEN and known.consent_months is not None and state.since is not None:
        return TIME_OVER if months_after(state.since, known.consent_months) <= now else ""
    return ""


def months_after(moment: datetime, months: int) -> datetime:
    """The same day so many months later, or that month's last day if it has no such day (BGB § 188 (3))."""
    return datetime.combine(in_months(moment.date(), months), moment.timetz())


async def expire_consents(*, now: datetime) -> int:
    """Note "expired" for each consent that has run out; how many. Safe to run twice, and at the same time: what has expired already
    cannot expire again. Links of long ago are forgotten."""
    days = int(await fetch_value("SELECT confirmation_days FROM company") or 0)
    entries = [entry for row in await fetch(_CANDIDATES, now, days) if (entry := _entry(row, now, days)) is not None]
    noted = 0
    for batch in _batches(entries):
        results = await record_events(batch, by=None, now=now)
        noted += sum(isinstance(one, int) for one in results)
    await execute("DELETE FROM consent_confirmation WHERE expires_at < $1", now - LINKS_KEPT)
    return noted


def _entry(row: Row, now: datetime, days: int) -> Entry | None:
    events = [one.as_event() for one in msgspec.json.decode(row.events, type=list[EventRow])]
    state = state_of(events, needs_confirmation=row.needs_confirmation, channel=row.channel)
    reason = has_run_out(state, Waited(row.recorded_at, row.has_link, row.consent_months), now, days)
    if not reason or (row.person_id is None and row.address is None):
        return None
    return Entry(
        row.person_id, None if row.person_id is not None else row.address, row.purpose, row.channel, Event.EXPIRED,
        ConsentSource.OTHER, now, evidence={"expiry": reason},
    )  # fmt: skip


def _batches(entries: Sequence[Entry]) -> list[Sequence[Entry]]:
    return [entries[start : start + BATCH] for start in range(0, len(entries), BATCH)]
