"""The versions of calendars and service levels: the first ones, and the history that people read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import msgspec

from crm.database import HIGHEST_ID, Row, execute, fetch
from crm.errors import NotFound
from crm.service_levels.content import CalendarContent, Difference, LevelContent

_FIRST_CALENDARS = """
    WITH made AS (
        INSERT INTO calendar_version (calendar, number, content, changed, valid_from)
        SELECT b.id, 1, jsonb_build_object('name', b.name, 'zone', b.zone, 'country', b.country, 'state', b.state,
            'hours', (SELECT coalesce(jsonb_agg(jsonb_build_array(h.weekday, h.opens, h.closes) ORDER BY h.weekday, h.opens), '[]')
                FROM opening_hours h WHERE h.calendar = b.id),
            'days', (SELECT coalesce(jsonb_agg(d.off_on ORDER BY d.off_on), '[]') FROM company_day d WHERE d.calendar = b.id),
            'day_names', (SELECT coalesce(jsonb_object_agg(d.off_on, d.name), '{}') FROM company_day d
                WHERE d.calendar = b.id AND d.name <> '')), '{}', $1
        FROM business_calendar b WHERE b.version = 0 RETURNING calendar
    )
    UPDATE business_calendar b SET version = 1 FROM made WHERE b.id = made.calendar
"""

_FIRST_LEVELS = """
    WITH made AS (
        INSERT INTO service_level_version (service_level, number, calendar_version, content, changed, valid_from)
        SELECT s.id, 1, v.id, jsonb_build_object('name_de', s.name_de, 'name_en', s.name_en,
            'first_contact_level', s.first_contact_level, 'contact_rhythm_days', s.contact_rhythm_days,
            'targets', (SELECT coalesce(jsonb_object_agg(t.priority,
                jsonb_build_array(t.first_response_min, t.next_response_min, t.solution_min)), '{}')
                FROM service_target t WHERE t.service_level = s.id)), '{}', $1
        FROM service_level s JOIN business_calendar b ON b.id = s.calendar
        JOIN calendar_version v ON v.calendar = b.id AND v.number = b.version WHERE s.version = 0 RETURNING service_level
    )
    UPDATE service_level s SET version = 1 FROM made WHERE s.id = made.service_level
"""


async def write_first_versions(now: datetime) -> None:
    """Versions for the calendars and service levels that have none, as they are now. Safe to run twice."""
    await execute(_FIRST_CALENDARS, now)
    await execute(_FIRST_LEVELS, now)


@dataclass(frozen=True, slots=True)
class Level:
    """A service level as it is now."""

    id: int
    code: str
    version: int
    content: LevelContent
    retired_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class NamedCalendar:
    """A calendar as it is now, and the service levels that run by it (as rows with id, name_de, name_en)."""

    id: int
    code: str
    version: int
    content: CalendarContent
    retired_at: datetime | None = None


_LEVELS = """
    SELECT s.id, s.code, s.version, v.content::text AS content, b.code AS calendar, s.position, s.retired_at FROM service_level s
    JOIN service_level_version v ON v.service_level = s.id AND v.number = s.version JOIN business_calendar b ON b.id = s.calendar
"""


async def level_named(level_id: int) -> Level:
    """Raises NotFound."""
    rows = await fetch(f"{_LEVELS} WHERE s.id = $1", level_id) if 0 < level_id <= HIGHEST_ID else []
    if not rows:
        raise NotFound()
    return _level(rows[0])


async def levels_by(calendar_id: int) -> list[Level]:
    """The service levels by this calendar, in their order, without retired ones."""
    rows = await fetch(
        f"{_LEVELS} WHERE s.calendar = $1 AND s.retired_at IS NULL ORDER BY s.position, s.id", calendar_id
    )
    return [_level(row) for row in rows]


async def all_levels() -> list[Level]:
    """In their order, retired ones too."""
    return [_level(row) for row in await fetch(f"{_LEVELS} ORDER BY s.position, s.id")]


def _level(row: Row) -> Level:
    content = msgspec.json.decode(row.content, type=LevelContent)
    return Level(row.id, row.code, row.version, msgspec.structs.replace(content, calendar=row.calendar), row.retired_at)


_CALENDARS = """
    SELECT b.id, b.code, b.version, v.content::text AS content, b.retired_at FROM business_calendar b
    JOIN calendar_version v ON v.calendar = b.id AND v.number = b.version
"""


async def calendar_named(calendar_id: int = 0, *, code: str = "") -> NamedCalendar:
    """By its id or its code. Raises NotFound."""
    is_id = 0 < calendar_id <= HIGHEST_ID
    rows = await fetch(f"{_CALENDARS} WHERE b.id = $1 OR b.code = $2", calendar_id if is_id else 0, code)
    if not rows:
        raise NotFound()
    return _calendar(rows[0])


async def all_calendars() -> list[NamedCalendar]:
    """In their order, retired ones too."""
    return [_calendar(row) for row in await fetch(f"{_CALENDARS} ORDER BY b.id")]


def _calendar(row: Row) -> NamedCalendar:
    return NamedCalendar(
        row.id, row.code, row.version, msgspec.json.decode(row.content, type=CalendarContent), row.retired_at
    )


@dataclass(frozen=True, slots=True)
class Version:
    """One version: from when, by whom, and what was different from the one before, by field."""

    number: int
    valid_from: datetime
    by: str | None
    changed: dict[str, Difference]
    content: str


async def versions_of_level(level_id: int) -> list[Version]:
    """The newest first."""
    return await _versions("service_level_version", "service_level", level_id)


async def versions_of_calendar(calendar_id: int) -> list[Version]:
    """The newest first."""
    return await _versions("calendar_version", "calendar", calendar_id)


async def _versions(table: str, column: str, of: int) -> list[Version]:
    rows = await fetch(
        f"SELECT v.number, v.valid_from, u.name AS by, v.changed::text AS changed, v.content::text AS content FROM {table} v "
        f"LEFT JOIN staff u ON u.id = v.by_user WHERE v.{column} = $1 ORDER BY v.number DESC LIMIT 200",
        of,
    )
    return [
        Version(
            row.number,
            row.valid_from,
            row.by,
            msgspec.json.decode(row.changed, type=dict[str, Difference]),
            row.content,
        )
        for row in rows
    ]
