"""Saved views: one's own and the team's, the start view, and the columns of one's lists."""

from __future__ import annotations

import re

import pytest

from crm.accounts.tables import User
from crm.database import execute, fetch_value
from tests.browser import Browser
from tests.cast import Cast
from tests.customers.conftest import Customers


async def put_into_team(name: str, *people: User) -> int:
    team = await fetch_value("INSERT INTO team (name) VALUES ($1) RETURNING id", name)
    await execute("UPDATE staff SET team = $1 WHERE id = ANY($2)", team, [person.id for person in people])
    return int(team)


async def save(browser: Browser, name: str, query: str = "show=mine", **more: str) -> int:
    answer = await browser.post("/customers/views", {"name": name, "query": query, **more})
    assert answer.status_code == 303, answer.text
    return int(re.search(r"view=(\d+)", answer.headers["location"])[1])  # type: ignore[index]


async def test_view_brings_filters_order_and_columns_back(browser: Browser, cast: Cast, customers: Customers) -> None:
    await browser.log_in(cast.petra)
    view = await save(browser, "Nürnberg", "place=Nürnberg&sort=-revenue&columns=revenue,city")
    row = await fetch_value("SELECT query FROM saved_view WHERE id = $1", view)
    shown = await browser.get(f"/customers?{row}&view={view}")
    assert "Größmann" in shown.text
    assert "Yıldız" not in shown.text
    assert re.search(r'aria-sort="descending"[^>]*><a[^>]*>Umsatz', shown.text)
    assert "Nürnberg</a>" in shown.text


async def test_own_view_is_nobody_elses(browser: Browser, cast: Cast) -> None:
    await put_into_team("Süd", cast.petra, cast.ali)
    await browser.log_in(cast.petra)
    view = await save(browser, "Meine Lieblinge")
    await browser.log_in(cast.ali)
    assert "Meine Lieblinge" not in (await browser.get("/customers/views")).text
    for answer in (
        await browser.get(f"/customers/views/{view}/edit"),
        await browser.post(f"/customers/views/{view}", {"name": "Meins", "query": ""}),
        await browser.post(f"/customers/views/{view}/removal"),
        await browser.post(f"/customers/views/{view}/start"),
        await browser.api("GET", f"/views/{view}"),
        await browser.api("GET", f"/customers?view={view}"),
    ):
        assert answer.status_code == 404


async def test_team_sees_a_shared_view_and_only_lead_and_maker_change_it(browser: Browser, cast: Cast) -> None:
    await put_into_team("Süd", cast.petra, cast.ali, cast.eva)
    await put_into_team("Nord", cast.jonas)
    await browser.log_in(cast.petra)
    view = await save(browser, "Überfällig im Süden", "show=overdue", is_shared="1")
    await browser.log_in(cast.ali)
    assert "Überfällig im Süden" in (await browser.get("/customers")).text
    refused = await browser.post(f"/customers/views/{view}", {"name": "Anders", "query": ""})
    assert refused.status_code == 403
    await browser.log_in(cast.jonas)
    assert "Überfällig im Süden" not in (await browser.get("/customers")).text
    await browser.log_in(cast.eva)
    changed = await browser.post(
        f"/customers/views/{view}", {"name": "Wer wartet", "query": "show=overdue", "is_shared": "1"}
    )
    assert changed.status_code == 303
    assert await fetch_value("SELECT name FROM saved_view WHERE id = $1", view) == "Wer wartet"


async def test_list_begins_with_the_start_view(browser: Browser, cast: Cast, customers: Customers) -> None:
    await browser.log_in(cast.petra)
    view = await save(browser, "Gold", "service_level=gold", is_start="1")
    begin = await browser.get("/customers")
    assert begin.status_code == 303
    assert begin.headers["location"] == f"/customers?service_level=gold&view={view}"
    everybody = await browser.get("/customers?show=all")
    assert "Yıldız" in everybody.text
    await browser.post(f"/customers/views/{view}/start")
    assert (await browser.get("/customers")).status_code == 200
    await browser.post(f"/customers/views/{view}/start")
    await browser.post(f"/customers/views/{view}/removal")
    assert (await browser.get("/customers")).status_code == 200


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"name": ""}, "Bitte füllen Sie dieses Feld aus."),
        ({"name": "x" * 81}, "höchstens 80"),
        ({"name": "GOLD"}, "gibt es schon"),
        ({"name": "Team", "is_shared": "1"}, "Sie gehören zu keinem Team"),
    ],
)
async def test_view_that_cannot_be_saved_says_why(
    browser: Browser, cast: Cast, typed: dict[str, str], sentence: str
) -> None:
    await browser.log_in(cast.petra)
    await save(browser, "Gold")
    answer = await browser.post("/customers/views", {"query": "", **typed})
    assert answer.status_code == 422
    assert sentence in answer.text


