"""Keeping the tags in order: renaming, merging, deleting; customers, search and saved views follow."""

from __future__ import annotations

import asyncio
import re

import pytest

from crm.customers.lists.finding import Wanted, find_customers
from crm.customers.lists.tables import BulkKind
from crm.customers.retagging import all_tags, merge_tags, rename_tag
from crm.customers.tagging import known_tags, tag_customers, tag_ids
from crm.database import execute, fetch, fetch_value, transaction
from crm.errors import Invalid
from crm.records.bulk import Change, start_bulk_change, undo_bulk_change
from tests.browser import Browser
from tests.cast import Cast, introduce
from tests.customers.conftest import NOW, Customers

WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"


@pytest.fixture
async def tagged(cast: Cast, customers: Customers) -> Customers:
    """Größmann is "Messe" and "VIP", Emre "Messe Köln"; Petra has a view of those at the fair, and one of all."""
    await tag_customers([customers.groessmann], add=["Messe", "VIP"], by=cast.petra.id, now=NOW)
    await tag_customers([customers.emre], add=["Messe Köln"], by=cast.petra.id, now=NOW)
    for name, query in (("Messe", "status=prospect&tag=messe%2CVIP"), ("Alle", "sort=city")):
        await execute(
            "INSERT INTO saved_view (name, owner, query, created_at, version) VALUES ($1, $2, $3, $4, 1)",
            name, cast.petra.id, query, NOW,
        )  # fmt: skip
    return customers


async def tag_id(name: str) -> int:
    return int(await fetch_value("SELECT id FROM tag WHERE name = $1", name))


async def found(q: str = "", **wanted: object) -> list[int]:
    return [row.id for row in (await find_customers(Wanted(q=q, **wanted), limit=10)).rows]  # type: ignore[arg-type]


async def names() -> dict[str, int]:
    tags = {tag.name: tag.customers for tag in await all_tags() if tag.customers}
    assert [row.name for row in await known_tags()] == list(tags)
    return tags


async def queries() -> list[str]:
    return [row.query for row in await fetch("SELECT query FROM saved_view ORDER BY id")]


async def test_page_says_how_many_have_a_tag(browser: Browser, cast: Cast, tagged: Customers) -> None:
    await browser.log_in(cast.ines)
    shown = (await browser.get("/settings/tags")).text
    assert re.findall(r'class="row-link"[^>]*>([^<]+)<', shown) == ["Messe", "Messe Köln", "VIP"]
    page = (await browser.get(f"/settings/tags/{await tag_id('VIP')}")).text
    assert "Ein Kunde hat es. Eine gespeicherte Ansicht filtert danach." in page
    assert "„VIP“ löschen (ein Kunde)? Das lässt sich nicht zurücknehmen." in page
    for user in (cast.petra, cast.eva):
        await browser.log_in(user)
        assert (await browser.get("/settings/tags")).status_code in (403, 404)
        assert (await browser.post(f"/settings/tags/{await tag_id('VIP')}/deletion")).status_code in (403, 404)
    assert "VIP" in await names()


async def test_a_renamed_tag_is_found_by_its_new_name(browser: Browser, cast: Cast, tagged: Customers) -> None:
    await browser.log_in(cast.ines)
    where = f"/settings/tags/{await tag_id('VIP')}"
    assert (await browser.post(where, {"name": "  Wichtiger   Kunde "})).headers["location"].endswith("done=renamed")
    assert await names() == {"Messe": 1, "Messe Köln": 1, "Wichtiger Kunde": 1}
    assert await found("wichtiger") == await found(tags=("wichtiger kunde",)) == [tagged.groessmann]
    assert await found("vip") == []
    assert await queries() == ["status=prospect&tag=messe%2CWichtiger+Kunde", "sort=city"]
    for wrong, reason in (
        ("messe koeln", "gibt es schon"),
        ("", "braucht"),
        ("--", "braucht"),
        ("a,b", "kein Komma"),
        ("x" * 61, "höchstens 60"),
    ):
        refused = await browser.post(where, {"name": wrong})
        assert refused.status_code == 422, wrong
        assert reason in refused.text, wrong
    told = await fetch(
        "SELECT action, subject_id FROM audit_entry WHERE action IN ('tag.renamed', 'customer.tagged') ORDER BY id"
    )
    assert [(row.action, row.subject_id) for row in told[-2:]] == [
        ("customer.tagged", tagged.groessmann), ("tag.renamed", await tag_id("Wichtiger Kunde")),
    ]  # fmt: skip


async def test_two_tags_become_one(browser: Browser, cast: Cast, tagged: Customers) -> None:
    await tag_customers([tagged.groessmann], add=["Messe Köln"], by=cast.petra.id, now=NOW)
    await browser.log_in(cast.ines)
    messe, koeln = await tag_id("Messe"), await tag_id("Messe Köln")
    for wrong in ("", str(messe), "999999", "x"):
        assert (await browser.post(f"/settings/tags/{messe}/merger", {"into": wrong})).status_code == 422, wrong
    done = await browser.post(f"/settings/tags/{messe}/merger", {"into": str(koeln)})
    assert done.headers["location"].endswith("done=merged")
    assert await names() == {"Messe Köln": 2, "VIP": 1}
    assert set(await found(tags=("messe koln",))) == {tagged.groessmann, tagged.emre}
    assert await queries() == ["status=prospect&tag=Messe+K%C3%B6ln%2CVIP", "sort=city"]
    assert (await browser.get(f"/settings/tags/{messe}")).status_code == 404


