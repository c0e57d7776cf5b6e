"""Mentions in other people's texts go as it was decided: blackened, or the whole text emptied."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from crm.database import Row, execute, fetch, fetch_one, transaction
from crm.personal import quoted
from crm.privacy.erasure.mentions import redacted, redacted_json
from crm.privacy.erasure.tables import Decision


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
        changed = empty if mention.decision == Decision.EMPTY else redacted_json(value, expression)
        text, cast = msgspec.json.encode(changed).decode(), "::jsonb"
    else:
        text, cast = "" if mention.decision == Decision.EMPTY else redacted(row.text, expression), ""
    await execute(f"UPDATE {table} SET {column} = $2{cast} WHERE id = $1", mention.row_id, text)
    if mention.table_name == "ticket_message":  # the database finds an enquiry in a history by all that was said in it
        await execute(
            "UPDATE timeline_entry SET title = title WHERE kind = 'ticket' AND ref_id = (SELECT ticket FROM ticket_message WHERE id = $1)",
            mention.row_id,
        )
