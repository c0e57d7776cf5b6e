"""How long the search among the customers takes that are there: p50 and p95 in milliseconds, for each kind of thing people type."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from typing import Any

from crm.customers.finding import Wanted, find_customers
from crm.customers.found_by import refresh_search_texts
from crm.database import Row, execute, fetch
from crm.search.queries import customer_hits
from crm.text import sort_key

EACH = 40
CHUNK = 5000


async def measure_search() -> dict[str, Any]:
    """Each query is asked once, so that planning it counts too. Answers `<kind>_p50_ms`, `<kind>_p95_ms` and `p95_ms` of all."""
    await _make_searchable()
    draw = random.Random(7)
    people = await fetch(
        "SELECT c.name, c.number, a.city, (SELECT n.number FROM phone_number n WHERE n.customer = c.id LIMIT 1) AS phone, "
        "(SELECT e.address FROM email_address e WHERE e.customer = c.id LIMIT 1) AS email "
        "FROM customer c LEFT JOIN postal_address a ON a.customer = c.id AND a.position = 0 "
        "WHERE length(c.name) > 5 ORDER BY md5(c.id::text) LIMIT 2000"
    )
    took: dict[str, list[float]] = {
        kind: [] for kind in ("beginning", "name", "typing_error", "two_words", "phone", "email", "palette")
    }
    for row in draw.sample(people, min(EACH, len(people))):
        for kind, query in _queries(row, draw).items():
            if query:
                took[kind].append(await _timed(query))
        begin = time.perf_counter()
        await customer_hits(row.name[: draw.randint(2, 8)])
        took["palette"].append((time.perf_counter() - begin) * 1000)
    figures: dict[str, Any] = {}
    for kind, times in took.items():
        if times:
            figures |= {f"{kind}_p50_ms": _share(times, 0.5), f"{kind}_p95_ms": _share(times, 0.95)}
    return figures | {"p95_ms": _share([each for times in took.values() for each in times], 0.95)}


async def _timed(query: str) -> float:
    begin = time.perf_counter()
    await find_customers(Wanted(q=query), limit=50)
    return (time.perf_counter() - begin) * 1000


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
