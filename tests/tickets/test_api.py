"""Enquiries over the API: the contract, and what bad input gets."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser import Browser
from tests.tickets.conftest import Desk

pytestmark = pytest.mark.usefixtures("round_the_clock")


async def opened(browser: Browser, desk: Desk, **more: Any) -> dict[str, Any]:
    body = {"customer_id": desk.groessmann, "subject": "Rechnung", "text": "Position 7?", "topic": "billing", **more}
    answer = await browser.api("POST", "/tickets", body)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_a_ticket_comes_back_routed_promised_and_explained(browser: Browser, desk: Desk) -> None:
    await browser.log_in(desk.cast.ali)
    ticket = await opened(browser, desk)
    assert ticket["status"] == "new"
    assert ticket["required_level"] == 2
    assert ticket["assignee"] == {"id": desk.cast.jonas.id, "name": "Jonas Beck", "email": "jonas@kuechen.example"}
    verdicts = {one["id"]: one["verdict"] for one in ticket["decision"]["candidates"]}
    assert verdicts == {desk.cast.jonas.id: "chosen", desk.cast.mia.id: "eligible", desk.cast.ali.id: "dropped"}
    assert {"topic", "service_level"} <= {one["code"] for one in ticket["decision"]["reasons"]}
    assert ticket["first_response_due_at"] < ticket["solution_due_at"]
    assert (await browser.api("GET", f"/tickets/{ticket['id']}")).json() == ticket


async def test_topic_and_priority_are_optional(browser: Browser, desk: Desk) -> None:
    await browser.log_in(desk.cast.ali)
    answer = await browser.api(
        "POST", "/tickets", {"customer_id": desk.emre, "subject": "Frage", "text": "Wann haben Sie offen?"}
    )
    assert answer.status_code == 201
    assert answer.json()["topic"] == "general"
    assert answer.json()["priority"] == "normal"


async def test_opening_takes_few_statements_where_nothing_is_named(browser: Browser, desk: Desk) -> None:
    """Who is asking, what is known, who could have it, all that is written, and the news for whoever got it."""
    await browser.log_in(desk.cast.ali)
    await opened(browser, desk)  # the first use of a token is noted
    body = {"customer_id": desk.groessmann, "subject": "Rechnung", "text": "Position 7?", "topic": "billing"}
    answer = await browser.api("POST", "/tickets", body)
    assert answer.json()["assignee"]
    assert int(answer.headers["x-sql-statements"]) <= 5


async def test_messages_notes_escalation_closure_and_reopening(browser: Browser, desk: Desk) -> None:
    await browser.log_in(desk.cast.jonas)
    number = (await opened(browser, desk))["id"]
    note = await browser.api("POST", f"/tickets/{number}/messages", {"text": "Bitte prüfen.", "internal": True})
    assert note.status_code == 201
    assert note.json()["kind"] == "note"
    answer = await browser.api("POST", f"/tickets/{number}/messages", {"text": "Ich schaue nach."})
    assert answer.json()["kind"] == "reply"
    assert answer.json()["mail_status"] == "queued"
    inbound = await browser.api("POST", f"/tickets/{number}/messages", {"text": "Danke.", "direction": "inbound"})
    assert inbound.json()["kind"] == "inbound"
    up = await browser.api("POST", f"/tickets/{number}/escalations", {"tried": "Lieferschein geprüft."})
    assert up.status_code == 201
    assert up.json()["required_level"] == 3
    assert up.json()["assignee"]["name"] == "Mia Roth"
    closed = await browser.api("POST", f"/tickets/{number}/closure", {"cause": "unclear_invoice"})
    assert closed.status_code == 201
    assert closed.json()["status"] == "solved"
    assert closed.json()["solved_at"]
    assert (await browser.api("POST", f"/tickets/{number}/closure")).status_code == 422
    again = await browser.api("DELETE", f"/tickets/{number}/closure")
    assert again.status_code == 200
    assert again.json()["status"] == "open"
    assert again.json()["solved_at"] is None


async def test_an_idempotency_key_opens_one_ticket(browser: Browser, desk: Desk) -> None:
    await browser.log_in(desk.cast.ali)
    body = {"customer_id": desk.groessmann, "subject": "Rechnung", "text": "?", "topic": "billing"}
    first = await browser.api("POST", "/tickets", body, **{"idempotency-key": "k1"})
    second = await browser.api("POST", "/tickets", body, **{"idempotency-key": "k1"})
    assert first.json()["id"] == second.json()["id"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"topic": "nonsense"}, "topic"), ({"priority": "sofort"}, ""), ({"subject": "  "}, "subject"), ({"subject": "x" * 301}, "subject"),
        ({"channel": "telepathy"}, "channel"), ({"customer_id": 2**70}, ""), ({"person_id": 999_999}, "person_id"),
        ({"kind": "rant"}, ""), ({"unknown": 1}, ""),
    ],
)  # fmt: skip
async def test_what_does_not_fit_is_refused_with_its_field(
    browser: Browser, desk: Desk, change: dict[str, Any], field: str
) -> None:
    await browser.log_in(desk.cast.ali)
    answer = await browser.api(
        "POST", "/tickets", {"customer_id": desk.groessmann, "subject": "Rechnung", "text": "?", **change}
    )
    assert answer.status_code in (400, 422), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    if field:
        assert answer.status_code == 422
        assert field in answer.json()["errors"]


async def test_a_customer_who_is_not_there_is_404(browser: Browser, desk: Desk) -> None:
    await browser.log_in(desk.cast.ali)
    assert (
        await browser.api("POST", "/tickets", {"customer_id": 999_999, "subject": "x", "text": "y"})
    ).status_code == 404


@pytest.mark.parametrize("text", ["null\x00byte", "\x1b[31m", "😀" * 1000, "'; DROP TABLE ticket; --"])
async def test_any_text_is_only_text(browser: Browser, desk: Desk, text: str) -> None:
    await browser.log_in(desk.cast.ali)
    ticket = await opened(browser, desk, text=text)
    shown = (await browser.api("GET", f"/tickets/{ticket['id']}")).json()["messages"][0]["text"]
    assert shown == text.replace("\x00", "")


async def test_a_lone_surrogate_is_refused(browser: Browser, desk: Desk) -> None:
    await browser.log_in(desk.cast.ali)
    body = f'{{"customer_id": {desk.groessmann}, "subject": "Rechnung \\ud800", "text": "?"}}'
    headers = {"authorization": f"Bearer {browser.token}", "content-type": "application/json"}
    answer = await browser.client.post("/api/v1/tickets", content=body, headers=headers)
    assert answer.status_code in (400, 422)


async def test_the_list_pages_through_everything_once(browser: Browser, desk: Desk) -> None:
    await browser.log_in(desk.cast.ali)
    made = {(await opened(browser, desk, subject=f"Frage {n}"))["id"] for n in range(5)}
    seen: list[int] = []
    cursor = ""
    while cursor is not None:
        page = (await browser.api("GET", f"/tickets?limit=2&cursor={cursor}")).json()
        seen += [item["id"] for item in page["items"]]
        cursor = page["next"]
    assert seen == sorted(made, reverse=True)
    mine = (await browser.api("GET", f"/tickets?assignee={desk.cast.mia.id}&status=new")).json()["items"]
    assert all(item["assignee_id"] == desk.cast.mia.id for item in mine)
    for wrong in ("status=nonsense", "limit=0", "limit=501", "cursor=nonsense", f"assignee={2**70}", "assignee=0"):
        assert (await browser.api("GET", f"/tickets?{wrong}")).status_code == 422, wrong


async def test_a_stranger_gets_401_and_a_manager_403(browser: Browser, desk: Desk) -> None:
    assert (await browser.client.get("/api/v1/tickets")).status_code == 401
    await browser.log_in(desk.cast.karin)
    assert (
        await browser.api("POST", "/tickets", {"customer_id": desk.groessmann, "subject": "x", "text": "y"})
    ).status_code == 403
