"""Documents that belong to a contact: attached with it or later, and what becomes of them."""

from datetime import UTC, datetime
from typing import Any

import pytest

from crm.customers.actions import create_organisation
from crm.customers.data import OrganisationData
from crm.customers.documents import NewDocument, attach_document
from crm.customers.history import history_of
from crm.database import execute, fetch, fetch_value
from crm.errors import Moved
from crm.interactions.actions import NewInteraction, log_interaction
from crm.interactions.tables import Channel, Direction
from crm.records.merging import Wish, merge_customers
from tests.browser import Browser
from tests.cast import LONG_AGO, Cast

NOW = datetime(2026, 11, 23, 9, 0, 30, tzinfo=UTC)
PDF = b"%PDF-1.7 Aufmass"
FORM = {"channel": "visit", "direction": "outbound", "text": "Aufmaß genommen."}


def pdf(name: str = "Aufmaß.pdf", content: bytes = PDF) -> tuple[str, tuple[str, bytes, str]]:
    return ("file", (name, content, "application/pdf"))


async def log(cast: Cast, customer_id: int | None, **fields: Any) -> int:
    contact = NewInteraction(customer_id, Channel.VISIT, Direction.OUTBOUND, "Aufmaß genommen.", **fields)
    return (await log_interaction(contact, by=cast.petra.id, now=NOW)).id


async def hanging() -> list[tuple[int, str]]:
    rows = await fetch(
        "SELECT x.interaction, d.name FROM contact_document x JOIN document d ON d.id = x.document ORDER BY x.id"
    )
    return [(row.interaction, row.name) for row in rows]


async def test_files_are_attached_with_the_contact_once(cast: Cast, kitchen: int, browser: Browser) -> None:
    await browser.log_in(cast.petra)
    form = (await browser.get(f"/interactions/new?customer={kitchen}")).text
    assert 'enctype="multipart/form-data"' in form
    assert 'type="file"' in form
    body = {"customer_id": str(kitchen), "submission_id": "fair", **FORM}
    for _twice in range(2):
        await browser.post("/interactions", body, files=[pdf(), pdf("Plan.pdf", PDF + b"2")])
    contact = await fetch_value("SELECT max(id) FROM interaction")
    assert await fetch_value("SELECT count(*) FROM interaction") == 1
    assert await hanging() == [(contact, "Aufmaß.pdf"), (contact, "Plan.pdf")]
    lines = (await history_of(kitchen)).entries
    line = next(each for each in lines if each.kind == "interaction")
    assert [name for name, _href in line.about] == ["Aufmaß.pdf", "Plan.pdf"]
    assert [each.about[0][1] for each in lines if each.kind == "document"] == [f"/interactions/{contact}"] * 2
    page = (await browser.get(f"/interactions/{contact}")).text
    assert "Aufmaß.pdf" in page
    assert f"/interactions/{contact}" in (await browser.get(f"/customers/{kitchen}/documents")).text
    assert "Plan.pdf" in (await browser.get("/interactions")).text


async def test_a_refused_file_is_told_with_all_other_mistakes_and_nothing_is_kept(
    cast: Cast, kitchen: int, browser: Browser
) -> None:
    await browser.log_in(cast.petra)
    body = {"customer_id": str(kitchen), **FORM, "text": ""}
    answer = await browser.post("/interactions", body, files=[pdf(), ("file", ("x.exe", b"MZ12", "x"))])
    assert answer.status_code == 422
    assert "x.exe" in answer.text
    assert "Schreiben Sie kurz auf" in answer.text
    answer = await browser.post("/interactions", body, files=[pdf()])
    assert "Bitte wählen Sie die Dateien noch einmal aus" in answer.text, "what was chosen is gone from the form"
    assert await fetch_value("SELECT count(*) FROM document") == 0
    assert await fetch_value("SELECT count(*) FROM interaction") == 0


async def test_the_text_stays_when_the_customer_of_the_files_is_gone_meanwhile(
    cast: Cast, kitchen: int, browser: Browser
) -> None:
    await browser.log_in(cast.petra)
    await execute("UPDATE customer SET deleted_at = now() WHERE id = $1", kitchen)
    answer = await browser.post("/interactions", {"customer_id": str(kitchen), **FORM}, files=[pdf()])
    assert answer.status_code == 422
    assert "Aufmaß genommen." in answer.text
    assert "Diesen Kunden gibt es nicht" in answer.text
    assert await fetch_value("SELECT count(*) FROM document") == 0


async def test_files_for_a_merged_customer_lead_to_the_survivor(cast: Cast, kitchen: int) -> None:
    twin = await create_organisation(OrganisationData(name="Größmann Küchen"), by=cast.petra.id, now=LONG_AGO)
    await merge_customers(Wish(kitchen, twin), by=cast.eva.id, now=NOW)
    with pytest.raises(Moved) as moved:
        await attach_document(twin, NewDocument("Plan.pdf", PDF, "application/pdf"), by=cast.petra.id, now=NOW)
    assert moved.value.new == kitchen


