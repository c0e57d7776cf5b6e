"""Many events that are added to the ledger at once are there as if they had come one by one."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import timedelta

import pytest

from crm.consents.actions import record_event
from crm.consents.recording import Entry, record_events
from crm.consents.tables import ConsentEventKind as Event
from crm.consents.tables import ConsentSource
from crm.consents.verification import verify_ledger
from crm.database import Statements, counted, execute, fetch
from crm.errors import Invalid
from tests.consents.conftest import NOW, Client

_LEDGER = (
    "SELECT e.person_id, e.address_key, e.purpose, e.channel, e.event, e.wording_version, e.source, e.at, e.recorded_at, e.recorded_by, "
    "p.fields::text AS fields FROM consent_event e JOIN consent_payload p ON p.id = e.payload_id WHERE e.id > $1 ORDER BY e.id"
)
_HISTORY = (
    "SELECT customer, person_id, kind, at, title, by_user, (detail - 'event')::text AS detail FROM timeline_entry "
    "WHERE id > $1 ORDER BY kind, customer, ref_id, id"
)
_AUDIT = (
    "SELECT e.action, e.subject_kind, e.subject_id, e.at, p.fields - 'ledger' AS fields FROM audit_entry e "
    "JOIN audit_payload p ON p.id = e.payload_id WHERE e.id > $1 AND e.action LIKE ANY('{consent.recorded,customer.status}')"
)


def _entries(anna: Client, studio: Client) -> list[Entry]:
    """What a file may hold: yes and no, confirmations with and without something to confirm, mistakes."""
    draw, found = random.Random(11), []
    for n in range(160):
        person = draw.choice([anna.person, studio.person, None])
        event = draw.choice([*Event])
        found.append(Entry(
            person, None if person else draw.choice(["info@yildiz.example", "fremd@example.de"]),
            draw.choice(["newsletter", "newsletter", "profiling", "nothing"]), draw.choice(["email", "phone", "letter"]), event,
            ConsentSource.IMPORT, NOW - timedelta(days=draw.randint(-1, 400)), 1 if event == Event.GIVEN else draw.choice([None, 1, 99]),
            {"evidence": draw.choice(["", f"Karte {n}"]), "file": "alt.csv"},
        ))  # fmt: skip
    return found


async def _one_by_one(entries: Sequence[Entry]) -> list[str]:
    told = []
    for one in entries:
        try:
            await record_event(
                person_id=one.person_id, address=one.address, purpose=one.purpose, channel=one.channel, event=one.event,
                source=one.source, wording_version=one.wording_version, by=None, now=NOW, at=one.at, evidence=one.evidence,
            )  # fmt: skip
            told.append("")
        except Invalid as invalid:
            told.append(invalid.sentence)
    return told


async def _written(since: tuple[int, int, int]) -> list[list[str]]:
    return [
        sorted(str(dict(row)) for row in await fetch(sql, start)) if sql is _AUDIT else [str(dict(row)) for row in await fetch(sql, start)]
        for sql, start in zip((_LEDGER, _HISTORY, _AUDIT), since, strict=True)
    ]  # fmt: skip


async def _ends() -> tuple[int, int, int]:
    (row,) = await fetch(
        "SELECT (SELECT coalesce(max(id), 0) FROM consent_event) AS a, (SELECT coalesce(max(id), 0) FROM timeline_entry) AS b, "
        "(SELECT coalesce(max(id), 0) FROM audit_entry) AS c"
    )
    return row.a, row.b, row.c


@pytest.mark.parametrize("trigger", ["newsletter", "first_order"])
async def test_many_at_once_are_as_one_by_one(anna: Client, studio: Client, trigger: str) -> None:
    await execute("UPDATE company SET conversion_trigger = $1", trigger)
    entries = _entries(anna, studio)
    results = []
    for is_one_by_one in (True, False):
        await execute("SAVEPOINT before")
        await execute("UPDATE customer SET status = 'prospect'")
        since = await _ends()
        if is_one_by_one:
            told = await _one_by_one(entries)
        else:
            told = [
                "" if isinstance(one, int) else one["de"].sentence
                for one in await record_events(entries, by=None, now=NOW)
            ]
            assert (await verify_ledger(by=None, now=NOW)).ok
        statuses = [row.status for row in await fetch("SELECT status FROM customer ORDER BY id")]
        results.append((told, statuses, await _written(since)))
        await execute("ROLLBACK TO before")
    by_hand, at_once = results
    assert at_once == by_hand
    assert 20 < by_hand[0].count("") < 140, "some are refused, some are not"
    assert ("customer" in by_hand[1]) is (trigger == "newsletter")


@pytest.mark.parametrize("is_many", [False, True])
async def test_the_line_about_somebody_who_was_merged_leads_to_where_they_are_now(
    anna: Client, studio: Client, is_many: bool
) -> None:
    await execute("UPDATE person SET merged_into = $2 WHERE id = $1", studio.person, anna.person)
    entry = Entry(studio.person, None, "newsletter", "email", Event.REFUSED, ConsentSource.IMPORT, NOW)
    if is_many:
        await record_events([entry], by=None, now=NOW)
    else:
        await record_event(
            person_id=entry.person_id, purpose=entry.purpose, channel=entry.channel, event=entry.event, source=entry.source, by=None,
            now=NOW,
        )  # fmt: skip
    lines = await fetch("SELECT customer, person_id FROM timeline_entry WHERE kind = 'consent' ORDER BY customer")
    assert [tuple(line) for line in lines] == [(anna.customer, anna.person), (studio.customer, anna.person)]


async def test_the_number_of_statements_is_fixed(anna: Client, studio: Client) -> None:
    counts = []
    for times in (1, 40):
        token = counted.set(Statements())
        try:
            given = [
                Entry(
                    client.person,
                    None,
                    "newsletter",
                    "email",
                    Event.GIVEN,
                    ConsentSource.IMPORT,
                    NOW - timedelta(days=n),
                    1,
                )
                for n in range(times)
                for client in (anna, studio)
            ]
            assert {
                str(one) for one in await record_events(given, by=None, now=NOW) if not isinstance(one, int)
            } == set()
            counts.append(len(counted.get() or ()))
        finally:
            counted.reset(token)
    assert 0 < counts[0] == counts[1] <= 25


async def test_of_somebody_whose_data_were_erased_only_a_no_is_written(anna: Client, studio: Client) -> None:
    await execute("UPDATE person SET erased_at = $2 WHERE id = $1", anna.person, NOW)

    def said(person: int, event: Event) -> Entry:
        version = 1 if event == Event.GIVEN else None
        return Entry(person, None, "newsletter", "email", event, ConsentSource.PAPER, NOW, version)

    refused, written, of_another = await record_events(
        [said(anna.person, Event.GIVEN), said(anna.person, Event.OBJECTED), said(studio.person, Event.GIVEN)],
        by=None,
        now=NOW,
    )
    assert isinstance(refused, dict)
    assert list(refused["de"].errors) == ["person_id"]
    assert isinstance(written, int)
    assert isinstance(of_another, int)
