"""Noting who waits for a call: a missed call, or a wish to be called back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from crm.accounts.audit import record
from crm.customers.figures import lock_figures
from crm.database import Row, fetch_one, fetch_value, transaction
from crm.errors import Invalid
from crm.interactions.actions import CLOCK_SKEW, NewInteraction, fitting_facts
from crm.interactions.calls.reminding import remind
from crm.interactions.calls.tables import CallBackKind
from crm.interactions.calls.whose import callers_of
from crm.interactions.tables import Channel, Direction
from crm.reminders.actions import demand_colleague
from crm.web.i18n import _


@dataclass(frozen=True)
class NewCallBack:
    """Who waits. Without a `customer_id` the number says whose it is, if only one customer has it. Without a `user_id` the
    customer's owner calls back, else whoever takes it. `at` is when they called or asked. With `is_unknown` somebody has said
    that none of those with this number has called."""

    kind: CallBackKind
    number: str = ""
    name: str = ""
    about: str = ""
    at: datetime | None = None
    from_at: datetime | None = None
    until_at: datetime | None = None
    user_id: int | None = None
    customer_id: int | None = None
    person_id: int | None = None
    is_unknown: bool = False


async def note_call_back(data: NewCallBack, *, by: int | None, now: datetime) -> int:
    """Note that somebody waits for a call, and answer its id. The one who calls back is told and reminded. `by` is None for what
    came in by itself. A missed call that was noted before (the same number at the same instant) is not noted twice: its id is answered.

    Raises Invalid for a colleague who has left, a person of somebody else and a call in the future, NotFound for a customer who
    isn't there."""
    at = data.at or now
    async with transaction():
        if at > now + CLOCK_SKEW:
            raise Invalid({"at": _("A call cannot lie in the future.")})
        customer_id, person_id, owner = await _whose(data, at, now)
        if data.user_id is not None:
            await demand_colleague(data.user_id)
        user_id = data.user_id or owner
        due_at = max(data.from_at or at, at)
        call_back_id = await fetch_value(
            'INSERT INTO call_back (kind, number, name, customer, person, "user", about, at, from_at, until_at, due_at, tries, '
            "created_at, created_by, outcome, result) "
            "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 0, $12, $13, '', '') "
            "ON CONFLICT (number, at) WHERE kind = 'missed' AND number <> '' DO NOTHING RETURNING id",
            data.kind.value, data.number, data.name, customer_id, person_id, user_id, data.about, at, data.from_at,
            data.until_at, due_at, now, by,
        )  # fmt: skip
        if call_back_id is None:
            return int(
                await fetch_value(
                    "SELECT id FROM call_back WHERE kind = 'missed' AND number = $1 AND at = $2", data.number, at
                )
            )
        if user_id is not None:
            await remind(call_back_id, by=by or user_id, now=now)
        await record("call_back.noted", "call_back", call_back_id, by=by, now=now)
        return int(call_back_id)


async def _whose(data: NewCallBack, at: datetime, now: datetime) -> tuple[int | None, int | None, int | None]:
    """Customer, person and owner, as far as they are known for certain."""
    customer_id, person_id = data.customer_id, data.person_id
    if customer_id is None and data.number and not data.is_unknown:
        callers = (await callers_of([data.number])).get(data.number, [])
        if len(callers) == 1:
            customer_id, person_id = callers[0].customer_id, callers[0].person_id
    if customer_id is None:
        return None, None, None
    await lock_figures([customer_id])
    contact = NewInteraction(customer_id, Channel.PHONE, Direction.INBOUND, person_id=person_id)
    await fitting_facts(contact, min(at, now), now)
    return customer_id, person_id, await owner_of(customer_id)


async def owner_of(customer_id: int) -> int | None:
    """The owner of a customer, unless they have left."""
    row: Row | None = await fetch_one(
        "SELECT s.id FROM customer c JOIN staff s ON s.id = c.owner AND s.deactivated_at IS NULL WHERE c.id = $1",
        customer_id,
    )
    return row.id if row else None
