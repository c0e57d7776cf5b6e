"""A customer's status is told by events: prospect, customer, former, each change with its cause, kept for good."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from crm.accounts.audit import record, record_each
from crm.customers.figures import lock_figures, rhythm_changed
from crm.customers.tables import CustomerStatus, StatusTrigger, TimelineKind
from crm.customers.timeline import write_entry
from crm.database import copy_rows, draw_ids, execute, fetch, fetch_value, transaction
from crm.errors import NotFound


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a status changed. `reason_code` is one of LOSS_REASONS and `last_touchpoint` a touchpoint's code, both asked
    when a customer is lost; `reason` says it in words."""

    trigger: str = StatusTrigger.HAND
    reason_code: str = ""
    reason: str = ""
    last_touchpoint: str = ""


BY_HAND = Cause()


async def change_status(
    customer_id: int,
    to: CustomerStatus | str,
    *,
    reason: str = "",
    by: int | None,
    now: datetime,
    reason_code: str = "",
    last_touchpoint: str = "",
    trigger: StatusTrigger | str = StatusTrigger.HAND,
) -> bool:
    """Give the customer this status; False if they have it already. Event, history and audit trail in one transaction.
    With a former customer no contact is due any more."""
    async with transaction():
        before = await _held_status(customer_id)
        if before is None:
            raise NotFound()
        to = CustomerStatus(to)
        if before == to:
            return False
        await execute("UPDATE customer SET status = $2, version = version + 1 WHERE id = $1", customer_id, to.value)
        await rhythm_changed(customer_id)
        cause = Cause(StatusTrigger(trigger), reason_code, reason, last_touchpoint)
        await status_changed(customer_id, before, to, cause, by=by, at=now)
        fields = {"status": [before, to.value], **_told(cause)}
        await record("customer.status", "customer", customer_id, by=by, now=now, fields=fields)
        return True


async def _held_status(customer_id: int) -> str | None:
    """The status, which nobody else changes until the transaction ends. The figures are taken first, as by whoever writes orders
    or enquiries; those keep only the customer's key, so that nobody who waits for the figures is waited for."""
    await lock_figures([customer_id])
    status: str | None = await fetch_value(
        "SELECT status FROM customer WHERE id = $1 AND deleted_at IS NULL FOR NO KEY UPDATE", customer_id
    )
    return status


async def conversion_happened(customer_id: int, trigger: StatusTrigger | str, *, at: datetime, by: int | None) -> bool:
    """Something happened that can turn a prospect into a customer: the first order, an account, the newsletter. It does
    if it is the action that the company has chosen in its settings. An order also brings a former customer back.
    True if the status changed."""
    trigger = StatusTrigger(trigger)
    async with transaction():
        chosen = await fetch_value("SELECT conversion_trigger FROM company")
        status = await _held_status(customer_id)
        is_back = status == CustomerStatus.FORMER and trigger is StatusTrigger.FIRST_ORDER
        if chosen != trigger or not (status == CustomerStatus.PROSPECT or is_back):
            return False
        return await change_status(customer_id, CustomerStatus.CUSTOMER, by=by, now=at, trigger=trigger)


_CONVERTED = """
    WITH turning AS (
        SELECT c.id, c.status AS before FROM customer c JOIN company o ON o.conversion_trigger = $2
        WHERE c.id = ANY($1) AND c.deleted_at IS NULL AND (c.status = 'prospect' OR c.status = 'former' AND $2 = 'first_order')
        ORDER BY c.id FOR NO KEY UPDATE OF c
    )
    UPDATE customer c SET status = 'customer', version = version + 1 FROM turning t WHERE c.id = t.id RETURNING c.id, t.before
"""


async def conversions_happened(
    customer_ids: Sequence[int], trigger: StatusTrigger | str, *, at: datetime, by: int | None
) -> None:
    """`conversion_happened` for many at once, each of them named once, in the caller's transaction."""
    if not customer_ids:
        return
    await lock_figures(customer_ids)
    rows = await fetch(_CONVERTED, list(customer_ids), str(trigger))
    if not rows:
        return
    await rhythm_changed(*(row.id for row in rows))
    after, cause = CustomerStatus.CUSTOMER.value, Cause(StatusTrigger(trigger))
    lines = await statuses_changed([(row.id, row.before, after) for row in rows], cause, by=by, at=at)
    await copy_rows(
        "timeline_entry", ("customer", "kind", "at", "ref_id", "title", "body", "by_user", "detail"),
        [
            (customer, TimelineKind.CHANGE.value, at, customer, "", "", by, msgspec.json.encode(detail).decode())
            for customer, detail in lines
        ],
    )  # fmt: skip
    told = [(row.id, {"status": [row.before, after], **_told(cause)}) for row in rows]
    await record_each("customer.status", "customer", told, by=by, now=at)


