"""Reading users, sessions, tokens and the audit trail."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from crm.accounts.permissions import Permission, Role, roles_with
from crm.database import Row, fetch, fetch_one
from crm.errors import NotFound

AUDIT_PAGE = 50

_USER = (
    "SELECT u.id, u.email, u.name, u.role, u.team, t.name AS team_name, u.language, u.theme, u.single_keys, u.created_at, "
    "u.deactivated_at, u.version, u.password_hash <> '' AS has_password, u.totp_confirmed_at, "
    '(SELECT max(s.seen_at) FROM login_session s WHERE s."user" = u.id AND NOT s.second_factor_pending) AS seen_at '
    "FROM staff u LEFT JOIN team t ON t.id = u.team "
)


async def users() -> list[Row]:
    """All members of staff: those who work here first, each by name."""
    return await fetch(_USER + "ORDER BY u.deactivated_at IS NOT NULL, lower(u.name), u.id")


async def user_named(user_id: int) -> Row:
    """One member of staff, without secrets. Raises NotFound."""
    row = await fetch_one(_USER + "WHERE u.id = $1", user_id)
    if row is None:
        raise NotFound()
    return row


async def staff_of(*roles: Role) -> list[int]:
    """The ids of those who work here now in one of these roles."""
    rows = await fetch(
        "SELECT id FROM staff WHERE role = ANY($1) AND deactivated_at IS NULL ORDER BY id",
        [role.value for role in roles],
    )
    return [row.id for row in rows]


async def staff_who_may(permission: Permission, *, besides: int | None = None) -> list[int]:
    """The ids of those who work here now and whose role has the permission, without the one who is named."""
    rows = await fetch(
        "SELECT id FROM staff WHERE role = ANY($1) AND deactivated_at IS NULL AND id IS DISTINCT FROM $2 ORDER BY id",
        roles_with(permission), besides,
    )  # fmt: skip
    return [row.id for row in rows]


async def teams() -> list[Row]:
    """All teams with the number of their members."""
    return await fetch(
        "SELECT t.id, t.name, count(u.id) AS members FROM team t LEFT JOIN staff u ON u.team = t.id AND u.deactivated_at IS NULL "
        "GROUP BY t.id ORDER BY lower(t.name)"
    )


async def sessions_of(user_id: int, now: datetime) -> list[Row]:
    """The user's log-ins that are still good, the latest used first."""
    return await fetch(
        'SELECT id, created_at, seen_at, expires_at, user_agent, ip_address FROM login_session WHERE "user" = $1 '
        "AND expires_at > $2 AND NOT second_factor_pending ORDER BY seen_at DESC, id DESC",
        user_id, now,
    )  # fmt: skip


async def tokens_of(user_id: int) -> list[Row]:
    """The user's API tokens that are still good, the newest first."""
    return await fetch(
        'SELECT id, name, created_at, used_at FROM api_token WHERE "user" = $1 AND revoked_at IS NULL ORDER BY id DESC',
        user_id,
    )


@dataclass(frozen=True, slots=True)
class AuditLine:
    """One entry as it is shown. `fields` maps names to [before, after]; None once the values were erased."""

    id: int
    at: datetime
    action: str
    subject_kind: str
    subject_id: int | None
    actor_id: int | None
    actor: str | None
    subject: str
    fields: Mapping[str, Any] | None
    erased_at: datetime | None


_SUBJECT = (
    "CASE e.subject_kind WHEN 'user' THEN (SELECT s.name FROM staff s WHERE s.id = e.subject_id) "
    "WHEN 'team' THEN (SELECT t.name FROM team t WHERE t.id = e.subject_id) END"
)


async def audit_lines(
    *,
    kind: str = "",
    subject_id: int | None = None,
    actor_id: int | None = None,
    before_id: int | None = None,
    limit: int = AUDIT_PAGE,
) -> list[AuditLine]:
    """The newest entries older than `before_id`, of one kind of record, one record, one actor, or all."""
    conditions, values = [], []
    for condition, value in (
        ("e.subject_kind = ${}", kind or None),
        ("e.subject_id = ${}", subject_id),
        ("e.actor_id = ${}", actor_id),
        ("e.id < ${}", before_id),
    ):
        if value is not None:
            values.append(value)
            conditions.append(condition.format(len(values)))
    where = f"WHERE {' AND '.join(conditions)} " if conditions else ""
    rows = await fetch(
        "SELECT e.id, e.at, e.action, e.subject_kind, e.subject_id, e.actor_id, u.name AS actor, "
        f"{_SUBJECT} AS subject, p.fields::text AS fields, p.erased_at "
        "FROM audit_entry e LEFT JOIN staff u ON u.id = e.actor_id LEFT JOIN audit_payload p ON p.id = e.payload_id "
        f"{where}ORDER BY e.id DESC LIMIT ${len(values) + 1}",
        *values, limit,
    )  # fmt: skip
    return [_line(row) for row in rows]


def _line(row: Row) -> AuditLine:
    fields = None
    if row.erased_at is None:
        found = msgspec.json.decode(row.fields) if row.fields else {}
        fields = found if isinstance(found, dict) else {}
    return AuditLine(
        row.id,
        row.at,
        row.action,
        row.subject_kind,
        row.subject_id,
        row.actor_id,
        row.actor,
        row.subject or "",
        fields,
        row.erased_at,
    )


async def audit_kinds() -> list[str]:
    """The kinds of record that the trail knows, by hops over the index rather than by reading it all."""
    rows = await fetch(
        "WITH RECURSIVE kinds AS (SELECT min(subject_kind)::text AS kind FROM audit_entry UNION ALL "
        "SELECT (SELECT min(subject_kind)::text FROM audit_entry WHERE subject_kind > kinds.kind) FROM kinds WHERE kind IS NOT NULL) "
        "SELECT kind FROM kinds WHERE kind IS NOT NULL"
    )
    return [row.kind for row in rows]
