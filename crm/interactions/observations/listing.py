"""The reads of observations."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from crm.database import Arguments, Row, fetch, fetch_one
from crm.web.i18n import language
from crm.web.paging import cursor_of, keys_of

PAGE = 40
MOST_SOURCES = 200
STATES = {
    "open": "i.customer IS NULL",
    "linked": "i.customer IS NOT NULL",
    "enquiry": "i.ticket IS NOT NULL",
}
"""Open: nobody knows (yet) whose it is. Linked: it stands in a customer's history. Enquiry: one was made of it."""

_COLUMNS = """
    i.id, i.at, i.channel, i.direction, i.text, i.customer, c.name AS customer_name, i.ticket, i.by_user, u.name AS by_name,
    i.person AS person_id, i.version, o.source, o.link, o.rating, o.linked_at, l.name AS linked_by_name, t.code AS touchpoint,
    t.name_{lang} AS touchpoint_name
"""
_FROM = """
    FROM observation o JOIN interaction i ON i.id = o.interaction
    LEFT JOIN customer c ON c.id = i.customer LEFT JOIN person p ON p.id = i.person
    LEFT JOIN staff u ON u.id = i.by_user LEFT JOIN staff l ON l.id = o.linked_by LEFT JOIN touchpoint t ON t.id = i.touchpoint
    WHERE (i.customer IS NULL OR (c.restricted_at IS NULL AND c.deleted_at IS NULL)) AND p.restricted_at IS NULL
"""


@dataclass(frozen=True, slots=True)
class Seen:
    """Which observations are looked at."""

    source: str = ""
    channel: str = ""
    touchpoint: str = ""
    state: str = ""


@dataclass(frozen=True, slots=True)
class Observations:
    """A page of observations, newest first; `next` is the cursor of the following page."""

    rows: list[Row]
    next: str | None


async def observations(seen: Seen, *, before: str | None = None, limit: int = PAGE) -> Observations:
    """Observations that fit; one statement. Those of restricted or deleted customers are left out (GDPR Art. 18)."""
    place = Arguments([limit + 1])
    where = ""
    for column, value in (("o.source", seen.source), ("i.channel", seen.channel), ("t.code", seen.touchpoint)):
        if value:
            where += f" AND {column} = {place(value)}"
    if seen.state:
        where += f" AND {STATES[seen.state]}"
    keys = keys_of(before, datetime, int)
    if keys:
        where += f" AND (i.at, i.id) < ({place(keys[0])}, {place(keys[1])})"
    rows = await fetch(
        f"SELECT {_COLUMNS.format(lang=language.get())} {_FROM} {where} ORDER BY i.at DESC, i.id DESC LIMIT $1", *place
    )
    shown = rows[:limit]
    last = shown[-1] if len(rows) > limit else None
    return Observations(shown, cursor_of(last.at, last.id) if last else None)


async def sources() -> list[str]:
    """The sources that were named, the most frequent first: to choose from, and to write them the same way again.
    Those of restricted or deleted customers are left out: a source can be a name (GDPR Art. 18)."""
    rows = await fetch(
        f"SELECT o.source {_FROM} AND o.source <> '' GROUP BY o.source ORDER BY count(*) DESC, o.source LIMIT $1",
        MOST_SOURCES,
    )
    return [row.source for row in rows]


async def observation_of(interaction_id: int) -> Row | None:
    """What an observation knows beside its contact event, None for a contact that is none. Whether one may see it is for
    `contact_for` to say."""
    return await fetch_one(
        "SELECT o.source, o.link, o.rating, o.linked_at, s.name AS linked_by_name FROM observation o "
        "LEFT JOIN staff s ON s.id = o.linked_by WHERE o.interaction = $1",
        interaction_id,
    )
