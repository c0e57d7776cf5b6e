"""The company's letter boxes: kept by the administrator, tried with one press, by page and API; passwords stay and are never shown."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from crm.database import fetch_one, fetch_value
from crm.mail.imap import folder_name, folder_shown
from tests.accounts.test_settings_page import free_port
from tests.browser import Browser
from tests.cast import Cast
from tests.interactions.mails.boxes import letter_box
from tests.mail.dovecot import PASSWORD, USER, Dovecot

WHERE = "/settings/letter-boxes"


def form(**changes: Any) -> dict[str, Any]:
    return {
        "box_name": "Service", "box_address": "Service@kern.example", "imap_host": "imap.kern.example", "imap_port": "993",
        "imap_security": "tls", "imap_user": "service@kern.example", "imap_password": "", "box_folder": "", "box_purpose": "enquiries",
        "box_topic": "", "box_language": "de", "box_is_active": "1", **changes,
    }  # fmt: skip


async def test_ines_adds_a_box_and_changes_it_and_its_password_stays(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.ines)
    assert (await browser.get(f"{WHERE}/new")).status_code == 200
    answer = await browser.post(WHERE, form(imap_password="streng geheim"))
    box = await fetch_one("SELECT * FROM letter_box")
    assert box is not None
    assert answer.headers["location"] == f"{WHERE}/{box.id}/edit?done=saved"
    assert (box.name, box.address, box.password, box.folder, box.purpose, box.is_active, box.is_sender) == (
        "Service", "service@kern.example", "streng geheim", "INBOX", "enquiries", True, False,
    )  # fmt: skip
    shown = (await browser.get(f"{WHERE}/{box.id}/edit")).text
    assert "streng geheim" not in shown
    assert "Eines ist gespeichert" in shown
    await browser.post(f"{WHERE}/{box.id}", form(box_name="Kundendienst", version="1"))
    assert "Kundendienst" in (await browser.get(WHERE)).text
    assert "Kundendienst" in (await browser.get("/settings")).text
    assert await fetch_value("SELECT password FROM letter_box") == "streng geheim"
    told = await fetch_value("SELECT string_agg(fields::text, '') FROM audit_payload")
    assert "imap_password" in told
    assert "streng geheim" not in told
    assert "Kundendienst" in (await browser.get("/audit")).text


async def test_a_box_at_another_place_is_looked_through_from_its_beginning(browser: Browser, cast: Cast) -> None:
    box = await letter_box(host="imap.kern.example", uid_validity=7, last_uid=40, purpose="both")
    await browser.log_in(cast.ines)
    await browser.post(f"{WHERE}/{box}", form(imap_user=USER, version="1"))
    assert await fetch_value("SELECT last_uid FROM letter_box") == 40
    await browser.post(f"{WHERE}/{box}", form(imap_user=USER, box_folder="INBOX/Service", version="2"))
    row = await fetch_one("SELECT uid_validity, last_uid, opens_since FROM letter_box")
    assert row is not None
    assert tuple(row) == (0, 0, None)


async def test_what_is_wrong_is_said_and_nothing_typed_is_lost(browser: Browser, cast: Cast) -> None:
    await letter_box(host="imap.kern.example", user_name="service@kern.example", name="Schon da")
    await browser.log_in(cast.ines)
    wrong = await browser.post(WHERE, form(box_name="", box_address="keine", imap_host="", box_topic="erfunden"))
    assert wrong.status_code == 422
    for name in ("box_name", "box_address", "imap_host", "box_topic"):
        assert f'id="f-{name}-error"' in wrong.text, name
    assert 'value="service@kern.example"' in wrong.text
    twice = await browser.post(WHERE, form())
    assert twice.status_code == 422
    assert "Dieses Postfach gibt es schon, als „Schon da“." in twice.text
    assert await fetch_value("SELECT count(*) FROM letter_box") == 1


async def test_two_administrators_see_both_versions(browser: Browser, cast: Cast) -> None:
    box = await letter_box(host="imap.kern.example", user_name="service@kern.example")
    await browser.log_in(cast.ines)
    await browser.post(f"{WHERE}/{box}", form(version="1", box_name="Ihrs"))
    mine = await browser.post(f"{WHERE}/{box}", form(version="1", box_name="Meins"))
    assert mine.status_code == 409
    assert "Ihrs" in mine.text
    assert "Meins" in mine.text
    assert await fetch_value("SELECT name FROM letter_box") == "Ihrs"


async def test_only_administrators_keep_boxes(browser: Browser, cast: Cast) -> None:
    box = await letter_box()
    await browser.log_in(cast.petra)
    assert (await browser.get(WHERE)).status_code in (403, 404)
    assert (await browser.post(f"{WHERE}/{box}/trial")).status_code in (403, 404)
    await browser.log_in(cast.ines)
    assert (await browser.get(f"{WHERE}/999999/edit")).status_code == 404


async def test_the_test_button_says_what_is_wrong_and_loses_nothing(browser: Browser, cast: Cast) -> None:
    closed = await free_port()
    typed = form(imap_host="127.0.0.1", imap_port=str(closed), box_name="Noch nicht gespeichert")
    await browser.log_in(cast.ines)
    whole = await browser.post(f"{WHERE}/trial", typed)
    assert whole.status_code == 200
    assert f"Der Mailserver 127.0.0.1:{closed} lässt sich nicht benutzen" in whole.text
    assert 'value="Noch nicht gespeichert"' in whole.text
    part = await browser.post(f"{WHERE}/trial", typed, htmx=True)
    assert part.text.startswith('<div id="imap-answer"')
    nothing = await browser.post(f"{WHERE}/trial", {**typed, "imap_host": ""}, htmx=True)
    assert "Bitte füllen Sie" in nothing.text


class LetterBox:
    """An IMAP server that knows one user and as much of RFC 3501 as a test button needs."""

    def __init__(self) -> None:
        self.commands: list[str] = []

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"* OK ready\r\n")
        while line := (await reader.readline()).decode().strip():
            tag, command, *rest = line.split(" ", 2)
            self.commands.append(command)
            answer = f"{tag} OK done"
            if command == "CAPABILITY":
                answer = f"* CAPABILITY IMAP4rev1\r\n{answer}"
            elif command == "LOGIN" and rest != ['"crm" "streng geheim"']:
                answer = f"{tag} NO wrong"
            elif command == "EXAMINE":
                answer = f"* 3 EXISTS\r\n{answer}"
            writer.write(f"{answer}\r\n".encode())
            await writer.drain()
            if command == "LOGOUT":
                break
        writer.close()


@pytest.mark.parametrize(
    ("password", "sentence"),
    [("streng geheim", "Nachrichten im Posteingang: 3."), ("falsch", "weist Benutzername oder Passwort zurück")],
)
async def test_the_letter_box_is_looked_into_and_not_changed(
    browser: Browser, cast: Cast, password: str, sentence: str
) -> None:
    box = LetterBox()
    server = await asyncio.start_server(box.talk, "127.0.0.1", 0)
    try:
        port = server.sockets[0].getsockname()[1]
        await browser.log_in(cast.ines)
        typed = form(
            imap_host="127.0.0.1", imap_port=str(port), imap_security="none", imap_user="crm", imap_password=password
        )
        answer = await browser.post(f"{WHERE}/trial", typed, htmx=True)
    finally:
        server.close()
    assert sentence in answer.text
    assert "SELECT" not in box.commands


async def test_a_stored_box_is_tried_with_its_password_and_a_missing_folder_is_named(
    browser: Browser, cast: Cast, dovecot: Dovecot
) -> None:
    client = dovecot.client()
    client.create(folder_name("Küche & Bad"))
    client.logout()
    box = await letter_box(dovecot)
    await browser.log_in(cast.ines)
    stored = await browser.post(f"{WHERE}/{box}/trial", htmx=True)
    assert "Nachrichten im Posteingang: 0." in stored.text
    typed = form(
        imap_host="localhost", imap_port=str(dovecot.tls_port), imap_user=USER, box_folder="Bestellungen", version="1"
    )
    missing = await browser.post(f"{WHERE}/{box}/trial", typed, htmx=True)
    assert "den Ordner „Bestellungen“ gibt es nicht. Es gibt: INBOX, Küche &amp; Bad." in missing.text
    found = await browser.post(f"{WHERE}/{box}/trial", typed | {"box_folder": "Küche & Bad"}, htmx=True)
    assert "Nachrichten im Ordner „Küche &amp; Bad“: 0." in found.text


def test_folders_are_named_as_rfc_3501_wants_it() -> None:
    for plain, coded in (
        ("INBOX", "INBOX"), ("Küche & Bad", "K&APw-che &- Bad"), ('a"b', 'a\\"b'), ("台北/日本語", "&U,BTFw-/&ZeVnLIqe-"),
    ):  # fmt: skip
        assert folder_name(plain) == f'"{coded}"'
        assert folder_shown(coded.replace("\\", "")) == plain
    assert folder_shown("&a-") == "&a-"


async def test_the_api_keeps_and_tries_boxes(browser: Browser, cast: Cast, dovecot: Dovecot) -> None:
    await browser.log_in(cast.ines)
    headers = {"authorization": f"Bearer {browser.token}"}

    async def call(method: str, path: str, **data: Any) -> Any:
        return await browser.client.request(method, f"/api/v1{path}", json=data or None, headers=headers)

    sent = {
        "name": "Service",
        "address": "service@kern.example",
        "host": "localhost",
        "port": dovecot.tls_port,
        "user": USER,
    }
    made = await call("POST", "/letter-boxes", **sent, password=PASSWORD, purpose="enquiries")
    assert made.status_code == 201, made.text
    box = made.json()
    assert "password" not in box
    assert (box["has_password"], box["is_active"], box["purpose"]) == (True, True, "enquiries")
    assert (await call("POST", f"/letter-boxes/{box['id']}/trial")).json()["ok"] is True
    changed = await call("PATCH", f"/letter-boxes/{box['id']}", is_active=False, version=box["version"])
    assert (changed.json()["is_active"], changed.json()["has_password"]) == (False, True)
    assert (await call("PATCH", f"/letter-boxes/{box['id']}", name="X", version=box["version"])).status_code == 409
    assert [each["name"] for each in (await call("GET", "/letter-boxes")).json()] == ["Service"]
    assert (await call("POST", "/letter-boxes", **(sent | {"host": ""}))).status_code == 422
