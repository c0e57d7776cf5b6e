"""The load: some users at once, each on a connection of their own, each sending the next request when the last is answered."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Ask:
    """One request: method, path with query, headers, body."""

    path: str
    method: str = "GET"
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    def as_bytes(self, host: str) -> bytes:
        lines = [
            f"{self.method} {self.path} HTTP/1.1",
            f"Host: {host}",
            *(f"{name}: {value}" for name, value in self.headers),
        ]
        if self.body:
            if not any(name == "Content-Type" for name, _value in self.headers):
                lines.append("Content-Type: application/json")
            lines.append(f"Content-Length: {len(self.body)}")
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + self.body


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


class Connection:
    """A keep-alive connection that speaks as much HTTP/1.1 as our two servers do."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str) -> None:
        self.reader, self.writer, self.host = reader, writer, host

    @classmethod
    async def open(cls, port: int) -> Connection:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**22)
        return cls(reader, writer, f"127.0.0.1:{port}")

    async def ask(self, ask: Ask) -> Answer:
        self.writer.write(ask.as_bytes(self.host))
        head = await self.reader.readuntil(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {
            name.lower(): value.strip() for name, _colon, value in (line.partition(":") for line in lines if line)
        }
        if headers.get("transfer-encoding", "").lower() == "chunked":
            body = await self._chunks()
        else:
            body = await self.reader.readexactly(int(headers.get("content-length", 0)))
        return Answer(int(first.split(" ", 2)[1]), headers, body)

    async def _chunks(self) -> bytes:
        parts = []
        while size := int((await self.reader.readline()).split(b";")[0], 16):
            parts.append(await self.reader.readexactly(size))
            await self.reader.readexactly(2)
        await self.reader.readline()
        return b"".join(parts)

    def close(self) -> None:
        self.writer.close()


@dataclass(slots=True)
class Measured:
    """What came out of one run: seconds per answered request, and the answers that were not as they should be."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    failures: dict[int, int] = field(default_factory=dict)

    @property
    def per_second(self) -> float:
        return len(self.latencies) / self.seconds if self.seconds else 0.0

    def percentile(self, share: float) -> float:
        """Milliseconds that this share of the requests took at most."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000 if ordered else float("nan")

    def add(self, other: Measured) -> None:
        self.seconds += other.seconds
        self.latencies += other.latencies
        for status, count in other.failures.items():
            self.failures[status] = self.failures.get(status, 0) + count


async def drive_in_turns(
    ports: tuple[int, ...], users: int, seconds: float, chooser: Callable[[int], Callable[[], Ask]]
) -> tuple[Measured, ...]:
    """Each server for `seconds` in all, in turns of a second: whatever else the machine does meets them alike, so that their
    ratio holds. All are asked the same in the same order."""
    found = tuple(Measured() for _port in ports)
    choosers = [chooser(users) for _port in ports]
    turns = max(1, round(seconds))
    for turn in range(turns):
        order = range(len(ports)) if turn % 2 == 0 else reversed(range(len(ports)))
        for place in order:
            found[place].add(await drive(ports[place], users, seconds / turns, choosers[place], warm_up=0.2))
    return found


async def drive(
    port: int, users: int, seconds: float, next_ask: Callable[[], Ask], *, warm_up: float = 0.5
) -> Measured:
    """Let `users` work for `seconds`, after a short warm-up that is not counted."""
    measured = Measured()
    begin = time.perf_counter() + warm_up
    end = begin + seconds

    async def work() -> None:
        connection = await Connection.open(port)
        try:
            while (started := time.perf_counter()) < end:
                answer = await connection.ask(next_ask())
                took = time.perf_counter() - started
                if answer.status >= 400:
                    measured.failures[answer.status] = measured.failures.get(answer.status, 0) + 1
                elif started >= begin:
                    measured.latencies.append(took)
        finally:
            connection.close()

    await asyncio.gather(*(work() for _n in range(users)))
    measured.seconds = time.perf_counter() - begin
    return measured
