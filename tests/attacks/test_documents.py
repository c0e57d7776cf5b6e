"""Uploads at the same moment as something else, and files that want to be more than files."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from crm.customers.documents import NewDocument, attach_document, delete_document, restore_document
from crm.database import execute, fetch_value, transaction
from crm.errors import NotFound, Problem
from crm.files.actions import forget_unused_files, store_file
from tests.attacks.conftest import House, count
from tests.browser import Browser

PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj"


async def test_a_double_click_attaches_once(doors: Browser, house: House) -> None:
    await doors.log_in(house.cast.ines)
    await doors.get("/imprint")
    before = await count("document")
    path = f"/customers/{house.groessmann}/documents"
    files = [("file", ("a.pdf", PDF, "application/pdf"))]
    answers = await asyncio.gather(*(doors.post(path, {"submission_id": "twice"}, files=files) for _click in range(4)))
    assert {answer.status_code for answer in answers} == {303}
    answers = await asyncio.gather(*(doors.post(path, files=files) for _tab in range(4)))
    assert {answer.status_code for answer in answers} == {303}
    assert await count("document") == before + 1


async def test_an_upload_while_the_customer_is_being_deleted(house: House) -> None:
    """Whoever comes first: either the document was there before, or there is none. Never one at a customer who was gone."""
    now = datetime.now(UTC)
    document, before = NewDocument("a.pdf", PDF, "application/pdf"), await count("document")

    async def delete_customer() -> None:
        async with transaction():
            await execute("UPDATE customer SET deleted_at = $2 WHERE id = $1", house.emre, now)

    done = await asyncio.gather(
        delete_customer(),
        *(attach_document(house.emre, document, by=house.cast.ali.id, now=now) for _n in range(3)),
        return_exceptions=True,
    )
    refused = [one for one in done if isinstance(one, NotFound)]
    assert all(one is None or isinstance(one, NotFound) or not isinstance(one, Exception) for one in done)
    assert await count("document") == before + (0 if len(refused) == 3 else 1)


async def test_housekeeping_never_takes_what_is_being_attached(house: House) -> None:
    """An old content that nothing refers to is attached again at the very moment in which the night throws it away."""
    now = datetime.now(UTC)
    for round_ in range(12):
        content = PDF + str(round_).encode()
        await store_file(content, "application/pdf", now=now - timedelta(days=9))
        document = NewDocument("a.pdf", content, "application/pdf")
        attached, _gone = await asyncio.gather(
            attach_document(house.emre, document, by=house.cast.ali.id, now=now), forget_unused_files(now=now)
        )
        stored = await fetch_value(
            "SELECT count(*) FROM document d JOIN stored_file f ON f.sha256 = d.sha256 JOIN file_chunk c ON c.file = f.id "
            "WHERE d.id = $1",
            attached.document_id,
        )
        assert stored == 1


async def test_deleting_and_restoring_at_once_ends_in_one_state(house: House) -> None:
    now = datetime.now(UTC)
    made = await attach_document(house.emre, NewDocument("a.pdf", PDF, "application/pdf"), by=None, now=now)
    for _round in range(3):
        done = await asyncio.gather(
            *(delete_document(made.document_id, "x", by=None, now=now) for _n in range(2)),
            *(restore_document(made.document_id, by=None, now=now) for _n in range(2)),
            return_exceptions=True,
        )
        assert all(one is None or isinstance(one, Problem) for one in done)
        deleted = await fetch_value("SELECT deleted_at IS NOT NULL FROM document WHERE id = $1", made.document_id)
        told = await fetch_value(
            "SELECT detail->>'deleted' FROM timeline_entry WHERE kind = 'document' AND ref_id = $1", made.document_id
        )
        assert told in ((None, "false") if not deleted else ("true",))


async def test_somebody_elses_form_uploads_nothing(doors: Browser, house: House) -> None:
    await doors.log_in(house.cast.ines)
    await doors.get("/imprint")
    before = await count("document")
    answer = await doors.client.post(
        f"/customers/{house.groessmann}/documents", files=[("file", ("a.pdf", PDF, "application/pdf"))]
    )
    assert answer.status_code == 403
    assert await count("document") == before
