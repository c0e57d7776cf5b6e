"""What a page shows is found by indexes: none that is about one customer, one enquiry or one list reads a table from end to end that
grows with the company. Asked of a demo company with its statistics, statement by statement, as PostgreSQL carries them out."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import asyncpg
import httpx
import msgspec
import pytest

from crm.accounts.tables import User
from crm.database import execute, fetch, fetch_one, fetch_value, transaction
from crm.demo.fill import fill
from tests.browser import Browser

CUSTOMERS = 400
MOST = CUSTOMERS // 2
"""Rows that a step of a statement may read of a table that grows; each of these has at least as many as there are customers."""
TIMES_OVER = 3
"""So often may a page read a whole table that tells of all of them."""


@contextmanager
def noted(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[str, tuple[Any, ...]]]]:
    """The statements that are sent meanwhile, with their values."""
    found: list[tuple[str, tuple[Any, ...]]] = []
    send = asyncpg.Connection.fetch

    async def watched(self: asyncpg.Connection, sql: str, *values: Any, **options: Any) -> Any:
        found.append((sql, values))
        return await send(self, sql, *values, **options)

    with monkeypatch.context() as patched:
        patched.setattr(asyncpg.Connection, "fetch", watched)
        yield found


def _steps(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from _steps(below)


async def read_too_much(sql: str, values: tuple[Any, ...], growing: dict[str, float]) -> list[str]:
    """The steps that read more rows of a growing table than these, with how many."""
    found = await fetch_one(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", *values)
    assert found is not None
    read = [
        (
            step["Relation Name"],
            step["Node Type"],
            (step["Actual Rows"] + step.get("Rows Removed by Filter", 0)) * step["Actual Loops"],
        )
        for step in _steps(msgspec.json.decode(found[0])[0]["Plan"])
        if step.get("Relation Name") in growing
    ]
    return [f"{table}: {kind}, {rows:.0f} rows" for table, kind, rows in read if rows > growing[table]]


@pytest.fixture
async def company(own_database: str) -> AsyncIterator[dict[str, float]]:
    """A demo company with its statistics, in a database of its own: what ANALYZE notes of a table's size outlives a rollback. The
    tables that have at least as many rows as there are customers, with how many."""
    await fill(CUSTOMERS, date(2026, 11, 24), tickets_per_customer=2)
    await execute("ANALYZE")
    rows = await fetch("SELECT relname, reltuples FROM pg_class WHERE relkind = 'r' AND reltuples >= $1", CUSTOMERS)
    async with transaction():
        for habit in ("seqscan", "hashjoin", "mergejoin"):  # what a small table invites to, though an index would do
            await execute(f"SET LOCAL enable_{habit} = off")
        yield {row.relname: row.reltuples for row in rows}


async def _paths() -> dict[str, tuple[str, ...]]:
    """The pages of the main job and of the customer's data, by role."""
    customer = await fetch_value("SELECT customer FROM customer_figures ORDER BY interactions DESC, customer LIMIT 1")
    contact = await fetch_value("SELECT max(id) FROM interaction WHERE customer = $1", customer)
    person = await fetch_value("SELECT min(person) FROM affiliation WHERE customer = $1", customer)
    ticket = await fetch_value("SELECT max(id) FROM ticket WHERE status = 'open'")
    one = f"/customers/{customer}"
    return {
        "sales": (
            "/customers", one, f"{one}?q=montage", f"{one}/edit", f"{one}/documents", "/customers/new", "/customers?q=schm",
            f"/interactions/new?customer={customer}", f"/interactions/{contact}", f"/persons/{person}/history",
            f"/mails/new?customer={customer}", f"/tickets/new?customer={customer}", "/orders",
        ),
        "agent": (f"/tickets/{ticket}", f"/tickets/new?customer={customer}"),
        "dpo": (f"/persons/{person}/consents", f"{one}/access-log", "/privacy/requests"),
    }  # fmt: skip


async def _too_much(
    app: Any, monkeypatch: pytest.MonkeyPatch, pages: dict[str, tuple[str, ...]], most: dict[str, float]
) -> list[str]:
    """What the statements of these pages read beyond that."""
    found = []
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        for role, paths in pages.items():
            user = await User.objects().get(User.email == f"{role}@demo.example")
            assert user is not None
            browser = await Browser(client).log_in(user)
            for path in paths:
                with noted(monkeypatch) as statements:
                    page = await browser.get(path)
                assert page.status_code == 200, path
                asked = [each for each in statements if each[0].lstrip().startswith(("SELECT", "WITH"))]
                assert asked, path
                for sql, values in asked:
                    found += [
                        f"{path}: {each} ({' '.join(sql.split())[:90]})"
                        for each in await read_too_much(sql, values, most)
                    ]
    return found


async def test_pages_about_one_thing_read_what_they_show(
    company: dict[str, float], app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    most = dict.fromkeys(company, float(MOST))
    assert await _too_much(app, monkeypatch, await _paths(), most) == []


async def test_pages_about_all_read_it_a_few_times_at_most(
    company: dict[str, float], app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    most = {table: TIMES_OVER * rows for table, rows in company.items()}
    paths = {
        "sales": ("/", "/reminders", "/portfolio", "/feedback", "/interactions"), "agent": ("/", "/tickets", "/answers"),
        "lead": ("/team", "/competences"), "dpo": ("/consents", "/privacy/retention", "/audit"), "manager": ("/", "/scores"),
    }  # fmt: skip
    assert await _too_much(app, monkeypatch, paths, most) == []


async def test_a_walk_through_a_whole_table_is_noticed(company: dict[str, float]) -> None:
    assert {"customer", "customer_figures", "timeline_entry", "interaction", "ticket_message", "consent_event"} <= set(
        company
    )
    most = dict.fromkeys(company, float(MOST))
    assert await read_too_much("SELECT id FROM customer WHERE lower(name) = $1", ("x",), most)
    walk = "SELECT address FROM email_address e WHERE e.customer = $1 OR e.person IN (SELECT person FROM affiliation WHERE customer = $1)"
    assert await read_too_much(walk, (1,), most)
    assert not await read_too_much("SELECT address FROM email_address e WHERE e.customer = $1", (1,), most)
