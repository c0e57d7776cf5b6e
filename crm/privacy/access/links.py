"""The link by which a person fetches the copy of their data: signed, so that nobody can make one up; it ends, and can be ended."""

from __future__ import annotations

import base64
import hmac
import re
from datetime import timedelta
from typing import NamedTuple

_TOKEN = re.compile(r"(\d{1,15})-(\d{1,6})-([a-z2-7]{39})")

WORKS_FOR = timedelta(days=14)


class Named(NamedTuple):
    """The copy that a link names; `serial` is raised to end the links before."""

    copy_id: int
    serial: int


def copy_path(named: Named, secret: bytes) -> str:
    """The path of the page: "/data-copy/12-1-…"."""
    return f"/data-copy/{named.copy_id}-{named.serial}-{_mark(named, secret)}"


def read_token(token: str, secret: bytes) -> Named | None:
    """What a token names; None for one that we did not make."""
    found = _TOKEN.fullmatch(token)
    if found is None:
        return None
    named = Named(int(found[1]), int(found[2]))
    return named if hmac.compare_digest(_mark(named, secret), found[3]) else None


def _mark(named: Named, secret: bytes) -> str:
    digest = hmac.digest(secret, f"data copy {named.copy_id} {named.serial}".encode(), "sha256")
    return base64.b32encode(digest[:24]).decode().lower().rstrip("=")
