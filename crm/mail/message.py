"""An outbox row as an e-mail: text, its HTML twin, and the headers that belong to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any

import msgspec
from email_validator import validate_email

from crm.files.words import size_text
from crm.mail.wire import WIRE
from crm.web.i18n import _

AUTOMATIC = ("account",)
"""Purposes whose mails nobody wrote by hand: they say so (RFC 3834), and no out-of-office answer comes back."""

MOST_BYTES = 15_000_000
"""All files of a mail together: in a mail they grow by a third, and many mail servers take no more than 20 to 25 MB."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes along: its name, what it is, and the name of its content in crm/files."""

    name: str
    sha256: str
    size: int
    media_type: str


@dataclass(frozen=True, slots=True)
class Copy:
    """Somebody who gets a copy of a message."""

    address: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Answers:
    """From which of our addresses a mail leaves, and to which it is answered; empty: the company's sender, for both."""

    from_address: str = ""
    reply_to: str = ""


COMPANY = Answers()


PLACE = "<!-- foot -->"
"""Says in the HTML of a mail where its foot goes: as wide as its text."""


@dataclass(frozen=True, slots=True)
class Foot:
    """What is put below a mail when it leaves, as text and as HTML, and the headers that say the same to mail programs."""

    headers: Mapping[str, str]
    text: str
    html: str

    def below(self, text: str) -> str:
        return f"{text.rstrip()}\n\n{self.text}"

    def below_html(self, html: str) -> str:
        """Where the mail has its place for it, or within the body, whatever stands behind it."""
        before, place, after = html.rpartition(PLACE) if PLACE in html else html.rpartition("</body>")
        return f"{before}{self.html}{place}{after}" if place else html + self.html


def too_large(files: Sequence[Attachment]) -> str:
    """Why these files cannot go along with one mail, and what to do; empty if they can."""
    total = sum(file.size for file in files)
    if total <= MOST_BYTES:
        return ""
    sentence = _("The files have %(size)s together; at most %(limit)s go along with a mail. Send a link, or two mails.")
    return sentence % {"size": size_text(total), "limit": size_text(MOST_BYTES)}


def compose(
    row: Any,
    sender: str,
    sender_name: str,
    files: Sequence[tuple[Attachment, bytes]] = (),
    copies: Sequence[Copy] = (),
    foot: Foot | None = None,
) -> EmailMessage:
    """The message of an outbox row, with the files that go along and its foot, if it needs one. The Message-ID is the row's own, so that a
    second attempt is the same message.

    Raises ValueError for an address that a mail header cannot carry.
    """
    message = EmailMessage(policy=WIRE)
    message["From"] = _address(sender_name, row.from_address or sender)
    if row.reply_to:
        message["Reply-To"] = _address(sender_name, row.reply_to)
    message["To"] = _address(row.to_name, row.to_address)
    if copies:
        message["Cc"] = [_address(copy.name, copy.address) for copy in copies]
    message["Subject"] = row.subject
    message["Date"] = format_datetime(row.created_at)
    message["Message-ID"] = row.message_id
    if row.in_reply_to:
        message["In-Reply-To"] = row.in_reply_to
        message["References"] = row.in_reply_to
    if row.purpose in AUTOMATIC:
        message["Auto-Submitted"] = "auto-generated"
    own = msgspec.json.decode(row.headers, type=dict[str, str])
    for name, value in {**own, **(foot.headers if foot else {})}.items():
        if name not in message:
            message[name] = value
    message.set_content(foot.below(row.text) if foot else row.text, cte="quoted-printable")
    if row.html:
        message.add_alternative(foot.below_html(row.html) if foot else row.html, subtype="html", cte="quoted-printable")
    for file, content in files:
        kind, _slash, subtype = file.media_type.partition("/")
        if kind in ("message", "multipart") or not subtype:  # these would be taken for a part of the mail itself
            kind, subtype = "application", "octet-stream"
        message.add_attachment(content, maintype=kind, subtype=subtype.split(";")[0], filename=file.name)
    message["Content-Language"] = row.language  # last: whatever sets the content takes such headers away
    return message


def on_the_wire(address: str) -> str:
    """An address as mail servers are told it. Raises ValueError for one that they cannot be told."""
    return _address("", address).addr_spec


def _address(name: str, address: str) -> Address:
    """The domain in its ASCII form (IDNA), which every mail server understands; EmailNotValidError is a ValueError."""
    checked = validate_email(address, check_deliverability=False, test_environment=True)
    return Address(display_name=name, addr_spec=checked.ascii_email or checked.normalized)
