"""Two browsers: what happens in one is seen in the other without a reload."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import expect

from tests.e2e.conftest import eventually

pytestmark = pytest.mark.e2e


async def test_a_follow_up_for_a_colleague_rings_on_their_screen(desk: Any, apis: Any) -> None:
    lead, sales = await apis("lead"), await desk("sales")
    page = sales.page
    sales_id = int(await page.locator("body").get_attribute("data-user") or 0)
    if await page.locator("#bell .badge").count():  # what the demo company had to tell
        await page.locator("#bell").click()
        await page.locator("#dialog").get_by_role("button", name="Alle als gelesen markieren").click()
        await expect(page.locator("#bell .badge")).to_have_count(0)
        await page.keyboard.press("Escape")
    second = await page.context.new_page()
    await second.goto(sales.address + "/customers")
    await page.bring_to_front()
    for tab in (page, second):
        await tab.evaluate("window.isTheSamePage = true")

    async def is_connected() -> bool:
        return bool(
            await page.evaluate(
                "document.body.dataset.user && navigator.locks.query().then((q) => q.held.length === 1)"
            )
        )

    await eventually(is_connected, seconds=10)
    due_at = datetime.now(ZoneInfo("Europe/Berlin")) + timedelta(days=1)
    before = await page.locator("#bell .badge").count()
    began = datetime.now(UTC)
    await lead.post("/reminders", {"text": "Muster mitbringen", "due_at": due_at.isoformat(), "user_id": sales_id})
    for tab in (page, second):
        await expect(tab.locator("#bell .badge")).to_be_visible()
    assert before == 0
    assert datetime.now(UTC) - began < timedelta(seconds=8)

    await second.bring_to_front()
    await second.locator("#bell").click()
    await second.locator("#dialog").get_by_role("button", name="Alle als gelesen markieren").click()
    await expect(page.locator("#bell .badge")).to_have_count(0)
    assert await page.evaluate("window.isTheSamePage")
    assert await second.evaluate("window.isTheSamePage")
    assert sales.errors == []


async def test_what_is_urgent_is_told_in_the_corner_of_the_page_one_is_on(desk: Any, apis: Any) -> None:
    api, sales = await apis("sales"), await desk("sales")
    page = sales.page
    await sales.open("/customers")
    await expect(page.locator("#bell")).to_be_visible()
    due_at = datetime.now(UTC) + timedelta(seconds=3)
    await api.post("/reminders", {"text": "Herrn Ott zurückrufen", "due_at": due_at.isoformat()})
    toast = page.locator("#flash .toast", has_text="Wiedervorlage: Herrn Ott zurückrufen")
    await expect(toast).to_be_visible()
    await toast.get_by_role("link").click()
    await page.wait_for_url("**/*")
    assert sales.errors == []
