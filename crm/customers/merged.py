"""Customers and persons that were merged into others: a link to one of them leads to the one that survived."""

from __future__ import annotations

from crm.database import HIGHEST_ID, fetch_value
from crm.errors import Moved, NotFound

MERGED_PERSONS = """
    merged_person AS (
        WITH RECURSIVE up(person, survivor) AS (
            SELECT id, merged_into FROM person WHERE merged_into IS NOT NULL
            UNION SELECT up.person, p.merged_into FROM up JOIN person p ON p.id = up.survivor WHERE p.merged_into IS NOT NULL
        )
        SELECT up.person, up.survivor FROM up JOIN person p ON p.id = up.survivor WHERE p.merged_into IS NULL
    )
"""
"""Every merged person with the one that stands for them today, as a part of a WITH."""


def survivor_sql(table: str, row: str) -> str:
    """The id of the one that stands today for this row (an alias) of customer or person."""
    return (
        f"CASE WHEN {row}.merged_into IS NULL THEN {row}.id ELSE (WITH RECURSIVE up(id, merged_into) AS ("
        f"SELECT t.id, t.merged_into FROM {table} t WHERE t.id = {row}.merged_into "
        f"UNION SELECT t.id, t.merged_into FROM up JOIN {table} t ON t.id = up.merged_into) "
        "SELECT id FROM up WHERE merged_into IS NULL) END"
    )


async def survivor_of(table: str, record_id: int) -> int | None:
    """The customer (or person) that one was merged into, in the end; None if it was not merged."""
    assert table in ("customer", "person")
    if not 0 < record_id <= HIGHEST_ID:
        return None
    survivor = await fetch_value(
        f"WITH RECURSIVE up(id, merged_into) AS (SELECT id, merged_into FROM {table} WHERE id = $1 "
        f"UNION SELECT t.id, t.merged_into FROM up JOIN {table} t ON t.id = up.merged_into) "
        "SELECT id FROM up WHERE merged_into IS NULL AND id <> $1",
        record_id,
    )  # fmt: skip
    return int(survivor) if survivor is not None else None


async def gone(table: str, record_id: int) -> NotFound | Moved:
    """What to raise for a record that isn't there: the way to the surviving one, or that there is nothing."""
    survivor = await survivor_of(table, record_id)
    return NotFound() if survivor is None else Moved(table, record_id, survivor)


async def demand_unmerged(customer_id: int) -> None:
    """For one who didn't find a customer: raises Moved if they were merged into another one."""
    survivor = await survivor_of("customer", customer_id)
    if survivor is not None:
        raise Moved("customer", customer_id, survivor)
