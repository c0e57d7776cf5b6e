"""What is to be done today, by role."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from crm.database import Row, fetch, fetch_one

SHOWN = 12


async def my_tickets(user_id: int) -> list[Row]:
    """Enquiries assigned to this user that wait for them, the earliest due first."""
    return await fetch(
        "SELECT k.id, k.subject, k.priority, k.status, k.customer, c.name AS customer_name, k.required_level, "
        "CASE WHEN k.first_responded_at IS NULL THEN least(k.first_response_due_at, k.solution_due_at) "
        "ELSE k.solution_due_at END AS due_at "
        "FROM ticket k JOIN customer c ON c.id = k.customer WHERE k.assignee = $1 AND k.status IN ('new', 'open') "
        "AND c.deleted_at IS NULL AND c.restricted_at IS NULL "
        "ORDER BY due_at NULLS LAST, k.id LIMIT $2",
        user_id, SHOWN,
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
    """How much there is, for the sentence at the top."""

    reminders: int
    tickets: int
    due_soon: int
    to_contact: int


async def my_numbers(user_id: int, now: datetime, end_of_day: datetime) -> Numbers:
    """One statement."""
    row = await fetch_one(
        'SELECT (SELECT count(*) FROM reminder WHERE "user" = $1 AND done_at IS NULL AND due_at <= $3) AS reminders, '
        "mine.tickets, mine.due_soon, "
        "(SELECT count(*) FROM customer c JOIN customer_figures f ON f.customer = c.id WHERE c.owner = $1 "
        " AND f.contact_due_at <= $2 AND c.deleted_at IS NULL AND c.restricted_at IS NULL) AS to_contact "
        "FROM (SELECT count(*) AS tickets, count(*) FILTER (WHERE k.solution_due_at <= $3) AS due_soon FROM ticket k "
        "JOIN customer c ON c.id = k.customer AND c.deleted_at IS NULL AND c.restricted_at IS NULL "
        "WHERE k.assignee = $1 AND k.status IN ('new', 'open')) mine",
        user_id, now, end_of_day,
    )  # fmt: skip
    assert row is not None
    return Numbers(row.reminders, row.tickets, row.due_soon, row.to_contact)


async def waiting_tickets() -> list[Row]:
    """For leads: open enquiries that nobody has, the earliest due first."""
    return await fetch(
        "SELECT k.id, k.subject, k.required_level, k.first_response_due_at AS due_at, c.name AS customer_name, count(*) OVER () AS in_all "
        "FROM ticket k JOIN customer c ON c.id = k.customer WHERE k.assignee IS NULL AND k.status IN ('new', 'open') "
        "AND c.deleted_at IS NULL AND c.restricted_at IS NULL "
        "ORDER BY k.first_response_due_at NULLS LAST, k.id LIMIT $1",
        SHOWN,
    )


async def broken_promises(now: datetime) -> list[Row]:
    """For leads: open enquiries whose promise is broken, the newest breach first."""
    return await fetch(
        "SELECT k.id, k.subject, k.required_level, u.name AS assignee_name, c.name AS customer_name, "
        "CASE WHEN k.first_responded_at IS NULL THEN least(k.first_response_due_at, k.solution_due_at) "
        "ELSE k.solution_due_at END AS due_at, count(*) OVER () AS in_all "
        "FROM ticket k JOIN customer c ON c.id = k.customer LEFT JOIN staff u ON u.id = k.assignee "
        "WHERE k.status IN ('new', 'open', 'waiting', 'postponed') AND c.deleted_at IS NULL AND c.restricted_at IS NULL "
        "AND (k.solution_due_at < $1 "
        "OR (k.first_responded_at IS NULL AND k.first_response_due_at < $1)) ORDER BY due_at DESC LIMIT $2",
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


async def month_at_a_glance(start: datetime, now: datetime) -> Month:
    """Contacts, the customers' own satisfaction (CSAT 1-5) and enquiries since the month began; one statement."""
    before = start - timedelta(days=30)
    row = await fetch_one(
        "SELECT (SELECT count(*) FROM interaction WHERE at >= $1 AND at < $2) AS contacts, "
        "(SELECT count(*) FROM interaction WHERE at >= $3 AND at < $3 + ($2 - $1)) AS contacts_before, "
        "(SELECT avg(score)::float8 FROM survey_answer WHERE metric = 'csat' AND at >= $1 AND at < $2) AS satisfaction, "
        "(SELECT count(*) FROM survey_answer WHERE metric = 'csat' AND at >= $1 AND at < $2) AS answers, "
        "(SELECT count(*) FROM ticket WHERE opened_at >= $1 AND opened_at < $2) AS tickets",
        start, now, before,
    )  # fmt: skip
    assert row is not None
    return Month(row.contacts, row.contacts_before, row.satisfaction, row.answers, row.tickets)


async def latest_withdrawals() -> list[Row]:
    """For the data protection officer: withdrawals and objections, the newest first."""
    return await fetch(
        "SELECT e.id, e.at, e.event, e.purpose, e.channel, e.person_id, "
        "concat_ws(' ', nullif(p.given_name, ''), nullif(p.family_name, '')) AS person_name, u.name_de, u.name_en "
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
