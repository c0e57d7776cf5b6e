"""Many customers at once with real commits: what an item that fails leaves behind, and what a repeated call does."""

from __future__ import annotations

from typing import Any

import httpx

from crm.database import fetch, fetch_value
from tests.browser import Browser
from tests.cast import Cast, introduce

ITEMS: list[dict[str, Any]] = [
    {"kind": "organisation", "name": "Eins GmbH", "external_id": "R-1"},
    {"kind": "organisation", "name": "Zwei GmbH", "external_id": "R-2", "parent_id": 999_999, "tags": ["Halb"]},
    {"kind": "organisation", "name": "Drei GmbH", "external_id": "R-3", "tags": ["Ganz"]},
]


async def test_an_item_that_fails_leaves_nothing_and_its_neighbours_stay(own_database: str, app: Any) -> None:
    people = await introduce()
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        browser = await Browser(client).log_in(people.petra)
        answer = await browser.api("POST", "/customers/bulk", {"items": ITEMS})
        assert [one["status"] for one in answer.json()["items"]] == ["created", "wrong", "created"], answer.text
        late = [
            {**ITEMS[0], "city": "Fürth"},
            {**ITEMS[2], "parent_id": answer.json()["items"][2]["id"], "city": "Erlangen"},
        ]
        again = await browser.api("POST", "/customers/bulk", {"items": late})
        assert [one["status"] for one in again.json()["items"]] == ["updated", "wrong"], again.text
    assert [row.external_id for row in await fetch("SELECT external_id FROM customer ORDER BY 1")] == ["R-1", "R-3"]
    assert [row.name for row in await fetch("SELECT name FROM tag ORDER BY 1")] == ["Ganz"]
    assert [row.city for row in await fetch("SELECT city FROM postal_address ORDER BY 1")] == ["Fürth"]


async def test_a_repeated_call_gets_the_first_answer(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.petra)
    first = await browser.api("POST", "/customers/bulk", {"items": ITEMS}, **{"idempotency-key": "m-1"})
    again = await browser.api("POST", "/customers/bulk", {"items": ITEMS}, **{"idempotency-key": "m-1"})
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json()["created"] == 2
    assert again.content == first.content
    other = await browser.api("POST", "/customers/bulk", {"items": ITEMS[:1]}, **{"idempotency-key": "m-1"})
    assert other.status_code == 422
    assert (await browser.api("POST", "/customers/bulk", {"items": ITEMS})).json()["unchanged"] == 2
    assert await fetch_value("SELECT count(*) FROM customer") == 2
