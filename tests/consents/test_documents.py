"""The paper that proves a consent lies with the event: nobody exchanges it unnoticed, whoever may see the ledger may read it, and it goes
when the evidence goes."""

from __future__ import annotations

import base64
import hashlib
from datetime import timedelta
from typing import Any

import pytest

from crm.consents.actions import record_event
from crm.consents.evidence import Proving, proving
from crm.consents.proof import proof_of
from crm.consents.proof_pages import proof_job
from crm.consents.tables import ConsentEventKind as Event
from crm.consents.tables import ConsentSource as Source
from crm.consents.verification import verify_ledger
from crm.database import execute, fetch_value
from crm.errors import Invalid
from crm.files.actions import forget_unused_files
from crm.personal import declared
from crm.privacy.erasure.emptying import empty_rows, shape
from crm.reports.paper import Letterhead
from tests.browser import Browser
from tests.cast import Cast
from tests.consents.conftest import NOW, Client
from tests.consents.test_proof import of

PAPER = b"%PDF-1.7\nIch moechte den Newsletter. Anna Groessmann\n%%EOF"
DIGEST = hashlib.sha256(PAPER).hexdigest()
LATER = NOW + timedelta(days=2)


async def signed(client: Client) -> int:
    return await record_event(
        person_id=client.person, purpose="newsletter", channel="email", event=Event.GIVEN, source=Source.PAPER, wording_version=1,
        by=None, now=NOW, document=Proving("Einwilligung.pdf", PAPER, "application/pdf"),
    )  # fmt: skip


async def file_it(browser: Browser, path: str, *files: tuple[str, bytes], **more: Any) -> Any:
    """Petra fills in the form, with the scan of the signed paper."""
    form = {
        "purpose": "newsletter", "channel": "email", "event": "given", "source": "paper", "wording_version": "1",
        "evidence": "Ordner 7", "submission_id": "s1", **more,
    }  # fmt: skip
    return await browser.post(path, form, files=[("document", (name, content)) for name, content in files])


async def test_petra_files_the_signed_paper_and_reads_it_again(browser: Browser, cast: Cast, anna: Client) -> None:
    await browser.log_in(cast.petra)
    path = f"/persons/{anna.person}/consents"

    saved = await file_it(browser, path, ("Einwilligung Größmann.pdf", PAPER))
    again = await file_it(browser, path, ("Einwilligung Größmann.pdf", PAPER))
    event = await fetch_value("SELECT id FROM consent_event WHERE person_id = $1", anna.person)
    shown = await browser.get(path)
    read = await browser.get(f"{path}/documents/{event}")

    assert saved.status_code == again.status_code == 303
    assert "Einwilligung Größmann.pdf" in shown.text
    assert "Ordner 7" in shown.text
    assert DIGEST not in shown.text
    assert read.content == PAPER
    assert "attachment" in read.headers["content-disposition"]
    assert "sandbox" in read.headers["content-security-policy"]
    assert int(shown.headers["x-sql-statements"]) <= 8


async def test_a_company_address_has_its_paper_as_well(browser: Browser, cast: Cast, studio: Client) -> None:
    await browser.log_in(cast.petra)
    info = await fetch_value("SELECT id FROM email_address WHERE address = 'info@yildiz.example'")
    await file_it(browser, f"/addresses/{info}/consents", ("Formular.pdf", PAPER))
    event = await fetch_value("SELECT id FROM consent_event")

    assert (await browser.get(f"/addresses/{info}/consents/documents/{event}")).content == PAPER


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ([("leer.pdf", b"")], "ist leer"),
        ([("formular.exe", b"MZ\x90\x00")], "ist ein Programm"),
        ([("gross.pdf", b"x" * 20_000_001)], "ist zu groß"),
        ([("a.pdf", PAPER), ("b.pdf", PAPER)], "Bitte wählen Sie eine einzige Datei."),
    ],
)
async def test_what_proves_nothing_is_refused_and_what_was_typed_stays(
    browser: Browser, cast: Cast, anna: Client, files: list[tuple[str, bytes]], sentence: str
) -> None:
    await browser.log_in(cast.petra)

    answer = await file_it(browser, f"/persons/{anna.person}/consents", *files)

    assert answer.status_code == 422
    assert sentence in answer.text
    assert "Ordner 7" in answer.text
    assert await fetch_value("SELECT count(*) FROM consent_event") == 0


