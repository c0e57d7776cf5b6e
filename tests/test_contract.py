"""The API's first names are a contract: paths, fields and words that other programs rely on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from crm.database import fetch, fetch_value
from tests.browser import Browser
from tests.cast import Cast

ENUMERATIONS = {
    "channel": [
        "phone",
        "email",
        "visit",
        "letter",
        "chat",
        "web",
        "social",
        "fair",
        "review",
        "press",
        "word_of_mouth",
        "other",
    ],
    "direction": ["inbound", "outbound"],
}


async def sales(browser: Browser, cast: Cast) -> Browser:
    return await browser.log_in(cast.petra)


async def new_person(browser: Browser, **more: object) -> dict[str, int]:
    body = {
        "kind": "person", "given_name": "Anna", "family_name": "Größmann", "email": "anna@kunde.example", "phone": "0911 5512300",
        "street": "Lange Gasse 12", "postcode": "90403", "city": "Nürnberg", "country": "DE", "language": "de",
        "service_level": "gold", **more,
    }  # fmt: skip
    answer = await browser.api("POST", "/customers", body)
    assert answer.status_code == 201, answer.text
    made: dict[str, int] = answer.json()
    return made


async def test_customers(browser: Browser, cast: Cast) -> None:
    await sales(browser, cast)
    person = await new_person(browser, external_id="crm-1")
    assert person["id"]
    assert person["person_id"]
    firm = await browser.api("POST", "/customers", {"kind": "organisation", "name": "Größmann Küchen GmbH"})
    assert firm.status_code == 201
    found = (await browser.api("GET", "/customers?q=groessman&limit=1")).json()
    assert len(found["items"]) == 1
    assert found["next"]
    rest = (await browser.api("GET", f"/customers?q=groessman&limit=1&cursor={found['next']}")).json()
    assert {found["items"][0]["id"], rest["items"][0]["id"]} == {person["id"], firm.json()["id"]}
    assert rest["next"] is None
    changed = await browser.api("PATCH", f"/customers/{person['id']}", {"city": "Fürth"})
    assert changed.status_code == 200
    assert (await browser.api("GET", f"/customers/{person['id']}")).json()["city"] == "Fürth"
    for limit in (0, 501, "x"):
        assert (await browser.api("GET", f"/customers?limit={limit}")).status_code in (400, 422)
    assert (await browser.api("GET", "/customers/999999")).status_code == 404


@pytest.mark.parametrize("channel", ENUMERATIONS["channel"])
@pytest.mark.parametrize("direction", ENUMERATIONS["direction"])
async def test_interactions_and_history(browser: Browser, cast: Cast, channel: str, direction: str) -> None:
    await sales(browser, cast)
    person = await new_person(browser)
    body = {
        "customer_id": person["id"], "person_id": person["person_id"], "channel": channel, "direction": direction, "touchpoint": "hotline",
        "text": "Fragt nach der Rechnung.", "impression": 4, "follow_up_at": (datetime.now(UTC) + timedelta(days=7)).isoformat(),
    }  # fmt: skip
    made = await browser.api("POST", "/interactions", body)
    assert made.status_code == 201, made.text
    history = (await browser.api("GET", f"/customers/{person['id']}/history")).json()
    assert {"kind", "at", "id", "summary"} <= set(history["items"][0])
    assert history["items"][0]["kind"] == "interaction"
    assert history["items"][0]["id"] == made.json()["id"]


@pytest.mark.parametrize("priority", ["low", "normal", "high", "urgent"])
async def test_tickets(browser: Browser, cast: Cast, priority: str) -> None:
    await browser.log_in(cast.ali)
    person = await new_person(browser)
    body = {
        "customer_id": person["id"],
        "subject": "Rechnung",
        "text": "Position 7?",
        "topic": "billing",
        "priority": priority,
    }
    made = await browser.api("POST", "/tickets", body)
    assert made.status_code == 201, made.text
    ticket = (await browser.api("GET", f"/tickets/{made.json()['id']}")).json()
    assert {"required_level", "assignee", "decision", "first_response_due_at", "solution_due_at", "status"} <= set(
        ticket
    )
    assert set(ticket["decision"]) >= {"candidates", "reasons"}
    assert ticket["assignee"] is None, "nobody is competent yet, and a lower level never gets it silently"
    path = f"/tickets/{ticket['id']}"
    assert (await browser.api("POST", f"{path}/messages", {"text": "Wir prüfen das."})).status_code == 201
    assert (await browser.api("POST", f"{path}/escalations", {"tried": "Rechnung verglichen"})).status_code == 201
    assert (await browser.api("POST", f"{path}/closure", {})).status_code in (200, 201)
    assert (await browser.api("GET", path)).json()["status"] == "solved"


async def test_topic_and_priority_are_optional(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.ali)
    person = await new_person(browser)
    made = await browser.api("POST", "/tickets", {"customer_id": person["id"], "subject": "Frage", "text": "Wann?"})
    assert made.status_code == 201, made.text


async def test_consents_and_the_gate(browser: Browser, cast: Cast) -> None:
    await sales(browser, cast)
    person = (await new_person(browser))["person_id"]
    question = f"/permission?person_id={person}&purpose=newsletter&channel=email"
    before = (await browser.api("GET", question)).json()
    assert set(before) >= {"allowed", "because"}
    assert before["allowed"] is False
    for event in ("given", "confirmed"):
        body = {
            "person_id": person, "purpose": "newsletter", "channel": "email", "event": event, "source": "web_form", "wording_version": 1,
        }  # fmt: skip
        assert (await browser.api("POST", "/consents", body)).status_code == 201
    assert (await browser.api("GET", question)).json()["allowed"] is True
    withdrawn = {
        "person_id": person,
        "purpose": "newsletter",
        "channel": "email",
        "event": "withdrawn",
        "source": "phone",
    }
    assert (await browser.api("POST", "/consents", withdrawn)).status_code == 201
    assert (await browser.api("GET", question)).json()["allowed"] is False
    items = (await browser.api("GET", f"/persons/{person}/consents")).json()["items"]
    assert [item["event"] for item in sorted(items, key=lambda item: item["id"])] == ["given", "confirmed", "withdrawn"]
    address = await browser.api("GET", "/permission?address=info@firma.example&purpose=newsletter&channel=email")
    assert address.json()["allowed"] is False


async def test_reports(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.karin)
    month = f"{datetime.now(UTC) - timedelta(days=40):%Y-%m}"
    assert (await browser.api("GET", f"/reports/{month}")).status_code == 200
    pdf = await browser.api("GET", f"/reports/{month}/pdf")
    assert pdf.status_code == 202
    assert int(pdf.headers["retry-after"]) > 0
    for nonsense in ("2026-13", "abc", "9999-01"):
        assert (await browser.api("GET", f"/reports/{nonsense}")).status_code in (404, 422)


async def test_without_a_token(browser: Browser, cast: Cast) -> None:
    for path in ("/customers", "/interactions", "/tickets/1", "/permission", "/reports/2026-01"):
        answer = await browser.client.get(f"/api/v1{path}")
        assert answer.status_code == 401
        assert answer.headers["content-type"].startswith("application/problem+json")


async def test_open_doors(browser: Browser) -> None:
    for path in ("/health", "/ready", "/schema/openapi.json"):
        assert (await browser.get(path)).status_code == 200
    paths = set((await browser.get("/schema/openapi.json")).json()["paths"])
    assert {
        "/api/v1/customers",
        "/api/v1/tickets",
        "/api/v1/consents",
        "/api/v1/permission",
        "/api/v1/interactions",
    } <= paths
    assert all(path.startswith("/api/") for path in paths), paths


async def test_an_idempotency_key_makes_one_record(browser: Browser, cast: Cast) -> None:
    await sales(browser, cast)
    body = {"kind": "organisation", "name": "Einmal GmbH"}
    answers = [await browser.api("POST", "/customers", body, **{"idempotency-key": "one"}) for _ in range(3)]
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert await fetch_value("SELECT count(*) FROM customer") == 1


async def test_every_customer_has_a_figures_row_and_a_history(browser: Browser, cast: Cast) -> None:
    await sales(browser, cast)
    await new_person(browser)
    await browser.api("POST", "/customers", {"kind": "organisation", "name": "Firma"})
    assert not await fetch(
        "SELECT 1 FROM customer c LEFT JOIN customer_figures f ON f.customer = c.id WHERE f.id IS NULL"
    )
