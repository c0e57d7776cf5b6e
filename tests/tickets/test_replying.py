"""What goes along with an answer, what becomes of it, and answers written against an enquiry that has gone on."""

from __future__ import annotations

import re

import pytest

from crm.customers.documents import NewDocument, attach_document, delete_document
from crm.database import Row, execute, fetch, fetch_one, fetch_value
from crm.errors import Conflict, Invalid, NotFound, RuleBroken
from crm.tickets.answering import reply
from crm.tickets.assigning import assign_ticket
from crm.tickets.delivering import MailFacts, delivery_of, send_again
from crm.tickets.opening import NewTicket, open_ticket
from crm.tickets.outdated import Overtaken, Seen, overtaken
from crm.web.i18n import speaking
from tests.browser import Browser
from tests.tickets.conftest import NOW, Desk

pytestmark = pytest.mark.usefixtures("round_the_clock")


async def asked(desk: Desk, customer: int = 0, person: int | None = None) -> int:
    """Anna asks about an item of her invoice."""
    data = NewTicket(
        customer or desk.groessmann, "Unklare Rechnung", "Position 7?", "billing", person_id=person or desk.anna
    )
    return (await open_ticket(data, by=desk.cast.ali.id, now=NOW)).id


async def paper(
    desk: Desk, content: bytes = b"Kopie der Rechnung", name: str = "Rechnung.txt", customer: int = 0
) -> int:
    document = NewDocument(name, content, "text/plain")
    return (await attach_document(customer or desk.groessmann, document, by=desk.cast.petra.id, now=NOW)).document_id


async def outbox_of(message_id: int) -> Row:
    row = await fetch_one(
        "SELECT x.* FROM ticket_message m JOIN outbox_message x ON x.id = m.outbox_id WHERE m.id = $1", message_id
    )
    assert row is not None
    return row


async def test_a_document_goes_along_with_an_answer_and_is_not_kept_twice(desk: Desk) -> None:
    ticket, document = await asked(desk), await paper(desk)
    written = await reply(ticket, "Hier ist die Kopie.", by=desk.cast.jonas.id, now=NOW, document_ids=[document])
    along = await fetch("SELECT name, sha256 FROM outbox_attachment WHERE message = $1", written.outbox_id)
    assert [row.name for row in along] == ["Rechnung.txt"]
    assert along[0].sha256 == await fetch_value("SELECT sha256 FROM document WHERE id = $1", document)
    assert await fetch_value("SELECT document FROM message_document WHERE message = $1", written.message_id) == document


async def test_files_chosen_with_an_answer_become_documents_of_the_customer(browser: Browser, desk: Desk) -> None:
    ticket, document = await asked(desk), await paper(desk)
    await browser.log_in(desk.cast.jonas)
    answer = await browser.post(
        f"/tickets/{ticket}/messages", {"kind": "reply", "text": "Bitte sehr.", "documents": [str(document)]},
        files=[("file", ("Maße.pdf", b"%PDF-1.7 Plan", "application/pdf"))],
    )  # fmt: skip
    assert answer.status_code == 303, answer.text
    added = await fetch_value("SELECT customer FROM document WHERE name = 'Maße.pdf'")
    assert added == desk.groessmann
    page = (await browser.get(f"/tickets/{ticket}")).text
    for name in ("Maße.pdf", "Rechnung.txt"):
        assert re.search(rf'href="/documents/\d+/content">{name}</a>', page)
    names = await fetch(
        "SELECT a.name FROM outbox_attachment a JOIN ticket_message m ON m.outbox_id = a.message WHERE m.ticket = $1 ORDER BY a.position",
        ticket,
    )
    assert [row.name for row in names] == ["Rechnung.txt", "Maße.pdf"]


