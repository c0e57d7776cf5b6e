"""The search for duplicates among all customers: read once, compared by a program beside this one, keys and pairs written."""

from __future__ import annotations

import asyncio
import struct
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Protocol

from msgspec import msgpack

from crm.database import execute, fetch_value, transaction
from crm.records.gathering import Found, Gathering, Keyed, message
from crm.records.portraits import Facts, facts_after
from crm.records.searching import ABANDONED_AFTER, keep_keys, write_pairs

PART = 4_000
"""Customers that are read at a time, and pairs that are written at a time. No more than that are compared in this program."""


async def search_all_duplicates(search_id: int, *, now: datetime) -> bool:
    """Compare all customers with those that share a key. False if somebody else does it already."""
    claimed = await fetch_value(
        "UPDATE duplicate_search SET started_at = $2 WHERE id = $1 AND finished_at IS NULL "
        "AND (started_at IS NULL OR started_at <= $3) RETURNING id",
        search_id, now, now - ABANDONED_AFTER,
    )  # fmt: skip
    if claimed is None:
        return False
    seen_to = await fetch_value("SELECT coalesce(max(id), 0) FROM duplicate_todo")
    customers, pairs = await _compare_all(now)
    async with transaction():
        await execute("DELETE FROM duplicate_pair WHERE state = 'open' AND found_at < $1", now)
        await execute("DELETE FROM duplicate_todo WHERE id <= $1", seen_to)
        await execute(
            "UPDATE duplicate_search SET finished_at = greatest($2, clock_timestamp()), customers = $3, pairs = $4 WHERE id = $1",
            search_id, now, customers, pairs,
        )  # fmt: skip
    return True


async def _compare_all(now: datetime) -> tuple[int, int]:
    """Answers how many customers and likely pairs there are. While the pairs are compared, the keys of those that changed are
    written; the pairs after that, so that nobody who decides about one meanwhile has to wait."""
    facts = await facts_after(0, PART)
    customers, keyed = 0, []
    async with _comparer(is_beside=len(facts) == PART) as comparer, asyncio.TaskGroup() as tasks:
        while facts:
            customers += len(facts)
            asked = tasks.create_task(comparer.add(facts))
            facts = await facts_after(facts[-1].id, PART) if len(facts) == PART else []
            keyed.append(await asked)
        comparing = tasks.create_task(comparer.likely())
        for part in keyed:
            await keep_keys(msgpack.decode(part, type=list[Keyed]))
        await execute(
            "DELETE FROM customer_blocks b USING customer c WHERE c.id = b.customer "
            "AND (c.deleted_at IS NOT NULL OR c.restricted_at IS NOT NULL)"
        )
        await execute("ANALYZE customer_blocks")  # else a warning while typing would read all keys until somebody does
        found = await comparing
    for start in range(0, len(found), PART):
        await write_pairs(found[start : start + PART], now)
    return customers, len(found)


class _Comparer(Protocol):
    async def add(self, facts: list[Facts]) -> bytes:
        """Take customers in; answers the keys of those that changed, packed because all of them are kept until the end."""

    async def likely(self) -> list[Found]:
        """The likely pairs among all that were taken in."""


@asynccontextmanager
async def _comparer(*, is_beside: bool) -> AsyncGenerator[_Comparer, None]:
    """Few are compared in a thread, many by a program of its own, which ends with this."""
    if not is_beside:
        yield _Here()
        return
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "crm.records.gathering", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        yield _Beside(program)
    finally:
        if program.returncode is None:
            program.kill()
        await program.wait()


class _Here:
    def __init__(self) -> None:
        self._gathering = Gathering()

    async def add(self, facts: list[Facts]) -> bytes:
        return msgpack.encode(await asyncio.to_thread(self._gathering.add, facts))

    async def likely(self) -> list[Found]:
        return await asyncio.to_thread(list, self._gathering.likely())


class _Beside:
    def __init__(self, program: asyncio.subprocess.Process) -> None:
        assert program.stdin is not None
        assert program.stdout is not None
        self._to, self._from = program.stdin, program.stdout

    async def add(self, facts: list[Facts]) -> bytes:
        await self._tell(facts)
        return await self._told()

    async def likely(self) -> list[Found]:
        await self._tell([])
        found: list[Found] = []
        while part := msgpack.decode(await self._told(), type=list[Found]):
            found += part
        return found

    async def _tell(self, facts: list[Facts]) -> None:
        self._to.write(message(facts))
        await self._to.drain()

    async def _told(self) -> bytes:
        size = struct.unpack("!I", await self._from.readexactly(4))[0]
        return await self._from.readexactly(size)
