"""The one question before every message: on which basis may it go to this person or address? Facts are gathered here,
rules.py decides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import msgspec

from crm.consents.chain import KEY_SQL
from crm.consents.ledger import LedgerEvent, State, state_of, strictest
from crm.consents.rules import Facts, Origin, PurposeFacts, decide
from crm.consents.sentences import reason
from crm.consents.tables import ConsentEventKind, ConsentSource, LegalBasis
from crm.database import Row, fetch_one


@dataclass(frozen=True, slots=True)
class Answer:
    """The gate's answer. `because` is its sentence in the language of the moment; code and params are stored."""

    allowed: bool
    basis: str
    because: str
    code: str
    params: Mapping[str, Any]
    is_advertising: bool = False
    names: Mapping[str, str] = field(default_factory=dict)
    """The purpose's name by language."""


class OriginRow(msgspec.Struct):
    """Where an address came from, inside the JSON of a read."""

    number: str
    ordered_on: date | None
    told_on: date | None

    def as_origin(self) -> Origin:
        return Origin(self.number, self.ordered_on, self.told_on)


ORIGINS = """
    SELECT {what} coalesce(s.number, '') AS number, s.ordered_on, f.told_on FROM keys k LEFT JOIN address_origin f ON f.address_key = k.key
    LEFT JOIN (customer_order s JOIN customer b ON b.id = s.customer AND b.deleted_at IS NULL AND b.restricted_at IS NULL)
        ON s.id = f.customer_order AND s.status <> 'cancelled'
    WHERE $4 = 'email'
"""
"""Of each of the `keys`: the sale with which the address came, while it stands (UWG § 7 (3) no. 1). `ORIGINS.format(what="")`."""


MAILBOX = (
    "CASE WHEN v.event IN ('given', 'confirmed') THEN "
    "(SELECT lower(y.fields ->> 'mailbox') FROM consent_payload y WHERE y.id = v.payload_id) END AS mailbox"
)
"""SQL, over an event v: the address from whose mailbox it came."""


class EventRow(msgspec.Struct):
    """A ledger row inside the JSON of a read."""

    subject: str
    id: int
    event: ConsentEventKind
    source: ConsentSource
    at: datetime
    wording_version: int | None
    mailbox: str | None = None

    def as_event(self) -> LedgerEvent:
        return LedgerEvent(self.id, self.event, self.source, self.at, self.wording_version, self.mailbox or "")


# $1 purpose, $2 person, $3 address, $4 channel, $5 now, $6 the customer whom it tells of. An address stands for everybody who has
# it; a person without an address stands for all addresses that they have on this channel. Whoever was merged is one with those they
# were merged with. Of whoever was erased an empty row is left, to whom nothing goes but what a law demands (the answer to their request).
# ANY(ARRAY(...)) looks into an index, where IN (SELECT ...) may walk through the ledger.
_FACTS = f"""
    WITH RECURSIVE named AS (
        SELECT id FROM person WHERE id = $2::bigint
        UNION SELECT e.person FROM email_address e
            WHERE $4 = 'email' AND lower(e.address) = lower($3::text) AND e.person IS NOT NULL
        UNION SELECT n.person FROM phone_number n WHERE $4 = 'phone' AND n.number = $3::text AND n.person IS NOT NULL
    ), one (id) AS (
        SELECT id FROM named
        UNION SELECT x.id FROM one, LATERAL (
            SELECT p.id FROM person p WHERE p.merged_into = one.id
            UNION ALL SELECT p.merged_into FROM person p WHERE p.id = one.id AND p.merged_into IS NOT NULL) x
    ), whom AS (
        SELECT p.id, p.restricted_at FROM one JOIN person p ON p.id = one.id
    ), keys AS (
        SELECT {KEY_SQL.format(address="$3::text")} AS key WHERE $3::text IS NOT NULL
        UNION SELECT {KEY_SQL.format(address="e.address")} FROM email_address e
            WHERE $3::text IS NULL AND $4 = 'email' AND e.person IN (SELECT id FROM whom)
        UNION SELECT {KEY_SQL.format(address="n.number")} FROM phone_number n
            WHERE $3::text IS NULL AND $4 = 'phone' AND n.person IN (SELECT id FROM whom)
    ), owners AS (
        SELECT a.customer AS id FROM affiliation a JOIN whom w ON w.id = a.person WHERE a.is_self
        UNION SELECT e.customer FROM email_address e WHERE $4 = 'email' AND lower(e.address) = lower($3::text)
        UNION SELECT n.customer FROM phone_number n WHERE $4 = 'phone' AND n.number = $3::text
    ), events AS (
        SELECT v.person_id::text AS subject, v.id, v.event, v.source, v.at, v.wording_version, {MAILBOX}
        FROM consent_event v WHERE v.person_id = ANY(ARRAY(SELECT id FROM whom))
            AND v.purpose = $1 AND v.channel = $4 AND v.at <= $5
        UNION ALL SELECT v.address_key, v.id, v.event, v.source, v.at, v.wording_version, {MAILBOX}
        FROM consent_event v WHERE v.address_key = ANY(ARRAY(SELECT key FROM keys)) AND v.person_id IS NULL
            AND v.purpose = $1 AND v.channel = $4 AND v.at <= $5
    ), origins AS ({ORIGINS.format(what="")})
    SELECT p.code, p.name_de, p.name_en, p.legal_basis, p.is_advertising, p.needs_confirmation, p.channels, p.retired_at,
        p.is_own_similar,
        ($2::bigint IS NULL OR EXISTS (SELECT FROM person o WHERE o.id = $2::bigint
            AND (o.erased_at IS NULL OR p.legal_basis = 'legal_duty'))) AS is_known,
        (EXISTS (SELECT FROM whom WHERE restricted_at IS NOT NULL) OR EXISTS (
            SELECT FROM customer c WHERE (c.id = $6::bigint OR c.id IN (SELECT id FROM owners))
            AND (c.restricted_at IS NOT NULL OR c.deleted_at IS NOT NULL AND c.merged_into IS NULL)
        )) AS is_restricted,
        EXISTS (SELECT FROM staff s WHERE lower(s.email) = lower($3::text) AND s.deactivated_at IS NULL)
            AS is_own_staff,
        (SELECT coalesce(json_agg(v), '[]')::text FROM events v) AS events,
        (SELECT coalesce(json_agg(o), '[]')::text FROM origins o) AS origins
    FROM (SELECT 1) one LEFT JOIN purpose p ON p.code = $1
"""


