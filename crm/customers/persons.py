"""The verbs that change persons: nobody's change is lost, and every customer of theirs is found by what is new."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from crm.accounts.audit import record
from crm.customers.actions import refresh_search_text
from crm.customers.changing import (
    PERSON_COLUMNS,
    PERSON_SETS,
    Before,
    audited_changes,
    self_columns,
    update_customer,
    with_lists,
)
from crm.customers.reaching import write_reaches
from crm.customers.words import field_label, shown_value
from crm.database import execute, fetch, fetch_one, transaction
from crm.errors import Conflict, Difference, NotFound
from crm.web.i18n import _

_PERSON_BEFORE = """
    SELECT p.id AS person_id, p.version, p.given_name, p.family_name, p.title, p.form_of_address, p.birthday, p.salutation,
        p.preferred_channel, p.language, f.function,
        coalesce((SELECT e.address FROM email_address e WHERE e.person = p.id ORDER BY e.position, e.id LIMIT 1), '') AS email,
        coalesce((SELECT n.number FROM phone_number n WHERE n.person = p.id ORDER BY n.position, n.id LIMIT 1), '') AS phone,
        f.is_self
    FROM person p JOIN affiliation f ON f.person = p.id AND f.customer = $2
    WHERE p.id = $1
    FOR UPDATE OF p
"""


async def change_person(
    person_id: int, customer_id: int, changes: Mapping[str, Any], version: int | None, *, by: int | None, now: datetime
) -> int:
    """Write the fields of a person that differ, and answer the new version; the function is that at this customer.
    Customers whose person it is are found by the new values at once."""
    async with transaction():
        row = await fetch_one(_PERSON_BEFORE, person_id, customer_id)
        if row is None:
            raise NotFound()
        before = await with_lists(row, changes, None)
        wanted = {name: value for name, value in changes.items() if before[name] != value}
        if version is not None and version != before["version"]:
            raise await _person_conflict(wanted, before)
        if not wanted:
            return int(before["version"])
        person = {name: wanted.get(name, before[name]) for name in (*PERSON_COLUMNS, "language")}
        await execute(
            f"UPDATE person SET {PERSON_SETS}version = version + 1 WHERE id = $1",
            person_id, *person.values(),
        )  # fmt: skip
        if "function" in wanted:
            await execute(
                "UPDATE affiliation SET function = $3 WHERE person = $1 AND customer = $2",
                person_id,
                customer_id,
                wanted["function"],
            )
        await write_reaches(wanted, person_id=person_id)
        await _follow(person_id, person)
        await record("person.changed", "person", person_id, by=by, now=now, fields=audited_changes(before, wanted))
        return int(before["version"]) + 1


async def _follow(person_id: int, person: Mapping[str, Any]) -> None:
    """Every customer of this person is found by the new values; a private customer is also called by the new name."""
    for row in await fetch("SELECT customer, is_self FROM affiliation WHERE person = $1 ORDER BY customer", person_id):
        if row.is_self:
            columns = self_columns(person["title"], person["given_name"], person["family_name"])
            await update_customer(row.customer, {**columns, "language": person["language"]})
        await refresh_search_text(row.customer)


async def _person_conflict(wanted: Mapping[str, Any], before: Before) -> Conflict:
    differences = [
        Difference(field, field_label(field), shown_value(field, before[field]), shown_value(field, value))
        for field, value in wanted.items()
    ]
    sentence = _("Somebody else saved this person meanwhile. Compare both versions and send yours again.")
    return Conflict(sentence, differences, int(before["version"]))
