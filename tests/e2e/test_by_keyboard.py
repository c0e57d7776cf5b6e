"""A working day without a mouse: going somewhere, lists, the palette, dialogs, and where the focus is afterwards."""

from __future__ import annotations

import asyncio
import re
from typing import Any
from uuid import uuid4

import pytest
from playwright.async_api import expect

pytestmark = pytest.mark.e2e


async def test_a_call_is_logged_from_the_start_page_without_a_mouse(desk: Any, apis: Any) -> None:
    name = f"Tastatur-{uuid4().hex[:8]}"
    customer, _ = await (await apis("sales")).new_person(name)
    sales = await desk("sales")
    page = sales.page

    await page.keyboard.press("/")
    await expect(page.locator("#palette-input")).to_be_focused()
    await page.keyboard.type(name)
    await expect(page.locator("#palette [role=option][aria-selected=true]")).to_contain_text(name)
    await page.keyboard.press("Enter")
    await page.wait_for_url(re.compile(rf"/customers/{customer}$"))

    await page.keyboard.press("l")
    await expect(page.locator("#dialog textarea")).to_be_focused()
    await page.keyboard.type("Ohne Maus, mit j und k und l im Text.")
    await page.keyboard.press("Tab")
    await expect(page.locator("#dialog select[name=person_id]")).to_be_focused()
    for _step in range(30):
        await page.keyboard.press("Tab")
        if await page.evaluate("document.activeElement.type === 'submit'"):
            break
    await page.keyboard.press("Enter")

    await expect(page.locator("#history .entry").first).to_contain_text("Ohne Maus, mit j und k und l im Text.")
    await expect(page.locator("main a[data-key=l]").first).to_be_focused()
    await expect(
        page.locator("#announcer, #flash").filter(has_text="festgehalten").or_(page.locator("#flash .toast")).first
    ).to_be_attached()
    assert not sales.errors


KEYSTROKES = 8
"""From the key that opens the form to the saved contact, beside the text and the words of the follow-up that are typed."""


async def test_a_call_with_person_reason_and_follow_up_takes_at_most_eight_keystrokes(desk: Any, apis: Any) -> None:
    """Ctrl and Enter are two."""
    api = await apis("sales")
    company = await api.post("/customers", {"kind": "organisation", "name": f"Zählwerk-{uuid4().hex[:8]} GmbH"})
    for given, family in (("Ada", "Anders"), ("Zoe", "Zander")):
        await api.post(f"/customers/{company['id']}/persons", {"given_name": given, "family_name": family})
    sales = await desk("sales")
    page = sales.page
    await sales.open(f"/customers/{company['id']}")
    pressed: list[str] = []

    async def press(keys: str) -> None:
        pressed.extend(keys.split("+"))
        await page.keyboard.press(keys)

    await press("l")
    await expect(page.locator("#dialog textarea[name=text]")).to_be_focused()
    await page.keyboard.type("Versteht Position 4 der Rechnung nicht.")
    await press("Tab")
    await press("Z")
    await press("Tab")
    await press("ArrowDown")
    await press("Tab")
    await page.keyboard.type("übermorgen halb zehn")
    reason = page.locator("#dialog select[name=reason]")
    chosen = await reason.evaluate("field => field.selectedOptions[0].textContent.trim()")
    assert await reason.input_value()
    assert "Zander" in await page.locator("#dialog select[name=person_id]").evaluate(
        "field => field.selectedOptions[0].textContent"
    )
    await press("Control+Enter")
    await expect(page.locator("#dialog")).to_be_hidden()
    assert len(pressed) <= KEYSTROKES, pressed
    entry = page.locator("#history .entry").filter(has_text="Versteht Position 4 der Rechnung nicht.").first
    await expect(entry).to_contain_text("Zander")
    await expect(entry).to_contain_text(chosen)
    await expect(page.locator("#flash")).to_contain_text("um 09:30 Uhr")
    assert not sales.errors


async def test_who_types_before_the_dialog_is_there_loses_no_letter(desk: Any, apis: Any) -> None:
    """Not even letters that are keys of the page: `n` and `g` `k` would lead away."""
    customer, _ = await (await apis("sales")).new_person(f"Eilig-{uuid4().hex[:8]}")
    sales = await desk("sales")
    page = sales.page
    await sales.open(f"/customers/{customer}")
    may_answer = asyncio.Event()

    async def answer_late(route: Any) -> None:
        await may_answer.wait()
        await route.continue_()

    await page.route("**/interactions/new*", answer_late)
    async with page.expect_request("**/interactions/new*"):
        await page.keyboard.press("l")
    await page.keyboard.type("nach g kommt k")
    may_answer.set()
    await expect(page.locator("#dialog textarea")).to_have_value("nach g kommt k")
    await page.keyboard.type(", und dann l")
    await expect(page.locator("#dialog textarea")).to_have_value("nach g kommt k, und dann l")
    assert not sales.errors


async def test_g_and_a_letter_goes_somewhere_and_j_and_k_walk_through_the_list(desk: Any) -> None:
    sales = await desk("sales")
    page = sales.page
    await page.keyboard.press("g")
    await page.keyboard.press("k")
    await page.wait_for_url(re.compile("/customers$"))

    links = page.locator("#customers .row-link")
    await page.keyboard.press("j")
    await expect(links.nth(0)).to_be_focused()
    await page.keyboard.press("j")
    await page.keyboard.press("j")
    await page.keyboard.press("k")
    await expect(links.nth(1)).to_be_focused()
    name = await links.nth(1).inner_text()
    await page.keyboard.press("Enter")
    await expect(page.locator("h1")).to_have_text(name)


