"""How many prospects became customers: counted from the status events, by origin and by phase."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from crm.database import fetch
from crm.web.i18n import language


@dataclass(frozen=True, slots=True)
class Conversion:
    """One line: prospects who came in the period, how many of them have become customers since, how many were lost (former
    without ever having been a customer), and the median of the days that the conversion took."""

    code: str
    name: str
    prospects: int
    converted: int
    lost: int
    median_days: float | None

    @property
    def share(self) -> float | None:
        return self.converted / self.prospects if self.prospects else None


_CAME = """
    came AS MATERIALIZED (
        SELECT c.id, c.origin_code, s.at,
            (SELECT min(x.at) FROM status_change x WHERE x.customer = c.id AND x.after = 'customer' AND x.at >= s.at) AS won_at,
            (SELECT min(x.at) FROM status_change x WHERE x.customer = c.id AND x.after = 'former' AND x.at >= s.at) AS lost_at
        FROM status_change s JOIN customer c ON c.id = s.customer
        WHERE s.before = '' AND s.after = 'prospect' AND s.at >= $1 AND s.at < $2
            AND c.deleted_at IS NULL AND c.restricted_at IS NULL)
"""
_COUNTS = """
    count(*) AS prospects, count(won_at) AS converted, count(*) FILTER (WHERE lost_at IS NOT NULL AND won_at IS NULL) AS lost,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM won_at - at) / 86400.0) AS median_days
"""


async def conversion_by_origin(since: datetime, until: datetime) -> list[Conversion]:
    """For the prospects who came from `since` up to `until`: by how they heard of the company, most prospects first."""
    rows = await fetch(
        f"WITH {_CAME} SELECT origin_code AS code, '' AS name, {_COUNTS} FROM came GROUP BY 1 ORDER BY 3 DESC, 1",
        since, until,
    )  # fmt: skip
    return [_conversion(row) for row in rows]


async def conversion_by_phase(since: datetime, until: datetime) -> list[Conversion]:
    """The same prospects by the phases that they reached before they were won: each counts in every phase in which there
    was a contact with them, so the lines are steps of a path and don't add up."""
    name = "name_de" if language.get() == "de" else "name_en"
    rows = await fetch(
        f"WITH {_CAME}, reached AS (SELECT DISTINCT came.*, i.phase FROM came JOIN interaction i ON i.customer = came.id "
        "    AND i.phase IS NOT NULL AND i.at <= coalesce(came.won_at, 'infinity')) "
        f"SELECT p.code, p.{name} AS name, count(r.id) AS prospects, count(r.won_at) AS converted, "
        "count(r.id) FILTER (WHERE r.lost_at IS NOT NULL AND r.won_at IS NULL) AS lost, "
        "percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM r.won_at - r.at) / 86400.0) AS median_days "
        "FROM phase p LEFT JOIN reached r ON r.phase = p.id GROUP BY p.id "
        "HAVING p.retired_at IS NULL OR count(r.id) > 0 ORDER BY p.position, p.id",
        since, until,
    )  # fmt: skip
    return [_conversion(row) for row in rows]


@dataclass(frozen=True, slots=True)
class Loss:
    """Customers lost in the period for one reason (a code of LOSS_REASONS, empty if nobody said)."""

    reason_code: str
    count: int


async def losses_by_reason(since: datetime, until: datetime) -> list[Loss]:
    """Who became a former customer from `since` up to `until`, by reason, the most frequent first."""
    rows = await fetch(
        "SELECT s.reason_code, count(*) AS count FROM status_change s JOIN customer c ON c.id = s.customer "
        "WHERE s.after = 'former' AND s.before <> '' AND s.at >= $1 AND s.at < $2 AND c.deleted_at IS NULL "
        "AND c.restricted_at IS NULL GROUP BY 1 ORDER BY 2 DESC, 1",
        since, until,
    )  # fmt: skip
    return [Loss(row.reason_code, row.count) for row in rows]


def _conversion(row: object) -> Conversion:
    values = dict(row)  # type: ignore[call-overload]
    days = values.pop("median_days")
    return Conversion(**values, median_days=float(days) if days is not None else None)
