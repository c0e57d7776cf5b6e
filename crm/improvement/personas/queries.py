"""The reads of personas, and of the customers who are their segment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from crm.customers.lists.finding import customer_ids
from crm.customers.lists.listing import ListView
from crm.database import HIGHEST_ID, Row, fetch, fetch_one
from crm.errors import NotFound

_ROW = """
    SELECT p.*, v.name AS view_name, v.query AS view_query, s.team AS view_team, c.name AS created_by_name
    FROM persona p LEFT JOIN saved_view v ON v.id = p."view" LEFT JOIN staff s ON s.id = p.view_by
    JOIN staff c ON c.id = p.created_by
"""


@dataclass(frozen=True, slots=True)
class _Viewer:
    id: int
    team_id: int | None


async def personas() -> list[Row]:
    """All of them, by name."""
    return await fetch(f"{_ROW} ORDER BY lower(p.name), p.id LIMIT 200")


async def persona_for(persona_id: int) -> Row:
    """One of them; all staff see it. Raises NotFound."""
    row = None
    if 0 < persona_id <= HIGHEST_ID:
        row = await fetch_one(f"{_ROW} WHERE p.id = $1", persona_id)
    if row is None:
        raise NotFound()
    return row


async def segment_of(persona: Row, now: datetime) -> list[int] | None:
    """The customers whom its view finds now, as whoever chose it sees it; None without a segment. Restricted and deleted customers are
    never among them."""
    if persona["view"] is None or persona.view_by is None:
        return None
    wanted = ListView.saved(persona.view_query).wanted(_Viewer(persona.view_by, persona.view_team), now)
    return await customer_ids(wanted)
