"""A raw mail as what people see of it. Pure, and it survives anything: wrong character sets, broken MIME, no headers, cut-off
bodies, mails within mails, 50 MB."""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.message import Message as RawMail
from email.parser import BytesHeaderParser
from email.policy import compat32
from functools import lru_cache
from typing import Any

import nh3

from crm.files.names import clean_name
from crm.mail.automatic import Bounce, bounce_in, is_auto_reply, is_list
from crm.mail.headers import CROOKED, Address, addresses, date_of, decode, decoded, message_ids, text_of
from crm.mail.quoting import split_quotation
from crm.web.pasted import BLOCKS, INLINE, SILENT, plain_text

LONGEST_TEXT = 1_000_000
"""Characters of a body that are read; the whole is in the raw mail."""
MOST_ATTACHMENTS = 100
LANGUAGES = ("de", "en", "fr", "it", "es", "nl", "pl", "tr")
"""The languages that are told apart."""
_EMPTY_LINES = re.compile(r"\n{3,}")
_NO_BASE64 = re.compile(rb"[^A-Za-z0-9+/]")
_FENCE = re.compile(r'^--([^\s"\\]{1,70})[ \t]*\r?$', re.MULTILINE)
_SURE = 0.8
_SHORTEST = 20
_WORDS = (
    "a abbr b blockquote br code dd div dl dt em h1 h2 h3 h4 h5 h6 hr i li ol p pre q s small span strong sub sup table tbody td "
    "tfoot th thead tr u ul"
)
_TAGS = frozenset(_WORDS.split())
"""What a letter is made of: nothing that is fetched, sent or run."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that came along. `content_id` is what the mail's own HTML calls it, empty for most."""

    name: str
    media_type: str
    content: bytes
    content_id: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """A mail as it was read. Message-IDs keep their angle brackets; addresses are in lower case; `date` is aware UTC or None.
    `text` is what was written anew, `quoted` what it quotes. `html` is free of scripts, forms, styles, pictures and whatever
    would be fetched. `language` is a code of LANGUAGES, empty when it is not certain. `bounce` tells more when `is_bounce`."""

    message_id: str
    in_reply_to: str
    references: tuple[str, ...]
    date: datetime | None
    sender: Address
    reply_to: tuple[Address, ...]
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    subject: str
    text: str
    quoted: str
    html: str
    attachments: tuple[Attachment, ...]
    is_auto_reply: bool
    is_bounce: bool
    is_list: bool
    language: str
    bounce: Bounce | None = None


def parse(raw: bytes) -> Message:
    """Read the bytes of a mail. Never raises; what cannot be read is empty."""
    mail = raw_mail(raw)
    plain, html, attachments = _contents(mail)
    text, quoted = split_quotation(_shown(plain, html))
    bounce = bounce_in(mail)
    reply_ids = message_ids(mail, "in-reply-to")
    return Message(
        message_id=next(iter(message_ids(mail, "message-id")), ""),
        in_reply_to=reply_ids[0] if reply_ids else "",
        references=message_ids(mail, "references"),
        date=date_of(mail),
        sender=next(iter((*addresses(mail, "from"), *addresses(mail, "sender"))), Address("", "")),
        reply_to=addresses(mail, "reply-to"),
        to=addresses(mail, "to"),
        cc=addresses(mail, "cc"),
        subject=text_of(mail, "subject"),
        text=text,
        quoted=quoted,
        html=nh3.clean(html, tags=_TAGS, attributes={"a": {"href"}}, url_schemes={"http", "https", "mailto", "tel"}),
        attachments=attachments,
        is_auto_reply=bounce is None and is_auto_reply(mail),
        is_bounce=bounce is not None,
        is_list=is_list(mail),
        language=language_of(text) or _declared(text_of(mail, "content-language")),
        bounce=bounce,
    )


def message_id_of(raw: bytes) -> str:
    """The Message-ID alone, without reading the rest."""
    return next(iter(message_ids(BytesHeaderParser(policy=compat32).parsebytes(raw), "message-id")), "")


def language_of(text: str) -> str:
    """The language a text is written in, empty when it is too short to say or not certain."""
    if len(text) < _SHORTEST:
        return ""
    language, certainty = _identifier().classify(text[:5000])
    return str(language) if certainty >= _SURE else ""


