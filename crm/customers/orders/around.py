"""The orders around something that a customer said: those it is about, those it was parted from, and the one it may be about."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from crm.customers.orders.naming import KnownOrder, soon_before
from crm.web.formats import local


def around_sql(links: str, link: str, said: str, at: str, named: str = "") -> str:
    """The orders of the customer of the row `said` (an alias) that it is about, that were refused, or that it may be about: those
    around the moment in its column `at`, and with `named` (an array of lower-case numbers) those that it names. `links` is the
    table of what was decided, `link` its column for that row."""
    also = f" OR lower(o.number) = ANY({named})" if named else ""
    return f"""
    SELECT o.id, o.number, o.ordered_on, o.delivered_on, o.delivery_due_on, o.status, o.amount::text AS amount, o.currency,
        x.basis, x.at, u.name AS by_name, x.refused_at IS NOT NULL AS is_refused
    FROM customer_order o LEFT JOIN {links} x ON x.{link} = {said}.id AND x.customer_order = o.id
    LEFT JOIN staff u ON u.id = x.by_user
    WHERE o.customer = {said}.customer AND (x.id IS NOT NULL{also}
        OR o.ordered_on BETWEEN {said}.{at}::date - 31 AND {said}.{at}::date + 1
        OR o.delivered_on BETWEEN {said}.{at}::date - 15 AND {said}.{at}::date + 1)
    ORDER BY o.ordered_on DESC, o.id DESC
"""


@dataclass(frozen=True)
class OrdersAround:
    """The orders that something is about, latest first, and the one that it may be about; each as around_sql answers it."""

    connected: list[dict[str, Any]]
    offer: dict[str, Any] | None


def orders_of(around: Iterable[dict[str, Any]], said_at: datetime) -> OrdersAround:
    """What is connected, and what to ask about: an order soon before what was said, as long as none is connected and nobody
    has said no to that one."""
    found = list(around)
    connected = [one for one in found if one["basis"] and not one["is_refused"]]
    if connected:
        return OrdersAround(connected, None)
    refused = [one["id"] for one in found if one["is_refused"]]
    meant = soon_before(local(said_at).date(), map(_known, found), refused)
    return OrdersAround([], next((one for one in found if meant and one["id"] == meant.id), None))


def _known(one: dict[str, Any]) -> KnownOrder:
    return KnownOrder(
        one["id"], one["number"], date.fromisoformat(one["ordered_on"]),
        date.fromisoformat(one["delivered_on"]) if one["delivered_on"] else None, one["status"] == "cancelled",
    )  # fmt: skip
