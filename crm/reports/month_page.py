"""The page of one month's report: its figures, its files and editions, and the form that corrects it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import Any

from litestar import Response

from crm.accounts.current import StaffRequest
from crm.errors import Invalid, NotFound
from crm.reports import months, words
from crm.reports.definitions import DEFINITIONS
from crm.reports.journey_map import SCREEN_HEIGHT, SCREEN_WIDTH, journey_rows
from crm.reports.queries import demanded_month, editions_of, figures_for, is_under_way
from crm.reports.scope_words import scope_sentence
from crm.reports.scopes import WHOLE, NotDrawnUp, Scope
from crm.reports.sentences import summary, weakest
from crm.reports.tables import RunStatus
from crm.web.i18n import LANGUAGES, N_, _, zone
from crm.web.render import flashes, page

EMPTY: Mapping[str, Any] = MappingProxyType({})
DONE = {
    "corrected": N_("The new edition is being made; the earlier one stays."),
    "readers": N_("The list of readers is saved."),
    "scopes": N_("It is saved which reports are made by themselves."),
}
ON_SCREEN = frozenset({"contacts", "satisfaction", "nps", "promises", "interval"})


async def report_page(
    request: StaffRequest, first: date, scope: Scope = WHOLE, *, status: int = 200, values: Mapping[str, Any] = EMPTY,
    errors: Mapping[str, str] = EMPTY,
) -> Response[str]:  # fmt: skip
    """The page of a month; `values` and `errors` are those of the form that corrects it."""
    now = datetime.now(UTC)
    try:
        figures = await figures_for(first, now=now, zone=zone.get(), scope=scope, with_effects=False)
    except NotDrawnUp as problem:
        raise NotFound(problem.sentence) from None
    return await page(
        request, "reports/show.html", status=status, values=values, errors=errors, flashes=flashes(request, DONE), f=figures,
        words=words, sentences=summary(figures), weak=weakest(figures),
        rows=journey_rows(figures, width=SCREEN_WIDTH, height=SCREEN_HEIGHT),
        before_name=words.month_name(months.earlier(first, 1)), definitions=_explained(), scope_line=scope_sentence(figures),
        **await month_state(first, now, scope),
    )  # fmt: skip


def page_month(text: str, now: datetime) -> date:
    """On a page an address that names no month is a page that doesn't exist."""
    try:
        return demanded_month(text, now=now, zone=zone.get())
    except Invalid as error:
        raise NotFound(error.sentence) from None


def _explained() -> list[tuple[str, str]]:
    """What the figures on the screen mean."""
    return [(_(one.name), _(one.text)) for one in DEFINITIONS if one.code in ON_SCREEN]


async def month_state(month: date, now: datetime, scope: Scope = WHOLE) -> dict[str, Any]:
    """The files of a month and how far they are."""
    editions = await editions_of(month, scope.code)
    runs = {run.language: run for run in editions}
    newest = max((run.edition for run in editions), default=1)
    return {
        "edition": newest,
        "editions": [run for run in editions if run.edition < newest and run.pdf_hash],
        "note": next((run.note for run in editions if run.edition == newest), ""),
        "scope": scope,
        "may_be_corrected": not scope.refusal
        and any(run.edition == newest and run.status == RunStatus.READY and not run.is_provisional for run in editions),
        "month": month,
        "written": months.written(month),
        "files": [(code, runs.get(code)) for code in LANGUAGES],
        "is_over": months.is_over(month, now, zone.get()),
        "is_under_way": any(is_under_way(run) for run in runs.values()),
    }
