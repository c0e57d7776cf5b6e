"""The proof of a consent as PDF."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import timedelta

import pikepdf
import pytest

from crm.consents.actions import record_event
from crm.consents.confirming import confirm_consent
from crm.consents.gate import permission_for
from crm.consents.proof import proof_of
from crm.consents.proof_pages import proof_job
from crm.consents.queries import ledger_of
from crm.consents.subjects import Subject
from crm.consents.tables import ConsentEventKind as Event
from crm.consents.tables import ConsentSource as Source
from crm.consents.verification import verify_ledger
from crm.database import execute, fetch_value
from crm.errors import NotFound
from crm.reports.actions import print_pdf
from crm.reports.paper import Letterhead
from tests.browser import Browser
from tests.cast import Cast
from tests.consents.conftest import NOW, Client
from tests.consents.test_confirming import token
from tests.consents.test_recording import record
from tests.consents.test_verification import tamper

SOON = NOW + timedelta(hours=1)


def of(client: Client) -> Subject:
    return Subject(
        f"/persons/{client.person}", "Anna Größmann", "de", client.customer, "Anna Größmann", person_id=client.person
    )


async def given(anna: Client) -> int:
    """Anna's confirmed consent to the newsletter: the number of its first event."""
    new = await record(anna.person, Event.GIVEN, evidence={"note": "Formular <b>auf</b> der Messe"})
    await confirm_consent(await token(), ip_address="192.0.2.7", now=SOON)
    return new


async def page_of(anna: Client, event: int, code: str = "de") -> str:
    return proof_job(await proof_of(of(anna), event), Letterhead("Küchen GmbH"), code, SOON).page


async def test_the_proof_says_everything(anna: Client) -> None:
    event = await given(anna)
    await verify_ledger(by=None, now=SOON)
    (confirmed, first) = await ledger_of(anna.person)

    page = await page_of(anna, event)

    for text in (
        "Nachweis einer Einwilligung", "Anna Größmann", "Ich möchte den Newsletter per E-Mail erhalten.", "Webformular", "192.0.2.7",
        "Formular &lt;b&gt;auf&lt;/b&gt; der Messe", "23. November 2026", "Das Protokoll ist unversehrt.", "2 Einträge geprüft",
        anna.email.split("@")[1].lower(),
    ):  # fmt: skip
        assert text.lower() in page.lower(), text
    for row in (confirmed, first):
        assert row.hash[:32] in page
    assert "seit dem Eintragen verändert" not in page


async def test_a_private_customer_is_named_once_and_a_company_beside_its_person(anna: Client) -> None:
    event = await given(anna)
    assert "Anna Größmann hat diese Einwilligung" in await page_of(anna, event)
    at_work = replace(of(anna), customer_name="Küchen Kern")
    page = proof_job(await proof_of(at_work, event), Letterhead("Küchen GmbH"), "de", SOON).page
    assert "Anna Größmann (Küchen Kern) hat diese Einwilligung" in page


async def test_the_english_proof_shows_both_texts(anna: Client) -> None:
    page = await page_of(anna, await given(anna), "en")

    assert "Proof of consent" in page
    assert "Ich möchte den Newsletter" in page
    assert "I would like to receive the newsletter" in page


async def test_a_changed_event_shows_in_the_proof(anna: Client) -> None:
    event = await given(anna)
    await tamper("UPDATE consent_event SET source = 'paper' WHERE id = $1", event)

    assert "seit dem Eintragen verändert" in await page_of(anna, event)


async def test_erased_evidence_is_said_and_the_rest_still_proves(anna: Client) -> None:
    event = await given(anna)
    await execute("UPDATE consent_payload SET fields = NULL, salt = '', erased_at = $1", SOON)

    page = await page_of(anna, event)

    assert "192.0.2.7" not in page
    assert "gelöscht am" in page
    assert "seit dem Eintragen verändert" not in page


async def test_only_a_yes_of_their_own_can_be_proved(anna: Client, studio: Client) -> None:
    event = await given(anna)
    withdrawn = await record(anna.person, Event.WITHDRAWN, now=SOON + timedelta(minutes=1))

    for client, number in ((studio, event), (anna, withdrawn), (anna, 2**40)):
        with pytest.raises(NotFound):
            await proof_of(of(client), number)


async def test_it_is_printed_for_archive_and_screen_readers(browser: Browser, cast: Cast, anna: Client) -> None:
    event = await given(anna)
    await browser.log_in(cast.petra)

    answer = await browser.get(f"/persons/{anna.person}/consents/proofs/{event}?lang=en")

    assert answer.headers["content-type"] == "application/pdf"
    pdf = pikepdf.open(io.BytesIO(answer.content))
    assert str(pdf.Root.Lang) == "en"
    assert await fetch_value("SELECT count(*) FROM audit_entry WHERE action = 'consent.proof_printed'") == 1
    assert (await browser.get(f"/persons/{anna.person}/consents/proofs/999")).status_code == 404


async def test_a_long_wording_from_outside_reaches_for_nothing(anna: Client) -> None:
    await execute(
        "UPDATE wording SET text = $1 WHERE language = 'de' AND purpose = (SELECT id FROM purpose WHERE code = 'newsletter')",
        '<img src="http://192.0.2.1/x.png"> ' + "sehr lang " * 300,
    )
    event = await given(anna)

    job = proof_job(await proof_of(of(anna), event), Letterhead('"} body { display: none'), "de", SOON)

    assert "<img src=" not in job.page.partition("<body>")[2].replace('<img src="data:', "")
    assert (await print_pdf(job)).startswith(b"%PDF")


async def test_an_address_has_a_proof_as_well(studio: Client) -> None:
    new = await record_event(
        address="info@yildiz.example", purpose="newsletter", channel="email", event=Event.GIVEN, source=Source.PAPER,
        wording_version=1, by=None, now=NOW,
    )  # fmt: skip
    subject = Subject(
        "/addresses/1",
        "info@yildiz.example",
        "de",
        studio.customer,
        "Küchenstudio Yıldız GmbH",
        address="info@yildiz.example",
    )

    page = proof_job(await proof_of(subject, new), Letterhead(""), "de", SOON).page

    assert "Für die Adresse info@yildiz.example (Küchenstudio Yıldız GmbH)" in page


async def test_of_merged_persons_the_proof_says_what_the_gate_says(anna: Client, studio: Client) -> None:
    """A yes of one of them after the other one's withdrawal takes nothing back: each said it for themselves."""
    await record(studio.person, Event.WITHDRAWN, now=NOW)
    event = await record(anna.person, Event.GIVEN, source=Source.PAPER, now=SOON)
    await execute("UPDATE person SET merged_into = $2 WHERE id = $1", studio.person, anna.person)

    answer = await permission_for(person_id=anna.person, purpose="newsletter", channel="email", now=SOON)
    assert answer.code == "consent_withdrawn"
    assert (await proof_of(of(anna), event)).state.status == "withdrawn"
