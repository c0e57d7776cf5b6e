"""Persons over the API: those of a customer, one by one, and somebody who belongs to several customers."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
from litestar import Response, delete, get, patch, post
from litestar.params import FromPath, FromQuery, JSONBody

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import created_once
from crm.customers import forms
from crm.customers.actions import add_person
from crm.customers.bodies import fields_of, person_out, typed, version_of
from crm.customers.persons import change_person, link_person, unlink_person
from crm.customers.queries import customer_for, person_for, persons_of, sees_restricted
from crm.customers.shapes import CreatedOut, PersonIn, PersonOut, PersonPatch
from crm.database import Row, transaction
from crm.web.forms import Fields
from crm.web.parameters import demand_ids


@get("/customers/{customer_id:int}/persons", permission=Permission.CUSTOMERS_VIEW)
async def list_persons(request: StaffRequest, customer_id: FromPath[int]) -> dict[str, list[PersonOut]]:
    """The persons of a customer, in their order."""
    await customer_for(request.user, customer_id)
    rows = await persons_of(customer_id, restricted=sees_restricted(request.user))
    return {"items": [person_out(row) for row in rows]}


@post("/customers/{customer_id:int}/persons", permission=Permission.CUSTOMERS_EDIT, status_code=201)
async def create_person(request: StaffRequest, customer_id: FromPath[int], data: JSONBody[PersonIn]) -> Response[bytes]:
    """One more person at an organisation: a new one, or with `person_id` somebody who is at another customer already."""
    now = datetime.now(UTC)
    customer = await customer_for(request.user, customer_id)

    async def do() -> CreatedOut:
        fields = fields_of(data)
        known = fields.reference("person_id")
        if known is not None:
            await person_for(request.user, known)
            function = fields.text("function", limit=150)
            fields.check()
            await link_person(known, customer_id, function, by=request.user.id, now=now)
            return CreatedOut(known)
        fields.values["language"] = data.language or customer.language
        person = forms.person_data(fields, region=customer.country)
        fields.check()
        came_back = fields.flag("came_back")
        return CreatedOut(await add_person(customer_id, person, by=request.user.id, now=now, came_back=came_back))

    return await created_once(request, do, now=now)


@delete("/customers/{customer_id:int}/persons/{person_id:int}", permission=Permission.CUSTOMERS_EDIT, status_code=204)
async def remove_person(request: StaffRequest, customer_id: FromPath[int], person_id: FromPath[int]) -> None:
    """The person no longer belongs to this customer; 422 if it is their only one."""
    await person_for(request.user, person_id, customer_id)
    await unlink_person(person_id, customer_id, by=request.user.id, now=datetime.now(UTC))


@get("/persons/{person_id:int}", permission=Permission.CUSTOMERS_VIEW)
async def show_person(
    request: StaffRequest, person_id: FromPath[int], customer_id: FromQuery[int | None] = None
) -> Response[PersonOut]:
    """One person. The ETag is the version that If-Match takes; `customer_id` chooses whose function is answered."""
    demand_ids(customer_id=customer_id)
    return _answer(await person_for(request.user, person_id, customer_id))


@patch("/persons/{person_id:int}", permission=Permission.CUSTOMERS_EDIT)
async def patch_person(
    request: StaffRequest,
    person_id: FromPath[int],
    data: JSONBody[PersonPatch],
    customer_id: FromQuery[int | None] = None,
) -> Response[PersonOut]:
    """Change what is sent. 409 with both versions if somebody else saved since `version` (or If-Match)."""
    demand_ids(customer_id=customer_id)
    person = await person_for(request.user, person_id, customer_id)
    customer = await customer_for(request.user, person.customer_id)
    sent = {name: value for name, value in msgspec.structs.asdict(data).items() if value is not msgspec.UNSET}
    version = sent.pop("version")
    fields = Fields(typed(sent))
    changes = forms.person_changes(fields, only=sent, region=customer.country)
    fields.check()
    async with transaction():
        await change_person(
            person_id, customer.id, changes, version_of(request, version), by=request.user.id, now=datetime.now(UTC)
        )
        return _answer(await person_for(request.user, person_id, customer.id))


def _answer(person: Row) -> Response[PersonOut]:
    return Response(person_out(person), headers={"etag": f'"{person.version}"'})


route_handlers = [list_persons, create_person, remove_person, show_person, patch_person]
