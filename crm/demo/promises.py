"""Service levels and calendar of the demo company as they came to be: what was changed when, and by whom."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import msgspec

from crm.database import execute, fetch_value
from crm.demo.days import Days
from crm.service_levels.versions import calendar_named, level_named
from crm.tickets.repromising import change_calendar, change_level

_CHANGES: tuple[tuple[str, int, Mapping[str, Any]], ...] = (
    ("gold", 400, {"escalates": ("solution",)}),
    ("gold", 120, {"escalates": ("first_response", "solution"), "tells": ("assignee", "leads", "owner")}),
    ("silber", 90, {"pausing": {"first_response": ("waiting",), "next_response": ("waiting",), "solution": ("waiting", "postponed")}}),
)  # fmt: skip
"""Service level, days before the demo's today, and what it says from then on."""
_CLOSED = ((12, 24, "Heiligabend"), (12, 31, "Silvester"))


async def tell_of_service_levels(days: Days, lead: int) -> None:
    """Write the versions, before there are enquiries: what came before has the terms of today."""
    for table in ("calendar_version", "service_level_version"):
        await execute(f"UPDATE {table} SET valid_from = $1", days.begin)
    calendar = await calendar_named(code="office")
    off = {date(year, month, day): name for year in (days.end.year, days.end.year + 1) for month, day, name in _CLOSED}
    content = msgspec.structs.replace(
        calendar.content, days=tuple(sorted(off)), day_names={day.isoformat(): name for day, name in off.items()}
    )
    await change_calendar(calendar.id, content, seen=None, by=lead, now=days.end - timedelta(days=450))
    for code, ago, changed in _CHANGES:
        level_id = int(await fetch_value("SELECT id FROM service_level WHERE code = $1", code))
        said = msgspec.structs.replace((await level_named(level_id)).content, **changed)
        await change_level(level_id, said, seen=None, by=lead, now=days.end - timedelta(days=ago, hours=-10))
