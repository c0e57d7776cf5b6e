"""The link by which somebody answers: signed, so that nobody can make one up, for one answer, and without anything about a person in it."""

from __future__ import annotations

import base64
import hmac
import re

_TOKEN = re.compile(r"([1-9]\d{0,14})-([a-z2-7]{26})", re.ASCII)


def survey_path(invitation_id: int, secret: bytes) -> str:
    """The path of the page: "/survey/1234-…"."""
    return f"/survey/{invitation_id}-{_mark(invitation_id, secret)}"


def read_survey_token(token: str, secret: bytes) -> int | None:
    """The invitation that a token names; None for one that we did not make."""
    found = _TOKEN.fullmatch(token)
    if found is None or not hmac.compare_digest(_mark(int(found[1]), secret), found[2]):
        return None
    return int(found[1])


def _mark(invitation_id: int, secret: bytes) -> str:
    digest = hmac.digest(secret, f"survey invitation {invitation_id}".encode(), "sha256")
    return base64.b32encode(digest[:16]).decode().lower().rstrip("=")
