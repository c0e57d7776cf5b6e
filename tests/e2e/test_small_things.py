"""Small things that once were wrong on a page, each seen with one's own eyes."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from playwright.async_api import expect
from pypdfium2 import PdfDocument

pytestmark = pytest.mark.e2e


async def test_enquiries_open_with_all_of_them_for_somebody_who_has_none(desk: Any) -> None:
    lead, agent = await desk("lead"), await desk("agent")
    await lead.open("/tickets")
    await expect(lead.page.locator(".filters [aria-current]")).to_contain_text("Alle offenen")
    await expect(lead.page.locator("#tickets .row-link").first).to_be_visible()
    await agent.open("/tickets")
    await expect(agent.page.locator(".filters [aria-current]")).to_contain_text("Meine")


async def test_a_country_is_called_by_its_name_and_survives_an_edit(desk: Any, apis: Any) -> None:
    made = await (await apis("sales")).post(
        "/customers", {"kind": "organisation", "name": "Tyrell & Sons Ltd", "city": "Bristol", "country": "GB"}
    )
    sales = await desk("sales")
    page = sales.page
    await sales.open(f"/customers/{made['id']}/edit")
    await expect(page.locator("#f-addresses-0-country")).to_have_value("GB")
    await page.fill("#f-addresses-0-street", "12 Harbour Walk")
    await page.get_by_role("button", name="Speichern").click()
    await expect(page.locator(".aside")).to_contain_text("Vereinigtes Königreich")


async def test_the_note_of_an_enquiry_waits_until_it_is_wanted(desk: Any, apis: Any) -> None:
    tickets = (await (await apis("agent")).get("/tickets?status=open&limit=1"))["items"]
    agent = await desk("agent")
    page = agent.page
    await agent.open(f"/tickets/{tickets[0]['id']}")
    await expect(page.locator("#note-text")).to_be_hidden()
    await page.locator(".composer-more summary[data-key=m]").click()
    await expect(page.locator("#note-text")).to_be_focused()
    await page.locator("#note-text").press_sequentially("Halb")
    await page.reload()
    await expect(page.locator("#note-text")).to_have_value("Halb")
    await expect(page.locator("#note-text")).to_be_visible()


async def test_the_journey_map_is_not_cut_off_on_a_common_screen(desk: Any) -> None:
    sales = await desk("sales")
    await sales.open("/touchpoints")
    hidden = "() => { const map = document.querySelector('.journey'); return map.scrollWidth - map.clientWidth; }"
    assert await sales.page.evaluate(hidden) <= 1


async def test_the_journey_of_a_customer_is_not_cut_off_on_a_small_laptop(desk: Any, apis: Any) -> None:
    customers = (await (await apis("sales")).get("/customers?status=customer&limit=5"))["items"]
    sales = await desk("sales")
    await sales.page.set_viewport_size({"width": 1280, "height": 900})
    beyond = """() => { const strip = document.querySelector('.journey'), edge = strip.getBoundingClientRect().right;
        return [...strip.querySelectorAll('text')].filter((label) => label.getBoundingClientRect().right > edge + 1)
            .map((label) => label.textContent); }"""
    for customer in customers:
        await sales.open(f"/customers/{customer['id']}")
        assert await sales.page.evaluate(beyond) == []


@pytest.mark.parametrize(
    ("path", "next_field"),
    [
        ("/tickets/new", "subject"), ("/orders/new", "number"), ("/quotations/new", "subject"), ("/interactions/new", "text"),
    ],
)  # fmt: skip
async def test_after_the_customer_is_chosen_one_writes_on(desk: Any, path: str, next_field: str) -> None:
    sales = await desk("sales")
    page = sales.page
    await sales.open(path)
    await page.fill("[name=customer_q]", "gmbh")
    await expect(page.locator("#contact-found [role=option][aria-selected=true]")).to_be_visible()
    await page.keyboard.press("Enter")
    await expect(page.locator("#contact-customer .chosen")).to_be_visible()
    await expect(page.locator(f"main [name={next_field}]")).to_be_focused()


async def test_a_field_with_a_mistake_is_marked_in_rust(desk: Any) -> None:
    sales = await desk("sales")
    page = sales.page
    await sales.open("/customers/new")
    await page.get_by_role("button", name="Kunden anlegen").click()
    await expect(page.locator("#f-name")).to_have_attribute("aria-invalid", "true")
    colours = "() => ['#f-name', '#f-city'].map((id) => getComputedStyle(document.querySelector(id)).borderTopColor)"
    wrong, right = await page.evaluate(colours)
    assert wrong != right


async def test_a_mail_out_of_a_draft_asks_the_gate_again(desk: Any, apis: Any) -> None:
    api = await apis("sales")
    made = await api.post(
        "/customers", {"kind": "organisation", "name": "Ohne Werbung GmbH", "email": "info@ohne-werbung.example"}
    )
    sales = await desk("sales")
    page = sales.page
    await sales.open(f"/mails/new?customer={made['id']}")
    await page.fill("#f-text", "Unser neues Angebot für Sie")
    await page.select_option("#f-purpose", "offers")
    await expect(page.locator("#mail-may")).to_contain_text("Nein")
    await sales.open(f"/mails/new?customer={made['id']}")
    await expect(page.locator("#f-purpose")).to_have_value("offers")
    await expect(page.locator("#f-text")).to_have_value("Unser neues Angebot für Sie")
    await expect(page.locator("#mail-may")).to_contain_text("Nein")
    await expect(page.locator(".draft-restored")).to_be_visible()


async def test_on_paper_a_persona_takes_one_sheet_and_tables_stay_tables(desk: Any) -> None:
    """The window's height once made an empty second sheet; and each row became a card of its own, so that a matrix took 17 sheets."""
    manager = await desk("manager")
    await manager.open("/personas/1")
    assert len(PdfDocument(await manager.page.pdf(format="A4"))) == 1
    await manager.open("/assessments/1/results")
    assert len(PdfDocument(await manager.page.pdf(format="A4"))) <= 4


