"""Opening a round, changing it, rating in it, closing it."""

from __future__ import annotations

from datetime import date, datetime

from crm.accounts.audit import changes, record
from crm.database import Row, execute, fetch, fetch_one, fetch_value, transaction
from crm.errors import Conflict, Difference, Invalid, NotFound, RuleBroken
from crm.improvement.assessments.forms import Ratings, RoundData
from crm.improvement.assessments.periods import is_over
from crm.improvement.assessments.words import ASPECTS, FIELDS
from crm.notifications.actions import News, notify_many
from crm.notifications.kinds import Kind
from crm.web.formats import short_date
from crm.web.i18n import _

_RATE = """
    INSERT INTO assessment (assessed, rater, importance, friendliness, consistency, technology, changed_at)
    SELECT x.assessed, $2, x.importance, x.friendliness, x.consistency, x.technology, $3
    FROM unnest($4::bigint[], $5::int[], $6::int[], $7::int[], $8::int[])
        AS x (assessed, importance, friendliness, consistency, technology)
    JOIN assessed_touchpoint s ON s.id = x.assessed AND s.round = $1
    ORDER BY x.assessed
    ON CONFLICT (assessed, rater) DO UPDATE SET importance = coalesce(excluded.importance, assessment.importance),
        friendliness = coalesce(excluded.friendliness, assessment.friendliness),
        consistency = coalesce(excluded.consistency, assessment.consistency),
        technology = coalesce(excluded.technology, assessment.technology), changed_at = excluded.changed_at
"""


async def open_round(data: RoundData, *, by: int, now: datetime) -> int:
    """Open a round; colleagues are told in the app. Raises Invalid for a touchpoint that isn't in use."""
    async with transaction():
        ids = await fetch(
            "SELECT id FROM touchpoint WHERE code = ANY($1) AND state = 'active' FOR KEY SHARE", list(data.touchpoints)
        )
        if len(ids) != len(set(data.touchpoints)) or not ids:
            raise Invalid({"touchpoints": _("Choose touchpoints that are in use.")})
        round_id = await fetch_value(
            "INSERT INTO assessment_round (name, ends_on, opened_at, opened_by, version) VALUES ($1, $2, $3, $4, 1) RETURNING id",
            data.name, data.ends_on, now, by,
        )  # fmt: skip
        await execute(
            "INSERT INTO assessed_touchpoint (round, touchpoint) SELECT $1, unnest($2::bigint[])", round_id, [row.id for row in ids]
        )  # fmt: skip
        fields = {"name": data.name, "ends_on": data.ends_on, "assessed": len(ids)}
        await record("assessment.opened", "assessment_round", round_id, by=by, now=now, fields=fields)
        others = await fetch("SELECT id FROM staff WHERE deactivated_at IS NULL AND id <> $1 ORDER BY id", by)
        news = [
            News(row.id, Kind.ASSESSMENT_OPENED, {"name": data.name}, f"/assessments/{round_id}", f"assessment {round_id} {row.id}")
            for row in others
        ]  # fmt: skip
        await notify_many(news, now=now)
        return int(round_id)


async def change_round(round_id: int, name: str, ends_on: date, version: int, *, by: int, now: datetime) -> None:
    """Another name, another last day, while it is open; what is the same already is no conflict. Raises RuleBroken once it is over,
    Conflict if somebody else was quicker."""
    async with transaction():
        row = await _open_and_locked(round_id, now)
        before, after = {"name": row.name, "ends_on": row.ends_on}, {"name": name, "ends_on": ends_on}
        differing = changes(before, after)
        if not differing:
            return
        if row.version != version:
            theirs = {"name": row.name, "ends_on": short_date(row.ends_on)}
            mine = {"name": name, "ends_on": short_date(ends_on)}
            differing_now = [
                Difference(code, _(FIELDS[code]), theirs[code], mine[code])
                for code in theirs
                if before[code] != after[code]
            ]
            raise Conflict(_("Somebody changed this round while you were working on it."), differing_now, row.version)
        await execute(
            "UPDATE assessment_round SET name = $2, ends_on = $3, version = version + 1 WHERE id = $1", round_id, name, ends_on
        )  # fmt: skip
        await record("assessment.changed", "assessment_round", round_id, by=by, now=now, fields=differing)


async def close_round(round_id: int, *, by: int, now: datetime) -> None:
    """Close it before its last day; from now on there are results and no more ratings. One that is over stays as it is."""
    async with transaction():
        row = await _locked(round_id)
        if is_over(row, now):
            return
        await execute(
            "UPDATE assessment_round SET closed_at = $2, closed_by = $3, version = version + 1 WHERE id = $1", round_id, now, by
        )  # fmt: skip
        await record("assessment.closed", "assessment_round", round_id, by=by, now=now)


async def rate_touchpoints(round_id: int, ratings: Ratings, *, by: int, now: datetime) -> None:
    """Keep what somebody chose; what they had chosen elsewhere stays. Nothing of it stands in the audit trail: nobody reads who rated
    how. Raises RuleBroken once the round is over."""
    async with transaction():
        row = await fetch_one("SELECT * FROM assessment_round WHERE id = $1 FOR KEY SHARE", round_id)
        if row is None:
            raise NotFound()
        _demand_open(row, now)
        if ratings:
            columns = [[chosen.get(code) for chosen in ratings.values()] for code in ASPECTS]
            await execute(_RATE, round_id, by, now, list(ratings), *columns)


def _demand_open(row: Row, now: datetime) -> None:
    if is_over(row, now):
        raise RuleBroken(_("This round is over. What was rated counts; nothing can be changed any more."))


async def _locked(round_id: int) -> Row:
    row = await fetch_one("SELECT * FROM assessment_round WHERE id = $1 FOR UPDATE", round_id)
    if row is None:
        raise NotFound()
    return row


async def _open_and_locked(round_id: int, now: datetime) -> Row:
    row = await _locked(round_id)
    _demand_open(row, now)
    return row
