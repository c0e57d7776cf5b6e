"""The company's mail server (SMTP). Only crm/consents/sending.py may call `send`: it asks the gate first."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.message import EmailMessage

import aiosmtplib

from crm.accounts.company import company_for_mail
from crm.settings import Settings
from crm.web.i18n import _

TIMEOUT = 20.0
"""Seconds for each step of a conversation with the mail server."""


@dataclass(frozen=True, slots=True)
class ServerAnswer:
    """What the test of a mail server found: whether it can be used, and a sentence for the person."""

    ok: bool
    sentence: str


@dataclass(frozen=True, slots=True)
class MailSettings:
    """How to reach the mail server. `security`: "starttls", "tls" (from the first byte) or "none" (a server nearby)."""

    host: str
    port: int
    security: str
    user: str
    password: str
    sender: str
    sender_name: str


class NotDelivered(Exception):
    """The mail server did not take the message. `is_lasting`: trying again is of no use; `is_about_recipient`: other
    messages may well get through. `refused`: what it said of copies; where it refused the addressee alone (`copies_left`), all others
    have theirs."""

    def __init__(
        self, sentence: str, *, is_lasting: bool = False, is_about_recipient: bool = False, copies_left: bool = False,
        refused: Mapping[str, str] | None = None,
    ) -> None:  # fmt: skip
        super().__init__(sentence)
        self.sentence = sentence
        self.is_lasting = is_lasting
        self.is_about_recipient = is_about_recipient
        self.copies_left = copies_left
        self.refused = refused or {}


async def mail_settings() -> MailSettings | None:
    """The company's settings, or None while mail is off (CRM_MAIL=off) or no server or sender is given: then messages
    stay in the outbox."""
    if Settings.from_env(os.environ).mail_delivery == "off":
        return None
    row = await company_for_mail()
    if not row.smtp_host or not row.mail_from:
        return None
    return MailSettings(
        row.smtp_host, row.smtp_port, row.smtp_security, row.smtp_user, row.smtp_password, row.mail_from, row.name
    )


async def send(message: EmailMessage, settings: MailSettings, to: str, copies: Sequence[str] = ()) -> Mapping[str, str]:
    """Hand one message to the mail server, for an addressee and those who get a copy. Returns once the server has taken it for the
    addressee, with what it said of each copy that it refused; raises NotDelivered otherwise."""
    try:
        async with _client(settings.host, settings.port, settings.security) as client:
            if settings.user:
                await client.login(settings.user, settings.password)
            refused, _words = await client.send_message(message, recipients=[to, *copies])
    except aiosmtplib.SMTPRecipientsRefused as error:
        answer = error.recipients[0] if error.recipients else error
        raise NotDelivered(str(answer), is_lasting=_is_lasting(answer), is_about_recipient=True) from error
    except (aiosmtplib.SMTPDataError, aiosmtplib.SMTPSenderRefused, aiosmtplib.SMTPHeloError) as error:
        raise NotDelivered(str(error), is_lasting=_is_lasting(error), is_about_recipient=True) from error
    except (aiosmtplib.SMTPException, OSError, ValueError) as error:
        raise NotDelivered(f"{type(error).__name__}: {error}") from error
    said = {address: f"{code} {words}" for address, (code, words) in refused.items() if address != to}
    if to in refused:
        code, words = refused[to]
        raise NotDelivered(
            f"({code}, {words!r})", is_lasting=code >= 500, is_about_recipient=True, copies_left=True, refused=said
        )
    return said


async def check_smtp(*, host: str, port: int, security: str, user: str = "", password: str = "") -> ServerAnswer:
    """Connect and log in, send nothing; the answer is for the person who presses the test button."""
    try:
        async with _client(host, port, security) as client:
            if user:
                await client.login(user, password)
            await client.noop()
    except aiosmtplib.SMTPAuthenticationError:
        return ServerAnswer(False, _("The mail server refuses this user name or password."))
    except (aiosmtplib.SMTPException, OSError, ValueError) as error:
        sentence = _("The mail server %(host)s:%(port)s cannot be used: %(error)s")
        return ServerAnswer(False, sentence % {"host": host, "port": port, "error": str(error)})
    return ServerAnswer(
        True, _("The mail server answers and accepts the log-in.") if user else _("The mail server answers.")
    )


def _client(host: str, port: int, security: str) -> aiosmtplib.SMTP:
    return aiosmtplib.SMTP(
        hostname=host, port=port, timeout=TIMEOUT, use_tls=security == "tls", start_tls=security == "starttls"
    )


def _is_lasting(error: Exception) -> bool:
    """An answer of 500 or above is final (RFC 5321 section 4.2.1)."""
    return getattr(error, "code", 0) >= 500
