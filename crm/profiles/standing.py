"""The reads of scores: what a customer's page and the page of all customers say about them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from crm.accounts.current import CurrentUser
from crm.customers.queries import sees_restricted
from crm.database import HIGHEST_ID, Row, decoded, fetch, fetch_one
from crm.errors import NotFound
from crm.profiles.basis import may_profile
from crm.profiles.explaining import Score, abc_sentence, rfm_sentence, why_not_sentence


@dataclass(frozen=True, slots=True)
class Review:
    """A human review: asked for, perhaps decided."""

    asked_at: datetime
    request: str
    asked_name: str
    decided_at: datetime | None
    decided_class: str
    decided_name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Standing:
    """A customer's score with its sentences, or why there is none; the review that stands; earlier scores, the newest
    first."""

    customer_id: int
    name: str
    person_id: int | None
    score: Score | None
    why_not: str
    why_not_sentence: str
    review: Review | None
    earlier: tuple[Score, ...]

    @property
    def sentences(self) -> list[str]:
        if self.score is None:
            return []
        return [text for text in (abc_sentence(self.name, self.score), rfm_sentence(self.score)) if text]

    @property
    def is_reviewed(self) -> bool:
        return self.review is not None and self.review.decided_at is not None


_STANDING = """
    SELECT c.name, c.kind, c.restricted_at IS NOT NULL OR p.restricted_at IS NOT NULL AS is_restricted, p.id AS person,
        f.orders, s.profiling_basis, s.abc_a, s.abc_b,
        c.kind = 'organisation' OR coalesce(profiling_is_allowed(p.id), false) AS is_allowed,
        coalesce(has_said_no(p.id, 'profiling'), false) AS has_said_no,
        (SELECT to_jsonb(k)::text FROM (
            SELECT k.*, r.abc_a, r.abc_b FROM customer_score k JOIN score_run r ON r.id = k.run WHERE k.customer = c.id) k) AS score,
        (SELECT to_jsonb(v)::text FROM (
            SELECT v.asked_at, v.request, coalesce(a.name, '') AS asked_name, v.decided_at, v.decided_class,
                coalesce(d.name, '') AS decided_name, v.reason
            FROM score_review v LEFT JOIN staff a ON a.id = v.recorded_by LEFT JOIN staff d ON d.id = v.decided_by
            WHERE v.customer = c.id AND v.taken_back_at IS NULL) v) AS review,
        (SELECT coalesce(jsonb_agg(h), '[]')::text FROM (
            SELECT h.*, r.abc_a, r.abc_b FROM score_change h JOIN score_run r ON r.id = h.run WHERE h.customer = c.id
            ORDER BY h.computed_at DESC, h.id DESC LIMIT 7) h) AS earlier
    FROM customer c CROSS JOIN score_settings s JOIN customer_figures f ON f.customer = c.id
    LEFT JOIN affiliation m ON m.customer = c.id AND m.is_self LEFT JOIN person p ON p.id = m.person
    WHERE c.id = $1 AND c.deleted_at IS NULL AND (c.restricted_at IS NULL AND p.restricted_at IS NULL OR $2)
