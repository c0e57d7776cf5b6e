"""A customer answers a survey from the mail, as they would: and the answer arrives with those whom it concerns."""

from __future__ import annotations

import io
import json
import re
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4
from zoneinfo import ZoneInfo

import asyncpg
import pikepdf
import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import expect

from crm.embedded.servers import ensure
from crm.settings import Settings
from tests.e2e.conftest import Program, eventually
from tests.e2e.test_every_page import RULES

pytestmark = pytest.mark.e2e

A_MINUTE_AND_A_BIT = 100
"""Seconds: due invitations are looked for each minute."""


async def somebody_who_agreed(api: Any) -> tuple[int, int]:
    """A private customer of the demo company who may be asked by e-mail: customer and person."""
    for customer in (await api.get("/customers?kind=person&limit=100"))["items"]:
        for person in (await api.get(f"/customers/{customer['id']}/persons"))["items"]:
            asked = await api.get(f"/permission?purpose=survey&channel=email&person_id={person['id']}")
            if asked["allowed"]:
                return customer["id"], person["id"]
    raise AssertionError("nobody of the demo company agreed to surveys")


async def mail_to(program: Program, customer_id: int, question: str) -> str:
    """The mail as it waits in the outbox, where it stays without a mail server."""
    settings = Settings.from_env({**program.environ, "CRM_DATA_DIR": str(program.data)})
    with ensure(settings, command="tests") as running:
        connection = await asyncpg.connect(running.database_url)
        try:
            return str(
                await connection.fetchval(
                    "SELECT html FROM outbox_message WHERE purpose = 'survey' AND customer_id = $1 AND subject LIKE '%' || $2",
                    customer_id, question,
                )
            )  # fmt: skip
        finally:
            await connection.close()


async def answers_at(page: Any, name: str) -> int:
    """How many answers the catalogue, and so the journey map above it, has of a touchpoint."""
    line = page.get_by_role("row").filter(has=page.get_by_role("link", name=name, exact=True))
    return int(await line.locator("td[data-label=Antworten]").inner_text())


def of_invitation(figures: Any) -> int:
    """How many answers about satisfaction some days' figures have of the touchpoint."""
    [one] = [one for one in figures["touchpoints"] if one["code"] == "invitation"] or [{"satisfaction": None}]
    return int((one["satisfaction"] or {"n": 0})["n"])


async def in_matrix(lead: Any) -> int:
    """How many answers a round of assessments that ends now holds against the touchpoint's importance."""
    ends_on = datetime.now(ZoneInfo("Europe/Berlin")).date().isoformat()
    made = await lead.post(
        "/assessments", {"name": f"Probe {uuid4().hex[:6]}", "ends_on": ends_on, "touchpoints": ["invitation"]}
    )
    assert (await lead.client.post(f"/assessments/{made['id']}/closure")).status_code == 200
    [result] = await lead.get(f"/assessments/{made['id']}/results")
    return int((result["satisfaction"] or {"n": 0})["n"])


async def printed(lead: Any, month: str) -> dict[str, Any]:
    """The figures that are attached to the month's provisional report, as the worker draws it up."""
    found: list[bytes] = []

    async def is_there() -> bool:
        answer = await lead.client.get(f"/reports/{month}/pdf?lang=en")
        assert answer.status_code in (200, 202), answer.text
        if answer.status_code == 200:
            found.append(answer.content)
        return bool(found)

    await eventually(is_there, seconds=A_MINUTE_AND_A_BIT)
    with pikepdf.open(io.BytesIO(found[0])) as pdf:
        [name] = [name for name in pdf.attachments if name.endswith(".json")]
        told: dict[str, Any] = json.loads(pdf.attachments[name].get_file().read_bytes())
    return told


async def test_a_customer_answers_from_the_mail(desk: Any, apis: Any, program: Program) -> None:
    lead = await apis("lead")
    customer, person = await somebody_who_agreed(lead)
    question = f"Wie war die Einladung {uuid4().hex[:6]}?"
    survey = await lead.post(
        "/surveys",
        {
            "name": "Probe vom Schreibtisch", "occasion": "ticket_solved", "touchpoint": "invitation", "limit_days": 0, "at_night": True,
            "questions": [{"kind": "csat", "text_de": question, "text_en": question}],
        },
    )  # fmt: skip
    assert (await lead.client.post(f"/surveys/{survey['id']}/start")).status_code == 200
    eva = await desk("lead")
    await eva.open("/touchpoints")
    before = await answers_at(eva.page, "Einladung")
    month = datetime.now(ZoneInfo("Europe/Berlin")).strftime("%Y-%m")
    of_month = of_invitation((await lead.get(f"/figures?month={month}"))["figures"])
    of_matrix = await in_matrix(lead)
    ticket = await lead.post(
        "/tickets", {"customer_id": customer, "person_id": person, "subject": "Wann ist Eröffnung?", "text": "Bitte sagen."}
    )  # fmt: skip
    await lead.post(f"/tickets/{ticket['id']}/closure", {})

    async def is_asked() -> bool:
        return bool((await lead.get(f"/surveys/{survey['id']}"))["asked"] == 1)

    await eventually(is_asked, seconds=A_MINUTE_AND_A_BIT)
    customers_screen = await desk(width=360)
    page = customers_screen.page
    await page.set_content(await mail_to(program, customer, question))
    chosen = await page.get_by_role("link", name="2", exact=True).get_attribute("href")
    assert chosen
    address = urlsplit(chosen)
    assert await customers_screen.open(f"{address.path}?{address.query}") == 200
    assert (await lead.get(f"/surveys/{survey['id']}"))["answers"] == 0  # looking does not answer
    await expect(page.get_by_role("radio", name="2", exact=True)).to_be_checked()
    found = await Axe().run(page, options=RULES)
    assert found.violations_count == 0, found.generate_report()
    assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    await page.get_by_label("Möchten Sie uns mehr dazu sagen?").fill("Die Adresse stand nicht darin.")
    await page.get_by_role("button", name="Antwort senden").click()
    await expect(page.get_by_text("Ihre Antwort ist angekommen")).to_be_visible()
    assert await page.context.cookies() == []
    assert customers_screen.strangers == []
    assert customers_screen.errors == []

    await eva.open(f"/surveys/{survey['id']}")
    comment = eva.page.locator(".line").filter(has_text="Die Adresse stand nicht darin.")
    await expect(comment).to_contain_text("Zufriedenheit 2 von 5")
    await expect(eva.page.locator(".figures")).to_contain_text("1 von 1 Befragten")
    called = await comment.get_by_role("link", name=re.compile("Anfrage #")).get_attribute("href")
    await eva.open(str(called))
    await expect(eva.page.locator("h1")).to_contain_text("Rückruf: 2 von 5")
    await eva.open("/touchpoints")
    assert await answers_at(eva.page, "Einladung") == before + 1
    await eva.open("/journey")
    await expect(eva.page.get_by_role("row").filter(has_text="Einladung").first).to_be_visible()

    assert await in_matrix(lead) == of_matrix + 1
    assert of_invitation((await lead.get(f"/figures?month={month}"))["figures"]) == of_month + 1
    await eva.open(f"/dashboard/answers?metric=csat&month={month}")
    await expect(eva.page.locator("main")).to_contain_text("Einladung")
    assert of_invitation((await lead.get(f"/reports/{month}"))["figures"]) == of_month + 1
    report = await printed(lead, month)
    assert of_invitation(report.get("figures", report)) == of_month + 1
    assert eva.errors == []
    assert (await lead.client.post(f"/surveys/{survey['id']}/end")).status_code == 200
