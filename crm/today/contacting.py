"""Whom to contact today, and why: the contact rhythm has run out, or a quotation waits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from crm.customers.quotations.quoting import QuotationStatus
from crm.database import Row, fetch
from crm.web.formats import num
from crm.web.i18n import _, ngettext

REQUEST_WAITS = timedelta(days=3)
"""Somebody who asked for a quotation hears from us by then, at least how it stands."""
OFFER_RESTS = timedelta(days=7)
"""One who got a quotation and says nothing is asked about it then."""
PLANNED = timedelta(days=14)
"""Whoever has set a follow-up for these days has planned the contact."""
MOST = 200
"""Rows of the whole list."""

_WAITS_SINCE = "CASE WHEN q.status = 'requested' THEN q.requested_at ELSE q.sent_at END"
_ASK_FROM = f"""greatest({_WAITS_SINCE}, f.last_contact_at)
    + make_interval(days => CASE WHEN q.status = 'requested' THEN {REQUEST_WAITS.days} ELSE {OFFER_RESTS.days} END)"""

DUE_CONTACTS = f"""
    SELECT due.customer, min(due.due_at) AS due_at, bool_or(due.by_rhythm) AS by_rhythm, min(due.quotation_id) AS quotation_id
    FROM (
        SELECT f.customer, f.contact_due_at AS due_at, true AS by_rhythm, NULL::bigint AS quotation_id
        FROM customer c JOIN customer_figures f ON f.customer = c.id WHERE c.owner = $1 AND f.contact_due_at <= $2
            AND c.deleted_at IS NULL AND c.restricted_at IS NULL
        UNION ALL
        SELECT q.customer, {_ASK_FROM}, false, q.id FROM quotation q JOIN customer c ON c.id = q.customer
        JOIN customer_figures f ON f.customer = c.id
        WHERE q.status IN ('requested', 'sent') AND c.owner = $1 AND {_ASK_FROM} <= $2
            AND c.deleted_at IS NULL AND c.restricted_at IS NULL
    ) due
    WHERE NOT EXISTS (SELECT FROM contact_put_back b WHERE b.customer = due.customer AND b."user" = $1 AND b.undone_at IS NULL
        AND b.until > $2)
    AND NOT EXISTS (SELECT FROM reminder r WHERE r.customer = due.customer AND r."user" = $1 AND r.done_at IS NULL
        AND r.due_at <= $2 + make_interval(days => {PLANNED.days}))
    GROUP BY due.customer
"""
"""The customers of the owner $1 whom they should contact at the moment $2: each once, with the moment from which on. A contact
with somebody who waits for a quotation gives it time again; one who was put back comes later, and one about whom a follow-up of
one's own is near is on that list already."""

_REACHED = """
    SELECT n.{column} FROM (
        SELECT x.* FROM {table} x WHERE x.customer = c.id
        UNION ALL SELECT x.* FROM affiliation b JOIN {table} x ON x.person = b.person WHERE b.customer = c.id) n
    LEFT JOIN affiliation a ON a.person = n.person AND a.customer = c.id LEFT JOIN person p ON p.id = n.person
    WHERE p.restricted_at IS NULL
    ORDER BY n.customer NULLS LAST, a.position, n.position, n.id LIMIT 1"""
"""How customer c is reached: by what is theirs, else by their first person's who is not restricted (GDPR Art. 18)."""


async def customers_to_contact(user_id: int, now: datetime, limit: int) -> list[Row]:
    """This user's customers to contact, those who wait longest first, with what is needed to do it: the number, the address, why.
    `in_all` says how many there are."""
    return await fetch(
        f"WITH due AS MATERIALIZED ({DUE_CONTACTS}), shown AS (SELECT *, count(*) OVER () AS in_all FROM due "
        "ORDER BY due_at, customer LIMIT $3) "
        "SELECT c.id, c.name, c.number, c.created_at, f.last_contact_at, s.contact_rhythm_days, shown.by_rhythm, shown.in_all, "
        "shown.due_at, q.id AS quotation_id, q.number AS quotation_number, q.status AS quotation_status, "
        f"{_WAITS_SINCE} AS quotation_since, phone.number AS phone, email.address AS email "
        "FROM shown JOIN customer c ON c.id = shown.customer JOIN customer_figures f ON f.customer = c.id "
        "JOIN service_level s ON s.id = c.service_level LEFT JOIN quotation q ON q.id = shown.quotation_id "
        f"LEFT JOIN LATERAL ({_REACHED.format(table='phone_number', column='number')}) phone ON true "
        f"LEFT JOIN LATERAL ({_REACHED.format(table='email_address', column='address')}) email ON true "
        "ORDER BY shown.due_at, c.id",
        user_id, now, limit,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class WhyContact:
    """The facts behind a row: days since the last contact (`never`: since the customer came), the days that the service level
    promises (none: no rhythm has run out), and for how many days which kind of quotation waits."""

    days: int
    never: bool
    promised_days: int | None
    quotation: QuotationStatus | None = None
    quotation_days: int = 0


def why_of(row: Row, now: datetime) -> WhyContact:
    """The facts out of a row of `customers_to_contact`."""
    since = row.last_contact_at or row.created_at or now
    return WhyContact(
        days=max((now - since).days, 0), never=row.last_contact_at is None,
        promised_days=row.contact_rhythm_days if row.by_rhythm else None,
        quotation=QuotationStatus(row.quotation_status) if row.quotation_id else None,
        quotation_days=max((now - row.quotation_since).days, 0) if row.quotation_id else 0,
    )  # fmt: skip


def reasons(why: WhyContact) -> list[str]:
    """Why to contact this customer today, in words."""
    found = []
    if why.quotation is QuotationStatus.REQUESTED:
        sentence = ngettext(
            "has waited one day for a quotation", "has waited %(n)s days for a quotation", why.quotation_days
        )
        found.append(sentence % {"n": num(why.quotation_days)})
    elif why.quotation is not None:
        sentence = ngettext(
            "got a quotation one day ago and has not decided", "got a quotation %(n)s days ago and has not decided",
            why.quotation_days,
        )  # fmt: skip
        found.append(sentence % {"n": num(why.quotation_days)})
    if why.promised_days is not None:
        found.append(_rhythm(why, why.promised_days))
    return found


def _rhythm(why: WhyContact, promised_days: int) -> str:
    if why.never:
        sentence = ngettext(
            "not contacted since they came one day ago", "not contacted since they came %(n)s days ago", why.days
        )
    else:
        sentence = ngettext("no contact for one day", "no contact for %(n)s days", why.days)
    promised = ngettext("one day is promised", "%(n)s days are promised", promised_days) % {"n": num(promised_days)}
    return sentence % {"n": num(why.days)} + ", " + promised


def is_urgent(row: Row, now: datetime) -> bool:
    """Twice the promised time has passed, or a quotation has waited for two weeks."""
    why = why_of(row, now)
    return why.quotation_days >= 14 or (why.promised_days is not None and why.days >= 2 * why.promised_days)


def put_back_sentence(name: str, day: str) -> str:
    return _("%(name)s comes back on %(day)s.") % {"name": name, "day": day}
