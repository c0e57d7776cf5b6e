"""A thousand follow-ups fall due while workers are killed and the queue is emptied at random: each reaches its person exactly once."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime, time, timedelta
from random import Random

import pytest
from arq import create_pool
from arq.connections import ArqRedis
from arq.constants import default_queue_name, health_check_key_suffix

from crm import queue
from crm.database import fetch, fetch_value, transaction
from crm.embedded.servers import Servers
from crm.notifications.kinds import Group
from crm.notifications.mailing import sweep_notification_mails
from crm.notifications.preferences import save_preference
from crm.notifications.quiet_times import Preference, Wish
from crm.reminders.actions import set_reminder, sweep_reminders
from tests.cast import Cast, introduce
from tests.cli.command import CRM
from tests.embedded.playground import clean_environment

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform != "linux", reason="kills processes as on Linux")]

SEED = 4
REMINDERS = 1000
WORKERS = 3
BLOWS = 16
"""How often something dies or is emptied, in about 14 s."""
SPREAD = 12.0
"""Seconds over which they fall due."""
PATIENCE = 90.0
"""Seconds until all must have come, on a machine that has other things to do; about 25 where it has not."""


class Workers:
    """Worker programs that are killed and started again, as `crm up` and systemd do."""

    def __init__(self, database_url: str, redis_url: str) -> None:
        self.environ = clean_environment(CRM_DATABASE_URL=database_url, CRM_REDIS_URL=redis_url, CRM_LOG_LEVEL="error")
        self.running: list[asyncio.subprocess.Process] = []
        self.killed = 0

    async def start(self) -> None:
        while len(self.running) < WORKERS:
            started = await asyncio.create_subprocess_exec(
                *CRM, "worker", env=self.environ, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
            )
            self.running.append(started)

    async def kill(self, victim: asyncio.subprocess.Process) -> None:
        """kill -9: no farewell, no clean-up."""
        if victim.returncode is None:
            os.kill(victim.pid, signal.SIGKILL)
            self.killed += 1
        await victim.wait()
        self.running.remove(victim)

    async def revive(self) -> None:
        for ended in [one for one in self.running if one.returncode is not None]:
            self.running.remove(ended)
        await self.start()

    async def stop(self) -> None:
        for one in list(self.running):
            await self.kill(one)


@pytest.fixture
async def valkey(servers: Servers, own_database: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[ArqRedis]:
    """The queue of this test alone: empty before, and empty for whoever comes after."""
    monkeypatch.setenv("CRM_REDIS_URL", servers.redis_url)
    await queue.close_queue()
    pool = await create_pool(queue.redis_settings(servers.redis_url))
    await pool.flushall()
    yield pool
    await pool.flushall()
    await pool.aclose()
    await queue.close_queue()


async def everybody_wishes(cast: Cast, now: datetime) -> tuple[list[int], list[int]]:
    """Who is mailed at once, and who once a day (half a day from now)."""
    at_once = [cast.petra.id, cast.ali.id, cast.jonas.id]
    gathered = [cast.mia.id, cast.eva.id]
    later = (now + timedelta(hours=12)).astimezone().time()
    digest = Preference(dict.fromkeys(Group, Wish.DIGEST), time(later.hour, 30), at_night=True, on_days_off=True)
    for user in at_once:
        await save_preference(user, Preference(at_night=True, on_days_off=True), by=user, now=now)
    for user in gathered:
        await save_preference(user, digest, by=user, now=now)
    return at_once, gathered


async def test_a_thousand_follow_ups_come_exactly_once_whatever_dies(
    own_database: str, servers: Servers, valkey: ArqRedis
) -> None:
    random = Random(SEED)
    cast, begin = await introduce(), datetime.now(UTC)
    at_once, gathered = await everybody_wishes(cast, begin)
    people = at_once + gathered
    workers = Workers(own_database, servers.redis_url)
    try:
        await workers.start()
        await one_works(valkey)
        async with transaction():
            now = datetime.now(UTC)
            for number in range(REMINDERS):
                due_at = now + timedelta(seconds=2 + random.uniform(0, SPREAD))
                user = people[number % len(people)]
                await set_reminder(
                    user_id=user, customer_id=None, text=f"Nummer {number}", due_at=due_at, by=user, now=now
                )
        flushed = await rage(workers, valkey, random)
        await all_delivered(workers)
    finally:
        await workers.stop()
    assert workers.killed >= 5
    assert flushed >= 3
    assert await sweep_reminders(now=datetime.now(UTC)) == 0

    told = await fetch("SELECT id, \"user\", detail->>'reminder_id' AS reminder, mail_at, mailed_at FROM notification")
    reminders = {str(row.id): row.user for row in await fetch('SELECT id, "user" FROM reminder')}
    assert Counter(row.reminder for row in told) == Counter(dict.fromkeys(reminders, 1)), "none lost, none doubled"
    assert all(reminders[row.reminder] == row.user for row in told)

    mails = await fetch("SELECT user_id, dedupe_key FROM outbox_message")
    expected = {f"notification {row.id}" for row in told if row.user in at_once}
    assert Counter(mail.dedupe_key for mail in mails) == Counter(dict.fromkeys(expected, 1))
    assert all(row.mail_at and not row.mailed_at for row in told if row.user in gathered)
    morrow = begin + timedelta(days=1)
    assert sum(await asyncio.gather(*(sweep_notification_mails(now=morrow) for _worker in range(3)))) == len(gathered)
    assert await fetch_value("SELECT count(*) FROM outbox_message WHERE user_id = ANY($1)", gathered) == len(gathered)
    assert await fetch_value("SELECT count(*) FROM notification WHERE mail_at IS NOT NULL AND mailed_at IS NULL") == 0


async def one_works(valkey: ArqRedis) -> None:
    """Until the first worker has started: it says so by arq's own sign of life."""
    async with asyncio.timeout(PATIENCE):
        while not await valkey.exists(default_queue_name + health_check_key_suffix):  # noqa: ASYNC110
            await asyncio.sleep(0.1)


async def rage(workers: Workers, valkey: ArqRedis, random: Random) -> int:
    """Kill a worker or empty the queue, BLOWS times in a row; how often the queue was emptied."""
    flushed = 0
    for _blow in range(BLOWS):
        await asyncio.sleep(random.uniform(0.3, 1.5))
        if random.random() < 0.4:
            await valkey.flushall()
            flushed += 1
        elif workers.running:
            await workers.kill(random.choice(workers.running))
        if random.random() < 0.6:
            await workers.revive()
    await valkey.flushall()
    return flushed + 1


async def all_delivered(workers: Workers) -> None:
    async with asyncio.timeout(PATIENCE):
        while await fetch_value("SELECT count(*) FROM reminder WHERE delivered_at IS NULL"):
            await workers.revive()
            await asyncio.sleep(0.25)
