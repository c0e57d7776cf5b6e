"""Changes to many customers at once: what one would do, doing it, and taking it back.

Up to 500 customers change in the transaction that asks for it; more are for a worker, some hundred at a time, and can be
watched. Restricted and deleted customers are never among them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from crm.accounts import audit
from crm.accounts.current import CurrentUser
from crm.accounts.permissions import Permission
from crm.customers.lists.finding import customer_ids
from crm.customers.lists.tables import BulkKind, BulkStatus
from crm.customers.lists.wanted import SHOWN, Wanted
from crm.database import HIGHEST_ID, Row, execute, fetch, fetch_one, fetch_value, transaction
from crm.errors import Invalid, NotFound, RuleBroken
from crm.queue import enqueue
from crm.records.bulk_applying import apply, take_back
from crm.text import fold, readable_query
from crm.tickets.locking import take_routing_lock
from crm.web.forms import Fields
from crm.web.i18n import _

AT_ONCE = 500
CHUNK = 250
MOST = 200_000
SHOWN_NAMES = 5


@dataclass(frozen=True, slots=True)
class Change:
    """What shall be so: `value` is the id of an owner (0 for nobody), the name of a tag, or the code of a service level."""

    kind: BulkKind
    value: str

    @classmethod
    async def parse(cls, fields: Fields) -> Change:
        """From a form or an API body; Invalid for an owner who isn't there, a service level that doesn't exist, no word."""
        kind = fields.choice("change", BulkKind)
        value = fields.text("value", required=True, limit=60)
        if kind is BulkKind.OWNER and value and value not in ("0", "none"):
            is_id = value.isascii() and value.isdecimal() and int(value) <= HIGHEST_ID
            known = "SELECT EXISTS (SELECT FROM staff WHERE id = $1 AND deactivated_at IS NULL)"
            if not is_id or not await fetch_value(known, int(value)):
                fields.error("value", _("There is no such member of staff."))
        elif kind is BulkKind.SERVICE_LEVEL and value:
            if not await fetch_value(
                "SELECT EXISTS (SELECT FROM service_level WHERE code = $1 AND retired_at IS NULL)", value
            ):
                fields.error("value", _("There is no service level with this code."))
        elif kind in (BulkKind.TAG_ADD, BulkKind.TAG_REMOVE) and value and not fold(value):
            fields.error("value", _("A tag needs a letter or a digit."))
        fields.check()
        return cls(kind, "0" if value == "none" and kind is BulkKind.OWNER else value)


@dataclass(frozen=True, slots=True)
class Preview:
    """What a change would do: to how many of those chosen, how many have it already, how many are left out because they are
    deleted, restricted or were never there. `deputies` lose somebody who stands in and becomes the owner."""

    total: int
    changing: int
    unchanged: int
    left_out: int
    deputies: int
    tickets: int
    names: tuple[str, ...]


# A customer c who has it already; $2 is the value.
_HAS = {
    BulkKind.OWNER: "coalesce(c.owner, 0) = $2::text::bigint",
    BulkKind.SERVICE_LEVEL: "c.service_level = (SELECT id FROM service_level WHERE code = $2::text)",
    BulkKind.TAG_ADD: "EXISTS (SELECT FROM customer_tag g JOIN tag t ON t.id = g.tag WHERE g.customer = c.id AND t.key = $2::text)",
    BulkKind.TAG_REMOVE: "NOT EXISTS (SELECT FROM customer_tag g JOIN tag t ON t.id = g.tag WHERE g.customer = c.id AND t.key = $2::text)",
}


def _compared(change: Change) -> str:
    """The value as the statements compare it: tags by their folded word."""
    return fold(change.value) if change.kind in (BulkKind.TAG_ADD, BulkKind.TAG_REMOVE) else change.value


async def chosen_ids(wanted: Wanted) -> list[int]:
    """Whom the change is about: the ticked ones, or everybody whom the filters find."""
    if wanted.among is not None:
        return sorted(set(wanted.among))
    ids = await customer_ids(wanted, limit=MOST + 1)
    if len(ids) > MOST:
        raise RuleBroken(_("These are more than %(n)s customers. Please narrow the filters.") % {"n": MOST})
    return ids


async def preview(change: Change, ids: Sequence[int]) -> Preview:
    """What would happen now. One statement."""
    row = await fetch_one(
        f"WITH asked AS (SELECT c.id, c.name, c.sort_key, c.deputy, ({_HAS[change.kind]}) AS has FROM customer c "
        f"WHERE c.id = ANY($1::bigint[]) AND {SHOWN}) "
        "SELECT count(*) AS there, count(*) FILTER (WHERE has) AS unchanged, "
        "count(*) FILTER (WHERE NOT has AND $3 AND deputy::text = $2::text) AS deputies, "
        "(SELECT coalesce(sum(f.open_tickets), 0) FROM customer_figures f JOIN asked a ON a.id = f.customer AND NOT a.has) AS tickets, "
        "ARRAY(SELECT name FROM asked WHERE NOT has ORDER BY sort_key COLLATE \"C\", id LIMIT $4) AS names FROM asked",
        list(ids), _compared(change), change.kind is BulkKind.OWNER, SHOWN_NAMES,
    )  # fmt: skip
    assert row is not None
    return Preview(
        len(ids), row.there - row.unchanged, row.unchanged, len(ids) - row.there, row.deputies, int(row.tickets),
        tuple(row.names),
    )  # fmt: skip


async def start_bulk_change(change: Change, ids: Sequence[int], query: str, *, by: int, now: datetime) -> int:
    """Write down whom the change is about and do it, or leave it to a worker if they are many; answers its id. `query` is
    kept for the record. Raises RuleBroken if nobody would change."""
    async with transaction():
        bulk_id = await fetch_value(
            "INSERT INTO bulk_change (kind, value, query, by_user, at, status, total, unchanged, left_out, changed, undone, kept) "
            "VALUES ($1, $2, $3, $4, $5, 'waiting', $6, 0, 0, 0, 0, 0) RETURNING id",
            change.kind.value, change.value, readable_query(query)[:4000], by, now, len(ids),
        )  # fmt: skip
        items = await fetch(
            "INSERT INTO bulk_item (bulk, customer, state, was_deputy) SELECT $3, c.id, 'waiting', false FROM customer c "
            f"WHERE c.id = ANY($1::bigint[]) AND {SHOWN} AND NOT ({_HAS[change.kind]}) RETURNING id",
            list(ids), _compared(change), bulk_id,
        )  # fmt: skip
        there = await fetch_value(
            f"SELECT count(*) FROM customer c WHERE c.id = ANY($1::bigint[]) AND {SHOWN}", list(ids)
        )
        if not items:
            raise RuleBroken(_("Nothing to do: all of them are so already."))
        await execute(
            "UPDATE bulk_change SET unchanged = $2, left_out = $3 WHERE id = $1",
            bulk_id,
            there - len(items),
            len(ids) - there,
        )
        fields = {"kind": change.kind.value, "value": change.value, "customers": len(items)}
        await audit.record("bulk.started", "bulk_change", bulk_id, by=by, now=now, fields=fields)
        if len(items) <= AT_ONCE:
            await run_bulk_change(bulk_id, now=now)
        else:
            await enqueue("run_bulk_change", bulk_id)
    return int(bulk_id)


async def undo_bulk_change(bulk_id: int, *, by: int, now: datetime) -> None:
    """Put back what was before, for everybody whom nobody has changed since. RuleBroken if it isn't done or already undone."""
    async with transaction():
        row = await fetch_one(
            "UPDATE bulk_change SET status = 'undoing', undone_at = $2, undone_by = $3 WHERE id = $1 AND status = 'done' "
            "RETURNING changed",
            bulk_id, now, by,
        )  # fmt: skip
        if row is None:
            raise RuleBroken(_("Only a change that is done can be undone, and only once."))
        await audit.record("bulk.undone", "bulk_change", bulk_id, by=by, now=now, fields={"customers": row.changed})
        if row.changed <= AT_ONCE:
            await run_bulk_change(bulk_id, now=now)
        else:
            await enqueue("run_bulk_change", bulk_id)


