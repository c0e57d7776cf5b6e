"""Data protection: copies of people's data and erasures; finding those that were missed, and what goes when its time is over."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from crm.privacy.access import producing
from crm.privacy.access_log import writing
from crm.privacy.desk import reminding
from crm.privacy.erasure import ending, executing, replaying
from crm.privacy.informing import actions as informing
from crm.privacy.retention import running
from crm.settings import Settings


async def erase_person(ctx: dict[str, Any], erasure_id: int) -> None:
    await executing.erase_person(erasure_id, journal=Settings.from_env().erasures_dir, now=datetime.now(UTC))


async def sweep_erasures(ctx: dict[str, Any]) -> None:
    """Erasures that wait for a worker; and answers that have left."""
    await executing.sweep_erasures(now=datetime.now(UTC))
    await ending.forget_answers(now=datetime.now(UTC))


async def replay_erasures(ctx: dict[str, Any]) -> None:
    """Erasures that the journal knows and the database does not: somebody has restored a backup by other means."""
    await replaying.replay_erasures(Settings.from_env().erasures_dir, now=datetime.now(UTC))


async def end_duties(ctx: dict[str, Any]) -> None:
    await ending.end_duties(now=datetime.now(UTC))


async def remind_of_requests(ctx: dict[str, Any]) -> None:
    """Requests of data subjects that are due soon or overdue, and mails of restricted people: the officers hear of each once."""
    now = datetime.now(UTC)
    await reminding.remind_of_requests(now=now)
    await reminding.tell_of_restricted_mails(now=now)


async def produce_copy(ctx: dict[str, Any], copy_id: int) -> None:
    await producing.produce_copy(copy_id, now=datetime.now(UTC))


async def sweep_copies(ctx: dict[str, Any]) -> None:
    await producing.sweep_copies(now=datetime.now(UTC))


async def forget_old_copies(ctx: dict[str, Any]) -> None:
    await producing.forget_old_copies(now=datetime.now(UTC))


async def forget_access(ctx: dict[str, Any]) -> None:
    await writing.forget_access(now=datetime.now(UTC))


async def send_notices(ctx: dict[str, Any], run_id: int) -> None:
    await informing.send_notices(run_id, now=datetime.now(UTC))


async def sweep_notices(ctx: dict[str, Any]) -> None:
    await informing.sweep_notices(now=datetime.now(UTC))


async def run_retention(ctx: dict[str, Any]) -> None:
    """What the approved rules of retention say; nights that were lost first."""
    while await running.run_retention(now=datetime.now(UTC)):
        pass


async def sweep_retention(ctx: dict[str, Any]) -> None:
    await running.sweep_retention(now=datetime.now(UTC))
