"""Products over the API: the same actions as the pages, as JSON."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
from litestar import Response, get, patch, post
from litestar.params import FromPath, FromQuery, JSONBody

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import created_once
from crm.customers.bodies import version_of
from crm.customers.orders.shapes import ProductIn, ProductList, ProductOut, ProductPatch, patched
from crm.customers.products.actions import change_product, create_product, product_values, retire_product
from crm.customers.products.queries import product_for, products
from crm.database import Row, transaction
from crm.web.forms import Fields
from crm.web.parameters import Limit


@post("/products", permission=Permission.CATALOGUES_EDIT, status_code=201)
async def create_product_over_api(request: StaffRequest, data: JSONBody[ProductIn]) -> Response[bytes]:
    """Create a product. The code is unique, in small or capital letters."""
    now = datetime.now(UTC)

    async def do() -> ProductOut:
        fields = Fields({name: value or "" for name, value in msgspec.structs.asdict(data).items()})
        values = product_values(fields)
        fields.check()
        return _out(await product_for(await create_product(values, by=request.user.id, now=now)))

    return await created_once(request, do, now=now)


@get("/products", permission=Permission.CUSTOMERS_VIEW)
async def list_products_over_api(
    q: FromQuery[str] = "", department: FromQuery[str] = "", active: FromQuery[bool | None] = None, limit: Limit = 50,
    cursor: FromQuery[str] = "",
) -> ProductList:  # fmt: skip
    """Products in the order of their codes."""
    found = await products(
        q=_plain(q), department=_plain(department), retired=None if active is None else not active, limit=limit,
        cursor=cursor or None,
    )  # fmt: skip
    return ProductList([_out(row) for row in found.rows], found.next)


@get("/products/{product_id:int}", permission=Permission.CUSTOMERS_VIEW)
async def show_product_over_api(product_id: FromPath[int]) -> Response[ProductOut]:
    """One product. The ETag is the version that If-Match takes."""
    return _answer(await product_for(product_id))


@patch("/products/{product_id:int}", permission=Permission.CATALOGUES_EDIT)
async def change_product_over_api(
    request: StaffRequest, product_id: FromPath[int], data: JSONBody[ProductPatch]
) -> Response[ProductOut]:
    """Change what is sent; `active` retires the product or brings it back."""
    now, sent, version = datetime.now(UTC), patched(data), version_of(request, data.version)
    active = sent.pop("active", None)
    fields = Fields({name: value or "" for name, value in sent.items()})
    values = product_values(fields, only=sent)
    fields.check()
    async with transaction():
        await product_for(product_id)
        await change_product(product_id, values, version, by=request.user.id, now=now)
        if active is not None:
            await retire_product(product_id, not active, by=request.user.id, now=now)
        return _answer(await product_for(product_id))


def _plain(text: str) -> str:
    return text[:200].replace("\x00", "")


def _out(row: Row) -> ProductOut:
    return ProductOut(row.id, row.code, row.name_de, row.name_en, row.department, row.retired_at is None, row.version)


def _answer(row: Row) -> Response[ProductOut]:
    return Response(_out(row), headers={"etag": f'"{row.version}"'})


route_handlers = [
    create_product_over_api, list_products_over_api, show_product_over_api, change_product_over_api,
]  # fmt: skip