async def test_a_deleted_tag_is_taken_off_everybody(browser: Browser, cast: Cast, tagged: Customers) -> None:
    await browser.log_in(cast.ines)
    await browser.post(f"/settings/tags/{await tag_id('VIP')}/deletion")
    assert await names() == {"Messe": 1, "Messe Köln": 1}
    assert await found("vip") == []
    audit = (await browser.get("/audit")).text
    assert "hat ein Schlagwort gelöscht" in audit
    assert (await browser.post("/settings/tags/999999/deletion")).status_code == 404


async def test_tags_over_the_api(browser: Browser, cast: Cast, tagged: Customers) -> None:
    await browser.log_in(cast.petra)
    listed = (await browser.api("GET", "/tags")).json()["items"]
    assert [(item["name"], item["customers"], item["views"]) for item in listed] == [
        ("Messe", 1, 1), ("Messe Köln", 1, 0), ("VIP", 1, 1),
    ]  # fmt: skip
    messe, koeln, vip = (item["id"] for item in listed)
    for method, path, body in (
        ("PATCH", f"/tags/{vip}", {"name": "X"}), ("POST", f"/tags/{vip}/merger", {"into": koeln}), ("DELETE", f"/tags/{vip}", None),
    ):  # fmt: skip
        assert (await browser.api(method, path, body)).status_code == 403
    await browser.log_in(cast.ines)
    assert (await browser.api("PATCH", f"/tags/{vip}", {"name": "Stammkunde"})).json()["name"] == "Stammkunde"
    assert (await browser.api("PATCH", f"/tags/{vip}", {"name": "Messe"})).status_code == 422
    merged = (await browser.api("POST", f"/tags/{messe}/merger", {"into": koeln})).json()
    assert (merged["id"], merged["customers"], merged["views"]) == (koeln, 2, 1)
    assert (await browser.api("DELETE", f"/tags/{vip}")).status_code == 204
    assert (await browser.api("GET", f"/tags/{vip}")).status_code == 404
    assert await names() == {"Messe Köln": 2}


async def test_a_change_of_many_customers_can_be_undone_after_its_tag_was_renamed_and_merged(
    cast: Cast, tagged: Customers
) -> None:
    """Größmann was put on "Messe" before and Emre on "Messe Köln"; who has both at the end keeps theirs."""
    both = [tagged.groessmann, tagged.emre]
    by = cast.ines.id
    new = await start_bulk_change(Change(BulkKind.TAG_ADD, "Neu"), both, "", by=by, now=NOW)
    off = await start_bulk_change(Change(BulkKind.TAG_REMOVE, "messe"), both, "", by=by, now=NOW)
    await rename_tag(await tag_id("Neu"), "Frisch", by=by, now=NOW)
    await rename_tag(await tag_id("Messe"), "Ausstellung", by=by, now=NOW)
    values = "SELECT value FROM bulk_change WHERE id = $1"
    assert [await fetch_value(values, each) for each in (new, off)] == ["Frisch", "Ausstellung"]
    await undo_bulk_change(off, by=by, now=NOW)
    assert await found(tags=("ausstellung",)) == [tagged.groessmann]
    await merge_tags(await tag_id("Frisch"), await tag_id("Messe Köln"), by=by, now=NOW)
    assert await fetch_value(values, new) == "Messe Köln"
    await undo_bulk_change(new, by=by, now=NOW)
    assert await found(tags=("messe koln",)) == [tagged.emre], "it was his before"
    counted = await fetch("SELECT status, undone, kept FROM bulk_change WHERE id = $1", new)
    assert tuple(counted[0]) == ("undone", 1, 1)
    assert "Neu" not in await names()


async def test_a_number_that_no_tag_can_have_is_not_found(browser: Browser, cast: Cast, tagged: Customers) -> None:
    await browser.log_in(cast.ines)
    vip = await tag_id("VIP")
    for tag in (0, 10**20):
        assert (await browser.api("POST", f"/tags/{tag}/merger", {"into": vip})).status_code == 404, tag
        assert (await browser.post(f"/settings/tags/{tag}/merger", {"into": str(vip)})).status_code == 404, tag


async def test_of_two_who_rename_to_the_same_word_at_once_the_second_is_told(own_database: str) -> None:
    cast = await introduce()
    await tag_ids(["Messe", "Ausstellung"], cast.ines.id, NOW)
    messe, other = await tag_id("Messe"), await tag_id("Ausstellung")
    renamed, may_commit = asyncio.Event(), asyncio.Event()

    async def first() -> None:
        async with transaction():
            await rename_tag(messe, "Schau", by=cast.ines.id, now=NOW)
            renamed.set()
            await may_commit.wait()

    one = asyncio.create_task(first())
    async with asyncio.timeout(20):
        await renamed.wait()
    two = asyncio.create_task(rename_tag(other, "schau", by=cast.ines.id, now=NOW))
    async with asyncio.timeout(20):
        while not await fetch_value(WAITING):
            pass
    may_commit.set()
    await one
    with pytest.raises(Invalid, match=r"(?i)schau"):
        await two
