"""Asking for an export, making it, handing it out, and throwing its file away: the run row is the truth and stays."""

from __future__ import annotations

import asyncio
import tempfile
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import structlog

from crm.accounts.audit import record
from crm.accounts.company import company, signing_secret
from crm.consents.queries import purposes
from crm.database import Row, execute, fetch, fetch_one, fetch_value, transaction
from crm.errors import NotFound, RuleBroken
from crm.files.actions import store_path
from crm.notifications.actions import notify
from crm.notifications.kinds import Kind
from crm.profiles.definitions import Definition
from crm.queue import enqueue
from crm.records.export_attributes import Readings, attribute_columns, attributes_of
from crm.records.export_basis import Allowed, allowed_of
from crm.records.export_columns import fitting
from crm.records.export_forms import ExportWish
from crm.records.export_purposes import ExportPurpose, purposes_of
from crm.records.export_reading import records_of
from crm.records.export_selection import selected_ids
from crm.records.export_writing import CsvWriter, WorkbookWriter, Writer
from crm.records.vcard import VcardWriter
from crm.text import fold, readable_query
from crm.web.i18n import _, language, speaking

log = structlog.get_logger()

KEPT = timedelta(days=7)
"""So long a file can be fetched."""
STALE = timedelta(minutes=35)
"""A run that was claimed so long ago has lost its worker: no export runs longer than 30 minutes (tasks/worker.py)."""
MOST_ATTEMPTS = 3
BATCH = 1000
AT_ONCE = 300
"""So few customers are exported while the person waits; more are the worker's."""

MEDIA_TYPES = {
    "csv": "text/csv", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "vcard4": "text/vcard",
    "vcard3": "text/vcard",
}  # fmt: skip
SUFFIXES = {"csv": ".csv", "xlsx": ".xlsx", "vcard4": ".vcf", "vcard3": ".vcf"}


async def request_export(wish: ExportWish, *, total: int, described: str, by: int, now: datetime) -> int:
    """Put an export on record and have it made; the id of its run. `total` is how many customers the selection finds now,
    `described` the selection in words."""
    async with transaction():
        options = {
            "headings": wish.headings, "rows": wish.rows, "separator": wish.separator, "encoding": wish.encoding,
        }  # fmt: skip
        run_id = await fetch_value(
            "INSERT INTO export_run (status, purpose, purpose_text, recipient_kind, recipient, query, ids, described, format, "
            "columns, options, language, total, done, customers, persons, left_out, file_name, file_hash, sha256, size, "
            "requested_by, requested_at, attempts, fetches) VALUES ('requested', $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, "
            "$12, 0, 0, 0, '{}', '', '', '', 0, $13, $14, 0, 0) RETURNING id",
            wish.purpose.code, wish.purpose_text, wish.recipient_kind.value, wish.recipient, readable_query(wish.query),
            list(wish.ids) if wish.ids is not None else None, described, wish.format, ",".join(wish.columns),
            msgspec.json.encode(options).decode(), language.get(), total, by, now,
        )  # fmt: skip
        fields = {
            "export_purpose": wish.purpose.code, "purpose_text": wish.purpose_text, "recipient_kind": wish.recipient_kind.value,
            "recipient": wish.recipient, "selection": described, "format": wish.format, "columns": ", ".join(wish.columns),
            "customers": total,
        }  # fmt: skip
        await record("export.requested", "export", run_id, by=by, now=now, fields=fields)
        if total > AT_ONCE:
            await enqueue("produce_export", run_id)
    return int(run_id)


async def produce_export(run_id: int, *, now: datetime, at_most: int = 2**31 - 1) -> bool:
    """Write the file batch by batch, store it, record whose data went along. False if another worker has it, or it is done.
    Memory holds two batches; the file grows on the disk. With `at_most` only an export of so few
    customers is made. What goes wrong is logged, and told without its details."""
    run = await _claim(run_id, now, at_most)
    if run is None:
        return False
    try:
        with speaking(run.language), tempfile.TemporaryDirectory(prefix="nahbar-export-") as folder:
            return await _produce(run, Path(folder) / "file", now)
    except Exception as problem:
        log.error("export_failed", run=run_id, exc_info=problem)
        await execute(
            "UPDATE export_run SET status = 'failed', finished_at = $2 WHERE id = $1 AND status = 'running' AND claimed_at = $2",
            run_id, run.claimed_at,
        )  # fmt: skip
        return False


