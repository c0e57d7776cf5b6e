"""Quality of conversation: a small sample by chance, a lead's feedback for the colleague alone, figures of the team only."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from crm.database import execute, fetch, fetch_value
from crm.errors import RuleBroken
from crm.improvement.quality.actions import draw_sample, forget_old_reviews, leave_out, rate
from crm.improvement.quality.figures import Aspect, aspects
from crm.interactions.actions import NewInteraction, log_interaction
from crm.interactions.tables import Channel, Direction
from crm.tickets.answering import reply
from crm.tickets.opening import NewTicket, open_ticket
from tests.browser import Browser
from tests.tickets.conftest import NOW, Desk, desk

__all__ = ["desk"]


async def write(desk: Desk, replies: int = 3) -> list[int]:
    """Ali answers some enquiries of Emre; Petra notes a call. The tickets."""
    tickets = []
    for number in range(replies):
        new = NewTicket(desk.emre, f"Rechnung {number}", "Wie kommt der Betrag zustande?", topic="billing")
        tickets.append((await open_ticket(new, by=desk.cast.petra.id, now=NOW)).id)
        await reply(tickets[-1], f"Antwort {number}: Der Betrag enthält die Montage.", by=desk.cast.ali.id, now=NOW)
    note = NewInteraction(
        desk.groessmann, Channel.PHONE, Direction.INBOUND, "Fragt nach einem Termin für das Aufmaß.", desk.anna
    )
    await log_interaction(note, by=desk.cast.petra.id, now=NOW)
    return tickets


async def drawn_of(user_id: int) -> list[int]:
    return [row.id for row in await fetch("SELECT id FROM quality_review WHERE agent = $1 ORDER BY id", user_id)]


async def test_a_sample_takes_some_of_everybody_and_nothing_twice(desk: Desk) -> None:
    await write(desk)
    eva = desk.cast.eva.id
    assert await draw_sample(2, by=eva, now=NOW) == 3
    assert len(await drawn_of(desk.cast.ali.id)) == 2
    assert len(await drawn_of(desk.cast.petra.id)) == 1
    assert await draw_sample(2, by=eva, now=NOW + timedelta(minutes=1)) == 1, "only one of Ali's was left"
    assert await draw_sample(2, by=eva, now=NOW + timedelta(minutes=2)) == 0
    assert await fetch_value("SELECT count(DISTINCT message) FROM quality_review WHERE message IS NOT NULL") == 3


async def test_nothing_old_short_automatic_or_hidden_and_nothing_of_ones_own(desk: Desk) -> None:
    tickets = await write(desk, 2)
    await reply(tickets[0], "Danke!", by=desk.cast.jonas.id, now=NOW)
    await reply(tickets[0], "Das habe ich selbst geschrieben und sehr lang.", by=desk.cast.eva.id, now=NOW)
    await execute("UPDATE customer SET restricted_at = $2 WHERE id = $1", desk.emre, NOW)
    assert await draw_sample(5, by=desk.cast.eva.id, now=NOW) == 1
    assert await drawn_of(desk.cast.petra.id)
    await execute("UPDATE customer SET restricted_at = NULL")
    assert await draw_sample(5, by=desk.cast.eva.id, now=NOW + timedelta(days=31)) == 0
    assert await draw_sample(5, by=desk.cast.eva.id, now=NOW) == 2


async def test_a_sample_that_nobody_looks_at_is_not_drawn_again(desk: Desk) -> None:
    await write(desk, 12)
    for minute in range(2):
        await draw_sample(5, by=desk.cast.eva.id, now=NOW + timedelta(minutes=minute))
    with pytest.raises(RuleBroken):
        await draw_sample(5, by=desk.cast.eva.id, now=NOW + timedelta(minutes=3))


async def test_eva_rates_ali_reads_it_and_nobody_else_does(browser: Browser, desk: Desk) -> None:
    await write(desk, 1)
    await browser.log_in(desk.cast.eva)
    assert "Gerade wartet nichts." in (await browser.get("/quality")).text
    assert (await browser.post("/quality/samples", {"each": "9"})).status_code == 422
    form = {"each": "1", "submission_id": "einmal"}
    for _click in range(2):
        assert (await browser.post("/quality/samples", form)).status_code == 303
    (alis,) = await drawn_of(desk.cast.ali.id)
    page = await browser.get("/quality")
    assert "Ali Demir" in page.text
    assert int(page.headers["x-sql-statements"]) <= 8
    shown = (await browser.get(f"/quality/{alis}")).text
    assert "Wie kommt der Betrag zustande?" in shown, "what the customer had asked"
    assert (await browser.post(f"/quality/{alis}", {"tone": "6"})).status_code == 422
    nothing = await browser.post(f"/quality/{alis}", {})
    assert nothing.status_code == 422
    assert "Bewerten Sie mindestens einen Punkt" in nothing.text
    rating = {
        "understanding": "5",
        "tone": "4",
        "solution": "",
        "language": "3",
        "feedback": "Sehr freundlich. Kürzere Sätze helfen.",
    }
    assert (await browser.post(f"/quality/{alis}", rating)).status_code == 303
    await browser.log_in(desk.cast.ali)
    assert "Rückmeldung für Sie" in (await browser.get("/notifications")).text
    mine = (await browser.get("/quality/mine")).text
    assert "Eine ist neu." in mine
    read = (await browser.get(f"/quality/mine/{alis}")).text
    assert "Kürzere Sätze helfen." in read
    assert "4 von 5" in read
    assert "Eine ist neu." not in (await browser.get("/quality/mine")).text
    for other in (desk.cast.petra, desk.cast.jonas, desk.cast.karin):
        await browser.log_in(other)
        assert (await browser.get(f"/quality/mine/{alis}")).status_code == 404
        assert (await browser.get(f"/quality/{alis}")).status_code in (403, 404)
        assert (await browser.post(f"/quality/{alis}", rating)).status_code in (403, 404)


async def test_what_was_left_out_or_is_ones_own_is_not_rated(desk: Desk) -> None:
    await write(desk, 1)
    await draw_sample(1, by=desk.cast.eva.id, now=NOW)
    (petras,) = await drawn_of(desk.cast.petra.id)
    (alis,) = await drawn_of(desk.cast.ali.id)
    for _click in range(2):
        await leave_out(petras, by=desk.cast.eva.id, now=NOW)
    with pytest.raises(RuleBroken):
        await rate(petras, {"tone": 3}, "", by=desk.cast.eva.id, now=NOW)
    with pytest.raises(RuleBroken):
        await rate(alis, {"tone": 3}, "", by=desk.cast.ali.id, now=NOW)
    for _again in range(2):
        await rate(alis, {"tone": 3}, "", by=desk.cast.eva.id, now=NOW)
    told = "SELECT count(*) FROM notification WHERE kind = 'quality_feedback'"
    assert await fetch_value(told) == 1


def test_figures_come_from_five_ratings_on() -> None:
    found = aspects({"tone": (20.0, 5), "solution": (12.0, 4)}, {"tone": (15.0, 5)})
    assert found[1] == Aspect("tone", 4.0, 5, 3.0)
    assert found[2] == Aspect("solution", None, 4, None)
    assert found[0] == Aspect("understanding", None, 0, None)


async def test_the_team_has_figures_and_old_ratings_go(browser: Browser, desk: Desk) -> None:
    await write(desk, 6)
    for minute in range(2):
        await draw_sample(3, by=desk.cast.eva.id, now=NOW + timedelta(minutes=minute))
    await browser.log_in(desk.cast.eva)
    waiting = (await browser.api("GET", "/quality/reviews")).json()
    assert len(waiting) == 7
    for one in waiting[:5]:
        rated = await browser.api("PUT", f"/quality/reviews/{one['id']}", {"tone": 4, "feedback": "Gut."})
        assert rated.json()["tone"] == 4
    assert (await browser.api("PUT", f"/quality/reviews/{waiting[0]['id']}", {"tone": 7})).status_code == 422
    tone = next(one for one in (await browser.api("GET", "/quality/team")).json() if one["aspect"] == "tone")
    assert (tone["mean"], tone["n"]) == (4.0, 5)
    assert "4,0" in (await browser.get("/quality")).text
    await browser.log_in(desk.cast.karin)
    assert (await browser.api("GET", "/quality/team")).status_code == 200
    assert (await browser.api("GET", "/quality/reviews")).status_code in (403, 404)
    rows: Any = await fetch("SELECT max(rated_at) AS at FROM quality_review")
    await forget_old_reviews(now=rows[0].at + timedelta(days=364))
    assert await fetch_value("SELECT count(*) FROM quality_review") == 5, "what nobody looked at is gone"
    await forget_old_reviews(now=rows[0].at + timedelta(days=366))
    assert await fetch_value("SELECT count(*) FROM quality_review") == 0
