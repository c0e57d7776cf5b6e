"""The desk in the browser and over the API: who sees it, what the pages say, what wrong input gets."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from crm.database import execute, fetch, fetch_one, fetch_value
from crm.privacy.desk.filing import file_request
from crm.privacy.desk.restricting import restrict_processing
from crm.tickets.opening import NewTicket, open_ticket
from tests.browser import Browser
from tests.cast import Cast
from tests.customers.conftest import Customers

NOW = datetime(2026, 11, 27, 10, 0, tzinfo=UTC)


async def asked(customers: Customers, kind: str = "access") -> int:
    return await file_request(
        kind,
        source="mail",
        text="Was <b>wissen</b> Sie?",
        person_id=customers.anna,
        requester_address="anna@groessmann.example",
        now=NOW,
    )


async def test_only_officers_see_the_desk(browser: Browser, cast: Cast, customers: Customers) -> None:
    request = await asked(customers)
    for user in (cast.petra, cast.eva, cast.karin, cast.ines):
        await browser.log_in(user)
        for path in ("/privacy/requests", f"/privacy/requests/{request}", "/privacy/restrictions"):
            assert (await browser.get(path)).status_code in (403, 404), (user.role, path)
        assert "/privacy/requests" not in (await browser.get("/customers")).text
        assert (await browser.api("GET", f"/data-requests/{request}")).status_code in (403, 404)
    await browser.log_in(cast.sven)
    page = (await browser.get("/privacy/requests")).text
    assert "Größmann" in page
    assert 'href="/privacy/requests"' in page
    assert (await browser.get("/privacy/requests/999999999")).status_code == 404


@pytest.mark.parametrize(
    "kind",
    ["access", "portability", "rectification", "erasure", "restriction", "objection", "review", "consent_withdrawal"],
)
async def test_every_kind_has_its_page(browser: Browser, cast: Cast, customers: Customers, kind: str) -> None:
    request = await asked(customers, kind)
    await browser.log_in(cast.sven)
    answer = await browser.get(f"/privacy/requests/{request}")
    assert answer.status_code == 200
    assert "Was &lt;b&gt;wissen&lt;/b&gt; Sie?" in answer.text
    assert int(answer.headers["x-sql-statements"]) <= 8
    for occasion in ("receipt", "identity", "extension", "refusal", "answer"):
        assert (await browser.get(f"/privacy/requests/{request}/answer?occasion={occasion}")).status_code == 200


async def test_the_list_costs_a_bounded_number_of_statements(
    browser: Browser, cast: Cast, customers: Customers
) -> None:
    for _number in range(45):
        await asked(customers)
    await browser.log_in(cast.sven)
    answer = await browser.get("/privacy/requests")
    assert int(answer.headers["x-sql-statements"]) <= 8
    assert "after=" in answer.text
    assert (await browser.get("/privacy/requests?view=nothing")).status_code == 422
    assert (await browser.get("/privacy/requests?after=broken")).status_code == 422


async def test_staff_pass_a_request_on_and_see_nothing_more(browser: Browser, cast: Cast, customers: Customers) -> None:
    await browser.log_in(cast.ali)
    page = (await browser.get(f"/privacy/requests/new?customer={customers.groessmann}")).text
    assert "Größmann" in page
    assert "(Art. 22 Abs. 3)" in page
    form = {
        "customer": str(customers.groessmann),
        "person_id": str(customers.anna),
        "kind": "erasure",
        "text": "Bitte löschen.",
    }
    answer = await browser.post("/privacy/requests", form)
    assert (answer.status_code, answer.headers["location"]) == (303, "/privacy/requests/filed")
    row = await fetch_one("SELECT kind, person, filed_by, source FROM data_request")
    assert row is not None
    assert (row.kind, row.person, row.filed_by, row.source) == ("erasure", customers.anna, cast.ali.id, "hand")
    assert (await browser.get("/privacy/requests/new")).status_code == 422
    wrong = await browser.post("/privacy/requests", form | {"kind": "", "text": ""})
    assert wrong.status_code == 422
    other = await browser.post("/privacy/requests", form | {"person_id": str(customers.emre_person)})
    assert other.status_code == 422
    assert (await browser.post("/privacy/requests", form | {"customer": "999999999"})).status_code == 404


async def test_nobody_of_another_customer_is_named_by_the_address_of_the_page(
    browser: Browser, cast: Cast, customers: Customers
) -> None:
    await browser.log_in(cast.ali)
    form = {"customer": str(customers.groessmann), "kind": "erasure", "text": "Bitte löschen."}
    for stranger in (customers.emre_person, 999_999_999):
        where = f"/privacy/requests/new?customer={customers.groessmann}&person={stranger}"
        assert (await browser.get(where)).status_code == 404
        assert (await browser.post("/privacy/requests", form | {"person": str(stranger)})).status_code == 404
    assert await fetch_value("SELECT count(*) FROM data_request") == 0
    assert (await browser.post("/privacy/requests", form | {"person": str(customers.anna)})).status_code == 303
    assert await fetch_value("SELECT person FROM data_request") == customers.anna


async def test_a_double_click_files_once(browser: Browser, cast: Cast, customers: Customers) -> None:
    await browser.log_in(cast.sven)
    form = {"kind": "access", "text": "Bitte.", "requester_name": "Unbekannt", "submission_id": "a1"}
    first, second = [(await browser.post("/privacy/requests", form)).headers["location"] for _click in range(2)]
    assert first == second
    assert await fetch_value("SELECT count(*) FROM data_request") == 1


async def test_an_enquiry_becomes_a_request_by_one_button(browser: Browser, cast: Cast, customers: Customers) -> None:
    opened = await open_ticket(
        NewTicket(customers.groessmann, "Meine Daten", "Was wissen Sie über mich?", "delivery", person_id=customers.anna),
        by=cast.ali.id, now=NOW - timedelta(days=2),
    )  # fmt: skip
    ticket = opened.id
    await browser.log_in(cast.ali)
    assert f"/privacy/requests/new?ticket={ticket}" in (await browser.get(f"/tickets/{ticket}")).text
    page = await browser.get(f"/privacy/requests/new?ticket={ticket}")
    assert "Was wissen Sie über mich?" in page.text
    form = {"ticket": str(ticket), "kind": "access", "text": "Meine Daten", "person_id": str(customers.anna)}
    assert (await browser.post("/privacy/requests", form)).status_code == 303
    row = await fetch_one("SELECT source, customer, received_at, requester_address FROM data_request")
    assert row is not None
    assert (row.source, row.customer, row.received_at) == ("mail", customers.groessmann, NOW - timedelta(days=2))
    assert row.requester_address == "anna@groessmann.example"


async def waiting_mail(state: str, sender: str) -> int:
    return int(
        await fetch_value(
            "INSERT INTO incoming_mail (message_key, content, state, reason, sender, sender_name, subject, text, attempts, received_at) "
            "VALUES ($1, ''::bytea, $2, '', $3, 'Anna', 'Auskunft', 'Bitte Auskunft.', 0, $4) RETURNING id",
            f"key {state}", state, sender, NOW - timedelta(days=1),
        )
    )  # fmt: skip


async def test_a_mail_that_waits_becomes_a_request_once(browser: Browser, cast: Cast, customers: Customers) -> None:
    mail = await waiting_mail("quarantine", "anna@groessmann.example")
    await browser.log_in(cast.ali)
    assert f"/privacy/requests/new?mail={mail}" in (await browser.get("/incoming-mails")).text
    for _click in range(2):
        await browser.post("/privacy/requests", {"mail": str(mail), "kind": "access", "text": "Bitte Auskunft."})
    row = await fetch_one("SELECT person, received_at, requester_name FROM data_request")
    assert row is not None
    assert (row.person, row.received_at, row.requester_name) == (customers.anna, NOW - timedelta(days=1), "Anna")


async def test_what_is_typed_about_who_asks_counts_more_than_the_mail(
    browser: Browser, cast: Cast, customers: Customers
) -> None:
    """The company's address wrote for Anna, who wants the answer at home."""
    await execute(
        "UPDATE email_address SET address = 'info@groessmann.example' WHERE customer = $1", customers.groessmann
    )
    mail = await waiting_mail("quarantine", "info@groessmann.example")
    await browser.log_in(cast.ali)
    form = {
        "mail": str(mail), "kind": "access", "text": "Bitte Auskunft.", "person_id": str(customers.anna),
        "requester_name": "Anna Größmann", "requester_address": "anna@zuhause.example", "submission_id": "a2",
    }  # fmt: skip
    answers = [await browser.post("/privacy/requests", form) for _click in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    rows = await fetch("SELECT person, requester_name, requester_address FROM data_request")
    assert [tuple(row) for row in rows] == [(customers.anna, "Anna Größmann", "anna@zuhause.example")]
    assert await fetch_value("SELECT count(*) FROM data_request") == 1
    assert await fetch_value("SELECT state FROM incoming_mail WHERE id = $1", mail) == "filed"


async def test_mail_of_a_restricted_person_is_the_officers_alone(
    browser: Browser, cast: Cast, customers: Customers
) -> None:
    await restrict_processing(await asked(customers, "restriction"), "geprüft", by=cast.sven.id, now=NOW)
    mail = await waiting_mail("quarantine", "anna@groessmann.example")
    await browser.log_in(cast.ali)
    assert (await browser.get(f"/privacy/requests/new?mail={mail}")).status_code == 404
    assert (
        await browser.post("/privacy/requests", {"mail": str(mail), "kind": "access", "text": "x"})
    ).status_code == 404
    await browser.log_in(cast.sven)
    assert (await browser.get(f"/privacy/requests/new?mail={mail}")).status_code == 200
    assert (
        await browser.post("/privacy/requests", {"mail": str(mail), "kind": "access", "text": "Bitte."})
    ).status_code == 303


async def test_what_is_typed_stays_where_something_is_missing(
    browser: Browser, cast: Cast, customers: Customers
) -> None:
    request = await asked(customers)
    await browser.log_in(cast.sven)
    here = f"/privacy/requests/{request}"
    wrong = await browser.post(
        f"{here}/answer", {"occasion": "refusal", "subject": "Nein", "text": "Weil {Begründung}", "address": "kaputt"}
    )
    assert wrong.status_code == 422
    assert "Weil {Begründung}" in wrong.text
    assert (await browser.post(f"{here}/identity", {"identity": "confirmed", "how": ""})).status_code == 422
    assert (await browser.post(f"{here}/notes", {"note": "x" * 6000})).status_code == 422
    assert (await browser.post(f"{here}/objection", {"against": "alles"})).status_code == 422
    assert (await browser.post(f"{here}/subject", {"customer": "Niemand"})).status_code == 422
    assert (await browser.post(f"{here}/lifting", {"reason": "x"})).status_code == 422
    assert (await browser.post(f"{here}/beginning", {"version": "17"})).status_code == 422
    assert (await browser.post(f"{here}/recipients/1", {"how": "mail"})).status_code == 404


async def test_the_way_of_a_rectification_on_screen(browser: Browser, cast: Cast, customers: Customers) -> None:
    request = await asked(customers, "rectification")
    await browser.log_in(cast.sven)
    here = f"/privacy/requests/{request}"
    page = await browser.get(f"{here}/rectification")
    assert "anna@groessmann.example" in page.text
    version = await fetch_value("SELECT version FROM person WHERE id = $1", customers.anna)
    form = {
        "given_name": "Anna",
        "family_name": "Weiß",
        "email": "anna@groessmann.example",
        "phone": "0911 551231",
        "data_version": str(version),
    }
    assert (await browser.post(f"{here}/rectification", form)).status_code == 303
    page = await browser.get(here)
    assert "Anna Weiß" in page.text
    assert (await browser.post(f"{here}/recipients", {"recipient": "Druckerei Kern"})).status_code == 303
    notice = await fetch_value("SELECT id FROM recipient_notice")
    assert (await browser.post(f"{here}/recipients/{notice}", {"how": "letter", "on": "2026-11-27"})).status_code in (
        303,
        422,
    )


async def test_a_restriction_on_screen(browser: Browser, cast: Cast, customers: Customers) -> None:
    request = await file_request("restriction", source="hand", customer_id=customers.emre, now=NOW)
    await browser.log_in(cast.sven)
    here = f"/privacy/requests/{request}"
    assert (await browser.post(f"{here}/restriction", {"reason": "Richtigkeit bestritten"})).status_code == 303
    assert "Yıldız" in (await browser.get("/privacy/restrictions")).text
    assert (await browser.post(f"{here}/lifting", {"reason": "x"})).status_code == 422
    form = {
        "occasion": "lifting",
        "subject": "Aufhebung",
        "text": "Am Montag: {Begründung}",
        "reason": "geklärt",
        "way": "letter",
    }
    assert (await browser.post(f"{here}/answer", form)).status_code == 303
    assert (await browser.post(f"{here}/lifting", {"reason": "geklärt"})).status_code == 303
    assert "Yıldız" not in (await browser.get("/privacy/restrictions")).text


async def test_the_api_files_and_works(browser: Browser, cast: Cast, customers: Customers) -> None:
    await browser.log_in(cast.ali)
    body = {"kind": "access", "text": "Bitte.", "customer_id": customers.groessmann, "person_id": customers.anna}
    filed = await browser.api("POST", "/data-requests", body)
    assert filed.status_code == 201
    number = filed.json()["id"]
    assert (await browser.api("POST", "/data-requests", {"kind": "access", "text": "x"})).status_code == 422
    assert (await browser.api("POST", "/data-requests", body | {"kind": "all"})).status_code == 422
    await browser.log_in(cast.sven)
    listed = (await browser.api("GET", "/data-requests")).json()
    assert [item["id"] for item in listed["items"]] == [number]
    checked = await browser.api(
        "POST", f"/data-requests/{number}/identity", {"identity": "confirmed", "how": "Rückruf"}
    )
    assert checked.json()["identity"] == "confirmed"
    told = await browser.api(
        "POST", f"/data-requests/{number}/answers",
        {"occasion": "answer", "subject": "Auskunft", "text": "Hier.", "by_letter": True, "settles": True},
    )  # fmt: skip
    assert (told.status_code, told.json()["status"]) == (201, "done")
    assert [line["event"] for line in told.json()["log"]] == ["answer", "identity_confirmed", "filed"]
    again = await browser.api("POST", f"/data-requests/{number}/settlement", {"note": "x"})
    assert again.status_code == 422


async def test_the_officer_counts_the_open_ones_in_the_navigation(
    browser: Browser, cast: Cast, customers: Customers
) -> None:
    await asked(customers)
    await execute("UPDATE data_request SET received_at = $1", NOW)
    await browser.log_in(cast.sven)
    page = (await browser.get("/consents")).text
    place = page.index('href="/privacy/requests"')
    assert "1" in page[place : place + 400]
