"""What follows from the rows that were written: the figures per customer."""

from __future__ import annotations

from datetime import datetime

from crm.customers.figures import contact_due_sql
from crm.customers.orders.figures import refresh_order_figures
from crm.database import execute, fetch
from crm.interactions.actions import PERSONAL
from crm.tickets.tables import OPEN_SQL

AT_ONCE = 20_000
"""Customers whose order figures are counted at once."""

_FIGURES = f"""
    INSERT INTO customer_figures (customer, last_contact_at, contact_due_at, interactions, open_tickets, satisfaction_sum,
        satisfaction_answers, orders, revenue)
    SELECT c.id, i.last_at,
        {contact_due_sql("coalesce(i.last_at, c.created_at)")},
        coalesce(i.n, 0), coalesce(k.n, 0), coalesce(a.total, 0), coalesce(a.n, 0), 0, 0
    FROM customer c JOIN service_level s ON s.id = c.service_level
    LEFT JOIN (SELECT customer, max(at) AS last_at, count(*) AS n FROM interaction WHERE channel = ANY($2) GROUP BY 1) i
        ON i.customer = c.id
    LEFT JOIN (SELECT customer, count(*) AS n FROM ticket WHERE status IN {OPEN_SQL} GROUP BY 1) k
        ON k.customer = c.id
    LEFT JOIN (SELECT customer, sum(score) AS total, count(*) AS n FROM survey_answer WHERE metric = 'csat' GROUP BY 1) a
        ON a.customer = c.id
    WHERE c.id > $1
"""


async def write_figures(last_customer: int) -> None:
    """The figures row of each customer after `last_customer`, counted from the rows themselves."""
    await execute(_FIGURES, last_customer, [channel.value for channel in PERSONAL])


async def count_orders(last_customer: int) -> None:
    """The figures of those who ordered. It looks up each customer's orders: their indexes must be there."""
    rows = await fetch(
        "SELECT DISTINCT customer FROM customer_order WHERE customer > $1 ORDER BY customer", last_customer
    )
    for first in range(0, len(rows), AT_ONCE):
        await refresh_order_figures([row.customer for row in rows[first : first + AT_ONCE]])


async def mark_assignments(assigned: dict[int, datetime]) -> None:
    """Remember when each agent got the last enquiry."""
    for user_id, at in assigned.items():
        await execute('UPDATE agent_profile SET last_assigned_at = $2 WHERE "user" = $1', user_id, at)
