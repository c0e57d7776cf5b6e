"""The verb that confirms master data: somebody has looked at them."""

from __future__ import annotations

from datetime import datetime

from crm.accounts.audit import record
from crm.database import execute, fetch_one, transaction
from crm.errors import NotFound
from crm.web.formats import local


async def confirm_master_data(customer_id: int, *, by: int, now: datetime) -> None:
    """Somebody has looked at the master data and says that they are right: checked today, by them."""
    today = local(now).date()
    async with transaction():
        before = await fetch_one(
            "SELECT checked_on, checked_by FROM customer WHERE id = $1 AND deleted_at IS NULL FOR UPDATE", customer_id
        )
        if before is None:
            raise NotFound()
        if (before.checked_on, before.checked_by) == (today, by):
            return
        await execute(
            "UPDATE customer SET checked_on = $2, checked_by = $3, version = version + 1 WHERE id = $1",
            customer_id, today, by,
        )  # fmt: skip
        fields = {"checked_on": [before.checked_on, today]}
        await record("customer.checked", "customer", customer_id, by=by, now=now, fields=fields)
