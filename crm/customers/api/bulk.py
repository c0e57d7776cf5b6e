"""Many customers at once over the API: created or changed by their external id, each item all or nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

import msgspec
from litestar import Response, post
from litestar.params import JSONBody

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import answered_once
from crm.customers import forms
from crm.customers.actions import create_customer
from crm.customers.bodies import fields_of, team_by_name, typed
from crm.customers.queries import customer_for, known_external_id, service_level_codes
from crm.customers.shapes import BulkIn, BulkItem, BulkOut, CustomerIn
from crm.customers.tables import CustomerKind
from crm.database import transaction
from crm.errors import Invalid, NotFound, Problem
from crm.tickets.changing import change_customer_and_promises
from crm.web.decoding import field_error
from crm.web.forms import Fields
from crm.web.i18n import _

MOST_ITEMS = 1000
_OF_A_FIRST_PERSON = {
    "given_name", "family_name", "title", "form_of_address", "function", "birthday", "salutation", "preferred_channel",
}  # fmt: skip


@post("/customers/bulk", permission=Permission.CUSTOMERS_EDIT, status_code=200)
async def upsert(request: StaffRequest, data: JSONBody[BulkIn]) -> Response[bytes]:
    """Create or change up to 1000 customers by `external_id`; fields as in POST /customers. Each item is a transaction of
    its own: a wrong one leaves nothing behind and holds up no other. Of a known customer only what is sent changes, so
    sending the same again changes nothing. The first person of an organisation is read when it is created."""
    if len(data.items) > MOST_ITEMS:
        raise Invalid({"items": _("At most %(most)s fit.") % {"most": MOST_ITEMS}})
    now = datetime.now(UTC)

    async def do() -> BulkOut:
        levels = await service_level_codes()
        items = [await _one(request, index, sent, levels, now) for index, sent in enumerate(data.items)]
        counts = Counter(item.status for item in items)
        return BulkOut(items, *(counts[status] for status in ("created", "updated", "unchanged", "wrong")))

    return await answered_once(request, do, now=now)


async def _one(request: StaffRequest, index: int, sent: Any, levels: Collection[str], now: datetime) -> BulkItem:
    external_id: str | None = None
    try:
        data = msgspec.convert(sent, CustomerIn)
        external_id = data.external_id
        if not external_id or not external_id.strip():
            raise Invalid({"external_id": _("Please fill this in.")})
        return await _upsert(request, index, data, set(sent), levels, now)
    except msgspec.ValidationError as error:
        return BulkItem(index, "wrong", external_id, errors=dict([field_error(str(error))]))
    except Invalid as error:
        return BulkItem(index, "wrong", external_id, errors=dict(error.errors))
    except Problem as error:
        return BulkItem(index, "wrong", external_id, errors={"": error.sentence})


async def _upsert(
    request: StaffRequest, index: int, data: CustomerIn, sent: set[str], levels: Collection[str], now: datetime
) -> BulkItem:  # fmt: skip
    by, fields = request.user.id, fields_of(data)
    await team_by_name(fields)
    external_id = fields.text("external_id", limit=200)
    async with transaction():
        known = await known_external_id(external_id)
        if known is None:
            if not fields.text("kind"):
                fields.error("kind", _("Please choose one of the options."))
            created = await create_customer(forms.new_customer(fields, levels), by=by, now=now)
            return BulkItem(index, "created", external_id, created.customer_id, created.person_id)
        if known.deleted_at is not None:
            raise Invalid({"external_id": _("This customer was deleted. Restore it first.")})
        try:
            customer = await customer_for(request.user, known.id)
        except NotFound:
            raise Invalid({"external_id": _("Another customer already has this external number.")}) from None
        changes = _changes(data, sent, fields, customer.kind, levels, customer.country)
        version = await change_customer_and_promises(known.id, changes, None, by=by, now=now)
        return BulkItem(index, "unchanged" if version == customer.version else "updated", external_id, known.id)


def _changes(
    data: CustomerIn, sent: set[str], fields: Fields, kind: str, levels: Collection[str], region: str
) -> dict[str, Any]:
    """What an item changes of a customer who is there. Raises Invalid with every error."""
    if data.kind and data.kind != kind:
        fields.error("kind", _("This customer is of the other kind."))
    named = sent - {"kind", "external_id", "team"} | ({"team_id"} if "team" in sent else set())
    if kind == CustomerKind.ORGANISATION:
        named -= _OF_A_FIRST_PERSON
    fields.values |= typed({name: getattr(data, name) for name in named if name != "team_id"})
    changes = forms.customer_changes(
        fields, CustomerKind(kind), levels, only=named, region=fields.text("country").upper() or region
    )
    fields.check()
    return changes


route_handlers = [upsert]
