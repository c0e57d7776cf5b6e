"""What a terminal or a log says when the database goes away is what a person can use."""

from __future__ import annotations

import logging

import asyncpg
import pytest

from crm import database
from crm.database import Engine
from crm.logs import configure_logs


def test_pool_that_lost_its_database_says_so_in_one_line(caplog: pytest.LogCaptureFixture) -> None:
    for _each in range(2):  # as web process and worker do
        configure_logs("console", "info")
    try:
        raise asyncpg.CannotConnectNowError("the database system is shutting down")
    except asyncpg.CannotConnectNowError:
        logging.getLogger("asyncpg.pool").warning("Failed to restore the pool connection floor", exc_info=True)
    assert [record.getMessage() for record in caplog.records] == [
        "Failed to restore the pool connection floor (the database system is shutting down)"
    ]
    assert "Traceback" not in caplog.text


async def test_pool_closes_in_silence_if_the_database_went_first(monkeypatch: pytest.MonkeyPatch) -> None:
    class Pool:
        async def close(self) -> None:
            raise BrokenPipeError(32, "Broken pipe")

    engine = Engine(config={"dsn": "postgresql:///nowhere"}, extensions=())
    engine.pool = Pool()  # type: ignore[assignment]
    monkeypatch.setattr(database, "engine", lambda: engine)
    await database.close_pool()
    assert engine.pool is None
