"""Works through an import: chunk by chunk, each in one transaction with how far it has come, so that a crash leaves no half
row and whoever goes on does nothing twice."""

from __future__ import annotations

import asyncio
import gc
import time
from collections import Counter
from collections.abc import Callable
from contextlib import aclosing
from datetime import datetime
from pathlib import Path
from typing import Any

import asyncpg
import msgspec
import structlog

from crm.accounts.audit import record
from crm.accounts.company import signing_secret
from crm.customers.queries import service_level_codes
from crm.database import QUICK_COMMIT, Row, copy_rows, decoded, execute, fetch, fetch_value, transaction
from crm.records.attribute_cells import mapped_attributes
from crm.records.chunks import Chunks, Line
from crm.records.claiming import PENDING_KB, claim, held
from crm.records.consent_chunks import ConsentChunks
from crm.records.customer_chunks import CustomerChunks
from crm.records.file_store import stored_copy
from crm.records.interaction_chunks import InteractionChunks
from crm.records.number_writing import written_numbers
from crm.records.order_chunks import OrderChunks
from crm.records.order_rows import gathered
from crm.records.parser_process import CHUNK, parsed_chunks
from crm.records.parsing import RARELY, Plan
from crm.records.product_chunks import ProductChunks
from crm.records.quotation_chunks import QuotationChunks
from crm.records.reading import Choices, FileProblem, Table, open_table
from crm.records.tables import Outcome, RunStatus
from crm.records.targets import ImportKind
from crm.text import fold

log = structlog.get_logger()

MOST_ROWS = 1_000_000
LOOKED_AT = (1, 5, 20, 80)
"""After so many chunks the database learns how large the tables have become that were smaller than the import; else it plans as if
they were empty."""
GROWING = {
    ImportKind.CUSTOMERS: (
        "customer", "person", "affiliation", "email_address", "phone_number", "postal_address", "customer_figures", "attribute_value",
    ),
    ImportKind.INTERACTIONS: ("interaction", "timeline_entry", "customer_figures"),
    ImportKind.CONSENTS: ("consent_event", "consent_payload", "timeline_entry"),
    ImportKind.PRODUCTS: ("product",),
    ImportKind.QUOTATIONS: ("quotation", "quotation_product", "timeline_entry", "customer_figures"),
    ImportKind.ORDERS: ("customer_order", "order_item", "timeline_entry", "customer_figures"),
}  # fmt: skip
"""The tables that an import fills, beside its own rows."""
TRIES = 3
AGAIN = (
    asyncpg.UniqueViolationError, asyncpg.DeadlockDetectedError, asyncpg.SerializationError, asyncpg.RestrictViolationError,
)  # fmt: skip
"""A chunk is written again if somebody else created the same external number meanwhile, or withdrew a consent."""

_USUALLY = gc.get_threshold()

Progress = Callable[[int, int], None]
"""Told after each chunk: how many rows are done, of how many."""


class Stopped(Exception):
    """Somebody stopped the import, or another worker has it: this one lets go and leaves nothing half done."""


async def work_on_import(
    run_id: int,
    *,
    now: datetime,
    path: Path | None = None,
    progress: Progress | None = None,
    seconds: float | None = None,
) -> bool:
    """Go on with this import or its dry run, from where it stands; True if there is still something to do (after `seconds`
    another one goes on). `path` is the file where it lies; otherwise the stored copy is read.

    What the file is guilty of is stored with the run, in a code; what nobody foresaw too, and it is raised.
    """
    run = await claim(run_id, now)
    if run is None:
        return False
    gc.set_threshold(RARELY)
    try:
        async with held(run):
            if path is not None:
                return await _work(run, path, now, progress, seconds)
            async with stored_copy(run_id) as copy:
                return await _work(run, copy, now, progress, seconds)
    except FileProblem as problem:
        await _fail(run, problem.code, problem.parameters, now)
    except Stopped:
        log.info("import_stopped", run=run_id)
    except Exception as crash:
        log.error("import_failed", run=run_id, exc_info=crash)
        await _fail(run, "crashed", {}, now)
        raise
    finally:
        gc.set_threshold(*_USUALLY)
    return False


