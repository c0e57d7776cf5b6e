"""The stream of server-sent events (WHATWG HTML, section 9.2): the bell's number and what is urgent, as soon as it happens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import msgspec
import structlog
from litestar import Response, get
from litestar.params import FromQuery
from litestar.response import Stream as StreamResponse

from crm.accounts.current import CurrentUser, StaffRequest
from crm.accounts.permissions import Permission
from crm.database import HIGHEST_ID
from crm.notifications.live import KEEP_ALIVE, End, Stream, board
from crm.notifications.queries import Fresh, News, news_of
from crm.web.i18n import ngettext
from crm.web.problems import UNREACHABLE
from crm.web.render import text

log = structlog.get_logger()

MOST_TOASTS = 3
"""Of more urgent things at once only the newest are shown; the bell has all."""
BREATH = 0.1
"""Seconds to gather what comes at the same moment into one event."""
TRY_AGAIN_MS = 3000
HEADERS = {"cache-control": "no-store", "x-accel-buffering": "no"}
"""Nothing between us and the browser keeps events back (the second one is nginx's word for it)."""


class Event(msgspec.Struct):
    """What the browser is sent: the bell and toasts as they are drawn, and words for screen readers."""

    unread: int
    bell: str
    toasts: list[str]
    words: str


@get("/notifications/stream", permission=Permission.SIGNED_IN)
async def stream(request: StaffRequest, after: FromQuery[str | None] = None) -> Response[bytes] | StreamResponse:
    """News from now on, or from after the event that this browser has seen last (`Last-Event-ID`, or `after` of a new page).
    Whoever does not ask for a stream of events gets the first one alone."""
    seen = _event_id(request.headers.get("last-event-id")) or _event_id(after)
    if "text/event-stream" not in request.headers.get("accept", ""):
        news = await news_of(request.user.id, datetime.now(UTC))
        return Response(_event(news, []), media_type="text/event-stream", headers=HEADERS)
    return StreamResponse(events(request.user, seen), media_type="text/event-stream", headers=HEADERS)


async def events(user: CurrentUser, seen: int | None) -> AsyncIterator[bytes]:
    """The stream of one browser, until it goes, the session ends or the process stops."""
    line = board.open(user.id, user.session_id or 0)
    told = Told(seen)
    try:
        yield f"retry: {TRY_AGAIN_MS}\n\n".encode()
        wake = True
        while line.end is None:
            if event := await _next_event(line, told) if wake else b": still here\n\n":
                yield event
            wake = await line.has_news(KEEP_ALIVE)
        if line.end is End.FOR_GOOD:
            yield b"event: end\ndata: \n\n"
    finally:
        board.close(line)


class Told:
    """What a stream has told: ids are given out before their rows are seen, so that the highest one alone does not say it."""

    def __init__(self, seen: int | None) -> None:
        self._seen = seen
        self._ids: set[int] | None = None
        self.count: int | None = None

    def fresh(self, news: News) -> list[Fresh]:
        """What of the unread has not been told, the newest first; from now on it has."""
        if self._ids is None:
            self._ids = {one.id for one in news.unread if self._seen is None or one.id <= self._seen}
        found = [one for one in news.unread if one.id not in self._ids]
        self._ids = {one.id for one in news.unread}
        return found


async def _next_event(line: Stream, told: Told) -> bytes:
    await asyncio.sleep(BREATH)
    try:
        news = await news_of(line.user_id, datetime.now(UTC))
    except UNREACHABLE as problem:  # the listening connection wakes us when the database is back
        log.warning("news_not_read", error=str(problem))
        return b""
    fresh = told.fresh(news)
    if not fresh and news.count == told.count:
        return b""
    told.count = news.count
    return _event(news, fresh)


def _event(news: News, fresh: list[Fresh]) -> bytes:
    urgent = [one for one in fresh if one.is_urgent][:MOST_TOASTS]
    toasts = [text("notifications/_toast.html", item=one) for one in reversed(urgent)]
    words = ""
    if fresh and not urgent:
        words = ngettext("One new notification", "%(num)s new notifications", len(fresh)) % {"num": len(fresh)}
    event = Event(news.count, text("notifications/_bell.html", unread=news.count), toasts, words)
    return b"id: %d\nevent: news\ndata: %s\n\n" % (news.last_id, msgspec.json.encode(event))


def _event_id(words: str | None) -> int | None:
    """The number that we have given an event; anything else is none."""
    if words and words.isascii() and words.isdigit() and len(words) < 20 and int(words) <= HIGHEST_ID:
        return int(words)
    return None