@lru_cache(1)
def _identifier() -> Any:
    """Loaded when it is first needed: it takes some 80 MB. The worker needs it; the web server only where a mail is handed over by API
    or put somewhere by hand."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(list(LANGUAGES))
    return identifier


def _declared(value: str) -> str:
    code = value.strip()[:2].lower()
    return code if code in LANGUAGES else ""


def raw_mail(raw: bytes) -> RawMail[Any, Any]:
    """The parts of a mail, unread."""
    try:
        return message_from_bytes(raw, policy=compat32)
    except CROOKED:  # mails within mails without end: the headers and the bare body are still worth reading
        return BytesHeaderParser(policy=compat32).parsebytes(raw)


def body_of(mail: RawMail[Any, Any]) -> str:
    """What a reader sees, quotations included: the plain text, else the HTML without its tags."""
    plain, html, _files = _contents(mail)
    return _shown(plain, html).strip()


def _shown(plain: str, html: str) -> str:
    """The plain text; else what a browser would show of the HTML (its parser sees through tags within attributes)."""
    return (
        plain
        if plain.strip()
        else plain_text(
            nh3.clean(html, tags=BLOCKS | INLINE - SILENT, attributes={}, clean_content_tags=set(SILENT - {"head"}))
        )
    )


def _contents(mail: RawMail[Any, Any]) -> tuple[str, str, tuple[Attachment, ...]]:
    """(plain text, HTML, files). Several texts that follow one another, as some programs send them, are joined."""
    plain: list[str] = []
    html: list[str] = []
    files: list[Attachment] = []
    for part in _parts(mail):
        kind = part.get_content_type()
        name = _name(part)
        is_shown = str(part.get("content-disposition", "")).strip().lower()[:10] != "attachment" and not name
        if is_shown and (kind == "text/plain" or part.get_content_maintype() == "multipart"):
            plain.append(_text(part))
        elif is_shown and kind == "text/html":
            html.append(_text(part))
        elif kind not in ("message/delivery-status", "text/rfc822-headers") and len(files) < MOST_ATTACHMENTS:
            files.append(_file(part, name, len(files) + 1))
    return "\n\n".join(plain)[:LONGEST_TEXT], "\n".join(html)[:LONGEST_TEXT], tuple(files)


def _parts(mail: RawMail[Any, Any]) -> Iterator[RawMail[Any, Any]]:
    """The parts that hold something, in order; a mail within the mail is one part. What says that it has parts but has none with
    the boundary that it names is one text, or divided by the boundary that it uses: once, so that it ends."""
    waiting = [mail]
    is_mended = False
    while waiting:
        part = waiting.pop()
        payload = part.get_payload()
        if part.get_content_maintype() == "multipart" and not isinstance(payload, list) and not is_mended:
            is_mended = True
            payload = _divided(str(payload))
        if part.get_content_maintype() == "multipart" and isinstance(payload, list):
            waiting.extend(each for each in reversed(payload) if isinstance(each, RawMail))
        else:
            yield part


def _divided(body: str) -> list[Any] | None:
    """The parts of a body by the first line that looks like a boundary, whatever its header says."""
    fence = _FENCE.search(body)
    if fence is None:
        return None
    head = f'Content-Type: multipart/mixed; boundary="{fence[1]}"\n\n'
    payload = raw_mail((head + body).encode("utf-8", "surrogateescape")).get_payload()
    return payload if isinstance(payload, list) else None


def _name(part: RawMail[Any, Any]) -> str:
    try:
        found = part.get_filename("")
    except CROOKED:
        found = ""
    return clean_name(decoded(str(found))) if found else ""


def _text(part: RawMail[Any, Any]) -> str:
    content = _bytes(part)[: 4 * LONGEST_TEXT]
    text = decode(content, _charset(part)).replace("\x00", "").replace("\r\n", "\n").replace("\r", "\n")
    return _EMPTY_LINES.sub("\n\n", text).encode("utf-8", "replace").decode("utf-8")


def _charset(part: RawMail[Any, Any]) -> str:
    try:
        found = part.get_content_charset("")
    except CROOKED:
        return ""
    return str(found)


def _bytes(part: RawMail[Any, Any]) -> bytes:
    try:
        payload = part.get_payload(decode=True)
    except CROOKED:
        return b""
    content = payload if isinstance(payload, bytes) else b""
    if str(part.get("content-transfer-encoding", "")).strip().lower() == "base64" and content:
        written = _NO_BASE64.sub(b"", str(part.get_payload()).encode("ascii", "ignore"))
        if len(written) % 4 == 1:  # cut off in a place that the standard library does not read at all
            return b64decode(written[:-1] + b"=" * (-(len(written) - 1) % 4))
    return content


def _file(part: RawMail[Any, Any], name: str, number: int) -> Attachment:
    kind = part.get_content_type()
    payload = part.get_payload()
    if kind == "message/rfc822" and isinstance(payload, list) and payload and isinstance(payload[0], RawMail):
        subject = text_of(payload[0], "subject").replace("/", "-") or f"mail-{number}"
        return Attachment(name or clean_name(f"{subject[:80]}.eml"), kind, _whole(payload[0]))
    suffix = {"text/plain": ".txt", "text/html": ".html", "application/pdf": ".pdf", "text/calendar": ".ics"}.get(
        kind, ""
    )
    if kind.startswith("image/"):
        suffix = "." + kind.partition("/")[2].replace("jpeg", "jpg").split("+")[0]
    return Attachment(name or clean_name(f"attachment-{number}{suffix}"), kind, _bytes(part), _content_id(part))


def _content_id(part: RawMail[Any, Any]) -> str:
    return text_of(part, "content-id").strip("<>")[:200]


def _whole(mail: RawMail[Any, Any]) -> bytes:
    try:
        return mail.as_bytes()
    except CROOKED:
        return _bytes(mail)
