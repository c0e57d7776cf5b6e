"""The end of an enquiry, and its return: closing with the cause of the question, reopening."""

from __future__ import annotations

from datetime import datetime, timedelta

from crm.accounts.audit import record
from crm.customers.figures import open_tickets_changed
from crm.customers.products.queries import known_products, products_coded, products_with
from crm.database import Row, execute, fetch_value, transaction
from crm.errors import Invalid, RuleBroken
from crm.queue import enqueue
from crm.tickets.assigning import route_ticket, tell_assignee
from crm.tickets.gathering import case_of, routing_facts
from crm.tickets.locking import lock_open_ticket, lock_ticket, take_routing_lock
from crm.tickets.statuses import move
from crm.tickets.tables import OPEN_STATUSES, TicketStatus
from crm.tickets.words import CAUSES
from crm.web.i18n import _


async def close_ticket(
    ticket_id: int, cause: str, *, product: str = "", product_id: int | None = None, by: int | None, now: datetime
) -> None:
    """Mark it as solved. The cause is why the question arose ("" if nobody says), the product what it was about, by its id or by
    its number or name: they show what to improve. `by` is None where the customer says so.

    Raises NotFound, Invalid for an unknown cause or product, RuleBroken if it is solved already.
    """
    if cause and cause not in CAUSES:
        raise Invalid({"cause": _("Please choose one of the options.")})
    async with transaction():
        about = await _product(product, product_id)
        ticket = await lock_open_ticket(ticket_id)
        await execute("UPDATE ticket SET solved_at = $2 WHERE id = $1", ticket_id, now)
        await move(ticket, TicketStatus.SOLVED, now=now)
        await execute(
            "INSERT INTO closure (ticket, by_user, at, cause, product) VALUES ($1, $2, $3, $4, $5)",
            ticket_id, by, now, cause, about,
        )  # fmt: skip
        await open_tickets_changed(ticket.customer, -1)
        await record("ticket.closed", "ticket", ticket_id, by=by, now=now, fields={"cause": cause})
        await enqueue("offer_waiting_tickets")


async def _product(named: str, product_id: int | None) -> int | None:
    if named:
        code = (await known_products([named])).get(named)
        found = (await products_coded([code])).get(code.lower()) if code else None
        if found is None:
            raise Invalid({"product": _("There is no product with this number or name.")})
        return int(found.id)
    if product_id is not None and not await products_with([product_id]):
        raise Invalid({"product_id": _("Please choose one of the options.")})
    return product_id


CLOSED_AT_ONCE = 500

_CLOSE = f"""
    WITH due AS (
        SELECT k.id FROM ticket k CROSS JOIN company o WHERE k.status = 'solved' AND o.closes_after_days > 0
            AND k.solved_at <= $1::timestamptz - make_interval(days => o.closes_after_days)
        ORDER BY k.solved_at, k.id LIMIT {CLOSED_AT_ONCE} FOR NO KEY UPDATE OF k SKIP LOCKED
    ), closed AS (
        UPDATE ticket k SET status = 'closed', closed_at = $1, version = version + 1 FROM due WHERE k.id = due.id RETURNING k.id
    ), told AS (
        UPDATE timeline_entry e SET detail = e.detail || '{{"status": "closed"}}' FROM closed
        WHERE e.kind = 'ticket' AND e.ref_id = closed.id
    ), noted AS (
        INSERT INTO audit_entry (at, action, subject_kind, subject_id, payload_hash)
        SELECT $1, 'ticket.closed_for_good', 'ticket', id, '' FROM closed
    )
    SELECT count(*) FROM closed
"""


async def close_solved_tickets(*, now: datetime) -> int:
    """Close for good what was solved so many days ago (the company's settings say how many; 0 means never); how many. Safe to run
    twice and at the same time."""
    closed = 0
    while True:
        done = int(await fetch_value(_CLOSE, now))
        closed += done
        if done < CLOSED_AT_ONCE:
            return closed


async def reopen_ticket(ticket_id: int, *, by: int, now: datetime) -> None:
    """Open a solved ticket again. Raises NotFound, RuleBroken if it isn't solved."""
    async with transaction():
        await take_routing_lock()
        ticket = await lock_ticket(ticket_id)
        if ticket.status in OPEN_STATUSES:
            raise RuleBroken(_("This enquiry is open already."))
        if ticket.merged_into is not None:
            raise RuleBroken(
                _("This enquiry is merged into #%(number)s. Please go on there.") % {"number": ticket.merged_into}
            )
        if ticket.status == TicketStatus.CLOSED:
            raise RuleBroken(_("This enquiry is closed for good. Open a new one that goes on from it."))
        await reopen(ticket, by=by, now=now)


async def reopen(ticket: Row, *, by: int | None, now: datetime) -> None:
    """Continue a solved ticket that is locked, with the routing lock held: the solution clock goes on where it stopped,
    and whoever had it gets it back if present; else it is routed."""
    await execute(
        "INSERT INTO ticket_pause (ticket, status, started_at, ended_at) VALUES ($1, $2, $3, $4)",
        ticket.id, ticket.status, ticket.solved_at or now, now,
    )  # fmt: skip
    await execute("UPDATE ticket SET solved_at = NULL, closed_at = NULL WHERE id = $1", ticket.id)
    await execute(
        "UPDATE closure SET reopened_at = $2, reopened_by = $3 WHERE ticket = $1 AND reopened_at IS NULL",
        ticket.id,
        now,
        by,
    )
    await move(ticket, TicketStatus.OPEN, now=now)
    await open_tickets_changed(ticket.customer, +1)
    await record("ticket.reopened", "ticket", ticket.id, by=by, now=now)
    if await is_present(ticket, now):
        await tell_assignee(ticket.id, ticket.assignee, ticket.required_level, by=by, now=now)
    else:
        await route_ticket(ticket.id, "reopened", by=by, now=now)


async def demand_returning(ticket: Row, now: datetime) -> None:
    """What a customer says may reopen a closed ticket for so many days as the company has set. Raises RuleBroken later."""
    if ticket.status != TicketStatus.CLOSED or ticket.closed_at is None:
        return
    days = await fetch_value("SELECT reopens_within_days FROM company")
    if now - ticket.closed_at > timedelta(days=days):
        raise RuleBroken(_("This enquiry is closed for good. Open a new one that goes on from it."))


async def is_present(ticket: Row, now: datetime) -> bool:
    """Whether whoever has the ticket is there to go on with it."""
    if ticket.assignee is None:
        return False
    facts = await routing_facts(await case_of(ticket.id, now), now)
    return any(agent.id == ticket.assignee and agent.presence == "present" for agent in facts.agents)
