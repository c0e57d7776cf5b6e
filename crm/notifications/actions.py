"""Telling staff: a message in the app, and by mail to their own address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from crm.database import execute, fetch_one, fetch_value, transaction
from crm.notifications.kinds import Kind
from crm.notifications.mailing import Told, write_mail
from crm.notifications.preferences import READER, calendar_of_company, preference_of
from crm.notifications.quiet_times import when_to_mail
from crm.notifications.words import WORDS

_WRITE = """
    INSERT INTO notification ("user", kind, detail, link, dedupe_key, at, mail_at, mailed_at)
    SELECT id, $2::text, $3::jsonb, $4::text, $5::text, $6::timestamptz, $7::timestamptz, $8::timestamptz
    FROM staff WHERE id = $1 AND deactivated_at IS NULL
    ON CONFLICT (dedupe_key) DO NOTHING RETURNING id
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
    """Tell a member of staff something, once per dedupe key; the id, or None if they had been told or have left. They are mailed as
    they wish: now, later together with what else gathers (crm.notifications.mailing), or not at all, as without `mail`.

    `kind` names the detail that goes with it; `link` is the path of the page to open. In the
    caller's transaction.
    """
    if not link.startswith("/") or link.startswith("//"):
        raise ValueError(f"{link!r} is not a path within the program")
    values = msgspec.json.decode(msgspec.json.encode(dict(detail)))
    async with transaction():
        reader = await fetch_one(READER, user_id) if mail else None
        if mail and reader is None:
            return None
        mail_at = reader and when_to_mail(
            preference_of(reader), WORDS[kind].group, calendar_of_company(reader.calendar, now), now
        )
        is_mailed = mail_at is not None and mail_at <= now
        new = await fetch_value(
            _WRITE, user_id, kind.value, msgspec.json.encode(values).decode(), link[:300], dedupe_key[:200] if dedupe_key else None, now,
            mail_at, now if is_mailed else None,
        )  # fmt: skip
        if new is None:
            return None
        if reader and is_mailed:
            await write_mail(reader, [Told(new, kind, values, link)], now=now)
        return int(new)


_WRITE_MANY = """
    INSERT INTO notification ("user", kind, detail, link, dedupe_key, at)
    SELECT n.reader, n.kind, n.detail::jsonb, n.link, n.key, $6
    FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[]) AS n(reader, kind, detail, link, key)
    JOIN staff u ON u.id = n.reader AND u.deactivated_at IS NULL
    ON CONFLICT (dedupe_key) DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class News:
    """What somebody is told in the app, and the key under which they are told it once."""

    user_id: int
    kind: Kind
    detail: Mapping[str, Any]
    link: str
    dedupe_key: str


async def notify_many(news: Sequence[News], *, now: datetime) -> None:
    """Tell many at once, in the app alone; one statement, in the caller's transaction. Otherwise as notify."""
    if news:
        await execute(
            _WRITE_MANY, [one.user_id for one in news], [one.kind.value for one in news],
            [msgspec.json.encode(dict(one.detail)).decode() for one in news], [one.link for one in news],
            [one.dedupe_key[:200] for one in news], now,
        )  # fmt: skip


async def mark_read(notification_id: int, *, by: int, now: datetime) -> str | None:
    """Mark one of one's own notifications as read; its link, or None if it isn't one's own or not to be read."""
    row = await fetch_one(
        'UPDATE notification SET read_at = coalesce(read_at, $3) WHERE id = $1 AND "user" = $2 AND hidden_at IS NULL RETURNING link',
        notification_id, by, now,
    )  # fmt: skip
    return str(row.link) if row else None


async def mark_all_read(*, by: int, now: datetime) -> None:
    """Mark all of one's own notifications as read."""
    await execute('UPDATE notification SET read_at = $2 WHERE "user" = $1 AND read_at IS NULL', by, now)
