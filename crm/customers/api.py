"""Customers over the API: the same actions as the pages, as JSON."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
from litestar import Response, Router, get, patch, post
from litestar.params import FromPath, FromQuery

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import created_once
from crm.customers import document_api, forms
from crm.customers.actions import add_person, create_customer
from crm.customers.finding import Wanted, find_customers
from crm.customers.history import history_of
from crm.customers.queries import customer_for, persons_of, sees_restricted, service_level_codes
from crm.customers.shapes import (
    CreatedOut,
    CustomerIn,
    CustomerItem,
    CustomerOut,
    CustomerPage,
    CustomerPatch,
    HistoryItem,
    HistoryPage,
    PersonIn,
    PersonOut,
)
from crm.customers.tables import CustomerKind, CustomerStatus, TimelineKind
from crm.database import Row, decoded, transaction
from crm.errors import Invalid
from crm.tickets.changing import change_customer_and_promises
from crm.web.forms import Fields
from crm.web.i18n import _
from crm.web.parameters import Limit

_ETAG = re.compile(r'(?:W/)?"?(\d{1,9})"?')


@post("/customers", permission=Permission.CUSTOMERS_EDIT, status_code=201)
async def create_one(request: StaffRequest, data: CustomerIn) -> Response[bytes]:
    """Create a customer. `person_id` comes back for a private person, and for an organisation sent with a person's name."""
    now = datetime.now(UTC)

    async def do() -> CreatedOut:
        fields = _fields(data)
        if not fields.text("kind"):
            fields.error("kind", _("Please choose one of the options."))
        new = forms.new_customer(fields, await service_level_codes())
        created = await create_customer(new, by=request.user.id, now=now)
        return CreatedOut(created.customer_id, created.person_id)

    return await created_once(request, do, now=now)


@get("/customers", permission=Permission.CUSTOMERS_VIEW)
async def list_them(
    request: StaffRequest,
    q: FromQuery[str] = "",
    limit: Limit = 50,
    cursor: FromQuery[str] = "",
    status: FromQuery[str] = "",
    service_level: FromQuery[str] = "",
) -> CustomerPage:
    """Customers in the order of their names; with `q`, those that fit, names that begin with it first."""
    try:
        wanted_status = CustomerStatus(status) if status else None
    except ValueError:
        raise Invalid({"status": _("Please choose one of the options.")}) from None
    level = service_level.replace("\x00", "")[:40]
    wanted = Wanted(q=q[:200].replace("\x00", ""), status=wanted_status, service_level=level)
    found = await find_customers(wanted, limit=limit, cursor=cursor or None, full=True)
    return CustomerPage([_item(row) for row in found.rows], found.next)


@get("/customers/{customer_id:int}", permission=Permission.CUSTOMERS_VIEW)
async def show_one(request: StaffRequest, customer_id: FromPath[int]) -> Response[CustomerOut]:
    """One customer. The ETag is the version that If-Match takes."""
    return _answer(await customer_for(request.user, customer_id))


@patch("/customers/{customer_id:int}", permission=Permission.CUSTOMERS_EDIT)
async def change_one(request: StaffRequest, customer_id: FromPath[int], data: CustomerPatch) -> Response[CustomerOut]:
    """Change what is sent. 409 with both versions if somebody else saved since `version` (or If-Match)."""
    customer = await customer_for(request.user, customer_id)
    sent = {name: value for name, value in msgspec.structs.asdict(data).items() if value is not msgspec.UNSET}
    version = sent.pop("version")
    fields = Fields(_typed(sent))
    region = fields.text("country").upper() or customer.country
    changes = forms.customer_changes(
        fields, CustomerKind(customer.kind), await service_level_codes(), only=sent, region=region
    )
    fields.check()
    async with transaction():
        await change_customer_and_promises(
            customer_id, changes, _version(request, version), by=request.user.id, now=datetime.now(UTC)
        )
        return _answer(await customer_for(request.user, customer_id))


