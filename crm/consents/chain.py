"""The hash chain of the consent ledger: pure functions over the values of a row, shared by writing, bulk loading and
verification."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NamedTuple

import msgspec

FIRST = b""
"""What the first event names as the hash before it."""


class Link(NamedTuple):
    """The values of one ledger row that its hash covers, in this order."""

    id: int
    person_id: int | None
    address_key: str | None
    purpose: str
    channel: str
    event: str
    wording_version: int | None
    source: str
    at: datetime
    recorded_at: datetime
    recorded_by: int | None
    payload_id: int
    payload_hash: bytes


def payload_hash(salt: bytes, fields: Mapping[str, str]) -> bytes:
    """SHA-256 over the salt and the fields in the order of their names. Without the salt, which is erased with the
    fields, nobody can guess the values back out of it."""
    return hashlib.sha256(salt + payload_text(fields).encode()).digest()


def payload_text(fields: Mapping[str, str]) -> str:
    """The fields as the one JSON text that is hashed and stored."""
    return msgspec.json.encode(dict(sorted(fields.items()))).decode()


def link_hash(link: Link, previous_hash: bytes) -> bytes:
    """SHA-256 over the row's values and the hash of the event before it. Times count in UTC, to the microsecond (which
    is what PostgreSQL keeps)."""
    at, recorded_at = (
        moment.astimezone(UTC).isoformat(timespec="microseconds") for moment in (link.at, link.recorded_at)
    )
    values = [*link[:8], at, recorded_at, link.recorded_by, link.payload_id]
    return hashlib.sha256(msgspec.json.encode([*values, link.payload_hash.hex(), previous_hash.hex()])).digest()


def normal_address(address: str) -> str:
    """An address as the ledger compares it: without blanks around it, ASCII letters in lower case."""
    return "".join(chr(ord(c) + 32) if "A" <= c <= "Z" else c for c in address.strip())


def address_key(secret: bytes, address: str) -> str:
    """A keyed hash that stands for an address without a person. SQL's twin: `KEY_SQL`."""
    return hashlib.sha256(b"consent address" + secret + normal_address(address).encode()).hexdigest()


KEY_SQL = (
    "encode(sha256('consent address'::bytea || (SELECT secret FROM company) "
    "|| convert_to(lower(btrim({address}) COLLATE \"C\"), 'UTF8')), 'hex')"
)
"""`address_key` for a column or parameter: `KEY_SQL.format(address="e.address")`."""
