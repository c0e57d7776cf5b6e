"""People whom the customer wrote to together with us: they get a copy of the answer if somebody says so, and each is asked about."""

from __future__ import annotations

import pytest

from crm.consents.sending import Outcome, send_message
from crm.database import Row, execute, fetch, fetch_one, fetch_value
from crm.errors import Invalid
from crm.tickets.answering import reply
from crm.tickets.delivering import send_again
from tests.browser import Browser
from tests.interactions.incoming.test_filing import LATER, box, mail, messages, take_in
from tests.mail.conftest import Postman, post_office, postman
from tests.tickets.conftest import NOW, Desk, desk

__all__ = ["box", "desk", "post_office", "postman"]

ARCHITECT, BROTHER = "plan@architekt.example", "bruder@groessmann-privat.example"
TO = f"post@kern.example, {BROTHER}"
CC = f"Architektin Weiß <{ARCHITECT}>, POST@kern.example"


async def asked(box: Desk, **headers: str) -> int:
    """Anna writes; her architect is in copy, her brother among the addressees, as are we and Jonas."""
    made = mail("Passt die Platte?", Message_ID="<ask@x.example>", Cc=f"{CC}, {box.cast.jonas.email}", **headers)
    made.replace_header("To", TO)
    return int((await take_in(made)).ticket)


async def copies_of(outbox_id: int | None) -> list[Row]:
    return await fetch(
        "SELECT *, permission ->> 'code' AS code FROM outbox_copy WHERE message = $1 ORDER BY position", outbox_id
    )


async def person_with(address: str, *, is_restricted: bool = False) -> int:
    person = await fetch_value(
        "INSERT INTO person (given_name, family_name, restricted_at) VALUES ('Petra', 'Weiß', $1) RETURNING id",
        NOW if is_restricted else None,
    )
    await execute("INSERT INTO email_address (person, address, position) VALUES ($1, $2, 0)", person, address)
    return int(person)


async def test_who_else_the_mail_went_to_stands_beside_it_and_is_offered(box: Desk, browser: Browser) -> None:
    ticket = await asked(box)
    await browser.log_in(box.cast.jonas)
    page = (await browser.get(f"/tickets/{ticket}")).text
    assert "Auch an:" in page
    assert f'name="cc" value="{ARCHITECT}" checked' in page
    assert f'name="cc" value="{BROTHER}">' in page, "in To: offered, but not ticked"
    for never in ("post@kern.example", box.cast.jonas.email, "anna@groessmann.example"):
        assert f'name="cc" value="{never}"' not in page
    said = (await browser.api("GET", f"/tickets/{ticket}")).json()["messages"][0]
    assert {one["address"] for one in said["cc"]} >= {ARCHITECT, BROTHER}


async def test_ticked_people_get_a_copy_and_nobody_else(box: Desk, browser: Browser, post_office: Postman) -> None:
    await execute("UPDATE company SET mail_from = 'post@kern.example'")
    ticket = await asked(box)
    await browser.log_in(box.cast.jonas)
    sent = await browser.post(
        f"/tickets/{ticket}/messages", {"kind": "reply", "text": "Ja, sie passt.", "cc": [ARCHITECT]}
    )
    assert sent.status_code == 303, sent.text
    outbox_id = (await messages(ticket))[-1].outbox_id
    assert await send_message(outbox_id, now=LATER.replace(year=2027)) == Outcome.SENT
    (ours,) = post_office.received
    assert ours["cc"] == f"Architektin Weiß <{ARCHITECT}>"
    assert post_office.recipients == ["anna@groessmann.example", ARCHITECT]
    page = (await browser.get(f"/tickets/{ticket}")).text
    assert f"Kopie an: Architektin Weiß &lt;{ARCHITECT}&gt;" in page
    shown = (await browser.api("GET", f"/tickets/{ticket}")).json()["messages"][-1]
    assert shown["cc"] == [{"address": ARCHITECT, "name": "Architektin Weiß", "state": "sent", "because": ""}]


