"""Who works on a ticket: routing it, offering it again, handing it over, taking it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import msgspec

from crm.accounts.audit import record
from crm.accounts.permissions import Permission, Role, role_may
from crm.accounts.queries import staff_of
from crm.customers.tables import TimelineKind
from crm.customers.timeline import change_entry
from crm.database import execute, fetch, fetch_one, fetch_value, transaction
from crm.errors import RuleBroken
from crm.notifications.actions import notify
from crm.notifications.kinds import Kind
from crm.queue import enqueue
from crm.tickets.answers.taking import taken_by_hand
from crm.tickets.gathering import Case, case_of, routing_facts
from crm.tickets.listing import DUE
from crm.tickets.locking import lock_open_ticket, take_routing_lock
from crm.tickets.routing import Decision, RoutingFacts, pick
from crm.tickets.tables import BUSY_SQL, BUSY_STATUSES
from crm.web.i18n import _

OFFERED_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Choice:
    """A decision, with the facts that it rests on."""

    facts: RoutingFacts
    decision: Decision

    @property
    def stored_facts(self) -> str:
        return msgspec.json.encode(self.facts).decode()

    @property
    def stored_decision(self) -> str:
        return msgspec.json.encode(self.decision).decode()


@dataclass(frozen=True, slots=True)
class Assigned:
    """What people are told of a ticket; `customer` is the name."""

    ticket_id: int
    subject: str
    customer: str
    level: int


async def choose_agent(case: Case, now: datetime) -> Choice:
    """Ask routing who gets the ticket, by what is known at this moment."""
    facts = await routing_facts(case, now)
    return Choice(facts, pick(facts))


def choose_nobody(case: Case) -> Choice:
    """The decision about what needs nobody yet: its level, and no candidates."""
    facts = RoutingFacts(required=case.required, agents=(), language=case.language, channel=case.channel)
    return Choice(facts, pick(facts))


async def choose_and_claim(case: Case, now: datetime) -> Choice:
    """As choose_agent, with the place of the chosen one taken until the caller's transaction ends. Who is asked twice has
    lost the place to somebody else meanwhile: then one agent more is full, so the asking ends."""
    while True:
        choice = await choose_agent(case, now)
        chosen = choice.decision.assignee_id
        if chosen is None or await fetch(_CLAIM, chosen, now, case.ticket_id):
            return choice


CLAIM = 'UPDATE agent_profile SET last_assigned_at = {now} WHERE "user" = {user} AND load - {own} < capacity'
"""Takes a place with an agent, if one is left: whoever else wants the last one waits for this row, and sees it gone. `own`
is 1 for a ticket that is theirs already."""

_OWN = f"(SELECT count(*) FROM ticket k WHERE k.id = $3 AND k.assignee = $1 AND k.status IN {BUSY_SQL})"
_CLAIM = f"{CLAIM.format(user='$1', now='$2', own=_OWN)} RETURNING id"


async def route_ticket(ticket_id: int, occasion: str, *, by: int | None, now: datetime) -> Decision:
    """Ask routing who gets the ticket, store the decision with its facts, and assign it; unassigned it waits in the
    queue of its level and the leads are told. In the caller's transaction, which holds the routing lock.
    """
    choice = await choose_and_claim(await case_of(ticket_id, now), now)
    decision = choice.decision
    await store_decision(ticket_id, occasion, choice, decision.assignee_id, by=None, now=now)
    await execute(
        "UPDATE ticket SET required_level = $2, assignee = $3, version = version + 1 WHERE id = $1",
        ticket_id, decision.required_level, decision.assignee_id,
    )  # fmt: skip
    await tell_assignee(ticket_id, decision.assignee_id, decision.required_level, by=by, now=now)
    return decision


async def assign_ticket(ticket_id: int, user_id: int, *, by: int, now: datetime) -> None:
    """Hand a ticket to a colleague, or take it oneself. By hand everything is allowed, also below the required level:
    routing never does that silently, a person may, and the page shows it. Raises NotFound, RuleBroken."""
    async with transaction():
        await take_routing_lock()
        ticket = await lock_open_ticket(ticket_id)
        role = await fetch_value("SELECT role FROM staff WHERE id = $1 AND deactivated_at IS NULL", user_id)
        if role is None or not role_may(Role(role), Permission.TICKETS_WORK):
            raise RuleBroken(_("This colleague does not work on enquiries. Choose somebody else."))
        if ticket.assignee == user_id:
            return
        choice = await choose_agent(await case_of(ticket_id, now), now)
        await execute('UPDATE agent_profile SET last_assigned_at = $2 WHERE "user" = $1', user_id, now)
        await store_decision(ticket_id, "by_hand", choice, user_id, by=by, now=now)
        await execute("UPDATE ticket SET assignee = $2, version = version + 1 WHERE id = $1", ticket_id, user_id)
        await taken_by_hand(ticket, now=now)
        await tell_assignee(ticket_id, user_id, ticket.required_level, by=by, now=now)
        await record(
            "ticket.assigned", "ticket", ticket_id, by=by, now=now, fields={"assignee": [ticket.assignee, user_id]}
        )
        await enqueue("offer_waiting_tickets")


async def offer_waiting_tickets(*, now: datetime) -> int:
    """Offer every unassigned open ticket again, the earliest due first; not those of restricted or deleted
    customers. Answers how many found somebody.

    A decision is stored only when it gives the ticket to somebody: an unchanged "nobody yet" is no news.
    """
    waiting = await fetch(
        "SELECT k.id FROM ticket k JOIN customer c ON c.id = k.customer AND c.deleted_at IS NULL AND c.restricted_at IS NULL "
        f"WHERE k.assignee IS NULL AND k.status IN {BUSY_SQL} "
        f"ORDER BY {DUE}, k.id LIMIT $1",
        OFFERED_AT_ONCE,
    )
    given = 0
    for row in waiting:
        given += await _offer(row.id, now)
    return given


async def _offer(ticket_id: int, now: datetime) -> bool:
    async with transaction():
        await take_routing_lock()
        row = await fetch_one("SELECT assignee, status FROM ticket WHERE id = $1 FOR NO KEY UPDATE", ticket_id)
        if row is None or row.assignee is not None or row.status not in BUSY_STATUSES:
            return False
        choice = await choose_and_claim(await case_of(ticket_id, now), now)
        decision = choice.decision
        if decision.assignee_id is None:
            return False
        await store_decision(ticket_id, "offered", choice, decision.assignee_id, by=None, now=now)
        await execute(
            "UPDATE ticket SET assignee = $2, version = version + 1 WHERE id = $1", ticket_id, decision.assignee_id
        )
        await tell_assignee(ticket_id, decision.assignee_id, decision.required_level, by=None, now=now)
    return True


async def store_decision(
    ticket_id: int,
    occasion: str,
    choice: Choice,
    assignee_id: int | None,
    *,
    by: int | None,
    now: datetime,
) -> None:
    """Keep why it went to whom, so that it can be told and replayed."""
    await execute(
        "INSERT INTO routing_decision (ticket, at, occasion, by_id, assignee_id, facts, decision) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7)",
        ticket_id, now, occasion, by, assignee_id, choice.stored_facts, choice.stored_decision,
    )  # fmt: skip


async def tell_assignee(ticket_id: int, assignee_id: int | None, level: int, *, by: int | None, now: datetime) -> None:
    """Bring the history line up to date, and tell people (see tell_people)."""
    row = await fetch_one(
        "SELECT k.subject, c.name AS customer, u.name AS assignee FROM ticket k JOIN customer c ON c.id = k.customer "
        "LEFT JOIN staff u ON u.id = k.assignee WHERE k.id = $1",
        ticket_id,
    )
    assert row is not None
    await change_entry(TimelineKind.TICKET, ticket_id, detail={"assignee_name": row.assignee or "", "level": level})
    known = Assigned(ticket_id, row.subject, row.customer, level)
    await tell_people(known, assignee_id, by=by, now=now)


async def tell_people(ticket: Assigned, assignee_id: int | None, *, by: int | None, now: datetime) -> None:
    """Tell the new assignee, or the leads that nobody fits. Who takes a ticket knows it already."""
    detail = {"number": ticket.ticket_id, "subject": ticket.subject, "customer": ticket.customer, "level": ticket.level}
    link = f"/tickets/{ticket.ticket_id}"
    if assignee_id is not None:
        if assignee_id != by:
            await notify(assignee_id, Kind.TICKET_ASSIGNED, detail=detail, link=link, now=now, mail=False)
        return
    for lead in await staff_of(Role.LEAD):
        await notify(
            lead, Kind.TICKET_WAITING_UNROUTED, detail=detail, link=link, now=now, mail=False,
            dedupe_key=f"unrouted-{ticket.ticket_id}-{ticket.level}-{lead}",
        )  # fmt: skip
