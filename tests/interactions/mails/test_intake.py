"""Copies of mails that Petra writes elsewhere: filed with the right customers, or kept for her to say whose they are."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from crm.customers.orders.actions import create_order
from crm.customers.orders.data import OrderRecord
from crm.database import Row, execute, fetch, fetch_one, fetch_value
from crm.errors import Invalid, NotFound
from crm.interactions.mails import polling
from crm.interactions.mails.intake import (
    assign_mail,
    drop_mail,
    file_logged_mail,
    forget_settled_mails,
    log_address,
    receive_mail,
    renew_address,
    sweep_logged_mails,
)
from crm.mail.boxes import log_box_address
from crm.mail.imap import Look
from tests.browser import Browser
from tests.cast import Cast, introduce
from tests.consents import conftest as clients
from tests.consents.conftest import Client, person_at
from tests.interactions.mails.boxes import letter_box
from tests.interactions.mails.test_reading import raw

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


async def take(cast: Cast, body: str = "Anbei der Plan.", **headers: str) -> Row:
    """Petra's copy, received and filed."""
    mail_id = await receive_mail(raw(body, **headers), owner=cast.petra.id, now=NOW)
    assert mail_id is not None
    await file_logged_mail(mail_id, now=NOW)
    row = await fetch_one("SELECT * FROM logged_mail WHERE id = $1", mail_id)
    assert row is not None
    return row


@pytest.fixture
async def petra(cast: Cast) -> Cast:
    await execute("UPDATE staff SET email = 'petra@kuechen.example' WHERE id = $1", cast.petra.id)
    await execute("UPDATE company SET mail_from = 'post@kern.example'")
    await letter_box(host="imap.kern.example", user_name="kern")
    return cast


async def test_a_copy_goes_into_the_history_of_its_recipient(petra: Cast, anna: Client) -> None:
    row = await take(petra, Date="Mon, 23 Nov 2026 10:00:00 +0100")
    assert (row.state, row.text, bytes(row.content)) == ("filed", "", b"")
    contact = await fetch_one("SELECT * FROM interaction")
    assert contact is not None
    assert (contact.customer, contact.person, contact.direction, contact.channel) == (
        anna.customer, anna.person, "outbound", "email",
    )  # fmt: skip
    assert (contact.text, contact.at) == ("Küche\n\nAnbei der Plan.", datetime(2026, 11, 23, 9, 0, tzinfo=UTC))
    assert contact.by_user == petra.petra.id


async def test_what_a_mail_cites_is_kept_found_and_folded(petra: Cast, anna: Client, browser: Browser) -> None:
    await take(petra, "Der Plan kommt morgen.\n\nAm 3.11.2026 um 10:00 schrieb Anna:\n> Wo bleibt die Arbeitsplatte?")
    contact = await fetch_one("SELECT id, text FROM interaction")
    assert contact is not None
    assert contact.text.endswith("> Wo bleibt die Arbeitsplatte?")
    await browser.log_in(petra.petra)
    for path in (f"/interactions/{contact.id}", f"/customers/{anna.customer}"):
        before, fold, cited = (await browser.get(path)).text.partition("<summary>Zitierten Text zeigen</summary>")
        assert "Der Plan kommt morgen." in before, path
        assert "Arbeitsplatte" not in before, path
        assert fold
        assert "Wo bleibt die Arbeitsplatte?" in cited, path
        assert before.endswith('<details class="unfold">'), path
    assert "Arbeitsplatte" not in (await browser.get("/interactions")).text
    found = (await browser.get(f"/customers/{anna.customer}?q=arbeitsplatte")).text
    assert '<details class="unfold" open><summary>Zitierten Text zeigen' in found
    assert "<mark>Arbeitsplatte</mark>" in found


async def test_a_forward_goes_in_as_the_customers_mail(petra: Cast, anna: Client) -> None:
    body = (
        "---------- Forwarded message ---------\nVon: Anna <anna@groessmann.example>\nSubject: Frage\n\nWann kommt sie?"
    )
    row = await take(petra, body, Subject="WG: Frage", To="post@kern.example")
    assert row.state == "filed"
    contact = await fetch_one("SELECT direction, text, customer FROM interaction")
    assert contact is not None
    assert (contact.direction, contact.text, contact.customer) == ("inbound", "Frage\n\nWann kommt sie?", anna.customer)


