"""Which department or product a page is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crm.errors import NotFound
from crm.reports.places.queries import place_named
from crm.reports.places.shape import Place, Sort

LONGEST = 200


async def place_of(values: Mapping[str, Any]) -> Place:
    """By `department` (its name) or `product` (its code); one of the two. Raises NotFound for none, both, or one that isn't there."""
    named = {sort: str(values.get(sort.value) or "").strip() for sort in Sort}
    asked = [(sort, name) for sort, name in named.items() if name]
    if len(asked) != 1 or len(asked[0][1]) > LONGEST or "\x00" in asked[0][1]:
        raise NotFound()
    return await place_named(*asked[0])


def href(place: Place) -> dict[str, str]:
    """What names it in an address."""
    return {place.sort.value: place.code}
