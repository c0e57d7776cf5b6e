"""Business time: when a calendar is open, how much of it lies between two instants, and when a promise is due.

Source of the rules: "Service levels" in the domain description. Opening and closing are wall-clock times of the
calendar's zone and real time passes between them. A wall-clock time that the spring change skips is the moment of the
change; one that the autumn change repeats is its first occurrence (as in RFC 5545, section 3.3.5).
"""

from bisect import bisect_right
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from operator import itemgetter
from typing import Literal, NamedTuple, TypeAlias, overload
from zoneinfo import ZoneInfo

Hours: TypeAlias = Mapping[int, Sequence[tuple[time, time]]]
Pause: TypeAlias = tuple[datetime, datetime | None]
StretchKind: TypeAlias = Literal["running", "paused", "closed", "holiday"]
_Span: TypeAlias = tuple[int, int]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_MINUTE = 60_000_000
_FOREVER = 1 << 62
_BARREN_DAYS = 731
_HORIZON_DAYS = 36_525
_CACHED_DAYS = 20_000


class CalendarError(ValueError):
    """The calendar has no opening hours with which the question could be answered."""


class Stretch(NamedTuple):
    """A piece of time in which a clock does one thing; aware UTC, the end excluded."""

    start: datetime
    end: datetime
    kind: StretchKind


