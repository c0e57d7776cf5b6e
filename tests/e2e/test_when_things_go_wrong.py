"""Mistakes, a lost connection, two people at the same record, the back button: nothing that was typed is lost."""

from __future__ import annotations

import re
from typing import Any
from uuid import uuid4

import pytest
from playwright.async_api import expect

pytestmark = pytest.mark.e2e


async def test_a_mistake_in_the_dialog_keeps_what_was_typed(desk: Any, apis: Any) -> None:
    customer, _ = await (await apis("sales")).new_person("Fehler")
    sales = await desk("sales")
    page = sales.page
    await sales.open(f"/customers/{customer}")
    await page.keyboard.press("l")
    dialog = page.locator("#dialog")
    await dialog.locator("textarea[name=text]").fill("Lange Notiz, die niemand zweimal tippen will.")
    await dialog.locator("summary", has_text="Mehr angeben").click()
    await dialog.locator("input[name=minutes]").fill("99999")
    await dialog.locator("textarea[name=text]").press("Control+Enter")

    await expect(dialog.locator(".error-summary")).to_be_focused()
    await expect(dialog.locator("input[name=minutes]")).to_have_attribute("aria-invalid", "true")
    await expect(dialog.locator("input[name=minutes]")).to_have_value("99999")
    await expect(dialog.locator("textarea[name=text]")).to_have_value("Lange Notiz, die niemand zweimal tippen will.")

    await dialog.locator("input[name=minutes]").fill("9")
    await dialog.locator("textarea[name=text]").press("Control+Enter")
    await expect(page.locator("#history .entry")).to_have_count(1)
    await expect(page.locator("#history .entry")).to_contain_text("9 Min.")


async def test_a_mistake_in_a_form_shows_every_error_beside_its_field(desk: Any) -> None:
    sales = await desk("sales")
    page = sales.page
    await sales.open("/customers/new")
    await page.fill("#f-email", "keine Adresse")
    await page.fill("#f-phone", "abc")
    await page.fill("#f-city", "Fürth")
    await page.get_by_role("button", name="Kunden anlegen").click()
    for field in ("#f-name", "#f-email", "#f-phone"):
        await expect(page.locator(field)).to_have_attribute("aria-invalid", "true")
        await expect(page.locator(f"{field}-error")).to_be_visible()
    await expect(page.locator("#f-email")).to_have_value("keine Adresse")
    await expect(page.locator("#f-city")).to_have_value("Fürth")


async def test_without_a_connection_the_text_stays_and_can_be_sent_later(desk: Any, apis: Any) -> None:
    customer, _ = await (await apis("sales")).new_person("Funkloch")
    sales = await desk("sales")
    page = sales.page
    await sales.open(f"/customers/{customer}")
    await page.keyboard.press("l")
    note = page.locator("#dialog textarea[name=text]")
    await note.fill("Im Zug geschrieben.")
    await page.context.set_offline(True)
    await note.press("Control+Enter")
    await expect(page.locator("#flash .toast.rust")).to_contain_text("nicht erreichbar")
    await expect(note).to_have_value("Im Zug geschrieben.")
    await page.context.set_offline(False)
    await note.press("Control+Enter")
    await expect(page.locator("#history .entry")).to_have_count(1)


async def test_an_answer_that_is_lost_on_its_way_logs_once(desk: Any, apis: Any) -> None:
    customer, _ = await (await apis("sales")).new_person("Tunnel")
    sales = await desk("sales")
    page = sales.page
    await sales.open(f"/customers/{customer}")

    async def lose_the_answer(route: Any) -> None:
        await route.fetch()
        await route.abort()

    await page.route("**/interactions", lose_the_answer)
    await page.keyboard.press("l")
    note = page.locator("#dialog textarea[name=text]")
    await note.fill("Gespeichert, aber niemand hat es erfahren.")
    await note.press("Control+Enter")
    await expect(page.locator("#flash .toast.rust")).to_contain_text("nicht erreichbar")
    await expect(note).to_have_value("Gespeichert, aber niemand hat es erfahren.")
    await page.unroute("**/interactions")
    await note.press("Control+Enter")
    await expect(page.locator("#dialog")).to_be_hidden()
    await sales.open(f"/customers/{customer}")
    await expect(page.locator("#history .entry")).to_have_count(1)


