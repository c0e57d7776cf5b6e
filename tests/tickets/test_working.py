"""What happens to an enquiry: who gets it, when it is due, what answering, waiting, escalating and solving do to it."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from crm.accounts.company import signing_secret
from crm.database import execute, fetch, fetch_one, fetch_value
from crm.errors import Conflict, Invalid, RuleBroken
from crm.service_levels.tables import Priority
from crm.tickets.answering import answer_by_phone, receive_message, reply
from crm.tickets.assigning import assign_ticket, offer_waiting_tickets
from crm.tickets.changing import TicketFacts, change_ticket, follow_service_level
from crm.tickets.closing import close_ticket, reopen_ticket
from crm.tickets.escalating import escalate
from crm.tickets.opening import NewTicket, open_ticket
from crm.tickets.references import reference_of
from crm.tickets.routing import replay
from crm.tickets.statuses import resume_postponed, set_status
from crm.tickets.tables import TicketKind, TicketStatus
from crm.tickets.watching import sweep_promises
from tests.tickets.conftest import NOW, Desk, value_of

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


async def ask(desk: Desk, now=NOW, **fields: object) -> int:
    wanted = {
        "customer_id": desk.groessmann,
        "subject": "Rechnung",
        "text": "Position 7?",
        "topic": "billing",
        "person_id": desk.anna,
    }
    return (await open_ticket(NewTicket(**{**wanted, **fields}), by=desk.cast.ali.id, now=now)).id


async def test_second_level_agent_receives_the_first_billing_question_of_a_gold_customer(desk: Desk) -> None:
    ticket = await ask(desk)
    assert await value_of(ticket, "assignee") == desk.cast.jonas.id
    assert await value_of(ticket, "required_level") == 2


async def test_a_later_question_on_the_topic_is_no_first_contact_and_goes_to_whom_knows_the_case(desk: Desk) -> None:
    await ask(desk)
    ticket = await ask(desk, now=NOW + HOUR)
    assert not await value_of(ticket, "is_first_contact")
    assert await value_of(ticket, "required_level") == 1
    assert await value_of(ticket, "assignee") == desk.cast.jonas.id


async def test_a_complaint_about_an_invoice_reaches_the_expert(desk: Desk) -> None:
    ticket = await ask(desk, kind=TicketKind.COMPLAINT)
    assert await value_of(ticket, "assignee") == desk.cast.mia.id


async def test_whom_nobody_can_answer_waits_and_the_lead_is_told(desk: Desk) -> None:
    ticket = await ask(desk, topic="contract")
    assert await value_of(ticket, "assignee") is None
    told = await fetch('SELECT kind FROM notification WHERE "user" = $1', desk.cast.eva.id)
    assert [row.kind for row in told] == ["ticket_waiting_unrouted"]


async def test_waiting_is_over_as_soon_as_somebody_can_do_it(desk: Desk) -> None:
    ticket = await ask(desk, topic="contract")
    assert await offer_waiting_tickets(now=NOW + HOUR) == 0
    await execute(
        "INSERT INTO competence (\"user\", topic, level) SELECT $1, id, 3 FROM topic WHERE code = 'contract'",
        desk.cast.mia.id,
    )
    assert await offer_waiting_tickets(now=NOW + HOUR) == 1
    assert await value_of(ticket, "assignee") == desk.cast.mia.id


async def test_the_stored_decision_gives_the_same_agent_when_it_is_replayed(desk: Desk) -> None:
    ticket = await ask(desk)
    await escalate(ticket, "Alles versucht.", by=desk.cast.jonas.id, now=NOW + HOUR)
    rows = await fetch(
        "SELECT facts::text AS facts, assignee_id FROM routing_decision WHERE ticket = $1 ORDER BY id", ticket
    )
    assert [replay(msgspec.json.decode(row.facts)).assignee_id for row in rows] == [row.assignee_id for row in rows]
    assert [row.assignee_id for row in rows] == [desk.cast.jonas.id, desk.cast.mia.id]


async def test_the_promise_is_copied_with_its_due_times(desk: Desk) -> None:
    ticket = await ask(
        desk
    )  # Monday 10:00 in Nuremberg; Gold: 60 min to the first answer, 8 h to the solution, open till 18:00
    assert await value_of(ticket, "first_response_due_at") == NOW + HOUR
    assert await value_of(ticket, "solution_due_at") == NOW + timedelta(hours=8)


async def test_the_history_and_the_figures_know_the_enquiry(desk: Desk) -> None:
    ticket = await ask(desk)
    line = await fetch_one(
        "SELECT title, detail::text AS detail FROM timeline_entry WHERE kind = 'ticket' AND ref_id = $1", ticket
    )
    assert line
    assert line.title == "Rechnung"
    detail = msgspec.json.decode(line.detail)
    assert (detail["status"], detail["level"], detail["assignee_name"]) == ("new", 2, "Jonas Beck")
    assert await fetch_value("SELECT open_tickets FROM customer_figures WHERE customer = $1", desk.groessmann) == 1


async def test_an_answer_keeps_the_first_promise_once_and_for_all(desk: Desk) -> None:
    ticket = await ask(desk)
    await reply(ticket, "Ich schaue nach.", by=desk.cast.jonas.id, now=NOW + 20 * MINUTE)
    await reply(ticket, "Gefunden.", by=desk.cast.jonas.id, now=NOW + 50 * MINUTE)
    assert await value_of(ticket, "first_responded_at") == NOW + 20 * MINUTE
    assert await value_of(ticket, "first_response_due_at") == NOW + HOUR
    assert await value_of(ticket, "status") == "open"


async def test_an_answer_goes_to_the_person_and_names_the_number(desk: Desk) -> None:
    ticket = await ask(desk)
    written = await reply(ticket, "Ich schaue nach.", by=desk.cast.jonas.id, now=NOW)
    mail = await fetch_one(
        "SELECT to_address, subject, text, status, purpose FROM outbox_message WHERE id = $1", written.outbox_id
    )
    assert mail
    assert (mail.to_address, mail.status, mail.purpose) == ("anna@groessmann.example", "queued", "service")
    assert mail.subject == f"Re: Rechnung {reference_of(ticket, await signing_secret())}"
    assert "Ich schaue nach." in mail.text
    assert "Jonas Beck" in mail.text


async def test_without_an_address_the_answer_is_kept_and_nothing_is_sent(desk: Desk) -> None:
    ticket = await ask(desk, customer_id=desk.emre, person_id=desk.emre_person)
    written = await reply(ticket, "Wir rufen an.", by=desk.cast.ali.id, now=NOW)
    assert written.outbox_id is None
    assert await fetch_value("SELECT channel FROM ticket_message WHERE id = $1", written.message_id) == "phone"


async def test_a_call_logged_on_the_enquiry_is_a_first_response(desk: Desk) -> None:
    ticket = await ask(desk)
    await answer_by_phone(ticket, at=NOW + 5 * MINUTE, by=desk.cast.jonas.id, now=NOW + 30 * MINUTE)
    assert await value_of(ticket, "first_responded_at") == NOW + 5 * MINUTE


async def test_the_clocks_stand_still_while_we_wait_for_the_customer(desk: Desk) -> None:
    ticket = await ask(desk)
    await reply(ticket, "Welcher Lieferschein?", by=desk.cast.jonas.id, now=NOW + HOUR, wait=True)
    assert await value_of(ticket, "status") == "waiting"
    assert await value_of(ticket, "solution_due_at") is None
    await receive_message(ticket, "Der vom Freitag.", by=None, now=NOW + 3 * HOUR)
    assert await value_of(ticket, "status") == "open"
    # 8 hours, of which 2 stood still: the day ends at 18:00 with 2 hours left, so Tuesday at 10:00
    assert await value_of(ticket, "solution_due_at") == NOW + timedelta(days=1)


async def test_the_next_response_is_due_from_the_first_message_that_is_unanswered(desk: Desk) -> None:
    ticket = await ask(desk)
    await reply(ticket, "Ich schaue nach.", by=desk.cast.jonas.id, now=NOW)
    assert await value_of(ticket, "next_response_due_at") is None
    await receive_message(ticket, "Und?", by=None, now=NOW)
    await receive_message(ticket, "Hallo?", by=None, now=NOW + HOUR)
    due = await value_of(ticket, "next_response_due_at")
    assert due is not None
    assert abs(due - (NOW + 2 * HOUR)) < timedelta(milliseconds=1)
    await reply(ticket, "Gefunden.", by=desk.cast.jonas.id, now=NOW + 2 * HOUR)
    assert await value_of(ticket, "next_response_due_at") is None


async def test_what_was_put_back_returns_at_its_time(desk: Desk) -> None:
    ticket = await ask(desk)
    with pytest.raises(Invalid):
        await set_status(ticket, TicketStatus.POSTPONED, by=desk.cast.jonas.id, now=NOW, until=NOW - HOUR)
    await set_status(ticket, TicketStatus.POSTPONED, by=desk.cast.jonas.id, now=NOW, until=NOW + HOUR)
    assert await resume_postponed(now=NOW + 59 * MINUTE) == 0
    assert await resume_postponed(now=NOW + HOUR) == 1
    assert await value_of(ticket, "status") == "open"


async def test_escalating_raises_the_level_and_never_comes_back_to_whom_gave_it_up(desk: Desk) -> None:
    ticket = await ask(desk)
    await escalate(ticket, "Lieferschein geprüft.", by=desk.cast.jonas.id, now=NOW + HOUR)
    assert await value_of(ticket, "assignee") == desk.cast.mia.id
    assert await value_of(ticket, "required_level") == 3
    with pytest.raises(RuleBroken):
        await escalate(ticket, "Weiß auch nicht.", by=desk.cast.mia.id, now=NOW + HOUR)


async def test_who_could_do_the_next_level_but_gives_it_up_does_not_get_it_back(desk: Desk) -> None:
    ticket = await ask(desk, topic="general", customer_id=desk.emre, person_id=None)
    await assign_ticket(ticket, desk.cast.jonas.id, by=desk.cast.ali.id, now=NOW)
    await escalate(ticket, "Nicht mein Gebiet.", by=desk.cast.jonas.id, now=NOW + HOUR)
    assert await value_of(ticket, "required_level") == 2
    assert await value_of(ticket, "assignee") == desk.cast.mia.id


async def test_escalating_demands_a_word_about_what_was_tried(desk: Desk) -> None:
    ticket = await ask(desk)
    with pytest.raises(Invalid):
        await escalate(ticket, "  ", by=desk.cast.jonas.id, now=NOW)


async def test_by_hand_a_lower_level_may_take_it(desk: Desk) -> None:
    ticket = await ask(desk)
    await assign_ticket(ticket, desk.cast.ali.id, by=desk.cast.ali.id, now=NOW)
    assert await value_of(ticket, "assignee") == desk.cast.ali.id
    with pytest.raises(RuleBroken):
        await assign_ticket(ticket, desk.cast.karin.id, by=desk.cast.ali.id, now=NOW)


async def test_solving_frees_the_agent_and_reopening_goes_back_to_them(desk: Desk) -> None:
    ticket = await ask(desk)
    await close_ticket(ticket, "unclear_invoice", by=desk.cast.jonas.id, now=NOW + 2 * HOUR)
    assert await fetch_value("SELECT open_tickets FROM customer_figures WHERE customer = $1", desk.groessmann) == 0
    with pytest.raises(RuleBroken):
        await reply(ticket, "Noch etwas.", by=desk.cast.jonas.id, now=NOW + 2 * HOUR)
    await reopen_ticket(ticket, by=desk.cast.ali.id, now=NOW + 4 * HOUR)
    assert await value_of(ticket, "assignee") == desk.cast.jonas.id
    # the solution clock goes on: 2 of 8 hours were used, 4 are left of the day, so Tuesday at 10:00
    assert await value_of(ticket, "solution_due_at") == NOW + timedelta(days=1)
    assert await fetch_value("SELECT open_tickets FROM customer_figures WHERE customer = $1", desk.groessmann) == 1


async def test_reopened_while_the_agent_is_away_it_is_routed(desk: Desk) -> None:
    ticket = await ask(desk)
    await close_ticket(ticket, "", by=desk.cast.jonas.id, now=NOW + HOUR)
    await execute('UPDATE agent_profile SET absent_from = $2 WHERE "user" = $1', desk.cast.jonas.id, NOW)
    await receive_message(ticket, "Doch nicht gelöst.", by=None, now=NOW + 2 * HOUR)
    assert await value_of(ticket, "status") == "open"
    assert await value_of(ticket, "assignee") == desk.cast.mia.id


async def test_an_unknown_cause_is_refused(desk: Desk) -> None:
    with pytest.raises(Invalid):
        await close_ticket(await ask(desk), "bad_luck", by=desk.cast.jonas.id, now=NOW)


def as_said(**changes: object) -> TicketFacts:
    facts = {
        "subject": "Rechnung",
        "topic": "billing",
        "kind": TicketKind.QUESTION,
        "priority": Priority.NORMAL,
        "is_moment_of_truth": False,
    }
    return TicketFacts(**{**facts, **changes})  # type: ignore[arg-type]


async def test_an_urgent_priority_counts_from_the_beginning_and_what_it_overtakes_is_due_now(desk: Desk) -> None:
    ticket = await ask(desk)
    later = NOW + 30 * MINUTE
    await change_ticket(ticket, as_said(priority=Priority.URGENT), None, by=desk.cast.jonas.id, now=later)
    assert (
        await value_of(ticket, "first_response_due_at") == later
    )  # 15 minutes would have been over: due now, no breach
    assert await value_of(ticket, "is_recalculated")
    assert await value_of(ticket, "solution_due_at") == NOW + 2 * HOUR
    await sweep_promises(now=later + MINUTE)
    assert await value_of(ticket, "first_breached_at") is None
    assert await value_of(ticket, "first_warned_at") is not None


async def test_a_moment_of_truth_found_out_later_takes_it_to_a_higher_level(desk: Desk) -> None:
    ticket = await ask(desk)
    await change_ticket(ticket, as_said(is_moment_of_truth=True), None, by=desk.cast.jonas.id, now=NOW)
    assert await value_of(ticket, "required_level") == 3
    assert await value_of(ticket, "assignee") == desk.cast.mia.id


async def test_two_who_correct_the_same_enquiry_see_both_versions(desk: Desk) -> None:
    ticket = await ask(desk)
    version = await value_of(ticket, "version")
    await change_ticket(ticket, as_said(subject="Rechnung 0418"), version, by=desk.cast.jonas.id, now=NOW)  # type: ignore[arg-type]
    with pytest.raises(Conflict) as conflict:
        await change_ticket(ticket, as_said(subject="Rechnung Mai"), version, by=desk.cast.ali.id, now=NOW)  # type: ignore[arg-type]
    assert [(d.field, d.theirs, d.mine) for d in conflict.value.differences] == [
        ("subject", "Rechnung 0418", "Rechnung Mai")
    ]


async def test_a_new_service_level_of_the_customer_holds_for_open_enquiries(desk: Desk) -> None:
    ticket = await ask(desk)
    await execute(
        "UPDATE customer SET service_level = (SELECT id FROM service_level WHERE code = 'silber') WHERE id = $1",
        desk.groessmann,
    )
    assert await follow_service_level(desk.groessmann, by=desk.cast.eva.id, now=NOW + 10 * MINUTE) == 1
    assert await value_of(ticket, "first_response_due_at") == NOW + 4 * HOUR


async def test_the_agent_is_warned_once_and_the_lead_is_told_once(desk: Desk) -> None:
    ticket = await ask(desk)
    assert await sweep_promises(now=NOW + 44 * MINUTE) == 0
    assert await sweep_promises(now=NOW + 45 * MINUTE) == 1
    assert await sweep_promises(now=NOW + 46 * MINUTE) == 0
    assert await sweep_promises(now=NOW + 61 * MINUTE) == 1
    assert await sweep_promises(now=NOW + 62 * MINUTE) == 0
    told = await fetch(
        "SELECT \"user\", kind, detail ->> 'promise' AS promise FROM notification WHERE link = $1 AND kind LIKE 'promise%' ORDER BY id",
        f"/tickets/{ticket}",
    )
    assert [tuple(row) for row in told[:1]] == [(desk.cast.jonas.id, "promise_warning", "first_response")]
    assert {tuple(row) for row in told[1:]} == {
        (desk.cast.jonas.id, "promise_missed", "first_response"), (desk.cast.eva.id, "promise_missed", "first_response")
    }  # fmt: skip


async def test_messages_have_rising_times_even_if_the_clock_of_a_server_lags(desk: Desk) -> None:
    ticket = await ask(desk)
    await reply(ticket, "Ich schaue nach.", by=desk.cast.jonas.id, now=NOW + 10 * MINUTE)
    await receive_message(ticket, "Und?", by=None, now=NOW + 9 * MINUTE)
    assert await value_of(ticket, "next_response_due_at") is not None