async def run_bulk_change(bulk_id: int, *, now: datetime) -> None:
    """Go on with a change, or with undoing it, until nobody is left; a worker that dies in between loses nothing, and two at
    once don't do anything twice."""
    while await _next_chunk(bulk_id, now):
        pass


async def _next_chunk(bulk_id: int, now: datetime) -> bool:
    """Some customers more, in a transaction of their own; False when none is left."""
    async with transaction():
        await take_routing_lock()  # before the rows, as everybody does who changes service levels
        bulk = await fetch_one("SELECT * FROM bulk_change WHERE id = $1 FOR UPDATE", bulk_id)
        if bulk is None or bulk.status not in (BulkStatus.WAITING, BulkStatus.UNDOING):
            return False
        undoing = bulk.status == BulkStatus.UNDOING
        items = await fetch(
            "SELECT id, customer, before, was_deputy FROM bulk_item WHERE bulk = $1 AND state = $2 ORDER BY id LIMIT $3",
            bulk_id, "changed" if undoing else "waiting", CHUNK,
        )  # fmt: skip
        if not items:
            end = "status = 'undone'" if undoing else "status = 'done', finished_at = $2"
            await execute(f"UPDATE bulk_change SET {end} WHERE id = $1 AND $2::timestamptz IS NOT NULL", bulk_id, now)
            return False
        if undoing:
            await take_back(bulk, items, now=now)
        else:
            await apply(bulk, items, now=now)
    return True


