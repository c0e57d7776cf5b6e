"""The forms about agents: the matrix, the topics' levels, availability, absence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from babel import Locale

from crm.customers.words import CHANNELS
from crm.tickets.competences import Availability
from crm.tickets.routing import HIGHEST_LEVEL
from crm.web.forms import Fields
from crm.web.i18n import _
from crm.web.spoken_dates import Alone

_CLOCK = re.compile(r"([01]?\d|2[0-3])[:.]([0-5]\d)")
_CODE = re.compile(r"[a-z]{2}")


def parse_levels(
    values: Mapping[str, Any], agent_ids: Iterable[int], topic_ids: Iterable[int]
) -> dict[tuple[int, int], int]:
    """The cells of the matrix that the form holds: `level-<agent>-<topic>` from 0 to 3."""
    fields = Fields(values)
    topics = list(topic_ids)
    cells = {}
    for agent in agent_ids:
        for topic in topics:
            name = f"level-{agent}-{topic}"
            if name in values:
                cells[agent, topic] = fields.number(name, low=0, high=HIGHEST_LEVEL) or 0
    fields.check()
    return cells


def parse_topics(values: Mapping[str, Any], topic_ids: Iterable[int]) -> dict[int, tuple[int, int]]:
    """Level and first-contact level per topic."""
    fields = Fields(values)
    levels = {}
    for topic in topic_ids:
        level = fields.number(f"topic-{topic}-level", low=1, high=HIGHEST_LEVEL, required=True)
        first = fields.number(f"topic-{topic}-first", low=1, high=HIGHEST_LEVEL, required=True)
        levels[topic] = (level or 1, first or 1)
    fields.check()
    return levels


def parse_availability(values: Mapping[str, Any], channels: Iterable[str]) -> Availability:
    """Capacity, languages, channels (none ticked: all) and hours per weekday (`from-0`, `to-0` ...; 00:00 is midnight)."""
    fields = Fields(values)
    hours = [day for weekday in range(7) if (day := _day(fields, weekday))]
    availability = Availability(
        capacity=fields.number("capacity", low=0, high=200, required=True) or 0,
        languages=_languages(fields),
        channels=tuple(channel for channel in CHANNELS if channel in set(channels)),
        hours=hours,
    )
    fields.check()
    return availability


def _languages(fields: Fields) -> tuple[str, ...]:
    codes = tuple(dict.fromkeys(code for code in re.split(r"[\s,;]+", fields.text("languages").lower()) if code))
    known = Locale("en").languages
    wrong = [code for code in codes if not _CODE.fullmatch(code) or code not in known]
    if wrong:
        fields.error(
            "languages",
            _("Please give languages as two letters, such as de, en, tr. Not known: %(codes)s")
            % {"codes": ", ".join(wrong)},
        )
    if sum(len(code) + 1 for code in codes) > 60:
        fields.error("languages", _("That is more than anybody speaks; at most 20 languages fit."))
    return codes


def _day(fields: Fields, weekday: int) -> tuple[int, time, time] | None:
    starts, ends = _clock(fields, f"from-{weekday}"), _clock(fields, f"to-{weekday}")
    if starts is None and ends is None:
        return None
    if starts is None or ends is None:
        fields.error(f"from-{weekday}", _("Give both times, or leave both empty."))
        return None
    if ends != time.min and ends <= starts:
        fields.error(f"from-{weekday}", _("The day must end after it begins."))
        return None
    return weekday, starts, ends


def _clock(fields: Fields, name: str) -> time | None:
    text = fields.text(name)
    if not text:
        return None
    found = _CLOCK.fullmatch(text)
    if found is None:
        fields.error(name.replace("to-", "from-"), _("Please give times such as 08:30."))
        return None
    return time(int(found[1]), int(found[2]))


@dataclass(frozen=True)
class Absence:
    """From when until when (both None: present; no end: until it is taken back), and who stands in."""

    start: datetime | None
    end: datetime | None
    deputy_id: int | None


def parse_absence(values: Mapping[str, Any], now: datetime) -> Absence:
    """Absent from when (blank: from now) until when (blank: until taken back), both in words; not absent at all without the
    switch. A day alone is absent from its beginning until its end; an absence that is over is refused."""
    fields = Fields(values)
    deputy_id = fields.reference("deputy_id")
    if not fields.flag("absent"):
        fields.check()
        return Absence(None, None, deputy_id)
    start, end = (
        fields.spoken("absent_from", now, alone=Alone.BEGINNING) or now,
        fields.coming("absent_until", now, alone=Alone.END),
    )
    if end is not None and end <= start:
        fields.error("absent_until", _("The absence must end after it begins."))
    fields.check()
    return Absence(start, end, deputy_id)
