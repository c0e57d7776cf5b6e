"""Telling staff: a message in the app, and by mail to their own address."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from crm.consents.sending import queue_mail
from crm.database import execute, fetch_one, transaction
from crm.mail.rendering import render_mail
from crm.notifications.sentences import WORDS, Kind, sentence, title
from crm.web.i18n import _, speaking

_WRITE = """
    WITH reader AS (
        SELECT s.id, s.name, s.email, coalesce(nullif(s.language, ''), c.language) AS language
        FROM staff s CROSS JOIN company c WHERE s.id = $1 AND s.deactivated_at IS NULL
    ), written AS (
        INSERT INTO notification ("user", kind, detail, link, dedupe_key, at)
        SELECT id, $2, $3::jsonb, $4, $5, $6 FROM reader ON CONFLICT (dedupe_key) DO NOTHING RETURNING id
    )
    SELECT w.id, r.name, r.email, r.language FROM written w CROSS JOIN reader r
"""


async def notify(
    user_id: int,
    kind: Kind,
    *,
    detail: Mapping[str, Any],
    link: str,
    now: datetime,
    dedupe_key: str | None = None,
    mail: bool = True,
) -> int | None:
    """Tell a member of staff something, once per dedupe key; the id, or None if they had been told or have left.

    `kind` names the detail that goes with it; `link` is the path of the page to open. In the
    caller's transaction.
    """
    if not link.startswith("/") or link.startswith("//"):
        raise ValueError(f"{link!r} is not a path within the program")
    values = msgspec.json.decode(msgspec.json.encode(dict(detail)))
    async with transaction():
        row = await fetch_one(
            _WRITE,
            user_id,
            kind.value,
            msgspec.json.encode(values).decode(),
            link[:300],
            dedupe_key[:200] if dedupe_key else None,
            now,
        )
        if row is None:
            return None
        if mail:
            await _mail(row.id, row.name, row.email, row.language, kind, values, link, user_id, now)
        return int(row.id)


async def _mail(
    notification_id: int,
    name: str,
    email: str,
    language: str,
    kind: Kind,
    detail: Mapping[str, Any],
    link: str,
    user_id: int,
    now: datetime,
) -> None:
    with speaking(language):
        words = {"title": title(kind, detail), "sentence": sentence(kind, detail), "action": _(WORDS[kind].action)}
    rendered = render_mail("notification", language, name=name, link=link, **words)
    await queue_mail(
        purpose="account", to_address=email, to_name=name, subject=rendered.subject, text=rendered.text,
        html=rendered.html, language=language, now=now, user_id=user_id, dedupe_key=f"notification {notification_id}",
    )  # fmt: skip


async def mark_read(notification_id: int, *, by: int, now: datetime) -> str | None:
    """Mark one of one's own notifications as read; its link, or None if it isn't one's own."""
    row = await fetch_one(
        'UPDATE notification SET read_at = coalesce(read_at, $3) WHERE id = $1 AND "user" = $2 RETURNING link',
        notification_id, by, now,
    )  # fmt: skip
    return str(row.link) if row else None


async def mark_all_read(*, by: int, now: datetime) -> None:
    """Mark all of one's own notifications as read."""
    await execute('UPDATE notification SET read_at = $2 WHERE "user" = $1 AND read_at IS NULL', by, now)
