"""The record of processing says what is set up, and its printed versions stay."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from crm.accounts.backups import note_backup
from crm.database import execute, fetch_value
from crm.files.queries import file_named
from crm.privacy.activities.gathering import processing_record
from crm.privacy.activities.printing import print_record
from crm.records.export_columns import FOR_IMPORT
from crm.records.export_forms import ExportWish
from crm.records.export_purposes import FIXED, RecipientKind
from crm.records.exports import produce_export, request_export
from crm.web.i18n import speaking
from tests.browser import Browser
from tests.cast import Cast

NOW = datetime(2026, 11, 27, 9, 15, tzinfo=UTC)


async def test_it_is_made_from_the_configuration(cast: Cast) -> None:
    await execute(
        "UPDATE privacy_particulars SET officer_name = 'Sven Adler', recipients = 'Steuerbüro Ahrens', log_months = 6"
    )
    with speaking("de"):
        found = await processing_record(public_url="https://crm.example.com")

    newsletter = next(one for one in found.activities if one.name == "Newsletter")
    assert "Einwilligung" in newsletter.articles
    assert "Steuerbüro Ahrens" in newsletter.recipients
    assert "6 Monate" in found.activities[-1].retention
    assert ("Datenschutzbeauftragte/r", "Sven Adler") in found.controller
    assert any("TLS" in line for line in found.measures)
    assert any("0 von 8" in line for line in found.measures)
    assert len(found.kinds) > 20


async def test_a_recipient_of_an_export_who_is_listed_already_stands_there_once(cast: Cast) -> None:
    await execute("UPDATE privacy_particulars SET recipients = 'Steuerkanzlei Ahrens, Berlin'")
    for receiver in ("Steuerkanzlei Ahrens", "Druckerei Kern"):
        wish = ExportWish(
            FIXED[0], "Betriebsprüfung", RecipientKind.EXTERNAL, receiver, "", (), "csv", FOR_IMPORT, "words", "person", "comma", "utf-8",
        )  # fmt: skip
        run = await request_export(wish, total=0, described="niemand", by=cast.eva.id, now=NOW)
        assert await produce_export(run, now=NOW)
    with speaking("de"):
        found = await processing_record(public_url="https://crm.example.com")
    assert [one for one in found.recipients if "Ahrens" in one] == ["Steuerkanzlei Ahrens, Berlin"]
    assert "Druckerei Kern" in found.recipients


async def test_it_says_when_the_last_backup_was_made(cast: Cast) -> None:
    async def told() -> str:
        with speaking("de"):
            return " ".join((await processing_record(public_url="https://crm.example.com")).measures)

    assert "keine Sicherung bekannt" in await told()
    for day in (1, 0):
        await note_backup(now=NOW - timedelta(days=day))
    assert "ist vom 27.11.2026, 10:15" in await told()


async def test_the_officer_sees_it_and_nobody_else(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.sven)
    page = await browser.get("/processing-record")
    assert page.status_code == 200
    assert int(page.headers["x-sql-statements"]) <= 8
    assert "Verzeichnis von Verarbeitungstätigkeiten" in page.text
    await browser.log_in(cast.ines)
    assert (await browser.get("/processing-record")).status_code == 404


async def test_a_version_is_printed_once_and_kept_when_things_change(browser: Browser, cast: Cast) -> None:
    first = await print_record("de", public_url="https://crm.example.com", by=cast.sven.id, now=NOW)
    again = await print_record(
        "de", public_url="https://crm.example.com", by=cast.sven.id, now=NOW + timedelta(hours=1)
    )
    assert again == first
    stored = await fetch_value("SELECT pdf_hash FROM processing_record WHERE id = $1", first)
    assert (await file_named(stored)).content.startswith(b"%PDF")
    await execute("UPDATE privacy_particulars SET third_countries = 'USA, Angemessenheitsbeschluss'")
    changed = await print_record(
        "de", public_url="https://crm.example.com", by=cast.sven.id, now=NOW + timedelta(hours=2)
    )
    assert changed != first

    await browser.log_in(cast.sven)
    for version in (first, changed):
        pdf = await browser.get(f"/processing-record/{version}")
        assert (pdf.status_code, pdf.headers["content-type"]) == (200, "application/pdf")
    assert (await browser.get("/processing-record/999999")).status_code == 404
