"""The figures row of a customer when two become one, and when they are parted again."""

from __future__ import annotations

from datetime import datetime

from crm.customers.figures import rhythm_changed
from crm.customers.orders.figures import refresh_order_figures
from crm.database import execute, fetch_value
from crm.tickets.tables import OPEN_SQL

_COUNTED = f"""
    UPDATE customer_figures f SET open_tickets = k.n, satisfaction_sum = s.total, satisfaction_answers = s.n
    FROM (SELECT count(*) AS n FROM ticket WHERE customer = $1 AND status IN {OPEN_SQL}) k,
        (SELECT coalesce(sum(score), 0) AS total, count(*) AS n FROM survey_answer WHERE customer = $1 AND metric = 'csat') s
    WHERE f.customer = $1
"""


async def figures_joined(survivor: int, merged: int) -> datetime | None:
    """The survivor has had the contacts of both; the merged one's row stays as it was. Answers when the survivor's own last contact
    was, for parting them again."""
    before: datetime | None = await fetch_value(
        "SELECT last_contact_at FROM customer_figures WHERE customer = $1", survivor
    )
    await execute(
        "UPDATE customer_figures s SET interactions = s.interactions + m.interactions, "
        "last_contact_at = greatest(s.last_contact_at, m.last_contact_at) "
        "FROM customer_figures m WHERE s.customer = $1 AND m.customer = $2",
        survivor, merged,
    )  # fmt: skip
    await counted_anew(survivor)
    return before


async def figures_parted(survivor: int, merged: int, *, last_contact_at: datetime | None, merged_at: datetime) -> None:
    """Both have their own contacts again; those since the merge were the survivor's."""
    await execute(
        "UPDATE customer_figures s SET interactions = greatest(s.interactions - m.interactions, 0), "
        "last_contact_at = CASE WHEN s.last_contact_at >= $4 THEN s.last_contact_at ELSE $3::timestamptz END "
        "FROM customer_figures m WHERE s.customer = $1 AND m.customer = $2",
        survivor, merged, last_contact_at, merged_at,
    )  # fmt: skip
    await counted_anew(survivor)
    await counted_anew(merged)


async def counted_anew(customer_id: int) -> None:
    """What can be counted at any time: open enquiries, satisfaction, orders; and when the next contact is due."""
    await execute(_COUNTED, customer_id)
    await refresh_order_figures([customer_id])
    await rhythm_changed(customer_id)
