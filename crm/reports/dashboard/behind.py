"""The rows behind a figure, counted by the very parts that the figure is counted from (crm.reports.figures)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crm.database import Arguments, Row, fetch
from crm.interactions.counting import COUNTED
from crm.reports.dashboard.asking import Asked
from crm.reports.figures import arguments_of, with_shared
from crm.reports.score import Score
from crm.web.i18n import language, zone
from crm.web.paging import cursor_of, keys_of

PAGE = 50


@dataclass(frozen=True, slots=True)
class Together:
    """Answers that are counted and never listed one by one; `n` and `score` are None where they are too few to be told."""

    metric: str
    n: int | None
    score: Score | None


@dataclass(frozen=True, slots=True)
class Behind:
    """One page of rows, the newest first, and the cursor of the next; with the first page, what is told of `together` alone."""

    rows: list[Row]
    next: str | None
    together: tuple[Together, ...] = ()


ENQUIRIES = {
    "opened": "k.opened_at >= $1",
    "open": "e.is_open",
    "solved": "e.id IN (SELECT id FROM solved WHERE is_this)",
    "first_contact": "e.id IN (SELECT id FROM solved WHERE is_this AND at_first_contact)",
    "escalated": "e.id IN (SELECT x.ticket FROM escalation x WHERE NOT x.is_back AND x.at >= $1 AND x.at < $7)",
    "kept": "e.id IN (SELECT id FROM decided WHERE is_this AND is_kept{of_level})",
    "missed": "e.id IN (SELECT id FROM decided WHERE is_this AND NOT is_kept{of_level})",
    "caused": "e.id IN (SELECT c.ticket FROM closure c WHERE c.at >= $1 AND c.at < $7 AND c.reopened_at IS NULL{of_cause})",
    "solved_there": "e.solved_at >= $1 AND e.solved_at < $7{of_cause_there}",
}
"""Which enquiries a figure is about, as SQL over enquiry e and ticket k."""


PROSPECTS = {
    "prospects": "", "converted": " AND won_at IS NOT NULL", "lost_prospects": " AND lost_at IS NOT NULL AND won_at IS NULL",
}  # fmt: skip
"""Which prospects of a phase, as SQL over `reached`."""


async def contacts_behind(asked: Asked, filters: dict[str, str], cursor: str, now: datetime) -> Behind:
    """Contacts by channel, direction, touchpoint (code), phase (code), and whether they were marked (`marked`)."""
    arguments = arguments_of(asked.span, now, zone.get())
    where = ["i.at >= $1", "i.at < $7", COUNTED + "/* i.customer */"]
    for name, test in (
        ("channel", "i.channel = {}"),
        ("direction", "i.direction = {}"),
        ("touchpoint", "t.code = {}"),
        ("phase", "coalesce(i.phase, t.phase) = (SELECT id FROM phase WHERE code = {})"),
    ):
        if filters.get(name):
            where.append(test.format(arguments(filters[name])))
    if filters.get("marked"):
        where.append("i.is_moment_of_truth")
    select = f"""
        SELECT i.id, i.at, i.channel, i.direction, i.impression, i.is_moment_of_truth, left(i.text, 300) AS text,
            CASE WHEN c.deleted_at IS NULL THEN i.customer END AS customer, c.name AS customer_name,
            t.code AS touchpoint, t.name_{language.get()} AS touchpoint_name
        FROM interaction i LEFT JOIN customer c ON c.id = i.customer LEFT JOIN touchpoint t ON t.id = i.touchpoint"""
    return await page_of(select, where, "i.at", "i.id", arguments, asked, cursor)


async def enquiries_behind(asked: Asked, filters: dict[str, str], cursor: str, now: datetime) -> Behind:
    """Enquiries by `what` (ENQUIRIES), topic (code, "-": none), kind, level, service level (code) of the promise, cause ("-": none), and
    the department (name) or product (code) that they belong to."""
    arguments = arguments_of(asked.span, now, zone.get())
    values = {"of_level": "", "of_cause": "", "of_cause_there": ""}
    if filters.get("service_level"):
        level = arguments(filters["service_level"])
        values["of_level"] = f" AND service_level = (SELECT id FROM service_level WHERE code = {level})"
    if filters.get("cause"):
        cause = arguments(filters["cause"].replace("-", ""))
        values["of_cause"] = f" AND c.cause = {cause}"
        values["of_cause_there"] = f" AND e.id IN (SELECT id FROM asked WHERE coalesce(cause, '') = {cause})"
    where = [ENQUIRIES[filters["what"]].format(**values)]
    if filters.get("topic") == "-":
        where.append("e.topic IS NULL")
    elif filters.get("topic"):
        where.append(f"e.topic = (SELECT id FROM topic WHERE code = {arguments(filters['topic'])})")
    for sort, place in (("department", "{}"), ("product", "(SELECT id::text FROM product WHERE code = {})")):
        if filters.get(sort):
            where.append(
                f"e.id IN (SELECT id FROM enquired WHERE sort = '{sort}' AND place = {place.format(arguments(filters[sort]))})"
            )
    if filters.get("kind"):
        where.append(f"e.kind = {arguments(filters['kind'])}")
    if filters.get("level"):
        where.append(f"e.required_level = {arguments(int(filters['level']))}")
    select = f"""
        SELECT k.id, k.opened_at AS at, k.subject AS text, k.status, k.kind, e.required_level, k.customer, c.name AS customer_name,
            p.name_{language.get()} AS topic_name
        FROM enquiry e JOIN ticket k ON k.id = e.id JOIN customer c ON c.id = k.customer LEFT JOIN topic p ON p.id = k.topic"""
    return await page_of(select, where, "k.opened_at", "k.id", arguments, asked, cursor)


async def customers_behind(asked: Asked, filters: dict[str, str], cursor: str, now: datetime) -> Behind:
    """New customers by origin ("-" for not asked), those who are overdue, by service level, or prospects of the last twelve months
    by the phase that they had a contact in, and what became of them (PROSPECTS)."""
    arguments = arguments_of(asked.span, now, zone.get())
    if filters["what"] == "overdue":
        where = [
            "c.status <> 'former'", "c.created_at < $7", "c.restricted_at IS NULL", "c.deleted_at IS NULL/* c.id */",
            "f.contact_due_at < $7",
        ]  # fmt: skip
        at = "f.contact_due_at"
    elif filters["what"] in PROSPECTS:
        where = [f"c.id IN (SELECT id FROM reached WHERE {_in_phase(filters, arguments)}{PROSPECTS[filters['what']]})"]
        at = "c.created_at"
    else:
        where = [
            "c.created_at >= $1", "c.created_at < $7", "c.restricted_at IS NULL",
            "(c.deleted_at IS NULL OR c.deleted_at = c.erased_at)/* c.id */",
        ]  # fmt: skip
        at = "c.created_at"
    if filters.get("origin"):
        where.append(f"c.origin_code = {arguments(filters['origin'].replace('-', ''))}")
    if filters.get("service_level"):
        where.append(f"s.code = {arguments(filters['service_level'])}")
    select = f"""
        SELECT c.id, {at} AS at, c.number AS text, c.status, c.origin_code, CASE WHEN c.deleted_at IS NULL THEN c.id END AS customer,
            c.name AS customer_name, s.name_{language.get()} AS level_name
        FROM customer c JOIN service_level s ON s.id = c.service_level LEFT JOIN customer_figures f ON f.customer = c.id"""
    return await page_of(select, where, at, "c.id", arguments, asked, cursor)


def _in_phase(filters: dict[str, str], arguments: Arguments) -> str:
    if not filters.get("phase"):
        return "phase IS NULL"
    return f"phase = (SELECT id FROM phase WHERE code = {arguments(filters['phase'])})"


async def page_of(
    select: str, where: list[str], at: str, key: str, arguments: Arguments, asked: Asked, cursor: str
) -> Behind:
    keys: tuple[Any, ...] | None = keys_of(cursor, datetime, int)
    if keys:
        where = [*where, f"({at}, {key}) < ({arguments(keys[0])}::timestamptz, {arguments(keys[1])}::bigint)"]
    sql = f"{select} WHERE {' AND '.join(where)} ORDER BY {at} DESC, {key} DESC LIMIT {PAGE + 1}"
    rows = await fetch(with_shared(sql, asked.wanted, arguments), *arguments)
    last = rows[PAGE - 1] if len(rows) > PAGE else None
    return Behind(rows[:PAGE], cursor_of(last.at, last.id) if last else None)
