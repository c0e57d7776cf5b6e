"""Other people's texts that mention the person: found by a search over every column of notes in the register. Reads only."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from crm.database import Row, fetch
from crm.personal import NOTE, quoted, register
from crm.privacy.erasure.mentions import Mention, mentions
from crm.privacy.erasure.planning import OWN, Planned
from crm.privacy.erasure.tables import Decision

MOST = 300
"""So many texts are shown; with a name that half the town has there are more, and the officer is told so."""


@dataclass(frozen=True, slots=True)
class FoundText:
    """A text with its mentions, and what was decided about it (nothing, if it has changed since)."""

    table: str
    column: str
    row_id: int
    digest: str
    places: list[Mention]
    decision: str
    reason: str

    @property
    def key(self) -> str:
        return f"{self.table}.{self.column}.{self.row_id}"


def _statement(columns: Iterable[tuple[str, str]]) -> str:
    """$1 the expression, $2 and $3 the rows that the erasure is about anyway, as "table id"."""
    parts = [
        f"SELECT '{table}' AS table_name, '{column}' AS column_name, t.id AS row_id, t.{quoted(column)}::text AS text "
        f"FROM {quoted(table)} t WHERE t.{quoted(column)}::text ~* $1 AND '{table} ' || t.id <> ALL($2::text[])"
        for table, column in columns
    ]
    return " UNION ALL ".join(parts) + f" ORDER BY 1, 2, 3 LIMIT {MOST + 1}"


def note_columns() -> list[tuple[str, str]]:
    return [(one.table, name) for one in register() if one.table not in OWN for name in one.columns_of(NOTE)]


async def texts_mentioning(erasure_id: int, expression: str, planned: Collection[Planned]) -> list[FoundText]:
    """The texts elsewhere, in the order of their tables. Two statements; one more than MOST means that there are more."""
    if not expression:
        return []
    covered = [f"{row.table} {row.row_id}" for row in planned]
    rows = await fetch(_statement(note_columns()), expression, covered)
    decided = {
        (row.table_name, row.column_name, row.row_id): row
        for row in await fetch(
            "SELECT table_name, column_name, row_id, digest, decision, reason FROM erasure_mention WHERE erasure = $1",
            erasure_id,
        )
    }
    return [found for row in rows if (found := _found(row, expression, decided.get(tuple(row)[:3]))).places]


def _found(row: Row, expression: str, decided: Row | None) -> FoundText:
    digest, places = digest_of(row.text), mentions(row.text, expression)
    is_same = decided is not None and decided.digest == digest
    decision, reason = (decided.decision, decided.reason) if decided is not None and is_same else (Decision.OPEN, "")
    return FoundText(row.table_name, row.column_name, row.row_id, digest, places, decision, reason)


def digest_of(text: str) -> str:
    """What tells a text from the same one after somebody changed it."""
    return hashlib.sha256(text.encode()).hexdigest()
