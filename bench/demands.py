"""What is demanded of the server in milliseconds, measured as one person meets it: one request after the other, from sending to the
last byte of the answer, on the running program; by the clock, which also tells what else the machine is doing, and of the processor
(the program's and the database's). The demand is kept if 95 of 100 requests are answered within it, by the clock."""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from rich.console import Console
from rich.table import Table

from bench.data import Bench
from bench.load import Ask, Connection, Measured
from bench.machine import processor_ms

FORM_MS, HISTORY_MS = 100, 50
WARM_UP = 8
FEWEST = 100
"""Requests of a measurement at least, however long they take: below, a 95th percentile says little."""


@dataclass(frozen=True, slots=True)
class Demand:
    """A name, the requests, and the milliseconds that 95 of 100 may take."""

    name: str
    asks: Iterator[Ask]
    most_ms: int


async def demands(bench: Bench, port: int) -> list[Demand]:
    """The form of a contact for different customers, saving one with reason and follow-up, and the history of the customer with
    10,000 entries: its page as a whole, and the history alone as the page asks for it anew."""
    page = (("Cookie", bench.cookie), ("Accept-Language", "de"))
    part = (*page, ("HX-Request", "true"))
    draw = random.Random(7)
    history = f"/customers/{bench.longest_history}"

    def forms() -> Iterator[Ask]:
        while True:
            yield Ask(f"/interactions/new?customer={draw.choice(bench.customers)}", headers=part)

    return [
        Demand("the form of a contact", forms(), FORM_MS),
        Demand("saving it, with reason and follow-up", await _saving(bench, port, draw), FORM_MS),
        Demand("a customer's page, 10,000 entries", itertools.repeat(Ask(history, headers=page)), HISTORY_MS),
        Demand("the history alone, its first page", itertools.repeat(Ask(history, headers=part)), HISTORY_MS),
    ]


async def _saving(bench: Bench, port: int, draw: random.Random) -> Iterator[Ask]:
    """Contacts as the dialog sends them: each another submission, with the token that the page has been given."""
    connection = await Connection.open(port)
    answer = await connection.ask(Ask("/interactions/new", headers=(("Cookie", bench.cookie),)))
    connection.close()
    cookie = answer.headers["set-cookie"].split(";")[0]
    headers = (
        ("Cookie", f"{bench.cookie}; {cookie}"), ("X-CSRFToken", cookie.partition("=")[2]), ("Accept-Language", "de"),
        ("HX-Request", "true"), ("Content-Type", "application/x-www-form-urlencoded"),
    )  # fmt: skip

    def contacts() -> Iterator[Ask]:
        for number in itertools.count():
            body = {
                "submission_id": f"bench-{number}", "customer_id": draw.choice(bench.customers), "channel": "phone",
                "direction": "inbound", "touchpoint": "hotline", "phase": "", "reason": draw.choice(bench.reasons),
                "text": "Fragt, wann die Küche kommt. Rückruf vereinbart.", "impression": "4", "minutes": "6",
                "follow_up_at": "in 2 Wochen", "moment_shown": "1",
            }  # fmt: skip
            yield Ask("/interactions", "POST", headers, urlencode(body).encode())

    return contacts()


async def measure_demands(
    bench: Bench,
    port: int,
    seconds: float,
    pids: Callable[[], Awaitable[set[int]]],
    counted_by: Callable[..., Awaitable[int]],
) -> list[dict[str, Any]]:
    """One line for each. `pids` tells the processes of the server and its database; `counted_by` says how many SQL statements the
    last of some requests takes."""
    found = []
    for demand in await demands(bench, port):
        print(f"Measuring: {demand.name} ...", flush=True)
        took, worked = await _one_after_the_other(demand, port, seconds, pids)
        p95 = took.percentile(0.95)
        found.append({
            "name": demand.name, "requests": len(took.latencies), "statements": await counted_by(next(demand.asks), next(demand.asks)),
            "p50_ms": round(took.percentile(0.5), 1), "p95_ms": round(p95, 1),
            "cpu_p50_ms": round(worked.percentile(0.5), 1), "cpu_p95_ms": round(worked.percentile(0.95), 1),
            "most_ms": demand.most_ms, "is_kept": p95 <= demand.most_ms and not took.failures, "failures": took.failures,
        })  # fmt: skip
    return found


async def _one_after_the_other(
    demand: Demand, port: int, seconds: float, pids: Callable[[], Awaitable[set[int]]]
) -> tuple[Measured, Measured]:
    """What the requests took by the clock and of the processor."""
    took, worked = Measured(), Measured()
    connection = await Connection.open(port)
    for _n in range(WARM_UP):
        await connection.ask(next(demand.asks))
    members = await pids()
    begin = time.perf_counter()
    while time.perf_counter() - begin < seconds or len(took.latencies) < FEWEST:
        ask, before, started = next(demand.asks), processor_ms(members), time.perf_counter()
        answer = await connection.ask(ask)
        took.latencies.append(time.perf_counter() - started)
        worked.latencies.append((processor_ms(members) - before) / 1000)
        if answer.status >= 400:
            took.failures[answer.status] = took.failures.get(answer.status, 0) + 1
    connection.close()
    return took, worked


def print_demands(lines: list[dict[str, Any]]) -> None:
    table = Table(title="What is demanded: one user, 95 of 100 requests within", title_justify="left")
    for heading in ("", "requests", "SQL", "p50 ms", "p95 ms", "CPU p50", "CPU p95", "demanded", ""):
        table.add_column(heading, justify="right" if heading else "left")
    for line in lines:
        table.add_row(
            line["name"], str(line["requests"]), str(line["statements"]), f"{line['p50_ms']:.1f}", f"{line['p95_ms']:.1f}",
            f"{line['cpu_p50_ms']:.1f}", f"{line['cpu_p95_ms']:.1f}", f"{line['most_ms']} ms",
            "kept" if line["is_kept"] else f"missed {line['failures'] or ''}".strip(),
        )  # fmt: skip
    Console(width=110).print(table)
