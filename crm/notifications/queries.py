"""The reads of notifications: one's own, the newest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from crm.database import fetch, fetch_one, fetch_value
from crm.notifications.kinds import Kind
from crm.notifications.sentences import sentence, title
from crm.notifications.words import WORDS
from crm.web.i18n import _
from crm.web.paging import cursor_of, keys_of

PAGE = 30
_NEW = "read_at IS NULL AND hidden_at IS NULL"


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
        'SELECT id, kind, detail::text AS detail, at, read_at FROM notification WHERE "user" = $1 AND hidden_at IS NULL '
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
    return int(await fetch_value(f'SELECT count(*) FROM notification WHERE "user" = $1 AND {_NEW}', user_id))


SESSIONS_THAT_LAST = """
    SELECT s.id FROM login_session s JOIN staff u ON u.id = s."user"
    WHERE s.id = ANY($1::bigint[]) AND s.expires_at > $2 AND u.deactivated_at IS NULL
"""
"""Of the sessions $1 those that are still logged in at $2. Asked on the listening connection of crm.notifications.live."""

FRESH_WITHIN = timedelta(days=1)
MOST_FRESH = 100


@dataclass(frozen=True, slots=True)
class Fresh:
    """One unread notification, as a message in the corner says it."""

    id: int
    title: str
    action: str
    is_urgent: bool


@dataclass(frozen=True, slots=True)
class News:
    """What a stream sends from: how many are unread, the newest of them (the newest first, at most 100 of the last day), and
    the highest id that was given out."""

    count: int
    unread: list[Fresh]
    last_id: int


async def news_of(user_id: int, now: datetime) -> News:
    """A user's unread notifications; one statement."""
    row = await fetch_one(
        f'SELECT (SELECT count(*) FROM notification WHERE "user" = $1 AND {_NEW}) AS unread, '
        "(SELECT last_value FROM notification_id_seq) AS last_id, "
        "(SELECT coalesce(jsonb_agg(jsonb_build_array(f.id, f.kind, f.detail) ORDER BY f.id DESC), '[]')::text FROM ("
        f'SELECT id, kind, detail FROM notification WHERE "user" = $1 AND {_NEW} AND at > $2 '
        "ORDER BY at DESC, id DESC LIMIT $3) f) AS fresh",
        user_id, now - FRESH_WITHIN, MOST_FRESH,
    )  # fmt: skip
    assert row is not None
    found = msgspec.json.decode(row.fresh, type=list[tuple[int, str, dict[str, object]]])
    fresh = [
        Fresh(id_, title(kind, detail), _(WORDS[Kind(kind)].action), WORDS[Kind(kind)].is_urgent)
        for id_, kind, detail in found
    ]
    return News(row.unread, fresh, row.last_id)
