"""Two enquiries become one and are parted again; two belong together; a reply follows the merge."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from crm.database import execute, fetch, fetch_one, fetch_value
from crm.errors import Invalid, RuleBroken
from crm.interactions.incoming.queries import referred_ticket
from crm.tickets.answering import add_note, receive_message, reply
from crm.tickets.closing import close_ticket, reopen_ticket
from crm.tickets.merged import survivor_of
from crm.tickets.merging import merge_tickets, part_tickets
from crm.tickets.opening import NewTicket, open_ticket
from crm.tickets.references import Reference
from crm.tickets.statuses import set_status
from crm.tickets.tables import TicketStatus
from crm.tickets.watching import sweep_promises
from tests.browser import Browser
from tests.tickets.conftest import NOW, Desk, value_of

LATER = NOW + timedelta(minutes=20)


async def ask(desk: Desk, text: str, at: datetime, customer: int = 0) -> int:
    new = NewTicket(customer or desk.groessmann, "Rechnung 7", text, topic="billing", person_id=None)
    return (await open_ticket(new, by=desk.cast.ali.id, now=at)).id


@pytest.fixture
async def twice(desk: Desk) -> tuple[int, int]:
    """Größmann asks at ten, and once more twenty minutes later."""
    return await ask(desk, "Position 7?", NOW), await ask(desk, "Noch einmal: Position 7?", LATER)


async def open_figure(desk: Desk) -> int:
    return int(await fetch_value("SELECT open_tickets FROM customer_figures WHERE customer = $1", desk.groessmann))


async def test_the_survivor_reads_as_one_conversation_and_the_merged_one_leads_there(
    browser: Browser, desk: Desk, twice: tuple[int, int], round_the_clock: None
) -> None:
    first, second = twice
    await add_note(first, "Sie rief auch an.", by=desk.cast.ali.id, now=NOW + timedelta(minutes=30))
    await browser.log_in(desk.cast.jonas)
    assert "Rechnung 7" in (await browser.get(f"/tickets/{first}/merge/new", htmx=True)).text
    done = await browser.post(f"/tickets/{first}/merge", {"survivor": str(second)})
    assert done.headers["location"] == f"/tickets/{second}?done=merged"
    page = await browser.get(f"/tickets/{second}")
    said = [page.text.index(text) for text in (">Position 7?", "Noch einmal: Position 7?", "Sie rief auch an.")]
    assert said == sorted(said)
    assert int(page.headers["x-sql-statements"]) <= 8
    gone = (await browser.get(f"/tickets/{first}")).text
    assert f"zusammengeführt mit #{second}" in gone
    assert f'href="/tickets/{second}"' in gone
    for path, body in (
        (f"/tickets/{first}/closure", {}),
        (f"/tickets/{first}/messages", {"kind": "reply", "text": "x"}),
    ):
        assert f"#{second}" in (await browser.post(path, body)).text


async def test_the_clocks_of_the_merged_one_end_and_the_survivors_run_from_the_first(
    desk: Desk, twice: tuple[int, int]
) -> None:
    first, second = twice
    due = await value_of(first, "solution_due_at")
    await merge_tickets(first, second, by=desk.cast.jonas.id, now=LATER)
    row = await fetch_one(
        "SELECT status, first_response_due_at, solution_due_at, assignee FROM ticket WHERE id = $1", first
    )
    assert row is not None
    assert (row.status, row.first_response_due_at, row.solution_due_at) == ("closed", None, None)
    assert await value_of(second, "solution_due_at") == due
    await sweep_promises(now=NOW + timedelta(days=30))
    assert await value_of(first, "solution_breached_at") is None
    assert await open_figure(desk) == 1
    detail = await fetch_value(
        "SELECT detail ->> 'merged_into' FROM timeline_entry WHERE kind = 'ticket' AND ref_id = $1", first
    )
    assert detail == str(second)


async def test_an_answer_in_either_is_an_answer(desk: Desk, twice: tuple[int, int]) -> None:
    first, second = twice
    answered_at = NOW + timedelta(minutes=10)
    await reply(first, "Ich schaue nach.", by=desk.cast.jonas.id, now=answered_at)
    await merge_tickets(first, second, by=desk.cast.jonas.id, now=LATER)
    assert await value_of(second, "first_responded_at") == answered_at
    assert await value_of(second, "next_response_due_at") is not None, "what came after that answer waits for one"
    await part_tickets(first, by=desk.cast.jonas.id, now=LATER)
    assert await value_of(second, "first_responded_at") is None


async def test_parting_brings_both_back_and_what_came_since_stays(desk: Desk, twice: tuple[int, int]) -> None:
    first, second = twice
    before = [await value_of(number, "solution_due_at") for number in twice]
    await set_status(first, TicketStatus.WAITING, by=desk.cast.jonas.id, now=LATER)
    await merge_tickets(first, second, by=desk.cast.jonas.id, now=LATER)
    message = await receive_message(first, "Und Position 8?", by=None, now=LATER + timedelta(minutes=5))
    assert await fetch_value("SELECT ticket FROM ticket_message WHERE id = $1", message) == second
    await part_tickets(first, by=desk.cast.jonas.id, now=LATER + timedelta(minutes=6))
    assert await value_of(first, "status") == "waiting"
    assert await value_of(second, "solution_due_at") == before[1]
    assert await value_of(second, "promised_from") is None
    assert await fetch_value("SELECT ticket FROM ticket_message WHERE id = $1", message) == second
    assert await open_figure(desk) == 2
    with pytest.raises(RuleBroken, match=r"not merged|nicht zusammengeführt"):
        await part_tickets(first, by=desk.cast.jonas.id, now=LATER)


async def test_a_mail_about_the_merged_one_belongs_to_the_last_survivor(desk: Desk, twice: tuple[int, int]) -> None:
    first, second = twice
    third = await ask(desk, "Zum dritten Mal.", LATER)
    await merge_tickets(first, second, by=desk.cast.jonas.id, now=LATER)
    await merge_tickets(second, third, by=desk.cast.jonas.id, now=LATER)
    assert await survivor_of(first) == third
    found = await referred_ticket(Reference(first, True), ())
    assert found is not None
    assert found.id == third
    assert await value_of(third, "promised_from") == NOW


async def test_what_does_not_fit_is_refused(desk: Desk, twice: tuple[int, int]) -> None:
    first, second = twice
    jonas = desk.cast.jonas.id
    others = await ask(desk, "Von Emre", NOW, desk.emre)
    for survivor in (first, others, 999_999, 2**70):
        with pytest.raises(Invalid):
            await merge_tickets(first, survivor, by=jonas, now=LATER)
    await merge_tickets(first, second, by=jonas, now=LATER)
    with pytest.raises(Invalid):  # the other way round: a circle
        await merge_tickets(second, first, by=jonas, now=LATER)
    with pytest.raises(RuleBroken):
        await merge_tickets(first, await ask(desk, "?", LATER), by=jonas, now=LATER)
    with pytest.raises(RuleBroken):
        await reopen_ticket(first, by=jonas, now=LATER)
    await close_ticket(second, "", by=jonas, now=LATER)
    with pytest.raises(Invalid):
        await merge_tickets(await ask(desk, "?", LATER), second, by=jonas, now=LATER)


async def test_links_are_seen_from_both_and_taken_back(browser: Browser, desk: Desk, round_the_clock: None) -> None:
    first, others = await ask(desk, "A", NOW), await ask(desk, "B", NOW, desk.emre)
    await browser.log_in(desk.cast.jonas)
    assert (await browser.post(f"/tickets/{first}/links", {"number": f"#{others}"})).status_code == 303
    assert (await browser.post(f"/tickets/{others}/links", {"number": str(first)})).status_code == 303
    assert await fetch_value("SELECT count(*) FROM ticket_link") == 1
    for here, there in ((first, others), (others, first)):
        assert f"/tickets/{here}/links/{there}/removal" in (await browser.get(f"/tickets/{here}")).text
    for wrong in ("", "abc", str(first), "999999"):
        assert (await browser.post(f"/tickets/{first}/links", {"number": wrong})).status_code == 422, wrong
    assert (await browser.post(f"/tickets/{others}/links/{first}/removal")).status_code == 303
    assert await fetch_value("SELECT count(*) FROM ticket_link") == 0
    assert (await browser.post(f"/tickets/{others}/links/{first}/removal")).status_code == 404


async def test_the_api_merges_parts_and_links(
    browser: Browser, desk: Desk, twice: tuple[int, int], round_the_clock: None
) -> None:
    first, second = twice
    await browser.log_in(desk.cast.jonas)
    merged = await browser.api("POST", f"/tickets/{first}/merge", {"survivor": second})
    assert merged.status_code == 201
    assert (merged.json()["id"], merged.json()["merged"]) == (second, [first])
    assert (await browser.api("GET", f"/tickets/{first}")).json()["merged_into"] == second
    assert (await browser.api("POST", f"/tickets/{second}/merge", {"survivor": first})).status_code == 422
    assert (await browser.api("DELETE", f"/tickets/{first}/merge")).json()["merged_into"] is None
    linked = await browser.api("POST", f"/tickets/{first}/links", {"ticket_id": second})
    assert linked.json()["links"] == [second]
    assert (await browser.api("DELETE", f"/tickets/{second}/links/{first}")).json()["links"] == []


async def test_the_history_of_a_customer_keeps_both_lines(desk: Desk, twice: tuple[int, int]) -> None:
    await merge_tickets(*twice, by=desk.cast.jonas.id, now=LATER)
    rows = await fetch(
        "SELECT ref_id, detail ->> 'status' AS status FROM timeline_entry WHERE kind = 'ticket' ORDER BY ref_id"
    )
    assert [(row.ref_id, row.status) for row in rows] == [(twice[0], "closed"), (twice[1], "new")]


async def test_what_did_not_arrive_is_sent_again_where_it_goes_on(
    browser: Browser, desk: Desk, twice: tuple[int, int], round_the_clock: None
) -> None:
    first, second = twice
    written = await reply(first, "Hier.", by=desk.cast.jonas.id, now=NOW)
    assert written.outbox_id is not None
    await merge_tickets(first, second, by=desk.cast.jonas.id, now=LATER)
    await browser.log_in(desk.cast.jonas)
    for number in (second, first):
        await execute("UPDATE outbox_message SET status = 'failed', attempts = 6 WHERE id = $1", written.outbox_id)
        where = f"/tickets/{number}/messages/{written.message_id}/delivery"
        assert "Noch einmal senden" in (await browser.get(where)).text
        assert (await browser.post(where)).status_code == 303
        assert await fetch_value("SELECT status FROM outbox_message WHERE id = $1", written.outbox_id) == "queued"
    await execute("UPDATE outbox_message SET status = 'failed', attempts = 6 WHERE id = $1", written.outbox_id)
    again = await browser.api("POST", f"/tickets/{second}/messages/{written.message_id}/delivery")
    assert (again.status_code, again.json()["id"]) == (200, written.message_id)
    message = written.message_id
    await part_tickets(first, by=desk.cast.jonas.id, now=LATER)
    assert (await browser.post(f"/tickets/{second}/messages/{message}/delivery")).status_code == 404


async def test_a_merged_one_is_forwarded_where_it_goes_on(
    browser: Browser, desk: Desk, twice: tuple[int, int], round_the_clock: None
) -> None:
    first, second = twice
    await merge_tickets(first, second, by=desk.cast.jonas.id, now=LATER)
    await browser.log_in(desk.cast.jonas)
    assert f'action="/tickets/{second}/forwards"' in (await browser.get(f"/tickets/{first}/forwards/new")).text
    body = {"to": "werk@nordherd.example", "subject": "Rechnung 7", "text": "Bitte ansehen."}
    done = await browser.post(f"/tickets/{first}/forwards", body)
    assert done.headers["location"].startswith(f"/tickets/{second}?done=forwarded#message-")
    sent = await browser.api("POST", f"/tickets/{first}/forwards", body)
    assert sent.status_code == 201
    rows = await fetch("SELECT ticket FROM ticket_message WHERE kind = 'forward'")
    assert [row.ticket for row in rows] == [second, second]