async def test_a_refused_file_loses_neither_text_nor_ticks(browser: Browser, desk: Desk) -> None:
    ticket, document = await asked(desk), await paper(desk)
    await browser.log_in(desk.cast.jonas)
    answer = await browser.post(
        f"/tickets/{ticket}/messages", {"kind": "reply", "text": "Mein Text.", "documents": [str(document)], "wait": "1"},
        files=[("file", ("hilfe.exe", b"MZ", "application/octet-stream"))],
    )  # fmt: skip
    assert answer.status_code == 422
    assert "Mein Text." in answer.text
    assert "ist ein Programm" in answer.text
    assert re.search(rf'name="documents" value="{document}" checked', answer.text)
    assert await fetch_value("SELECT count(*) FROM ticket_message WHERE ticket = $1 AND kind = 'reply'", ticket) == 0


async def test_only_documents_of_the_customer_go_along(desk: Desk) -> None:
    ticket = await asked(desk)
    foreign = await paper(desk, customer=desk.emre)
    gone = await paper(desk, b"weg")
    await delete_document(gone, "veraltet", by=desk.cast.petra.id, now=NOW)
    for document in (foreign, gone, 2**62):
        with pytest.raises(Invalid) as refused:
            await reply(ticket, "Bitte.", by=desk.cast.jonas.id, now=NOW, document_ids=[document])
        assert "documents" in refused.value.errors


async def test_what_is_too_large_for_a_mail_is_refused_before_it_is_written(desk: Desk) -> None:
    ticket, document = await asked(desk), await paper(desk)
    await execute("UPDATE document SET size = 15000001 WHERE id = $1", document)
    with speaking("de"), pytest.raises(Invalid) as refused:
        await reply(ticket, "Bitte.", by=desk.cast.jonas.id, now=NOW, document_ids=[document])
    assert "höchstens 15 MB" in refused.value.errors["documents"]
    assert await fetch_value("SELECT count(*) FROM ticket_message WHERE ticket = $1", ticket) == 1


async def test_a_note_and_what_a_customer_said_may_have_files_too(browser: Browser, desk: Desk) -> None:
    ticket = await asked(desk)
    await browser.log_in(desk.cast.jonas)
    for kind, name in (("note", "Skizze.txt"), ("inbound", "Brief.txt")):
        answer = await browser.post(
            f"/tickets/{ticket}/messages", {"kind": kind, "text": "Siehe Datei."},
            files=[("file", (name, kind.encode(), "text/plain"))],
        )  # fmt: skip
        assert answer.status_code == 303, answer.text
        assert name in (await browser.get(f"/tickets/{ticket}")).text
    assert await fetch_value("SELECT count(*) FROM outbox_attachment") == 0


async def test_the_api_sends_documents_and_tells_what_became_of_them(browser: Browser, desk: Desk) -> None:
    ticket, document = await asked(desk), await paper(desk)
    await browser.log_in(desk.cast.jonas)
    said = await browser.api("POST", f"/tickets/{ticket}/messages", {"text": "Anbei.", "document_ids": [document]})
    assert said.status_code == 201, said.text
    told = said.json()
    assert told["files"] == [{"id": document, "name": "Rechnung.txt"}]
    assert (told["mail_status"], told["mail_to"]) == ("queued", "anna@groessmann.example")
    wrong = await browser.api("POST", f"/tickets/{ticket}/messages", {"text": "Anbei.", "document_ids": [2**40]})
    assert wrong.status_code == 422
    assert "documents" in wrong.json()["errors"]


