"""The kitchen maker's existing customers: whose address came with an order, and where that was put on record."""

from __future__ import annotations

from datetime import datetime

from crm.consents.chain import KEY_SQL
from crm.database import execute

_SHARE = 5
"""Of so many private customers with an order, one has their address on record."""


async def write_origins(now: datetime) -> None:
    """Offers advertise own similar goods alone; some addresses are on record, of one in four nobody knows whether the customer was told."""
    await execute("UPDATE purpose SET is_own_similar = true WHERE code = 'offers'")
    await execute(
        f"""
        INSERT INTO address_origin (address_key, customer_order, told_on, how, recorded_by, recorded_at)
        SELECT {KEY_SQL.format(address="e.address")}, o.id, CASE WHEN c.id % 4 > 0 THEN o.ordered_on END,
            CASE WHEN c.id % 4 > 0 THEN 'Auftragsformular, Hinweis über der Unterschrift' ELSE '' END, c.owner,
            least($1::timestamptz, (o.ordered_on + time '15:00')::timestamptz)
        FROM customer c JOIN affiliation a ON a.customer = c.id AND a.is_self
        JOIN LATERAL (SELECT address FROM email_address WHERE person = a.person ORDER BY position, id LIMIT 1) e ON true
        JOIN LATERAL (SELECT id, ordered_on FROM customer_order WHERE customer = c.id AND status <> 'cancelled'
            ORDER BY ordered_on, id LIMIT 1) o ON true
        WHERE c.id % {_SHARE} = 0 AND c.deleted_at IS NULL
        ON CONFLICT (address_key) DO NOTHING
        """,
        now,
    )  # fmt: skip
