"""The verbs around an import: receive a file, assign its columns, try it, start it, stop it, decide about single rows."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path

import msgspec

from crm.database import Row, decoded, execute, fetch, fetch_one, fetch_value, transaction
from crm.errors import Invalid, NotFound, RuleBroken
from crm.queue import enqueue
from crm.records.analysing import Analysis, analyse, demand_assignment, header_key, is_field
from crm.records.attribute_cells import attribute_fields, offered_attributes, with_attributes
from crm.records.claiming import STALE
from crm.records.file_store import digest_of, store_parts, stored_copy
from crm.records.headers import tool_name
from crm.records.reading import Choices, FileProblem
from crm.records.sentences import file_sentence
from crm.records.tables import Rule, RunStatus
from crm.records.targets import ATTRIBUTE, NUMBERED, TARGETS, ImportKind
from crm.web.i18n import _

KEPT = timedelta(days=30)
"""So long an import can be undone, its wrong rows fetched, and a file that was never imported is kept."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How a file is to be imported. `fields`: the field of each column. `source` is what persons are told about where their
    data come from; `informed_on`: they have been told already (GDPR Art. 14)."""

    fields: tuple[str, ...]
    rule: Rule = Rule.SKIP
    source: str = ""
    informed_on: date | None = None


async def receive_import(
    path: Path,
    name: str,
    kind: ImportKind,
    *,
    by: int | None,
    now: datetime,
    is_kept: bool = True,
    choices: Choices | None = None,
) -> int:
    """A new import of this file: its columns recognised, or assigned as the last time for these headers; its id. `is_kept`
    stores the file; the command reads it where it lies. Raises Invalid if nobody can read it."""
    try:
        found = await _analysed(path, kind, choices, by)
    except FileProblem as problem:
        raise Invalid({"file": file_sentence(problem.code, problem.parameters)}) from None
    digest = await asyncio.to_thread(digest_of, path)
    async with transaction():
        mapping = await _remembered(kind, found, by) or list(found.fields)
        run_id = int(await fetch_value(
            "INSERT INTO import_run (kind, status, file_name, file_sha256, file_size, file_kind, columns, mapping, choices, about, "
            "samples, tool, is_american, rule, source, total, position, counts, problem, requested_by, created_at) "
            "VALUES ($1, 'received', $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 'skip', $13, 0, 0, '{}', '{}', $14, $15) RETURNING id",
            kind.value, name[-300:], digest, await asyncio.to_thread(os.path.getsize, path), found.kind.value, _json(found.columns),
            _json(mapping),
            _json(_choices(choices)), _json(_about(found)),
            _json(found.samples), found.tool, found.is_american, _source(found, name), by, now,
        ))  # fmt: skip
        if is_kept:
            await store_parts(run_id, path)
        return run_id


async def _analysed(path: Path, kind: ImportKind, choices: Choices | None, by: int | None) -> Analysis:
    """What was found out about the file; columns named like an attribute of the catalogue are that attribute."""
    found = await asyncio.to_thread(analyse, path, kind, choices)
    if kind is not ImportKind.CUSTOMERS:
        return found
    return replace(found, fields=with_attributes(found.columns, found.fields, await offered_attributes(by)))


def _choices(choices: Choices | None) -> dict[str, str]:
    chosen = choices or Choices()
    return {
        "encoding": chosen.encoding, "delimiter": chosen.delimiter, "sheet": chosen.sheet, "numbers": chosen.numbers,
    }  # fmt: skip


def _about(found: Analysis) -> dict[str, object]:
    return {**found.about, "sheets": list(found.sheets), "twice": list(found.twice)}


def _source(found: Analysis, name: str) -> str:
    return ", ".join(filter(None, (tool_name(found.tool), name)))[:200]


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


async def _remembered(kind: ImportKind, found: Analysis, by: int | None) -> list[str] | None:
    """The assignment of the last time for these headers. An attribute that is retired since, or that this user may not see, is
    assigned to nothing."""
    kept = await fetch_value(
        "SELECT mapping FROM import_mapping WHERE kind = $1 AND header_key = $2", kind.value, header_key(found.columns)
    )
    fields: list[str] = decoded(kept) or []
    if not fields or len(fields) != len(found.columns) or not all(not f or is_field(f, kind) for f in fields):
        return None
    unknown = await _not_offered(fields, by)
    return ["" if code in unknown else code for code in fields]


async def read_again(run_id: int, choices: Choices, *, now: datetime) -> None:
    """The same file with another encoding, separator or sheet: its columns are recognised anew."""
    run = await _open_run(run_id)
    try:
        async with stored_copy(run_id) as path:
            found = await _analysed(path, ImportKind(run.kind), choices, run.requested_by)
    except FileProblem as problem:
        raise Invalid({"choices": file_sentence(problem.code, problem.parameters)}) from None
    mapping = await _remembered(ImportKind(run.kind), found, run.requested_by) or list(found.fields)
    await execute(
        "UPDATE import_run SET columns = $2, mapping = $3, choices = $4, about = $5, samples = $6, tool = $7, is_american = $8, "
        "status = 'received' WHERE id = $1",
        run_id, _json(found.columns), _json(mapping), _json(_choices(choices)), _json(_about(found)), _json(found.samples),
        found.tool, found.is_american,
    )  # fmt: skip


async def _open_run(run_id: int) -> Row:
    """An import that has not begun to write. Raises NotFound, RuleBroken."""
    run = await fetch_one(
        "SELECT r.*, EXISTS (SELECT FROM import_row w WHERE w.run = r.id AND NOT w.is_trial) AS has_begun FROM import_run r WHERE r.id = $1",  # noqa: E501
        run_id,
    )
    if run is None:
        raise NotFound()
    if run.has_begun or run.status not in (RunStatus.RECEIVED, RunStatus.CHECKED, RunStatus.FAILED, RunStatus.STOPPED):
        raise RuleBroken(_("This import has begun already; its columns stay as they are."))
    return run


async def assign_columns(run_id: int, settings: Settings, *, by: int | None, now: datetime) -> None:
    """Keep what a person has decided; it is offered again for the next file with these headers. Raises Invalid."""
    async with transaction():
        run = await _open_run(run_id)
        kind, columns = ImportKind(run.kind), decoded(run.columns)
        fields = tuple(code if is_field(code, kind) else "" for code in settings.fields)
        await _demand_offered(fields, by)
        if len(fields) != len(columns):
            raise Invalid({"mapping": _("There must be one field for each column.")})
        if settings.rule not in rules_for(kind):
            raise Invalid({"rule": _("What is there already is left out or changed here. Choose one of the two.")})
        try:
            demand_assignment(kind, columns, fields)
        except FileProblem as problem:
            told = dict(problem.parameters)
            if "field" in told:
                told["field"] = field_label(kind, str(told["field"]))
            raise Invalid({"mapping": file_sentence(problem.code, told)}) from None
        await execute(
            "UPDATE import_run SET mapping = $2, rule = $3, source = $4, informed_on = $5 WHERE id = $1",
            run_id, _json(fields), settings.rule.value, settings.source[:200], settings.informed_on,
        )  # fmt: skip
        await execute(
            "INSERT INTO import_mapping (kind, header_key, mapping, used_at, used_by) VALUES ($1, $2, $3, $4, $5) "
            "ON CONFLICT (kind, header_key) DO UPDATE SET mapping = $3, used_at = $4, used_by = $5",
            kind.value, header_key(columns), _json(fields), now, by,
        )  # fmt: skip


async def _demand_offered(fields: Sequence[str], by: int | None) -> None:
    """Raises Invalid for an attribute that there is not, or not for this user."""
    if unknown := await _not_offered(fields, by):
        code = min(unknown).removeprefix(ATTRIBUTE)[:40]
        raise Invalid({"mapping": _("There is no attribute “%(code)s”.") % {"code": code}})


async def _not_offered(fields: Sequence[str], by: int | None) -> set[str]:
    """Those of these fields that are attributes, and not for this user."""
    named = {code for code in fields if code.startswith(ATTRIBUTE)}
    return named - attribute_fields(await offered_attributes(by)).keys() if named else set()


def rules_for(kind: ImportKind) -> tuple[Rule, ...]:
    """What can happen with what is there already: the number of an order is there once, whatever one may wish."""
    return (Rule.SKIP, Rule.UPDATE) if kind in NUMBERED else tuple(Rule)


def field_label(kind: ImportKind, code: str) -> str:
    """What a field is called: "Rechnungsadresse: Straße"."""
    target = TARGETS[kind].get(code)
    if target is None:
        return code
    return ": ".join(_(part) for part in target.label.split("|"))


async def check_import(run_id: int, *, now: datetime, in_background: bool = True) -> None:
    """Begin the dry run, from the first row on."""
    async with transaction():
        run = await _open_run(run_id)
        demand_ready(run)
        await execute("DELETE FROM import_row WHERE run = $1", run_id)
        await _begin(run_id, RunStatus.CHECKING)
        if in_background:
            await enqueue("work_on_import", run_id)


async def start_import(run_id: int, *, now: datetime, in_background: bool = True) -> None:
    """Begin the import, or go on with one that was stopped or has failed. Raises RuleBroken if it is going on or done."""
    async with transaction():
        run = await fetch_one(
            "SELECT r.*, EXISTS (SELECT FROM import_row w WHERE w.run = r.id AND NOT w.is_trial) AS has_begun "
            "FROM import_run r WHERE r.id = $1 FOR UPDATE",
            run_id,
        )
        if run is None:
            raise NotFound()
        if run.status not in (RunStatus.RECEIVED, RunStatus.CHECKED, RunStatus.STOPPED, RunStatus.FAILED):
            raise RuleBroken(_("This import is going on, or done already."))
        demand_ready(run)
        if run.has_begun:
            await execute(
                "UPDATE import_run SET status = 'running', claimed_at = NULL, finished_at = NULL WHERE id = $1", run_id
            )
        else:
            await _begin(run_id, RunStatus.RUNNING)
        if in_background:
            await enqueue("work_on_import", run_id)


async def _begin(run_id: int, status: RunStatus) -> None:
    await execute(
        "UPDATE import_run SET status = $2, position = 0, counts = '{}', problem = '{}', claimed_at = NULL, started_at = NULL, "
        "finished_at = NULL WHERE id = $1",
        run_id, status.value,
    )  # fmt: skip


def demand_ready(run: Row) -> None:
    """Raises Invalid if the columns that every row needs are not assigned."""
    try:
        demand_assignment(ImportKind(run.kind), decoded(run.columns), decoded(run.mapping))
    except FileProblem as problem:
        told = dict(problem.parameters)
        if "field" in told:
            told["field"] = field_label(ImportKind(run.kind), str(told["field"]))
        raise Invalid({"mapping": file_sentence(problem.code, told)}) from None


async def stop_import(run_id: int, *, now: datetime) -> None:
    """Let the chunk that is being written be the last one. What is imported stays; the import can go on later."""
    await execute(
        "UPDATE import_run SET status = CASE status WHEN 'checking' THEN 'received' ELSE 'stopped' END, claimed_at = NULL, finished_at = $2 "  # noqa: E501
        "WHERE id = $1 AND status IN ('checking', 'running')",
        run_id, now,
    )  # fmt: skip


async def decide_rows(run_id: int, decisions: Mapping[int, str], *, now: datetime) -> None:
    """What is to happen with single rows of the dry run (line -> a rule's code, or nothing)."""
    wrong = set(decisions.values()) - {"", Rule.SKIP, Rule.UPDATE, Rule.CREATE}
    if wrong:
        raise Invalid({"decision": _("Please choose one of the options.")})
    async with transaction():
        await _open_run(run_id)
        await execute(
            "UPDATE import_row r SET decision = x.decision FROM unnest($2::int[], $3::text[]) AS x(line, decision) "
            "WHERE r.run = $1 AND r.is_trial AND r.line = x.line AND r.outcome = 'asked'",
            run_id, list(decisions), list(decisions.values()),
        )  # fmt: skip


async def discard_import(run_id: int) -> None:
    """Forget an import that has written nothing, with its file."""
    async with transaction():
        await _open_run(run_id)
        await execute("DELETE FROM import_run WHERE id = $1", run_id)


async def sweep_imports(now: datetime) -> None:
    """Nudge the queue about imports that nobody works on: asked for and not begun, or lost with their worker. Those of the
    command, whose file lies elsewhere, wait for the command."""
    waiting: Sequence[Row] = await fetch(
        "SELECT r.id, r.status FROM import_run r WHERE r.status IN ('checking', 'running', 'undoing') "
        "AND (r.claimed_at IS NULL OR r.claimed_at < $1) "
        "AND (r.status = 'undoing' OR EXISTS (SELECT FROM import_part p WHERE p.run = r.id)) ORDER BY r.id",
        now - STALE,
    )
    for run in waiting:
        await enqueue("undo_import" if run.status == RunStatus.UNDOING else "work_on_import", run.id)


async def forget_imports(now: datetime) -> None:
    """After 30 days: files that were never imported go; of those that were, the values of wrong and changed rows."""
    async with transaction():
        await execute(
            "DELETE FROM import_run r WHERE r.created_at < $1 AND r.status IN ('received', 'checked', 'failed') "
            "AND NOT EXISTS (SELECT FROM import_row w WHERE w.run = r.id AND NOT w.is_trial)",
            now - KEPT,
        )
        await execute(
            "UPDATE import_row w SET cells = '[]', detail = '{}', label = '' FROM import_run r WHERE r.id = w.run AND r.finished_at < $1 "
            "AND (w.cells <> '[]' OR w.detail <> '{}' OR w.label <> '')",
            now - KEPT,
        )
