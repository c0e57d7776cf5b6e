"""Which products the demo company's enquiries are about: some are known, some are asked about."""

from __future__ import annotations

from datetime import datetime

from crm.database import execute

_WRITE = """
    INSERT INTO ticket_product (ticket, product, basis, at, by_user)
    SELECT k.id, b.product, CASE WHEN k.id % 3 = 0 AND k.assignee IS NOT NULL THEN 'chosen' ELSE 'offered' END, least(k.opened_at, $1),
        CASE WHEN k.id % 3 = 0 THEN k.assignee END
    FROM (SELECT * FROM ticket WHERE status IN ('new', 'open', 'waiting', 'postponed') ORDER BY id DESC LIMIT 60) k
    CROSS JOIN LATERAL (SELECT i.product FROM customer_order o JOIN order_item i ON i.customer_order = o.id
        WHERE o.customer = k.customer AND i.product IS NOT NULL AND o.ordered_on <= k.opened_at::date
        ORDER BY o.ordered_on DESC, i.id LIMIT 1) b
    ON CONFLICT (ticket, product) DO NOTHING
"""


async def write_products_named(end: datetime) -> None:
    """For enquiries of customers who have bought something."""
    await execute(_WRITE, end)
