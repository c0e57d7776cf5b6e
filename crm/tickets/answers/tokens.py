"""The link by which somebody who was answered automatically asks for a person, and what the form of an opinion carries on the page
of questions and answers: signed, so that nobody can make one up."""

from __future__ import annotations

import hmac
import re
from datetime import datetime, timedelta

OPINIONS_FOR = timedelta(days=1)
"""So long an opinion is taken from a page that lies open."""
_PAGE = re.compile(r"(\d{1,12})-([0-9a-f]{40})", re.ASCII)
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


def opinion_token(now: datetime, secret: bytes) -> str:
    """What the forms of the page carry that is shown now."""
    shown = int(now.timestamp())
    return f"{shown}-{_page_mark(shown, secret)}"


def is_from_page(token: str, now: datetime, secret: bytes) -> bool:
    """Whether an opinion comes from a page of ours that was shown within the last day."""
    found = _PAGE.fullmatch(token)
    if found is None or not hmac.compare_digest(found[2], _page_mark(int(found[1]), secret)):
        return False
    return 0 <= now.timestamp() - int(found[1]) + 1 <= OPINIONS_FOR.total_seconds()


def _page_mark(shown: int, secret: bytes) -> str:
    return hmac.digest(secret, b"opinions of the page shown at %d" % shown, "sha256")[:20].hex()


def _mark(ticket_id: int, secret: bytes) -> str:
    return hmac.digest(secret, b"a person for enquiry %d" % ticket_id, "sha256")[:20].hex()
