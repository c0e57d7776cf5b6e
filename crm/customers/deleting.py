"""The verbs that delete a customer and bring them back: nothing is lost while it can be restored (RESTORABLE_FOR)."""

from __future__ import annotations

from datetime import datetime, timedelta

from crm.accounts.audit import record, record_many
from crm.customers.tables import TimelineKind
from crm.customers.timeline import write_entry
from crm.database import Row, execute, fetch, fetch_one, fetch_value, transaction
from crm.errors import Invalid, NotFound, RuleBroken
from crm.web.formats import num
from crm.web.i18n import _, ngettext

RESTORABLE_FOR = timedelta(days=30)
REASON_LIMIT = 500
MOST_LISTED = 500

_RESTORABLE = "c.deleted_at IS NOT NULL AND c.deletion_ended_at IS NULL AND c.deleted_at > $1 AND c.merged_into IS NULL"
"""Who was merged into another customer comes back by undoing that, at any time."""


async def delete_customer(customer_id: int, reason: str, *, by: int, now: datetime) -> None:
    """Take a customer out of sight, with the reason, which whoever restores or answers for it needs to know. Everything
    stays as it is and can be restored for a while.

    Raises Invalid without a reason, NotFound for one that is deleted already, RuleBroken while enquiries are open: someone
    waits for an answer to them."""
    reason = reason.strip()
    if not reason:
        raise Invalid({"reason": _("Please say why. Whoever looks for this customer later will need it.")})
    if len(reason) > REASON_LIMIT:
        sentence = _("That is %(n)s characters; at most %(limit)s fit.")
        raise Invalid({"reason": sentence % {"n": len(reason), "limit": REASON_LIMIT}})
    async with transaction():
        row = await fetch_one(
            "SELECT f.open_tickets FROM customer c JOIN customer_figures f ON f.customer = c.id "
            "WHERE c.id = $1 AND c.deleted_at IS NULL FOR UPDATE OF c",
            customer_id,
        )
        if row is None:
            raise NotFound()
        if row.open_tickets:
            raise RuleBroken(ngettext(
                "One enquiry is still open. Please complete it first.",
                "%(num)s enquiries are still open. Please complete them first.", row.open_tickets,
            ) % {"num": num(row.open_tickets)})  # fmt: skip
        await execute(
            "UPDATE customer SET deleted_at = $2, deleted_by = $3, delete_reason = $4, version = version + 1 WHERE id = $1",
            customer_id, now, by, reason,
        )  # fmt: skip
        await record("customer.deleted", "customer", customer_id, by=by, now=now, fields={"reason": reason})


async def restore_customer(customer_id: int, *, by: int, now: datetime) -> None:
    """Bring a deleted customer back as they were. Raises NotFound if there is nothing to restore any more."""
    async with transaction():
        row = await fetch_one(
            f"SELECT c.deleted_at, c.delete_reason FROM customer c WHERE c.id = $2 AND {_RESTORABLE} FOR UPDATE",
            now - RESTORABLE_FOR, customer_id,
        )  # fmt: skip
        if row is None:
            raise NotFound()
        await execute(
            "UPDATE customer SET deleted_at = NULL, deleted_by = NULL, delete_reason = '', version = version + 1 WHERE id = $1",
            customer_id,
        )
        detail = {"field": "deletion", "before": row.deleted_at.isoformat(), "after": ""}
        await write_entry(
            customer_id,
            TimelineKind.CHANGE,
            customer_id,
            at=now,
            title="",
            body=row.delete_reason,
            by=by,
            detail=detail,
        )
        await record("customer.restored", "customer", customer_id, by=by, now=now, fields={"reason": row.delete_reason})


async def end_deletions(*, now: datetime) -> int:
    """After its time a deleted customer can no longer be restored; answers for how many that came true. Safe to run twice.
    What is then erased, and when, is for the retention rules to say."""
    async with transaction():
        rows = await fetch(
            "UPDATE customer SET deletion_ended_at = $1 WHERE deleted_at <= $2 AND deletion_ended_at IS NULL "
            "AND merged_into IS NULL RETURNING id",
            now, now - RESTORABLE_FOR,
        )  # fmt: skip
        ids = [row.id for row in rows]
        await record_many("customer.deletion_ended", "customer", ids, by=None, now=now, fields={"at": now})
        return len(ids)


async def deleted_customers(now: datetime, *, restricted: bool = False) -> list[Row]:
    """The customers that can still be restored, the last deleted first; restricted ones only if asked for (GDPR Art. 18)."""
    return await fetch(
        "SELECT c.id, c.number, c.kind, c.name, c.external_id, c.deleted_at, c.delete_reason, u.name AS deleted_by_name, "
        "c.deleted_at + $3::interval AS restorable_until FROM customer c LEFT JOIN staff u ON u.id = c.deleted_by "
        f"WHERE {_RESTORABLE} AND (c.restricted_at IS NULL OR $2) ORDER BY c.deleted_at DESC, c.id DESC LIMIT {MOST_LISTED}",
        now - RESTORABLE_FOR, restricted, RESTORABLE_FOR,
    )  # fmt: skip


async def is_restorable(customer_id: int, now: datetime, *, restricted: bool = False) -> bool:
    return bool(await fetch_value(
        f"SELECT 1 FROM customer c WHERE c.id = $2 AND {_RESTORABLE} AND (c.restricted_at IS NULL OR $3)",
        now - RESTORABLE_FOR, customer_id, restricted,
    ))  # fmt: skip
