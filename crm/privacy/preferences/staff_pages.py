"""Where staff find the link to a person's preference page, and send it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import form_once
from crm.consents.preference_links import VALID_FOR
from crm.customers.queries import person_for
from crm.database import Row
from crm.errors import Invalid
from crm.mail.rendering import absolute
from crm.privacy.preferences.asking import mail_preference_link, preference_link_for
from crm.web.i18n import N_
from crm.web.render import flashes, page, see_other

DONE = {"sent": N_("The link is on its way.")}


@get("/persons/{person_id:int}/preferences", permission=Permission.CONSENTS_RECORD)
async def show_link(request: StaffRequest, person_id: FromPath[int]) -> Response[str]:
    """Where a link is asked for: looking makes none."""
    return await _page(request, await person_for(request.user, person_id), {})


@post("/persons/{person_id:int}/preferences/links", permission=Permission.CONSENTS_RECORD, status_code=200)
async def make_link_to_hand_on(request: StaffRequest, person_id: FromPath[int]) -> Response[str]:
    """Show a new link. It stands on this page alone: whoever has it can change the settings, so it is not kept anywhere to read."""
    person = await person_for(request.user, person_id)
    path = await preference_link_for(person, by=request.user.id, now=datetime.now(UTC))
    return await _page(request, person, {}, link=absolute(path))


@post("/persons/{person_id:int}/preferences/mails", permission=Permission.CONSENTS_RECORD, status_code=303)
async def send_link(request: StaffRequest, person_id: FromPath[int]) -> Response[Any]:
    """Mail the link to one of the person's addresses."""
    now = datetime.now(UTC)
    person = await person_for(request.user, person_id)
    body = {name: value for name, value in (await request.form()).items() if isinstance(value, str)}

    async def do() -> str:
        await mail_preference_link(person, body.get("address", ""), by=request.user.id, now=now)
        return f"/persons/{person_id}/preferences?done=sent"

    try:
        return see_other(request, await form_once(request, body.get("submission_id", ""), do, now=now))
    except Invalid as error:
        return await _page(request, person, error.errors)


async def _page(request: StaffRequest, person: Row, errors: dict[str, Any], link: str = "") -> Response[str]:
    return await page(
        request, "privacy/preferences/link.html", status=422 if errors else 200, person=person, link=link, days=VALID_FOR.days,
        address_options=[(each, each) for each in person.emails], errors=errors, flashes=flashes(request, DONE),
    )  # fmt: skip


handlers = [show_link, make_link_to_hand_on, send_link]
