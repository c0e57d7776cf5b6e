"""What the imports of old contacts and of consents have in common: whose a row is, and whether it was imported before."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from datetime import datetime

from crm.database import Row, decoded, fetch
from crm.records.chunks import Line, wrong
from crm.records.parsing import Parsed
from crm.records.sentences import reason_sentence
from crm.records.tables import Outcome, RunStatus
from crm.records.whose import Whose, customers_of, named_in
from crm.web.i18n import LANGUAGES, _, speaking


class OtherChunks(ABC):
    """Rows of customers who are known, each written once."""

    def __init__(self, run: Row, now: datetime) -> None:
        self.run, self.now = run, now
        self.is_trial = run.status == RunStatus.CHECKING
        self.headers = headers_of(run)
        self.seen: set[int] = set()
        self._new: set[int] = set()

    async def write(self, rows: list[Parsed]) -> list[Line]:
        good = [row for row in rows if not row.errors]
        customers = await customers_of(good)
        before = await self._imported_before(good)
        self._new = set()
        lines = {row.line: wrong(row) for row in rows if row.errors}
        todo: list[tuple[Parsed, Whose]] = []
        for row in good:
            found = customers.of(row)
            if found is None:
                lines[row.line] = unknown_customer(row, self.headers)
            elif found.is_restricted:
                lines[row.line] = Line(row.line, Outcome.SKIPPED, row.label, "restricted")
            elif row.fingerprint in before or row.fingerprint in self.seen or row.fingerprint in self._new:
                lines[row.line] = Line(row.line, Outcome.SKIPPED, row.label, "same_row", found.customer_id)
            else:
                self._new.add(row.fingerprint)
                todo.append((row, found))
        for line in await self.put(todo):
            lines[line.number] = line
        return [lines[row.line] for row in rows]

    def written(self) -> None:
        self.seen |= self._new

    async def finish(self) -> None:  # noqa: B027  # most kinds have nothing to do here
        """Nothing concerns the rows together."""

    @abstractmethod
    async def put(self, todo: list[tuple[Parsed, Whose]]) -> list[Line]:
        """Write these rows of people who are known, and answer a line for each."""

    async def _imported_before(self, rows: Sequence[Parsed]) -> set[int]:
        found = await fetch(
            "SELECT r.fingerprint FROM import_row r JOIN import_run n ON n.id = r.run WHERE r.fingerprint = ANY($1) AND NOT r.is_trial "
            "AND r.outcome = 'created' AND n.kind = $2 AND r.record IS NOT NULL",
            [row.fingerprint for row in rows], self.run.kind,
        )  # fmt: skip
        return {row.fingerprint for row in found}


def headers_of(run: Row) -> dict[str, str]:
    """The header of the column that is each field."""
    return {code: column for column, code in zip(decoded(run.columns), decoded(run.mapping), strict=True) if code}


def refused(row: Parsed, code: str, column: str = "") -> Line:
    """A row that is in order by itself, but does not fit what is there."""
    errors = {}
    for language in LANGUAGES:
        with speaking(language):
            errors[language] = {column: reason_sentence(code)}
    return Line(row.line, Outcome.WRONG, row.label, code, detail={"errors": errors}, cells=row.cells)


def unknown_customer(row: Parsed, headers: Mapping[str, str]) -> Line:
    """A row of somebody who is not there: which column says so, and what to do."""
    code, said = named_in(row)
    errors = {}
    for language in LANGUAGES:
        with speaking(language):
            sentence = _(
                "There is no customer “%(customer)s”. Correct the number or address, or import this customer first."
            )
            errors[language] = {headers.get(code, code): sentence % {"customer": said[:60]}}
    return Line(row.line, Outcome.WRONG, row.label, detail={"errors": errors}, cells=row.cells)
