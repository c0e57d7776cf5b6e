"""Absences: what cannot wait until somebody is back goes to their deputy or to whom routing chooses, and stays there."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import msgspec
import pytest

from crm.accounts.tables import User
from crm.database import execute, fetch, fetch_one, fetch_value
from crm.errors import Invalid
from crm.tickets import standing_in
from crm.tickets.answering import receive_message
from crm.tickets.assigning import Choice, assign_ticket, choose_agent
from crm.tickets.competences import set_absence
from crm.tickets.gathering import Case
from crm.tickets.locking import take_routing_lock
from crm.tickets.opening import NewTicket, open_ticket
from crm.tickets.routing import Decision, replay
from crm.tickets.standing_in import pass_on_from_absent, passed_on_unseen
from crm.tickets.statuses import resume_postponed, set_status
from crm.tickets.tables import TicketStatus
from tests.browser import Browser
from tests.tickets.conftest import NOW, Desk, value_of

MINUTE = timedelta(minutes=1)
WEEK = timedelta(days=7)


async def given_to(desk: Desk, user: User, topic: str = "general") -> int:
    """An enquiry of Emre's that this agent has."""
    number = (await open_ticket(NewTicket(desk.emre, "Fugenfarbe", "?", topic=topic), by=desk.cast.ali.id, now=NOW)).id
    await execute("UPDATE ticket SET assignee = $2 WHERE id = $1", number, user.id)
    return number


async def away(desk: Desk, user: User, until: datetime | None = NOW + WEEK, deputy: User | None = None) -> None:
    await set_absence(
        user.id, NOW, until, deputy_id=deputy.id if deputy else None, by=desk.cast.eva.id, now=NOW
    )  # fmt: skip


async def latest(ticket_id: int) -> Decision:
    row = await fetch_one(
        "SELECT occasion, facts::text AS facts, decision::text AS decision FROM routing_decision WHERE ticket = $1 "
        "ORDER BY id DESC LIMIT 1",
        ticket_id,
    )
    assert row is not None
    assert row.occasion == "absence"
    decision = msgspec.json.decode(row.decision, type=Decision)
    assert replay(msgspec.json.decode(row.facts)) == decision, "it can be replayed"
    return decision


async def test_the_deputy_gets_it_before_everybody_else_and_the_decision_says_so(desk: Desk) -> None:
    number = await given_to(desk, desk.cast.ali)
    await away(desk, desk.cast.ali, deputy=desk.cast.mia)
    assert await pass_on_from_absent(now=NOW) == 1
    assert await value_of(number, "assignee") == desk.cast.mia.id, "by level Jonas would have had it"
    decision = await latest(number)
    assert [reason.code for reason in decision.reasons] == ["stand_in", "case"]
    assert decision.candidates[0].knows_case == "deputy"
    assert await pass_on_from_absent(now=NOW + MINUTE) == 0, "twice changes nothing"
    assert len(await fetch("SELECT 1 FROM stand_in WHERE ticket = $1", number)) == 1


@pytest.mark.parametrize("lack", ["level", "full", "absent"])
async def test_a_deputy_who_cannot_have_it_is_passed_over(desk: Desk, lack: str) -> None:
    number = await given_to(desk, desk.cast.jonas)
    if lack == "level":
        await execute("UPDATE topic SET level = 2, first_contact_level = 2 WHERE code = 'general'")
    elif lack == "full":
        await execute('UPDATE agent_profile SET capacity = 0 WHERE "user" = $1', desk.cast.ali.id)
    else:
        await execute('UPDATE agent_profile SET absent_from = $2 WHERE "user" = $1', desk.cast.ali.id, NOW)
    await away(desk, desk.cast.jonas, deputy=desk.cast.ali)
    await pass_on_from_absent(now=NOW)
    assert await value_of(number, "assignee") == desk.cast.mia.id
    assert next(one.drops for one in (await latest(number)).candidates if one.id == desk.cast.ali.id) == (lack,)


async def test_the_deputy_of_the_customer_stands_in_for_its_owner(desk: Desk) -> None:
    number = await given_to(desk, desk.cast.ali)
    await execute(
        "UPDATE customer SET owner = $2, deputy = $3 WHERE id = $1", desk.emre, desk.cast.ali.id, desk.cast.mia.id
    )
    await away(desk, desk.cast.ali)
    await pass_on_from_absent(now=NOW)
    assert await value_of(number, "assignee") == desk.cast.mia.id


