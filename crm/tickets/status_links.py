"""The link by which a customer follows an enquiry or an order: signed, so that nobody can make one up, and revocable."""

from __future__ import annotations

import base64
import hmac
import re
from enum import StrEnum
from typing import NamedTuple

from crm.database import fetch_value

_TOKEN = re.compile(r"([eo])(\d{1,15})-(\d{1,6})-([a-z2-7]{26})")


class Subject(StrEnum):
    """What a page is about; the code stands in its address."""

    TICKET = "e"
    ORDER = "o"


class Named(NamedTuple):
    """What a link names; `serial` is raised to end the links before."""

    subject: Subject
    id: int
    serial: int


def status_path(named: Named, secret: bytes) -> str:
    """The path of the page: "/status/e1234-1-…"."""
    return f"/status/{named.subject.value}{named.id}-{named.serial}-{_mark(named, secret)}"


def read_status_token(token: str, secret: bytes) -> Named | None:
    """What a token names; None for one that we did not make."""
    found = _TOKEN.fullmatch(token)
    if found is None:
        return None
    named = Named(Subject(found[1]), int(found[2]), int(found[3]))
    return named if hmac.compare_digest(_mark(named, secret), found[4]) else None


async def status_path_of(subject: Subject, record_id: int, secret: bytes) -> str:
    """The path of the page of this enquiry or order, which there is from now on. In the caller's transaction, if any."""
    column = "ticket" if subject == Subject.TICKET else "customer_order"
    serial = await fetch_value(
        f"INSERT INTO status_page ({column}, serial, wants_mail, address, language, told, changes) VALUES ($1, 1, false, '', 'de', '', 0) "
        f"ON CONFLICT ({column}) DO UPDATE SET serial = status_page.serial RETURNING serial",
        record_id,
    )
    return status_path(Named(subject, record_id, int(serial)), secret)


def _mark(named: Named, secret: bytes) -> str:
    digest = hmac.digest(secret, f"status page {named.subject.value} {named.id} {named.serial}".encode(), "sha256")
    return base64.b32encode(digest[:16]).decode().lower().rstrip("=")
