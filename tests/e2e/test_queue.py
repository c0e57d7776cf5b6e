"""A queue that refreshes itself under the hands of somebody who works in it."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import expect

pytestmark = pytest.mark.e2e


async def test_a_refresh_keeps_the_row_the_keys_and_an_opened_dialog(desk: Any) -> None:
    expert = await desk("expert")
    page = expert.page
    await page.clock.install()
    await expert.open("/tickets?view=open")
    rows = page.locator("#tickets [data-row]")
    assert await rows.count() >= 3
    for _step in range(2):
        await page.keyboard.press("j")
    here = "document.activeElement.closest('[data-row]')?.querySelector('.row-link').id"
    second = await page.evaluate(here)

    async def is_refreshed() -> None:
        await page.evaluate("document.querySelector('#tickets [data-row]').dataset.old = '1'")
        async with page.expect_response(lambda answer: "/tickets?" in answer.url):
            await page.clock.fast_forward(31_000)
        await expect(page.locator("#tickets [data-old]")).to_have_count(0)

    await is_refreshed()
    assert await page.evaluate(here) == second
    await page.keyboard.press("j")
    assert await page.evaluate(here) == await rows.nth(2).locator(".row-link").get_attribute("id")
    await page.keyboard.press("k")
    assert await page.evaluate(here) == second

    await page.locator("[data-dialog]").first.click()
    dialog = page.locator("#dialog")
    await expect(dialog).to_be_visible()
    await is_refreshed()
    await expect(dialog).to_be_visible()
    assert await page.evaluate("document.querySelector('#dialog').contains(document.activeElement)")
    assert not expert.errors