class Calendar:
    """Opening hours per weekday in one time zone, without the days on which the company is closed.

    `hours` maps a weekday (0 = Monday) to intervals (opening, closing); a closing at 00:00 is the end of the day.
    A shift over midnight is two intervals, one per day. `holidays` are local dates without any opening.
    Raises ValueError for a weekday outside 0 to 6 or an interval that closes before it opens.
    """

    __slots__ = ("_days", "holidays", "hours", "zone")

    def __init__(self, zone: ZoneInfo, hours: Hours, holidays: Collection[date] = frozenset()) -> None:
        self.zone = zone
        self.hours = {weekday: _checked_hours(weekday, intervals) for weekday, intervals in hours.items()}
        self.holidays = frozenset(holidays)
        self._days: dict[int, tuple[_Span, ...]] = {}

    @overload
    def due_at(self, start: datetime, minutes: float, pauses: Sequence[tuple[datetime, datetime]] = ()) -> datetime: ...
    @overload
    def due_at(self, start: datetime, minutes: float, pauses: Sequence[Pause]) -> datetime | None: ...
    def due_at(self, start: datetime, minutes: float, pauses: Sequence[Pause] = ()) -> datetime | None:
        """The earliest instant by which `minutes` of open, unpaused time have passed since `start`.

        So an exact fit ends at the closing instant, not at the next opening. None while a pause without an end stands
        in the way: the clock stands still, and nothing is due. Raises CalendarError when the calendar doesn't open for
        two years, ValueError for a naive time or negative minutes.
        """
        left = round(minutes * _MINUTE)
        if left < 0:
            raise ValueError(f"A target is at least 0 minutes, not {minutes}.")
        at = _micros(start)
        if left == 0:
            return _instant(at)
        for opening, closing in self._running(at, _FOREVER, _merged(pauses)):
            if left <= closing - opening:
                return _instant(opening + left)
            left -= closing - opening
        return None

    def minutes_between(self, start: datetime, end: datetime, pauses: Sequence[Pause] = ()) -> float:
        """Minutes of open, unpaused time from `start` to `end`; 0 when the end isn't later than the start."""
        at, until = _micros(start), _micros(end)
        if pauses or at >= until:
            return sum(closing - opening for opening, closing in self._running(at, until, _merged(pauses))) / _MINUTE
        first, last = self._ordinal(at), self._ordinal(until)
        days = [self._spans_of(ordinal) for ordinal in range(first, last + 1)]
        whole = sum(closing - opening for spans in days for opening, closing in spans)
        before = sum(max(0, min(closing, at) - opening) for opening, closing in days[0])
        after = sum(max(0, closing - max(opening, until)) for opening, closing in days[-1])
        return (whole - before - after) / _MINUTE

    def is_open(self, at: datetime) -> bool:
        """Whether the calendar is open at this instant (open at the opening instant, closed at the closing one)."""
        instant = _micros(at)
        return any(opening <= instant < closing for opening, closing in self._spans_of(self._ordinal(instant)))

    def opens_on(self, day: date) -> bool:
        """Whether there is any opening on this local date."""
        return bool(self._spans_of(day.toordinal()))

    def stretches(self, start: datetime, end: datetime, pauses: Sequence[Pause] = ()) -> list[Stretch]:
        """What a clock does from `start` to `end`, without gaps.

        Closed hours stay closed during a pause, so that running and paused stretches add up to the business time.
        """
        first, last = _micros(start), _micros(end)
        stops = _merged(pauses)
        pieces: list[tuple[int, int, StretchKind]] = []
        at = first
        for opening, closing in self._running(first, last, []):
            pieces.extend(self._closed(at, opening))
            pieces.extend(_with_pauses(opening, closing, stops))
            at = closing
        pieces.extend(self._closed(at, last))
        return [Stretch(_instant(a), _instant(b), kind) for a, b, kind in _joined(pieces)]

    def is_break(self, stretch: Stretch) -> bool:
        """Whether a closed stretch lies between two openings of one day, such as a midday break."""
        start, end = _micros(stretch.start), _micros(stretch.end)
        spans = self._spans_of(self._ordinal(start))
        return stretch.kind == "closed" and bool(spans) and spans[0][0] < start and end <= spans[-1][0]

    def _running(self, at: int, until: int, stops: Sequence[_Span]) -> Iterator[_Span]:
        """Spans of open time between the stops, in order; days that lie within a stop are jumped over."""
        if at >= until:
            return
        ordinal = self._ordinal(at)
        last = ordinal + _HORIZON_DAYS if until == _FOREVER else self._ordinal(until)
        barren = 0
        while ordinal <= last:
            spans = self._spans_of(ordinal)
            for opening, closing in spans:
                begin, end = max(opening, at), min(closing, until)
                if stops:
                    yield from _unstopped(begin, end, stops)
                elif begin < end:
                    yield begin, end
            resume = _stopped_until(spans[-1][1], stops) if spans and stops else 0
            if resume == _FOREVER:
                return
            barren = 0 if spans else barren + 1
            if barren > _BARREN_DAYS and until == _FOREVER:
                since = date.fromordinal(ordinal - barren)
                raise CalendarError(f"This calendar has no opening hours in the two years after {since:%Y-%m-%d}.")
            ordinal = max(ordinal + 1, self._ordinal(resume) if resume else 0)
        if until == _FOREVER:
            raise CalendarError("This target lies more than a hundred years ahead.")

    def _closed(self, at: int, until: int) -> Iterator[tuple[int, int, StretchKind]]:
        """A span without opening, cut at the midnights round a holiday."""
        while at < until:
            day = date.fromordinal(self._ordinal(at))
            midnight = max(self._moment(day + timedelta(days=1), time.min), at + 1)
            end = min(until, midnight)
            yield at, end, "holiday" if day in self.holidays else "closed"
            at = end

    def _spans_of(self, ordinal: int) -> tuple[_Span, ...]:
        spans = self._days.get(ordinal)
        if spans is None:
            if len(self._days) >= _CACHED_DAYS:
                self._days.clear()
            spans = self._days[ordinal] = self._computed_spans(date.fromordinal(ordinal))
        return spans

    def _computed_spans(self, day: date) -> tuple[_Span, ...]:
        if day in self.holidays:
            return ()
        tomorrow = day + timedelta(days=1)
        spans = (
            (self._moment(day, opening), self._moment(tomorrow if closing == time.min else day, closing))
            for opening, closing in self.hours.get(day.weekday(), ())
        )
        return tuple((opening, closing) for opening, closing in spans if opening < closing)

    def _moment(self, day: date, clock: time) -> int:
        """The instant of a wall-clock time: its first occurrence, or the change of the clocks that skips it."""
        local = datetime.combine(day, clock, tzinfo=self.zone)
        before, after = local.utcoffset() or timedelta(), local.replace(fold=1).utcoffset() or timedelta()
        wall = (local.replace(tzinfo=UTC) - _EPOCH) // _MICROSECOND
        if after <= before:
            return wall - before // _MICROSECOND
        low, high = wall - after // _MICROSECOND, wall - before // _MICROSECOND
        while high - low > 1:
            middle = (low + high) // 2
            if _instant(middle).astimezone(self.zone).utcoffset() == before:
                low = middle
            else:
                high = middle
        return high

    def _ordinal(self, instant: int) -> int:
        return _instant(instant).astimezone(self.zone).toordinal()


