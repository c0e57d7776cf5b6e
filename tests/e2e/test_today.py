"""A day is worked from the start page: rows are done one after the other, by key, without opening anything."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from playwright.async_api import expect

pytestmark = pytest.mark.e2e


async def test_three_rows_are_worked_by_keyboard(desk: Any, apis: Any) -> None:
    """One is done, one put off, one done by mistake and taken back; list, sentence and focus follow each time."""
    api, mark = await apis("expert"), uuid4().hex[:6]
    due = datetime.now(UTC) + timedelta(seconds=20)
    for number in (1, 2, 3):
        await api.post(
            "/reminders", {"text": f"{number}. {mark}", "due_at": (due + timedelta(seconds=number)).isoformat()}
        )
    expert = await desk("expert")
    page = expert.page
    rows = page.locator("#day .reminder").filter(has_text=mark)
    await expect(rows).to_have_count(3)
    waiting = await page.locator("#day .reminder").count()
    await rows.nth(0).focus() if await rows.nth(0).get_attribute("tabindex") else await (
        rows.nth(0).locator("button").first.focus()
    )

    await page.keyboard.press("d")
    await expect(rows).to_have_count(2)
    await expect(page.locator("#flash")).to_contain_text(f"Erledigt: 1. {mark}")
    await expect(page.locator("#day [data-row]").filter(has_text=f"2. {mark}")).to_be_focused()

    await page.keyboard.press("s")
    await expect(rows).to_have_count(1)
    await expect(page.locator("#day [data-row]").filter(has_text=f"3. {mark}")).to_be_focused()

    await page.keyboard.press("d")
    await expect(rows).to_have_count(0)
    await expect(page.locator("#day .reminder")).to_have_count(waiting - 3)
    await page.locator("#flash").get_by_role("button", name="Rückgängig").click()
    await expect(rows).to_have_count(1)
    await expect(rows).to_contain_text(f"3. {mark}")
    assert page.url.endswith("/")
    assert not expert.errors


async def test_a_customer_is_put_back_from_the_list_and_the_keys_are_shown(desk: Any) -> None:
    sales = await desk("sales")
    page = sales.page
    row = page.locator("#day [id^=contact-]").first
    name = await row.locator(".row-link").text_content()
    await row.locator(".row-link").focus()
    await page.keyboard.press("s")
    await expect(page.locator("#dialog h2")).to_have_text("Nicht jetzt")
    await page.locator("#dialog [type=submit]").click()
    await expect(page.locator("#dialog")).to_be_hidden()
    await expect(page.locator("#flash")).to_contain_text(f"{name} kommt am")
    await expect(page.locator("#day [id^=contact-]").first.locator(".row-link")).not_to_have_text(name or "")
    await expect(page.locator("#day .row-link:focus")).to_have_count(1)
    await page.keyboard.press("?")
    await expect(page.locator("#keys [data-keys-row]")).to_contain_text("Nicht jetzt")
    assert not sales.errors
