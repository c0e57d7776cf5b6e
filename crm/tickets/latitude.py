"""What an agent may decide alone. Pure: the matters with their limits per level in, what counts for somebody's level out.

Source of the rule: "competence level" in the domain description: how deep an agent can go, and what they may decide alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from crm.tickets.routing import HIGHEST_LEVEL


@dataclass(frozen=True, slots=True)
class Matter:
    """Something that can be decided (goodwill, a return), with the limit in words per level; a level without an entry adds
    nothing to the one below it."""

    name: str
    limits: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class MayDecide:
    """One matter for one level: `limit` is what counts now ("" for nothing), `further` the next level that may decide more, with
    its limit."""

    name: str
    limit: str
    further: tuple[int, str] | None


def may_decide(matters: Iterable[Matter], level: int) -> list[MayDecide]:
    """What somebody of this level (0: none in this topic) may decide alone, and from which level on more is possible. A higher
    level may all that a lower one may."""
    decisions = []
    for matter in matters:
        stated = {at: words for at in range(1, HIGHEST_LEVEL + 1) if (words := matter.limits.get(at, ""))}
        limit = next((stated[at] for at in sorted(stated, reverse=True) if at <= level), "")
        further = next(((at, stated[at]) for at in sorted(stated) if at > level), None)
        if limit or further:
            decisions.append(MayDecide(matter.name, limit, further))
    return decisions
