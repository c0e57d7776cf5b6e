"""The link by which somebody who was answered automatically asks for a person: signed, so that nobody can make one up."""

from __future__ import annotations

import hmac
import re

_TOKEN = re.compile(r"([1-9]\d{0,17})-([0-9a-f]{40})", re.ASCII)


def token_for(ticket_id: int, secret: bytes) -> str:
    """What stands in the link about an enquiry."""
    return f"{ticket_id}-{_mark(ticket_id, secret)}"


def ticket_of(token: str, secret: bytes) -> int | None:
    """The enquiry that a link is about, or None for one that is not ours."""
    found = _TOKEN.fullmatch(token)
    if found is None:
        return None
    ticket_id = int(found[1])
    return ticket_id if hmac.compare_digest(found[2], _mark(ticket_id, secret)) else None


def _mark(ticket_id: int, secret: bytes) -> str:
    return hmac.digest(secret, b"a person for enquiry %d" % ticket_id, "sha256")[:20].hex()