async def test_double_click_saves_one_view(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.petra)
    first, second = [await save(browser, "Einmal", submission_id="abc") for _click in range(2)]
    assert first == second
    assert await fetch_value("SELECT count(*) FROM saved_view") == 1


async def test_view_holds_only_what_a_list_knows(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.petra)
    view = await save(browser, "Seltsam", "status=nonsense&place=Fürth&evil=%3Cscript%3E&view=7&cursor=abc")
    stored = await fetch_value("SELECT query FROM saved_view WHERE id = $1", view)
    assert stored == "place=Fürth", "in letters: an erasure looks for names in it"


async def test_columns_are_ones_own(browser: Browser, cast: Cast, customers: Customers) -> None:
    await browser.log_in(cast.petra)
    await browser.post("/customers/columns", {"column": ["city", "revenue", "nonsense"], "query": "", "for": "me"})
    headings = re.findall(
        r"<th scope=\"col\"[^>]*>(?:<a[^>]*>)?([^<]*)", (await browser.get("/customers?show=all")).text
    )
    assert [text.strip() for text in headings] == ["Name", "Ort", "Umsatz"]
    only_here = await browser.post("/customers/columns", {"column": ["tags"], "query": "show=mine", "for": "list"})
    assert only_here.headers["location"] == "/customers?show=mine&columns=tags"
    await browser.log_in(cast.ali)
    assert "Umsatz</a>" not in (await browser.get("/customers")).text
    await browser.log_in(cast.petra)
    await browser.post("/customers/columns", {"reset": "1", "query": ""})
    assert "Umsatz</a>" not in (await browser.get("/customers")).text


async def test_views_over_the_api(browser: Browser, cast: Cast, customers: Customers) -> None:
    await browser.log_in(cast.petra)
    body = {"name": "Gold", "query": "service_level=gold&sort=-revenue"}
    first = await browser.api("POST", "/views", body, **{"idempotency-key": "k1"})
    again = await browser.api("POST", "/views", body, **{"idempotency-key": "k1"})
    assert (first.status_code, first.json()) == (201, again.json())
    view = first.json()["id"]
    assert [item["name"] for item in (await browser.api("GET", "/views")).json()["items"]] == ["Gold"]
    items = (await browser.api("GET", f"/customers?view={view}")).json()["items"]
    assert [item["id"] for item in items] == [customers.groessmann]
    changed = await browser.api("PATCH", f"/views/{view}", {"name": "Gold und teuer", "version": 1})
    assert (changed.json()["name"], changed.json()["query"]) == ("Gold und teuer", body["query"])
    stale = await browser.api("PATCH", f"/views/{view}", {"name": "Zu spät", "version": 1})
    assert stale.status_code == 409
    refused = await browser.api("POST", "/views", {"name": "Nein", "query": "colour=red"})
    assert "colour" in refused.json()["errors"]["query"]
    assert (await browser.api("DELETE", f"/views/{view}")).status_code == 204
    assert (await browser.api("GET", f"/views/{view}")).status_code == 404


async def test_tabs_lead_only_to_pages_that_are_there(browser: Browser, cast: Cast) -> None:
    """Every tab of the row can be opened by whoever sees it."""
    for user in (cast.petra, cast.eva, cast.karin):
        await browser.log_in(user)
        text = (await browser.get("/customers")).text
        row = re.search(r'<nav class="tabs".*?</nav>', text, re.S)
        for href in re.findall(r'href="(/[^"]*)"', row[0]) if row else []:
            assert (await browser.get(href)).status_code == 200, href
