"""How a merge comes to be alone with its customers while others go on working.

Everybody takes locks in one order: the routing lock, the customers by their ids, their persons, their figures, and then the rows that
belong to them (crm/tickets/locking.py tells the rest of it). A merge takes its customers whole. Whoever writes for one of them
after that waits for its end and is told by the database who the survivor is; whoever came before it is waited for. Should anybody
hold what a merge still needs and wait for its customers, the merge gives way before the database has to choose one of the two."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager

import asyncpg

from crm.database import execute, transaction
from crm.errors import Conflict
from crm.tickets.locking import take_routing_lock
from crm.web.i18n import _

PATIENCE = "5s"
"""So long the customers are waited for."""
GIVES_WAY_AFTER = "700ms"
"""So long everything else: PostgreSQL looks for deadlocks after a second, and ends whichever it likes."""


@asynccontextmanager
async def taking_customers(customers: Sequence[int], *, are_routed: bool = False) -> AsyncGenerator[None, None]:
    """A transaction in which nobody else writes for these customers; `are_routed` if their enquiries may go to others. Raises
    Conflict if somebody else is at it for too long."""
    try:
        async with transaction():
            if are_routed:
                await take_routing_lock()
            await _wait_at_most(PATIENCE)
            await execute("SELECT FROM customer WHERE id = ANY($1::bigint[]) ORDER BY id FOR UPDATE", list(customers))
            await _wait_at_most(GIVES_WAY_AFTER)
            await execute(
                "SELECT FROM person WHERE id IN (SELECT person FROM affiliation WHERE customer = ANY($1::bigint[])) "
                "ORDER BY id FOR UPDATE",
                list(customers),
            )
            yield
    except asyncpg.LockNotAvailableError:
        raise Conflict(
            _("Somebody else is saving one of the two right now. Nothing was changed: wait a moment and try again.")
        ) from None


async def _wait_at_most(time: str) -> None:
    await execute("SELECT set_config('lock_timeout', $1, true)", time)
