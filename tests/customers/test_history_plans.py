"""A history of 10,000 lines among 200,000 others: every filter reads by an index what it needs, and little more."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from importlib import import_module
from time import perf_counter
from typing import Any

import msgspec
import pytest

from crm.customers.history import EVERYTHING, history_of, history_of_person
from crm.customers.history_filters import HistoryWanted
from crm.customers.history_queries import history_sql
from crm.customers.persons import link_person
from crm.customers.tables import TimelineKind
from crm.database import execute, fetch_one, fetch_value
from tests.cast import introduce
from tests.customers.conftest import NOW, people

HERE = import_module("crm.piccolo_migrations.2026_11_27t15_06_00_000001_history_of_a_person_here")
INDEXES = {
    **import_module("crm.piccolo_migrations.2026_11_27t07_11_53_000001_history_words").INDEXES,
    HERE.NAME: HERE.INDEX,
}
OWN, OTHERS = 10_000, 200_000
PAGE = 51
MOST_ROWS, MOST_BLOCKS = 500, 4_000
"""Lines of the history that a page may look at, and blocks of 8 kB."""
MOST_ROWS_OF_TWO = 4_000
"""For two filters together, of which the rarer one is read: still not the whole history."""

# One line in 40 is of Anna, every fifth has a phase; "Dachdecker" stands in 1 of 500, "Küche" in most.
_LINES = """
    INSERT INTO timeline_entry (customer, person_id, kind, at, ref_id, title, body, by_user, channel, phase, folded, detail)
    SELECT {customer}, {person}, (ARRAY['interaction', 'interaction', 'interaction', 'ticket', 'order', 'change'])[1 + n % 6],
        $1::timestamptz - make_interval(mins => n * 37), {ref} + n, '',
        'Gespräch ' || n || ' über die Küche' || CASE WHEN n % 500 = 7 THEN ', der Dachdecker kam' ELSE '' END, NULL,
        CASE WHEN n % 6 < 4 THEN (ARRAY['phone', 'phone', 'email', 'visit', 'letter'])[1 + n % 5] ELSE '' END,
        CASE WHEN n % 5 = 0 THEN 'retention' ELSE '' END,
        'gesprach ' || n || ' uber die kuche' || CASE WHEN n % 500 = 7 THEN ' der dachdecker kam' ELSE '' END,
        '{{"channel": "phone", "direction": "inbound"}}'
    FROM generate_series(1, $2::int) AS n
