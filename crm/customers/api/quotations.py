"""Quotations over the API: the same actions as the pages, as JSON."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from litestar import Response, delete, get, patch, post
from litestar.params import FromPath, FromQuery, JSONBody

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import created_once
from crm.customers.bodies import version_of
from crm.customers.orders.bulk import customer_named
from crm.customers.orders.shapes import QuotationIn, QuotationList, QuotationOut, QuotationPatch, patched, said
from crm.customers.products.queries import known_products
from crm.customers.queries import sees_restricted
from crm.customers.quotations.actions import change_quotation, create_quotation, remove_quotation
from crm.customers.quotations.forms import named_products, quotation_values
from crm.customers.quotations.queries import QuotationsWanted, calendars_of_levels, quotation_for, quotations_matching
from crm.customers.quotations.quoting import Course, QuotationStatus, waiting
from crm.database import Row, transaction
from crm.errors import Invalid
from crm.service_levels.calendar import Calendar
from crm.web.formats import local
from crm.web.forms import Fields
from crm.web.i18n import _
from crm.web.parameters import Limit, demand_ids

PLAIN = "en"


@post("/quotations", permission=Permission.CUSTOMERS_EDIT, status_code=201)
async def create_quotation_over_api(request: StaffRequest, data: JSONBody[QuotationIn]) -> Response[bytes]:
    """Create a quotation of a customer named by id, number or external id."""
    now = datetime.now(UTC)

    async def do() -> QuotationOut:
        sent = said(data)
        fields = Fields(sent)
        customer_id = await customer_named(fields)
        values = await _values(fields, {**sent, "subject": sent.get("subject", "")}, now)
        fields.check()
        quotation_id = await create_quotation(customer_id or 0, values, by=request.user.id, now=now)
        return await _one(request, quotation_id, now)

    return await created_once(request, do, now=now)


@get("/quotations", permission=Permission.CUSTOMERS_VIEW)
async def list_quotations_over_api(
    request: StaffRequest, q: FromQuery[str] = "", customer_id: FromQuery[int | None] = None, status: FromQuery[str] = "",
    product: FromQuery[str] = "", limit: Limit = 50, cursor: FromQuery[str] = "",
) -> QuotationList:  # fmt: skip
    """Quotations, the latest request first: of one customer, status or product (a code)."""
    demand_ids(customer_id=customer_id)
    if status and status not in set(QuotationStatus):
        raise Invalid({"status": _("Please choose one of the options.")})
    now = datetime.now(UTC)
    wanted = QuotationsWanted(
        q=_plain(q), customer_id=customer_id, statuses=[status] if status else (), product=_plain(product)
    )
    found = await quotations_matching(
        wanted, limit=limit, cursor=cursor or None, restricted=sees_restricted(request.user)
    )
    calendars = await calendars_of_levels(now)
    return QuotationList([_out(row, calendars.get(row.service_level), now) for row in found.rows], found.next)


@get("/quotations/{quotation_id:int}", permission=Permission.CUSTOMERS_VIEW)
async def show_quotation_over_api(request: StaffRequest, quotation_id: FromPath[int]) -> Response[QuotationOut]:
    """One quotation. The ETag is the version that If-Match takes."""
    return _answer(await _one(request, quotation_id, datetime.now(UTC)))


@patch("/quotations/{quotation_id:int}", permission=Permission.CUSTOMERS_EDIT)
async def change_quotation_over_api(
    request: StaffRequest, quotation_id: FromPath[int], data: JSONBody[QuotationPatch]
) -> Response[QuotationOut]:
    """Change what is sent; a new status brings the time of its step along. 409 if somebody else saved meanwhile."""
    await quotation_for(request.user, quotation_id)
    now, sent, version = datetime.now(UTC), patched(data), version_of(request, data.version)
    fields = Fields({name: "" if value is None else value for name, value in sent.items()})
    values = await _values(fields, sent, now)
    fields.check()
    async with transaction():
        await change_quotation(quotation_id, values, version, by=request.user.id, now=now)
        return _answer(await _one(request, quotation_id, now))


@delete("/quotations/{quotation_id:int}", permission=Permission.CUSTOMERS_EDIT, status_code=204)
async def remove_quotation_over_api(request: StaffRequest, quotation_id: FromPath[int]) -> None:
    """Take away a quotation that was entered by mistake."""
    await quotation_for(request.user, quotation_id)
    await remove_quotation(quotation_id, by=request.user.id, now=datetime.now(UTC))


async def _values(fields: Fields, sent: dict[str, Any], now: datetime) -> dict[str, Any]:
    known = await known_products(named_products(sent))
    return quotation_values(fields, today=local(now).date(), language=PLAIN, known=known, only=sent)


async def _one(request: StaffRequest, quotation_id: int, now: datetime) -> QuotationOut:
    row = await quotation_for(request.user, quotation_id)
    return _out(row, (await calendars_of_levels(now)).get(row.service_level), now)


def _plain(text: str) -> str:
    return text[:200].replace("\x00", "")


def _out(row: Row, calendar: Calendar | None, now: datetime) -> QuotationOut:
    course = Course(QuotationStatus(row.status), row.requested_at, row.sent_at, row.decided_at)
    same = {name: row[name] for name in QuotationOut.__struct_fields__ if name in row.keys()}  # noqa: SIM118
    waits = waiting(course, calendar, now) if calendar is not None else None
    return QuotationOut(**same, customer_id=row.customer, waiting_min=waits)


def _answer(out: QuotationOut) -> Response[QuotationOut]:
    return Response(out, headers={"etag": f'"{out.version}"'})


route_handlers = [
    create_quotation_over_api, list_quotations_over_api, show_quotation_over_api, change_quotation_over_api,
    remove_quotation_over_api,
]  # fmt: skip
