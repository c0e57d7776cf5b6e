"""A department's or product's figures on paper, in the dress of the monthly report: one to three pages to hand over."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from crm.improvement.measures.words import STATUSES
from crm.reports import words
from crm.reports.balance_charts import balance_chart
from crm.reports.dashboard.asking import Asked
from crm.reports.dashboard.choosing import meanings
from crm.reports.figures_voices import Voice
from crm.reports.paper import Letterhead, frame
from crm.reports.places import sentences
from crm.reports.places.definitions import PLACE_DEFINITIONS
from crm.reports.places.shape import Heading, Place, PlaceFigures
from crm.reports.printing import Chart, Job
from crm.reports.span_words import before, title_of
from crm.reports.spans import Span
from crm.text import fold
from crm.web.colours import palette
from crm.web.i18n import _, local_name, zone
from crm.web.render import text

POINTS = 12
"""So many points of criticism, and half as many of praise, stand on paper."""

ROWS = 10
"""So many topics, causes and touchpoints."""


def place_job(figures: PlaceFigures, asked: Asked, letterhead: Letterhead, *, code: str, now: datetime) -> Job:
    """The pages that are printed, in the language of the moment, which is `code`."""
    colours = palette(letterhead.colour)
    place, span = figures.place, asked.span
    name = words.brief(local_name(place))
    title = _("What customers said about %(name)s: %(days)s") % {"name": local_name(place)[:80], "days": title_of(span)}
    running = span.is_running(now, zone.get())
    charts = _charts(figures.now.headings)
    means = meanings(PLACE_DEFINITIONS)
    page = text(
        "reports/place.html", f=figures, place=place, name=name, words=words, colours=colours, charts=charts,
        days=title_of(span), before_name=before(span), is_running=running, made_at=now, segment=asked.view.name if asked.view else "",
        whose=asked.whose,
        told=sentences.told(figures, span, is_running=running), lines=sentences.lines(figures), sentences=sentences,
        measure_words=STATUSES, points=POINTS, rows=ROWS,
        definitions=[means[one] for one in _explained(figures)],
        **frame(letterhead, title),
    )  # fmt: skip
    return Job(page, charts, [], now.replace(microsecond=0), "de-DE" if code == "de" else "en-GB")


def _explained(figures: PlaceFigures) -> tuple[str, ...]:
    rate = () if figures.now.responses is None else ("responses",)
    return ("place_belongs", "satisfaction", *rate, "interval", "place_waits", "place_voices")


def _charts(headings: Sequence[Heading]) -> dict[str, Chart]:
    """Criticism and praise in balance, by heading."""
    rows = [
        Voice("x", label := words.feedback_heading(one.category, one.heading), label, one.praise, one.criticism, 0, 0)
        for one in headings
        if one.praise + one.criticism
    ]
    most = sorted(rows, key=lambda one: -(one.praise + one.criticism))[:ROWS]
    if not most:
        return {}
    worst = sorted(most, key=lambda one: (one.praise - one.criticism, -one.criticism))
    return {"voices": balance_chart(worst, _("Praise and criticism by what they are about"))}


def file_name(place: Place, span: Span) -> str:
    """ "feedback-werkstatt-2026-10-01.pdf": letters, digits and dashes alone."""
    plain = re.sub(r"[^a-z0-9]+", "-", fold(place.code)).strip("-")[:40] or place.sort.value
    return _("feedback") + f"-{plain}-{span.first.isoformat()}.pdf"
