"""What officers do with copies, and how a person fetches theirs."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from crm.database import execute, fetch_one, fetch_value
from crm.errors import Invalid, RuleBroken
from crm.privacy.access import producing
from crm.privacy.access.blackening import Blackening
from crm.privacy.access.handing import hand_over, send_link
from crm.privacy.access.producing import produce_copy
from tests.attacks.conftest import House, doors, house
from tests.browser import Browser

__all__ = ["doors", "house"]


@pytest.fixture(autouse=True)
def no_paper(monkeypatch: pytest.MonkeyPatch) -> None:
    async def paper(_job: object, _seconds: float) -> bytes:
        return b"%PDF-1.7 not printed"

    monkeypatch.setattr(producing, "print_pdf", paper)


def of(house: House) -> str:
    return f"/privacy/requests/{house.request}/copy"


async def ready(house: House, *, identity: str = "confirmed") -> None:
    await execute("UPDATE data_request SET identity = $2 WHERE id = $1", house.request, identity)
    assert await produce_copy(house.copy, now=datetime.now(UTC))


async def test_the_officer_makes_a_copy_and_fetches_its_files(house: House, doors: Browser) -> None:
    await doors.log_in(house.cast.sven)
    waiting = await doors.get(of(house))
    assert "Es geht gleich los." in waiting.text
    state = await doors.get(f"{of(house)}/state")
    assert "Es geht gleich los." in state.text
    assert int(state.headers["x-sql-statements"]) < int(waiting.headers["x-sql-statements"])
    await ready(house)
    shown = await doors.get(of(house))
    assert int(shown.headers["x-sql-statements"]) <= 8
    links = re.findall(rf'href="({of(house)}/files/\d+)"', shown.text)
    assert len(links) == 3
    archive = await doors.get(links[1])
    assert archive.content.startswith(b"PK")
    assert archive.headers["cache-control"] == "private, no-store"
    assert "attachment" in archive.headers["content-disposition"]


@pytest.mark.parametrize("who", ["petra", "ali", "eva", "karin", "ines"])
async def test_nobody_but_officers_gets_near_a_copy(house: House, doors: Browser, who: str) -> None:
    await ready(house)
    await doors.log_in(getattr(house.cast, who))
    file = await fetch_value("SELECT min(id) FROM access_file")
    for path in (of(house), f"{of(house)}/texts", f"{of(house)}/files/{file}", f"{of(house)}/state"):
        assert (await doors.get(path)).status_code in (403, 404), path
    assert (await doors.post(of(house), {"language": "de"})).status_code in (403, 404)


async def test_texts_are_looked_through_and_blacked_out_with_a_reason(house: House, doors: Browser) -> None:
    await doors.log_in(house.cast.sven)
    shown = await doors.get(f"{of(house)}/texts")
    assert "Ruft wegen Lieferung an." in shown.text
    assert int(shown.headers["x-sql-statements"]) <= 8
    place = f"interaction.text {house.interaction}"
    without = await doors.post(f"{of(house)}/texts", {"kind": "text", "value": place, "reason": ""})
    assert without.status_code == 422
    assert "Bitte sagen Sie, warum." in without.text
    answer = await doors.post(f"{of(house)}/texts", {"kind": "text", "value": place, "reason": "Rechte eines Kollegen"})
    assert answer.status_code == 303
    kept = await fetch_one("SELECT value, reason FROM blacked_out WHERE kind = 'text'")
    assert kept is not None
    assert (kept.value, kept.reason) == ("Ruft wegen Lieferung an.", "Rechte eines Kollegen")
    strange = {"kind": "text", "value": f"interaction.text {house.emre_interaction}", "reason": "x"}
    assert (await doors.post(f"{of(house)}/texts", strange)).status_code == 404


async def test_a_copy_leaves_the_house_only_for_whom_we_know(house: House) -> None:
    now = datetime.now(UTC)
    await ready(house, identity="asked")
    with pytest.raises(RuleBroken, match="Identität"):
        await send_link(house.request, house.copy, "anna@groessmann.example", by=house.cast.sven.id, now=now)
    with pytest.raises(RuleBroken, match="Identität"):
        await hand_over(house.request, house.copy, now.date(), "persönlich", by=house.cast.sven.id, now=now)


async def sent(house: House) -> str:
    """The path of the link in the mail that went out."""
    now = datetime.now(UTC)
    await ready(house)
    outbox = await send_link(house.request, house.copy, "anna@groessmann.example", by=house.cast.sven.id, now=now)
    mail = await fetch_one("SELECT purpose, status, text, to_address FROM outbox_message WHERE id = $1", outbox)
    assert mail is not None
    assert (mail.purpose, mail.status, mail.to_address) == ("privacy", "queued", "anna@groessmann.example")
    assert await fetch_value("SELECT count(*) FROM outbox_attachment WHERE message = $1", outbox) == 0
    found = re.search(r"(/data-copy/\S+)", mail.text)
    assert found
    return found[1]


async def test_the_person_fetches_it_by_a_link_and_a_button(house: House, doors: Browser) -> None:
    path = await sent(house)
    page = await doors.get(path)
    assert page.status_code == 200
    assert page.headers["referrer-policy"] == "no-referrer"
    assert "Quitterer" not in page.text, "whoever finds the link open on a screen reads no name"
    assert await fetch_value("SELECT sum(fetches) FROM access_file") == 0, "looking fetches nothing"
    target = re.findall(r'action="([^"]+/files/\d+)"', page.text)[1]
    assert (await doors.get(target)).status_code in (404, 405)
    archive = await doors.post(target, {})
    assert archive.content.startswith(b"PK")
    assert (
        await fetch_value("SELECT count(*) FROM audit_entry WHERE action = 'access_copy.fetched' AND actor_id IS NULL")
        == 1
    )


async def test_forged_ended_and_expired_links_say_the_same(house: House, doors: Browser) -> None:
    path = await sent(house)
    file = await fetch_value("SELECT min(id) FROM access_file")
    answers = [await doors.get(path[:-1] + ("a" if path[-1] != "a" else "b")), await doors.get("/data-copy/1-1-x")]
    await execute("UPDATE access_copy SET link_until = $1", datetime.now(UTC) - timedelta(minutes=1))
    answers += [await doors.get(path), await doors.post(f"{path}/files/{file}", {})]
    await execute("UPDATE access_copy SET link_until = $1, serial = serial + 1", datetime.now(UTC) + timedelta(days=1))
    answers.append(await doors.get(path))
    assert {answer.status_code for answer in answers} == {404}
    assert all("Hier ist nichts" in answer.text for answer in answers)


async def test_a_link_opens_no_file_of_another_copy(house: House, doors: Browser) -> None:
    path = await sent(house)
    other = await fetch_value(
        "INSERT INTO access_copy (request, language, status, done, total, entries, blacked, attempts, requested_by, serial, sent_to, "
        "handed_how) VALUES ($1, 'de', 'ready', 0, 0, 0, 0, 0, $2, 0, '', '') RETURNING id",
        house.request, house.cast.sven.id,
    )  # fmt: skip
    file = await fetch_value(
        "INSERT INTO access_file (copy, kind, position, name, sha256, size, media_type, fetches) "
        "VALUES ($1, 'pdf', 0, 'x', 'y', 1, 'z', 0) RETURNING id",
        other,
    )  # fmt: skip
    assert (await doors.post(f"{path}/files/{file}", {})).status_code == 404


async def test_a_handing_over_is_noted_and_not_in_the_future(house: House) -> None:
    now = datetime.now(UTC)
    await ready(house)
    with pytest.raises(Invalid):
        await hand_over(
            house.request, house.copy, now.date() + timedelta(days=2), "Post", by=house.cast.sven.id, now=now
        )
    await hand_over(house.request, house.copy, now.date(), "Einschreiben", by=house.cast.sven.id, now=now)
    assert await fetch_value("SELECT count(*) FROM data_request_event WHERE event = 'copy_handed'") == 1


async def test_the_day_of_handing_over_is_the_companys(house: House) -> None:
    """Half past midnight in Berlin, still yesterday in Greenwich."""
    await ready(house)
    now = datetime(2026, 11, 27, 23, 30, tzinfo=UTC)
    with pytest.raises(Invalid):
        await hand_over(house.request, house.copy, date(2026, 11, 29), "Post", by=house.cast.sven.id, now=now)
    await hand_over(house.request, house.copy, date(2026, 11, 28), "Post", by=house.cast.sven.id, now=now)
    assert await fetch_value("SELECT handed_on FROM access_copy WHERE id = $1", house.copy) == date(2026, 11, 28)


async def test_a_double_click_sends_one_mail(house: House, doors: Browser) -> None:
    await ready(house)
    await doors.log_in(house.cast.sven)
    form: dict[str, Any] = {"address": "anna@groessmann.example", "submission_id": "s1"}
    for _twice in range(2):
        assert (await doors.post(f"{of(house)}/{house.copy}/link", form)).status_code == 303
    assert await fetch_value("SELECT count(*) FROM outbox_message WHERE purpose = 'privacy'") == 1


async def test_the_api_asks_for_a_copy_and_fetches_it(house: House, doors: Browser) -> None:
    await doors.log_in(house.cast.sven)
    token = {"authorization": f"Bearer {doors.token}"}
    where = f"/api/v1/data-requests/{house.request}/copies"
    first = await doors.client.post(where, json={"language": "en"}, headers=token)
    assert (first.status_code, first.json()["id"]) == (201, house.copy), "one is being made already"
    await ready(house)
    shown = (await doors.client.get(f"{where}/{house.copy}", headers=token)).json()
    assert (shown["status"], len(shown["files"])) == ("ready", 3)
    file = await doors.client.get(f"{where}/files/{shown['files'][2]['id']}", headers=token)
    assert file.json()["about"]["provided_by_the_person"] is True
    assert (await doors.client.get(where, headers=token)).json()[0]["id"] == house.copy


def test_short_texts_are_black_only_where_they_stand_alone() -> None:
    black = Blackening(texts=("Bitte.",))
    assert black.text("Bitte.") == black.mark
    assert black.text("Rufen Sie an. Bitte. Danke.") == "Rufen Sie an. Bitte. Danke."


def test_a_passage_is_black_in_every_text_whatever_its_capitals() -> None:
    black = Blackening(passages=("Frau Sandvoß",))
    assert black.text("Die frau sandvoß hat gekündigt.") == f"Die {black.mark} hat gekündigt."
    assert black.value({"a": ["Frau Sandvoß", 1]}) == {"a": [black.mark, 1]}
    assert black.hits == 2


def test_the_beginning_of_a_black_text_is_black_too() -> None:
    text = "Die Nachbarin hat erzählt, dass sie die Küche nicht bezahlen kann und umzieht."
    black = Blackening(texts=(text,))
    assert black.text(text[:60] + " …") == black.mark
