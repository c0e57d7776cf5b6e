"""The letter box on a real IMAP server: what is new is found, and the box stays as it was."""

from __future__ import annotations

import imaplib
from datetime import date

import pytest

from crm.mail import imap
from crm.mail.imap import BoxSettings, Look, check_imap, new_messages
from tests.mail.dovecot import PASSWORD, USER, Dovecot

LONG_AGO = date(2000, 1, 1)


def mail(subject: str, body: str = "Guten Tag") -> bytes:
    return f"From: anna@groessmann.example\r\nTo: {USER}\r\nSubject: {subject}\r\n\r\n{body}\r\n".encode()


def box_of(server: Dovecot, security: str = "tls", user: str = USER, password: str = PASSWORD) -> BoxSettings:
    port = server.tls_port if security == "tls" else server.port
    return BoxSettings("localhost", port, security, user, password)


async def look(server: Dovecot, before: Look | None = None, since: date = LONG_AGO, security: str = "none") -> Look:
    validity, last = (before.validity, before.last_uid) if before else (0, 0)
    return await new_messages(box_of(server, security), validity, last, since, lambda headers: b"Wanted" in headers)


@pytest.mark.parametrize("security", ["tls", "starttls", "none"])
async def test_new_messages_come_once_and_whole(dovecot: Dovecot, security: str) -> None:
    dovecot.deliver(mail("Newsletter"), mail("Wanted 1"))
    first = await look(dovecot, security=security)
    assert first.messages == [mail("Wanted 1")]
    assert (await look(dovecot, first, security=security)).messages == []
    dovecot.deliver(mail("Wanted 2"))
    second = await look(dovecot, first, security=security)
    assert (second.messages, second.validity) == ([mail("Wanted 2")], first.validity)
    assert second.last_uid > first.last_uid


async def test_nothing_in_the_box_is_changed(dovecot: Dovecot) -> None:
    dovecot.deliver(mail("Wanted"), mail("Other"))
    await look(dovecot)
    flags = dovecot.flags()
    assert len(flags) == 2
    assert not any("Seen" in each for each in flags)


async def test_a_box_that_was_numbered_anew_is_looked_through_from_its_beginning(dovecot: Dovecot) -> None:
    dovecot.deliver(mail("Other"), mail("Other"), mail("Wanted 1"))
    first = await look(dovecot)
    dovecot.number_anew()
    dovecot.deliver(mail("Wanted 2"))
    second = await look(dovecot, first)
    assert second.validity != first.validity
    assert sorted(second.messages) == [mail("Wanted 1"), mail("Wanted 2")]


async def test_many_messages_come_in_several_looks(dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imap, "AT_ONCE", 3)
    monkeypatch.setattr(imap, "SEARCHED_AT_ONCE", 2)
    sent = [mail(f"Wanted {number}") for number in range(8)]
    dovecot.deliver(*sent)
    dovecot.delete(2)
    found, before = [], None
    for _ in range(6):
        before = await look(dovecot, before)
        found += before.messages
    assert found == [sent[0], *sent[2:]]


async def test_a_large_message_ends_a_look_and_a_huge_one_is_read_from_its_beginning(
    dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imap, "MOST_BYTES_AT_ONCE", 1_000)
    monkeypatch.setattr(imap, "LONGEST_MESSAGE", 5_000)
    huge = mail("Wanted huge", "x" * 70 + ("\r\n" + "x" * 70) * 500)
    dovecot.deliver(huge, mail("Wanted small"))
    first = await look(dovecot)
    assert first.messages == [huge[:5_000]]
    assert (await look(dovecot, first)).messages == [mail("Wanted small")]


async def test_what_came_before_a_day_is_not_looked_at(dovecot: Dovecot) -> None:
    dovecot.deliver(mail("Wanted old"), received='"03-Mar-2025 10:00:00 +0100"')
    dovecot.deliver(mail("Wanted new"), received='"03-Nov-2026 10:00:00 +0100"')
    found = await look(dovecot, since=date(2026, 3, 3))
    assert found.messages == [mail("Wanted new")]
    assert (await look(dovecot, found, since=LONG_AGO)).messages == []


async def test_a_wrong_password_is_told(dovecot: Dovecot) -> None:
    with pytest.raises(imaplib.IMAP4.error):
        await new_messages(box_of(dovecot, password="falsch"), 0, 0, LONG_AGO, bool)
    answer = await check_imap(host="localhost", port=dovecot.tls_port, security="tls", user=USER, password="falsch")
    assert not answer.ok


@pytest.mark.parametrize("user", [USER, "jörg"])
@pytest.mark.parametrize("password", ["Schlüssel", 'Zwei "Wörter" \\ und mehr', 'plain "quoted" \\ text'])
async def test_umlauts_and_quotes_in_name_and_password(dovecot: Dovecot, user: str, password: str) -> None:
    dovecot.stop()
    dovecot.passwords = {user: password}
    dovecot.start()
    answer = await check_imap(host="localhost", port=dovecot.tls_port, security="tls", user=user, password=password)
    assert answer.ok, answer.sentence


async def test_a_certificate_that_nobody_vouches_for_is_refused(
    dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    answer = await check_imap(host="localhost", port=dovecot.tls_port, security="tls", user=USER, password=PASSWORD)
    assert not answer.ok
    assert "certificate" in answer.sentence.lower()