"""


@pytest.fixture
async def filled(own_database: str) -> tuple[int, int]:
    """Größmann with 10,000 lines, 5 persons of whom Anna also belongs elsewhere, and 100 others with 2,000 lines each."""
    cast = await introduce()
    known = await people(cast)
    await execute(
        "INSERT INTO customer (number, kind, name, sort_key, status, owner, service_level, created_at, search_text) "
        "SELECT 'T-' || n, kind, 'Firma ' || n, 'firma ' || n, status, owner, service_level, created_at, '' FROM customer, "
        "generate_series(1, 99) AS n WHERE id = $1", known.groessmann,
    )  # fmt: skip
    other = await fetch_value("SELECT id FROM customer WHERE number = 'T-1'")
    await link_person(known.anna, other, "", by=cast.petra.id, now=NOW)
    others = f"(SELECT array_agg(id) FROM customer WHERE id <> {known.groessmann})"
    for name in INDEXES:
        await execute(f"DROP INDEX {name}")  # quicker made anew than kept
    await execute(
        "ALTER TABLE timeline_entry DISABLE TRIGGER timeline_entry_filled"
    )  # the lines come with what it would fill in
    await execute(
        _LINES.format(customer=known.groessmann, person=f"CASE WHEN n % 40 = 0 THEN {known.anna} END", ref=1_000_000),
        NOW,
        OWN,
    )
    await execute(
        _LINES.format(customer=f"({others})[1 + n % 100]", person=f"CASE WHEN n % 4000 = 0 THEN {known.anna} END", ref=2_000_000),
        NOW, OTHERS,
    )  # fmt: skip
    for name, what in INDEXES.items():
        await execute(f"CREATE INDEX {name} ON timeline_entry {what}")
    # of all tables: the database is a copy of one in which ANALYZE may have noted sizes that were rolled back with their rows
    await execute("VACUUM ANALYZE")
    return known.groessmann, known.anna


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from _nodes(below)


async def _plan(whose: int, wanted: HistoryWanted, *, of_person: bool = False, seen: Any = None) -> dict[str, Any]:
    sql, arguments = history_sql(whose, wanted, seen, of_person=of_person, limit=PAGE, restricted=False)
    found = await fetch_one(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql}", *arguments)
    assert found is not None
    plan: dict[str, Any] = msgspec.json.decode(found[0])[0]["Plan"]
    return plan


def _judge(name: str, plan: dict[str, Any], most: int) -> None:
    nodes = list(_nodes(plan))
    lines = [node for node in nodes if node.get("Relation Name") == "timeline_entry"]
    assert lines, name
    assert not [node for node in lines if node["Node Type"] == "Seq Scan"], name
    read = sum(
        (node["Actual Rows"] + node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0))
        * node["Actual Loops"]
        for node in lines
    )
    assert read <= most, f"{name}: {read} lines read"
    sorted_rows = [node["Plans"][0]["Actual Rows"] for node in nodes if node["Node Type"] == "Sort"]
    assert max(sorted_rows, default=0) <= most, f"{name}: {sorted_rows} sorted"
    blocks = plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]
    assert blocks <= MOST_BLOCKS, f"{name}: {blocks} blocks"


async def test_every_filter_reads_by_an_index(filled: tuple[int, int]) -> None:
    here, anna = filled
    middle = await fetch_one(
        "SELECT at, id FROM timeline_entry WHERE customer = $1 ORDER BY at DESC OFFSET 5000 LIMIT 1", here
    )
    assert middle is not None
    for name, wanted in {
        "everything": EVERYTHING,
        "kind": HistoryWanted(kind=TimelineKind.ORDER),
        "rare kind": HistoryWanted(kind=TimelineKind.CONSENT),
        "channel": HistoryWanted(channel="visit"),
        "rare channel": HistoryWanted(channel="fair"),
        "phase": HistoryWanted(phase="retention"),
        "rare phase": HistoryWanted(phase="activation"),
        "person": HistoryWanted(person_id=anna),
        "day": HistoryWanted(until=date(2026, 4, 1)),
        "kind and channel": HistoryWanted(kind=TimelineKind.INTERACTION, channel="letter"),
        "channel and phase": HistoryWanted(channel="phone", phase="retention"),
        "person and channel": HistoryWanted(person_id=anna, channel="phone"),
        "common word": HistoryWanted(terms=("kuche",)),
        "rare word": HistoryWanted(terms=("dachdecker",)),
        "no such word": HistoryWanted(terms=("xylophon",)),
        "two words": HistoryWanted(terms=("kuche", "dachdecker")),
        "word and kind": HistoryWanted(terms=("dachdecker",), kind=TimelineKind.INTERACTION),
        "word and person": HistoryWanted(terms=("gesprach",), person_id=anna),
        "all at once": HistoryWanted(
            kind=TimelineKind.INTERACTION, channel="phone", phase="retention", person_id=anna, terms=("kuche",), until=date(2026, 6, 1)
        ),
    }.items():  # fmt: skip
        filters = [wanted.kind, wanted.channel, wanted.phase, wanted.person_id, *wanted.terms]
        most = MOST_ROWS if sum(map(bool, filters)) < 2 else MOST_ROWS_OF_TWO
        _judge(name, await _plan(here, wanted), most)
        _judge(f"{name}, further down", await _plan(here, wanted, seen=(middle.at, middle.id)), most)
        _judge(f"{name} of a person", await _plan(anna, replace(wanted, person_id=None), of_person=True), most)
    took = []  # the slowest of ten may be somebody else's doing, the quickest is ours
    for _time in range(10):
        started = perf_counter()
        assert len((await history_of(here)).entries) == 50
        took.append(perf_counter() - started)
    assert min(took) < 0.05
    assert len((await history_of_person(anna)).entries) == 50
