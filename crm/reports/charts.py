"""The report's charts as Vega-Lite specifications, in the colours and the type of the product."""

from __future__ import annotations

from typing import Any

from crm.reports.months import earlier
from crm.reports.printing import FONT_FAMILY, Chart
from crm.reports.shape import MonthFigures, Score
from crm.reports.words import channel, month_name, month_short
from crm.web.colours import Palette
from crm.web.formats import num
from crm.web.i18n import _, local_name

INK, SOFT, LINE, RUST, AMBER, GOOD = "#1b2430", "#5d6875", "#e6e1d6", "#b3502a", "#8a5d08", "#2f7a4a"
PAGE = 660
"""Width of the printed column in CSS pixels."""
HALF = 310
"""Width of a chart that stands beside another one."""

Spec = dict[str, Any]

CONFIG: Spec = {
    "font": f"{FONT_FAMILY}, Inter, sans-serif",
    "background": None,
    "view": {"stroke": None},
    "axis": {
        "labelColor": SOFT, "titleColor": SOFT, "labelFontSize": 10.5, "titleFontSize": 10.5, "titleFontWeight": "normal",
        "gridColor": LINE, "domainColor": LINE, "tickColor": LINE, "labelLimit": 240,
    },
    "text": {"color": INK, "fontSize": 10.5},
    "legend": {"labelColor": SOFT, "labelFontSize": 10.5, "title": None, "orient": "top", "symbolSize": 80, "padding": 0, "offset": 6},
}  # fmt: skip


_MONTHS: Spec = {
    "field": "month", "type": "nominal", "sort": None, "title": None,
    "axis": {"labelAngle": 0, "ticks": False, "labelFontSize": 9},
}  # fmt: skip


def charts_of(figures: MonthFigures, colours: Palette) -> dict[str, Chart]:
    """The charts that this month has figures for, by name, each with what it shows in words."""
    found: dict[str, Chart] = {}
    if figures.channels:
        rows = [(channel(row.code), row.count, row.before) for row in figures.channels]
        found["channels"] = compared(rows, figures, _("Contacts by channel"), colours)
    if any(point.contacts for point in figures.year[:-1]):
        found["contacts_year"] = _contacts_year(figures, colours)
    if sum(point.satisfaction is not None for point in figures.year) > 1:
        found["satisfaction_year"] = _satisfaction_year(figures, colours)
    topics = [(short(local_name(row)) or _("without topic"), row.opened, row.before) for row in figures.topics[:12]]
    if topics:
        found["topics"] = compared(topics, figures, _("Enquiries by topic"), colours)
    return found


def short(name: str) -> str:
    """A name that fits beside a bar; the tables have it whole."""
    return name if len(name) <= 34 else name[:33].rstrip() + "…"


def compared(rows: list[tuple[str, int, int]], figures: MonthFigures, title: str, colours: Palette) -> Chart:
    """Horizontal bars for this month with their numbers; a dark tick marks the month before."""
    this, before = month_name(figures.month), month_name(earlier(figures.month, 1))
    values = [{"name": name, "now": now, "before": then, "shown": num(now)} for name, now, then in rows]
    y: Spec = {"field": "name", "type": "nominal", "sort": None, "title": None,
               "axis": {"domain": False, "ticks": False, "labelPadding": 8, "labelColor": INK}}  # fmt: skip
    scale: Spec = {"domain": [0, max(1, *(max(now, then) for _name, now, then in rows))], "nice": False}
    spec = {
        "data": {"values": values}, "width": PAGE - 190, "height": {"step": 17}, "config": CONFIG, "encoding": {"y": y},
        "layer": [
            {"mark": {"type": "bar", "cornerRadiusEnd": 1.5, "color": colours.accent, "height": {"band": 0.6}},
             "encoding": {"x": {"field": "now", "type": "quantitative", "title": None, "axis": None, "scale": scale}}},
            {"mark": {"type": "tick", "color": AMBER, "thickness": 2, "height": {"band": 0.9}},
             "encoding": {"x": {"field": "before", "type": "quantitative", "scale": scale}}},
            {"transform": [{"calculate": "max(datum.now, datum.before)", "as": "end"}],
             "mark": {"type": "text", "align": "left", "dx": 6, "fontSize": 9.5, "color": SOFT},
             "encoding": {"x": {"field": "end", "type": "quantitative", "scale": scale}, "text": {"field": "shown"}}},
        ],
    }  # fmt: skip
    told = "; ".join(f"{name} {num(now)} ({num(then)})" for name, now, then in rows)
    return Chart(spec, f"{title}, {this} ({before}): {told}.")