async def _claim(run_id: int, now: datetime, at_most: int) -> Row | None:
    return await fetch_one(
        "UPDATE export_run SET status = 'running', claimed_at = $2, done = 0, attempts = attempts + 1 "
        "WHERE id = $1 AND total <= $4 AND (status = 'requested' OR status = 'running' AND claimed_at < $3) "
        "RETURNING *, options::text AS options_text",
        run_id, now, now - STALE, at_most,
    )  # fmt: skip


async def _produce(run: Row, path: Path, now: datetime) -> bool:
    purpose = await _purpose(run.purpose)
    attributes = await attributes_of(run.columns.split(","), purpose, run.requested_by)
    writer, readings = await _writer(run, purpose, attributes, path), Readings(attributes)
    read_too = [one.id for one in attributes] if isinstance(writer, (CsvWriter, WorkbookWriter)) else []
    ids = await selected_ids(run.query, run.ids, by=run.requested_by, now=run.requested_at)
    left_out: Counter[str] = Counter()
    subjects: list[tuple[list[int], list[int]]] = []

    async def read(start: int) -> Allowed:
        return await allowed_of(await records_of(ids[start : start + BATCH], read_too), purpose, now)

    following = await read(0)
    for start in range(0, len(ids), BATCH):
        allowed = following
        # one batch is written while the next is read
        _rows, following = await asyncio.gather(asyncio.to_thread(writer.add, allowed.customers), read(start + BATCH))
        left_out += allowed.left_out
        readings.note(allowed.customers)
        persons = [person.id for customer in allowed.customers for person in customer.persons]
        subjects.append(([customer.id for customer in allowed.customers], persons))
        await execute(
            "UPDATE export_run SET done = $2, total = $3 WHERE id = $1 AND claimed_at = $4",
            run.id, min(start + BATCH, len(ids)), len(ids), run.claimed_at,
        )  # fmt: skip
    await asyncio.to_thread(writer.close)
    return await _finish(run, path, subjects, left_out, readings, now)


async def _purpose(code: str) -> ExportPurpose:
    found = next((purpose for purpose in purposes_of(await purposes()) if purpose.code == code), None)
    if found is None:
        raise RuntimeError(f"the purpose {code} is gone")
    return found


async def _writer(run: Row, purpose: ExportPurpose, attributes: Sequence[Definition], path: Path) -> Writer:
    options = msgspec.json.decode(run.options_text)
    codes = run.columns.split(",")
    columns = fitting(codes, purpose.channel, attribute_columns(attributes))
    words, per_person = options["headings"] == "words", options["rows"] == "person"
    if run.format == "xlsx":
        return WorkbookWriter(path, columns, words=words, per_person=per_person)
    if run.format.startswith("vcard"):
        return VcardWriter(path, version="4.0" if run.format == "vcard4" else "3.0", house=await house())
    return CsvWriter(
        path, columns, words=words, per_person=per_person, separator=options["separator"], encoding=options["encoding"]
    )


async def house() -> str:
    """What tells this installation from others, for the UIDs of vCards; nothing can be read out of it."""
    return (await signing_secret()).hex()


async def _finish(
    run: Row, path: Path, subjects: list[tuple[list[int], list[int]]], left_out: Counter[str], readings: Readings,
    now: datetime,
) -> bool:  # fmt: skip
    customers, persons = sum(len(one) for one, _two in subjects), sum(len(two) for _one, two in subjects)
    name = await _file_name(run, now)
    async with transaction():
        sha256 = await store_path(path, MEDIA_TYPES[run.format], now=now)
        mine = await fetch_value(
            "UPDATE export_run SET status = 'ready', customers = $3, persons = $4, left_out = $5, file_name = $6, file_hash = $7, "
            "sha256 = $7, size = $8, finished_at = $9, expires_at = $10, done = total "
            "WHERE id = $1 AND status = 'running' AND claimed_at = $2 RETURNING id",
            run.id, run.claimed_at, customers, persons, msgspec.json.encode(dict(left_out)).decode(), name, sha256,
            (await asyncio.to_thread(path.stat)).st_size, now, now + KEPT,
        )  # fmt: skip
        if mine is None:
            return False
        await execute("DELETE FROM export_subjects WHERE export = $1", run.id)
        for customer_ids, person_ids in subjects:
            if customer_ids:
                await execute(
                    "INSERT INTO export_subjects (export, customers, persons) VALUES ($1, $2, $3)",
                    run.id, customer_ids, person_ids,
                )  # fmt: skip
        await readings.put_on_record(by=run.requested_by, now=now)
        fields = {"customers": customers, "persons": persons, "left_out": sum(left_out.values()), "sha256": sha256}
        await record("export.made", "export", run.id, by=run.requested_by, now=now, fields=fields)
        if run.total > AT_ONCE:
            await notify(
                run.requested_by, Kind.EXPORT_READY, detail={"customers": customers}, link=f"/exports/{run.id}", now=now,
                dedupe_key=f"export {run.id}", mail=False,
            )  # fmt: skip
    return True


