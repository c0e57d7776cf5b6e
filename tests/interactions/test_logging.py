"""Petra logs her contacts: the history line, the figures and the follow-up come with it."""

from datetime import UTC, datetime, timedelta

import pytest

from crm.customers.actions import add_person
from crm.customers.data import PersonData
from crm.database import fetch_one, fetch_value
from crm.errors import Invalid, NotFound
from crm.interactions.actions import NewInteraction, log_interaction
from crm.interactions.tables import Channel, Direction
from tests.browser import Browser
from tests.cast import LONG_AGO, Cast

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def call(customer_id: int, **fields: object) -> NewInteraction:
    values = {"channel": Channel.PHONE, "direction": Direction.INBOUND, "text": "Möchte ein Angebot.", **fields}
    return NewInteraction(customer_id=customer_id, **values)  # type: ignore[arg-type]


async def test_a_call_becomes_a_line_of_the_history_and_resets_the_rhythm(cast: Cast, kitchen: int) -> None:
    logged = await log_interaction(call(kitchen, touchpoint="hotline", impression=4), by=cast.petra.id, now=NOW)
    row = await fetch_one("SELECT * FROM interaction WHERE id = $1", logged.id)
    assert row is not None
    assert row.is_moment_of_truth, "the hotline is a moment of truth by nature"
    assert row.phase == await fetch_value("SELECT id FROM phase WHERE code = 'retention'")
    line = await fetch_one(
        "SELECT kind, ref_id, at, body, detail->>'channel' AS channel FROM timeline_entry WHERE customer = $1", kitchen
    )
    assert (line.kind, line.ref_id, line.at, line.channel) == ("interaction", logged.id, NOW, "phone")
    figures = await fetch_one(
        "SELECT last_contact_at, contact_due_at, interactions FROM customer_figures WHERE customer = $1", kitchen
    )
    assert figures.last_contact_at == NOW
    assert figures.contact_due_at == NOW + timedelta(days=180), (
        "the basic service level promises contact every 180 days"
    )


async def test_a_review_does_not_reset_the_rhythm(cast: Cast, kitchen: int) -> None:
    before = await fetch_value("SELECT contact_due_at FROM customer_figures WHERE customer = $1", kitchen)
    await log_interaction(call(kitchen, channel=Channel.REVIEW), by=cast.petra.id, now=NOW)
    assert await fetch_value("SELECT contact_due_at FROM customer_figures WHERE customer = $1", kitchen) == before


async def test_a_contact_entered_late_does_not_turn_the_clock_back(cast: Cast, kitchen: int) -> None:
    await log_interaction(call(kitchen), by=cast.petra.id, now=NOW)
    await log_interaction(call(kitchen, at=NOW - timedelta(days=40)), by=cast.petra.id, now=NOW)
    assert await fetch_value("SELECT last_contact_at FROM customer_figures WHERE customer = $1", kitchen) == NOW


async def test_the_follow_up_is_a_reminder_with_the_first_line_of_the_note(cast: Cast, kitchen: int) -> None:
    due = NOW + timedelta(days=7)
    logged = await log_interaction(
        call(kitchen, text="Angebot nachfassen\nmit Skonto", follow_up_at=due), by=cast.petra.id, now=NOW
    )
    reminder = await fetch_one('SELECT "user", customer, text, due_at FROM reminder WHERE id = $1', logged.reminder_id)
    assert tuple(reminder) == (cast.petra.id, kitchen, "Angebot nachfassen", due)


async def test_everything_that_does_not_fit_is_said_at_once(cast: Cast, kitchen: int) -> None:
    wrong = call(kitchen, touchpoint="nowhere", person_id=1, ticket_id=1, at=NOW + timedelta(hours=1), follow_up_at=NOW)
    with pytest.raises(Invalid) as refused:
        await log_interaction(wrong, by=cast.petra.id, now=NOW)
    assert set(refused.value.errors) == {"touchpoint", "person_id", "ticket_id", "at", "follow_up_at"}
    assert await fetch_value("SELECT count(*) FROM interaction") == 0


async def test_nobody_is_logged_on_a_customer_who_is_gone(cast: Cast, kitchen: int) -> None:
    await fetch_value("UPDATE customer SET restricted_at = $2 WHERE id = $1", kitchen, NOW)
    with pytest.raises(NotFound):
        await log_interaction(call(kitchen), by=cast.petra.id, now=NOW)


