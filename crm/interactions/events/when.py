"""When a talk at an event was: now while it runs, else at noon of its last day."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo


def moment_of(held_on: date, ends_on: date | None, now: datetime, zone: ZoneInfo) -> datetime | None:
    """As aware UTC; None if the event has not begun yet."""
    today, last = now.astimezone(zone).date(), ends_on or held_on
    if today < held_on:
        return None
    return now if today <= last else datetime.combine(last, time(12), zone).astimezone(UTC)
