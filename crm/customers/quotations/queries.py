"""The reads of quotations: the list with its filters, one quotation, and what the customer's page shows of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crm.accounts.current import CurrentUser
from crm.customers.orders.queries import VISIBLE, named
from crm.customers.queries import sees_restricted
from crm.customers.quotations.data import SavedQuotation, record_of
from crm.database import HIGHEST_ID, Arguments, Row, fetch, fetch_one
from crm.errors import NotFound
from crm.service_levels.calendar import Calendar
from crm.service_levels.queries import calendar_from, calendar_of
from crm.web.paging import cursor_of, keys_of

LISTED = """
    q.id, q.number, q.subject, q.customer, c.name AS customer_name, c.number AS customer_number, c.service_level,
    c.external_id AS customer_external_id, q.amount, q.currency, q.document_on, q.status, q.requested_at, q.sent_at,
    q.decided_at, q.decline_reason, q.decision_note, q.turnaround_min, q.decision_min, q.version,
    ARRAY(SELECT p.code FROM quotation_product x JOIN product p ON p.id = x.product WHERE x.quotation = q.id
        ORDER BY x.position, x.id) AS products"""


SAVED = f"""
    SELECT q.id, q.customer, q.number, q.subject, q.amount, q.currency, q.document_on, q.status, q.requested_at, q.sent_at,
        q.decided_at, q.decline_reason, q.decision_note, q.version, q.turnaround_min,
        c.deleted_at IS NULL AND c.restricted_at IS NULL AS is_open,
        ARRAY(SELECT p.code FROM quotation_product x JOIN product p ON p.id = x.product WHERE x.quotation = q.id
            ORDER BY x.position, x.id) AS products,
        {calendar_of("c.service_level")} AS calendar
    FROM quotation q JOIN customer c ON c.id = q.customer
"""
"""A quotation to be changed: with what `record_of` reads, and the calendar of its customer."""


@dataclass(frozen=True, slots=True)
class QuotationsWanted:
    """What the list shall show; open ones are shown in the order in which they have waited."""

    q: str = ""
    customer_id: int | None = None
    statuses: Collection[str] = ()
    product: str = ""
    longest_waiting_first: bool = False


@dataclass(frozen=True, slots=True)
class FoundQuotations:
    rows: list[Row]
    next: str | None = None


async def quotations_matching(
    wanted: QuotationsWanted, *, limit: int, cursor: str | None = None, restricted: bool = False
) -> FoundQuotations:
    """Quotations, the latest request first (or the one that has waited longest). Those of restricted customers only if
    `restricted` and of one customer."""
    arguments = Arguments()
    where = ["c.deleted_at IS NULL" if restricted and wanted.customer_id is not None else VISIBLE]
    if wanted.customer_id is not None:
        where.append(f"q.customer = {arguments(wanted.customer_id)}")
    if wanted.statuses:
        where.append(f"q.status = ANY({arguments(list(wanted.statuses))})")
    if wanted.product:
        where.append(
            "q.id IN (SELECT x.quotation FROM quotation_product x JOIN product p ON p.id = x.product "
            f"WHERE lower(p.code) = lower({arguments(wanted.product)}))"
        )
    if wanted.q.strip():
        where.append(named(wanted.q, "q.number", "q.customer", arguments))
    down, compare = ("ASC", ">") if wanted.longest_waiting_first else ("DESC", "<")
    if seen := keys_of(cursor, datetime, int):
        where.append(f"(q.requested_at, q.id) {compare} ({arguments(seen[0])}, {arguments(seen[1])})")
    rows = await fetch(
        f"SELECT {LISTED} FROM quotation q JOIN customer c ON c.id = q.customer WHERE {' AND '.join(where)} "
        f"ORDER BY q.requested_at {down}, q.id {down} LIMIT {limit + 1}",
        *arguments,
    )
    last = rows[limit - 1] if len(rows) > limit else None
    return FoundQuotations(rows[:limit], cursor_of(last.requested_at, last.id) if last else None)


async def quotation_for(user: CurrentUser, quotation_id: int) -> Row:
    """One quotation; NotFound if it is missing, or its customer is not for this user (GDPR Art. 18)."""
    row = None
    if 0 < quotation_id <= HIGHEST_ID:
        row = await fetch_one(
            f"SELECT {LISTED}, q.created_at, u.name AS created_by_name, "
            "(SELECT coalesce(jsonb_agg(jsonb_build_object('code', p.code, 'name_de', p.name_de, 'name_en', p.name_en) "
            "ORDER BY x.position, x.id), '[]')::text FROM quotation_product x JOIN product p ON p.id = x.product "
            "WHERE x.quotation = q.id) AS products_named "
            "FROM quotation q JOIN customer c ON c.id = q.customer LEFT JOIN staff u ON u.id = q.created_by "
            "WHERE q.id = $1 AND c.deleted_at IS NULL AND (c.restricted_at IS NULL OR $2)",
            quotation_id, sees_restricted(user),
        )  # fmt: skip
    if row is None:
        raise NotFound()
    return row


async def quotations_numbered(numbers: Sequence[str]) -> dict[str, SavedQuotation]:
    """The quotations with these numbers, by number."""
    return {each.record.number or "": each for each in await _saved("q.number = ANY($1)", list(numbers))}


async def quotations_with(ids: Sequence[int]) -> dict[int, SavedQuotation]:
    """The quotations with these ids, by id; those that are gone are missing."""
    return {each.id: each for each in await _saved("q.id = ANY($1)", list(ids))}


async def _saved(condition: str, argument: list[Any]) -> list[SavedQuotation]:
    rows = await fetch(f"{SAVED} WHERE {condition}", argument)
    return [SavedQuotation(row.id, record_of(row), row.is_open, row.version) for row in rows]


async def calendars_of_levels(now: datetime) -> dict[int, Calendar]:
    """The calendar of each service level, by the level's id; one statement."""
    rows = await fetch(f"SELECT l.id, {calendar_of('l.id')} AS calendar FROM service_level l")
    return {row.id: calendar_from(row.calendar, now) for row in rows}