def _contacts_year(figures: MonthFigures, colours: Palette) -> Chart:
    told_of = {figures.month, max(figures.year, key=lambda point: point.contacts).month}
    values = [
        {
            "month": month_short(point.month),
            "n": point.contacts,
            "shown": num(point.contacts) if point.month in told_of else "",
            "now": point.month == figures.month,
        }
        for point in figures.year
    ]
    spec = {
        "data": {"values": values}, "width": HALF - 10, "height": 100, "config": CONFIG,
        "encoding": {
            "x": _MONTHS,
            "y": {"field": "n", "type": "quantitative", "title": None, "axis": None},
        },
        "layer": [
            {"mark": {"type": "bar", "width": {"band": 0.6}, "cornerRadiusEnd": 1.5},
             "encoding": {"color": {"condition": {"test": "datum.now", "value": colours.accent}, "value": colours.pale}}},
            {"mark": {"type": "text", "dy": -7, "fontSize": 9.5, "color": SOFT}, "encoding": {"text": {"field": "shown"}}},
        ],
    }  # fmt: skip
    told = "; ".join(f"{month_short(point.month)} {num(point.contacts)}" for point in figures.year)
    return Chart(spec, _("Contacts per month") + f": {told}.")


def _satisfaction_year(figures: MonthFigures, colours: Palette) -> Chart:
    values = [_course_row(month_short(point.month), point.satisfaction) for point in figures.year]
    foot = max(1, min(3, *(int(low) for row in values for low in (row["low"], row["value"]) if low is not None)))
    scale: Spec = {"domain": [foot, 5], "nice": False}
    axis: Spec = {"values": list(range(foot, 6)), "domain": False, "ticks": False}
    layers: list[Spec] = [
        {"transform": [{"filter": "datum.low != null"}],
         "mark": {"type": "rule", "color": colours.accent, "opacity": 0.55, "strokeWidth": 1.25},
         "encoding": {"y": {"field": "low", "type": "quantitative", "scale": scale}, "y2": {"field": "high"}}},
        {"mark": {"type": "line", "color": colours.accent, "strokeWidth": 2},
         "encoding": {"y": {"field": "value", "type": "quantitative", "scale": scale, "title": None, "axis": axis}}},
        {"transform": [{"filter": "datum.value != null"}],
         "mark": {"type": "point", "filled": True, "color": colours.accent, "size": 45, "opacity": 1},
         "encoding": {"y": {"field": "value", "type": "quantitative", "scale": scale},
                      "fill": {"condition": {"test": "datum.few", "value": "#ffffff"}, "value": colours.accent}}},
        {"transform": [{"filter": "datum.value != null"}],
         "mark": {"type": "text", "dy": -8, "dx": 4, "align": "left", "fontSize": 9.5, "color": SOFT},
         "encoding": {"y": {"field": "value", "type": "quantitative", "scale": scale}, "text": {"field": "above"}}},
        {"transform": [{"filter": "datum.value != null"}],
         "mark": {"type": "text", "dy": 10, "dx": 4, "align": "left", "fontSize": 9.5, "color": SOFT},
         "encoding": {"y": {"field": "value", "type": "quantitative", "scale": scale}, "text": {"field": "below"}}},
    ]  # fmt: skip
    if figures.satisfaction_target is not None:
        layers.insert(0, {
            "data": {"values": [{"target": figures.satisfaction_target}]}, "mark": {"type": "rule", "color": AMBER, "strokeDash": [4, 3]},
            "encoding": {"y": {"field": "target", "type": "quantitative", "scale": scale}, "x": None},
        })  # fmt: skip
    spec = {
        "data": {"values": values},
        "width": HALF - 30,
        "height": 100,
        "config": CONFIG,
        "encoding": {"x": _MONTHS},
        "layer": layers,
    }
    told = "; ".join(f"{row['month']} {row['shown']}" for row in values if row["value"] is not None)
    measured = [row for row in values if row["value"] is not None]
    lowest, highest = (pick(measured, key=lambda row: row["value"]) for pick in (min, max))
    for row in measured:
        row["below"] = row["shown"] if row is lowest else ""
        row["above"] = row["shown"] if row is not lowest and (row is highest or row is measured[-1]) else ""
    return Chart(spec, _("Satisfaction per month") + f" (1–5): {told}.")


def _course_row(month: str, score: Score | None) -> Spec:
    if score is None:
        return {"month": month, "value": None, "low": None, "high": None, "shown": "", "few": False}
    return {
        "month": month,
        "value": score.value,
        "low": score.low,
        "high": score.high,
        "shown": num(score.value, 1),
        "few": score.is_uncertain,
    }
