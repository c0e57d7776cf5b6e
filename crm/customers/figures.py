"""The figures row of a customer: what list and portfolio sort by, kept at the moment it changes."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from decimal import Decimal

from crm.database import execute


def contact_due_sql(since: str) -> str:
    """When the next contact with customer c of service level s is due, counted from `since`; with a former customer none is."""
    return f"CASE WHEN c.status <> 'former' THEN {since} + make_interval(days => s.contact_rhythm_days) END"


async def start_figures(customer_id: int, now: datetime) -> None:
    """A customer's row from its first day; the contact rhythm of the service level begins now."""
    await execute(
        "INSERT INTO customer_figures (customer, contact_due_at, interactions, open_tickets, satisfaction_sum, "
        "satisfaction_answers, orders, revenue) "
        f"SELECT c.id, {contact_due_sql('$2::timestamptz')}, 0, 0, 0, 0, 0, 0 "
        "FROM customer c JOIN service_level s ON s.id = c.service_level WHERE c.id = $1",
        customer_id, now,
    )  # fmt: skip


async def lock_figures(customer_ids: Collection[int]) -> None:
    """Whoever writes what figures are counted from takes turns, in one order of ids: two who count all orders at once would each
    miss the other's. The customers are taken before their figures, because a merge takes them first; they stay free for
    everybody but a merge. Held until the transaction ends."""
    await execute(
        "SELECT FROM customer c JOIN customer_figures f ON f.customer = c.id WHERE c.id = ANY($1::bigint[]) ORDER BY c.id "
        "FOR KEY SHARE OF c FOR NO KEY UPDATE OF f",
        sorted(set(customer_ids)),
    )


async def contact_happened(customer_id: int, at: datetime) -> None:
    """A personal contact in either direction resets the rhythm (automatic mail, mailings and survey answers don't).
    An older one, entered late, counts but does not turn the clock back."""
    await execute(
        "UPDATE customer_figures f SET interactions = f.interactions + 1, last_contact_at = greatest(f.last_contact_at, $2), "
        f"contact_due_at = {contact_due_sql('greatest(f.last_contact_at, $2)')} "
        "FROM customer c JOIN service_level s ON s.id = c.service_level WHERE f.customer = $1 AND c.id = $1",
        customer_id, at,
    )  # fmt: skip


async def rhythm_changed(*customer_ids: int) -> None:
    """Service level or status of these customers changed: the next contact is due by the new rhythm, counted from the last contact; with a
    former customer no contact is due."""
    await execute(
        f"UPDATE customer_figures f SET contact_due_at = {contact_due_sql('coalesce(f.last_contact_at, c.created_at)')} "
        "FROM customer c JOIN service_level s ON s.id = c.service_level WHERE f.customer = ANY($1::bigint[]) AND c.id = f.customer",
        list(customer_ids),
    )  # fmt: skip


OPEN_TICKETS = "UPDATE customer_figures SET open_tickets = open_tickets + {by} WHERE customer = {customer}"
"""The statement of open_tickets_changed, for one who writes it together with the ticket."""


async def open_tickets_changed(customer_id: int, by: int) -> None:
    """`by` is +1 for an enquiry opened or reopened, -1 for one solved."""
    await execute(OPEN_TICKETS.format(customer="$1", by="$2"), customer_id, by)


async def answer_given(customer_id: int, score: Decimal) -> None:
    """The customer's own answer on satisfaction (CSAT, 1-5)."""
    await execute(
        "UPDATE customer_figures SET satisfaction_sum = satisfaction_sum + $2, "
        "satisfaction_answers = satisfaction_answers + 1 WHERE customer = $1",
        customer_id, score,
    )  # fmt: skip


async def answer_revised(customer_id: int, difference: Decimal) -> None:
    """An answer on satisfaction that was counted before has become higher or lower."""
    await execute(
        "UPDATE customer_figures SET satisfaction_sum = satisfaction_sum + $2 WHERE customer = $1", customer_id, difference
    )  # fmt: skip


async def answer_withdrawn(customer_id: int, score: Decimal) -> None:
    """An answer on satisfaction that was counted before is none any more."""
    await execute(
        "UPDATE customer_figures SET satisfaction_sum = satisfaction_sum - $2, "
        "satisfaction_answers = satisfaction_answers - 1 WHERE customer = $1",
        customer_id, score,
    )  # fmt: skip


async def follow_rhythm(level_id: int) -> None:
    """A service level promises another contact rhythm: its customers' next contact is due by that."""
    await execute(
        f"UPDATE customer_figures f SET contact_due_at = {contact_due_sql('coalesce(f.last_contact_at, c.created_at)')} "
        "FROM customer c JOIN service_level s ON s.id = c.service_level WHERE f.customer = c.id AND s.id = $1",
        level_id,
    )
