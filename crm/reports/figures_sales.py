"""Quotations and their turnaround, conversion per phase, and lost customers: the parts of the monthly report about selling.

SQL like that of figures.py, whose statement runs these parts too; the parameters are the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class QuotationMonth:
    """Quotations requested, sent and decided in the month and the one before. `turnaround_min` is the median of the minutes of
    business time from the request to the sending, of those sent in the month; `decision_min` from there to the customer's
    decision. `waiting` were requested and not sent at the end, `undecided` sent and not decided; `declines` are codes
    of reasons with their counts."""

    requested: int
    requested_before: int
    sent: int
    sent_before: int
    accepted: int
    accepted_before: int
    declined: int
    declined_before: int
    turnaround_min: float | None
    turnaround_min_before: float | None
    longest_min: int | None
    decision_min: float | None
    waiting: int
    undecided: int
    declines: Sequence[tuple[str, int]]

    @property
    def decided(self) -> int:
        return self.accepted + self.declined

    @property
    def decided_before(self) -> int:
        return self.accepted_before + self.declined_before

    @property
    def is_empty(self) -> bool:
        return not (self.requested or self.sent or self.decided or self.waiting or self.undecided)


@dataclass(frozen=True, slots=True)
class ConversionStep:
    """Prospects of the last twelve months who had a contact in this phase (code "": all of them), how many of them have become
    customers or were lost by the end of the month, and the median of the days that it took."""

    code: str
    name_de: str
    name_en: str
    prospects: int
    converted: int
    lost: int
    median_days: float | None


@dataclass(frozen=True, slots=True)
class Lost:
    """Lost customers by a code: of the reason, or of the touchpoint where they were last seen."""

    code: str
    count: int
    before: int
    name_de: str = ""
    name_en: str = ""


@dataclass(frozen=True, slots=True)
class Sales:
    """What the month brought in new customers and took away. `won`: prospects who became customers, whenever they came."""

    quotations: QuotationMonth
    won: int
    won_before: int
    conversion: Sequence[ConversionStep]
    losses: Sequence[Lost]
    lost_at: Sequence[Lost]

    @property
    def lost(self) -> int:
        return sum(row.count for row in self.losses)

    @property
    def lost_before(self) -> int:
        return sum(row.before for row in self.losses)


SHARED = """
    quoted AS MATERIALIZED (
        SELECT q.* FROM quotation q WHERE q.requested_at < $7 AND q.customer NOT IN (SELECT id FROM shut_customer)/* q.customer */
            AND (q.requested_at >= $3 OR q.sent_at >= $3 OR q.decided_at >= $3 OR q.status IN ('requested', 'sent'))
    ),
    turned AS MATERIALIZED (
        SELECT s.customer, s.before, s.after, s.at, s.at >= $1 AS is_this, s.reason_code, s.last_touchpoint FROM status_change s
        WHERE s.at >= $3 AND s.at < $7 AND s.customer NOT IN (SELECT id FROM shut_customer)/* s.customer */
    ),
    came AS MATERIALIZED (
        SELECT s.customer AS id, s.at,
            (SELECT min(x.at) FROM status_change x
             WHERE x.customer = s.customer AND x.after = 'customer' AND x.at >= s.at AND x.at < $7) AS won_at,
            (SELECT min(x.at) FROM status_change x
             WHERE x.customer = s.customer AND x.after = 'former' AND x.at >= s.at AND x.at < $7) AS lost_at
        FROM status_change s WHERE s.before = '' AND s.after = 'prospect' AND s.at >= $4 AND s.at < $7
            AND s.customer NOT IN (SELECT id FROM shut_customer)/* s.customer */
    ),
    reached AS MATERIALIZED (
        SELECT NULL::bigint AS phase, came.* FROM came
        UNION ALL
        SELECT DISTINCT i.phase, came.* FROM came JOIN interaction i ON i.customer = came.id
        WHERE i.phase IS NOT NULL AND i.at < $7 AND i.at <= coalesce(came.won_at, 'infinity')
            AND (i.person IS NULL OR i.person NOT IN (SELECT id FROM shut_person))
    )
