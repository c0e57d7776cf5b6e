"""Somebody who was erased writes again: that is their own doing and a new contact. The officer hears of it."""

from __future__ import annotations

from datetime import datetime

from crm.accounts.permissions import Permission
from crm.accounts.queries import staff_who_may
from crm.customers.suppression.entries import erasures_of
from crm.notifications.actions import notify
from crm.notifications.kinds import Kind


async def tell_of_return(customer_id: int, *, email: str = "", phone: str = "", now: datetime) -> None:
    """Tell the officers if whoever has just become a prospect by writing to us was erased before; in the caller's transaction."""
    erasures = await erasures_of(emails=[email] if email else [], phones=[phone] if phone else [])
    if not erasures:
        return
    for officer in await staff_who_may(Permission.PRIVACY_MANAGE):
        await notify(
            officer, Kind.ERASED_WRITES_AGAIN, detail={"number": erasures[-1]}, link=f"/customers/{customer_id}", now=now,
            dedupe_key=f"erased again {customer_id} {officer}",
        )  # fmt: skip
