"""The worker knows every task that anybody asks for, runs it once among several workers, and cleans up at night."""

from __future__ import annotations

import ast
import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
import structlog
from arq import create_pool
from arq.worker import Worker, func

from crm import queue
from crm.accounts.housekeeping import forget_expired
from crm.database import execute, fetch_value
from crm.embedded.servers import Servers
from tasks.worker import LONG, ON_DEMAND, TIMETABLE, WorkerSettings, logged
from tests.cast import Cast

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
ROOT = Path(__file__).parents[2]


def names_that_are_enqueued() -> set[str]:
    """The first argument of every `enqueue("...")` in crm/."""
    found = set()
    for path in (ROOT / "crm").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            is_call = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "enqueue"
            if is_call and node.args and isinstance(node.args[0], ast.Constant):
                found.add(str(node.args[0].value))
    return found


def test_every_task_that_anybody_enqueues_is_known_to_the_worker() -> None:
    known = {function.name for function in WorkerSettings.functions}
    assert names_that_are_enqueued() <= known
    assert "deliver_reminder" in known


def test_a_task_is_a_shell_around_an_action_of_its_own_name() -> None:
    for task in (*ON_DEMAND, *(task for task, _when in TIMETABLE)):
        source = Path(task.__code__.co_filename).read_text(encoding="utf-8")
        assert f".{task.__name__}(" in source


def test_the_timetable_runs_each_time_once_among_all_workers() -> None:
    assert all(job.unique for job in WorkerSettings.cron_jobs)
    seconds = {job.name: job.second for job in WorkerSettings.cron_jobs}
    assert seconds["cron:sweep_reminders"] == set(range(0, 60, 5))


def test_what_may_take_longer_may_on_the_timetable_too() -> None:
    seconds = {job.name: job.timeout_s for job in WorkerSettings.cron_jobs}
    long = {f"cron:{task.__name__}": most for task, most in LONG.items()}
    assert seconds["cron:run_retention"] == 1800
    assert {name: seconds[name] for name in long if name in seconds} == {n: s for n, s in long.items() if n in seconds}


async def test_two_workers_do_an_enqueued_task_once(servers: Servers) -> None:
    runs: list[int] = []

    async def count_me(ctx: dict[str, object], number: int) -> None:
        runs.append(number)

    settings, name = queue.redis_settings(servers.redis_url), f"test-{uuid4().hex}"
    pool = await create_pool(settings)
    for number in range(20):
        await pool.enqueue_job("count_me", number, _queue_name=name)
    workers = [
        Worker([func(logged(count_me), name="count_me")], redis_settings=settings, queue_name=name, burst=True, poll_delay=0.01,
               handle_signals=False, keep_result=60)
        for _n in range(2)
    ]  # fmt: skip
    try:
        await asyncio.gather(*(worker.main() for worker in workers))
    finally:
        for worker in workers:
            await worker.close()
        await pool.aclose()
    assert sorted(runs) == list(range(20))


async def test_what_was_due_days_ago_is_put_into_the_queue_for_now(
    servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CRM_REDIS_URL", servers.redis_url)
    monkeypatch.setattr(queue, "_pool", None)
    number = uuid4().int % 10**9
    try:
        await queue.enqueue("deliver_reminder", number, at=datetime.now(UTC) - timedelta(days=5))
        waiting = await queue._pool.queued_jobs()  # type: ignore[union-attr]
        assert [number] in [list(job.args) for job in waiting]
    finally:
        if queue._pool is not None:
            for job in await queue._pool.queued_jobs():
                if list(job.args) == [number]:
                    await queue._pool.zrem("arq:queue", job.job_id or "")
            await queue._pool.aclose()


async def test_a_task_that_fails_says_so_and_raises() -> None:
    async def fails(ctx: dict[str, object]) -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"), structlog.testing.capture_logs() as lines:
        await logged(fails)({})
    assert [(line["task"], line["outcome"]) for line in lines] == [("fails", "failed")]


async def test_the_night_forgets_what_has_expired_and_nothing_else(cast: Cast) -> None:
    for expires_at, token in ((NOW - timedelta(minutes=1), b"old"), (NOW + timedelta(days=1), b"new")):
        await execute(
            'INSERT INTO login_session ("user", token_hash, created_at, seen_at, expires_at) VALUES ($1, $2, $3, $3, $4)',
            cast.petra.id, token, NOW - timedelta(days=3), expires_at,
        )  # fmt: skip
        await execute(
            "INSERT INTO one_time_link (\"user\", kind, token_hash, created_at, expires_at) VALUES ($1, 'password', $2, $3, $4)",
            cast.petra.id, token, NOW - timedelta(days=20), expires_at - timedelta(days=7),
        )  # fmt: skip
    for at in (NOW - timedelta(days=8), NOW - timedelta(days=6)):
        await execute(
            'INSERT INTO submission ("user", key, created_at) VALUES ($1, $2, $3)', cast.petra.id, f"key {at}", at
        )
    for at in (NOW - timedelta(hours=25), NOW - timedelta(hours=23)):
        await execute("INSERT INTO login_attempt (account, ip_address, at) VALUES ('a@b.example', '', $1)", at)
    assert await forget_expired(now=NOW) == 4
    assert await forget_expired(now=NOW) == 0
    for table in ("login_session", "one_time_link", "submission", "login_attempt"):
        assert await fetch_value(f"SELECT count(*) FROM {table}") == 1, table
