"""The rows of an import that were wrong, as a file to mend and import again: the columns as they were, and beside them what is
wrong. The two columns of ours are not assigned to anything when the file comes back."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Sequence

from crm.database import Row, decoded, fetch, fetch_value
from crm.records.hidden_rows import HIDDEN, hidden_among
from crm.records.values import neutral
from crm.web.i18n import _, language

CHUNK = 1000


async def wrong_rows(run_id: int, *, after: int = 0, limit: int = CHUNK, is_trial: bool | None = None) -> list[Row]:
    """The rows that are wrong, or that nobody has decided about, from the line after `after` on."""
    return await fetch(
        "SELECT id, line, outcome, label, reason, detail::text AS detail, cells::text AS cells, "
        f"({HIDDEN}) AS is_hidden FROM import_row w WHERE run = $1 "
        "AND outcome IN ('wrong', 'asked') AND line > $2 AND is_trial = coalesce($4, NOT EXISTS (SELECT FROM import_row x "
        "WHERE x.run = $1 AND NOT x.is_trial)) ORDER BY line LIMIT $3",
        run_id, after, limit, is_trial,
    )  # fmt: skip


def errors_in(detail: dict[str, dict[str, dict[str, str]]]) -> dict[str, str]:
    """The errors of a row in the language of the moment: column -> sentence."""
    errors = detail.get("errors", {})
    return errors.get(language.get()) or next(iter(errors.values()), {})


def told(row: Row) -> str:
    """What is wrong with a row, in one line."""
    errors = errors_in(decoded(row.detail))
    if not errors:
        return _("to be decided")
    return " | ".join(f"{column}: {sentence}" if column else sentence for column, sentence in errors.items())


async def mending_file(run_id: int, columns: Sequence[str]) -> AsyncIterator[bytes]:
    """The file without the rows of people whose data are restricted since, as CSV that a German spreadsheet opens by a double
    click (UTF-8 with its mark, semicolons). What a spreadsheet would run stands behind an apostrophe, which goes when the file
    is imported again."""
    yield "\ufeff".encode() + _line([*columns, _("Nahbar: line"), _("Nahbar: what is wrong")])
    after, mapping = 0, decoded(await fetch_value("SELECT mapping FROM import_run WHERE id = $1", run_id))
    while rows := await wrong_rows(run_id, after=after):
        after = rows[-1].line
        hidden = await hidden_among(mapping, rows)
        for row in rows:
            if row.is_hidden or row.line in hidden:
                continue
            cells = [neutral(cell) for cell in decoded(row.cells)]
            yield _line([*cells, *[""] * (len(columns) - len(cells)), str(row.line), told(row)])


def _line(cells: Sequence[str]) -> bytes:
    out = io.StringIO()
    csv.writer(out, delimiter=";", lineterminator="\r\n").writerow(cells)
    return out.getvalue().encode()