def test_what_became_of_a_mail_is_said_with_what_to_do() -> None:
    with speaking("de"):
        failed = delivery_of(1, MailFacts("failed", "550 no such user", 1))
        came_back = delivery_of(1, MailFacts("failed", "5.1.1 unknown", 1, sent_at=NOW))
        later = delivery_of(1, MailFacts("queued", "Server busy", 2, next_at=NOW))
        fresh = delivery_of(1, MailFacts("queued"))
        sent = delivery_of(1, MailFacts("sent", sent_at=NOW))
        refused = delivery_of(1, MailFacts("refused", gate_code="no_address", gate_params={}))
    assert failed.can_be_sent_again
    assert not failed.is_under_way
    assert "550 no such user." in failed.because
    assert came_back.state == "bounced"
    assert "zurückgekommen" in came_back.because
    assert later.is_under_way
    assert "10:00" in later.because
    assert fresh.is_under_way
    assert not fresh.because
    assert not fresh.can_be_sent_again
    assert not sent.is_under_way
    assert not sent.because
    assert refused.can_be_sent_again
    assert refused.because


async def test_what_came_back_leaves_once_more_to_the_corrected_address(browser: Browser, desk: Desk) -> None:
    ticket, document = await asked(desk), await paper(desk)
    written = await reply(ticket, "Hier.", by=desk.cast.jonas.id, now=NOW, document_ids=[document])
    await execute(
        "UPDATE outbox_message SET status = 'failed', sent_at = $2, error = '5.1.1 unknown' WHERE id = $1",
        written.outbox_id,
        NOW,
    )
    await execute("UPDATE email_address SET address = 'anna.neu@groessmann.example' WHERE person = $1", desk.anna)
    await browser.log_in(desk.cast.jonas)
    page = (await browser.get(f"/tickets/{ticket}")).text
    assert "Noch einmal senden" in page
    done = await browser.post(f"/tickets/{ticket}/messages/{written.message_id}/delivery")
    assert done.status_code == 303
    new = await outbox_of(written.message_id)
    assert (new.to_address, new.status) == ("anna.neu@groessmann.example", "queued")
    assert new.id != written.outbox_id
    assert await fetch_value("SELECT name FROM outbox_attachment WHERE message = $1", new.id) == "Rechnung.txt"
    again = await browser.post(f"/tickets/{ticket}/messages/{written.message_id}/delivery")
    assert again.status_code == 422, "a double click sends it once"
    assert (await outbox_of(written.message_id)).id == new.id


async def test_what_only_failed_is_tried_again_as_the_same_mail(desk: Desk) -> None:
    ticket = await asked(desk)
    written = await reply(ticket, "Hier.", by=desk.cast.jonas.id, now=NOW)
    await execute("UPDATE outbox_message SET status = 'failed', attempts = 6 WHERE id = $1", written.outbox_id)
    await send_again(ticket, written.message_id, by=desk.cast.jonas.id, now=NOW)
    row = await outbox_of(written.message_id)
    assert (row.id, row.status, row.attempts) == (written.outbox_id, "queued", 0)


async def test_what_has_left_or_was_no_mail_is_not_sent_again(desk: Desk) -> None:
    ticket, other = await asked(desk), await asked(desk)
    written = await reply(ticket, "Hier.", by=desk.cast.jonas.id, now=NOW)
    await execute("UPDATE outbox_message SET status = 'sent', sent_at = $2 WHERE id = $1", written.outbox_id, NOW)
    with pytest.raises(RuleBroken):
        await send_again(ticket, written.message_id, by=desk.cast.jonas.id, now=NOW)
    first = await fetch_value("SELECT min(id) FROM ticket_message WHERE ticket = $1", ticket)
    for ticket_id, message_id in ((ticket, first), (other, written.message_id)):
        with pytest.raises(NotFound):
            await send_again(ticket_id, message_id, by=desk.cast.jonas.id, now=NOW)


async def test_the_page_asks_what_became_of_a_mail_while_it_is_under_way(browser: Browser, desk: Desk) -> None:
    ticket = await asked(desk)
    written = await reply(ticket, "Hier.", by=desk.cast.jonas.id, now=NOW)
    await browser.log_in(desk.cast.jonas)
    where = f"/tickets/{ticket}/messages/{written.message_id}/delivery"
    assert f'hx-get="{where}"' in (await browser.get(f"/tickets/{ticket}")).text
    await execute("UPDATE outbox_message SET status = 'sent', sent_at = $2 WHERE id = $1", written.outbox_id, NOW)
    now_sent = await browser.get(where, htmx=True)
    assert "versandt" in now_sent.text
    assert "hx-get" not in now_sent.text