_WITHOUT_GROUND = """
    SELECT c.id, c.status, s.id AS event, s.before FROM customer c CROSS JOIN LATERAL (
        SELECT id, before, after, trigger FROM status_change WHERE customer = c.id ORDER BY id DESC LIMIT 1) s
    WHERE c.id = ANY($1) AND c.deleted_at IS NULL AND s.after = c.status AND s.trigger = 'first_order'
        AND NOT EXISTS (SELECT FROM customer_order o WHERE o.customer = c.id AND o.status <> 'cancelled')
    ORDER BY c.id FOR NO KEY UPDATE OF c
"""


async def take_back_conversions(customer_ids: Sequence[int], *, by: int | None, now: datetime) -> None:
    """Whom orders made a customer that are gone as if they had never been entered is again what they were, unless somebody has
    changed the status since. The event goes too: nobody was won. The caller holds their figures."""
    rows = await fetch(_WITHOUT_GROUND, list(customer_ids))
    if not rows:
        return
    ids, events = [row.id for row in rows], [row.event for row in rows]
    await execute(
        "UPDATE customer c SET status = x.status, version = version + 1 FROM unnest($1::bigint[], $2::text[]) AS x(id, status) "
        "WHERE c.id = x.id",
        ids, [row.before for row in rows],
    )  # fmt: skip
    await execute(
        "DELETE FROM timeline_entry WHERE customer = ANY($1) AND kind = $2 AND (detail->>'event')::bigint = ANY($3)",
        ids, TimelineKind.CHANGE.value, events,
    )  # fmt: skip
    await execute("DELETE FROM status_change WHERE id = ANY($1)", events)
    await rhythm_changed(*ids)
    told = [(row.id, {"status": [row.status, row.before]}) for row in rows]
    await record_each("customer.status", "customer", told, by=by, now=now)


async def status_changed(
    customer_id: int, before: str, after: str, cause: Cause = BY_HAND, *, by: int | None, at: datetime
) -> None:
    """The event of a status that was written just now, and its line in the history."""
    event_id = await fetch_value(
        "INSERT INTO status_change (customer, before, after, trigger, reason_code, reason, last_touchpoint, at, by_user) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id",
        customer_id, before, str(after), str(cause.trigger), cause.reason_code, cause.reason, cause.last_touchpoint, at, by,
    )  # fmt: skip
    detail = {"field": "status", "before": before, "after": str(after), "event": event_id, **_told(cause)}
    if cause.last_touchpoint:
        detail["touchpoint"] = cause.last_touchpoint
    await write_entry(
        customer_id, TimelineKind.CHANGE, customer_id, at=at, title="", body=cause.reason, by=by, detail=detail
    )


async def statuses_changed(
    changes: Sequence[tuple[int, str, str]], cause: Cause = BY_HAND, *, by: int | None, at: datetime
) -> list[tuple[int, dict[str, Any]]]:
    """The events of many statuses that were written just now (customer, before, after); answers what the line of the history
    says of each (customer, detail), for one who writes it together with others."""
    ids = await draw_ids("status_change", len(changes))
    told = (str(cause.trigger), cause.reason_code, cause.reason, cause.last_touchpoint, at, by)
    await copy_rows(
        "status_change",
        ("id", "customer", "before", "after", "trigger", "reason_code", "reason", "last_touchpoint", "at", "by_user"),
        [(event, *change, *told) for event, change in zip(ids, changes, strict=True)],
    )
    return [
        (customer, {"field": "status", "before": before, "after": after, "event": event, **_told(cause)})
        for event, (customer, before, after) in zip(ids, changes, strict=True)
    ]


async def first_status(customer_id: int, status: str, *, by: int | None, at: datetime) -> None:
    """The event with which a customer's statuses begin; the history tells it by the customer's first day."""
    await execute(
        "INSERT INTO status_change (customer, before, after, trigger, reason_code, reason, last_touchpoint, at, by_user) "
        "VALUES ($1, '', $2, 'created', '', '', '', $3, $4)",
        customer_id, str(status), at, by,
    )  # fmt: skip


def _told(cause: Cause) -> dict[str, str]:
    said = {"trigger": str(cause.trigger), "reason_code": cause.reason_code, "reason": cause.reason}
    return {
        name: value
        for name, value in {**said, "last_touchpoint": cause.last_touchpoint}.items()
        if value and value != StatusTrigger.HAND
    }