async def test_the_moment_of_a_follow_up_is_shown_while_it_is_typed(desk: Any, apis: Any) -> None:
    customer, _ = await (await apis("sales")).new_person("Termin")
    sales = await desk("sales")
    page = sales.page
    await sales.open(f"/customers/{customer}")
    await page.keyboard.press("l")
    note = page.locator("#dialog textarea[name=text]")
    await note.fill("Will es sich überlegen.")
    field = page.locator("#d-follow_up_at")
    understood = page.locator("#d-follow_up_at-understood")
    await expect(understood).to_have_attribute("role", "status")
    await field.press_sequentially("25.12.2098 10 Uhr")
    await expect(understood).to_contain_text("Verstanden: Do., 25. Dezember 2098 um 10:00 Uhr")
    await expect(understood).to_contain_text("Feiertag")
    await field.fill("irgendwann")
    await expect(understood).to_contain_text("Wann meinen Sie?")
    await note.press("Control+Enter")
    await expect(page.locator("#d-follow_up_at-error")).to_contain_text("Wann meinen Sie?")
    await expect(page.locator("#d-follow_up_at")).to_have_value("irgendwann")
    await expect(note).to_have_value("Will es sich überlegen.")

    await page.locator("#d-follow_up_at").fill("gestern")
    await expect(understood).to_contain_text("in der Vergangenheit")
    await page.get_by_role("button", name="In 2 Wochen").click()
    await expect(understood).to_contain_text("Verstanden:")
    await page.locator(".calendar-pick > input").evaluate(
        "field => { field.value = '2098-12-29T14:30'; field.dispatchEvent(new Event('change', { bubbles: true })); }"
    )
    await expect(page.locator("#d-follow_up_at")).to_have_value("2098-12-29 14:30")
    await expect(understood).to_contain_text("Mo., 29. Dezember 2098 um 14:30 Uhr")
    await note.press("Control+Enter")
    await expect(page.locator("#flash")).to_contain_text("29. Dezember 2098 um 14:30 Uhr")

    await sales.open("/reminders/new")
    await page.locator("#f-due_at").press_sequentially("übermorgen halb 10")
    await expect(page.locator("#f-due_at-understood")).to_contain_text("um 09:30 Uhr")


async def test_a_double_click_creates_one_enquiry(desk: Any, apis: Any) -> None:
    customer, _ = await (await apis("sales")).new_person("Doppelt")
    agent = await desk("agent")
    page = agent.page
    await agent.open(f"/tickets/new?customer={customer}")
    await page.fill("#f-subject", "Nur einmal bitte")
    await page.get_by_role("button", name="Anfrage anlegen").dblclick()
    await page.wait_for_url(re.compile(r"/tickets/\d+"))
    found = (await (await apis("agent")).get(f"/tickets?customer_id={customer}"))["items"]
    assert [each["subject"] for each in found] == ["Nur einmal bitte"]


async def test_two_people_edit_the_same_customer_and_neither_loses_anything(desk: Any, apis: Any) -> None:
    customer, _ = await (await apis("sales")).new_person("Zweimal")
    sales, expert = await desk("sales"), await desk("expert")
    for one in (sales, expert):
        await one.open(f"/customers/{customer}/edit")
    await sales.page.fill("#f-addresses-0-city", "Erlangen")
    await sales.page.get_by_role("button", name="Speichern").click()
    await sales.page.wait_for_url(re.compile(rf"/customers/{customer}$"))

    page = expert.page
    await page.fill("#f-addresses-0-city", "Bamberg")
    await page.fill("#f-brief", "Möchte vor Ostern fertig sein.")
    await page.get_by_role("button", name="Speichern").click()
    await expect(page.locator("h1")).to_contain_text("Zwei Fassungen")
    for version in ("Erlangen", "Bamberg", "Möchte vor Ostern fertig sein."):
        await expect(page.locator(".compare")).to_contain_text(version)
    await expect(page.locator(".conflict")).to_contain_text("Petra Lang")
    await page.get_by_role("button", name="Meine Fassung speichern").click()
    await page.wait_for_url(re.compile(rf"/customers/{customer}$"))
    await expect(page.locator("main")).to_contain_text("Bamberg")
    await expect(page.locator("main")).to_contain_text("Möchte vor Ostern fertig sein.")
    assert not sales.errors


async def test_a_draft_survives_a_reload_and_goes_when_it_was_sent(desk: Any, apis: Any) -> None:
    customer, _ = await (await apis("sales")).new_person("Entwurf")
    sales = await desk("sales")
    page = sales.page
    await sales.open(f"/interactions/new?customer={customer}")
    await page.locator("#f-text").press_sequentially("Halb getippt, dann kam jemand.")
    await page.reload()
    await expect(page.locator("#f-text")).to_have_value("Halb getippt, dann kam jemand.")
    await expect(page.locator(".draft-restored")).to_be_visible()
    await page.locator("#f-text").press("Control+Enter")
    await page.wait_for_url(re.compile(rf"/customers/{customer}$"))
    await expect(page.locator("#history .entry")).to_have_count(1)
    await sales.open(f"/interactions/new?customer={customer}")
    await expect(page.locator("#f-text")).to_have_value("")


