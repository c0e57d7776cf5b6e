"""Making a copy of everything about a person: a run row is the truth, the queue only makes it prompt. Safe to run twice."""

from __future__ import annotations

import asyncio
import contextvars
import tempfile
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import structlog

from crm.accounts.audit import record
from crm.accounts.company import company
from crm.database import Row, execute, fetch, fetch_one, fetch_value, transaction
from crm.errors import NotFound, RuleBroken
from crm.files.actions import store_path
from crm.files.queries import chunks_of
from crm.notifications.actions import notify
from crm.notifications.kinds import Kind
from crm.privacy.access.archive import head, write_archive, write_portable
from crm.privacy.access.blackening import Blackening, blackening
from crm.privacy.access.gathering import Gathered, gather, tables_of_copy
from crm.privacy.access.information import Letter, information, purposes_named
from crm.privacy.access.paper import Chapter, Cover, parts, print_job
from crm.privacy.access.readme import readme
from crm.privacy.desk.filing import log as log_event
from crm.privacy.desk.tables import RequestStatus
from crm.privacy.subject import Subject, subject_named
from crm.queue import enqueue
from crm.reports.actions import print_pdf
from crm.reports.paper import our_letterhead
from crm.reports.printing import Job
from crm.text import fold
from crm.web.i18n import LANGUAGES, _, speaking

log = structlog.get_logger()

KEPT = timedelta(days=30)
"""So long the files stay; what was sent and when stays on record."""
STALE = timedelta(minutes=65)
"""A run that was claimed so long ago and is not ready has lost its worker (which gives up after an hour: tasks/worker.py)."""
TIME_FOR_A_PART = 900.0
"""Seconds; a part takes about ten on an idle machine."""
MOST_ATTEMPTS = 3
KIND = "access_copy"
MEDIA_TYPES = {"pdf": "application/pdf", "archive": "application/zip", "portable": "application/json"}


async def request_copy(request_id: int, language: str, *, by: int, now: datetime) -> int:
    """Ask for a copy for a request; the id of its run. While one is being made no second one is begun.

    Raises NotFound for a request that is not there, RuleBroken where nobody is known whom it is about, or it is refused."""
    if language not in LANGUAGES:
        raise RuleBroken(_("There are copies in German (de) and English (en)."))
    async with transaction():
        request = await fetch_one(
            "SELECT id, person, customer, status FROM data_request WHERE id = $1 FOR UPDATE", request_id
        )
        if request is None:
            raise NotFound()
        if request.status == RequestStatus.REFUSED:
            raise RuleBroken(_("This request was refused. Open it again before you make a copy."))
        await known_subject(request)
        under_way = await fetch_value(
            "SELECT id FROM access_copy WHERE request = $1 AND status IN ('requested', 'running') ORDER BY id DESC LIMIT 1",
            request_id,
        )
        if under_way is not None:
            return int(under_way)
        copy_id = await fetch_value(
            "INSERT INTO access_copy (request, language, status, done, total, entries, blacked, attempts, requested_by, requested_at, "
            "serial, sent_to, handed_how) VALUES ($1, $2, 'requested', 0, 0, 0, 0, 0, $3, $4, 0, '', '') RETURNING id",
            request_id, language, by, now,
        )  # fmt: skip
        await record(
            "access_copy.requested",
            KIND,
            copy_id,
            by=by,
            now=now,
            fields={"copy_request": request_id, "language": language},
        )
        await enqueue("produce_copy", int(copy_id))
    return int(copy_id)


async def known_subject(request: Row) -> Subject:
    """Whom a request is about. Raises RuleBroken with what to do if that is not known."""
    try:
        return await subject_named(request.person, request.customer)
    except NotFound:
        raise RuleBroken(
            _("It is not known whom this request is about. Say at the request which person it is.")
        ) from None


