"""The pages of quotations: the list with what waits, one quotation with its steps, entering and changing one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from litestar import Response, get, post
from litestar.params import FromPath

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import form_once
from crm.customers.handlers.orders import conflict_page
from crm.customers.orders.card import quotation_line, time_sentence
from crm.customers.orders.words import DECLINE_REASONS, QUOTATION_STATUSES, currency_options, labels, plain_number
from crm.customers.products.queries import known_products, offered_products
from crm.customers.queries import customer_for, sees_restricted
from crm.customers.quotations.actions import change_quotation, create_quotation, remove_quotation
from crm.customers.quotations.forms import PRODUCT_LINES, named_products, product_fields, quotation_values
from crm.customers.quotations.queries import (
    QuotationsWanted,
    calendars_of_levels,
    quotation_for,
    quotations_matching,
)
from crm.database import Row, decoded
from crm.errors import Conflict, Invalid
from crm.web.formats import input_datetime, local
from crm.web.forms import Fields
from crm.web.i18n import N_, _, language, local_name, word
from crm.web.render import flashes, fragment, is_fragment, page, see_other

PAGE = 50
SHOWN: dict[str, tuple[str, ...]] = {
    "waiting": ("requested",), "sent": ("sent",), "accepted": ("accepted",), "declined": ("declined",), "all": (),
}  # fmt: skip
MOMENTS = ("requested_at", "sent_at", "decided_at")
DONE = {
    "created": N_("The quotation is saved."), "saved": N_("The quotation is saved."), "removed": N_("The quotation is removed."),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class QuotationsView:
    """What the address of the list asks for; words that it doesn't know count as not said."""

    q: str
    show: str
    customer: str
    product: str
    cursor: str

    @classmethod
    def of(cls, request: StaffRequest) -> QuotationsView:
        asked = {name: value.replace("\x00", "")[:200] for name, value in request.query_params.items()}
        show, customer = asked.get("show", ""), asked.get("customer", "")
        is_id = customer.isascii() and customer.isdigit() and len(customer) < 19
        return cls(
            asked.get("q", ""), show if show in SHOWN else "all", customer if is_id else "", asked.get("product", ""),
            request.query_params.get("cursor", ""),
        )  # fmt: skip

    def href(self, **changes: str) -> str:
        """The address of the same list with something changed, from its beginning."""
        asked = {"q": self.q, "show": self.show, "customer": self.customer, "product": self.product, **changes}
        said = {name: value for name, value in asked.items() if value and (name, value) != ("show", "all")}
        return f"/quotations?{urlencode(said)}" if said else "/quotations"

    def wanted(self) -> QuotationsWanted:
        return QuotationsWanted(
            q=self.q, customer_id=int(self.customer) if self.customer else None, statuses=SHOWN[self.show], product=self.product,
            longest_waiting_first=self.show in ("waiting", "sent"),
        )  # fmt: skip


@get("/quotations", permission=Permission.CUSTOMERS_VIEW)
async def list_quotations(request: StaffRequest) -> Response[str]:
    """All quotations; those that wait in the order in which they have waited. For htmx the table alone, or its next rows."""
    view, now = QuotationsView.of(request), datetime.now(UTC)
    customer = await customer_for(request.user, int(view.customer)) if view.customer else None
    found = await quotations_matching(
        view.wanted(), limit=PAGE, cursor=view.cursor or None, restricted=sees_restricted(request.user)
    )
    calendars = await calendars_of_levels(now)
    columns = [
        (_("Quotation"), "", ""), (_("Customer"), "", ""), (_("Requested"), "", "num"), (_("Amount"), "", "num"),
        (_("Status"), "", ""), (_("Business time"), "", ""),
    ]  # fmt: skip
    lines = [(row, quotation_line(row, calendars.get(row.service_level), now)) for row in found.rows]
    context: dict[str, Any] = {
        "view": view, "found": found, "lines": lines, "columns": columns, "customer": customer,
        "next_href": view.href(cursor=found.next) if found.next else "",
    }  # fmt: skip
    if is_fragment(request) and view.cursor:
        return await fragment(request, "quotations/_rows.html", **context)
    shown = {
        "all": _("All"), "waiting": _("Waiting for us"), "sent": _("With the customer"), "accepted": _("Accepted"),
        "declined": _("Declined"),
    }  # fmt: skip
    context["show_chips"] = [(text, view.href(show=show), view.show == show) for show, text in shown.items()]
    if is_fragment(request):
        return await fragment(request, "quotations/_list.html", **context)
    return await page(request, "quotations/index.html", flashes=flashes(request, DONE), **context)


