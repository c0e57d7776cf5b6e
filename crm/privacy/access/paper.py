"""The readable copy: entries of a chapter made of rows, and the pages that are printed, in parts if there are many."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crm.personal import declared
from crm.privacy.access.gathering import REPEATED, Gathered, Record
from crm.privacy.access.information import Letter
from crm.privacy.access.layout import Layout, chapters, layout_of
from crm.privacy.access.words import value_text
from crm.reports.paper import Letterhead, frame
from crm.reports.printing import Job
from crm.web.i18n import _, language
from crm.web.render import text

PER_PART = 500
"""So many entries are in one PDF: one of 10,000 would take a reader's machine and ours minutes to open and to make."""

LETTERS_PER_PART = 300_000
"""About a hundred pages of text; what is longer goes on in the next part."""

LONGEST = 20_000
"""Letters of one text on paper; the archive has it whole."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One row as it reads: a first line, named values, free texts."""

    title: str
    when: str
    lines: tuple[tuple[str, str], ...]
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Rows of one table below their heading; `goes_on` if it began in an earlier part."""

    heading: str
    entries: list[Entry]
    goes_on: bool = False


@dataclass(frozen=True, slots=True)
class Chapter:
    number: int
    title: str
    groups: list[Group]


def entry_of(table: str, record: Record, layout: Layout, purposes: Mapping[str, str]) -> Entry | None:
    """A row in the language of the moment; None for one that says nothing on paper, or what another entry says already."""
    if table == "timeline_entry" and record["kind"] in REPEATED:
        return None

    def said(column: str) -> str:
        return value_text(table, column, record.get(column), purposes)

    number = _("No. %(n)s") % {"n": record["id"]}
    title = layout.between.join(part for column in layout.title if (part := said(column)))
    when = said(layout.when) if layout.when else ""
    lines = tuple(
        (_(label), value)
        for column, label in layout.lines
        if record.get(column) is not False and (value := said(column))
    )
    texts = tuple(_shortened(str(record[column])) for column in layout.texts if record.get(column))
    return Entry(title or number, when, lines, texts) if title or lines or texts else None


def _shortened(value: str) -> str:
    if len(value) <= LONGEST:
        return value
    return value[:LONGEST] + " … " + _("(shortened here; the archive has all of it)")


def parts(found: Gathered, purposes: Mapping[str, str], *, per_part: int = PER_PART) -> Iterator[list[Chapter]]:
    """The chapters with their entries, cut into parts of about so many entries or letters; one part at a time is in memory."""
    part: list[Chapter] = []
    room, letters = per_part, LETTERS_PER_PART
    tables = {table for table, n in found.counts.items() if n}
    for number, (title, known) in enumerate(chapters(tables), 1):
        part.append(Chapter(number, _(title), []))
        for table in known:
            group = Group(_(declared(table).heading), [])
            part[-1].groups.append(group)
            layout = layout_of(table)
            for record in found.records(table):
                entry = entry_of(table, record, layout, purposes)
                if entry is None:
                    continue
                if room <= 0 or letters <= 0:
                    yield _without_empty(part)
                    group = Group(group.heading, [], goes_on=True)
                    part, room, letters = [Chapter(number, _(title), [group])], per_part, LETTERS_PER_PART
                group.entries.append(entry)
                room, letters = room - 1, letters - sum(len(one) for one in entry.texts)
    if part:
        yield _without_empty(part)


def _without_empty(part: Sequence[Chapter]) -> list[Chapter]:
    kept = [Chapter(one.number, one.title, [group for group in one.groups if group.entries]) for one in part]
    return [one for one in kept if one.groups]


@dataclass(frozen=True, slots=True)
class Cover:
    """What stands on the first page."""

    name: str
    letterhead: Letterhead
    imprint: str
    made_at: datetime
    entries: int
    blacked: int
    reasons: tuple[str, ...]


def print_job(cover: Cover, letters: Sequence[Letter], part: list[Chapter], *, number: int, count: int) -> Job:
    """One part for the printing program; the letters stand in the first."""
    title = _("Copy of your personal data")
    context: dict[str, Any] = {
        **frame(cover.letterhead, title, cover.name), "heading": title, "cover": cover, "letters": letters if number == 1 else (),
        "part": part, "number": number, "count": count,
    }  # fmt: skip
    page = text("reports/data_copy.html", **context)
    return Job(page, {}, [], cover.made_at, "de-DE" if language.get() == "de" else "en-GB")
