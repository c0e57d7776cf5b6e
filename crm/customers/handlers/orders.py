"""The pages of orders: the list, one order, entering and changing one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from litestar import Response, get, post
from litestar.params import FromPath

from crm.accounts.audit import entries_about
from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import form_once
from crm.customers.orders.actions import change_order, create_order, remove_orders
from crm.customers.orders.data import Item, items_sum
from crm.customers.orders.forms import created, form_items, form_rows, order_values
from crm.customers.orders.queries import OPEN, OrdersWanted, order_for, orders_matching
from crm.customers.orders.reading import day
from crm.customers.orders.rules import BEFORE_DELIVERY, OrderStatus
from crm.customers.orders.words import currency_options, label, labels, plain_number
from crm.customers.products.queries import known_products, offered_products
from crm.customers.queries import customer_for, sees_restricted
from crm.customers.quotations.queries import quotation_for
from crm.customers.words import CHANNELS, ORDER_STATUSES, TICKET_STATUSES
from crm.database import Row, decoded
from crm.errors import Conflict, Invalid
from crm.tickets.order_links import tickets_about
from crm.web.formats import local
from crm.web.forms import Fields
from crm.web.i18n import N_, _, language, local_name, word
from crm.web.render import flashes, fragment, is_fragment, page, see_other

PAGE = 50
BLANK_LINES = 3
SHOWN: dict[str, tuple[str, ...]] = {
    "all": (), "open": OPEN, "late": (), "done": ("delivered", "invoiced", "paid"), "cancelled": ("cancelled",),
}  # fmt: skip
DONE = {
    "created": N_("The order is saved."), "saved": N_("The order is saved."), "delivered": N_("The delivery is noted."),
    "removed": N_("The order is removed."),
}  # fmt: skip
TONES = {"delivered": "good", "invoiced": "good", "paid": "good", "cancelled": "", "shipped": "petrol"}


@dataclass(frozen=True, slots=True)
class OrdersView:
    """What the address of the list asks for; words that it doesn't know count as not said."""

    q: str
    show: str
    customer: str
    product: str
    sort: str
    cursor: str

    @classmethod
    def of(cls, request: StaffRequest) -> OrdersView:
        asked = {name: value.replace("\x00", "")[:200] for name, value in request.query_params.items()}
        show, customer = asked.get("show", ""), asked.get("customer", "")
        is_id = customer.isascii() and customer.isdigit() and len(customer) < 19
        return cls(
            asked.get("q", ""), show if show in SHOWN else "all", customer if is_id else "", asked.get("product", ""),
            "on" if asked.get("sort") == "on" else "-on", request.query_params.get("cursor", ""),
        )  # fmt: skip

    def href(self, **changes: str) -> str:
        """The address of the same list with something changed, from its beginning."""
        asked = {"q": self.q, "show": self.show, "customer": self.customer, "product": self.product, "sort": self.sort}
        usual = {"show": "all", "sort": "-on"}
        said = {name: value for name, value in {**asked, **changes}.items() if value and value != usual.get(name)}
        return f"/orders?{urlencode(said)}" if said else "/orders"

    def wanted(self, today: date) -> OrdersWanted:
        return OrdersWanted(
            q=self.q, customer_id=int(self.customer) if self.customer else None, statuses=SHOWN[self.show],
            product=self.product, late_on=today if self.show == "late" else None, oldest_first=self.sort == "on",
        )  # fmt: skip


