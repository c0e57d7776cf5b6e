"""Real PostgreSQL and Valkey for the tests, a client for the app, and the people whom the tests tell of."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import msgspec
import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from crm.database import PooledConnection, Row, engine
from crm.embedded.servers import Servers, ensure
from crm.settings import Settings
from tests.browser import Browser
from tests.cast import Cast, introduce
from tests.embedded.playground import new_folder

# What else the machine does at the moment says nothing about a rule.
hypothesis_settings.register_profile("nahbar", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("nahbar")


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    """Embedded servers of this run's own, in a folder that goes away with it."""
    environ = {key: value for key, value in os.environ.items() if not key.startswith("CRM_")}
    with new_folder() as folder:
        settings = Settings.from_env({**environ, "CRM_DATA_DIR": str(folder / "data")})
        with ensure(settings, command="tests", durable=False) as running:
            engine().config = {"dsn": running.database_url}
            yield running


@pytest.fixture(scope="session")
async def database(servers: Servers) -> AsyncIterator[str]:
    """A migrated database with the starting catalogues, and this process's pool on it."""
    from crm import database as db
    from crm.catalogues import install_catalogues
    from crm.migrations import migrate

    await migrate()
    await db.open_pool(10)
    await install_catalogues()
    yield servers.database_url
    await db.close_pool()


@pytest.fixture(scope="session", autouse=True)
def every_audited_field_has_a_word() -> Iterator[None]:
    """Whatever a test has recorded in the audit trail, people read it in words: no field is shown by its code."""
    from crm.accounts import audit
    from crm.accounts.handlers.audit_fields import is_named

    seal = audit._sealed

    def demand_words(fields: Mapping[str, Any] | bytes) -> tuple[bytes, str, bytes]:
        told = msgspec.json.decode(fields) if isinstance(fields, bytes) else fields
        nameless = [name for name in told if not is_named(name)]
        assert not nameless, f"crm/accounts/handlers/audit_fields.py has no word for {nameless}"
        return seal(fields)

    audit._sealed = demand_words
    yield
    audit._sealed = seal


@pytest.fixture
async def db(database: str) -> AsyncIterator[None]:
    """One transaction around the test, rolled back at its end. `after_commit` therefore never runs in it."""
    async with engine().transaction() as running:
        yield
        await running.rollback()


@pytest.fixture
async def own_database(database: str, servers: Servers) -> AsyncIterator[str]:
    """A database of the test's own, for what must really commit: several connections, workers, append-only rows."""
    name = f"test_{uuid4().hex}"
    await engine().close_connection_pool()
    admin = await asyncpg.connect(database)
    template = await admin.fetchval("SELECT current_database()")
    await admin.close()
    maintenance = await asyncpg.connect(database, database="postgres")
    await maintenance.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    before = engine().config
    url = database.replace(f"/{template}", f"/{name}", 1)
    engine().config = {"dsn": url}
    os.environ["CRM_DATABASE_URL"] = url
    await engine().start_connection_pool(min_size=1, max_size=20, record_class=Row, connection_class=PooledConnection)
    yield url
    await engine().close_connection_pool()
    os.environ["CRM_DATABASE_URL"] = database
    engine().config = before
    await engine().start_connection_pool(min_size=1, max_size=10, record_class=Row, connection_class=PooledConnection)
    # not WITH (FORCE), which also wants to end the database's own autovacuum and may not; a plain DROP ends it by itself
    await maintenance.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND usename = current_user", name
    )
    await maintenance.execute(f'DROP DATABASE "{name}"')
    await maintenance.close()


@pytest.fixture
async def cast(db: None) -> Cast:
    """The people we know; see tests/cast.py."""
    return await introduce()


@pytest.fixture(scope="session")
def asgi_app(servers: Servers) -> Any:
    os.environ["CRM_COUNT_STATEMENTS"] = "on"
    from crm.app import create_app

    return create_app()


@pytest.fixture
async def app(asgi_app: Any, database: str) -> Any:
    """The app without its start-up hooks; they are ours here."""
    from crm.app import prepare

    await prepare(asgi_app.app)
    return asgi_app


@pytest.fixture
async def browser(app: Any, cast: Cast) -> AsyncIterator[Browser]:
    """Somebody at a screen: `await browser.log_in(cast.petra)`, then `get` and `post`, with CSRF as a page sends it."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://localhost", headers={"accept-language": "de"}
    ) as client:
        yield Browser(client)
