"""What the imports of products and of quotations have in common: each row is a record with a number of its own, which is
created, or, if it is there already, left out or changed."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Generic, TypeVar

from crm.database import Row
from crm.errors import Invalid
from crm.records.chunks import Line, wrong
from crm.records.number_writing import written_numbers
from crm.records.other_chunks import headers_of
from crm.records.parsing import Parsed
from crm.records.tables import Outcome, Rule, RunStatus
from crm.web.i18n import LANGUAGES, speaking

Saved = TypeVar("Saved")
Read = TypeVar("Read")


class NumberedChunks(ABC, Generic[Saved]):
    """Rows that are records of their own. `there` are the saved ones that the rows of a chunk name, by key; a dry run, which
    saves nothing, keeps those that it would have created there too."""

    def __init__(self, run: Row, now: datetime) -> None:
        self.run, self.now = run, now
        self.is_trial = run.status == RunStatus.CHECKING
        self.is_changing = run.rule == Rule.UPDATE
        self.headers = headers_of(run)
        self.numbers = written_numbers(run)
        self.there: dict[str, Saved] = {}

    async def write(self, rows: list[Parsed]) -> list[Line]:
        good = [row for row in rows if not row.errors]
        found = await self.find(good)
        self.there = {**self.there, **found} if self.is_trial else dict(found)
        return [await self.put(row) if not row.errors else wrong(row) for row in rows]

    def written(self) -> None:
        """Nothing to remember: what was written is found again by its number."""

    async def finish(self) -> None:
        """Nothing concerns the rows together."""

    @abstractmethod
    async def find(self, rows: Sequence[Parsed]) -> Mapping[str, Saved]:
        """The saved records of these rows, and whatever else putting them needs."""

    @abstractmethod
    async def put(self, row: Parsed) -> Line:
        """Write one row (a dry run: only say what would become of it)."""

    def read(self, row: Parsed, read: Callable[[], Read]) -> tuple[Read | None, Line | None]:
        """What `read` makes of the row; or the line that says in both languages what is wrong, by column."""
        found, errors = None, {}
        for language in LANGUAGES:
            with speaking(language):
                try:
                    found = read()
                except Invalid as problem:
                    errors[language] = {
                        self.headers.get(name.partition(".")[0], name): text for name, text in problem.errors.items()
                    }
        if not errors:
            return found, None
        return None, Line(row.line, Outcome.WRONG, row.label, detail={"errors": errors}, cells=row.cells)


def changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, list[Any]]:
    """The fields that differ, each as [former, new]."""
    return {name: [before[name], after[name]] for name in after if before[name] != after[name]}