async def _file_name(run: Row, now: datetime) -> str:
    """ "kunden-lindenlaub-2026-11-26-17.csv": what it is, whose, when, and its number in the list of exports."""
    words = fold((await company()).name).split()
    parts = [_("customers-file"), *words[:1], f"{now:%Y-%m-%d}", str(run.id)]
    return "-".join(parts) + SUFFIXES[run.format]


_HIDDEN_SINCE = """
    SELECT EXISTS (
        SELECT FROM export_subjects s, unnest(s.customers) AS x(id) LEFT JOIN customer c ON c.id = x.id
        WHERE s.export = $1 AND (c.id IS NULL OR c.restricted_at IS NOT NULL OR c.deleted_at IS NOT NULL)
    ) OR EXISTS (
        SELECT FROM export_subjects s, unnest(s.persons) AS x(id) LEFT JOIN person p ON p.id = x.id
        WHERE s.export = $1 AND (p.id IS NULL OR p.restricted_at IS NOT NULL))
"""


async def record_fetch(run_id: int, *, by: int, now: datetime) -> None:
    """Somebody takes the file. NotFound for all but who asked for it, and when it is not there (any more). RuleBroken if
    somebody in it has been restricted or deleted since (GDPR Art. 18): the file is from before."""
    async with transaction():
        fetched = await fetch_value(
            "UPDATE export_run SET fetches = fetches + 1, fetched_at = $3 WHERE id = $1 AND requested_by = $2 "
            "AND status = 'ready' AND file_hash <> '' AND expires_at > $3 RETURNING id",
            run_id, by, now,
        )  # fmt: skip
        if fetched is None:
            raise NotFound(_("This file is not there any more, or not for you. Ask for the export again."))
        if await fetch_value(_HIDDEN_SINCE, run_id):
            raise RuleBroken(_("Somebody in this file has been restricted or deleted since. Ask for the export again."))
        await record("export.fetched", "export", run_id, by=by, now=now)


async def sweep_exports(*, now: datetime) -> None:
    """Nudge the queue about exports that were asked for and not begun, or lost with their worker; give up after three."""
    await execute(
        "UPDATE export_run SET status = 'failed', finished_at = $1 WHERE status = 'running' AND claimed_at < $2 AND attempts >= $3",
        now, now - STALE, MOST_ATTEMPTS,
    )  # fmt: skip
    waiting = await fetch(
        "SELECT id FROM export_run WHERE status = 'requested' AND requested_at < $1 "
        "OR status = 'running' AND claimed_at < $2 ORDER BY id",
        now - timedelta(seconds=30), now - STALE,
    )  # fmt: skip
    for run in waiting:
        await enqueue("produce_export", run.id)


async def forget_old_exports(*, now: datetime) -> int:
    """Let go of files that are older than 7 days; how many. The run stays on record, with the hash of what the file was."""
    rows = await fetch(
        "UPDATE export_run SET file_hash = '' WHERE expires_at <= $1 AND file_hash <> '' RETURNING id", now
    )
    return len(rows)


async def record_vcard(customer_id: int, person_id: int | None, *, by: int, now: datetime) -> None:
    """A single vCard was taken: on record like every export."""
    fields = {"customer_id": customer_id, "format": "vcard"}
    kind, subject = ("person", person_id) if person_id is not None else ("customer", customer_id)
    await record("vcard.taken", kind, subject, by=by, now=now, fields=fields)
