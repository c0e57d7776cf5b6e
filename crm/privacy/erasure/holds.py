"""Legal holds: somebody's data must not be erased for the time being (GDPR Art. 17 (3) (e)); by whom, why, until when."""

from __future__ import annotations

from datetime import date, datetime

from crm.accounts.audit import record
from crm.database import Row, execute, fetch, fetch_value, transaction
from crm.errors import Invalid, NotFound
from crm.privacy.subject import Subject
from crm.web.i18n import _, zone

REASON_LIMIT = 1000
_IN_FORCE = "h.lifted_at IS NULL AND (h.until_on IS NULL OR h.until_on >= $1)"


async def place_hold(
    *, person_id: int | None, customer_id: int | None, reason: str, until_on: date | None, by: int, now: datetime
) -> int:
    """Put a hold on a person or a customer; its id. Raises Invalid without a reason, or with a day that is over."""
    reason = reason.strip()
    errors = {}
    if not reason:
        errors["reason"] = _("Please say why. Whoever lifts the hold later has to know.")
    elif len(reason) > REASON_LIMIT:
        errors["reason"] = _("That is too long: at most %(limit)s characters fit.") % {"limit": REASON_LIMIT}
    if until_on is not None and until_on < now.astimezone(zone.get()).date():
        errors["until_on"] = _("This day is over. Choose a later one, or none.")
    if (person_id is None) == (customer_id is None):
        errors["subject"] = _("Choose a person or a customer.")
    if errors:
        raise Invalid(errors)
    async with transaction():
        table, subject = ("person", person_id) if person_id is not None else ("customer", customer_id)
        if await fetch_value(f"SELECT 1 FROM {table} WHERE id = $1", subject) is None:
            raise NotFound()
        hold = await fetch_value(
            "INSERT INTO legal_hold (person, customer, reason, until_on, placed_at, placed_by, lifted_reason) "
            "VALUES ($1, $2, $3, $4, $5, $6, '') RETURNING id",
            person_id, customer_id, reason, until_on, now, by,
        )  # fmt: skip
        await record("hold.placed", table, subject, by=by, now=now, fields={"reason": reason, "until_on": until_on})
        return int(hold)


async def lift_hold(hold_id: int, reason: str, *, by: int, now: datetime) -> None:
    """End a hold, with the reason. Raises NotFound for one that is lifted already."""
    reason = reason.strip()
    if not reason or len(reason) > REASON_LIMIT:
        raise Invalid({"reason": _("Please say in a sentence why the hold is lifted.")})
    async with transaction():
        rows = await fetch(
            "UPDATE legal_hold SET lifted_at = $2, lifted_by = $3, lifted_reason = $4 WHERE id = $1 AND lifted_at IS NULL "
            "RETURNING person, customer",
            hold_id, now, by, reason,
        )  # fmt: skip
        if not rows:
            raise NotFound()
        table, subject = ("person", rows[0].person) if rows[0].person is not None else ("customer", rows[0].customer)
        await record("hold.lifted", table, subject, by=by, now=now, fields={"reason": reason})


HOLDS_ON = (
    "SELECT h.id, h.reason, h.until_on, h.placed_at, u.name AS placed_by_name FROM legal_hold h JOIN staff u ON u.id = h.placed_by "
    f"WHERE {_IN_FORCE} AND (h.person = ANY($2) OR h.customer = ANY($3) "
    "OR h.customer IN (SELECT customer FROM affiliation WHERE person = ANY($2)))"
)
"""The holds in force on the day $1 that stop an erasure: on the person ($2), on a private customer that is this person ($3), or on a
customer where they are an employee."""


async def holds_on(subject: Subject, today: date) -> list[Row]:
    """Those on this person."""
    return await fetch(f"{HOLDS_ON} ORDER BY h.id", today, list(subject.persons), list(subject.customers))


async def all_holds(today: date) -> list[Row]:
    """Every hold in force, the newest first, with whom it is on."""
    return await fetch(
        "SELECT h.id, h.reason, h.until_on, h.placed_at, h.person, h.customer, u.name AS placed_by_name, c.name AS customer_name, "
        "btrim(p.given_name || ' ' || p.family_name) AS person_name, c.number, "
        "(SELECT a.customer FROM affiliation a WHERE a.person = h.person ORDER BY a.id LIMIT 1) AS at_customer "
        "FROM legal_hold h JOIN staff u ON u.id = h.placed_by "
        f"LEFT JOIN person p ON p.id = h.person LEFT JOIN customer c ON c.id = h.customer WHERE {_IN_FORCE} ORDER BY h.id DESC LIMIT 200",
        today,
    )


async def customer_numbered(number: str) -> int | None:
    """The customer with this number, restricted or not: the officer may see them."""
    found = await fetch_value("SELECT id FROM customer WHERE upper(number) = upper($1) AND merged_into IS NULL", number)
    return int(found) if found else None


async def person_named(person_id: int) -> str | None:
    """What a person is called; None if there is none."""
    name = await fetch_value(
        "SELECT btrim(given_name || ' ' || family_name) FROM person WHERE id = $1 AND merged_into IS NULL AND erased_at IS NULL",
        person_id,
    )
    return str(name) if name is not None else None


async def forget_holds(subject: Subject) -> None:
    """What holds said about somebody who is erased (none is in force any more)."""
    await execute(
        "UPDATE legal_hold SET reason = '', lifted_reason = '' WHERE person = ANY($1) OR customer = ANY($2)",
        list(subject.persons), list(subject.customers),
    )  # fmt: skip