async def _fail(run: Row, code: str, parameters: dict[str, str | int], now: datetime) -> None:
    await execute(
        "UPDATE import_run SET status = 'failed', claimed_at = NULL, finished_at = $3, problem = $2 WHERE id = $1 AND status = $4",
        run.id, msgspec.json.encode({"code": code, **parameters}).decode(), now, run.status,
    )  # fmt: skip


async def _work(run: Row, path: Path, now: datetime, progress: Progress | None, seconds: float | None) -> bool:
    began = time.monotonic()
    table = await asyncio.to_thread(open_table, path, Choices(**decoded(run.choices)))
    if list(table.columns) != decoded(run.columns):
        raise FileProblem("file_changed")
    plan = await plan_for(run)
    total = run.total
    if plan.kind is ImportKind.ORDERS:
        table, total = await asyncio.to_thread(gathered, table, plan.fields, MOST_ROWS)
    elif not total:
        total = await asyncio.to_thread(_counted, table)
    if not total:
        raise FileProblem("no_rows")
    if not run.total:
        await execute("UPDATE import_run SET total = $2 WHERE id = $1", run.id, total)
    chunks = await _chunks(run, now)
    position, counts = run.position, Counter(decoded(run.counts))
    async with aclosing(parsed_chunks(table, plan, skip=position, total=total)) as parsed_rows:
        async for parsed in parsed_rows:
            lines = await _write(run, chunks, parsed, position, counts)
            position += len(parsed)
            counts.update(line.outcome.value for line in lines)
            if run.status == RunStatus.RUNNING and any(
                position - len(parsed) < n * CHUNK <= position for n in LOOKED_AT
            ):
                await _take_stock(plan.kind, position)
            if progress is not None:
                progress(position, total)
            if seconds is not None and time.monotonic() - began > seconds and position < total:
                await execute("UPDATE import_run SET claimed_at = NULL WHERE id = $1", run.id)
                return True
    await _finish(run, chunks, now)
    return False


async def _take_stock(kind: ImportKind, rows: int) -> None:
    """Among many customers a few more change no plan, and to look at them all takes seconds."""
    outgrown = await fetch(
        "SELECT oid::regclass::text AS name FROM pg_class WHERE oid = ANY($1::regclass[]) AND reltuples < $2",
        [*GROWING[kind], "import_row"], rows,
    )  # fmt: skip
    for table in outgrown:
        await execute(f"ANALYZE {table.name}")


def _counted(table: Table) -> int:
    """How many rows there are: the whole file is read before anything is written, so that a file that breaks off in the
    middle has left nothing behind."""
    n = 0
    for n, _row in enumerate(table.rows(), 1):
        if n > MOST_ROWS:
            raise FileProblem("too_many_rows", limit=MOST_ROWS)
    return n


async def plan_for(run: Row) -> Plan:
    """How the rows of this import are read."""
    staff = await fetch("SELECT id, name, email FROM staff WHERE deactivated_at IS NULL ORDER BY id DESC")
    people = {fold(row.name): row.id for row in staff} | {row.email.lower(): row.id for row in staff}
    attributes = await mapped_attributes(decoded(run.mapping))
    secret = await signing_secret() if any(one.is_special for one in attributes.values()) else b""
    return Plan(
        ImportKind(run.kind), tuple(decoded(run.columns)), tuple(decoded(run.mapping)), run.is_american,
        frozenset(await service_level_codes()), people, written_numbers(run), attributes, secret,
    )  # fmt: skip