async def test_several_recipients_get_an_entry_each(petra: Cast, anna: Client, studio: Client) -> None:
    await take(petra, To="anna@groessmann.example, info@yildiz.example, emre@yildiz.example, ali@kuechen.example")
    rows = await fetch("SELECT customer FROM interaction ORDER BY customer")
    assert [row.customer for row in rows] == sorted([anna.customer, studio.customer])


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ({"To": "fremd@nirgendwo.example"}, "nobody"),
        ({"From": "eve@boese.example"}, "other_sender"),
        ({"To": "post@kern.example"}, "nobody"),
    ],
)
async def test_what_cannot_be_filed_waits(petra: Cast, anna: Client, headers: dict[str, str], reason: str) -> None:
    row = await take(petra, **headers)
    assert (row.state, row.reason) == ("waiting", reason)
    assert await fetch_value("SELECT count(*) FROM interaction") == 0
    assert await fetch_value("SELECT count(*) FROM customer") == 1, "no customer is ever made"


async def test_an_address_of_two_customers_is_for_its_owner_to_decide(
    petra: Cast, anna: Client, studio: Client
) -> None:
    await execute(
        "INSERT INTO affiliation (customer, person, function, position) VALUES ($1, $2, '', 1)",
        studio.customer,
        anna.person,
    )
    row = await take(petra)
    assert (row.state, row.reason) == ("waiting", "several")
    with pytest.raises(NotFound):
        await assign_mail(row.id, anna.customer, by=petra.ali.id, now=NOW)
    await assign_mail(row.id, studio.customer, by=petra.petra.id, now=NOW)
    contact = await fetch_one("SELECT customer, person FROM interaction")
    assert contact is not None
    assert (contact.customer, contact.person) == (studio.customer, anna.person)
    with pytest.raises(NotFound):
        await assign_mail(row.id, studio.customer, by=petra.petra.id, now=NOW)


async def test_automatic_mail_is_dropped_and_never_answered(petra: Cast, anna: Client) -> None:
    row = await take(petra, Auto_Submitted="auto-replied")
    assert (row.state, row.reason) == ("dropped", "automatic")
    assert await fetch_value("SELECT count(*) FROM outbox_message") == 0


@pytest.mark.parametrize("table", ["customer", "person"])
async def test_mail_of_a_restricted_person_is_for_the_officer_alone(
    petra: Cast, anna: Client, browser: Browser, table: str
) -> None:
    await execute(f"UPDATE {table} SET restricted_at = now()")
    row = await take(petra, "Geheimes Wort")
    assert row.state == "officer"
    assert await fetch_value("SELECT count(*) FROM interaction") == 0
    await browser.log_in(petra.petra)
    assert "Geheimes Wort" not in (await browser.get("/account/mail-log")).text
    assert (await browser.post(f"/account/mail-log/{row.id}/dismissal")).status_code == 404
    await browser.log_in(petra.sven)
    assert "Geheimes Wort" in (await browser.get("/account/mail-log")).text
    assert (await browser.post(f"/account/mail-log/{row.id}/dismissal")).status_code == 303
    assert await fetch_value("SELECT text FROM logged_mail") == ""


async def test_the_same_mail_is_taken_in_once(petra: Cast, anna: Client) -> None:
    copy = raw("x", Message_ID="<1@x>")
    assert await receive_mail(copy, owner=petra.petra.id, now=NOW) is not None
    assert await receive_mail(copy + b" ", owner=petra.petra.id, now=NOW) is None
    assert await receive_mail(raw("x"), owner=petra.petra.id, now=NOW) is not None
    assert await receive_mail(raw("x"), owner=petra.petra.id, now=NOW) is None
    assert await sweep_logged_mails(NOW) == 2
    await execute("UPDATE logged_mail SET settled_at = '2020-01-01'")
    await forget_settled_mails(now=NOW)
    assert await fetch_value("SELECT count(*) FROM logged_mail") == 0


@pytest.mark.parametrize("content", [b"", b"\x00\xff", b"nur Text", b"x" * 25_000_001])
async def test_what_is_no_mail_is_refused(petra: Cast, content: bytes) -> None:
    with pytest.raises(Invalid):
        await receive_mail(content, owner=petra.petra.id, now=NOW)


async def test_the_address_is_ones_own_and_can_be_renewed(petra: Cast, anna: Client) -> None:
    address = await log_address(petra.petra.id, now=NOW)
    assert address is not None
    assert address.startswith("post+") and address.endswith("@kern.example")  # noqa: PT018
    assert await log_address(petra.petra.id, now=NOW) == address
    taken = await receive_mail(raw("x", Delivered_To=address), owner=None, now=NOW)
    assert await fetch_value('SELECT "user" FROM logged_mail WHERE id = $1', taken) == petra.petra.id
    await renew_address(petra.petra.id, now=NOW)
    assert await log_address(petra.petra.id, now=NOW) != address
    assert await receive_mail(raw("y", Delivered_To=address), owner=None, now=NOW) is None


