"""The reads of notifications: one's own, the newest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import msgspec

from crm.database import fetch, fetch_value
from crm.notifications.sentences import WORDS, Kind, sentence, title
from crm.web.paging import cursor_of, keys_of

PAGE = 30


@dataclass(frozen=True, slots=True)
class Shown:
    """One notification, in the language of the moment."""

    id: int
    title: str
    sentence: str
    icon: str
    at: datetime
    is_read: bool


async def notifications_of(user_id: int, cursor: str | None = None) -> tuple[list[Shown], str | None]:
    """A page of a user's notifications, and the cursor of the next one."""
    keys = keys_of(cursor, datetime, int)
    before, last = keys if keys else (None, None)
    rows = await fetch(
        'SELECT id, kind, detail::text AS detail, at, read_at FROM notification WHERE "user" = $1 '
        "AND ($2::timestamptz IS NULL OR (at, id) < ($2, $3)) ORDER BY at DESC, id DESC LIMIT $4",
        user_id, before, last, PAGE + 1,
    )  # fmt: skip
    shown = []
    for row in rows[:PAGE]:
        detail = msgspec.json.decode(row.detail, type=dict[str, object])
        icon = WORDS[Kind(row.kind)].icon
        shown.append(
            Shown(row.id, title(row.kind, detail), sentence(row.kind, detail), icon, row.at, row.read_at is not None)
        )
    return shown, cursor_of(shown[-1].at, shown[-1].id) if len(rows) > PAGE else None


async def unread_count(user_id: int) -> int:
    return int(await fetch_value('SELECT count(*) FROM notification WHERE "user" = $1 AND read_at IS NULL', user_id))