async def test_an_exchanged_or_vanished_document_breaks_the_ledger(anna: Client) -> None:
    event = await signed(anna)
    assert (await verify_ledger(by=None, now=LATER)).ok
    for other in ("0" * 64, ""):
        await execute("UPDATE consent_payload SET sha256 = $1", other)
        assert (await verify_ledger(by=None, now=LATER)).first_broken == event
    await execute("UPDATE consent_payload SET sha256 = $1", DIGEST)
    assert (await verify_ledger(by=None, now=LATER)).ok


async def test_a_document_that_is_slipped_in_afterwards_breaks_the_ledger(anna: Client) -> None:
    event = await record_event(
        person_id=anna.person, purpose="newsletter", channel="email", event=Event.GIVEN, source=Source.PAPER, wording_version=1,
        by=None, now=NOW,
    )  # fmt: skip
    await execute("UPDATE consent_payload SET name = 'neu.pdf', sha256 = $1", DIGEST)

    assert (await verify_ledger(by=None, now=LATER)).first_broken == event


async def test_the_file_stays_as_long_as_the_evidence(anna: Client) -> None:
    await signed(anna)
    assert await forget_unused_files(now=LATER) == 0

    payload = await fetch_value("SELECT payload_id FROM consent_event")
    await empty_rows(declared("consent_payload"), [payload], await shape(), LATER)
    assert await forget_unused_files(now=LATER) == 1
    found = await verify_ledger(by=None, now=LATER)
    assert (found.ok, found.erased) == (True, 1)


async def test_the_proof_names_the_document_and_its_checksum(anna: Client) -> None:
    event = await signed(anna)

    page = proof_job(await proof_of(of(anna), event), Letterhead("Küchen GmbH"), "de", LATER).page

    assert "Dokument: Einwilligung.pdf" in page
    assert f"Prüfsumme des Dokuments (SHA-256): {DIGEST}" in page


async def test_nobody_reads_what_belongs_to_somebody_else(
    browser: Browser, cast: Cast, anna: Client, studio: Client
) -> None:
    event = await signed(anna)
    await browser.log_in(cast.petra)

    for path in (
        f"/persons/{studio.person}/consents/documents/{event}", f"/persons/{anna.person}/consents/documents/{event + 1}",
        f"/persons/{anna.person}/consents/documents/0", f"/persons/{anna.person}/consents/documents/{2**63}",
    ):  # fmt: skip
        assert (await browser.get(path)).status_code == 404
    await execute("UPDATE person SET restricted_at = now() WHERE id = $1", anna.person)
    assert (await browser.get(f"/persons/{anna.person}/consents/documents/{event}")).status_code == 404


async def test_the_api_takes_it_and_gives_it_back(browser: Browser, cast: Cast, anna: Client) -> None:
    await browser.log_in(cast.petra)
    body = {
        "person_id": anna.person, "purpose": "newsletter", "channel": "email", "event": "given", "source": "paper",
        "wording_version": 1, "document": {"name": "Einwilligung.pdf", "content": base64.b64encode(PAPER).decode()},
    }  # fmt: skip

    made = await browser.api("POST", "/consents", body)
    listed = (await browser.api("GET", f"/persons/{anna.person}/consents")).json()["items"]
    read = await browser.api("GET", f"/persons/{anna.person}/consents/{made.json()['id']}/document")

    assert made.status_code == 201
    told = {"name": "Einwilligung.pdf", "size": len(PAPER), "media_type": "application/pdf", "sha256": DIGEST}
    assert [one["document"] for one in listed] == [told]
    assert read.content == PAPER


@pytest.mark.parametrize(
    "more",
    [
        {"document": {"name": "x.pdf", "content": "kein Base64!"}}, {"document": {"name": "x.pdf", "content": ""}},
        {"document": {"name": "x.pdf"}}, {"document": "x"}, {"evidence": {"document_sha256": DIGEST}},
        {"evidence": {"document": "Formular"}, "document": {"name": "x.pdf", "content": base64.b64encode(PAPER).decode()}},
    ],
)  # fmt: skip
async def test_a_crooked_document_is_refused_by_the_api(
    browser: Browser, cast: Cast, anna: Client, more: dict[str, Any]
) -> None:
    await browser.log_in(cast.petra)
    body = {
        "person_id": anna.person, "purpose": "newsletter", "channel": "email", "event": "given", "source": "paper",
        "wording_version": 1, **more,
    }  # fmt: skip

    assert (await browser.api("POST", "/consents", body)).status_code in (400, 422)
    assert await fetch_value("SELECT count(*) FROM consent_event") == 0


def test_a_document_is_what_it_contains() -> None:
    assert proving("../../Karte\x00.png", PAPER, largest=1000).media_type == "application/pdf"
    with pytest.raises(Invalid):
        proving("x.pdf", PAPER, largest=10)
