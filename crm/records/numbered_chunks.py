"""What the imports of products, quotations and orders have in common: records with a number of their own, which are created,
or, if they are there already, left out or changed."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Generic, TypeVar

from crm.database import Row
from crm.errors import Invalid
from crm.records.chunks import Line, wrong
from crm.records.number_writing import written_numbers
from crm.records.other_chunks import headers_of
from crm.records.parsing import Parsed
from crm.records.tables import Outcome, Rule, RunStatus
from crm.web.i18n import LANGUAGES, language, speaking

Saved = TypeVar("Saved")
Read = TypeVar("Read")


class RecordChunks:
    """One import of records that have a number."""

    def __init__(self, run: Row, now: datetime) -> None:
        self.run, self.now = run, now
        self.is_trial = run.status == RunStatus.CHECKING
        self.is_changing = run.rule == Rule.UPDATE
        self.headers = headers_of(run)
        self.numbers = written_numbers(run)

    def written(self) -> None:
        """Nothing to remember: what was written is found again by its number."""

    async def finish(self) -> None:
        """Nothing concerns the rows together."""


class NumberedChunks(RecordChunks, ABC, Generic[Saved]):
    """Rows that are records of their own. `there` are the saved ones that the rows of a chunk name, by key; a dry run, which
    saves nothing, keeps those that it would have created there too."""

    def __init__(self, run: Row, now: datetime) -> None:
        super().__init__(run, now)
        self.there: dict[str, Saved] = {}

    async def write(self, rows: list[Parsed]) -> list[Line]:
        good = [row for row in rows if not row.errors]
        found = await self.find(good)
        self.there = {**self.there, **found} if self.is_trial else dict(found)
        return [await self.put(row) if not row.errors else wrong(row) for row in rows]

    @abstractmethod
    async def find(self, rows: Sequence[Parsed]) -> Mapping[str, Saved]:
        """The saved records of these rows, and whatever else putting them needs."""

    @abstractmethod
    async def put(self, row: Parsed) -> Line:
        """Write one row (a dry run: only say what would become of it)."""

    def read(self, row: Parsed, read: Callable[[], Read]) -> Read | Line:
        """What `read` makes of the row; or the line that says what is wrong, by column."""
        errors = {}
        for each in _languages():
            with speaking(each):
                try:
                    return read()
                except Invalid as problem:
                    errors[each] = self._by_column(problem.errors)
        return _wrong(row, errors)

    async def save(self, row: Parsed, write: Callable[[], Awaitable[Read]]) -> Read | Line:
        """What `write` has written; or, if it refuses (the number was taken meanwhile) and so has written nothing, the line that
        says why."""
        errors = {}
        for each in _languages():
            with speaking(each):
                try:
                    return await write()
                except Invalid as problem:
                    errors[each] = self._by_column(problem.errors)
        return _wrong(row, errors)

    def refused(self, row: Parsed, say: Callable[[], Mapping[str, str]]) -> Line:
        """The line of a row that is wrong; `say` tells by field what is, in the language of the moment."""
        errors = {}
        for each in LANGUAGES:
            with speaking(each):
                errors[each] = self._by_column(say())
        return _wrong(row, errors)

    def _by_column(self, errors: Mapping[str, str]) -> dict[str, str]:
        return {self.headers.get(name.partition(".")[0], name): text for name, text in errors.items()}


def _wrong(row: Parsed, errors: Mapping[str, Mapping[str, str]]) -> Line:
    return Line(row.line, Outcome.WRONG, row.label, detail={"errors": errors}, cells=row.cells)


def _languages() -> list[str]:
    """All languages, that of the moment first."""
    return sorted(LANGUAGES, key=lambda code: code != language.get())


def changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, list[Any]]:
    """The fields that differ, each as [former, new]."""
    return {name: [before[name], after[name]] for name in after if before[name] != after[name]}