@get("/customers/{customer_id:int}/history", permission=Permission.CUSTOMERS_VIEW)
async def show_history(
    request: StaffRequest,
    customer_id: FromPath[int],
    limit: Limit = 50,
    cursor: FromQuery[str] = "",
    kind: FromQuery[str] = "",
) -> HistoryPage:
    """The contact history, newest first: contacts, enquiries, orders, consents, survey answers, changes."""
    await customer_for(request.user, customer_id)
    try:
        wanted = TimelineKind(kind) if kind else None
    except ValueError:
        raise Invalid({"kind": _("Please choose one of the options.")}) from None
    history = await history_of(
        customer_id, kind=wanted, before=cursor or None, limit=limit, restricted=sees_restricted(request.user)
    )
    return HistoryPage([HistoryItem(e.kind, e.at, e.id, e.summary, e.detail) for e in history.entries], history.next)


@get("/customers/{customer_id:int}/persons", permission=Permission.CUSTOMERS_VIEW)
async def list_persons(request: StaffRequest, customer_id: FromPath[int]) -> dict[str, list[PersonOut]]:
    """The persons of a customer, in their order."""
    await customer_for(request.user, customer_id)
    rows = await persons_of(customer_id, restricted=sees_restricted(request.user))
    return {"items": [_person(dict(row)) for row in rows]}


@post("/customers/{customer_id:int}/persons", permission=Permission.CUSTOMERS_EDIT, status_code=201)
async def create_person(request: StaffRequest, customer_id: FromPath[int], data: PersonIn) -> Response[bytes]:
    """One more person at an organisation."""
    now = datetime.now(UTC)
    customer = await customer_for(request.user, customer_id)

    async def do() -> CreatedOut:
        fields = _fields(data)
        fields.values["language"] = data.language or customer.language
        person = forms.person_data(fields, region=customer.country)
        fields.check()
        return CreatedOut(await add_person(customer_id, person, by=request.user.id, now=now))

    return await created_once(request, do, now=now)


def _fields(data: msgspec.Struct) -> Fields:
    return Fields(_typed(msgspec.structs.asdict(data)))


def _typed(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values as a form would send them: nothing for null, 1 or nothing for a flag."""
    return {name: "1" if value is True else value or "" for name, value in values.items()}


def _version(request: StaffRequest, version: int | None) -> int | None:
    """The version that the caller saw, from the body or from If-Match; `*` and nothing mean whichever is saved."""
    header = request.headers.get("if-match", "").strip()
    if not header or header == "*":
        return version
    found = _ETAG.fullmatch(header)
    if found is None:
        raise Invalid({"If-Match": _("Send the number of the version, as the ETag gave it.")})
    return int(found[1])


def _item(row: Row) -> CustomerItem:
    return CustomerItem(**{name: row[name] for name in CustomerItem.__struct_fields__})


def _answer(row: Row) -> Response[CustomerOut]:
    persons = decoded(row.persons)
    myself = next((person for person in persons if person["is_self"]), None)
    emails, phones = (myself["emails"], myself["phones"]) if myself else (row.emails, row.phones)
    same = {name: row[name] for name in CustomerOut.__struct_fields__ if name in row.keys()}  # noqa: SIM118
    same |= {
        "service_level": row.level_code, "owner": row.owner_name, "owner_id": row.owner, "deputy_id": row.deputy,
        "persons": [_person(person) for person in persons], "person_id": myself["id"] if myself else None,
        "given_name": myself["given_name"] if myself else None, "family_name": myself["family_name"] if myself else None,
        "email": emails[0] if emails else None, "phone": phones[0] if phones else None,
    }  # fmt: skip
    return Response(CustomerOut(**same), headers={"etag": f'"{row.version}"'})


def _person(person: dict[str, Any]) -> PersonOut:
    return PersonOut(**{name: person[name] for name in PersonOut.__struct_fields__})


router = Router(
    "/api/v1",
    route_handlers=[
        create_one, list_them, show_one, change_one, show_history, list_persons, create_person, *document_api.route_handlers,
    ],
    include_in_schema=True, tags=["Customers"],
)  # fmt: skip
