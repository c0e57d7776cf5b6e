"""The stretch of days that figures are asked for, and the one before that they are compared with. Pure: days of the company's zone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from crm.errors import Invalid
from crm.reports import months
from crm.web.i18n import _

LATELY = 30
"""Days of "the last 30 days", today included."""

LONGEST = 366
"""Days; figures of several years would need a report of their own."""


class SpanKind(StrEnum):
    LATELY = "lately"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    DAYS = "days"


@dataclass(frozen=True, slots=True)
class Span:
    """From `first` to `last`, both included."""

    kind: SpanKind
    first: date
    last: date

    @classmethod
    def of_month(cls, month: date) -> Span:
        return cls(SpanKind.MONTH, month, _last_of(month, 1))

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    def back(self, by: int) -> date:
        """The first day of the stretch that lies `by` stretches before."""
        length = {SpanKind.MONTH: 1, SpanKind.QUARTER: 3, SpanKind.YEAR: 12}.get(self.kind)
        return months.earlier(self.first, by * length) if length else self.first - timedelta(days=by * self.days)

    def bounds(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """The first instant and the first one after it, in UTC."""
        return midnight(self.first, zone), midnight(self.last + timedelta(days=1), zone)

    def is_running(self, now: datetime, zone: ZoneInfo) -> bool:
        """True while a month, quarter or year is not over: it is not compared with a whole one before. (The last 30 days are
        as long as those before.)"""
        return self.kind is not SpanKind.LATELY and now < self.bounds(zone)[1]

    def query(self) -> dict[str, str]:
        """How it stands in an address."""
        if self.kind is SpanKind.LATELY:
            return {}
        if self.kind is SpanKind.MONTH:
            return {"month": months.written(self.first)}
        return {"from": self.first.isoformat(), "to": self.last.isoformat()}


def midnight(on: date, zone: ZoneInfo) -> datetime:
    """The instant at which the day begins there, in UTC."""
    return datetime.combine(on, datetime.min.time(), zone).astimezone(UTC)


def span_of(asked: Mapping[str, str], now: datetime, zone: ZoneInfo) -> Span:
    """The stretch that an address names: `month`, or `from` and `to`; without any the last 30 days. Raises Invalid with the fields that
    are no days, that lie in the wrong order, too far apart or ahead."""
    today = now.astimezone(zone).date()
    if month_text := asked.get("month", ""):
        month = months.month_from(month_text)
        if month is None or month > today:
            raise Invalid({"month": _("Write a month that has begun as year and month, such as 2026-10.")})
        return Span.of_month(month)
    if not (asked.get("from") or asked.get("to")):
        return Span(SpanKind.LATELY, today - timedelta(days=LATELY - 1), today)
    return _between(asked, today)


def _between(asked: Mapping[str, str], today: date) -> Span:
    days: dict[str, date] = {}
    errors: dict[str, str] = {}
    for name in ("from", "to"):
        try:
            days[name] = date.fromisoformat(asked.get(name, ""))
        except ValueError:
            errors[name] = _("Write the day as year, month and day, such as 2026-10-31.")
    if errors:
        raise Invalid(errors)
    first, last = days["from"], days["to"]
    if first < months.EARLIEST or first > today:
        raise Invalid({"from": _("The first day must not lie ahead, nor before the year 2000.")})
    if last < first:
        raise Invalid({"to": _("The last day must not lie before the first one.")})
    if (last - first).days >= LONGEST:
        raise Invalid({"to": _("At most a year can be looked at in one go. Choose fewer days.")})
    return Span(_kind_of(first, last), first, last)


def _kind_of(first: date, last: date) -> SpanKind:
    if first.day == 1:
        for length, kind in ((1, SpanKind.MONTH), (3, SpanKind.QUARTER), (12, SpanKind.YEAR)):
            if (first.month - 1) % length == 0 and last == _last_of(first, length):
                return kind
    return SpanKind.DAYS


def quarter_of(day: date) -> Span:
    first = date(day.year, day.month - (day.month - 1) % 3, 1)
    return Span(SpanKind.QUARTER, first, _last_of(first, 3))


def year_of(day: date) -> Span:
    return Span(SpanKind.YEAR, date(day.year, 1, 1), date(day.year, 12, 31))


def _last_of(first: date, length: int) -> date:
    """The last day of so many months that begin with `first`."""
    return months.earlier(first, -length) - timedelta(days=1)
