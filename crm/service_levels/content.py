"""What a version of a calendar or of a service level holds, as it is stored, and what differs between two versions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time
from typing import Any

import msgspec

from crm.service_levels.promises import WARNED_SHARE, Target

Difference = list[Any]
"""Before and after."""

PAUSING: dict[str, tuple[str, ...]] = {
    "first_response": ("waiting",), "next_response": ("waiting",), "solution": ("waiting",),
}  # fmt: skip
"""Which of the statuses that can stop a clock do, unless a service level says otherwise."""
PAUSABLE = ("waiting", "postponed")
"""The statuses that a service level may let stop a clock: those in which nobody of us works on it."""
ENDING = ("solved", "closed")
"""These always stop the solution clock, so that reopening continues it and doesn't start it afresh."""

TOLD = ("assignee", "leads", "owner")
"""Who may be told of a missed promise: who has the enquiry, the team leads, the owner of the customer."""


class CalendarContent(msgspec.Struct, frozen=True, kw_only=True):
    """Opening hours as (weekday, opening, closing), and days off of the company with their names."""

    name: str
    zone: str
    country: str
    state: str
    hours: tuple[tuple[int, time, time], ...]
    days: tuple[date, ...] = ()
    day_names: dict[str, str] = {}


class LevelContent(msgspec.Struct, frozen=True, kw_only=True):
    """What is promised. Targets are minutes of business time for first response, next response and solution, by priority;
    `warned_share` is percent of a target; `escalates` names the promises whose breach takes the enquiry one level up."""

    name_de: str
    name_en: str
    calendar: str = ""
    first_contact_level: int
    contact_rhythm_days: int | None
    targets: dict[str, tuple[int, int, int]]
    pausing: dict[str, tuple[str, ...]] = msgspec.field(default_factory=lambda: dict(PAUSING))
    warned_share: int = round(WARNED_SHARE * 100)
    tells: tuple[str, ...] = ("assignee", "leads")
    escalates: tuple[str, ...] = ()

    def target(self, priority: str) -> Target | None:
        """What is promised for this priority; None where nothing is."""
        minutes = self.targets.get(priority)
        return Target(*minutes) if minutes else None

    def pauses(self, clock: str) -> frozenset[str]:
        """The statuses that stop this clock."""
        chosen = self.pausing.get(clock, PAUSING[clock])
        return frozenset((*chosen, *ENDING) if clock == "solution" else chosen)


def stored(content: CalendarContent | LevelContent) -> str:
    """As it goes into the database (JSON)."""
    return msgspec.json.encode(content).decode()


def differences(before: CalendarContent | LevelContent, after: CalendarContent | LevelContent) -> dict[str, Difference]:
    """What differs, each as [before, after]: a field, or one entry of those that have several (`targets.high`)."""
    old, new = _flat(before), _flat(after)
    return {name: [old.get(name), new.get(name)] for name in {**old, **new} if old.get(name) != new.get(name)}


def _flat(content: CalendarContent | LevelContent) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in msgspec.to_builtins(content).items():
        if name == "hours":
            for weekday, opens, closes in value:
                flat.setdefault(f"hours.{weekday}", []).append([opens, closes])
        elif name == "days":
            flat |= {f"days.{day}": content.day_names.get(day, "") or True for day in value}  # type: ignore[union-attr]
        elif name in ("targets", "pausing"):
            flat |= {f"{name}.{key}": list(one) for key, one in _sorted(value).items()}
        elif name != "day_names":
            flat[name] = list(value) if isinstance(value, (list, tuple)) else value
    return flat


def _sorted(value: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value[key] for key in sorted(value)}
