"""Puts a month's figures on paper: the page, its charts and the attached files, ready for printing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec

from crm.reports import chapters, measure_lines, sentences, words
from crm.reports.balance_charts import balance_charts
from crm.reports.charts import PAGE, charts_of
from crm.reports.definitions import DEFINITIONS
from crm.reports.figures_voices import Place
from crm.reports.glance import Line, glance
from crm.reports.journey_map import paper_rows, unanswered
from crm.reports.months import earlier, written
from crm.reports.paper import Letterhead, frame
from crm.reports.printing import Attached, Job
from crm.reports.scope_words import scope_definition, scope_sentence
from crm.reports.scopes import file_part, scope_title
from crm.reports.sentences import weakest
from crm.reports.shape import MonthFigures, TouchpointMonth
from crm.reports.spreadsheet import csv_of
from crm.web.colours import Palette, palette
from crm.web.formats import month as month_year
from crm.web.formats import num
from crm.web.i18n import _, language, local_name, speaking
from crm.web.render import text

ORIGINS = 8
"""So many origins are named; the rest are counted together."""

MOMENTS = 12
"""So many touchpoints are listed below "Moments of truth"."""

PLACES = 15
"""So many departments and products stand on paper; the attached table has all."""

JOURNEY_HEIGHT = 175


@dataclass(frozen=True, slots=True)
class Edition:
    """Which edition of a month's report this is; from the second on with a note that says what was corrected."""

    number: int = 1
    note: str = ""


FIRST = Edition()


def print_job(figures: MonthFigures, letterhead: Letterhead, *, lang: str, edition: Edition = FIRST) -> Job:
    """What the printing program needs to make the PDF of these figures in this language."""
    with speaking(lang):
        colours = palette(letterhead.colour)
        charts = charts_of(figures, colours) | balance_charts(figures, colours)
        page = text("reports/monthly.html", charts=charts, edition=edition, **_context(figures, letterhead, colours))
        name = _("touchpoint-report") + f"-{written(figures.month)}{_file_part(figures)}"
        attached = [
            Attached(f"{name}.csv", _("All figures of the report"), csv_of(figures).encode("utf-8-sig")),
            Attached(f"{name}.json", _("All figures of the report"), json_of(figures)),
        ]
        return Job(page, charts, attached, figures.computed_at, "de-DE" if language.get() == "de" else "en-GB")


def json_of(figures: MonthFigures) -> bytes:
    """All figures as JSON with codes and both languages, and what they mean in the language of the moment."""
    meant = {one.code: {"name": _(one.name), "text": _(one.text)} for one in DEFINITIONS}
    if whose := scope_definition(figures):
        meant["scope"] = dict(zip(("name", "text"), whose[0], strict=True))
    return msgspec.json.format(msgspec.json.encode({"figures": figures, "definitions": meant}), indent=1)


def _context(figures: MonthFigures, letterhead: Letterhead, colours: Palette) -> dict[str, object]:
    month = month_year(figures.month)
    title = _("Touchpoint report %(month)s") % {"month": month}
    if figures.scope is not None:
        title += " · " + scope_title(figures.scope.code, figures.scope.name)
    return {
        "f": figures,
        "words": words,
        **frame(letterhead, title, _("provisional") if figures.is_provisional else ""),
        "colours": colours,
        "before_name": words.month_name(earlier(figures.month, 1)),
        "chapters": _chapters(figures),
        **_front(figures),
        **_journey(figures),
        **_measures(figures),
        **_middle(figures),
        **_places(figures),
        **_sales(figures),
        "scope": scope_title(figures.scope.code, figures.scope.name) if figures.scope else "",
        "scope_line": scope_sentence(figures),
        "definitions": explained(figures),
    }


def explained(figures: MonthFigures) -> list[tuple[str, str]]:
    """What the figures mean, and first of whom they are, if not of everybody. What isn't told of needs no words."""
    known = {"requests": figures.requests, "measures": figures.measures, "responses": figures.responses}
    missing = {code for code, part in known.items() if part is None}
    told = [(_(one.name), _(one.text)) for one in DEFINITIONS if one.code not in missing]
    return [*scope_definition(figures), *told]


def _file_part(figures: MonthFigures) -> str:
    return file_part(figures.scope.code, figures.scope.name) if figures.scope else ""


def _chapters(figures: MonthFigures) -> dict[str, str]:
    """The chapters by the names of their places, in their order."""
    found = {
        "glance": _("The month at a glance"),
        "journey": _("Your customers' journey"),
    }
    if figures.measures is not None:
        found["measures"] = _("Measures and what they achieve")
    found |= {
        "contacts": _("Contacts with customers"),
        "touchpoints": _("Touchpoints one by one"),
    }
    if figures.voices is not None:
        found["voices"] = _("Praise and criticism")
    found |= {"service": _("What we promised and kept"), "enquiries": _("Enquiries")}
    if figures.voices is not None and (figures.voices.departments or figures.voices.products):
        found["places"] = _("Departments and products")
    return found | {
        "sales": _("Quotations, new and lost customers"),
        "consents": _("Consents and data protection"),
        "definitions": _("How the figures are counted"),
    }


