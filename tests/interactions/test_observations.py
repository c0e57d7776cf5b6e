"""What strangers say about the company: noted, linked to the customer whose it is, taken back, made into an enquiry."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crm.customers.actions import create_organisation
from crm.customers.data import OrganisationData
from crm.database import execute, fetch, fetch_one, fetch_value
from crm.errors import Conflict, Invalid, NotFound, RuleBroken
from crm.interactions.observations.forms import moment_of, parse_observation
from crm.interactions.observations.linking import link_observation, unlink_observation
from crm.interactions.observations.listing import Seen, observations
from crm.interactions.observations.observing import NewObservation, correct_observation, log_observation
from crm.interactions.tables import Channel
from crm.records.merging import Wish, merge_customers, undo_merge
from crm.reminders.alarms import open_alarms
from crm.web.i18n import speaking
from tests.browser import Browser
from tests.cast import LONG_AGO, Cast

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


async def review(cast: Cast, **fields: object) -> int:
    values = {
        "channel": Channel.REVIEW,
        "text": "Schöne Küche.",
        "source": "kuechenstimmen.example",
        "rating": 2,
        **fields,
    }
    return await log_observation(NewObservation(**values), by=cast.petra.id, now=NOW)  # type: ignore[arg-type]


async def lines_of(customer_id: int) -> list[str]:
    rows = await fetch("SELECT body FROM timeline_entry WHERE customer = $1 AND kind = 'interaction'", customer_id)
    return [row.body for row in rows]


async def test_the_rating_is_the_customers_view_and_never_staffs_impression(cast: Cast) -> None:
    number = await review(cast)
    row = await fetch_one(
        "SELECT i.impression, i.customer, o.rating, t.code AS touchpoint FROM interaction i JOIN observation o "
        "ON o.interaction = i.id JOIN touchpoint t ON t.id = i.touchpoint WHERE i.id = $1",
        number,
    )  # fmt: skip
    assert row is not None
    assert (row.impression, row.customer, row.rating) == (None, None, 2)
    assert row.touchpoint == "review_portal", "the usual touchpoint of a review, since nobody said another"


async def test_a_linked_observation_stands_in_the_history_at_its_own_time(cast: Cast, kitchen: int) -> None:
    number = await review(cast, at=NOW - timedelta(days=3))
    await link_observation(number, kitchen, by=cast.ali.id, now=NOW)
    await link_observation(number, kitchen, by=cast.ali.id, now=NOW)
    line = await fetch_one(
        "SELECT at, by_user, detail->>'rating' AS rating FROM timeline_entry WHERE customer = $1", kitchen
    )
    assert tuple(line) == (NOW - timedelta(days=3), cast.petra.id, "2")
    assert await fetch_value("SELECT count(*) FROM audit_entry WHERE action = 'observation.linked'") == 1
    assert [row.id for row in (await observations(Seen(state="linked"))).rows] == [number]
    assert not (await observations(Seen(state="open"))).rows


async def test_a_link_is_taken_back_without_a_trace_in_the_history(cast: Cast, kitchen: int) -> None:
    before = await fetch_one("SELECT * FROM customer_figures WHERE customer = $1", kitchen)
    number = await review(cast, channel=Channel.SOCIAL)
    await link_observation(number, kitchen, by=cast.ali.id, now=NOW)
    for _ in range(2):
        await unlink_observation(number, by=cast.ali.id, now=NOW)
    assert await lines_of(kitchen) == []
    assert dict(await fetch_one("SELECT * FROM customer_figures WHERE customer = $1", kitchen)) == dict(before)
    assert [row.id for row in (await observations(Seen(state="open"))).rows] == [number]


async def test_what_is_linked_is_not_moved_unseen(cast: Cast, kitchen: int) -> None:
    other = await create_organisation(OrganisationData(name="Bäckerei Huber"), by=cast.petra.id, now=LONG_AGO)
    number = await review(cast)
    await link_observation(number, kitchen, by=cast.ali.id, now=NOW)
    with pytest.raises(RuleBroken):
        await link_observation(number, other, by=cast.ali.id, now=NOW)
    assert await lines_of(other) == []


async def test_a_restricted_customer_gets_nothing_linked_and_hides_what_was(cast: Cast, kitchen: int) -> None:
    first, second = await review(cast), await review(cast)
    await link_observation(first, kitchen, by=cast.ali.id, now=NOW)
    await execute("UPDATE customer SET restricted_at = $2 WHERE id = $1", kitchen, NOW)
    with pytest.raises(NotFound):
        await link_observation(second, kitchen, by=cast.ali.id, now=NOW)
    with pytest.raises(NotFound):
        await unlink_observation(first, by=cast.ali.id, now=NOW)
    assert [row.id for row in (await observations(Seen())).rows] == [second]


async def test_a_merge_takes_the_observation_along_and_gives_it_back(cast: Cast, kitchen: int) -> None:
    other = await create_organisation(OrganisationData(name="Größmann Küchen"), by=cast.petra.id, now=LONG_AGO)
    number = await review(cast)
    await link_observation(number, other, by=cast.ali.id, now=NOW)
    merge = await merge_customers(Wish(kitchen, other), by=cast.eva.id, now=NOW)
    assert (await observations(Seen(state="linked"))).rows[0].customer == kitchen
    await undo_merge(merge, by=cast.eva.id, now=NOW)
    assert (await observations(Seen(state="linked"))).rows[0].customer == other


async def test_the_page_of_one_that_was_linked_and_corrected_takes_few_statements(
    browser: Browser, cast: Cast, kitchen: int
) -> None:
    number = await review(cast)
    await link_observation(number, kitchen, by=cast.ali.id, now=NOW)
    await correct_observation(number, {"text": "Schöne Küche!"}, 1, by=cast.petra.id, now=NOW)
    await browser.log_in(cast.petra)
    page = await browser.get(f"/interactions/{number}")
    assert "kuechenstimmen.example" in page.text
    assert int(page.headers["x-sql-statements"]) <= 8


async def test_a_correction_keeps_the_earlier_version_whole(cast: Cast, kitchen: int) -> None:
    number = await review(cast)
    await link_observation(number, kitchen, by=cast.ali.id, now=NOW)
    assert await correct_observation(number, {"rating": 4, "text": "Schöne Küche!"}, 1, by=cast.petra.id, now=NOW) == 2
    assert await correct_observation(number, {"source": "Anderswo"}, 2, by=cast.petra.id, now=NOW) == 3
    kept = await fetch(
        "SELECT fields->>'rating' AS rating, fields->>'text' AS text FROM interaction_version ORDER BY version"
    )
    assert [tuple(row) for row in kept] == [("2", "Schöne Küche."), ("4", "Schöne Küche!")]
    line = await fetch_one(
        "SELECT body, detail->>'rating', detail->>'source' FROM timeline_entry WHERE customer = $1", kitchen
    )
    assert tuple(line) == ("Schöne Küche!", "4", "Anderswo")
    with pytest.raises(Conflict) as two:
        await correct_observation(number, {"rating": 1, "text": "Nein."}, 2, by=cast.petra.id, now=NOW)
    assert {each.field for each in two.value.differences} == {"rating", "text"}
    assert (await correct_observation(number, {"rating": 4}, 1, by=cast.petra.id, now=NOW)) == 3, "nothing differs"


def test_all_errors_are_said_at_once() -> None:
    wrong = {"channel": "phone", "link": "javascript:alert(1)", "rating": "6", "on": "2026-11-24"}
    with pytest.raises(Invalid) as refused:
        parse_observation(wrong, NOW)
    assert set(refused.value.errors) == {"channel", "text", "source", "link", "rating", "on"}


@pytest.mark.parametrize(
    "link", ["ftp://a.example", "https://", "//a.example", "data:text/html,x", "http://[", "https://a b.example"]
)
def test_only_links_into_the_web_are_taken(link: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse_observation({"text": "x", "source": "y", "link": link}, NOW)
    assert set(refused.value.errors) == {"link"}


def test_a_day_stands_for_a_moment() -> None:
    assert moment_of(None, NOW) is None
    assert moment_of(NOW.date(), NOW) == NOW
    assert moment_of(NOW.date() - timedelta(days=1), NOW) == datetime(2026, 11, 22, 11, 0, tzinfo=UTC)
    assert moment_of(LONG_AGO.date(), NOW, LONG_AGO) == LONG_AGO


async def test_noting_takes_one_form_and_a_double_click_notes_once(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.petra)
    assert "/observations/new" in (await browser.get("/observations")).text
    assert "kuechen" not in (await browser.get("/observations/new", htmx=True)).text
    body = {
        "channel": "review",
        "text": "<b>Toll</b>",
        "source": "kuechenstimmen.example",
        "rating": "5",
        "submission_id": "a",
    }
    for _ in range(2):
        saved = await browser.post("/observations", body, htmx=True)
        assert saved.status_code == 204, saved.text
    page = await browser.get("/observations?source=kuechenstimmen.example&channel=review&which=open")
    assert page.text.count("Toll") == 1
    assert "<b>Toll" not in page.text
    assert int(page.headers["x-sql-statements"]) <= 8
    assert "Toll" not in (await browser.get("/observations?source=anderswo")).text


async def test_errors_keep_what_was_typed(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.petra)
    answer = await browser.post(
        "/observations", {"text": "Der Text bleibt.", "link": "javascript:x", "rating": "9"}, htmx=True
    )
    assert answer.status_code == 422
    assert "Der Text bleibt." in answer.text
    assert "https://" in answer.text


async def test_an_enquiry_for_a_new_customer_is_made_of_it(browser: Browser, cast: Cast) -> None:
    number = await review(cast, link="https://kuechenstimmen.example/1")
    await browser.log_in(cast.eva)
    form = await browser.get(f"/observations/{number}/enquiry")
    assert "https://kuechenstimmen.example/1" in form.text
    body = {
        "whose": "person", "family_name": "Sommer", "given_name": "Ida", "subject": "Bewertung", "text": "Schöne Küche.",
        "kind": "complaint",
        "topic": "general", "submission_id": "b",
    }  # fmt: skip
    for _ in range(2):
        made = await browser.post(f"/observations/{number}/enquiry", body)
        assert made.status_code == 303, made.text
    row = await fetch_one(
        "SELECT c.name, k.id, k.kind, c.origin_code FROM interaction i JOIN customer c ON c.id = i.customer "
        "JOIN ticket k ON k.id = i.ticket AND k.customer = c.id WHERE i.id = $1",
        number,
    )  # fmt: skip
    assert (row.name, row.kind, row.origin_code) == ("Ida Sommer", "complaint", "reviews")
    assert made.headers["location"] == f"/tickets/{row.id}?done=opened"
    assert await fetch_value("SELECT count(*) FROM ticket") == 1
    again = await browser.post(f"/observations/{number}/enquiry", {**body, "submission_id": "c"})
    assert again.status_code == 422, "there is an enquiry already"
    assert await fetch_value("SELECT count(*) FROM customer") == 1


async def test_a_wrong_enquiry_form_writes_nothing(browser: Browser, cast: Cast) -> None:
    number = await review(cast)
    await browser.log_in(cast.eva)
    body = {"whose": "organisation", "name": "Neu", "subject": "", "topic": "general"}
    answer = await browser.post(f"/observations/{number}/enquiry", body)
    assert answer.status_code == 422
    wrong_topic = await browser.post(f"/observations/{number}/enquiry", {**body, "subject": "x", "topic": "nowhere"})
    assert wrong_topic.status_code == 422
    assert "topic" in wrong_topic.text


async def test_the_page_says_whose_it_is_and_takes_it_back(browser: Browser, cast: Cast, kitchen: int) -> None:
    number = await review(cast)
    await browser.log_in(cast.petra)
    picked = await browser.get(f"/observations/fields?customer_id={kitchen}", htmx=True)
    assert "Größmann Küchen GmbH" in picked.text
    nobody = await browser.post(f"/observations/{number}/customer", {})
    assert nobody.status_code == 422
    linked = await browser.post(f"/observations/{number}/customer", {"customer_id": kitchen})
    assert linked.headers["location"] == f"/interactions/{number}?done=linked"
    assert "Größmann Küchen GmbH" in (await browser.get(f"/interactions/{number}")).text
    assert "Schöne Küche." in (await browser.get(f"/customers/{kitchen}")).text
    await browser.post(f"/observations/{number}/customer/removal")
    assert await lines_of(kitchen) == []


async def test_who_did_not_note_it_may_link_but_not_correct_it(browser: Browser, cast: Cast, kitchen: int) -> None:
    number = await review(cast)
    await browser.log_in(cast.ali)
    assert (await browser.get(f"/observations/{number}/edit")).status_code == 403
    assert (
        await browser.post(f"/observations/{number}", {"text": "x", "source": "y", "on": "2026-11-23", "version": 1})
    ).status_code == 403
    assert (await browser.api("PATCH", f"/observations/{number}", {"text": "x"})).status_code == 403
    assert (await browser.api("PUT", f"/observations/{number}/customer", {"customer_id": kitchen})).status_code == 200


async def test_the_api_notes_lists_links_and_opens(browser: Browser, cast: Cast, kitchen: int) -> None:
    await browser.log_in(cast.eva)
    body = {
        "channel": "press",
        "text": "Ein Bericht.",
        "source": "Lindenblatt",
        "rating": 4,
        "at": "2026-01-05T09:00:00+01:00",
    }
    first = await browser.api("POST", "/observations", body, **{"idempotency-key": "o1"})
    again = await browser.api("POST", "/observations", body, **{"idempotency-key": "o1"})
    assert first.status_code == 201, first.text
    assert first.json() == again.json()
    number = first.json()["id"]
    listed = (await browser.api("GET", "/observations?source=Lindenblatt&which=open")).json()
    assert [item["id"] for item in listed["items"]] == [number]
    assert listed["items"][0]["at"] == "2026-01-05T08:00:00Z"
    changed = await browser.api("PATCH", f"/observations/{number}", {"rating": None, "version": 1})
    assert (changed.json()["rating"], changed.json()["version"]) == (None, 2)
    stale = await browser.api("PATCH", f"/observations/{number}", {"rating": 1, "version": 1})
    assert stale.status_code == 409
    both = await browser.api(
        "POST", f"/observations/{number}/ticket", {"subject": "x", "customer_id": kitchen, "name": "Neu"}
    )
    assert both.status_code == 422
    made = await browser.api("POST", f"/observations/{number}/ticket", {"subject": "Bericht", "customer_id": kitchen})
    assert made.status_code == 201, made.text
    shown = (await browser.api("GET", f"/observations/{number}")).json()
    assert (shown["customer_id"], shown["ticket_id"]) == (kitchen, made.json()["ticket_id"])
    assert (await browser.api("DELETE", f"/observations/{number}/customer")).status_code == 204
    assert (await browser.api("GET", "/observations?which=nowhere")).status_code == 422


async def test_a_contact_with_a_customer_is_no_observation(browser: Browser, cast: Cast, kitchen: int) -> None:
    await browser.log_in(cast.eva)
    call = await browser.api("POST", "/interactions", {"customer_id": kitchen, "channel": "phone", "text": "x"})
    for path in (
        f"/observations/{call.json()['id']}/link",
        f"/observations/{call.json()['id']}/edit",
        "/observations/999999/enquiry",
    ):
        assert (await browser.get(path)).status_code == 404
    nobodys = await browser.api("POST", "/interactions", {"channel": "review", "text": "x"})
    assert (await browser.get(f"/observations/{nobodys.json()['id']}/link")).status_code == 200


async def alarms() -> list[tuple[str, int | None]]:
    rows = await fetch(
        "SELECT kind, (detail->>'rating')::int AS rating FROM notification WHERE kind LIKE 'alarm%' ORDER BY id"
    )
    return [(row.kind, row.rating) for row in rows]


async def test_a_bad_rating_that_turns_out_to_be_a_customers_alarms_their_owner_once(cast: Cast, kitchen: int) -> None:
    await execute("UPDATE customer SET owner = $2 WHERE id = $1", kitchen, cast.petra.id)
    number = await review(cast)
    assert await alarms() == []
    for _twice in range(2):
        await link_observation(number, kitchen, by=cast.ali.id, now=NOW)
    assert await alarms() == [("alarm_rating", 2)]
    with speaking("de"):
        (alarm,) = await open_alarms(cast.petra.id, NOW)
    assert alarm.title == "Schlechte Bewertung von Größmann Küchen GmbH: 2 von 5"
    await unlink_observation(number, by=cast.ali.id, now=NOW)
    assert await open_alarms(cast.petra.id, NOW) == []


@pytest.mark.parametrize("fields", [{"rating": 3}, {"rating": None}, {"rating": 1, "at": NOW - timedelta(days=15)}])
async def test_a_fair_rating_or_an_old_one_alarms_nobody(cast: Cast, kitchen: int, fields: dict[str, Any]) -> None:
    await link_observation(await review(cast, **fields), kitchen, by=cast.ali.id, now=NOW)
    assert await alarms() == []
