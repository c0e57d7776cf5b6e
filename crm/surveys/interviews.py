"""What somebody said about a touchpoint in an interview: the notes of the needs analysis."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from crm.accounts.audit import record
from crm.database import HIGHEST_ID, Row, fetch, fetch_value, transaction
from crm.errors import Invalid, NotFound
from crm.surveys.actions import touchpoint_id
from crm.surveys.tables import Audience
from crm.web.forms import Fields
from crm.web.i18n import _, zone
from crm.web.paging import cursor_of, keys_of

NOTE_LIMIT = 4000
PAGE = 50


@dataclass(frozen=True, slots=True)
class NewNote:
    """Who it was is not kept: only whether a customer or a member of staff was speaking."""

    touchpoint: str
    speaker: Audience
    text: str
    said_on: date | None = None


def note_of(values: Mapping[str, Any]) -> NewNote:
    """Raises Invalid with every error."""
    fields = Fields(values)
    note = NewNote(
        fields.text("touchpoint", required=True, limit=40), fields.choice("speaker", Audience, Audience.CUSTOMERS),
        fields.text("text", required=True, limit=NOTE_LIMIT, many_lines=True), fields.on("said_on"),
    )  # fmt: skip
    fields.check()
    return note


async def note_interview(data: NewNote, *, by: int, now: datetime) -> int:
    """Keep a note; its id. Raises Invalid for an unknown touchpoint and for a day to come."""
    today = now.astimezone(zone.get()).date()
    if data.said_on is not None and data.said_on > today:
        raise Invalid({"said_on": _("An interview cannot lie in the future.")})
    async with transaction():
        note_id = await fetch_value(
            "INSERT INTO interview_note (touchpoint, speaker, said_on, text, by_user, created_at) VALUES ($1, $2, $3, $4, $5, $6) "
            "RETURNING id",
            await touchpoint_id(data.touchpoint), data.speaker.value, data.said_on or today, data.text, by, now,
        )  # fmt: skip
        await record("interview.noted", "interview", note_id, by=by, now=now)
        return int(note_id)


async def delete_note(note_id: int, *, by: int, now: datetime) -> None:
    """Take a note away. Raises NotFound."""
    async with transaction():
        gone = None
        if 0 < note_id <= HIGHEST_ID:
            gone = await fetch_value("DELETE FROM interview_note WHERE id = $1 RETURNING id", note_id)
        if gone is None:
            raise NotFound()
        await record("interview.deleted", "interview", note_id, by=by, now=now)


async def interview_notes(
    touchpoint: str, speaker: str, cursor: str | None, language: str, limit: int = PAGE
) -> tuple[list[Row], str | None]:
    """What was said in interviews, the newest first; `touchpoint` is a code, both may be empty for all."""
    keys = keys_of(cursor, date, int)
    rows = await fetch(
        f"SELECT n.id, n.said_on, n.speaker, n.text, t.code, t.name_{'de' if language == 'de' else 'en'} AS touchpoint, u.name AS by_name "
        "FROM interview_note n JOIN touchpoint t ON t.id = n.touchpoint LEFT JOIN staff u ON u.id = n.by_user "
        "WHERE ($2 = '' OR t.code = $2) AND ($3 = '' OR n.speaker = $3) "
        f"{'AND (n.said_on, n.id) < ($4, $5)' if keys else ''} ORDER BY n.said_on DESC, n.id DESC LIMIT $1",
        limit + 1, touchpoint, speaker, *(keys or ()),
    )  # fmt: skip
    shown = rows[:limit]
    return shown, cursor_of(shown[-1].said_on, shown[-1].id) if len(rows) > limit else None
