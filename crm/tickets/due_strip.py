"""The due-time strip: how the promises of a ticket run, as the geometry of one drawing.

Horizontal places are percent of the drawing's width, so that its text keeps its size on every screen; vertical ones
and text sizes are CSS pixels. Business time is drawn to scale; long closed hours are drawn shortened.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import accumulate, pairwise
from typing import Literal, TypeAlias

from crm.service_levels.calendar import Calendar, Stretch
from crm.text import text_width
from crm.tickets.clocks import Clock
from crm.tickets.explaining_clocks import Doing, clock_name, clock_time, clocks_sentence, doing

Gettext = Callable[[str], str]
Anchor: TypeAlias = Literal["start", "middle", "end"]
SegmentKind: TypeAlias = Literal["running", "ahead", "late", "paused", "closed", "holiday"]

NARROW, WIDE = 300.0, 640.0
"""The widths in pixels for which labels are placed: they fit at NARROW, or else at WIDE and are hidden below it."""

TEXT_SIZE = 11.5
_ROW = 16.0
_LIFT = 10.0
_BAR_HEIGHT = 13.0
_MARGIN = 4.0
_LONGEST_CLOSED = 0.25
_GAP = 8.0


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of the bar; `x` and `width` in percent. A shortened one is closed time that isn't drawn to scale."""

    kind: SegmentKind
    x: float
    width: float
    title: str
    is_shortened: bool = False


@dataclass(frozen=True, slots=True)
class Label:
    """A line of text at `x` percent, its baseline at `y` pixels."""

    text: str
    x: float
    y: float
    anchor: Anchor
    is_wide_only: bool = False


@dataclass(frozen=True, slots=True)
class Mark:
    """An instant on the bar: a line from `y1` to `y2` at `x` percent, and its label."""

    kind: Literal["opened", "now", "due", "reached"]
    x: float
    y1: float
    y2: float
    label: Label
    is_missed: bool = False


@dataclass(frozen=True, slots=True)
class DueTimeStrip:
    """Everything that the template draws; `sentence` adds it up."""

    height: float
    bar_y: float
    bar_height: float
    segments: tuple[Segment, ...]
    marks: tuple[Mark, ...]
    notes: tuple[Label, ...]
    sentence: str


def due_time_strip(
    clocks: Sequence[Clock], calendar: Calendar, now: datetime, _: Gettext, *, language: str
) -> DueTimeStrip | None:
    """The strip of a ticket's clocks, the solution leading; None where nothing is promised."""
    if not clocks:
        return None
    main = clocks[-1]
    until = main.reached_at or now
    scale = _Scale(clocks, calendar, until)
    pieces = [piece for stretch in scale.stretches for piece in _cut(stretch, main, until)]
    marks = _placed_marks(_instants(clocks, now, calendar, _, language), scale)
    bar_y = _ROW - min(mark.label.y for mark in marks)
    segments = [_segment(kind, stretch, scale, calendar, _, language) for kind, stretch in pieces]
    notes = _notes(segments, [stretch for _kind, stretch in pieces], calendar, _)
    return DueTimeStrip(
        height=bar_y + _BAR_HEIGHT + 8 + (_ROW if notes else 0),
        bar_y=bar_y,
        bar_height=_BAR_HEIGHT,
        segments=tuple(segments),
        marks=tuple(
            replace(mark, y1=bar_y + mark.y1, y2=bar_y + mark.y2, label=replace(mark.label, y=bar_y + mark.label.y))
            for mark in marks
        ),
        notes=tuple(replace(note, y=bar_y + _BAR_HEIGHT + _ROW) for note in notes),
        sentence=clocks_sentence(_told(clocks), calendar, now, _, language=language),
    )


