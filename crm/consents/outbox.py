"""The reads of the outbox: what is waiting, what left, what was refused and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from crm.consents.sentences import reason
from crm.database import HIGHEST_ID, fetch
from crm.mail.tables import OutboxStatus
from crm.web.paging import cursor_of, keys_of

PAGE = 50


@dataclass(frozen=True, slots=True)
class OutboxLine:
    """One message as the list shows it, without its text. `because` is the gate's sentence."""

    id: int
    status: OutboxStatus
    purpose: str
    to_address: str
    to_name: str
    subject: str
    created_at: datetime
    sent_at: datetime | None
    next_attempt_at: datetime | None
    attempts: int
    error: str
    because: str


async def outbox_lines(status: OutboxStatus | None, cursor: str | None) -> tuple[list[OutboxLine], str | None]:
    """The newest messages, of one status if asked, and the cursor of the next ones."""
    keys = keys_of(cursor, int)
    rows = await fetch(
        "SELECT o.id, o.status, o.purpose, o.to_address, o.to_name, o.subject, o.created_at, o.sent_at, o.next_attempt_at, "
        "o.attempts, o.error, o.permission::text AS permission, p.name_de, p.name_en FROM outbox_message o "
        "LEFT JOIN purpose p ON p.code = o.purpose "
        "WHERE o.id < $1 AND ($2::text IS NULL OR o.status = $2) ORDER BY o.id DESC LIMIT $3",
        keys[0] if keys else HIGHEST_ID, status.value if status else None, PAGE + 1,
    )  # fmt: skip
    lines = [_line(row) for row in rows[:PAGE]]
    return lines, cursor_of(lines[-1].id) if len(rows) > PAGE else None


def _line(row: Any) -> OutboxLine:
    permission = msgspec.json.decode(row.permission)
    names = {"de": row.name_de or row.purpose, "en": row.name_en or row.purpose}
    because = reason(permission["code"], permission.get("params") or {}, names) if permission.get("code") else ""
    return OutboxLine(
        row.id, OutboxStatus(row.status), row.purpose, row.to_address, row.to_name, row.subject, row.created_at, row.sent_at,
        row.next_attempt_at, row.attempts, row.error, because,
    )  # fmt: skip


async def counts_by_status() -> dict[str, int]:
    """How many messages wait, have left, have failed, were refused."""
    return {
        row.status: row.n for row in await fetch("SELECT status, count(*) AS n FROM outbox_message GROUP BY status")
    }
