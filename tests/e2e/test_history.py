"""Somebody looks for something in a long history: filter, search, scroll, and back."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import expect

pytestmark = pytest.mark.e2e

CONTACTS = 120


async def test_filter_search_scroll_and_back(desk: Any, apis: Any) -> None:
    api = await apis("sales")
    made = await api.post("/customers", {"kind": "organisation", "name": "Verlauf & Söhne"})
    for number in range(CONTACTS):
        text = "Der Dachdecker kommt Dienstag." if number in (3, 70) else f"Gespräch Nummer {number}."
        await api.post(
            "/interactions",
            {
                "customer_id": made["id"],
                "channel": "phone" if number % 2 else "visit",
                "direction": "inbound",
                "text": text,
            },
        )
    sales = await desk("sales")
    page, here = sales.page, f"/customers/{made['id']}"
    entries = page.locator("#history .entry")
    await sales.open(here)
    await expect(entries).to_have_count(50)

    await page.locator(".filter-panel summary").first.click()
    await page.locator("#h-channel").focus()
    await page.select_option("#h-channel", "phone")
    await expect(page.locator("#history-found .said")).to_contain_text("Telefon")
    await expect(page.locator("#h-channel")).to_be_focused()
    await expect(entries.first).to_contain_text("119.")
    assert page.url.endswith("?channel=phone")
    await page.locator("#history .more a").scroll_into_view_if_needed()
    await expect(entries).to_have_count(60)

    await page.locator("#h-q").press_sequentially("dachdecker")
    await expect(entries).to_have_count(1)
    await expect(entries.locator("mark")).to_have_text("Dachdecker")
    await expect(page.locator("#h-q")).to_be_focused()
    await expect(page.locator("#announcer")).to_have_text("Ein Eintrag")
    await page.get_by_role("link", name="Telefon aufheben").click()
    await expect(entries).to_have_count(2)
    await expect(page.locator("#h-channel")).to_have_value("")

    await page.locator(".entry h3 a").first.click()
    await page.wait_for_url("**/interactions/*")
    await page.go_back()
    await expect(entries).to_have_count(2)
    await expect(page.locator("#h-q")).to_have_value("dachdecker")
    await page.go_back()
    await expect(page.locator("#history-found .said")).to_contain_text("Telefon")

    await page.fill("#h-q", "xylophon")
    await expect(page.locator("#history-found")).to_contain_text("Kein Eintrag passt.")
    await page.get_by_role("link", name="Ganzen Verlauf zeigen").click()
    await expect(entries).to_have_count(50)


async def test_on_a_phone_the_filters_are_folded(desk: Any, apis: Any) -> None:
    customers = (await (await apis("sales")).get("/customers?status=customer&limit=1"))["items"]
    sales = await desk("sales")
    page = sales.page
    await page.set_viewport_size({"width": 360, "height": 780})
    await sales.open(f"/customers/{customers[0]['id']}")
    await expect(page.locator("#h-channel")).to_be_hidden()
    await page.locator("#history-filter .filter-panel summary").click()
    await expect(page.locator("#h-channel")).to_be_visible()
    assert await page.evaluate("document.documentElement.scrollWidth") <= 360
    await page.fill("#h-day", "irgendwann")
    await page.locator("#h-day").press("Enter")
    await expect(page.locator("#h-day-error")).to_be_visible()
    await expect(page.locator("#h-day")).to_have_value("irgendwann")
