"""New service levels and calendars: each begins as its first version, under a code made from its name."""

from __future__ import annotations

from datetime import datetime

from crm.accounts.audit import record
from crm.database import Lock, execute, fetch, fetch_value, take_lock, transaction
from crm.errors import Invalid
from crm.service_levels.content import CalendarContent, LevelContent, stored
from crm.service_levels.editing import add_level_version, write_hours_and_days, write_targets
from crm.text import fold
from crm.web.i18n import _

_TABLES = {"service_level": "name_de", "business_calendar": "name"}


async def free_code(table: str, name: str) -> str:
    """A code made from the name that nothing in this table has, retired ones included."""
    code = fold(name).replace(" ", "-")[:34].strip("-") or "x"
    taken = {row.code for row in await fetch(f"SELECT code FROM {table} WHERE code LIKE $1", f"{code}%")}
    return next(one for one in (code, *(f"{code}-{n}" for n in range(2, len(taken) + 3))) if one not in taken)


async def demand_own_name(table: str, name: str, field: str, besides: int = 0) -> None:
    """Two in use of the same name could not be told apart. Raises Invalid."""
    column = _TABLES[table]
    same = f"SELECT EXISTS (SELECT FROM {table} WHERE lower({column}) = lower($1) AND retired_at IS NULL AND id <> $2)"
    if await fetch_value(same, name, besides):
        raise Invalid({field: _("There is one of this name already. Choose another name.")})


async def add_level(content: LevelContent, *, by: int, now: datetime) -> int:
    """A service level that nobody has yet; its id. Raises Invalid for a name that is taken."""
    async with transaction():
        await take_lock(Lock.CATALOGUES)
        await demand_own_name("service_level", content.name_de, "name_de")
        level_id = int(
            await fetch_value(
                "INSERT INTO service_level "
                "(code, name_de, name_en, position, calendar, first_contact_level, contact_rhythm_days, version) "
                "SELECT $1::text, $2::text, $3::text, "
                "(SELECT coalesce(max(position), 0) + 1 FROM service_level), b.id, $5::int, $6::int, 1 "
                "FROM business_calendar b WHERE b.code = $4 RETURNING id",
                await free_code("service_level", content.name_de), content.name_de, content.name_en, content.calendar,
                content.first_contact_level, content.contact_rhythm_days,
            )
        )  # fmt: skip
        await write_targets(level_id, content)
        await add_level_version(level_id, stored(content), "{}", by, now)
        await record("service_level.added", "service_level", level_id, by=by, now=now)
        return level_id


async def add_calendar(content: CalendarContent, *, by: int, now: datetime) -> int:
    """A calendar that no service level runs by yet; its id. Raises Invalid for a name that is taken."""
    async with transaction():
        await take_lock(Lock.CATALOGUES)
        await demand_own_name("business_calendar", content.name, "name")
        calendar_id = int(
            await fetch_value(
                "INSERT INTO business_calendar (code, name, zone, country, state, version) VALUES ($1, $2, $3, $4, $5, 1) RETURNING id",
                await free_code("business_calendar", content.name), content.name, content.zone, content.country, content.state,
            )
        )  # fmt: skip
        await write_hours_and_days(calendar_id, content)
        await execute(
            "INSERT INTO calendar_version (calendar, number, content, changed, valid_from, by_user) VALUES ($1, 1, $2, '{}', $3, $4)",
            calendar_id, stored(content), now, by,
        )  # fmt: skip
        await record("calendar.added", "calendar", calendar_id, by=by, now=now)
        return calendar_id
