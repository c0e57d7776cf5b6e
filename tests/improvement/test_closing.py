"""Each criticism ends in a measure or a reason."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from crm.database import execute, fetch_value
from crm.errors import NotFound, RuleBroken
from crm.improvement.actions import NewFeedback, delete_feedback, note_feedback
from crm.improvement.closing import close_criticism, reopen_criticism
from crm.improvement.measures.actions import answer_feedback, plan_measure
from crm.improvement.measures.rules import MeasureData
from crm.improvement.queries import State, feedback_page, open_criticism
from crm.improvement.tables import ClosureReason, ExpectationLevel, FeedbackKind
from crm.interactions.actions import NewInteraction, log_interaction
from crm.interactions.tables import Channel, Direction
from tests.browser import Browser
from tests.tickets.conftest import NOW, Desk, desk

__all__ = ["desk"]


async def point(
    desk: Desk, kind: FeedbackKind = FeedbackKind.CRITICISM, days: int = 0, text: str = "Zu lange gewartet."
) -> int:
    at = NOW - timedelta(days=days)
    call = NewInteraction(desk.groessmann, Channel.PHONE, Direction.INBOUND, text, desk.anna, touchpoint="hotline")
    contact = (await log_interaction(call, by=desk.cast.petra.id, now=at)).id
    return await note_feedback(NewFeedback(kind, contact), by=desk.cast.ali.id, now=at)


async def plan(desk: Desk, feedback_id: int) -> int:
    data = MeasureData(
        "Rückruf", "Alle werden zurückgerufen.", "", "csat", "", Decimal(4), 90, ExpectationLevel.BASIC, desk.cast.eva.id, NOW.date(), None
    )  # fmt: skip
    return await plan_measure(data, by=desk.cast.eva.id, now=NOW, feedback_id=feedback_id)


async def ids(state: State | str) -> list[int]:
    return [row.id for row in (await feedback_page(state=state)).rows]


async def test_what_waits_the_longest_stands_first_and_praise_waits_for_nothing(desk: Desk) -> None:
    young, old = await point(desk, days=1), await point(desk, days=9)
    praise = await point(desk, FeedbackKind.PRAISE)
    assert await ids(State.OPEN) == [old, young]
    assert await ids(State.REST) == [praise]
    assert await open_criticism() == 2
    first = await feedback_page(state=State.OPEN, limit=1)
    assert [row.id for row in (await feedback_page(state=State.OPEN, limit=1, before=first.next)).rows] == [young]
    await execute("UPDATE customer SET restricted_at = $2 WHERE id = $1", desk.groessmann, NOW)
    assert await open_criticism() == 0


async def test_ali_closes_with_a_reason_and_takes_it_back(desk: Desk) -> None:
    criticism = await point(desk)
    for _click in range(2):
        await close_criticism(criticism, ClosureReason.EXPLAINED, "Am Telefon.", by=desk.cast.ali.id, now=NOW)
    (row,) = (await feedback_page(state=State.REASON)).rows
    assert (row.closed_reason, row.closed_text, row.closed_at, row.closed_by_name) == (
        "explained",
        "Am Telefon.",
        NOW,
        "Ali Demir",
    )
    assert await fetch_value("SELECT count(*) FROM audit_entry WHERE action = 'feedback.closed'") == 1
    await close_criticism(criticism, ClosureReason.STAYS, "So gewollt.", by=desk.cast.eva.id, now=NOW)
    assert [one.closed_by_name for one in (await feedback_page(state=State.REASON)).rows] == ["Eva Kern"]
    for _click in range(2):
        await reopen_criticism(criticism, by=desk.cast.ali.id, now=NOW)
    assert await ids(State.OPEN) == [criticism]
    assert await fetch_value("SELECT count(*) FROM audit_entry WHERE action = 'feedback.reopened'") == 1


async def test_a_measure_answers_it_until_it_is_given_up(desk: Desk) -> None:
    criticism = await point(desk)
    measure = await plan(desk, criticism)
    await answer_feedback(await plan(desk, criticism), criticism, by=desk.cast.eva.id, now=NOW)
    assert await ids(State.MEASURE) == [criticism], "two measures don't make two lines"
    with pytest.raises(RuleBroken):
        await close_criticism(criticism, ClosureReason.KNOWN, "", by=desk.cast.ali.id, now=NOW)
    await execute("UPDATE measure SET status = 'dropped', drop_reason = 'Zu teuer', ended_at = $1", NOW)
    assert measure
    assert await ids(State.OPEN) == [criticism]
    await close_criticism(criticism, ClosureReason.KNOWN, "", by=desk.cast.ali.id, now=NOW)
    assert await ids(State.OPEN) == []


async def test_only_criticism_is_closed_and_what_is_taken_back_keeps_no_words(desk: Desk) -> None:
    praise, criticism = await point(desk, FeedbackKind.PRAISE), await point(desk)
    with pytest.raises(RuleBroken):
        await close_criticism(praise, ClosureReason.KNOWN, "", by=desk.cast.ali.id, now=NOW)
    await close_criticism(criticism, ClosureReason.OTHER, "Frau Größmann war müde.", by=desk.cast.ali.id, now=NOW)
    await delete_feedback(criticism, by=desk.cast.ali.id, now=NOW)
    assert await fetch_value("SELECT count(*) FROM feedback_closure") == 0
    with pytest.raises(NotFound):
        await close_criticism(criticism, ClosureReason.KNOWN, "", by=desk.cast.ali.id, now=NOW)


async def test_the_list_shows_what_waits_and_each_one_can_be_closed_there(browser: Browser, desk: Desk) -> None:
    criticism = await point(desk, days=3, text="Die Rechnung ist falsch.")
    await point(desk, FeedbackKind.PRAISE, text="Sehr freundlich.")
    await browser.log_in(desk.cast.ali)
    page = await browser.get("/feedback")
    assert page.text.index("Wartet auf eine Maßnahme oder einen Grund") < page.text.index("Alles andere")
    assert page.text.count("Die Rechnung ist falsch.") == 1
    assert "offen seit" in page.text
    assert int(page.headers["x-sql-statements"]) <= 9, page.headers["x-sql-statements"]
    form = await browser.get(f"/feedback/{criticism}/closure?from=list")
    assert "Die Rechnung ist falsch." in form.text
    at = f"/feedback/{criticism}/closure"
    assert (await browser.post(at, {})).status_code == 422
    refused = await browser.post(at, {"reason": "other", "text": " \x00 "})
    assert refused.status_code == 422
    assert "Schreiben Sie einen Satz" in refused.text
    assert (await browser.post(at, {"reason": "other", "text": "x" * 2_001})).status_code == 422
    closed = await browser.post(at, {"reason": "put_right", "text": "Neue Rechnung geschickt.", "from": "list"})
    assert closed.headers["location"] == "/feedback?done=closed"
    shown = (await browser.get("/feedback?outcome=reason")).text
    assert "Für diesen Kunden in Ordnung gebracht" in shown
    assert "Neue Rechnung geschickt." in shown
    assert "Keine Kritik ist offen." in (await browser.get("/feedback?outcome=open")).text
    assert (await browser.get("/feedback?outcome=nonsense")).status_code == 422
    assert (await browser.post(f"/feedback/{criticism}/reopening", {"from": "list"})).status_code == 303
    assert await open_criticism() == 1
    await browser.log_in(desk.cast.sven)
    assert (await browser.post(at, {"reason": "known"})).status_code == 403
    assert "Mit Grund abschließen" not in (await browser.get("/feedback")).text


async def test_the_same_over_the_api(browser: Browser, desk: Desk) -> None:
    criticism = await point(desk)
    await browser.log_in(desk.cast.ali)
    waiting = (await browser.api("GET", "/feedback?outcome=open")).json()["items"]
    assert [(one["id"], one["is_open"]) for one in waiting] == [(criticism, True)]
    at = f"/feedback/{criticism}/closure"
    assert (await browser.api("PUT", at, {"reason": "stays"})).status_code == 422
    closed = (await browser.api("PUT", at, {"reason": "stays", "text": "So gewollt."})).json()
    assert (closed["is_open"], closed["closed_reason"], closed["closed_by"]) == (False, "stays", "Ali Demir")
    assert (await browser.api("DELETE", at)).status_code == 204
    assert (await browser.api("GET", f"/feedback/{criticism}")).json()["is_open"] is True
