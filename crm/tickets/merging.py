"""Two enquiries of a customer are one: merging them, and parting them again. What was said stays where it is and is read as one
conversation (merged.py); what comes later comes to the survivor and stays there."""

from __future__ import annotations

from datetime import datetime

from crm.accounts.audit import record
from crm.customers.figures import open_tickets_changed
from crm.customers.tables import TimelineKind
from crm.customers.timeline import change_entry
from crm.database import HIGHEST_ID, Row, execute, fetch, fetch_one, transaction
from crm.errors import Invalid, RuleBroken
from crm.queue import enqueue
from crm.tickets.assigning import route_ticket, tell_assignee
from crm.tickets.closing import is_present
from crm.tickets.locking import lock_open_ticket, lock_ticket, take_routing_lock
from crm.tickets.merged import FAMILY, survivor_of
from crm.tickets.promising import recompute_due_times
from crm.tickets.statuses import move
from crm.tickets.tables import BUSY_STATUSES, OPEN_STATUSES, TicketStatus
from crm.web.i18n import _


async def merge_tickets(ticket_id: int, survivor_id: int, *, by: int, now: datetime) -> None:
    """The enquiry goes on in another open one of the same customer. Its clocks end, and none of their promises counts as broken;
    those of the survivor run from when the first of the two came in, and what was answered in either is answered.

    Raises NotFound, Invalid for a survivor that doesn't fit, RuleBroken for an enquiry that is solved or merged already.
    """
    await _demand_fitting(ticket_id, survivor_id)
    async with transaction():
        await take_routing_lock()
        locked = {number: await lock_open_ticket(number) for number in sorted((ticket_id, survivor_id))}
        gone, kept = locked[ticket_id], locked[survivor_id]
        if gone.customer != kept.customer:
            raise _no_such_enquiry()
        await execute(
            "INSERT INTO ticket_merge (ticket, survivor, by_user, at, status_before, responded_before) VALUES ($1, $2, $3, $4, $5, $6)",
            gone.id, kept.id, by, now, gone.status, kept.first_responded_at,
        )  # fmt: skip
        await move(gone, TicketStatus.CLOSED, now=now)
        await execute(
            "UPDATE ticket SET merged_into = $2, closed_at = $3, next_response_due_at = NULL, "
            "first_response_due_at = CASE WHEN first_responded_at IS NULL AND first_response_due_at >= $3 THEN NULL "
            "ELSE first_response_due_at END, "
            "solution_due_at = CASE WHEN solution_due_at < $3 THEN solution_due_at END WHERE id = $1",
            gone.id, kept.id, now,
        )  # fmt: skip
        await execute(
            "UPDATE ticket SET first_responded_at = least(first_responded_at, $2) WHERE id = $1",
            kept.id, gone.first_responded_at,
        )  # fmt: skip
        if gone.status in BUSY_STATUSES and kept.status not in BUSY_STATUSES:
            await move(kept, TicketStatus.OPEN, now=now)
        await _promise_from_the_first(kept.id, now=now)
        await open_tickets_changed(gone.customer, -1)
        await change_entry(TimelineKind.TICKET, gone.id, detail={"status": "closed", "merged_into": kept.id})
        await record("ticket.merged", "ticket", gone.id, by=by, now=now, fields={"ticket": [None, kept.id]})
        await enqueue("offer_waiting_tickets")


