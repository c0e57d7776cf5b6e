"""The chain: nobody changes the ledger without it being noticed."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import asyncpg
import pytest

from crm.consents.chain import FIRST, Link, address_key, link_hash, payload_hash
from crm.consents.tables import ConsentEventKind as Event
from crm.consents.verification import last_verification, verify_ledger
from crm.database import execute, fetch, fetch_value
from crm.notifications.ledger_watch import watch_ledger
from tests.cast import Cast
from tests.consents.conftest import NOW, Client, customer, person_at
from tests.consents.test_recording import record


@pytest.fixture
async def events(anna: Client) -> list[int]:
    """Three events of Anna's."""
    return [
        await record(anna.person, kind, now=NOW + timedelta(minutes=minute), evidence={"note": "Ordner 7"})
        for minute, kind in enumerate((Event.GIVEN, Event.CONFIRMED, Event.WITHDRAWN))
    ]


async def tamper(sql: str, *args: object) -> None:
    """What somebody with full rights over the database could do."""
    await execute("GRANT UPDATE, DELETE ON consent_event TO CURRENT_USER")
    await execute("ALTER TABLE consent_event DISABLE TRIGGER ALL")
    await execute(sql, *args)


async def test_an_untouched_ledger_is_whole(events: list[int]) -> None:
    found = await verify_ledger(by=None, now=NOW)

    assert (found.ok, found.first_broken, found.events) == (True, None, 3)
    assert await last_verification() == found


async def test_an_empty_ledger_is_whole(db: None) -> None:
    assert (await verify_ledger(by=None, now=NOW)).ok


@pytest.mark.parametrize(
    "change",
    [
        "event = 'given'", "at = at - interval '1 year'", "person_id = person_id + 1", "wording_version = 9",
        "recorded_by = 1", "source = 'paper'", "hash = '\\x00'", "payload_id = payload_id - 1", "channel = 'phone'",
    ],
)  # fmt: skip
async def test_a_changed_event_is_found(events: list[int], change: str) -> None:
    await tamper(f"UPDATE consent_event SET {change} WHERE id = $1", events[1])

    assert (await verify_ledger(by=None, now=NOW)).first_broken == events[1]


async def test_a_deleted_event_is_found_at_the_one_after_it(events: list[int]) -> None:
    await tamper("DELETE FROM consent_event WHERE id = $1", events[1])

    assert (await verify_ledger(by=None, now=NOW)).first_broken == events[2]


async def test_an_end_that_was_cut_off_is_found_at_the_next_verification(events: list[int]) -> None:
    await verify_ledger(by=None, now=NOW)
    await tamper("DELETE FROM consent_event WHERE id = $1", events[2])

    assert (await verify_ledger(by=None, now=NOW)).first_broken == events[2]


async def test_changed_evidence_is_found(events: list[int]) -> None:
    await execute(
        "UPDATE consent_payload SET fields = '{\"note\": \"Ordner 8\"}' "
        "WHERE id = (SELECT payload_id FROM consent_event WHERE id = $1)",
        events[0],
    )  # fmt: skip

    assert (await verify_ledger(by=None, now=NOW)).first_broken == events[0]


async def test_evidence_that_vanished_is_found(events: list[int]) -> None:
    await execute(
        "DELETE FROM consent_payload WHERE id = (SELECT payload_id FROM consent_event WHERE id = $1)", events[0]
    )

    assert (await verify_ledger(by=None, now=NOW)).first_broken == events[0]


async def test_evidence_erased_on_purpose_leaves_the_chain_whole(events: list[int]) -> None:
    await execute(
        "UPDATE consent_payload SET fields = NULL, salt = '', erased_at = $2 "
        "WHERE id = (SELECT payload_id FROM consent_event WHERE id = $1)",
        events[0], NOW,
    )  # fmt: skip

    found = await verify_ledger(by=None, now=NOW)

    assert (found.ok, found.erased) == (True, 1)


async def test_the_officer_and_the_administrator_are_told_of_a_break_once(events: list[int], cast: Cast) -> None:
    assert await watch_ledger(now=NOW)
    await tamper("UPDATE consent_event SET channel = 'phone' WHERE id = $1", events[0])

    assert not await watch_ledger(now=NOW)
    assert not await watch_ledger(now=NOW + timedelta(days=1))

    told = await fetch("SELECT \"user\" FROM notification WHERE kind = 'ledger_broken' ORDER BY 1")
    assert [row[0] for row in told] == sorted([cast.sven.id, cast.ines.id])


async def test_two_at_the_same_moment_make_one_chain(own_database: str) -> None:
    row = await customer("Anna Größmann", "person", "T-1")
    person = await person_at(row, "Anna", "Größmann", "anna@groessmann.example", is_self=True)

    await asyncio.gather(*(record(person, Event.WITHDRAWN) for _ in range(12)))

    found = await verify_ledger(by=None, now=NOW)
    assert (found.ok, found.events) == (True, 12)
    assert len({bytes(e.previous_hash) for e in await fetch("SELECT previous_hash FROM consent_event")}) == 12


@pytest.mark.parametrize(
    "statement",
    ["UPDATE consent_event SET event = 'given'", "DELETE FROM consent_event", "TRUNCATE consent_event"],
)
async def test_the_database_itself_refuses_change_and_deletion(own_database: str, statement: str) -> None:
    row = await customer("Anna Größmann", "person", "T-1")
    await record(await person_at(row, "Anna", "Größmann", "a@groessmann.example"), Event.WITHDRAWN)

    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await execute(statement)
    await execute("GRANT UPDATE, DELETE, TRUNCATE ON consent_event TO CURRENT_USER")
    with pytest.raises(asyncpg.RestrictViolationError):
        await execute(statement)

    assert await fetch_value("SELECT count(*) FROM consent_event") == 1


def test_the_hashes_never_change_since_ledgers_rest_on_them() -> None:
    digest = payload_hash(b"salt", {"b": "2", "a": "ä"})
    link = Link(7, 1, None, "newsletter", "email", "given", 3, "paper", NOW, NOW, None, 9, digest)

    assert digest.hex() == "d3db0c2ab1d73971122ed3189f026f67228b44394990e67630d9dfd983eff352"
    assert link_hash(link, FIRST).hex() == "2f4d697be2aa8e2da83caf0cada159c62acb1e744969584f9d72d07323a79d10"
    assert (
        address_key(b"secret", " Info@Firma.example ")
        == "71cfeefbc15a49b0850f481026be9dd27ec464949b5be151168d06986b0e98ac"
    )
