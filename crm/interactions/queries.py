"""The reads of contact events: what the log form needs, and the company's contact history."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from crm.customers.data import full_name_sql
from crm.database import Row, fetch, fetch_one
from crm.errors import NotFound
from crm.tickets.tables import OPEN_SQL
from crm.web.i18n import language
from crm.web.paging import cursor_of, keys_of

PAGE = 40

_FORM = f"""
    SELECT c.id, c.name, c.number, c.kind,
        (SELECT coalesce(jsonb_agg(jsonb_build_array(p.id, {full_name_sql("p")}, a.function) ORDER BY a.position, a.id), '[]')
            FROM affiliation a JOIN person p ON p.id = a.person AND p.restricted_at IS NULL WHERE a.customer = c.id)::text AS persons,
        (SELECT coalesce(jsonb_agg(jsonb_build_array(k.id, k.subject) ORDER BY k.opened_at DESC), '[]')
            FROM ticket k WHERE k.customer = c.id AND k.status IN {OPEN_SQL})::text AS tickets
    FROM (SELECT 1) AS always LEFT JOIN customer c ON c.id = $1 AND c.deleted_at IS NULL AND c.restricted_at IS NULL
"""


@dataclass(frozen=True)
class LogForm:
    """What the form of a new contact offers and fills in. `customer_id` is None until one was chosen."""

    customer_id: int | None
    customer_name: str
    persons: list[tuple[int, str, str]]
    tickets: list[tuple[int, str]]


async def log_form(customer_id: int | None) -> LogForm:
    """The form's choices for a customer; one statement. NotFound for a customer who isn't there."""
    row = await fetch_one(_FORM, customer_id)
    if row is None or (customer_id is not None and row.id is None):
        raise NotFound()
    return LogForm(
        customer_id=row.id,
        customer_name=row.name or "",
        persons=msgspec.json.decode(row.persons or "[]", type=list[tuple[int, str, str]]),
        tickets=msgspec.json.decode(row.tickets or "[]", type=list[tuple[int, str]]),
    )


async def touchpoint_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """The active touchpoints by phase, in their order, as (phase, [(code, name)])."""
    rows = await fetch(
        f"SELECT p.name_{language.get()} AS phase, t.code, t.name_{language.get()} AS name "
        "FROM touchpoint t JOIN phase p ON p.id = t.phase WHERE t.state = 'active' ORDER BY p.position, t.position, t.id"
    )
    found: dict[str, list[tuple[str, str]]] = {}
    for row in rows:
        found.setdefault(row.phase, []).append((row.code, row.name))
    return list(found.items())


@dataclass(frozen=True)
class Contacts:
    """A page of contact events, newest first; `next` is the cursor of the following page."""

    rows: list[Row]
    next: str | None


async def contacts(
    *,
    channel: str = "",
    touchpoint: str = "",
    by: int | None = None,
    customer_id: int | None = None,
    before: str | None = None,
    limit: int = PAGE,
) -> Contacts:
    """The company's contact history, narrowed by channel, touchpoint, who logged it or customer; one statement.
    Contacts with restricted or deleted customers or persons are left out (GDPR Art. 18)."""
    arguments: list[Any] = [limit + 1]
    where = ["(i.customer IS NULL OR (c.restricted_at IS NULL AND c.deleted_at IS NULL))", "p.restricted_at IS NULL"]
    for column, value in (
        ("i.channel", channel),
        ("t.code", touchpoint),
        ("i.by_user", by),
        ("i.customer", customer_id),
    ):
        if value:
            arguments.append(value)
            where.append(f"{column} = ${len(arguments)}")
    keys = keys_of(before, datetime, int)
    if keys:
        arguments.extend(keys)
        where.append(f"(i.at, i.id) < (${len(arguments) - 1}, ${len(arguments)})")
    rows = await fetch(
        "SELECT i.id, i.at, i.channel, i.direction, i.text, i.impression, i.is_moment_of_truth, i.minutes, i.customer, "
        f"i.ticket, c.name AS customer_name, u.name AS by_name, t.code AS touchpoint, t.name_{language.get()} AS touchpoint_name, "
        f"i.person AS person_id, {full_name_sql('p')} AS person_name "
        "FROM interaction i LEFT JOIN customer c ON c.id = i.customer LEFT JOIN person p ON p.id = i.person "
        "LEFT JOIN staff u ON u.id = i.by_user LEFT JOIN touchpoint t ON t.id = i.touchpoint "
        f"WHERE {' AND '.join(where)} ORDER BY i.at DESC, i.id DESC LIMIT $1",
        *arguments,
    )
    shown = rows[:limit]
    last = shown[-1] if len(rows) > limit else None
    return Contacts(shown, cursor_of(last.at, last.id) if last else None)
