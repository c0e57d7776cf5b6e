"""Level 0: who is answered automatically and who never, what it keeps (nothing) and how a person takes over."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from crm.accounts.company import signing_secret
from crm.customers.orders.actions import create_order
from crm.customers.orders.data import OrderRecord
from crm.database import decoded, execute, fetch, fetch_one, fetch_value
from crm.interactions.incoming.receiving import file_incoming_mail, receive_incoming
from crm.reports.figures import figures_of
from crm.service_levels.queries import service_levels
from crm.tickets.answering import note_automatic_answer, receive_message, reply
from crm.tickets.answers.giving import Asker, open_and_answer
from crm.tickets.answers.keeping import Use, change_answer, change_use, retire_answer
from crm.tickets.answers.settling import answered_ticket, ask_for_person, settle_automatic_answers, take_over_unreached
from crm.tickets.answers.tokens import ticket_of, token_for
from crm.tickets.assigning import assign_ticket, offer_waiting_tickets
from crm.tickets.closing import close_ticket
from crm.tickets.escalating import escalate
from crm.tickets.merging import merge_tickets
from crm.tickets.opening import NewTicket
from tests.mail.test_parse import report
from tests.tickets.answers.conftest import OPENING, Answers, automatic, mailed, switch
from tests.tickets.conftest import NOW, value_of

QUESTION = "Guten Tag,\n\nwie sind Ihre Öffnungszeiten?\n\nMit freundlichen Grüßen\nAnna Größmann"
ASKER = Asker("anna@groessmann.example", "<1@groessmann.example>")
LATER = NOW + timedelta(hours=3)


def asked(answers: Answers, text: str = QUESTION, **changes: object) -> NewTicket:
    desk = answers.desk
    new = NewTicket(desk.groessmann, "Öffnungszeiten", text, channel="email", person_id=desk.anna)
    return replace(new, **changes)  # type: ignore[arg-type]


async def answered(answers: Answers, **changes: object) -> int:
    opened, is_answered = await open_and_answer(asked(answers, **changes), ASKER, now=NOW)
    assert is_answered
    return opened.id


async def mail_of(ticket_id: int) -> object:
    return await fetch_one(
        "SELECT x.*, x.headers::text AS heads FROM outbox_message x JOIN ticket_message m ON m.outbox_id = x.id WHERE m.ticket = $1",
        ticket_id,
    )


async def test_a_plain_question_is_answered_says_so_first_and_offers_a_person(answers: Answers) -> None:
    ticket = await answered(answers)
    mail = await fetch_one("SELECT * FROM outbox_message WHERE customer_id = $1", answers.desk.groessmann)
    assert mail is not None
    assert mail.text.startswith("Diese Antwort wurde automatisch verschickt.")
    assert "Montags bis freitags von 9 bis 18 Uhr." in mail.text
    assert f"/answered/{token_for(ticket, await signing_secret())}" in mail.text
    assert (mail.status, mail.purpose, mail.to_address) == ("queued", "service", "anna@groessmann.example")
    assert decoded(mail.headers) == {"Auto-Submitted": "auto-replied"}
    assert mail.in_reply_to == "<1@groessmann.example>"


async def test_an_address_that_is_not_the_persons_hears_no_name(answers: Answers) -> None:
    _opened, is_answered = await open_and_answer(asked(answers), Asker("spion@fremd.example"), now=NOW)
    assert is_answered
    mail = await fetch_one("SELECT * FROM outbox_message WHERE customer_id = $1", answers.desk.groessmann)
    assert mail is not None
    assert mail.to_name == ""
    assert "Größmann" not in mail.text + mail.html


async def test_it_keeps_no_promise_stops_the_clocks_and_is_nobodys(answers: Answers) -> None:
    ticket = await answered(answers)
    assert await value_of(ticket, "status") == "waiting"
    assert await value_of(ticket, "assignee") is None
    assert await value_of(ticket, "first_responded_at") is None
    assert await value_of(ticket, "first_response_due_at") is None
    assert await value_of(ticket, "solution_due_at") is None
    assert await fetch_value("SELECT count(*) FROM notification") == 0
    assert await fetch_value("SELECT is_automatic FROM ticket_message WHERE ticket = $1 AND kind = 'reply'", ticket)
    assert await offer_waiting_tickets(now=LATER) == 0
    assert await automatic(ticket, "score") == 100


async def test_what_was_sent_can_be_shown_for_good(answers: Answers) -> None:
    ticket = await answered(answers)
    changed = replace(OPENING, text_de="Neu: auch sonntags.")
    await change_answer(answers.opening, changed, 1, by=answers.desk.cast.ali.id, now=LATER)
    sent = await fetch_value(
        "SELECT v.text_de FROM automatic_answer x JOIN answer_version v ON v.answer = x.answer AND v.number = x.number WHERE x.ticket = $1",
        ticket,
    )
    assert sent == OPENING.text_de


async def test_a_reply_opens_it_at_level_one_and_the_first_response_runs_on_less_the_pause(answers: Answers) -> None:
    ticket = await answered(answers)
    await receive_message(ticket, "Und an Heiligabend?", channel="email", by=None, now=LATER)
    assert await value_of(ticket, "status") == "open"
    assert await value_of(ticket, "required_level") == 1
    assert await value_of(ticket, "assignee") == answers.desk.cast.ali.id
    assert await automatic(ticket, "ended_by") == "message"
    due, opened = await value_of(ticket, "first_response_due_at"), await value_of(ticket, "opened_at")
    target = await value_of(ticket, "first_response_min")
    calendar_minutes = timedelta(minutes=int(str(target)))
    assert opened == NOW
    assert due is not None
    assert due >= LATER + calendar_minutes  # type: ignore[operator]
    assert (
        await fetch_value("SELECT count(*) FROM routing_decision WHERE ticket = $1 AND occasion = 'reopened'", ticket)
        == 1
    )


async def test_the_click_does_the_same_once(answers: Answers) -> None:
    ticket = await answered(answers)
    assert await ask_for_person(ticket, now=LATER)
    assert not await ask_for_person(ticket, now=LATER)
    assert await value_of(ticket, "status") == "open"
    assert await value_of(ticket, "assignee") == answers.desk.cast.ali.id
    assert await automatic(ticket, "ended_by") == "click"
    said = await fetch("SELECT text FROM ticket_message WHERE ticket = $1 AND kind = 'inbound' ORDER BY id", ticket)
    assert [row.text for row in said] == [QUESTION, "Ich möchte mit einem Menschen sprechen."]


async def test_the_click_goes_to_the_survivor_of_a_merge_and_counts_once(answers: Answers) -> None:
    ticket, other = await answered(answers), await answered(answers)
    await merge_tickets(ticket, other, by=answers.desk.cast.ali.id, now=LATER)
    assert await ask_for_person(ticket, now=LATER)
    assert not await ask_for_person(ticket, now=LATER)
    wishes = await fetch("SELECT ticket FROM ticket_message WHERE text = 'Ich möchte mit einem Menschen sprechen.'")
    assert [row.ticket for row in wishes] == [other]


async def test_nothing_is_told_of_a_restricted_person(answers: Answers) -> None:
    ticket = await answered(answers)
    await execute("UPDATE person SET restricted_at = $2 WHERE id = $1", answers.desk.anna, LATER)
    assert await answered_ticket(ticket) is None


async def test_nobody_reacts_so_it_is_solved_at_level_zero_and_a_late_reply_opens_it_again(answers: Answers) -> None:
    ticket = await answered(answers)
    await mailed(ticket)
    assert await settle_automatic_answers(now=NOW + timedelta(days=6)) == 0
    assert await settle_automatic_answers(now=NOW + timedelta(days=7)) == 1
    assert await settle_automatic_answers(now=NOW + timedelta(days=8)) == 0
    assert await value_of(ticket, "status") == "solved"
    assert await fetch_value("SELECT by_user FROM closure WHERE ticket = $1", ticket) is None
    open_ones = "SELECT open_tickets FROM customer_figures WHERE customer = $1"
    assert await fetch_value(open_ones, answers.desk.groessmann) == 0
    await receive_message(ticket, "Doch noch etwas.", channel="email", by=None, now=NOW + timedelta(days=9))
    assert await value_of(ticket, "status") == "open"
    assert await value_of(ticket, "assignee") is not None
    assert await fetch_value(open_ones, answers.desk.groessmann) == 1


async def test_what_a_colleague_has_answered_meanwhile_is_not_solved_by_itself(answers: Answers) -> None:
    ticket = await answered(answers)
    await mailed(ticket)
    await reply(ticket, "Auch sonntags.", by=answers.desk.cast.ali.id, now=LATER, wait=True)
    assert await settle_automatic_answers(now=NOW + timedelta(days=30)) == 0


@pytest.mark.parametrize("how", ["taken", "given", "escalated"])
async def test_what_a_colleague_has_taken_is_theirs_and_is_not_solved_by_itself(answers: Answers, how: str) -> None:
    ticket, cast = await answered(answers), answers.desk.cast
    await mailed(ticket)
    if how == "escalated":
        await escalate(ticket, "Gelesen.", by=cast.ali.id, now=LATER)
    else:
        await assign_ticket(ticket, cast.ali.id if how == "taken" else cast.jonas.id, by=cast.ali.id, now=LATER)
    assert await value_of(ticket, "status") == "open"
    assert await automatic(ticket, "ended_by") == "staff"
    assert await settle_automatic_answers(now=NOW + timedelta(days=30)) == 0


async def test_the_month_counts_it_at_level_zero_and_to_nobodys_credit(answers: Answers) -> None:
    await mailed(await answered(answers))
    await settle_automatic_answers(now=NOW + timedelta(days=7))
    figures = await figures_of(date(2026, 11, 1), now=NOW + timedelta(days=60), zone=ZoneInfo("Europe/Berlin"))
    levels = {row.level: (row.opened, row.solved, row.solved_at_first_contact) for row in figures.levels}
    assert levels == {0: (1, 1, 1), 1: (0, 0, 0), 2: (0, 0, 0), 3: (0, 0, 0)}


@pytest.mark.parametrize("status", ["failed", "refused"])
async def test_an_answer_that_did_not_arrive_is_none_so_a_person_takes_over(answers: Answers, status: str) -> None:
    ticket = await answered(answers)
    assert await take_over_unreached(now=LATER) == 0
    await mailed(ticket, status)
    assert await settle_automatic_answers(now=NOW + timedelta(days=8)) == 0
    assert [await take_over_unreached(now=LATER) for _time in range(2)] == [1, 0]
    assert (await value_of(ticket, "status"), await automatic(ticket, "ended_by")) == ("open", "unreached")
    assert await value_of(ticket, "assignee") == answers.desk.cast.ali.id
    assert await fetch_value("SELECT kind FROM notification") == "ticket_assigned"


async def test_what_has_not_left_yet_is_not_solved(answers: Answers) -> None:
    await answered(answers)
    assert await settle_automatic_answers(now=NOW + timedelta(days=8)) == 0


async def test_what_comes_back_after_it_was_solved_is_open_again(answers: Answers) -> None:
    ticket = await answered(answers)
    await mailed(ticket)
    await settle_automatic_answers(now=NOW + timedelta(days=7))
    await mailed(ticket, "failed")
    assert await take_over_unreached(now=NOW + timedelta(days=8)) == 1
    assert await value_of(ticket, "status") == "open"
    assert await value_of(ticket, "assignee") is not None


async def test_a_report_that_the_answer_came_back_wakes_a_person_at_once(answers: Answers) -> None:
    ticket = await answered(answers)
    await mailed(ticket)
    await execute("UPDATE outbox_message SET message_id = '<out7@nahbar.example>', to_address = 'weg@kunde.example'")
    await file(report("5.1.1"))
    assert await value_of(ticket, "assignee") == answers.desk.cast.ali.id
    assert await automatic(ticket, "ended_by") == "unreached"


async def test_nobody_is_given_what_is_restricted_or_what_a_colleague_has_answered(answers: Answers) -> None:
    restricted, answered_since = await answered(answers), await answered(answers)
    await reply(answered_since, "Auch sonntags.", by=answers.desk.cast.ali.id, now=LATER, wait=True)
    await mailed(answered_since, "failed")
    assert await take_over_unreached(now=LATER) == 0
    await mailed(restricted, "refused")
    await execute("UPDATE person SET restricted_at = $2 WHERE id = $1", answers.desk.anna, LATER)
    assert await take_over_unreached(now=LATER) == 0


async def test_an_out_of_office_note_ends_no_waiting(answers: Answers) -> None:
    ticket = await answered(answers)
    await note_automatic_answer(ticket, "Ich bin im Urlaub.", now=LATER)
    assert await value_of(ticket, "status") == "waiting"
    assert await automatic(ticket, "ended_at") is None


async def is_answered(answers: Answers, asker: Asker = ASKER, by: int | None = None, **changes: object) -> bool:
    return (await open_and_answer(asked(answers, **changes), asker, by=by, now=NOW))[1]


async def test_customers_who_want_none_get_a_person(answers: Answers) -> None:
    await execute("UPDATE customer SET no_automatic_answers = true WHERE id = $1", answers.desk.groessmann)
    assert not await is_answered(answers)


async def test_switched_off_nobody_is_answered(answers: Answers) -> None:
    await switch(is_on=False, by=answers.desk.cast.eva.id)
    assert not await is_answered(answers)
    assert await fetch_value("SELECT assignee FROM ticket") is not None


async def test_it_is_switched_off_when_the_company_begins(db: None) -> None:
    assert await fetch_value("SELECT is_on OR is_faq_public FROM level_zero") is False


async def test_what_a_person_takes_in_is_never_answered_so(answers: Answers) -> None:
    assert not await is_answered(answers, by=answers.desk.cast.ali.id)


async def test_neither_is_what_has_no_address_files_or_a_complaint(answers: Answers) -> None:
    assert not await is_answered(answers, Asker(""))
    assert not await is_answered(answers, Asker("anna@groessmann.example", has_files=True))
    assert not await is_answered(answers, kind="complaint")
    assert not await is_answered(answers, is_moment_of_truth=True)


async def test_an_order_that_is_named_needs_a_person(answers: Answers) -> None:
    record = OrderRecord(answers.desk.groessmann, "K-7", NOW.date(), Decimal(100))
    await create_order(record, by=answers.desk.cast.petra.id, now=NOW)
    assert not await is_answered(answers, subject="K-7: Öffnungszeiten")


async def test_a_service_level_that_promises_a_specialist_keeps_its_promise(answers: Answers) -> None:
    gold = next(level.id for level in await service_levels() if level.code == "gold")
    await execute("UPDATE customer SET service_level = $1", gold)
    assert not await is_answered(answers)


async def test_what_is_not_automatic_not_approved_expired_or_retired_is_not_given(answers: Answers) -> None:
    eva = answers.desk.cast.eva.id
    await change_use(answers.opening, Use(True, False), by=eva, now=NOW)
    assert not await is_answered(answers)
    await change_use(answers.opening, Use(True, True), by=eva, now=NOW)
    await execute("UPDATE answer_version SET expires_on = $2 WHERE answer = $1", answers.opening, NOW.date())
    assert await is_answered(answers)
    await execute(
        "UPDATE answer_version SET expires_on = $2 WHERE answer = $1", answers.opening, NOW.date() - timedelta(1)
    )
    assert not await is_answered(answers)
    await execute("UPDATE answer_version SET expires_on = NULL")
    await retire_answer(answers.opening, retired=True, by=eva, now=NOW)
    assert not await is_answered(answers)


async def test_three_automatic_messages_a_day_are_enough_for_one_address(answers: Answers) -> None:
    assert [await is_answered(answers) for _time in range(5)] == [True, True, True, False, False]


async def test_a_language_without_an_answer_is_not_answered(answers: Answers) -> None:
    assert not await is_answered(
        answers, text="Do you dispose of the old kitchen?", subject="Old kitchen", language="en"
    )
    assert await is_answered(answers, text="What are your opening hours?", subject="Hours", language="en")


def raw(text: str, message_id: str, **headers: str) -> bytes:
    heads = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    return (
        f"From: Anna <anna@groessmann.example>\r\nTo: post@kern.example\r\nSubject: =?utf-8?q?=C3=96ffnungszeiten?=\r\n"
        f"Message-ID: {message_id}\r\n{heads}Content-Type: text/plain; charset=utf-8\r\n\r\n{text}"
    ).encode()


async def file(mail: bytes) -> None:
    mail_id = await receive_incoming(mail, now=NOW)
    if mail_id is not None:
        await file_incoming_mail(mail_id, now=NOW)
        await file_incoming_mail(mail_id, now=NOW)


async def test_a_mail_is_answered_once_however_often_it_is_delivered_and_gets_no_acknowledgement(
    answers: Answers,
) -> None:
    for _time in range(2):
        await file(raw(QUESTION, "<a@x.example>"))
    assert await fetch_value("SELECT count(*) FROM automatic_answer") == 1
    assert await fetch_value("SELECT count(*) FROM outbox_message") == 1
    ticket = int(await fetch_value("SELECT ticket FROM automatic_answer"))
    ours = await fetch_value("SELECT message_id FROM outbox_message")
    await file(raw("Wie sind Ihre Öffnungszeiten?", "<b@x.example>", In_Reply_To=ours))
    assert await fetch_value("SELECT count(*) FROM automatic_answer") == 1
    assert await value_of(ticket, "status") == "open"
    assert await fetch_value("SELECT count(*) FROM ticket") == 1


@pytest.mark.parametrize(
    "headers",
    [{"Auto_Submitted": "auto-replied"}, {"List_Unsubscribe": "<mailto:x@x.example>"}, {"Precedence": "bulk"}],
)
async def test_machines_and_lists_are_never_answered(answers: Answers, headers: dict[str, str]) -> None:
    await file(raw(QUESTION, "<c@x.example>", **headers))
    assert await fetch_value("SELECT count(*) FROM outbox_message") == 0


async def test_a_reply_to_what_was_solved_long_ago_is_no_new_question(answers: Answers) -> None:
    await file(raw(QUESTION, "<d@x.example>"))
    ticket = int(await fetch_value("SELECT ticket FROM automatic_answer"))
    ours = await fetch_value("SELECT message_id FROM outbox_message")
    await close_ticket(ticket, "", by=answers.desk.cast.ali.id, now=NOW - timedelta(days=60))
    await file(raw(QUESTION, "<e@x.example>", In_Reply_To=ours))
    assert await fetch_value("SELECT count(*) FROM ticket WHERE continues = $1", ticket) == 1
    assert await fetch_value("SELECT count(*) FROM automatic_answer") == 1


async def test_links_are_signed(db: None) -> None:
    token = token_for(12, b"secret")
    assert ticket_of(token, b"secret") == 12
    for wrong in (
        token.replace("12-", "13-"),
        token[:-1],
        token + "0",
        "12-",
        "",
        "12",
        "x" * 5000,
        token.upper(),
        "٣-" + "0" * 40,
    ):
        assert ticket_of(wrong, b"secret") is None
    assert ticket_of(token, b"other") is None
