"""The reads of exports: the list, one of them through its gate, and what a preview says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from crm.accounts.current import CurrentUser
from crm.accounts.permissions import Permission
from crm.customers.queries import customer_for
from crm.database import HIGHEST_ID, Row, fetch, fetch_one
from crm.errors import NotFound
from crm.records.export_basis import allowed_of
from crm.records.export_purposes import ExportPurpose
from crm.records.export_reading import CustomerRecord, counted_records_of, records_of
from crm.records.export_selection import selected_ids
from crm.web.paging import cursor_of, keys_of

PAGE = 50
BATCH = 2000
PREVIEWED = 3000
"""A preview looks at so many customers at first, and then at all: nobody waits for 100,000."""

_RUN = """
    SELECT r.id, r.status, r.purpose, r.purpose_text, r.recipient_kind, r.recipient, r.query, r.described, r.format, r.columns,
        r.language, r.total, r.done, r.customers, r.persons, r.left_out::text AS left_out, r.file_name, r.file_hash, r.sha256,
        r.size, r.requested_by, u.name AS requested_by_name, r.requested_at, r.finished_at, r.expires_at, r.fetches, r.fetched_at,
        coalesce(cardinality(r.ids), -1) AS ticked
    FROM export_run r LEFT JOIN staff u ON u.id = r.requested_by
"""


@dataclass(frozen=True, slots=True)
class Exports:
    items: list[Row]
    next: str | None


@dataclass(frozen=True, slots=True)
class Preview:
    """What would go along of the customers that were looked at: customers, persons, and why how many persons are left out."""

    found: int
    looked_at: int
    customers: int
    persons: int
    left_out: Counter[str]


def sees_all(user: CurrentUser) -> bool:
    """Whoever answers for data protection sees every export; all others their own."""
    return user.may(Permission.AUDIT_VIEW)


async def exports_for(user: CurrentUser, *, cursor: str | None = None, customer_id: int | None = None) -> Exports:
    """The newest first; with a customer those in which the customer's data went along. Each user's own, and all for the
    officer and administrators."""
    before = keys_of(cursor, int)
    rows = await fetch(
        _RUN + "WHERE r.id < $1 AND ($2 OR r.requested_by = $3) AND ($4::bigint IS NULL OR EXISTS ("
        "SELECT FROM export_subjects s WHERE s.export = r.id AND s.customers @> ARRAY[$4::bigint])) ORDER BY r.id DESC LIMIT $5",
        before[0] if before else HIGHEST_ID, sees_all(user), user.id, customer_id, PAGE + 1,
    )  # fmt: skip
    return Exports(rows[:PAGE], cursor_of(rows[PAGE - 1].id) if len(rows) > PAGE else None)


async def export_for(user: CurrentUser, run_id: int) -> Row:
    """One export: one's own, or any for the officer and administrators. NotFound otherwise."""
    row = await fetch_one(_RUN + "WHERE r.id = $1", run_id) if 0 < run_id <= HIGHEST_ID else None
    if row is None or not (sees_all(user) or row.requested_by == user.id):
        raise NotFound()
    return row


async def preview_of(
    query: str, ids: Sequence[int] | None, purpose: ExportPurpose, *, by: int, now: datetime, whole: bool = False
) -> Preview:
    """What an export for this purpose would hold at this moment, counted among the first 3,000 customers, or among all."""
    found = await selected_ids(query, ids, by=by, now=now)
    customers = persons = 0
    left_out: Counter[str] = Counter()
    seen = found if whole else found[:PREVIEWED]
    for start in range(0, len(seen), BATCH):
        allowed = await allowed_of(await counted_records_of(seen[start : start + BATCH], purpose.channel), purpose, now)
        customers, persons = customers + len(allowed.customers), persons + allowed.persons
        left_out += allowed.left_out
    return Preview(len(found), len(seen), customers, persons, left_out)


async def card_record(user: CurrentUser, customer_id: int) -> CustomerRecord:
    """One customer for a vCard. A restricted one is exported for nobody, the officer included (GDPR Art. 18)."""
    await customer_for(user, customer_id)
    records = await records_of([customer_id])
    if not records:
        raise NotFound()
    return records[0]
