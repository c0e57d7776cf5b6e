"""Notifications by mail: one at once, or what has gathered in one mail. Each row says when it may go and that it went; whoever claims
the rows writes the mail to the outbox in the same transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crm.consents.sending import queue_mail
from crm.database import Row, decoded, execute, fetch, fetch_one, transaction
from crm.mail.rendering import RenderedMail, render_mail
from crm.notifications.kinds import Group, Kind
from crm.notifications.preferences import READER, calendar_of_company, preference_of
from crm.notifications.quiet_times import next_allowed
from crm.notifications.sentences import sentence, title
from crm.notifications.words import GROUP_WORDS, WORDS
from crm.web.i18n import _, ngettext, speaking

MOST_SHOWN = 30
"""Of one group in one mail, the newest; the page has all."""
SWEEP = 200


@dataclass(frozen=True)
class Told:
    """One notification as a mail tells it."""

    id: int
    kind: Kind
    detail: Mapping[str, Any]
    link: str


@dataclass(frozen=True)
class Item:
    title: str
    sentence: str
    link: str


@dataclass(frozen=True)
class Section:
    """What a mail says of one group."""

    heading: str
    count: int
    items: list[Item]
    more: str


async def sweep_notification_mails(*, now: datetime) -> int:
    """Mail everybody what is due and was not mailed, whatever became of the worker that should have; how many mails. Several may
    sweep at once: each person's mail is written by one of them."""
    waiting = await fetch(
        'SELECT DISTINCT "user" FROM notification WHERE mail_at <= $1 AND mailed_at IS NULL AND hidden_at IS NULL LIMIT $2',
        now,
        SWEEP,
    )
    return sum([await mail_what_waits(row.user, now=now) for row in waiting])


async def mail_what_waits(user_id: int, *, now: datetime) -> bool:
    """One mail with all that is due and still unread; True if there was one. What was read meanwhile needs no mail, and a moment
    that has become quiet (nobody worked in between) is waited out."""
    async with transaction():
        # the lock makes one mail of it, where two workers would share the rows
        reader = await fetch_one(f"{READER} FOR NO KEY UPDATE OF s", user_id)
        if reader is not None:
            allowed = next_allowed(preference_of(reader), calendar_of_company(reader.calendar, now), now)
            if allowed > now:
                await execute(
                    'UPDATE notification SET mail_at = $3 WHERE "user" = $1 AND mail_at <= $2 AND mailed_at IS NULL',
                    user_id, now, allowed,
                )  # fmt: skip
                return False
        rows = await fetch(
            'UPDATE notification SET mailed_at = CASE WHEN read_at IS NULL AND $3 THEN $2::timestamptz END, '
            "mail_at = CASE WHEN read_at IS NULL AND $3 THEN mail_at END "
            'WHERE "user" = $1 AND mail_at <= $2 AND mailed_at IS NULL AND hidden_at IS NULL '
            "RETURNING id, kind, detail::text AS detail, link, mailed_at",
            user_id, now, reader is not None,
        )  # fmt: skip
        told = [Told(row.id, Kind(row.kind), decoded(row.detail), row.link) for row in rows if row.mailed_at]
        if reader is None or not told:
            return False
        await write_mail(reader, sorted(told, key=lambda one: one.id, reverse=True), now=now)
        return True


async def write_mail(reader: Row, told: Sequence[Told], *, now: datetime) -> None:
    """The mail to the outbox, in the caller's transaction, which has claimed the rows."""
    rendered = _single(reader, told[0]) if len(told) == 1 else _gathered(reader, told)
    key = f"notification {told[0].id}" if len(told) == 1 else f"notifications {told[-1].id}-{told[0].id} {reader.id}"
    await queue_mail(
        purpose="account", to_address=reader.email, to_name=reader.name, subject=rendered.subject, text=rendered.text,
        html=rendered.html, language=reader.language, now=now, user_id=reader.id, dedupe_key=key,
    )  # fmt: skip


def _single(reader: Row, one: Told) -> RenderedMail:
    with speaking(reader.language):
        words = {
            "title": title(one.kind, one.detail), "sentence": sentence(one.kind, one.detail), "action": _(WORDS[one.kind].action),
        }  # fmt: skip
    return render_mail("notification", reader.language, name=reader.name, link=one.link, **words)


def _gathered(reader: Row, told: Sequence[Told]) -> RenderedMail:
    with speaking(reader.language):
        sections = [
            _section(group, found) for group in Group if (found := [one for one in told if _group(one) is group])
        ]
        counts = ", ".join(f"{section.heading}: {section.count}" for section in sections)
        subject = ngettext("One notification", "%(num)s notifications", len(told)) % {"num": len(told)}
        opening = _("This has come for you since the last mail, and you have not read it yet.")
    return render_mail(
        "notification_digest", reader.language, name=reader.name, subject_line=f"{subject} ({counts})", opening=opening, sections=sections
    )  # fmt: skip


def _group(one: Told) -> Group:
    return WORDS[one.kind].group


def _section(group: Group, told: Sequence[Told]) -> Section:
    items = [Item(title(one.kind, one.detail), sentence(one.kind, one.detail), one.link) for one in told[:MOST_SHOWN]]
    left = len(told) - len(items)
    more = (
        ngettext("One more stands in the list.", "%(num)s more stand in the list.", left) % {"num": left}
        if left
        else ""
    )
    return Section(_(GROUP_WORDS[group]), len(told), items, more)
