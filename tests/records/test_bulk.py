"""Many customers change at once: said before, told afterwards, and taken back; never anybody who is restricted."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from crm.customers.actions import create_organisation
from crm.customers.data import MasterData, OrganisationData
from crm.customers.lists.tables import BulkKind
from crm.database import execute, fetch, fetch_one, fetch_value
from crm.records.bulk import Change, preview, run_bulk_change, start_bulk_change, sweep_bulk_changes, undo_bulk_change
from tests.browser import Browser
from tests.cast import Cast
from tests.customers.conftest import NOW, Customers, customers

__all__ = ["customers"]


async def several(cast: Cast, n: int, **master: Any) -> list[int]:
    return [
        await create_organisation(
            OrganisationData(f"Firma {i}", "", "", MasterData(**master)), by=cast.petra.id, now=NOW
        )
        for i in range(n)
    ]


async def owners(ids: list[int]) -> list[int | None]:
    return [row.owner for row in await fetch("SELECT owner FROM customer WHERE id = ANY($1) ORDER BY id", ids)]


async def test_preview_says_how_many_change_and_who_is_left_out(cast: Cast) -> None:
    ids = await several(cast, 4)
    await execute("UPDATE customer SET owner = $2 WHERE id = $1", ids[0], cast.ali.id)
    await execute("UPDATE customer SET restricted_at = $2 WHERE id = $1", ids[1], NOW)
    await execute("UPDATE customer SET deputy = $2 WHERE id = $1", ids[2], cast.ali.id)
    planned = await preview(Change(BulkKind.OWNER, str(cast.ali.id)), [*ids, 999_999])
    assert (planned.total, planned.changing, planned.unchanged, planned.left_out, planned.deputies) == (5, 2, 1, 2, 1)
    assert planned.names == ("Firma 2", "Firma 3")


async def test_owner_changes_for_many_and_back(cast: Cast) -> None:
    ids = await several(cast, 4)
    await execute("UPDATE customer SET restricted_at = $2 WHERE id = $1", ids[0], NOW)
    await execute("UPDATE customer SET deputy = $2 WHERE id = $1", ids[1], cast.ali.id)
    bulk = await start_bulk_change(Change(BulkKind.OWNER, str(cast.ali.id)), ids, "", by=cast.eva.id, now=NOW)
    assert await owners(ids) == [cast.petra.id, cast.ali.id, cast.ali.id, cast.ali.id]
    assert await fetch_value("SELECT deputy FROM customer WHERE id = $1", ids[1]) is None  # nobody is their own deputy
    line = await fetch_one(
        "SELECT by_user, detail ->> 'after' AS after FROM timeline_entry WHERE customer = $1", ids[2]
    )
    assert (line.by_user, line.after) == (cast.eva.id, "Ali Demir")  # type: ignore[union-attr]
    audited = (
        "SELECT count(*) FROM audit_entry WHERE action = 'customer.changed' AND subject_id = ANY($1) AND actor_id = $2"
    )
    assert await fetch_value(audited, ids, cast.eva.id) == 3
    await execute("UPDATE customer SET owner = $2 WHERE id = $1", ids[3], cast.jonas.id)  # somebody was quicker
    await undo_bulk_change(bulk, by=cast.eva.id, now=NOW + timedelta(hours=1))
    assert await owners(ids) == [cast.petra.id, cast.petra.id, cast.petra.id, cast.jonas.id]
    assert await fetch_value("SELECT deputy FROM customer WHERE id = $1", ids[1]) == cast.ali.id
    row = await fetch_one("SELECT status, changed, left_out, undone, kept FROM bulk_change WHERE id = $1", bulk)
    assert tuple(row) == ("undone", 3, 1, 2, 1)  # type: ignore[arg-type]


async def test_tags_are_put_on_and_taken_off(cast: Cast, customers: Customers) -> None:
    ids = [customers.groessmann, customers.emre]
    await start_bulk_change(Change(BulkKind.TAG_ADD, "Messe"), ids[:1], "", by=cast.petra.id, now=NOW)
    bulk = await start_bulk_change(Change(BulkKind.TAG_ADD, "messe"), ids, "", by=cast.petra.id, now=NOW)
    count = "SELECT count(*) FROM customer_tag"
    assert await fetch_value(count) == 2
    await undo_bulk_change(bulk, by=cast.petra.id, now=NOW)
    assert [row.customer for row in await fetch("SELECT customer FROM customer_tag")] == [customers.groessmann]
    await start_bulk_change(Change(BulkKind.TAG_REMOVE, "MESSE"), ids, "", by=cast.petra.id, now=NOW)
    assert await fetch_value(count) == 0


async def test_service_level_moves_the_contact_rhythm(cast: Cast, customers: Customers) -> None:
    due = "SELECT contact_due_at FROM customer_figures WHERE customer = $1"
    before = await fetch_value(due, customers.emre)
    both, gold = [customers.emre, customers.groessmann], Change(BulkKind.SERVICE_LEVEL, "gold")
    bulk = await start_bulk_change(gold, both, "", by=cast.petra.id, now=NOW)
    assert await fetch_value(due, customers.emre) < before
    assert await fetch_value("SELECT unchanged FROM bulk_change WHERE id = $1", bulk) == 1
    await undo_bulk_change(bulk, by=cast.petra.id, now=NOW)
    assert await fetch_value(due, customers.emre) == before


async def test_more_than_500_are_for_a_worker_and_survive_its_death(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("crm.records.bulk.AT_ONCE", 3)
    monkeypatch.setattr("crm.records.bulk.CHUNK", 2)
    ids = await several(cast, 5)
    bulk = await start_bulk_change(Change(BulkKind.OWNER, "0"), ids, "", by=cast.eva.id, now=NOW)
    assert await owners(ids) == [cast.petra.id] * 5  # nothing yet
    later = NOW + timedelta(minutes=1)
    await sweep_bulk_changes(now=later)
    await run_bulk_change(bulk, now=later)  # twice is once
    assert await owners(ids) == [None] * 5
    assert await fetch_value("SELECT changed FROM bulk_change WHERE id = $1", bulk) == 5
    told = "SELECT count(*) FROM timeline_entry WHERE customer = ANY($1) AND kind = 'change'"
    assert await fetch_value(told, ids) == 5


async def test_petra_ticks_looks_and_changes(browser: Browser, cast: Cast, customers: Customers) -> None:
    await browser.log_in(cast.petra)
    asked = f"/customers/bulk-changes/new?ids={customers.groessmann}&ids={customers.emre}&change=owner&owner_value={cast.petra.id}"
    shown = await browser.get(asked)
    assert "Ein Kunde bekommt als Betreuung: Petra Lang." in shown.text
    assert "Bei einem ist es schon so" in shown.text
    assert await owners([customers.emre]) != [cast.petra.id]  # looking changes nothing
    form = {
        "ids": [customers.groessmann, customers.emre],
        "change": "owner",
        "value": str(cast.petra.id),
        "submission_id": "s1",
    }
    done = [await browser.post("/customers/bulk-changes", form) for _click in range(2)]
    assert done[0].headers["location"] == done[1].headers["location"]
    assert await owners([customers.emre]) == [cast.petra.id]
    record = await browser.get(done[0].headers["location"])
    assert "Rückgängig machen" in record.text
    assert (await browser.post(done[0].headers["location"] + "/reversal")).status_code == 303
    assert await owners([customers.emre]) != [cast.petra.id]
    assert (await browser.post(done[0].headers["location"] + "/reversal")).status_code == 422


async def test_everybody_whom_the_filters_find(browser: Browser, cast: Cast, customers: Customers) -> None:
    await browser.log_in(cast.petra)
    form = {"everything": "1", "place": "Fürth", "change": "tag_add", "tag_value": "Franken"}
    shown = await browser.get("/customers/bulk-changes/new", params=form)
    assert "Ein Kunde bekommt das Schlagwort „Franken“." in shown.text
    await browser.post("/customers/bulk-changes", form)
    assert [row.customer for row in await fetch("SELECT customer FROM customer_tag")] == [customers.emre]


@pytest.mark.parametrize(
    "form",
    [
        {}, {"ids": "x"}, {"ids": "1", "change": "owner", "value": "999999"}, {"ids": "1", "change": "weight", "value": "1"},
        {"ids": "1", "change": "tag_add", "value": "!!!"}, {"ids": "1", "change": "service_level", "value": "platin"},
        {"everything": "1", "change": "owner", "value": ""}, {"ids": str(2**70), "change": "owner", "value": "0"},
    ],
)  # fmt: skip
async def test_nonsense_is_told_and_changes_nothing(
    browser: Browser, cast: Cast, customers: Customers, form: dict[str, str]
) -> None:
    await browser.log_in(cast.petra)
    answer = await browser.post("/customers/bulk-changes", form)
    assert answer.status_code == 422
    assert 'class="error-summary"' in answer.text
    assert await fetch_value("SELECT count(*) FROM bulk_change") == 0


async def test_record_is_for_whoever_did_it_and_for_leads(browser: Browser, cast: Cast, customers: Customers) -> None:
    await browser.log_in(cast.petra)
    done = await browser.post(
        "/customers/bulk-changes", {"ids": str(customers.emre), "change": "tag_add", "value": "Neu"}
    )
    where = done.headers["location"]
    await browser.log_in(cast.ali)
    assert (await browser.get(where)).status_code == 404
    assert (await browser.post(where + "/reversal")).status_code == 404
    assert "Neu" not in (await browser.get("/customers/bulk-changes")).text
    await browser.log_in(cast.eva)
    assert "Neu" in (await browser.get("/customers/bulk-changes")).text
    assert (await browser.post(where + "/reversal")).status_code == 303
    await browser.log_in(cast.karin)
    assert (await browser.get(where)).status_code in (403, 404)


async def test_over_the_api(browser: Browser, cast: Cast, customers: Customers) -> None:
    await browser.log_in(cast.petra)
    body = {"change": "owner", "value": cast.petra.id, "query": "q=emre", "dry_run": True}
    dry = await browser.api("POST", "/customers/bulk-changes", body)
    assert (dry.status_code, dry.json()) == (200, {"total": 1, "changing": 1, "unchanged": 0, "left_out": 0})
    assert await fetch_value("SELECT count(*) FROM bulk_change") == 0
    body["dry_run"] = False
    first = await browser.api("POST", "/customers/bulk-changes", body, **{"idempotency-key": "b1"})
    again = await browser.api("POST", "/customers/bulk-changes", body, **{"idempotency-key": "b1"})
    assert (first.status_code, first.json()) == (201, again.json())
    shown = (await browser.api("GET", f"/customers/bulk-changes/{first.json()['id']}")).json()
    assert (shown["status"], shown["changed"], shown["remaining"]) == ("done", 1, 0)
    undone = (await browser.api("POST", f"/customers/bulk-changes/{first.json()['id']}/reversal")).json()
    assert (undone["status"], undone["undone"]) == ("undone", 1)
    assert len((await browser.api("GET", "/customers/bulk-changes")).json()["items"]) == 1
    for wrong in ({"query": ""}, {"query": "colour=red", "status": 1}, {}, {"ids": []}, {"ids": [1], "query": "q=x"}):
        answer = await browser.api("POST", "/customers/bulk-changes", {"change": "owner", "value": "none", **wrong})
        assert answer.status_code in (400, 422), wrong


async def test_list_offers_ticks_to_those_who_may_change_or_export(
    browser: Browser, cast: Cast, customers: Customers
) -> None:
    await browser.log_in(cast.petra)
    assert re.search(rf'class="tick"[^>]*value="{customers.emre}"', (await browser.get("/customers")).text)
    await browser.log_in(cast.karin)
    page = (await browser.get("/customers")).text
    assert 'class="tick"' in page
    assert "Angekreuzte exportieren" in page
    assert "Angekreuzte ändern" not in page
    await browser.log_in(cast.sven)
    assert 'class="tick"' not in (await browser.get("/customers")).text
