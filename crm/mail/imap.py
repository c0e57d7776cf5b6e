"""A letter box, over IMAP."""

from __future__ import annotations

import asyncio
import imaplib
import re
import ssl
from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from crm.mail.transport import ServerAnswer
from crm.web.i18n import _

TIMEOUT = 15.0
"""Seconds for each step of a conversation with the mail server."""
AT_ONCE = 200
MOST_BYTES_AT_ONCE = 50_000_000
"""So many messages are looked at in one go; the others in the next."""
SEARCHED_AT_ONCE = 80_000
LONGEST_MESSAGE = 25_000_000
"""Of a longer message the beginning is read: its text stands there, and files are not kept."""
FOLDERS_NAMED = 12
_LISTED = re.compile(rb'(?:"/"|"\\."|NIL|"[^"]*") "?([^"]+)"?\s*$')
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class BoxSettings:
    """How to reach the letter box. `security`: "tls" (from the first byte), "starttls" or "none" (a server nearby)."""

    host: str
    port: int
    security: str
    user: str
    password: str
    folder: str = "INBOX"


class NoSuchFolder(Exception):
    """The letter box has no folder of this name; `others` are some that it has."""

    def __init__(self, others: list[str]) -> None:
        super().__init__("no such folder")
        self.others = others


async def check_imap(
    *, host: str, port: int, security: str, user: str, password: str, folder: str = "INBOX"
) -> ServerAnswer:
    """Connect, log in and open the folder, change nothing; the answer is for the person who presses the test button."""
    try:
        messages = await asyncio.to_thread(_look_in, BoxSettings(host, port, security, user, password, folder))
    except NoSuchFolder as problem:
        sentence = _("The log-in works, but there is no folder “%(folder)s”. There are: %(others)s.")
        return ServerAnswer(False, sentence % {"folder": folder, "others": ", ".join(problem.others) or "INBOX"})
    except imaplib.IMAP4.error:
        return ServerAnswer(False, _("The mail server refuses this user name or password."))
    except (OSError, ValueError, EOFError) as error:
        sentence = _("The mail server %(host)s:%(port)s cannot be used: %(error)s")
        reason = str(error) or type(error).__name__
        return ServerAnswer(False, sentence % {"host": host, "port": port, "error": reason})
    if folder.upper() != "INBOX":
        sentence = _("The mail server accepts the log-in. Messages in the folder “%(folder)s”: %(n)s.")
        return ServerAnswer(True, sentence % {"folder": folder, "n": messages})
    return ServerAnswer(True, _("The mail server accepts the log-in. Messages in the inbox: %(n)s.") % {"n": messages})


def _look_in(settings: BoxSettings) -> int:
    client = _connect(settings.host, settings.port, settings.security)
    try:
        _log_in(client, settings.user, settings.password)
        status, found = client.select(folder_name(settings.folder), readonly=True)
        if status != "OK":
            raise NoSuchFolder(_folders(client))
        return int(found[0] or 0) if found else 0
    finally:
        _leave(client)


def _folders(client: imaplib.IMAP4) -> list[str]:
    """Some of the folders that there are, as people read them."""
    _status, lines = client.list()
    names = (_LISTED.search(line) for line in lines or () if isinstance(line, bytes))
    return sorted(folder_shown(name[1].decode("ascii", "replace")) for name in names if name)[:FOLDERS_NAMED]


def folder_name(folder: str) -> str:
    """A folder's name as IMAP wants it: quoted, and in the modified UTF-7 of RFC 3501 section 5.1.3."""
    parts = re.split(r"([^\x20-\x7e]+)", folder.replace("&", "&-"))
    coded = "".join(
        "&" + b64encode(part.encode("utf-16-be")).decode().rstrip("=").replace("/", ",") + "-" if odd % 2 else part
        for odd, part in enumerate(parts)
    )
    return _quoted(coded)


def folder_shown(name: str) -> str:
    """What a server calls a folder, as people read it; what is not in modified UTF-7 stays as it is."""

    def plain(found: re.Match[str]) -> str:
        if not found[1]:
            return "&"
        try:
            coded = found[1].replace(",", "/")
            return b64decode(coded + "=" * (-len(coded) % 4)).decode("utf-16-be")
        except ValueError:
            return found[0]

    return re.sub(r"&([A-Za-z0-9+,]*)-", plain, name)


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