class _Scale:
    """Turns instants into percent of the width: to scale, except that long closed hours are shortened."""

    def __init__(self, clocks: Sequence[Clock], calendar: Calendar, until: datetime) -> None:
        main = clocks[-1]
        due = [clock.due_at for clock in clocks if clock.due_at and (clock is main or clock.reached_at is None)]
        end = max(until, *due, main.started_at + timedelta(minutes=1))
        self.stretches = calendar.stretches(main.started_at, end, main.pauses)
        lengths = [_seconds(stretch) for stretch in self.stretches]
        is_open = [stretch.kind in ("running", "paused") for stretch in self.stretches]
        counted = sum(length for length, open_ in zip(lengths, is_open, strict=True) if open_)
        longest = counted * _LONGEST_CLOSED or max(lengths)
        weights = [length if open_ else min(length, longest) for length, open_ in zip(lengths, is_open, strict=True)]
        self.shortened = {
            stretch.start
            for stretch, length, weight in zip(self.stretches, lengths, weights, strict=True)
            if weight < length
        }
        factor = (100 - 2 * _MARGIN) / sum(weights)
        self._edges = [_MARGIN + factor * passed for passed in accumulate(weights, initial=0.0)]

    def x(self, at: datetime) -> float:
        for index, stretch in enumerate(self.stretches):
            if at <= stretch.end:
                share = max(0.0, (at - stretch.start).total_seconds() / _seconds(stretch))
                return self._edges[index] + share * (self._edges[index + 1] - self._edges[index])
        return self._edges[-1]


def _seconds(stretch: Stretch) -> float:
    return (stretch.end - stretch.start).total_seconds()


def _cut(stretch: Stretch, main: Clock, until: datetime) -> list[tuple[SegmentKind, Stretch]]:
    """A running stretch is cut at `until` and at the due time; what lies between them is late or still ahead."""
    if stretch.kind != "running":
        return [(stretch.kind, stretch)]
    due = main.due_at or until
    cuts = sorted({at for at in (until, due) if stretch.start < at < stretch.end})
    edges = [stretch.start, *cuts, stretch.end]
    pieces: list[tuple[SegmentKind, Stretch]] = []
    for start, end in pairwise(edges):
        is_late = start >= due and not main.is_recalculated
        kind: SegmentKind = "ahead" if start >= until else "late" if is_late else "running"
        pieces.append((kind, Stretch(start, end, "running")))
    return pieces


def _segment(
    kind: SegmentKind, stretch: Stretch, scale: _Scale, calendar: Calendar, _: Gettext, language: str
) -> Segment:
    x, end = scale.x(stretch.start), scale.x(stretch.end)
    name = _("past the due time") if kind == "late" else _("still ahead") if kind == "ahead" else ""
    span = " – ".join(
        (
            clock_time(stretch.start, calendar.zone, language),
            clock_time(stretch.end, calendar.zone, language, beside=stretch.start),
        )
    )
    title = f"{span}: {name or _doing_name(doing(stretch, calendar), _)}"
    return Segment(kind, round(x, 3), round(end - x, 3), title, stretch.start in scale.shortened)


def _doing_name(name: Doing, _: Gettext) -> str:
    names: dict[Doing, str] = {
        "running": _("the clock runs"),
        "waiting": _("waiting for an answer, the clock stands still"),
        "lunch": _("lunch break"),
        "break": _("break"),
        "closed": _("closed"),
        "holiday": _("holiday"),
    }
    return names[name]


@dataclass(frozen=True, slots=True)
class _Instant:
    kind: Literal["opened", "now", "due", "reached"]
    at: datetime
    text: str
    is_missed: bool = False


def _instants(clocks: Sequence[Clock], now: datetime, calendar: Calendar, _: Gettext, language: str) -> list[_Instant]:
    """What gets a mark, the most important first."""
    main = clocks[-1]

    def clock_at(at: datetime) -> str:
        return clock_time(at, calendar.zone, language, beside=now)

    end = main.reached_at
    if end is None:
        instants = [_Instant("now", now, _("now %(time)s") % {"time": clock_at(now)})]
    else:
        instants = [_Instant("reached", end, _("solved %(time)s") % {"time": clock_at(end)})]
    for clock in reversed(clocks):
        if clock.due_at is not None and (clock is main or clock.reached_at is None):
            text = _("%(clock)s due %(time)s")
            params = {"clock": clock_name(clock.kind, _), "time": clock_at(clock.due_at)}
            instants.append(_Instant("due", clock.due_at, text % params, clock.state in ("breached", "missed")))
    opened = clock_time(main.started_at, calendar.zone, language, beside=now)
    instants.append(_Instant("opened", main.started_at, _("received %(time)s") % {"time": opened}))
    return instants


