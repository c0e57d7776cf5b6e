"""The figures of a month and the first paint of the dashboard, with 1,000,000 contacts in three years."""

from __future__ import annotations

import secrets
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
from rich.console import Console
from rich.table import Table

from bench.data import TODAY
from bench.machine import memory_of_children
from crm.accounts.current import SESSION_COOKIE, token_hash
from crm.app import create_litestar
from crm.database import execute, fetch, fetch_value
from crm.demo.fill import fill
from crm.reports import months
from crm.reports.actions import print_pdf
from crm.reports.figures import figures_of
from crm.reports.page import print_job
from crm.reports.paper import Letterhead
from crm.reports.rollups.sweeping import sweep_rollups
from crm.settings import Settings

CONTACTS, CUSTOMERS = 1_000_000, 20_000
ANSWERS_AMONG, ENQUIRIES_AMONG = 10, 10
"""One answer and one enquiry for so many contacts."""

ZONE = ZoneInfo("Europe/Berlin")
RUNS = 9

_WHEN = "$2::timestamptz - random() * interval '3 years'"
_WHO = "(SELECT array_agg(id ORDER BY id) AS ids FROM customer) c, (SELECT array_agg(id ORDER BY id) AS ids FROM touchpoint) t"
_PICK = "{0}.ids[1 + (random() * (array_length({0}.ids, 1) - 1))::int]"
_NEW_CONTACTS = f"""
    INSERT INTO interaction (customer, channel, direction, touchpoint, phase, text, impression, is_moment_of_truth, at, version, counts)
    SELECT {_PICK.format("c")}, (ARRAY['phone','phone','email','email','visit','web','chat'])[1 + (random() * 6)::int],
        (ARRAY['inbound','outbound'])[1 + (random())::int], {_PICK.format("t")}, NULL, 'Fragt nach der Lieferung.',
        CASE WHEN random() < 0.5 THEN 1 + (random() * 4)::int END, random() < 0.1, {_WHEN}, 1, true
    FROM generate_series(1, $1::int), {_WHO}
"""
_NEW_ANSWERS = f"""
    INSERT INTO survey_answer (customer, touchpoint, metric, score, comment, at)
    SELECT {_PICK.format("c")}, {_PICK.format("t")}, CASE WHEN n % 3 = 0 THEN 'nps' ELSE 'csat' END,
        CASE WHEN n % 3 = 0 THEN (random() * 10)::int ELSE 1 + (random() * 4)::int END, '', {_WHEN}
    FROM generate_series(1, $1::int) n, {_WHO}
"""
_NEW_ENQUIRIES = f"""
    INSERT INTO ticket (customer, subject, topic, kind, status, required_level, opened_at, service_level, first_response_min,
        next_response_min, solution_min, first_response_due_at, first_responded_at, solution_due_at, solved_at)
    SELECT {_PICK.format("c")}, 'Wann kommt die Lieferung?', p.ids[1 + (random() * (array_length(p.ids, 1) - 1))::int], 'question',
        'closed', 1 + (random() * 2)::int, x.at, l.id, 480, 480, 960, x.at + interval '8 hours',
        x.at + random() * interval '9 hours', x.at + interval '2 days', x.at + random() * interval '3 days'
    FROM (SELECT {_WHEN} AS at FROM generate_series(1, $1::int)) x, {_WHO},
        (SELECT array_agg(id) AS ids FROM topic) p, (SELECT min(id) AS id FROM service_level) l
"""
_NEW_CLOSURES = """
    INSERT INTO closure (ticket, at, cause) SELECT k.id, k.solved_at, 'delay' FROM ticket k
    WHERE k.solved_at IS NOT NULL AND NOT EXISTS (SELECT FROM closure c WHERE c.ticket = k.id)
"""


