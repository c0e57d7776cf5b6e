"""What the preference page shows: each purpose with its wording and what holds on each channel, and the person's own data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

import msgspec

from crm.consents.chain import KEY_SQL
from crm.consents.gate import MAILBOX, ORIGINS, EventRow, OriginRow, combined_state, purpose_facts
from crm.consents.ledger import State, Status
from crm.consents.preference_links import Holder
from crm.consents.rules import NOTHING, Decision, Facts, PurposeFacts, decide
from crm.database import Row, fetch_one

# $1 person (or null), $2 address, $3 now, $4 the channel that ORIGINS asks for. The subjects are those of the gate: the person with all
# who were merged into them and the addresses that they have, or the address alone.
_PAGE = f"""
    WITH RECURSIVE whom AS (
        SELECT id FROM person WHERE id = $1::bigint UNION SELECT p.id FROM whom JOIN person p ON p.merged_into = whom.id
    ), keys AS (
        SELECT {KEY_SQL.format(address="$2::text")} AS key WHERE $2::text <> ''
        UNION SELECT {KEY_SQL.format(address="e.address")} FROM email_address e WHERE e.person IN (SELECT id FROM whom)
    ), events AS (
        SELECT v.purpose, v.channel, v.person_id::text AS subject, v.id, v.event, v.source, v.at, v.wording_version, {MAILBOX},
            'person' AS whose
        FROM consent_event v WHERE v.person_id IN (SELECT id FROM whom) AND v.at <= $3
        UNION ALL SELECT v.purpose, v.channel, v.address_key, v.id, v.event, v.source, v.at, v.wording_version, {MAILBOX},
            CASE WHEN $2::text <> '' AND v.address_key = {KEY_SQL.format(address="$2::text")} THEN 'link' ELSE 'other' END
        FROM consent_event v WHERE v.person_id IS NULL AND v.address_key IN (SELECT key FROM keys) AND v.at <= $3
    ), asked AS (
        SELECT key FROM keys WHERE $2::text = '' UNION SELECT {KEY_SQL.format(address="$2::text")} WHERE $2::text <> ''
    ), origins AS ({ORIGINS.format(what="").replace("keys k", "asked k")}), texts AS (
        SELECT DISTINCT ON (w.purpose, w.language) w.purpose, w.language, w.version, w.text FROM wording w
        WHERE w.valid_from IS NULL OR w.valid_from <= $3 ORDER BY w.purpose, w.language, w.version DESC
    )
    SELECT
        (SELECT coalesce(json_agg(p ORDER BY p.position, p.id), '[]')::text FROM (
            SELECT q.id, q.position, q.code, q.name_de, q.name_en, q.legal_basis, q.is_advertising, q.needs_confirmation, q.channels,
                q.is_own_similar, q.retired_at, (SELECT coalesce(json_object_agg(t.language, json_build_array(t.version, t.text)), '{{}}')
                    FROM texts t WHERE t.purpose = q.id) AS wordings
            FROM purpose q WHERE q.legal_basis = 'consent' OR q.is_advertising) p) AS purposes,
        (SELECT coalesce(json_agg(v), '[]')::text FROM events v) AS events,
        (SELECT coalesce(json_agg(o), '[]')::text FROM origins o) AS origins,
        ARRAY(SELECT e.address FROM email_address e WHERE e.person = $1 ORDER BY e.position, e.id) AS emails,
        ARRAY(SELECT n.number FROM phone_number n WHERE n.person = $1 ORDER BY n.position, n.id) AS phones,
        ARRAY(SELECT concat_ws(', ', nullif(d.street, ''), nullif(concat_ws(' ', nullif(d.postcode, ''), nullif(d.city, '')), ''))
            FROM postal_address d JOIN affiliation a ON a.customer = d.customer AND a.is_self AND a.person = $1
            ORDER BY d.position, d.id) AS places
"""


class _Purpose(msgspec.Struct):
    id: int
    code: str
    name_de: str
    name_en: str
    legal_basis: str
    is_advertising: bool
    needs_confirmation: bool
    channels: str
    is_own_similar: bool
    retired_at: datetime | None
    wordings: dict[str, tuple[int, str]]


class _Event(EventRow, kw_only=True):
    """`whose`: the person's (with all merged into them), of the address in the link, or of another address that they have."""

    purpose: str
    channel: str
    whose: Literal["person", "link", "other"]


