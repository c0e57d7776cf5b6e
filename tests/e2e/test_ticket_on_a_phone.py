"""The buttons of an enquiry on a phone: what is needed less lies behind "Mehr", and the keys work all the same."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from playwright.async_api import expect

pytestmark = pytest.mark.e2e


async def test_what_is_needed_less_lies_behind_more_and_its_keys_work(desk: Any, apis: Any) -> None:
    customer, _person = await (await apis("sales")).new_person(f"Handy-{uuid4().hex[:8]}")
    ticket = await (await apis("agent")).post(
        "/tickets", {"customer_id": customer, "subject": "Frage", "text": "Wann?"}
    )
    agent = await desk("agent", width=360)
    page = agent.page
    await agent.open(f"/tickets/{ticket['id']}")
    assign = page.get_by_role("link", name="Zuteilen")
    await expect(assign).to_be_hidden()
    await page.locator(".more-button").click()
    await assign.click()
    await expect(page.locator("#dialog")).to_be_visible()
    await expect(assign).to_be_hidden()
    await page.keyboard.press("Escape")
    await expect(page.locator(".more-button")).to_be_focused()
    await page.keyboard.press("e")
    await expect(page.locator("#dialog h2").first).to_have_text("An höhere Stufe geben")
    await page.keyboard.press("Escape")
    await page.set_viewport_size({"width": 1440, "height": 900})
    await expect(assign).to_be_visible()
    await expect(page.locator(".more-button")).to_be_hidden()
