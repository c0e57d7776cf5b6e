"""The pages on which somebody whom we know joins one more organisation, and leaves one of several."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from litestar import Response, get, post
from litestar.params import FromPath

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import form_once
from crm.customers.lists.finding import Wanted, find_customers
from crm.customers.persons import link_person, unlink_person, why_not_to_part
from crm.customers.queries import customer_for, person_for, persons_matching
from crm.customers.tables import CustomerKind
from crm.database import Row
from crm.errors import Invalid, NotFound, RuleBroken
from crm.web.forms import Fields
from crm.web.i18n import _
from crm.web.render import page, see_other

MOST_CUSTOMERS = 50
"""Persons are looked for at so many customers that fit; whoever is not among them is found by more words."""


@get("/customers/{customer_id:int}/persons/known", permission=Permission.CUSTOMERS_EDIT)
async def known_person(request: StaffRequest, customer_id: FromPath[int]) -> Response[str]:
    """Search for somebody by name or e-mail address, choose them, and say what they do here."""
    customer = await _organisation(request, customer_id)
    return await _link_page(request, customer, dict(request.query_params), {})


@post("/customers/{customer_id:int}/persons/known", permission=Permission.CUSTOMERS_EDIT, status_code=303)
async def link(request: StaffRequest, customer_id: FromPath[int]) -> Response[Any]:
    now = datetime.now(UTC)
    customer = await _organisation(request, customer_id)
    fields = Fields(dict(await request.form()))

    async def do() -> str:
        person_id = fields.reference("person_id", required=True)
        function = fields.text("function", limit=150)
        fields.check()
        assert person_id is not None
        await person_for(request.user, person_id)
        await link_person(person_id, customer_id, function, by=request.user.id, now=now)
        return f"/customers/{customer_id}#person-{person_id}"

    try:
        return see_other(request, await form_once(request, fields.text("submission_id"), do, now=now))
    except Invalid as error:
        return await _link_page(request, customer, fields.values, error.errors, status=422)


@get("/customers/{customer_id:int}/persons/{person_id:int}/parting", permission=Permission.CUSTOMERS_EDIT)
async def parting(request: StaffRequest, customer_id: FromPath[int], person_id: FromPath[int]) -> Response[str]:
    return await _parting_page(request, customer_id, person_id)


@post(
    "/customers/{customer_id:int}/persons/{person_id:int}/parting",
    permission=Permission.CUSTOMERS_EDIT,
    status_code=303,
)
async def part(request: StaffRequest, customer_id: FromPath[int], person_id: FromPath[int]) -> Response[Any]:
    await person_for(request.user, person_id, customer_id)
    try:
        await unlink_person(person_id, customer_id, by=request.user.id, now=datetime.now(UTC))
    except RuleBroken as error:
        return await _parting_page(request, customer_id, person_id, error.sentence, status=422)
    return see_other(request, f"/customers/{customer_id}#persons")


async def _organisation(request: StaffRequest, customer_id: int) -> Row:
    customer = await customer_for(request.user, customer_id)
    if customer.kind != CustomerKind.ORGANISATION:
        raise NotFound()
    return customer


async def _link_page(
    request: StaffRequest, customer: Row, values: Mapping[str, Any], errors: Mapping[str, str], status: int = 200
) -> Response[str]:
    text = str(values.get("q", ""))[:200].replace("\x00", "").strip()
    found = []
    if text:
        fitting = await find_customers(Wanted(q=text), limit=MOST_CUSTOMERS)
        ids = [row.id for row in (*fitting.rows, *fitting.similar)]
        found = await persons_matching(text, ids, besides=customer.id, exactly=not fitting.is_guess)
    options = [
        (row.id, row.name, " · ".join(filter(None, (row.customer_name, row.function, *row.emails[:1]))))
        for row in found
    ]
    start = {"submission_id": uuid4().hex, "function": "", "person_id": options[0][0] if len(options) == 1 else ""}
    return await page(
        request, "customers/known_person.html", status=status, customer=customer, values={**start, **values, "q": text},
        errors=errors, options=options, labels={"person_id": _("Person"), "function": _("Function")},
    )  # fmt: skip


async def _parting_page(
    request: StaffRequest, customer_id: int, person_id: int, fault: str = "", status: int = 200
) -> Response[str]:
    person = await person_for(request.user, person_id, customer_id)
    fault = fault or await why_not_to_part(person_id, customer_id)
    return await page(request, "customers/parting.html", status=status, person=person, fault=fault)


route_handlers = [known_person, link, parting, part]
