"""Reading the headers of a mail, however crooked: text, addresses, Message-IDs, the date. No I/O, and nothing raises."""

from __future__ import annotations

import re
from binascii import Error as BadBase64
from datetime import UTC, datetime
from email.errors import MessageError
from email.header import decode_header
from email.message import Message as RawMail
from email.utils import getaddresses, parsedate_to_datetime
from typing import Any, NamedTuple

LONGEST_HEADER = 20_000
"""Characters of one header that are looked at: what is longer was not written by a mail program."""
MOST_ADDRESSES = 200
MOST_REFERENCES = 100

_MESSAGE_ID = re.compile(r"<[^<>\s]{1,300}>")
_ADDRESS = re.compile(r"[^\s<>()\[\],;:\"@]{1,64}@[^\s<>()\[\],;:\"@]{1,190}")
CROOKED = (MessageError, ValueError, LookupError, AttributeError, TypeError, RecursionError, BadBase64)
"""What the standard library raises over crooked mails."""


class Address(NamedTuple):
    """A mail address in lower case and the name that stood beside it; both may be empty."""

    name: str
    address: str


def values_of(mail: RawMail[Any, Any], name: str) -> list[str]:
    """Every header of this name as it was written, unfolded; its encoded words are not decoded yet."""
    wanted = name.lower()
    return [_readable(str(value)) for key, value in mail.raw_items() if key.lower() == wanted]


def text_of(mail: RawMail[Any, Any], name: str) -> str:
    """The first header of this name in one line of readable text, empty if there is none (RFC 2047)."""
    return next((decoded(value) for value in values_of(mail, name)), "")


def decoded(value: str) -> str:
    """A header's text with its encoded words read (RFC 2047), in one line."""
    try:
        pieces = decode_header(value)
    except CROOKED:
        return _one_line(value)
    return _one_line("".join(piece if isinstance(piece, str) else decode(piece, charset) for piece, charset in pieces))


def decode(content: bytes, charset: str | None) -> str:
    """Bytes as text: as they say they are, else as UTF-8, else as Windows-1252, which is what mail programs mean by Latin-1."""
    wanted = (charset or "").strip().strip("\"'").lower()
    if wanted in ("iso-8859-1", "latin-1", "latin1", "us-ascii", "ascii", "unknown-8bit"):
        wanted = ""
    for one in filter(None, (wanted, "utf-8", "cp1252")):
        try:
            return content.decode(one)
        except (UnicodeDecodeError, LookupError, ValueError):
            continue
    return content.decode("latin-1")


def addresses(mail: RawMail[Any, Any], name: str) -> tuple[Address, ...]:
    """Whom the headers of this name mean, each address once."""
    found: dict[str, Address] = {}
    try:
        pairs = getaddresses(values_of(mail, name))
    except CROOKED:
        pairs = []
    for called, address in pairs or [("", one) for value in values_of(mail, name) for one in _ADDRESS.findall(value)]:
        plain = address.strip().strip("<>").lower()
        if _ADDRESS.fullmatch(plain):
            found.setdefault(plain, Address(decoded(called)[:200], plain))
    return tuple(found.values())[:MOST_ADDRESSES]


def message_ids(mail: RawMail[Any, Any], name: str) -> tuple[str, ...]:
    """The Message-IDs in the headers of this name, in angle brackets, each once; the last ones if there are too many."""
    found = dict.fromkeys(each for value in values_of(mail, name) for each in _MESSAGE_ID.findall(value))
    return tuple(found)[-MOST_REFERENCES:]


def date_of(mail: RawMail[Any, Any]) -> datetime | None:
    """When the mail says it was written (aware UTC), None for what is no date."""
    for value in values_of(mail, "date"):
        try:
            found = parsedate_to_datetime(value)
            return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
        except (*CROOKED, OverflowError):
            continue
    return None


def _readable(value: str) -> str:
    """A header as Python keeps it holds bytes that are no ASCII as surrogates."""
    return decode(value[:LONGEST_HEADER].encode("utf-8", "surrogateescape"), None).replace("\x00", "")


def _one_line(text: str) -> str:
    clean = text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")
    return " ".join(clean.split())
