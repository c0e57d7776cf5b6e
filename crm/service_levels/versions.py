"""The versions of calendars and service levels: the first ones, and the history that people read."""

from __future__ import annotations

from datetime import datetime

from crm.database import execute

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
