"""The contact figures of a customer after a contact was corrected or deleted: count, last contact and rhythm follow."""

from __future__ import annotations

from datetime import datetime

from crm.customers.figures import rhythm_changed
from crm.database import execute, fetch_one, fetch_value
from crm.interactions.actions import PERSONAL

# A talk logged on an enquiry is an answer there too: it counts by its contact. The first message of an enquiry is what opened
# it and resets no rhythm.
_LAST = """
    SELECT greatest(
        (SELECT max(i.at) FROM interaction i WHERE i.customer = $1 AND i.channel = ANY($2) AND i.counts),
        (SELECT max(m.at) FROM ticket_message m JOIN ticket k ON k.id = m.ticket WHERE k.customer = $1 AND NOT m.is_automatic
            AND (m.kind = 'inbound' AND m.at > k.opened_at OR m.kind = 'reply' AND m.channel <> 'phone')))
"""
_SET_COUNTS = "UPDATE interaction SET counts = $2 WHERE id = $1 AND counts <> $2 RETURNING customer, channel, at"


async def contact_moved(customer_id: int, before: datetime | None, after: datetime | None) -> None:
    """A personal contact of `before` is one of `after` now; None: it is none (any more). Called with the figures locked and
    the contact written. Only if it was the last one the others are looked through."""
    if before is None and after is None:
        return
    last: datetime | None = await fetch_value(
        "SELECT last_contact_at FROM customer_figures WHERE customer = $1", customer_id
    )
    if before is None or (last is not None and last > before):
        last = max(filter(None, (last, after)), default=None)
    else:
        last = await fetch_value(_LAST, customer_id, [channel.value for channel in PERSONAL])
    await execute(
        "UPDATE customer_figures SET interactions = greatest(interactions + $2, 0), last_contact_at = $3 WHERE customer = $1",
        customer_id, (after is not None) - (before is not None), last,
    )  # fmt: skip
    await rhythm_changed(customer_id)


async def no_contact_after_all(interaction_id: int) -> None:
    """A mail never arrived: it resets no rhythm, and the contact before it is the last one. Called with the figures locked."""
    row = await fetch_one(_SET_COUNTS, interaction_id, False)
    if row is not None and row.customer is not None and row.channel in PERSONAL:
        await contact_moved(row.customer, row.at, None)


async def contact_after_all(interaction_id: int) -> None:
    """It is sent once more, and counts again."""
    row = await fetch_one(_SET_COUNTS, interaction_id, True)
    if row is not None and row.customer is not None and row.channel in PERSONAL:
        await contact_moved(row.customer, None, row.at)
