"""Orders over the API: the same actions as the pages, as JSON, and thousands at a time by their numbers."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime
from typing import Any

from litestar import Response, delete, get, patch, post
from litestar.params import FromPath, FromQuery, JSONBody

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import created_once
from crm.customers.bodies import version_of
from crm.customers.orders.actions import change_order, create_order, remove_orders
from crm.customers.orders.bulk import Outcome, customer_named, upsert_orders
from crm.customers.orders.forms import created, items_of, order_values
from crm.customers.orders.queries import OrdersWanted, order_for, orders_matching
from crm.customers.orders.reading import date_from
from crm.customers.orders.shapes import (
    BulkItem,
    BulkOut,
    ItemOut,
    OrderIn,
    OrderList,
    OrderOut,
    OrderPatch,
    OrdersIn,
    patched,
    said,
)
from crm.customers.products.queries import known_products
from crm.customers.queries import sees_restricted
from crm.customers.words import CHANNELS, ORDER_STATUSES
from crm.database import Row, decoded, transaction
from crm.errors import Invalid
from crm.web.formats import local
from crm.web.forms import Fields
from crm.web.i18n import _
from crm.web.parameters import Limit, demand_ids

MOST_AT_ONCE = 5000
PLAIN = "en"
"""Programs write numbers with a point; whoever sends them as text does too."""


@post("/orders", permission=Permission.CUSTOMERS_EDIT, status_code=201)
async def create_order_over_api(request: StaffRequest, data: JSONBody[OrderIn]) -> Response[bytes]:
    """Create an order of a customer named by id, number or external id."""
    now = datetime.now(UTC)

    async def do() -> OrderOut:
        sent = said(data)
        fields = Fields(sent)
        customer_id = await customer_named(fields)
        values = await _values(fields, sent, now)
        record = created(fields, customer_id or 0, values)
        return _out(await order_for(request.user, await create_order(record, by=request.user.id, now=now)))

    return await created_once(request, do, now=now)


@get("/orders", permission=Permission.CUSTOMERS_VIEW)
async def list_orders_over_api(
    request: StaffRequest, q: FromQuery[str] = "", customer_id: FromQuery[int | None] = None, status: FromQuery[str] = "",
    channel: FromQuery[str] = "", product: FromQuery[str] = "", since: FromQuery[str] = "", until: FromQuery[str] = "",
    limit: Limit = 50, cursor: FromQuery[str] = "",
) -> OrderList:  # fmt: skip
    """Orders, the newest first: of one customer, status, channel or product (a code), ordered `since` and `until` a day."""
    demand_ids(customer_id=customer_id)
    wanted = OrdersWanted(
        q=_plain(q), customer_id=customer_id, statuses=[status] if _known("status", status, ORDER_STATUSES) else (),
        channel=channel if _known("channel", channel, CHANNELS) else "", product=_plain(product), since=_day("since", since),
        until=_day("until", until),
    )  # fmt: skip
    found = await orders_matching(
        wanted, limit=limit, cursor=cursor or None, with_items=True, restricted=sees_restricted(request.user)
    )
    return OrderList([_out(row) for row in found.rows], found.next)


@get("/orders/{order_id:int}", permission=Permission.CUSTOMERS_VIEW)
async def show_order_over_api(request: StaffRequest, order_id: FromPath[int]) -> Response[OrderOut]:
    """One order. The ETag is the version that If-Match takes."""
    return _answer(await order_for(request.user, order_id))


@patch("/orders/{order_id:int}", permission=Permission.CUSTOMERS_EDIT)
async def change_order_over_api(
    request: StaffRequest, order_id: FromPath[int], data: JSONBody[OrderPatch]
) -> Response[OrderOut]:
    """Change what is sent. 409 with both versions if somebody else saved since `version` (or If-Match)."""
    await order_for(request.user, order_id)
    now, sent, version = datetime.now(UTC), patched(data), version_of(request, data.version)
    fields = Fields({name: "" if value is None else value for name, value in sent.items()})
    values = await _values(fields, sent, now)
    fields.check()
    async with transaction():
        await change_order(order_id, values, version, by=request.user.id, now=now)
        return _answer(await order_for(request.user, order_id))


@delete("/orders/{order_id:int}", permission=Permission.CUSTOMERS_EDIT, status_code=204)
async def remove_order_over_api(request: StaffRequest, order_id: FromPath[int]) -> None:
    """Take away an order that was entered by mistake; one that was called off gets the status `cancelled` instead."""
    await order_for(request.user, order_id)
    await remove_orders([order_id], by=request.user.id, now=datetime.now(UTC))


@post("/orders/bulk", permission=Permission.CUSTOMERS_EDIT, status_code=200)
async def upsert_over_api(request: StaffRequest, data: JSONBody[OrdersIn]) -> Response[bytes]:
    """Create or update up to 5,000 orders by their numbers, each whole or not at all; what is null or left out stays. Wrong ones
    are named with their errors, the others are written; sending the same again changes nothing."""
    now = datetime.now(UTC)
    if len(data.items) > MOST_AT_ONCE:
        sentence = _("At most %(limit)s orders in one call; these are %(n)s. Please send them in parts.")
        raise Invalid({"items": sentence % {"limit": MOST_AT_ONCE, "n": len(data.items)}})

    async def do() -> BulkOut:
        results = await upsert_orders([said(item) for item in data.items], by=request.user.id, now=now, language=PLAIN)
        counts = Counter(result.outcome for result in results)
        shown = [BulkItem(each.outcome.value, each.number, each.order_id, each.errors) for each in results]
        return BulkOut(
            counts[Outcome.CREATED], counts[Outcome.UPDATED], counts[Outcome.UNCHANGED], counts[Outcome.WRONG], shown
        )  # fmt: skip

    return await created_once(request, do, now=now, status=200)


async def _values(fields: Fields, sent: dict[str, Any], now: datetime) -> dict[str, Any]:
    values = order_values(fields, today=local(now).date(), language=PLAIN, only=sent)
    if "items" in sent:
        rows = sent["items"] or []
        values["items"] = items_of(fields, rows, PLAIN, await known_products(row.get("product") for row in rows))
    return values


def _plain(text: str) -> str:
    return text[:200].replace("\x00", "")


def _known(name: str, value: str, words: dict[str, str]) -> bool:
    """Whether a filter was said; raises Invalid if it is none of the codes."""
    if value and value not in words:
        raise Invalid({name: _("Please choose one of the options.")})
    return bool(value)


def _day(name: str, text: str) -> date | None:
    if not text:
        return None
    if (found := date_from(text[:40])) is None:
        raise Invalid({name: _("Please enter a date such as 30.11.2026.")})
    return found


def _out(row: Row) -> OrderOut:
    items = [ItemOut(item["product"], item["text"], item["quantity"], item["price"]) for item in decoded(row.lines)]
    return OrderOut(
        row.id, row.number, row.customer, row.customer_number, row.customer_external_id, row.ordered_on, row.amount, row.currency,
        row.channel, row.status, row.delivered_on, row.delivery_due_on, items, row.version,
    )  # fmt: skip


def _answer(row: Row) -> Response[OrderOut]:
    return Response(_out(row), headers={"etag": f'"{row.version}"'})


route_handlers = [
    create_order_over_api, list_orders_over_api, show_order_over_api, change_order_over_api, remove_order_over_api, upsert_over_api,
]  # fmt: skip