@get("/orders", permission=Permission.CUSTOMERS_VIEW)
async def list_orders(request: StaffRequest) -> Response[str]:
    """All orders, the newest first; for htmx the table alone, or the next rows of it."""
    view, today = OrdersView.of(request), local(datetime.now(UTC)).date()
    customer = await customer_for(request.user, int(view.customer)) if view.customer else None
    found = await orders_matching(
        view.wanted(today), limit=PAGE, cursor=view.cursor or None, restricted=sees_restricted(request.user)
    )
    columns = [
        (_("Order"), "", ""), (_("Customer"), "", ""), (_("Ordered on"), "on", "num"), (_("Amount"), "", "num"),
        (_("Status"), "", ""), (_("Delivery"), "", "num"),
    ]  # fmt: skip
    context: dict[str, Any] = {
        "view": view, "found": found, "columns": columns, "customer": customer, "statuses": ORDER_STATUSES, "tones": TONES,
        "word": word, "today": today, "open": OPEN, "next_href": view.href(cursor=found.next) if found.next else "",
    }  # fmt: skip
    if is_fragment(request) and view.cursor:
        return await fragment(request, "orders/_rows.html", **context)
    shown = {
        "all": _("All"), "open": _("On their way"), "late": _("Delivery overdue"), "done": _("Delivered"),
        "cancelled": _("Cancelled"),
    }  # fmt: skip
    context["show_chips"] = [(text, view.href(show=show), view.show == show) for show, text in shown.items()]
    if is_fragment(request):
        return await fragment(request, "orders/_list.html", **context)
    return await page(request, "orders/index.html", flashes=flashes(request, DONE), **context)


@get("/orders/new", permission=Permission.CUSTOMERS_EDIT)
async def new_order(request: StaffRequest) -> Response[str]:
    """The form; of the customer whose page one comes from, or with a field to find one. From an accepted quotation it takes
    customer, amount and products."""
    asked = Fields(request.query_params)
    customer_id, quotation_id = asked.reference("customer"), asked.reference("quotation")
    today = local(datetime.now(UTC)).date()
    start = {"ordered_on": today.isoformat(), "currency": "EUR", "status": "ordered", "channel": "phone"}
    lines: dict[int, dict[str, Any]] = {}
    if quotation_id:
        quotation = await quotation_for(request.user, quotation_id)
        customer_id = quotation.customer
        start |= {"amount": plain_number(quotation.amount), "currency": quotation.currency}
        lines = {n: {"product": code} for n, code in enumerate(quotation.products)}
    customer = await customer_for(request.user, customer_id) if customer_id else None
    return await _form(request, None, customer, start, lines, {})


@get("/orders/fields", permission=Permission.CUSTOMERS_EDIT)
async def fields_of_customer(request: StaffRequest) -> Response[str]:
    """The customer's part of the form, once one has been picked from the list."""
    query = Fields(request.query_params)
    customer_id = query.reference("customer_id", required=True)
    query.check()
    customer = await customer_for(request.user, customer_id or 0)
    return await fragment(
        request, "orders/_customer_fields.html", customer=customer, target="/orders/fields", values={}, errors={}
    )


@get("/orders/lines", permission=Permission.CUSTOMERS_EDIT)
async def more_lines(request: StaffRequest) -> Response[str]:
    """Further blank lines for the form, from line number `after` on."""
    after = Fields(request.query_params).number("after", low=0, high=10_000) or 0
    lines = {n: dict[str, str]() for n in range(after, after + BLANK_LINES)}
    return await fragment(request, "orders/_lines.html", lines=lines, errors={}, labels=labels())


@post("/orders", permission=Permission.CUSTOMERS_EDIT, status_code=303)
async def create(request: StaffRequest) -> Response[Any]:
    now = datetime.now(UTC)
    fields = Fields(dict(await request.form()))
    customer_id = fields.reference("customer_id")
    customer = await customer_for(request.user, customer_id) if customer_id else None

    async def do() -> str:
        values = await _values(fields, now)
        if customer is None:
            fields.error("customer_id", _("Choose the customer: type a part of the name and pick from the list."))
        record = created(fields, customer.id if customer else 0, values)
        return f"/orders/{await create_order(record, by=request.user.id, now=now)}?done=created"

    try:
        return see_other(request, await form_once(request, fields.text("submission_id"), do, now=now))
    except Invalid as error:
        return await _form(request, None, customer, fields.values, form_rows(fields), error.errors, status=422)