async def test_the_command_palette_knows_commands_and_closes_with_escape(desk: Any) -> None:
    sales = await desk("sales")
    page = sales.page
    await sales.open("/customers")
    await page.keyboard.press("Control+k")
    await expect(page.locator("#palette [role=option]").first).to_be_visible()
    await page.keyboard.type("Kontakt festhalten")
    await expect(page.locator("#palette [role=option][aria-selected=true]")).to_contain_text("Kontakt festhalten")
    await page.keyboard.press("Enter")
    await expect(page.locator("#palette")).to_be_hidden()
    await expect(page.locator("#dialog")).to_be_visible()
    await expect(page.locator("#dialog #dialog-title")).to_have_text("Kontakt festhalten")
    await page.keyboard.press("Escape")
    await expect(page.locator("#dialog")).to_be_hidden()
    assert not sales.errors


@pytest.mark.parametrize(("start", "prefix"), [("/interactions/new", "f"), ("/tickets/new", "f"), ("/", "d")])
async def test_a_customer_is_picked_with_arrows_and_enter(desk: Any, apis: Any, start: str, prefix: str) -> None:
    """On both pages, and in the dialog that `l` opens: the form stays open, and Escape closes the list before the dialog."""
    family = f"Auswahl-{uuid4().hex[:8]}"
    for _each in range(2):
        await (await apis("sales")).new_person(family)
    sales = await desk("sales")
    page = sales.page
    await sales.open(start)
    if prefix == "d":
        await page.keyboard.press("l")
    field, options = page.locator("[name=customer_q]"), page.locator("#contact-found [role=option]")
    await field.focus()
    await page.keyboard.type(family)
    await expect(options).to_have_count(2)
    await expect(options.nth(0)).to_have_attribute("aria-selected", "true")
    await page.keyboard.press("Escape")
    await expect(options.nth(0)).to_be_hidden()
    await expect(field).to_be_focused()
    await expect(field).to_have_value(family)
    await expect(field).to_have_attribute("aria-expanded", "false")
    await page.keyboard.press("ArrowDown")
    await expect(options.nth(0)).to_be_visible()
    await page.keyboard.press("ArrowDown")
    await expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    assert await field.get_attribute("aria-activedescendant") == await options.nth(1).get_attribute("id")
    picked = await options.nth(1).get_attribute("id")
    await page.keyboard.press("Enter")
    await expect(page.locator(".chosen")).to_contain_text(family)
    assert picked == f"contact-found-{await page.locator('input[name=customer_id]').input_value()}"
    assert not sales.errors


async def test_escape_closes_the_palette_at_once(desk: Any) -> None:
    sales = await desk("sales")
    page = sales.page
    await page.keyboard.press("/")
    await page.keyboard.type("baum")
    await page.keyboard.press("Escape")
    await expect(page.locator("#palette")).to_be_hidden()


async def test_the_help_sheet_lists_the_keys_of_the_page(desk: Any, apis: Any) -> None:
    tickets = (await (await apis("agent")).get("/tickets?status=open&limit=1"))["items"]
    agent = await desk("agent")
    page = agent.page
    await agent.open(f"/tickets/{tickets[0]['id']}")
    await page.keyboard.press("?")
    sheet = page.locator("#keys")
    await expect(sheet).to_be_visible()
    here = sheet.locator("[data-keys-here]")
    for key in ("r", "m", "a", "e", "c"):
        await expect(here.locator("dt").filter(has_text=re.compile(f"^{key} *$"))).to_have_count(1)
    await expect(sheet.locator("[data-keys-go] dd").filter(has_text=re.compile("^Kunden$"))).to_have_count(1)
    await page.keyboard.press("Escape")
    await expect(sheet).to_be_hidden()


async def test_single_keys_are_letters_while_somebody_types(desk: Any) -> None:
    sales = await desk("sales")
    page = sales.page
    await sales.open("/customers")
    await page.locator("#customer-search").click()
    await page.keyboard.type("l?gk")
    await expect(page.locator("#customer-search")).to_have_value("l?gk")
    await expect(page.locator("#dialog")).to_be_hidden()
    await expect(page.locator("#keys")).to_be_hidden()


async def test_the_first_tab_leads_past_the_navigation(desk: Any) -> None:
    sales = await desk("sales")
    page = sales.page
    await sales.open("/touchpoints")
    await page.keyboard.press("Tab")
    await expect(page.locator(".skip")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator("#content")).to_be_focused()


async def test_the_focus_is_always_visible(desk: Any) -> None:
    """Walks through a page by Tab: each stop has an outline, or its row or field has."""
    sales = await desk("sales")
    page = sales.page
    await sales.open("/customers")
    seen = set()
    for _stop in range(40):
        await page.keyboard.press("Tab")
        seen.add(
            await page.evaluate(
                """() => {
                    const drawn = (each) => each && getComputedStyle(each).outlineStyle !== 'none';
                    const at = document.activeElement;
                    const visible = drawn(at) || drawn(at.closest('[data-row]')) || drawn(at.closest('label'));
                    return visible || at === document.body ? '' : at.outerHTML.slice(0, 200);
                }"""
            )
        )
    assert seen == {""}
