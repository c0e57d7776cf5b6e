"""Planned hand-overs that cannot happen any more: they are called off, and whoever planned them is told."""

from __future__ import annotations

from datetime import datetime

from crm.accounts import audit
from crm.database import Row, fetch, transaction
from crm.notifications.actions import notify
from crm.notifications.kinds import Kind

PLANNED = "done_at IS NULL AND cancelled_at IS NULL"


async def call_off(handover_id: int, *, by: int | None, now: datetime) -> None:
    """The colleague cannot take over. Whoever planned it and whose customers they are are told."""
    async with transaction():
        for plan in await _cancelled("h.id = $2", handover_id, by=by, now=now):
            await _tell_refused(plan, now=now)


async def settle_plans_of_leaver(user_id: int, *, by: int, now: datetime) -> None:
    """Somebody leaves: what was planned to go to them is called off, and those who planned it are told. What was to go from
    them has just gone to whoever takes over; of that only the audit trail tells."""
    async with transaction():
        for plan in await _cancelled("(h.to_user = $2 OR h.from_user = $2)", user_id, by=by, now=now):
            if plan.to_user == user_id:
                await _tell_refused(plan, now=now)


async def _cancelled(which: str, value: int, *, by: int | None, now: datetime) -> list[Row]:
    """The hand-overs h that were still to come and are not any more; `value` is $2 of `which`."""
    plans = await fetch(
        f"UPDATE portfolio_handover h SET cancelled_at = $1 FROM staff f, staff t WHERE {which} AND {PLANNED} "
        "AND f.id = h.from_user AND t.id = h.to_user "
        "RETURNING h.id, h.from_user, h.to_user, h.planned_by, f.name AS from_name, t.name AS to_name",
        now, value,
    )  # fmt: skip
    for plan in plans:
        fields = {"colleague": [plan.to_user, plan.from_user]}
        await audit.record("portfolio.called_off", "user", plan.from_user, by=by, now=now, fields=fields)
    return plans


async def _tell_refused(plan: Row, *, now: datetime) -> None:
    """Those who have left are not told (see `notify`)."""
    for user_id in {plan.planned_by, plan.from_user} - {None}:
        owner = "" if user_id == plan.from_user else f"?owner={plan.from_user}"
        await notify(
            user_id, Kind.HANDOVER_REFUSED, detail={"from": plan.from_name, "to": plan.to_name},
            link=f"/portfolio/hand-over{owner}", now=now, dedupe_key=f"hand-over {plan.id} {user_id}",
        )  # fmt: skip
