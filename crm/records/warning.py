"""Who may be meant already, while a new customer is being typed: by the same rule as the search."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from crm.customers.queries import possible_duplicates
from crm.database import Row
from crm.records.blocking import block_keys
from crm.records.duplicates import sides_of
from crm.records.likeness import Likeness, Portrait, likeness
from crm.records.portraits import Facts, facts_of, portrait_of
from crm.records.searching import neighbours

MOST_LOOKED_AT, MOST_SHOWN = 80, 5
WORTH_A_LOOK = 0.04
"""While somebody types, a name alone is a reason to look; that it proves nothing, the search knows. Of people whose names don't fit
the score is 0."""


@dataclass(frozen=True, slots=True)
class Alike:
    """A customer who is there already, and why they may be meant."""

    customer: Row
    why: Likeness


async def alike_customers(typed: Portrait, *, name: str, email: str, phone: str) -> list[Alike]:
    """The customers most like what was typed, the likeliest first. Who was entered within the last minute has no keys yet, and is
    found by e-mail, telephone or name."""
    candidates = (await neighbours({0: block_keys(typed)}))[0]
    recent = {row.id for row in await possible_duplicates(name, email, phone)}
    rows = await facts_of([*sorted(recent), *sorted(candidates - recent)][:MOST_LOOKED_AT])
    scored = await asyncio.to_thread(_scored, typed, rows)
    best = [(customer, why) for customer, why in scored if why.score >= WORTH_A_LOOK][:MOST_SHOWN]
    sides = await sides_of([customer for customer, _why in best]) if best else {}
    return [Alike(sides[customer], why) for customer, why in best if customer in sides]


def _scored(typed: Portrait, rows: list[Facts]) -> list[tuple[int, Likeness]]:
    found = [(row.id, likeness(typed, portrait_of(row))) for row in rows]
    return sorted(found, key=lambda each: (-each[1].score, each[0]))