async def test_a_draft_with_its_follow_up_is_nobody_elses(desk: Any, apis: Any) -> None:
    customer, _ = await (await apis("sales")).new_person("Entwurfsschutz")
    sales = await desk("sales")
    page = sales.page
    await sales.open(f"/customers/{customer}")
    await page.keyboard.press("l")
    await page.locator("#dialog textarea[name=text]").press_sequentially("Vertraulich besprochen.")
    await page.locator("#d-follow_up_at").press_sequentially("in 3 Tagen")
    await page.reload()
    await page.keyboard.press("l")
    await expect(page.locator("#dialog textarea[name=text]")).to_have_value("Vertraulich besprochen.")
    await expect(page.locator("#d-follow_up_at")).to_have_value("in 3 Tagen")
    await expect(page.locator("#d-follow_up_at-understood")).to_contain_text("Verstanden:")

    await page.context.clear_cookies()  # the session is over, the draft is still in the browser
    await sales.log_in("manager")
    await sales.open(f"/interactions/new?customer={customer}")
    await expect(page.locator("#f-text")).to_have_value("")

    await page.context.clear_cookies()
    await sales.log_in("sales")
    await sales.open(f"/interactions/new?customer={customer}")
    await expect(page.locator("#f-text")).to_have_value("Vertraulich besprochen.")
    await expect(page.locator("#f-follow_up_at-understood")).to_contain_text("Verstanden:")
    await page.get_by_role("button", name="Abmelden").click()
    await page.wait_for_url("**/login*")
    await sales.log_in("sales")
    await sales.open(f"/interactions/new?customer={customer}")
    await expect(page.locator("#f-text")).to_have_value("")


async def test_the_back_button_brings_back_the_whole_page(desk: Any) -> None:
    sales = await desk("sales")
    page = sales.page
    await sales.open("/customers")
    await page.locator("#customer-search").press_sequentially("gmbh")
    await page.wait_for_url(re.compile("q=gmbh"))
    await expect(page.locator("#customers .row-link").first).to_contain_text("GmbH")
    await page.locator("#customers .row-link").first.click()
    await page.wait_for_url(re.compile(r"/customers/\d+$"))
    await page.get_by_role("link", name="Anfragen", exact=True).nth(1).click()
    await page.wait_for_url(re.compile("kind=ticket"))
    await page.go_back()
    await page.wait_for_url(re.compile(r"/customers/\d+$"))
    await expect(page.locator("nav.nav")).to_be_visible()
    await expect(page.locator("#history .chip[aria-current]")).to_have_text("Alles")
    await page.go_back()
    await expect(page.locator("#customer-search")).to_have_value("gmbh")
    await expect(page.locator("nav.nav")).to_be_visible()


async def test_an_unknown_address_says_what_to_do(desk: Any) -> None:
    sales = await desk("sales")
    assert await sales.open("/customers/99999999") == 404
    await expect(sales.page.locator("h1")).to_be_visible()
    await expect(sales.page.locator("nav.nav")).to_be_visible()
    await sales.page.locator("main a[href='/']").first.click()
    await expect(sales.page.locator("h1")).to_contain_text("Petra Lang")


async def test_the_language_changes_in_the_account(desk: Any) -> None:
    dpo = await desk("dpo")
    await dpo.speak("en")
    await dpo.open("/consents")
    await expect(dpo.page.locator("h1")).to_have_text("Consents")
    await dpo.speak("de")
    await dpo.open("/consents")
    await expect(dpo.page.locator("h1")).to_have_text("Einwilligungen")


async def test_a_wrong_password_says_so_and_keeps_the_address(desk: Any) -> None:
    visitor = await desk()
    page = visitor.page
    address = f"{uuid4().hex[:8]}@demo.example"
    await visitor.open("/login")
    await page.fill("input[name=email]", address)
    await page.fill("input[name=password]", "geraten")
    await page.press("input[name=password]", "Enter")
    await expect(page.locator("[role=alert]").first).to_be_visible()
    await expect(page.locator("input[name=email]")).to_have_value(address)


async def test_whoever_is_not_logged_in_comes_back_to_the_page_they_wanted(desk: Any) -> None:
    visitor = await desk()
    page = visitor.page
    await visitor.open("/touchpoints/hotline")
    await page.fill("input[name=email]", "sales@demo.example")
    await page.fill("input[name=password]", "freundlich-und-klar")
    await page.press("input[name=password]", "Enter")
    await page.wait_for_url(re.compile("/touchpoints/hotline$"))
