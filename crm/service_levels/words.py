"""The words of service levels: codes in, text in the language of the moment out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from babel.dates import get_day_names

from crm.service_levels.content import Difference
from crm.service_levels.tables import Priority
from crm.web.formats import country, minutes, short_date
from crm.web.i18n import N_, _, locale, word

PRIORITIES: dict[str, str] = {
    Priority.LOW: N_("low"),
    Priority.NORMAL: N_("normal"),
    Priority.HIGH: N_("high"),
    Priority.URGENT: N_("urgent"),
}
"""From the least to the most pressing."""
CLOCKS = {
    "first_response": N_("First response"), "next_response": N_("Next response"), "solution": N_("Solution"),
}  # fmt: skip
PAUSING = {"waiting": N_("waiting for an answer"), "postponed": N_("put back")}
TOLD = {
    "assignee": N_("whoever has the enquiry"), "leads": N_("the team leads"), "owner": N_("the owner of the customer"),
}  # fmt: skip
LABELS = {
    "name_de": N_("Name in German"), "name_en": N_("Name in English"), "calendar": N_("Calendar"), "name": N_("Name"),
    "first_contact_level": N_("Level for a first contact"), "contact_rhythm_days": N_("Contact rhythm in days"),
    "warned_share": N_("Warning at (percent of the time)"), "tells": N_("Told of a missed promise"),
    "escalates": N_("To a higher level when missed"), "zone": N_("Time zone"), "country": N_("Country"), "state": N_("Federal state"),
    "opening": N_("Opening hours or days off"), "days": N_("Days off of the company"),
}  # fmt: skip


def change_lines(changed: Mapping[str, Difference]) -> Iterator[tuple[str, str, str]]:
    """What a version changed, as (what, before, after) in words."""
    for field, (before, after) in changed.items():
        yield _label(field), _value(field, before), _value(field, after)


def _label(field: str) -> str:
    kind, _dot, key = field.partition(".")
    if kind == "targets":
        return _("Targets, priority %(name)s") % {"name": word(PRIORITIES, key)}
    if kind == "pausing":
        return _("%(clock)s stands still") % {"clock": word(CLOCKS, key)}
    if kind == "hours":
        return str(get_day_names("wide", locale=locale())[int(key)])
    if kind == "days":
        return _("Day off on %(day)s") % {"day": short_date(date.fromisoformat(key))}
    return word(LABELS, field)


def _value(field: str, value: Any) -> str:
    kind = field.partition(".")[0]
    if kind == "days":
        return "–" if value is None else _("closed") if value is True else str(value)
    if kind == "hours":
        return ", ".join(f"{a[:5]}–{'24:00' if b[:5] == '00:00' else b[:5]}" for a, b in value or ()) or _("closed")
    if kind == "targets":
        return " · ".join(minutes(one) for one in value or ()) or "–"
    if isinstance(value, list):
        words = {**CLOCKS, **PAUSING, **TOLD}
        return ", ".join(word(words, one) for one in value) or _("in no case")
    if kind == "country" and value:
        return country(value)
    return "–" if value in (None, "") else str(value)


def listed(words: Mapping[str, str], codes: Iterable[str]) -> str:
    """Several codes in words, with commas."""
    return ", ".join(word(words, code) for code in codes)
