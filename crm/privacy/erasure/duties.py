"""When a duty to keep ends, and until when something is kept: pure rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Duty:
    """A duty in force: for so many years from the end of the calendar year, or from the day itself."""

    code: str
    years: int
    from_year_end: bool = True


def last_day_of(duty: Duty, since: date) -> date:
    """The last day on which something from `since` must be kept. By HGB § 257 (5) and AO § 147 (4) the time begins with the end of
    the calendar year in which it arose, so it ends with one too. Counted from the day itself, it ends on the same day of that
    month, and for 29 February on the last of the month (BGB § 188 (2), (3))."""
    year = since.year + duty.years
    if duty.from_year_end:
        return date(year, 12, 31)
    try:
        return since.replace(year=year)
    except ValueError:
        return date(year, 2, 28)


def kept_until(code: str, since: date | None, duties: Mapping[str, Duty], today: date) -> date | None:
    """Until which day, the last one, the duty of that code keeps something from `since`; None if nothing keeps it (any more): the
    duty is not in force, or its time is over. Without a date it counts from today: in doubt it is kept."""
    duty = duties.get(code)
    if duty is None:
        return None
    end = last_day_of(duty, since or today)
    return end if end >= today else None