@get("/orders/{order_id:int}", permission=Permission.CUSTOMERS_VIEW)
async def show_order(request: StaffRequest, order_id: FromPath[int]) -> Response[str]:
    order = await order_for(request.user, order_id)
    items = [_shown_item(item) for item in decoded(order.lines)]
    total = items_sum(tuple(Item(text="x", quantity=item["quantity"], price=item["price"]) for item in items))
    today = local(datetime.now(UTC)).date()
    tickets = await tickets_about(order_id) if request.user.may(Permission.TICKETS_VIEW) else []
    return await page(
        request, "orders/show.html", tickets=tickets, ticket_statuses=TICKET_STATUSES, order=order,
        items=items, total=total, statuses=ORDER_STATUSES, channels=CHANNELS, word=word,
        tones=TONES, may_be_delivered=OrderStatus(order.status) in BEFORE_DELIVERY, labels=labels(), today=today,
        is_late=order.status in OPEN and order.delivery_due_on is not None and order.delivery_due_on < today,
        flashes=flashes(request, DONE), errors={}, values={"delivered_on": today.isoformat()},
    )  # fmt: skip


@get("/orders/{order_id:int}/edit", permission=Permission.CUSTOMERS_EDIT)
async def edit_order(request: StaffRequest, order_id: FromPath[int]) -> Response[str]:
    order = await order_for(request.user, order_id)
    customer = await customer_for(request.user, order.customer)
    items = [_shown_item(item) for item in decoded(order.lines)]
    total = items_sum(tuple(Item(text="x", quantity=item["quantity"], price=item["price"]) for item in items))
    values = {name: order[name] for name in ("number", "currency", "channel", "status", "version")}
    values |= {
        name: order[name].isoformat() if order[name] else ""
        for name in ("ordered_on", "delivered_on", "delivery_due_on")
    }
    values["amount"] = "" if total == order.amount else plain_number(order.amount)
    lines = {
        n: {
            "product": item["product"], "text": item["text"], "quantity": plain_number(item["quantity"], 3),
            "price": plain_number(item["price"]),
        }
        for n, item in enumerate(items)
    }  # fmt: skip
    return await _form(request, order, customer, values, lines, {})


@post("/orders/{order_id:int}", permission=Permission.CUSTOMERS_EDIT, status_code=303)
async def save_order(request: StaffRequest, order_id: FromPath[int]) -> Response[Any]:
    """Saves what was changed; if somebody else saved meanwhile, shows both versions."""
    now = datetime.now(UTC)
    order = await order_for(request.user, order_id)
    fields = Fields(dict(await request.form()))
    try:
        values = await _values(fields, now)
        version = fields.number("version", low=0, high=2**31, required=True)
        fields.check()
        await change_order(order_id, values, version, by=request.user.id, now=now)
    except Invalid as error:
        customer = await customer_for(request.user, order.customer)
        return await _form(request, order, customer, fields.values, form_rows(fields), error.errors, status=422)
    except Conflict as conflict:
        return await conflict_page(
            request,
            conflict,
            ("order", order_id),
            (_("Orders"), "/orders"),
            order.number,
            f"/orders/{order_id}",
            fields,
        )
    return see_other(request, f"/orders/{order_id}?done=saved")


@post("/orders/{order_id:int}/delivery", permission=Permission.CUSTOMERS_EDIT, status_code=303)
async def deliver_order(request: StaffRequest, order_id: FromPath[int]) -> Response[Any]:
    """Notes that the order was delivered; without a day, today."""
    now = datetime.now(UTC)
    order = await order_for(request.user, order_id)
    fields, today = Fields(dict(await request.form())), local(now).date()
    try:
        delivered_on = day(fields, "delivered_on", today) or today
        fields.check()
        values = {"delivered_on": delivered_on}
        if OrderStatus(order.status) in BEFORE_DELIVERY:
            await change_order(order_id, values, None, by=request.user.id, now=now)
    except Invalid as error:
        customer = await customer_for(request.user, order.customer)
        typed = {"delivered_on": fields.text("delivered_on"), "status": "delivered", "version": order.version}
        return await _edit_again(request, order, customer, typed, error.errors)
    return see_other(request, f"/orders/{order_id}?done=delivered")