class _Ticket:
    def __init__(self, status: str, assignee: int | None) -> None:
        self.status, self.assignee = status, assignee


@pytest.mark.parametrize(
    ("seen", "status", "assignee", "what"),
    [
        (Seen(5, "open", 1), "open", 1, None),
        (Seen(4, "open", 1), "open", 1, Overtaken.MESSAGE),
        (Seen(5, "open", 1), "open", 2, Overtaken.ASSIGNEE),
        (Seen(5, "open", None), "open", 1, None),
        (Seen(5, "open", 2), "open", None, None),
        (Seen(5, "open", 1), "waiting", 1, Overtaken.STATUS),
        (Seen(5, "waiting", 1), "open", 1, None),
        (Seen(5, "new", 1), "postponed", 1, Overtaken.STATUS),
        (Seen(), "waiting", 2, None),
    ],
)
def test_what_stops_an_answer_that_was_written_meanwhile(
    seen: Seen, status: str, assignee: int | None, what: Overtaken | None
) -> None:
    """Number 1 writes; the newest message of others is 5."""
    assert overtaken(seen, newest_message=5, ticket=_Ticket(status, assignee), by=1) == what


async def test_an_enquiry_that_a_colleague_took_meanwhile_asks_first(browser: Browser, desk: Desk) -> None:
    ticket = await asked(desk)
    await browser.log_in(desk.cast.jonas)
    stood = re.search(r'name="stood" value="([^"]*)"', (await browser.get(f"/tickets/{ticket}")).text)
    assert stood
    await assign_ticket(ticket, desk.cast.mia.id, by=desk.cast.mia.id, now=NOW)
    form = {"kind": "reply", "text": "Mein langer Text.", "stood": stood[1]}
    answer = await browser.post(f"/tickets/{ticket}/messages", form)
    assert answer.status_code == 409
    assert "Mia Roth hat diese Anfrage jetzt." in answer.text
    assert "Mein langer Text." in answer.text
    newer = re.search(r'name="stood" value="([^"]*)"', answer.text)
    assert newer
    again = await browser.post(f"/tickets/{ticket}/messages", form | {"stood": newer[1]})
    assert again.status_code == 303


async def test_the_api_refuses_an_answer_to_an_outdated_conversation_if_it_says_what_it_knew(
    browser: Browser, desk: Desk
) -> None:
    ticket = await asked(desk)
    await browser.log_in(desk.cast.jonas)
    first = (await browser.api("GET", f"/tickets/{ticket}")).json()["messages"][-1]["id"]
    newer = await browser.api("POST", f"/tickets/{ticket}/messages", {"text": "Erledigt!", "direction": "inbound"})
    refused = await browser.api("POST", f"/tickets/{ticket}/messages", {"text": "Antwort.", "seen": first})
    assert refused.status_code == 409
    assert refused.json()["version"] == newer.json()["id"]
    assert refused.json()["detail"]
    meant = await browser.api("POST", f"/tickets/{ticket}/messages", {"text": "Antwort.", "seen": newer.json()["id"]})
    assert meant.status_code == 201


async def test_two_who_answer_at_once_are_told_of_each_other(desk: Desk) -> None:
    ticket = await asked(desk)
    first = await fetch_value("SELECT max(id) FROM ticket_message WHERE ticket = $1", ticket)
    await reply(ticket, "Von Jonas.", by=desk.cast.jonas.id, now=NOW, seen=Seen(first))
    with pytest.raises(Conflict):
        await reply(ticket, "Von Mia.", by=desk.cast.mia.id, now=NOW, seen=Seen(first))
