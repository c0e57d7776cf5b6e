"""What waits for those who answer for data protection: requests of data subjects, and erasures that need a second person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from crm.customers.data import full_name_sql
from crm.database import Row, fetch
from crm.today.queries import SHOWN
from crm.web.formats import num
from crm.web.i18n import ngettext

SOON = 7
"""Days before a request is due from which on the day mentions it: the officer is reminded then, too."""

_WAITING = f"""
    SELECT * FROM (
        SELECT 'request'::text AS section, r.id, r.kind, r.status, r.due_on, count(*) OVER () AS in_all,
            count(*) FILTER (WHERE r.due_on < $3) OVER () AS overdue,
            count(*) FILTER (WHERE r.due_on - $3 BETWEEN 0 AND {SOON}) OVER () AS soon,
            coalesce(nullif({full_name_sql("p")}, ''), nullif(r.requester_name, ''), c.name, r.requester_address) AS name
        FROM data_request r LEFT JOIN person p ON p.id = r.person LEFT JOIN customer c ON c.id = r.customer
        WHERE r.settled_at IS NULL AND $2 ORDER BY r.due_on, r.id LIMIT $4
    ) requests UNION ALL SELECT * FROM (
        SELECT 'erasure', e.id, '', e.status, NULL::date, count(*) OVER (), 0, 0, s.name
        FROM erasure e LEFT JOIN staff s ON s.id = e.prepared_by
        WHERE e.status = 'submitted' AND e.prepared_by <> $1 ORDER BY e.submitted_at, e.id LIMIT $4
    ) erasures
"""


@dataclass(frozen=True, slots=True)
class Waiting:
    """The first rows of each list; the name of an erasure is that of whoever prepared it: whom it is about stands on its page alone."""

    requests: list[Row]
    erasures: list[Row]


async def waiting_for(user_id: int, *, is_officer: bool, today: date) -> Waiting:
    """Open requests, for officers, the one that is due first on top; and erasures that this user may approve, since somebody else
    prepared them. One statement."""
    rows = await fetch(_WAITING, user_id, is_officer, today, SHOWN)
    return Waiting([r for r in rows if r.section == "request"], [r for r in rows if r.section == "erasure"])


def waiting_in_words(waiting: Waiting) -> str:
    """How many there are, and how many of them are late or nearly so; empty if nothing waits."""
    parts = []
    if waiting.requests:
        first = waiting.requests[0]
        words = ngettext(
            "One privacy request is open", "%(n)s privacy requests are open", first.in_all
        ) % {"n": num(first.in_all)}  # fmt: skip
        parts.append(words + _how_late(first) + ".")
    if waiting.erasures:
        n = waiting.erasures[0].in_all
        words = ngettext("One erasure waits for your approval.", "%(n)s erasures wait for your approval.", n)
        parts.append(words % {"n": num(n)})
    return " ".join(parts)


def _how_late(first: Row) -> str:
    if first.overdue:
        return ngettext(", one of them is overdue", ", %(n)s of them are overdue", first.overdue) % {
            "n": num(first.overdue)
        }
    if first.soon:
        words = ngettext(", one of them is due within a week", ", %(n)s of them are due within a week", first.soon)
        return words % {"n": num(first.soon)}
    return ""
