"""The rows that one real request leaves behind, and writing the like of them again with nothing but asyncpg."""

from __future__ import annotations

import random
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import asyncpg

from crm.database import fetch, fetch_value

TABLES = (
    "interaction", "ticket", "ticket_message", "routing_decision", "timeline_entry", "audit_payload", "audit_entry", "notification",
    "outbox_message", "reminder",
)  # fmt: skip
"""Where the requests of the benchmark write; those that point elsewhere come after those that they point to."""
FRESH = {"dedupe_key", "message_id"}
"""Columns whose values must be new each time."""
OF_CUSTOMER = {"customer", "customer_id"}
LEFT_OUT = {"assignee"}
"""The agent of a ticket: the database counts their tickets, one after the other, and here all would go to the same one. The
floor goes without, which makes it quicker than it could be."""


@dataclass(frozen=True, slots=True)
class NewRows:
    """Per table the INSERT statement and the values; `references` are the values that stand for the new main row's id."""

    inserts: tuple[tuple[str, tuple[str, ...], tuple[Any, ...]], ...]
    main_id: int
    figures: str
    customers: tuple[int, ...]
    body: bytes

    @classmethod
    async def of(cls, request: Callable[[], Awaitable[Any]], customers: tuple[int, ...]) -> NewRows:
        before = {table: await fetch_value(f"SELECT coalesce(max(id), 0) FROM {table}") for table in TABLES}
        response = await request()
        inserts = []
        for table in TABLES:
            for row in await fetch(f"SELECT * FROM {table} WHERE id > $1 ORDER BY id", before[table]):
                columns = tuple(column for column in row.keys() if column != "id")  # noqa: SIM118  # a Record
                places = ", ".join(f"${n}" for n in range(1, len(columns) + 1))
                names = ", ".join(f'"{column}"' for column in columns)
                inserts.append(
                    (
                        f"INSERT INTO {table} ({names}) VALUES ({places}) RETURNING id",
                        columns,
                        tuple(row[c] for c in columns),
                    )
                )
        is_ticket = any(sql.startswith("INSERT INTO ticket ") for sql, _c, _v in inserts)
        change = (
            "open_tickets = open_tickets + 1"
            if is_ticket
            else "interactions = interactions + 1, last_contact_at = now()"
        )
        figures = f"UPDATE customer_figures SET {change} WHERE customer = $1"
        return cls(tuple(inserts), response.json()["id"], figures, customers, response.content)

    async def again(self, pool: asyncpg.Pool) -> bytes:
        """Insert the like of these rows for another customer, in one transaction."""
        customer = random.choice(self.customers)
        new_id: int | None = None
        async with pool.acquire() as connection, connection.transaction():
            for sql, columns, values in self.inserts:
                filled = [
                    self._value(column, value, customer, new_id) for column, value in zip(columns, values, strict=True)
                ]
                row_id = await connection.fetchval(sql, *filled)
                new_id = new_id or row_id
            await connection.execute(self.figures, customer)
        return self.body

    def _value(self, column: str, value: Any, customer: int, new_id: int | None) -> Any:
        if column in LEFT_OUT:
            return None
        if column in OF_CUSTOMER and value is not None:
            return customer
        if column in FRESH and value is not None:
            return secrets.token_hex(16)
        return new_id if new_id and value == self.main_id and column in ("ticket", "ref_id", "subject_id") else value
