"""News reach every open browser of a person within a second, on whichever process it is written, and nobody else's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from crm.accounts.actions import end_access
from crm.accounts.current import SESSION_COOKIE, CurrentUser, token_hash, user_of_session
from crm.accounts.logging_in import log_out
from crm.accounts.tables import User
from crm.database import engine, execute, fetch_value, transaction
from crm.notifications import live
from crm.notifications.actions import mark_all_read, notify
from crm.notifications.kinds import Kind
from crm.notifications.live import MOST, MOST_PER_USER, End, Switchboard, board
from crm.notifications.streaming import events
from tests.browser import Browser
from tests.cast import Cast, introduce

SOON = 2.0
"""Seconds that news may take on a busy machine."""


@pytest.fixture
async def people(own_database: str) -> AsyncIterator[Cast]:
    board.begin_anew()
    yield await introduce()
    await board.stop()
    board.streams.clear()
    board.begin_anew()


async def at_the_screen(user: User) -> CurrentUser:
    token, now = uuid4().hex, datetime.now(UTC)
    await execute(
        'INSERT INTO login_session ("user", token_hash, created_at, seen_at, expires_at, user_agent, ip_address, '
        "second_factor_pending) VALUES ($1, $2, $3, $3, $4, 'tests', '', false)",
        user.id, token_hash(token), now, now + timedelta(days=1),
    )  # fmt: skip
    found = await user_of_session(token, now)
    assert found is not None
    return found


async def tell(user: User, text: str = "Angebot nachfassen", kind: Kind = Kind.REMINDER_DUE) -> int:
    detail = {"text": text, "customer": "Größmann", "customers": "12"}
    new = await notify(user.id, kind, detail=detail, link="/", now=datetime.now(UTC), mail=False)
    assert new is not None
    return new


class Screen:
    """An open browser, and what it has heard."""

    def __init__(self, user: CurrentUser, seen: int | None = None) -> None:
        self.heard: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.last_id = 0
        self.user, self.seen = user, seen

    async def __aenter__(self) -> Screen:
        self._reading = asyncio.create_task(self._read())
        return self

    async def __aexit__(self, *_error: object) -> None:
        self._reading.cancel()

    async def _read(self) -> None:
        async with aclosing(events(self.user, self.seen)) as stream:
            async for piece in stream:
                fields = dict(line.split(": ", 1) for line in piece.decode().splitlines() if line and line[0] != ":")
                if "event" in fields:
                    self.last_id = int(fields.get("id", self.last_id))
                    data = msgspec.json.decode(fields["data"]) if fields["data"] else {}
                    self.heard.put_nowait({"event": fields["event"], **data})
        self.heard.put_nowait({"event": "closed"})

    async def hears(self) -> dict[str, Any]:
        async with asyncio.timeout(SOON):
            return await self.heard.get()


async def listening() -> None:
    """Until the process listens, which it does a moment after the first stream has come."""
    async with asyncio.timeout(5):
        await board.listens.wait()


async def test_petra_hears_of_what_is_committed_and_ali_does_not(people: Cast) -> None:
    async with Screen(await at_the_screen(people.petra)) as petra, Screen(await at_the_screen(people.ali)) as ali:
        assert (await petra.hears())["unread"] == (await ali.hears())["unread"] == 0
        await listening()
        async with transaction():
            new = await tell(people.petra)
            assert petra.heard.empty(), "nothing is told before its transaction has committed"
        news = await petra.hears()
        assert news["unread"] == 1
        assert "Wiedervorlage: Angebot nachfassen" in news["toasts"][0]
        assert f'href="/notifications/{new}"' in news["toasts"][0]
        await tell(people.ali)
        assert (await ali.hears())["unread"] == 1
        assert petra.heard.empty()


async def test_what_is_read_elsewhere_changes_the_bell_without_a_word(people: Cast) -> None:
    await tell(people.petra)
    async with Screen(await at_the_screen(people.petra)) as petra:
        first = await petra.hears()
        assert (first["unread"], first["toasts"]) == (1, []), "what was there before is no news"
        await listening()
        await mark_all_read(by=people.petra.id, now=datetime.now(UTC))
        news = await petra.hears()
        assert (news["unread"], news["toasts"], news["words"]) == (0, [], "")
        assert "keine neue" in news["bell"]


async def test_what_is_not_urgent_is_said_to_screen_readers_only(people: Cast) -> None:
    async with Screen(await at_the_screen(people.petra)) as petra:
        await petra.hears()
        await listening()
        await tell(people.petra, kind=Kind.EXPORT_READY)
        news = await petra.hears()
        assert (news["toasts"], news["words"]) == ([], "Eine neue Benachrichtigung")
        async with transaction():
            for _each in range(2):
                await tell(people.petra, kind=Kind.EXPORT_READY)
        assert (await petra.hears())["words"] == "2 neue Benachrichtigungen"


async def test_a_browser_that_comes_back_is_told_what_it_missed_once(people: Cast) -> None:
    me = await at_the_screen(people.petra)
    async with Screen(me) as before:
        await before.hears()
        await listening()
        await tell(people.petra, "Erstens")
        await before.hears()
    await tell(people.petra, "Zweitens")
    async with Screen(me, before.last_id) as after:
        news = await after.hears()
        assert news["unread"] == 2
        assert [text for text in ("Erstens", "Zweitens") if text in "".join(news["toasts"])] == ["Zweitens"]


async def test_of_many_at_once_the_newest_three_are_shown(people: Cast) -> None:
    async with Screen(await at_the_screen(people.petra)) as petra:
        await petra.hears()
        await listening()
        async with transaction():
            for number in range(1, 6):
                await tell(people.petra, f"Nummer {number}")
        news = await petra.hears()
        assert news["unread"] == 5
        assert [f"Nummer {number}" in toast for number, toast in zip((3, 4, 5), news["toasts"], strict=True)] == [
            True
        ] * 3


async def test_a_row_that_commits_after_a_later_one_is_told_too(people: Cast) -> None:
    async with Screen(await at_the_screen(people.petra)) as petra:
        await petra.hears()
        await listening()
        slow = await engine().get_new_connection()
        try:
            async with slow.transaction():
                await slow.execute(
                    'INSERT INTO notification ("user", kind, detail, link, at) VALUES ($1, \'reminder_due\', $2, \'/\', now())',
                    people.petra.id, '{"text": "Langsam", "customer": ""}',
                )  # fmt: skip
                await tell(people.petra, "Schnell")
                assert "Schnell" in (await petra.hears())["toasts"][0]
            assert "Langsam" in (await petra.hears())["toasts"][0]
        finally:
            await slow.close()


async def test_a_lost_listening_connection_is_made_good(people: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "CALL_AGAIN", 0.05)
    async with Screen(await at_the_screen(people.petra)) as petra:
        await petra.hears()
        await listening()
        ended = await fetch_value(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE pid = $1", board.listening_process
        )
        assert ended == 1
        await tell(people.petra)
        assert (await petra.hears())["unread"] == 1


async def test_logging_out_ends_the_stream_of_that_session_alone(people: Cast) -> None:
    here, elsewhere = await at_the_screen(people.petra), await at_the_screen(people.petra)
    async with Screen(here) as one, Screen(elsewhere) as other:
        await one.hears()
        await other.hears()
        await listening()
        assert here.session_id is not None
        await log_out(here.id, here.session_id, now=datetime.now(UTC))
        assert (await one.hears())["event"] == "end"
        assert (await one.hears())["event"] == "closed"
        await tell(people.petra)
        assert (await other.hears())["unread"] == 1
        assert one.heard.empty()


async def test_whoever_is_locked_out_hears_nothing_more(people: Cast) -> None:
    async with Screen(await at_the_screen(people.petra)) as petra:
        await petra.hears()
        await listening()
        async with transaction():
            await execute("UPDATE staff SET deactivated_at = now() WHERE id = $1", people.petra.id)
            await end_access(people.petra.id, now=datetime.now(UTC))
        assert (await petra.hears())["event"] == "end"


async def test_a_session_that_expires_takes_its_stream_along(people: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "KEEP_ALIVE", 0.1)
    async with Screen(await at_the_screen(people.petra)) as petra:
        await petra.hears()
        await execute('UPDATE login_session SET expires_at = now() WHERE "user" = $1', people.petra.id)
        assert (await petra.hears())["event"] == "end"


async def test_a_process_that_stops_ends_every_stream_and_takes_no_new_one(people: Cast) -> None:
    me = await at_the_screen(people.petra)
    async with Screen(me) as petra:
        await petra.hears()
        board.end_all()
        assert (await petra.hears())["event"] == "closed", "not for good: the browser asks the next process"
        async with Screen(me) as late:
            assert (await late.hears())["event"] == "closed"


async def test_the_oldest_stream_ends_for_the_newest(people: Cast) -> None:
    many = Switchboard()
    try:
        petras = [many.open(people.petra.id, 1) for _each in range(MOST_PER_USER + 1)]
        assert [stream.end for stream in petras] == [End.FOR_GOOD] + [None] * MOST_PER_USER
        others = [many.open(people.petra.id + 1 + number, 2) for number in range(MOST - MOST_PER_USER)]
        assert all(stream.end is None for stream in petras[1:])
        assert many.open(10_000, 3).end is None
        assert [stream.end for stream in petras[1:3]] == [End.FOR_GOOD, None]
        assert all(stream.end is None for stream in others)
    finally:
        await many.stop()


async def test_a_stream_holds_no_connection_and_does_not_say_that_anybody_is_there(
    browser: Browser, cast: Cast
) -> None:
    await browser.log_in(cast.petra)
    long_ago = datetime.now(UTC) - timedelta(hours=3)
    await execute("UPDATE login_session SET seen_at = $1", long_ago)
    for path in ("/notifications/stream", "/notifications/count"):
        assert (await browser.get(path)).status_code == 200
        assert await fetch_value("SELECT seen_at FROM login_session") == long_ago
    await browser.get("/notifications")
    assert await fetch_value("SELECT seen_at FROM login_session") > long_ago


async def test_who_asks_for_no_stream_gets_one_event_and_a_stranger_none(browser: Browser, cast: Cast) -> None:
    assert (await browser.get("/notifications/stream")).status_code == 303
    await browser.log_in(cast.petra)
    await tell(cast.petra)
    answer = await browser.get("/notifications/stream?after=-1")
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.headers["cache-control"] == "no-store"
    assert '"unread":1' in answer.text
    browser.client.cookies.set(SESSION_COOKIE, "somebody-else")
    assert (await browser.get("/notifications/stream")).status_code == 303
