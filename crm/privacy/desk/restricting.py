"""Restriction of processing (GDPR Art. 18) as a state: stored and nothing else, until an officer lifts it."""

from __future__ import annotations

from datetime import datetime

from crm.accounts.audit import record
from crm.accounts.permissions import Permission, roles_with
from crm.customers.lists.found_by import refresh_search_texts
from crm.database import Row, execute, fetch, fetch_one, fetch_value, transaction
from crm.errors import Conflict, Invalid, NotFound, RuleBroken
from crm.personal import SUBJECT, declared
from crm.privacy.desk.handling import take_request, under_way, write_step
from crm.privacy.desk.notices import gather_recipients
from crm.privacy.subject import subject_of
from crm.web.i18n import _


async def restrict_processing(
    request_id: int, reason: str, *, version: int | None = None, by: int, now: datetime
) -> int:
    """From now on what we know of the person of this request, or of its customer, is stored and nothing else; the id of the
    restriction. Of a person at an organisation only they are restricted, a private customer as a whole. Who got the data is put on
    the list of those who must be told (Art. 19).

    Raises Invalid without a reason, RuleBroken where nobody is named or it is restricted already.
    """
    if not reason.strip():
        raise Invalid({"reason": _("Say why: it is kept as proof.")})
    async with transaction():
        row = await take_request(request_id, version)
        if row.person is None and row.customer is None:
            raise RuleBroken(_("Say first whom the request is about."))
        # one query for both: the customer rows in the order of their ids, as everybody takes them
        private = await _customers_of(row)
        restriction = await fetch_value(
            "INSERT INTO restriction (person, customer, request, reason, begun_at, begun_by, lifted_reason) "
            "VALUES ($1, $2, $3, $4, $5, $6, '') ON CONFLICT DO NOTHING RETURNING id",
            row.person, row.customer, request_id, reason, now, by,
        )  # fmt: skip
        if restriction is None:
            raise RuleBroken(_("The processing is restricted already."))
        await _set(row.person, private, now)
        await _hide_notices(row.person, row.customer, now)
        await _trace("restricted", row.person, private, reason, by=by, now=now)
        await write_step(request_id, "restricted", by=by, now=now, note=reason, status=under_way(row))
        await gather_recipients(request_id)
        return int(restriction)


async def lift_restriction(restriction_id: int, reason: str, *, by: int, now: datetime) -> None:
    """The data may be used again. The person must have been told before (Art. 18 (3)).

    Raises NotFound, Invalid without a reason, RuleBroken before they were told, Conflict if it was lifted meanwhile.
    """
    if not reason.strip():
        raise Invalid({"reason": _("Say why: it is kept as proof.")})
    async with transaction():
        one = await fetch_one("SELECT * FROM restriction WHERE id = $1 FOR UPDATE", restriction_id)
        if one is None:
            raise NotFound()
        if one.lifted_at is not None:
            raise Conflict(_("Somebody has lifted this restriction meanwhile."))
        if one.told_at is None:
            raise RuleBroken(
                _("Tell the person first that it will be lifted (GDPR Art. 18 (3)): “Write to the person”.")
            )
        await execute(
            "UPDATE restriction SET lifted_at = $2, lifted_by = $3, lifted_reason = $4 WHERE id = $1",
            restriction_id,
            now,
            by,
            reason,
        )
        private = await _customers_of(one)
        await _set(one.person, private, None)
        await _hide_notices(one.person, one.customer, None)
        await _trace("restriction_lifted", one.person, private, reason, by=by, now=now)
        if one.request is not None:
            await write_step(one.request, "lifted", by=by, now=now, note=reason)


async def restricted_now() -> list[Row]:
    """Who is restricted now, the longest first; for officers."""
    return await fetch(
        "SELECT x.id, x.person, x.customer, x.request, x.reason, x.begun_at, x.told_at, u.name AS begun_by_name, "
        "coalesce(nullif(trim(concat_ws(' ', p.given_name, p.family_name)), ''), c.name) AS name, c.name AS customer_name "
        "FROM restriction x LEFT JOIN person p ON p.id = x.person LEFT JOIN customer c ON c.id = x.customer "
        "LEFT JOIN staff u ON u.id = x.begun_by WHERE x.lifted_at IS NULL ORDER BY x.begun_at, x.id LIMIT 500"
    )


async def _customers_of(row: Row) -> list[int]:
    """The customers that are this person, held until the transaction ends; without a person the customer itself."""
    rows = await fetch(
        "SELECT id FROM customer WHERE id IN (SELECT customer FROM affiliation WHERE person = $1 AND is_self) "
        "OR ($1::bigint IS NULL AND id = $2) ORDER BY id FOR UPDATE",
        row.person, row.customer,
    )  # fmt: skip
    return [one.id for one in rows]


async def _set(person_id: int | None, customer_ids: list[int], at: datetime | None) -> None:
    await execute("UPDATE customer SET restricted_at = $2 WHERE id = ANY($1)", customer_ids, at)
    if person_id is None:
        return
    await execute("UPDATE person SET restricted_at = $2 WHERE id = $1", person_id, at)
    theirs = await fetch("SELECT customer FROM affiliation WHERE person = $1 ORDER BY customer", person_id)
    await refresh_search_texts([one.customer for one in theirs])


async def _hide_notices(person_id: int | None, customer_id: int | None, at: datetime | None) -> None:
    """What staff were told before names them as well. Of a person at a company the notices about the company's correspondence stay:
    they name the company alone. Officers keep theirs."""
    subject = await subject_of(person_id, customer_id)
    await execute(
        f"{SUBJECT} UPDATE notification t SET hidden_at = $4 WHERE ({declared('notification').about}) "
        "AND (cardinality($2::bigint[]) > 0 OR t.link NOT LIKE '/tickets/%' AND t.link NOT LIKE '/interactions/%') "
        'AND (t.hidden_at IS NULL OR $4::timestamptz IS NULL) AND t."user" NOT IN (SELECT id FROM staff WHERE role = ANY($5))',
        *subject.parameters, at, roles_with(Permission.PRIVACY_MANAGE),
    )  # fmt: skip


async def _trace(
    what: str, person_id: int | None, customer_ids: list[int], reason: str, *, by: int, now: datetime
) -> None:
    for customer_id in customer_ids:
        await record(f"customer.{what}", "customer", customer_id, by=by, now=now, fields={"reason": reason})
    if person_id is not None:
        await record(f"person.{what}", "person", person_id, by=by, now=now, fields={"reason": reason})
