"""A fair: several customers in one event, each with a contact in their own history."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from crm.customers.actions import add_person, create_organisation
from crm.customers.data import OrganisationData, PersonData
from crm.customers.history import history_of
from crm.database import execute, fetch, fetch_one, fetch_value
from crm.errors import Conflict, Invalid, RuleBroken
from crm.interactions.actions import NewInteraction
from crm.interactions.correcting import correct_interaction
from crm.interactions.events.holding import EventData, change_event, create_event, delete_event, log_talk
from crm.interactions.events.when import moment_of
from crm.interactions.tables import Channel, Direction
from crm.records.merging import Wish, merge_customers
from tests.browser import Browser
from tests.cast import LONG_AGO, Cast

NOW = datetime(2026, 11, 23, 9, 0, 30, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
FAIR = EventData("Baumesse Nürnberg", date(2026, 11, 22), Channel.FAIR, "", date(2026, 11, 24))


@pytest.fixture
async def berg(cast: Cast) -> int:
    return await create_organisation(OrganisationData(name="Berg GmbH"), by=cast.petra.id, now=LONG_AGO)


@pytest.fixture
async def fair(cast: Cast) -> int:
    return await create_event(FAIR, by=cast.petra.id, now=NOW)


async def talk(cast: Cast, event: int, customer: int, **fields: Any) -> int:
    said = NewInteraction(customer, Channel.PHONE, Direction.INBOUND, "Möchte einen Katalog.", **fields)
    return (await log_talk(event, said, by=cast.petra.id, now=NOW)).id


@pytest.mark.parametrize(
    ("held_on", "ends_on", "at"),
    [
        (date(2026, 11, 23), None, NOW),
        (date(2026, 11, 21), date(2026, 11, 23), NOW),
        (date(2026, 11, 20), None, datetime(2026, 11, 20, 11, 0, tzinfo=UTC)),
        (date(2026, 7, 1), date(2026, 7, 3), datetime(2026, 7, 3, 10, 0, tzinfo=UTC)),
        (date(2026, 11, 24), None, None),
    ],
)
def test_a_talk_was_now_or_on_the_last_day(held_on: date, ends_on: date | None, at: datetime | None) -> None:
    assert moment_of(held_on, ends_on, NOW, BERLIN) == at


async def test_each_customer_has_a_contact_of_their_own_that_names_the_event_and_how_many_others(
    cast: Cast, kitchen: int, berg: int, fair: int
) -> None:
    contact = await talk(cast, fair, kitchen, impression=4)
    await talk(cast, fair, berg)
    await talk(cast, fair, berg)
    (line,) = (await history_of(kitchen)).entries
    assert (line.id, line.icon) == (contact, "fair")
    assert line.about == (("Messe: Baumesse Nürnberg, mit einem weiteren Kunden", f"/events/{fair}"),)
    assert "Berg" not in str(line)
    await correct_interaction(contact, {"text": "Zwei Kataloge."}, 1, by=cast.petra.id, now=NOW)
    (line,) = (await history_of(kitchen)).entries
    assert line.about[0][1] == f"/events/{fair}", "a correction keeps the event"
    await execute("UPDATE customer SET restricted_at = $2 WHERE id = $1", berg, NOW)
    assert (await history_of(kitchen)).entries[0].about[0][0] == "Messe: Baumesse Nürnberg"


async def test_before_it_begins_nothing_is_logged(cast: Cast, kitchen: int, browser: Browser) -> None:
    later = await create_event(EventData("Hausmesse", date(2999, 1, 1)), by=cast.petra.id, now=NOW)
    with pytest.raises(Invalid) as early:
        await talk(cast, later, kitchen)
    assert list(early.value.errors) == ["event_id"]
    await browser.log_in(cast.petra)
    page = (await browser.get(f"/events/{later}")).text
    assert "Sie beginnt am" in page
    assert "event-contact" not in page
    for path in ("contacts", "prospects"):
        said = {"customer_id": kitchen, "name": "Berg GmbH", "text": "Möchte einen Katalog."}
        answer = await browser.post(f"/events/{later}/{path}", said)
        assert answer.status_code == 422
        assert "hat noch nicht begonnen" in answer.text
        assert "Möchte einen Katalog." in answer.text, "what was typed stays, if the event was put off meanwhile"


@pytest.mark.parametrize("gone", ["restricted_at", "deleted_at"])
@pytest.mark.parametrize("impression", ["5", "wrong"])
async def test_the_text_stays_when_the_customer_is_gone_meanwhile(
    cast: Cast, kitchen: int, browser: Browser, gone: str, impression: str
) -> None:
    event = await create_event(EventData("Hausmesse", datetime.now(BERLIN).date()), by=cast.petra.id, now=NOW)
    await browser.log_in(cast.petra)
    assert "Größmann" in (await browser.get(f"/events/{event}?customer={kitchen}")).text
    await execute(f"UPDATE customer SET {gone} = now() WHERE id = $1", kitchen)
    said = {"customer_id": kitchen, "text": "Möchte einen Katalog.", "impression": impression}
    answer = await browser.post(f"/events/{event}/contacts", said)
    assert answer.status_code == 422
    assert "Möchte einen Katalog." in answer.text
    assert "Größmann" not in answer.text
    assert 'name="customer_q"' in answer.text, "somebody else can be chosen"
    assert await fetch_value("SELECT count(*) FROM interaction") == 0


async def test_an_event_is_changed_by_one_at_a_time_and_deleted_while_it_is_empty(
    cast: Cast, kitchen: int, fair: int
) -> None:
    renamed = EventData("Baumesse", FAIR.held_on, FAIR.channel, "", FAIR.ends_on)
    assert await change_event(fair, renamed, 1, by=cast.eva.id, now=NOW) == 2
    with pytest.raises(Conflict):
        await change_event(fair, FAIR, 1, by=cast.petra.id, now=NOW)
    empty = await create_event(FAIR, by=cast.petra.id, now=NOW)
    await delete_event(empty, by=cast.petra.id, now=NOW)
    await talk(cast, fair, kitchen)
    with pytest.raises(RuleBroken):
        await delete_event(fair, by=cast.petra.id, now=NOW)
    assert [row.name for row in await fetch("SELECT name FROM gathering")] == ["Baumesse"]


async def test_customers_are_added_one_after_another_each_once(
    cast: Cast, kitchen: int, berg: int, browser: Browser
) -> None:
    await browser.log_in(cast.petra)
    today = f"{datetime.now(BERLIN):%Y-%m-%d}"
    made = {"name": "Hausmesse", "held_on": today, "channel": "fair", "submission_id": "a"}
    for _twice in range(2):
        answer = await browser.post("/events", made)
        assert answer.status_code == 303
    event = await fetch_value("SELECT id FROM gathering")
    assert await fetch_value("SELECT count(*) FROM gathering") == 1
    anna = await add_person(kitchen, PersonData(family_name="Größmann"), by=cast.petra.id, now=LONG_AGO)
    body = {
        "customer_id": kitchen,
        "person_id": anna,
        "text": "Möchte ein Aufmaß.",
        "impression": "5",
        "follow_up_at": "in 2 Wochen",
    }
    for _twice in range(2):
        answer = await browser.post(f"/events/{event}/contacts", {**body, "submission_id": "b"})
        assert answer.headers["location"] == f"/events/{event}?done=logged"
    await browser.post(f"/events/{event}/contacts", {"customer_id": berg, "text": "Katalog.", "submission_id": "c"})
    rows = await fetch("SELECT customer, person, channel, impression FROM interaction ORDER BY id")
    assert [tuple(row) for row in rows] == [(kitchen, anna, "fair", 5), (berg, None, "fair", None)]
    assert await fetch_value("SELECT count(*) FROM reminder") == 1
    page = (await browser.get(f"/events/{event}")).text
    assert page.index("Katalog.") < page.index("Möchte ein Aufmaß.")
    for path in ("/events", "/interactions", f"/interactions/new?x={event}"):
        assert f"/events/{event}" in (await browser.get(path)).text or path.startswith("/interactions/new")
    assert "Mehrere Kunden, z. B. eine Messe" in (await browser.get("/interactions/new")).text
    refused = await browser.post(f"/events/{event}/contacts", {"text": "", "follow_up_at": "gestern"})
    assert refused.status_code == 422
    assert all(told in refused.text for told in ("Wählen Sie den Kunden", "Schreiben Sie kurz auf"))


@pytest.mark.parametrize(("informed", "status"), [("", "pending"), ("1", "sent")])
async def test_a_new_prospect_is_owed_information_unless_it_was_given_there(
    cast: Cast, browser: Browser, informed: str, status: str
) -> None:
    event = await create_event(EventData("Baumesse", datetime.now(BERLIN).date()), by=cast.petra.id, now=NOW)
    await browser.log_in(cast.petra)
    assert (await browser.get(f"/events/{event}/prospects/new")).status_code == 200
    body = {
        "kind": "organisation", "name": "Holz & Mehr", "family_name": "Tannhäuser", "email": "t@holz.example",
        "text": "Sucht einen Partner.", "informed": informed, "submission_id": "p",
    }  # fmt: skip
    for _twice in range(2):
        await browser.post(f"/events/{event}/prospects", body)
    row = await fetch_one(
        "SELECT c.id, c.status, c.origin_code, c.origin, i.person, d.status AS duty, d.source FROM customer c "
        "JOIN interaction i ON i.customer = c.id JOIN information_duty d ON d.person = i.person WHERE c.name = 'Holz & Mehr'"
    )
    assert row is not None
    assert (row.status, row.origin_code, row.origin, row.duty, row.source) == (
        "prospect",
        "fair",
        "Baumesse",
        status,
        "Baumesse",
    )
    wrong = await browser.post(f"/events/{event}/prospects", {"kind": "organisation", "email": "x", "text": ""})
    assert wrong.status_code == 422
    assert wrong.text.count('class="error"') >= 3
    assert await fetch_value("SELECT count(*) FROM interaction") == 1


async def test_a_merge_leaves_the_event_with_the_survivor(cast: Cast, kitchen: int, berg: int, fair: int) -> None:
    await talk(cast, fair, berg)
    await merge_customers(Wish(kitchen, berg), by=cast.eva.id, now=NOW)
    lines = [line for line in (await history_of(kitchen)).entries if line.kind == "interaction"]
    assert [line.about[0][1] for line in lines] == [f"/events/{fair}"]


async def test_the_api_makes_events_and_logs_in_them(cast: Cast, kitchen: int, browser: Browser) -> None:
    await browser.log_in(cast.petra)
    yesterday = datetime.now(BERLIN).date() - timedelta(days=1)
    body = {"name": "Webinar", "held_on": f"{yesterday}", "channel": "web"}
    event = (await browser.api("POST", "/events", body)).json()["id"]
    contact = {"channel": "web", "customer_id": kitchen, "text": "War dabei.", "event_id": event}
    logged = (await browser.api("POST", "/interactions", contact)).json()["id"]
    assert (await browser.api("GET", f"/interactions/{logged}")).json()["event_id"] == event
    assert [each["id"] for each in (await browser.api("GET", f"/interactions?event_id={event}")).json()["items"]] == [
        logged
    ]
    prospect = {"kind": "person", "family_name": "Tannhäuser", "text": "Neu."}
    assert (await browser.api("POST", f"/events/{event}/prospects", prospect)).status_code == 201
    told = (await browser.api("PATCH", f"/events/{event}", {"name": "Webinar 2", "version": 1})).json()
    assert (told["name"], told["contacts"], told["customers"], told["held_on"]) == ("Webinar 2", 2, 2, f"{yesterday}")
    assert (await browser.api("PATCH", f"/events/{event}", {"name": "W", "version": 1})).status_code == 409
    assert (await browser.api("DELETE", f"/events/{event}")).status_code == 422
    assert [each["id"] for each in (await browser.api("GET", "/events")).json()["items"]] == [event]
    assert (await browser.api("POST", "/interactions", {**contact, "event_id": 999_999})).status_code == 422


async def test_at_an_event_the_person_who_was_met_can_be_named(
    cast: Cast, kitchen: int, fair: int, browser: Browser
) -> None:
    anna = await add_person(kitchen, PersonData(given_name="Anna", family_name="Berg"), by=cast.petra.id, now=LONG_AGO)
    await browser.log_in(cast.petra)
    page = (await browser.get(f"/events/{fair}?customer={kitchen}")).text
    assert 'id="contact-person"' in page
    assert 'id="contact-belonging"' in page
    assert re.search(rf'<option value="{anna}" selected', page), "the only one is filled in"


async def test_whoever_may_only_look_gets_no_form(cast: Cast, fair: int, browser: Browser) -> None:
    await browser.log_in(cast.sven)
    page = await browser.get(f"/events/{fair}")
    assert page.status_code == 200
    assert 'id="event-contact"' not in page.text


async def test_the_api_logs_nothing_in_an_event_that_has_not_begun_and_keeps_what_others_changed(
    cast: Cast, kitchen: int, browser: Browser
) -> None:
    later = await create_event(
        EventData("Hausabend", (datetime.now(UTC) + timedelta(days=9)).date()), by=cast.petra.id, now=NOW
    )
    await browser.log_in(cast.petra)
    said = {"customer_id": kitchen, "channel": "fair", "direction": "inbound", "text": "Katalog.", "event_id": later}
    assert (await browser.api("POST", "/interactions", said)).status_code == 422
    tag = (await browser.api("GET", f"/events/{later}")).headers["etag"]
    first = await browser.api("PATCH", f"/events/{later}", {"name": "Hausmesse"}, **{"If-Match": tag})
    assert (first.status_code, first.headers["etag"] != tag) == (200, True)
    assert (await browser.api("PATCH", f"/events/{later}", {"name": "Anders"}, **{"If-Match": tag})).status_code == 409