@get("/quotations/new", permission=Permission.CUSTOMERS_EDIT)
async def new_quotation(request: StaffRequest) -> Response[str]:
    """The form; of the customer whose page one comes from, or with a field to find one."""
    customer_id = Fields(request.query_params).reference("customer")
    customer = await customer_for(request.user, customer_id) if customer_id else None
    start = {"requested_at": input_datetime(datetime.now(UTC)), "currency": "EUR", "status": "requested"}
    return await _form(request, None, customer, start, {})


@get("/quotations/fields", permission=Permission.CUSTOMERS_EDIT)
async def fields_of_customer(request: StaffRequest) -> Response[str]:
    """The customer's part of the form, once one has been picked from the list."""
    query = Fields(request.query_params)
    customer_id = query.reference("customer_id", required=True)
    query.check()
    customer = await customer_for(request.user, customer_id or 0)
    return await fragment(
        request, "orders/_customer_fields.html", customer=customer, target="/quotations/fields", values={}, errors={}
    )


@post("/quotations", permission=Permission.CUSTOMERS_EDIT, status_code=303)
async def create(request: StaffRequest) -> Response[Any]:
    now = datetime.now(UTC)
    fields = Fields(dict(await request.form()))
    customer_id = fields.reference("customer_id")
    customer = await customer_for(request.user, customer_id) if customer_id else None

    async def do() -> str:
        values = await _values(fields, now)
        if customer is None:
            fields.error("customer_id", _("Choose the customer: type a part of the name and pick from the list."))
        fields.check()
        quotation_id = await create_quotation(customer.id if customer else 0, values, by=request.user.id, now=now)
        return f"/quotations/{quotation_id}?done=created"

    try:
        return see_other(request, await form_once(request, fields.text("submission_id"), do, now=now))
    except Invalid as error:
        return await _form(request, None, customer, fields.values, error.errors, status=422)


@get("/quotations/{quotation_id:int}", permission=Permission.CUSTOMERS_VIEW)
async def show_quotation(request: StaffRequest, quotation_id: FromPath[int]) -> Response[str]:
    return await _show(request, await quotation_for(request.user, quotation_id), {}, {})


@get("/quotations/{quotation_id:int}/edit", permission=Permission.CUSTOMERS_EDIT)
async def edit_quotation(request: StaffRequest, quotation_id: FromPath[int]) -> Response[str]:
    quotation = await quotation_for(request.user, quotation_id)
    customer = await customer_for(request.user, quotation.customer)
    names = ("number", "subject", "currency", "status", "decline_reason", "decision_note", "version")
    values: dict[str, Any] = {name: quotation[name] or "" for name in names}
    values |= {name: input_datetime(quotation[name]) for name in MOMENTS}
    values |= {f"product_{n}": code for n, code in enumerate(quotation.products)}
    values["amount"] = plain_number(quotation.amount)
    values["document_on"] = quotation.document_on.isoformat() if quotation.document_on else ""
    return await _form(request, quotation, customer, values, {})


@post("/quotations/{quotation_id:int}", permission=Permission.CUSTOMERS_EDIT, status_code=303)
async def save_quotation(request: StaffRequest, quotation_id: FromPath[int]) -> Response[Any]:
    """Saves what was changed; if somebody else saved meanwhile, shows both versions."""
    now = datetime.now(UTC)
    quotation = await quotation_for(request.user, quotation_id)
    fields, show = Fields(dict(await request.form())), f"/quotations/{quotation_id}"
    try:
        values = await _values(fields, now)
        version = fields.number("version", low=0, high=2**31, required=True)
        fields.check()
        await change_quotation(quotation_id, values, version, by=request.user.id, now=now)
    except Invalid as error:
        customer = await customer_for(request.user, quotation.customer)
        return await _form(request, quotation, customer, fields.values, error.errors, status=422)
    except Conflict as conflict:
        name = quotation.number or quotation.subject
        return await conflict_page(
            request, conflict, ("quotation", quotation_id), (_("Quotations"), "/quotations"), name, show, fields
        )
    return see_other(request, f"{show}?done=saved")


@post("/quotations/{quotation_id:int}/sending", permission=Permission.CUSTOMERS_EDIT, status_code=303)
async def send_quotation(request: StaffRequest, quotation_id: FromPath[int]) -> Response[Any]:
    """Notes that it was sent: under which number, and when if not just now."""
    return await _step(request, quotation_id, {"status": "sent"}, ("number", "sent_at", "amount", "currency"))


