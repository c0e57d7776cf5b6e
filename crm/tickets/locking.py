"""Who may touch a ticket's rows at a time.

Every action takes its locks in one order, so that no two ever wait for each other: the routing lock, the customer, the
customer's figures, the ticket, the agents' profiles. What may take a ticket from one agent and give it to another takes the first of
them before any other: it needs two profiles. Opening needs one and goes without. The row locks leave the key alone, so that
rows which point to a ticket (a contact that is being logged) can be written meanwhile."""

from __future__ import annotations

from crm.customers.figures import lock_figures
from crm.database import Lock, Row, fetch_one, fetch_value, take_busy_lock
from crm.errors import NotFound, RuleBroken
from crm.tickets.tables import OPEN_STATUSES
from crm.web.i18n import _


async def take_routing_lock() -> None:
    """Until the transaction ends nobody else moves tickets between agents. (That nobody is overfilled does not need it: a
    place is claimed, see assigning.CLAIM.)"""
    await take_busy_lock(Lock.ROUTING)


async def lock_ticket(ticket_id: int) -> Row:
    """The ticket's row as it is now, ours until the transaction ends. Raises NotFound."""
    locked = await fetch_value(
        "SELECT c.id FROM ticket k JOIN customer c ON c.id = k.customer JOIN customer_figures f ON f.customer = c.id WHERE k.id = $1 "
        "FOR KEY SHARE OF c FOR NO KEY UPDATE OF f",
        ticket_id,
    )
    row = await fetch_one("SELECT * FROM ticket WHERE id = $1 FOR NO KEY UPDATE", ticket_id)
    if row is None:
        raise NotFound()
    if row.customer != locked:  # merged into another one while we waited
        await lock_figures([row.customer])
    return row


async def lock_open_ticket(ticket_id: int) -> Row:
    """As lock_ticket. Raises RuleBroken for one that is solved."""
    row = await lock_ticket(ticket_id)
    if row.merged_into is not None:
        raise RuleBroken(
            _("This enquiry is merged into #%(number)s. Please go on there.") % {"number": row.merged_into}
        )
    if row.status not in OPEN_STATUSES:
        raise RuleBroken(_("This enquiry is solved. Reopen it first."))
    return row