def _checked_hours(weekday: int, intervals: Sequence[tuple[time, time]]) -> tuple[tuple[time, time], ...]:
    """Intervals in order; overlapping and touching ones become one."""
    if weekday not in range(7):
        raise ValueError(f"A weekday is 0 (Monday) to 6 (Sunday), not {weekday}.")
    joined: list[tuple[time, time]] = []
    for opening, closing in sorted(intervals):
        if closing != time.min and closing <= opening:
            raise ValueError(f"{opening:%H:%M} to {closing:%H:%M} closes before it opens; split it at midnight.")
        if joined and (joined[-1][1] == time.min or opening <= joined[-1][1]):
            ends = {joined[-1][1], closing}
            joined[-1] = (joined[-1][0], time.min if time.min in ends else max(ends))
        else:
            joined.append((opening, closing))
    return tuple(joined)


def _merged(pauses: Sequence[Pause]) -> list[_Span]:
    """Pauses in order, overlapping ones joined; one without an end lasts for ever."""
    merged: list[_Span] = []
    for start, end in sorted((_micros(a), _FOREVER if b is None else _micros(b)) for a, b in pauses):
        if end < start:
            raise ValueError("A pause ends before it starts.")
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        elif start < end:
            merged.append((start, end))
    return merged


def _unstopped(at: int, until: int, stops: Sequence[_Span]) -> Iterator[_Span]:
    """What the stops leave of a span."""
    index = bisect_right(stops, at, key=itemgetter(1))
    while index < len(stops) and at < until and stops[index][0] < until:
        if at < stops[index][0]:
            yield at, stops[index][0]
        at = stops[index][1]
        index += 1
    if at < until:
        yield at, until


def _stopped_until(at: int, stops: Sequence[_Span]) -> int:
    """When the stop ends that holds at this instant; 0 when none does."""
    index = bisect_right(stops, at, key=itemgetter(1))
    return stops[index][1] if index < len(stops) and stops[index][0] <= at else 0


def _with_pauses(at: int, until: int, stops: Sequence[_Span]) -> Iterator[tuple[int, int, StretchKind]]:
    for start, end in stops:
        if end <= at or start >= until:
            continue
        if at < start:
            yield at, start, "running"
        yield max(at, start), min(until, end), "paused"
        at = min(until, end)
    if at < until:
        yield at, until, "running"


def _joined(pieces: Sequence[tuple[int, int, StretchKind]]) -> list[tuple[int, int, StretchKind]]:
    joined: list[tuple[int, int, StretchKind]] = []
    for start, end, kind in pieces:
        if joined and joined[-1][2] == kind and joined[-1][1] == start:
            joined[-1] = (joined[-1][0], end, kind)
        elif start < end:
            joined.append((start, end, kind))
    return joined


def _micros(at: datetime) -> int:
    if at.tzinfo is None:
        raise ValueError(f"{at} has no time zone; business time is counted in aware UTC only.")
    return (at - _EPOCH) // _MICROSECOND


def _instant(micros: int) -> datetime:
    return _EPOCH + timedelta(microseconds=micros)
