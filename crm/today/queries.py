"""What is to be done today, by role."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from crm.customers.data import full_name_sql
from crm.database import Row, fetch, fetch_one
from crm.tickets.listing import NEXT_DUE, waits_for_staff
from crm.tickets.tables import BUSY_SQL, OPEN_SQL

SHOWN = 12


async def my_tickets(user_id: int, now: datetime) -> list[Row]:
    """Enquiries assigned to this user that wait for them, the earliest due first."""
    return await fetch(
        "SELECT k.id, k.subject, k.priority, k.status, k.customer, c.name AS customer_name, k.required_level, "
        f"{NEXT_DUE} AS due_at "
        f"FROM ticket k JOIN customer c ON c.id = k.customer WHERE k.assignee = $1 AND {waits_for_staff('$3')} "
        "AND c.deleted_at IS NULL AND c.restricted_at IS NULL "
        "ORDER BY due_at NULLS LAST, k.id LIMIT $2",
        user_id, SHOWN, now,
    )  # fmt: skip


async def customers_to_contact(user_id: int, now: datetime) -> list[Row]:
    """This user's customers whose contact rhythm has run out, the longest overdue first."""
    return await fetch(
        "SELECT c.id, c.name, c.number, f.contact_due_at, f.last_contact_at FROM customer_figures f "
        "JOIN customer c ON c.id = f.customer WHERE c.owner = $1 AND f.contact_due_at <= $2 AND c.deleted_at IS NULL "
        "AND c.restricted_at IS NULL ORDER BY f.contact_due_at, c.id LIMIT $3",
        user_id, now, SHOWN,
    )  # fmt: skip


@dataclass(frozen=True)
class Numbers:
    """How much there is, for the sentence at the top. `tickets` wait for the user: `overdue` and `due_today` are parts of
    them; `resting` are the user's other open ones, which wait for the customer or for their time."""

    reminders: int
    tickets: int
    overdue: int
    due_today: int
    resting: int
    to_contact: int


async def my_numbers(user_id: int, now: datetime, end_of_day: datetime) -> Numbers:
    """One statement."""
    row = await fetch_one(
        'SELECT (SELECT count(*) FROM reminder WHERE "user" = $1 AND done_at IS NULL AND due_at <= $3) AS reminders, '
        "mine.tickets, mine.overdue, mine.due_today, mine.resting, "
        "(SELECT count(*) FROM customer c JOIN customer_figures f ON f.customer = c.id WHERE c.owner = $1 "
        " AND f.contact_due_at <= $2 AND c.deleted_at IS NULL AND c.restricted_at IS NULL) AS to_contact "
        f"FROM (SELECT count(*) FILTER (WHERE {waits_for_staff('$2')}) AS tickets, "
        f"count(*) FILTER (WHERE {NEXT_DUE} < $2) AS overdue, "
        f"count(*) FILTER (WHERE {NEXT_DUE} BETWEEN $2 AND $3 AND {waits_for_staff('$2')}) AS due_today, "
        f"count(*) FILTER (WHERE NOT {waits_for_staff('$2')}) AS resting FROM ticket k "
        "JOIN customer c ON c.id = k.customer AND c.deleted_at IS NULL AND c.restricted_at IS NULL "
        f"WHERE k.assignee = $1 AND k.status IN {OPEN_SQL}) mine",
        user_id, now, end_of_day,
    )  # fmt: skip
    assert row is not None
    return Numbers(row.reminders, row.tickets, row.overdue, row.due_today, row.resting, row.to_contact)


async def waiting_tickets() -> list[Row]:
    """For leads: open enquiries that nobody has, the earliest due first."""
    return await fetch(
        f"SELECT k.id, k.subject, k.required_level, {NEXT_DUE} AS due_at, c.name AS customer_name, count(*) OVER () AS in_all "
        f"FROM ticket k JOIN customer c ON c.id = k.customer WHERE k.assignee IS NULL AND k.status IN {BUSY_SQL} "
        "AND c.deleted_at IS NULL AND c.restricted_at IS NULL "
        "ORDER BY due_at NULLS LAST, k.id LIMIT $1",
        SHOWN,
    )


async def broken_promises(now: datetime) -> list[Row]:
    """For leads: open enquiries whose promise is broken, the newest breach first."""
    return await fetch(
        "SELECT k.id, k.subject, k.required_level, u.name AS assignee_name, c.name AS customer_name, "
        f"{NEXT_DUE} AS due_at, count(*) OVER () AS in_all "
        "FROM ticket k JOIN customer c ON c.id = k.customer LEFT JOIN staff u ON u.id = k.assignee "
        f"WHERE k.status IN {OPEN_SQL} AND c.deleted_at IS NULL AND c.restricted_at IS NULL "
        f"AND {NEXT_DUE} < $1 ORDER BY due_at DESC LIMIT $2",
        now, SHOWN,
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
        "WITH hidden AS MATERIALIZED (SELECT id FROM customer WHERE restricted_at IS NOT NULL OR deleted_at IS NOT NULL), "
        "contact AS (SELECT at >= $1 AS is_this FROM interaction WHERE (at >= $1 AND at < $2 OR at >= $3 AND at < $3 + ($2 - $1)) "
        "AND (customer IS NULL OR customer NOT IN (SELECT id FROM hidden))), "
        "answer AS (SELECT score FROM survey_answer WHERE metric = 'csat' AND at >= $1 AND at < $2 "
        "AND (customer IS NULL OR customer NOT IN (SELECT id FROM hidden))) "
        "SELECT (SELECT count(*) FROM contact WHERE is_this) AS contacts, "
        "(SELECT count(*) FROM contact WHERE NOT is_this) AS contacts_before, "
        "(SELECT avg(score)::float8 FROM answer) AS satisfaction, (SELECT count(*) FROM answer) AS answers, "
        "(SELECT count(*) FROM ticket WHERE opened_at >= $1 AND opened_at < $2 AND customer NOT IN (SELECT id FROM hidden)) AS tickets",
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
