"""The officer and the second person at their screens."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from crm.database import execute, fetch_value
from crm.privacy.erasure.executing import erase_person
from tests.attacks.conftest import House
from tests.browser import Browser
from tests.privacy.erasure.conftest import NOW, erased, prepared, submitted


async def test_from_the_request_to_the_certificate(doors: Browser, house: House, emre: int, tmp_path: Path) -> None:
    await doors.log_in(house.cast.sven)
    assert "Löschung vorbereiten" in (await doors.get(f"/privacy/requests/{emre}")).text
    made = await doors.post(f"/privacy/requests/{emre}/erasure", {})
    assert made.status_code == 303
    where = made.headers["location"]
    request = (await doors.get(f"/privacy/requests/{emre}")).text
    assert re.search(rf'href="{where}"[^>]*>(<[^>]+>)*Zur Löschung<', request)
    assert "Löschung vorbereiten" not in request
    shown = await doors.get(where)
    assert "Emre Yıldız" in shown.text
    assert "BGB §§ 195, 199" in shown.text
    assert int((await doors.get(where)).headers["x-sql-statements"]) <= 8
    await doors.post(f"{where}/mentions", {"rest": "redact"})
    seen = re.search(r'name="fingerprint" value="(\w+)"', (await doors.get(where)).text)
    assert seen is not None
    assert (await doors.post(f"{where}/submission", {"fingerprint": seen[1]})).status_code == 303
    own = await doors.post(f"{where}/approval", {"fingerprint": seen[1]})
    assert own.status_code == 422
    assert "andere Person" in own.text
    await doors.log_in(house.cast.ines)
    assert "Freigeben und löschen" in (await doors.get(where)).text
    assert (await doors.post(f"{where}/approval", {"fingerprint": seen[1]})).status_code == 303
    number = int(where.rsplit("/", 1)[1])
    await execute("UPDATE erasure SET status = 'running' WHERE id = $1", number)
    assert "wird ausgeführt" in (await doors.get(where)).text
    await execute("UPDATE erasure SET status = 'approved' WHERE id = $1", number)
    assert await erase_person(number, journal=tmp_path, now=NOW)
    done = await doors.get(where)
    assert "erledigt" in done.text
    assert "Emre" not in done.text
    pdf = await doors.get(f"{where}/certificate")
    assert pdf.content.startswith(b"%PDF")
    assert "Nr. " in (await doors.get("/privacy/erasures")).text


async def test_another_page_is_asked_about_anew(doors: Browser, house: House, emre: int) -> None:
    where = f"/privacy/erasures/{await prepared(house, emre)}"
    await doors.log_in(house.cast.sven)
    answer = await doors.post(f"{where}/submission", {"fingerprint": "0" * 64})
    assert answer.status_code == 409
    assert "noch einmal an" in answer.text


@pytest.mark.parametrize("who", ["ali", "eva", "karin"])
async def test_nobody_else_sees_any_of_it(doors: Browser, house: House, emre: int, who: str) -> None:
    erasure = await submitted(house, emre)
    await doors.log_in(getattr(house.cast, who))
    for path in ("/privacy/erasures", f"/privacy/erasures/{erasure}", "/privacy/duties", "/privacy/holds"):
        assert (await doors.get(path)).status_code in (403, 404), path
    assert (await doors.post(f"/privacy/erasures/{erasure}/approval", {})).status_code in (403, 404)


async def test_the_rest_is_decided_after_what_was_chosen(doors: Browser, house: House, emre: int) -> None:
    from crm.interactions.actions import NewInteraction, log_interaction
    from crm.interactions.tables import Channel, Direction
    from crm.privacy.erasure.overview import erasure_for, overview_of
    from crm.privacy.erasure.preparing import prepare_erasure

    for text in ("Herr Yıldız hat uns empfohlen.", "Gruß an Herrn Yıldız."):
        note = NewInteraction(house.groessmann, Channel.PHONE, Direction.INBOUND, text, house.anna)
        await log_interaction(note, by=house.cast.ali.id, now=NOW)
    erasure = await prepare_erasure(emre, by=house.cast.sven.id, now=NOW)
    first, *others = (await overview_of(await erasure_for(erasure), NOW)).texts
    assert others
    await doors.log_in(house.cast.sven)
    chosen = {f"digest-{first.key}": first.digest, f"decision-{first.key}": "leave", f"reason-{first.key}": "Autor"}
    answer = await doors.post(f"/privacy/erasures/{erasure}/mentions", {**chosen, "rest": "redact"})
    assert answer.status_code == 303
    decided = {text.key: text.decision for text in (await overview_of(await erasure_for(erasure), NOW)).texts}
    assert decided == {first.key: "leave"} | {text.key: "redact" for text in others}


async def test_a_mention_is_left_only_with_a_reason(doors: Browser, house: House, emre: int) -> None:
    from crm.interactions.actions import NewInteraction, log_interaction
    from crm.interactions.tables import Channel, Direction

    note = NewInteraction(
        house.groessmann, Channel.PHONE, Direction.INBOUND, "Herr Yıldız hat uns <b>empfohlen</b>.", house.anna
    )
    await log_interaction(note, by=house.cast.ali.id, now=NOW)
    await doors.log_in(house.cast.sven)
    where = (await doors.post(f"/privacy/requests/{emre}/erasure", {})).headers["location"]
    page = (await doors.get(where)).text
    assert "<mark>Yıldız</mark>" in page
    assert "<b>empfohlen" not in page
    key, digest = re.search(r'name="digest-(interaction\.text\.\d+)" value="(\w+)"', page).groups()  # type: ignore[union-attr]
    answer = await doors.post(f"{where}/mentions", {f"digest-{key}": digest, f"decision-{key}": "leave"})
    assert answer.status_code == 422
    assert "warum die Erwähnung stehen bleibt" in answer.text
    said = {f"digest-{key}": digest, f"decision-{key}": "leave", f"reason-{key}": "Es ist ein anderer Herr."}
    assert (await doors.post(f"{where}/mentions", said)).status_code == 303
    assert await fetch_value("SELECT decision FROM erasure_mention WHERE column_name = 'text'") == "leave"


async def test_the_officer_sets_for_how_long_letters_are_kept(doors: Browser, house: House) -> None:
    await doors.log_in(house.cast.sven)
    assert "HGB § 257 Abs. 1 Nr. 2, 3" in (await doors.get("/privacy/duties")).text
    wrong = await doors.post("/privacy/duties/1", {"years": "600", "version": "1"})
    assert wrong.status_code == 422
    assert 'value="600"' in wrong.text
    right = {"years": "7", "from_year_end": "1", "is_in_force": "1", "version": "1"}
    assert (await doors.post("/privacy/duties/1", right)).status_code == 303
    assert await fetch_value("SELECT years FROM keeping_duty WHERE id = 1") == 7
    assert (await doors.post("/privacy/duties/1", right)).status_code == 409


async def test_a_hold_by_the_customers_number(doors: Browser, house: House) -> None:
    await doors.log_in(house.cast.sven)
    number = await fetch_value("SELECT number FROM customer WHERE id = $1", house.groessmann)
    wrong = await doors.post("/privacy/holds", {"number": "K-0", "reason": "Streit"})
    assert "keinen Kunden mit dieser Nummer" in wrong.text
    assert (
        await doors.post("/privacy/holds", {"number": number, "reason": "Streit um die Arbeitsplatte"})
    ).status_code == 303
    page = (await doors.get("/privacy/holds")).text
    assert "Streit um die Arbeitsplatte" in page
    hold = await fetch_value("SELECT id FROM legal_hold")
    assert (await doors.post(f"/privacy/holds/{hold}/lifting", {"reason": ""})).status_code == 422
    assert (await doors.post(f"/privacy/holds/{hold}/lifting", {"reason": "Beigelegt"})).status_code == 303
    assert "Keine Sperre ist in Kraft" in (await doors.get("/privacy/holds")).text


async def test_pages_of_the_house_open_after_an_erasure(
    doors: Browser, house: House, emre: int, tmp_path: Path
) -> None:
    """What is left of Emre breaks no page, for nobody."""
    await erased(house, emre, tmp_path)
    for who in (house.cast.ali, house.cast.sven, house.cast.ines):
        await doors.log_in(who)
        for path in (
            "/", "/customers", "/tickets", "/interactions", "/call-backs", "/feedback", "/reports", "/notifications", "/audit",
            f"/customers/{house.groessmann}", f"/tickets/{house.emre_ticket}", "/privacy/erasures", "/exports", "/imports", "/merges",
            "/duplicates", "/consents", "/observations", "/team",
        ):  # fmt: skip
            assert (await doors.get(path)).status_code in (200, 403, 404), path
