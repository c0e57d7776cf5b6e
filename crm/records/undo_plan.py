"""What undoing an import would do, and what it could not."""

from __future__ import annotations

from dataclasses import dataclass, field

from crm.database import Row


@dataclass(slots=True)
class Obstacle:
    """Something that cannot be undone: a line of the import, what it is called, and why (a table, "changed", or a field)."""

    line: int
    label: str
    why: str
    customer_id: int | None = None


@dataclass(slots=True)
class UndoPlan:
    """What undoing would do. `obstacles` holds the first of what stays, `kept` how many there are."""

    removed_customers: int = 0
    removed_persons: int = 0
    removed_records: int = 0
    restored: int = 0
    kept: int = 0
    obstacles: list[Obstacle] = field(default_factory=list)

    def keep(self, row: Row, why: str, shown: int) -> None:
        """Something of this row stays as it is. Of somebody who is deleted or restricted since only that is told."""
        self.kept += 1
        if len(self.obstacles) < shown:
            told = ("", None) if row.is_hidden else (row.label, row.customer)
            self.obstacles.append(Obstacle(row.line, told[0], why, told[1]))
