""" "May I ...": what may be sent to a customer, in words per channel, for the card on their page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from crm.consents.chain import KEY_SQL
from crm.consents.gate import MAILBOX, ORIGINS, EventRow, combined_state
from crm.consents.ledger import NOES, State, Status, strictest
from crm.consents.tables import CHANNELS
from crm.customers.data import full_name_sql
from crm.customers.merged import MERGED_PERSONS
from crm.customers.words import CHANNELS as CHANNEL_NAMES
from crm.database import fetch_one
from crm.web.formats import short_date
from crm.web.i18n import _, language, word

SURVEY = "survey"
MOST_NAMES = 2

# $1 customer, $2 now
_ALL = f"""
    WITH people AS (
        SELECT p.id, {full_name_sql("p")} AS name
        FROM affiliation a JOIN person p ON p.id = a.person WHERE a.customer = $1 AND p.restricted_at IS NULL
    ), {MERGED_PERSONS}, subjects AS (
        SELECT id::text AS owner, name, id AS person, NULL::text AS key FROM people
        UNION ALL SELECT p.id::text, p.name, m.person, NULL FROM people p JOIN merged_person m ON m.survivor = p.id
        UNION ALL SELECT p.id::text, p.name, NULL, {KEY_SQL.format(address="e.address")}
            FROM email_address e JOIN people p ON p.id = e.person
        UNION ALL SELECT e.address, e.address, NULL, {KEY_SQL.format(address="e.address")}
            FROM email_address e WHERE e.customer = $1
    ), events AS (
        SELECT s.owner, s.name, s.person::text AS subject, v.purpose, v.channel, v.id, v.event, v.source, v.at,
            v.wording_version, {MAILBOX} FROM subjects s JOIN consent_event v ON v.person_id = s.person WHERE v.at <= $2
        UNION ALL SELECT s.owner, s.name, s.key, v.purpose, v.channel, v.id, v.event, v.source, v.at, v.wording_version, {MAILBOX}
        FROM subjects s JOIN consent_event v ON v.address_key = s.key AND v.person_id IS NULL WHERE v.at <= $2
    ), keys AS (
        SELECT DISTINCT key, owner, name FROM subjects WHERE key IS NOT NULL
    ), bought AS ({ORIGINS.format(what="k.owner, k.name,").replace("$4 = 'email'", "s.id IS NOT NULL AND f.told_on IS NOT NULL")})
    SELECT (SELECT coalesce(json_agg(p ORDER BY p.position, p.id), '[]')::text FROM (
            SELECT id, position, code, name_de, name_en, is_advertising, needs_confirmation, channels, is_own_similar FROM purpose
            WHERE legal_basis = 'consent' AND retired_at IS NULL) p) AS purposes,
        (SELECT count(DISTINCT owner) FROM subjects) AS owners,
        (SELECT coalesce(json_agg(e), '[]')::text FROM events e) AS events,
        ARRAY(SELECT DISTINCT name FROM bought) AS bought
