"""Mails that no person wrote: automatic answers, mails that came back, lists and newsletters. They are recognised, and never
answered (RFC 3834, section 2). No I/O."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.message import Message as RawMail
from typing import Any

from crm.mail.headers import CROOKED, addresses, text_of, values_of

_DAEMON = re.compile(r"^(mailer-daemon|postmaster|mail-daemon|mailerdaemon)@", re.IGNORECASE)
_AWAY = re.compile(
    r"^(?:abwesenheits(?:notiz|nachricht|assistent|agent)|automatische antwort|auto-?(?:matic)? ?reply|out of (?:the )?office"
    r"|réponse automatique|ich bin (?:derzeit |momentan )?nicht im (?:büro|haus))\b",
    re.IGNORECASE,
)
_CAME_BACK = re.compile(
    r"undeliver|unzustellbar|delivery (?:status notification|failure)|returned mail|failure notice|mail delivery failed"
    r"|nicht zugestellt",
    re.IGNORECASE,
)
_STATUS = re.compile(r"(?<![\d.])([245])\.\d{1,3}\.\d{1,3}(?!\.?\d)")
_ALONE = re.compile(r"^[ \t]*<?([^\s<>;:]{1,64}@[^\s<>;:]{1,190})>?:?[ \t]*\r?$", re.MULTILINE)
_NAMED_ID = re.compile(r"^[> \t]*message-id:[ \t]*(<[^<>\s]{1,300}>)", re.IGNORECASE | re.MULTILINE)
LONGEST_REPORT = 100_000
"""Characters of a report in words that are looked at."""
_RECIPIENT = re.compile(r"(?:rfc822\s*;)?\s*<?([^\s<>;]+@[^\s<>;]+)>?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Bounce:
    """A mail of ours that came back (RFC 3464): to whom it went, its Message-ID where the report names it, and whether it is
    for good (an address that does not exist) or passing (a full box)."""

    recipient: str
    message_id: str
    is_lasting: bool
    status: str = ""


def is_auto_reply(mail: RawMail[Any, Any]) -> bool:
    """Whether a program answered: an out-of-office note or an acknowledgement."""
    submitted = text_of(mail, "auto-submitted").lower().partition(";")[0].strip()
    return (
        submitted not in ("", "no")
        or text_of(mail, "precedence").lower() == "auto_reply"
        or text_of(mail, "return-path") == "<>"
        or any(values_of(mail, name) for name in ("x-autoreply", "x-autorespond", "x-autoresponder"))
        or bool(_AWAY.match(text_of(mail, "subject")))
        or any(_DAEMON.match(one.address) for one in addresses(mail, "from"))
    )


def is_list(mail: RawMail[Any, Any]) -> bool:
    """Whether it went to many: a newsletter or a mailing list (RFC 2369, RFC 8058)."""
    return text_of(mail, "precedence").lower() in ("bulk", "list", "junk") or any(
        values_of(mail, name) for name in ("list-id", "list-unsubscribe", "list-post", "feedback-id")
    )


def bounce_in(mail: RawMail[Any, Any]) -> Bounce | None:
    """The report that a mail of ours did not arrive; None if this is no such report."""
    try:
        parts = list(mail.walk())
    except CROOKED:
        parts = [mail]
    reports = [part for part in parts if part.get_content_type() == "message/delivery-status"]
    is_report = mail.get_content_type() == "multipart/report" and bool(reports)
    if not is_report and not _is_from_a_daemon(mail):
        return None
    recipient = status = action = ""
    for fields in (field for report in reports for field in _fields_of(report)):
        recipient = recipient or _recipient(text_of(fields, "final-recipient") or text_of(fields, "original-recipient"))
        status = status or text_of(fields, "status")
        action = action or text_of(fields, "action").lower()
    if is_report and action in ("delivered", "relayed", "expanded"):
        return None
    found = _STATUS.search(status)
    is_lasting = found[1] == "5" if found else action != "delayed"
    failed = recipient or _recipient(text_of(mail, "x-failed-recipients"))
    if not reports:
        return _in_words(parts, failed)
    return Bounce(failed, _original_id(parts[1:]), is_lasting, found[0] if found else "")


def _in_words(parts: list[RawMail[Any, Any]], recipient: str) -> Bounce:
    """A report without the fields of RFC 3464, as GMX, web.de and qmail write it: the address stands alone in a line, the code of
    RFC 3463 in the server's answer, and the headers of our mail below."""
    words = next((str(part.get_payload()) for part in parts if part.get_content_maintype() == "text"), "")[
        :LONGEST_REPORT
    ]
    alone, status, named = _ALONE.search(words), _STATUS.search(words), _NAMED_ID.search(words)
    return Bounce(
        recipient or (alone[1].lower() if alone else ""), _original_id(parts[1:]) or (named[1] if named else ""),
        status is None or status[1] != "4", status[0] if status else "",
    )  # fmt: skip


def _is_from_a_daemon(mail: RawMail[Any, Any]) -> bool:
    senders = addresses(mail, "from")
    is_empty = text_of(mail, "return-path") == "<>"
    from_daemon = bool(senders and _DAEMON.match(senders[0].address))
    return (from_daemon or is_empty) and bool(_CAME_BACK.search(text_of(mail, "subject")))


def _fields_of(report: RawMail[Any, Any]) -> list[RawMail[Any, Any]]:
    payload = report.get_payload()
    return [part for part in payload if isinstance(part, RawMail)] if isinstance(payload, list) else []


def _recipient(value: str) -> str:
    found = _RECIPIENT.search(value)
    return found[1].lower() if found else ""


def _original_id(parts: list[RawMail[Any, Any]]) -> str:
    """The Message-ID of the mail that came back: from the part that holds it, or its headers alone."""
    for part in parts:
        if part.get_content_type() == "text/rfc822-headers":
            lines = str(part.get_payload()).splitlines()
            found = next((line for line in lines if line.lower().startswith("message-id:")), "")
            if found:
                return found.partition(":")[2].replace("\x00", "").strip()
        elif values_of(part, "message-id"):
            return text_of(part, "message-id")
    return ""
