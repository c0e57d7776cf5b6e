"""Rows of a file, chunk by chunk, read and parsed beside the work of writing them: a program of its own does both, and is
one chunk ahead."""

from __future__ import annotations

import asyncio
import pickle
import struct
import sys
from collections.abc import AsyncGenerator
from contextlib import aclosing
from itertools import islice

from crm.records.parsing import Parsed, Plan, Work, parse, understood
from crm.records.reading import FileProblem, RawRow, Table
from crm.web.i18n import zone

CHUNK = 2000
"""Rows that are written in one transaction."""


async def parsed_chunks(table: Table, plan: Plan, *, skip: int = 0, total: int) -> AsyncGenerator[list[Parsed], None]:
    """The rows of the table, of which there are so many, from the one after `skip` on, in chunks. A few are parsed here; many
    in a program of its own, so that this one stays free for others. Raises FileProblem."""
    if total - skip < CHUNK:
        if rows := await asyncio.to_thread(_rows_after, table, skip):
            yield await asyncio.to_thread(parse, plan, rows)
        return
    async with aclosing(_parsed_elsewhere(Work(table, plan, skip, CHUNK, zone.get()))) as chunks:
        async for chunk in chunks:
            yield chunk


def _rows_after(table: Table, skip: int) -> list[RawRow]:
    return list(islice(table.rows(), skip, None))


async def _parsed_elsewhere(work: Work) -> AsyncGenerator[list[Parsed], None]:
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "crm.records.parsing", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert program.stdin is not None
    assert program.stdout is not None
    upcoming: asyncio.Task[list[Parsed]] | None = None
    try:
        program.stdin.write(pickle.dumps(work, pickle.HIGHEST_PROTOCOL))
        program.stdin.close()
        upcoming = asyncio.create_task(_chunk(program.stdout))
        while parsed := await upcoming:
            upcoming = asyncio.create_task(_chunk(program.stdout))
            yield parsed
    finally:
        if upcoming is not None and upcoming.cancel():
            await asyncio.gather(upcoming, return_exceptions=True)
        if program.returncode is None:
            program.kill()
        await program.wait()


async def _chunk(told: asyncio.StreamReader) -> list[Parsed]:
    """The next rows; none is the end."""
    size = struct.unpack("!I", await told.readexactly(4))[0]
    found = await asyncio.to_thread(understood, await told.readexactly(size))
    if isinstance(found, FileProblem):
        raise found
    return found