async def test_logging_in_the_browser_takes_few_statements_and_tells_the_date(
    browser: Browser, cast: Cast, kitchen: int
) -> None:
    anna = await add_person(
        kitchen, PersonData(given_name="Anna", family_name="Größmann"), by=cast.petra.id, now=LONG_AGO
    )
    await browser.log_in(cast.petra)
    form = await browser.get(f"/interactions/new?customer={kitchen}", htmx=True)
    assert form.status_code == 200
    assert "Größmann Küchen GmbH" in form.text
    assert f'value="{anna}" selected' in form.text, "the only person is filled in"
    body = {
        "customer_id": kitchen, "person_id": anna, "channel": "phone", "direction": "inbound", "text": "Alles gut.",
        "submission_id": "abc", "follow_up_at": "2099-11-30T09:00",
    }  # fmt: skip
    saved = await browser.post("/interactions", body, htmx=True)
    assert saved.status_code == 200, saved.text
    assert "30. November 2099 um 09:00 Uhr" in saved.text
    assert "close-dialog" in saved.headers["hx-trigger"]
    assert int(saved.headers["x-sql-statements"]) <= 8


async def test_a_double_click_logs_one_contact(browser: Browser, cast: Cast, kitchen: int) -> None:
    await browser.log_in(cast.petra)
    body = {"customer_id": kitchen, "text": "Einmal.", "submission_id": "twice"}
    for _ in range(2):
        assert (await browser.post("/interactions", body, htmx=True)).status_code == 200
    assert await fetch_value("SELECT count(*) FROM interaction") == 1


async def test_a_form_with_errors_comes_back_whole(browser: Browser, cast: Cast, kitchen: int) -> None:
    await browser.log_in(cast.petra)
    body = {
        "customer_id": kitchen,
        "text": "Der lange Text bleibt.",
        "minutes": "viele",
        "follow_up_at": "2001-01-01T09:00",
    }
    answer = await browser.post("/interactions", body, htmx=True)
    assert answer.status_code == 422
    assert "Der lange Text bleibt." in answer.text
    assert "ganze Zahl" in answer.text
    assert 'value="viele"' in answer.text


async def test_the_contact_history_pages_by_key(browser: Browser, cast: Cast, kitchen: int) -> None:
    for number in range(45):
        await log_interaction(
            call(kitchen, text=f"Gespräch {number:02}", at=NOW - timedelta(hours=number)), by=cast.petra.id, now=NOW
        )
    await browser.log_in(cast.karin)
    first = await browser.get("/interactions")
    assert first.text.count("Gespräch ") == 40
    assert int(first.headers["x-sql-statements"]) <= 8
    following = first.text.split("before=")[1].split('"')[0]
    rest = await browser.get(f"/interactions?before={following}", htmx=True)
    assert rest.text.count("Gespräch ") == 5


async def test_the_api_logs_a_contact_once_per_key(browser: Browser, cast: Cast, kitchen: int) -> None:
    await browser.log_in(cast.petra)
    body = {
        "customer_id": kitchen,
        "channel": "phone",
        "direction": "outbound",
        "text": "Per API",
        "follow_up_at": "2099-01-05T09:00:00+01:00",
    }
    first = await browser.api("POST", "/interactions", body, **{"idempotency-key": "k1"})
    again = await browser.api("POST", "/interactions", body, **{"idempotency-key": "k1"})
    assert first.status_code == again.status_code == 201, first.text
    assert first.json() == again.json()
    assert first.json()["reminder_id"]
    other = await browser.api("POST", "/interactions", {**body, "text": "anders"}, **{"idempotency-key": "k1"})
    assert other.status_code == 422


@pytest.mark.parametrize(
    "wrong",
    [
        {"channel": "smoke"}, {"impression": 6}, {"follow_up_at": "2099-01-05T09:00:00"}, {"customer_id": 2**63}, {"customer_id": -1},
        {"touchpoint": "x" * 500}, {"touchpoint": "nowhere"}, {"person_id": 999_999}, {"unknown": 1},
    ],
)  # fmt: skip
async def test_wrong_input_gets_a_problem_document(
    browser: Browser, cast: Cast, kitchen: int, wrong: dict[str, object]
) -> None:
    await browser.log_in(cast.petra)
    answer = await browser.api(
        "POST", "/interactions", {"customer_id": kitchen, "channel": "phone", "text": "x", **wrong}
    )
    assert answer.status_code in (400, 422), answer.text
    assert answer.headers["content-type"].startswith("application/problem+json")


async def test_a_nul_byte_and_a_lone_surrogate_do_no_harm(browser: Browser, cast: Cast, kitchen: int) -> None:
    await browser.log_in(cast.petra)
    for text in ("a\u0000b", "\\ud800"):
        written = text.replace("\u0000", "\\u0000")
        raw = f'{{"customer_id": {kitchen}, "channel": "phone", "text": "{written}"}}'
        answer = await browser.client.post(
            "/api/v1/interactions",
            content=raw,
            headers={"authorization": f"Bearer {browser.token}", "content-type": "application/json"},
        )
        assert answer.status_code in (201, 400, 422), answer.text
