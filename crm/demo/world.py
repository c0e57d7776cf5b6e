"""What the demo company finds when it moves in: catalogues, calendar, the days of two years, its staff."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

from crm.accounts.company import signing_secret
from crm.database import fetch
from crm.demo.days import Days
from crm.demo.draw import Draw
from crm.demo.staff import Staff
from crm.service_levels.calendar import Calendar
from crm.service_levels.holidays import public_holidays

CALENDAR_CODE = "office"


@dataclass(frozen=True, slots=True)
class Level:
    """A service level; minutes per priority are first response, next response, solution."""

    id: int
    code: str
    name: str
    name_en: str
    first_contact_level: int
    rhythm_days: int | None
    minutes: dict[str, tuple[int, int, int]]


@dataclass(frozen=True, slots=True)
class Topic:
    id: int
    code: str
    name: str
    name_en: str
    level: int
    first_contact_level: int


@dataclass(frozen=True, slots=True)
class Touchpoint:
    id: int
    code: str
    phase: int
    channels: tuple[str, ...]
    is_moment_of_truth: bool


@dataclass(frozen=True, slots=True)
class World:
    days: Days
    levels: dict[str, Level]
    topics: dict[str, Topic]
    touchpoints: dict[str, Touchpoint]
    reasons: dict[str, tuple[int, bool]]
    calendar: Calendar
    staff: Staff
    secret: bytes

    @property
    def now(self) -> datetime:
        """The instant up to which everything has happened: the last midnight."""
        return self.days.end


async def look_around(days: Days, staff: Staff) -> World:
    """Read what the catalogues hold."""
    return World(
        days,
        await _levels(),
        await _topics(),
        await _touchpoints(),
        await _reasons(),
        await _calendar(days),
        staff,
        await signing_secret(),
    )


async def _levels() -> dict[str, Level]:
    targets: dict[int, dict[str, tuple[int, int, int]]] = {}
    for row in await fetch(
        "SELECT service_level, priority, first_response_min, next_response_min, solution_min FROM service_target"
    ):
        minutes = (row.first_response_min, row.next_response_min, row.solution_min)
        targets.setdefault(row.service_level, {})[row.priority] = minutes
    rows = await fetch(
        "SELECT id, code, name_de, name_en, first_contact_level, contact_rhythm_days FROM service_level ORDER BY position"
    )
    return {
        row.code: Level(
            row.id,
            row.code,
            row.name_de,
            row.name_en,
            row.first_contact_level,
            row.contact_rhythm_days,
            targets[row.id],
        )
        for row in rows
    }


async def _topics() -> dict[str, Topic]:
    rows = await fetch("SELECT id, code, name_de, name_en, level, first_contact_level FROM topic ORDER BY position")
    return {
        row.code: Topic(row.id, row.code, row.name_de, row.name_en, row.level, row.first_contact_level) for row in rows
    }


async def _touchpoints() -> dict[str, Touchpoint]:
    rows = await fetch("SELECT id, code, phase, channels, is_moment_of_truth FROM touchpoint ORDER BY position")
    return {
        row.code: Touchpoint(row.id, row.code, row.phase, tuple(row.channels.split(",")), row.is_moment_of_truth)
        for row in rows
    }


async def _reasons() -> dict[str, tuple[int, bool]]:
    """The reasons for contact by their codes: the id, and whether it is a moment of truth."""
    rows = await fetch("SELECT id, code, is_moment_of_truth FROM contact_reason")
    return {row.code: (row.id, row.is_moment_of_truth) for row in rows}


async def _calendar(days: Days) -> Calendar:
    rows = await fetch(
        "SELECT c.zone, c.country, c.state, h.weekday, h.opens, h.closes FROM business_calendar c "
        "JOIN opening_hours h ON h.calendar = c.id WHERE c.code = $1 ORDER BY h.weekday, h.opens",
        CALENDAR_CODE,
    )
    hours: dict[int, list[tuple[time, time]]] = {}
    for row in rows:
        hours.setdefault(row.weekday, []).append((row.opens, row.closes))
    years = range(days.begin.year, days.today.year + 2)
    off = {row.off_on for row in await fetch("SELECT off_on FROM company_day")}
    return Calendar(ZoneInfo(rows[0].zone), hours, public_holidays(rows[0].country, rows[0].state, years) | off)


def seeded(days: Days, customers: int, part: str) -> Draw:
    """A stream of chance of its own for each part, so that a change in one does not shuffle the others."""
    return Draw(days.today.isoformat(), customers, part)
