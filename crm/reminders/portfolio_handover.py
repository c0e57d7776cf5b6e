"""Somebody's customers for a colleague, at once or from a day on; and who stands in for somebody with all of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from crm.accounts import audit
from crm.accounts.current import CurrentUser
from crm.accounts.permissions import Permission, roles_with
from crm.customers.lists.portfolio import portfolio_of
from crm.customers.lists.wanted import SHOWN
from crm.database import HIGHEST_ID, Row, execute, fetch, fetch_one, fetch_value, transaction
from crm.errors import Invalid, NotFound, RuleBroken
from crm.reminders.handover import deliver_again, names_of, tell_new_owner
from crm.reminders.handover_settling import PLANNED, call_off
from crm.web.formats import local
from crm.web.i18n import _

MOST_AHEAD_DAYS = 730


@dataclass(frozen=True, slots=True)
class HandoverPreview:
    """What would go: customers with some of their names, and open follow-ups about them. With `deputies` of them the
    colleague stands in by now; that ends, since nobody is the deputy of themselves."""

    customers: int
    reminders: int
    deputies: int
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Person:
    id: int
    name: str


async def person_of(user: CurrentUser, owner_id: int | None) -> Person:
    """Whose customers it is about: one's own, and for those who assign work anybody's; NotFound else."""
    if owner_id not in (None, user.id) and not user.may(Permission.TICKETS_ASSIGN):
        raise NotFound()
    whose = await portfolio_of(user, owner_id=owner_id)
    assert whose.owner_id is not None
    return Person(whose.owner_id, whose.name)


_MINE = f"c.owner = $1 AND {SHOWN}"


async def demand_successor(user_id: int, colleague_id: int | None) -> None:
    """Invalid if the colleague can't take over."""
    await _demand_successor(user_id, colleague_id, "to")


async def handover_preview(user_id: int, colleague_id: int | None) -> HandoverPreview:
    """One statement; restricted customers stay where they are."""
    row = await fetch_one(
        f"SELECT count(*) AS customers, count(*) FILTER (WHERE c.deputy = $2) AS deputies, "
        '(SELECT count(*) FROM reminder r JOIN customer c ON c.id = r.customer WHERE r."user" = $1 AND r.done_at IS NULL '
        f"AND {_MINE}) AS reminders, "
        f'ARRAY(SELECT c.name FROM customer c WHERE {_MINE} ORDER BY c.sort_key COLLATE "C", c.id LIMIT 5) AS names '
        f"FROM customer c WHERE {_MINE}",
        user_id, colleague_id,
    )  # fmt: skip
    assert row is not None
    return HandoverPreview(row.customers, row.reminders, row.deputies, tuple(row.names))


async def successors_of(user_id: int) -> list[tuple[int, str]]:
    """Who could take over or stand in: colleagues who work with customers, those of the same role first."""
    rows = await fetch(
        "SELECT c.id, c.name FROM staff c JOIN staff u ON u.id = $1 WHERE c.id <> $1 AND c.deactivated_at IS NULL "
        "AND c.role = ANY($2) ORDER BY c.role <> u.role, lower(c.name), c.id",
        user_id, roles_with(Permission.CUSTOMERS_EDIT),
    )  # fmt: skip
    return [(row.id, row.name) for row in rows]


async def _demand_successor(user_id: int, colleague_id: int | None, field: str) -> None:
    if colleague_id is None:
        raise Invalid({field: _("Please choose who takes over.")})
    if colleague_id not in dict(await successors_of(user_id)):
        raise Invalid({field: _("This person cannot take over. Please choose somebody from the list.")})


_HANDOVER = """
    SELECT h.*, f.name AS from_name, t.name AS to_name, CASE WHEN h.done_at IS NOT NULL THEN 'done'
        WHEN h.cancelled_at IS NOT NULL THEN 'cancelled' ELSE 'planned' END AS status
    FROM portfolio_handover h JOIN staff f ON f.id = h.from_user JOIN staff t ON t.id = h.to_user
"""


