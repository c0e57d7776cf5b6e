"""The reads of imports: the list, one import with how far it is, its rows page by page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from crm.database import HIGHEST_ID, Row, decoded, fetch, fetch_one
from crm.errors import NotFound
from crm.records.hidden_rows import HIDDEN, hidden_among
from crm.records.mending import errors_in
from crm.records.sentences import FILES, file_sentence, note_sentence, reason_sentence
from crm.records.tables import Outcome, RunStatus
from crm.records.targets import ImportKind
from crm.web.i18n import language

PAGE = 50
ACTIVE = frozenset({RunStatus.CHECKING, RunStatus.RUNNING, RunStatus.UNDOING})


@dataclass(frozen=True, slots=True)
class RunView:
    """An import as its page shows it. `has_begun`: something of it is written."""

    row: Row
    counts: Mapping[str, int]
    about: Mapping[str, Any]
    columns: Sequence[str]
    mapping: Sequence[str]
    samples: Sequence[Sequence[str]]
    has_begun: bool
    is_kept: bool

    @property
    def id(self) -> int:
        return int(self.row.id)

    @property
    def status(self) -> str:
        return str(self.row.status)

    @property
    def is_of_sales(self) -> bool:
        """Whether its rows are things (products, quotations, orders) rather than people."""
        return self.row.kind in (ImportKind.PRODUCTS, ImportKind.QUOTATIONS, ImportKind.ORDERS)

    @property
    def is_active(self) -> bool:
        return self.status in ACTIVE

    @property
    def problem(self) -> str:
        """What stopped it, in the reader's language."""
        found = dict(decoded(self.row.problem))
        code = found.pop("code", "")
        return file_sentence(code, found) if code in FILES else ""


@dataclass(frozen=True, slots=True)
class LineView:
    """One row of the import as it is shown."""

    line: int
    outcome: str
    label: str
    customer_id: int | None
    name: str
    reason: str
    other_line: int | None
    errors: Mapping[str, str]
    notes: Sequence[str]
    changes: Sequence[tuple[str, Any, Any]] = field(default_factory=tuple)
    decision: str = ""
    is_undone: bool = False
    is_of_sales: bool = False
    attributes: Sequence[str] = ()
    left_out: Sequence[str] = ()
    """Those of the notes that tell of an attribute without a basis."""


OF_SALES = ("product", "quotation", "order")
"""Whose changes a row tells, beside those of customers and persons."""

_RUN = """
    SELECT r.*, s.name AS requested_by_name, u.name AS undone_by_name,
        EXISTS (SELECT FROM import_row w WHERE w.run = r.id AND NOT w.is_trial) AS has_begun,
        EXISTS (SELECT FROM import_part p WHERE p.run = r.id) AS is_kept
    FROM import_run r LEFT JOIN staff s ON s.id = r.requested_by LEFT JOIN staff u ON u.id = r.undone_by
"""


async def run_named(run_id: int) -> RunView:
    """Raises NotFound."""
    row = await fetch_one(f"{_RUN} WHERE r.id = $1", run_id) if 0 < run_id <= HIGHEST_ID else None
    if row is None:
        raise NotFound()
    return _view(row)


async def recent_runs(limit: int = PAGE, before: int | None = None) -> list[RunView]:
    """Imports, the newest first."""
    rows = await fetch(f"{_RUN} WHERE $2::bigint IS NULL OR r.id < $2 ORDER BY r.id DESC LIMIT $1", limit, before)
    return [_view(row) for row in rows]


def _view(row: Row) -> RunView:
    return RunView(
        row, decoded(row.counts), decoded(row.about), decoded(row.columns), decoded(row.mapping), decoded(row.samples), row.has_begun,
        row.is_kept,
    )  # fmt: skip


_LEFT_OUT = 'strict $.notes[*] ? (@[0] == "attribute")'


async def lines_of_run(
    run: RunView, outcome: str = "", after: int = 0, limit: int = PAGE, *, or_left_out: bool = False
) -> tuple[list[LineView], int | None]:
    """The rows of an import, or of its dry run, from the line after `after` on, and the line to go on after; with `or_left_out`
    also those of another outcome that came in without an attribute."""
    wanted = outcome if outcome in {each.value for each in Outcome} else ""
    rows = await fetch(
        f"SELECT w.line, w.outcome, w.reason, w.decision, c.id AS customer, c.name, CASE WHEN {HIDDEN} THEN '' ELSE w.label END AS label, "
        f"CASE WHEN {HIDDEN} THEN '{{}}' ELSE w.detail::text END AS detail, "
        "w.cells::text AS cells FROM import_row w "
        "LEFT JOIN customer c ON c.id = w.customer AND c.deleted_at IS NULL AND c.restricted_at IS NULL "
        "WHERE w.run = $1 AND w.is_trial = $2 AND ($3 = '' OR w.outcome = $3 OR $6 AND w.detail @? $7::jsonpath) AND w.line > $4 "
        "ORDER BY w.line LIMIT $5",
        run.id, not run.has_begun, wanted, after, limit + 1, or_left_out, _LEFT_OUT,
    )  # fmt: skip
    hidden = await hidden_among(run.mapping, [row for row in rows[:limit] if row.cells != "[]"])
    shown = [_line(row, is_hidden=row.line in hidden) for row in rows[:limit]]
    return shown, rows[limit - 1].line if len(rows) > limit else None


def _line(row: Row, *, is_hidden: bool) -> LineView:
    detail = {} if is_hidden else decoded(row.detail)
    changes = [
        (name, former, new)
        for part in ("customer", "person", *OF_SALES)
        for name, (former, new) in detail.get(part, {}).items()
    ]
    notes = [(note[0], note_sentence(*note)) for note in detail.get("notes", ())]
    is_undone = row.reason == "undone"
    return LineView(
        row.line, row.outcome, "" if is_hidden else row.label, row.customer, row.name or detail.get("name", ""),
        reason_sentence(row.reason) if row.reason and not is_undone else "", detail.get("line"), errors_in(detail),
        [sentence for _code, sentence in notes], changes, row.decision, is_undone,
        any(part in detail for part in OF_SALES),
        [german if language.get() == "de" else english for *_change, german, english in detail.get("attributes", ())],
        [sentence for code, sentence in notes if code == "attribute"],
    )  # fmt: skip
