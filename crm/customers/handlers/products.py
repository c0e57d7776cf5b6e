"""The pages of products: the catalogue, a new one, changing and retiring one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from litestar import Response, get, post
from litestar.params import FromPath

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import form_once
from crm.customers.orders.words import labels
from crm.customers.products.actions import change_product, create_product, product_values, retire_product
from crm.customers.products.queries import departments, product_for, products
from crm.database import Row
from crm.errors import Conflict, Invalid
from crm.web.forms import Fields
from crm.web.i18n import N_, _
from crm.web.render import flashes, fragment, is_fragment, page, see_other

PAGE = 100
DONE = {
    "created": N_("The product is saved."), "saved": N_("The product is saved."),
    "retired": N_("The product is retired: it is no longer offered for choosing."), "returned": N_("The product is offered again."),
}  # fmt: skip


@get("/products", permission=Permission.CUSTOMERS_VIEW)
async def list_products(request: StaffRequest) -> Response[str]:
    """The catalogue; for htmx the table alone, or its next rows."""
    asked = Fields(request.query_params)
    q, department = asked.text("q", limit=200)[:200], asked.text("department", limit=120)[:120]
    retired = asked.text("show") == "retired"
    cursor = request.query_params.get("cursor", "")
    found = await products(q=q, department=department, retired=retired, limit=PAGE, cursor=cursor or None)

    def href(**changes: str) -> str:
        said = {"q": q, "department": department, "show": "retired" if retired else "", **changes}
        kept = {name: value for name, value in said.items() if value}
        return f"/products?{urlencode(kept)}" if kept else "/products"

    context: dict[str, Any] = {
        "found": found, "q": q, "is_filtered": bool(q or department), "retired": retired,
        "next_href": href(cursor=found.next) if found.next else "",
        "columns": [(_("Product"), "", ""), (_("Product number"), "", "tight"), (_("Department"), "", ""), (_("Orders"), "", "num")],
    }  # fmt: skip
    if is_fragment(request) and cursor:
        return await fragment(request, "products/_rows.html", **context)
    context["show_chips"] = [(_("Offered"), href(show=""), not retired), (_("Retired"), href(show="retired"), retired)]
    context["department_chips"] = [
        (name, href(department="" if name == department else name), name == department) for name in await departments()
    ]
    if is_fragment(request):
        return await fragment(request, "products/_list.html", **context)
    return await page(request, "products/index.html", flashes=flashes(request, DONE), **context)


@get("/products/new", permission=Permission.CATALOGUES_EDIT)
async def new_product(request: StaffRequest) -> Response[str]:
    return await _form(request, None, {}, {})


@post("/products", permission=Permission.CATALOGUES_EDIT, status_code=303)
async def create(request: StaffRequest) -> Response[Any]:
    now = datetime.now(UTC)
    fields = Fields(dict(await request.form()))

    async def do() -> str:
        values = product_values(fields)
        fields.check()
        await create_product(values, by=request.user.id, now=now)
        return "/products?done=created"

    try:
        return see_other(request, await form_once(request, fields.text("submission_id"), do, now=now))
    except Invalid as error:
        return await _form(request, None, fields.values, error.errors, status=422)


@get("/products/{product_id:int}/edit", permission=Permission.CATALOGUES_EDIT)
async def edit_product(request: StaffRequest, product_id: FromPath[int]) -> Response[str]:
    product = await product_for(product_id)
    return await _form(request, product, dict(product), {})


@post("/products/{product_id:int}", permission=Permission.CATALOGUES_EDIT, status_code=303)
async def save_product(request: StaffRequest, product_id: FromPath[int]) -> Response[Any]:
    """Saves what was changed; if somebody else saved meanwhile, shows both versions."""
    product = await product_for(product_id)
    fields = Fields(dict(await request.form()))
    try:
        values = product_values(fields)
        version = fields.number("version", low=0, high=2**31, required=True)
        fields.check()
        await change_product(product_id, values, version, by=request.user.id, now=datetime.now(UTC))
    except Invalid as error:
        return await _form(request, product, fields.values, error.errors, status=422)
    except Conflict as conflict:
        return await page(
            request, "orders/conflict.html", status=409, crumb=(_("Products"), "/products"), name=product.code,
            action=f"/products/{product_id}", show_url="/products",
            rows=[(each.label, each.mine, each.theirs) for each in conflict.differences],
            fields={**fields.values, "version": conflict.version},
        )  # fmt: skip
    return see_other(request, "/products?done=saved")


@post("/products/{product_id:int}/retirement", permission=Permission.CATALOGUES_EDIT, status_code=303)
async def retire(request: StaffRequest, product_id: FromPath[int]) -> Response[Any]:
    await product_for(product_id)
    await retire_product(product_id, True, by=request.user.id, now=datetime.now(UTC))
    return see_other(request, "/products?done=retired")


@post("/products/{product_id:int}/return", permission=Permission.CATALOGUES_EDIT, status_code=303)
async def bring_back(request: StaffRequest, product_id: FromPath[int]) -> Response[Any]:
    await product_for(product_id)
    await retire_product(product_id, False, by=request.user.id, now=datetime.now(UTC))
    return see_other(request, "/products?done=returned")


async def _form(
    request: StaffRequest, product: Row | None, values: Mapping[str, Any], errors: Mapping[str, str], status: int = 200
) -> Response[str]:
    return await page(
        request, "products/form.html", status=status, product=product, values=values, errors=errors, labels=labels(),
        departments=await departments(),
    )  # fmt: skip


route_handlers = [list_products, new_product, create, edit_product, save_product, retire, bring_back]
