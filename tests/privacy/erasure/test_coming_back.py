"""Who was erased does not come back by the way: an import leaves them out, a form asks first, and whoever writes anew is welcome."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from crm.customers.suppression.entries import erasures_of
from crm.database import Row, decoded, execute, fetch, fetch_value
from crm.interactions.events.holding import EventData, create_event
from crm.interactions.incoming.receiving import file_incoming_mail, receive_incoming
from crm.interactions.tables import Channel
from crm.records.importing import work_on_import
from crm.records.imports import Settings, assign_columns, receive_import, start_import
from crm.records.tables import Rule
from crm.records.targets import ImportKind
from tests.attacks.conftest import House
from tests.browser import Browser
from tests.privacy.erasure.conftest import NOW, ask, close_enquiries, erased

ROWS = (
    "Vorname;Nachname;E-Mail;Telefon\n"
    "Emre;Yıldız;EMRE@yildiz.example;\n"
    "Ein;Anderer;anderer@web.example;0911 551230\n"
)  # fmt: skip


@pytest.fixture
async def erasure(house: House, emre: int, tmp_path: Path) -> int:
    return await erased(house, emre, tmp_path)


async def imported(house: House, text: str) -> list[Row]:
    """What became of each row."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "alt.csv"
        path.write_text(text)
        run = await receive_import(path, path.name, ImportKind.CUSTOMERS, by=house.cast.eva.id, now=NOW)
    mapping = decoded(await fetch_value("SELECT mapping FROM import_run WHERE id = $1", run))
    await assign_columns(run, Settings(tuple(mapping), Rule.UPDATE, "Messe"), by=house.cast.eva.id, now=NOW)
    await start_import(run, now=NOW)
    while await work_on_import(run, now=NOW):
        pass
    return await fetch("SELECT * FROM import_row WHERE run = $1 AND NOT is_trial ORDER BY line", run)


async def test_an_import_leaves_them_out_and_keeps_nothing_of_the_row(house: House, erasure: int) -> None:
    rows = await imported(house, ROWS)
    assert [(row.outcome, row.reason) for row in rows] == [("skipped", "erased"), ("created", "")]
    assert rows[0].label == ""
    assert "yildiz" not in str(rows[0]).lower()
    assert await fetch_value("SELECT count(*) FROM email_address WHERE lower(address) = 'emre@yildiz.example'") == 0


async def test_who_writes_anew_is_a_new_contact_and_the_officer_hears_of_it(house: House, erasure: int) -> None:
    raw = b"From: Emre <emre@yildiz.example>\r\nMessage-ID: <neu@yildiz.example>\r\nSubject: Neue Frage\r\n\r\nWas kostet sie?"
    mail = await receive_incoming(raw, now=NOW)
    assert mail is not None
    await file_incoming_mail(mail, now=NOW)
    new = await fetch_value(
        "SELECT a.customer FROM email_address e JOIN affiliation a ON a.person = e.person WHERE lower(e.address) = 'emre@yildiz.example'"
    )
    assert new not in (None, house.emre)
    told = await fetch("SELECT \"user\", link FROM notification WHERE kind = 'erased_writes_again'")
    assert [tuple(row) for row in told] == [(house.cast.sven.id, f"/customers/{new}")]


async def test_by_hand_the_form_asks_first(doors: Browser, house: House, erasure: int) -> None:
    await doors.log_in(house.cast.ali)
    typed = {
        "kind": "person",
        "given_name": "Emre",
        "family_name": "Yıldız",
        "email": "emre@yildiz.example",
        "language": "de",
    }
    asked = await doors.post("/customers", typed)
    assert asked.status_code == 422
    assert f"Löschung Nr. {erasure}" in asked.text
    assert 'name="came_back"' in asked.text
    assert 'value="emre@yildiz.example"' in asked.text
    assert (await doors.post("/customers", {**typed, "came_back": "1"})).status_code == 303
    assert await erasures_of(emails=["emre@yildiz.example"]) == []
    assert await fetch_value("SELECT count(*) FROM audit_entry WHERE action = 'suppression.overruled'") == 1


