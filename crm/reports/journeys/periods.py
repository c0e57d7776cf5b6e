"""The stretch of days that a journey is drawn for, and the one that is laid over it. Pure: days of the company's zone."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from crm.reports.months import EARLIEST, earlier, month_from, written
from crm.web.forms import Fields
from crm.web.i18n import N_, _

ONE_DAY = timedelta(days=1)
LONGEST = 5
"""Years; more in one figure hides more than it shows."""
LAST_MONTHS = {"3m": 3, "12m": 12}
OWN = "days"
USUAL = "3m"
COMPARED = {
    "before": N_("The time before"), "year": N_("A year earlier"), OWN: N_("Certain days"), "none": N_("Nothing"),
}  # fmt: skip
"""With what a stretch is compared."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """From `first` to `last`, both included; `months` is its length where it is counted in whole months."""

    first: date
    last: date
    months: int | None = None

    def bounds(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """The first instant and the first one after it, in UTC."""
        return _midnight(self.first, zone), _midnight(self.last + ONE_DAY, zone)

    @property
    def before(self) -> Stretch:
        """The stretch of the same length that ends where this one begins."""
        if self.months is not None:
            return Stretch(months_back(self.first, self.months), self.first - ONE_DAY, self.months)
        return Stretch(self.first - (self.last - self.first) - ONE_DAY, self.first - ONE_DAY)

    @property
    def year_before(self) -> Stretch:
        """The same days a year earlier; whole months stay whole (February has another end in leap years)."""
        first = months_back(self.first, 12)
        if self.months is not None and self.first.day == 1:
            return Stretch(first, earlier(first, -self.months) - ONE_DAY, self.months)
        return Stretch(first, months_back(self.last, 12), self.months)


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for: a stretch, and the one it is compared with. `said` is how it stands in an address."""

    now: Stretch
    then: Stretch | None
    said: dict[str, str]


def months_back(day: date, by: int) -> date:
    """The same day so many months before, or the last one of that month."""
    month = earlier(day.replace(day=1), by)
    return month.replace(day=min(day.day, monthrange(month.year, month.month)[1]))


def asked(values: Mapping[str, str], today: date) -> tuple[Asked, dict[str, str]]:
    """What an address asks for, and by field what of it was not understood; there the usual stands in its place: the last three months,
    and those before."""
    fields = Fields(values)
    said: dict[str, str] = {}
    now = _stretch(fields, today, said)
    compare = fields.one_of("compare", COMPARED, "before")
    then: Stretch | None = None
    if compare == OWN:
        then = _days(fields, "then_from", "then_to", today) or now.before
        said |= {name: fields.text(name) for name in ("then_from", "then_to")}
    elif compare in ("before", "year"):
        then = now.before if compare == "before" else now.year_before
    if compare in COMPARED and compare != "before":
        said["compare"] = compare
    if then is not None and then.first < EARLIEST:
        then = None
    return Asked(now, then, said), fields.errors


def _stretch(fields: Fields, today: date, said: dict[str, str]) -> Stretch:
    code = fields.text("period") or (OWN if fields.text("from") or fields.text("to") else USUAL)
    if code == OWN:
        said |= {"period": OWN, "from": fields.text("from"), "to": fields.text("to")}
        return _days(fields, "from", "to", today) or _last(today, USUAL)
    if code in LAST_MONTHS:
        if code != USUAL:
            said["period"] = code
        return _last(today, code)
    month = month_from(code)
    if month is None or month > today:
        fields.error("period", _("Choose a period from the list, or a month that has begun, such as 2026-10."))
        return _last(today, USUAL)
    said["period"] = written(month)
    return Stretch(month, earlier(month, -1) - ONE_DAY, 1)


def _last(today: date, code: str) -> Stretch:
    return Stretch(months_back(today, LAST_MONTHS[code]) + ONE_DAY, today, LAST_MONTHS[code])


def _days(fields: Fields, from_name: str, to_name: str, today: date) -> Stretch | None:
    """The days between two fields, as far as they can be meant."""
    first, last = fields.on(from_name, required=True), fields.on(to_name, required=True)
    if first is None or last is None:
        return None
    if first < EARLIEST or first > today:
        fields.error(from_name, _("The first day must not lie ahead, nor before the year 2000."))
    elif last < first:
        fields.error(to_name, _("The last day must not lie before the first one."))
    elif months_back(last, 12 * LONGEST) >= first:
        fields.error(to_name, _("At most five years can be looked at in one go. Choose fewer days."))
    else:
        is_months = first.day == 1 and (last + ONE_DAY).day == 1
        length = (last.year - first.year) * 12 + last.month - first.month + 1
        return Stretch(first, last, length if is_months else None)
    return None


def _midnight(on: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(on, datetime.min.time(), zone).astimezone(UTC)