def _front(figures: MonthFigures) -> dict[str, Any]:
    groups = glance(figures)
    return {
        "sentences": sentences.summary(figures),
        "glance": groups,
        "key": _key(groups),
        "glance_sentence": _missed(groups),
    }


def _key(groups: list[tuple[str, list[Line]]]) -> list[Line]:
    """The six figures of the cover."""
    by_name = {line.name: line for _heading, lines in groups for line in lines}
    names = [
        _("Satisfaction"), _("NPS"), _("Promises kept"), _("Enquiries"), _("Solved at the first contact"),
        _("New customers and prospects"),
    ]  # fmt: skip
    return [by_name[name] for name in names if name in by_name]


def _missed(groups: list[tuple[str, list[Line]]]) -> str:
    """Which targets were reached and which were missed."""
    lines = [line for _heading, lines in groups for line in lines if line.is_judged]
    missed = [line.name for line in lines if line.is_missed]
    if not lines:
        return ""
    if not missed:
        return _("Every target for which there are enough figures was reached.")
    return _("Targets that were missed: %(names)s.") % {"names": ", ".join(missed)}


def _journey(figures: MonthFigures) -> dict[str, Any]:
    rows, left_out = paper_rows(figures, width=PAGE, height=JOURNEY_HEIGHT)
    silent = unanswered(figures)
    named = ", ".join(sentences.brief_name(name) for name in silent[:12])
    voices = figures.voices.touchpoints if figures.voices else ()
    return {
        "rows": rows,
        "left_out": left_out,
        "journey_sentence": sentences.journey_sentence(figures),
        "unanswered": named + (_(" and %(n)s more") % {"n": num(len(silent) - 12)} if len(silent) > 12 else ""),
        "weak": weakest(figures),
        "tended": measure_lines.tended(figures),
        "moments": _moments(figures),
        "criticism": {voice.code: voice.criticism for voice in voices},
        "scale": 172 / 25.4 * 72 / PAGE,
    }


def _measures(figures: MonthFigures) -> dict[str, Any]:
    open_rows, done_rows = measure_lines.open_rows(figures), measure_lines.done_rows(figures)
    return {
        "measures_sentence": measure_lines.measures_sentence(figures),
        "open_measures": open_rows[: measure_lines.OPEN],
        "open_left": measure_lines.left_over(open_rows, measure_lines.OPEN),
        "done_measures": done_rows[: measure_lines.DONE],
        "done_left": measure_lines.left_over(done_rows, measure_lines.DONE),
    }


def _middle(figures: MonthFigures) -> dict[str, Any]:
    told = _by_phase(figures)
    return {
        "directions": _directions(figures),
        "told": told,
        "unused": len(figures.touchpoints) - sum(len(touchpoints) for _phase, touchpoints in told),
        "voices_sentence": chapters.voices_sentence(figures),
        "headings": figures.voices.headings if figures.voices else [],
        "promises_sentence": sentences.promises_sentence(figures),
        "has_levels": any(
            (row.opened, row.opened_before, row.solved, row.open_at_end) != (0, 0, 0, 0) for row in figures.levels
        ),
        "levels_sentence": sentences.levels_sentence(figures),
        "topics_sentence": sentences.topics_sentence(figures),
        "moving": [row for row in figures.topics if row.trend],
        "consents_sentence": sentences.consents_sentence(figures),
        "requests_sentence": chapters.requests_sentence(figures),
    }


def _places(figures: MonthFigures) -> dict[str, Any]:
    departments: list[Place] = list(figures.voices.departments) if figures.voices else []
    products: list[Place] = [row for row in figures.voices.products if row.opened] if figures.voices else []
    return {
        "departments": departments[:PLACES],
        "products": products[:PLACES],
        "products_left": max(0, len(products) - PLACES),
        "places_sentence": chapters.places_sentence(figures),
        "place_topic": chapters.place_topic,
        "place_cause": chapters.place_cause,
    }


def _sales(figures: MonthFigures) -> dict[str, Any]:
    sales = figures.sales
    declines = [(chapters.decline_reason(code), n) for code, n in sales.quotations.declines] if sales else []
    lost_at = [(sentences.named(row), row.count) for row in sales.lost_at[:6] if row.count] if sales else []
    return {
        "origins": _origins(figures),
        "growth_sentence": chapters.growth_sentence(figures),
        "quotations_sentence": chapters.quotations_sentence(figures),
        "declines": ", ".join(f"{name} ({num(n)})" for name, n in declines),
        "lost_at": ", ".join(f"{name} ({num(n)})" for name, n in lost_at),
        "loss_reason": chapters.loss_reason,
    }


def _is_alive(touchpoint: TouchpointMonth) -> bool:
    return bool(touchpoint.contacts or touchpoint.contacts_before or touchpoint.satisfaction or touchpoint.nps)


def _moments(figures: MonthFigures) -> list[TouchpointMonth]:
    """Touchpoints that are moments of truth by nature (of many, those furthest below their targets), then those with the most contacts
    that were marked."""
    by_nature = [one for one in figures.touchpoints if one.is_moment_of_truth and _is_alive(one)]
    marked = [one for one in figures.touchpoints if one.marked and not one.is_moment_of_truth]
    if len(by_nature) > MOMENTS:
        by_nature = sorted(by_nature, key=lambda one: (-one.gap, -one.contacts))[:MOMENTS]
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
