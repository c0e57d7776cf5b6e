"""E-mail addresses that came with a sale: what has to be on record before an existing customer may get advertising without consent
(UWG § 7 (3) no. 1 and 4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from crm.accounts.audit import record
from crm.accounts.company import signing_secret
from crm.consents.chain import KEY_SQL, address_key
from crm.customers.data import full_name_sql
from crm.database import Row, execute, fetch, fetch_one, fetch_value, transaction
from crm.errors import Invalid, NotFound
from crm.web.i18n import _

LONGEST_HOW = 300
MOST_ORDERS = 50

# All e-mail addresses of customer $1, with what is on record of where they came from.
_ADDRESSES = f"""
    SELECT x.address, x.name, f.id AS origin_id, o.id AS order_id, o.number, o.ordered_on, o.status AS order_status, f.told_on, f.how,
        f.recorded_at, u.name AS recorded_by_name
    FROM (
        SELECT e.address, {full_name_sql("p")} AS name, a.position AS place, e.position, e.id FROM affiliation a
        JOIN person p ON p.id = a.person AND p.restricted_at IS NULL JOIN email_address e ON e.person = p.id WHERE a.customer = $1
        UNION ALL SELECT e.address, '', 1000000, e.position, e.id FROM email_address e WHERE e.customer = $1
    ) x LEFT JOIN address_origin f ON f.address_key = {KEY_SQL.format(address="x.address")}
    LEFT JOIN customer_order o ON o.id = f.customer_order LEFT JOIN staff u ON u.id = f.recorded_by
    ORDER BY x.place, x.position, x.id
"""


@dataclass(frozen=True, slots=True)
class NewOrigin:
    """With which order an address came, and when and how the customer was told of the right to object (empty: not known)."""

    address: str
    order_id: int
    told_on: date | None = None
    how: str = ""


async def addresses_of(customer_id: int) -> list[Row]:
    """The e-mail addresses of a customer and their persons, and where each came from."""
    return await fetch(_ADDRESSES, customer_id)


async def sales_of(customer_id: int) -> list[Row]:
    """The orders with which an address can have come, the newest first: those that were called off were no sale."""
    return await fetch(
        "SELECT id, number, ordered_on FROM customer_order WHERE customer = $1 AND status <> 'cancelled' "
        "ORDER BY ordered_on DESC, id DESC LIMIT $2",
        customer_id, MOST_ORDERS,
    )  # fmt: skip


async def record_origin(customer_id: int, origin: NewOrigin, *, by: int, now: datetime, today: date) -> int:
    """Put on record that an address of this customer came with one of their orders; what was on record of it is replaced, and stays in
    the audit trail. Raises Invalid with every mistake."""
    async with transaction():
        known = {row.address.casefold(): row.address for row in await addresses_of(customer_id)}
        address = known.get(origin.address.strip().casefold())
        order = await fetch_one(
            "SELECT id, number, ordered_on FROM customer_order WHERE id = $1 AND customer = $2 AND status <> 'cancelled'",
            origin.order_id, customer_id,
        )  # fmt: skip
        errors = _mistakes(origin, address, order, today)
        if errors or address is None or order is None:
            raise Invalid(errors)
        key = address_key(await signing_secret(), address)
        new = await fetch_value(
            "INSERT INTO address_origin (address_key, customer_order, told_on, how, recorded_by, recorded_at) "
            "VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (address_key) DO UPDATE SET customer_order = excluded.customer_order, "
            "told_on = excluded.told_on, how = excluded.how, recorded_by = excluded.recorded_by, recorded_at = excluded.recorded_at "
            "RETURNING id",
            key, order.id, origin.told_on, origin.how.strip(), by, now,
        )  # fmt: skip
        fields = {"email": address, "order_number": order.number, "told_on": origin.told_on, "how": origin.how.strip()}
        await record("address_origin.recorded", "customer", customer_id, by=by, now=now, fields=fields)
        return int(new)


def _mistakes(origin: NewOrigin, address: str | None, order: Row | None, today: date) -> dict[str, Any]:
    errors = {}
    if address is None:
        errors["address"] = _("This address does not belong to the customer (any more). Choose one from the list.")
    if order is None:
        errors["order"] = _("Choose the order with which the address came; one that was called off does not count.")
    if origin.told_on is not None and origin.told_on > today:
        errors["told_on"] = _("This lies in the future.")
    if origin.told_on is not None and not origin.how.strip():
        errors["how"] = _("Say how the customer was told, for example: in the order form, above the button.")
    return errors


async def take_back_origin(customer_id: int, origin_id: int, *, by: int, now: datetime) -> None:
    """It was wrong: from now on the address counts as one of unknown origin. Raises NotFound if it isn't this customer's."""
    async with transaction():
        rows = [row for row in await addresses_of(customer_id) if row.origin_id == origin_id]
        if not rows:
            raise NotFound()
        await execute("DELETE FROM address_origin WHERE id = $1", origin_id)
        fields = {"email": rows[0].address, "order_number": rows[0].number}
        await record("address_origin.taken_back", "customer", customer_id, by=by, now=now, fields=fields)
