"""Erasing Emre: once or in many attempts, the end is the same; figures stay; what a duty keeps goes when it ends."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from crm.customers.suppression.entries import erasures_of
from crm.database import execute, fetch, fetch_one, fetch_value
from crm.files.queries import file_named
from crm.privacy.erasure import executing
from crm.privacy.erasure.ending import end_duties, forget_answers
from crm.privacy.erasure.mentions import BLACK
from crm.reports.figures import figures_of
from tests.attacks.conftest import House
from tests.privacy.erasure.conftest import NOW, approved, ask, close_enquiries, erased

ZONE = ZoneInfo("Europe/Berlin")


async def test_emre_is_erased_and_his_key_stays(house: House, emre: int, tmp_path: Path) -> None:
    erasure = await erased(house, emre, tmp_path)
    person = await fetch_one("SELECT * FROM person WHERE id = $1", house.emre_person)
    assert person is not None
    assert (person.given_name, person.family_name) == ("", "")
    customer = await fetch_one("SELECT * FROM customer WHERE id = $1", house.emre)
    assert customer is not None
    assert customer.name == customer.search_text == ""
    assert customer.deleted_at == customer.erased_at is not None
    assert await erasures_of(emails=["EMRE@yildiz.example"]) == [erasure]
    assert await erasures_of(emails=["anna@groessmann.example"]) == []
    assert await fetch_value("SELECT needles::text FROM erasure WHERE id = $1", erasure) == "{}"
    assert await fetch_value("SELECT status FROM data_request WHERE id = $1", emre) == "done"


async def test_anna_goes_and_her_company_stays(house: House, tmp_path: Path) -> None:
    await close_enquiries(house.groessmann)
    erasure = await erased(house, await ask(house.anna), tmp_path)
    assert await erasures_of(emails=["anna@groessmann.example"]) == [erasure]
    assert await fetch_value("SELECT name FROM customer WHERE id = $1", house.groessmann) == "Größmann Küchen GmbH"
    assert await fetch_value("SELECT address FROM email_address WHERE customer = $1", house.groessmann)
    assert not await fetch("SELECT 1 FROM affiliation WHERE person = $1", house.anna)
    words = await fetch_value("SELECT search_text FROM customer WHERE id = $1", house.groessmann)
    assert "quitterer" not in words
    assert "kuchen" in words or "kuechen" in words


async def test_what_a_company_asked_stays_with_the_employee_blackened(house: House, tmp_path: Path) -> None:
    ticket = house.ticket
    await execute(
        "UPDATE ticket_message SET text = 'Wann kommt die Platte? Gruß, Anna Quitterer', sender = 'anna@groessmann.example', "
        "person_id = $2 WHERE ticket = $1",
        ticket, house.anna,
    )  # fmt: skip
    await execute("UPDATE ticket SET subject = 'Platte für Frau Quitterer' WHERE id = $1", ticket)
    await execute(
        "UPDATE timeline_entry SET title = 'Platte für Frau Quitterer' WHERE kind = 'ticket' AND ref_id = $1", ticket
    )
    await close_enquiries(house.groessmann)
    await erased(house, await ask(house.anna), tmp_path)
    assert await fetch_value("SELECT subject FROM ticket WHERE id = $1", ticket) == f"Platte für Frau {BLACK}"
    message = await fetch_one("SELECT text, sender FROM ticket_message WHERE ticket = $1", ticket)
    assert message is not None
    assert (message.text, message.sender) == (f"Wann kommt die Platte? Gruß, {BLACK}", "")
    line = await fetch_one("SELECT title, folded FROM timeline_entry WHERE kind = 'ticket' AND ref_id = $1", ticket)
    assert line is not None
    assert line.title == f"Platte für Frau {BLACK}"
    assert "wann kommt die platte" in line.folded
    assert "quitterer" not in line.folded


async def test_the_figures_of_the_past_do_not_change(house: House, emre: int, tmp_path: Path) -> None:
    month = date(NOW.year, NOW.month, 1)
    then = NOW + timedelta(seconds=1)
    before = await figures_of(month, now=then, zone=ZONE, is_provisional=True)
    await erased(house, emre, tmp_path)
    after = await figures_of(month, now=then, zone=ZONE, is_provisional=True)
    for name in ("channels", "directions", "touchpoints", "levels", "topics", "kinds", "causes", "origins", "contacts"):
        assert getattr(after, name) == getattr(before, name), name


async def test_a_worker_that_dies_is_followed_by_one_who_ends_it(
    house: House, emre: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    erasure = await approved(house, emre)
    whole, tables = executing.apply_treatment, list[str]()

    async def dying(erasure_id: int, table: str, *rest: object) -> None:
        await whole(erasure_id, table, *rest)  # type: ignore[arg-type]
        tables.append(table)
        if len(tables) % 7 == 0:
            raise RuntimeError("killed")

    monkeypatch.setattr(executing, "apply_treatment", dying)
    now, deaths = NOW, 0
    while await fetch_value("SELECT status FROM erasure WHERE id = $1", erasure) != "done":
        try:
            await executing.erase_person(erasure, journal=tmp_path, now=now)
        except RuntimeError:
            deaths += 1
        now += executing.STALE + timedelta(seconds=1)
    assert deaths >= 2
    assert await fetch_value("SELECT count(*) FROM erasure_row WHERE done_at IS NULL AND treatment <> 'keep'") == 0
    assert await fetch_value("SELECT count(*) FROM email_address WHERE person = $1", house.emre_person) == 0
    assert await fetch_value("SELECT count(*) FROM outbox_message WHERE id = (SELECT outbox_id FROM erasure)") == 1


async def test_two_workers_do_it_once(house: House, emre: int, tmp_path: Path) -> None:
    erasure = await approved(house, emre)
    assert await executing.erase_person(erasure, journal=tmp_path, now=NOW)
    assert not await executing.erase_person(erasure, journal=tmp_path, now=NOW)


async def test_the_certificate_names_nobody_and_opens(house: House, emre: int, tmp_path: Path) -> None:
    from pypdfium2 import PdfDocument

    erasure = await erased(house, emre, tmp_path)
    name = await fetch_value("SELECT certificate_hash FROM erasure WHERE id = $1", erasure)
    document = PdfDocument((await file_named(name)).content)
    text = " ".join(page.get_textpage().get_text_range() for page in document)
    assert f"Löschbescheinigung Nr. {erasure}" in text
    assert "Ines Brandt" in text
    assert "BGB §§ 195, 199" in text
    assert "Emre" not in text
    assert "ldız" not in text


async def test_the_answer_is_emptied_when_it_has_left(house: House, emre: int, tmp_path: Path) -> None:
    erasure = await erased(house, emre, tmp_path)
    answer = await fetch_one(
        "SELECT m.* FROM outbox_message m JOIN erasure e ON e.outbox_id = m.id WHERE e.id = $1", erasure
    )
    assert answer is not None
    assert (answer.to_address, answer.status) == ("emre@yildiz.example", "queued")
    assert await forget_answers(now=NOW) == 0
    assert await forget_answers(now=NOW + timedelta(days=15)) == 1
    assert await fetch_value("SELECT to_address FROM outbox_message WHERE id = $1", answer.id) == ""


async def test_what_a_duty_keeps_goes_after_its_last_day(house: House, emre: int, tmp_path: Path) -> None:
    await erased(house, emre, tmp_path)
    last = await fetch_value(
        "SELECT max(ends_on) FROM erasure_row WHERE treatment = 'keep' AND table_name = 'data_request'"
    )
    on_it = datetime(last.year, 12, 31, 12, tzinfo=UTC)
    await end_duties(now=on_it)
    assert await fetch_value("SELECT requester_address FROM data_request WHERE id = $1", emre) == "emre@yildiz.example"
    assert await end_duties(now=on_it + timedelta(days=1)) > 0
    assert await fetch_value("SELECT requester_address FROM data_request WHERE id = $1", emre) == ""
    assert await end_duties(now=on_it + timedelta(days=1)) == 0