async def test_without_a_tick_nobody_gets_one(box: Desk) -> None:
    ticket = await asked(box)
    written = await reply(ticket, "Ja.", by=box.cast.jonas.id, now=LATER)
    assert await copies_of(written.outbox_id) == []


async def test_whom_the_customer_never_wrote_to_gets_none_and_the_text_stays(box: Desk, browser: Browser) -> None:
    ticket = await asked(box)
    await browser.log_in(box.cast.jonas)
    refused = await browser.post(
        f"/tickets/{ticket}/messages", {"kind": "reply", "text": "Mein Text.", "cc": ["fremd@wo.example", BROTHER]}
    )
    assert refused.status_code == 422
    assert "fremd@wo.example nimmt an diesem Austausch nicht teil." in refused.text
    assert "Mein Text." in refused.text
    assert f'value="{BROTHER}" checked' in refused.text
    with pytest.raises(Invalid):
        await reply(ticket, "Ja.", by=box.cast.jonas.id, now=LATER, cc=[box.cast.jonas.email])
    api = await browser.api("POST", f"/tickets/{ticket}/messages", {"text": "Ja.", "cc": ["fremd@wo.example"]})
    assert api.status_code in (400, 422)


async def test_a_restricted_person_is_refused_and_said_and_the_answer_leaves(box: Desk, browser: Browser) -> None:
    ticket = await asked(box)
    await person_with(ARCHITECT, is_restricted=True)
    await browser.log_in(box.cast.jonas)
    assert ARCHITECT not in (await browser.get(f"/tickets/{ticket}")).text
    answer = await browser.api("POST", f"/tickets/{ticket}/messages", {"text": "Ja.", "cc": [ARCHITECT, BROTHER]})
    assert answer.status_code == 201, answer.text
    said = {one["address"]: one for one in answer.json()["cc"]}
    assert (said[ARCHITECT]["state"], said[BROTHER]["state"]) == ("refused", "queued")
    assert "Art. 18" in said[ARCHITECT]["because"]
    assert answer.json()["mail_status"] == "queued"
    assert [row.code for row in await copies_of((await messages(ticket))[-1].outbox_id)] == ["restricted", "contract"]


async def test_the_gate_is_asked_again_when_a_copy_leaves(box: Desk, post_office: Postman) -> None:
    ticket = await asked(box)
    written = await reply(ticket, "Ja.", by=box.cast.jonas.id, now=LATER, cc=[ARCHITECT, BROTHER])
    await person_with(ARCHITECT, is_restricted=True)
    assert await send_message(written.outbox_id or 0, now=LATER) == Outcome.SENT
    assert post_office.recipients == ["anna@groessmann.example", BROTHER]
    assert ARCHITECT not in str(post_office.received[0])


async def test_a_server_that_refuses_one_copy_stops_nothing(box: Desk, post_office: Postman) -> None:
    ticket = await asked(box)
    written = await reply(ticket, "Ja.", by=box.cast.jonas.id, now=LATER, cc=[ARCHITECT, BROTHER])

    async def choosy(_server: object, _session: object, envelope: object, address: str, _options: list[str]) -> str:
        if address == ARCHITECT:
            return "550 5.1.1 no such user"
        envelope.rcpt_tos.append(address)  # type: ignore[attr-defined]
        return "250 OK"

    post_office.handle_RCPT = choosy  # type: ignore[method-assign, assignment]
    assert await send_message(written.outbox_id or 0, now=LATER) == Outcome.SENT
    by_address = {row.address: row for row in await copies_of(written.outbox_id)}
    assert "5.1.1" in by_address[ARCHITECT].error
    assert by_address[ARCHITECT].sent_at is None
    assert by_address[BROTHER].sent_at == LATER