@post("/orders/{order_id:int}/removal", permission=Permission.CUSTOMERS_EDIT, status_code=303)
async def remove_order(request: StaffRequest, order_id: FromPath[int]) -> Response[Any]:
    """Takes away what was entered by mistake; what was called off is cancelled instead."""
    order = await order_for(request.user, order_id)
    await remove_orders([order_id], by=request.user.id, now=datetime.now(UTC))
    return see_other(request, f"/orders?customer={order.customer}&done=removed")


async def _values(fields: Fields, now: datetime) -> dict[str, Any]:
    """The values of the form; errors stay with the fields."""
    spoken = language.get()
    values = order_values(fields, today=local(now).date(), language=spoken)
    known = await known_products(row.get("product") for row in form_rows(fields).values())
    values["items"] = form_items(fields, spoken, known)
    return values


async def _edit_again(
    request: StaffRequest, order: Row, customer: Row, typed: Mapping[str, Any], errors: Mapping[str, str]
) -> Response[str]:
    """The form of an order with something typed elsewhere, and what is wrong with it."""
    values = {name: order[name] for name in ("number", "currency", "channel")}
    values |= {name: order[name].isoformat() if order[name] else "" for name in ("ordered_on", "delivery_due_on")}
    lines = {
        n: {**item, "quantity": plain_number(Decimal(item["quantity"]), 3), "price": plain_number(_price(item))}
        for n, item in enumerate(decoded(order.lines))
    }
    amount = {"amount": plain_number(order.amount)}
    return await _form(request, order, customer, {**values, **amount, **typed}, lines, errors, status=422)


async def _form(
    request: StaffRequest, order: Row | None, customer: Row | None, values: Mapping[str, Any],
    lines: Mapping[int, Mapping[str, Any]], errors: Mapping[str, str], status: int = 200,
) -> Response[str]:  # fmt: skip
    after = max(lines, default=-1) + 1
    blank: dict[int, Mapping[str, Any]] = {n: {} for n in range(after, after + BLANK_LINES)}
    return await page(
        request, "orders/form.html", status=status, order=order, customer=customer, target="/orders/fields",
        values={"submission_id": uuid4().hex, **values}, lines={**lines, **blank}, errors=errors, labels=labels(), label=label,
        statuses=[(code, word(ORDER_STATUSES, code)) for code in ORDER_STATUSES], currencies=currency_options(),
        channels=[(code, word(CHANNELS, code)) for code in CHANNELS],
        offered=[(row.code, local_name(row)) for row in await offered_products()],
    )  # fmt: skip


async def conflict_page(
    request: StaffRequest, conflict: Conflict, subject: tuple[str, int], crumb: tuple[str, str], name: str, show: str,
    fields: Fields,
) -> Response[str]:  # fmt: skip
    """Both versions side by side; sending one's own again carries the new version number."""
    last = await entries_about(*subject, limit=1)
    return await page(
        request, "orders/conflict.html", status=409, crumb=crumb, name=name, action=show, show_url=show,
        rows=[(each.label, each.mine, each.theirs) for each in conflict.differences],
        fields={**fields.values, "version": conflict.version}, changed_by=last[0].actor if last else None,
    )  # fmt: skip


def _price(item: Mapping[str, Any]) -> Decimal | None:
    return Decimal(item["price"]) if item["price"] is not None else None


def _shown_item(item: dict[str, Any]) -> dict[str, Any]:
    """A line as its page shows it: the product's name in the reader's language, quantity, price and their product."""
    quantity, price = Decimal(item["quantity"]), _price(item)
    name = item[f"name_{language.get()}"] or ""
    return {
        **item,
        "name": name,
        "quantity": quantity,
        "price": price,
        "sum": None if price is None else quantity * price,
    }


route_handlers = [
    list_orders, new_order, fields_of_customer, more_lines, create, show_order, edit_order, save_order, deliver_order, remove_order,
]  # fmt: skip
