"""Changing one field of a customer where it stands on the page: the field alone is fetched as a form and sent back."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath

from crm.accounts.audit import entries_about
from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.customers import forms
from crm.customers.choosing import choices, resolve_relations, typed_rows, values_of
from crm.customers.identifiers import shown_iban
from crm.customers.portrait import portrait_of
from crm.customers.queries import customer_for, local_level, service_level_codes
from crm.customers.tables import CustomerKind
from crm.customers.words import KIND_WORDS, LANGUAGES, ORIGINS, field_labels, inline_label
from crm.database import Row
from crm.errors import Conflict, Invalid, NotFound
from crm.tickets.changing import change_customer_and_promises
from crm.web.formats import local
from crm.web.forms import Fields
from crm.web.i18n import word
from crm.web.render import fragment, is_fragment, page, see_other

INLINE = {
    "brief": ("brief",), "address": ("street", "postcode", "city", "country"), "phones": ("phones",), "emails": ("emails",),
    "website": ("website",), "tags": ("tags",), "vat_id": ("vat_id",), "iban": ("iban",), "owner": ("owner_id",),
    "deputy": ("deputy_id",), "team": ("team_id",), "service_level": ("service_level",), "language": ("language",),
    "origin": ("origin_code", "origin"), "recommender": ("recommended_by",), "parent": ("parent_id",),
    "answers": ("no_automatic_answers",), "external_id": ("external_id",), "birthday": ("birthday",),
    "salutation": ("form_of_address", "title", "salutation"),
}  # fmt: skip
"""What can be changed on the page, with the fields of the API that it writes."""
OF_A_PERSON = frozenset({"birthday", "salutation"})
OF_AN_ORGANISATION = frozenset({"parent"})


@get("/customers/{customer_id:int}/fields/{name:str}", permission=Permission.CUSTOMERS_EDIT)
async def field_form(request: StaffRequest, customer_id: FromPath[int], name: FromPath[str]) -> Response[str]:
    """The form of one field; with `shown`, the field as it stands on the page (what Cancel fetches)."""
    customer = await _customer_with(request, customer_id, name)
    if "shown" in request.query_params and is_fragment(request):
        return await fragment(request, "customers/_field.html", **field_context(customer, name))
    return await _form(request, customer, name, values_of(customer), {})


@post("/customers/{customer_id:int}/fields/{name:str}", permission=Permission.CUSTOMERS_EDIT, status_code=303)
async def save_field(request: StaffRequest, customer_id: FromPath[int], name: FromPath[str]) -> Response[Any]:
    """Writes the one field. If somebody else changed the same field since the form was fetched, both versions are shown and
    what was typed stays; a change of other fields is no obstacle."""
    customer = await _customer_with(request, customer_id, name)
    fields = Fields(dict(await request.form()))
    try:
        await resolve_relations(fields)
        changes = forms.customer_changes(
            fields, CustomerKind(customer.kind), await service_level_codes(), only=INLINE[name], region=customer.country
        )
        version = fields.number("version", low=0, high=2**31, required=True)
        fields.check()
        untouched = fields.text("seen") == fingerprint(customer, name)
        await change_customer_and_promises(
            customer_id, changes, None if untouched else version, by=request.user.id, now=datetime.now(UTC)
        )
    except Invalid as error:
        return await _form(request, customer, name, fields.values, error.errors, status=422)
    except Conflict as conflict:
        status = 422 if is_fragment(request) else 409  # 422 is what htmx puts in place of the field
        return await _form(request, customer, name, fields.values, {}, status=status, conflict=conflict)
    if not is_fragment(request):
        return see_other(request, f"/customers/{customer_id}#field-{name}")
    saved = await customer_for(request.user, customer_id)
    return await fragment(request, "customers/_field.html", status=200, **field_context(saved, name), is_saved=True)


async def _customer_with(request: StaffRequest, customer_id: int, name: str) -> Row:
    """The customer, if such a customer has such a field."""
    customer = await customer_for(request.user, customer_id)
    other = OF_A_PERSON if customer.kind == CustomerKind.ORGANISATION else OF_AN_ORGANISATION
    if name not in INLINE or name in other:
        raise NotFound()
    return customer


def fingerprint(customer: Row, name: str) -> str:
    """A short text that is the same as long as the saved values of the field are."""
    values = values_of(customer)
    return hashlib.sha256(repr([values.get(one) for one in INLINE[name]]).encode()).hexdigest()[:16]


def field_context(customer: Row, name: str) -> dict[str, Any]:
    """What _field.html needs to show one field."""
    return {
        "customer": customer, "name": name, "title": inline_label(name), "word": word, "origins": ORIGINS,
        "languages": LANGUAGES, "level": local_level(customer), "can_edit": True, "kind_words": KIND_WORDS, "shown_iban": shown_iban,
        "it": portrait_of(customer, local(datetime.now(UTC)).date()),
    }  # fmt: skip


async def _form(
    request: StaffRequest, customer: Row, name: str, values: Mapping[str, Any], errors: Mapping[str, str], status: int = 200,
    conflict: Conflict | None = None,
) -> Response[str]:  # fmt: skip
    last = await entries_about("customer", customer.id, limit=1) if conflict else []
    context: dict[str, Any] = {
        **await choices(), "typed_rows": typed_rows, "customer": customer, "name": name, "title": inline_label(name),
        "labels": field_labels(),
        "values": values, "errors": errors, "conflict": conflict, "seen": fingerprint(customer, name),
        "version": customer.version, "changed_by": last[0].actor if last else None,
    }  # fmt: skip
    if is_fragment(request):
        return await fragment(request, "customers/_field_form.html", status=status, **context)
    return await page(request, "customers/field.html", status=status, **context)


route_handlers = [field_form, save_field]
