"""The gate's question for many at once: the same rule, one statement for hundreds of persons and addresses."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from crm.consents.chain import KEY_SQL
from crm.consents.gate import MAILBOX, ORIGINS, EventRow, combined_state, origins_in, purpose_facts
from crm.consents.ledger import State
from crm.consents.queries import purpose_named
from crm.consents.rules import Decision, Facts, decide
from crm.database import fetch

Subject = tuple[int | None, str | None]
"""A person, an address, or both, as for `gate.permission_for`."""

# $1 purpose, $2 persons, $3 addresses, $4 channel, $5 now: the facts of gate.py, for each subject by its place.
_FACTS = f"""
    WITH RECURSIVE asked AS (
        SELECT n, person, address FROM unnest($2::bigint[], $3::text[]) WITH ORDINALITY AS a(person, address, n)
    ), named AS (
        SELECT a.n, p.id FROM asked a JOIN person p ON p.id = a.person
        UNION SELECT a.n, p.id FROM asked a JOIN email_address e ON lower(e.address) = lower(a.address)
            JOIN person p ON p.id = e.person WHERE $4 = 'email'
        UNION SELECT a.n, p.id FROM asked a JOIN phone_number m ON m.number = a.address
            JOIN person p ON p.id = m.person WHERE $4 = 'phone'
    ), merged (id, other) AS (
        SELECT id, merged_into FROM person WHERE merged_into IS NOT NULL
        UNION ALL SELECT merged_into, id FROM person WHERE merged_into IS NOT NULL
    ), one (n, id) AS (
        SELECT n, id FROM named UNION SELECT one.n, m.other FROM one JOIN merged m ON m.id = one.id
    ), whom AS (
        SELECT one.n, p.id, p.restricted_at FROM one JOIN person p ON p.id = one.id
    ), keys AS (
        SELECT n, {KEY_SQL.format(address="address")} AS key FROM asked WHERE address IS NOT NULL
        UNION SELECT a.n, {KEY_SQL.format(address="e.address")} FROM asked a JOIN whom w ON w.n = a.n
            JOIN email_address e ON e.person = w.id WHERE a.address IS NULL AND $4 = 'email'
        UNION SELECT a.n, {KEY_SQL.format(address="m.number")} FROM asked a JOIN whom w ON w.n = a.n
            JOIN phone_number m ON m.person = w.id WHERE a.address IS NULL AND $4 = 'phone'
    ), owners AS (
        SELECT w.n, f.customer FROM whom w JOIN affiliation f ON f.person = w.id WHERE f.is_self
        UNION SELECT a.n, e.customer FROM asked a JOIN email_address e ON lower(e.address) = lower(a.address) WHERE $4 = 'email'
        UNION SELECT a.n, m.customer FROM asked a JOIN phone_number m ON m.number = a.address WHERE $4 = 'phone'
    ), restricted AS (
        SELECT n FROM whom WHERE restricted_at IS NOT NULL
        UNION SELECT o.n FROM owners o JOIN customer c ON c.id = o.customer
            WHERE c.restricted_at IS NOT NULL OR c.deleted_at IS NOT NULL AND c.merged_into IS NULL
    ), events AS (
        SELECT w.n, v.person_id::text AS subject, v.id, v.event, v.source, v.at, v.wording_version, {MAILBOX}
        FROM whom w JOIN consent_event v ON v.person_id = w.id WHERE v.purpose = $1 AND v.channel = $4 AND v.at <= $5
        UNION ALL SELECT k.n, v.address_key, v.id, v.event, v.source, v.at, v.wording_version, {MAILBOX}
        FROM keys k JOIN consent_event v ON v.address_key = k.key
        WHERE v.person_id IS NULL AND v.purpose = $1 AND v.channel = $4 AND v.at <= $5
    ), origins AS ({ORIGINS.format(what="k.n,")})
    SELECT (a.person IS NULL OR p.id IS NOT NULL) AS is_known, r.n IS NOT NULL AS is_restricted, coalesce(e.events, '[]') AS events,
        coalesce(o.origins, '[]') AS origins
    FROM asked a LEFT JOIN person p ON p.id = a.person AND p.erased_at IS NULL LEFT JOIN restricted r ON r.n = a.n
    LEFT JOIN (SELECT n, json_agg(v)::text AS events FROM events v GROUP BY n) e ON e.n = a.n
    LEFT JOIN (SELECT n, json_agg(o)::text AS origins FROM origins o GROUP BY n) o ON o.n = a.n
    ORDER BY a.n
"""


async def decisions_for(subjects: Sequence[Subject], *, purpose: str, channel: str, now: datetime) -> list[Decision]:
    """The gate's decision for each of the subjects, in their order. For messages that go out the gate itself is asked
    again; purposes within the company (to its own staff) are not meant here."""
    row = await purpose_named(purpose)
    facts = purpose_facts(row) if row is not None else None
    persons = [person for person, _address in subjects]
    addresses = [address.strip() if address else None for _person, address in subjects]
    found = await fetch(_FACTS, purpose, persons, addresses, channel, now) if subjects else []
    decisions = []
    for one, address in zip(found, addresses, strict=True):
        events = msgspec.json.decode(one.events, type=list[EventRow])
        state = (
            combined_state(events, facts.needs_confirmation, channel, address or "") if facts and events else State()
        )
        asked = Facts(
            facts,
            channel,
            state=state,
            is_known=one.is_known,
            is_restricted=one.is_restricted,
            origins=origins_in(one.origins),
        )
        decisions.append(decide(asked))
    return decisions
