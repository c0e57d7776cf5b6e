"""The audit trail: who did what to which record, when, with the fields before and after."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from crm.database import copy_rows, draw_ids, execute, fetch, fetch_value

HIDDEN = frozenset({"password_hash", "totp_secret", "smtp_password", "imap_password", "secret"})


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, list[Any]]:
    """The fields that differ, each as [before, after]; secrets are named, never shown."""
    found = {}
    for field in {*before, *after}:
        old, new = before.get(field), after.get(field)
        if old != new:
            found[field] = ["•••", "•••"] if field in HIDDEN else [old, new]
    return found


async def record(
    action: str,
    subject_kind: str,
    subject_id: int | None,
    *,
    by: int | None,
    now: datetime,
    fields: Mapping[str, Any] | None = None,
) -> None:
    """Write one entry, in the caller's transaction. The values go into a payload row that can be erased later; the
    entry holds only its salted hash (SHA-256), so that it can stand for ever."""
    payload_id, digest = await _payload(fields)
    await execute(
        "INSERT INTO audit_entry (at, actor_id, action, subject_kind, subject_id, payload_id, payload_hash) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7)",
        now, by, action, subject_kind, subject_id, payload_id, digest,
    )  # fmt: skip


async def record_many(
    action: str,
    subject_kind: str,
    subject_ids: Sequence[int],
    *,
    by: int | None,
    now: datetime,
    fields: Mapping[str, Any],
) -> None:
    """The same change to many records at once: an entry for each, with one payload between them."""
    if not subject_ids:
        return
    payload_id, digest = await _payload(fields)
    await execute(
        "INSERT INTO audit_entry (at, actor_id, action, subject_kind, subject_id, payload_id, payload_hash) "
        "SELECT $1, $2, $3, $4, unnest($5::bigint[]), $6, $7",
        now, by, action, subject_kind, list(subject_ids), payload_id, digest,
    )  # fmt: skip


async def record_each(
    action: str,
    subject_kind: str,
    told: Sequence[tuple[int | None, Mapping[str, Any] | bytes]],
    *,
    by: int | None,
    now: datetime,
) -> None:
    """An entry with values of its own for each of many records (id, fields or what `as_stored` makes of them), by COPY, in
    the caller's transaction."""
    if told:
        ids = await draw_ids("audit_payload", len(told))
        await write_entries(entries_about_each(action, subject_kind, told, ids, by=by, now=now))


@dataclass(frozen=True, slots=True)
class Entries:
    """Rows of the audit trail that wait to be written."""

    payloads: list[tuple[Any, ...]]
    entries: list[tuple[Any, ...]]


def entries_about_each(
    action: str,
    subject_kind: str,
    told: Sequence[tuple[int | None, Mapping[str, Any] | bytes]],
    payload_ids: Sequence[int],
    *,
    by: int | None,
    now: datetime,
) -> Entries:
    """The part of `record_each` that needs no database, for a thread beside a long statement."""
    rows = Entries([], [])
    for (subject_id, fields), number in zip(told, payload_ids, strict=True):
        salt, values, digest = _sealed(fields)
        rows.payloads.append((number, salt, values))
        rows.entries.append((now, by, action, subject_kind, subject_id, number, digest))
    return rows


async def write_entries(*several: Entries) -> None:
    """Write them by COPY, in the caller's transaction."""
    payloads = [row for each in several for row in each.payloads]
    if not payloads:
        return
    await copy_rows("audit_payload", ("id", "salt", "fields"), payloads)
    await copy_rows(
        "audit_entry",
        ("at", "actor_id", "action", "subject_kind", "subject_id", "payload_id", "payload_hash"),
        [row for each in several for row in each.entries],
    )


async def _payload(fields: Mapping[str, Any] | None) -> tuple[int | None, bytes]:
    if not fields:
        return None, b""
    salt, values, digest = _sealed(fields)
    payload_id = await fetch_value(
        "INSERT INTO audit_payload (salt, fields) VALUES ($1, $2) RETURNING id", salt, values
    )
    return int(payload_id), digest


def as_stored(fields: Mapping[str, Any]) -> bytes:
    """The values of an entry as they are stored and hashed (JSON)."""
    return msgspec.json.encode(dict(sorted(fields.items())), enc_hook=str)


def _sealed(fields: Mapping[str, Any] | bytes) -> tuple[bytes, str, bytes]:
    """The values as they are stored, with a salt and the hash (SHA-256) over both."""
    salt = secrets.token_bytes(16)
    values = fields if isinstance(fields, bytes) else as_stored(fields)
    return salt, values.decode(), hashlib.sha256(salt + values).digest()


async def entries_about(subject_kind: str, subject_id: int, limit: int = 50) -> list[Any]:
    """The newest entries about one record, with the actor's name and the fields, if they have not been erased."""
    return await fetch(
        "SELECT e.id, e.at, e.action, e.actor_id, u.name AS actor, p.fields::text AS fields, p.erased_at "
        "FROM audit_entry e LEFT JOIN staff u ON u.id = e.actor_id LEFT JOIN audit_payload p ON p.id = e.payload_id "
        "WHERE e.subject_kind = $1 AND e.subject_id = $2 ORDER BY e.id DESC LIMIT $3",
        subject_kind, subject_id, limit,
    )  # fmt: skip