"""


@dataclass(frozen=True, slots=True)
class MayRow:
    """One line of the card. `tone`: good, no or neutral."""

    channel: str
    label: str
    sentence: str
    tone: str


class _Purpose(msgspec.Struct):
    code: str
    name_de: str
    name_en: str
    is_advertising: bool
    needs_confirmation: bool
    channels: str
    is_own_similar: bool = False

    @property
    def name(self) -> str:
        return self.name_de if language.get() == "de" else self.name_en


class _Event(EventRow, kw_only=True):
    owner: str
    name: str
    purpose: str
    channel: str


@dataclass(frozen=True, slots=True)
class _Cell:
    """One purpose on one channel: the states of the people (and addresses) of the customer, by name."""

    purpose: _Purpose
    states: dict[str, State]
    bought: tuple[str, ...] = ()
    """Whose address came with a sale at which they were told of the right to object; only where that can allow it (UWG § 7 (3))."""

    def existing(self) -> list[str]:
        """Who may get it as an existing customer: without a consent, and without a no."""
        return [name for name in self.bought if self.states.get(name, State()).status not in (*NOES, Status.GIVEN)]

    def named(self, *statuses: Status) -> list[str]:
        return [name for name, state in self.states.items() if state.status in statuses]


async def may_contact(customer_id: int, now: datetime) -> list[MayRow]:
    """What may be sent to this customer beside answers to their own enquiries; one statement.

    A line per channel for advertising, and one for surveys; none for a customer without people and addresses. With several
    people it says who. The card informs; what
    decides about each message is the gate.
    """
    row = await fetch_one(_ALL, customer_id, now)
    assert row is not None
    purposes = msgspec.json.decode(row.purposes, type=list[_Purpose])
    events = msgspec.json.decode(row.events, type=list[_Event])
    is_one = row.owners <= 1
    if not row.owners:
        return []
    rows = []
    for channel in CHANNELS:
        cells = [
            _cell(p, channel, events, row.bought)
            for p in purposes
            if channel in p.channels.split(",") and p.code != SURVEY
        ]
        if cells:
            rows.append(_line(channel, cells, is_one))
    rows.extend(_survey_line(p, events, is_one) for p in purposes if p.code == SURVEY)
    return rows


def _cell(purpose: _Purpose, channel: str, events: Iterable[_Event], bought: Sequence[str] = ()) -> _Cell:
    owners: dict[tuple[str, str], list[EventRow]] = {}
    for event in events:
        if event.purpose == purpose.code and event.channel == channel:
            owners.setdefault((event.owner, event.name), []).append(event)
    states: dict[str, State] = {}
    for (_owner, name), found in owners.items():
        state = combined_state(found, purpose.needs_confirmation, channel)
        states[name] = strictest([state, states[name]]) if name in states else state
    suits = channel == "email" and purpose.is_own_similar and purpose.is_advertising
    return _Cell(purpose, states, tuple(sorted(bought)) if suits else ())


def _line(channel: str, cells: list[_Cell], is_one: bool) -> MayRow:
    label = word(CHANNEL_NAMES, channel)
    refused = sorted({name for cell in cells for name in cell.named(*NOES)})
    parts = [part for cell in cells for part in _parts(cell, is_one)]
    if any(cell.named(Status.GIVEN) or cell.existing() for cell in cells):
        return MayRow(channel, label, "; ".join(parts), "good")
    if refused:
        return MayRow(channel, label, _with_names(_("no advertising"), refused, is_one), "no")
    if channel == "letter":
        return MayRow(channel, label, _("yes, until somebody objects"), "neutral")
    return MayRow(channel, label, "; ".join(parts) or _("no advertising"), "neutral")


def _parts(cell: _Cell, is_one: bool) -> Iterator[str]:
    """What is to be said about one purpose: yes, not yet, no; nothing where nobody said anything."""
    words = {"purpose": cell.purpose.name}
    if yes := cell.named(Status.GIVEN):
        yield _yes(cell, yes, is_one)
    if existing := cell.existing():
        yield _with_names(_("%(purpose)s yes, as an existing customer (UWG § 7 (3))") % words, existing, is_one)
    if waiting := cell.named(Status.PENDING):
        yield _with_names(_("%(purpose)s not confirmed yet") % words, waiting, is_one)
    if no := cell.named(*NOES):
        yield _with_names(_("%(purpose)s no") % words, no, is_one)


def _survey_line(purpose: _Purpose, events: list[_Event], is_one: bool) -> MayRow:
    parts, refused = [], []
    for channel in purpose.channels.split(","):
        cell = _cell(purpose, channel, events)
        if yes := cell.named(Status.GIVEN):
            parts.append(_with_names(_("yes, %(channel)s") % {"channel": word(CHANNEL_NAMES, channel)}, yes, is_one))
        refused += cell.named(*NOES)
    if parts:
        return MayRow(SURVEY, _("Survey"), "; ".join(parts), "good")
    if refused:
        return MayRow(SURVEY, _("Survey"), _with_names(_("not wanted"), sorted(set(refused)), is_one), "no")
    return MayRow(SURVEY, _("Survey"), _("no consent"), "neutral")


def _yes(cell: _Cell, names: list[str], is_one: bool) -> str:
    state = strictest(cell.states[name] for name in names)
    since = state.since
    if is_one and since and state.mailbox:
        return _("%(purpose)s yes, since %(since)s, confirmed for %(mailbox)s") % {
            "purpose": cell.purpose.name, "since": short_date(since), "mailbox": state.mailbox,
        }  # fmt: skip
    if is_one and since:
        return _("%(purpose)s yes, since %(since)s") % {"purpose": cell.purpose.name, "since": short_date(since)}
    return _with_names(_("%(purpose)s yes") % {"purpose": cell.purpose.name}, names, is_one)


def _with_names(words: str, names: list[str], is_one: bool) -> str:
    if is_one:
        return words
    shown = ", ".join(names[:MOST_NAMES])
    if len(names) > MOST_NAMES:
        shown = _("%(names)s and %(count)s more") % {"names": shown, "count": len(names) - MOST_NAMES}
    return f"{words} ({shown})"
