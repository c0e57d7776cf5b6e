"""What a guide is, which one suits a contact, and which of its steps are for this kind of customer. Pure."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from crm.touchpoints.tables import StepFor

REVIEW_SOON_DAYS = 14
"""So many days before the review date a lead is told that it comes."""
REVIEW_MONTHS = 12
"""After so many months a guide is looked at again, unless somebody wants it otherwise."""
QUESTIONED_FROM = 10
QUESTIONED_SHARE = 0.4
"""A step that stayed out in so large a part of at least so many contacts questions the guide (never those who left it out)."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step; `key` stays the same however the step is worded."""

    key: str
    meant_for: str
    text_de: str
    text_en: str

    def text(self, language: str) -> str:
        return (self.text_en or self.text_de) if language == "en" else self.text_de


@dataclass(frozen=True, slots=True)
class GuideView:
    """A guide in its newest version."""

    id: int
    code: str
    name_de: str
    name_en: str
    touchpoints: tuple[str, ...]
    channels: tuple[str, ...]
    is_active: bool
    review_on: date | None
    version: int
    steps: tuple[Step, ...]
    review_months: int = REVIEW_MONTHS
    owner_id: int | None = None
    owner_name: str = ""
    owner_is_here: bool = False

    def is_due(self, today: date) -> bool:
        """Whether its review date has come."""
        return self.is_active and self.review_on is not None and self.review_on <= today


def is_questioned(shown: int, left_out: int) -> bool:
    """Whether a step is left out so often that it should be asked whether it still fits."""
    return shown >= QUESTIONED_FROM and left_out >= QUESTIONED_SHARE * shown


def next_review(on: date, months: int) -> date:
    """The same day so many months later; the month's last day where there is no such day."""
    year, month = divmod(on.year * 12 + on.month - 1 + months, 12)
    return date(year, month + 1, min(on.day, monthrange(year, month + 1)[1]))


def step_of(stored: Mapping[str, Any]) -> Step:
    return Step(str(stored["key"]), str(stored["for"]), str(stored["de"]), str(stored["en"]))


def stored_step(step: Step) -> dict[str, str]:
    return {"key": step.key, "for": step.meant_for, "de": step.text_de, "en": step.text_en}


def steps_for(steps: Sequence[Step], kind: str) -> tuple[Step, ...]:
    """The steps for a kind of customer. Whose kind is not known sees what is for everybody."""
    return tuple(step for step in steps if step.meant_for in (StepFor.EVERYONE, kind))


def suitable(guides: Sequence[GuideView], *, touchpoint: str, channel: str, kind: str) -> GuideView | None:
    """The guide that suits best: the touchpoint counts more than the channel, and a guide that is meant for others not at all;
    one without either fits everywhere. Among equals the first. One without a step for this kind of customer never suits."""
    best: tuple[int, GuideView] | None = None
    for guide in guides:
        if not guide.is_active or not steps_for(guide.steps, kind):
            continue
        fit = _fit(guide, touchpoint, channel)
        if fit is not None and (best is None or fit > best[0]):
            best = fit, guide
    return best[1] if best else None


def _fit(guide: GuideView, touchpoint: str, channel: str) -> int | None:
    if touchpoint and touchpoint in guide.touchpoints:
        return 3 if channel in guide.channels else 2
    if channel in guide.channels:
        return 1
    return None if guide.touchpoints or guide.channels else 0


def keyed(wanted: Sequence[Step], taken: Sequence[str]) -> tuple[Step, ...]:
    """The steps with a key for each new one; keys of earlier versions are not given again."""
    highest = max((int(key[1:]) for key in taken if key[1:].isdigit()), default=0)
    found = []
    for step in wanted:
        if not step.key:
            highest += 1
        found.append(Step(step.key or f"s{highest}", step.meant_for, step.text_de, step.text_en))
    return tuple(found)
