"""Words for the codes of erasures, and the names of tables as people call them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, TypeVar

from crm.database import Row
from crm.personal import register
from crm.privacy.erasure.overview import Missing
from crm.privacy.erasure.tables import Decision, ErasureStatus, Treatment
from crm.web.formats import short_date
from crm.web.i18n import N_, _, language, word

Line = TypeVar("Line", bound=Any)

STATUSES = {
    ErasureStatus.DRAFT: N_("being prepared"), ErasureStatus.SUBMITTED: N_("waits for approval"),
    ErasureStatus.APPROVED: N_("approved"), ErasureStatus.RUNNING: N_("is being carried out"), ErasureStatus.DONE: N_("done"),
    ErasureStatus.CANCELLED: N_("given up"),
}  # fmt: skip
TONES = {
    ErasureStatus.DRAFT: "", ErasureStatus.SUBMITTED: "amber", ErasureStatus.APPROVED: "petrol", ErasureStatus.RUNNING: "petrol",
    ErasureStatus.DONE: "good", ErasureStatus.CANCELLED: "",
}  # fmt: skip
MISSING = {
    Missing.KIND: N_("The request does not ask for an erasure. Choose that on the request if it is meant."),
    Missing.REFUSED: N_("The request was refused. Without a new one nothing is erased."),
    Missing.IDENTITY: N_(
        "Nobody has confirmed yet that it is really the person who asks. Do that on the request first."
    ),
}
TREATMENTS = {Treatment.DELETE: N_("deleted"), Treatment.BLANK: N_("made anonymous"), Treatment.KEEP: N_("kept")}
DECISIONS: dict[str, str] = {
    Decision.OPEN: N_("not decided"), Decision.REDACT: N_("Blacken the place"), Decision.EMPTY: N_("Empty the whole text"),
    Decision.LEAVE: N_("Leave it, with a reason"),
}  # fmt: skip


def table_name(table: str) -> str:
    """What people call what is in this table."""
    for one in register():
        if one.table == table:
            return _(one.heading) if one.heading else _("Other technical records")
    return table


def in_order(lines: Iterable[Line]) -> list[Line]:
    """Lines about tables by what people call these; those that name nothing last."""
    return sorted(
        lines, key=lambda line: (table_name(_table(line)) == _("Other technical records"), table_name(_table(line)))
    )


def _table(line: Line) -> str:
    return str(line["table"] if isinstance(line, Mapping) else line.table)


def decision_options() -> list[tuple[str, str]]:
    """What can become of a mention, for a select."""
    return [(decision.value, word(DECISIONS, decision)) for decision in Decision if decision]


def duty_name(duties: list[Row], code: str) -> str:
    """The duty and its law in the reader's language; its code if it is gone."""
    for row in duties:
        if row.code == code:
            is_german = language.get() == "de"
            return f"{row.name_de if is_german else row.name_en} ({row.law_de if is_german else row.law_en})"
    return code


def until(begins: date | None, ends: date | None) -> str:
    """ "until 31 December 2032", or between two days if rows differ."""
    if ends is None:
        return ""
    if begins is None or begins == ends:
        return _("until %(day)s") % {"day": short_date(ends)}
    return _("until %(first)s, some until %(last)s") % {"first": short_date(begins), "last": short_date(ends)}


def last_day(written: str) -> str:
    """A day that is stored as text (2032-12-31), as people write it."""
    return short_date(date.fromisoformat(written))
