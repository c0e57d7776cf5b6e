"""Petra at the pages of mails: writing, filling, looking at it, templates, signature; and the same over the API."""

from __future__ import annotations

from typing import Any

import pytest

from crm.database import execute, fetch_one, fetch_value
from tests.browser import Browser
from tests.cast import Cast
from tests.consents.conftest import Client


def form(client: Client, **fields: Any) -> dict[str, Any]:
    return {
        "customer_id": str(client.customer), "to": f"{client.person} {client.email}", "language": "de", "template": "",
        "purpose": "correspondence", "subject": "Ihre Küche", "text": "{Anrede}\n\ndanke.", "submission_id": "one", **fields,
    }  # fmt: skip


async def test_the_form_begins_with_the_greeting_in_the_persons_language(
    browser: Browser, cast: Cast, anna: Client
) -> None:
    await browser.log_in(cast.petra)
    answer = await browser.get(f"/mails/new?customer={anna.customer}")
    assert "Sehr geehrte Frau Größmann,\n\n" in answer.text.replace("&#39;", "'")
    assert "Terminbestätigung" in answer.text
    assert "Darf ich" in answer.text
    assert int(answer.headers["x-sql-statements"]) <= 9
    await execute("UPDATE person SET language = 'en' WHERE id = $1", anna.person)
    answer = await browser.get(f"/mails/new?customer={anna.customer}&person={anna.person}")
    assert "Dear Ms Größmann," in answer.text
    assert "Appointment confirmation" in answer.text


async def test_a_customer_without_address_is_not_written_to(browser: Browser, cast: Cast, anna: Client) -> None:
    await execute("DELETE FROM email_address")
    await browser.log_in(cast.petra)
    assert "noch keine E-Mail-Adresse" in (await browser.get(f"/mails/new?customer={anna.customer}")).text


async def test_a_template_fills_what_is_empty_and_spares_what_was_written(
    browser: Browser, cast: Cast, anna: Client, signed: None
) -> None:
    template = await fetch_value("SELECT id FROM mail_template WHERE name_de = 'Terminbestätigung'")
    await browser.log_in(cast.petra)
    headers = {"hx-request": "true", "hx-trigger-name": "template", "x-csrftoken": ""}
    await browser.get("/login")
    headers["x-csrftoken"] = browser.client.cookies["nahbar_csrf"]

    async def choose(**fields: str) -> str:
        answer = await browser.client.post(
            "/mails/fill", data=form(anna, template=str(template), **fields), headers=headers
        )
        assert answer.status_code == 200
        return answer.text

    filled = await choose(text="", subject="")
    assert "hiermit bestätige ich unseren Termin" in filled
    assert "Sehr geehrte Frau Größmann," in filled
    assert '<option value="contract" selected>' in filled
    kept = await choose(text="Mein eigener Text", subject="Mein Betreff")
    assert "Mein eigener Text" in kept
    assert "hiermit bestätige" not in kept
    assert "Vorlage trotzdem verwenden" in kept
    assert "hiermit bestätige" in await choose(text="Mein eigener Text", force="1")
    headers["hx-trigger-name"] = "language"
    assert "Appointment confirmation" in await choose(text="", subject="", language="en")


async def test_the_preview_is_the_mail(browser: Browser, cast: Cast, anna: Client, signed: None) -> None:
    await browser.log_in(cast.petra)
    shown = await browser.post("/mails/preview", form(anna, text="<b>Hallo</b> & {Datum}"), htmx=True)
    assert shown.status_code == 200
    assert "Herzliche Grüße" in shown.text
    assert "HRB 4711" in shown.text
    html = await browser.post("/mails/preview/html", form(anna, text="1 < 2 <script>alert(1)</script>"))
    assert "style-src 'unsafe-inline'; sandbox" in html.headers["content-security-policy"]
    assert len(html.headers.get_list("content-security-policy")) == 1
    assert html.headers["x-frame-options"] == "SAMEORIGIN"
    assert "<script" not in html.text
    assert (await browser.get("/mail-templates")).status_code == 404
    assert "frame-ancestors 'none'" in (await browser.get("/account")).headers["content-security-policy"]
    unready = await browser.post("/mails/preview", form(anna, text="{?Termin}"), htmx=True)
    assert unready.status_code == 422
    assert "{?Termin}" in unready.text
    assert await fetch_value("SELECT count(*) FROM outbox_message") == 0