async def test_what_is_due_after_the_return_stays(desk: Desk) -> None:
    number = await given_to(desk, desk.cast.ali)
    due = await fetch_value("SELECT least(first_response_due_at, solution_due_at) FROM ticket WHERE id = $1", number)
    await away(desk, desk.cast.ali, until=due - MINUTE)
    assert await pass_on_from_absent(now=NOW) == 0
    await away(desk, desk.cast.ali, until=due)
    assert await pass_on_from_absent(now=NOW) == 1, "due at the very moment of the return needs somebody before"


async def test_a_planned_absence_takes_nothing_before_it_begins(desk: Desk) -> None:
    number = await given_to(desk, desk.cast.ali)
    await set_absence(desk.cast.ali.id, NOW + timedelta(hours=1), None, by=desk.cast.eva.id, now=NOW)
    assert await pass_on_from_absent(now=NOW) == 0
    assert await pass_on_from_absent(now=NOW + timedelta(hours=1)) == 1
    assert await value_of(number, "assignee") != desk.cast.ali.id


@pytest.mark.parametrize("status", [TicketStatus.WAITING, TicketStatus.POSTPONED])
async def test_what_rests_stays_until_it_wakes(desk: Desk, status: TicketStatus) -> None:
    number = await given_to(desk, desk.cast.ali)
    later = NOW + timedelta(hours=2)
    await set_status(
        number, status, by=desk.cast.ali.id, now=NOW, until=later if status == TicketStatus.POSTPONED else None
    )
    await away(desk, desk.cast.ali)
    assert await pass_on_from_absent(now=NOW) == 0
    if status == TicketStatus.WAITING:
        await receive_message(number, "Und jetzt?", channel="email", by=None, now=later)
    else:
        await resume_postponed(now=later)
    assert await pass_on_from_absent(now=later) == 1
    assert await value_of(number, "assignee") != desk.cast.ali.id


async def test_at_night_nothing_moves_and_by_day_what_nobody_can_have_waits_in_its_queue(desk: Desk) -> None:
    number = await given_to(desk, desk.cast.ali)
    await away(desk, desk.cast.ali)
    await execute('UPDATE agent_profile SET capacity = 0 WHERE "user" <> $1', desk.cast.ali.id)
    night = NOW + timedelta(hours=14)
    assert await pass_on_from_absent(now=night) == 0
    assert await value_of(number, "assignee") == desk.cast.ali.id
    assert await pass_on_from_absent(now=NOW + timedelta(hours=1)) == 1
    assert await value_of(number, "assignee") is None
    kinds = {row.kind for row in await fetch('SELECT kind FROM notification WHERE "user" = $1', desk.cast.eva.id)}
    assert {"ticket_waiting_unrouted", "enquiries_passed_on"} <= kinds, "the lead hears of it"


