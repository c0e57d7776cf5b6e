"""The queues of enquiries: what belongs to which, what narrows them, those that are kept under a name, and their plans."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from crm.database import execute, fetch, fetch_value
from crm.tickets.assigning import assign_ticket
from crm.tickets.listing import Reader, View, counts_of, queue_statement, tickets_in
from crm.tickets.opening import NewTicket, open_ticket
from crm.tickets.queue_filters import TicketFilters
from tests.browser import Browser
from tests.tickets.conftest import NOW, Desk

pytestmark = pytest.mark.usefixtures("round_the_clock")


async def ask(desk: Desk, customer: int, subject: str, **more: str) -> int:
    new = NewTicket(customer, subject, "Text", **more)  # type: ignore[arg-type]
    return (await open_ticket(new, by=desk.cast.ali.id, now=NOW)).id


def ali(desk: Desk, team: int | None = None) -> Reader:
    return Reader(desk.cast.ali.id, team, NOW + timedelta(minutes=1))


async def shown(view: View, reader: Reader, **filters: object) -> set[int]:
    page = await tickets_in(view, reader, TicketFilters(**filters))  # type: ignore[arg-type]
    return {row.id for row in page.rows}


@pytest.fixture
async def two(desk: Desk) -> tuple[int, int]:
    """Größmann (Gold) asks about an invoice by phone, Emre (Basis) complains about a delivery by e-mail, urgently."""
    invoice = await ask(desk, desk.groessmann, "Unklare Rechnungsposition", topic="billing")
    delivery = await ask(
        desk, desk.emre, "Lieferung fehlt", topic="delivery", kind="complaint", channel="email", priority="urgent"
    )
    return invoice, delivery


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("topic", "billing"), ("level", 2), ("priority", "normal"), ("kind", "question"), ("channel", "phone"), ("service_level", "gold"),
        ("q", "rechnung"), ("q", "größmann"), ("q", "Groessmann"),
    ],
)  # fmt: skip
async def test_each_filter_leaves_the_invoice_of_groessmann(
    desk: Desk, two: tuple[int, int], name: str, value: object
) -> None:
    if name == "level":
        await execute("UPDATE ticket SET required_level = 1 WHERE id = $1", two[1])
    assert await shown(View.OPEN, ali(desk), **{name: value}) == {two[0]}


async def test_people_and_numbers_narrow_a_queue(desk: Desk, two: tuple[int, int]) -> None:
    await assign_ticket(two[1], desk.cast.mia.id, by=desk.cast.eva.id, now=NOW)
    assert await shown(View.OPEN, ali(desk), assignee=desk.cast.mia.id) == {two[1]}
    assert await shown(View.OPEN, ali(desk), customer=desk.emre) == {two[1]}
    assert await shown(View.OPEN, ali(desk), q=f"#{two[1]}") == {two[1]}
    assert await shown(View.OPEN, ali(desk), q="%_") == set()
    assert await shown(View.SOLVED, ali(desk), topic="billing") == set()


async def test_a_queue_is_narrowed_to_what_came_by_one_letter_box(
    browser: Browser, desk: Desk, two: tuple[int, int]
) -> None:
    box = int(
        await fetch_value(
            "INSERT INTO letter_box (name, address) VALUES ('Garantie', 'garantie@kuechen.example') RETURNING id"
        )
    )
    await execute("UPDATE ticket SET letter_box = $2 WHERE id = $1", two[1], box)
    assert await shown(View.OPEN, ali(desk), letter_box=box) == {two[1]}
    await browser.log_in(desk.cast.ali)
    assert "Postfach: Garantie" in (await browser.get(f"/tickets?view=open&letter_box={box}")).text
    page = (await browser.get(f"/tickets/{two[1]}")).text
    assert "Postfach: Garantie" in page
    assert "garantie@kuechen.example" in page
    found = (await browser.api("GET", f"/tickets?letter_box={box}")).json()
    assert [one["id"] for one in found["items"]] == [two[1]]


async def test_my_teams_queue_holds_what_my_team_works_on(browser: Browser, desk: Desk, two: tuple[int, int]) -> None:
    team = int(await fetch_value("INSERT INTO team (name) VALUES ('Innendienst') RETURNING id"))
    await execute("UPDATE staff SET team = $1 WHERE id = ANY($2)", team, [desk.cast.ali.id, desk.cast.jonas.id])
    await assign_ticket(two[0], desk.cast.jonas.id, by=desk.cast.eva.id, now=NOW)
    await assign_ticket(two[1], desk.cast.mia.id, by=desk.cast.eva.id, now=NOW)
    assert await shown(View.TEAM, ali(desk, team)) == {two[0]}
    assert await shown(View.TEAM, ali(desk)) == set()
    await browser.log_in(desk.cast.ali)
    assert "Unklare Rechnungsposition" in (await browser.get("/tickets?view=team")).text
    await browser.log_in(desk.cast.eva)
    assert "queue-team" not in (await browser.get("/tickets?view=open")).text, "Eva belongs to no team"


async def test_a_narrowed_queue_is_paged_by_keyset(desk: Desk) -> None:
    numbers = [await ask(desk, desk.emre, f"Frage {n}", topic="billing") for n in range(5)]
    seen: list[int] = []
    cursor = None
    for _page in range(3):
        page = await tickets_in(View.OPEN, ali(desk), TicketFilters(topic="billing"), cursor=cursor, limit=2)
        seen += [row.id for row in page.rows]
        cursor = page.next
    assert seen == numbers
    assert cursor is None


async def test_the_tabs_of_a_narrowed_queue_count_what_they_would_show(desk: Desk, two: tuple[int, int]) -> None:
    billing = TicketFilters(topic="billing")
    assert await counts_of(
        [(View.OPEN, billing), (View.OPEN, TicketFilters()), (View.WAITING, billing)], ali(desk)
    ) == [1, 2, 0]
    assert await counts_of([], ali(desk)) == []


async def test_the_page_narrows_says_so_and_loses_no_filter_when_it_refreshes(
    browser: Browser, desk: Desk, two: tuple[int, int]
) -> None:
    await browser.log_in(desk.cast.ali)
    page = await browser.get("/tickets?view=open&topic=billing&level=7&nonsense=1")
    assert "Unklare Rechnungsposition" in page.text
    assert "Lieferung fehlt" not in page.text
    assert 'hx-get="/tickets?view=open&amp;topic=billing"' in page.text, "what no queue knows is left out"
    assert f'id="ticket-{two[0]}"' in page.text, "focus finds its link again after a refresh"
    assert int(page.headers["x-sql-statements"]) <= 8
    assert "passt zu den Filtern" in (await browser.get("/tickets?view=mine&topic=technical")).text


async def test_ali_keeps_a_queue_for_himself_and_finds_it_as_a_tab(
    browser: Browser, desk: Desk, two: tuple[int, int]
) -> None:
    await browser.log_in(desk.cast.ali)
    assert "Als Ansicht speichern" in (await browser.get("/tickets/views/new?view=open&topic=billing", htmx=True)).text
    body = {"name": "Rechnungen", "query": "view=open&topic=billing&x=1", "submission_id": "s1"}
    first = await browser.post("/tickets/views", body)
    assert first.status_code == 303
    assert (await browser.post("/tickets/views", body)).headers["location"] == first.headers["location"]
    page = (await browser.get(first.headers["location"])).text
    view_id = await fetch_value("SELECT id FROM ticket_view WHERE owner = $1", desk.cast.ali.id)
    assert f'id="view-{view_id}"' in page
    assert 'Rechnungen <span class="count">1</span>' in page
    assert (await browser.post("/tickets/views", {**body, "submission_id": "s2"})).status_code == 422, (
        "the name is taken"
    )
    assert (await browser.post("/tickets/views", {"name": "Alle", "query": "", "is_shared": "1"})).status_code == 422
    await browser.log_in(desk.cast.jonas)
    assert "Rechnungen" not in (await browser.get("/tickets?view=open")).text
    for path in (f"/tickets/views/{view_id}/edit", "/tickets/views/999999/edit"):
        assert (await browser.get(path)).status_code == 404
    assert (await browser.post(f"/tickets/views/{view_id}/removal")).status_code == 404


async def test_eva_shares_a_queue_with_everybody_and_ali_may_not_change_it(browser: Browser, desk: Desk) -> None:
    await browser.log_in(desk.cast.eva)
    done = await browser.post(
        "/tickets/views", {"name": "Dringend", "query": "view=open&priority=urgent", "is_shared": "1"}
    )
    assert done.status_code == 303
    view_id = int(await fetch_value("SELECT id FROM ticket_view"))
    await browser.log_in(desk.cast.ali)
    page = await browser.get("/tickets?view=open")
    assert "Dringend" in page.text
    assert int(page.headers["x-sql-statements"]) <= 8
    assert "Dringend" in (await browser.get("/tickets/views")).text
    mine = {"name": "Meine", "query": "view=open", "version": "1"}
    assert (await browser.post(f"/tickets/views/{view_id}", mine)).status_code == 403
    await browser.log_in(desk.cast.eva)
    assert (await browser.post(f"/tickets/views/{view_id}", {**mine, "is_shared": "1"})).status_code == 303
    stale = await browser.post(f"/tickets/views/{view_id}", {**mine, "name": "Später", "is_shared": "1"})
    assert stale.status_code == 409
    assert "Später" in stale.text
    assert (await browser.post(f"/tickets/views/{view_id}/removal")).status_code == 303
    assert await fetch_value("SELECT count(*) FROM ticket_view") == 0


async def test_the_api_has_the_same_queues_filters_and_views(
    browser: Browser, desk: Desk, two: tuple[int, int]
) -> None:
    await browser.log_in(desk.cast.eva)
    found = (await browser.api("GET", "/tickets?view=open&service_level=gold")).json()
    assert [one["id"] for one in found["items"]] == [two[0]]
    assert [one["id"] for one in (await browser.api("GET", "/tickets?kind=complaint")).json()["items"]] == [two[1]]
    for wrong in ("view=x", "level=4", "priority=now", "view=open&status=new", "assignee=0"):
        assert (await browser.api("GET", f"/tickets?{wrong}")).status_code in (400, 422), wrong
    made = await browser.api(
        "POST", "/ticket-views", {"name": "Gold", "query": "view=open&service_level=gold", "is_shared": True}
    )
    assert made.status_code == 201
    assert (await browser.api("POST", "/ticket-views", {"name": "X", "query": "colour=red"})).status_code == 422
    number = made.json()["id"]
    changed = await browser.api("PATCH", f"/ticket-views/{number}", {"name": "Goldkunden", "version": 1})
    assert (changed.json()["name"], changed.json()["version"]) == ("Goldkunden", 2)
    assert (await browser.api("PATCH", f"/ticket-views/{number}", {"name": "Zu spät", "version": 1})).status_code == 409
    assert [one["name"] for one in (await browser.api("GET", "/ticket-views")).json()["items"]] == ["Goldkunden"]
    assert (await browser.api("DELETE", f"/ticket-views/{number}")).status_code == 204


async def test_among_100_000_enquiries_each_queue_is_a_walk_along_an_index(desk: Desk) -> None:
    """Five thousand are open; a page of any queue reads its index and not the table."""
    await execute(
        "INSERT INTO ticket (customer, subject, topic, kind, priority, channel, status, required_level, language, opened_at, "
        "service_level, first_response_min, next_response_min, solution_min, solution_due_at, solved_at, assignee) "
        "SELECT $1, 'Frage ' || n, (SELECT id FROM topic WHERE code = 'general'), 'question', 'normal', 'phone', "
        "CASE WHEN n % 20 = 0 THEN 'waiting' ELSE 'solved' END, 1 + n % 3, 'de', $2::timestamptz - n * interval '1 minute', "
        "(SELECT id FROM service_level WHERE code = 'gold'), 60, 60, 600, $2::timestamptz + (n % 5000) * interval '1 minute', "
        "CASE WHEN n % 20 > 0 THEN $2::timestamptz END, $3 FROM generate_series(1, 100000) n",
        desk.groessmann, NOW, desk.cast.mia.id,
    )  # fmt: skip
    await execute("ANALYZE ticket")
    await execute("ANALYZE customer")
    for view, is_walk in ((View.OPEN, True), (View.SOLVED, True), (View.OVERDUE, False), (View.UNASSIGNED, False)):
        sql, arguments = queue_statement(view, ali(desk), TicketFilters(level=None if is_walk else 2))
        plan = msgspec.json.decode((await fetch(f"EXPLAIN (FORMAT JSON) {sql}", *arguments))[0][0])[0]["Plan"]
        nodes = list(_nodes(plan))
        assert not [node for node in nodes if node["Node Type"] == "Seq Scan" and node["Relation Name"] == "ticket"], (
            view
        )
        assert any(str(node.get("Index Name")).startswith("ix_ticket_") for node in nodes), view
        if is_walk:
            assert not [node for node in nodes if node["Node Type"] == "Sort"], f"{view} is sorted as a whole"


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from _nodes(below)