async def test_sheets_of_paper_are_typed_in_line_by_line(desk: Any, apis: Any) -> None:
    surveys = (await (await apis("lead")).get("/surveys"))["items"]
    short = next(one for one in surveys if one["audience"] == "customers" and one["status"] == "running")
    lead = await desk("lead")
    await lead.page.set_viewport_size({"width": 1440, "height": 900})
    await lead.open(f"/surveys/{short['id']}/paper")
    tops = await lead.page.evaluate(
        "[...document.querySelectorAll('[name^=r3_]')].map(one => Math.round(one.getBoundingClientRect().top))"
    )
    assert len(tops) >= 3
    assert len(set(tops)) == 1, "question, day, customer and comment stand side by side"


async def test_a_draft_of_an_answer_keeps_from_which_text_blocks_it_was_made(desk: Any, apis: Any) -> None:
    customer, _person = await (await apis("sales")).new_person(f"Baustein-{uuid4().hex[:8]}")
    ticket = await (await apis("agent")).post(
        "/tickets", {"customer_id": customer, "subject": "Frage", "text": "Wann?"}
    )
    agent = await desk("agent")
    page = agent.page
    await agent.open(f"/tickets/{ticket['id']}")
    await page.locator("#reply-form [data-text-blocks]").click()
    await page.locator("#dialog [data-inserts]").first.click()
    chosen = page.locator("#reply-form input[name=text_block_id]")
    await expect(chosen).to_have_count(1)
    which = await chosen.input_value()
    await page.reload()
    await expect(page.locator("#reply-form .draft-restored")).to_be_visible()
    await expect(chosen).to_have_count(1)
    await expect(chosen).to_have_value(which)


async def test_on_a_telephone_figures_and_deviations_are_as_large_as_a_finger(desk: Any) -> None:
    manager = await desk("manager")
    await manager.page.set_viewport_size({"width": 360, "height": 800})
    small = """names => [...document.querySelectorAll(names)].filter(one => one.offsetParent)
        .map(one => one.getBoundingClientRect().height).filter(height => height < 40)"""
    for path, links in (
        ("/dashboard", ".figures .value a, .table.slim td a"), ("/journey", ".deviation .ways a"),
        ("/feedback", ".aside .table th a"), ("/measures/1", ".unfold > summary"),
    ):  # fmt: skip
        await manager.open(path)
        assert await manager.page.locator(links).count() > 0, path
        assert await manager.page.evaluate(small, links) == [], path
