"""Who waits for a call today: missed calls and wishes to be called back, some tried already, some done."""

from __future__ import annotations

from datetime import timedelta

from crm.database import execute, fetch
from crm.demo.world import World

CALLS = (
    # kind, known, (working days ago, hour, minute), hours from then until due, tries, name, about
    ("missed", True, (1, 16, 40), 0, 0, "", ""),
    ("wanted", True, (1, 15, 5), 20, 0, "", "Hat den Aufmaßtermin verpasst und möchte einen neuen."),
    ("wanted", True, (1, 10, 20), 4, 2, "", "Fragt, ob die Arbeitsplatte auch in Eiche lieferbar ist."),
    ("wanted", False, (1, 14, 15), 2, 0, "Herr Tannhäuser", "Hat uns auf der Messe gesehen, sucht eine Küche für die Ferienwohnung."),
    ("missed", False, (1, 17, 10), 0, 0, "", ""),
    ("missed", True, (2, 9, 30), 0, 1, "", ""),
)  # fmt: skip
"""The last one is done."""
UNKNOWN = ("+4930231255081", "+4930231255082")
"""Numbers that nobody has: those of the Bundesnetzagentur for films and books (030 23125 000 to 999)."""


async def write_call_backs(world: World) -> None:
    """The calls of the last two days, of customers of those who sell and of people whom nobody knows."""
    by = world.staff.ids["lead"]
    known = await fetch(
        "SELECT DISTINCT ON (c.id) c.id, c.owner, n.number, a.person FROM customer c JOIN affiliation a ON a.customer = c.id "
        "JOIN phone_number n ON n.person = a.person OR n.customer = c.id WHERE c.owner = ANY($1) AND c.status = 'customer' "
        "AND (SELECT count(DISTINCT m.id) FROM phone_number m WHERE m.number = n.number) = 1 AND c.id <= "
        "(SELECT min(id) + 200 FROM customer) ORDER BY c.id, n.position, a.id LIMIT $2",
        list(world.staff.sales), sum(1 for call in CALLS if call[1]),
    )  # fmt: skip
    of_known, of_unknown = iter(known), iter(UNKNOWN)
    for place, (kind, is_known, (days_ago, hour, minute), due, tries, name, about) in enumerate(CALLS):
        one = next(of_known, None) if is_known else None
        if is_known and one is None:
            continue
        at = world.days.at(world.days.working_day(-days_ago), hour, minute)
        due_at = at + timedelta(hours=due)
        is_done = place == len(CALLS) - 1
        await execute(
            'INSERT INTO call_back (kind, number, name, customer, person, "user", about, at, from_at, due_at, tries, tried_at, '
            "created_at, created_by, done_at, done_by, outcome, result) "
            "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $8, $13, $14, $15, $16, $17)",
            kind, one.number if one else next(of_unknown), name, one.id if one else None, one.person if one else None,
            one.owner if one else None, about, at, due_at if due > 4 else None, due_at, tries,
            at + timedelta(hours=3) if tries else None, by, at + timedelta(hours=5) if is_done else None,
            one.owner if is_done and one else None, "called" if is_done else "", "Termin bestätigt." if is_done else "",
        )  # fmt: skip
