"""The figures of one month as plain values: what is computed, stored with the run, sent over the API and printed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from crm.reports.figures_measures import MeasureMonth
from crm.reports.figures_rights import Requests
from crm.reports.figures_sales import Sales
from crm.reports.figures_targets import Targets
from crm.reports.figures_voices import Voices
from crm.reports.score import Responses as Responses
from crm.reports.score import Score as Score


@dataclass(frozen=True, slots=True)
class ScopeOf:
    """Of whom the figures are, if not of all customers: the code of crm.reports.scopes, the name that it had when they were drawn up, and
    how many customers were meant then."""

    code: str
    name: str
    customers: int


@dataclass(frozen=True, slots=True)
class Counted:
    """A row of a count: a code of ours, or a name in both languages; this month and the one before."""

    code: str
    count: int
    before: int
    name_de: str = ""
    name_en: str = ""


@dataclass(frozen=True, slots=True)
class TouchpointMonth:
    """What happened at one touchpoint. `satisfaction`, `nps` and `effort` are what customers answered; `staff` is what
    staff thought of their contacts, and never mixed with it. `marked` contacts were marked as moments of truth."""

    code: str
    name_de: str
    name_en: str
    phase: str
    department: str
    is_moment_of_truth: bool
    importance: int
    target: float
    contacts: int
    contacts_before: int
    marked: int
    low_answers: int
    satisfaction: Score | None
    satisfaction_before: Score | None
    nps: Score | None
    effort: Score | None
    staff: Score | None
    responses: Responses | None = None

    @property
    def is_below_target(self) -> bool:
        return self.satisfaction is not None and self.satisfaction.value < self.target

    @property
    def gap(self) -> float:
        """How far customers' satisfaction lies under the target; 0 where it doesn't."""
        return max(0.0, self.target - self.satisfaction.value) if self.satisfaction else 0.0


@dataclass(frozen=True, slots=True)
class MonthPoint:
    """One month of the course over a year."""

    month: date
    contacts: int
    satisfaction: Score | None
    nps: Score | None


@dataclass(frozen=True, slots=True)
class Promises:
    """First responses and solutions that were promised for this month, of one service level."""

    code: str
    name_de: str
    name_en: str
    first_kept: int
    first_missed: int
    solution_kept: int
    solution_missed: int
    kept_before: int
    missed_before: int

    @property
    def kept(self) -> int:
        return self.first_kept + self.solution_kept

    @property
    def missed(self) -> int:
        return self.first_missed + self.solution_missed


@dataclass(frozen=True, slots=True)
class LevelMonth:
    """Enquiries that needed one competence level. Figures of the team; nobody is ranked. Of reports that did not know the month before
    there are none."""

    level: int
    opened: int
    opened_before: int
    solved: int
    solved_at_first_contact: int
    escalations: int
    open_at_end: int
    solved_before: int = 0
    solved_at_first_contact_before: int = 0
    escalations_before: int | None = None


@dataclass(frozen=True, slots=True)
class TopicMonth:
    """Enquiries about one topic: this month, the month before, and on average in the three months before."""

    code: str
    name_de: str
    name_en: str
    opened: int
    before: int
    usual: float

    @property
    def trend(self) -> str:
        """rising or vanishing when the month differs from the three before by a quarter and by more than five."""
        difference = self.opened - self.usual
        if abs(difference) <= 5 or abs(difference) < self.usual / 4:
            return ""
        return "rising" if difference > 0 else "vanishing"


@dataclass(frozen=True, slots=True)
class Overdue:
    """Customers of one service level, and how many of them had no contact for longer than promised."""

    code: str
    name_de: str
    name_en: str
    customers: int
    overdue: int


@dataclass(frozen=True, slots=True)
class ConsentMonth:
    """One purpose that needs consent: whose consent holds at the end, and what was given and withdrawn in the month."""

    code: str
    name_de: str
    name_en: str
    persons: int
    covered: int
    given: int
    withdrawn: int


@dataclass(frozen=True, slots=True)
class Phase:
    code: str
    name_de: str
    name_en: str
    contacts: int
    contacts_before: int
    satisfaction: Score | None
    responses: Responses | None = None


@dataclass(frozen=True, slots=True)
class MonthFigures:
    """Everything that the report of one month says, as it was at `computed_at`. What reports did not know when this one was
    fixed is None."""

    month: date
    computed_at: datetime
    is_provisional: bool
    contacts: int
    contacts_before: int
    satisfaction: Score | None
    satisfaction_before: Score | None
    satisfaction_target: float | None
    nps: Score | None
    nps_before: Score | None
    effort: Score | None
    channels: Sequence[Counted]
    directions: Sequence[Counted]
    phases: Sequence[Phase]
    touchpoints: Sequence[TouchpointMonth]
    year: Sequence[MonthPoint]
    promises: Sequence[Promises]
    levels: Sequence[LevelMonth]
    topics: Sequence[TopicMonth]
    kinds: Sequence[Counted]
    causes: Sequence[Counted]
    origins: Sequence[Counted]
    overdue: Sequence[Overdue]
    consents: Sequence[ConsentMonth]
    sales: Sales | None = None
    voices: Voices | None = None
    requests: Sequence[Requests] | None = None
    targets: Targets | None = None
    measures: Sequence[MeasureMonth] | None = None
    scope: ScopeOf | None = None
    last: date | None = None
    """The last day where the figures are not those of a month; `month` is then the first day."""
    responses: Responses | None = None
    responses_before: Responses | None = None
    effort_before: Score | None = None

    @property
    def promises_kept(self) -> int:
        return sum(row.kept for row in self.promises)

    @property
    def promises_due(self) -> int:
        return sum(row.kept + row.missed for row in self.promises)

    @property
    def promises_kept_before(self) -> int:
        return sum(row.kept_before for row in self.promises)

    @property
    def promises_due_before(self) -> int:
        return sum(row.kept_before + row.missed_before for row in self.promises)

    @property
    def enquiries(self) -> int:
        return sum(row.opened for row in self.levels)

    @property
    def enquiries_before(self) -> int:
        return sum(row.opened_before for row in self.levels)

    @property
    def new_customers(self) -> int:
        return sum(row.count for row in self.origins)

    @property
    def new_customers_before(self) -> int:
        return sum(row.before for row in self.origins)

    @property
    def is_empty(self) -> bool:
        """Nothing at all happened: no contact, no answer, no enquiry."""
        return not (
            self.contacts or self.satisfaction or self.nps or self.effort or self.enquiries or self.promises_due
        )
