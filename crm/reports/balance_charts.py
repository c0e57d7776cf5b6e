"""The charts that weigh two sides: praise against criticism, kept against missed, prospects against customers."""

from __future__ import annotations

from collections.abc import Sequence

from crm.reports.charts import AMBER, CONFIG, GOOD, INK, PAGE, RUST, SOFT, Spec, short
from crm.reports.figures_sales import ConversionStep
from crm.reports.figures_voices import Voice
from crm.reports.printing import Chart
from crm.reports.shape import MonthFigures
from crm.web.colours import Palette
from crm.web.formats import num, percent
from crm.web.i18n import _, local_name, pgettext

TOUCHPOINTS = 12
"""So many touchpoints stand in the balance; those with the most voices."""

NAMES = 190
"""Room for names left of the bars."""

_Y: Spec = {"field": "name", "type": "nominal", "sort": None, "title": None,
            "axis": {"domain": False, "ticks": False, "labelPadding": 8, "labelColor": INK}}  # fmt: skip


def balance_charts(figures: MonthFigures, colours: Palette) -> dict[str, Chart]:
    """The charts that this month has figures for, by name."""
    found = {}
    if figures.voices is not None and (loud := loudest(figures)):
        found["voices"] = balance_chart(loud, _("Praise and criticism by touchpoint"))
    if figures.promises_due:
        found["promises"] = _promises(figures, colours)
    if figures.sales is not None and (steps := figures.sales.conversion) and steps[0].prospects:
        found["conversion"] = _conversion(steps, colours)
    return found


def loudest(figures: MonthFigures) -> list[Voice]:
    """The touchpoints with the most praise and criticism, most criticism over praise first."""
    known = (
        [one for one in figures.voices.touchpoints if one.code and one.praise + one.criticism] if figures.voices else []
    )
    most = sorted(known, key=lambda one: -(one.praise + one.criticism))[:TOUCHPOINTS]
    return sorted(most, key=lambda one: (one.praise - one.criticism, -one.criticism))


def _at(value: float, scale: Spec) -> Spec:
    """A place on the horizontal axis, which itself isn't drawn."""
    return {"datum": value, "type": "quantitative", "scale": scale, "axis": None, "title": None}


def balance_chart(rows: list[Voice], title: str) -> Chart:
    """Criticism to the left, praise to the right, a bar each."""
    values = [
        {"name": short(local_name(row)), "n": n, "left": num(-n) if n < 0 else "", "right": num(n) if n > 0 else ""}
        for row in rows
        for n in (-row.criticism, row.praise)
    ]
    widest = max(max(row.praise, row.criticism) for row in rows)
    scale: Spec = {"domain": [-widest * 1.12, widest * 1.12], "nice": False}
    x: Spec = {"field": "n", "type": "quantitative", "title": None, "axis": None, "scale": scale}
    colour: Spec = {"condition": {"test": "datum.n < 0", "value": RUST}, "value": GOOD}
    spec = {
        "data": {"values": values}, "width": PAGE - NAMES, "height": {"step": 18}, "config": CONFIG,
        "layer": [
            {"mark": {"type": "bar", "height": {"band": 0.6}}, "encoding": {"y": _Y, "x": x, "color": colour}},
            {"mark": {"type": "rule", "color": SOFT}, "encoding": {"x": _at(0, scale)}},
            {"mark": {"type": "text", "align": "right", "dx": -5, "fontSize": 9.5, "color": SOFT},
             "encoding": {"y": _Y, "x": x, "text": {"field": "left"}}},
            {"mark": {"type": "text", "align": "left", "dx": 5, "fontSize": 9.5, "color": SOFT},
             "encoding": {"y": _Y, "x": x, "text": {"field": "right"}}},
        ],
    }  # fmt: skip
    told = "; ".join(
        _("%(name)s: %(praise)s praise, %(criticism)s criticism")
        % {"name": local_name(row), "praise": num(row.praise), "criticism": num(row.criticism)}
        for row in rows
    )
    return Chart(spec, f"{title}: {told}.")


