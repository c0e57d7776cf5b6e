"""The nightly run: rule by rule, in batches with transactions of their own. The run's row and its results are the truth: whoever dies is
followed by another one who goes on, what has gone is no candidate any more, and the end is the same."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
import structlog

from crm.accounts.audit import record
from crm.database import Arguments, Row, execute, fetch, fetch_one, fetch_value, transaction
from crm.personal import declared, quoted
from crm.privacy.erasure.duty_actions import duties_in_force
from crm.privacy.erasure.emptying import Shape, assignments, delete_rows, empty_rows, shape
from crm.privacy.retention.kinds import Effect, Kind, kinds
from crm.privacy.retention.people import forget_person
from crm.privacy.retention.rules import may_run
from crm.privacy.retention.selecting import Moment, candidates, limit_of
from crm.privacy.retention.telling import tell_officers
from crm.queue import enqueue
from crm.web.i18n import zone

log = structlog.get_logger()

STALE = timedelta(minutes=35)
"""A run that was claimed so long ago has lost its worker: none runs longer than 30 minutes (tasks/worker.py)."""
AT_ONCE = 500
"""Rows in one transaction, so that nobody waits long for one."""
_COUNT_HELD = 100_000


class Overtaken(Exception):
    """Another worker has taken this run over."""


@dataclass(frozen=True, slots=True)
class Night:
    """What is the same for all rules of one run."""

    run: Row
    at: Moment
    known: Shape
    now: datetime


async def run_retention(*, now: datetime, most: int | None = None) -> bool:
    """Do what the approved rules say for the night of `now` (the company's day), or go on where a worker died. False if it is done or
    another worker has it. `most` limits the records of each rule (its own limit otherwise); the rest is for the next night."""
    run = await _claim(now)
    if run is None:
        return False
    night = Night(run, Moment(run.night_on, await duties_in_force()), await shape(), now)
    try:
        for rule in await fetch(
            "SELECT * FROM retention_rule WHERE code = ANY($1) ORDER BY position, id", list(kinds())
        ):
            if may_run(rule):
                await _run_rule(rule.id, rule.code, night, most)
        await _finish(night)
    except Overtaken:
        log.warning("retention_overtaken", run=run.id)
        return False
    return True


async def _claim(now: datetime) -> Row | None:
    today, worker = now.astimezone(zone.get()).date(), secrets.token_hex(16)
    async with transaction():
        unfinished = await fetch_one(
            "UPDATE retention_run SET claimed_at = $1, worker = $2 WHERE id = (SELECT id FROM retention_run WHERE finished_at IS NULL "
            "AND claimed_at < $3 ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING *",
            now, worker, now - STALE,
        )  # fmt: skip
        return unfinished or await fetch_one(
            "INSERT INTO retention_run (night_on, started_at, claimed_at, worker) VALUES ($1, $2, $2, $3) "
            "ON CONFLICT (night_on) DO NOTHING RETURNING *",
            today, now, worker,
        )  # fmt: skip


async def _run_rule(rule_id: int, code: str, night: Night, most: int | None) -> None:
    """Everything that one rule may take in this night. What goes wrong with one rule does not stop the others."""
    kind = kinds()[code]
    result = await fetch_one(
        "INSERT INTO retention_result (run, code, done, held, failed, is_more) VALUES ($1, $2, 0, '{}', 0, false) "
        "ON CONFLICT (run, code) DO UPDATE SET failed = 0 RETURNING *",
        night.run.id, code,
    )  # fmt: skip
    assert result is not None
    if result.finished_at is not None:
        return
    is_broken, is_more = False, False
    try:
        some = _some_people if kind.effect is Effect.PERSON else _some_rows
        is_more = await some(rule_id, kind, night, kind.most if most is None else most)
    except Overtaken:
        raise
    except Exception:  # the report says so, and the next night tries again
        log.exception("retention_rule_failed", rule=code, run=night.run.id)
        is_broken = True
    await _end_rule(rule_id, kind, night, is_broken, is_more)


async def _some_rows(rule_id: int, kind: Kind, night: Night, most: int) -> bool:
    """Batch by batch; whether more is left than fits into one night."""
    while True:
        async with transaction():
            done = await _hold_run(night, kind.code)
            rule = await _rule_in_force(rule_id)
            if rule is None:
                return False
            if done >= most:
                return True
            given = Arguments()
            due = candidates(kind, limit_of(rule, night.at.today), night.at, given)
            rows = await fetch(
                f"SELECT id FROM ({due} FOR UPDATE OF t SKIP LOCKED) x WHERE held IS NULL LIMIT {given(min(AT_ONCE, most - done))}",
                *given,
            )  # fmt: skip
            if not rows:
                return False
            ids = sorted({row.id for row in rows})
            await _treat(kind, ids, night)
            await _count(night, kind.code, done=len(ids))


async def _treat(kind: Kind, ids: list[int], night: Night) -> None:
    one = declared(kind.table)
    if kind.effect is Effect.DELETE:
        await delete_rows(one, ids)
    elif kind.columns:
        sets = assignments(one, night.known, kind.columns)
        await execute(f"UPDATE {quoted(kind.table)} SET {', '.join(sets)} WHERE id = ANY($1)", ids)
    else:
        await empty_rows(one, ids, night.known, night.now)
    for statement in kind.also:
        await execute(statement, ids)


async def _some_people(rule_id: int, kind: Kind, night: Night, most: int) -> bool:
    """One by one: each is an erasure of its own, which goes on by itself if its worker dies."""
    last = 0
    while True:
        rule = await _rule_in_force(rule_id)
        if rule is None:
            return False
        given = Arguments()
        due = candidates(kind, limit_of(rule, night.at.today), night.at, given)
        person = await fetch_value(
            f"SELECT x.id FROM ({due}) x WHERE x.held IS NULL AND x.id > {given(last)} ORDER BY x.id LIMIT 1", *given
        )
        if person is None:
            return False
        last = person
        async with transaction():
            if await _hold_run(night, kind.code) >= most:
                return True

        async def begun() -> None:
            await _hold_run(night, kind.code)
            await _count(night, kind.code, done=1)

        try:
            await forget_person(person, rule, kind, night.at, begun, now=night.now)
        except Overtaken:
            raise
        except Exception:  # the others are not to wait for one; if it was begun, the sweep of erasures goes on with it
            log.exception("person_not_forgotten", rule=kind.code, person=person)
            await _count(night, kind.code, failed=1)


async def _hold_run(night: Night, code: str) -> int:
    """How much this rule has done, with the run locked against a worker who believes that we are dead."""
    mine = await fetch_value(
        "SELECT id FROM retention_run WHERE id = $1 AND worker = $2 AND finished_at IS NULL FOR UPDATE",
        night.run.id,
        night.run.worker,
    )
    if mine is None:
        raise Overtaken
    return int(await fetch_value("SELECT done FROM retention_result WHERE run = $1 AND code = $2", night.run.id, code))


async def _rule_in_force(rule_id: int) -> Row | None:
    """The rule as it is at this moment: one that was switched off or changed stops at once."""
    rule = await fetch_one("SELECT * FROM retention_rule WHERE id = $1 FOR SHARE", rule_id)
    return rule if rule is not None and may_run(rule) else None


async def _count(night: Night, code: str, *, done: int = 0, failed: int = 0) -> None:
    await execute(
        "UPDATE retention_result SET done = done + $3, failed = failed + $4 WHERE run = $1 AND code = $2",
        night.run.id,
        code,
        done,
        failed,
    )


async def _end_rule(rule_id: int, kind: Kind, night: Night, is_broken: bool, is_more: bool) -> None:
    """Write down what was held, and why."""
    held: dict[str, int] = {}
    rule = await _rule_in_force(rule_id)
    if rule is not None and not is_broken:
        given = Arguments()
        due = candidates(kind, limit_of(rule, night.at.today), night.at, given)
        rows = await fetch(
            f"SELECT held, count(*) AS n FROM ({due} LIMIT {_COUNT_HELD}) x WHERE held IS NOT NULL GROUP BY 1", *given
        )
        held = {row.held: row.n for row in rows}
    async with transaction():
        done = await _hold_run(night, kind.code)
        await execute(
            "UPDATE retention_result SET held = $3, failed = failed + $4, is_more = $5, finished_at = $6 WHERE run = $1 AND code = $2",
            night.run.id, kind.code, msgspec.json.encode(held).decode(), int(is_broken), is_more, night.now,
        )  # fmt: skip
        if done:
            fields = {"rows": done}
            await record("retention.done", "retention_rule", rule_id, by=None, now=night.now, fields=fields)


async def _finish(night: Night) -> None:
    async with transaction():
        await execute("SELECT FROM retention_run WHERE id = $1 FOR UPDATE", night.run.id)
        mine = await fetch_value(
            "UPDATE retention_run SET finished_at = $3 WHERE id = $1 AND worker = $2 AND finished_at IS NULL RETURNING id",
            night.run.id, night.run.worker, night.now,
        )  # fmt: skip
        if mine is None:
            raise Overtaken
        await tell_officers(night.run.id, now=night.now)


async def sweep_retention(*, now: datetime) -> None:
    """Nudge the queue about a night whose worker was lost."""
    lost = await fetch("SELECT id FROM retention_run WHERE finished_at IS NULL AND claimed_at < $1", now - STALE)
    if lost:
        await enqueue("run_retention")
