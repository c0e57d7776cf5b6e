"""Rectification (GDPR Art. 16): the present data beside what the person says, written by the actions that always write them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from crm.customers.changing import change_customer
from crm.customers.persons import change_person
from crm.customers.words import field_label
from crm.database import Row, fetch_one, transaction
from crm.errors import RuleBroken
from crm.privacy.desk.handling import take_request, under_way, write_step
from crm.privacy.desk.notices import gather_recipients
from crm.web.i18n import _

PERSON_FIELDS = ("title", "given_name", "family_name", "birthday", "email", "phone")
ADDRESS_FIELDS = ("street", "postcode", "city")

_PRESENT = """
    SELECT p.id AS person, a.customer, a.is_self, p.title, p.given_name, p.family_name, p.birthday,
        CASE WHEN a.is_self THEN c.version ELSE p.version END AS version,
        coalesce((SELECT e.address FROM email_address e WHERE e.person = p.id ORDER BY e.position, e.id LIMIT 1), '') AS email,
        coalesce((SELECT n.number FROM phone_number n WHERE n.person = p.id ORDER BY n.position, n.id LIMIT 1), '') AS phone,
        coalesce(d.street, '') AS street, coalesce(d.postcode, '') AS postcode, coalesce(d.city, '') AS city
    FROM data_request r JOIN person p ON p.id = r.person
    JOIN LATERAL (SELECT f.customer, f.is_self FROM affiliation f WHERE f.person = p.id
        ORDER BY f.is_self DESC, (f.customer = r.customer) DESC, f.id LIMIT 1) a ON true
    JOIN customer c ON c.id = a.customer LEFT JOIN postal_address d ON d.customer = c.id AND d.position = 0 AND a.is_self
    WHERE r.id = $1
"""


async def present_data(request_id: int) -> Row | None:
    """What we have now of the person of this request; None where nobody is named."""
    return await fetch_one(_PRESENT, request_id)


def fields_of(present: Row) -> tuple[str, ...]:
    """What can be corrected here: of a private customer the address, too."""
    return PERSON_FIELDS + (ADDRESS_FIELDS if present.is_self else ())


async def rectify(request_id: int, values: Mapping[str, Any], version: int, *, by: int, now: datetime) -> list[str]:
    """Write what differs from the present data, and put the recipients on the list of those to be told (Art. 19); the names
    of the fields. `version` is that of the present data that were looked at.

    Raises RuleBroken where nobody is named or nothing differs, Conflict if somebody changed the data meanwhile.
    """
    async with transaction():
        row = await take_request(request_id)
        present = await present_data(request_id)
        if present is None:
            raise RuleBroken(_("Say first whom the request is about."))
        changed = {
            name: value
            for name, value in values.items()
            if name in fields_of(present) and (present[name] or "") != (value or "")
        }
        if not changed:
            raise RuleBroken(_("Nothing differs from what we have."))
        if present.is_self:
            await change_customer(present.customer, changed, version, by=by, now=now, by_hand=True)
        else:
            await change_person(present.person, present.customer, changed, version, by=by, now=now)
        labels = [field_label(name) for name in changed]
        told = {"fields": ", ".join(labels)}
        await write_step(request_id, "rectified", by=by, now=now, detail=told, status=under_way(row))
        await gather_recipients(request_id)
        return list(changed)
