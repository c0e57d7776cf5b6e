"""The company's letter box (IMAP)."""

from __future__ import annotations

import asyncio
import imaplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass

from crm.mail.transport import ServerAnswer
from crm.web.i18n import _

TIMEOUT = 15.0
"""Seconds for each step of a conversation with the mail server."""
AT_ONCE = 200
MOST_BYTES_AT_ONCE = 50_000_000
"""So many messages are looked at in one go; the others in the next."""


@dataclass(frozen=True, slots=True)
class BoxSettings:
    """How to reach the letter box. `security`: "tls" (from the first byte), "starttls" or "none" (a server nearby)."""

    host: str
    port: int
    security: str
    user: str
    password: str


async def check_imap(*, host: str, port: int, security: str, user: str, password: str) -> ServerAnswer:
    """Connect, log in and open the inbox, change nothing; the answer is for the person who presses the test button."""
    try:
        messages = await asyncio.to_thread(_look_in, host, port, security, user, password)
    except imaplib.IMAP4.error:
        return ServerAnswer(False, _("The mail server refuses this user name or password."))
    except (OSError, ValueError, EOFError) as error:
        sentence = _("The mail server %(host)s:%(port)s cannot be used: %(error)s")
        reason = str(error) or type(error).__name__
        return ServerAnswer(False, sentence % {"host": host, "port": port, "error": reason})
    return ServerAnswer(True, _("The mail server accepts the log-in. Messages in the inbox: %(n)s.") % {"n": messages})


def _look_in(host: str, port: int, security: str, user: str, password: str) -> int:
    client = _connect(host, port, security)
    try:
        client.login(_quoted(user), password)
        _status, found = client.select("INBOX", readonly=True)
        return int(found[0] or 0) if found else 0
    finally:
        _leave(client)


def _connect(host: str, port: int, security: str) -> imaplib.IMAP4:
    context = ssl.create_default_context()
    if security == "tls":
        return imaplib.IMAP4_SSL(host, port, ssl_context=context, timeout=TIMEOUT)
    client = imaplib.IMAP4(host, port, timeout=TIMEOUT)
    if security == "starttls":
        try:
            client.starttls(context)
        except BaseException:
            _leave(client)
            raise
    return client


def _leave(client: imaplib.IMAP4) -> None:
    try:
        client.logout()
    except (OSError, imaplib.IMAP4.error):
        client.shutdown()


async def new_messages(
    settings: BoxSettings, validity: int, last_uid: int, wanted: Callable[[bytes], bool]
) -> tuple[int, int, list[bytes]]:
    """Look through what has come since `last_uid` without changing anything in the box: its validity, the last number that was
    looked at, and the messages whose headers are `wanted`, whole. Raises OSError or IMAP4.error."""
    return await asyncio.to_thread(_new_messages, settings, validity, last_uid, wanted)


def _new_messages(
    settings: BoxSettings, validity: int, last_uid: int, wanted: Callable[[bytes], bool]
) -> tuple[int, int, list[bytes]]:
    client = _connect(settings.host, settings.port, settings.security)
    try:
        client.login(_quoted(settings.user), settings.password)
        client.select("INBOX", readonly=True)
        answer = client.response("UIDVALIDITY")[1]
        current = int(answer[0]) if answer and answer[0] else 0
        if current != validity:
            last_uid = 0
        _status, found = client.uid("SEARCH", f"UID {last_uid + 1}:*")
        uids = sorted(uid for uid in map(int, (found[0] or b"").split()) if uid > last_uid)[:AT_ONCE]
        messages = []
        for uid in uids:
            headers = _part(client, uid, "BODY.PEEK[HEADER]")
            if wanted(headers):
                messages.append(_part(client, uid, "BODY.PEEK[]"))
                if sum(map(len, messages)) > MOST_BYTES_AT_ONCE:
                    uids = uids[: uids.index(uid) + 1]
                    break
        return current, uids[-1] if uids else last_uid, messages
    finally:
        _leave(client)


def _part(client: imaplib.IMAP4, uid: int, part: str) -> bytes:
    status, found = client.uid("FETCH", str(uid), f"({part})")
    if status != "OK":  # looked at again next time, rather than passed over
        raise imaplib.IMAP4.error(f"FETCH {uid}: {status}")
    return next((bytes(each[1]) for each in found if isinstance(each, tuple)), b"")


def _quoted(text: str) -> str:
    """A user name as IMAP wants it; imaplib quotes the password alone."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
