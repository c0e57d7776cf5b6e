"""The reads of the requests desk."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from crm.customers.data import full_name_sql
from crm.database import HIGHEST_ID, Arguments, Row, fetch, fetch_one
from crm.errors import NotFound
from crm.privacy.desk.tables import RequestKind
from crm.web.paging import cursor_of, keys_of

PAGE = 40
VIEWS = ("open", "overdue", "done")

_ROW = f"""
    SELECT r.id, r.kind, r.source, r.status, r.requester_name, r.requester_address, r.text, r.received_at, r.due_on, r.extended_on,
        r.identity, r.settled_at, r.person, r.customer, r.against, r.version,
        coalesce(nullif({full_name_sql("p")}, ''), nullif(r.requester_name, ''), c.name, r.requester_address) AS name,
        c.name AS customer_name
    FROM data_request r LEFT JOIN person p ON p.id = r.person LEFT JOIN customer c ON c.id = r.customer
"""

_WHOLE = f"""
    SELECT r.*, {full_name_sql("p")} AS person_name, c.name AS customer_name, c.kind AS customer_kind, c.number AS customer_number,
        coalesce(nullif({full_name_sql("p")}, ''), nullif(r.requester_name, ''), c.name, r.requester_address) AS name,
        i.name AS identity_by_name, f.name AS filed_by_name, s.name AS settled_by_name,
        coalesce(nullif(r.language, ''), p.language, c.language, 'de') AS spoken,
        coalesce(nullif(r.requester_address, ''), (SELECT e.address FROM email_address e WHERE e.person = r.person
            ORDER BY e.position, e.id LIMIT 1), (SELECT e.address FROM email_address e WHERE r.person IS NULL AND e.customer = r.customer
            ORDER BY e.position, e.id LIMIT 1), '') AS address,
        EXISTS (SELECT FROM email_address e WHERE lower(e.address) = lower(r.requester_address)
            AND (e.person = r.person OR e.customer = r.customer)) AS address_is_known,
        x.id AS restriction_id, x.begun_at AS restricted_at, x.told_at, x.reason AS restriction_reason,
        (SELECT count(*) FROM data_request o WHERE o.id <> r.id AND (o.person = r.person OR o.customer = r.customer)) AS others,
        EXISTS (SELECT FROM customer_score w WHERE w.customer = r.customer) AS has_score,
        (SELECT max(e.id) FROM erasure e WHERE e.request = r.id AND e.status <> 'cancelled') AS erasure_id
    FROM data_request r LEFT JOIN person p ON p.id = r.person LEFT JOIN customer c ON c.id = r.customer
    LEFT JOIN staff i ON i.id = r.identity_by LEFT JOIN staff f ON f.id = r.filed_by LEFT JOIN staff s ON s.id = r.settled_by
    LEFT JOIN restriction x ON x.lifted_at IS NULL AND (x.person = r.person OR x.person IS NULL AND x.customer = r.customer)
    WHERE r.id = $1
"""


@dataclass(frozen=True)
class Requests:
    """A page of requests; `next` is the cursor of the following one. `counts` are those of the views."""

    rows: list[Row]
    next: str | None
    counts: dict[str, int]


async def requests(view: str, today: date, *, kind: str = "", after: str | None = None, limit: int = PAGE) -> Requests:
    """The requests of a view: open ones by their due day, so that overdue ones stand first; settled ones the latest first. Two
    statements."""
    place = Arguments([limit + 1])
    where = ["r.settled_at IS NOT NULL" if view == "done" else "r.settled_at IS NULL"]
    if view == "overdue":
        where.append(f"r.due_on < {place(today)}")
    if kind:
        where.append(f"r.kind = {place(RequestKind(kind).value)}")
    keys = keys_of(after, *((datetime, int) if view == "done" else (date, int)))
    column, order, beyond = ("r.settled_at", "DESC", "<") if view == "done" else ("r.due_on", "ASC", ">")
    if keys:
        where.append(f"({column}, r.id) {beyond} ({place(keys[0])}, {place(keys[1])})")
    rows = await fetch(f"{_ROW} WHERE {' AND '.join(where)} ORDER BY {column} {order}, r.id {order} LIMIT $1", *place)
    shown = rows[:limit]
    last = shown[-1] if len(rows) > limit else None
    following = cursor_of(last.settled_at if view == "done" else last.due_on, last.id) if last else None
    counted = await fetch_one(
        "SELECT count(*) FILTER (WHERE r.settled_at IS NULL) AS open, "
        "count(*) FILTER (WHERE r.settled_at IS NULL AND r.due_on < $1) AS overdue, "
        "count(*) FILTER (WHERE r.settled_at IS NOT NULL) AS done FROM data_request r",
        today,
    )  # fmt: skip
    assert counted is not None
    return Requests(shown, following, dict(counted.items()))


async def request_for(request_id: int) -> Row:
    """One request with whom it is about, their address, and the restriction that holds now. NotFound if it isn't there. Only officers
    reach it: the permission of every route here."""
    row = await fetch_one(_WHOLE, request_id) if 0 < request_id <= HIGHEST_ID else None
    if row is None:
        raise NotFound()
    return row


async def log_of(request_id: int) -> list[Row]:
    """What happened to the request, the latest first."""
    return await fetch(
        "SELECT e.id, e.at, e.event, e.note, e.detail::text AS detail, u.name AS by_name, o.status AS mail_status, o.to_address "
        "FROM data_request_event e LEFT JOIN staff u ON u.id = e.by_user LEFT JOIN outbox_message o ON o.id = e.outbox_id "
        "WHERE e.request = $1 ORDER BY e.id DESC LIMIT 200",
        request_id,
    )  # fmt: skip


OPEN_REQUESTS = "SELECT count(*) FROM data_request WHERE settled_at IS NULL"
"""How many wait for the officers, for the navigation."""
