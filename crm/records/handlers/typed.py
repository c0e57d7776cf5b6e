"""While a new customer is being typed: who may be meant already."""

from __future__ import annotations

from datetime import date

from litestar import Response, get

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.customers import forms
from crm.customers.tables import CustomerKind
from crm.records.duplicate_words import reasons_against, reasons_for, surely
from crm.records.likeness import portrait
from crm.records.warning import alike_customers
from crm.web.forms import Fields
from crm.web.render import fragment


@get("/customers/duplicates", permission=Permission.CUSTOMERS_EDIT)
async def alike(request: StaffRequest) -> Response[str]:
    """The customers most like what stands in the form so far, with links and reasons; nothing if there are none. What can't be read
    yet counts as not said."""
    fields = Fields(dict(request.query_params.items()))
    kind = CustomerKind.PERSON if fields.text("kind") == CustomerKind.PERSON else CustomerKind.ORGANISATION
    region = forms.country(fields)
    prefixes = ("",) if kind is CustomerKind.PERSON else ("", "person_")
    emails = [fields.text(f"{prefix}email", limit=254) for prefix in prefixes]
    phones = [number for prefix in prefixes if (number := fields.phone(f"{prefix}phone", region)).startswith("+")]
    given, family, name = fields.text("given_name"), fields.text("family_name"), fields.text("name")
    typed = portrait(
        kind, name=name[:300], given_name=given[:150], family_name=family[:150], birthday=_birthday(fields), emails=emails, phones=phones,
        places=[(fields.text("street")[:200], fields.text("postcode")[:20], fields.text("city")[:120])],
        website=fields.text("website")[:300],
    )  # fmt: skip
    sorts_as = name if kind is CustomerKind.ORGANISATION else f"{family} {given}".strip()
    found = await alike_customers(
        typed, name=sorts_as[:300], email=next(filter(None, emails), ""), phone=next(iter(phones), "")
    )
    return await fragment(
        request,
        "customers/_duplicates.html",
        found=found,
        reasons_for=reasons_for,
        reasons_against=reasons_against,
        surely=surely,
    )


def _birthday(fields: Fields) -> date | None:
    try:
        return date.fromisoformat(fields.text("birthday"))
    except ValueError:
        return None


route_handlers = [alike]