"""


async def standing_of(user: CurrentUser, customer_id: int) -> Standing:
    """One statement. Raises NotFound as `customer_for` does. What may not be used is not told, though it be stored."""
    row = await fetch_one(_STANDING, customer_id, sees_restricted(user)) if 0 < customer_id <= HIGHEST_ID else None
    if row is None:
        raise NotFound()
    why_not = may_profile(
        is_organisation=row.kind == "organisation", is_restricted=row.is_restricted, is_deleted=False,
        demanded=row.profiling_basis, explicit_consent=row.is_allowed, has_said_no=row.has_said_no,
    )  # fmt: skip
    stored = decoded(row.score)
    if not why_not and stored is None:
        why_not = "not_yet" if row.orders else "no_orders"
    score = None if why_not else _score(stored)
    review = decoded(row.review)
    return Standing(
        customer_id=customer_id, name=row.name, person_id=row.person, score=score, why_not=why_not,
        why_not_sentence=why_not_sentence(why_not, row.name) if why_not else "",
        review=_review(review) if review else None,
        earlier=tuple(_score(one) for one in decoded(row.earlier)[1:]) if score else (),
    )  # fmt: skip


def _score(stored: dict[str, Any]) -> Score:
    on = stored["last_order_on"]
    return Score(
        computed_at=datetime.fromisoformat(stored["computed_at"]), abc_class=stored["abc_class"],
        computed_class=stored["computed_class"], revenue=Decimal(str(stored["revenue"])), share=float(stored["share"]),
        share_before=float(stored["share_before"]), rank=stored["rank"], compared=stored["compared"],
        orders=stored["orders"], last_order_on=date.fromisoformat(on) if on else None, recency_days=stored["recency_days"],
        recency=stored["recency"], frequency=stored["frequency"], monetary=stored["monetary"], rfm=stored["rfm"],
        abc_a=stored["abc_a"], abc_b=stored["abc_b"],
    )  # fmt: skip


def _review(stored: dict[str, Any]) -> Review:
    decided = stored["decided_at"]
    return Review(
        datetime.fromisoformat(stored["asked_at"]), stored["request"], stored["asked_name"],
        datetime.fromisoformat(decided) if decided else None, stored["decided_class"], stored["decided_name"],
        stored["reason"],
    )  # fmt: skip


async def latest_run() -> Row | None:
    """The run that is under way, else the newest."""
    return await fetch_one(
        "SELECT r.id, r.status, r.requested_at, r.finished_at, r.computed_on, r.abc_a, r.abc_b, r.profiling_basis, r.scored, "
        "r.left_out, r.revenue, u.name AS by_name FROM score_run r LEFT JOIN staff u ON u.id = r.requested_by "
        "ORDER BY r.status IN ('requested', 'running') DESC, r.id DESC LIMIT 1"
    )


async def run_named(run_id: int) -> Row:
    """One run. Raises NotFound."""
    row = await fetch_one(
        "SELECT id, status, requested_at, finished_at, scored, left_out FROM score_run WHERE id = $1",
        run_id if 0 < run_id <= HIGHEST_ID else 0,
    )
    if row is None:
        raise NotFound()
    return row


async def score_settings() -> Row:
    """How customers are scored."""
    row = await fetch_one("SELECT abc_a, abc_b, profiling_basis, version FROM score_settings")
    assert row is not None, "made by its migration"
    return row


_SEEN = "c.deleted_at IS NULL AND c.restricted_at IS NULL"


async def classes() -> list[Row]:
    """How many customers are in each class, and which share of revenue they carry."""
    return await fetch(
        "SELECT s.abc_class, count(*) AS customers, sum(s.revenue) AS revenue, sum(s.share)::float8 AS share "
        f"FROM customer_score s JOIN customer c ON c.id = s.customer WHERE {_SEEN} GROUP BY 1 ORDER BY 1"
    )


async def rfm_groups() -> Row | None:
    """How many customers fit each of the groups by which RFM is told."""
    return await fetch_one(
        "SELECT count(*) FILTER (WHERE recency >= 4 AND frequency >= 4 AND monetary >= 4) AS best, "
        "count(*) FILTER (WHERE recency <= 2 AND frequency >= 4) AS fading, "
        "count(*) FILTER (WHERE recency >= 4 AND frequency <= 2) AS beginning, "
        "count(*) FILTER (WHERE recency <= 2 AND frequency <= 2) AS gone "
        f"FROM customer_score s JOIN customer c ON c.id = s.customer WHERE s.rfm <> '' AND {_SEEN}"
    )


async def reviews() -> list[Row]:
    """The reviews that wait for a decision, the oldest first, then the decisions that stand."""
    return await fetch(
        "SELECT v.customer, c.name, v.asked_at, v.request, v.decided_at, v.decided_class, v.reason, v.computed_class, "
        "s.abc_class, s.computed_class AS computed_now, d.name AS decided_name FROM score_review v "
        "JOIN customer c ON c.id = v.customer JOIN customer_score s ON s.customer = c.id LEFT JOIN staff d ON d.id = v.decided_by "
        f"WHERE v.taken_back_at IS NULL AND {_SEEN} ORDER BY v.decided_at IS NOT NULL, v.asked_at, v.id LIMIT 200"
    )
