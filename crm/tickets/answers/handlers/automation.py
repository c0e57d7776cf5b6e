"""Level 0 for the lead: the threshold, what it would have answered, and the switches."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from litestar import Response, get, post

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.errors import Invalid
from crm.tickets.answers.forms import LOWEST_THRESHOLD, parse_settings
from crm.tickets.answers.queries import level_zero
from crm.tickets.answers.refusing import REFUSALS
from crm.tickets.answers.settings import change_level_zero
from crm.tickets.answers.trying import try_threshold
from crm.web.forms import Fields
from crm.web.i18n import N_, word
from crm.web.render import flashes, page, see_other

DONE = {"saved": N_("The settings of level 0 are saved.")}
WHY_NOT = {**REFUSALS, "flag": N_("The customer wants no automatic answers.")}


async def _page(
    request: StaffRequest, *, values: Mapping[str, Any] | None = None, errors: Mapping[str, str] | None = None
) -> Response[str]:
    settings = await level_zero()
    shown = _tried(request.query_params.get("threshold", ""), settings.threshold)
    filled = {**settings, "threshold": shown, **(values or {})}
    return await page(
        request, "answers/automation.html", status=422 if errors else 200, settings=settings, threshold=shown,
        lowest=LOWEST_THRESHOLD, trial=await try_threshold(shown, datetime.now(UTC)), values=filled,
        errors=errors or {}, why_not=WHY_NOT, word=word, flashes=flashes(request, DONE),
    )  # fmt: skip


def _tried(text: str, saved: int) -> int:
    """The threshold to look at: the one in the address if it is one, else the one that is saved."""
    return (
        int(text)
        if text.isascii() and text.isdigit() and len(text) < 4 and LOWEST_THRESHOLD <= int(text) <= 100
        else saved
    )


@get("/answers/automation", permission=Permission.CATALOGUES_EDIT)
async def show_automation(request: StaffRequest) -> Response[str]:
    return await _page(request)


@post("/answers/automation", permission=Permission.CATALOGUES_EDIT, status_code=303)
async def save_automation(request: StaffRequest) -> Response[Any]:
    fields = Fields(dict(await request.form()))
    try:
        await change_level_zero(parse_settings(fields.values), by=request.user.id, now=datetime.now(UTC))
    except Invalid as error:
        flags = {name: fields.flag(name) for name in ("is_on", "is_faq_public")}
        return await _page(request, values={**fields.values, **flags}, errors=error.errors)
    return see_other(request, "/answers/automation?done=saved")


route_handlers = [show_automation, save_automation]