async def test_a_person_at_a_company_is_asked_about_too(doors: Browser, house: House, erasure: int) -> None:
    await doors.log_in(house.cast.ali)
    typed = {"given_name": "E.", "family_name": "Y.", "email": "emre@yildiz.example", "language": "de"}
    where = f"/customers/{house.groessmann}/persons"
    assert (await doors.post(where, typed)).status_code == 422
    assert (await doors.post(where, {**typed, "came_back": "1"})).status_code == 303


async def test_an_employee_without_an_address_of_their_own_does_not_come_back_unasked_either(
    doors: Browser, house: House, tmp_path: Path
) -> None:
    """Anna was reached by the company's address alone, which stays: her name with the company's tells."""
    await execute("DELETE FROM email_address WHERE person = $1", house.anna)
    await execute("DELETE FROM phone_number WHERE person = $1", house.anna)
    await close_enquiries(house.groessmann)
    erasure = await erased(house, await ask(house.anna), tmp_path)
    rows = await imported(
        house,
        "Firma;Vorname;Nachname\nGROESSMANN Küchen GmbH;Anna;Quitterer\nGrößmann Küchen GmbH;Anna;Kaya\nHansen AG;Anna;Quitterer\n",
    )
    assert [(row.outcome, row.reason) for row in rows if row.reason == "erased"] == [("skipped", "erased")]
    assert rows[0].reason == "erased"
    await doors.log_in(house.cast.ali)
    where, typed = f"/customers/{house.groessmann}/persons", {"language": "de", "family_name": "Quitterer"}
    asked = await doors.post(where, {**typed, "given_name": "Anna"})
    assert asked.status_code == 422
    assert f"Löschung Nr. {erasure}" in asked.text
    assert (await doors.post(where, {**typed, "given_name": "Max"})).status_code == 303
    assert (await doors.post(where, {**typed, "given_name": "Anna", "came_back": "1"})).status_code == 303


async def test_whoever_loads_many_over_the_api_is_asked_for_that_one(
    doors: Browser, house: House, erasure: int
) -> None:
    await doors.log_in(house.cast.ali)
    emre = {"external_id": "E-1", "kind": "person", "family_name": "Yıldız", "email": "emre@yildiz.example"}
    items = [emre, {**emre, "external_id": "E-2", "email": "anderer@web.example"}]
    asked = (await doors.api("POST", "/customers/bulk", {"items": items})).json()["items"]
    assert [one["status"] for one in asked] == ["wrong", "created"]
    assert list(asked[0]["errors"]) == ["came_back"]
    assert await erasures_of(emails=["emre@yildiz.example"]) == [erasure]
    for status in ("created", "unchanged"):
        told = await doors.api("POST", "/customers/bulk", {"items": [{**emre, "came_back": True}]})
        assert [one["status"] for one in told.json()["items"]] == [status]
    assert await fetch_value("SELECT count(*) FROM audit_entry WHERE action = 'suppression.overruled'") == 1


async def test_at_an_event_the_form_and_the_api_ask_too(doors: Browser, house: House, erasure: int) -> None:
    fair = EventData("Messe", date(2026, 11, 2), Channel.FAIR, "", None)
    event = await create_event(fair, by=house.cast.petra.id, now=NOW)
    await doors.log_in(house.cast.petra)
    typed = {"kind": "person", "family_name": "Yıldız", "email": "emre@yildiz.example", "text": "Will einen Katalog."}
    asked = await doors.post(f"/events/{event}/prospects", typed)
    assert asked.status_code == 422
    assert f"Löschung Nr. {erasure}" in asked.text
    assert 'name="came_back"' in asked.text
    assert (await doors.api("POST", f"/events/{event}/prospects", typed)).status_code == 422
    assert await erasures_of(emails=["emre@yildiz.example"]) == [erasure]
    told = await doors.api("POST", f"/events/{event}/prospects", {**typed, "came_back": True})
    assert told.status_code == 201
    assert await erasures_of(emails=["emre@yildiz.example"]) == []