async def build_figures(scale: float) -> None:
    """Fill an empty database."""
    contacts = round(CONTACTS * scale)
    print(f"Building {contacts:,} contacts ...", flush=True)
    await fill(max(10, round(CUSTOMERS * scale)), TODAY, contacts_per_customer=1.0, tickets_per_customer=0.1)
    until = datetime(TODAY.year, TODAY.month, TODAY.day, tzinfo=ZONE)
    await execute(_NEW_CONTACTS, contacts, until)
    await execute(_NEW_ANSWERS, contacts // ANSWERS_AMONG, until)
    await execute(_NEW_ENQUIRIES, contacts // ENQUIRIES_AMONG, until)
    await execute(_NEW_CLOSURES)
    for table in ("interaction", "survey_answer", "ticket", "closure", "customer"):
        await execute(f"VACUUM ANALYZE {table}")


async def measure_figures(scale: float) -> dict[str, Any]:
    """Seconds for the figures of the running month: from raw rows alone, swept, and swept with a day that has changed since;
    and for the sweeps themselves."""
    await build_figures(scale)
    now = datetime(TODAY.year, TODAY.month, TODAY.day, 12, tzinfo=ZONE).astimezone(UTC)
    month = months.month_of(now, ZONE)

    async def figures() -> None:
        await figures_of(month, now=now, zone=ZONE)

    found = {"contacts": await fetch_value("SELECT count(*) FROM interaction"), "raw": await _seconds(figures, 3)}
    found["first_sweep"] = await _seconds(sweep_rollups, 1)
    await execute("VACUUM ANALYZE")
    found["swept"] = await _seconds(figures, RUNS)
    await execute("INSERT INTO rollup_mark (on_utc) VALUES ($1)", now.date())
    found["day_open"] = await _seconds(figures, RUNS)
    found["sweep_of_a_day"] = await _seconds(sweep_rollups, 1)
    found["first_paint"] = await _first_paint()
    found |= await _paper(month, now)
    found["rows"] = {row.name: row.n for row in await fetch(_ROWS)}
    return found


async def _first_paint() -> float:
    """Seconds until the overview of the last whole month is there, as the server answers a manager; its later parts come by themselves."""
    manager = await fetch_value("SELECT id FROM staff WHERE role = 'manager' ORDER BY id LIMIT 1")
    session, now = secrets.token_urlsafe(32), datetime.now(UTC)
    await execute(
        'INSERT INTO login_session ("user", token_hash, created_at, seen_at, expires_at) VALUES ($1, $2, $3, $3, $4)',
        manager, token_hash(session), now, now + timedelta(days=1),
    )  # fmt: skip
    app: Any = create_litestar(Settings.from_env())
    month = months.written(months.earlier(TODAY.replace(day=1), 1))
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://localhost", cookies={SESSION_COOKIE: session}
    ) as browser:

        async def overview() -> None:
            answer = await browser.get(f"/dashboard?month={month}", headers={"Accept-Language": "de"})
            if answer.status_code != 200:
                raise RuntimeError(f"the overview answers {answer.status_code}")

        return await _seconds(overview, RUNS)


async def _paper(month: date, now: datetime) -> dict[str, float]:
    """Seconds for the PDF of the last whole month once its figures are there, and the megabytes that it takes."""
    figures = await figures_of(months.earlier(month, 1), now=now, zone=ZONE)
    job = print_job(figures, Letterhead("Beispielküchen Lindenlaub GmbH"), lang="de")

    async def printing() -> None:
        await print_pdf(job)

    return {"paper": await _seconds(printing, 3), "paper_mb": memory_of_children()}


_ROWS = " UNION ALL ".join(
    f"SELECT '{table}' AS name, count(*) AS n FROM {table}"
    for table in ("contact_day", "touchpoint_day", "answer_day", "score_day")
)


async def _seconds(work: Callable[[], Awaitable[Any]], runs: int) -> float:
    """The median of some runs."""
    took = []
    for _run in range(runs):
        began = time.perf_counter()
        await work()
        took.append(time.perf_counter() - began)
    return round(sorted(took)[len(took) // 2], 4)


def print_figures(found: dict[str, Any]) -> None:
    table = Table(title=f"The figures of a month, {found['contacts']:,} contacts", title_justify="left")
    table.add_column("")
    table.add_column("ms", justify="right")
    for key, words in (
        ("raw", "from the raw rows"), ("swept", "from counted days"), ("day_open", "and today not swept yet"),
        ("first_sweep", "the first sweep, all days"), ("sweep_of_a_day", "the sweep of one day"),
        ("first_paint", "the overview of a month, its first answer"), ("paper", f"its PDF ({found['paper_mb']:.0f} MB)"),
    ):  # fmt: skip
        table.add_row(words, f"{1000 * found[key]:,.0f}")
    Console(width=100).print(table)
