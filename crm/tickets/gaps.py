"""Where competence is thin: topics that nobody, or only one person, can answer at the level they need."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

EXPERT = 3


@dataclass(frozen=True, slots=True)
class Gap:
    """A weak spot. `kind`: nobody reaches the topic's level; only one person does; there is only one expert, or none."""

    topic: str
    kind: Literal["nobody", "one", "one_expert", "no_expert"]
    level: int
    name: str = ""


def gaps(topics: Sequence[tuple[int, str, int]], agents: Sequence[tuple[str, Mapping[int, int]]]) -> list[Gap]:
    """The worst gap of each topic, the worst first. Topics are (id, name, level needed), agents (name, levels by topic id)."""
    found = []
    for topic_id, topic, needed in topics:
        able = [name for name, levels in agents if levels.get(topic_id, 0) >= needed]
        experts = [name for name, levels in agents if levels.get(topic_id, 0) >= EXPERT]
        if not able:
            found.append(Gap(topic, "nobody", needed))
        elif len(able) == 1:
            found.append(Gap(topic, "one", needed, able[0]))
        elif not experts:
            found.append(Gap(topic, "no_expert", EXPERT))
        elif len(experts) == 1:
            found.append(Gap(topic, "one_expert", EXPERT, experts[0]))
    order = ("nobody", "one", "no_expert", "one_expert")
    return sorted(found, key=lambda gap: order.index(gap.kind))
