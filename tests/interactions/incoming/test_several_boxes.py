"""Two letter boxes on two real servers: each for itself, one enquiry per mail, and answers that come back by the way they came."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from crm.consents.sending import send_anew
from crm.database import execute, fetch, fetch_one, fetch_value
from crm.interactions.incoming.receiving import digest_of, sweep_incoming
from crm.interactions.mails.intake import log_address, sweep_logged_mails
from crm.interactions.mails.polling import poll_letter_box, poll_letter_boxes
from crm.mail.message import compose
from crm.tickets.answering import reply
from crm.tickets.topics.rules import create_rule
from tests.cast import Cast, introduce
from tests.interactions.mails.boxes import letter_box
from tests.interactions.mails.test_reading import raw
from tests.mail.dovecot import Dovecot, running_dovecot
from tests.tickets.conftest import furnish

NOW = datetime.now(UTC)


@dataclass
class House:
    """Service takes enquiries about repairs, the post takes what the staff log; each on its own server."""

    cast: Cast
    service: Dovecot
    post: Dovecot
    service_id: int
    post_id: int


@pytest.fixture
def second_dovecot() -> Iterator[Dovecot]:
    with running_dovecot() as server:
        yield server


@pytest.fixture
async def house(own_database: str, dovecot: Dovecot, second_dovecot: Dovecot) -> House:
    cast = await introduce()
    await furnish(cast)
    await execute("UPDATE company SET mail_from = 'firma@kern.example', acknowledges_mail = true")
    service = await letter_box(
        dovecot, name="Service", address="service@kern.example", purpose="enquiries", topic="billing", language="en"
    )
    post = await letter_box(
        second_dovecot, security="none", port=second_dovecot.port, purpose="both", user_name="otherwise@kern.example"
    )
    return House(cast, dovecot, second_dovecot, service, post)


def letter(subject: str, text: str = "Wann kommt sie denn nun endlich?", **headers: str) -> bytes:
    return raw(
        text, From="Anna <anna@groessmann.example>", To="service@kern.example", Subject=subject, Date=format_datetime(NOW),
        **({"Message_ID": f"<{subject}@x.example>"} | headers),
    )  # fmt: skip


async def look(at: datetime = NOW) -> list[str]:
    await poll_letter_boxes(at)
    await sweep_incoming(at)
    return [row.subject for row in await fetch("SELECT subject FROM ticket ORDER BY id")]


async def test_a_mail_that_reached_two_boxes_makes_one_enquiry(house: House) -> None:
    house.service.deliver(letter("eins"), letter("zwei"))
    house.post.deliver(letter("zwei"), letter("eins"), letter("drei"))
    assert sorted(await look()) == ["drei", "eins", "zwei"]
    assert sorted(await look(NOW + timedelta(minutes=1))) == ["drei", "eins", "zwei"]
    uids = await fetch("SELECT last_uid FROM letter_box ORDER BY id")
    assert [row.last_uid for row in uids] == [2, 3], "each box is looked through for itself"


def test_without_a_message_id_it_is_the_same_by_date_sender_and_words() -> None:
    first = b"Delivered-To: a@kern.example\r\nFrom: x@y.example\r\nDate: Mon, 2 Nov 2026 10:00:00 +0100\r\nSubject: Q\r\n\r\nHallo"
    second = first.replace(b"Delivered-To: a@", b"Received: b\r\nDelivered-To: b@")
    assert digest_of(first) == digest_of(second)
    assert digest_of(first) != digest_of(first.replace(b"Hallo", b"Hello"))
    unix = first.replace(b"\r\n", b"\n")
    assert digest_of(unix) != digest_of(unix.replace(b"Hallo", b"Hello"))
    undated = first.replace(b"Date:", b"X-Date:")
    assert digest_of(undated) != digest_of(second.replace(b"Date:", b"X-Date:"))


async def test_a_box_that_fails_holds_up_no_other_and_has_its_own_trouble(house: House) -> None:
    house.service.stop()
    house.post.deliver(letter("eins"))
    assert await look() == ["eins"]
    rows = await fetch("SELECT id, error, failing_since, looked_at FROM letter_box ORDER BY id")
    assert [row.failing_since for row in rows] == [NOW, None]
    assert rows[0].error
    house.service.start()
    house.service.deliver(letter("zwei"))
    assert await look(NOW + timedelta(minutes=20)) == ["eins", "zwei"]
    assert await fetch_value("SELECT count(*) FROM letter_box WHERE failing_since IS NOT NULL") == 0


async def test_an_unexpected_error_in_one_box_is_kept_from_the_others(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.post.deliver(letter("eins"))
    from crm.interactions.mails import polling

    whole = polling.poll_letter_box

    async def breaks(box_id: int, now: datetime) -> int:
        if box_id == house.service_id:
            raise RuntimeError("broken")
        return await whole(box_id, now)

    monkeypatch.setattr(polling, "poll_letter_box", breaks)
    assert await poll_letter_boxes(NOW) == 1


async def test_two_workers_never_look_into_one_box_at_once(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    from crm.interactions.mails import polling

    house.service.deliver(letter("eins"))
    inside, most, entered, may_go = 0, 0, asyncio.Event(), asyncio.Event()
    look_in = polling.new_messages

    async def watched(*arguments: Any) -> Any:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        entered.set()
        await may_go.wait()
        try:
            return await look_in(*arguments)
        finally:
            inside -= 1

    monkeypatch.setattr(polling, "new_messages", watched)
    first = asyncio.create_task(poll_letter_box(house.service_id, NOW))
    await entered.wait()
    assert await poll_letter_box(house.service_id, NOW) == 0, "it does not even wait"
    may_go.set()
    assert (await first, most) == (1, 1)


async def test_what_was_changed_while_a_box_was_looked_at_is_not_overwritten(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    from crm.interactions.mails import polling

    house.service.deliver(letter("eins"))
    look_in = polling.new_messages

    async def meanwhile(*arguments: Any) -> Any:
        found = await look_in(*arguments)
        await asyncio.create_task(change_it(house.service_id))
        return found

    monkeypatch.setattr(polling, "new_messages", meanwhile)
    assert await poll_letter_box(house.service_id, NOW) == 1
    assert await fetch_value("SELECT last_uid FROM letter_box WHERE id = $1", house.service_id) == 0


async def change_it(box_id: int) -> None:
    await execute("UPDATE letter_box SET folder = 'INBOX', version = version + 1, last_uid = 0 WHERE id = $1", box_id)


async def test_the_topic_of_the_box_applies_only_if_no_rule_fits(house: House) -> None:
    rule = {"name": "Fronten", "topic_code": "delivery", "words": "Kratzer", "senders": "", "form": "", "product_code": "",
            "is_active": True, "position": 0}  # fmt: skip
    await execute("INSERT INTO topic (code, name_de, name_en) VALUES ('delivery', 'L', 'D') ON CONFLICT DO NOTHING")
    await create_rule(rule, by=house.cast.karin.id, now=NOW)
    house.service.deliver(letter("eins"), letter("zwei", "In der Front ist ein Kratzer, bitte tauschen Sie sie aus."))
    house.post.deliver(letter("drei"))
    await look()
    rows = await fetch("SELECT k.subject, t.code, k.letter_box FROM ticket k JOIN topic t ON t.id = k.topic")
    assert {row.subject: (row.code, row.letter_box) for row in rows} == {
        "eins": ("billing", house.service_id), "zwei": ("delivery", house.service_id), "drei": ("general", house.post_id),
    }  # fmt: skip


async def test_answers_come_back_to_the_box_by_which_the_enquiry_came(house: House) -> None:
    house.service.deliver(letter("eins"))
    await look()
    ticket = await fetch_value("SELECT id FROM ticket")
    acknowledged = await fetch_one("SELECT * FROM outbox_message ORDER BY id DESC LIMIT 1")
    assert acknowledged is not None
    assert (acknowledged.from_address, acknowledged.reply_to) == ("", "service@kern.example")
    replied = await reply(ticket, "Am Dienstag.", by=house.cast.petra.id, now=NOW)
    assert replied.outbox_id is not None
    sent = await fetch_one("SELECT *, headers::text AS headers FROM outbox_message WHERE id = $1", replied.outbox_id)
    mail = compose(without_json(sent), "firma@kern.example", "Küchen Kern")
    assert (mail["From"].addresses[0].addr_spec, mail["Reply-To"].addresses[0].addr_spec) == (
        "firma@kern.example", "service@kern.example",
    )  # fmt: skip
    await execute("UPDATE letter_box SET is_sender = true")
    second = await reply(ticket, "Oder am Mittwoch.", by=house.cast.petra.id, now=NOW)
    row = await fetch_one("SELECT *, headers::text AS headers FROM outbox_message WHERE id = $1", second.outbox_id)
    mail = compose(without_json(row), "firma@kern.example", "Küchen Kern")
    assert (mail["From"].addresses[0].addr_spec, mail["Reply-To"]) == ("service@kern.example", None)
    assert second.outbox_id is not None
    again = await send_anew(
        second.outbox_id,
        to_address="anna@groessmann.example",
        to_name="",
        person_id=None,
        by=house.cast.petra.id,
        now=NOW,
    )
    assert await fetch_value("SELECT from_address FROM outbox_message WHERE id = $1", again) == "service@kern.example"
    await execute("UPDATE letter_box SET is_active = false")
    third = await reply(ticket, "Nein, am Freitag.", by=house.cast.petra.id, now=NOW)
    last = await fetch_one("SELECT from_address, reply_to FROM outbox_message WHERE id = $1", third.outbox_id)
    assert last is not None
    assert tuple(last) == ("", ""), "nobody reads that box any more"


def without_json(row: Any) -> Any:
    """The row as the outbox claims it: `headers` twice, of which the text counts."""
    from types import SimpleNamespace

    return SimpleNamespace(**dict(row))


async def test_copies_are_logged_from_any_box_for_them_and_from_no_other(house: House) -> None:
    await execute("UPDATE staff SET email = 'petra@kuechen.example' WHERE id = $1", house.cast.petra.id)
    address = await log_address(house.cast.petra.id, now=NOW)
    assert address is not None
    assert address.startswith("post+")
    third = await letter_box(
        house.service, name="Log", address="log@kern.example", purpose="log", user_name="otherwise@kern.example"
    )
    copy = raw(
        "Der Plan", Delivered_To=address.replace("post+", "log+"), Message_ID="<1@petra>", To="anna@groessmann.example"
    )
    house.service.deliver(copy)
    await execute("UPDATE letter_box SET is_active = id = $1", house.service_id)
    await poll_letter_boxes(NOW)
    await sweep_logged_mails(NOW)
    assert await fetch_value("SELECT count(*) FROM logged_mail") == 0
    await execute("UPDATE letter_box SET is_active = id = $1", third)
    await poll_letter_boxes(NOW)
    assert await fetch_value("SELECT count(*) FROM logged_mail") == 1


async def test_our_own_addresses_are_those_of_every_box(house: House) -> None:
    loop = letter("Schleife").replace(b"anna@groessmann.example", b"service@kern.example")
    house.post.deliver(loop)
    assert await look() == []
    assert await fetch_value("SELECT reason FROM incoming_mail") == "loop"
