"""When a round is over, and which stretches of time its results compare. Days are those of the company's zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from crm.database import Row
from crm.web.formats import local
from crm.web.i18n import zone

YEAR = timedelta(days=365)
BACK_WITHIN = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Window:
    """`since` to `until`: the twelve months of customers' answers before the round ended. Whether somebody came back is known
    once their 90 days are over, so those answers are of the twelve months up to `settled`."""

    since: datetime
    until: datetime

    @property
    def settled(self) -> datetime:
        return self.until - BACK_WITHIN

    @property
    def settled_since(self) -> datetime:
        return self.since - BACK_WITHIN


def is_over(row: Row, now: datetime) -> bool:
    """Whether somebody closed the round, or its last day is over."""
    return row.closed_at is not None or local(now).date() > row.ends_on


def window_of(row: Row) -> Window:
    """Up to the moment when it was closed, or the end of its last day."""
    ends_at = datetime.combine(row.ends_on + timedelta(days=1), time(), zone.get()).astimezone(UTC)
    until = min(row.closed_at, ends_at) if row.closed_at else ends_at
    return Window(until - YEAR, until)
