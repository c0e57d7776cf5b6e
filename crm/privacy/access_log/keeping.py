"""The log of access is written beside the requests, not within them.

Each process keeps what was looked at in memory and writes it once a second with one statement, so that a page costs nothing more
before its answer. If a process is killed, what it noted in the last second is lost (a search: in the last three, since it is
written when nobody types on). An orderly stop writes everything. Reading a special category (GDPR Art. 9) is not written here but in the
request's own transaction, and is never lost (crm/profiles).
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import structlog
from litestar.types import Message, Scope

from crm.accounts.current import CurrentUser
from crm.accounts.permissions import Permission
from crm.privacy.access_log.noting import Looker, Opened, Searched, opened, searched
from crm.privacy.access_log.writing import write_opened, write_searched
from crm.web.seen import take_hits

log = structlog.get_logger()

MOST_PARAMETERS = 200
"""An address with more parameters is of no page of ours."""
EVERY = 1.0
"""Seconds between two looks at what is to be written."""
TYPED_OUT = timedelta(seconds=3)
"""So long nobody may have typed on before a search is written: what is typed letter by letter is one search."""
MOST = 20_000
"""So many entries are kept while the database cannot be written to. It cannot be read then either: hardly anything comes beyond."""


class Keeper:
    """What one process has noted and not yet written."""

    def __init__(self) -> None:
        self._opened: dict[tuple[Any, ...], tuple[Opened, int]] = {}
        self._searches: list[Searched] = []
        self._task: asyncio.Task[None] | None = None

    def note(self, entry: Opened | Searched) -> None:
        if isinstance(entry, Searched):
            self._note_search(entry)
            return
        hour = entry.at.replace(minute=0, second=0, microsecond=0)
        key = (entry.looker.user_id, entry.looker.role, entry.subject_kind, entry.subject_id, entry.via, hour)
        first, times = self._opened.get(key, (entry, 0))
        if key in self._opened or len(self._opened) < MOST:
            self._opened[key] = (first, times + entry.counts)

    def _note_search(self, entry: Searched) -> None:
        for place, earlier in enumerate(self._searches):
            if entry.goes_on(earlier):
                self._searches[place] = entry
                return
        if len(self._searches) < MOST:
            self._searches.append(entry)

    async def write(self, now: datetime | None = None) -> int:
        """Write what is due at `now`, everything without it; how many entries. What could not be written is kept for the next time."""
        opened_now, self._opened = self._opened, {}
        searches, self._searches = self._searches, []
        due: list[Searched] = []
        for one in searches:
            is_due = now is None or now - one.at >= TYPED_OUT
            (due if is_due else self._searches).append(one)
        try:
            await write_opened(list(opened_now.values()))
            opened_now = {}
            await write_searched(due)
        except BaseException:
            for key, (entry, times) in opened_now.items():
                _later, more = self._opened.get(key, (entry, 0))
                self._opened[key] = (entry, times + more)
            self._searches[:0] = due
            raise
        return len(due)

    def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Write what is left. The pool must still be open."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
            self._task = None
        await self._try(None)

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(EVERY)
            await self._try(datetime.now(UTC))

    async def _try(self, now: datetime | None) -> None:
        if not self._opened and not self._searches:
            return
        try:
            await self.write(now)
        except Exception as problem:  # the log of access must not end with one bad moment of the database
            log.error("access_log_not_written", waiting=len(self._opened) + len(self._searches), exc_info=problem)


keeper = Keeper()
"""That of this process."""


async def note_answer(message: Message, scope: Scope) -> None:
    """Litestar's `before_send`: note whose data this answer shows to a member of staff. It waits for nothing."""
    if message["type"] != "http.response.start" or scope.get("method") != "GET":
        return
    hits, user = take_hits(), scope.get("user")
    if not isinstance(user, CurrentUser) or not 200 <= message["status"] < 300:
        return
    handler = scope.get("route_handler")
    permission = handler.opt.get("permission") if handler is not None else None
    if permission is None or permission == Permission.PUBLIC:
        return
    looker, path, at = Looker(user.id, user.role.value, str(permission)), scope["path"], datetime.now(UTC)
    is_part = any(name == b"hx-request" for name, _value in scope["headers"])
    if entry := opened(looker, path, scope.get("path_params") or {}, at, is_part=is_part):
        keeper.note(entry)
    elif (words := _words(scope.get("query_string", b""))) and (found := searched(looker, path, words, hits, at)):
        keeper.note(found)


def _words(query: bytes) -> str:
    """What was looked for: the parameter `q` of an address. One with more parameters than any page sends is no search."""
    if b"q=" not in query or query.count(b"&") >= MOST_PARAMETERS:
        return ""
    return parse_qs(query.decode("latin-1"), max_num_fields=MOST_PARAMETERS).get("q", [""])[0]
