"""Forwarding an enquiry: outside by mail, to colleagues by a link; no answer to the customer."""

from __future__ import annotations

import pytest

from crm.accounts.company import signing_secret
from crm.consents import sending
from crm.customers.documents import NewDocument, attach_document
from crm.database import execute, fetch_one, fetch_value
from crm.errors import Invalid
from crm.tickets.forwarding import Forward, forward, parse_forward
from crm.tickets.opening import NewTicket, open_ticket
from crm.tickets.references import reference_of
from tests.browser import Browser
from tests.tickets.conftest import NOW, Desk

pytestmark = pytest.mark.usefixtures("round_the_clock")
MAKER = Forward("werk@herd.example", None, "Scharnier", "Gibt es dafür Ersatz?\n\n> Das Scharnier ist gebrochen.")


async def asked(desk: Desk) -> int:
    data = NewTicket(desk.groessmann, "Scharnier", "Das Scharnier ist gebrochen.", "billing", person_id=desk.anna)
    return (await open_ticket(data, by=desk.cast.ali.id, now=NOW)).id


async def test_the_maker_is_asked_by_mail_and_no_promise_is_kept_by_that(desk: Desk) -> None:
    ticket = await asked(desk)
    document = await attach_document(
        desk.groessmann, NewDocument("Bild.txt", b"Bild", "text/plain"), by=desk.cast.ali.id, now=NOW
    )
    what = Forward(MAKER.to, None, MAKER.subject, MAKER.text, document_ids=(document.document_id,))
    message = await forward(ticket, what, by=desk.cast.jonas.id, now=NOW)
    sent = await fetch_one(
        "SELECT x.* FROM outbox_message x JOIN ticket_message m ON m.outbox_id = x.id WHERE m.id = $1", message
    )
    assert sent is not None
    assert (sent.status, sent.to_address, sent.purpose, sent.in_reply_to) == (
        "queued",
        "werk@herd.example",
        "service",
        "",
    )
    assert reference_of(ticket, await signing_secret()) in sent.subject
    assert "Größmann" not in sent.text, "nobody tells more about the customer than was written"
    assert await fetch_value("SELECT name FROM outbox_attachment WHERE message = $1", sent.id) == "Bild.txt"
    row = await fetch_one("SELECT first_responded_at, status FROM ticket WHERE id = $1", ticket)
    assert row is not None
    assert (row.first_responded_at, row.status) == (None, "new")


async def test_nothing_about_a_restricted_person_leaves(desk: Desk) -> None:
    ticket = await asked(desk)
    await execute("UPDATE person SET restricted_at = $2 WHERE id = $1", desk.anna, NOW)
    message = await forward(ticket, MAKER, by=desk.cast.jonas.id, now=NOW)
    status = await fetch_value(
        "SELECT x.status FROM outbox_message x JOIN ticket_message m ON m.outbox_id = x.id WHERE m.id = $1", message
    )
    assert status == "refused"


