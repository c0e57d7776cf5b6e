"""Mentions in other people's texts go as it was decided: blackened, or the whole text emptied."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from crm.database import Row, execute, fetch, fetch_one, transaction
from crm.personal import NOTE, VALUE, Declared, quoted
from crm.privacy.erasure.emptying import Shape, assignments
from crm.privacy.erasure.mention_queries import texts_mentioning
from crm.privacy.erasure.mentions import pattern, redacted, redacted_json
from crm.privacy.erasure.planning import BESIDE, Planned
from crm.privacy.erasure.tables import Decision, Treatment
from crm.privacy.subject import Needles

WHOLE = frozenset({"interaction_version"})
"""What an earlier version said is emptied as a whole: the database refuses any other change of it."""

SEARCHES = {"export_run": ("query", "described"), "mailing": ("query", "view_name")}
"""Where the words of a selection are kept that nobody can decide about: the house's own record of what it did."""


async def redact_mentions(erasure_id: int, expression: str, now: datetime) -> int:
    """Do what was decided about each mention, one transaction each; how many. Going on after a crash does the rest."""
    waiting = await fetch(
        "SELECT id, table_name, column_name, row_id, decision FROM erasure_mention WHERE erasure = $1 AND done_at IS NULL "
        "AND decision IN ('redact', 'empty') ORDER BY id",
        erasure_id,
    )
    done = 0
    for mention in waiting:
        async with transaction():
            mine = await fetch(
                "UPDATE erasure_mention SET done_at = $2 WHERE id = $1 AND done_at IS NULL RETURNING id",
                mention.id,
                now,
            )
            if mine:
                await _rewrite(mention, expression)
                done += 1
    return done


async def blacken_own_work(erasure_id: int, needles: Needles, now: datetime) -> None:
    """What the house has written about its own work since the approval (a search for the name, a note on the request) is blackened
    without being asked about: whatever else mentions the person has been decided, or is asked about before the worker begins."""
    covered = [
        Planned(row.table_name, row.row_id, Treatment(row.treatment))
        for row in await fetch("SELECT table_name, row_id, treatment FROM erasure_row WHERE erasure = $1", erasure_id)
    ]
    while found := [
        text
        for text in await texts_mentioning(erasure_id, needles, covered)
        if text.table in BESIDE and not text.decision
    ]:
        for text in found:
            await execute(
                "INSERT INTO erasure_mention (erasure, table_name, column_name, row_id, digest, decision, reason, decided_at) "
                "VALUES ($1, $2, $3, $4, $5, 'redact', '', $6) ON CONFLICT (erasure, table_name, column_name, row_id) DO UPDATE "
                "SET digest = $5, decision = 'redact', reason = '', decided_at = $6, done_at = NULL",
                erasure_id, text.table, text.column, text.row_id, text.digest, now,
            )  # fmt: skip
        await redact_mentions(erasure_id, pattern(needles), now)


async def blacken_reasons(expression: str) -> None:
    """Why a mention stays may name the person once more."""
    for row in (
        await fetch("SELECT id, reason FROM erasure_mention WHERE reason ~* $1", expression) if expression else ()
    ):
        await execute("UPDATE erasure_mention SET reason = $2 WHERE id = $1", row.id, redacted(row.reason, expression))


async def blacken_searches(expression: str) -> None:
    """A selection that searched for the person finds nobody from now on, and is not read any more: exports and mailings keep theirs."""
    for table, columns in SEARCHES.items() if expression else ():
        for column in columns:
            for row in await fetch(f"SELECT id, {column} AS text FROM {table} WHERE {column} ~* $1", expression):
                await execute(f"UPDATE {table} SET {column} = $2 WHERE id = $1", row.id, redacted(row.text, expression))


async def blacken_rows(table: Declared, ids: list[int], expression: str, known: Shape) -> list[int]:
    """Blacken what names the person in the notes and details of those of these rows which are a company's correspondence, and empty the
    rest of what tells of them; answers with the other rows. In the caller's transaction."""
    name = quoted(table.table)
    rows = await fetch(f"SELECT t.id FROM {name} t WHERE t.id = ANY($1) AND ({table.blacken_if})", ids)
    theirs = [row.id for row in rows]
    details = {column for column in table.columns_of(VALUE) if known.columns[table.table][column].data_type == "jsonb"}
    blackened = {*table.columns_of(NOTE), *details}
    for note in sorted(blackened):
        column, cast = quoted(note), "::jsonb" if note in details else ""
        for row in await fetch(
            f"SELECT id, {column}::text AS text FROM {name} WHERE id = ANY($1) AND {column}::text ~* $2",
            theirs,
            expression,
        ):
            text = _detail(row.text, expression) if cast else redacted(row.text, expression)
            await execute(f"UPDATE {name} SET {column} = $2{cast} WHERE id = $1", row.id, text)
    others = [column for column in table.erased_columns if column not in blackened]
    if theirs and (sets := assignments(table, known, others)):
        await execute(f"UPDATE {name} SET {', '.join(sets)} WHERE id = ANY($1)", theirs)
    return [one for one in ids if one not in set(theirs)]


def _detail(written: str, expression: str) -> str:
    return msgspec.json.encode(redacted_json(msgspec.json.decode(written), expression)).decode()


async def _rewrite(mention: Row, expression: str) -> None:
    table, column = quoted(mention.table_name), quoted(mention.column_name)
    row = await fetch_one(
        f"SELECT {column}::text AS text, pg_typeof({column})::text AS kind FROM {table} WHERE id = $1 FOR UPDATE",
        mention.row_id,
    )
    if row is None or not row.text:
        return
    if row.kind == "jsonb":
        value = msgspec.json.decode(row.text)
        empty: Any = [] if isinstance(value, list) else {}
        is_emptied = mention.decision == Decision.EMPTY or mention.table_name in WHOLE
        changed = empty if is_emptied else redacted_json(value, expression)
        text, cast = msgspec.json.encode(changed).decode(), "::jsonb"
    else:
        text, cast = "" if mention.decision == Decision.EMPTY else redacted(row.text, expression), ""
    await execute(f"UPDATE {table} SET {column} = $2{cast} WHERE id = $1", mention.row_id, text)
    if mention.table_name == "ticket_message":  # the database finds an enquiry in a history by all that was said in it
        await execute(
            "UPDATE timeline_entry SET title = title WHERE kind = 'ticket' AND ref_id = (SELECT ticket FROM ticket_message WHERE id = $1)",
            mention.row_id,
        )
