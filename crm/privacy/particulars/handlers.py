"""The page on which the officer writes down what the program cannot know."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from litestar import Response, Router, get, post

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.errors import Conflict, Invalid
from crm.privacy.particulars.actions import Particulars, change_particulars
from crm.privacy.particulars.queries import particulars
from crm.privacy.particulars.words import LABELS
from crm.web.forms import Fields
from crm.web.i18n import N_, _
from crm.web.render import flashes, page, see_other

P = Permission
DONE = {"saved": N_("The particulars are saved.")}
LONGEST = 5000


def parsed(values: dict[str, Any]) -> tuple[Particulars, int]:
    """What the form says, with the version that it was made from. Raises Invalid with every mistake."""
    fields = Fields(values)
    name = fields.text("officer_name", limit=200)
    texts = {
        one: fields.text(one, limit=LONGEST, many_lines=True)
        for one in LABELS
        if one not in ("officer_name", "log_months")
    }
    months = fields.number("log_months", low=1, high=60, required=True)
    version = fields.number("version", low=1, high=2**31, required=True)
    fields.check()
    return Particulars(officer_name=name, log_months=months or 12, **texts), version or 1


@get("/privacy/particulars", permission=P.PRIVACY_MANAGE)
async def show_particulars(request: StaffRequest) -> Response[str]:
    return await _page(request, dict(await particulars()), {})


@post("/privacy/particulars", permission=P.PRIVACY_MANAGE, status_code=303)
async def save_particulars(request: StaffRequest) -> Response[Any]:
    values = dict(await request.form())
    try:
        new, version = parsed(values)
        await change_particulars(new, version, by=request.user.id, now=datetime.now(UTC))
    except Invalid as error:
        return await _page(request, values, error.errors)
    except Conflict as conflict:
        sentence = f"{conflict.sentence} " + _("Your text is kept below: compare and save again.")
        return await _page(request, {**asdict(new), "version": conflict.version}, {"": sentence})
    return see_other(request, "/privacy/particulars?done=saved")


async def _page(request: StaffRequest, values: dict[str, Any], errors: dict[str, str]) -> Response[str]:
    return await page(
        request, "privacy/particulars/edit.html", status=422 if errors else 200, values=values, errors=errors, labels=LABELS,
        flashes=flashes(request, DONE),
    )  # fmt: skip


router = Router("", route_handlers=[show_particulars, save_particulars])