async def test_nothing_about_a_restricted_company_leaves_nor_what_waited_already(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket = await asked(desk)
    before = await forward(ticket, MAKER, by=desk.cast.jonas.id, now=NOW)
    await execute("UPDATE customer SET restricted_at = $2 WHERE id = $1", desk.groessmann, NOW)
    after = await forward(ticket, MAKER, by=desk.cast.sven.id, now=NOW)
    outbox = "SELECT x.id, x.status FROM outbox_message x JOIN ticket_message m ON m.outbox_id = x.id WHERE m.id = $1"
    waiting, refused = await fetch_one(outbox, before), await fetch_one(outbox, after)
    assert waiting is not None
    assert refused is not None
    assert refused.status == "refused"
    monkeypatch.setattr(sending, "mail_settings", configured)
    assert await sending.send_message(waiting.id, now=NOW) == sending.Outcome.REFUSED
    for colleague in (desk.cast.mia, desk.cast.ines):
        with pytest.raises(Invalid):
            await forward(ticket, Forward("", colleague.id, "", "Siehst du das?"), by=desk.cast.sven.id, now=NOW)
    assert await fetch_value("SELECT count(*) FROM notification WHERE kind = 'ticket_shown'") == 0


async def test_what_waits_does_not_leave_once_its_customer_is_deleted(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = await forward(await asked(desk), MAKER, by=desk.cast.jonas.id, now=NOW)
    outbox = await fetch_value("SELECT outbox_id FROM ticket_message WHERE id = $1", message)
    await execute("UPDATE customer SET deleted_at = $2 WHERE id = $1", desk.groessmann, NOW)
    monkeypatch.setattr(sending, "mail_settings", configured)
    assert await sending.send_message(outbox, now=NOW) == sending.Outcome.REFUSED


async def configured() -> object:
    return object()


async def test_a_colleague_gets_a_link_and_no_mail_also_by_their_address(desk: Desk) -> None:
    ticket = await asked(desk)
    for what in (
        Forward("", desk.cast.mia.id, "", "Kennst du das?"), Forward(desk.cast.eva.email, None, "Scharnier", "Siehst du das?"),
    ):  # fmt: skip
        await forward(ticket, what, by=desk.cast.jonas.id, now=NOW)
    for user in (desk.cast.mia, desk.cast.eva):
        link = await fetch_value("SELECT link FROM notification WHERE kind = 'ticket_shown' AND \"user\" = $1", user.id)
        assert link.startswith(f"/tickets/{ticket}#message-")
    assert await fetch_value("SELECT count(*) FROM outbox_message WHERE purpose = 'service'") == 0
    kinds = await fetch_value("SELECT count(*) FROM ticket_message WHERE ticket = $1 AND kind = 'note'", ticket)
    assert kinds == 2


async def test_the_customers_own_address_wants_an_answer(desk: Desk) -> None:
    ticket = await asked(desk)
    for address in ("Anna@groessmann.example", "info@groessmann.example"):
        with pytest.raises(Invalid) as refused:
            await forward(ticket, Forward(address, None, "S", "T"), by=desk.cast.jonas.id, now=NOW)
        assert "to" in refused.value.errors


@pytest.mark.parametrize("typed", [{}, {"to": "a@b.example", "colleague_id": "3"}, {"to": "kein at"}])
def test_it_must_be_said_to_whom(typed: dict[str, str]) -> None:
    with pytest.raises(Invalid) as refused:
        parse_forward({"text": "T", "subject": "S", **typed})
    assert "to" in refused.value.errors


async def test_jonas_forwards_it_in_the_browser(browser: Browser, desk: Desk) -> None:
    ticket = await asked(desk)
    await browser.log_in(desk.cast.jonas)
    form = await browser.get(f"/tickets/{ticket}/forwards/new", htmx=True)
    assert "&gt; Das Scharnier ist gebrochen." in form.text
    assert int(form.headers["x-sql-statements"]) <= 8
    wrong = await browser.post(
        f"/tickets/{ticket}/forwards", {"to": "kein at", "text": "Mein Text.", "subject": "S"}, htmx=True
    )
    assert wrong.status_code == 422
    assert "Mein Text." in wrong.text
    sent = {"to": "werk@herd.example", "text": "Gibt es Ersatz?", "subject": "Scharnier", "submission_id": "one"}
    for _click in range(2):
        assert (await browser.post(f"/tickets/{ticket}/forwards", sent)).status_code == 303
    assert await fetch_value("SELECT count(*) FROM ticket_message WHERE kind = 'forward'") == 1
    page = (await browser.get(f"/tickets/{ticket}")).text
    assert "weitergeleitet · E-Mail an werk@herd.example" in page


async def test_the_api_forwards_too(browser: Browser, desk: Desk) -> None:
    ticket = await asked(desk)
    await browser.log_in(desk.cast.jonas)
    done = await browser.api(
        "POST", f"/tickets/{ticket}/forwards", {"to": "werk@herd.example", "text": "Gibt es Ersatz?"}
    )
    assert done.status_code == 201, done.text
    assert (done.json()["kind"], done.json()["mail_to"]) == ("forward", "werk@herd.example")
    wrong = await browser.api("POST", f"/tickets/{ticket}/forwards", {"text": "Gibt es Ersatz?"})
    assert wrong.status_code == 422
