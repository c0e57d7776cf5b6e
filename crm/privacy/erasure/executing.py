"""Erasing, by the worker. The erasure's row and its rows per table are the truth: whoever dies in the middle is followed by another
one who goes on, and the end is the same. Each table is a transaction of its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import Path

from crm.database import Row, execute, fetch, fetch_one, transaction
from crm.personal import declared
from crm.privacy.erasure.duty_actions import duties_in_force
from crm.privacy.erasure.emptying import Shape, children_first, delete_rows, empty_rows, files_of, shape
from crm.privacy.erasure.finishing import finish_erasure
from crm.privacy.erasure.journal import note_in_journal
from crm.privacy.erasure.mentions import pattern
from crm.privacy.erasure.needles import needles_for_the_way, needles_from
from crm.privacy.erasure.overview import overview_of
from crm.privacy.erasure.planning import Planned, planned_rows
from crm.privacy.erasure.preparing import ask_anew
from crm.privacy.erasure.redacting import blacken_own_work, blacken_rows, redact_mentions
from crm.privacy.erasure.tables import Treatment
from crm.privacy.subject import Needles, Subject
from crm.queue import enqueue
from crm.web.i18n import zone

STALE = timedelta(minutes=35)
"""A run that was claimed so long ago has lost its worker: none runs longer than 30 minutes (tasks/worker.py)."""
AT_ONCE = 2000
"""Rows of a table in one transaction."""


async def erase_person(erasure_id: int, *, journal: Path, now: datetime) -> bool:
    """Do an approved erasure, or go on with one whose worker died. False if another worker has it, it is done, or what would be
    erased is not what was approved: then it is asked anew. `journal` is the folder beside the backups."""
    run = await _claim(erasure_id, now)
    if run is None:
        return False
    await carry_out(run, journal=journal, now=now)
    return True


async def carry_out(run: Row, *, journal: Path, now: datetime) -> None:
    """Everything that is left to do of a run that is claimed."""
    needles = needles_from(run.needles_text)
    if run.journaled_at is None:
        await note_in_journal(run, needles, journal, now)
    known = await shape()
    await _erase_rows(run, pattern(needles), known, now)
    await redact_mentions(run.id, pattern(needles), now)
    await _look_again(run, needles, known, now)
    await finish_erasure(run, needles, now)


async def _claim(erasure_id: int, now: datetime) -> Row | None:
    again = await fetch_one(
        "UPDATE erasure SET claimed_at = $2 WHERE id = $1 AND status = 'running' AND claimed_at < $3 "
        "RETURNING *, needles::text AS needles_text",
        erasure_id, now, now - STALE,
    )  # fmt: skip
    if again is not None:
        return again
    erasure = await fetch_one("SELECT * FROM erasure WHERE id = $1 AND status = 'approved'", erasure_id)
    if erasure is None:
        return None
    overview = await overview_of(erasure, now)
    is_hindered = overview.holds or overview.open_tickets or overview.missing
    if overview.fingerprint != erasure.fingerprint or is_hindered:
        await ask_anew(erasure_id, now=now)
        return None
    return await begin_erasure(erasure_id, overview.subject, overview.rows, now=now)


async def begin_erasure(erasure_id: int, subject: Subject, rows: Iterable[Planned], *, now: datetime) -> Row | None:
    """Write down what is to be done, and take the private customers out of sight; None if somebody was quicker."""
    needles = await needles_for_the_way(erasure_id, subject)
    async with transaction():
        await execute("SELECT FROM customer WHERE id = ANY($1) ORDER BY id FOR UPDATE", list(subject.customers))
        await execute("SELECT FROM person WHERE id = ANY($1) ORDER BY id FOR UPDATE", list(subject.persons))
        run = await fetch_one(
            "UPDATE erasure SET status = 'running', claimed_at = $2, persons = $3, customers = $4, needles = $5 "
            "WHERE id = $1 AND status = 'approved' RETURNING *, needles::text AS needles_text",
            erasure_id, now, list(subject.persons), list(subject.customers), needles.as_json(),
        )  # fmt: skip
        if run is None:
            return None
        await _write_rows(erasure_id, rows)
        await execute(
            "UPDATE customer SET erased_at = $2, deleted_at = coalesce(deleted_at, $2), "
            "deletion_ended_at = coalesce(deletion_ended_at, $2), version = version + 1 WHERE id = ANY($1)",
            list(subject.customers), now,
        )  # fmt: skip
        await execute("UPDATE person SET version = version + 1 WHERE id = ANY($1)", list(subject.persons))
        return run


async def _write_rows(erasure_id: int, rows: Iterable[Planned]) -> None:
    rows = list(rows)
    await execute(
        "INSERT INTO erasure_row (erasure, table_name, row_id, treatment, duty, ends_on) "
        "SELECT $1, * FROM unnest($2::text[], $3::bigint[], $4::text[], $5::text[], $6::date[]) "
        "ON CONFLICT (erasure, table_name, row_id) DO NOTHING",
        erasure_id, [row.table for row in rows], [row.row_id for row in rows], [row.treatment.value for row in rows],
        [row.duty for row in rows], [row.ends_on for row in rows],
    )  # fmt: skip


async def _erase_rows(run: Row, expression: str, known: Shape, now: datetime) -> None:
    """Table by table, whatever points at others first."""
    waiting = await fetch(
        "SELECT DISTINCT table_name FROM erasure_row WHERE erasure = $1 AND treatment <> 'keep' AND done_at IS NULL",
        run.id,
    )
    for table in children_first([row.table_name for row in waiting], known):
        while await _erase_some(run.id, table, expression, known, now):
            pass


async def _erase_some(erasure_id: int, table: str, expression: str, known: Shape, now: datetime) -> bool:
    """The next rows of one table, in one transaction with their mark; whether there were any."""
    async with transaction():
        rows = await fetch(
            "UPDATE erasure_row SET done_at = $3 WHERE id IN (SELECT id FROM erasure_row WHERE erasure = $1 AND table_name = $2 "
            "AND treatment <> 'keep' AND done_at IS NULL ORDER BY id LIMIT $4 FOR UPDATE) RETURNING row_id, treatment",
            erasure_id, table, now, AT_ONCE,
        )  # fmt: skip
        await apply_treatment(erasure_id, table, {row.row_id: row.treatment for row in rows}, known, now, expression)
    return bool(rows)


async def apply_treatment(
    erasure_id: int, table: str, rows: Mapping[int, str], known: Shape, now: datetime, expression: str = ""
) -> None:
    """Delete or empty these rows of a table; the files that they named are remembered, in the caller's transaction. With `expression`,
    which finds what names the person, a company's correspondence is blackened instead of emptied."""
    about = declared(table)
    files = await files_of(about, list(rows))
    if files:
        await execute("UPDATE erasure SET files = files || $2::text[] WHERE id = $1", erasure_id, sorted(files))
    emptied = [row for row, treatment in rows.items() if treatment == Treatment.BLANK]
    deleted = [row for row, treatment in rows.items() if treatment == Treatment.DELETE]
    if emptied and expression and about.blacken_if:
        emptied = await blacken_rows(about, emptied, expression, known)
    if emptied:
        await empty_rows(about, emptied, known, now)
    if deleted:
        await delete_rows(about, deleted)


async def _look_again(run: Row, needles: Needles, known: Shape, now: datetime) -> None:
    """What was written about them while the worker was at it (by somebody whose page was still open) goes as well."""
    subject = Subject(tuple(run.persons), tuple(run.customers), needles)
    today = now.astimezone(zone.get()).date()
    await _write_rows(run.id, await planned_rows(subject, await duties_in_force(), today, zone.get().key))
    await _erase_rows(run, pattern(needles), known, now)
    await blacken_own_work(run.id, needles, now)


async def sweep_erasures(*, now: datetime) -> None:
    """Nudge the queue about erasures that were approved and not begun, or lost with their worker."""
    waiting = await fetch(
        "SELECT id FROM erasure WHERE status = 'approved' AND approved_at < $1 OR status = 'running' AND claimed_at < $2 ORDER BY id",
        now - timedelta(seconds=30), now - STALE,
    )  # fmt: skip
    for run in waiting:
        await enqueue("erase_person", run.id)