async def permission_for(
    *, person_id: int | None = None, address: str | None = None, customer_id: int | None = None, purpose: str, channel: str,
    now: datetime,
) -> Answer:  # fmt: skip
    """May a message for this purpose go to this person, or to this address, on this channel? One statement.

    With both, the person's events and the address's count, and so do those of everybody else who has the address: any
    no wins. `customer_id` is the customer of whom it tells: while they are restricted, and once they are deleted, nobody else
    hears of them either. Never raises for what is unknown: the answer is no, with the reason.
    """
    row = await fetch_one(_FACTS, purpose, person_id, address.strip() if address else None, channel, now, customer_id)
    if row is None:
        raise RuntimeError("a SELECT without a condition answered no row")
    decision = decide(_facts(row, channel, address or ""))
    names = {"de": row.name_de or purpose, "en": row.name_en or purpose}
    sentence = reason(decision.code, decision.params, names)
    return Answer(
        decision.allowed, decision.basis, sentence, decision.code, decision.params,
        is_advertising=bool(row.code and row.is_advertising), names=names,
    )  # fmt: skip


def purpose_facts(row: Row) -> PurposeFacts:
    """The catalogue's row as the rules want it."""
    return PurposeFacts(
        row.code,
        LegalBasis(row.legal_basis),
        row.is_advertising,
        row.needs_confirmation,
        frozenset(row.channels.split(",")),
        row.retired_at is not None,
        row.is_own_similar,
    )


def _facts(row: Row, channel: str, address: str) -> Facts:
    purpose = purpose_facts(row) if row.code else None
    events = msgspec.json.decode(row.events, type=list[EventRow])
    return Facts(
        purpose=purpose,
        channel=channel,
        state=combined_state(events, purpose.needs_confirmation, channel, address) if purpose else State(),
        is_known=row.is_known,
        is_restricted=row.is_restricted,
        is_own_staff=row.is_own_staff,
        origins=origins_in(row.origins),
    )


def origins_in(found: str) -> tuple[Origin, ...]:
    """The origins of a read, from its JSON."""
    return tuple(each.as_origin() for each in msgspec.json.decode(found, type=list[OriginRow]))


def combined_state(events: list[EventRow], needs_confirmation: bool, channel: str, address: str = "") -> State:
    """Each subject's own state for this address (see ledger.state_of), and of these the strictest."""
    subjects: dict[str, list[LedgerEvent]] = {}
    for event in events:
        subjects.setdefault(event.subject, []).append(event.as_event())
    return strictest(
        state_of(own, needs_confirmation=needs_confirmation, channel=channel, address=address)
        for own in subjects.values()
    )
