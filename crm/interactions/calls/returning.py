"""Returning a call: done with a result, not reached, not needed any more; taken by somebody, and found out whose it is."""

from __future__ import annotations

from datetime import datetime

from crm.accounts.audit import record
from crm.customers.figures import lock_figures
from crm.database import HIGHEST_ID, Row, execute, fetch_one, fetch_value, transaction
from crm.errors import NotFound, RuleBroken
from crm.interactions.actions import NewInteraction, fitting_facts, log_interaction
from crm.interactions.calls.noting import owner_of
from crm.interactions.calls.reminding import remind, remind_again, settle_reminder
from crm.interactions.calls.tables import CallBackOutcome
from crm.interactions.calls.windows import next_try
from crm.interactions.tables import Channel, Direction
from crm.reminders.actions import demand_colleague, refuse_the_past
from crm.service_levels.queries import company_calendar
from crm.web.i18n import _, zone

_LOCKED = """
    SELECT b.id, b.customer, b."user", b.reminder_id, b.done_at, b.from_at,
        CASE WHEN EXISTS (SELECT FROM affiliation a WHERE a.customer = b.customer AND a.person = b.person) THEN b.person END AS person
    FROM call_back b LEFT JOIN customer c ON c.id = b.customer LEFT JOIN person p ON p.id = b.person
    WHERE b.id = $1 AND (c.id IS NULL OR c.deleted_at IS NULL AND c.restricted_at IS NULL) AND p.restricted_at IS NULL
    FOR UPDATE OF b
"""


async def _locked(call_back_id: int, *, is_open: bool = True) -> Row:
    """The call, locked together with the figures of its customer. Raises NotFound for one that isn't there or whose customer is
    restricted, RuleBroken if it must be open and is done."""
    while True:
        customer_id = None
        if 0 < call_back_id <= HIGHEST_ID:
            customer_id = await fetch_value("SELECT customer FROM call_back WHERE id = $1", call_back_id)
        if customer_id is not None:
            await lock_figures([customer_id])
        row = await fetch_one(_LOCKED, min(call_back_id, HIGHEST_ID))
        if row is None:
            raise NotFound()
        if row.customer == customer_id:
            break
    if is_open and row.done_at is not None:
        raise RuleBroken(_("This call is done already."))
    return row


async def call_returned(call_back_id: int, result: str, *, by: int, now: datetime) -> int | None:
    """We spoke. With a known customer the call is logged in their history; answers its id. The follow-up is done too, whoever had
    it. Raises RuleBroken if it is done already."""
    async with transaction():
        row = await _locked(call_back_id)
        interaction_id = None
        if row.customer is not None:
            call = NewInteraction(row.customer, Channel.PHONE, Direction.OUTBOUND, text=result, person_id=row.person)
            interaction_id = (await log_interaction(call, by=by, now=now)).id
        await _done(row, CallBackOutcome.CALLED, result, interaction_id, by=by, now=now)
        return interaction_id


async def dismiss_call_back(call_back_id: int, note: str = "", *, by: int, now: datetime) -> None:
    """Nobody need be called (any more): they called again, or it was nothing. Raises RuleBroken if it is done already."""
    async with transaction():
        row = await _locked(call_back_id)
        await _done(row, CallBackOutcome.DISMISSED, note, None, by=by, now=now)


async def _done(
    row: Row, outcome: CallBackOutcome, result: str, interaction_id: int | None, *, by: int, now: datetime
) -> None:
    await execute(
        "UPDATE call_back SET done_at = $2, done_by = $3, outcome = $4, result = $5, interaction_id = $6 WHERE id = $1",
        row.id, now, by, outcome.value, "" if interaction_id else result, interaction_id,
    )  # fmt: skip
    await settle_reminder(row.reminder_id, by=by, now=now, result=result, interaction_id=interaction_id)
    await record("call_back.done", "call_back", row.id, by=by, now=now, fields={"outcome": outcome.value})


async def nobody_answered(call_back_id: int, *, by: int, now: datetime, again_at: datetime | None = None) -> datetime:
    """One more try, and it comes again: at `again_at`, or in an hour within the working day. Answers when. Who takes a call that
    nobody had does so by trying. Raises Invalid for the past, RuleBroken if it is done already."""
    async with transaction():
        row = await _locked(call_back_id)
        at = again_at or max(next_try(now, zone.get(), await company_calendar(now)), row.from_at or now)
        refuse_the_past(at, now, "again_at")
        await execute(
            'UPDATE call_back SET tries = tries + 1, tried_at = $2, due_at = $3, "user" = coalesce("user", $4) WHERE id = $1',
            row.id, now, at, by,
        )  # fmt: skip
        if not await remind_again(row.reminder_id, at, now=now):
            await remind(row.id, by=by, now=now)
        await record("call_back.tried", "call_back", row.id, by=by, now=now)
    return at


async def take_call_back(call_back_id: int, *, user_id: int, by: int, now: datetime) -> None:
    """This one calls back: the follow-up is theirs, and that of whoever had it before is done. A second click changes nothing.
    Raises Invalid for a colleague who has left, RuleBroken if the call is done already."""
    async with transaction():
        row = await _locked(call_back_id)
        if row.user == user_id:
            return
        await demand_colleague(user_id)
        await execute('UPDATE call_back SET "user" = $2, reminder_id = NULL WHERE id = $1', row.id, user_id)
        await settle_reminder(row.reminder_id, by=by, now=now)
        await remind(row.id, by=by, now=now)
        await record("call_back.taken", "call_back", row.id, by=by, now=now, fields={"colleague": [row.user, user_id]})


async def name_caller(
    call_back_id: int, customer_id: int, person_id: int | None = None, *, by: int, now: datetime
) -> None:
    """It was this customer who called. If nobody had it yet, it goes to the customer's owner. Raises NotFound and Invalid as logging
    does."""
    async with transaction():
        await lock_figures([customer_id])
        row = await _locked(call_back_id)
        contact = NewInteraction(customer_id, Channel.PHONE, Direction.INBOUND, person_id=person_id)
        await fitting_facts(contact, now, now)
        owner = row.user or await owner_of(customer_id)
        await execute(
            'UPDATE call_back SET customer = $2, person = $3, "user" = $4 WHERE id = $1',
            row.id,
            customer_id,
            person_id,
            owner,
        )
        if row.reminder_id is not None:
            await execute(
                "UPDATE reminder SET customer = $2 WHERE id = $1 AND done_at IS NULL", row.reminder_id, customer_id
            )
        elif owner is not None:
            await remind(row.id, by=by, now=now)
        fields = {"customer_id": [row.customer, customer_id]}
        await record("call_back.caller_named", "call_back", row.id, by=by, now=now, fields=fields)