"""

PARTS = {
    "quotations": """
        SELECT count(*) FILTER (WHERE requested_at >= $1) AS requested,
            count(*) FILTER (WHERE requested_at >= $3 AND requested_at < $1) AS requested_before,
            count(*) FILTER (WHERE sent_at >= $1 AND sent_at < $7) AS sent,
            count(*) FILTER (WHERE sent_at >= $3 AND sent_at < $1) AS sent_before,
            count(*) FILTER (WHERE status = 'accepted' AND decided_at >= $1 AND decided_at < $7) AS accepted,
            count(*) FILTER (WHERE status = 'accepted' AND decided_at >= $3 AND decided_at < $1) AS accepted_before,
            count(*) FILTER (WHERE status = 'declined' AND decided_at >= $1 AND decided_at < $7) AS declined,
            count(*) FILTER (WHERE status = 'declined' AND decided_at >= $3 AND decided_at < $1) AS declined_before,
            percentile_cont(0.5) WITHIN GROUP (ORDER BY turnaround_min)
                FILTER (WHERE sent_at >= $1 AND sent_at < $7) AS turnaround_min,
            percentile_cont(0.5) WITHIN GROUP (ORDER BY turnaround_min)
                FILTER (WHERE sent_at >= $3 AND sent_at < $1) AS turnaround_min_before,
            max(turnaround_min) FILTER (WHERE sent_at >= $1 AND sent_at < $7) AS longest_min,
            percentile_cont(0.5) WITHIN GROUP (ORDER BY decision_min)
                FILTER (WHERE decided_at >= $1 AND decided_at < $7) AS decision_min,
            count(*) FILTER (WHERE coalesce(sent_at, 'infinity') >= $7 AND coalesce(decided_at, 'infinity') >= $7) AS waiting,
            count(*) FILTER (WHERE sent_at < $7 AND coalesce(decided_at, 'infinity') >= $7) AS undecided
        FROM quoted
    """,
    "declines": """
        SELECT decline_reason AS code, count(*) AS count FROM quoted
        WHERE status = 'declined' AND decided_at >= $1 AND decided_at < $7 GROUP BY 1 ORDER BY 2 DESC, 1
    """,
    "won": """
        SELECT count(*) FILTER (WHERE is_this) AS count, count(*) FILTER (WHERE NOT is_this) AS before
        FROM turned WHERE before = 'prospect' AND after = 'customer'
    """,
    "conversion": """
        SELECT coalesce(p.code, '') AS code, coalesce(p.name_de, '') AS name_de, coalesce(p.name_en, '') AS name_en,
            count(*) AS prospects, count(won_at) AS converted,
            count(*) FILTER (WHERE lost_at IS NOT NULL AND won_at IS NULL) AS lost,
            percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM won_at - at) / 86400.0) AS median_days
        FROM reached r LEFT JOIN phase p ON p.id = r.phase
        GROUP BY p.id ORDER BY p.position NULLS FIRST, p.id
    """,
    "losses": """
        SELECT reason_code AS code, count(*) FILTER (WHERE is_this) AS count, count(*) FILTER (WHERE NOT is_this) AS before
        FROM turned WHERE after = 'former' AND before <> '' GROUP BY 1 ORDER BY 2 DESC, 3 DESC, 1
    """,
    "lost_at": """
        SELECT t.code, t.name_de, t.name_en, count(*) FILTER (WHERE c.is_this) AS count,
            count(*) FILTER (WHERE NOT c.is_this) AS before
        FROM turned c JOIN touchpoint t ON t.code = c.last_touchpoint WHERE c.after = 'former' AND c.before <> ''
        GROUP BY t.id ORDER BY 4 DESC, 5 DESC, t.position, t.id
    """,
}


def sales_of(parts: Mapping[str, Rows]) -> Sales:
    """The sales of the month from the parts named above."""
    declines = [(row["code"], row["count"]) for row in parts["declines"]]
    won = parts["won"][0]
    return Sales(
        quotations=QuotationMonth(**parts["quotations"][0], declines=declines),
        won=won["count"],
        won_before=won["before"],
        conversion=[ConversionStep(**row) for row in parts["conversion"]],
        losses=[Lost(**row) for row in parts["losses"]],
        lost_at=[Lost(**row) for row in parts["lost_at"]],
    )