async def test_a_mail_is_sent_once_and_shown_at_its_contact(browser: Browser, cast: Cast, anna: Client) -> None:
    await browser.log_in(cast.petra)
    first = await browser.post("/mails", form(anna))
    again = await browser.post("/mails", form(anna))
    other_tab = await browser.post("/mails", form(anna, submission_id="two"))
    assert first.status_code == 303
    assert first.headers["location"] == again.headers["location"]
    assert other_tab.headers["location"] == first.headers["location"].replace("=mailed", "=mailed_before")
    assert await fetch_value("SELECT count(*) FROM outbox_message") == 1
    page = (await browser.get(first.headers["location"])).text
    assert '<span class="chip amber">wartet auf den Versand</span>' in page
    assert "Mit freundlichen Grüßen" in page
    customer = await browser.get(f"/customers/{anna.customer}")
    assert "danke." in customer.text
    assert int(customer.headers["x-sql-statements"]) <= 8


async def test_a_refusal_is_said_and_the_text_is_kept(browser: Browser, cast: Cast, anna: Client) -> None:
    await browser.log_in(cast.petra)
    answer = await browser.post("/mails", form(anna, purpose="offers", text="Unser Angebot des Monats"))
    assert answer.status_code == 422
    assert "Es wurde nichts verschickt" in answer.text
    assert "Unser Angebot des Monats" in answer.text
    assert "data-prefilled" not in answer.text


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"text": "x" * 1_000_000}, 422),
        ({"text": "<p>Hallo</p><script>x</script>"}, 303),
        ({"text": "\x00"}, 422),
        ({"subject": "x" * 301}, 422),
        ({"subject": ""}, 422),
        ({"to": ""}, 422),
        ({"to": "abc"}, 422),
        ({"to": "999999999999999999 x@y.example"}, 422),
        ({"documents": ["9" * 30, "-1", "x"]}, 303),
        ({"documents": "1"}, 422),
        ({"follow_up_at": "gestern 9 Uhr"}, 422),
        ({"language": "fr"}, 422),
        ({"touchpoint": "gibtsnicht"}, 422),
        ({"customer_id": ""}, 422),
        ({"customer_id": "999999"}, 404),
    ],
)
async def test_bad_input_is_refused_with_a_page(
    browser: Browser, cast: Cast, anna: Client, fields: dict[str, Any], status: int
) -> None:
    await browser.log_in(cast.petra)
    answer = await browser.post("/mails", form(anna, **fields))
    assert answer.status_code == status
    assert await fetch_value("SELECT count(*) FROM interaction") == (1 if status == 303 else 0)
    if len(str(fields.get("text", ""))) > 1000:
        assert "x" * 1_000_000 in answer.text


async def test_files_become_documents_and_go_along(browser: Browser, cast: Cast, anna: Client) -> None:
    await browser.log_in(cast.petra)
    answer = await browser.post("/mails", form(anna), files={"file": ("Plan.pdf", b"%PDF-1.7 x", "application/pdf")})
    assert answer.status_code == 303
    row = await fetch_one("SELECT name, size FROM outbox_attachment")
    assert row is not None
    assert (row.name, row.size) == ("Plan.pdf", 10)
    assert await fetch_value("SELECT count(*) FROM document WHERE customer = $1", anna.customer) == 1
    await browser.log_in(cast.karin)
    answer = await browser.post("/mails", form(anna), files={"file": ("Neu.pdf", b"%PDF-1.7 y", "application/pdf")})
    assert answer.status_code == 422
    assert await fetch_value("SELECT count(*) FROM outbox_message") == 1


async def test_the_command_leads_to_the_customer_first(browser: Browser, cast: Cast, anna: Client) -> None:
    await browser.log_in(cast.petra)
    assert "/mails/new" in (await browser.get("/search?q=mail", htmx=True)).text
    assert "/customers/pick?target=/mails/picked" in (await browser.get("/mails/new")).text
    answer = await browser.get(f"/mails/picked?customer_id={anna.customer}", htmx=True)
    assert answer.headers["hx-redirect"] == f"/mails/new?customer={anna.customer}"


