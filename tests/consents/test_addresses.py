"""Consents of an address that belongs to no person (info@): recorded, shown and withdrawn like a person's."""

from __future__ import annotations

import pytest

from crm.consents.gate import permission_for
from crm.database import execute, fetch_value
from tests.browser import Browser
from tests.cast import Cast
from tests.consents.conftest import NOW, Client

GIVEN = {
    "purpose": "newsletter", "channel": "email", "event": "given", "source": "paper", "wording_version": "1", "evidence": "Ordner 7",
}  # fmt: skip


@pytest.fixture
async def info(studio: Client) -> int:
    """The number of info@yildiz.example."""
    return int(await fetch_value("SELECT id FROM email_address WHERE customer = $1", studio.customer))


async def allowed() -> bool:
    from datetime import UTC, datetime

    answer = await permission_for(
        address="info@yildiz.example", purpose="newsletter", channel="email", now=datetime.now(UTC)
    )
    return answer.allowed


async def test_petra_records_and_withdraws_for_info(browser: Browser, cast: Cast, info: int, studio: Client) -> None:
    await browser.log_in(cast.petra)

    form = await browser.get(f"/addresses/{info}/consents/new?purpose=newsletter&channel=email")
    given = await browser.post(f"/addresses/{info}/consents", GIVEN)
    assert "Ich möchte den Newsletter per E-Mail erhalten." in form.text
    assert given.headers["location"] == f"/addresses/{info}/consents"
    assert await allowed()
    shown = await browser.get(f"/addresses/{info}/consents")
    assert "Ordner 7" in shown.text
    assert f"/addresses/{info}/consents/proofs/" in shown.text

    await browser.post(f"/addresses/{info}/consents/withdrawals", {"purpose": "newsletter", "channel": "email"})
    assert not await allowed()
    assert f"/addresses/{info}/consents" in (await browser.get(f"/customers/{studio.customer}")).text


async def test_an_address_has_no_phone(browser: Browser, cast: Cast, info: int) -> None:
    await browser.log_in(cast.petra)

    shown = await browser.get(f"/addresses/{info}/consents")

    assert "channel=email" in shown.text
    assert "channel=phone" not in shown.text
    assert "channel=processing" not in shown.text


async def test_a_form_with_errors_keeps_what_was_typed(browser: Browser, cast: Cast, info: int) -> None:
    await browser.log_in(cast.petra)

    answer = await browser.post(f"/addresses/{info}/consents", {**GIVEN, "at": "2199-01-01T10:00"})

    assert answer.status_code == 422
    assert "Das liegt in der Zukunft." in answer.text
    assert "Ordner 7" in answer.text


async def test_other_peoples_addresses_are_nothing(browser: Browser, cast: Cast, info: int, studio: Client) -> None:
    await browser.log_in(cast.petra)
    of_a_person = await fetch_value("SELECT id FROM email_address WHERE person = $1", studio.person)

    assert (await browser.get(f"/addresses/{of_a_person}/consents")).status_code == 404
    assert (await browser.get("/addresses/999999999999/consents")).status_code == 404
    await execute("UPDATE customer SET restricted_at = $2 WHERE id = $1", studio.customer, NOW)
    assert (await browser.get(f"/addresses/{info}/consents")).status_code == 404
    assert (await browser.post(f"/addresses/{info}/consents", GIVEN)).status_code == 404
    assert (await (await browser.log_in(cast.sven)).get(f"/addresses/{info}/consents")).status_code == 200


async def test_the_api_tells_the_same(browser: Browser, cast: Cast, info: int, studio: Client) -> None:
    await browser.log_in(cast.petra)
    await browser.api(
        "POST", "/consents",
        {"address": "INFO@yildiz.example", "purpose": "newsletter", "channel": "email", "event": "given", "source": "web_form",
         "wording_version": 1},
    )  # fmt: skip

    listed = (await browser.api("GET", f"/customers/{studio.customer}/addresses")).json()
    events = (await browser.api("GET", f"/addresses/{info}/consents")).json()["items"]
    sent = await browser.api("POST", f"/addresses/{info}/consents/confirmation-links", {"purpose": "newsletter"})
    nothing = await browser.api("POST", f"/addresses/{info}/consents/confirmation-links", {"purpose": "offers"})
    crooked = await browser.api("POST", f"/addresses/{info}/consents/confirmation-links", {"purpose": "off\x00ers"})

    assert listed == {"items": [{"id": info, "address": "info@yildiz.example"}]}
    assert [(one["event"], one["person_id"]) for one in events] == [("given", None)]
    assert sent.status_code == 204
    assert nothing.status_code == 422
    assert crooked.status_code == 422


async def test_pages_take_few_statements(browser: Browser, cast: Cast, info: int, anna: Client) -> None:
    await browser.log_in(cast.sven)

    for path in (
        f"/addresses/{info}/consents", f"/persons/{anna.person}/consents", "/consents/purposes", "/consents/purposes/newsletter",
    ):  # fmt: skip
        answer = await browser.get(path)
        assert int(answer.headers["x-sql-statements"]) <= 8, path
