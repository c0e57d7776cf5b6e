"""What every kind of import has in common: it writes chunks of parsed rows and answers what became of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from crm.records.parsing import Parsed
from crm.records.tables import Outcome


@dataclass(slots=True)
class Line:
    """What became of one row. `record_id` is what it made that is neither a customer nor a person."""

    number: int
    outcome: Outcome
    label: str = ""
    reason: str = ""
    customer_id: int | None = None
    person_id: int | None = None
    record_id: int | None = None
    fingerprint: int = 0
    parent: str = ""
    detail: dict[str, Any] = field(default_factory=dict)
    cells: Sequence[str] = ()


class Chunks(Protocol):
    """Writes the rows of one kind of import."""

    async def write(self, rows: list[Parsed]) -> list[Line]:
        """Write these rows in the caller's transaction (a dry run writes nothing); a line for each, in their order."""
        ...

    def written(self) -> None:
        """The transaction of the last chunk has been committed."""

    async def finish(self) -> None:
        """All rows are written: what concerns them together."""


def wrong(row: Parsed) -> Line:
    """A row that cannot be read: kept with its cells, to be mended."""
    return Line(row.line, Outcome.WRONG, row.label, detail={"errors": row.errors}, cells=row.cells)
