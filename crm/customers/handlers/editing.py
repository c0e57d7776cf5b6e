"""The forms of customers and persons: new, edit, and what happens when two people edit the same."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from litestar import Response, get, post
from litestar.params import FromPath

from crm.accounts.audit import entries_about
from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import form_once
from crm.customers import forms
from crm.customers.actions import add_person, create_customer
from crm.customers.choosing import (
    RELATIONS,
    choices,
    kinds,
    options,
    reach_rows,
    resolve_relations,
    typed_rows,
    values_of,
)
from crm.customers.lists.finding import Wanted, find_customers
from crm.customers.persons import change_person
from crm.customers.queries import (
    customer_for,
    person_for,
    service_level_codes,
)
from crm.customers.tables import CustomerKind
from crm.customers.words import FORMS_OF_ADDRESS, KINDS, LANGUAGES, field_label, field_labels
from crm.database import Row
from crm.errors import Conflict, Invalid
from crm.tickets.changing import change_customer_and_promises
from crm.web.forms import Fields
from crm.web.render import fragment, page, see_other

Values = Mapping[str, Any]
PERSON_FIELDS = (
    "title", "given_name", "family_name", "form_of_address", "function", "language", "birthday", "salutation", "preferred_channel",
)  # fmt: skip


@get("/customers/new", permission=Permission.CUSTOMERS_EDIT)
async def new_customer(request: StaffRequest) -> Response[str]:
    asked = request.query_params
    kind = CustomerKind.PERSON if asked.get("kind") == CustomerKind.PERSON else CustomerKind.ORGANISATION
    name = asked.get("name", "")[:300]
    return await _new_page(request, {"kind": kind, "name": name, "family_name": name}, {})


@post("/customers", permission=Permission.CUSTOMERS_EDIT, status_code=303)
async def create(request: StaffRequest) -> Response[Any]:
    """Creates the customer, with an organisation's first person, and goes to their page."""
    now = datetime.now(UTC)
    fields = Fields(dict(await request.form()))

    async def do() -> str:
        await resolve_relations(fields)
        data = forms.new_customer(fields, await service_level_codes())
        created = await create_customer(data, by=request.user.id, now=now)
        return f"/customers/{created.customer_id}"

    try:
        return see_other(request, await form_once(request, fields.text("submission_id"), do, now=now))
    except Invalid as error:
        return await _new_page(request, fields.values, error.errors, status=422)


@get("/customers/{customer_id:int}/edit", permission=Permission.CUSTOMERS_EDIT)
async def edit_customer(request: StaffRequest, customer_id: FromPath[int]) -> Response[str]:
    customer = await customer_for(request.user, customer_id)
    return await _edit_page(request, customer, values_of(customer), {})


@post("/customers/{customer_id:int}", permission=Permission.CUSTOMERS_EDIT, status_code=303)
async def save_customer(request: StaffRequest, customer_id: FromPath[int]) -> Response[Any]:
    """Saves what was changed; if somebody else saved meanwhile, shows both versions."""
    customer = await customer_for(request.user, customer_id)
    fields = Fields(dict(await request.form()))
    try:
        await resolve_relations(fields)
        changes = forms.customer_changes(fields, CustomerKind(customer.kind), await service_level_codes())
        version = fields.number("version", low=0, high=2**31, required=True)
        fields.check()
        await change_customer_and_promises(customer_id, changes, version, by=request.user.id, now=datetime.now(UTC))
    except Invalid as error:
        return await _edit_page(request, customer, fields.values, error.errors, status=422)
    except Conflict as conflict:
        return await _conflict_page(
            request, conflict, ("customer", customer_id), customer.name, f"/customers/{customer_id}", fields
        )
    return see_other(request, f"/customers/{customer_id}")


@get("/customers/{customer_id:int}/persons/new", permission=Permission.CUSTOMERS_EDIT)
async def new_person(request: StaffRequest, customer_id: FromPath[int]) -> Response[str]:
    customer = await customer_for(request.user, customer_id)
    return await _person_page(request, customer, None, {"language": customer.language}, {})


@post("/customers/{customer_id:int}/persons", permission=Permission.CUSTOMERS_EDIT, status_code=303)
async def create_person(request: StaffRequest, customer_id: FromPath[int]) -> Response[Any]:
    now = datetime.now(UTC)
    customer = await customer_for(request.user, customer_id)
    fields = Fields(dict(await request.form()))

    async def do() -> str:
        person = forms.person_data(fields, region=customer.country)
        fields.check()
        person_id = await add_person(
            customer_id, person, by=request.user.id, now=now, came_back=fields.flag("came_back")
        )
        return f"/customers/{customer_id}#person-{person_id}"

    try:
        return see_other(request, await form_once(request, fields.text("submission_id"), do, now=now))
    except Invalid as error:
        return await _person_page(request, customer, None, fields.values, error.errors, status=422)


