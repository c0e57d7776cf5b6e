"""What is told about a department or a product, as plain values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from crm.reports.score import Responses, Score
from crm.reports.shape import Counted


class Sort(StrEnum):
    DEPARTMENT = "department"
    PRODUCT = "product"


@dataclass(frozen=True, slots=True)
class Place:
    """A department (its `code` is its name) or a product. `key` is how the figures name it: the name, or the product's number.
    `department` is the one that a product belongs to."""

    sort: Sort
    code: str
    key: str
    name_de: str
    name_en: str
    department: str = ""


@dataclass(frozen=True, slots=True)
class Wait:
    """The median of the minutes of business time, from `n` enquiries, and its 95 % interval; None where there are none, or too few."""

    minutes: float | None = None
    n: int = 0
    low: float | None = None
    high: float | None = None

    @property
    def is_uncertain(self) -> bool:
        return 0 < self.n < 5


@dataclass(frozen=True, slots=True)
class Standing:
    """A place in the list. `target` is the satisfaction aimed at, weighed by answers; products have none. `is_hidden`: satisfaction is
    not told, because some of it would rest on fewer than five anonymous answers."""

    place: Place
    opened: int
    before: int
    complaints: int
    contacts: int
    praise: int
    criticism: int
    satisfaction: Score | None
    target: float | None
    is_hidden: bool
    first: Wait
    solution: Wait
    responses: Responses | None = None


@dataclass(frozen=True, slots=True)
class Heading:
    """Praise and criticism under one heading, as codes of crm/improvement/words.py."""

    category: str
    heading: str
    praise: int
    criticism: int


@dataclass(frozen=True, slots=True)
class AtTouchpoint:
    """What happened at one touchpoint of a department."""

    code: str
    name_de: str
    name_en: str
    target: float
    contacts: int
    satisfaction: Score | None
    is_hidden: bool
    responses: Responses


@dataclass(frozen=True, slots=True)
class Numbers:
    """The figures of one place in one stretch of days. `topics` and `kinds` count the enquiries that came in, `causes` those that were
    solved. Products have neither `contacts` nor `touchpoints`, and no response rate: nobody is asked about one."""

    opened: int
    complaints: int
    solved: int
    contacts: int
    satisfaction: Score | None
    target: float | None
    is_hidden: bool
    first: Wait
    solution: Wait
    praise: int
    criticism: int
    headings: Sequence[Heading]
    topics: Sequence[Counted]
    causes: Sequence[Counted]
    kinds: Sequence[Counted]
    touchpoints: Sequence[AtTouchpoint]
    responses: Responses | None

    @property
    def is_empty(self) -> bool:
        return not (
            self.opened or self.solved or self.contacts or self.satisfaction or self.praise or self.criticism
            or self.first.n
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Point:
    """One point of criticism or praise, without anybody's name; `href` is where it was noted."""

    id: int
    kind: str
    category: str
    heading: str
    text: str
    touchpoint_de: str
    touchpoint_en: str
    at: datetime
    href: str
    is_open: bool


@dataclass(frozen=True, slots=True)
class OpenMeasure:
    """A measure that is planned or under way there."""

    id: int
    name: str
    goal: str
    status: str
    due_on: date
    touchpoint_de: str
    touchpoint_en: str


@dataclass(frozen=True, slots=True)
class PlaceFigures:
    """Everything that is told about a place: its figures, those of the stretch before, what was said, what is being done.
    `more_criticism` and `more_praise`: so many more points there are than stand here."""

    place: Place
    now: Numbers
    before: Numbers
    criticism: Sequence[Point]
    more_criticism: int
    praise: Sequence[Point]
    more_praise: int
    measures: Sequence[OpenMeasure]
