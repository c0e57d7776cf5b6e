"""What holds in the catalogue, whoever writes it: order, descent, and who tends what. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from crm.touchpoints.tables import TouchpointState


def is_untended(state: str, responsible: int | None, deactivated_at: datetime | None) -> bool:
    """Whether a touchpoint in use has nobody who looks after it: no responsible person, or one who has left or is locked."""
    return state == TouchpointState.ACTIVE and (responsible is None or deactivated_at is not None)


def would_descend(touchpoint_id: int, parent_id: int | None, parents: Mapping[int, int | None]) -> bool:
    """Whether a touchpoint would become part of itself, directly or over others, if it got this parent. `parents` is what each
    is part of now; it may be of any shape, a ring that was there before included."""
    seen: set[int] = set()
    above = parent_id
    while above is not None and above not in seen:
        if above == touchpoint_id:
            return True
        seen.add(above)
        above = parents.get(above)
    return False


def descendants(touchpoint_id: int, parents: Mapping[int, int | None]) -> set[int]:
    """All that are part of it, directly or over others."""
    return {one for one in parents if one != touchpoint_id and would_descend(touchpoint_id, one, parents)}


def placed_after(order: Sequence[int], moved: int, after: int | None) -> list[int]:
    """The order with `moved` right after another; None: first. Whoever names one that is not there gets the end."""
    rest = [one for one in order if one != moved]
    if after is None:
        return [moved, *rest]
    place = rest.index(after) + 1 if after in rest else len(rest)
    return [*rest[:place], moved, *rest[place:]]


def stepped(order: Sequence[str], moved: str, step: int) -> list[str]:
    """The order with one of it moved by so many places, at most to an end."""
    place = order.index(moved)
    rest = [*order[:place], *order[place + 1 :]]
    to = max(0, min(len(rest), place + step))
    return [*rest[:to], moved, *rest[to:]]