@get("/persons/{person_id:int}/edit", permission=Permission.CUSTOMERS_EDIT)
async def edit_person(request: StaffRequest, person_id: FromPath[int]) -> Response[str]:
    """The form of a person, as seen from one of their customers: whose function it shows, and where it leads back to."""
    person = await person_for(request.user, person_id, Fields(dict(request.query_params)).reference("customer"))
    customer = await customer_for(request.user, person.customer_id)
    values = {name: person[name] for name in (*PERSON_FIELDS, "version")}
    values |= {name: reach_rows(person, name) for name in ("emails", "phones")}
    return await _person_page(request, customer, person, values, {})


@post("/persons/{person_id:int}", permission=Permission.CUSTOMERS_EDIT, status_code=303)
async def save_person(request: StaffRequest, person_id: FromPath[int]) -> Response[Any]:
    """Saves what was changed; if somebody else saved meanwhile, shows both versions."""
    fields = Fields(dict(await request.form()))
    person = await person_for(request.user, person_id, fields.reference("customer"))
    customer = await customer_for(request.user, person.customer_id)
    show = f"/customers/{customer.id}"
    try:
        changes = forms.person_changes(fields, region=customer.country)
        version = fields.number("version", low=0, high=2**31, required=True)
        fields.check()
        await change_person(person_id, customer.id, changes, version, by=request.user.id, now=datetime.now(UTC))
    except Invalid as error:
        return await _person_page(request, customer, person, fields.values, error.errors, status=422)
    except Conflict as conflict:
        return await _conflict_page(
            request, conflict, ("person", person_id), person.name, show, fields, f"/persons/{person_id}"
        )
    return see_other(request, f"{show}#person-{person_id}")


async def _new_page(request: StaffRequest, values: Values, errors: Values, status: int = 200) -> Response[str]:
    kind = CustomerKind.PERSON if values.get("kind") == CustomerKind.PERSON else CustomerKind.ORGANISATION
    start = {
        "country": "DE",
        "language": "de",
        "status": "prospect",
        "submission_id": uuid4().hex,
    }
    return await page(
        request, "customers/new.html", status=status, kind=kind, values={**start, **values}, errors=errors,
        customer_kinds=KINDS, typed_rows=typed_rows, **await choices(),
    )  # fmt: skip


async def _edit_page(
    request: StaffRequest, customer: Row, values: Values, errors: Values, status: int = 200
) -> Response[str]:
    return await page(
        request, "customers/edit.html", status=status, customer=customer, kind=customer.kind, values=values, errors=errors,
        typed_rows=typed_rows, **await choices(),
    )  # fmt: skip


async def _person_page(
    request: StaffRequest, customer: Row, person: Row | None, values: Values, errors: Values, status: int = 200
) -> Response[str]:
    start = {"form_of_address": "neutral", "language": "de", "submission_id": uuid4().hex}
    return await page(
        request, "customers/person.html", status=status, customer=customer, person=person, values={**start, **values},
        errors=errors, label=field_label, labels=field_labels(), languages=options(LANGUAGES), forms_of_address=options(FORMS_OF_ADDRESS),
        typed_rows=typed_rows, **kinds(),
    )  # fmt: skip


async def _conflict_page(
    request: StaffRequest,
    conflict: Conflict,
    subject: tuple[str, int],
    name: str,
    show: str,
    fields: Fields,
    action: str = "",
) -> Response[str]:
    """Both versions side by side; sending one's own again carries the new version number."""
    last = await entries_about(*subject, limit=1)
    return await page(
        request, "customers/conflict.html", status=409, name=name, action=action or show, show_url=show,
        rows=[(difference.label, difference.mine, difference.theirs) for difference in conflict.differences],
        fields={**fields.values, "version": conflict.version},
        changed_by=last[0].actor if last else None, changed_at=last[0].at if last else None,
    )  # fmt: skip


@get("/customers/options", permission=Permission.CUSTOMERS_EDIT)
async def customer_options(request: StaffRequest) -> Response[str]:
    """Customers for a field in which somebody types whom they mean: suggestions as options of its list."""
    asked = request.query_params
    text = next((asked[name] for name in (*RELATIONS.values(), "q") if asked.get(name)), "")[:200].replace("\x00", "")
    found = await find_customers(Wanted(q=text), limit=8) if text.strip() else None
    return await fragment(request, "customers/_options.html", found=found.rows if found else [])


route_handlers = [
    new_customer, create, customer_options, edit_customer, save_customer, new_person, create_person, edit_person, save_person,
]  # fmt: skip