async def test_files_come_later_too_and_a_known_content_hangs_on_both(
    cast: Cast, kitchen: int, browser: Browser
) -> None:
    first, second = await log(cast, kitchen), await log(cast, kitchen)
    await browser.log_in(cast.petra)
    for contact in (first, second, second):
        await browser.post(f"/interactions/{contact}/documents", files=[pdf()])
    assert await hanging() == [(first, "Aufmaß.pdf"), (second, "Aufmaß.pdf")]
    assert await fetch_value("SELECT count(*) FROM document") == 1
    empty = await browser.post(f"/interactions/{first}/documents", files=[("file", ("leer.pdf", b"", "x"))])
    assert empty.status_code == 422
    assert "leer.pdf" in empty.text


async def test_deleting_a_contact_says_what_happens_with_its_documents(
    cast: Cast, kitchen: int, browser: Browser
) -> None:
    first, second = await log(cast, kitchen), await log(cast, kitchen)
    await browser.log_in(cast.petra)
    await browser.post(f"/interactions/{first}/documents", files=[pdf(), pdf("Plan.pdf", PDF + b"2")])
    await browser.post(f"/interactions/{second}/documents", files=[pdf()])
    asked = (await browser.get(f"/interactions/{first}/deletion")).text
    assert "Seine 2 Dokumente bleiben beim Kunden" in asked
    await browser.post(f"/interactions/{first}/deletion", {"deletion": "duplicate", "with_documents": "1"})
    kept = await fetch("SELECT name FROM document WHERE deleted_at IS NULL")
    assert [row.name for row in kept] == ["Aufmaß.pdf"], "another contact has it, too"
    await browser.post(f"/interactions/{second}/deletion", {"deletion": "duplicate"})
    assert await fetch_value("SELECT count(*) FROM document WHERE deleted_at IS NULL") == 1
    assert await hanging() == []


async def test_an_observation_of_nobody_takes_no_documents(cast: Cast, browser: Browser) -> None:
    contact = await log(cast, None)
    await browser.log_in(cast.petra)
    assert "drop-zone" not in (await browser.get(f"/interactions/{contact}")).text
    assert (await browser.post(f"/interactions/{contact}/documents", files=[pdf()])).status_code == 422
    assert await fetch_value("SELECT count(*) FROM document") == 0


async def test_documents_of_restricted_persons_are_told_to_nobody(cast: Cast, kitchen: int, browser: Browser) -> None:
    contact = await log(cast, kitchen)
    await browser.log_in(cast.petra)
    await browser.post(f"/interactions/{contact}/documents", files=[pdf()])
    person = await fetch_value(
        "INSERT INTO person (given_name, family_name, created_at, restricted_at) VALUES ('A', 'B', $1, $1) RETURNING id",
        NOW,
    )
    await execute("UPDATE document SET person = $1", person)
    await execute("UPDATE timeline_entry SET person_id = $1 WHERE kind = 'document'", person)
    for path in (f"/interactions/{contact}", "/interactions", f"/customers/{kitchen}"):
        assert "Aufmaß.pdf" not in (await browser.get(path)).text, path


async def test_a_merge_takes_contact_and_document_along(cast: Cast, kitchen: int, browser: Browser) -> None:
    twin = await create_organisation(OrganisationData(name="Größmann Küchen"), by=cast.petra.id, now=LONG_AGO)
    contact = await log(cast, twin)
    await browser.log_in(cast.petra)
    await browser.post(f"/interactions/{contact}/documents", files=[pdf()])
    await merge_customers(Wish(kitchen, twin), by=cast.eva.id, now=NOW)
    lines = (await history_of(kitchen)).entries
    assert next(each.about for each in lines if each.kind == "interaction")[0][0] == "Aufmaß.pdf"


@pytest.mark.parametrize(("who", "status"), [("petra", 201), ("karin", 404)])
async def test_the_api_attaches(cast: Cast, kitchen: int, browser: Browser, who: str, status: int) -> None:
    """A manager logs contacts, but attaches nothing to customers."""
    contact = await log(cast, kitchen)
    await browser.log_in(getattr(cast, who))
    answer = await browser.client.post(
        f"/api/v1/interactions/{contact}/documents", files=[pdf()], headers={"authorization": f"Bearer {browser.token}"}
    )
    assert answer.status_code in (status, 403 if status == 404 else status)
    told = (await browser.api("GET", f"/interactions/{contact}")).json()["document_ids"]
    assert told == ([each["id"] for each in answer.json()["items"]] if status == 201 else [])
