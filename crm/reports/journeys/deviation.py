"""How the journey that customers had differs from the one that was intended. Pure; how each figure is counted stands in DEFINITIONS."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations

from crm.improvement.intended.queries import Step
from crm.reports.definitions import Definition
from crm.reports.journeys.usage import Usage
from crm.touchpoints.statistics import UNCERTAIN_BELOW, Estimate, share_estimate
from crm.web.i18n import N_

RARE = 20
"""A planned touchpoint is hardly used where fewer than one customer in so many was there."""
OTHER_CHANNELS = 10
"""Other channels than planned are told from one contact in so many on."""
MOST_SWAPS = 5


class Use(StrEnum):
    """Whether a planned touchpoint is used."""

    USED = "used"
    RARE = "rare"
    NONE = "none"


class Reached(StrEnum):
    """Whether the aim is reached. BELOW may be chance, CLEARLY_BELOW is not: the whole interval lies below the aim."""

    REACHED = "reached"
    BELOW = "below"
    CLEARLY_BELOW = "clearly_below"
    TOO_FEW = "too_few"
    NO_ANSWERS = "no_answers"


@dataclass(frozen=True, slots=True)
class StepMeasured:
    """A step and what happened there; `other` are the contacts over channels that are not planned, where they are worth telling."""

    step: Step
    contacts: int
    customers: int
    satisfaction: Estimate | None
    use: Use
    reached: Reached
    other: Counter[str]


@dataclass(frozen=True, slots=True)
class Unplanned:
    """Contacts at a touchpoint that is not planned; `share` of all contacts at touchpoints, in percent."""

    code: str
    name_de: str
    name_en: str
    contacts: int
    share: float


@dataclass(frozen=True, slots=True)
class Swap:
    """Two planned touchpoints that most customers got to the other way round: `other_way` of `n`."""

    first: Step
    second: Step
    other_way: int
    n: int


@dataclass(frozen=True, slots=True)
class OrderKept:
    """The share of customers (in percent) who got to the planned touchpoints in the planned order; None where nobody got to two."""

    share: Estimate | None
    kept: int
    swaps: list[Swap]


@dataclass(frozen=True, slots=True)
class Place:
    """A touchpoint as the map knows it."""

    id: int
    code: str
    name_de: str
    name_en: str


@dataclass(frozen=True, slots=True)
class Deviation:
    """`customers` had contact at some touchpoint in the period. `empty_phases` (codes) have no touchpoint planned."""

    customers: int
    contacts: int
    steps: list[StepMeasured]
    unplanned: list[Unplanned]
    order: OrderKept
    empty_phases: list[str]


def deviation(
    steps: Sequence[Step], satisfaction: Mapping[str, Estimate | None], used: Usage, places: Sequence[Place],
    phases: Collection[str] = (),
) -> Deviation:  # fmt: skip
    """`satisfaction` is by the code of the touchpoint, `places` are all touchpoints where something can have happened, `phases` those
    in use."""
    total = sum(counts.total() for counts in used.channels.values())
    planned = {step.touchpoint_id for step in steps}
    unplanned = [
        Unplanned(one.code, one.name_de, one.name_en, n, 100 * n / total)
        for one in places
        if one.id not in planned and (n := used.contacts(one.id))
    ]
    covered = {step.phase for step in steps if not step.is_retired}
    return Deviation(
        used.customers, total, [_measured(step, satisfaction.get(step.code), used) for step in steps],
        sorted(unplanned, key=lambda one: (-one.contacts, one.code)), order_kept(steps, used),
        [phase for phase in phases if phase not in covered],
    )  # fmt: skip


def order_kept(steps: Sequence[Step], used: Usage) -> OrderKept:
    """How many of the customers who got to at least two planned touchpoints did so in the planned order, and which two of them most
    customers swap."""
    swaps = []
    for first, second in combinations(steps, 2):
        other = used.ahead.get((second.touchpoint_id, first.touchpoint_id), 0)
        n = other + used.ahead.get((first.touchpoint_id, second.touchpoint_id), 0)
        if n >= UNCERTAIN_BELOW and 2 * other > n:
            swaps.append(Swap(first, second, other, n))
    swaps.sort(key=lambda one: (-one.other_way, one.first.number, one.second.number))
    return OrderKept(share_estimate(used.kept, used.walked), used.kept, swaps[:MOST_SWAPS])


def _measured(step: Step, satisfaction: Estimate | None, used: Usage) -> StepMeasured:
    channels = used.channels.get(step.touchpoint_id, Counter())
    contacts, customers = channels.total(), used.there.get(step.touchpoint_id, 0)
    other = Counter({code: n for code, n in channels.items() if code not in step.channels})
    if not step.channels or other.total() * OTHER_CHANNELS < contacts:
        other = Counter()
    use = Use.NONE if contacts == 0 else Use.RARE if 0 < customers * RARE < used.customers else Use.USED
    return StepMeasured(step, contacts, customers, satisfaction, use, _reached(satisfaction, step.aim), other)


def _reached(satisfaction: Estimate | None, aim: float) -> Reached:
    if satisfaction is None:
        return Reached.NO_ANSWERS
    if satisfaction.is_uncertain:
        return Reached.TOO_FEW
    if satisfaction.value >= aim:
        return Reached.REACHED
    clear = satisfaction.interval is not None and satisfaction.interval[1] < aim
    return Reached.CLEARLY_BELOW if clear else Reached.BELOW


DEFINITIONS = (
    Definition(
        "intended_use",
        N_("Planned and not used"),
        N_(
            "A touchpoint of the intended journey at which the chosen customers had no contact in the period. It counts as hardly used "
            "where fewer than one in twenty of the customers who had any contact at a touchpoint in the period was there. Where all "
            "contacts are without a known customer (reviews), this is not judged."
        ),
    ),
    Definition(
        "intended_unplanned",
        N_("Contacts where none are planned"),
        N_("Contacts in the period at touchpoints that are not on the intended journey. Contacts without a touchpoint are left out."),
    ),
    Definition(
        "intended_aim",
        N_("Below the aim"),
        N_(
            "The mean of customers' own answers (1 to 5) in the period lies below the satisfaction aimed at. Clearly below: the whole "
            "95 % interval does. Fewer than five answers are too few to judge."
        ),
    ),
    Definition(
        "intended_order",
        N_("Planned order kept"),
        N_(
            "Of the customers who had contact at two or more touchpoints of the intended journey in the period: the share whose first "
            "contacts there came in the order of the plan, with Wilson's 95 % interval. Touchpoints where a customer wasn't are passed "
            "over; two first contacts at the same moment count as in order. Two touchpoints are named as swapped where at least five "
            "customers were at both, and more than half of them the other way round."
        ),
    ),
    Definition(
        "intended_channels",
        N_("Other channels than planned"),
        N_(
            "Contacts at a touchpoint over a channel that is not planned there, told where they are at least one in ten of its contacts. "
            "Where no channel is planned, none is another one."
        ),
    ),
)  # fmt: skip
