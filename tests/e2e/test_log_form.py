"""The form of a contact: what its draft keeps, what the page fills in, and what happens to a customer who is gone."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from playwright.async_api import expect

pytestmark = pytest.mark.e2e


IS_ON_TOP = """field => {
    const at = field.getBoundingClientRect();
    return field.contains(document.elementFromPoint(at.x + at.width / 2, at.y + at.height / 2));
}"""
TOO_SMALL = """form => [...form.querySelectorAll('select, textarea, input, button, summary')]
    .filter((each) => !each.matches('[type=hidden], [type=radio], [type=checkbox], .calendar-pick > input'))
    .filter((each) => each.checkVisibility() && each.getBoundingClientRect().height < 43.5)
    .map((each) => each.outerHTML.slice(0, 120))"""
"""What is lower than a finger needs."""


async def pick(page: Any, name: str) -> None:
    """Another customer than the one on screen, by keyboard."""
    await page.locator("#contact-form [name=customer_q]").press_sequentially(name)
    await expect(page.locator("#contact-found [role=option][aria-selected=true]")).to_contain_text(name)
    await page.keyboard.press("Enter")
    await expect(page.locator("#contact-form .chosen")).to_contain_text(name)


async def test_a_draft_brings_back_everything_even_another_customer(desk: Any, apis: Any) -> None:
    api = await apis("sales")
    first, _ = await api.new_person(f"Erstwahl-{uuid4().hex[:8]}")
    name = f"Zweitwahl-{uuid4().hex[:8]}"
    second, person = await api.new_person(name)
    order = await api.post(
        "/orders", {"customer_id": second, "number": f"E-{uuid4().hex[:8]}", "ordered_on": "2026-11-20", "amount": 10}
    )
    sales = await desk("sales")
    page = sales.page
    await sales.open(f"/customers/{first}")
    await page.keyboard.press("l")
    form = page.locator("#contact-form")
    await form.locator("[name=text]").press_sequentially("Rief für jemand anderen an.")
    await form.get_by_role("button", name="Anderer Kunde").click()
    await pick(page, name)
    await form.locator("[name=belongs_to]").select_option(f"order:{order['id']}")
    await form.locator("[name=channel]").select_option("visit")
    await form.locator("[name=reason]").select_option(index=1)
    await form.locator("[name=impression][value='4']").check(force=True)
    await form.locator("[name=follow_up_at]").press_sequentially("in 3 Tagen")
    reason = await form.locator("[name=reason]").input_value()
    await page.context.set_offline(True)
    await form.locator("[name=text]").press("Control+Enter")
    await expect(page.locator("#flash .toast.rust")).to_contain_text("nicht erreichbar")
    await page.context.set_offline(False)
    await page.reload()
    await page.keyboard.press("l")
    await expect(form.locator(".chosen")).to_contain_text(name)
    await expect(form.locator("[name=customer_id]")).to_have_value(str(second))
    await expect(form.locator("[name=belongs_to]")).to_have_value(f"order:{order['id']}")
    await expect(form.locator("[name=person_id]")).to_have_value(str(person))
    await expect(form.locator("[name=text]")).to_have_value("Rief für jemand anderen an.")
    await expect(form.locator("[name=channel]")).to_have_value("visit")
    await expect(form.locator("[name=reason]")).to_have_value(reason)
    await expect(form.locator("[name=impression][value='4']")).to_be_checked()
    await expect(form.locator("[name=follow_up_at]")).to_have_value("in 3 Tagen")
    await form.locator("[name=text]").press("Control+Enter")
    await expect(page.locator("#dialog")).to_be_hidden()
    await sales.open(f"/customers/{second}")
    await expect(page.locator("#history .entry").filter(has_text="Rief für jemand anderen an.")).to_have_count(1)
    await sales.open(f"/customers/{first}")
    await page.keyboard.press("l")
    await expect(form.locator("[name=text]")).to_have_value("")
    await expect(form.locator("[name=customer_id]")).to_have_value(str(first))
    assert not [each for each in sales.errors if "ERR_INTERNET_DISCONNECTED" not in each and "sendError" not in each]


async def test_what_a_contact_belongs_to_is_searched_by_keyboard_and_kept_by_the_draft(desk: Any, apis: Any) -> None:
    """An order too old to be offered, in the form and in the correction; the list closes before the dialog does."""
    api = await apis("sales")
    customer, _ = await api.new_person(f"Gehört-{uuid4().hex[:8]}")
    mark = uuid4().hex[:8]
    numbers = [f"Alt-{mark}", *(f"Neu-{mark}-{each}" for each in range(11))]
    orders = [
        await api.post(
            "/orders", {"customer_id": customer, "number": number, "ordered_on": f"2026-10-{day:02}", "amount": 10}
        )
        for day, number in enumerate(numbers, start=1)
    ]
    wanted = f"order:{orders[0]['id']}"
    sales = await desk("sales")
    page = sales.page
    await sales.open(f"/customers/{customer}")
    await page.keyboard.press("l")
    form = page.locator("#contact-form")
    chosen, search = form.locator("[name=belongs_to]"), form.locator("[name=belongs_q]")
    found = form.locator("#belonging-found [role=option]")
    await form.locator("[name=text]").press_sequentially("Fragt nach der alten Bestellung.")
    await expect(form.locator(f"option[value='{wanted}']")).to_have_count(0)
    await chosen.focus()
    await page.keyboard.press("Tab")
    await expect(search).to_be_focused()
    await page.keyboard.type(mark)
    await expect(found).to_have_count(6)
    await expect(search).to_have_attribute("aria-expanded", "true")
    await page.keyboard.press("Escape")
    await expect(found.first).to_be_hidden()
    await expect(page.locator("#dialog")).to_be_visible()
    await page.keyboard.press("ArrowDown")
    await expect(found.nth(0)).to_be_visible()
    await page.keyboard.press("ArrowDown")
    await expect(found.nth(1)).to_have_attribute("aria-selected", "true")
    assert await search.get_attribute("aria-activedescendant") == await found.nth(1).get_attribute("id")
    await search.fill("")
    await page.keyboard.type(f"alt {mark}")
    await expect(found).to_have_count(1)
    await expect(found).to_have_attribute("aria-selected", "true")
    await page.keyboard.press("Enter")
    await expect(chosen).to_have_value(wanted)
    await expect(search).to_be_focused()
    await expect(search).to_have_value("")
    await expect(page.locator("#announcer")).to_contain_text(f"Gehört zu: Alt-{mark}")

    await page.reload()
    await page.keyboard.press("l")
    await expect(form.locator("[name=text]")).to_have_value("Fragt nach der alten Bestellung.")
    await expect(chosen).to_have_value(wanted)
    await form.locator("[name=text]").press("Control+Enter")
    await expect(page.locator("#dialog")).to_be_hidden()
    entry = page.locator("#history .entry").filter(has_text="Fragt nach der alten Bestellung.").first
    await expect(entry).to_contain_text(f"Alt-{mark}")

    logged = (await api.get(f"/interactions?customer_id={customer}"))["items"][0]["id"]
    product = (await api.get("/products?limit=1"))["items"][0]
    await sales.open(f"/interactions/{logged}/edit")
    await expect(chosen).to_have_value(wanted)
    await search.press_sequentially(product["code"])
    await expect(form.locator(f"#belonging-found-product-{product['id']}")).to_have_attribute("aria-selected", "true")
    await page.keyboard.press("Enter")
    await expect(chosen).to_have_value(f"product:{product['id']}")
    await form.locator("[name=text]").press("Control+Enter")
    await page.wait_for_url(f"**/interactions/{logged}*")
    await expect(page.locator(f"main a[href='/orders/{orders[0]['id']}']")).to_have_count(0)
    assert (await api.get(f"/interactions/{logged}"))["product_id"] == product["id"]
    assert not sales.errors


async def test_a_customer_who_is_gone_takes_no_text_along(desk: Any, apis: Any) -> None:
    customer, _ = await (await apis("sales")).new_person(f"Fort-{uuid4().hex[:8]}")
    sales = await desk("sales")
    page = sales.page
    await sales.open(f"/customers/{customer}")
    await page.keyboard.press("l")
    note = page.locator("#contact-form [name=text]")
    await note.fill("Das soll niemand noch einmal schreiben.")
    gone = await (await apis("sales")).client.delete(f"/customers/{customer}", params={"reason": "doppelt angelegt"})
    assert gone.status_code == 204, gone.text
    await note.press("Control+Enter")
    await expect(page.locator("#contact-form .error-summary")).to_contain_text("Ihr Text bleibt zum Kopieren erhalten")
    await expect(note).to_have_value("Das soll niemand noch einmal schreiben.")
    await expect(page.locator("#contact-form [name=customer_id]")).to_have_count(0)
    await expect(page.locator("#contact-form [name=customer_q]")).to_be_visible()


async def test_on_who_was_restricted_meanwhile_nothing_is_logged_and_the_text_stays(desk: Any, apis: Any) -> None:
    customer, person = await (await apis("sales")).new_person(f"Gesperrt-{uuid4().hex[:8]}")
    sales = await desk("sales")
    page = sales.page
    await sales.open(f"/customers/{customer}")
    await page.keyboard.press("l")
    note = page.locator("#contact-form [name=text]")
    await note.fill("Rief wegen der Rechnung an.")
    officer = await apis("dpo")
    filed = await officer.post(
        "/data-requests",
        {"kind": "restriction", "text": "Bitte sperren.", "customer_id": customer, "person_id": person},
    )
    shut = await officer.client.post(f"/data-requests/{filed['id']}/restriction", json={"reason": "Antrag"})
    assert shut.status_code == 200, shut.text
    await note.press("Control+Enter")
    await expect(page.locator("#contact-form .error-summary")).to_contain_text("Ihr Text bleibt zum Kopieren erhalten")
    await expect(note).to_have_value("Rief wegen der Rechnung an.")
    await expect(page.locator("#contact-form [name=customer_id]")).to_have_count(0)
    assert not (await officer.client.get(f"/interactions?customer_id={customer}")).json().get("items")


async def test_two_tabs_that_log_at_once_both_survive(desk: Any, apis: Any) -> None:
    customer, _ = await (await apis("sales")).new_person(f"Doppel-{uuid4().hex[:8]}")
    sales = await desk("sales")
    tabs = [sales.page, await sales.page.context.new_page()]
    for number, tab in enumerate(tabs):
        await tab.goto(f"{sales.address}/customers/{customer}")
        await tab.keyboard.press("l")
        await tab.locator("#contact-form [name=text]").press_sequentially(f"Aus Fenster {number}.")
    for tab in tabs:
        await tab.locator("#contact-form [name=text]").press("Control+Enter")
        await expect(tab.locator("#dialog")).to_be_hidden()
    await sales.open(f"/customers/{customer}")
    for number in range(2):
        await expect(sales.page.locator("#history .entry").filter(has_text=f"Aus Fenster {number}.")).to_have_count(1)


@pytest.mark.parametrize(
    "kind",
    ["customer", "person", "person_history", "product", "quotation", "order", "enquiry", "observation", "contact"],
)
async def test_l_fills_in_what_is_on_screen(desk: Any, apis: Any, kind: str) -> None:
    api = await apis("sales")
    customer, person = await api.new_person(f"Auf-dem-Schirm-{uuid4().hex[:8]}")
    here = {"customer_id": str(customer), "person_id": str(person)}
    who = "sales"
    if kind == "customer":
        where = f"/customers/{customer}"
    elif kind in ("person", "person_history"):
        where = f"/persons/{person}/{'edit' if kind == 'person' else 'history'}?customer={customer}"
    elif kind == "product":
        who = "lead"
        product = (await api.get("/products?limit=1"))["items"][0]["id"]
        where, here = f"/products/{product}/edit", {"belongs_to": f"product:{product}"}
    elif kind == "quotation":
        made = await api.post("/quotations", {"customer_id": customer, "subject": "Küche"})
        where, here["belongs_to"] = f"/quotations/{made['id']}", f"quotation:{made['id']}"
    elif kind == "order":
        made = await api.post(
            "/orders",
            {"customer_id": customer, "number": f"B-{uuid4().hex[:8]}", "ordered_on": "2026-11-20", "amount": 10},
        )
        where, here["belongs_to"] = f"/orders/{made['id']}", f"order:{made['id']}"
    elif kind == "enquiry":
        body = {"customer_id": customer, "person_id": person, "subject": "Frage", "text": "Wann?", "topic": "general"}
        made = await (await apis("agent")).post("/tickets", body)
        where, here["belongs_to"] = f"/tickets/{made['id']}", f"ticket:{made['id']}"
    elif kind == "contact":
        made = await api.post(
            "/interactions",
            {
                "customer_id": customer,
                "person_id": person,
                "channel": "phone",
                "direction": "inbound",
                "text": "Rief an.",
            },
        )
        where = f"/interactions/{made['id']}"
    else:
        body = {"channel": "review", "text": "Sehr freundlich.", "source": "Portal", "touchpoint": "review_portal"}
        made = await api.post("/observations", body)
        where, here = f"/interactions/{made['id']}", {"touchpoint": "review_portal"}
    page = (sitting := await desk(who)).page
    assert await sitting.open(where) == 200
    await page.keyboard.press("l")
    form = page.locator("#contact-form")
    await expect(form).to_be_visible()
    for name, value in here.items():
        await expect(form.locator(f"[name={name}]")).to_have_value(value)
    assert not sitting.errors


async def test_l_on_a_call_to_return_asks_what_came_of_it(desk: Any, apis: Any) -> None:
    number = f"+4991155{uuid4().int % 10**6:06}"
    await (await apis("sales")).post("/call-backs", {"number": number, "about": "Bitte zurückrufen."})
    sales = await desk("sales")
    await sales.open("/call-backs")
    row = sales.page.locator(f"[data-row]:has(a[href='tel:{number}'])")
    await row.focus()
    await sales.page.keyboard.press("l")
    await expect(sales.page.locator("#dialog [name=result]")).to_be_visible()


async def test_l_on_the_page_of_a_call_fills_in_its_customer(desk: Any, apis: Any) -> None:
    api = await apis("sales")
    customer, person = await api.new_person(f"Rueckruf-{uuid4().hex[:8]}")
    call = await api.post(
        "/call-backs", {"customer_id": customer, "person_id": person, "number": "+4991155667788", "about": "Bitte zurückrufen."}
    )  # fmt: skip
    sales = await desk("sales")
    assert await sales.open(f"/call-backs/{call['id']}/result") == 200
    await sales.page.locator("h1").click()
    await sales.page.keyboard.press("l")
    form = sales.page.locator("#contact-form")
    await expect(form.locator("[name=customer_id]")).to_have_value(str(customer))
    await expect(form.locator("[name=person_id]")).to_have_value(str(person))
    assert not sales.errors


async def test_the_form_is_used_with_one_thumb(desk: Any, apis: Any) -> None:
    """At 360 px the button to save is in reach while the form is long, and everything is big enough to hit."""
    customer, _ = await (await apis("sales")).new_person(f"Daumen-{uuid4().hex[:8]}")
    sales = await desk("sales", width=360)
    page = sales.page
    for where in (f"/customers/{customer}", f"/interactions/new?customer={customer}"):
        await sales.open(where)
        if "new" not in where:
            await page.keyboard.press("l")
        save = page.locator("#contact-form .form-actions [type=submit]")
        await expect(save).to_be_in_viewport(ratio=1)
        box = await save.bounding_box()
        assert box
        assert box["height"] >= 44
        assert box["y"] > 450, "in the lower half, where the thumb is"
        assert await save.evaluate(IS_ON_TOP), "nothing lies over it"
        assert await page.locator("#contact-form").evaluate(TOO_SMALL) == []
    await page.locator("#contact-form summary", has_text="Mehr angeben").click()
    await expect(page.locator("#contact-form [name=minutes]")).to_have_attribute("inputmode", "numeric")