async def plan_handover(user_id: int, colleague_id: int | None, starts_on: date, *, by: int, now: datetime) -> int:
    """Write down that this person's customers and the open follow-ups about them go to the colleague; today or earlier it
    happens at once. Answers its id. Invalid for a colleague who can't, a day too far away; RuleBroken without customers or
    while another one is planned."""
    today = local(now).date()
    async with transaction():
        await _demand_successor(user_id, colleague_id, "to")
        if (starts_on - today).days > MOST_AHEAD_DAYS:
            raise Invalid({"starts_on": _("Please choose a day within the next two years.")})
        await execute("SELECT id FROM staff WHERE id = $1 FOR UPDATE", user_id)  # two clicks at once
        if await fetch_value(
            f"SELECT EXISTS (SELECT FROM portfolio_handover WHERE from_user = $1 AND {PLANNED})", user_id
        ):
            raise RuleBroken(_("A hand-over is planned already. Cancel it first."))
        if not await fetch_value(f"SELECT EXISTS (SELECT FROM customer c WHERE {_MINE})", user_id):
            raise RuleBroken(_("There are no customers to hand over."))
        handover_id = await fetch_value(
            "INSERT INTO portfolio_handover (from_user, to_user, starts_on, planned_by, planned_at, customers, reminders) "
            "VALUES ($1, $2, $3, $4, $5, 0, 0) RETURNING id",
            user_id, colleague_id, max(starts_on, today), by, now,
        )  # fmt: skip
        fields = {"colleague": [user_id, colleague_id], "from": max(starts_on, today).isoformat()}
        await audit.record("portfolio.planned", "user", user_id, by=by, now=now, fields=fields)
        if starts_on <= today:
            await _do(handover_id, now)
    return int(handover_id)


async def run_due_handovers(*, now: datetime) -> None:
    """What has its day today or had it, each in a transaction of its own; safe to run twice."""
    due = await fetch(
        f"SELECT id FROM portfolio_handover WHERE {PLANNED} AND starts_on <= $1 ORDER BY starts_on, id",
        local(now).date(),
    )
    for row in due:
        async with transaction():
            await _do(row.id, now)


async def _do(handover_id: int, now: datetime) -> None:
    """Move customers and follow-ups. If the colleague has left meanwhile, or has another role, nothing moves: it is called off."""
    plan = await fetch_one(f"SELECT * FROM portfolio_handover WHERE id = $1 AND {PLANNED} FOR UPDATE", handover_id)
    if plan is None:
        return
    if plan.to_user not in dict(await successors_of(plan.from_user)):
        await call_off(handover_id, by=None, now=now)
        return
    reminders = await fetch(
        'UPDATE reminder r SET "user" = $2, delivered_at = NULL FROM customer c WHERE c.id = r.customer AND r."user" = $1 '
        f"AND r.done_at IS NULL AND {_MINE} RETURNING r.id, r.due_at",
        plan.from_user, plan.to_user,
    )  # fmt: skip
    owned = await fetch(
        "UPDATE customer c SET owner = $2, deputy = CASE WHEN c.deputy = $2 THEN NULL ELSE c.deputy END, version = version + 1 "
        f"WHERE {_MINE} RETURNING c.id",
        plan.from_user, plan.to_user,
    )  # fmt: skip
    by = plan.planned_by
    await tell_new_owner(owned, await names_of(plan.from_user, plan.to_user), by=by, now=now)
    await audit.record_many(
        "customer.handed_over", "customer", [row.id for row in owned], by=by, now=now,
        fields={"owner_id": [plan.from_user, plan.to_user]},
    )  # fmt: skip
    await execute(
        "UPDATE portfolio_handover SET done_at = $2, customers = $3, reminders = $4 WHERE id = $1",
        handover_id, now, len(owned), len(reminders),
    )  # fmt: skip
    await deliver_again(reminders)


