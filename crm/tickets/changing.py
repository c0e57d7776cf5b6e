"""Correcting what an enquiry is: topic, kind, priority, moment of truth; and following a new service level."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crm.accounts.audit import changes, record
from crm.customers.changing import change_customer
from crm.customers.tables import TimelineKind
from crm.customers.timeline import change_entry
from crm.database import Row, execute, fetch, fetch_one, fetch_value, transaction
from crm.errors import Conflict, Difference, Invalid
from crm.queue import enqueue
from crm.service_levels.queries import CURRENT_TERMS
from crm.service_levels.tables import Priority
from crm.service_levels.words import PRIORITIES
from crm.tickets.assigning import route_ticket
from crm.tickets.gathering import case_of
from crm.tickets.locking import lock_open_ticket, take_routing_lock
from crm.tickets.promising import apply_terms, recompute_due_times
from crm.tickets.tables import OPEN_SQL, TicketKind
from crm.tickets.topics.rules import topic_corrected
from crm.tickets.words import KINDS
from crm.web.i18n import _, local_name


@dataclass(frozen=True)
class TicketFacts:
    """What a person says an enquiry is."""

    subject: str
    topic: str
    kind: TicketKind
    priority: Priority
    is_moment_of_truth: bool


async def change_ticket(ticket_id: int, facts: TicketFacts, version: int | None, *, by: int, now: datetime) -> None:
    """Store what it is now. The required level is computed anew, and if the assignee's level no longer suffices the
    ticket is routed anew; a new priority moves the due times, counted from the original start.

    Raises NotFound, RuleBroken for a solved ticket, Invalid for an unknown topic, Conflict if somebody else changed the
    same things since `version` (None: whatever is saved now).
    """
    async with transaction():
        await take_routing_lock()
        ticket = await lock_open_ticket(ticket_id)
        topic = await fetch_one("SELECT id, code FROM topic WHERE code = $1 AND retired_at IS NULL", facts.topic)
        if topic is None:
            raise Invalid({"topic": _("There is no topic with this code.")})
        new = {
            "subject": facts.subject, "topic": topic.id, "kind": facts.kind.value, "priority": facts.priority.value,
            "is_moment_of_truth": facts.is_moment_of_truth,
        }  # fmt: skip
        changed = changes({name: ticket[name] for name in new}, new)
        if not changed:
            return
        if version is not None and version != ticket.version:
            await _refuse_if_overtaken(ticket, new)
        await execute(
            "UPDATE ticket SET subject = $2, topic = $3, kind = $4, priority = $5, is_moment_of_truth = $6, version = version + 1 "
            "WHERE id = $1",
            ticket_id, *new.values(),
        )  # fmt: skip
        await change_entry(
            TimelineKind.TICKET, ticket_id, title=facts.subject, detail={"topic": topic.code, "kind": new["kind"]}
        )
        await record("ticket.changed", "ticket", ticket_id, by=by, now=now, fields=changed)
        if "topic" in changed:
            await topic_corrected(ticket_id, topic.id, by=by, now=now)
        if "priority" in changed:
            await _promise_anew(ticket_id, now=now)
        await _route_if_needed(ticket, topic.id, by=by, now=now)


async def change_customer_and_promises(
    customer_id: int, changes: Mapping[str, Any], version: int | None, *, by: int, now: datetime
) -> int:
    """Change a customer; with a new service level, what it promises holds for their open enquiries too."""
    async with transaction():
        if "service_level" in changes:
            await take_routing_lock()
        new_version = await change_customer(customer_id, changes, version, by=by, now=now, by_hand=True)
        if "service_level" in changes:
            await follow_service_level(customer_id, by=by, now=now)
        return new_version


async def follow_service_level(customer_id: int, *, by: int, now: datetime) -> int:
    """The customer has another service level: what it promises holds for the open enquiries from their original start.
    How many were changed."""
    async with transaction():
        await take_routing_lock()
        behind = await fetch(
            "SELECT k.id FROM ticket k JOIN customer c ON c.id = k.customer AND c.service_level <> k.service_level "
            f"WHERE c.id = $1 AND k.status IN {OPEN_SQL} ORDER BY k.id",
            customer_id,
        )
        for row in behind:
            ticket = await lock_open_ticket(row.id)
            await execute(
                "UPDATE ticket SET service_level = (SELECT service_level FROM customer WHERE id = $2), version = version + 1 "
                "WHERE id = $1",
                ticket.id, customer_id,
            )  # fmt: skip
            await record("ticket.promised_anew", "ticket", ticket.id, by=by, now=now)
            await _promise_anew(ticket.id, now=now)
            await _route_if_needed(ticket, ticket.topic, by=by, now=now)
    return len(behind)


async def _promise_anew(ticket_id: int, *, now: datetime) -> None:
    """Copy the targets of today's service level and priority; a promise that was reached keeps the target and the terms it
    had."""
    level = await fetch_one(
        f"SELECT {CURRENT_TERMS.format(level='s')} AS terms, v.content -> 'targets' ? k.priority AS is_promised FROM ticket k "
        "JOIN service_level s ON s.id = k.service_level "
        "JOIN service_level_version v ON v.service_level = s.id AND v.number = s.version WHERE k.id = $1",
        ticket_id,
    )
    if level is None or not level.is_promised:
        raise Invalid({"priority": _("The customer's service level promises nothing for this priority yet.")})
    await apply_terms([ticket_id], level.terms)
    await recompute_due_times(ticket_id, now=now, after_change=True)


async def _route_if_needed(ticket: Row, topic_id: int, *, by: int, now: datetime) -> None:
    """Store the level that is required now; whoever has the ticket keeps it if their level suffices."""
    required = (await case_of(ticket.id, now)).required.level
    await execute("UPDATE ticket SET required_level = $2 WHERE id = $1", ticket.id, required)
    await change_entry(TimelineKind.TICKET, ticket.id, detail={"level": required})
    level = await fetch_value(
        'SELECT level FROM competence WHERE "user" = $1 AND topic = $2', ticket.assignee, topic_id
    )
    is_harder = required > ticket.required_level or topic_id != ticket.topic
    if ticket.assignee is None or (is_harder and (level or 0) < required):
        await route_ticket(ticket.id, "changed", by=by, now=now)
        await enqueue("offer_waiting_tickets")


async def _refuse_if_overtaken(ticket: Row, mine: dict[str, object]) -> None:
    """The version moves with every message; only what two people changed differently is a conflict."""
    topics = {row.id: local_name(row) for row in await fetch("SELECT id, name_de, name_en FROM topic")}
    theirs = {name: ticket[name] for name in mine}
    words = {"kind": KINDS, "priority": PRIORITIES}
    labels = {
        "subject": _("Subject"), "topic": _("Topic"), "kind": _("Kind"), "priority": _("Priority"),
        "is_moment_of_truth": _("Moment of truth"),
    }  # fmt: skip

    def shown(name: str, value: object) -> str:
        if name == "topic":
            return topics.get(value, "–")
        if name == "is_moment_of_truth":
            return _("yes") if value else _("no")
        return _(words[name][str(value)]) if name in words else str(value)

    differences = [
        Difference(name, labels[name], shown(name, theirs[name]), shown(name, mine[name]))
        for name in mine
        if theirs[name] != mine[name]
    ]
    sentence = _("This enquiry was changed meanwhile. Compare both versions and save the one that is right.")
    raise Conflict(sentence, differences, ticket.version)
