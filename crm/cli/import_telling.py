"""What `crm import` says: what it has recognised, and what became of the rows."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from crm.cli.errors import Refusal
from crm.cli.surroundings import say

if TYPE_CHECKING:
    from crm.database import Row

SHOWN_AT_ONCE = 200


def tell_columns(run: Row, columns: list[str], fields: list[str]) -> None:
    """What was recognised, and which columns are left out."""
    from crm.database import decoded
    from crm.records.headers import tool_name

    about = decoded(run.about)
    if run.tool:
        say(f"Recognised: {tool_name(run.tool)}.")
    if about.get("sheet"):
        say(f"Sheet: {about['sheet']}.")
    if sys.stderr.isatty():
        for column, code in zip(columns, fields, strict=True):
            if code and code != column:
                say(f"  {column} -> {code}")
    unknown = [column or "–" for column, code in zip(columns, fields, strict=True) if not code]
    if unknown and run.file_kind != "vcard":
        say(f"Columns that are left out: {', '.join(unknown)}.")
    if about.get("twice"):
        say(f"These headers are there more than once: {', '.join(about['twice'])}.")


async def tell_result(run_id: int, errors: Path | None, *, is_trial: bool) -> None:
    """What became of the rows, on the terminal; the wrong ones go into the file `errors`, if one is named. Raises Refusal with
    what stopped the import."""
    from crm.database import decoded, fetch_one

    run = await fetch_one("SELECT * FROM import_run WHERE id = $1", run_id)
    assert run is not None
    problem = decoded(run.problem)
    counts: dict[str, int] = decoded(run.counts)
    wrong = counts.get("wrong", 0) + counts.get("asked", 0)
    if wrong:
        await _tell_wrong(run_id, wrong)
    await _tell_left_out(run_id, is_trial=is_trial)
    if errors is not None and wrong:
        await _write_errors(run_id, decoded(run.columns), errors)
    click.echo(_summary(counts, run.kind, is_trial=is_trial))
    if problem:
        from crm.records.sentences import file_sentence

        code = problem.pop("code")
        raise Refusal(file_sentence(code, problem))


async def _tell_wrong(run_id: int, wrong: int) -> None:
    from crm.database import decoded
    from crm.records.mending import errors_in, wrong_rows
    from crm.records.sentences import reason_sentence

    for row in await wrong_rows(run_id, limit=SHOWN_AT_ONCE):
        detail: dict[str, Any] = decoded(row.detail)
        for column, reason in errors_in(detail).items():
            say(f"line {row.line}{', ' + column if column else ''}: {reason}")
        if row.outcome == "asked":
            say(
                f"line {row.line}: {row.label}: {detail.get('name', '')} {reason_sentence(row.reason)}; nobody has decided."
            )
    if wrong > SHOWN_AT_ONCE:
        say(f"... and {wrong - SHOWN_AT_ONCE} more such rows.")


async def _tell_left_out(run_id: int, *, is_trial: bool) -> None:
    """Which attributes of which rows have no basis; their customers came in."""
    from crm.database import decoded, fetch
    from crm.records.sentences import note_sentence

    rows = await fetch(
        "SELECT line, detail::text AS detail FROM import_row WHERE run = $1 AND is_trial = $2 AND detail->'notes' @> '[[\"attribute\"]]' "
        "ORDER BY line LIMIT $3",
        run_id, is_trial, SHOWN_AT_ONCE + 1,
    )  # fmt: skip
    for row in rows[:SHOWN_AT_ONCE]:
        for code, value in decoded(row.detail)["notes"]:
            if code == "attribute":
                say(f"line {row.line}, left out: {note_sentence(code, value)}")
    if len(rows) > SHOWN_AT_ONCE:
        say("... and more such rows.")


async def _write_errors(run_id: int, columns: list[str], path: Path) -> None:
    from crm.records.mending import mending_file

    with path.open("wb") as file:
        async for line in mending_file(run_id, columns):
            file.write(line)
    say(f"The wrong rows are in {path}. Correct them and import that file.")


def _summary(counts: dict[str, int], kind: str, *, is_trial: bool) -> str:
    """One line for people and programs."""
    words = {
        "created": "created", "joined": "new persons at organisations", "updated": "updated", "unchanged": "unchanged",
        "skipped": "there already", "asked": "undecided", "wrong": "wrong",
    }  # fmt: skip
    if kind == "orders":
        words["joined"] = "further items"
    always = {"created", "skipped", "wrong"}
    said = [f"{counts.get(code, 0)} {word}" for code, word in words.items() if counts.get(code) or code in always]
    return ("Would be: " if is_trial else "") + ", ".join(said) + "."
