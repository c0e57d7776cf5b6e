"""The company's letter box (IMAP)."""

from __future__ import annotations

import asyncio
import imaplib
import ssl

from crm.mail.transport import ServerAnswer
from crm.web.i18n import _

TIMEOUT = 15.0
"""Seconds for each step of a conversation with the mail server."""


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
    context = ssl.create_default_context()
    client: imaplib.IMAP4
    if security == "tls":
        client = imaplib.IMAP4_SSL(host, port, ssl_context=context, timeout=TIMEOUT)
    else:
        client = imaplib.IMAP4(host, port, timeout=TIMEOUT)
    try:
        if security == "starttls":
            client.starttls(context)
        client.login(_quoted(user), password)
        _status, found = client.select("INBOX", readonly=True)
        return int(found[0] or 0) if found else 0
    finally:
        try:
            client.logout()
        except (OSError, imaplib.IMAP4.error):
            client.shutdown()


def _quoted(text: str) -> str:
    """A user name as IMAP wants it; imaplib quotes the password alone."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