async def _chunks(run: Row, now: datetime) -> Chunks:
    match ImportKind(run.kind):
        case ImportKind.CUSTOMERS:
            return await CustomerChunks.begin(run, await _decisions(run.id), now)
        case ImportKind.INTERACTIONS:
            return InteractionChunks(run, now)
        case ImportKind.CONSENTS:
            return ConsentChunks(run, now)
        case ImportKind.PRODUCTS:
            return ProductChunks(run, now)
        case ImportKind.QUOTATIONS:
            return QuotationChunks(run, now)
        case ImportKind.ORDERS:
            return OrderChunks(run, now)


async def _decisions(run_id: int) -> dict[int, str]:
    """What somebody has decided about single rows of the dry run."""
    rows = await fetch("SELECT line, decision FROM import_row WHERE run = $1 AND is_trial AND decision <> ''", run_id)
    return {row.line: row.decision for row in rows}


async def _write(run: Row, chunks: Chunks, parsed: list[Any], position: int, counts: Counter[str]) -> list[Line]:
    """One chunk and how far we have come, in one transaction. It does not wait for the disk: what the power takes away is the
    chunk together with how far we had come, and the last transaction of the import does wait."""
    for attempt in range(1, TRIES + 1):
        try:
            async with transaction():
                await execute(f"SELECT {QUICK_COMMIT}, set_config('gin_pending_list_limit', '{PENDING_KB}', true)")
                lines = await chunks.write(parsed)
                after = counts + Counter(line.outcome.value for line in lines)
                mine = await fetch_value(
                    "UPDATE import_run SET position = $3, counts = $4, claimed_at = clock_timestamp() "
                    "WHERE id = $1 AND position = $2 AND status = $5 RETURNING id",
                    run.id, position, position + len(parsed), msgspec.json.encode(dict(after)).decode(), run.status,
                )  # fmt: skip
                if mine is None:
                    raise Stopped
                await _keep(run, lines)
            chunks.written()
            return lines
        except AGAIN:
            if attempt == TRIES:
                raise
    raise AssertionError


_ROW = (
    "run", "line", "is_trial", "outcome", "label", "reason", "customer", "person", "record", "fingerprint", "parent", "decision",
    "detail", "cells",
)  # fmt: skip


async def _keep(run: Row, lines: list[Line]) -> None:
    is_trial = run.status == RunStatus.CHECKING
    await copy_rows(
        "import_row", _ROW,
        [
            (
                run.id, line.number, is_trial, line.outcome.value, line.label, line.reason, line.customer_id, line.person_id,
                line.record_id, line.fingerprint or None, line.parent, "", msgspec.json.encode(line.detail, enc_hook=str).decode(),
                msgspec.json.encode(line.cells).decode(),
            )
            for line in lines
        ],
    )  # fmt: skip


async def _finish(run: Row, chunks: Chunks, now: datetime) -> None:
    """The dry run is ready to be looked at; or the import is done: its file goes, its assignment of columns is kept."""
    if run.status == RunStatus.CHECKING:
        await execute(
            "UPDATE import_run SET status = 'checked', claimed_at = NULL, finished_at = $2 WHERE id = $1", run.id, now
        )
        return
    async with transaction():
        await chunks.finish()
        counts = decoded(await fetch_value("SELECT counts FROM import_run WHERE id = $1", run.id))
        mine = await fetch_value(
            "UPDATE import_run SET status = 'done', claimed_at = NULL, finished_at = $2 WHERE id = $1 AND status = 'running' RETURNING id",
            run.id, now,
        )  # fmt: skip
        if mine is None:
            raise Stopped
        await execute("DELETE FROM import_row WHERE run = $1 AND is_trial", run.id)
        await execute("DELETE FROM import_part WHERE run = $1", run.id)
        told = {outcome.value: counts.get(outcome.value, 0) for outcome in Outcome if counts.get(outcome.value)}
        fields = {"file": run.file_name, **told}
        await record(f"{run.kind}.imported", "import", run.id, by=run.requested_by, now=now, fields=fields)
