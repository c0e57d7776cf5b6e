"""At volume: the contacts of a period are found by their time, not among all; the rest is one walk over customers or less."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from crm.database import execute, fetch_one
from crm.team import queries
from crm.team.periods import Period, span_of
from crm.team.queries import contacts_of, scope_of, untouched_customers, waiting_quotations, work_of
from tests.cast import introduce
from tests.customers.conftest import people

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 26, 14, 0, tzinfo=UTC)
CUSTOMERS, CONTACTS, QUOTATIONS = 20_000, 100_000, 10_000
TABLES = ("customer", "customer_figures", "interaction", "quotation", "reminder")

# contacts of three years, quotations of which 1 in 20 is open, customers of whom 1 in 10 is overdue
_FILL = (
    "INSERT INTO customer (number, kind, name, sort_key, status, owner, service_level, created_at, search_text) "
    "SELECT 'T-' || n, 'organisation', 'Firma ' || n, 'firma ' || n, 'customer', (SELECT min(id) FROM staff), "
    f"(SELECT min(id) FROM service_level), $1::timestamptz - interval '4 years', '' FROM generate_series(1, {CUSTOMERS}) AS n",
    "INSERT INTO customer_figures (customer, last_contact_at, contact_due_at, interactions, open_tickets, satisfaction_sum, "
    "satisfaction_answers, orders, revenue) SELECT c.id, $1::timestamptz - make_interval(hours => (c.id * 37 % 9000)::int), "
    "CASE WHEN c.id % 10 = 0 THEN $1::timestamptz - interval '1 day' ELSE $1::timestamptz + interval '9 days' END, 5, 0, 0, 0, 0, 0 "
    "FROM customer c WHERE c.number LIKE 'T-%' AND $1::timestamptz IS NOT NULL",
    "INSERT INTO interaction (customer, channel, direction, text, at, touchpoint) SELECT "
    "(SELECT min(id) FROM customer WHERE number LIKE 'T-%') + n % $2::int, (ARRAY['phone', 'email', 'visit'])[1 + n % 3], 'inbound', '', "
    f"$1::timestamptz - make_interval(mins => (n * 1576800.0 / {CONTACTS})::int), 1 + n % 3 FROM generate_series(1, {CONTACTS}) AS n",
    "INSERT INTO quotation (customer, number, subject, status, requested_at, sent_at, decided_at) SELECT "
    "(SELECT min(id) FROM customer WHERE number LIKE 'T-%') + n % $2::int, 'AN-' || n, 'Küche', "
    "CASE n % 40 WHEN 0 THEN 'requested' WHEN 20 THEN 'sent' ELSE 'accepted' END, $1::timestamptz - make_interval(hours => n + 9), "
    "CASE WHEN n % 40 > 0 THEN $1::timestamptz - make_interval(hours => n + 8) END, "
    f"CASE WHEN n % 20 > 0 THEN $1::timestamptz - make_interval(hours => n) END FROM generate_series(1, {QUOTATIONS}) AS n",
    'INSERT INTO reminder ("user", customer, text, due_at, done_at) SELECT (SELECT min(id) FROM staff), '
    "(SELECT min(id) FROM customer WHERE number LIKE 'T-%') + n % $2::int, '', $1::timestamptz - make_interval(hours => n), "
    f"CASE WHEN n % 20 > 0 THEN $1::timestamptz END FROM generate_series(1, {QUOTATIONS}) AS n",
)


@pytest.fixture
async def full(own_database: str) -> int:
    """A team of everybody who is here, and rows by the thousand; the triggers that keep histories have tests of their own."""
    await people(await introduce())
    team = await fetch_one("INSERT INTO team (name) VALUES ('Vertrieb') RETURNING id")
    assert team is not None
    await execute("UPDATE staff SET team = $1", team.id)
    for table in TABLES:
        await execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    for statement in _FILL:
        await execute(statement, *([NOW, CUSTOMERS] if "$2" in statement else [NOW]))
    for table in TABLES:
        await execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        await execute(f"VACUUM ANALYZE {table}")
    return int(team.id)


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from _nodes(below)


async def test_no_more_is_read_than_is_told(full: int, monkeypatch: pytest.MonkeyPatch) -> None:
    plans: dict[str, list[dict[str, Any]]] = {}
    name, fetch = "", queries.fetch

    async def watched(sql: str, *arguments: Any) -> Any:
        found = await fetch_one(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql}", *arguments)
        assert found is not None
        plans.setdefault(name, []).append(msgspec.json.decode(found[0])[0])
        return await fetch(sql, *arguments)

    async def watched_one(sql: str, *arguments: Any) -> Any:
        return (await watched(sql, *arguments))[0]

    monkeypatch.setattr(queries, "fetch", watched)
    monkeypatch.setattr(queries, "fetch_one", watched_one)
    for team in (None, full):
        name = f"scope {team}"
        scope = await scope_of(team)
        for period in Period:
            name = f"contacts {period} {team}"
            contacts = await contacts_of(span_of(period, NOW, BERLIN), team, BERLIN)
            assert contacts.count
        name = f"work {team}"
        assert (await work_of(scope, NOW)).untouched == CUSTOMERS / 10
        name = f"quotations {team}"
        assert len((await waiting_quotations(team))["sent"]) == queries.WAITING_SHOWN
        name = f"untouched {team}"
        first = await untouched_customers(scope, NOW)
        await untouched_customers(scope, NOW, cursor=first.next)
    assert all(len(found) <= 2 for found in plans.values()), "each is one statement; the list was asked for twice"
    for name, found in plans.items():
        for plan in found:
            print(f"{name}: {plan['Execution Time']:.1f} ms + {plan['Planning Time']:.1f}")
            for node in _nodes(plan["Plan"]):
                table = node.get("Relation Name")
                if table == "interaction":
                    assert node["Node Type"] != "Seq Scan", name
                    assert node["Actual Rows"] * node["Actual Loops"] < CONTACTS / 10, name
                assert node["Actual Loops"] <= CUSTOMERS / 10 + 1, (
                    f"{name}: {node['Node Type']} {table} again and again"
                )
