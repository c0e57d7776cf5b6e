"""What customers send by the forms of the website: an enquiry or a call, each once, and nobody learns anything about anybody."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest

from crm.accounts.company import signing_secret
from crm.customers.orders.actions import create_order
from crm.customers.orders.data import OrderRecord
from crm.database import Row, execute, fetch, fetch_one, fetch_value
from crm.errors import NotFound
from crm.interactions.incoming.receiving import file_incoming_mail, forget_incoming
from crm.interactions.incoming.sorting import open_from_mail, put_into_ticket
from crm.interactions.web_forms.guarding import MOST_PER_HOUR, token_of
from crm.interactions.web_forms.sending import forget_attempts
from crm.tickets.opening import NewTicket, open_ticket
from tests.browser import Browser
from tests.interactions.web_forms.conftest import called, desk, site, written
from tests.tickets.conftest import NOW, Desk

__all__ = ["called", "desk", "site", "written"]
TYPED = {
    "email": "anna@groessmann.example", "name": "Anna Größmann", "subject": "Lieferung", "text": "Wann kommt die Arbeitsplatte?",
    "privacy_read": "1",
}  # fmt: skip
NUMBERS = iter(range(10**6))


async def token(code: str, *, seconds: int = 60) -> str:
    """Of a form that was shown a minute ago."""
    shown = datetime.now(UTC) - timedelta(seconds=seconds)
    return token_of(code, f"{next(NUMBERS):016x}", shown, await signing_secret())


async def send(browser: Browser, code: str, typed: dict[str, Any] | None = None, **more: Any) -> httpx.Response:
    """Without log-in, cookie or token of a session, as from within another website."""
    values = {**(TYPED if typed is None else typed), **{n: v for n, v in more.items() if n != "files"}}
    values.setdefault("token", await token(code))
    browser.client.cookies.clear()
    return await browser.client.post(f"/forms/{code}", data=values, files=more.get("files"))


async def filed(now: datetime = NOW) -> Row:
    """The newest entry, after it was filed."""
    mail_id = await fetch_value("SELECT max(id) FROM incoming_mail")
    await file_incoming_mail(mail_id, now=now)
    row = await fetch_one("SELECT * FROM incoming_mail WHERE id = $1", mail_id)
    assert row is not None
    return row


async def message_of(ticket_id: int) -> Row:
    row = await fetch_one("SELECT * FROM ticket_message WHERE ticket = $1 ORDER BY id LIMIT 1", ticket_id)
    assert row is not None
    return row


async def test_what_anna_is_said_to_have_written_is_an_enquiry_and_not_confirmed(
    written: str, site: Desk, browser: Browser
) -> None:
    answer = await send(browser, written)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/forms/{written}/thanks?lang=de")
    entry = await filed()
    ticket = await fetch_one("SELECT * FROM ticket WHERE id = $1", entry.ticket)
    assert ticket is not None
    assert (entry.state, bytes(entry.content), entry.text) == ("filed", b"", "")
    assert (ticket.customer, ticket.person, ticket.subject, ticket.channel) == (
        site.groessmann,
        site.anna,
        "Lieferung",
        "web",
    )
    assert ticket.assignee is not None
    assert ticket.first_response_due_at is not None
    message = await message_of(ticket.id)
    assert message.is_unverified
    assert message.text.startswith("Wann kommt die Arbeitsplatte?\n\n")
    await browser.log_in(site.cast.eva)
    assert "Absender nicht bestätigt" in (await browser.get(f"/tickets/{ticket.id}")).text


async def test_the_acknowledgement_repeats_nothing_that_was_typed(written: str, browser: Browser) -> None:
    await send(browser, written, email="opfer@fremd.example", name="Gewinn!! spam.example", subject="Gewinn!!")
    entry = await filed()
    mail = await fetch_one("SELECT * FROM outbox_message WHERE dedupe_key = $1", f"received {entry.ticket}")
    assert mail is not None
    assert (mail.to_address, mail.to_name) == ("opfer@fremd.example", "")
    assert "Gewinn" not in mail.subject + mail.text + mail.html
    assert f"#{entry.ticket}" in mail.text


async def test_who_is_not_known_becomes_a_prospect_who_is_owed_information(written: str, browser: Browser) -> None:
    await send(
        browser, written, email="ida@sommer.example", name="Ida Sommer", phone="0911 55 12 30", company="Sommer Café"
    )
    ticket = await fetch_one(
        "SELECT c.name, c.status, c.origin, p.given_name, k.person, (SELECT number FROM phone_number n WHERE n.person = k.person) AS phone "
        "FROM ticket k JOIN customer c ON c.id = k.customer JOIN person p ON p.id = k.person WHERE k.id = $1",
        (await filed()).ticket,
    )  # fmt: skip
    assert ticket is not None
    assert tuple(ticket)[:4] == ("Sommer Café", "prospect", "Webformular", "Ida")
    assert ticket.phone == "+49911551230"
    assert await fetch_value("SELECT status FROM information_duty WHERE person = $1", ticket.person) == "pending"


async def test_a_customer_is_found_by_telephone_and_by_number(written: str, site: Desk, browser: Browser) -> None:
    await execute("INSERT INTO phone_number (customer, number, position) VALUES ($1, '+49911777', 0)", site.groessmann)
    number = await fetch_value("SELECT number FROM customer WHERE id = $1", site.emre)
    for more, customer in (({"phone": "0911 777"}, site.groessmann), ({"customer_number": number.lower()}, site.emre)):
        await send(browser, written, email="neu@anders.example", text=f"Von {customer}", **more)
        ticket_id = (await filed()).ticket
        assert await fetch_value("SELECT customer FROM ticket WHERE id = $1", ticket_id) == customer
        assert (await message_of(ticket_id)).is_unverified


async def test_an_order_that_was_typed_is_connected(written: str, site: Desk, browser: Browser) -> None:
    order = await create_order(
        OrderRecord(site.groessmann, "4711", NOW.date(), Decimal(100)), by=site.cast.petra.id, now=NOW
    )
    await send(browser, written, order_number="4711")
    found = "SELECT customer_order, basis FROM ticket_order WHERE ticket = $1"
    connected = await fetch_one(found, (await filed()).ticket)
    assert connected is not None
    assert tuple(connected) == (order, "named")


async def test_a_number_of_an_enquiry_opens_nobodys(written: str, site: Desk, browser: Browser) -> None:
    await send(browser, written)
    first = (await filed()).ticket
    await send(browser, written, subject=f"Re: [#{first}]", text="Noch etwas.")
    assert (await filed()).ticket not in (None, first)


async def test_a_restricted_persons_entry_is_the_officers(written: str, site: Desk, browser: Browser) -> None:
    await execute("UPDATE person SET restricted_at = $2 WHERE id = $1", site.anna, NOW)
    await send(browser, written, further_note="spam")
    entry = await filed()
    assert (entry.state, entry.ticket) == ("officer", None)


async def test_spam_waits_for_a_person_who_releases_it(written: str, site: Desk, browser: Browser) -> None:
    tries: list[tuple[str, dict[str, Any]]] = [
        ("trap", {"further_note": "x"}),
        ("too_quick", {"token": await token(written, seconds=1), "text": "Schnell."}),
        ("links", {"text": "www.a www.b www.c www.d"}),
    ]
    for reason, more in tries:
        assert (await send(browser, written, **more)).status_code == 303
        entry = await filed()
        assert (entry.state, entry.reason, entry.ticket) == ("quarantine", reason, None)
        assert await fetch_value("SELECT count(*) FROM outbox_message") == 0
    await browser.log_in(site.cast.ali)
    shown = (await browser.get("/incoming-mails/spam")).text
    assert "Webformular: Anfrage" in shown
    assert "Sieht nach Spam aus" in shown
    ticket_id = await open_from_mail(entry.id, None, by=site.cast.ali.id, now=NOW)
    assert ticket_id is not None
    assert await fetch_value("SELECT customer FROM ticket WHERE id = $1", ticket_id) == site.groessmann
    assert await fetch_value("SELECT count(*) FROM outbox_message WHERE dedupe_key = $1", f"received {ticket_id}") == 1
    await send(browser, written, further_note="x", text="Und das?")
    entry = await filed()
    assert await put_into_ticket(entry.id, ticket_id, by=site.cast.ali.id, now=NOW) == ticket_id
    last = await fetch_one("SELECT * FROM ticket_message WHERE ticket = $1 ORDER BY id DESC LIMIT 1", ticket_id)
    assert last is not None
    assert (last.channel, last.is_unverified) == ("web", True)


async def test_capital_letters_in_an_address_pass_no_check(written: str, site: Desk, browser: Browser) -> None:
    await execute("UPDATE staff SET email = 'ali@kern.example' WHERE id = $1", site.cast.ali.id)
    await send(browser, written, email="ALI@Kern.example", text="Von Ali")
    assert (await filed()).reason == "colleague"
    await send(browser, written, email="Anna@Groessmann.example", further_note="x", text="Von Anna")
    assert (await filed()).sender == "anna@groessmann.example"
    for number, address in enumerate(
        ("ida@sommer.example", "Ida@sommer.example", "IDA@sommer.example", "iDa@sommer.example")
    ):
        await send(browser, written, email=address, text=f"Nachricht {number}")
        await filed()
    assert await fetch_value("SELECT count(*) FROM outbox_message WHERE lower(to_address) = 'ida@sommer.example'") == 3


async def test_who_is_restricted_and_claimed_by_number_is_put_into_no_enquiry(
    written: str, site: Desk, browser: Browser
) -> None:
    await execute("INSERT INTO phone_number (person, number, position) VALUES ($1, '+49911777', 0)", site.anna)
    await send(browser, written, email="neu@anders.example", phone="0911 777", further_note="x")
    entry = await filed()
    other = await open_ticket(NewTicket(site.emre, "Sonstiges", "Etwas."), by=site.cast.ali.id, now=NOW)
    await execute("UPDATE person SET restricted_at = $2 WHERE id = $1", site.anna, NOW)
    with pytest.raises(NotFound):
        await put_into_ticket(entry.id, other.id, by=site.cast.ali.id, now=NOW)


async def test_many_of_one_address_wait_and_still_more_are_not_taken(written: str, browser: Browser) -> None:
    for number in range(MOST_PER_HOUR):
        assert (await send(browser, written, text=f"Nachricht {number}")).status_code == 303
        assert (await filed()).reason == ("too_many" if number >= 5 else "")
    refused = await send(browser, written, text="Noch eine")
    assert refused.status_code == 429
    assert "Noch eine" in refused.text
    assert await fetch_value("SELECT count(*) FROM incoming_mail") == MOST_PER_HOUR
    await execute("UPDATE form_attempt SET at = at - interval '2 hours'")
    assert (await send(browser, written, text="Noch eine")).status_code == 303


async def test_the_same_text_again_waits_unless_it_is_the_same_form(written: str, browser: Browser) -> None:
    same = {"token": await token(written)}
    await send(browser, written, **same)
    first = await filed()
    again = await send(browser, written, **same)
    assert again.headers["location"].endswith("/thanks?lang=de")
    assert await fetch_value("SELECT count(*) FROM incoming_mail") == 1
    await send(browser, written, subject="Geändert", **same)
    changed = await filed()
    assert (changed.id != first.id, changed.state) == (True, "filed")
    await send(browser, written)
    assert (await filed()).reason == "same_text"
    await forget_attempts(now=datetime.now(UTC) + timedelta(days=2))
    assert await fetch_value("SELECT count(*) FROM form_attempt") == 0


async def test_a_form_that_was_opened_once_is_sent_once_more_and_then_waits(written: str, browser: Browser) -> None:
    once = {"token": await token(written)}
    reasons = []
    for text in ("Guten Tag", "Guten Tag!", "Guten Tag?", "Und noch eine"):
        await send(browser, written, text=text, **once)
        reasons.append((await filed()).reason)
    assert reasons == ["", "", "same_form", "same_form"]


async def test_what_looks_like_spam_is_forgotten_after_a_month_and_what_waits_after_half_a_year(
    written: str, site: Desk, browser: Browser
) -> None:
    await execute("UPDATE staff SET email = 'ali@kern.example' WHERE id = $1", site.cast.ali.id)
    await send(browser, written, further_note="x")
    spam = await filed()
    await send(browser, written, email="ali@kern.example", text="Von Ali")
    colleague = await filed()

    async def kept(days: int) -> list[str]:
        await forget_incoming(now=NOW + timedelta(days=days))
        rows = await fetch(
            "SELECT state, content FROM incoming_mail WHERE id = ANY($1) ORDER BY id", [spam.id, colleague.id]
        )
        assert [row.state == "dropped" for row in rows] == [not bytes(row.content) for row in rows]
        return [row.state for row in rows]

    assert await kept(29) == ["quarantine", "quarantine"]
    assert await kept(31) == ["dropped", "quarantine"]
    assert await kept(179) == ["dropped", "quarantine"]
    assert await kept(181) == ["dropped", "dropped"]


async def test_the_officers_entries_are_not_forgotten_by_themselves(written: str, site: Desk, browser: Browser) -> None:
    await send(browser, written, further_note="x")
    spam = await filed()
    await execute("UPDATE person SET restricted_at = $2 WHERE id = $1", site.anna, NOW)
    await forget_incoming(now=NOW + timedelta(days=300))
    assert await fetch_value("SELECT state FROM incoming_mail WHERE id = $1", spam.id) == "quarantine"


async def test_no_address_is_kept_of_who_sent_it(written: str, browser: Browser) -> None:
    await send(browser, written)
    row = await fetch_one("SELECT address_hash, text_hash FROM form_attempt")
    assert row is not None
    assert {len(row.address_hash), len(row.text_hash)} == {32}


async def test_files_come_along_if_the_form_takes_them(written: str, called: str, browser: Browser) -> None:
    await send(browser, written, files={"file": ("Plan.pdf", b"%PDF-1.7 plan", "application/x-whatever")})
    found = await fetch(
        "SELECT d.name FROM message_document l JOIN document d ON d.id = l.document JOIN ticket_message m ON m.id = l.message "
        "WHERE m.ticket = $1",
        (await filed()).ticket,
    )
    assert [row.name for row in found] == ["Plan.pdf"]
    large = await send(browser, written, text="Groß", files={"file": ("a.pdf", b"%PDF-1.7 " + b"x" * 5_000_001, "x/y")})
    assert large.status_code == 422
    assert "zu groß" in large.text
    many = [("file", (f"{n}.txt", b"x", "text/plain")) for n in range(6)]
    assert (await send(browser, written, text="Viele", files=many)).status_code == 422
    program = await send(
        browser, written, text="Programm", files={"file": ("x.exe", b"MZ\x90\x00" + b"\x00" * 200, "x/y")}
    )
    assert program.status_code == 422


async def test_a_wish_to_be_called_back_becomes_one(called: str, site: Desk, browser: Browser) -> None:
    await execute("INSERT INTO phone_number (person, number, position) VALUES ($1, '+49911777', 0)", site.anna)
    wish = {
        "phone": "0911 777",
        "name": "Anna",
        "text": "Wegen der Rechnung",
        "window": "morgen zwischen 9 und 11",
        "privacy_read": "1",
    }
    assert (await send(browser, called, wish)).status_code == 303
    entry = await filed(datetime.now(UTC))
    assert (entry.state, entry.ticket) == ("filed", None)
    call = await fetch_one("SELECT * FROM call_back")
    assert call is not None
    assert (call.kind, call.number, call.customer, call.person, call.created_by) == (
        "wanted", "+49911777", site.groessmann, site.anna, None,
    )  # fmt: skip
    assert (call.until_at - call.from_at) == timedelta(hours=2)
    assert call.user == site.cast.petra.id
    assert await fetch_value('SELECT "user" FROM reminder WHERE id = $1', call.reminder_id) == site.cast.petra.id
    assert call.about.startswith("Wegen der Rechnung")


async def test_a_call_of_nobody_we_know_makes_no_customer_and_is_released_as_a_call(
    called: str, site: Desk, browser: Browser
) -> None:
    customers = await fetch_value("SELECT count(*) FROM customer")
    wish = {"phone": "030 123456", "further_note": "x", "privacy_read": "1"}
    await send(browser, called, wish)
    entry = await filed()
    assert entry.state == "quarantine"
    await browser.log_in(site.cast.ali)
    answer = await browser.post(f"/incoming-mails/{entry.id}/opening", {"customer": ""})
    assert answer.headers["location"] == "/call-backs"
    assert await fetch_value("SELECT number FROM call_back") == "+4930123456"
    assert await fetch_value("SELECT count(*) FROM customer") == customers
    assert "030 123456" in (await browser.get("/call-backs")).text


async def test_errors_stand_at_the_fields_and_keep_what_was_typed(written: str, called: str, browser: Browser) -> None:
    sent = await token(written)
    answer = await send(browser, written, {"email": "kaputt@", "text": "Bitte <b>", "token": sent})
    assert answer.status_code == 422
    assert sent in answer.text
    assert "Bitte &lt;b&gt;" in answer.text
    assert "Das ist keine E-Mail-Adresse" in answer.text
    assert 'id="f-privacy_read-error"' in answer.text
    for window in ("gestern", "Quatsch", "um 9 am 30.2."):
        late = await send(browser, called, {"phone": "0911 777", "window": window, "privacy_read": "1"})
        assert (late.status_code, 'id="f-window-error"' in late.text) == (422, True), window
    nothing = await send(browser, written, {**TYPED, "text": " \x00 ", "topic": "gibtsnicht"})
    assert nothing.status_code == 422
    huge = await send(browser, written, text="x" * 2_000_000)
    assert huge.status_code == 422


async def test_an_old_form_is_shown_again_and_a_forged_one_refused(written: str, browser: Browser) -> None:
    old = await token(written, seconds=25 * 3600)
    answer = await send(browser, written, token=old)
    assert answer.status_code == 422
    assert "Wann kommt die Arbeitsplatte?" in answer.text
    fresh = re.search(r'name="token" value="([^"]+)"', answer.text)
    assert fresh is not None
    assert (await send(browser, written, token=fresh[1])).status_code == 303
    assert (await send(browser, written, token="")).status_code == 403
    assert (await send(browser, written, token=await token("another"))).status_code == 403


async def test_it_says_the_same_whoever_is_known(written: str, browser: Browser) -> None:
    known = await send(browser, written)
    unknown = await send(browser, written, email="nie@gesehen.example", text="Anders")
    assert known.headers["location"] == unknown.headers["location"]
    assert "set-cookie" not in known.headers