async def cancel_handover(user_id: int, handover_id: int, *, by: int, now: datetime) -> None:
    """A planned hand-over of this person shall not happen. NotFound for another one's; RuleBroken once it has happened."""
    async with transaction():
        plan = None
        if 0 < handover_id <= HIGHEST_ID:
            plan = await fetch_one(
                "SELECT to_user, done_at, cancelled_at FROM portfolio_handover WHERE id = $1 AND from_user = $2 FOR UPDATE",
                handover_id, user_id,
            )  # fmt: skip
        if plan is None:
            raise NotFound()
        if plan.done_at is not None:
            raise RuleBroken(_("This hand-over has taken place already. Hand the customers back instead."))
        if plan.cancelled_at is None:
            await execute("UPDATE portfolio_handover SET cancelled_at = $2 WHERE id = $1", handover_id, now)
            fields = {"colleague": [plan.to_user, user_id]}
            await audit.record("portfolio.cancelled", "user", user_id, by=by, now=now, fields=fields)


async def handovers_of(user_id: int, limit: int = 50) -> list[Row]:
    """The hand-overs of this person's customers, the latest first."""
    return await fetch(_HANDOVER + "WHERE h.from_user = $1 ORDER BY h.id DESC LIMIT $2", user_id, limit)


async def handover(handover_id: int) -> Row:
    """One of them; whoever asks has been let in by `owner_of_handover`."""
    (row,) = await fetch(_HANDOVER + "WHERE h.id = $1", handover_id)
    return row


async def owner_of_handover(handover_id: int) -> int:
    """Whose customers it is about; NotFound if there is none."""
    owner = None
    if 0 < handover_id <= HIGHEST_ID:
        owner = await fetch_value("SELECT from_user FROM portfolio_handover WHERE id = $1", handover_id)
    if owner is None:
        raise NotFound()
    return int(owner)


async def planned_handover(user_id: int) -> Row | None:
    """The hand-over of this person that is still to come."""
    return await fetch_one(
        "SELECT h.id, h.starts_on, s.name AS to_name FROM portfolio_handover h JOIN staff s ON s.id = h.to_user "
        f"WHERE h.from_user = $1 AND h.{PLANNED.replace('AND ', 'AND h.')} ORDER BY h.starts_on LIMIT 1",
        user_id,
    )  # fmt: skip


async def deputies_of(user_id: int) -> list[Row]:
    """Who stands in for how many of this person's customers; nobody last."""
    return await fetch(
        f"SELECT c.deputy AS id, s.name, count(*) AS customers FROM customer c LEFT JOIN staff s ON s.id = c.deputy WHERE {_MINE} "
        "GROUP BY c.deputy, s.name ORDER BY c.deputy IS NULL, count(*) DESC, s.name",
        user_id,
    )  # fmt: skip


async def deputies_changing(user_id: int, deputy_id: int | None, *, field: str = "deputy") -> int:
    """With how many customers somebody else would stand in. Invalid, beside `field`, for a colleague who can't."""
    if deputy_id is not None:
        await _demand_successor(user_id, deputy_id, field)
    return int(
        await fetch_value(
            f"SELECT count(*) FROM customer c WHERE {_MINE} AND c.deputy IS DISTINCT FROM $2", user_id, deputy_id
        )
    )


async def set_deputy_for_all(
    user_id: int, deputy_id: int | None, *, by: int, now: datetime, field: str = "deputy"
) -> int:
    """The colleague (or nobody) stands in for this person with all of their customers; answers how many changed. Invalid, beside
    `field`, for a colleague who can't."""
    async with transaction():
        if deputy_id is not None:
            await _demand_successor(user_id, deputy_id, field)
        before = await fetch(
            f"SELECT c.id, c.deputy FROM customer c WHERE {_MINE} AND c.deputy IS DISTINCT FROM $2 ORDER BY c.id FOR UPDATE",
            user_id, deputy_id,
        )  # fmt: skip
        ids = [row.id for row in before]
        await execute(
            "UPDATE customer SET deputy = $2, version = version + 1 WHERE id = ANY($1::bigint[])", ids, deputy_id
        )
        for old in {row.deputy for row in before}:
            group = [row.id for row in before if row.deputy == old]
            await audit.record_many(
                "customer.changed", "customer", group, by=by, now=now, fields={"deputy_id": [old, deputy_id]}
            )
    return len(ids)
