"""Computing the scores of all customers who may be scored: asked for, at night or by hand, in SQL and in one transaction."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog

from crm.accounts.audit import record
from crm.database import Row, execute, fetch, fetch_one, fetch_value, transaction
from crm.profiles.rfm import FEWEST, FIFTHS
from crm.queue import enqueue
from crm.web.formats import local

log = structlog.get_logger()

STALE = timedelta(minutes=5)
"""A run that was claimed so long ago and is not ready has lost its worker."""

KEPT_MONTHS = 24
"""How long earlier scores are kept for explaining."""

_COLUMNS = (
    "customer, run, computed_at, abc_class, computed_class, revenue, share, share_before, rank, compared, orders, "
    "last_order_on, recency_days, recency, frequency, monetary, rfm"
)

# $1 run, $2 now, $3 the day, $4 and $5 the limits in percent, $6 whether consent is demanded
_COMPUTE = f"""
    WITH asked AS MATERIALIZED (
        SELECT DISTINCT coalesce(heir_of_person(person_id), person_id) AS person_id FROM (
            SELECT DISTINCT person_id FROM consent_event WHERE purpose = 'profiling' AND person_id IS NOT NULL) said
    ), allowed AS MATERIALIZED (
        SELECT person_id FROM asked WHERE profiling_is_allowed(person_id)
    ), eligible AS (
        SELECT f.customer, greatest(f.revenue, 0) AS revenue, f.revenue AS true_revenue, f.orders, f.last_order_on
        FROM customer_figures f JOIN customer c ON c.id = f.customer
        LEFT JOIN affiliation s ON s.customer = c.id AND s.is_self LEFT JOIN person p ON p.id = s.person
        WHERE f.orders > 0 AND c.deleted_at IS NULL AND c.restricted_at IS NULL
            AND (c.kind = 'organisation' OR p.id IS NOT NULL AND p.restricted_at IS NULL AND CASE WHEN $6
                THEN p.id IN (SELECT person_id FROM allowed)
                ELSE p.id NOT IN (SELECT person_id FROM asked EXCEPT SELECT person_id FROM allowed) END)
    ), placed AS (
        SELECT *, sum(revenue) OVER () AS total, count(*) OVER () AS compared,
            coalesce(sum(revenue) OVER (ORDER BY revenue DESC GROUPS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS before,
            rank() OVER (ORDER BY revenue DESC) AS place,
            rank() OVER (ORDER BY coalesce(last_order_on, '0001-01-01')) - 1 AS staler,
            rank() OVER (ORDER BY orders) - 1 AS rarer, rank() OVER (ORDER BY true_revenue) - 1 AS poorer
        FROM eligible
    ), scored AS (
        SELECT *, CASE WHEN revenue = 0 THEN 'C' WHEN before * 100 < $4::int * total THEN 'A'
                WHEN before * 100 < $5::int * total THEN 'B' ELSE 'C' END AS class,
            CASE WHEN compared >= {FEWEST} THEN 1 + {FIFTHS} * staler / compared END AS recency,
            CASE WHEN compared >= {FEWEST} THEN 1 + {FIFTHS} * rarer / compared END AS frequency,
            CASE WHEN compared >= {FEWEST} THEN 1 + {FIFTHS} * poorer / compared END AS monetary
        FROM placed
    ), rows AS (
        SELECT s.customer, $1::bigint AS run, $2::timestamptz AS computed_at, coalesce(r.decided_class, s.class) AS abc_class,
            s.class AS computed_class, s.true_revenue AS revenue,
            CASE WHEN s.total > 0 THEN round(s.revenue / s.total, 8) ELSE 0 END AS share,
            CASE WHEN s.total > 0 THEN round(s.before / s.total, 8) ELSE 0 END AS share_before,
            s.place::int AS rank, s.compared::int AS compared, s.orders, s.last_order_on,
            greatest($3::date - s.last_order_on, 0) AS recency_days, s.recency::int AS recency,
            s.frequency::int AS frequency, s.monetary::int AS monetary, concat(s.recency, s.frequency, s.monetary) AS rfm
        FROM scored s LEFT JOIN score_review r
            ON r.customer = s.customer AND r.decided_at IS NOT NULL AND r.taken_back_at IS NULL
    ), told AS (
        INSERT INTO score_change ({_COLUMNS}) SELECT r.* FROM rows r LEFT JOIN customer_score k ON k.customer = r.customer
        WHERE k.id IS NULL OR (k.abc_class, k.computed_class, k.rfm) IS DISTINCT FROM (r.abc_class, r.computed_class, r.rfm)
        RETURNING 1
    )
    INSERT INTO customer_score ({_COLUMNS}) SELECT * FROM rows ORDER BY customer
    ON CONFLICT (customer) DO UPDATE SET run = excluded.run, computed_at = excluded.computed_at,
        abc_class = excluded.abc_class, computed_class = excluded.computed_class, revenue = excluded.revenue,
        share = excluded.share, share_before = excluded.share_before, rank = excluded.rank, compared = excluded.compared,
        orders = excluded.orders, last_order_on = excluded.last_order_on, recency_days = excluded.recency_days,
        recency = excluded.recency, frequency = excluded.frequency, monetary = excluded.monetary, rfm = excluded.rfm
"""

# Whoever may not be scored (any more) or has no order left. What is restricted is only stored: it stays as it is, unseen.
_FORGET = (
    "DELETE FROM customer_score s USING customer c WHERE c.id = s.customer AND s.run <> $1 AND c.restricted_at IS NULL "
    "AND NOT EXISTS (SELECT FROM affiliation f JOIN person p ON p.id = f.person "
    "WHERE f.customer = c.id AND f.is_self AND p.restricted_at IS NOT NULL)"
)
_FORGET_PERSONS = """
    DELETE FROM score_change h USING customer c WHERE c.id = h.customer AND c.kind = 'person' AND c.restricted_at IS NULL
        AND NOT EXISTS (SELECT FROM customer_score s WHERE s.customer = h.customer)
        AND EXISTS (SELECT FROM affiliation f JOIN person p ON p.id = f.person WHERE f.customer = c.id AND f.is_self
            AND p.restricted_at IS NULL AND NOT profiling_is_allowed(p.id))
"""


async def request_scores(*, by: int | None, now: datetime, nudge: bool = True) -> int:
    """Ask for a computation of all scores: the id of its run. One that is under way is not asked for again. Without
    `nudge` the caller computes it."""
    async with transaction():
        run_id = await fetch_value(
            "INSERT INTO score_run (status, requested_by, requested_at, abc_a, abc_b, profiling_basis, scored, left_out, revenue) "
            "SELECT 'requested', $1, $2, abc_a, abc_b, profiling_basis, 0, 0, 0 FROM score_settings "
            "ON CONFLICT DO NOTHING RETURNING id",
            by, now,
        )  # fmt: skip
        if run_id is None:
            return int(
                await fetch_value(
                    "SELECT id FROM score_run WHERE status IN ('requested', 'running') UNION ALL "
                    "(SELECT id FROM score_run ORDER BY id DESC LIMIT 1) LIMIT 1"
                )
            )
        if by is not None:
            await record("score_run.requested", "score_run", int(run_id), by=by, now=now)
        if nudge:
            await enqueue("compute_scores", int(run_id))
        return int(run_id)


async def compute_scores(run_id: int, *, now: datetime) -> bool:
    """Score everybody who may be scored; False if another worker has the run or it is done.

    Organisations freely, private persons as the settings demand (DOMAIN: with explicit consent), never restricted or deleted
    ones. People who could withdraw meanwhile are held until the commit; a withdrawal after it deletes the score.
    """
    run = await fetch_one(
        "UPDATE score_run SET status = 'running', claimed_at = $2 WHERE id = $1 "
        "AND (status = 'requested' OR status = 'running' AND claimed_at < $3) RETURNING id, claimed_at",
        run_id, now, now - STALE,
    )  # fmt: skip
    if run is None:
        return False
    try:
        return await _compute(run, now)
    except Exception as problem:
        log.error("scores_failed", run=run_id, exc_info=problem)
        await execute(
            "UPDATE score_run SET status = 'failed', finished_at = $2 WHERE id = $1 AND status = 'running' AND claimed_at = $3",
            run_id, now, run.claimed_at,
        )  # fmt: skip
        return False


async def _compute(run: Row, now: datetime) -> bool:
    async with transaction():
        mine = await fetch_one(
            "SELECT id FROM score_run WHERE id = $1 AND status = 'running' AND claimed_at = $2 FOR UPDATE",
            run.id, run.claimed_at,
        )  # fmt: skip
        settings = await fetch_one("SELECT abc_a, abc_b, profiling_basis FROM score_settings FOR SHARE")
        if mine is None or settings is None:
            return False
        by_consent = settings.profiling_basis == "consent"
        await _hold_people(by_consent)
        day = local(now).date()
        await execute(_COMPUTE, run.id, now, day, settings.abc_a, settings.abc_b, by_consent)
        await execute(_FORGET, run.id)
        await execute(_FORGET_PERSONS)
        await execute(
            "DELETE FROM score_change WHERE computed_at < $1::timestamptz - make_interval(months => $2)",
            now,
            KEPT_MONTHS,
        )
        await execute(
            "UPDATE score_run SET status = 'ready', finished_at = $2, computed_on = $3, abc_a = $4, abc_b = $5, "
            "profiling_basis = $6, scored = (SELECT count(*) FROM customer_score WHERE run = $1), "
            "revenue = (SELECT coalesce(sum(greatest(revenue, 0)), 0) FROM customer_score WHERE run = $1), "
            "left_out = (SELECT count(*) FROM customer_figures f JOIN customer c ON c.id = f.customer WHERE f.orders > 0 "
            "AND c.deleted_at IS NULL AND c.restricted_at IS NULL AND NOT EXISTS "
            "(SELECT FROM customer_score s WHERE s.customer = c.id)) WHERE id = $1",
            run.id, now, day, settings.abc_a, settings.abc_b, settings.profiling_basis,
        )  # fmt: skip
        return True


async def _hold_people(by_consent: bool) -> None:
    """Whoever could take back what the computation rests on waits until it is committed."""
    if by_consent:
        await execute(
            "SELECT FROM person WHERE id IN (SELECT heir_of_person(person_id) FROM (SELECT DISTINCT person_id FROM consent_event "
            "WHERE purpose = 'profiling' AND person_id IS NOT NULL) said) ORDER BY id FOR SHARE"
        )
    else:
        await execute(
            "SELECT FROM person p JOIN affiliation s ON s.person = p.id AND s.is_self "
            "JOIN customer_figures f ON f.customer = s.customer AND f.orders > 0 ORDER BY p.id FOR SHARE OF p"
        )


async def request_nightly_scores(*, now: datetime) -> None:
    """Every night anew: days go by, orders come in."""
    await request_scores(by=None, now=now)


async def sweep_scores(*, now: datetime) -> None:
    """Nudge the queue about a run that was asked for and not begun, or lost with its worker."""
    for run in await fetch(
        "SELECT id FROM score_run WHERE status = 'requested' AND requested_at < $1 OR status = 'running' AND claimed_at < $2",
        now - timedelta(seconds=30), now - STALE,
    ):  # fmt: skip
        await enqueue("compute_scores", run.id)
