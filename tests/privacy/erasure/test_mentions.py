"""Mentions of the person elsewhere: however many, wherever they are repeated, and whenever they were written."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from crm.accounts.audit import record
from crm.customers.actions import create_private_person
from crm.customers.data import PersonData, PrivatePersonData
from crm.database import execute, fetch, fetch_value
from crm.errors import Conflict, RuleBroken
from crm.interactions.actions import NewInteraction, log_interaction
from crm.interactions.tables import Channel, Direction
from crm.privacy.erasure import mention_queries, overview
from crm.privacy.erasure.executing import erase_person
from crm.privacy.erasure.overview import erasure_for, overview_of
from crm.privacy.erasure.preparing import (
    approve_erasure,
    decide_mention,
    decide_rest,
    hand_back_erasure,
    prepare_erasure,
    submit_erasure,
)
from crm.privacy.erasure.tables import Decision
from tests.attacks.conftest import House
from tests.privacy.erasure.conftest import NOW, approved, erased, submitted
from tests.privacy.erasure.dumped import traces

THEN = NOW - timedelta(minutes=30)
NOTE = "Herr Yıldız (emre@yildiz.example) hat uns empfohlen."
WORDS = ["Emre Yıldız", "Yıldız", "emre@yildiz.example"]


async def somebody_mentions_him(house: House, text: str = NOTE) -> int:
    contact = NewInteraction(house.groessmann, Channel.PHONE, Direction.INBOUND, text, house.anna)
    return (await log_interaction(contact, by=house.cast.ali.id, now=THEN)).id


async def test_earlier_versions_and_the_trail_are_searched_too(
    house: House, emre: int, tmp_path: Path, own_database: str
) -> None:
    contact = await somebody_mentions_him(house, "Ein Kunde hat uns empfohlen.")
    await execute(
        "INSERT INTO interaction_version (interaction, version, fields, at, by_user) VALUES ($1, 1, $2, $3, $4)",
        contact, json.dumps({"text": f"Guten Tag,\n{NOTE}"}), THEN, house.cast.ali.id,
    )  # fmt: skip
    fields = {"text": [f"Anruf\nYıldız: {NOTE}", "Ein Kunde hat uns empfohlen."]}
    await record("interaction.changed", "interaction", contact, by=house.cast.ali.id, now=THEN, fields=fields)
    await erased(house, emre, tmp_path)
    left = await traces(own_database, WORDS, [])
    assert set(left) <= {("data_request", "requester_address"), *mail_to_him(left)}, left
    changed = (
        "SELECT p.fields::text FROM audit_payload p JOIN audit_entry e ON e.payload_id = p.id "
        "WHERE e.action = 'interaction.changed' AND e.subject_id = $1"
    )
    assert "Ein Kunde" in str(await fetch_value(changed, contact))


def mail_to_him(left: dict[tuple[str, str], list[str]]) -> set[tuple[str, str]]:
    """The answer to him waits to be sent (see test_dump)."""
    return {place for place in left if place[0] in ("outbox_message", "outbox_copy")}


async def namesake(house: House, given: str, text: str) -> int:
    """Another customer called Yıldız, and what was noted about them; the contact."""
    data = PrivatePersonData(PersonData(given, "Yıldız"))
    customer, person = await create_private_person(data, by=house.cast.petra.id, now=THEN)
    contact = NewInteraction(customer, Channel.PHONE, Direction.INBOUND, text, person)
    return (await log_interaction(contact, by=house.cast.ali.id, now=THEN)).id


async def test_in_what_is_about_a_namesake_the_family_name_is_theirs(house: House, emre: int) -> None:
    of_her = await namesake(house, "Ayşe", "Frau Yıldız hat bezahlt.")
    of_her_about_him = await namesake(house, "Ayşe", "Frau Yıldız kam durch Emre Yıldız zu uns.")
    of_twin = await namesake(house, "Emre", "Emre Yıldız (nicht der aus Berlin) hat bezahlt.")
    of_twin_about_him = await namesake(house, "Emre", "Er bekommt Post für emre@yildiz.example.")
    of_others = await somebody_mentions_him(house, "Herr Yıldız war dabei.")
    row = await erasure_for(await prepare_erasure(emre, by=house.cast.sven.id, now=NOW))
    found = {text.row_id for text in (await overview_of(row, NOW)).texts if text.table == "interaction"}
    assert {of_her_about_him, of_twin_about_him, of_others} <= found
    assert not {of_her, of_twin} & found


async def test_names_of_others_are_no_mentions(house: House, emre: int) -> None:
    await execute("UPDATE customer SET name = 'Yıldız Bau GmbH' WHERE id = $1", house.groessmann)
    await execute("UPDATE person SET family_name = 'Yıldız' WHERE id = $1", house.anna)
    row = await erasure_for(await prepare_erasure(emre, by=house.cast.sven.id, now=NOW))
    texts = (await overview_of(row, NOW)).texts
    assert not [text.key for text in texts if text.table in ("customer", "person") and text.column.endswith("name")]


async def test_why_something_stays_does_not_name_him_afterwards(
    house: House, emre: int, tmp_path: Path, own_database: str
) -> None:
    erasure = await submitted(house, emre)
    reason = "Emre Yıldız hat noch etwas offen"
    await hand_back_erasure(await erasure_for(erasure), reason, by=house.cast.ines.id, now=NOW)
    await somebody_mentions_him(house)
    row = await erasure_for(erasure)
    for text in (await overview_of(row, NOW)).texts:
        if text.table == "interaction":
            key = (text.table, text.column, text.row_id)
            why = "Herr Yıldız ist Autor"
            await decide_mention(erasure, key, text.digest, Decision.LEAVE, why, by=house.cast.sven.id, now=NOW)
    await decide_rest(row, Decision.REDACT, "", by=house.cast.sven.id, now=NOW)
    seen = (await overview_of(row, NOW)).fingerprint
    await submit_erasure(row, seen, by=house.cast.sven.id, now=NOW)
    await approve_erasure(await erasure_for(erasure), seen, by=house.cast.ines.id, now=NOW)
    assert await erase_person(erasure, journal=tmp_path, now=NOW)
    left = await traces(own_database, WORDS, [])
    assert not {place for place in left if place[0].startswith(("erasure", "audit"))}, left
    kept = [row.reason for row in await fetch("SELECT reason FROM erasure_mention WHERE decision = 'leave'")]
    assert kept == ["Herr ▇▇▇ ist Autor"]


async def test_what_is_decided_makes_room_for_the_next(
    house: House, emre: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (mention_queries, overview):
        monkeypatch.setattr(module, "MOST", 3)
    for _ in range(8):
        await somebody_mentions_him(house)
    row = await erasure_for(await prepare_erasure(emre, by=house.cast.sven.id, now=NOW))
    first = await overview_of(row, NOW)
    assert (len(first.texts), first.more_texts) == (3, True)
    for text in first.texts:
        key = (text.table, text.column, text.row_id)
        await decide_mention(row.id, key, text.digest, Decision.REDACT, "", by=house.cast.sven.id, now=NOW)
    then = await overview_of(row, NOW)
    assert not {text.key for text in first.texts} & {text.key for text in then.texts}
    with pytest.raises(RuleBroken, match="entschieden"):
        await submit_erasure(row, then.fingerprint, by=house.cast.sven.id, now=NOW)
    assert await decide_rest(row, Decision.REDACT, "", by=house.cast.sven.id, now=NOW) > 3
    await submit_erasure(row, (await overview_of(row, NOW)).fingerprint, by=house.cast.sven.id, now=NOW)


async def test_what_is_written_about_him_after_the_submission_is_asked_about(house: House, emre: int) -> None:
    erasure = await submitted(house, emre)
    await somebody_mentions_him(house)
    row = await erasure_for(erasure)
    with pytest.raises(Conflict):
        await approve_erasure(row, row.fingerprint, by=house.cast.ines.id, now=NOW)
    assert await fetch_value("SELECT status FROM erasure WHERE id = $1", erasure) == "draft"


async def test_and_after_the_approval_as_well(house: House, emre: int, tmp_path: Path) -> None:
    erasure = await approved(house, emre)
    await somebody_mentions_him(house)
    assert not await erase_person(erasure, journal=tmp_path, now=NOW)
    assert await fetch_value("SELECT status FROM erasure WHERE id = $1", erasure) == "draft"


async def test_a_search_for_him_stops_nothing_and_is_blackened(
    house: House, emre: int, tmp_path: Path, own_database: str
) -> None:
    erasure = await approved(house, emre)
    await record("view.saved", "erasure", erasure, by=house.cast.ines.id, now=NOW, fields={"words": "Emre Yıldız"})
    assert await erase_person(erasure, journal=tmp_path, now=NOW)
    left = await traces(own_database, WORDS, [])
    assert not {place for place in left if place[0].startswith("audit")}, left