async def test_at_night_nobody_waits_for_the_routing_lock_and_a_kind_is_asked_about_once(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _number in range(3):
        await given_to(desk, desk.cast.ali)
    await away(desk, desk.cast.ali)
    locks, asked = [], []

    async def lock() -> None:
        locks.append(1)
        await take_routing_lock()

    async def choose(case: Case, now: datetime) -> Choice:
        asked.append(case.ticket_id)
        return await choose_agent(case, now)

    monkeypatch.setattr(standing_in, "take_routing_lock", lock)
    monkeypatch.setattr(standing_in, "choose_agent", choose)
    assert await pass_on_from_absent(now=NOW + timedelta(hours=14)) == 0
    assert (len(locks), len(asked)) == (0, 1)
    assert await pass_on_from_absent(now=NOW + timedelta(hours=24)) == 3


async def test_what_somebody_gave_away_tells_nothing_of_others_of_its_kind(desk: Desk) -> None:
    first, second = await given_to(desk, desk.cast.ali), await given_to(desk, desk.cast.ali)
    await away(desk, desk.cast.ali)
    for weekday in range(7):
        await execute(
            'INSERT INTO agent_hours ("user", weekday, starts, ends) VALUES ($1, $2, $3, $4)',
            desk.cast.jonas.id, weekday, time(0), time(23, 59),
        )  # fmt: skip
    await execute(
        "INSERT INTO escalation (ticket, by_user, at, tried, is_back) VALUES ($1, $2, $3, $4, false)",
        first, desk.cast.jonas.id, NOW, "Gefragt",
    )  # fmt: skip
    assert await pass_on_from_absent(now=NOW + timedelta(hours=14)) == 1
    assert await value_of(first, "assignee") == desk.cast.ali.id
    assert await value_of(second, "assignee") == desk.cast.jonas.id


async def test_whoever_hands_something_to_the_absent_on_purpose_is_not_overruled(desk: Desk) -> None:
    number = await given_to(desk, desk.cast.jonas)
    await away(desk, desk.cast.ali)
    await assign_ticket(number, desk.cast.ali.id, by=desk.cast.eva.id, now=NOW + MINUTE)
    assert await pass_on_from_absent(now=NOW + 2 * MINUTE) == 0
    assert await value_of(number, "assignee") == desk.cast.ali.id


async def test_nothing_of_a_restricted_customer_is_passed_on(desk: Desk) -> None:
    await given_to(desk, desk.cast.ali)
    await execute("UPDATE customer SET restricted_at = $2 WHERE id = $1", desk.emre, NOW)
    await away(desk, desk.cast.ali)
    assert await pass_on_from_absent(now=NOW) == 0


async def test_back_again_ali_reads_what_was_passed_on_and_nothing_is_torn_away(desk: Desk, browser: Browser) -> None:
    number = await given_to(desk, desk.cast.ali)
    await away(desk, desk.cast.ali, deputy=desk.cast.jonas)
    await pass_on_from_absent(now=NOW)
    await set_absence(desk.cast.ali.id, None, None, by=desk.cast.ali.id, now=NOW + WEEK)
    await pass_on_from_absent(now=NOW + WEEK)
    assert await value_of(number, "assignee") == desk.cast.jonas.id, "it stays with who took over"
    await browser.log_in(desk.cast.ali)
    for address in ("/", "/competences/me"):
        page = (await browser.get(address)).text
        assert "Während Ihrer Abwesenheit weitergegeben" in page
        assert "Jonas Beck" in page
    listed = (await passed_on_unseen(desk.cast.ali.id))[0].id
    assert (await browser.post("/competences/me/passed-on", {"up_to": str(listed), "back": "today"})).status_code == 303
    assert "Während Ihrer Abwesenheit" not in (await browser.get("/")).text
    await browser.log_in(desk.cast.eva)
    assert "Fugenfarbe" in (await browser.get(f"/competences/agents/{desk.cast.ali.id}")).text, "the lead sees it"
    ticket = (await browser.get(f"/tickets/{number}")).text
    assert "Vertretung" in ticket


async def test_nobody_is_their_own_deputy_nor_is_who_gets_no_enquiries(desk: Desk) -> None:
    for wrong in (desk.cast.ali, desk.cast.petra):
        with pytest.raises(Invalid):
            await away(desk, desk.cast.ali, deputy=wrong)


async def test_the_lead_plans_an_absence_over_the_api(desk: Desk, browser: Browser) -> None:
    await browser.log_in(desk.cast.eva)
    where = f"/agents/{desk.cast.ali.id}"
    body = {"absent": True, "end": "2098-12-24T00:00:00Z", "deputy_id": desk.cast.mia.id}
    answer = await browser.api("PUT", f"{where}/absence", json=body)
    assert answer.status_code == 200, answer.text
    assert answer.json()["is_absent"]
    assert answer.json()["deputy_id"] == desk.cast.mia.id
    assert (await browser.api("PUT", f"{where}/absence", json={**body, "end": "2001-01-01T00:00:00Z"})).status_code in (
        400,
        422,
    )
    assert (await browser.api("GET", f"{where}/passed-on")).json() == []
    await browser.log_in(desk.cast.ali)
    assert (await browser.api("PUT", f"{where}/absence", json=body)).status_code == 403
    assert not (await browser.api("PUT", "/agents/me/absence", json={"absent": False})).json()["is_absent"]
