"""Not now: the dialog that puts a customer back, and the button that takes it back."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import form_once
from crm.customers.queries import customer_for
from crm.errors import Invalid
from crm.today.contacting import put_back_sentence
from crm.today.putting_back import LONGEST_DAYS, comes_back_at, put_back, take_up_again
from crm.web.formats import day
from crm.web.forms import Fields
from crm.web.i18n import _
from crm.web.render import fragment, is_fragment, page, see_other

REASON_LIMIT = 300


@get("/today/customers/{customer_id:int}/put-back", permission=Permission.INTERACTIONS_LOG)
async def prepare_put_back(request: StaffRequest, customer_id: FromPath[int]) -> Response[str]:
    """For how long, and why."""
    return await _form(request, customer_id, {"days": "7"}, {})


async def _form(
    request: StaffRequest, customer_id: int, values: dict[str, Any], errors: dict[str, str]
) -> Response[str]:
    customer = await customer_for(request.user, customer_id)
    render = fragment if is_fragment(request) else page
    template = "today/_put_back_form.html" if is_fragment(request) else "today/put_back.html"
    return await render(
        request, template, status=422 if errors else 200, customer=customer, values=values, errors=errors
    )


@post("/today/customers/{customer_id:int}/put-back", permission=Permission.INTERACTIONS_LOG)
async def create_put_back(request: StaffRequest, customer_id: FromPath[int]) -> Response[Any]:
    """The customer leaves one's list; the message can take it back."""
    now = datetime.now(UTC)
    customer = await customer_for(request.user, customer_id)
    fields = Fields(dict(await request.form()))
    days = fields.number("days", low=1, high=LONGEST_DAYS, required=True) or 1
    reason = fields.text("reason", limit=REASON_LIMIT)
    try:
        fields.check()

        async def put() -> str:
            return str(await put_back(customer_id, days=days, reason=reason, by=request.user.id, now=now))

        put_back_id = await form_once(request, fields.text("submission_id"), put, now=now)
    except Invalid as error:
        return await _form(request, customer_id, fields.values, error.errors)
    if not is_fragment(request):
        return see_other(request, "/")
    sentence = put_back_sentence(customer.name, day(comes_back_at(days, now), now))
    return await fragment(
        request, "today/_told.html", sentence=sentence, undo=f"/today/put-backs/{put_back_id}/undoing",
        headers={"hx-trigger": "close-dialog"},
    )  # fmt: skip


@post("/today/put-backs/{put_back_id:int}/undoing", permission=Permission.INTERACTIONS_LOG)
async def undo_put_back(request: StaffRequest, put_back_id: FromPath[int]) -> Response[Any]:
    """On the list again."""
    row = await take_up_again(put_back_id, by=request.user.id, now=datetime.now(UTC))
    if not is_fragment(request):
        return see_other(request, "/")
    sentence = _("%(name)s is on your list again.") % {"name": row.name}
    return await fragment(request, "today/_told.html", sentence=sentence, undo="")


route_handlers = [prepare_put_back, create_put_back, undo_put_back]
