"""The main job in a real browser: a call logged, an enquiry routed, a consent recorded and withdrawn, a report read."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pypdfium2
import pytest
from playwright.async_api import expect

from tests.e2e.conftest import eventually

pytestmark = pytest.mark.e2e

SOON_SECONDS = 4
POLL_SECONDS = 30
"""How often the bell asks for news."""


async def test_a_sales_person_creates_a_customer_and_logs_a_call_with_a_follow_up(desk: Any) -> None:
    sales = await desk("sales")
    page = sales.page
    name = f"Küchenhaus {uuid4().hex[:8]} GmbH"

    await page.get_by_role("link", name="Kunden", exact=True).click()
    await page.get_by_role("link", name="Kunden anlegen").click()
    await page.fill("#f-name", name)
    await page.fill("#f-city", "Nürnberg")
    await page.get_by_role("button", name="Kunden anlegen").click()
    await page.wait_for_url(re.compile(r"/customers/\d+$"))
    await expect(page.locator("h1")).to_have_text(name)
    await expect(page.locator("#history")).to_contain_text("Noch kein Kontakt")

    await page.keyboard.press("l")
    note = page.locator("#dialog textarea[name=text]")
    await expect(note).to_be_focused()
    await page.keyboard.type("Fragt nach dem Liefertermin der Arbeitsplatte.")
    await page.locator("#dialog").get_by_role("button", name="In 1 Woche").click()
    await expect(page.locator("#dialog input[name=follow_up_at]")).to_have_value("in 1 Woche")
    due = datetime.now(ZoneInfo("Europe/Berlin")) + timedelta(days=7)  # where the company is, also late in the evening
    understood = page.locator("#dialog #d-follow_up_at-understood")
    await expect(understood).to_contain_text(f"{due.day}. ")
    await expect(understood).to_contain_text("um 09:00 Uhr")
    await note.press("Control+Enter")

    await expect(page.locator("#dialog")).to_be_hidden()
    await expect(page.locator("#flash")).to_contain_text("Wiedervorlage")
    await expect(page.locator("#history .entry").first).to_contain_text("Liefertermin der Arbeitsplatte")
    await expect(page.locator("#history .entry").first).to_contain_text("Wiedervorlage")
    await expect(page.locator("#customer-context .card").first).to_contain_text("Petra Lang")
    last_contact = page.locator("#customer-context dl > div").filter(has_text="Letzter Kontakt")
    await expect(last_contact.locator("time")).to_be_visible()
    assert not sales.errors
    await page.reload()
    await expect(page.locator("#history .entry")).to_have_count(1)

    await sales.open("/customers?q=" + name.split()[1])
    await expect(page.locator(".row-link")).to_have_text([name])


async def test_logging_a_call_takes_at_most_eight_keys_beside_the_text(desk: Any, apis: Any) -> None:
    customer, _ = await (await apis("sales")).new_person("Kurz")
    sales = await desk("sales")
    page = sales.page
    await sales.open(f"/customers/{customer}")
    await page.evaluate("() => { window.keys = 0; addEventListener('keydown', () => { window.keys += 1; }, true); }")

    await page.keyboard.press("l")
    await expect(page.locator("#dialog textarea")).to_be_focused()
    await page.keyboard.insert_text("Kurzer Anruf, alles gut.")
    await page.keyboard.press("Control+Enter")

    await expect(page.locator("#history .entry").first).to_contain_text("Kurzer Anruf, alles gut.")
    assert 2 <= await page.evaluate("window.keys") <= 8


async def test_a_follow_up_reaches_its_person_in_the_app_and_by_mail(desk: Any, apis: Any) -> None:
    api = await apis("sales")
    name = f"Rückruf-{uuid4().hex[:8]}"
    customer, _ = await api.new_person(name)
    text = f"Termin {name} bestätigen"
    wishes = {"at_night": True, "on_days_off": True}  # else the mail of an evening waits for the morning
    assert (await api.client.put("/notification-preferences", json=wishes)).status_code == 200
    sales = await desk("sales")
    page = sales.page
    due = datetime.now(UTC) + timedelta(seconds=SOON_SECONDS)
    await api.post(
        "/interactions",
        {
            "customer_id": customer, "channel": "phone", "direction": "inbound", "text": text, "follow_up_at": due.isoformat(),
        },
    )  # fmt: skip

    async def has_arrived() -> bool:
        return name in await (await page.request.get(f"{sales.address}/notifications")).text()

    async def bell_is_true() -> bool:
        counted = await (await page.request.get(f"{sales.address}/notifications/count")).text()
        return (
            bool(await bell.locator(".badge").count())
            and f">{await bell.locator('.badge').inner_text()}</span>" in counted
        )

    bell = page.locator("#bell")
    await eventually(has_arrived, seconds=SOON_SECONDS + 60)
    await eventually(bell_is_true, seconds=POLL_SECONDS + 15)
    await bell.click()
    newest = page.locator("#dialog #notifications li").filter(has_text=name)
    await newest.get_by_role("link").click()
    await page.wait_for_url(re.compile(rf"/customers/{customer}$"))
    await expect(page.locator("#history")).to_contain_text(text)

    admin = await desk("admin")
    await admin.open("/outbox")
    mail = admin.page.locator("main tbody tr").filter(has_text=text)
    await expect(mail).to_have_count(1)
    await expect(mail).to_contain_text("Wiedervorlage")
    await expect(mail).to_contain_text("sales@demo.example")
    assert not sales.errors


async def test_an_enquiry_is_routed_explained_answered_escalated_and_solved(desk: Any, apis: Any) -> None:
    customer, _ = await (await apis("sales")).new_person("Frage")
    agent = await desk("agent")
    page = agent.page

    await agent.open("/tickets/new")
    await page.locator("#f-customer_q").press_sequentially("Nora Frage")
    await page.locator("#contact-picked button").first.click()
    await expect(page.locator(".chosen")).to_contain_text("Nora Frage")
    await page.fill("#f-subject", "Rechnung verstehe ich nicht")
    await page.fill("#f-text", "Position 7 steht doppelt auf der Rechnung.")
    await page.select_option("#f-topic", "complaint")
    await page.get_by_role("button", name="Anfrage anlegen").click()
    await page.wait_for_url(re.compile(r"/tickets/\d+"))

    why = page.locator("#why")
    await expect(why).to_contain_text("Benötigt Stufe 2")
    await expect(why.locator("dt strong")).to_have_count(1)
    chosen = await why.locator("dt strong").inner_text()
    assert chosen != "Ali Demir"
    await expect(why.locator("dl > div").filter(has_text="Robert Weiß")).to_contain_text("abwesend")
    await expect(page.locator(".due-strip")).to_contain_text("Lösung")

    await page.keyboard.press("r")
    await expect(page.locator("#reply-text")).to_be_focused()
    await page.keyboard.type("Wir schauen uns die Position sofort an.")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator("#conversation .message.out")).to_contain_text("Wir schauen uns die Position sofort an.")
    await expect(page.locator(".due-strip")).to_contain_text("Erste Antwort nach")

    await page.keyboard.press("m")
    await expect(page.locator("#note-text")).to_be_focused()
    await page.keyboard.type("Bitte Gutschrift prüfen.")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator("#conversation .message.note")).to_contain_text("Bitte Gutschrift prüfen.")

    await page.keyboard.press("e")
    await expect(page.locator("#dialog textarea")).to_be_focused()
    await page.keyboard.type("Rechnung erklärt, Kundin besteht auf Gutschrift.")
    await page.keyboard.press("Control+Enter")
    await expect(page.locator("#dialog")).to_be_hidden()
    await expect(page.locator("#why")).to_contain_text("Benötigt Stufe 3")
    await expect(page.locator("#conversation")).to_contain_text("Rechnung erklärt, Kundin besteht auf Gutschrift.")

    await page.keyboard.press("c")
    await page.locator("#dialog").get_by_label("Unklare Rechnung").check()
    await page.locator("#dialog").get_by_role("button", name="Als erledigt markieren").click()
    await expect(page.locator("#dialog")).to_be_hidden()
    await expect(page.locator(".page-title .chips")).to_contain_text("erledigt")
    await expect(page.get_by_role("button", name="Wieder öffnen")).to_be_visible()

    await agent.open(f"/customers/{customer}?kind=ticket")
    await expect(page.locator("#history .entry").first).to_contain_text("Rechnung verstehe ich nicht")
    assert not agent.errors


async def test_a_consent_is_recorded_confirmed_and_withdrawn_and_the_gate_follows(desk: Any, apis: Any) -> None:
    api = await apis("sales")
    customer, person = await api.new_person("Einwilligung")
    sales = await desk("sales")
    page = sales.page
    gate = page.locator(".aside .card").filter(has_text="Darf ich").locator("dl > div").filter(has_text="E-Mail")
    asked = f"/permission?person_id={person}&purpose=newsletter&channel=email"

    async def record(event: str) -> None:
        await sales.open(f"/persons/{person}/consents")
        await page.get_by_role("link", name="Newsletter per E-Mail").click()
        await page.locator("#dialog").get_by_label(event).check()
        await page.locator("#dialog").get_by_role("button", name="Im Protokoll festhalten").click()
        await expect(page.locator("#dialog")).to_be_hidden()

    await sales.open(f"/customers/{customer}")
    await expect(gate).to_contain_text("keine Werbung")
    assert not (await api.get(asked))["allowed"]

    await record("Ja: Einwilligung erteilt")
    await expect(page.locator("#events .entry")).to_have_count(1)
    await sales.open(f"/customers/{customer}")
    await expect(gate).to_contain_text("Newsletter noch nicht bestätigt")
    assert not (await api.get(asked))["allowed"]

    await record("Bestätigt")
    await expect(page.locator("#events .entry")).to_have_count(2)
    await sales.open(f"/customers/{customer}")
    await expect(gate).to_contain_text("Newsletter ja, seit")
    assert (await api.get(asked))["allowed"]

    await sales.open(f"/persons/{person}/consents")
    await page.get_by_role("button", name="Widerrufen").first.click()
    await page.locator("#confirm").get_by_role("button", name="Widerruf festhalten").click()
    await expect(page.locator("#events .entry")).to_have_count(3)
    await sales.open(f"/customers/{customer}")
    await expect(gate).to_contain_text("keine Werbung")
    answer = await api.get(asked)
    assert not answer["allowed"]
    assert "widerrufen" in answer["because"]

    ledger = await api.get(f"/persons/{person}/consents")
    assert [item["event"] for item in ledger["items"]][::-1] == ["given", "confirmed", "withdrawn"]
    assert not sales.errors


async def test_a_manager_opens_the_report_as_pdf(desk: Any, tmp_path: Path) -> None:
    manager = await desk("manager")
    page = manager.page
    await manager.open("/reports")
    await expect(page.locator("tbody tr").first).to_contain_text("läuft noch, vorläufig")
    row = page.locator("tbody tr").nth(2)  # last month's is made by itself
    month = await row.locator(".row-link").inner_text()
    await row.locator(".row-link").click()
    await expect(page.locator("h1")).to_contain_text(month)
    await expect(page.locator(".journey svg").first).to_be_visible()

    german = page.locator("#report-files .line").filter(has_text="Deutsch")
    await german.get_by_role("button", name="Bericht erstellen").click()
    ready = german.get_by_role("link", name="PDF öffnen")
    await expect(ready).to_be_visible(timeout=90_000)
    answer = await page.request.get(manager.address + str(await ready.get_attribute("href")))
    assert answer.headers["content-type"] == "application/pdf"
    body = await answer.body()
    assert body.startswith(b"%PDF-")

    document = pypdfium2.PdfDocument(body)
    texts = [sheet.get_textpage().get_text_range() for sheet in document]
    assert len(texts) >= 4
    assert month in texts[0]
    assert all(text.strip() for text in texts)
    assert "Kontaktpunkte" in "".join(texts)
    assert not manager.errors