def _promises(figures: MonthFigures, colours: Palette) -> Chart:
    """Per service level and promise the share that was kept, with the numbers behind it."""
    values = []
    for row in figures.promises:
        for what, kept, missed in (
            (_("First response"), row.first_kept, row.first_missed),
            (_("Solution"), row.solution_kept, row.solution_missed),
        ):
            if due := kept + missed:
                shown = _("%(kept)s kept, %(missed)s missed") % {"kept": num(kept), "missed": num(missed)}
                name = f"{short(local_name(row))} · {what}"
                values.append(
                    {"name": name, "kept": kept / due, "shown": f"{percent(kept / due)}  {shown}", "whole": 1}
                )
    scale: Spec = {"domain": [0, 1.5], "nice": False}

    def x(field: str) -> Spec:
        # every layer says that it has no axis: Vega-Lite falls over one that doesn't beside a datum
        return {"field": field, "type": "quantitative", "title": None, "axis": None, "scale": scale}

    layers: list[Spec] = [
        {"mark": {"type": "bar", "height": {"band": 0.6}, "color": colours.pale}, "encoding": {"y": _Y, "x": x("whole")}},
        {"mark": {"type": "bar", "height": {"band": 0.6}, "color": colours.accent}, "encoding": {"y": _Y, "x": x("kept")}},
        {"mark": {"type": "text", "align": "left", "dx": 8, "fontSize": 9.5, "color": SOFT},
         "encoding": {"y": _Y, "x": x("whole"), "text": {"field": "shown"}}},
    ]  # fmt: skip
    if figures.targets is not None and figures.targets.promises is not None:
        layers.append(
            {"mark": {"type": "rule", "color": AMBER, "strokeDash": [4, 3]},
             "encoding": {"x": _at(figures.targets.promises / 100, scale)}}
        )  # fmt: skip
    spec = {
        "data": {"values": values}, "width": PAGE - NAMES, "height": {"step": 18}, "config": CONFIG, "layer": layers,
    }  # fmt: skip
    told = "; ".join(f"{row['name']}: {row['shown']}" for row in values)
    return Chart(spec, f"{_('Promises kept')}: {told}.")


def _conversion(steps: Sequence[ConversionStep], colours: Palette) -> Chart:
    """From phase to phase: how many prospects came so far, and how many of them became customers."""
    rows = [(local_name(one) or _("All prospects"), one) for one in steps]
    most = max(one.prospects for _name, one in rows)
    values = [
        {
            "name": short(name), "prospects": one.prospects, "won": one.converted,
            "shown": _("%(n)s, of these %(won)s customers") % {"n": num(one.prospects), "won": num(one.converted)},
        }
        for name, one in rows
    ]  # fmt: skip
    scale: Spec = {"domain": [0, most * 1.45], "nice": False}
    spec = {
        "data": {"values": values}, "width": PAGE - NAMES, "height": {"step": 18}, "config": CONFIG, "encoding": {"y": _Y},
        "layer": [
            {"mark": {"type": "bar", "height": {"band": 0.6}, "color": colours.pale},
             "encoding": {"x": {"field": "prospects", "type": "quantitative", "title": None, "axis": None, "scale": scale}}},
            {"mark": {"type": "bar", "height": {"band": 0.6}, "color": colours.accent},
             "encoding": {"x": {"field": "won", "type": "quantitative", "scale": scale}}},
            {"mark": {"type": "text", "align": "left", "dx": 8, "fontSize": 9.5, "color": SOFT},
             "encoding": {"x": {"field": "prospects", "type": "quantitative", "scale": scale}, "text": {"field": "shown"}}},
        ],
    }  # fmt: skip
    told = "; ".join(f"{row['name']}: {row['shown']}" for row in values)
    return Chart(spec, pgettext("report", "Conversion by phase") + f": {told}.")
