"""What is to be done today, by role."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from crm.customers.data import full_name_sql
from crm.database import Row, fetch, fetch_one
from crm.interactions.calls.listing import WAITING
from crm.interactions.counting import COUNTED, SHUT
from crm.reminders.queries import OPEN_FOR
from crm.tickets.listing import NEXT_DUE, waits_for_staff
from crm.tickets.tables import BUSY_SQL, OPEN_SQL

SHOWN = 8
"""Rows of a section; whoever wants all of them follows its link."""

_TICKET = (
    "SELECT {section}::text AS section, k.id, k.subject, k.priority, k.status, k.customer, c.name AS customer_name, k.required_level, "
    f"u.name AS assignee_name, {NEXT_DUE} AS due_at, count(*) OVER () AS in_all "
    "FROM ticket k JOIN customer c ON c.id = k.customer LEFT JOIN staff u ON u.id = k.assignee "
    "WHERE {where} AND c.deleted_at IS NULL AND c.restricted_at IS NULL ORDER BY {order} LIMIT $2"
)
_SECTIONS = {
    "mine": (f"k.assignee = $1 AND {waits_for_staff('$3')}", f"{NEXT_DUE} NULLS LAST, k.id"),
    "waiting": (f"k.assignee IS NULL AND k.status IN {BUSY_SQL}", f"{NEXT_DUE} NULLS LAST, k.id"),
    "broken": (f"k.status IN {OPEN_SQL} AND {NEXT_DUE} < $3", f"{NEXT_DUE} DESC, k.id"),
}


async def tickets_of_the_day(user_id: int, sections: tuple[str, ...], now: datetime) -> dict[str, list[Row]]:
    """The enquiries of each section that is asked for, in one statement: `mine` are assigned to this user and wait for them,
    `waiting` have nobody, of `broken` the promise is missed (the newest breach first). `in_all` says how many there are."""
    parts = [
        f"({_TICKET.format(section=repr(name), where=where, order=order)})"
        for name, (where, order) in _SECTIONS.items()
        if name in sections
    ]
    found: dict[str, list[Row]] = {name: [] for name in _SECTIONS}
    if parts:
        whole = " UNION ALL ".join(parts)
        rows = await fetch(
            f"{whole} UNION ALL SELECT NULL, 0, '', '', '', 0, '', 0, '', NULL, 0 WHERE ($1::bigint, $3::timestamptz) IS NULL",
            user_id, SHOWN, now,
        )  # fmt: skip
        for row in rows:
            found[row.section].append(row)
    return found


@dataclass(frozen=True)
class Numbers:
    """How much there is, for the sentence at the top. `tickets` wait for the user: `overdue` and `due_today` are parts of
    them; `resting` are the user's other open ones, which wait for the customer or for their time. `reminders` are the user's own that
    are due by midnight, `stood_in` those of absent colleagues. `passed_on` went to others while the user was away, and they have not
    read of it yet."""

    reminders: int = 0
    tickets: int = 0
    overdue: int = 0
    due_today: int = 0
    resting: int = 0
    to_contact: int = 0
    stood_in: int = 0
    alarms: int = 0
    call_backs: int = 0
    passed_on: int = 0


async def my_numbers(user_id: int, now: datetime, end_of_day: datetime) -> Numbers:
    """One statement."""
    row = await fetch_one(
        "SELECT kept.reminders, kept.stood_in, mine.tickets, mine.overdue, mine.due_today, mine.resting, "
        f"({WAITING.format(me='$1', until='$3')}) AS call_backs, "
        "(SELECT count(*) FROM stand_in s WHERE s.absent = $1 AND s.seen_at IS NULL) AS passed_on "
        f"FROM (SELECT count(*) FILTER (WHERE r.\"user\" = $1) AS reminders, count(*) FILTER (WHERE r.\"user\" <> $1) AS stood_in "
        f"FROM reminder r WHERE r.id IN {OPEN_FOR} AND r.due_at <= $3) kept, "
        f"(SELECT count(*) FILTER (WHERE {waits_for_staff('$2')}) AS tickets, "
        f"count(*) FILTER (WHERE {NEXT_DUE} < $2) AS overdue, "
        f"count(*) FILTER (WHERE {NEXT_DUE} BETWEEN $2 AND $3 AND {waits_for_staff('$2')}) AS due_today, "
        f"count(*) FILTER (WHERE NOT {waits_for_staff('$2')}) AS resting FROM ticket k "
        "JOIN customer c ON c.id = k.customer AND c.deleted_at IS NULL AND c.restricted_at IS NULL "
        f"WHERE k.assignee = $1 AND k.status IN {OPEN_SQL}) mine",
        user_id, now, end_of_day,
    )  # fmt: skip
    assert row is not None
    return Numbers(
        reminders=row.reminders, stood_in=row.stood_in, tickets=row.tickets, overdue=row.overdue, due_today=row.due_today,
        resting=row.resting, call_backs=row.call_backs, passed_on=row.passed_on,
    )  # fmt: skip


@dataclass(frozen=True)
class Month:
    """The month at a glance, for managers: so far, beside the same stretch of the month before."""

    contacts: int
    contacts_before: int
    satisfaction: float | None
    answers: int
    tickets: int


async def month_at_a_glance(start: datetime, before: datetime, now: datetime) -> Month:
    """Contacts, the customers' own satisfaction (CSAT 1-5) and enquiries since the month began at `start`; the one before
    began at `before`. Restricted and deleted customers are left out (GDPR Art. 18). One statement."""
    row = await fetch_one(
        f"WITH {SHUT}, "
        "contact AS (SELECT i.at >= $1 AS is_this FROM interaction i WHERE (i.at >= $1 AND i.at < $2 "
        f"OR i.at >= $3 AND i.at < $3 + ($2 - $1)) AND {COUNTED}), "
        "answer AS (SELECT score FROM survey_answer WHERE metric = 'csat' AND at >= $1 AND at < $2 "
        "AND (customer IS NULL OR customer NOT IN (SELECT id FROM shut_customer))) "
        "SELECT (SELECT count(*) FROM contact WHERE is_this) AS contacts, "
        "(SELECT count(*) FROM contact WHERE NOT is_this) AS contacts_before, "
        "(SELECT avg(score)::float8 FROM answer) AS satisfaction, (SELECT count(*) FROM answer) AS answers, "
        "(SELECT count(*) FROM ticket WHERE opened_at >= $1 AND opened_at < $2 "
        "AND merged_into IS NULL AND customer NOT IN (SELECT id FROM shut_customer)) AS tickets",
        start, now, before,
    )  # fmt: skip
    assert row is not None
    return Month(row.contacts, row.contacts_before, row.satisfaction, row.answers, row.tickets)


async def latest_withdrawals() -> list[Row]:
    """For the data protection officer: withdrawals and objections, the newest first."""
    return await fetch(
        "SELECT e.id, e.at, e.event, e.purpose, e.channel, e.person_id, "
        f"{full_name_sql('p')} AS person_name, u.name_de, u.name_en "
        "FROM consent_event e LEFT JOIN person p ON p.id = e.person_id LEFT JOIN purpose u ON u.code = e.purpose "
        "WHERE e.event IN ('withdrawn', 'objected') ORDER BY e.id DESC LIMIT $1",
        SHOWN,
    )


@dataclass(frozen=True)
class Machine:
    """What an administrator looks after."""

    failed_mails: int
    queued_mails: int
    has_smtp: bool
    users: int


async def state_of_the_machine() -> Machine:
    """One statement."""
    row = await fetch_one(
        "SELECT (SELECT count(*) FROM outbox_message WHERE status = 'failed') AS failed, "
        "(SELECT count(*) FROM outbox_message WHERE status IN ('queued', 'sending')) AS queued, "
        "(SELECT smtp_host <> '' FROM company) AS has_smtp, (SELECT count(*) FROM staff WHERE deactivated_at IS NULL) AS users"
    )
    assert row is not None
    return Machine(row.failed, row.queued, bool(row.has_smtp), row.users)
