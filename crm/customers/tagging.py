"""Tags: the words that staff put on customers. A word is one tag, in whatever spelling it is typed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from crm.accounts.audit import record_many
from crm.customers.lists.found_by import refresh_search_texts
from crm.database import Row, execute, fetch, transaction
from crm.text import fold


async def set_tags(customer_id: int, names: Iterable[str], *, by: int | None, now: datetime) -> None:
    """These and no others are the customer's tags; new words become tags. Who calls it records the change."""
    ids = list((await tag_ids(names, by, now)).values())
    await execute("DELETE FROM customer_tag WHERE customer = $1 AND tag <> ALL($2::bigint[])", customer_id, ids)
    await _put([customer_id], ids)


async def tag_customers(
    customer_ids: Sequence[int], *, add: Sequence[str] = (), remove: Sequence[str] = (), by: int | None, now: datetime
) -> None:
    """Put tags on many customers and take others off, each change in the audit trail of the customers it is about."""
    async with transaction():
        await _put(customer_ids, list((await tag_ids(add, by, now)).values()))
        await execute(
            "DELETE FROM customer_tag t USING tag g WHERE t.tag = g.id AND t.customer = ANY($1) AND g.key = ANY($2)",
            list(customer_ids), [fold(name) for name in remove],
        )  # fmt: skip
        await execute("UPDATE customer SET version = version + 1 WHERE id = ANY($1)", list(customer_ids))
        await refresh_search_texts(customer_ids)
        fields = {"tags": [", ".join(remove), ", ".join(add)]}
        await record_many("customer.tagged", "customer", customer_ids, by=by, now=now, fields=fields)


async def known_tags() -> list[Row]:
    """All tags that somebody has, in the order of their names."""
    # OFFSET 0: one look into an index for each of some tags, not a join with all customers
    return await fetch(
        "SELECT g.id, g.name, g.key FROM tag g WHERE EXISTS (SELECT FROM customer_tag t JOIN customer c ON c.id = t.customer "
        "AND c.deleted_at IS NULL AND c.restricted_at IS NULL WHERE t.tag = g.id OFFSET 0) ORDER BY g.key"
    )


async def tag_ids(names: Iterable[str], by: int | None, now: datetime) -> dict[str, int]:
    """The ids of these tags by their keys (folded names); new words become tags."""
    wanted = {fold(name): name for name in names if fold(name)}
    if not wanted:
        return {}
    await execute(
        "INSERT INTO tag (name, key, created_at, created_by) SELECT x.name, x.key, $3, $4 "
        "FROM unnest($1::text[], $2::text[]) AS x(name, key) ON CONFLICT (key) DO NOTHING",
        list(wanted.values()), list(wanted), now, by,
    )  # fmt: skip
    rows = await fetch("SELECT id, key FROM tag WHERE key = ANY($1) ORDER BY id", list(wanted))
    return {row.key: row.id for row in rows}


async def _put(customer_ids: Sequence[int], tag_ids: Sequence[int]) -> None:
    if tag_ids:
        await execute(
            "INSERT INTO customer_tag (customer, tag) SELECT c, t FROM unnest($1::bigint[]) c, unnest($2::bigint[]) t "
            "ON CONFLICT (customer, tag) DO NOTHING",
            list(customer_ids), list(tag_ids),
        )  # fmt: skip