@post("/quotations/{quotation_id:int}/acceptance", permission=Permission.CUSTOMERS_EDIT, status_code=303)
async def accept_quotation(request: StaffRequest, quotation_id: FromPath[int]) -> Response[Any]:
    return await _step(request, quotation_id, {"status": "accepted"}, ("decided_at",))


@post("/quotations/{quotation_id:int}/refusal", permission=Permission.CUSTOMERS_EDIT, status_code=303)
async def decline_quotation(request: StaffRequest, quotation_id: FromPath[int]) -> Response[Any]:
    """Notes that the customer declined, with the reason."""
    said = ("decided_at", "decline_reason", "decision_note")
    return await _step(request, quotation_id, {"status": "declined"}, said)


@post("/quotations/{quotation_id:int}/removal", permission=Permission.CUSTOMERS_EDIT, status_code=303)
async def remove(request: StaffRequest, quotation_id: FromPath[int]) -> Response[Any]:
    """Takes away what was entered by mistake."""
    quotation = await quotation_for(request.user, quotation_id)
    await remove_quotation(quotation_id, by=request.user.id, now=datetime.now(UTC))
    return see_other(request, f"/quotations?customer={quotation.customer}&done=removed")


async def _step(
    request: StaffRequest, quotation_id: int, step: Mapping[str, str], named: tuple[str, ...]
) -> Response[Any]:
    """One step of the way, with those of the `named` fields that were filled in."""
    now = datetime.now(UTC)
    quotation = await quotation_for(request.user, quotation_id)
    fields = Fields({**dict(await request.form()), **step})
    only = ["status", *(name for name in named if fields.text(name))]
    try:
        values = quotation_values(fields, today=local(now).date(), language=language.get(), known={}, only=only)
        fields.check()
        await change_quotation(quotation_id, values, None, by=request.user.id, now=now)
    except Invalid as error:
        return await _show(request, quotation, fields.values, error.errors, status=422)
    return see_other(request, f"/quotations/{quotation_id}?done=saved")


async def _values(fields: Fields, now: datetime) -> dict[str, Any]:
    """The values of the form; errors stay with the fields."""
    known = await known_products(named_products(fields.values))
    return quotation_values(fields, today=local(now).date(), language=language.get(), known=known)


async def _show(
    request: StaffRequest, quotation: Row, values: Mapping[str, Any], errors: Mapping[str, str], status: int = 200
) -> Response[str]:
    now = datetime.now(UTC)
    calendar = (await calendars_of_levels(now)).get(quotation.service_level)
    return await page(
        request, "quotations/show.html", status=status, quotation=quotation, time=time_sentence(quotation, calendar, now),
        line=quotation_line(quotation, calendar, now), statuses=QUOTATION_STATUSES, reasons=_words(DECLINE_REASONS),
        reason_words=DECLINE_REASONS, word=word, labels=labels(), values=values, errors=errors, flashes=flashes(request, DONE),
        products=[(product["code"], product[f"name_{language.get()}"]) for product in decoded(quotation.products_named)],
    )  # fmt: skip


async def _form(
    request: StaffRequest, quotation: Row | None, customer: Row | None, values: Mapping[str, Any],
    errors: Mapping[str, str], status: int = 200,
) -> Response[str]:  # fmt: skip
    named = [values[name] for name in product_fields(values) if values[name]]
    first = len(product_fields(values)) if errors else len(named)
    filled = {name: values[name] for name in product_fields(values)} if errors else {}
    filled = filled or {f"product_{n}": code for n, code in enumerate(named)}
    blank = {f"product_{n}": "" for n in range(first, first + PRODUCT_LINES)}
    return await page(
        request, "quotations/form.html", status=status, quotation=quotation, customer=customer, target="/quotations/fields",
        values={"submission_id": uuid4().hex, **values}, product_lines={**filled, **blank}, errors=errors, labels=labels(),
        statuses=_words(QUOTATION_STATUSES), reasons=_words(DECLINE_REASONS), currencies=currency_options(),
        offered=[(row.code, local_name(row)) for row in await offered_products()],
    )  # fmt: skip


def _words(words: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(code, word(words, code)) for code in words]


route_handlers = [
    list_quotations, new_quotation, fields_of_customer, create, show_quotation, edit_quotation, save_quotation, send_quotation,
    accept_quotation, decline_quotation, remove,
]  # fmt: skip
