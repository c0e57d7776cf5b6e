"""The verbs that change persons: nobody's change is lost, and every customer of theirs is found by what is new."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from crm.accounts.audit import record
from crm.customers.changing import (
    PERSON_COLUMNS,
    PERSON_SETS,
    Before,
    audited_changes,
    self_columns,
    update_customer,
    with_lists,
)
from crm.customers.lists.found_by import refresh_search_text
from crm.customers.reaching import write_reaches
from crm.customers.tables import CustomerKind
from crm.customers.words import field_label, shown_value
from crm.database import Row, execute, fetch, fetch_one, fetch_value, transaction
from crm.errors import Conflict, Difference, Invalid, NotFound, RuleBroken
from crm.web.i18n import N_, _

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
        if not any(wanted.get(name, before[name]) for name in ("given_name", "family_name")):
            raise Invalid({"family_name": _("Please enter a given name or a family name.")})
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


async def link_person(person_id: int, customer_id: int, function: str, *, by: int | None, now: datetime) -> None:
    """Somebody whom we know belongs to one more organisation. Linking twice changes the function and nothing else."""
    async with transaction():
        kind = await fetch_value(
            "SELECT kind FROM customer WHERE id = $1 AND deleted_at IS NULL FOR UPDATE", customer_id
        )
        if kind is None:
            raise NotFound()
        if kind != CustomerKind.ORGANISATION:
            raise Invalid({"person_id": _("A private customer is one person. Others belong to organisations.")})
        await execute(
            "INSERT INTO affiliation (customer, person, function, is_self, position) "
            "SELECT $1, $2, $3, false, count(*) FROM affiliation WHERE customer = $1 "
            "ON CONFLICT (customer, person) DO UPDATE SET function = excluded.function",
            customer_id, person_id, function,
        )  # fmt: skip
        await refresh_search_text(customer_id)
        fields = {"customer_id": customer_id, "function": function}
        await record("person.linked", "person", person_id, by=by, now=now, fields=fields)


_LAST_ONE = N_(
    "This person belongs to no other customer, and nobody would find them any more. Add them at their new organisation first "
    "(“Somebody known” on its page); then they can be parted here. If they have only left, note it as their function, or ask "
    "the data protection officer to erase them."
)


_CUSTOMERS_OF = """
    SELECT a.customer, a.is_self FROM affiliation a JOIN customer c ON c.id = a.customer AND c.deleted_at IS NULL
    WHERE a.person = $1
"""


async def why_not_to_part(person_id: int, customer_id: int) -> str:
    """The sentence that speaks against parting the person from this customer; '' if none does. NotFound if they don't belong
    there."""
    return _why_not(await fetch(_CUSTOMERS_OF, person_id), customer_id)


def _why_not(customers: Sequence[Row], customer_id: int) -> str:
    mine = next((row for row in customers if row.customer == customer_id), None)
    if mine is None:
        raise NotFound()
    if mine.is_self:
        return _("A private customer cannot be parted from their own person.")
    return _(_LAST_ONE) if len(customers) == 1 else ""


async def unlink_person(person_id: int, customer_id: int, *, by: int | None, now: datetime) -> None:
    """The person no longer belongs to this organisation; what was said and done there stays in its history. Raises
    RuleBroken if the person belongs to nobody else: then nobody would find them any more."""
    async with transaction():
        customers = await fetch(_CUSTOMERS_OF + "ORDER BY a.customer FOR UPDATE OF a", person_id)
        if fault := _why_not(customers, customer_id):
            raise RuleBroken(fault)
        await execute("DELETE FROM affiliation WHERE person = $1 AND customer = $2", person_id, customer_id)
        await refresh_search_text(customer_id)
        await record("person.unlinked", "person", person_id, by=by, now=now, fields={"customer_id": customer_id})
