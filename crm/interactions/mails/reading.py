"""Reading a mail that was sent to somebody's own log address: who wrote to whom, and what is new in it. No I/O."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from email.message import Message as RawMail
from typing import Any

from crm.mail.automatic import bounce_in, is_auto_reply, is_list
from crm.mail.headers import CROOKED, addresses, date_of, text_of, values_of
from crm.mail.parse import body_of, raw_mail

TOKEN = re.compile(r"\+([a-z0-9]{20})@", re.IGNORECASE)
"""The secret part of a log address: post+<token>@company.example."""
_ADDRESSED = ("to", "cc", "bcc", "delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "x-forwarded-to")
MOST_ADDRESSES = 50
LONGEST_SUBJECT = 300

_FORWARD_SUBJECT = re.compile(r"^\s*(wg|fwd?|tr|i)\s*:", re.IGNORECASE)
_FORWARD_MARK = re.compile(
    r"^[-_ \t>*]{0,80}(forwarded message|weitergeleitete nachricht|original message|ursprüngliche nachricht|begin forwarded message"
    r"|anfang der weitergeleiteten nachricht)[-_ \t:*]{0,80}$",
    re.IGNORECASE | re.MULTILINE,
)
_FROM_LINE = re.compile(r"^[>*\s]*(?:von|from)[*\s]*:[*\s]*(.{3,320})$", re.IGNORECASE)
_SUBJECT_LINE = re.compile(r"^[>*\s]*(?:betreff|subject)[*\s]*:[*\s]*(.{0,400})$", re.IGNORECASE)
_HEADER_LINE = re.compile(
    r"^[>*\s]*(?:von|from|an|to|cc|kopie|datum|date|gesendet|sent|betreff|subject|reply-to|antwort an)[*\s]*:",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"[^\s<>()\[\],;:\"']{1,64}@[^\s<>()\[\],;:\"']{1,190}")


@dataclass(frozen=True, slots=True)
class Forwarded:
    """The mail inside a mail: who wrote it, about what, and what it says."""

    address: str
    subject: str
    text: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ReadMail:
    """A mail as it was read. Addresses are lower case; `text` is the whole body. `is_automatic`: no person wrote it."""

    message_id: str
    sender: str
    recipients: tuple[str, ...]
    subject: str
    text: str
    at: datetime | None
    is_automatic: bool
    tokens: tuple[str, ...] = field(default=())
    forwarded: Forwarded | None = None


def read_mail(raw: bytes) -> ReadMail:
    """Read the bytes of a mail, however crooked. Raises ValueError for what is none."""
    message = raw_mail(raw)
    if not any(text_of(message, name) for name in ("from", "to", "subject")):
        raise ValueError("no mail")
    body, subject = body_of(message), text_of(message, "subject")
    inner = _attached(message)
    return ReadMail(
        message_id=text_of(message, "message-id")[:200],
        sender=next(iter(_addresses(message, "from")), ""),
        recipients=_addresses(message, "to", "cc", "bcc"),
        subject=subject[:LONGEST_SUBJECT],
        text=body,
        at=date_of(message),
        is_automatic=is_auto_reply(message) or is_list(message) or bounce_in(message) is not None,
        tokens=_tokens(message),
        forwarded=_forwarded(inner) if inner is not None else forwarded_in(subject, body),
    )


def _addresses(message: RawMail[Any, Any], *names: str) -> tuple[str, ...]:
    found = [one.address for name in names for one in addresses(message, name)]
    return tuple(dict.fromkeys(found))[:MOST_ADDRESSES]


def _tokens(message: RawMail[Any, Any]) -> tuple[str, ...]:
    values = " ".join(value for name in _ADDRESSED for value in values_of(message, name))
    return tuple(dict.fromkeys(token.lower() for token in TOKEN.findall(values)))


def _attached(message: RawMail[Any, Any]) -> RawMail[Any, Any] | None:
    """A mail that is attached to this one as a mail (message/rfc822)."""
    try:
        found = next((part for part in message.walk() if part.get_content_type() == "message/rfc822"), None)
        inner = found.get_payload(0) if found is not None else None
    except CROOKED:
        return None
    return inner if isinstance(inner, RawMail) else None


def _forwarded(inner: RawMail[Any, Any]) -> Forwarded | None:
    sender = next(iter(_addresses(inner, "from")), "")
    if not sender:
        return None
    return Forwarded(sender, text_of(inner, "subject")[:LONGEST_SUBJECT], body_of(inner), date_of(inner))


def forwarded_in(subject: str, body: str) -> Forwarded | None:
    """The mail that a mail program has put into the text of a forward: below a line that says so, or below its headers."""
    mark = _FORWARD_MARK.search(body)
    if mark is None and not _FORWARD_SUBJECT.match(subject):
        return None
    lines = body[mark.end() if mark else 0 :].split("\n")
    for place, line in enumerate(lines):
        found = _FROM_LINE.match(line)
        address = _ADDRESS.search(found[1]) if found else None
        if address is not None:
            return _below(lines, place, address[0].lower().strip(".>"))
    return None


def _below(lines: list[str], place: int, address: str) -> Forwarded:
    """The headers from this line on, and what stands under them."""
    subject, end = "", place
    while end < len(lines) and (
        _HEADER_LINE.match(lines[end]) or (lines[end].startswith((" ", "\t")) and lines[end].strip())
    ):
        if found := _SUBJECT_LINE.match(lines[end]):
            subject = found[1].strip()[:LONGEST_SUBJECT]
        end += 1
    is_quoted = lines[place].startswith(">")  # Apple's way to forward
    below = [line[1:].removeprefix(" ") if is_quoted and line.startswith(">") else line for line in lines[end:]]
    return Forwarded(address, subject, "\n".join(below).strip())
