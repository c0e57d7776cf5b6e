"""The search for duplicates, deciding about them, and the warning while somebody types."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from crm.customers.actions import create_organisation, create_private_person
from crm.customers.changing import change_customer
from crm.customers.data import MasterData, OrganisationData, PersonData, PrivatePersonData
from crm.database import Statements, counted, execute, fetch, fetch_value
from crm.records import searching_all
from crm.records.dismissing import dismiss_pair
from crm.records.duplicates import pairs_of
from crm.records.searching import request_duplicate_search, search_changed_duplicates
from crm.records.searching_all import search_all_duplicates
from crm.records.tables import PairState
from tests.browser import Browser
from tests.cast import Cast
from tests.customers.conftest import NOW, Customers

LATER = NOW + timedelta(minutes=1)
HOME = MasterData(street="Lange Gasse 12", postcode="90403", city="Nürnberg")


async def enter(
    given: str, family: str, *, email: str = "", phone: str = "", by: int, master: MasterData = HOME
) -> int:
    return (
        await create_private_person(
            PrivatePersonData(PersonData(given, family, email=email, phone=phone), master), by=by, now=NOW
        )
    )[0]


async def found() -> set[tuple[int, int]]:
    return {(row.one, row.other) for row in await fetch("SELECT one, other FROM duplicate_pair WHERE state = 'open'")}


@pytest.fixture
async def brueckners(cast: Cast, customers: Customers) -> tuple[int, int]:
    """Hans and Johannes are one; the son and a namesake elsewhere are not."""
    await execute("DELETE FROM duplicate_todo")
    hans = await enter("Hans", "Brückner", email="hb@web.example", by=cast.ali.id)
    johannes = await enter("Johannes", "Brueckner", email="hb@web.example", by=cast.petra.id)
    await enter("Jonas", "Brückner", by=cast.ali.id)
    await enter("Hans", "Brückner", by=cast.ali.id, master=MasterData(city="Kiel", postcode="24103", street="Hafen 1"))
    return hans, johannes


async def test_changed_customers_are_compared_with_all_others(brueckners: tuple[int, int], cast: Cast) -> None:
    assert await search_changed_duplicates(now=NOW) == 4
    assert await found() == {brueckners}
    assert await search_changed_duplicates(now=NOW) == 0, "nothing is left to do"
    again = await enter("Hannes", "Brückner", email="hb@web.example", by=cast.ali.id)
    await search_changed_duplicates(now=NOW)
    assert await found() == {brueckners, (brueckners[0], again), (brueckners[1], again)}


async def test_the_search_among_all_finds_the_same_and_may_run_twice(brueckners: tuple[int, int]) -> None:
    await request_duplicate_search(now=NOW)
    await request_duplicate_search(now=NOW)
    searches = await fetch("SELECT id FROM duplicate_search")
    assert len(searches) == 1, "one is waiting already"
    for _run in range(2):
        await search_all_duplicates(searches[0].id, now=LATER)
        assert await found() == {brueckners}
    assert not await search_all_duplicates(searches[0].id, now=LATER), "it has been done"
    row = (await fetch("SELECT customers, pairs FROM duplicate_search"))[0]
    assert (row.customers, row.pairs) == (6, 1)
    planned_for = await fetch_value("SELECT reltuples FROM pg_class WHERE oid = 'customer_blocks'::regclass")
    assert planned_for == 6, (
        "the warning while typing uses the index from now on, not only when somebody has analysed the table"
    )
    assert await search_changed_duplicates(now=LATER) == 0


async def test_many_are_compared_by_a_program_of_its_own_which_finds_the_same(
    brueckners: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    await search_changed_duplicates(now=NOW)
    keys = "SELECT customer, fingerprint, (SELECT array_agg(key ORDER BY key) FROM unnest(keys) key) FROM customer_blocks ORDER BY customer"
    pairs = "SELECT one, other, score, reasons, fingerprint, state FROM duplicate_pair ORDER BY one, other"
    expected = await fetch(keys), await fetch(pairs)
    await execute("DELETE FROM customer_blocks WHERE customer = ANY($1::bigint[])", list(brueckners))
    await execute("DELETE FROM duplicate_pair")
    await execute(
        "UPDATE customer_blocks SET fingerprint = 'of yesterday', keys = '{}' WHERE customer > $1", brueckners[1]
    )
    started: list[tuple[str, ...]] = []
    start = asyncio.create_subprocess_exec

    async def noted(*command: str, **how: Any) -> Any:
        started.append(command)
        return await start(*command, **how)

    monkeypatch.setattr(searching_all, "PART", 2)
    monkeypatch.setattr(asyncio, "create_subprocess_exec", noted)
    await request_duplicate_search(now=NOW)
    await search_all_duplicates(await fetch_value("SELECT max(id) FROM duplicate_search"), now=LATER)
    assert [command[-1] for command in started] == ["crm.records.gathering"]
    found = await fetch(keys), await fetch(pairs)
    assert [row for row in found[0] if row.customer in {each.customer for each in expected[0]}] == expected[0]
    assert found[1] == expected[1]
    assert len(expected[1]) == 1
    row = (await fetch("SELECT customers, pairs FROM duplicate_search"))[0]
    assert (row.customers, row.pairs) == (6, 1)


async def test_who_changes_during_a_search_among_all_is_compared_after_it(brueckners: tuple[int, int]) -> None:
    await request_duplicate_search(now=NOW)
    await execute("UPDATE duplicate_search SET started_at = $1", NOW)
    assert await search_changed_duplicates(now=LATER) == 0
    assert await found() == set()
    await execute("UPDATE duplicate_search SET finished_at = $1", LATER)
    assert await search_changed_duplicates(now=LATER) == 4
    assert await found() == {brueckners}


async def test_a_pair_that_is_none_any_more_goes(brueckners: tuple[int, int], cast: Cast) -> None:
    await search_changed_duplicates(now=NOW)
    await change_customer(
        brueckners[1], {"family_name": "Zimmermann", "given_name": "Ute"}, None, by=cast.ali.id, now=NOW
    )
    await search_changed_duplicates(now=LATER)
    assert await found() == set()


async def test_dismissed_stays_dismissed_until_one_of_them_changes(brueckners: tuple[int, int], cast: Cast) -> None:
    await search_changed_duplicates(now=NOW)
    pair = (await pairs_of(PairState.OPEN)).items[0]
    await dismiss_pair(pair.id, by=cast.ali.id, now=NOW)
    await dismiss_pair(pair.id, by=cast.ali.id, now=NOW)
    await request_duplicate_search(now=LATER)
    await search_all_duplicates(await fetch_value("SELECT max(id) FROM duplicate_search"), now=LATER)
    assert await found() == set()
    assert [item.id for item in (await pairs_of(PairState.DISMISSED)).items] == [pair.id]
    await change_customer(brueckners[0], {"phone": "+499115512377"}, None, by=cast.ali.id, now=LATER)
    await search_changed_duplicates(now=LATER)
    assert await found() == {brueckners}


@pytest.mark.parametrize(
    "hidden", ["UPDATE customer SET restricted_at = now() WHERE id = $1", "UPDATE customer SET deleted_at = now() WHERE id = $1",
               "UPDATE person SET restricted_at = now() WHERE id = (SELECT person FROM affiliation WHERE customer = $1)"]
)  # fmt: skip
async def test_restricted_and_deleted_customers_are_never_offered(
    brueckners: tuple[int, int], browser: Browser, cast: Cast, hidden: str
) -> None:
    await search_changed_duplicates(now=NOW)
    pair = (await pairs_of(PairState.OPEN)).items[0]
    await execute(hidden, brueckners[1])
    assert (await pairs_of(PairState.OPEN)).items == [], "at once, before any search"
    await browser.log_in(cast.petra)
    assert (await browser.get(f"/duplicates/{pair.id}")).status_code == 404
    assert (await browser.get(f"/merges/new?survivor={brueckners[0]}&merged={brueckners[1]}")).status_code == 404
    assert (await browser.api("POST", f"/duplicates/{pair.id}/dismissal")).status_code == 404
    body = {"survivor": brueckners[0], "merged": brueckners[1]}
    assert (await browser.api("POST", "/merges", json=body)).status_code == 404
    await search_changed_duplicates(now=LATER)
    assert await found() == set()
    typed = await browser.get(
        "/customers/duplicates?kind=person&family_name=Brueckner&given_name=Johannes&email=hb@web.example", htmx=True
    )
    assert f"/customers/{brueckners[1]}" not in typed.text


async def test_the_api_lists_decides_merges_and_undoes(
    brueckners: tuple[int, int], browser: Browser, cast: Cast
) -> None:
    await enter("Hannes", "Brückner", email="hb@web.example", by=cast.ali.id)
    await search_changed_duplicates(now=NOW)
    await browser.log_in(cast.petra)
    response = await browser.api("GET", "/duplicates?limit=2")
    assert response.status_code == 200, response.text
    first = response.json()
    rest = (await browser.api("GET", f"/duplicates?limit=2&cursor={first['next']}")).json()
    assert (len(first["items"]), len(rest["items"]), rest["next"]) == (2, 1, None)
    scores = [item["score"] for item in (*first["items"], *rest["items"])]
    assert scores == sorted(scores, reverse=True)
    item = first["items"][0]
    assert {"id", "external_id", "name", "emails", "phones", "city"} <= set(item["a"])
    assert "email_same" in item["reasons"]

    one, other = item["a"]["id"], item["b"]["id"]
    sent = {"survivor": one, "merged": other, "take": ["given_name"]}
    merged = await browser.api("POST", "/merges", json=sent, **{"Idempotency-Key": "m-1"})
    assert merged.status_code == 201, merged.text
    again = await browser.api("POST", "/merges", json=sent, **{"Idempotency-Key": "m-1"})
    assert again.json() == merged.json(), "sent twice, done once"
    moved = await browser.api("GET", f"/customers/{other}")
    assert (moved.status_code, moved.headers["location"]) == (301, f"/api/v1/customers/{one}")
    assert all(
        other not in (each["a"]["id"], each["b"]["id"])
        for each in (await browser.api("GET", "/duplicates")).json()["items"]
    )
    undone = await browser.api("POST", f"/merges/{merged.json()['id']}/reversal")
    assert undone.json() == {"id": merged.json()["id"], "survivor": one, "merged": other, "stays": {}, "changed": []}
    assert (await browser.api("POST", f"/merges/{merged.json()['id']}/reversal")).status_code == 422

    dismissed = await browser.api("POST", f"/duplicates/{rest['items'][0]['id']}/dismissal")
    assert dismissed.json()["state"] == "dismissed"
    assert len((await browser.api("GET", "/duplicates?state=dismissed")).json()["items"]) == 1
    assert (await browser.api("DELETE", f"/duplicates/{rest['items'][0]['id']}/dismissal")).json()["state"] == "open"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/merges", {"survivor": 1, "merged": 1}),
        ("/merges", {"survivor": 10**17, "merged": 10**17 + 1}),
        ("/merges", {"survivor": "x", "merged": 2}),
        ("/merges", {"survivor": 1, "merged": 2, "take": ["version"]}),
        ("/merges/99999999999/reversal", None),
        ("/duplicates/4611686018427387905/dismissal", None),
    ],
)
async def test_nonsense_is_refused(browser: Browser, cast: Cast, path: str, body: object) -> None:
    await browser.log_in(cast.petra)
    assert (await browser.api("POST", path, json=body)).status_code in (400, 404, 422)


async def test_who_may_not_edit_customers_sees_no_duplicates(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.karin)
    for path in ("/duplicates", "/merges", "/merges/new?survivor=1&merged=2"):
        assert (await browser.get(path)).status_code == 404
    assert (await browser.api("GET", "/duplicates")).status_code in (403, 404)


async def test_the_pages_show_decide_merge_and_undo(brueckners: tuple[int, int], browser: Browser, cast: Cast) -> None:
    await search_changed_duplicates(now=NOW)
    await browser.log_in(cast.petra)
    listed = await browser.get("/duplicates")
    assert "Hans Brückner" in listed.text
    assert "Vornamen stehen füreinander" in listed.text
    pair = (await pairs_of(PairState.OPEN)).items[0]
    side_by_side = await browser.get(f"/duplicates/{pair.id}", follow_redirects=True)
    assert 'name="take_given_name"' in side_by_side.text
    form = {
        "survivor": brueckners[0],
        "merged": brueckners[1],
        "take_given_name": "merged",
        "versions": "1-1",
        "submission_id": "s1",
    }
    stale = await browser.post("/merges", {**form, "versions": "7-1"})
    assert stale.status_code == 409
    done = await browser.post("/merges", form)
    twice = await browser.post("/merges", form)
    assert done.status_code == twice.status_code == 303
    assert done.headers["location"] == twice.headers["location"], "a double click merges once"
    assert await fetch_value("SELECT name FROM customer WHERE id = $1", brueckners[0]) == "Johannes Brückner"
    shown = await browser.get(done.headers["location"])
    assert "Zusammenführung rückgängig machen" in shown.text
    undone = await browser.post(f"{done.headers['location']}/reversal")
    assert "Rückgängig gemacht" in (await browser.get(undone.headers["location"])).text
    assert (await browser.get("/merges")).status_code == 200
    dismissed = await browser.post(f"/duplicates/{pair.id}/dismissal", htmx=True)
    assert "zwei Kunden" in dismissed.text


async def test_no_duplicate_on_the_page_of_a_merge_is_taken_back_on_the_spot(
    brueckners: tuple[int, int], browser: Browser, cast: Cast
) -> None:
    await search_changed_duplicates(now=NOW)
    pair = (await pairs_of(PairState.OPEN)).items[0]
    await browser.log_in(cast.petra)
    dismissed = await browser.post(f"/duplicates/{pair.id}/dismissal")
    assert dismissed.headers["location"] == f"/duplicates?done=dismissed&pair={pair.id}"
    shown = await browser.get(dismissed.headers["location"])
    assert f'action="/duplicates/{pair.id}/reopening"' in shown.text
    assert "Rückgängig" in shown.text
    back = await browser.post(f"/duplicates/{pair.id}/reopening", {"to": "pair"})
    both = await browser.get(back.headers["location"], follow_redirects=True)
    assert both.status_code == 200
    assert "Zusammenführen" in both.text
    assert [each.id for each in (await pairs_of(PairState.OPEN)).items] == [pair.id]
    for stale in (pair.id, 999_999, "x", "9" * 30):
        again = await browser.get(f"/duplicates?done=dismissed&pair={stale}")
        assert again.status_code == 200
        assert "/reopening" not in again.text


async def test_pages_of_duplicates_stay_within_their_statements(
    brueckners: tuple[int, int], browser: Browser, cast: Cast
) -> None:
    await enter("Hannes", "Brückner", email="hb@web.example", by=cast.ali.id)
    await search_changed_duplicates(now=NOW)
    await browser.log_in(cast.petra)
    for path, most in (
        ("/duplicates", 8),
        (f"/merges/new?survivor={brueckners[0]}&merged={brueckners[1]}", 8),
        ("/merges", 6),
    ):
        response = await browser.get(path)
        assert int(response.headers["x-sql-statements"]) <= most, path


async def test_whoever_types_a_customer_is_told_of_those_who_are_there(
    brueckners: tuple[int, int], browser: Browser, cast: Cast
) -> None:
    await browser.log_in(cast.petra)
    fresh = await browser.get(
        "/customers/duplicates?kind=person&given_name=Johannes&family_name=Br%C3%BCckner&email=hb@web.example",
        htmx=True,
    )
    assert f"/customers/{brueckners[0]}" in fresh.text, "found by e-mail, before any search"
    await execute("INSERT INTO duplicate_todo (customer_id) SELECT id FROM customer")
    await search_changed_duplicates(now=NOW)
    for query in (
        "kind=person&given_name=Hannes&family_name=Br%C3%BCckner", "kind=person&given_name=Brueckner&family_name=Johannes",
        "kind=person&given_name=Hans&family_name=Brukner&street=Lange+Gasse+12&postcode=90403&city=N%C3%BCrnberg",
        "kind=organisation&name=Groessmann+K%C3%BCchen+AG&city=N%C3%BCrnberg",
    ):  # fmt: skip
        answer = await browser.get(f"/customers/duplicates?{query}", htmx=True)
        assert "Trotzdem anlegen" in answer.text, query
        assert int(answer.headers["x-sql-statements"]) <= 7
    for query in (
        "kind=person&given_name=Xaver&family_name=Quast",
        "kind=organisation&name=",
        "kind=person&family_name=%00&phone=abc",
    ):
        assert "/customers/" not in (await browser.get(f"/customers/duplicates?{query}", htmx=True)).text


async def test_a_branch_is_not_offered(cast: Cast) -> None:
    for city, phone in (("Nürnberg", "+499115512377"), ("Kiel", "+494315512399")):
        await create_organisation(
            OrganisationData(
                "Brillenwelt GmbH", "info@brillenwelt.example", phone, MasterData(street="Markt 1", city=city)
            ),
            by=cast.ali.id,
            now=NOW,
        )
    await search_changed_duplicates(now=NOW)
    assert await found() == set()


async def test_the_search_needs_few_statements_however_many_changed(cast: Cast, brueckners: tuple[int, int]) -> None:
    statements = Statements()
    token = counted.set(statements)
    try:
        await search_changed_duplicates(now=NOW)
    finally:
        counted.reset(token)
    assert len(statements) < 12
