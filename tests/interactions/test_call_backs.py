"""Somebody waits for a call: it is noted once, its owner is told, and it stays until it is done."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from crm.customers.actions import add_person, create_organisation
from crm.customers.data import OrganisationData, PersonData
from crm.database import execute, fetch, fetch_one, fetch_value
from crm.errors import Invalid, NotFound, RuleBroken
from crm.interactions.calls.forms import parse_call_back
from crm.interactions.calls.listing import call_backs, open_call_backs
from crm.interactions.calls.noting import NewCallBack, note_call_back
from crm.interactions.calls.returning import (
    call_returned,
    dismiss_call_back,
    name_caller,
    nobody_answered,
    take_call_back,
)
from crm.interactions.calls.tables import CallBackKind
from crm.interactions.calls.windows import Window, is_over, next_try, understand_window
from crm.records.merging import Wish, merge_customers
from crm.web.spoken_calendar import Unclear
from tests.browser import Browser
from tests.cast import LONG_AGO, Cast

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)  # a Monday, 10:00 in Berlin
NUMBER = "+49911551230"


def at(hour: int, day: int = 23) -> datetime:
    return datetime(2026, 11, day, hour, 0, tzinfo=BERLIN).astimezone(UTC)


@pytest.fixture
async def known(cast: Cast) -> int:
    """Größmann Küchen GmbH, whose switchboard we know; Petra looks after it."""
    data = OrganisationData(name="Größmann Küchen GmbH", phone=NUMBER)
    return await create_organisation(data, by=cast.petra.id, now=LONG_AGO)


async def missed(cast: Cast, number: str = NUMBER, when: datetime = NOW) -> int:
    return await note_call_back(NewCallBack(CallBackKind.MISSED, number, at=when), by=cast.ali.id, now=NOW)


async def open_reminders(user_id: int) -> list[tuple[str, datetime]]:
    rows = await fetch('SELECT text, due_at FROM reminder WHERE "user" = $1 AND done_at IS NULL ORDER BY id', user_id)
    return [(row.text, row.due_at) for row in rows]


@pytest.mark.parametrize(
    ("words", "window"),
    [
        ("heute nach 15 Uhr", Window(at(15))),
        ("nach 15 Uhr", Window(at(15))),
        ("morgen zwischen 9 und 11 Uhr", Window(at(9, 24), at(11, 24))),
        ("morgen von 9:00 bis 11:30", Window(at(9, 24), at(11, 24) + timedelta(minutes=30))),
        ("tomorrow between 2 and 4 pm", Window(at(14, 24), at(16, 24))),
        ("heute bis 12 Uhr", Window(None, at(12))),
        ("Freitag ab 14:00", Window(at(14, 27))),
        ("morgen 9 Uhr", Window(at(9, 24))),
    ],
)
def test_when_somebody_can_be_reached_is_read_as_people_say_it(words: str, window: Window) -> None:
    assert understand_window(words, NOW, BERLIN) == window


@pytest.mark.parametrize("words", ["irgendwann", "nach dem Essen", "zwischen den Jahren und Ostern", "nach"])
def test_what_is_not_understood_is_asked_about(words: str) -> None:
    with pytest.raises(Unclear):
        understand_window(words, NOW, BERLIN)


def test_a_time_that_is_over_is_over() -> None:
    assert is_over(Window(None, at(9)), NOW, BERLIN)
    assert is_over(Window(at(15, 22)), NOW, BERLIN), "yesterday after 15:00"
    assert is_over(Window(at(15), at(14)), NOW, BERLIN), "it ends before it begins"
    assert not is_over(Window(at(9)), NOW, BERLIN), "after 9:00 still holds at 10:00"
    assert not is_over(Window(), NOW, BERLIN)


def test_nobody_is_called_again_at_night_or_at_the_weekend() -> None:
    assert next_try(NOW, BERLIN) == at(11)
    assert next_try(at(17), BERLIN) == at(9, 24)
    assert next_try(at(23, 27), BERLIN) == at(9, 30), "Friday night: Monday morning"


def test_all_errors_are_said_at_once() -> None:
    with pytest.raises(Invalid) as refused:
        parse_call_back(
            {"kind": "wanted", "number": "abc", "window": "irgendwann", "user_id": "x", "caller": "a-b"}, NOW
        )
    assert set(refused.value.errors) == {"number", "window", "user_id", "caller"}
    with pytest.raises(Invalid) as nobody:
        parse_call_back({"kind": "wanted"}, NOW)
    assert set(nobody.value.errors) == {"number"}
    with pytest.raises(Invalid) as late:
        parse_call_back({"kind": "missed", "number": "0911 551230", "at": "2026-11-24T10:00"}, NOW)
    assert set(late.value.errors) == {"at"}


async def test_a_missed_call_is_its_owners_who_is_told_and_reminded(cast: Cast, known: int) -> None:
    number = await missed(cast)
    assert await missed(cast) == number, "the telephone system sent it twice"
    assert await missed(cast, when=NOW - timedelta(minutes=1)) != number, "another call"
    row = await fetch_one('SELECT customer, "user" FROM call_back WHERE id = $1', number)
    assert tuple(row) == (known, cast.petra.id)
    text, due_at = (await open_reminders(cast.petra.id))[0]
    assert "0911 551230" in text
    assert due_at == NOW + timedelta(minutes=30)
    assert (
        await fetch_value(
            "SELECT count(*) FROM notification WHERE kind = 'reminder_given' AND \"user\" = $1", cast.petra.id
        )
        == 2
    )
    assert [each.id for each in await open_call_backs(cast.petra.id, NOW)][-1] == number


async def test_of_several_who_have_the_number_nobody_is_guessed(cast: Cast, known: int) -> None:
    other = await create_organisation(
        OrganisationData(name="Bäckerei Huber", phone=NUMBER), by=cast.petra.id, now=LONG_AGO
    )
    number = await missed(cast)
    row = await fetch_one('SELECT customer, "user" FROM call_back WHERE id = $1', number)
    assert tuple(row) == (None, None)
    found = await call_backs("free", cast.ali.id)
    assert {one.customer_id for one in found.callers[NUMBER]} == {known, other}
    await name_caller(number, other, by=cast.ali.id, now=NOW)
    row = await fetch_one('SELECT customer, "user" FROM call_back WHERE id = $1', number)
    assert tuple(row) == (other, cast.petra.id)
    assert len(await open_reminders(cast.petra.id)) == 1


async def test_two_persons_of_one_customer_share_a_number(cast: Cast, known: int) -> None:
    for name in ("Anna", "Bert"):
        person = PersonData(given_name=name, family_name="Größmann", phone="+49911551299")
        await add_person(known, person, by=cast.petra.id, now=LONG_AGO)
    number = await missed(cast, "+49911551299")
    row = await fetch_one("SELECT customer, person FROM call_back WHERE id = $1", number)
    assert tuple(row) == (known, None)


async def test_called_back_logs_the_call_and_closes_the_follow_up_of_whoever_had_it(cast: Cast, known: int) -> None:
    number = await missed(cast)
    logged = await call_returned(number, "Termin am Freitag.", by=cast.ali.id, now=NOW)
    contact = await fetch_one(
        "SELECT customer, channel, direction, text, by_user FROM interaction WHERE id = $1", logged
    )
    assert tuple(contact) == (known, "phone", "outbound", "Termin am Freitag.", cast.ali.id)
    assert await open_reminders(cast.petra.id) == []
    with pytest.raises(RuleBroken):
        await call_returned(number, "Noch einmal.", by=cast.petra.id, now=NOW)
    assert await fetch_value("SELECT count(*) FROM interaction") == 1


async def test_not_reached_counts_and_comes_again(cast: Cast, known: int) -> None:
    number = await missed(cast)
    assert await nobody_answered(number, by=cast.petra.id, now=NOW) == at(11)
    await nobody_answered(number, by=cast.petra.id, now=NOW, again_at=at(15))
    row = await fetch_one("SELECT tries, due_at FROM call_back WHERE id = $1", number)
    assert tuple(row) == (2, at(15))
    assert [due for _text, due in await open_reminders(cast.petra.id)] == [at(15)]
    with pytest.raises(Invalid):
        await nobody_answered(number, by=cast.petra.id, now=NOW, again_at=NOW)


async def test_an_unknown_caller_is_anybodys_until_somebody_takes_it(cast: Cast) -> None:
    number = await missed(cast, "+4930999999")
    assert [row.id for row in await open_call_backs(cast.mia.id, NOW)] == [number]
    await take_call_back(number, user_id=cast.mia.id, by=cast.mia.id, now=NOW)
    await take_call_back(number, user_id=cast.mia.id, by=cast.mia.id, now=NOW)
    assert len(await open_reminders(cast.mia.id)) == 1
    assert not await open_call_backs(cast.jonas.id, NOW)
    await take_call_back(number, user_id=cast.jonas.id, by=cast.eva.id, now=NOW)
    assert (await open_reminders(cast.mia.id), len(await open_reminders(cast.jonas.id))) == ([], 1)
    assert await call_returned(number, "Falsch verbunden.", by=cast.jonas.id, now=NOW) is None


async def test_done_without_a_call_ends_the_follow_up_too(cast: Cast, known: int) -> None:
    number = await missed(cast)
    await dismiss_call_back(number, by=cast.petra.id, now=NOW)
    assert await open_reminders(cast.petra.id) == []
    assert [row.outcome for row in (await call_backs("done", cast.petra.id)).rows] == ["dismissed"]


async def test_a_restricted_customer_is_not_called_back(cast: Cast, known: int) -> None:
    number = await missed(cast)
    await execute("UPDATE customer SET restricted_at = $2 WHERE id = $1", known, NOW)
    for view in ("open", "mine"):
        assert not (await call_backs(view, cast.petra.id)).rows
    for do in (
        call_returned(number, "x", by=cast.petra.id, now=NOW),
        nobody_answered(number, by=cast.petra.id, now=NOW),
        dismiss_call_back(number, by=cast.petra.id, now=NOW),
        take_call_back(number, user_id=cast.ali.id, by=cast.ali.id, now=NOW),
    ):
        with pytest.raises(NotFound):
            await do
    again = await missed(cast, when=NOW - timedelta(hours=1))
    assert await fetch_value("SELECT customer FROM call_back WHERE id = $1", again) is None


async def test_a_merge_takes_the_call_along(cast: Cast, known: int) -> None:
    number = await missed(cast)
    other = await create_organisation(OrganisationData(name="Größmann"), by=cast.petra.id, now=LONG_AGO)
    await merge_customers(Wish(other, known), by=cast.eva.id, now=NOW)
    assert await fetch_value("SELECT customer FROM call_back WHERE id = $1", number) == other


async def test_the_pages_note_offer_and_close(browser: Browser, cast: Cast, known: int) -> None:
    await browser.log_in(cast.petra)
    assert "Größmann Küchen GmbH" in (await browser.get("/call-backs/callers?number=0911 551230", htmx=True)).text
    assert (
        "zwischen" in (await browser.get("/call-backs/understood?window=morgen zwischen 9 und 11 Uhr", htmx=True)).text
    )
    for kind in ("missed", "wanted"):
        assert (await browser.get(f"/call-backs/new?kind={kind}")).status_code == 200
    wrong = await browser.post(
        "/call-backs", {"kind": "wanted", "name": "Ida Sommer", "window": "irgendwann"}, htmx=True
    )
    assert wrong.status_code == 422
    assert "Ida Sommer" in wrong.text
    body = {
        "kind": "wanted",
        "number": "0911 551230",
        "about": "die Rechnung",
        "window": "morgen nach 15 Uhr",
        "submission_id": "s",
    }
    for _ in range(2):
        assert (await browser.post("/call-backs", body, htmx=True)).status_code == 204
    assert await fetch_value("SELECT count(*) FROM call_back") == 1
    page = await browser.get("/call-backs?view=mine")
    assert "die Rechnung" in page.text
    assert int(page.headers["x-sql-statements"]) <= 8
    number = await fetch_value("SELECT id FROM call_back")
    for _ in range(2):
        await browser.post(f"/call-backs/{number}/attempt", {"submission_id": "t", "view": "mine"})
    assert await fetch_value("SELECT tries FROM call_back") == 1, "a double click is one try"
    assert (await browser.post(f"/call-backs/{number}/result", {"result": ""}, htmx=True)).status_code == 422
    done = await browser.post(f"/call-backs/{number}/result", {"result": "Alles geklärt."}, htmx=True)
    assert done.status_code == 204
    assert "Alles geklärt." in (await browser.get("/call-backs?view=done")).text
    assert (await browser.post(f"/call-backs/{number}/dismissal")).status_code == 422


async def test_who_may_not_log_may_not_call_back(browser: Browser, cast: Cast, known: int) -> None:
    number = await missed(cast)
    await browser.log_in(cast.sven)
    for path in ("attempt", "dismissal", "taking", "result"):
        assert (await browser.post(f"/call-backs/{number}/{path}", {"result": "x"})).status_code in (403, 404)
    assert (await browser.api("POST", "/missed-calls", {"number": "0911 551230"})).status_code in (403, 404)


async def test_a_telephone_system_posts_missed_calls(browser: Browser, cast: Cast, known: int) -> None:
    await browser.log_in(cast.ali)
    body = {"number": "0911 / 55 12 30", "at": "2026-01-05T09:00:00+01:00", "note": "zweimal"}
    first, again = [await browser.api("POST", "/missed-calls", body) for _ in range(2)]
    assert first.status_code == 201, first.text
    assert first.json()["id"] == again.json()["id"]
    assert (first.json()["number"], first.json()["customer_id"]) == (NUMBER, known)
    for wrong in (
        {"number": "abc"},
        {"number": ""},
        {"number": "0911 551230", "at": "2026-01-05T09:00:00"},
        {"number": "0911 551230", "at": "2099-01-05T09:00:00Z"},
    ):
        assert (await browser.api("POST", "/missed-calls", wrong)).status_code == 422, wrong
    wish = {"name": "Ida", "until_at": "2001-01-05T09:00:00Z"}
    assert (await browser.api("POST", "/call-backs", wish)).status_code == 422
    made = await browser.api(
        "POST", "/call-backs", {"name": "Ida", "customer_id": known, "from_at": "2099-01-05T09:00:00Z"}
    )
    assert made.status_code == 201, made.text
    number = made.json()["id"]
    assert (await browser.api("POST", f"/call-backs/{number}/attempt", {})).json()["tries"] == 1
    assert (await browser.api("PUT", f"/call-backs/{number}/user", {})).json()["user_id"] == cast.ali.id
    assert (await browser.api("PUT", f"/call-backs/{number}/customer", {"customer_id": 999_999})).status_code == 404
    done = await browser.api("POST", f"/call-backs/{number}/result", {"result": "Gut."})
    assert done.json()["interaction_id"]
    assert (await browser.api("POST", f"/call-backs/{number}/dismissal", {"note": ""})).status_code == 422
    assert {item["id"] for item in (await browser.api("GET", "/call-backs?view=open")).json()["items"]} == {
        first.json()["id"]
    }
