"""The page of one's account on which one says how and when mail shall come."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import Any

from litestar import Response, get, post

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.errors import Invalid
from crm.notifications.forms import DIGEST_TIMES, preference_from, values_of
from crm.notifications.preferences import COLUMNS, preference_for, save_preference
from crm.notifications.words import GROUP_WORDS, WISHES
from crm.web.forms import Fields
from crm.web.i18n import N_, _
from crm.web.render import flashes, page, see_other

DONE = {"saved": N_("Saved. What waits to be mailed keeps to it, too.")}


async def _page(
    request: StaffRequest, values: dict[str, Any], errors: dict[str, str] | None = None, status: int = 200
) -> Response[str]:
    groups = [(column, _(GROUP_WORDS[group])) for group, column in COLUMNS.items()]
    return await page(
        request, "notifications/preferences.html", status=status, groups=groups, values=values, errors=errors or {},
        wishes=[(code, _(words)) for code, words in WISHES.items()], times=[(code, _clock(code)) for code in DIGEST_TIMES],
        flashes=flashes(request, DONE),
    )  # fmt: skip


def _clock(code: str) -> str:
    at = time.fromisoformat(code)
    return _("%(time)s o'clock") % {"time": f"{at.hour}:{at.minute:02d}"}


@get("/account/notifications", permission=Permission.SIGNED_IN)
async def show_preferences(request: StaffRequest) -> Response[str]:
    return await _page(request, values_of(await preference_for(request.user.id)))


@post("/account/notifications", permission=Permission.SIGNED_IN, status_code=303)
async def save_preferences(request: StaffRequest) -> Response[Any]:
    fields = Fields(dict(await request.form()))
    try:
        wished = preference_from(fields)
    except Invalid as error:
        return await _page(request, {**values_of(None), **fields.values}, error.errors, 422)
    await save_preference(request.user.id, wished, by=request.user.id, now=datetime.now(UTC))
    return see_other(request, "/account/notifications?done=saved")


route_handlers = [show_preferences, save_preferences]
