"""Reading a mail that was sent to somebody's own log address: who wrote to whom, and what is new in it. No I/O."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes
from email.errors import MessageError
from email.message import EmailMessage
from email.policy import default
from email.utils import getaddresses, parsedate_to_datetime

from crm.web.pasted import plain_text
from crm.web.quotations import new_text

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
_END_OF_HEADERS = re.compile(rb"\r?\n\r?\n")


@dataclass(frozen=True, slots=True)
class Forwarded:
    """The mail inside a mail: who wrote it, about what, and what it says."""

    address: str
    subject: str
    text: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ReadMail:
    """A mail as it was read. Addresses are lower case; `quoted` is what it cites. `is_automatic`: no person wrote it."""

    message_id: str
    sender: str
    recipients: tuple[str, ...]
    subject: str
    text: str
    quoted: str
    at: datetime | None
    is_automatic: bool
    tokens: tuple[str, ...] = field(default=())
    forwarded: Forwarded | None = None

    @property
    def whole(self) -> str:
        """What is new, and below it what it cites."""
        return f"{self.text}\n\n{self.quoted}".strip()


def read_mail(raw: bytes) -> ReadMail:
    """Read the bytes of a mail, however crooked. Raises ValueError for what is none."""
    message = _message(raw)
    if message is None or not any(_header(message, name) for name in ("from", "to", "subject")):
        raise ValueError("no mail")
    body = _body(message)
    text, quoted = new_text(body)
    inner = _attached(message)
    return ReadMail(
        message_id=_header(message, "message-id")[:200],
        sender=next(iter(_addresses(message, "from")), ""),
        recipients=_addresses(message, "to", "cc", "bcc"),
        subject=_header(message, "subject")[:LONGEST_SUBJECT],
        text=text,
        quoted=quoted,
        at=_date(message),
        is_automatic=_is_automatic(message),
        tokens=_tokens(message),
        forwarded=_forwarded(inner) if inner is not None else forwarded_in(_header(message, "subject"), body),
    )


def _message(raw: bytes) -> EmailMessage | None:
    try:
        message = message_from_bytes(_with_readable_headers(raw), policy=default)
    except (MessageError, ValueError, LookupError, AttributeError, IndexError, RecursionError):
        return None
    return message if isinstance(message, EmailMessage) else None


def _with_readable_headers(raw: bytes) -> bytes:
    """Headers must be ASCII, or UTF-8 (RFC 6532); old programs write umlauts as Windows does, which would be lost."""
    end = _END_OF_HEADERS.search(raw)
    headers, rest = (raw[: end.start()], raw[end.start() :]) if end else (raw, b"")
    try:
        headers.decode()
    except UnicodeDecodeError:
        return headers.decode("cp1252", "replace").encode() + rest
    return raw


def _header(message: EmailMessage, name: str) -> str:
    """A header in one line; a broken one is empty."""
    try:
        value = str(message.get(name, ""))
    except (MessageError, ValueError, LookupError, AttributeError, IndexError, TypeError):
        return ""
    return " ".join(value.replace("\x00", "").encode("utf-8", "replace").decode().split())


def _all(message: EmailMessage, name: str) -> list[str]:
    try:
        return [str(value).replace("\x00", "") for value in message.get_all(name, [])]
    except (MessageError, ValueError, LookupError, AttributeError, IndexError, TypeError):
        return []


def _addresses(message: EmailMessage, *names: str) -> tuple[str, ...]:
    found = [
        address.strip().lower()
        for name in names
        for _name, address in getaddresses(_all(message, name))
        if "@" in address
    ]
    return tuple(dict.fromkeys(found))[:MOST_ADDRESSES]


def _tokens(message: EmailMessage) -> tuple[str, ...]:
    values = " ".join(value for name in _ADDRESSED for value in _all(message, name))
    return tuple(dict.fromkeys(token.lower() for token in TOKEN.findall(values)))


def _date(message: EmailMessage) -> datetime | None:
    try:
        found = parsedate_to_datetime(_header(message, "date"))
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _is_automatic(message: EmailMessage) -> bool:
    """Out-of-office answers, bounces, lists (RFC 3834)."""
    submitted = _header(message, "auto-submitted").lower()
    return (
        (bool(submitted) and submitted != "no")
        or _header(message, "precedence").lower() in ("bulk", "junk", "list", "auto_reply")
        or bool(_header(message, "x-autoreply") or _header(message, "x-auto-response-suppress").lower() == "all")
        or _header(message, "return-path") == "<>"
        or _header(message, "from").lower().partition("@")[0].endswith("mailer-daemon")
    )


def _body(message: EmailMessage) -> str:
    """What a reader sees: the plain text, else the HTML without its tags."""
    try:
        part = message.get_body(("plain", "html"))
        if part is None:
            return ""
        content = part.get_content()
        is_html = part.get_content_type() == "text/html"
    except (MessageError, ValueError, LookupError, AttributeError, IndexError, TypeError, RecursionError):
        return ""
    text = str(content).replace("\x00", "").replace("\r\n", "\n").encode("utf-8", "replace").decode()
    return (plain_text(text) if is_html else text).strip()


def _attached(message: EmailMessage) -> EmailMessage | None:
    """A mail that is attached to this one as a mail (message/rfc822)."""
    try:
        for part in message.walk():
            if part.get_content_type() == "message/rfc822":
                inner = part.get_payload(0)
                return inner if isinstance(inner, EmailMessage) else None
    except (MessageError, ValueError, LookupError, AttributeError, IndexError, TypeError, RecursionError):
        return None
    return None


def _forwarded(inner: EmailMessage) -> Forwarded | None:
    sender = next(iter(_addresses(inner, "from")), "")
    if not sender:
        return None
    return Forwarded(sender, _header(inner, "subject")[:LONGEST_SUBJECT], _body(inner), _date(inner))


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