async def test_a_log_address_is_that_of_the_first_box_in_use_that_takes_copies(cast: Cast) -> None:
    assert await log_box_address() is None
    await letter_box(address="service@kern.example", purpose="enquiries", user_name="a")
    await letter_box(address="alt@kern.example", user_name="b", is_active=False)
    assert await log_box_address() is None
    await letter_box(address="Box@Kern.example", purpose="both", user_name="c")
    await letter_box(address="zweite@kern.example", user_name="d")
    assert await log_box_address() == "box@kern.example"


async def test_the_page_explains_and_assigns(petra: Cast, anna: Client, browser: Browser) -> None:
    await browser.log_in(petra.petra)
    assert "post+" in (await browser.get("/account/mail-log")).text
    row = await take(petra, To="fremd@nirgendwo.example")
    assert "fremd@nirgendwo.example" in (await browser.get("/account/mail-log")).text
    unclear = await browser.post(f"/account/mail-log/{row.id}/customer", {"customer": "gibts nicht"})
    assert unclear.status_code == 422
    assert (await browser.post(f"/account/mail-log/{row.id}/customer", {"customer": "T-1"})).status_code == 303
    assert await fetch_value("SELECT customer FROM interaction") == anna.customer
    before = await log_address(petra.petra.id, now=NOW)
    await browser.post("/account/mail-log/renewal")
    assert await log_address(petra.petra.id, now=NOW) != before
    dropped = await take(petra, "z", To="fremd@nirgendwo.example")
    await drop_mail(dropped.id, by=petra.petra.id, officer=False, now=NOW)
    await execute("UPDATE letter_box SET is_active = false")
    assert "IMAP" in (await browser.get("/account/mail-log")).text


async def test_the_api_takes_a_mail_in(petra: Cast, anna: Client, browser: Browser) -> None:
    await browser.log_in(petra.petra)
    headers = {"authorization": f"Bearer {browser.token}", "content-type": "message/rfc822"}
    answers = [await browser.client.post("/api/v1/mail/logged", content=raw("x"), headers=headers) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert [answer.json()["state"] for answer in answers] == ["filed", None]
    assert (await browser.client.post("/api/v1/mail/logged", content=b"x", headers=headers)).status_code == 422


class Box:
    """A letter box that remembers what was asked of it."""

    def __init__(self, messages: list[bytes]) -> None:
        self.messages = messages

    async def new_messages(self, settings: Any, validity: int, last_uid: int, since: date, wanted: Any) -> Look:
        last_uid = last_uid if validity == 7 else 0
        new = self.messages[last_uid:]
        return Look(7, len(self.messages), [each for each in new if wanted(each.partition(b"\r\n\r\n")[0])])


async def test_the_letter_box_is_looked_through_once(
    petra: Cast, anna: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = await log_address(petra.petra.id, now=NOW)
    assert address is not None
    box = Box(
        [raw("Newsletter"), raw("Anbei", Delivered_To=address), raw("x", Delivered_To=f"post+{'b' * 20}@kern.example")]
    )
    monkeypatch.setattr(polling, "new_messages", box.new_messages)
    assert [await polling.poll_letter_boxes(NOW) for _ in range(2)] == [1, 0]
    box.messages.append(raw("Noch eine", Delivered_To=address))
    assert await polling.poll_letter_boxes(NOW) == 1
    assert await fetch_value("SELECT last_uid FROM letter_box") == 4


async def test_two_workers_file_a_mail_once(own_database: str) -> None:
    cast = await introduce()
    await execute("UPDATE staff SET email = 'petra@kuechen.example' WHERE id = $1", cast.petra.id)
    row = await clients.customer("Anna", "person", "T-1")
    await person_at(row, "Anna", "Größmann", "anna@groessmann.example", is_self=True)
    mail_id = await receive_mail(raw("x"), owner=cast.petra.id, now=NOW)
    assert mail_id is not None
    await asyncio.gather(*(file_logged_mail(mail_id, now=NOW) for _ in range(4)))
    assert await fetch_value("SELECT count(*) FROM interaction") == 1


async def test_a_mail_that_names_an_order_belongs_to_it(petra: Cast, anna: Client) -> None:
    record = OrderRecord(anna.customer, "A-10492", date(2026, 10, 1), Decimal(120))
    order = await create_order(record, by=petra.petra.id, now=NOW)
    await take(petra, "Ihre Bestellung A-10492 ist fertig.")
    assert await fetch_value("SELECT customer_order FROM interaction") == order
    assert await fetch_value("SELECT basis FROM contact_order") == "named"
