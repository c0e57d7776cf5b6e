"""The verbs that bring records in: customers from a CSV file, row by row."""

from __future__ import annotations

from asyncio import to_thread
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from crm.accounts.audit import record
from crm.customers import forms
from crm.customers.actions import create_customer
from crm.customers.queries import service_level_codes
from crm.customers.tables import CustomerKind
from crm.database import fetch_value, transaction
from crm.errors import Invalid
from crm.records.importing import CsvRow, read_csv
from crm.web.forms import Fields

Progress = Callable[[int, int], None]
"""Told after each row: how many rows are done, of how many."""


class Outcome(StrEnum):
    CREATED = "created"
    KNOWN = "known"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class RowResult:
    """What became of one row. `errors`: column -> reason; the column is empty for the row as a whole."""

    line: int
    outcome: Outcome
    customer_id: int | None = None
    errors: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ImportResult:
    rows: tuple[RowResult, ...]

    def count(self, outcome: Outcome) -> int:
        return sum(row.outcome is outcome for row in self.rows)

    @property
    def wrong(self) -> tuple[RowResult, ...]:
        return tuple(row for row in self.rows if row.outcome is Outcome.WRONG)


async def import_customers(
    path: Path, *, by: int | None, now: datetime, progress: Progress = lambda done, total: None
) -> ImportResult:
    """Create the customers of a CSV file, each row in a transaction of its own: good rows come in, wrong ones are named
    and leave nothing behind. A row whose external_id is known already creates nothing, so that a file can be sent again.

    Raises Invalid if the file as a whole cannot be understood; then nothing is created.
    """
    file = read_csv(await to_thread(path.read_bytes))
    levels = await service_level_codes()
    results = []
    for done, row in enumerate(file.rows, start=1):
        results.append(await _import_row(row, levels, by, now))
        progress(done, len(file.rows))
    result = ImportResult(tuple(results))
    counts: dict[str, str | int] = {outcome.value: result.count(outcome) for outcome in Outcome}
    await record("customers.imported", "import", None, by=by, now=now, fields={"file": path.name, **counts})
    return result


async def _import_row(row: CsvRow, levels: Collection[str], by: int | None, now: datetime) -> RowResult:
    if row.error:
        return RowResult(row.line, Outcome.WRONG, errors={"": row.error})
    values = {"kind": _kind(row), **row.values}
    try:
        data = forms.new_customer(Fields(values), levels)
        async with transaction():
            known = await fetch_value("SELECT id FROM customer WHERE external_id = $1", data.master.external_id)
            if known is not None:
                return RowResult(row.line, Outcome.KNOWN, int(known))
            created = await create_customer(data, by=by, now=now)
            return RowResult(row.line, Outcome.CREATED, created.customer_id)
    except Invalid as error:
        return RowResult(row.line, Outcome.WRONG, errors=error.errors)


def _kind(row: CsvRow) -> CustomerKind:
    """What a row without a kind means: with a name it is an organisation, with a person's name alone a person."""
    named = "name" in row.values
    return (
        CustomerKind.PERSON
        if not named and {"given_name", "family_name"} & set(row.values)
        else CustomerKind.ORGANISATION
    )
