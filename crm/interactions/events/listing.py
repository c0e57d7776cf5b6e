"""The reads of events: the list, and one with the numbers of its contacts and customers."""

from __future__ import annotations

from datetime import date

from crm.database import HIGHEST_ID, Row, fetch, fetch_one
from crm.errors import NotFound
from crm.web.i18n import language
from crm.web.paging import cursor_of, keys_of

PAGE = 40

# Restricted and deleted customers are not counted: they would be missing in the list below (GDPR Art. 18).
_EVENT = """
    SELECT g.id, g.name, g.held_on, g.ends_on, g.channel, g.version, g.created_at, u.name AS by_name,
        coalesce(t.code, '') AS touchpoint, t.name_{lang} AS touchpoint_name, n.contacts, n.customers
    FROM gathering g LEFT JOIN touchpoint t ON t.id = g.touchpoint LEFT JOIN staff u ON u.id = g.created_by
    CROSS JOIN LATERAL (SELECT count(*) AS contacts, count(DISTINCT i.customer) AS customers FROM interaction i
        JOIN customer c ON c.id = i.customer AND c.deleted_at IS NULL AND c.restricted_at IS NULL
        LEFT JOIN person p ON p.id = i.person WHERE i.gathering = g.id AND p.restricted_at IS NULL) n
    WHERE {where} ORDER BY g.held_on DESC, g.id DESC LIMIT $1
"""


def _sql(where: str) -> str:
    return _EVENT.format(lang="de" if language.get() == "de" else "en", where=where)


async def event_for(event_id: int) -> Row:
    """One event, which all staff may see. Raises NotFound."""
    row = await fetch_one(_sql("g.id = $2"), 1, event_id) if 0 < event_id <= HIGHEST_ID else None
    if row is None:
        raise NotFound()
    return row


async def events(before: str | None = None, limit: int = PAGE) -> tuple[list[Row], str | None]:
    """The events, the latest first, and the cursor of the next page; one statement."""
    keys = keys_of(before, date, int)
    rows = await fetch(_sql("(g.held_on, g.id) < ($2, $3)" if keys else "true"), limit + 1, *(keys or ()))
    last = rows[limit - 1] if len(rows) > limit else None
    return rows[:limit], cursor_of(last.held_on, last.id) if last else None