async def produce_copy(copy_id: int, *, now: datetime) -> bool:
    """Read, print, pack and store. False if another worker has it, or it is done. What goes wrong is logged, and told without details."""
    run = await _claim(copy_id, now)
    if run is None:
        return False
    try:
        with speaking(run.language), tempfile.TemporaryDirectory(prefix="nahbar-access-") as folder:
            return await _produce(run, Path(folder), now)
    except Exception as problem:
        log.error("copy_failed", run=copy_id, exc_info=problem)
        await execute(
            "UPDATE access_copy SET status = 'failed', finished_at = $2 WHERE id = $1 AND status = 'running' AND claimed_at = $2",
            run.id, run.claimed_at,
        )  # fmt: skip
        return False


async def _claim(copy_id: int, now: datetime) -> Row | None:
    return await fetch_one(
        "UPDATE access_copy c SET status = 'running', claimed_at = $2, done = 0, attempts = attempts + 1 FROM data_request r "
        "WHERE r.id = c.request AND c.id = $1 AND (c.status = 'requested' OR c.status = 'running' AND c.claimed_at < $3) "
        "RETURNING c.id, c.request, c.language, c.requested_by, c.claimed_at, r.person, r.customer",
        copy_id, now, now - STALE,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Made:
    """A file that was made: what it is, what it is called, where it lies."""

    kind: str
    name: str
    path: Path


async def _produce(run: Row, folder: Path, now: datetime) -> bool:
    subject = await subject_named(run.person, run.customer)
    tables = len(await tables_of_copy())
    black, reasons = await _black(run.request)
    done = 0

    async def told() -> None:
        nonlocal done
        done += 1
        if done % 5 == 0 or done >= tables:
            # by a connection of its own: the transaction that reads writes nothing, and nobody would see it before its end
            await asyncio.get_running_loop().create_task(
                _progress(run, done, tables + 3), context=contextvars.Context()
            )

    spool = folder / "rows"
    spool.mkdir()
    found = await gather(subject, spool, black, told)
    await _progress(run, tables, tables + 3)
    letters = await information(subject, found)
    about = await company()
    cover = Cover(
        subject.name,
        await our_letterhead(),
        about.imprint,
        now,
        found.entries,
        black.hits + found.blacked_files,
        reasons,
    )
    made = await _print(run, cover, letters, found, folder, subject)
    told_about = head(subject.name, about.name, now, run.language)
    contents = await _contents(found, folder)
    base = _base(subject, now)
    archive, portable = folder / "archive.zip", folder / "portable.json"
    text = readme(cover, found)
    await asyncio.to_thread(write_archive, archive, told_about, letters, found, text, contents)
    await asyncio.to_thread(_write_portable, portable, told_about, found)
    made += [
        _Made("archive", f"{base}.zip", archive),
        _Made("portable", f"{base}-{_('provided-by-you')}.json", portable),
    ]
    return await _finish(run, made, found, cover, now)


async def _progress(run: Row, done: int, total: int) -> None:
    await execute(
        "UPDATE access_copy SET done = $3, total = $4 WHERE id = $1 AND claimed_at = $2",
        run.id,
        run.claimed_at,
        done,
        total,
    )


async def _black(request_id: int) -> tuple[Blackening, tuple[str, ...]]:
    """What is to be black, and for which reasons."""
    rows = await fetch("SELECT kind, value, reason FROM blacked_out WHERE request = $1 ORDER BY id", request_id)
    return blackening(rows, "█████"), tuple(dict.fromkeys(row.reason for row in rows))


async def _print(
    run: Row, cover: Cover, letters: tuple[Letter, ...], found: Gathered, folder: Path, subject: Subject
) -> list[_Made]:
    """The PDF, in parts; each is printed by a program of its own, one after the other."""
    purposes = await purposes_named()
    count = max(1, sum(1 for _part in parts(found, purposes)))
    tables = len(found.counts)
    base, made = _base(subject, cover.made_at), []
    for number, part in enumerate(parts(found, purposes) if found.entries else [[]], 1):
        job = await asyncio.to_thread(contextvars.copy_context().run, _job, cover, letters, part, number, count)
        path = folder / f"part-{number}.pdf"
        path.write_bytes(await print_pdf(job, TIME_FOR_A_PART))
        name = f"{base}.pdf" if count == 1 else "-".join([base, _("part"), f"{number}.pdf"])
        made.append(_Made("pdf", name, path))
        await _progress(run, tables + number, tables + count + 1)
    return made


def _job(cover: Cover, letters: tuple[Letter, ...], part: list[Chapter], number: int, count: int) -> Job:
    return print_job(cover, letters, part, number=number, count=count)


async def _contents(found: Gathered, folder: Path) -> dict[str, Path]:
    """The stored files on the disk, by their place in the archive."""
    contents: dict[str, Path] = {}
    for place, file in enumerate(found.files):
        if not file.sha256:
            contents[file.path] = found.folder / file.name
            continue
        path = folder / f"file-{place}"
        with path.open("wb") as target:
            async for data in chunks_of(file.sha256):
                await asyncio.to_thread(target.write, data)
        contents[file.path] = path
    return contents


def _write_portable(path: Path, about: dict[str, Any], found: Gathered) -> None:
    with path.open("wb") as target:
        write_portable(target, about, found)


def _base(subject: Subject, now: datetime) -> str:
    """ "auskunft-quitterer-2026-11-27": what it is, about whom, as of when."""
    words = fold(subject.name).split()
    return "-".join([_("access"), *words[-1:], f"{now:%Y-%m-%d}"])


async def _finish(run: Row, made: list[_Made], found: Gathered, cover: Cover, now: datetime) -> bool:
    async with transaction():
        mine = await fetch_value(
            "UPDATE access_copy SET status = 'ready', entries = $3, blacked = $4, finished_at = $5, expires_at = $6, done = total "
            "WHERE id = $1 AND status = 'running' AND claimed_at = $2 RETURNING id",
            run.id, run.claimed_at, found.entries, cover.blacked, now, now + KEPT,
        )  # fmt: skip
        if mine is None:
            return False
        await execute("DELETE FROM access_file WHERE copy = $1", run.id)
        for position, one in enumerate(made):
            sha256 = await store_path(one.path, MEDIA_TYPES[one.kind], now=now)
            await execute(
                "INSERT INTO access_file (copy, kind, position, name, sha256, size, media_type, fetches) "
                "VALUES ($1, $2, $3, $4, $5, $6, $7, 0)",
                run.id, one.kind, position, one.name[:200], sha256, one.path.stat().st_size, MEDIA_TYPES[one.kind],
            )  # fmt: skip
        fields = {
            "copy_request": run.request,
            "copy_entries": found.entries,
            "copy_files": len(found.files),
            "copy_blacked": cover.blacked,
        }
        await record("access_copy.made", KIND, run.id, by=run.requested_by, now=now, fields=fields)
        await log_event(run.request, "copy_made", by=run.requested_by, now=now, detail={"entries": found.entries})
        await notify(
            run.requested_by, Kind.COPY_READY, detail={"number": run.request}, link=f"/privacy/requests/{run.request}/copy", now=now,
            dedupe_key=f"access copy {run.id}", mail=False,
        )  # fmt: skip
    return True


async def sweep_copies(*, now: datetime) -> None:
    """Nudge the queue about copies that were asked for and not begun, or lost with their worker; give up after three."""
    await execute(
        "UPDATE access_copy SET status = 'failed', finished_at = $1 WHERE status = 'running' AND claimed_at < $2 AND attempts >= $3",
        now, now - STALE, MOST_ATTEMPTS,
    )  # fmt: skip
    waiting = await fetch(
        "SELECT id FROM access_copy WHERE status = 'requested' AND requested_at < $1 OR status = 'running' AND claimed_at < $2 ORDER BY id",
        now - timedelta(seconds=30), now - STALE,
    )  # fmt: skip
    for row in waiting:
        await enqueue("produce_copy", row.id)


async def forget_old_copies(*, now: datetime) -> int:
    """Let go of the files of copies that are older than 30 days; how many. That there was a copy stays on record."""
    rows = await fetch(
        "UPDATE access_file f SET sha256 = '' FROM access_copy c "
        "WHERE c.id = f.copy AND c.expires_at <= $1 AND f.sha256 <> '' RETURNING f.id",
        now,
    )  # fmt: skip
    return len(rows)
