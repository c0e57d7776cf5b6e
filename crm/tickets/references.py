"""The number by which customers name an enquiry when they write again: signed, so that nobody can make one up."""

from __future__ import annotations

import base64
import hmac
import re
from typing import NamedTuple

_FOUND = re.compile(r"\[#(\d{1,15})(?:-([a-z2-7]{8}))?\]|(?<![\w#/])#(\d{1,15})\b", re.IGNORECASE)
_OURS = re.compile(r"\[#\d{1,15}(?:-[a-z2-7]{8})?\]", re.IGNORECASE)
_PREFIXES = re.compile(r"^(?:\s*(?:re|aw|antw|antwort|fwd?|wg|tr|sv)(?:\[\d+\])?\s*:)+\s*", re.IGNORECASE)


class Reference(NamedTuple):
    """An enquiry that a subject names; `is_signed` when the mark beside the number is ours."""

    ticket_id: int
    is_signed: bool


def reference_of(ticket_id: int, secret: bytes) -> str:
    """What stands in the subject of what we send about an enquiry: "[#1234-k3f9ab2c]"."""
    return f"[#{ticket_id}-{_mark(ticket_id, secret)}]"


def referred(subject: str, secret: bytes) -> list[Reference]:
    """The enquiries that a subject names, signed ones first, each once."""
    found: dict[int, bool] = {}
    for in_brackets, mark, bare in _FOUND.findall(subject):
        ticket_id = int(in_brackets or bare)
        is_ours = bool(mark) and hmac.compare_digest(mark.lower(), _mark(ticket_id, secret))
        found[ticket_id] = found.get(ticket_id, False) or is_ours
    return sorted((Reference(*one) for one in found.items()), key=lambda one: not one.is_signed)


def plain_subject(subject: str) -> str:
    """A subject without "Re:", "AW:", "WG:" and our own reference."""
    return _OURS.sub("", _PREFIXES.sub("", subject)).strip()


def _mark(ticket_id: int, secret: bytes) -> str:
    digest = hmac.digest(secret, b"ticket reference %d" % ticket_id, "sha256")
    return base64.b32encode(digest[:5]).decode().lower()
