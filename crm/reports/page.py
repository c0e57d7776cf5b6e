"""Puts a month's figures on paper: the page, its charts and the attached table, ready for printing."""

from __future__ import annotations

from crm.reports import words
from crm.reports.charts import PAGE, charts_of
from crm.reports.definitions import DEFINITIONS
from crm.reports.journey_map import PER_ROW, journey_rows, unanswered
from crm.reports.months import earlier, written
from crm.reports.paper import Letterhead, frame
from crm.reports.printing import Attached, Job
from crm.reports.sentences import consents_sentence, levels_sentence, summary, topics_sentence, weakest
from crm.reports.shape import MonthFigures, TouchpointMonth
from crm.reports.spreadsheet import csv_of
from crm.web.formats import month as month_year
from crm.web.formats import num
from crm.web.i18n import _, language, local_name, speaking
from crm.web.render import text

ORIGINS = 8
"""So many origins are named; the rest are counted together."""

MOMENTS = 12
"""So many touchpoints are listed below "Moments of truth"."""

JOURNEY_HEIGHT = 205


def print_job(figures: MonthFigures, letterhead: Letterhead, *, lang: str) -> Job:
    """What the printing program needs to make the PDF of these figures in this language."""
    with speaking(lang):
        charts = charts_of(figures)
        page = text("reports/monthly.html", charts=charts, **_context(figures, letterhead))
        name = _("touchpoint-report") + f"-{written(figures.month)}.csv"
        attached = Attached(name, _("All figures of the report"), csv_of(figures).encode("utf-8-sig"))
        return Job(page, charts, [attached], figures.computed_at, "de-DE" if language.get() == "de" else "en-GB")


def _context(figures: MonthFigures, letterhead: Letterhead) -> dict[str, object]:
    is_crowded = sum(bool(one.contacts or one.satisfaction) for one in figures.touchpoints) > PER_ROW
    rows = journey_rows(figures, width=PAGE, height=JOURNEY_HEIGHT, only_answered=is_crowded)
    month = month_year(figures.month)
    title = _("Touchpoint report %(month)s") % {"month": month}
    told = _by_phase(figures)
    kept = figures.promises_kept / figures.promises_due if figures.promises_due else 0.0
    before = figures.promises_kept_before / figures.promises_due_before if figures.promises_due_before else 0.0
    return {
        "f": figures,
        "words": words,
        **frame(letterhead, title, _("provisional") if figures.is_provisional else ""),
        "sentences": summary(figures),
        "before_name": words.month_name(earlier(figures.month, 1)),
        "kept_change": round(100 * kept) - round(100 * before),
        "rows": rows,
        "unanswered": unanswered(figures) if is_crowded else [],
        "weak": weakest(figures),
        "directions": _directions(figures),
        "told": told,
        "unused": len(figures.touchpoints) - sum(len(touchpoints) for _phase, touchpoints in told),
        "moments": _moments(figures),
        "has_levels": any(
            (row.opened, row.opened_before, row.solved, row.open_at_end) != (0, 0, 0, 0) for row in figures.levels
        ),
        "levels_sentence": levels_sentence(figures),
        "topics_sentence": topics_sentence(figures),
        "consents_sentence": consents_sentence(figures),
        "origins": _origins(figures),
        "definitions": [(_(one.name), _(one.text)) for one in DEFINITIONS],
    }


def _is_alive(touchpoint: TouchpointMonth) -> bool:
    return bool(touchpoint.contacts or touchpoint.contacts_before or touchpoint.satisfaction or touchpoint.nps)


def _moments(figures: MonthFigures) -> list[TouchpointMonth]:
    """Touchpoints that are moments of truth by nature, then those with the most contacts that were marked."""
    by_nature = [one for one in figures.touchpoints if one.is_moment_of_truth and _is_alive(one)]
    marked = [one for one in figures.touchpoints if one.marked and not one.is_moment_of_truth]
    return [*by_nature, *sorted(marked, key=lambda one: -one.marked)[: max(0, MOMENTS - len(by_nature))]]


def _by_phase(figures: MonthFigures) -> list[tuple[str, list[TouchpointMonth]]]:
    """The touchpoints at which something happened, below the names of their phases."""
    found = []
    for phase in figures.phases:
        mine = [one for one in figures.touchpoints if one.phase == phase.code and _is_alive(one)]
        if mine:
            found.append((local_name(phase), mine))
    return found


def _directions(figures: MonthFigures) -> str:
    counts = {row.code: row.count for row in figures.directions}
    if not figures.contacts:
        return ""
    values = {"inbound": num(counts.get("inbound", 0)), "outbound": num(counts.get("outbound", 0))}
    return _("%(inbound)s contacts came from customers, %(outbound)s from us.") % values


def _origins(figures: MonthFigures) -> list[tuple[str, int, int]]:
    """The most frequent origins by name, the others together."""
    named = [(words.origin(row.code), row.count, row.before) for row in figures.origins]
    if len(named) <= ORIGINS + 1:
        return named
    rest = named[ORIGINS:]
    others = (_("%(n)s others") % {"n": len(rest)}, sum(row[1] for row in rest), sum(row[2] for row in rest))
    return [*named[:ORIGINS], others]
