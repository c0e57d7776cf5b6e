"""The data of the benchmark: a demo company, eight customers with 200 contacts each, one with 10,000, a log-in, a report."""

from __future__ import annotations

import random
import secrets
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from crm.accounts.actions import issue_api_token
from crm.accounts.current import SESSION_COOKIE, token_hash
from crm.database import execute, fetch, fetch_value
from crm.demo.fill import fill
from crm.reports.actions import produce_report, request_report

CUSTOMERS, CONTACTS_PER_CUSTOMER, TICKETS_PER_CUSTOMER = 50_000, 4.0, 0.4
TODAY = date(2026, 11, 23)
LONG_HISTORY = 200
LONG_HISTORIES = 8
LONGEST_HISTORY = 10_000
FRAGMENTS = (
    "müll",
    "groessm",
    "tisch",
    "schrein",
    "hotel",
    "demir",
    "kowal",
    "berlin",
    "weber",
    "hof",
    "richter",
    "nguyen",
)


@dataclass(frozen=True, slots=True)
class Bench:
    """What the load needs to know: how to log in, whom to look at."""

    cookie: str
    token: str
    customers: tuple[int, ...]
    long_histories: tuple[int, ...]
    longest_history: int
    reasons: tuple[str, ...]
    month: str
    seconds_for_report: float


async def build(scale: float) -> Bench:
    """Fill an empty database and print how much is in it."""
    print(f"Building {round(CUSTOMERS * scale):,} customers ...", flush=True)
    await fill(
        max(LONG_HISTORIES, round(CUSTOMERS * scale)), TODAY,
        contacts_per_customer=CONTACTS_PER_CUSTOMER, tickets_per_customer=TICKETS_PER_CUSTOMER,
    )  # fmt: skip
    now = datetime.now(UTC)
    user = await fetch_value("SELECT id FROM staff WHERE email = 'admin@demo.example'")
    session = secrets.token_urlsafe(32)
    await execute(
        'INSERT INTO login_session ("user", token_hash, created_at, seen_at, expires_at) VALUES ($1, $2, $3, $3, $4)',
        user, token_hash(session), now, now + timedelta(days=1),
    )  # fmt: skip
    await execute("UPDATE agent_profile SET capacity = 1000000, absent_from = NULL, absent_until = NULL")
    customers = [row.id for row in await fetch("SELECT id FROM customer ORDER BY id")]
    longest, *long_histories = random.Random(1).sample(customers, LONG_HISTORIES + 1)
    for customer in long_histories:
        await _lengthen(customer, LONG_HISTORY)
    await _lengthen(longest, LONGEST_HISTORY)
    for table in ("interaction", "timeline_entry", "customer_figures"):
        await execute(f"VACUUM ANALYZE {table}")
    month = date(TODAY.year, TODAY.month - 1, 1)
    begin = datetime.now(UTC)
    run = await request_report(month, "de", by=user, now=now)
    if not await produce_report(run, now=now):
        raise RuntimeError("the report could not be produced")
    took = (datetime.now(UTC) - begin).total_seconds()
    counts = {
        table: await fetch_value(f"SELECT count(*) FROM {table}")
        for table in ("customer", "interaction", "ticket", "timeline_entry")
    }
    print("Built: " + ", ".join(f"{count:,} {table}" for table, count in counts.items()), flush=True)
    token = await issue_api_token(user, "bench", by=user, now=now)
    return Bench(
        f"{SESSION_COOKIE}={session}", token, tuple(customers[:: max(1, len(customers) // 5000)]), tuple(long_histories), longest,
        tuple(row.code for row in await fetch("SELECT code FROM contact_reason WHERE retired_at IS NULL ORDER BY id")),
        f"{month:%Y-%m}", took,
    )  # fmt: skip


async def _lengthen(customer: int, contacts: int) -> None:
    """Repeat the contacts of a customer until there are so many."""
    await execute(
        "WITH own AS (SELECT * FROM interaction WHERE customer = $1), missing AS ("
        "  SELECT generate_series(1, $2 - (SELECT count(*) FROM own)::int) AS n), "
        "source AS (SELECT *, row_number() OVER (ORDER BY id) AS place, count(*) OVER () AS total FROM own), "
        "added AS (INSERT INTO interaction (customer, person, channel, direction, touchpoint, phase, text, impression, "
        "    is_moment_of_truth, minutes, at, by_user) "
        "  SELECT s.customer, s.person, s.channel, s.direction, s.touchpoint, s.phase, s.text, s.impression, s.is_moment_of_truth, "
        "    s.minutes, s.at - make_interval(hours => m.n), s.by_user FROM missing m JOIN source s ON s.place = 1 + m.n % s.total "
        "  RETURNING id, customer, person, at, text, by_user, channel, direction) "
        "INSERT INTO timeline_entry (customer, person_id, kind, at, ref_id, title, body, by_user, detail) "
        "SELECT customer, person, 'interaction', at, id, '', text, by_user, "
        "  jsonb_build_object('channel', channel, 'direction', direction) FROM added",
        customer, contacts,
    )  # fmt: skip
    await execute("UPDATE customer_figures SET interactions = $2 WHERE customer = $1", customer, contacts)
