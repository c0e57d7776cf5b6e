"""Rows of a file, chunk by chunk, read and parsed beside the work of writing them: a thread reads, a program of its own
parses, and both are one chunk ahead."""

from __future__ import annotations

import asyncio
import struct
import sys
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from itertools import islice

from crm.records.parsing import Parsed, Plan, message, parse
from crm.records.reading import RawRow, Table

CHUNK = 1000
"""Rows that are written in one transaction."""


async def parsed_chunks(table: Table, plan: Plan, *, skip: int = 0) -> AsyncGenerator[list[Parsed], None]:
    """The rows of the table from the one after `skip` on, in chunks. A short file is parsed here; a long one in a program of
    its own, so that this one stays free for others. Raises FileProblem."""
    rows = iter(table.rows())
    try:
        await asyncio.to_thread(_drop, rows, skip)
        first = await asyncio.to_thread(_take, rows)
        if len(first) < CHUNK:
            if first:
                yield await asyncio.to_thread(parse, plan, first)
            return
        async with aclosing(_parsed_elsewhere(plan, first, rows)) as chunks:
            async for chunk in chunks:
                yield chunk
    finally:
        close = getattr(rows, "close", None)
        if close is not None:
            await asyncio.to_thread(close)


def _drop(rows: Iterator[RawRow], count: int) -> None:
    for _row in islice(rows, count):
        pass


def _take(rows: Iterator[RawRow]) -> list[RawRow]:
    return list(islice(rows, CHUNK))


async def _parsed_elsewhere(
    plan: Plan, first: list[RawRow], rows: Iterator[RawRow]
) -> AsyncGenerator[list[Parsed], None]:
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "crm.records.parsing", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert program.stdin is not None
    assert program.stdout is not None
    try:
        program.stdin.write(message(plan))
        asking = asyncio.create_task(_ask(program, first))
        while True:
            upcoming = await asyncio.to_thread(_take, rows)
            parsed = await asking
            if upcoming:
                asking = asyncio.create_task(_ask(program, upcoming))
            yield parsed
            if not upcoming:
                return
    finally:
        if program.returncode is None:
            program.kill()
        await program.wait()


async def _ask(program: asyncio.subprocess.Process, rows: list[RawRow]) -> list[Parsed]:
    assert program.stdin is not None
    assert program.stdout is not None
    program.stdin.write(message(rows))
    await program.stdin.drain()
    size = struct.unpack("!I", await program.stdout.readexactly(4))[0]
    return await asyncio.to_thread(_unpacked, await program.stdout.readexactly(size))


def _unpacked(body: bytes) -> list[Parsed]:
    import pickle

    found: list[Parsed] = pickle.loads(body)  # noqa: S301  our own program wrote it
    return found
