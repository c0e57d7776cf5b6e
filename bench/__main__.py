"""`make bench`: builds, starts the program as in production, drives it, prints a table."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import uvloop
from rich.console import Console
from rich.table import Table

from bench.data import Bench, build
from bench.demands import measure_demands, print_demands
from bench.figures import measure_figures, print_figures
from bench.load import Ask, Connection, Measured, drive_in_turns
from bench.machine import family_of, free_port, memory_of
from bench.records import measure_records, print_records
from bench.scenarios import Scenario, scenarios
from crm.cli.up import own_command
from crm.embedded.processes import spawn
from crm.embedded.servers import ensure
from crm.settings import Settings

USERS = (1, 16)
SECONDS_TO_START = 60


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    scale_help = "1 is 50,000 customers under load and 100,000 in the part about records; 0.02 for a quick look"
    parser.add_argument("--scale", type=float, default=1.0, help=scale_help)
    parser.add_argument("--seconds", type=float, default=5.0, help="how long each measurement takes")
    parser.add_argument("--scenario", default="", help="only those whose name has this in it")
    parser.add_argument("--processes", type=int, default=2, help="web processes")
    parser.add_argument("--json", type=Path, help="write the figures to this file as well")
    parser.add_argument(
        "--only",
        choices=("load", "demands", "records", "figures"),
        help="one part only: the load, what is demanded in milliseconds, what is said about records, or the figures of a month",
    )
    options = parser.parse_args()
    results: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="nahbar-bench-") as folder:
        environ = {name: value for name, value in os.environ.items() if not name.startswith("CRM_")}
        os.environ.update(
            CRM_DATA_DIR=str(Path(folder) / "data"), CRM_WEB_PROCESSES=str(options.processes), CRM_LOG_LEVEL="warning"
        )
        settings = Settings.from_env({**environ, "CRM_DATA_DIR": os.environ["CRM_DATA_DIR"]})
        if options.only in OF_THEIR_OWN:
            measure, show = OF_THEIR_OWN[options.only]
            with ensure(settings, command="bench"):
                results[options.only] = uvloop.run(_alone(measure, options.scale))
            show(results[options.only])
        else:
            with ensure(settings, command="bench"):
                results |= uvloop.run(_bench(options))
            if options.only != "demands":
                _print(results)
            if options.only != "load":
                print_demands(results["demands"])
    _keep(results, options.json)
    if options.only is None:
        for part in OF_THEIR_OWN:
            results |= _in_a_program_of_its_own(part, options)
            _keep(results, options.json)


def _keep(results: dict[str, Any], file: Path | None) -> None:
    if file:
        file.write_text(json.dumps(results, indent=2), encoding="utf-8")


OF_THEIR_OWN: dict[str, tuple[Callable[[float], Awaitable[dict[str, Any]]], Callable[[dict[str, Any]], None]]] = {
    "records": (measure_records, print_records),
    "figures": (measure_figures, print_figures),
}
"""Parts that need a database of their own; a process knows one."""


def _in_a_program_of_its_own(part: str, options: argparse.Namespace) -> dict[str, Any]:
    with tempfile.NamedTemporaryFile(suffix=".json") as told:
        words = ["--only", part, "--scale", str(options.scale), "--json", told.name]
        subprocess.run([sys.executable, "-m", "bench", *words], check=True)
        found: dict[str, Any] = json.loads(Path(told.name).read_text(encoding="utf-8"))
        return found


async def _alone(measure: Callable[[float], Awaitable[dict[str, Any]]], scale: float) -> dict[str, Any]:
    from crm import database
    from crm.migrations import migrate

    await migrate()
    await database.open_pool(2)
    try:
        return await measure(scale)
    finally:
        await database.close_pool()


async def _bench(options: argparse.Namespace) -> dict[str, Any]:
    from crm import database
    from crm.migrations import migrate

    await migrate()
    await database.open_pool(2)
    bench = await build(options.scale)
    results: dict[str, Any] = {"scale": options.scale, "processes": options.processes}
    if options.only != "demands":
        results |= await _load(bench, options)
    if options.only != "load":
        results["demands"] = await _demands(bench, options.seconds)
    await database.close_pool()
    return results


async def _load(bench: Bench, options: argparse.Namespace) -> dict[str, Any]:
    """Some users at once, on the program and on its floor."""
    found = []
    wanted = [scenario for scenario in scenarios(bench) if options.scenario in scenario.name]
    with _counting_server() as port:
        await _until_ready(port, "/ready")
        statements = [await _statements(port, *scenario.asks[:1] * 2) for scenario in wanted]
    with _server() as (port, program), _floor(bench, options.processes) as floor_port:
        await _until_ready(port, "/ready")
        await _until_ready(floor_port, "/customers", bench.cookie)
        before = memory_of(program.pid)
        for scenario, count in zip(wanted, statements, strict=True):
            print(f"Measuring: {scenario.name} ...", flush=True)
            for users in USERS:
                ours, floor = await drive_in_turns((port, floor_port), users, options.seconds, scenario.chooser)
                found.append(_line(scenario, users, count, ours, floor))
                await _tidy()
        memory = {"before": before, "after": memory_of(program.pid)}
    return {"seconds_for_report": round(bench.seconds_for_report, 2), "memory_mb": memory, "lines": found}


async def _demands(bench: Bench, seconds: float) -> list[dict[str, Any]]:
    """One user alone on the program, with nothing beside it."""
    from crm.database import fetch

    with _counting_server() as counting, _server() as (port, program):
        await _until_ready(counting, "/ready")
        await _until_ready(port, "/ready")

        async def pids() -> set[int]:
            backends = await fetch("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")
            return family_of(program.pid) | {row.pid for row in backends}

        return await measure_demands(bench, port, seconds, pids, lambda *asks: _statements(counting, *asks))


def _line(scenario: Scenario, users: int, statements: int, ours: Measured, floor: Measured) -> dict[str, Any]:
    return {
        "scenario": scenario.name, "users": users, "statements": statements, "per_second": round(ours.per_second, 1),
        "p50_ms": round(ours.percentile(0.5), 2), "p95_ms": round(ours.percentile(0.95), 2), "failures": ours.failures,
        "floor_per_second": round(floor.per_second, 1), "floor_p50_ms": round(floor.percentile(0.5), 2),
        "floor_failures": floor.failures, "ratio": round(ours.per_second / floor.per_second, 2) if floor.per_second else None,
    }  # fmt: skip


async def _tidy() -> None:
    """Close what the run has opened, so that the next one finds the same load on every agent."""
    from crm.database import execute

    await execute(
        "UPDATE ticket SET status = 'closed', solved_at = opened_at WHERE status = 'new' AND subject = 'Wann kommt die Lieferung?'"
    )


async def _statements(port: int, *asks: Ask) -> int:
    """SQL statements of the last of these requests, as the program counts them itself; those before make everything warm."""
    connection = await Connection.open(port)
    for ask in asks:
        answer = await connection.ask(ask)
        if answer.status >= 400:
            raise RuntimeError(f"{ask.path} answered {answer.status}: {answer.body[:300]!r}")
    connection.close()
    return int(answer.headers["x-sql-statements"])


async def _until_ready(port: int, path: str, cookie: str = "") -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < deadline:
        try:
            connection = await Connection.open(port)
            answer = await connection.ask(Ask(path, headers=(("Cookie", cookie),) if cookie else ()))
            connection.close()
            if answer.status == 200:
                return
        except (OSError, asyncio.IncompleteReadError):
            pass
        await asyncio.sleep(0.1)
    raise RuntimeError(f"nothing useful answers at port {port}")


@contextmanager
def _server(**extra: str) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """The program as in production."""
    port = free_port()
    process = spawn(own_command(["serve"]), environment={**os.environ, "CRM_PORT": str(port), **extra})
    try:
        yield port, process
    finally:
        _end(process)


@contextmanager
def _counting_server() -> Iterator[int]:
    with _server(CRM_COUNT_STATEMENTS="on", CRM_WEB_PROCESSES="1") as (port, _process):
        yield port


@contextmanager
def _floor(bench: Bench, processes: int) -> Iterator[int]:
    port = free_port()
    environment = {**os.environ, "NAHBAR_BENCH": msgspec.json.encode(bench).decode()}
    command = [sys.executable, "-m", "bench.serve_floor", str(port), str(processes)]
    process = subprocess.Popen(command, env=environment, cwd=Path(__file__).parents[1])
    try:
        yield port
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _print(results: dict[str, Any]) -> None:
    table = Table(title=f"{results['processes']} web processes, scale {results['scale']}", title_justify="left")
    for heading in ("", "users", "SQL", "requests/s", "p50 ms", "p95 ms", "floor/s", "floor p50", "ratio"):
        table.add_column(heading, justify="right" if heading else "left")
    for line in results["lines"]:
        failed = " (!)" if line["failures"] or line["floor_failures"] else ""
        table.add_row(
            line["scenario"] + failed, str(line["users"]), str(line["statements"]), f"{line['per_second']:,.0f}",
            f"{line['p50_ms']:.1f}", f"{line['p95_ms']:.1f}", f"{line['floor_per_second']:,.0f}", f"{line['floor_p50_ms']:.1f}",
            "" if line["ratio"] is None else f"{line['ratio']:.2f}",
        )  # fmt: skip
    console = Console(width=110)
    console.print(table)
    for line in results["lines"]:
        if line["failures"] or line["floor_failures"]:
            console.print(
                f"(!) {line['scenario']}, {line['users']} users: {line['failures']} floor: {line['floor_failures']}"
            )
    memory = results["memory_mb"]
    console.print(
        f"Memory of the web processes: {memory['before']:.0f} MB before, {memory['after']:.0f} MB after the load."
    )
    console.print(f"Drawing up, printing and storing the month's report took {results['seconds_for_report']} s.")


if __name__ == "__main__":
    main()
