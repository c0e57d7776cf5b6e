"""How guides are used: how often each was followed, and which of its steps were left out. Counted per guide and version, never per
person: what is often left out questions the guide."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from crm.database import fetch
from crm.interactions.counting import COUNTED, SHUT
from crm.touchpoints.guides.rules import is_questioned
from crm.touchpoints.statistics import UNCERTAIN_BELOW


@dataclass(frozen=True, slots=True)
class StepUse:
    """How often a step was there to be taken and how often it was left out; `reasons` by code, where somebody gave one."""

    key: str
    shown: int = 0
    left_out: int = 0
    reasons: dict[str, int] = field(default_factory=dict)

    @property
    def ticked(self) -> int:
        return self.shown - self.left_out

    @property
    def share(self) -> float | None:
        return self.left_out / self.shown if self.shown else None

    @property
    def is_uncertain(self) -> bool:
        return self.shown < UNCERTAIN_BELOW

    @property
    def is_questioned(self) -> bool:
        return is_questioned(self.shown, self.left_out)

    @property
    def main_reason(self) -> tuple[str, int] | None:
        """The reason that was given most often (its code), and how often."""
        return max(self.reasons.items(), key=lambda pair: (pair[1], pair[0]), default=None)

    def plus(self, other: StepUse) -> StepUse:
        reasons = dict(self.reasons)
        for code, count in other.reasons.items():
            reasons[code] = reasons.get(code, 0) + count
        return StepUse(self.key, self.shown + other.shown, self.left_out + other.left_out, reasons)


@dataclass(frozen=True, slots=True)
class GuideUse:
    """The use of one guide in a time, over all its versions, and in each of them."""

    uses: int = 0
    steps: dict[str, StepUse] = field(default_factory=dict)
    versions: dict[int, GuideUse] = field(default_factory=dict)

    def of(self, key: str) -> StepUse:
        return self.steps.get(key, StepUse(key))

    def in_version(self, version: int) -> GuideUse:
        return self.versions.get(version, GuideUse())

    @property
    def most_left_out(self) -> StepUse | None:
        """The step that is most often left out, once there are enough contacts to say so."""
        sure = [step for step in self.steps.values() if step.left_out and not step.is_uncertain]
        return max(sure, key=lambda step: (step.left_out / step.shown, step.shown, step.key), default=None)

    def plus(self, other: GuideUse) -> GuideUse:
        """Both together, without their versions."""
        steps = dict(self.steps)
        for key, step in other.steps.items():
            steps[key] = steps[key].plus(step) if key in steps else step
        return GuideUse(self.uses + other.uses, steps)


_USED = f"""
    SELECT f.guide, f.version, f.variant, f.done, f.reason FROM followed_guide f JOIN interaction i ON i.id = f.interaction
    WHERE i.at >= $1 AND i.at < $2 AND ($3::bigint IS NULL OR f.guide = $3) AND {COUNTED}
"""
_USE = f"""
    WITH {SHUT}, used AS ({_USED})
    SELECT guide, version, '' AS key, '' AS reason, count(*)::int AS shown, 0 AS left_out FROM used GROUP BY guide, version
    UNION ALL
    SELECT u.guide, u.version, s->>'key', u.reason, count(*)::int, (count(*) FILTER (WHERE NOT u.done ? (s->>'key')))::int
    FROM used u JOIN guide_version v ON v.guide = u.guide AND v.version = u.version, jsonb_array_elements(v.steps) s
    WHERE s->>'for' IN ('everyone', u.variant) GROUP BY 1, 2, 3, 4
"""


async def use_of_guides(since: datetime, until: datetime, guide_id: int | None = None) -> dict[int, GuideUse]:
    """How the guides were used in contacts from `since` until before `until`, by the guide's id; one statement."""
    found: dict[tuple[int, int], GuideUse] = {}
    for row in await fetch(_USE, since, until, guide_id):
        reasons = {row.reason: row.left_out} if row.reason and row.left_out else {}
        steps = {row.key: StepUse(row.key, row.shown, row.left_out, reasons)} if row.key else {}
        one = GuideUse(0 if row.key else row.shown, steps)
        before = found.get((row.guide, row.version))
        found[row.guide, row.version] = before.plus(one) if before else one
    together: dict[int, GuideUse] = {}
    for (guide, version), use in found.items():
        before = together.get(guide, GuideUse())
        together[guide] = replace(before.plus(use), versions={**before.versions, version: use})
    return together
