"""The reads of the outbox: what is waiting, what left, what was refused and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from crm.consents.sentences import reason
from crm.customers.restricted import restricted_address_sql
from crm.database import HIGHEST_ID, fetch
from crm.mail.tables import OutboxStatus
from crm.web.paging import cursor_of, keys_of

PAGE = 50
_HIDDEN = f"""(
    EXISTS (SELECT FROM person h WHERE h.id = o.person_id AND h.restricted_at IS NOT NULL)
    OR EXISTS (SELECT FROM customer h WHERE h.id = o.customer_id AND h.restricted_at IS NOT NULL)
    OR {restricted_address_sql("lower(o.to_address)")}
    OR EXISTS (SELECT FROM notification h WHERE h.hidden_at IS NOT NULL AND o.user_id IS NOT NULL
        AND h.id = substring(o.dedupe_key FROM '^notification (\\d{{1,18}})$')::bigint))"""
"""Whether a row `o` of the outbox is about somebody restricted: it goes to them, or tells staff of them."""


@dataclass(frozen=True, slots=True)
class OutboxLine:
    """One message as the list shows it, without its text. `because` is the gate's sentence. Of `is_hidden` ones addressee and subject
    are empty: it is about somebody whose data are restricted (GDPR Art. 18), whom officers alone see."""

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
    is_hidden: bool


async def outbox_lines(status: OutboxStatus | None, cursor: str | None) -> tuple[list[OutboxLine], str | None]:
    """The newest messages, of one status if asked, and the cursor of the next ones."""
    keys = keys_of(cursor, int)
    rows = await fetch(
        "SELECT o.id, o.status, o.purpose, o.to_address, o.to_name, o.subject, o.created_at, o.sent_at, o.next_attempt_at, "
        f"o.attempts, o.error, o.permission::text AS permission, p.name_de, p.name_en, {_HIDDEN} AS is_hidden FROM outbox_message o "
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
        row.id, OutboxStatus(row.status), row.purpose, *_shown(row), row.created_at, row.sent_at, row.next_attempt_at, row.attempts,
        "" if row.is_hidden else row.error, because, row.is_hidden,
    )  # fmt: skip


def _shown(row: Any) -> tuple[str, str, str]:
    return ("", "", "") if row.is_hidden else (row.to_address, row.to_name, row.subject)


async def counts_by_status() -> dict[str, int]:
    """How many messages wait, have left, have failed, were refused."""
    return {
        row.status: row.n for row in await fetch("SELECT status, count(*) AS n FROM outbox_message GROUP BY status")
    }