def _placed_marks(instants: Sequence[_Instant], scale: _Scale) -> list[Mark]:
    """Marks with their labels in rows over the bar, measured from its upper edge; the most important next to it.

    A line reaches up to its label unless it would cross the words of another one.
    """
    rows: list[list[tuple[float, float]]] = []
    lines: list[tuple[float, int]] = []
    marks: list[Mark] = []
    for instant in instants:
        x = scale.x(instant.at)
        width = text_width(instant.text, TEXT_SIZE) / NARROW * 100
        anchor: Anchor = "middle" if width / 2 <= x <= 100 - width / 2 else "start" if x < 50 else "end"
        left = {"start": x, "middle": x - width / 2, "end": x - width}[anchor]
        gap = _GAP / NARROW * 100
        span = (left - gap / 2, left + width + gap / 2)
        row = 0
        while row < len(rows) and not (
            all(span[1] <= a or b <= span[0] for a, b in rows[row])
            and not any(span[0] < at < span[1] for at, upper in lines if upper > row)
        ):
            row += 1
        rows.extend([[]] if row == len(rows) else [])
        rows[row].append(span)
        is_crossing = any(a < x < b for taken in rows[:row] for a, b in taken)
        lines.append((x, 0 if is_crossing else row))
        label = Label(instant.text, round(x, 3), -_LIFT - row * _ROW, anchor)
        upper = -4.0 if is_crossing else label.y + (4 if anchor == "middle" else -8)
        marks.append(Mark(instant.kind, round(x, 3), upper, _BAR_HEIGHT + 3, label, instant.is_missed))
    return marks


def _notes(segments: Sequence[Segment], stretches: Sequence[Stretch], calendar: Calendar, _: Gettext) -> list[Label]:
    """Under the bar, the widest pause, break, closed stretch and holiday say what they are, where there is room."""
    notes: list[Label] = []
    taken: dict[float, list[tuple[float, float]]] = {NARROW: [], WIDE: []}
    named: set[Doing] = {"running"}
    order = sorted(range(len(segments)), key=lambda n: (segments[n].kind == "closed", -segments[n].width))
    for index in order:
        segment, name = segments[index], doing(stretches[index], calendar)
        if name in named:
            continue
        text = _doing_name(name, _)
        spans = {width: _note_span(segment, text_width(text, TEXT_SIZE) / width * 100) for width in taken}
        free = [width for width, span in spans.items() if _is_free(span, taken[width])]
        if WIDE not in free:
            continue
        named.add(name)
        for width in free:
            taken[width].append(spans[width])
        anchor: Anchor = "start" if segment.x + segment.width / 2 < 50 else "end"
        x = segment.x if anchor == "start" else segment.x + segment.width
        notes.append(Label(text, round(x, 3), 0, anchor, is_wide_only=NARROW not in free))
    return notes


def _note_span(segment: Segment, width: float) -> tuple[float, float]:
    if segment.x + segment.width / 2 < 50:
        return segment.x, segment.x + width
    return segment.x + segment.width - width, segment.x + segment.width


def _is_free(span: tuple[float, float], taken: Sequence[tuple[float, float]]) -> bool:
    inside = span[0] >= 0 and span[1] <= 100
    return inside and all(span[1] + 2 <= a or b + 2 <= span[0] for a, b in taken)


def _told(clocks: Sequence[Clock]) -> list[Clock]:
    """The clocks that the sentence tells; an answered next response is history and is left to the conversation."""
    return [clock for clock in clocks if clock.kind != "next_response" or clock.reached_at is None]