async def sweep_bulk_changes(*, now: datetime) -> None:
    """Go on with what the queue lost."""
    rows = await fetch("SELECT id FROM bulk_change WHERE status IN ('waiting', 'undoing') AND at < $1 ORDER BY id", now)
    for row in rows:
        await run_bulk_change(row.id, now=now)


_BULK = """
    SELECT b.*, u.name AS by_name, v.name AS undone_by_name, o.name AS owner_name, s.name_de, s.name_en,
        (SELECT count(*) FROM bulk_item i WHERE i.bulk = b.id AND b.status = 'waiting' AND i.state = 'waiting'
            OR i.bulk = b.id AND b.status = 'undoing' AND i.state = 'changed') AS remaining
    FROM bulk_change b JOIN staff u ON u.id = b.by_user LEFT JOIN staff v ON v.id = b.undone_by
    LEFT JOIN staff o ON b.kind = 'owner' AND o.id::text = b.value
    LEFT JOIN service_level s ON b.kind = 'service_level' AND s.code = b.value
"""


async def bulk_for(user: CurrentUser, bulk_id: int) -> Row:
    """A change that this user has made, for leads and administrators anybody's; NotFound else."""
    row = await fetch_one(_BULK + "WHERE b.id = $1", bulk_id) if 0 < bulk_id <= HIGHEST_ID else None
    if row is None or not (row.by_user == user.id or user.may(Permission.TICKETS_ASSIGN)):
        raise NotFound()
    return row


async def bulk_changes(user: CurrentUser, *, before: int | None = None, limit: int = 50) -> list[Row]:
    """The latest changes that this user may see, and one more than `limit` if there are further ones."""
    mine = None if user.may(Permission.TICKETS_ASSIGN) else user.id
    return await fetch(
        _BULK + "WHERE ($1::bigint IS NULL OR b.by_user = $1) AND ($2::bigint IS NULL OR b.id < $2) ORDER BY b.id DESC LIMIT $3",
        mine, before, limit + 1,
    )  # fmt: skip


def demand_choice(ids: Sequence[int]) -> None:
    if not ids:
        raise Invalid({"": _("Nobody is chosen. Tick customers in the list first.")})
