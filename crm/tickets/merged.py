"""Reading through a merge: what was merged stays where it is, and is read where it goes on."""

from __future__ import annotations

from crm.database import HIGHEST_ID, fetch_value

FAMILY = """(WITH RECURSIVE family(id) AS (SELECT k.id UNION
        SELECT g.id FROM family f JOIN ticket g ON g.merged_into = f.id AND g.customer = k.customer) SELECT id FROM family)"""
"""The ids of a ticket `k` and of all that were merged into it, as SQL. Of one customer: where a merge of customers was taken
back, each sees its own again."""


def survivor_sql(ticket: str) -> str:
    """The ticket in which this one goes on, or itself, as SQL; `ticket` is a parameter or a column."""
    return (
        "(WITH RECURSIVE up(id, customer, n) AS (SELECT x.id, x.customer, 0 FROM ticket x WHERE x.id = "
        f"{ticket} UNION ALL SELECT y.id, y.customer, up.n + 1 FROM up JOIN ticket x ON x.id = up.id "
        "JOIN ticket y ON y.id = x.merged_into AND y.customer = up.customer) SELECT id FROM up ORDER BY n DESC LIMIT 1)"
    )


async def survivor_of(ticket_id: int) -> int:
    """The id of the ticket in which this one goes on; its own where it was not merged, or is not there."""
    if not 0 < ticket_id <= HIGHEST_ID:
        return ticket_id
    found = await fetch_value(f"SELECT {survivor_sql('$1')}", ticket_id)
    return int(found) if found is not None else ticket_id
