"""Two enquiries belong together, of one customer or of several: seen from both, and taken back from either."""

from __future__ import annotations

from datetime import datetime

from crm.accounts.audit import record
from crm.database import execute, fetch_value, transaction
from crm.errors import Invalid, NotFound
from crm.web.i18n import _

LINKED = """
    SELECT o.id, o.subject, o.status, d.name AS customer FROM ticket_link l
    JOIN ticket o ON o.id = CASE WHEN l.one = k.id THEN l.other ELSE l.one END
    JOIN customer d ON d.id = o.customer AND d.deleted_at IS NULL AND (d.restricted_at IS NULL OR $2)
    WHERE l.one = k.id OR l.other = k.id ORDER BY o.id
"""
"""The enquiries that belong to a ticket `k`, for who may see them ($2: also restricted ones), as SQL."""


async def link_tickets(ticket_id: int, other_id: int, *, by: int, now: datetime) -> None:
    """They belong together; saying so twice changes nothing. Whether the user may see both is the caller's to ask. Raises
    Invalid for an enquiry with itself."""
    if ticket_id == other_id:
        raise Invalid({"other": _("An enquiry cannot be linked with itself.")})
    one, other = sorted((ticket_id, other_id))
    async with transaction():
        new = await fetch_value(
            "INSERT INTO ticket_link (one, other, by_user, at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING RETURNING id",
            one, other, by, now,
        )  # fmt: skip
        if new is not None:
            await record("ticket.linked", "ticket", ticket_id, by=by, now=now, fields={"ticket": [None, other_id]})


async def unlink_tickets(ticket_id: int, other_id: int, *, by: int, now: datetime) -> None:
    """They don't belong together after all. Raises NotFound where no link is."""
    one, other = sorted((ticket_id, other_id))
    async with transaction():
        gone = await fetch_value("DELETE FROM ticket_link WHERE one = $1 AND other = $2 RETURNING id", one, other)
        if gone is None:
            raise NotFound()
        await record("ticket.unlinked", "ticket", ticket_id, by=by, now=now, fields={"ticket": [other_id, None]})


async def go_on_from(ticket_id: int, earlier_id: int) -> None:
    """A new enquiry goes on from an earlier one of the same customer; nothing happens where there is no such one."""
    await execute(
        "UPDATE ticket n SET continues = e.id FROM ticket e WHERE n.id = $1 AND e.id = $2 AND e.customer = n.customer AND e.id < n.id",
        ticket_id, earlier_id,
    )  # fmt: skip