async def part_tickets(ticket_id: int, *, by: int, now: datetime) -> None:
    """Take a merge back: the enquiry is open again with what was said in it before, its solution clock goes on where it stopped,
    and whoever had it gets it back if present. What came since stays with the survivor. Raises NotFound, RuleBroken."""
    async with transaction():
        await take_routing_lock()
        seen = await fetch_one("SELECT merged_into FROM ticket WHERE id = $1", ticket_id)
        numbers = sorted({ticket_id, *([seen.merged_into] if seen and seen.merged_into else [])})
        locked = {number: await lock_ticket(number) for number in numbers}
        gone = locked[ticket_id]
        merge = await fetch_one(
            "UPDATE ticket_merge SET undone_at = $2, undone_by = $3 WHERE ticket = $1 AND undone_at IS NULL "
            "RETURNING survivor, at, status_before, responded_before",
            ticket_id, now, by,
        )  # fmt: skip
        if merge is None:
            raise RuleBroken(_("This enquiry is not merged."))
        await execute(
            "INSERT INTO ticket_pause (ticket, status, started_at, ended_at) VALUES ($1, 'closed', $2, $3)",
            ticket_id,
            merge.at,
            now,
        )
        await execute("UPDATE ticket SET merged_into = NULL, closed_at = NULL WHERE id = $1", ticket_id)
        keeps = merge.status_before in (TicketStatus.NEW, TicketStatus.WAITING)
        status = TicketStatus(merge.status_before) if keeps else TicketStatus.OPEN
        await move(gone, status, now=now, after_change=True)
        await _promise_from_the_first(ticket_id, now=now)
        await _restore(merge, now=now)
        await open_tickets_changed(gone.customer, +1)
        await change_entry(TimelineKind.TICKET, ticket_id, detail={"merged_into": None})
        await record("ticket.parted", "ticket", ticket_id, by=by, now=now, fields={"ticket": [merge.survivor, None]})
        if await is_present(gone, now):
            await tell_assignee(ticket_id, gone.assignee, gone.required_level, by=by, now=now)
        else:
            await route_ticket(ticket_id, "reopened", by=by, now=now)


async def _restore(merge: Row, *, now: datetime) -> None:
    """What the survivor owed to the merge is its own again: the start of its clocks, and its first answer. Where that goes, the
    promise that ran when they were merged runs on from now; one that was broken then stays broken."""
    await execute(
        "UPDATE ticket z SET first_responded_at = n.at, first_response_due_at = CASE WHEN z.first_responded_at IS NOT NULL "
        "AND n.at IS NULL AND z.first_response_due_at >= $3 THEN NULL ELSE z.first_response_due_at END "
        "FROM ticket k, LATERAL (SELECT coalesce($2, (SELECT min(m.at) FROM ticket_message m "
        f"WHERE m.ticket IN {FAMILY} AND m.kind = 'reply' AND NOT m.is_automatic)) AS at) n WHERE k.id = $1 AND z.id = k.id",
        merge.survivor, merge.responded_before, merge.at,
    )  # fmt: skip
    await _promise_from_the_first(await survivor_of(merge.survivor), now=now)


async def _promise_from_the_first(ticket_id: int, *, now: datetime) -> None:
    """The clocks run from when the first of those that are merged into it came in."""
    await execute(
        "UPDATE ticket k SET promised_from = (SELECT nullif(min(g.opened_at), k.opened_at) FROM ticket g "
        f"WHERE g.id IN {FAMILY}), version = version + 1 WHERE k.id = $1",
        ticket_id,
    )
    await recompute_due_times(ticket_id, now=now, after_change=True)


async def _demand_fitting(ticket_id: int, survivor_id: int) -> None:
    """Said before anything is locked: which of the two doesn't fit, and what to do."""
    if ticket_id == survivor_id:
        raise Invalid({"survivor": _("An enquiry cannot be merged with itself.")})
    if not 0 < survivor_id <= HIGHEST_ID:
        raise _no_such_enquiry()
    rows = await fetch(
        "SELECT id, customer, status, merged_into FROM ticket WHERE id = ANY($1)", [ticket_id, survivor_id]
    )
    found = {row.id: row for row in rows}
    gone, kept = found.get(ticket_id), found.get(survivor_id)
    if kept is None or (gone is not None and gone.customer != kept.customer):
        raise _no_such_enquiry()
    if kept.merged_into is not None:
        words = {"number": kept.id, "survivor": await survivor_of(kept.id)}
        raise Invalid({"survivor": _("#%(number)s is merged into #%(survivor)s itself. Take that one.") % words})
    if kept.status not in OPEN_STATUSES:
        raise Invalid({"survivor": _("#%(number)s is solved. Reopen it first, or link the two.") % {"number": kept.id}})


def _no_such_enquiry() -> Invalid:
    return Invalid({"survivor": _("This customer has no enquiry with this number.")})


async def offered_survivors(ticket_id: int) -> list[Row]:
    """The customer's other open enquiries, the latest first: what this one may be a duplicate of."""
    return await fetch(
        "SELECT o.id, o.subject, o.status, o.opened_at FROM ticket k JOIN ticket o ON o.customer = k.customer AND o.id <> k.id "
        "AND o.status IN ('new', 'open', 'waiting', 'postponed') WHERE k.id = $1 ORDER BY o.opened_at DESC, o.id DESC LIMIT 8",
        ticket_id,
    )
