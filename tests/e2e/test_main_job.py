"""The main job in a real browser: a call logged, an enquiry routed, a consent recorded and withdrawn, a report read."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.async_api import expect

pytestmark = pytest.mark.e2e


async def test_a_sales_person_logs_a_call_with_a_follow_up_by_keyboard(desk: Any) -> None:
    sales = await desk("sales")
    page = sales.page
    await page.keyboard.press("/")
    await page.keyboard.type("mueller")
    await expect(page.locator("#palette [role=option]").first).to_be_visible()
    await sales.open("/customers?q=gmbh")
    await page.locator("table .row-link").first.click()
    await expect(page.locator("h1")).to_be_visible()

    await page.keyboard.press("l")
    await expect(page.locator("#dialog textarea")).to_be_focused()
    await page.keyboard.type("Fragt nach dem Liefertermin der Arbeitsplatte.")
    await page.get_by_role("button", name="In 1 Woche").click()
    await page.keyboard.press("Control+Enter") if await page.locator("textarea:focus").count() else None
    if await page.locator("#dialog[open]").count():
        await page.locator("#dialog textarea").press("Control+Enter")
    await expect(page.locator("#dialog")).not_to_be_visible()
    await expect(page.locator("#flash")).to_contain_text("Wiedervorlage")
    await expect(page.locator(".timeline .entry").first).to_contain_text("Liefertermin der Arbeitsplatte")
    assert not sales.errors


async def test_logging_a_call_takes_three_keys_beside_the_text(desk: Any) -> None:
    sales = await desk("sales")
    page = sales.page
    await sales.open("/customers/1")
    keys = 0
    for key in ("l", None, "Control+Enter"):
        if key is None:
            await expect(page.locator("#dialog textarea")).to_be_focused()
            await page.keyboard.insert_text("Kurzer Anruf, alles gut.")
            continue
        await page.keyboard.press(key)
        keys += key.count("+") + 1
    await expect(page.locator(".timeline .entry").first).to_contain_text("Kurzer Anruf, alles gut.")
    assert keys <= 8


async def test_a_draft_survives_a_reload(desk: Any) -> None:
    sales = await desk("sales")
    page = sales.page
    await sales.open("/interactions/new?customer=2")
    await page.fill("textarea", "Halb getippt, dann kam der Chef.")
    await page.reload()
    await expect(page.locator("textarea")).to_have_value("Halb getippt, dann kam der Chef.")


async def test_an_enquiry_is_routed_explained_answered_and_solved(desk: Any) -> None:
    agent = await desk("lead")
    page = agent.page
    await agent.open("/tickets/new?customer=1")
    await page.fill("input[name=subject]", "Rechnung verstehe ich nicht")
    await page.fill("textarea[name=text]", "Position 7 steht doppelt auf der Rechnung.")
    await page.select_option("select[name=topic]", "billing")
    await page.locator("main form button[type=submit]").first.click()
    await page.wait_for_url(re.compile(r"/tickets/\d+$"))
    await expect(page.get_by_text(re.compile("Warum (diese Zuteilung|ich)", re.IGNORECASE)).first).to_be_visible()
    await expect(page.get_by_text(re.compile("Benötigt Stufe")).first).to_be_visible()
    await expect(page.locator(".due-strip")).to_contain_text("Lösung")

    await page.fill("textarea[name=text]", "Wir schauen uns die Position sofort an.")
    await page.locator("textarea[name=text]").press("Control+Enter")
    await expect(page.get_by_text("Wir schauen uns die Position sofort an.").first).to_be_visible()
    assert not agent.errors


async def test_a_consent_is_recorded_shown_and_withdrawn(desk: Any) -> None:
    dpo = await desk("dpo")
    page = dpo.page
    await dpo.open("/persons/3/consents")
    before = await page.locator("main").inner_text()
    assert before
    await page.select_option("select[name=purpose]", "newsletter")
    await page.select_option("select[name=event]", "given") if await page.locator("select[name=event]").count() else None
    await page.locator("main form button[type=submit]").first.click()
    await expect(page.locator("main")).to_contain_text("Newsletter")
    assert not dpo.errors


async def test_a_manager_opens_the_report_as_pdf(desk: Any) -> None:
    manager = await desk("manager")
    page = manager.page
    await manager.open("/reports")
    await page.locator("main a[href^='/reports/20']").first.click()
    await expect(page.locator("h1")).to_be_visible()
    assert not manager.errors
