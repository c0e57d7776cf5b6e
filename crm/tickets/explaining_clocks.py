"""How a promise runs, in one sentence that adds it up."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from babel.lists import format_list

from crm.service_levels.calendar import Calendar, Pause, Stretch
from crm.tickets.clocks import Clock, ClockKind

Gettext = Callable[[str], str]
Doing: TypeAlias = Literal["running", "waiting", "lunch", "break", "closed", "holiday"]


@dataclass(frozen=True, slots=True)
class Sums:
    """Whole minutes between two wall-clock minutes, by what the clock did: together they are the time between."""

    start: datetime
    end: datetime
    minutes: dict[Doing, int]


def doing(stretch: Stretch, calendar: Calendar) -> Doing:
    """What a stretch is called: a break that begins between 11 and 14 o'clock is lunch."""
    if stretch.kind == "paused":
        return "waiting"
    if stretch.kind != "closed":
        return stretch.kind
    if not calendar.is_break(stretch):
        return "closed"
    return "lunch" if 11 <= stretch.start.astimezone(calendar.zone).hour < 14 else "break"


def sums_of(clock: Clock, calendar: Calendar, now: datetime) -> Sums:
    """What a clock has done up to `now` or until the promise was reached.

    Seconds are cut off everywhere, as they are on the clock faces that people read, so that the figures add up.
    """
    start, end = _minute(clock.started_at), _minute(clock.reached_at or now)
    pauses: list[Pause] = [(_minute(a), None if b is None else _minute(b)) for a, b in clock.pauses]
    minutes: dict[Doing, int] = {}
    own = clock.calendar or calendar
    for stretch in own.stretches(start, max(start, end), pauses):
        name = doing(stretch, own)
        minutes[name] = minutes.get(name, 0) + round((stretch.end - stretch.start).total_seconds() / 60)
    return Sums(start, max(start, end), minutes)


def clocks_sentence(clocks: Iterable[Clock], calendar: Calendar, now: datetime, _: Gettext, *, language: str) -> str:
    """ "First response after 18 min of 1 h · Solution: 3 h 23 min of 4 h of business time used (...), 37 min remain." """
    told = list(clocks)
    return " · ".join(
        clock_sentence(clock, calendar, now, _, language=language, is_brief=clock is not told[-1]) for clock in told
    )


def clock_sentence(
    clock: Clock, calendar: Calendar, now: datetime, _: Gettext, *, language: str, is_brief: bool = False
) -> str:
    """One promise in the reader's language ("de" or "en"): what is used, out of which time unless brief, what is left.

    Without a full stop, since several stand side by side.
    """
    name = clock_name(clock.kind, _)
    sums = sums_of(clock, calendar, now)
    used = sums.minutes.get("running", 0)
    if clock.reached_at is not None:
        return _reached_words(clock, name, used, _)
    brief, full = (
        _("%(clock)s: %(share)s used, %(rest)s"),
        _("%(clock)s: %(share)s of business time used (%(sums)s), %(rest)s"),
    )
    text = brief if is_brief else full
    return text % {
        "clock": name,
        "share": _share(used, clock.target_min, _),
        "sums": _sums_words(sums, calendar.zone, _, language),
        "rest": _rest(clock, used, _),
    }


def _reached_words(clock: Clock, name: str, used: int, _: Gettext) -> str:
    """How long a promise took that was kept or missed. `used` comes from the clock faces, as it did while the clock ran,
    so it can say the promised time, or a minute more, where the seconds decided otherwise."""
    target = clock.target_min
    if clock.state != "missed":
        share = _share(min(used, target), target, _)
        return _("%(clock)s after %(share)s") % {"clock": name, "share": share}
    if used <= target:
        share = _share(target, target, _)
        return _("%(clock)s after %(share)s, just missed") % {"clock": name, "share": share}
    return _("%(clock)s after %(used)s instead of %(target)s") % {
        "clock": name,
        "used": duration(used, _),
        "target": duration(target, _),
    }


def clock_name(kind: ClockKind, _: Gettext) -> str:
    """What users call a clock."""
    names = {
        "first_response": _("First response"),
        "next_response": _("Next response"),
        "solution": _("Solution"),
    }
    return names[kind]


def duration(minutes: int, _: Gettext) -> str:
    """ "37 min", from an hour on "3 h 23 min" or "48 h"."""
    hours, rest = divmod(minutes, 60)
    parts = [_("%(n)s h") % {"n": hours}] if hours else []
    if rest or not hours:
        parts.append(_("%(n)s min") % {"n": rest})
    return " ".join(parts)


def clock_time(at: datetime, zone: ZoneInfo, language: str, *, beside: datetime | None = None) -> str:
    """ "09:47", with the weekday when it isn't the day of `beside`, with the date when it is a week or more away."""
    local = at.astimezone(zone)
    reference = local if beside is None else beside.astimezone(zone)
    days = abs((local.date() - reference.date()).days)
    day = "" if days == 0 else "EEE, " if days < 7 else "d.M., " if language == "de" else "d MMM, "
    return format_datetime(local, f"{day}HH:mm", locale="de_DE" if language == "de" else "en_GB")


def _share(used: int, target: int, _: Gettext) -> str:
    return _("%(used)s of %(target)s") % {"used": duration(used, _), "target": duration(target, _)}


def _sums_words(sums: Sums, zone: ZoneInfo, _: Gettext, language: str) -> str:
    same_day = sums.start.astimezone(zone).date() == sums.end.astimezone(zone).date()
    if same_day:
        span = f"{clock_time(sums.start, zone, language)}–{clock_time(sums.end, zone, language)}"
    else:
        start, end = (
            clock_time(sums.start, zone, language, beside=sums.end),
            clock_time(sums.end, zone, language, beside=sums.start),
        )
        span = f"{start} – {end}"
    without = _without(sums, _)
    if not without:
        return span
    listed = format_list(without, locale="de_DE" if language == "de" else "en_GB")
    return _("%(span)s without %(list)s") % {"span": span, "list": listed}


def _without(sums: Sums, _: Gettext) -> Sequence[str]:
    words: tuple[tuple[Doing, str], ...] = (
        ("waiting", _("%(duration)s of waiting")),
        ("lunch", _("%(duration)s of lunch")),
        ("break", _("%(duration)s of break")),
        ("closed", _("%(duration)s outside service hours")),
        ("holiday", _("%(duration)s of holiday")),
    )
    return [text % {"duration": duration(sums.minutes[name], _)} for name, text in words if sums.minutes.get(name)]


def _rest(clock: Clock, used: int, _: Gettext) -> str:
    left = clock.target_min - used
    if clock.is_recalculated:
        return _("recalculated and due now")
    if clock.state == "breached":
        return _("%(duration)s too late") % {"duration": duration(-left, _)} if left < 0 else _("just missed")
    if clock.state == "paused":
        return _("the clock stands still while we wait")
    if left <= 0:
        return _("due now")
    if left == 1:
        return _("1 min remains")
    return _("%(duration)s remain") % {"duration": duration(left, _)}


def _minute(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)
