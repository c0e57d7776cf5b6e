"""Duplicates: comparing who changed, all customers when somebody asks and every night, and what the queue lost."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from crm.records import searching, searching_all


async def search_all_duplicates(ctx: dict[str, Any], search_id: int) -> None:
    await searching_all.search_all_duplicates(search_id, now=datetime.now(UTC))


async def search_changed_duplicates(ctx: dict[str, Any]) -> None:
    """Until nobody is left to compare, or for long enough."""
    for _round in range(20):
        if not await searching.search_changed_duplicates(now=datetime.now(UTC)):
            return


async def sweep_duplicate_searches(ctx: dict[str, Any]) -> None:
    """A search that the queue lost, or whose worker died."""
    await searching.sweep_duplicate_searches(now=datetime.now(UTC))


async def request_duplicate_search(ctx: dict[str, Any]) -> None:
    """Every night among all customers."""
    await searching.request_duplicate_search(now=datetime.now(UTC))
