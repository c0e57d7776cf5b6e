"""How long the search among the customers takes that are there, and the warning while a new one is typed: p50 and p95 in milliseconds
for each kind of thing people type, by the clock and of the processor (this program's and the database's)."""

from __future__ import annotations

import os
import random
import time
from collections import defaultdict
from collections.abc import Awaitable, Sequence
from typing import Any

from bench.machine import processor_ms
from crm.customers.lists.finding import Wanted, find_customers
from crm.customers.lists.found_by import refresh_search_texts
from crm.database import Row, execute, fetch
from crm.records.likeness import portrait
from crm.records.warning import alike_customers
from crm.search.queries import customer_hits
from crm.text import sort_key

EACH = 40
WARNING = "warning"
CHUNK = 5000


async def measure_search() -> dict[str, Any]:
    """Each query is asked once, so that planning it counts too. Answers `<kind>_p50_ms` and `<kind>_p95_ms`, the same of the
    processor as `<kind>_cpu_p50_ms` and `<kind>_cpu_p95_ms`, and `p95_ms` and `cpu_p95_ms` of all searches."""
    await _make_searchable()
    draw = random.Random(7)
    people = await fetch(
        "SELECT c.id, c.kind, c.name, c.number, a.street, a.postcode, a.city, p.given_name, p.family_name, "
        "(SELECT n.number FROM phone_number n WHERE n.customer = c.id OR n.person = p.id LIMIT 1) AS phone, "
        "(SELECT e.address FROM email_address e WHERE e.customer = c.id OR e.person = p.id LIMIT 1) AS email "
        "FROM customer c LEFT JOIN postal_address a ON a.customer = c.id AND a.position = 0 "
        "LEFT JOIN affiliation s ON s.customer = c.id AND s.is_self LEFT JOIN person p ON p.id = s.person "
        "WHERE length(c.name) > 5 ORDER BY md5(c.id::text) LIMIT 2000"
    )
    watch = _Watch(
        [row.pid for row in await fetch("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")]
    )
    for row in draw.sample(people, min(EACH, len(people))):
        for kind, query in _queries(row, draw).items():
            if query:
                await watch.time(kind, find_customers(Wanted(q=query), limit=50))
        await watch.time("palette", customer_hits(row.name[: draw.randint(2, 8)]))
        await watch.time(WARNING, _warning(row))
    return watch.figures() | {"p95_ms": watch.of_searches(watch.took), "cpu_p95_ms": watch.of_searches(watch.worked)}


class _Watch:
    """Milliseconds by the clock and of the processor, by kind."""

    def __init__(self, backends: list[int]) -> None:
        self.pids = [os.getpid(), *backends]
        self.took: dict[str, list[float]] = defaultdict(list)
        self.worked: dict[str, list[float]] = defaultdict(list)

    async def time(self, kind: str, asking: Awaitable[Any]) -> None:
        worked, begin = processor_ms(self.pids), time.perf_counter()
        await asking
        self.took[kind].append((time.perf_counter() - begin) * 1000)
        self.worked[kind].append(processor_ms(self.pids) - worked)

    def of_searches(self, times: dict[str, list[float]]) -> float:
        return _share([each for kind, own in times.items() if kind != WARNING for each in own], 0.95)

    def figures(self) -> dict[str, float]:
        return {
            f"{kind}_{name}p{share * 100:.0f}_ms": _share(times[kind], share)
            for kind in self.took
            for name, times in (("", self.took), ("cpu_", self.worked))
            for share in (0.5, 0.95)
        }


async def _warning(row: Row) -> None:
    """What is asked while somebody types this customer again, with everything filled in."""
    typed = portrait(
        row.kind, name=row.name, given_name=row.given_name or "", family_name=row.family_name or "", emails=[row.email or ""],
        phones=[row.phone or ""], places=[(row.street or "", row.postcode or "", row.city or "")],
    )  # fmt: skip
    await alike_customers(typed, name=row.name, email=row.email or "", phone=row.phone or "")


def _queries(row: Row, draw: random.Random) -> dict[str, str]:
    words = [word for word in row.name.split() if word.isalpha() and len(word) > 3] or [row.name]
    word = draw.choice(words)
    at = draw.randrange(1, max(2, len(word) - 1))
    return {
        "beginning": word[: draw.randint(1, 4)],
        "name": row.name,
        "typing_error": word[:at] + word[at + 1 : at + 2] + word[at : at + 1] + word[at + 2 :],
        "two_words": f"{word} {row.city or ''}".strip(),
        "phone": (row.phone or "")[5:11],
        "email": (row.email or "")[: draw.randint(5, 12)],
    }


def _share(times: Sequence[float], share: float) -> float:
    return round(sorted(times)[min(len(times) - 1, int(share * len(times)))], 1)


async def _make_searchable() -> None:
    """What COPY has left out: figures, the key to sort by, and what customers are found by."""
    rows = await fetch("SELECT id, name FROM customer WHERE search_text = '' ORDER BY id")
    for start in range(0, len(rows), CHUNK):
        some = rows[start : start + CHUNK]
        ids = [row.id for row in some]
        await execute(
            "UPDATE customer c SET sort_key = x.key FROM unnest($1::bigint[], $2::text[]) x (id, key) WHERE c.id = x.id",
            ids, [sort_key(row.name)[:300] for row in some],
        )  # fmt: skip
        await execute(
            "INSERT INTO customer_figures (customer, interactions, open_tickets, satisfaction_sum, satisfaction_answers, orders, revenue) "
            "SELECT id, 0, 0, 0, 0, 0, 0 FROM unnest($1::bigint[]) AS id ON CONFLICT DO NOTHING",
            ids,
        )
        await refresh_search_texts(ids)
    for table in ("customer", "customer_figures", "search_word"):
        await execute(f"VACUUM ANALYZE {table}")