@dataclass(frozen=True, slots=True)
class Cell:
    """One purpose on one channel: what holds, and what the reader may do about it. `state` is the strictest of all; what the person
    has said themselves, and what the link's address says, is kept apart, as one can go without the other."""

    purpose: str
    channel: str
    state: State
    decision: Decision
    can_agree: bool
    of_person: State = NOTHING
    of_address: State = NOTHING

    @property
    def can_refuse(self) -> bool:
        """Something goes out, or would after a confirmation, or if the purpose came into use again."""
        return self.decision.allowed or self.rests_on_consent

    @property
    def rests_on_consent(self) -> bool:
        return self.state.status in (Status.GIVEN, Status.PENDING)

    @property
    def hides_consent(self) -> bool:
        """Under the no of one address lies a yes that would come back with another address."""
        return any(own.status in (Status.GIVEN, Status.PENDING) for own in (self.of_person, self.of_address))


@dataclass(frozen=True, slots=True)
class Choice:
    """A purpose with the wording that the reader sees (its version is 0 where there is none)."""

    id: int
    code: str
    name_de: str
    name_en: str
    is_advertising: bool
    wording_version: int
    wording: str
    cells: tuple[Cell, ...]
    is_retired: bool = False


@dataclass(frozen=True, slots=True)
class Preferences:
    """All that the page shows of one reader."""

    choices: tuple[Choice, ...]
    emails: tuple[str, ...]
    phones: tuple[str, ...]
    places: tuple[str, ...]

    def cell(self, purpose: str, channel: str) -> Cell | None:
        for choice in self.choices:
            for cell in choice.cells:
                if (cell.purpose, cell.channel) == (purpose, channel):
                    return cell
        return None

    def in_use(self) -> Preferences:
        """Without purposes that are retired, unless there is something to take back of them."""
        choices = tuple(
            each for each in self.choices if not each.is_retired or any(cell.can_refuse for cell in each.cells)
        )
        return replace(self, choices=choices)

    def cells(self) -> list[Cell]:
        return [cell for choice in self.choices for cell in choice.cells]

    def choice(self, code: str) -> Choice | None:
        return next((each for each in self.choices if each.code == code), None)


async def preferences_of(holder: Holder, spoken: str, now: datetime) -> Preferences:
    """What holds for the reader of a link, with the wordings in the language that they read; one statement."""
    row = await fetch_one(_PAGE, holder.person_id, holder.address, now, "email")
    assert row is not None
    purposes = msgspec.json.decode(row.purposes, type=list[_Purpose])
    events = msgspec.json.decode(row.events, type=list[_Event])
    origins = tuple(each.as_origin() for each in msgspec.json.decode(row.origins, type=list[OriginRow]))
    choices = []
    for purpose in purposes:
        version, text = _wording(purpose.wordings, spoken)
        facts = purpose_facts(_as_row(purpose))
        cells = tuple(
            _cell(
                facts,
                channel,
                events,
                origins if channel == "email" else (),
                holder.address if channel == "email" else "",
                has_wording=bool(text),
            )
            for channel in purpose.channels.split(",")
        )
        choices.append(
            Choice(
                purpose.id,
                purpose.code,
                purpose.name_de,
                purpose.name_en,
                purpose.is_advertising,
                version,
                text,
                cells,
                purpose.retired_at is not None,
            )
        )
    return Preferences(
        tuple(choices), tuple(row.emails), tuple(row.phones), tuple(place for place in row.places if place)
    )


def _as_row(purpose: _Purpose) -> Row:
    return purpose  # type: ignore[return-value]  # it has the same names


def _wording(wordings: Mapping[str, tuple[int, str]], spoken: str) -> tuple[int, str]:
    return wordings.get(spoken) or next(iter(wordings.values()), (0, ""))


def _cell(
    facts: PurposeFacts,
    channel: str,
    events: list[_Event],
    origins: tuple[object, ...],
    address: str,
    *,
    has_wording: bool,
) -> Cell:
    own = [each for each in events if each.purpose == facts.code and each.channel == channel]

    def said_by(*whose: str) -> State:
        said: list[EventRow] = [each for each in own if each.whose in whose]
        return combined_state(said, facts.needs_confirmation, channel, address)

    state = said_by("person", "link", "other")
    decision = decide(Facts(facts, channel, state=state, origins=origins))  # type: ignore[arg-type]
    return Cell(
        facts.code,
        channel,
        state,
        decision,
        has_wording
        and not facts.is_retired
        and not decision.allowed
        and (state.status != Status.PENDING or bool(state.mailbox)),
        said_by("person"),
        said_by("link"),
    )


async def purpose_of(holder: Holder) -> Row | None:
    """The purpose that the mail with this link was about, if it names one that there is."""
    return await fetch_one("SELECT code, name_de, name_en FROM purpose WHERE id = $1", holder.named.purpose_id)
