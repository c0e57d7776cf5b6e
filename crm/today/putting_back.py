"""Not now: a customer leaves somebody's list of whom to contact for some days, and comes back."""

from __future__ import annotations

from datetime import datetime, timedelta

from crm.accounts.audit import record
from crm.database import HIGHEST_ID, Row, execute, fetch_one, fetch_value, transaction
from crm.errors import NotFound
from crm.web.formats import local

LONGEST_DAYS = 90
DAY_BEGINS = 6
"""A customer who was put back for a day is on the list before work begins, by the company's clock."""


def comes_back_at(days: int, now: datetime) -> datetime:
    """The moment (aware, in the company's zone) at which one who is put back for so many days is on the list again."""
    return (local(now) + timedelta(days=days)).replace(hour=DAY_BEGINS, minute=0, second=0, microsecond=0)


async def put_back(customer_id: int, *, days: int, reason: str, by: int, now: datetime) -> int:
    """The customer is not on this user's list for so many days; answers the row's id. A later one replaces an earlier one."""
    until = comes_back_at(days, now)
    async with transaction():
        await execute(
            'UPDATE contact_put_back SET undone_at = $3 WHERE "user" = $1 AND customer = $2 AND undone_at IS NULL',
            by, customer_id, now,
        )  # fmt: skip
        made = await fetch_value(
            'INSERT INTO contact_put_back (customer, "user", at, until, reason) VALUES ($1, $2, $3, $4, $5) RETURNING id',
            customer_id, by, now, until, reason,
        )  # fmt: skip
        fields = {"until": until.isoformat()} | ({"reason": reason} if reason else {})
        await record("customer.put_back", "customer", customer_id, by=by, now=now, fields=fields)
    return int(made)


async def take_up_again(put_back_id: int, *, by: int, now: datetime) -> Row:
    """The customer is on the list again. A second click changes nothing; NotFound for what somebody else has put back."""
    if not 0 < put_back_id <= HIGHEST_ID:
        raise NotFound()
    async with transaction():
        row = await fetch_one(
            "SELECT b.id, b.customer, c.name, b.undone_at FROM contact_put_back b JOIN customer c ON c.id = b.customer "
            'WHERE b.id = $1 AND b."user" = $2 AND c.deleted_at IS NULL AND c.restricted_at IS NULL FOR UPDATE OF b',
            put_back_id, by,
        )  # fmt: skip
        if row is None:
            raise NotFound()
        if row.undone_at is None:
            await execute("UPDATE contact_put_back SET undone_at = $2 WHERE id = $1", put_back_id, now)
            await record("customer.taken_up_again", "customer", row.customer, by=by, now=now)
    return row
