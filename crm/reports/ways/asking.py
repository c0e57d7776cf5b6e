"""What the comparison of the ways is asked for: which days, and enquiries on which topic."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from crm.database import Row
from crm.errors import Invalid
from crm.reports.spans import Span, SpanKind, quarter_of, span_of, year_of
from crm.tickets.queries import topics
from crm.web.i18n import _, zone

PATH = "/answers/ways"
USUAL_DAYS, SHORT_DAYS = 365, 90
"""Fewer days than a year hold too few answers of customers for a comparison, in most companies."""


@dataclass(frozen=True, slots=True)
class WaysAsked:
    """`topic` is None for all topics."""

    span: Span
    topic: Row | None
    topics: list[Row]

    def href(self, span: Span) -> str:
        """The same topic in other days."""
        query = {**days_of(span), "topic": self.topic.code if self.topic else ""}
        said = urlencode({name: value for name, value in query.items() if value})
        return f"{PATH}?{said}" if said else PATH


def days_of(span: Span) -> dict[str, str]:
    return {} if span.kind is SpanKind.LATELY else {"from": span.first.isoformat(), "to": span.last.isoformat()}


def lately(today: date, days: int) -> Span:
    """The last so many days, today included."""
    kind = SpanKind.LATELY if days == USUAL_DAYS else SpanKind.DAYS
    return Span(kind, today - timedelta(days=days - 1), today)


def choices(today: date) -> list[tuple[str, Span]]:
    """The usual stretches, by name."""
    return [
        (_("Last 12 months"), lately(today, USUAL_DAYS)),
        (_("Last %(n)s days") % {"n": SHORT_DAYS}, lately(today, SHORT_DAYS)),
        (_("This quarter"), quarter_of(today)),
        (str(today.year), year_of(today)),
    ]


async def ways_asked(values: Mapping[str, Any], now: datetime) -> WaysAsked:
    """The last twelve months and all topics without anything; one statement. Raises Invalid by field for what are no days, and for a
    topic that there is not."""
    known = await topics(with_retired=True)
    days = {name: str(values.get(name) or "").replace("\x00", "").strip()[:40] for name in ("from", "to", "month")}
    code = str(values.get("topic") or "").replace("\x00", "").strip()
    errors: dict[str, str] = {}
    span = lately(now.astimezone(zone.get()).date(), USUAL_DAYS)
    if any(days.values()):
        try:
            span = span_of(days, now, zone.get())
        except Invalid as error:
            errors.update(error.errors)
    topic = next((row for row in known if row.code == code), None)
    if code and topic is None:
        errors["topic"] = _("Please choose one of the options.")
    if errors:
        raise Invalid(errors)
    return WaysAsked(span, topic, known)