async def test_leads_edit_templates_and_mistakes_are_named(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.petra)
    assert (await browser.get("/mail-templates")).status_code == 404
    assert (await browser.post("/mail-templates", {})).status_code == 403
    await browser.log_in(cast.eva)
    new = {
        "purpose": "contract", "name_de": "Muster", "subject_de": "Ihr Muster", "body_de": "{Anreede}\n\nhier {?was}", "submission_id": "t",
    }  # fmt: skip
    refused = await browser.post("/mail-templates", new)
    assert refused.status_code == 422
    assert "{Anreede} gibt es nicht" in refused.text
    assert (await browser.post("/mail-templates", {**new, "body_de": "{Anrede}\n\nhier {?was}"})).status_code == 303
    row = await fetch_one("SELECT * FROM mail_template WHERE name_de = 'Muster'")
    assert row is not None
    half = await browser.post(
        f"/mail-templates/{row.id}", {**dict(row), "name_en": "Sample", "version": "1", "retired_at": ""}
    )
    assert half.status_code == 422, "a language that was begun must be whole"
    kept = {name: row[name] for name in ("purpose", "name_de", "subject_de", "body_de")}
    assert (
        await browser.post(f"/mail-templates/{row.id}", {**kept, "name_de": "Muster 2", "version": "1"})
    ).status_code == 303
    late = await browser.post(f"/mail-templates/{row.id}", {**kept, "name_de": "Muster 3", "version": "1"})
    assert late.status_code == 409
    assert "Muster 2" in late.text
    await browser.post(f"/mail-templates/{row.id}/retirement")
    assert "Muster 2" not in (await browser.get("/mail-templates")).text
    assert "Muster 2" in (await browser.get("/mail-templates?show=retired")).text
    await browser.post(f"/mail-templates/{row.id}/return")
    assert "Muster 2" in (await browser.get("/mail-templates")).text


async def test_everybody_says_how_they_sign(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.petra)
    answer = await browser.post("/account/signature", {"phone": "0911 55120", "signature_de": "Gruß\nPetra"})
    assert answer.status_code == 303
    row = await fetch_one("SELECT * FROM mail_sender")
    assert row is not None
    assert (row.user, row.phone, row.signature_de) == (cast.petra.id, "+4991155120", "Gruß\nPetra")
    assert (await browser.post("/account/signature", {"phone": "abc"})).status_code == 422
    assert "Gruß" in (await browser.get("/account/signature")).text


async def test_the_api_writes_and_tells(browser: Browser, cast: Cast, anna: Client) -> None:
    await browser.log_in(cast.petra)
    mail = {
        "customer_id": anna.customer, "person_id": anna.person, "address": anna.email, "subject": "Hallo", "text": "{Anrede} ja"
    }  # fmt: skip
    answer = await browser.api("POST", "/mails", mail, **{"idempotency-key": "k"})
    again = await browser.api("POST", "/mails", mail, **{"idempotency-key": "k"})
    assert answer.status_code == again.status_code == 201
    assert answer.json() == again.json()
    state = (await browser.api("GET", f"/mails/{answer.json()['id']}")).json()
    assert (state["status"], state["address"]) == ("queued", "Anna@groessmann.example")
    assert len((await browser.api("GET", "/mail-templates")).json()) == 6
    refused = await browser.api("POST", "/mails", {**mail, "purpose": "offers"})
    assert refused.status_code == 422
    assert (await browser.api("GET", "/mails/999999")).status_code == 404
    await browser.log_in(cast.sven)
    assert (await browser.api("POST", "/mails", mail)).status_code == 403


async def test_one_cannot_read_the_mail_of_a_hidden_customer(browser: Browser, cast: Cast, anna: Client) -> None:
    await browser.log_in(cast.petra)
    where = (await browser.post("/mails", form(anna))).headers["location"].partition("?")[0]
    await execute("UPDATE customer SET restricted_at = now() WHERE id = $1", anna.customer)
    for path in (where, f"/mails/new?customer={anna.customer}", f"/api/v1/mails/{where.rpartition('/')[2]}"):
        answer = await browser.client.get(path, headers={"authorization": f"Bearer {browser.token}"})
        assert answer.status_code == 404
    assert (await browser.post(f"{where}/mail/again")).status_code == 404
