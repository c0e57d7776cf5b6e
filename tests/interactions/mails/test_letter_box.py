"""Petra's copies in a real letter box: each comes into the history once, whatever happens to server, numbers and workers."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from crm.database import execute, fetch, fetch_value
from crm.interactions.mails import polling
from crm.interactions.mails.intake import log_address, sweep_logged_mails
from crm.interactions.mails.polling import first_day, next_look, poll_letter_boxes
from crm.mail.boxes import change_box
from tests.browser import Browser
from tests.cast import Cast, introduce
from tests.consents import conftest as clients
from tests.consents.conftest import person_at
from tests.interactions.mails.boxes import letter_box
from tests.interactions.mails.test_reading import raw
from tests.mail.dovecot import PASSWORD, Dovecot

NOW = datetime.now(UTC)
SAVED = {
    "box_name": "Post", "box_address": "post@kern.example", "imap_host": "imap.kern.example", "imap_port": 993, "imap_security": "tls",
    "imap_user": "post@kern.example", "imap_password": "", "box_folder": "INBOX", "box_purpose": "log", "box_topic": "",
    "box_language": "", "box_is_sender": False, "box_is_active": True,
}  # fmt: skip


@pytest.fixture
async def petra(own_database: str, dovecot: Dovecot) -> Cast:
    """She, her customer Anna, and a company whose letter box is the real server."""
    cast = await introduce()
    await execute("UPDATE staff SET email = 'petra@kuechen.example' WHERE id = $1", cast.petra.id)
    anna = await clients.customer("Anna", "person", "T-1")
    await person_at(anna, "Anna", "Größmann", "anna@groessmann.example", is_self=True)
    await letter_box(dovecot)
    return cast


async def copy(cast: Cast, text: str, **headers: str) -> bytes:
    """What her mail program puts into the letter box when the log address stands in BCC."""
    address = await log_address(cast.petra.id, now=NOW)
    assert address is not None
    return raw(text, Delivered_To=address, Message_ID=f"<{text[:30].replace(' ', '.')}@petra>", **headers)


async def look(at: datetime = NOW) -> list[str]:
    """Look through the box, file what came; the first lines of all contacts there are."""
    await poll_letter_boxes(at)
    await sweep_logged_mails(at)
    rows = await fetch("SELECT text FROM interaction ORDER BY id")
    return [row.text.partition("\n\n")[2].split("\n")[0] for row in rows]


async def test_each_copy_comes_once_also_after_a_restart_and_with_new_numbers(petra: Cast, dovecot: Dovecot) -> None:
    dovecot.deliver(raw("Werbung"), await copy(petra, "Der Plan"), raw("Noch eine Werbung"))
    assert await look() == ["Der Plan"]
    assert await look() == ["Der Plan"]
    dovecot.stop()
    assert await look(NOW + timedelta(minutes=1)) == ["Der Plan"]
    dovecot.start()
    dovecot.deliver(await copy(petra, "Das Angebot"))
    assert await look(NOW + timedelta(minutes=2)) == ["Der Plan", "Das Angebot"]
    dovecot.number_anew()
    dovecot.deliver(await copy(petra, "Die Rechnung"))
    assert await look(NOW + timedelta(minutes=3)) == ["Der Plan", "Das Angebot", "Die Rechnung"]
    assert not any("Seen" in each for each in dovecot.flags()), "whoever else reads this box finds it unread"


async def test_workers_that_look_at_once_take_nothing_twice(petra: Cast, dovecot: Dovecot) -> None:
    dovecot.deliver(*[await copy(petra, f"Brief {number}") for number in range(7)])
    received = await asyncio.gather(*(poll_letter_boxes(NOW) for _ in range(4)))
    assert sorted(received) == [0, 0, 0, 7]
    await asyncio.gather(*(sweep_logged_mails(NOW) for _ in range(4)))
    assert await fetch_value("SELECT count(*) FROM interaction") == 7


async def test_a_worker_that_dies_while_it_looks_loses_nothing(
    petra: Cast, dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    dovecot.deliver(await copy(petra, "Eins"), await copy(petra, "Zwei"))
    receive = polling.receive_mail

    async def dies(raw: bytes, *, owner: int | None, now: datetime) -> int | None:
        if b"Zwei" in raw:
            raise asyncio.CancelledError
        return await receive(raw, owner=owner, now=now)

    monkeypatch.setattr(polling, "receive_mail", dies)
    with pytest.raises(asyncio.CancelledError):
        await poll_letter_boxes(NOW)
    assert await fetch_value("SELECT count(*) FROM logged_mail") == 0
    monkeypatch.setattr(polling, "receive_mail", receive)
    assert await look() == ["Eins", "Zwei"]


async def test_a_mail_of_20_and_one_of_30_megabytes(petra: Cast, dovecot: Dovecot) -> None:
    file = ("QUJD" * 18 + "\r\n") * 100_000
    for text, times in (("Mit Anlage", 3), ("Mit sehr großer Anlage", 4)):
        parts = (
            f"--grenze\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n--grenze\r\nContent-Type: application/pdf\r\n"
            f"Content-Transfer-Encoding: base64\r\n\r\n{file * times}--grenze--\r\n"
        )
        mail = (await copy(petra, text)).partition(b"\r\nContent-Type")[0]
        mail = (
            mail + b'\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="grenze"\r\n\r\n' + parts.encode()
        )
        assert len(mail) > 20_000_000
        dovecot.deliver(mail)
    assert await look() == ["Mit Anlage", "Mit sehr großer Anlage"]


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
async def test_headers_with_umlauts_as_they_are(petra: Cast, dovecot: Dovecot, encoding: str) -> None:
    mail = (await copy(petra, "Gruß", Subject="Küche für Größmann")).decode()
    headers, _empty, body = mail.partition("\r\n\r\n")
    dovecot.deliver(headers.replace("Anna <", "Anna Größmann <").encode(encoding) + b"\r\n\r\n" + body.encode())
    await look()
    assert await fetch_value("SELECT text FROM interaction") == "Küche für Größmann\n\nGruß"


async def test_a_wrong_password_is_noted_and_not_tried_every_minute(petra: Cast, dovecot: Dovecot) -> None:
    dovecot.deliver(await copy(petra, "Der Plan"))
    await execute("UPDATE letter_box SET password = 'falsch'")
    for minute in range(30):
        await poll_letter_boxes(NOW + timedelta(minutes=minute))
    row = (await fetch("SELECT error, failing_since FROM letter_box"))[0]
    assert row.failing_since == NOW
    assert "Authentication failed" in row.error
    assert dovecot.log().count("auth failed") <= 8
    await execute("UPDATE letter_box SET password = $1", PASSWORD)
    assert await look(NOW + timedelta(hours=1)) == ["Der Plan"]
    assert await fetch_value("SELECT error || coalesce(failing_since::text, '') FROM letter_box") == ""


def test_when_a_box_that_fails_is_tried_again() -> None:
    for minutes, pause in ((0, 0), (1, 1), (4, 4), (15, 15), (600, 15)):
        looked_at = NOW + timedelta(minutes=minutes)
        assert next_look(NOW, looked_at) == looked_at + timedelta(minutes=pause)


def test_how_far_back_a_box_is_looked_through() -> None:
    now = datetime(2026, 11, 23, 12, tzinfo=UTC)
    assert str(first_day(None, now)) == "2026-11-23"
    assert str(first_day(datetime(2026, 11, 3, tzinfo=UTC), now)) == "2026-11-02"
    assert str(first_day(datetime(2020, 1, 1, tzinfo=UTC), now)) == "2025-11-24", (
        "what is settled is remembered as long"
    )


async def test_a_letter_box_that_fails_is_seen_by_whom_it_matters(cast: Cast, browser: Browser) -> None:
    box = await letter_box(
        host="imap.kern.example", looked_at=NOW, failing_since=datetime(2026, 11, 23, 7, 5, tzinfo=UTC),
        error="[AUTHENTICATIONFAILED] Authentication failed.",
    )  # fmt: skip
    sentence, cause = "Seit 23.11.2026, 08:05 kommt nichts mehr an.", "[AUTHENTICATIONFAILED]"
    await browser.log_in(cast.ines)
    for path in ("/", "/settings", "/settings/letter-boxes", f"/settings/letter-boxes/{box}/edit"):
        page = (await browser.get(path)).text
        assert sentence in page, path
        assert cause in page, path
        assert "Empfang prüfen" in page, path
    await browser.log_in(cast.petra)
    page = (await browser.get("/account/mail-log")).text
    assert sentence in page
    assert cause not in page
    assert "Verwaltung" in page
    assert sentence not in (await browser.get("/")).text
    await change_box(box, SAVED | {"imap_port": 143}, None, by=cast.ines.id, now=NOW)
    assert sentence not in (await browser.get("/account/mail-log")).text, "it is about another box"


async def test_saving_a_box_tries_it_again_at_once(cast: Cast) -> None:
    box = await letter_box(looked_at=NOW, failing_since=NOW - timedelta(days=1), host="imap.kern.example")
    await change_box(box, SAVED | {"imap_password": "richtig"}, None, by=cast.ines.id, now=NOW)
    row = (await fetch("SELECT failing_since, looked_at FROM letter_box"))[0]
    assert row.failing_since is not None
    assert next_look(row.failing_since, row.looked_at) <= NOW