@dataclass(frozen=True, slots=True)
class Look:
    """What a look into the box found: its validity, the last number that was looked at, and the messages that were wanted."""

    validity: int
    last_uid: int
    messages: list[bytes]


async def new_messages(
    settings: BoxSettings, validity: int, last_uid: int, since: date, wanted: Callable[[bytes], bool]
) -> Look:
    """Look through what has come since `last_uid`, and not before this day, without changing anything in the box; messages whose
    headers are `wanted` come whole. A box with another validity has new numbers (RFC 3501 section 2.3.1.1), and is looked
    through from its beginning. Raises OSError, EOFError, ValueError or IMAP4.error."""
    return await asyncio.to_thread(_new_messages, settings, validity, last_uid, since, wanted)


def _new_messages(
    settings: BoxSettings, validity: int, last_uid: int, since: date, wanted: Callable[[bytes], bool]
) -> Look:
    client = _connect(settings.host, settings.port, settings.security)
    try:
        _log_in(client, settings.user, settings.password)
        _demand_ok("EXAMINE", client.select(folder_name(settings.folder), readonly=True)[0])
        current = _number(client, "UIDVALIDITY")
        uids, looked_to = _new_uids(client, last_uid if current == validity else 0, since)
        messages: list[bytes] = []
        for uid in uids:
            if wanted(_part(client, uid, "BODY.PEEK[HEADER]")):
                messages.append(_part(client, uid, f"BODY.PEEK[]<0.{LONGEST_MESSAGE}>"))
                if sum(map(len, messages)) > MOST_BYTES_AT_ONCE:
                    return Look(current, uid, messages)
        return Look(current, looked_to, messages)
    finally:
        _leave(client)


def _new_uids(client: imaplib.IMAP4, last_uid: int, since: date) -> tuple[list[int], int]:
    """The numbers of at most `AT_ONCE` messages above `last_uid`, and how far that looks. The box is searched piece by piece:
    imaplib takes no answer of more than 1,000,000 characters in one line."""
    top = _number(client, "UIDNEXT") - 1
    day = f"{since.day}-{_MONTHS[since.month - 1]}-{since.year}"
    while last_uid < top:
        end = min(top, last_uid + SEARCHED_AT_ONCE)
        status, found = client.uid("SEARCH", f"UID {last_uid + 1}:{end}", "SINCE", day)
        _demand_ok("SEARCH", status)
        uids = sorted(map(int, (found[0] or b"").split()))
        if len(uids) > AT_ONCE:
            return uids[:AT_ONCE], uids[AT_ONCE - 1]
        if uids:
            return uids, end
        last_uid = end
    return [], last_uid


def _number(client: imaplib.IMAP4, name: str) -> int:
    """A number that the server has told about the box that was opened."""
    answer = client.response(name)[1]
    if not answer or not answer[0]:
        raise imaplib.IMAP4.error(f"the server does not tell {name}")
    return int(answer[0])


def _part(client: imaplib.IMAP4, uid: int, part: str) -> bytes:
    """A part of a message; empty if it was deleted meanwhile."""
    status, found = client.uid("FETCH", str(uid), f"({part})")
    _demand_ok(f"FETCH {uid}", status)  # looked at again next time, rather than passed over
    return next((bytes(each[1]) for each in found if isinstance(each, tuple)), b"")


def _demand_ok(command: str, status: str) -> None:
    if status != "OK":
        raise imaplib.IMAP4.error(f"{command}: {status}")


def _log_in(client: imaplib.IMAP4, user: str, password: str) -> None:
    """LOGIN takes ASCII alone; names and passwords with umlauts go by AUTHENTICATE PLAIN (RFC 4616)."""
    if user.isascii() and password.isascii():
        client.login(_quoted(user), password)
    else:
        client.authenticate("PLAIN", lambda _challenge: f"\0{user}\0{password}".encode())


def _quoted(text: str) -> str:
    """A user name as IMAP wants it; imaplib quotes the password alone."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
