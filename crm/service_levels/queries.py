"""Reads of calendars and promises. A calendar comes with its hours and days in the same statement."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache
from zoneinfo import ZoneInfo

import msgspec

from crm.database import Row, fetch, fetch_value
from crm.service_levels.calendar import Calendar
from crm.service_levels.content import LevelContent
from crm.service_levels.holidays import public_holidays
from crm.service_levels.promises import Target

CALENDAR = """
    (SELECT jsonb_build_object('zone', b.zone, 'country', b.country, 'state', b.state,
        'hours', (SELECT coalesce(jsonb_agg(jsonb_build_array(h.weekday, h.opens, h.closes) ORDER BY h.weekday, h.opens), '[]')
            FROM opening_hours h WHERE h.calendar = b.id),
        'days', (SELECT coalesce(jsonb_agg(d.off_on ORDER BY d.off_on), '[]') FROM company_day d WHERE d.calendar = b.id))::text
     FROM business_calendar b WHERE b.id = {calendar})
"""
"""A subselect that answers a calendar as JSON for `calendar_from`; `.format(calendar="...")` names the id."""


def calendar_of(level: str) -> str:
    """CALENDAR for the service level with this id (an SQL expression), or else the company's."""
    own = f"(SELECT s.calendar FROM service_level s WHERE s.id = {level})"
    return CALENDAR.format(calendar=f"coalesce({own}, (SELECT min(b.id) FROM business_calendar b))")


class _Stored(msgspec.Struct):
    zone: str
    country: str
    state: str
    hours: list[tuple[int, time, time]]
    days: list[date]


def calendar_from(stored: str, now: datetime) -> Calendar:
    """The calendar that a CALENDAR subselect answered, with public holidays from two years ago to four ahead.
    Built once per process for the same content and year."""
    return _calendar(stored, now.year - 2, now.year + 4)


TERMS = """
    (SELECT jsonb_build_object('level', own.content, 'calendar', its.content)::text FROM service_level_version own
        JOIN calendar_version its ON its.id = own.calendar_version WHERE own.id = {version})
"""
"""A subselect that answers a version of a service level as JSON for `terms_from`; `.format(version="...")` names the id."""

CURRENT_TERMS = (
    "(SELECT v.id FROM service_level_version v WHERE v.service_level = {level}.id AND v.number = {level}.version)"
)
"""The id of the version of the service level `{level}` that holds today."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a version of a service level says, and the calendar it says it by."""

    level: LevelContent
    calendar: Calendar


class _StoredTerms(msgspec.Struct):
    level: LevelContent
    calendar: msgspec.Raw


def terms_from(stored: str, since: datetime, now: datetime) -> Terms:
    """The terms that a TERMS subselect answered. The calendar knows the holidays from the year before `since` on, so that an
    old enquiry is counted by the holidays of its own time."""
    found = _terms(stored)
    return Terms(found[0], _calendar(found[1], min(since, now).year - 1, now.year + 4))


@lru_cache(maxsize=256)
def _terms(stored: str) -> tuple[LevelContent, str]:
    found = msgspec.json.decode(stored, type=_StoredTerms)
    return found.level, bytes(found.calendar).decode()


@lru_cache(maxsize=256)
def _calendar(stored: str, first: int, last: int) -> Calendar:
    found = msgspec.json.decode(stored, type=_Stored)
    hours: dict[int, list[tuple[time, time]]] = {}
    for weekday, opens, closes in found.hours:
        hours.setdefault(weekday, []).append((opens, closes))
    holidays = public_holidays(found.country, found.state or None, range(first, last + 1))
    return Calendar(ZoneInfo(found.zone), hours, holidays | frozenset(found.days))


async def company_calendar(at: datetime) -> Calendar | None:
    """The company's own calendar with the holidays around that moment; None where none was set up."""
    stored = await fetch_value("SELECT " + CALENDAR.format(calendar="(SELECT min(id) FROM business_calendar)"))
    return calendar_from(str(stored), at) if stored else None


@dataclass(frozen=True)
class ServiceLevelRow:
    """A service level as lists and forms show it."""

    id: int
    code: str
    name_de: str
    name_en: str
    first_contact_level: int
    contact_rhythm_days: int | None


async def service_levels(*, with_retired: bool = False) -> list[ServiceLevelRow]:
    """The service levels in their order; retired ones only where old things are told of."""
    rows = await fetch(
        "SELECT id, code, name_de, name_en, first_contact_level, contact_rhythm_days FROM service_level "
        "WHERE retired_at IS NULL OR $1 ORDER BY retired_at IS NOT NULL, position, id",
        with_retired,
    )
    return [ServiceLevelRow(**dict(row)) for row in rows]


@dataclass(frozen=True)
class PromiseOverview:
    """One service level with all that it promises, for the page that shows it."""

    level: ServiceLevelRow
    calendar_name: str
    zone: str
    country: str
    state: str
    hours: tuple[tuple[int, time, time], ...]
    company_days: tuple[date, ...]
    targets: dict[str, Target]


async def promises() -> list[PromiseOverview]:
    """Every service level with its targets per priority and its calendar; one statement."""
    rows = await fetch(
        "SELECT s.id, s.code, s.name_de, s.name_en, s.first_contact_level, s.contact_rhythm_days, c.name AS calendar_name, "
        "(SELECT jsonb_object_agg(t.priority, jsonb_build_array(t.first_response_min, t.next_response_min, t.solution_min)) "
        " FROM service_target t WHERE t.service_level = s.id)::text AS targets, "
        + CALENDAR.format(calendar="s.calendar")
        + " AS calendar FROM service_level s JOIN business_calendar c ON c.id = s.calendar ORDER BY s.position, s.id"
    )
    return [_overview(row) for row in rows]


def _overview(row: Row) -> PromiseOverview:
    stored = msgspec.json.decode(row.calendar, type=_Stored)
    targets = msgspec.json.decode(row.targets or "{}", type=dict[str, tuple[int, int, int]])
    return PromiseOverview(
        level=ServiceLevelRow(
            row.id, row.code, row.name_de, row.name_en, row.first_contact_level, row.contact_rhythm_days
        ),
        calendar_name=row.calendar_name,
        zone=stored.zone,
        country=stored.country,
        state=stored.state,
        hours=tuple(stored.hours),
        company_days=tuple(stored.days),
        targets={priority: Target(*minutes) for priority, minutes in targets.items()},
    )
