"""When somebody is alarmed about a customer, and who: pure rules. "One bad answer or a bad contact at a moment of truth tells
the owner at once: a single bad experience can end a relationship" (DOMAIN.md)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

BAD_IMPRESSION = 2
"""Of 1 to 5: so it seemed to go, or worse."""

BAD_RATING = 2
"""Of 1 to 5, what a customer has written on a review portal: so bad, or worse."""

WORST_ANSWERS = {"nps": 6, "csat": 2, "effort": 2}
"""The highest answer of each metric that is a bad one: a detractor of NPS 0-10; of CSAT 1-5 and of ease 1-7 the lowest two."""

FRESH = timedelta(days=14)
"""What is older when it becomes known (a list that is imported, a contact entered late) is history and alarms nobody."""


@dataclass(frozen=True, slots=True)
class Looker:
    """Somebody who looks after a customer, and whether they are away now."""

    id: int
    is_absent: bool = False


def is_bad_moment(impression: int | None, is_moment_of_truth: bool) -> bool:
    return is_moment_of_truth and impression is not None and impression <= BAD_IMPRESSION


def is_bad_answer(metric: str, score: int) -> bool:
    return score <= WORST_ANSWERS[metric]


def is_fresh(at: datetime, now: datetime) -> bool:
    return now - at <= FRESH


def told_first(owner: Looker | None, deputy: Looker | None, leads: Sequence[Looker]) -> tuple[int, ...]:
    """Who is told: the owner; while they are away, or where there is none, the deputy; else the leads who are there. If everybody
    is away, whoever stands first in this order finds it on coming back."""
    for one in (owner, deputy):
        if one is not None and not one.is_absent:
            return (one.id,)
    present = tuple(lead.id for lead in leads if not lead.is_absent)
    if present:
        return present
    if owner is not None or deputy is not None:
        return tuple(one.id for one in (owner, deputy) if one is not None)[:1]
    return tuple(lead.id for lead in leads)
