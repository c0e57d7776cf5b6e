"""Changing service levels and calendars: each change is a new version with what differs; nothing that was is lost."""

from __future__ import annotations

from datetime import datetime

import msgspec

from crm.accounts.audit import record
from crm.database import Row, execute, fetch, fetch_one, fetch_value
from crm.errors import NotFound
from crm.service_levels.content import CalendarContent, LevelContent, differences, stored


async def lock_level(level_id: int) -> None:
    """Nobody else changes this service level until the transaction ends; enquiries may be opened meanwhile. Raises NotFound."""
    if await fetch_value("SELECT id FROM service_level WHERE id = $1 FOR NO KEY UPDATE", level_id) is None:
        raise NotFound()


async def lock_calendar(calendar_id: int) -> None:
    """As lock_level, for a calendar and all service levels by it."""
    if await fetch_value("SELECT id FROM business_calendar WHERE id = $1 FOR NO KEY UPDATE", calendar_id) is None:
        raise NotFound()
    await fetch("SELECT id FROM service_level WHERE calendar = $1 ORDER BY id FOR NO KEY UPDATE", calendar_id)


async def save_level(level_id: int, before: LevelContent, content: LevelContent, *, by: int, now: datetime) -> bool:
    """Make `content` the next version of a service level that is locked; False if nothing differs."""
    changed = differences(before, content)
    if not changed:
        return False
    number = await fetch_value(
        "UPDATE service_level SET name_de = $2, name_en = $3, first_contact_level = $4, contact_rhythm_days = $5, "
        "calendar = (SELECT id FROM business_calendar WHERE code = $6), version = version + 1 WHERE id = $1 RETURNING version",
        level_id, content.name_de, content.name_en, content.first_contact_level, content.contact_rhythm_days, content.calendar,
    )  # fmt: skip
    await write_targets(level_id, content)
    await add_level_version(level_id, stored(content), msgspec.json.encode(changed).decode(), by, now)
    await record("service_level.changed", "service_level", level_id, by=by, now=now, fields={"level_version": number})
    return True


async def write_targets(level_id: int, content: LevelContent) -> None:
    """The targets as they are now, one row for each priority."""
    await execute("DELETE FROM service_target WHERE service_level = $1", level_id)
    for priority, minutes in content.targets.items():
        await execute(
            "INSERT INTO service_target (service_level, priority, first_response_min, next_response_min, solution_min) "
            "VALUES ($1, $2, $3, $4, $5)",
            level_id, priority, *minutes,
        )  # fmt: skip


async def add_level_version(level_id: int, content: str, changed: str, by: int | None, now: datetime) -> None:
    """A version by the present version of its calendar, numbered as the service level is."""
    await execute(
        "INSERT INTO service_level_version (service_level, number, calendar_version, content, changed, valid_from, by_user) "
        "SELECT s.id, s.version, w.id, $2, $3, $4, $5 FROM service_level s JOIN business_calendar b ON b.id = s.calendar "
        "JOIN calendar_version w ON w.calendar = b.id AND w.number = b.version WHERE s.id = $1",
        level_id, content, changed, now, by,
    )  # fmt: skip


async def save_calendar(
    calendar_id: int, before: CalendarContent, content: CalendarContent, *, by: int, now: datetime
) -> bool:
    """Make `content` the next version of a calendar that is locked, and give every service level by it a version that says
    so; False if nothing differs."""
    changed = differences(before, content)
    if not changed:
        return False
    number = await fetch_value(
        "UPDATE business_calendar SET name = $2, zone = $3, country = $4, state = $5, version = version + 1 WHERE id = $1 "
        "RETURNING version",
        calendar_id, content.name, content.zone, content.country, content.state,
    )  # fmt: skip
    await write_hours_and_days(calendar_id, content)
    told = msgspec.json.encode(changed).decode()
    await execute(
        "INSERT INTO calendar_version (calendar, number, content, changed, valid_from, by_user) "
        "SELECT id, version, $2, $3, $4, $5 FROM business_calendar WHERE id = $1",
        calendar_id, stored(content), told, now, by,
    )  # fmt: skip
    for level in await fetch(
        "UPDATE service_level s SET version = s.version + 1 FROM service_level_version v "
        "WHERE v.service_level = s.id AND v.number = s.version AND s.calendar = $1 RETURNING s.id, v.content::text AS content",
        calendar_id,
    ):
        within = msgspec.json.encode({"opening": [None, content.name]}).decode()
        await add_level_version(level.id, level.content, within, by, now)
    await record("calendar.changed", "calendar", calendar_id, by=by, now=now, fields={"level_version": number})
    return True


async def write_hours_and_days(calendar_id: int, content: CalendarContent) -> None:
    """Opening hours and days off as they are now."""
    await execute("DELETE FROM opening_hours WHERE calendar = $1", calendar_id)
    await execute("DELETE FROM company_day WHERE calendar = $1", calendar_id)
    await execute(
        "INSERT INTO opening_hours (calendar, weekday, opens, closes) SELECT $1, * FROM unnest($2::int[], $3::time[], $4::time[])",
        calendar_id, *map(list, zip(*content.hours, strict=True)),
    )  # fmt: skip
    await execute(
        "INSERT INTO company_day (calendar, off_on, name) SELECT $1, * FROM unnest($2::date[], $3::text[])",
        calendar_id, list(content.days), [content.day_names.get(day.isoformat(), "") for day in content.days],
    )  # fmt: skip


async def set_telling_at_night(is_wanted: bool, *, by: int, now: datetime) -> None:
    """Whether warnings and missed promises are told at night too."""
    row: Row | None = await fetch_one(
        "UPDATE company SET tells_at_night = $1, version = version + 1 WHERE tells_at_night <> $1 RETURNING id",
        is_wanted,
    )
    if row is not None:
        fields = {"tells_at_night": [not is_wanted, is_wanted]}
        await record("settings.changed", "company", row.id, by=by, now=now, fields=fields)
