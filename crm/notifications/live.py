"""Who is told of news at once: the open streams of this process, woken by what PostgreSQL announces.

A trigger on `notification` announces whose news have changed when its transaction commits, so that every web process hears of it whoever
wrote the row. One connection per process listens, outside the pool; a stream holds none. What was announced while nobody
listened is not lost: after each new connection every stream looks into the database again.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from enum import StrEnum
from types import FrameType
from typing import Any

import asyncpg
import structlog

from crm.database import engine
from crm.notifications.queries import SESSIONS_THAT_LAST

log = structlog.get_logger()

CHANNEL = "nahbar_news"
SESSIONS = "sessions"
"""What the channel says when somebody has logged out; anything else is the id of whose news have changed."""

KEEP_ALIVE = 20.0
"""Seconds after which a stream without news says that it is still there, before proxies lose patience (60 s are usual)."""
MOST_PER_USER = 6
MOST = 200
"""Streams of one person and of one process. A browser needs one for all its tabs; the oldest ends for the newest."""
CALL_AGAIN = 2.0
PATIENCE = 5.0
"""Seconds until a lost connection is tried again, and for its statements."""

_UNHEARD = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)


class End(StrEnum):
    """Why a stream ends. After FOR_GOOD the browser does not ask again."""

    RESTART = "restart"
    FOR_GOOD = "for_good"


class Stream:
    """One open stream of one session."""

    def __init__(self, user_id: int, session_id: int) -> None:
        self.user_id = user_id
        self.session_id = session_id
        self.end: End | None = None
        self._news = asyncio.Event()

    def wake(self, end: End | None = None) -> None:
        """There may be news, or it is over."""
        self.end = self.end or end
        self._news.set()

    async def has_news(self, seconds: float) -> bool:
        """Wait until there may be news, at most so long. What comes while the caller reads is not overheard."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._news.wait()
        heard = self._news.is_set()
        self._news.clear()
        return heard


class Switchboard:
    """The streams of this process, the oldest first."""

    def __init__(self) -> None:
        self.streams: list[Stream] = []
        self._is_over = False
        self._listening: asyncio.Task[None] | None = None
        self._look = asyncio.Event()
        self.listening_process: int | None = None
        """The server process at the other end of the listening connection, while there is one."""
        self.listens = asyncio.Event()

    def open(self, user_id: int, session_id: int) -> Stream:
        """A new stream. Whoever has too many loses their oldest, and so does the process."""
        stream = Stream(user_id, session_id)
        theirs = [one for one in self.streams if one.user_id == user_id and one.end is None]
        running = [one for one in self.streams if one.end is None]
        too_many = theirs[: max(0, len(theirs) + 1 - MOST_PER_USER)] or running[: max(0, len(running) + 1 - MOST)]
        for old in too_many:
            old.wake(End.FOR_GOOD)
        self.streams.append(stream)
        if self._is_over:
            stream.wake(End.RESTART)
        elif self._listening is None or self._listening.done():
            self._listening = asyncio.create_task(self._listen())
        return stream

    def close(self, stream: Stream) -> None:
        with suppress(ValueError):
            self.streams.remove(stream)

    def end_all(self) -> None:
        """The process stops: every stream ends now, and so does any that still comes. The server waits for open answers."""
        self._is_over = True
        for stream in self.streams:
            stream.wake(End.RESTART)
        self._look.set()

    def begin_anew(self) -> None:
        self._is_over = False

    async def stop(self) -> None:
        """End all streams and the listening connection."""
        self.end_all()
        if self._listening is not None:
            self._listening.cancel()
            with suppress(asyncio.CancelledError):
                await self._listening
            self._listening = None

    async def _listen(self) -> None:
        """Keep listening as long as there are streams, whatever becomes of the connection."""
        while self.streams and not self._is_over:
            try:
                await self._hear()
            except _UNHEARD as problem:
                log.warning("news_not_heard", error=str(problem) or type(problem).__name__)
                await asyncio.sleep(CALL_AGAIN)

    async def _hear(self) -> None:
        self._look = asyncio.Event()
        connection = await asyncio.wait_for(engine().get_new_connection(), PATIENCE)
        try:
            connection.add_termination_listener(lambda _connection: self._look.set())
            await connection.add_listener(CHANNEL, self._told)
            self.listening_process = connection.get_server_pid()
            self.listens.set()
            for stream in self.streams:
                stream.wake()
            while self.streams and not self._is_over and not connection.is_closed():
                self._look.clear()
                await self._end_what_is_over(connection)
                with suppress(TimeoutError):
                    async with asyncio.timeout(KEEP_ALIVE):
                        await self._look.wait()
        finally:
            self.listening_process = None
            self.listens.clear()
            connection.terminate()

    def _told(self, _connection: Any, _process: int, _channel: str, words: object) -> None:
        if words == SESSIONS:
            self._look.set()
        for stream in self.streams:
            if str(stream.user_id) == words:
                stream.wake()

    async def _end_what_is_over(self, connection: asyncpg.Connection) -> None:
        """Streams end with their session: logged out, expired, locked out. The statement also shows that the connection lives."""
        open_sessions = {stream.session_id for stream in self.streams}
        rows = await connection.fetch(SESSIONS_THAT_LAST, list(open_sessions), datetime.now(UTC), timeout=PATIENCE)
        over = open_sessions - {row["id"] for row in rows}
        for stream in self.streams:
            if stream.session_id in over:
                stream.wake(End.FOR_GOOD)


board = Switchboard()


def end_with_the_process() -> None:
    """From now on a signal to stop ends all streams, and then does what it did before. The server would wait for them to end by
    themselves; it has set up its own handlers by then."""
    loop = asyncio.get_running_loop()
    board.begin_anew()
    for number in (signal.SIGTERM, signal.SIGINT):
        with suppress(ValueError):  # not in the main thread
            signal.signal(number, _ending_first(signal.getsignal(number), loop))


def _ending_first(before: Any, loop: asyncio.AbstractEventLoop) -> Callable[[int, FrameType | None], None]:
    def end(number: int, frame: FrameType | None) -> None:
        with suppress(RuntimeError):  # the loop is closed already
            loop.call_soon_threadsafe(board.end_all)
        if callable(before):
            before(number, frame)

    return end
