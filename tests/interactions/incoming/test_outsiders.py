"""Whoever an enquiry was forwarded to answers: into the enquiry, and never in the customer's name."""

from __future__ import annotations

from crm.accounts.company import signing_secret
from crm.database import fetch_one, fetch_value
from crm.interactions.incoming.sorting import put_into_ticket
from crm.tickets.forwarding import Forward, forward
from crm.tickets.merging import merge_tickets
from crm.tickets.references import reference_of
from tests.browser import Browser
from tests.interactions.incoming.test_filing import LATER, box, mail, messages, take_in
from tests.tickets.conftest import NOW, Desk, desk

__all__ = ["box", "desk"]
MAKER = "Werkskundendienst <werk@herd.example>"


async def forwarded(box: Desk) -> tuple[int, str]:
    """The enquiry, and the Message-ID of what was forwarded."""
    ticket = (await take_in(mail("Das Scharnier ist gebrochen."))).ticket
    message = await forward(
        ticket, Forward("werk@herd.example", None, "Scharnier", "Gibt es Ersatz?"), by=box.cast.jonas.id, now=NOW
    )
    name = await fetch_value(
        "SELECT x.message_id FROM ticket_message m JOIN outbox_message x ON x.id = m.outbox_id WHERE m.id = $1", message
    )
    return ticket, str(name)


async def test_their_answer_is_in_the_enquiry_and_not_the_customers(box: Desk, browser: Browser) -> None:
    ticket, name = await forwarded(box)
    before = await fetch_one(
        "SELECT status, next_response_due_at, first_responded_at FROM ticket WHERE id = $1", ticket
    )
    row = await take_in(mail("Ja, Nummer 4711.", sender=MAKER, In_Reply_To=name), LATER)
    assert (row.state, row.ticket) == ("filed", ticket)
    said = (await messages(ticket))[-1]
    assert (said.kind, said.sender, said.person_id) == ("outside", "werk@herd.example", None)
    after = await fetch_one("SELECT status, next_response_due_at, first_responded_at FROM ticket WHERE id = $1", ticket)
    assert after == before, "no clock moves"
    told = await fetch_value(
        "SELECT count(*) FROM notification WHERE kind = 'outsider_answered' AND \"user\" = $1", box.cast.jonas.id
    )
    assert told == 1
    await browser.log_in(box.cast.jonas)
    page = (await browser.get(f"/tickets/{ticket}")).text
    assert "Antwort auf eine Weiterleitung, nicht vom Kunden" in page
    shown = (await browser.api("GET", f"/tickets/{ticket}")).json()["messages"][-1]
    assert (shown["kind"], shown["author"]) == ("outside", "werk@herd.example")


async def test_a_colleague_of_theirs_and_their_mail_program_are_no_customer_either(box: Desk) -> None:
    ticket, name = await forwarded(box)
    await take_in(mail("Ich übernehme.", sender="Lager <lager@herd.example>", In_Reply_To=name), LATER)
    await take_in(mail("Bin im Urlaub.", sender=MAKER, In_Reply_To=name, Auto_Submitted="auto-replied"), LATER)
    assert [row.kind for row in await messages(ticket)][-2:] == ["outside", "outside"]


async def test_the_signed_number_in_the_subject_is_enough_for_them_and_for_nobody_else(box: Desk) -> None:
    ticket, _name = await forwarded(box)
    subject = f"Scharnier {reference_of(ticket, await signing_secret())}"
    theirs = await take_in(mail("Nummer 4711.", sender=MAKER, subject=subject), LATER)
    assert (theirs.state, theirs.ticket) == ("filed", ticket)
    assert (await messages(ticket))[-1].kind == "outside"
    stranger = await take_in(mail("Nummer 4712.", sender="wer@fremd.example", subject=subject), LATER)
    assert stranger.state == "quarantine"


async def test_put_there_by_hand_it_is_still_theirs(box: Desk) -> None:
    ticket, _name = await forwarded(box)
    waits = await take_in(mail("Nummer 4711.", sender=MAKER, subject=f"Scharnier [#{ticket}]"), LATER)
    assert waits.state == "quarantine"
    await put_into_ticket(waits.id, ticket, by=box.cast.ali.id, now=LATER)
    assert (await messages(ticket))[-1].kind == "outside"


async def test_the_customer_who_answers_the_same_mail_is_the_customer(box: Desk) -> None:
    ticket, name = await forwarded(box)
    await take_in(mail("Danke fürs Kümmern!", In_Reply_To=name), LATER)
    said = (await messages(ticket))[-1]
    assert (said.kind, said.person_id) == ("inbound", box.anna)


async def test_after_a_merge_their_answer_is_still_theirs(box: Desk) -> None:
    ticket, name = await forwarded(box)
    survivor = (await take_in(mail("Was ist mit dem Scharnier?", subject="Scharnier"))).ticket
    await merge_tickets(ticket, survivor, by=box.cast.ali.id, now=NOW)
    subject = f"Scharnier {reference_of(ticket, await signing_secret())}"
    await take_in(mail("Ja, Nummer 4711.", sender=MAKER, In_Reply_To=name), LATER)
    await take_in(mail("Und Nummer 4712.", sender=MAKER, subject=subject), LATER)
    waits = await take_in(mail("Auch Nummer 4713.", sender=MAKER, subject=f"Scharnier [#{ticket}]"), LATER)
    await put_into_ticket(waits.id, ticket, by=box.cast.ali.id, now=LATER)
    assert [row.kind for row in await messages(survivor)][-3:] == ["outside", "outside", "outside"]
    told = await fetch_value(
        "SELECT count(*) FROM notification WHERE kind = 'outsider_answered' AND \"user\" = $1", box.cast.jonas.id
    )
    assert told == 3, "whoever forwarded it is told"
