"""Customers' mails in a real letter box become enquiries, from the moment on that the company wishes it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from crm.database import execute, fetch, fetch_value
from crm.interactions.incoming.receiving import sweep_incoming
from crm.interactions.mails.polling import poll_letter_boxes
from tests.cast import introduce
from tests.interactions.mails.boxes import letter_box
from tests.interactions.mails.test_reading import raw
from tests.mail.dovecot import Dovecot
from tests.tickets.conftest import furnish

NOW = datetime.now(UTC)


@pytest.fixture
async def box(own_database: str, dovecot: Dovecot) -> Dovecot:
    """Größmann is a customer; the letter box is the real server, its mails are nobody's yet."""
    await furnish(await introduce())
    await execute("UPDATE company SET mail_from = 'post@kern.example'")
    await letter_box(dovecot)
    return dovecot


def letter(subject: str, at: datetime = NOW) -> bytes:
    return raw(
        "Wann kommt sie?", From="Anna <anna@groessmann.example>", To="post@kern.example", Subject=subject,
        Message_ID=f"<{subject}@x.example>", Date=format_datetime(at),
    )  # fmt: skip


async def look(at: datetime = NOW) -> list[str]:
    await poll_letter_boxes(at)
    await sweep_incoming(at)
    return [row.subject for row in await fetch("SELECT subject FROM ticket ORDER BY id")]


async def test_mails_become_enquiries_only_where_it_is_wished_and_from_then_on(box: Dovecot) -> None:
    box.deliver(letter("zuvor", NOW - timedelta(days=3)))
    assert await look() == []
    await execute("UPDATE letter_box SET purpose = 'both'")
    box.deliver(letter("eins"))
    assert await look(NOW + timedelta(minutes=1)) == ["eins"]
    box.number_anew()
    box.deliver(letter("zwei"))
    assert await look(NOW + timedelta(minutes=2)) == ["eins", "zwei"], "an old one would be answered today"
    assert not any("Seen" in each for each in box.flags())
    await execute("UPDATE letter_box SET purpose = 'log'")
    box.deliver(letter("drei"))
    assert await look(NOW + timedelta(minutes=3)) == ["eins", "zwei"]


async def test_a_box_that_was_out_of_reach_loses_no_mail(box: Dovecot) -> None:
    await execute("UPDATE letter_box SET purpose = 'both'")
    assert await look() == []
    box.deliver(letter("eins"))
    box.stop()
    assert await look(NOW + timedelta(minutes=1)) == []
    box.start()
    assert await look(NOW + timedelta(minutes=30)) == ["eins"]


async def test_workers_at_once_open_one_enquiry_for_each_mail_and_one_prospect_for_each_stranger(box: Dovecot) -> None:
    await execute("UPDATE letter_box SET purpose = 'both'")
    mails = [
        raw(f"Frage {n}", From="Neu <neu@neu.example>", Subject=f"F{n}", Message_ID=f"<{n}@neu.example>")
        for n in range(6)
    ]
    box.deliver(*mails)
    await asyncio.gather(*(poll_letter_boxes(NOW) for _ in range(3)))
    await asyncio.gather(*(sweep_incoming(NOW) for _ in range(3)))
    assert await fetch_value("SELECT count(*) FROM ticket") == 6
    assert await fetch_value("SELECT count(*) FROM email_address WHERE address = 'neu@neu.example'") == 1


async def test_a_plus_in_some_header_hides_no_mail_and_a_wrong_clock_loses_none(box: Dovecot) -> None:
    await execute("UPDATE letter_box SET purpose = 'both'")
    assert await look() == []
    plus = letter("plus").replace(b"<plus@x.example>", b"<CAFx+abcdefghij0123456789@mail.example>")
    box.deliver(plus, letter("falsche Uhr", datetime(1970, 1, 2, tzinfo=UTC)))
    assert await look(NOW + timedelta(minutes=1)) == ["plus", "falsche Uhr"]


async def test_what_comes_while_the_box_fails_is_read_afterwards(box: Dovecot) -> None:
    await execute("UPDATE letter_box SET purpose = 'both'")
    box.stop()
    assert await look(NOW - timedelta(days=4)) == []
    box.start()
    box.deliver(letter("vor drei Tagen", NOW - timedelta(days=3)))
    assert await look(NOW) == ["vor drei Tagen"]
