"""The rows behind praise and criticism."""

from __future__ import annotations

from datetime import datetime

from crm.reports.dashboard.asking import Asked
from crm.reports.dashboard.behind import Behind, page_of
from crm.reports.figures import arguments_of
from crm.web.i18n import language, zone


async def points_behind(asked: Asked, filters: dict[str, str], cursor: str, now: datetime) -> Behind:
    """Points of a kind (`what`) by touchpoint (code, "-": none is known), category and heading."""
    arguments = arguments_of(asked.span, now, zone.get())
    where = [f"s.is_this AND s.kind = {arguments(filters['what'])}"]
    if filters.get("touchpoint") == "-":
        where.append("s.touchpoint IS NULL")
    elif filters.get("touchpoint"):
        where.append(f"t.code = {arguments(filters['touchpoint'])}")
    if filters.get("category"):
        where.append(
            f"s.category = {arguments(filters['category'])} AND s.heading = {arguments(filters.get('heading', ''))}"
        )
    select = f"""
        SELECT f.id, f.at, f.kind, f.category, f.heading, f.text, f.interaction, f.ticket, t.code AS touchpoint,
            t.name_{language.get()} AS touchpoint_name, c.name AS customer_name
        FROM said s JOIN feedback f ON f.id = s.id LEFT JOIN touchpoint t ON t.id = s.touchpoint
        LEFT JOIN interaction i ON i.id = f.interaction LEFT JOIN ticket k ON k.id = f.ticket
        LEFT JOIN customer c ON c.id = coalesce(i.customer, k.customer)"""
    return await page_of(select, where, "f.at", "f.id", arguments, asked, cursor)
