"""The page of one's own account on which one says how one signs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from litestar import Response, get, post

from crm.accounts.company import company
from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.errors import Invalid
from crm.interactions.mails.forms import parse_sender
from crm.interactions.mails.queries import sender_of
from crm.interactions.mails.signature import usual_signature
from crm.interactions.mails.templates import SIGNING, change_sender
from crm.interactions.mails.words import LABELS
from crm.web.formats import phone
from crm.web.forms import Fields
from crm.web.i18n import N_, _
from crm.web.render import flashes, page, see_other

P = Permission
DONE = {"saved": N_("Saved.")}


@get("/account/signature", permission=P.INTERACTIONS_LOG)
async def show_signature(request: StaffRequest) -> Response[str]:
    sender = await sender_of(request.user.id)
    values = {name: getattr(sender, name) for name in SIGNING}
    return await _page(request, {**values, "phone": phone(sender.phone) if sender.phone else ""}, {})


@post("/account/signature", permission=P.INTERACTIONS_LOG, status_code=303)
async def save_signature(request: StaffRequest) -> Response[Any]:
    values = dict(await request.form())
    try:
        await change_sender(request.user.id, parse_sender(values), now=datetime.now(UTC))
    except Invalid as error:
        return await _page(request, Fields(values).values, error.errors)
    return see_other(request, "/account/signature?done=saved")


async def _page(request: StaffRequest, values: Mapping[str, Any], errors: Mapping[str, str]) -> Response[str]:
    sender, row = await sender_of(request.user.id), await company()
    return await page(
        request, "mails/signature.html", status=422 if errors else 200, values=values, errors=errors,
        labels={name: _(text) for name, text in LABELS.items()}, imprint=row.imprint.strip(),
        usual={lang: usual_signature(sender.name, lang) for lang in ("de", "en")},
        signed={lang: sender.signature(lang) for lang in ("de", "en")}, flashes=flashes(request, DONE),
    )  # fmt: skip


route_handlers = [show_signature, save_signature]
