"""What an erasure is about: each row of each table in the register, and what becomes of it. Reads only."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from crm.database import fetch
from crm.personal import Declared, Erase, quoted, register
from crm.privacy.erasure.duties import Duty, kept_until
from crm.privacy.erasure.tables import Treatment
from crm.privacy.subject import Subject

OWN = frozenset({"erasure", "erasure_row", "erasure_mention", "suppression_entry", "legal_hold"})
"""The tables of the erasure itself: it sees to them at its end."""


BESIDE = frozenset({
    "access_entry", "audit_payload", "customer_blocks", "data_request", "data_request_event", "duplicate_pair", "duplicate_todo",
    "notification", "outbox_attachment", "outbox_copy", "outbox_message", "recipient_notice", "submission",
})  # fmt: skip
"""What the house writes about its own work on a person (a notice to an officer, a step of the request, an entry of the trail) goes with
all else, but does not change what is approved: looking at an erasure must not make it another one. Whatever is written with the
person themselves stands in their enquiries and contacts as well."""


@dataclass(frozen=True, slots=True)
class Planned:
    """One row and what becomes of it; `ends_on` is the last day of the duty that keeps it."""

    table: str
    row_id: int
    treatment: Treatment
    duty: str = ""
    ends_on: date | None = None


def declared_rows() -> tuple[Declared, ...]:
    """The tables that know of people and from which something is to go."""
    return tuple(one for one in register() if one.about and one.erase != Erase.STAYS and one.table not in OWN)


def _statement(tables: Iterable[Declared]) -> str:
    """One read over all tables. $1 to $3 as in the register, $4 the company's time zone, by which a year ends."""
    parts = [
        f"SELECT '{one.table}' AS table_name, t.id AS row_id, "
        f"{f'coalesce(({one.keep_if or True}), false)' if one.keep else 'false'} AS is_kept, "
        f"{f'(({one.since})::timestamptz AT TIME ZONE $4)::date' if one.keep and one.since else 'NULL::date'} AS since "
        f"FROM {quoted(one.table)} t WHERE {one.erasable}"
        for one in tables
    ]
    given = "WITH subject AS (SELECT $1::bigint[], $2::bigint[], $3::text[], $4::text)"
    return f"{given} " + " UNION ALL ".join(parts) + " ORDER BY 1, 2"


async def planned_rows(subject: Subject, duties: Mapping[str, Duty], today: date, zone: str) -> list[Planned]:
    """Every row about this person, by table and id. A subject without ids has none: nobody is erased by mistake."""
    if not subject.persons and not subject.customers:
        return []
    tables = declared_rows()
    by_name = {one.table: one for one in tables}
    rows = await fetch(_statement(tables), *subject.parameters, zone)
    return [_treated(by_name[row.table_name], row.row_id, row.is_kept, row.since, duties, today) for row in rows]


def _treated(
    table: Declared, row_id: int, is_kept: bool, since: date | None, duties: Mapping[str, Duty], today: date
) -> Planned:
    if is_kept and table.keep is not None:
        ends_on = kept_until(table.keep, since, duties, today)
        if ends_on is not None:
            return Planned(table.table, row_id, Treatment.KEEP, table.keep, ends_on)
    return Planned(table.table, row_id, Treatment(table.erase.value))


def fingerprint(rows: Iterable[Planned], mentions: Iterable[tuple[str, str, int, str, str]]) -> str:
    """SHA-256 over what would become of which row, and over what was decided about each mention, or that
    nothing was: whoever approves, approves this."""
    lines = [
        f"{row.table} {row.row_id} {row.treatment} {row.duty} {row.ends_on or ''}"
        for row in rows
        if row.table not in BESIDE
    ]
    lines += [" ".join(map(str, one)) for one in mentions]
    return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()


@dataclass(slots=True)
class TableSum:
    """One line of the preview, the certificate and the API: how many rows of a table go, lose their words, or stay."""

    table: str
    deleted: int = 0
    blanked: int = 0
    kept: int = 0
    duty: str = ""
    ends_from: date | None = None
    ends_on: date | None = None


def sums(rows: Iterable[Planned]) -> list[TableSum]:
    """The rows by table, in the register's order."""
    found: dict[str, TableSum] = {}
    for row in rows:
        line = found.setdefault(row.table, TableSum(row.table))
        if row.treatment == Treatment.DELETE:
            line.deleted += 1
        elif row.treatment == Treatment.BLANK:
            line.blanked += 1
        else:
            line.kept += 1
            line.duty = row.duty
            assert row.ends_on is not None
            line.ends_from = min(line.ends_from or row.ends_on, row.ends_on)
            line.ends_on = max(line.ends_on or row.ends_on, row.ends_on)
    return list(found.values())
