"""Documents of customers: attached, listed, sent, renamed, deleted, restored, forgotten."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crm.customers.documents import (
    NewDocument,
    attach_document,
    change_document,
    delete_document,
    forget_deleted_documents,
    restore_document,
)
from crm.database import execute, fetch, fetch_value
from crm.errors import Conflict, Invalid, NotFound, RuleBroken
from crm.files.actions import forget_unused_files
from tests.browser import Browser
from tests.cast import Cast
from tests.customers.conftest import NOW, Customers

PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj"
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 20
TEXT = b"Guten Tag"


def upload(name: str, content: bytes, kind: str = "application/octet-stream") -> tuple[str, tuple[str, bytes, str]]:
    return "file", (name, content, kind)


async def attached(customers: Customers, cast: Cast, content: bytes = PDF, name: str = "Angebot.pdf") -> int:
    document = NewDocument(name, content, "application/pdf")
    return (await attach_document(customers.groessmann, document, by=cast.petra.id, now=NOW)).document_id


async def test_petra_attaches_two_files_at_once(browser: Browser, cast: Cast, customers: Customers) -> None:
    await browser.log_in(cast.petra)
    path = f"/customers/{customers.groessmann}/documents"
    answer = await browser.post(path, files=[upload("Angebot Größmann 🏡.pdf", PDF), upload("Küche.png", PNG)])
    assert answer.status_code == 303, answer.text
    shown = await browser.get(answer.headers["location"])
    for text in (
        "Angebot Größmann 🏡.pdf",
        "Küche.png",
        "Bild (PNG)",
        "28 Bytes",
        "Petra Lang",
        "Die Dokumente sind angehängt",
    ):
        assert text in shown.text, text
    assert 'show=1" title="Küche.png ansehen"' in shown.text
    page = await browser.get(f"/customers/{customers.groessmann}")
    assert "Dokument: Angebot Größmann 🏡.pdf" in page.text
    assert "Alle (2)" in page.text
    assert int(page.headers["x-sql-statements"]) <= 8
    assert await fetch_value("SELECT count(*) FROM audit_entry WHERE action = 'document.added'") == 2


async def test_the_card_is_swapped_and_the_history_follows(browser: Browser, cast: Cast, customers: Customers) -> None:
    await browser.log_in(cast.petra)
    path = f"/customers/{customers.groessmann}/documents"
    answer = await browser.post(
        path, htmx=True, files=[upload("a.pdf", PDF), upload("leer.pdf", b""), upload("x.exe", b"MZ")]
    )
    assert answer.status_code == 422
    assert "„leer.pdf“ ist leer" in answer.text
    assert "„x.exe“ ist ein Programm" in answer.text
    assert "<html" not in answer.text
    assert 'href="/documents/' in answer.text, "the good one is kept"
    assert answer.headers["hx-trigger"] == "history-changed"


async def test_a_document_is_saved_not_shown_and_cannot_do_anything(
    browser: Browser, cast: Cast, customers: Customers
) -> None:
    page = b"<!doctype html><script>alert(1)</script>"
    await browser.log_in(cast.petra)
    path = f"/customers/{customers.groessmann}/documents"
    await browser.post(path, files=[upload("vertrag.pdf", page, "application/pdf")])
    row = (await fetch("SELECT id, media_type FROM document"))[0]
    assert row.media_type == "text/html"
    assert "nicht, was der Name sagt" in (await browser.get(path)).text
    for query in ("", "?show=1"):
        answer = await browser.get(f"/documents/{row.id}/content{query}")
        assert answer.content == page
        assert answer.headers["content-type"] == "application/octet-stream"
        assert answer.headers["content-disposition"].startswith("attachment;")
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "sandbox" in answer.headers["content-security-policy"]
        assert answer.headers["content-length"] == str(len(page))


@pytest.mark.parametrize(
    ("content", "name", "kind", "shown"),
    [
        (PNG, "a.png", "image/png", "inline"),
        (PDF, "a.pdf", "application/pdf", "attachment"),
        (b"<svg onload=alert(1)>", "a.svg", "application/octet-stream", "attachment"),
        (TEXT, "a.txt", "text/plain", "attachment"),
    ],
)
async def test_only_pictures_made_of_points_are_shown(
    browser: Browser, cast: Cast, customers: Customers, content: bytes, name: str, kind: str, shown: str
) -> None:
    await browser.log_in(cast.petra)
    await browser.post(f"/customers/{customers.groessmann}/documents", files=[upload(name, content)])
    document_id = await fetch_value("SELECT id FROM document")
    answer = await browser.get(f"/documents/{document_id}/content?show=1")
    assert answer.headers["content-type"].startswith(kind)
    assert answer.headers["content-disposition"].startswith(shown)
    assert (
        (await browser.get(f"/documents/{document_id}/content")).headers["content-disposition"].startswith("attachment")
    )


async def test_a_large_document_comes_back_whole(browser: Browser, cast: Cast, customers: Customers) -> None:
    content = PDF + bytes(range(256)) * 20_000
    document = await attached(customers, cast, content)
    await browser.log_in(cast.petra)
    assert (await browser.get(f"/documents/{document}/content")).content == content


async def test_what_is_too_large_is_named_with_the_limit(
    browser: Browser, cast: Cast, customers: Customers, asgi_app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(asgi_app.app.state.settings), "largest_document", 1_000_000)
    await browser.log_in(cast.petra)
    path = f"/customers/{customers.groessmann}/documents"
    answer = await browser.post(path, files=[upload("groß.pdf", PDF + b"x" * 1_000_000)])
    assert answer.status_code == 422
    assert "„groß.pdf“ ist zu groß. Ein Dokument darf höchstens 1 MB haben." in answer.text
    assert await fetch_value("SELECT count(*) FROM document") == 0
    assert (await browser.post(path, {"file": "x"})).status_code == 422
    assert (await browser.post(path)).status_code == 422


async def test_the_same_content_is_attached_once_and_kept_once(cast: Cast, customers: Customers) -> None:
    first = await attached(customers, cast)
    assert await attached(customers, cast, name="Kopie.pdf") == first
    other = NewDocument("Angebot.pdf", PDF, "application/pdf", customers.emre_person)
    assert (await attach_document(customers.emre, other, by=None, now=NOW)).is_new
    assert await fetch_value("SELECT count(*) FROM stored_file") == 1
    assert await fetch_value("SELECT count(*) FROM document") == 2


async def test_a_form_sent_twice_attaches_once_and_says_so(browser: Browser, cast: Cast, customers: Customers) -> None:
    await browser.log_in(cast.petra)
    path = f"/customers/{customers.groessmann}/documents"
    for _click in range(2):
        answer = await browser.post(path, {"submission_id": "s"}, files=[upload("a.pdf", PDF)])
        assert answer.headers["location"].endswith("?done=attached")
    again = await browser.post(path, {"submission_id": "t"}, files=[upload("a.pdf", PDF)])
    assert again.headers["location"].endswith("?done=known")
    assert await fetch_value("SELECT count(*) FROM document") == 1


async def test_renaming_keeps_the_suffix_and_the_history_follows(
    browser: Browser, cast: Cast, customers: Customers
) -> None:
    document = await attached(customers, cast)
    await browser.log_in(cast.petra)
    form = {"name": "Angebot Küche", "person_id": str(customers.anna), "version": "1"}
    assert (await browser.post(f"/documents/{document}", form)).status_code == 303
    assert await fetch_value("SELECT name FROM document") == "Angebot Küche.pdf"
    assert "Dokument: Angebot Küche.pdf" in (await browser.get(f"/customers/{customers.groessmann}")).text
    late = await browser.post(f"/documents/{document}", {"name": "Andere.pdf", "version": "1"})
    assert late.status_code == 409
    assert "Angebot Küche.pdf" in late.text
    assert "Andere.pdf" in late.text
    wrong = await browser.post(
        f"/documents/{document}", {"name": "x", "person_id": str(customers.emre_person), "version": "2"}
    )
    assert wrong.status_code == 422


async def test_deleting_needs_a_reason_and_can_be_undone(browser: Browser, cast: Cast, customers: Customers) -> None:
    document = await attached(customers, cast)
    await browser.log_in(cast.petra)
    assert (await browser.post(f"/documents/{document}/deletion", {"reason": " "})).status_code == 422
    assert (await browser.post(f"/documents/{document}/deletion", {"reason": "Falscher Kunde"})).status_code == 303
    for path in ("/content", "/edit", "/deletion/new"):
        assert (await browser.get(f"/documents/{document}{path}")).status_code == 404, path
    listed = await browser.get(f"/customers/{customers.groessmann}/documents")
    assert "Falscher Kunde" in listed.text
    page = await browser.get(f"/customers/{customers.groessmann}")
    assert "Dokument gelöscht: Angebot.pdf" in page.text
    assert f"/documents/{document}/content" not in page.text
    assert (await browser.post(f"/documents/{document}/restoration")).status_code == 303
    assert (await browser.get(f"/documents/{document}/content")).content == PDF
    told = [
        row.action for row in await fetch("SELECT action FROM audit_entry WHERE subject_kind = 'document' ORDER BY id")
    ]
    assert told == ["document.added", "document.deleted", "document.restored"]


async def test_what_was_attached_again_is_not_restored_beside_it(cast: Cast, customers: Customers) -> None:
    document = await attached(customers, cast)
    await delete_document(document, "doppelt", by=cast.petra.id, now=NOW)
    again = await attached(customers, cast)
    assert again != document
    with pytest.raises(RuleBroken):
        await restore_document(document, by=cast.petra.id, now=NOW)


async def test_the_manager_reads_and_does_not_attach(browser: Browser, cast: Cast, customers: Customers) -> None:
    document = await attached(customers, cast)
    await browser.log_in(cast.karin)
    path = f"/customers/{customers.groessmann}/documents"
    assert (await browser.get(f"/documents/{document}/content")).status_code == 200
    assert 'type="file"' not in (await browser.get(path)).text
    assert (await browser.post(path, files=[upload("a.pdf", PDF)])).status_code == 403
    assert (await browser.post(f"/documents/{document}/deletion", {"reason": "x"})).status_code == 403


async def test_documents_of_the_restricted_are_for_the_officer(
    browser: Browser, cast: Cast, customers: Customers
) -> None:
    about_anna = NewDocument("Anna.pdf", PDF, "application/pdf", customers.anna)
    document = (await attach_document(customers.groessmann, about_anna, by=cast.petra.id, now=NOW)).document_id
    for statement, subject in (
        ("UPDATE person SET restricted_at = now() WHERE id = $1", customers.anna),
        ("UPDATE customer SET restricted_at = now() WHERE id = $1", customers.groessmann),
    ):
        await execute(statement, subject)
        await browser.log_in(cast.petra)
        assert (await browser.get(f"/documents/{document}/content")).status_code == 404
        assert (await browser.api("GET", f"/documents/{document}")).status_code == 404
        for path in (f"/customers/{customers.groessmann}", f"/customers/{customers.groessmann}/documents"):
            assert "Anna.pdf" not in (await browser.get(path)).text
        await browser.log_in(cast.sven)
        assert (await browser.get(f"/documents/{document}/content")).content == PDF


async def test_a_deleted_customer_takes_its_documents_out_of_sight(
    browser: Browser, cast: Cast, customers: Customers
) -> None:
    document = await attached(customers, cast)
    await execute("UPDATE customer SET deleted_at = now() WHERE id = $1", customers.groessmann)
    await browser.log_in(cast.sven)
    assert (await browser.get(f"/documents/{document}/content")).status_code == 404
    with pytest.raises(NotFound):
        await attached(customers, cast, TEXT)
    with pytest.raises(NotFound):
        await change_document(document, "x", None, None, by=None, now=NOW)
    with pytest.raises(NotFound):
        await delete_document(document, "x", by=None, now=NOW)


async def test_the_api_does_the_same(browser: Browser, cast: Cast, customers: Customers) -> None:
    await browser.log_in(cast.petra)
    path, headers = f"/api/v1/customers/{customers.groessmann}/documents", {"authorization": f"Bearer {browser.token}"}
    keyed = headers | {"idempotency-key": "k"}
    made = [await browser.client.post(path, headers=keyed, files=[upload("Plan Küche.pdf", PDF)]) for _n in range(2)]
    assert [answer.status_code for answer in made] == [201, 201]
    assert made[0].text == made[1].text
    (item,) = made[0].json()["items"]
    assert (item["name"], item["media_type"], item["size"]) == ("Plan Küche.pdf", "application/pdf", len(PDF))
    other = await browser.client.post(path, headers=keyed, files=[upload("x.pdf", TEXT)])
    assert other.status_code == 422
    refused = await browser.client.post(path, headers=headers, files=[upload("b.txt", TEXT), upload("x.exe", b"MZ")])
    assert refused.status_code == 422
    assert "x.exe" in refused.json()["errors"]["file"]
    assert [
        one["id"] for one in (await browser.api("GET", f"/customers/{customers.groessmann}/documents")).json()["items"]
    ] == [item["id"]]
    assert (await browser.client.get(f"/api/v1/documents/{item['id']}/content", headers=headers)).content == PDF
    assert (await browser.api("DELETE", f"/documents/{item['id']}")).status_code == 422
    assert (await browser.api("DELETE", f"/documents/{item['id']}?reason=alt")).status_code == 204
    assert (await browser.api("GET", f"/documents/{item['id']}")).status_code == 404
    gone = (await browser.api("GET", f"/customers/{customers.groessmann}/documents?deleted=true")).json()["items"]
    assert [one["id"] for one in gone] == [item["id"]]
    assert (await browser.api("POST", f"/documents/{item['id']}/restoration")).json()["deleted_at"] is None


async def test_the_night_forgets_what_was_deleted_a_month_ago_and_what_nobody_refers_to(
    cast: Cast, customers: Customers
) -> None:
    old, kept = await attached(customers, cast), await attached(customers, cast, TEXT, "Brief.txt")
    await delete_document(old, "alt", by=None, now=NOW)
    assert await forget_deleted_documents(now=NOW + timedelta(days=29)) == 0
    assert await forget_deleted_documents(now=NOW + timedelta(days=31)) == 1
    assert await fetch_value("SELECT count(*) FROM timeline_entry WHERE kind = 'document'") == 1
    assert await forget_unused_files(now=NOW + timedelta(hours=23)) == 0
    assert await forget_unused_files(now=NOW + timedelta(days=31)) == 1
    assert await forget_unused_files(now=NOW + timedelta(days=31)) == 0
    assert await fetch_value("SELECT count(*) FROM file_chunk") == 1
    assert await fetch_value("SELECT id FROM document") == kept


async def test_nothing_is_renamed_to_nothing_or_under_an_old_version(cast: Cast, customers: Customers) -> None:
    document = await attached(customers, cast)
    assert await change_document(document, "Angebot.pdf", None, 1, by=None, now=NOW) == 1
    with pytest.raises(Conflict):
        await change_document(document, "Neu.pdf", None, 7, by=None, now=datetime.now(UTC))
    with pytest.raises(Invalid):
        await delete_document(document, "", by=None, now=NOW)
