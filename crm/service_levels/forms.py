"""The forms of a service level and of a calendar: what was typed to a content, or all errors at once; and back."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import date, time
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from crm.service_levels.calendar import Calendar
from crm.service_levels.content import PAUSABLE, PAUSING, TOLD, CalendarContent, LevelContent
from crm.service_levels.durations import minutes_of, written
from crm.service_levels.holidays import countries
from crm.service_levels.tables import Priority
from crm.web.formats import short_date
from crm.web.forms import Fields
from crm.web.i18n import _

CLOCKS = ("first_response", "next_response", "solution")
ESCALATING = ("first_response", "solution")
"""The promises whose breach may take an enquiry to a higher level."""
LONGEST = 60 * 24 * 400
"""Minutes; more business time than a year has."""
MOST_DAYS = 400
_UTC = ZoneInfo("UTC")
_HOURS = re.compile(
    r"(\d{1,2})(?:[:.](\d{2}))?\s*(?:uhr)?\s*(?:-|–|bis|to)\s*(\d{1,2})(?:[:.](\d{2}))?\s*(?:uhr)?", re.IGNORECASE
)
_DAY = re.compile(r"(?:(\d{4})-(\d{1,2})-(\d{1,2})|(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4}))\s*(.*)")


def parse_level(values: Mapping[str, Any], calendars: Collection[str]) -> LevelContent:
    """Raises Invalid with every error. Targets are `target_<priority>_<clock>`, ticked boxes `pause_<clock>_<status>`,
    `tell_<whom>` and `escalate_<clock>`."""
    fields = Fields(values)
    name_de = fields.text("name_de", required=True, limit=120)
    content = LevelContent(
        name_de=name_de,
        name_en=fields.text("name_en", limit=120) or name_de,
        calendar=fields.one_of("calendar", calendars),
        first_contact_level=fields.number("first_contact_level", low=1, high=3, required=True) or 1,
        contact_rhythm_days=fields.number("contact_rhythm_days", low=1, high=3650),
        targets={priority.value: _target(fields, priority) for priority in Priority},
        pausing={
            clock: tuple(status for status in PAUSABLE if fields.flag(f"pause_{clock}_{status}")) for clock in CLOCKS
        },
        warned_share=fields.number("warned_share", low=10, high=99, required=True) or 75,
        tells=tuple(whom for whom in TOLD if fields.flag(f"tell_{whom}")),
        escalates=tuple(clock for clock in ESCALATING if fields.flag(f"escalate_{clock}")),
    )
    if not content.tells:
        fields.error("tell_assignee", _("Choose at least one: somebody must hear of a missed promise."))
    fields.check()
    return content


def _target(fields: Fields, priority: Priority) -> tuple[int, int, int]:
    found = []
    for clock in CLOCKS:
        name = f"target_{priority.value}_{clock}"
        minutes = minutes_of(fields.text(name, required=True, limit=40))
        if minutes is None or not 1 <= minutes <= LONGEST:
            fields.error(name, _("Please give a length of time, such as 30 min, 4 h or 1:30."))
        found.append(minutes or 1)
    if found[0] > found[2] and f"target_{priority.value}_solution" not in fields.errors:
        fields.error(f"target_{priority.value}_solution", _("The solution cannot be due before the first response."))
    return found[0], found[1], found[2]


def level_values(content: LevelContent) -> dict[str, str]:
    """The fields of the form."""
    values = {
        "name_de": content.name_de, "name_en": content.name_en, "calendar": content.calendar,
        "first_contact_level": str(content.first_contact_level),
        "contact_rhythm_days": str(content.contact_rhythm_days or ""), "warned_share": str(content.warned_share),
    }  # fmt: skip
    for priority, minutes in content.targets.items():
        values |= {f"target_{priority}_{clock}": written(one) for clock, one in zip(CLOCKS, minutes, strict=True)}
    for clock in CLOCKS:
        values |= {f"pause_{clock}_{status}": "1" for status in content.pausing.get(clock, PAUSING[clock])}
    values |= {f"tell_{whom}": "1" for whom in content.tells}
    return values | {f"escalate_{clock}": "1" for clock in content.escalates}


def parse_calendar(values: Mapping[str, Any]) -> CalendarContent:
    """Raises Invalid with every error. Hours are `hours_0` (Monday) to `hours_6` with several intervals each, such as
    "8:00-12:00, 13:00-17:00"; `days` has one day per line, with its name."""
    fields = Fields(values)
    hours = tuple(
        (weekday, opens, closes) for weekday in range(7) for opens, closes in _hours(fields, f"hours_{weekday}")
    )
    if not hours and not fields.errors:
        fields.error("hours_0", _("Give opening hours for at least one day: without any, nothing would ever be due."))
    country = fields.text("country", required=True, limit=2).upper()
    state = fields.text("state", limit=10).upper()
    _check_region(fields, country, state)
    zone = fields.text("zone", required=True, limit=60)
    if zone and zone not in available_timezones():
        fields.error("zone", _("There is no such time zone. Write it as in Europe/Berlin."))
    days = _days(fields)
    name = fields.text("name", required=True, limit=120)
    fields.check()
    return CalendarContent(
        name=name, zone=zone, country=country, state=state, hours=hours, days=tuple(sorted(days)),
        day_names={day.isoformat(): words for day, words in sorted(days.items()) if words},
    )  # fmt: skip


def _check_region(fields: Fields, country: str, state: str) -> None:
    known = countries()
    if country and country not in known:
        fields.error(
            "country", _("No public holidays are known for this country. Give its two letters, such as DE or AT.")
        )
    elif state and state not in known.get(country, ()):
        codes = ", ".join(known.get(country, ())) or "–"
        fields.error("state", _("This country has no such state. It has: %(codes)s") % {"codes": codes})


def _hours(fields: Fields, name: str) -> list[tuple[time, time]]:
    text = fields.text(name, limit=200)
    found: list[tuple[time, time]] = []
    for piece in filter(None, re.split(r"\s*(?:,|;|\bund\b|\band\b)\s*", text)):
        read = _HOURS.fullmatch(piece.strip())
        opens, closes = (_clock(read[1], read[2]), _clock(read[3], read[4])) if read else (None, None)
        if opens is None or closes is None:
            fields.error(name, _("Please give opening hours such as 8:00-12:00, 13:00-17:00; empty means closed."))
            return []
        found.append((opens, closes))
    return _checked(fields, name, found)


def _checked(fields: Fields, name: str, found: list[tuple[time, time]]) -> list[tuple[time, time]]:
    """In order, overlapping ones joined, as the calendar itself reads them."""
    if any(closes != time.min and closes <= opens for opens, closes in found):
        fields.error(
            name, _("It must close after it opens. A night shift is two: 22:00-24:00, and 0:00-6:00 on the next day.")
        )
        return []
    return list(Calendar(_UTC, {0: found}).hours[0]) if found else []


def _clock(hour: str, minute: str | None) -> time | None:
    at = (int(hour), int(minute or 0))
    if at == (24, 0):
        return time.min
    return time(*at) if at[0] < 24 and at[1] < 60 else None


def _days(fields: Fields) -> dict[date, str]:
    days: dict[date, str] = {}
    lines = fields.text("days", limit=20_000, many_lines=True).split("\n")
    for line in filter(None, (line.strip() for line in lines)):
        read = _DAY.fullmatch(line)
        try:
            numbers = [int(n) for n in (read.group(1, 2, 3) if read[1] else read.group(6, 5, 4))] if read else []
            days[date(*numbers)] = read[7].strip(" -–:,")[:120] if read else ""
        except (ValueError, TypeError):
            fields.error(
                "days",
                _("This is no day: %(line)s. Write one per line, such as 24.12.2026 Christmas Eve.")
                % {"line": line[:60]},
            )
    if len(days) > MOST_DAYS:
        fields.error("days", _("At most %(limit)s days fit. Remove those that are long past.") % {"limit": MOST_DAYS})
    return days


def calendar_values(content: CalendarContent) -> dict[str, str]:
    """The fields of the form."""
    values = {"name": content.name, "zone": content.zone, "country": content.country, "state": content.state}
    spans: dict[int, list[str]] = {}
    for weekday, opens, closes in content.hours:
        spans.setdefault(weekday, []).append(f"{opens:%H:%M}–{'24:00' if closes == time.min else f'{closes:%H:%M}'}")
    values |= {f"hours_{weekday}": ", ".join(spans.get(weekday, ())) for weekday in range(7)}
    lines = [f"{_written(day)} {content.day_names.get(day.isoformat(), '')}".strip() for day in content.days]
    return values | {"days": "\n".join(lines)}


def _written(day: date) -> str:
    """In the habit of the language where the form reads it, as ISO 8601 elsewhere."""
    shown = short_date(day)
    return shown if _DAY.fullmatch(shown) else day.isoformat()
