"""Where it is put on record that a customer's address came with an order (UWG § 7 (3)), on a page and over the API."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import msgspec
from litestar import Response, delete, get, post
from litestar.params import FromPath, JSONBody

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import created_once, form_once
from crm.consents.origins import LONGEST_HOW, NewOrigin, addresses_of, record_origin, sales_of, take_back_origin
from crm.consents.queries import purposes
from crm.customers.queries import customer_for
from crm.errors import Invalid
from crm.web.formats import short_date
from crm.web.forms import Fields
from crm.web.i18n import N_, zone
from crm.web.parameters import Id
from crm.web.render import flashes, page, see_other

P = Permission
DONE = {
    "recorded": N_("It is on record."),
    "taken-back": N_("It is taken back: the address counts as one of unknown origin."),
}


@get("/customers/{customer_id:int}/address-origins", permission=P.CONSENTS_VIEW)
async def show_origins(request: StaffRequest, customer_id: FromPath[int]) -> Response[str]:
    return await _page(request, customer_id, {}, {})


@post("/customers/{customer_id:int}/address-origins", permission=P.CONSENTS_RECORD, status_code=303)
async def add_origin(request: StaffRequest, customer_id: FromPath[int]) -> Response[Any]:
    now = datetime.now(UTC)
    await customer_for(request.user, customer_id)
    body = {name: value for name, value in (await request.form()).items() if isinstance(value, str)}

    async def do() -> str:
        fields = Fields(body)
        origin = NewOrigin(
            fields.text("address", required=True, limit=254), fields.reference("order", required=True) or 0, fields.on("told_on"),
            fields.text("how", limit=LONGEST_HOW),
        )  # fmt: skip
        fields.check()
        await record_origin(customer_id, origin, by=request.user.id, now=now, today=_today(now))
        return f"/customers/{customer_id}/address-origins?done=recorded"

    try:
        return see_other(request, await form_once(request, body.get("submission_id", ""), do, now=now))
    except Invalid as error:
        return await _page(request, customer_id, body, error.errors)


@post(
    "/customers/{customer_id:int}/address-origins/{origin_id:int}/removal",
    permission=P.CONSENTS_RECORD,
    status_code=303,
)
async def remove_origin(request: StaffRequest, customer_id: FromPath[int], origin_id: FromPath[int]) -> Response[Any]:
    await customer_for(request.user, customer_id)
    await take_back_origin(customer_id, origin_id, by=request.user.id, now=datetime.now(UTC))
    return see_other(request, f"/customers/{customer_id}/address-origins?done=taken-back")


async def _page(
    request: StaffRequest, customer_id: int, values: dict[str, str], errors: dict[str, Any]
) -> Response[str]:
    customer = await customer_for(request.user, customer_id)
    addresses, sales = await addresses_of(customer_id), await sales_of(customer_id)
    suited = [row for row in await purposes() if row.is_own_similar and row.is_advertising]
    return await page(
        request, "consents/origins.html", status=422 if errors else 200, customer=customer, addresses=addresses, sales=sales,
        purposes=suited, values=values, errors=errors, flashes=flashes(request, DONE),
        address_options=[(row.address, row.address) for row in addresses],
        order_options=[(row.id, f"{row.number} · {short_date(row.ordered_on)}") for row in sales],
    )  # fmt: skip


def _today(now: datetime) -> date:
    return now.astimezone(zone.get()).date()


class AddressOrigin(msgspec.Struct):
    """One address of the customer; `order_id` is null where nobody knows where it came from."""

    address: str
    id: int | None
    order_id: int | None
    order_number: str | None
    told_on: date | None
    how: str | None


class AddressOrigins(msgspec.Struct):
    items: list[AddressOrigin]


class NewAddressOrigin(msgspec.Struct, forbid_unknown_fields=True):
    """With which order an address came, and when and how the customer was told of the right to object."""

    address: str
    order_id: Id
    told_on: date | None = None
    how: str = ""


@get("/customers/{customer_id:int}/address-origins", permission=P.CONSENTS_VIEW)
async def list_address_origins(request: StaffRequest, customer_id: FromPath[int]) -> AddressOrigins:
    """The e-mail addresses of a customer and their persons, and with which order each came."""
    await customer_for(request.user, customer_id)
    return AddressOrigins([_shape(row) for row in await addresses_of(customer_id)])


@post("/customers/{customer_id:int}/address-origins", permission=P.CONSENTS_RECORD, status_code=201)
async def add_address_origin(
    request: StaffRequest, customer_id: FromPath[int], data: JSONBody[NewAddressOrigin]
) -> Response[bytes]:
    """Put on record that an address came with an order of the customer."""
    now = datetime.now(UTC)
    await customer_for(request.user, customer_id)

    async def do() -> AddressOrigin:
        fields = Fields({"address": data.address, "how": data.how})
        address, how = fields.text("address", required=True, limit=254), fields.text("how", limit=LONGEST_HOW)
        fields.check()
        origin = NewOrigin(address, data.order_id, data.told_on, how)
        new = await record_origin(customer_id, origin, by=request.user.id, now=now, today=_today(now))
        return next(_shape(row) for row in await addresses_of(customer_id) if row.origin_id == new)

    return await created_once(request, do, now=now)


@delete("/customers/{customer_id:int}/address-origins/{origin_id:int}", permission=P.CONSENTS_RECORD, status_code=204)
async def remove_address_origin(request: StaffRequest, customer_id: FromPath[int], origin_id: FromPath[int]) -> None:
    """Take it back: the address counts as one of unknown origin."""
    await customer_for(request.user, customer_id)
    await take_back_origin(customer_id, origin_id, by=request.user.id, now=datetime.now(UTC))


def _shape(row: Any) -> AddressOrigin:
    return AddressOrigin(row.address, row.origin_id, row.order_id, row.number, row.told_on, row.how)


pages = [show_origins, add_origin, remove_origin]
calls = [list_address_origins, add_address_origin, remove_address_origin]
