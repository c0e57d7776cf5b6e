"""What pages about any days offer to choose, and what their figures mean."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from crm.reports import months
from crm.reports.dashboard.asking import Asked
from crm.reports.definitions import DEFINITIONS, Definition
from crm.reports.span_words import title_of
from crm.reports.spans import Span, quarter_of, span_of, year_of
from crm.web.i18n import _, zone

MONTHS_OFFERED = 24


def meanings(more: Iterable[Definition] = ()) -> dict[str, tuple[str, str]]:
    """What each figure means: its name and its definition, by code."""
    return {one.code: (_(one.name), _(one.text)) for one in (*DEFINITIONS, *more)}


def choice(asked: Asked, now: datetime, path: str = "/dashboard", **more: str) -> dict[str, Any]:
    """Other days to choose for the page at `path`: chips for the usual ones, and months by name; `more` stays in the address."""
    today = now.astimezone(zone.get()).date()
    this = today.replace(day=1)
    usual = [
        span_of({}, now, zone.get()),
        Span.of_month(this),
        Span.of_month(months.earlier(this, 1)),
        quarter_of(today),
        year_of(today),
    ]
    return {
        "path": path,
        "more": more,
        "chips": [(title_of(span), asked.of_days(span, path, **more), span == asked.span) for span in usual],
        "months": [
            (months.written(month), title_of(Span.of_month(month)))
            for month in (months.earlier(this, n) for n in range(MONTHS_OFFERED))
        ],
        "month": asked.span.query().get("month", ""),
    }
