"""What runs out in the night."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from crm.consents.actions import record_event
from crm.consents.confirming import ask_again, confirm_consent
from crm.consents.expiring import Waited, expire_consents, has_run_out, months_after
from crm.consents.ledger import State, Status
from crm.consents.recording import Entry, record_events
from crm.consents.tables import ConsentEventKind as Event
from crm.consents.tables import ConsentSource as Source
from crm.consents.verification import verify_ledger
from crm.database import execute, fetch, fetch_value
from tests.cast import Cast
from tests.consents.conftest import NOW, Client, customer, person_at
from tests.consents.test_confirming import token
from tests.consents.test_recording import record

LATE = NOW + timedelta(days=15)


async def expired() -> list[tuple[int | None, str, str]]:
    rows = await fetch(
        "SELECT e.person_id, e.purpose, y.fields ->> 'expiry' AS why FROM consent_event e JOIN consent_payload y ON y.id = e.payload_id "
        "WHERE e.event = 'expired' ORDER BY e.id"
    )
    return [tuple(row) for row in rows]


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        ("2026-01-31", 1, "2026-02-28"), ("2024-02-29", 12, "2025-02-28"), ("2026-11-23", 14, "2028-01-23"),
        ("2026-12-31", 2, "2027-02-28"), ("2026-10-31", 24, "2028-10-31"),
    ],
)  # fmt: skip
def test_months_end_on_the_same_day_or_the_last(start: str, months: int, end: str) -> None:
    moment = datetime.fromisoformat(f"{start}T10:00:00+00:00")

    assert months_after(moment, months) == datetime.fromisoformat(f"{end}T10:00:00+00:00")


def test_a_link_that_still_works_leaves_time() -> None:
    waits = State(Status.PENDING, NOW)

    assert has_run_out(waits, Waited(NOW, False, None), LATE, 14) == "not_confirmed"
    assert has_run_out(waits, Waited(NOW, True, None), LATE, 14) == ""
    assert has_run_out(waits, Waited(NOW, False, None), NOW + timedelta(days=13), 14) == ""


@pytest.mark.parametrize("status", [Status.NONE, Status.EXPIRED, Status.WITHDRAWN, Status.OBJECTED, Status.REFUSED])
def test_what_does_not_hold_cannot_run_out(status: Status) -> None:
    assert has_run_out(State(status, NOW), Waited(NOW, False, 1), NOW + timedelta(days=900), 14) == ""


async def test_what_nobody_confirmed_expires_once(anna: Client, studio: Client) -> None:
    await record(anna.person, Event.GIVEN)
    await record(studio.person, Event.GIVEN)
    await confirm_consent(await token(), now=NOW + timedelta(hours=1))

    assert await expire_consents(now=NOW + timedelta(days=13)) == 0
    assert await expire_consents(now=LATE) == 1
    assert await expire_consents(now=LATE + timedelta(days=1)) == 0

    assert await expired() == [(anna.person, "newsletter", "not_confirmed")]
    assert (await verify_ledger(by=None, now=LATE)).ok


async def test_a_link_that_was_sent_later_gives_time(anna: Client, cast: Cast) -> None:
    await record(anna.person, Event.GIVEN)
    await ask_again(person_id=anna.person, purpose="newsletter", by=cast.petra.id, now=NOW + timedelta(days=10))

    assert await expire_consents(now=LATE) == 0
    assert await expire_consents(now=NOW + timedelta(days=25)) == 1


async def test_what_an_import_brings_has_its_days_from_the_import(anna: Client) -> None:
    long_ago = NOW - timedelta(days=900)
    await record_events(
        [Entry(anna.person, None, "newsletter", "email", Event.GIVEN, Source.IMPORT, long_ago, 1)], by=None, now=NOW
    )

    assert await fetch_value("SELECT count(*) FROM outbox_message") == 0
    assert await expire_consents(now=NOW + timedelta(days=13)) == 0
    assert await expire_consents(now=LATE) == 1


async def test_a_purpose_can_limit_how_long_consent_holds(anna: Client, studio: Client) -> None:
    await execute("UPDATE purpose SET consent_months = 24 WHERE code = 'newsletter'")
    await record(anna.person, Event.GIVEN, source=Source.PAPER)
    await record(studio.person, Event.GIVEN, source=Source.PAPER, now=NOW + timedelta(days=30))
    await record(anna.person, Event.GIVEN, source=Source.PAPER, purpose="offers", channel="phone")
    two_years = datetime(2028, 11, 23, 9, 0, tzinfo=UTC)

    assert await expire_consents(now=two_years - timedelta(minutes=1)) == 0
    assert await expire_consents(now=two_years) == 1
    assert await expired() == [(anna.person, "newsletter", "time_over")]

    await record(anna.person, Event.GIVEN, source=Source.PAPER, now=two_years + timedelta(days=1))
    assert await expire_consents(now=two_years + timedelta(days=2)) == 0


async def test_addresses_without_a_person_expire_as_well(studio: Client) -> None:
    await record_event(
        address="info@yildiz.example", purpose="newsletter", channel="email", event=Event.GIVEN, source=Source.PHONE,
        wording_version=1, by=None, now=NOW,
    )  # fmt: skip

    assert await expire_consents(now=LATE) == 1
    assert await expired() == [(None, "newsletter", "not_confirmed")]


async def test_old_links_and_their_addresses_are_forgotten(anna: Client) -> None:
    await record(anna.person, Event.GIVEN)

    await expire_consents(now=NOW + timedelta(days=100))
    assert await fetch_value("SELECT count(*) FROM consent_confirmation") == 1
    await expire_consents(now=NOW + timedelta(days=200))
    assert await fetch_value("SELECT count(*) FROM consent_confirmation") == 0


async def test_two_nights_at_once_note_each_once(own_database: str) -> None:
    row = await customer("Anna Größmann", "person", "T-1")
    person = await person_at(row, "Anna", "Größmann", "anna@groessmann.example", is_self=True)
    for purpose in ("newsletter", "offers", "survey"):
        await record(person, Event.GIVEN, purpose=purpose)

    noted = await asyncio.gather(*(expire_consents(now=LATE) for _ in range(4)))

    assert sum(noted) == 3
    assert len(await expired()) == 3
    assert (await verify_ledger(by=None, now=LATE)).ok
