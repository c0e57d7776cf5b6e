"""When somebody leaves: customers, open enquiries and follow-ups go to a colleague, in the transaction that ends the
access."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import msgspec

from crm.accounts import audit
from crm.accounts.changing import deactivate_user
from crm.accounts.permissions import Permission, Role, roles_with
from crm.customers.tables import TimelineKind
from crm.database import Row, execute, fetch, fetch_one, transaction
from crm.errors import Invalid
from crm.queue import enqueue
from crm.reminders.handover_settling import settle_plans_of_leaver
from crm.tickets.assigning import assign_ticket
from crm.tickets.locking import take_routing_lock
from crm.tickets.tables import OPEN_SQL
from crm.web.i18n import _

_OPEN = f"status IN {OPEN_SQL}"


@dataclass(frozen=True, slots=True)
class Responsibilities:
    """What somebody is responsible for now: customers (as owner or deputy), open enquiries, open follow-ups."""

    customers: int
    tickets: int
    reminders: int

    @property
    def is_empty(self) -> bool:
        return not (self.customers or self.tickets or self.reminders)


async def responsibilities_of(user_id: int) -> Responsibilities:
    row = await fetch_one(
        "SELECT (SELECT count(*) FROM customer WHERE (owner = $1 OR deputy = $1) AND deleted_at IS NULL) AS customers, "
        f"(SELECT count(*) FROM ticket WHERE assignee = $1 AND {_OPEN}) AS tickets, "
        '(SELECT count(*) FROM reminder WHERE "user" = $1 AND done_at IS NULL) AS reminders',
        user_id,
    )
    assert row is not None
    return Responsibilities(row.customers, row.tickets, row.reminders)


async def colleagues_of(user_id: int, *, for_tickets: bool) -> list[tuple[int, str]]:
    """Who could take over, by name; people of the same role first. Enquiries only go to those who may answer them."""
    rows = await fetch(
        "SELECT c.id, c.name FROM staff c JOIN staff u ON u.id = $1 WHERE c.id <> $1 AND c.deactivated_at IS NULL "
        "AND c.role = ANY($2) ORDER BY c.role <> u.role, lower(c.name), c.id",
        user_id, roles_with(Permission.TICKETS_WORK) if for_tickets else list(Role),
    )  # fmt: skip
    return [(row.id, row.name) for row in rows]


async def deactivate_with_handover(
    user_id: int, colleague_id: int | None, *, by: int, now: datetime
) -> Responsibilities:
    """End a user's access and hand over to a colleague whatever they are responsible for; answers what that was.

    Without responsibilities no colleague is needed. Raises what `deactivate_user` raises, and Invalid for a colleague who
    is missing, deactivated, the same person, or (with open enquiries) of a role that doesn't answer enquiries.
    """
    async with transaction():
        await take_routing_lock()  # or routing might give them one more enquiry while they leave
        handed = await responsibilities_of(user_id)
        if not handed.is_empty:
            await _demand_colleague(user_id, colleague_id, handed)
        await deactivate_user(user_id, by=by, now=now)
        await settle_plans_of_leaver(user_id, by=by, now=now)
        if handed.is_empty or colleague_id is None:
            return handed
        await _hand_over_tickets(user_id, colleague_id, by=by, now=now)
        await _hand_over_customers(user_id, colleague_id, by=by, now=now)
        await _hand_over_reminders(user_id, colleague_id)
        await audit.record(
            "user.handed_over", "user", user_id, by=by, now=now,
            fields={
                "colleague": [None, colleague_id], "customers": [handed.customers, 0], "tickets": [handed.tickets, 0],
                "reminders": [handed.reminders, 0],
            },
        )  # fmt: skip
    return handed


async def _demand_colleague(user_id: int, colleague_id: int | None, handed: Responsibilities) -> None:
    if colleague_id is None:
        raise Invalid({"colleague": _("Please choose who takes over.")})
    if colleague_id not in dict(await colleagues_of(user_id, for_tickets=handed.tickets > 0)):
        raise Invalid({"colleague": _("This person cannot take over. Please choose somebody from the list.")})


async def _hand_over_tickets(user_id: int, colleague_id: int, *, by: int, now: datetime) -> None:
    """One by one, as if assigned by hand, so that each says why it is where it is."""
    for row in await fetch(f"SELECT id FROM ticket WHERE assignee = $1 AND {_OPEN} ORDER BY id", user_id):
        await assign_ticket(row.id, colleague_id, by=by, now=now)


async def _hand_over_customers(user_id: int, colleague_id: int, *, by: int, now: datetime) -> None:
    """Owner and deputy; nobody is the deputy of themselves. The versions rise, so that a form that is open somewhere
    doesn't quietly bring the old owner back. Each customer's history tells of the new owner."""
    owned = await fetch(
        "UPDATE customer SET owner = $2, version = version + 1 WHERE owner = $1 RETURNING id", user_id, colleague_id
    )
    stood_in = await fetch(
        "UPDATE customer SET deputy = $2, version = version + 1 WHERE deputy = $1 RETURNING id", user_id, colleague_id
    )
    await execute("UPDATE customer SET deputy = NULL WHERE owner = $1 AND deputy = $1", colleague_id)
    names = await names_of(user_id, colleague_id)
    await tell_new_owner(owned, names, by=by, now=now)
    for field, rows in (("owner_id", owned), ("deputy_id", stood_in)):
        await audit.record_many(
            "customer.handed_over",
            "customer",
            [row.id for row in rows],
            by=by,
            now=now,
            fields={field: [user_id, colleague_id]},
        )


async def names_of(user_id: int, colleague_id: int) -> Row:
    """Who it was (`before`) and who it will be (`after`)."""
    names = await fetch_one(
        "SELECT (SELECT name FROM staff WHERE id = $1) AS before, (SELECT name FROM staff WHERE id = $2) AS after",
        user_id, colleague_id,
    )  # fmt: skip
    assert names is not None
    return names


async def tell_new_owner(owned: list[Row], names: Row, *, by: int, now: datetime) -> None:
    """The line that a change of owner has in the history, for thousands of customers in one statement."""
    await execute(
        "INSERT INTO timeline_entry (customer, kind, at, ref_id, title, body, by_user, detail) "
        "SELECT id, $2, $3, id, '', '', $4, $5 FROM unnest($1::bigint[]) AS id",
        [row.id for row in owned], TimelineKind.CHANGE.value, now, by,
        msgspec.json.encode({"field": "owner", "before": names.before, "after": names.after}).decode(),
    )  # fmt: skip


async def _hand_over_reminders(user_id: int, colleague_id: int) -> None:
    """Those that were delivered already too: the colleague has not seen them, so they are delivered again."""
    moved = await fetch(
        'UPDATE reminder SET "user" = $2, delivered_at = NULL WHERE "user" = $1 AND done_at IS NULL RETURNING id, due_at',
        user_id, colleague_id,
    )  # fmt: skip
    await deliver_again(moved)


async def deliver_again(moved: list[Row]) -> None:
    """Each at its time, to the one who has it now."""
    for row in moved:
        await enqueue("deliver_reminder", row.id, at=row.due_at)
