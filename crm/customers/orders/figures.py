"""Keeps the figures that follow from orders (orders/rules.py) in the figures rows, for one customer or for thousands at once."""

from __future__ import annotations

from collections.abc import Collection

from crm.customers.orders.rules import OrderFact, OrderFigures, order_figures
from crm.database import execute, fetch

_FACTS = """
    SELECT customer, array_agg(ordered_on) AS days, array_agg(amount) AS amounts, array_agg(currency) AS currencies
    FROM customer_order
    WHERE customer = ANY($1) AND status <> 'cancelled' AND ordered_on IS NOT NULL GROUP BY customer
"""
_WRITE = """
    UPDATE customer_figures f SET orders = x.orders, revenue = x.revenue, revenue_currency = x.currency,
        average_order = x.average, last_order_on = x.last_on, order_rhythm_days = x.rhythm, next_order_on = x.next_on,
        quiet_from_on = x.quiet_from
    FROM unnest($1::bigint[], $2::int[], $3::numeric[], $4::text[], $5::numeric[], $6::date[], $7::numeric[], $8::date[],
        $9::date[]) AS x(customer, orders, revenue, currency, average, last_on, rhythm, next_on, quiet_from)
    WHERE f.customer = x.customer
"""


async def refresh_order_figures(customer_ids: Collection[int]) -> None:
    """Count the figures of these customers anew from their orders; also for whoever moves orders from one customer to
    another. Two statements for any number of customers."""
    wanted = sorted(set(customer_ids))
    if not wanted:
        return
    figures = dict.fromkeys(wanted, OrderFigures())
    for row in await fetch(_FACTS, wanted):
        facts = [OrderFact(*fact) for fact in zip(row.days, row.amounts, row.currencies, strict=True)]
        figures[row.customer] = order_figures(facts)
    columns = zip(
        *(
            (customer, f.orders, f.revenue, f.currency, f.average, f.last_on, f.rhythm_days, f.next_on, f.quiet_from_on)
            for customer, f in figures.items()
        ),
        strict=True,
    )
    await execute(_WRITE, *map(list, columns))