async def test_who_has_a_copy_gets_no_second_one_when_the_customers_is_tried_again(
    box: Desk, post_office: Postman
) -> None:
    ticket = await asked(box)
    written = await reply(ticket, "Ja.", by=box.cast.jonas.id, now=LATER, cc=[ARCHITECT])
    post_office.answers = ["550 5.1.1 no such user"]
    assert await send_message(written.outbox_id or 0, now=LATER) == Outcome.FAILED
    assert post_office.recipients == [ARCHITECT]
    await execute("UPDATE email_address SET address = 'anna@neu.example' WHERE person = $1", box.anna)
    await send_again(ticket, written.message_id, by=box.cast.jonas.id, now=LATER)
    again = (await messages(ticket))[-1].outbox_id
    assert again != written.outbox_id
    assert await send_message(again, now=LATER) == Outcome.SENT
    assert post_office.recipients == [ARCHITECT, "anna@neu.example"]
    assert ARCHITECT in post_office.received[-1]["cc"]


async def test_a_copy_that_comes_back_marks_only_that_address(
    box: Desk, browser: Browser, post_office: Postman
) -> None:
    ticket = await asked(box)
    person = await person_with(ARCHITECT)
    written = await reply(ticket, "Ja.", by=box.cast.jonas.id, now=LATER, cc=[ARCHITECT])
    await send_message(written.outbox_id or 0, now=LATER)
    name = await fetch_value("SELECT message_id FROM outbox_message WHERE id = $1", written.outbox_id)
    report = (
        "From: MAILER-DAEMON@mx.example\r\nTo: post@kern.example\r\nSubject: Undelivered\r\nMessage-ID: <b@mx.example>\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n--b\r\n'
        f"Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx\r\n\r\nFinal-Recipient: rfc822; {ARCHITECT}\r\n"
        f"Action: failed\r\nStatus: 5.1.1\r\n\r\n--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {name}\r\n\r\n--b--\r\n"
    )
    await take_in(report.encode(), LATER)
    main = await fetch_one("SELECT status, error FROM outbox_message WHERE id = $1", written.outbox_id)
    assert main is not None
    assert (main.status, main.error) == ("sent", "")
    assert (await copies_of(written.outbox_id))[0].returned_at == LATER
    marked = await fetch("SELECT person FROM email_address WHERE returned_at IS NOT NULL")
    assert [row.person for row in marked] == [person]
    await browser.log_in(box.cast.jonas)
    page = (await browser.get(f"/tickets/{ticket}")).text
    assert "zurückgekommen" in page
    assert f'value="{ARCHITECT}">' in page, "offered still, but not ticked"


async def test_what_somebody_in_copy_writes_is_theirs_and_not_the_customers(box: Desk, browser: Browser) -> None:
    ticket = await asked(box)
    before = await fetch_one(
        "SELECT status, next_response_due_at, first_responded_at FROM ticket WHERE id = $1", ticket
    )
    row = await take_in(mail("Maß: 62 cm.", f"Weiß <{ARCHITECT}>", In_Reply_To="<ask@x.example>"), LATER)
    assert (row.state, row.ticket) == ("filed", ticket)
    said = (await messages(ticket))[-1]
    assert (said.kind, said.sender, said.person_id) == ("outside", ARCHITECT, None)
    assert (
        await fetch_one("SELECT status, next_response_due_at, first_responded_at FROM ticket WHERE id = $1", ticket)
        == before
    )
    await browser.log_in(box.cast.jonas)
    page = (await browser.get(f"/tickets/{ticket}")).text
    assert "stand in der E-Mail des Kunden in Kopie, nicht der Kunde selbst" in page
    assert "Antwort auf eine Weiterleitung" not in page


async def test_a_stranger_who_puts_people_in_copy_brings_nobody_in(box: Desk) -> None:
    ticket = await asked(box)
    await take_in(
        mail("Ich auch.", "wer@fremd.example", In_Reply_To="<ask@x.example>", Cc="viele@fremd.example"), LATER
    )
    assert await fetch_value("SELECT count(*) FROM message_recipient WHERE address LIKE '%fremd%'") == 0
    with pytest.raises(Invalid):
        await reply(ticket, "Ja.", by=box.cast.jonas.id, now=LATER, cc=["viele@fremd.example"])
