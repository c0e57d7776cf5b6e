"""The rows behind figures of sales: quotations, and changes of customers' status."""

from __future__ import annotations

from datetime import datetime

from crm.reports.dashboard.asking import Asked
from crm.reports.dashboard.behind import Behind, page_of
from crm.reports.figures import arguments_of
from crm.web.i18n import zone

QUOTATIONS = {
    "requested": ("q.requested_at", "q.requested_at >= $1"),
    "sent": ("q.sent_at", "q.sent_at >= $1 AND q.sent_at < $7"),
    "accepted": ("q.decided_at", "q.status = 'accepted' AND q.decided_at >= $1 AND q.decided_at < $7"),
    "declined": ("q.decided_at", "q.status = 'declined' AND q.decided_at >= $1 AND q.decided_at < $7"),
    "waiting": (
        "q.requested_at",
        "coalesce(q.sent_at, 'infinity') >= $7 AND coalesce(q.decided_at, 'infinity') >= $7",
    ),
    "undecided": ("q.sent_at", "q.sent_at < $7 AND coalesce(q.decided_at, 'infinity') >= $7"),
}
"""By what they are ordered, and which count, as SQL over `quoted`."""

CHANGES = {
    "won": "s.before = 'prospect' AND s.after = 'customer'",
    "lost": "s.after = 'former' AND s.before <> ''",
}


async def quotations_behind(asked: Asked, filters: dict[str, str], cursor: str, now: datetime) -> Behind:
    """Quotations by `what` (QUOTATIONS); declined ones by reason (code, "-": none was given)."""
    arguments = arguments_of(asked.span, now, zone.get())
    at, which = QUOTATIONS[filters["what"]]
    where = [which]
    if filters.get("reason"):
        where.append(f"q.decline_reason = {arguments(filters['reason'].replace('-', ''))}")
    select = f"""
        SELECT q.id, {at} AS at, coalesce(nullif(q.subject, ''), q.number, '') AS text, q.status, q.customer, c.name AS customer_name
        FROM quoted q JOIN customer c ON c.id = q.customer"""
    return await page_of(select, where, at, "q.id", arguments, asked, cursor)


async def changes_behind(asked: Asked, filters: dict[str, str], cursor: str, now: datetime) -> Behind:
    """Prospects who became customers (`won`), or `lost` ones by reason ("-": none) and by the touchpoint where they were last seen."""
    arguments = arguments_of(asked.span, now, zone.get())
    where = [
        CHANGES[filters["what"]],
        "s.at >= $1 AND s.at < $7 AND s.customer NOT IN (SELECT id FROM shut_customer)/* s.customer */",
    ]
    if filters.get("reason"):
        where.append(f"s.reason_code = {arguments(filters['reason'].replace('-', ''))}")
    if filters.get("touchpoint"):
        where.append(f"s.last_touchpoint = {arguments(filters['touchpoint'])}")
    select = """
        SELECT s.id, s.at, s.reason AS text, s.reason_code, CASE WHEN c.deleted_at IS NULL THEN c.id END AS customer,
            c.name AS customer_name, s.before, s.after
        FROM status_change s JOIN customer c ON c.id = s.customer"""
    return await page_of(select, where, "s.at", "s.id", arguments, asked, cursor)
