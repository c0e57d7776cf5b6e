"""Has the company's story made up in the background: while the database takes in one part, the next is made. Of many customers
that happens in a process of its own, since making up and writing take about as long."""

from __future__ import annotations

import asyncio
import gc
import signal
from collections import deque
from collections.abc import AsyncGenerator, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context

from crm.demo.company import Company, Part, Plan
from crm.demo.rows import Rows
from crm.demo.world import World
from crm.embedded.processes import die_with_parent

APART_FROM = 5000
"""For fewer customers a second process would take longer to start than it saves."""

AHEAD = 3
"""So many parts may wait to be written."""

_under_way: Iterator[Part] | None = None


async def parts(world: World, rows: Rows, plan: Plan) -> AsyncGenerator[Part, None]:
    """The parts of Company.parts, made while those before are being written."""
    loop = asyncio.get_running_loop()
    executor = _executor(plan.customers)
    try:
        await loop.run_in_executor(executor, _begin, world, rows, plan)
        coming = deque(loop.run_in_executor(executor, _next) for _n in range(AHEAD))
        while (part := await coming.popleft()) is not None:
            coming.append(loop.run_in_executor(executor, _next))
            yield part
    finally:
        executor.shutdown(cancel_futures=True)
        _forget()


def _executor(customers: int) -> Executor:
    if customers < APART_FROM:
        return ThreadPoolExecutor(1)
    return ProcessPoolExecutor(1, get_context("spawn"), _settle_in)


def _settle_in() -> None:
    """Ctrl-C is the parent's matter, and nothing is left to do without it. Nothing here refers to itself, so that looking for
    it would only take time."""
    gc.disable()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    die_with_parent(signal.SIGKILL)


def _begin(world: World, rows: Rows, plan: Plan) -> None:
    """Where it is told, in the other process or in a thread of this one: the database's lock lets only one company at a time in."""
    global _under_way
    _under_way = Company(world, rows, plan).parts()


def _next() -> Part | None:
    assert _under_way is not None
    return next(_under_way, None)


def _forget() -> None:
    global _under_way
    _under_way = None
