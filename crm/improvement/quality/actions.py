"""Drawing a sample of conversations, rating one, reading the feedback."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from crm.accounts.audit import record
from crm.database import Lock, execute, fetch, fetch_one, fetch_value, take_lock, transaction
from crm.errors import Invalid, RuleBroken
from crm.improvement.quality.words import ASPECTS
from crm.notifications.actions import notify
from crm.notifications.kinds import Kind
from crm.web.i18n import _

LOOKS_BACK = timedelta(days=30)
KEPT = timedelta(days=365)
MOST_EACH = 5
LEAST_LETTERS = 20
"""A note of three words says nothing about how we speak."""

# $1 since when, $2 how many each, $3 who draws, $4 what makes the draw a draw: the same words give the same sample
_DRAW = f"""
    WITH said AS (
        SELECT m.by_user AS agent, m.id AS message, NULL::bigint AS interaction, k.customer, k.person
        FROM ticket_message m JOIN ticket k ON k.id = m.ticket
        WHERE m.kind = 'reply' AND NOT m.is_automatic AND m.at >= $1 AND length(m.text) >= {LEAST_LETTERS}
        UNION ALL
        SELECT i.by_user, NULL, i.id, i.customer, i.person FROM interaction i
        WHERE i.at >= $1 AND i.counts AND length(i.text) >= {LEAST_LETTERS} AND i.ticket IS NULL
    ), chosen AS (
        SELECT s.agent, s.message, s.interaction, row_number() OVER (
            PARTITION BY s.agent ORDER BY md5($4 || coalesce('m' || s.message, 'i' || s.interaction))) AS place
        FROM said s JOIN staff u ON u.id = s.agent AND u.deactivated_at IS NULL AND u.id <> $3
        JOIN customer c ON c.id = s.customer AND c.deleted_at IS NULL AND c.restricted_at IS NULL
        LEFT JOIN person p ON p.id = s.person
        WHERE p.restricted_at IS NULL AND NOT EXISTS (SELECT FROM quality_review q WHERE q.message = s.message)
            AND NOT EXISTS (SELECT FROM quality_review q WHERE q.interaction = s.interaction)
    )
    INSERT INTO quality_review (agent, message, interaction, drawn_at, drawn_by)
    SELECT agent, message, interaction, $5, $3 FROM chosen WHERE place <= $2 ORDER BY md5($4 || place || agent) RETURNING id
"""


async def draw_sample(each: int, *, by: int, now: datetime) -> int:
    """Draw `each` answers or notes of the last 30 days of every colleague who wrote any, by chance and not twice; how many that
    were. Raises RuleBroken while twice as many still wait for a look: a sample that nobody looks at helps nobody."""
    async with transaction():
        await take_lock(Lock.QUALITY)
        waiting = await fetch_value(
            "SELECT count(*) FROM quality_review WHERE rated_at IS NULL AND skipped_at IS NULL AND drawn_by = $1", by
        )
        if waiting >= 2 * MOST_EACH:
            raise RuleBroken(_("Please look at those first that were drawn already."))
        drawn = await fetch(_DRAW, now - LOOKS_BACK, each, by, now.isoformat(), now)
        if drawn:
            await record("quality.drawn", "quality", None, by=by, now=now, fields={"drawn": len(drawn)})
        return len(drawn)


async def rate(review_id: int, ratings: Mapping[str, int | None], feedback: str, *, by: int, now: datetime) -> None:
    """Rate it, or rate it anew; the colleague is told once. Raises Invalid without any rating and without words, RuleBroken for
    one's own or one that was taken out meanwhile."""
    if not feedback and not any(ratings.values()):
        raise Invalid({"feedback": _("Rate at least one point, or write a sentence.")})
    async with transaction():
        review = await fetch_one(
            "SELECT agent, rated_at, skipped_at FROM quality_review WHERE id = $1 FOR UPDATE", review_id
        )
        if review is None or review.skipped_at is not None:
            raise RuleBroken(_("This one was taken out of the sample meanwhile."))
        if review.agent == by:
            raise RuleBroken(_("Your own answers are looked at by somebody else."))
        sets = ", ".join(f"{code} = ${number}" for number, code in enumerate(ASPECTS, 5))
        await execute(
            f"UPDATE quality_review SET feedback = $2, rated_at = $3, rated_by = $4, seen_at = NULL, {sets} WHERE id = $1",
            review_id, feedback, now, by, *(ratings.get(code) for code in ASPECTS),
        )  # fmt: skip
        await notify(
            review.agent, Kind.QUALITY_FEEDBACK, detail={}, link=f"/quality/mine/{review_id}", now=now,
            dedupe_key=f"quality {review_id}", mail=False,
        )  # fmt: skip
        await record("quality.rated", "quality", review_id, by=by, now=now)


async def leave_out(review_id: int, *, by: int, now: datetime) -> None:
    """Not suitable for a rating (a test, a private matter): it leaves the sample. A second time changes nothing; what was rated
    stays."""
    async with transaction():
        changed = await fetch_value(
            "UPDATE quality_review SET skipped_at = $2 WHERE id = $1 AND rated_at IS NULL AND skipped_at IS NULL AND agent <> $3 "
            "RETURNING id",
            review_id, now, by,
        )  # fmt: skip
        if changed is not None:
            await record("quality.left_out", "quality", review_id, by=by, now=now)


async def note_seen(review_id: int, *, by: int, now: datetime) -> None:
    """The colleague has read it."""
    await execute(
        "UPDATE quality_review SET seen_at = $3 WHERE id = $1 AND agent = $2 AND seen_at IS NULL", review_id, by, now
    )


async def forget_old_reviews(*, now: datetime) -> None:
    """Ratings of people are kept for a year; what was drawn and not looked at for three months goes, too."""
    await execute(
        "DELETE FROM quality_review WHERE rated_at < $1 OR rated_at IS NULL AND drawn_at < $2",
        now - KEPT,
        now - KEPT / 4,
    )
