"""Retiring a service level or a calendar: what uses it, what takes its place, what that does to the open enquiries."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.errors import Invalid, NotFound, RuleBroken
from crm.service_levels.handlers.changing import Change, shown_or_saved
from crm.service_levels.versions import all_calendars, all_levels, calendar_named, level_named, levels_by
from crm.tickets.retiring import (
    foresee_calendar_retirement,
    foresee_level_retirement,
    retire_calendar,
    retire_level,
    uses_of_level,
)
from crm.web.formats import num
from crm.web.forms import Fields
from crm.web.i18n import _, local_name, ngettext
from crm.web.render import page


@get("/service-levels/{level_id:int}/retirement", permission=Permission.CATALOGUES_EDIT)
async def ask_level_retirement(request: StaffRequest, level_id: FromPath[int]) -> Response[str]:
    return await _level_page(request, level_id)


async def _level_page(request: StaffRequest, level_id: int, problem: Mapping[str, str] | None = None) -> Response[str]:
    level, uses = await level_named(level_id), await uses_of_level(level_id)
    lines = [
        ngettext("%(num)s customer", "%(num)s customers", uses.customers) % {"num": num(uses.customers)},
        ngettext("%(num)s open enquiry", "%(num)s open enquiries", uses.enquiries) % {"num": num(uses.enquiries)},
    ]
    if uses.is_for_prospects:
        lines.append(_("new prospects"))
    others = [
        (str(one.id), local_name(one.content))
        for one in await all_levels()
        if one.id != level_id and one.retired_at is None
    ]
    return await _page(
        request, f"/service-levels/{level_id}", local_name(level.content), lines, others, not uses.is_free, problem
    )


async def _page(
    request: StaffRequest, where: str, name: str, uses: list[str], others: list[tuple[str, str]], is_used: bool,
    problem: Mapping[str, str] | None,
) -> Response[str]:  # fmt: skip
    return await page(
        request, "service_levels/retire.html", status=422 if problem else 200, where=where, name=name, uses=uses, others=others,
        is_used=is_used, errors=problem or {},
    )  # fmt: skip


def _said(error: Invalid | RuleBroken | NotFound) -> dict[str, str]:
    if isinstance(error, Invalid):
        return error.errors
    return {"replacement": error.sentence if isinstance(error, RuleBroken) else _("Choose another one that is in use.")}


@post("/service-levels/{level_id:int}/retirement", permission=Permission.CATALOGUES_EDIT, status_code=303)
async def retire_one_level(request: StaffRequest, level_id: FromPath[int]) -> Response[Any]:
    """Without `seen` it shows what retiring would do; with it, it does that. `again` goes back."""
    level, now = await level_named(level_id), datetime.now(UTC)
    fields = Fields({name: value for name, value in dict(await request.form()).items() if name != "_csrf_token"})
    if fields.flag("again"):
        return await _level_page(request, level_id)
    try:
        other_id = fields.reference("replacement")
        fields.check()
        other = await level_named(other_id) if other_id else None
        change = Change(
            f"/service-levels/{level_id}/retirement", local_name(level.content),
            [(_("Customers and open enquiries"), local_name(level.content), local_name(other.content) if other else "–")], fields.values,
            foresee=lambda: foresee_level_retirement(level_id, other_id, now=now),
            save=lambda seen: retire_level(level_id, other_id, seen=seen, by=request.user.id, now=now), done="retired",
        )  # fmt: skip
        return await shown_or_saved(request, change)
    except (Invalid, RuleBroken, NotFound) as error:
        return await _level_page(request, level_id, _said(error))


@get("/calendars/{calendar_id:int}/retirement", permission=Permission.CATALOGUES_EDIT)
async def ask_calendar_retirement(request: StaffRequest, calendar_id: FromPath[int]) -> Response[str]:
    return await _calendar_page(request, calendar_id)


async def _calendar_page(
    request: StaffRequest, calendar_id: int, problem: Mapping[str, str] | None = None
) -> Response[str]:
    calendar, levels = await calendar_named(calendar_id), await levels_by(calendar_id)
    names = [_("service level %(name)s") % {"name": local_name(level.content)} for level in levels]
    others = [
        (str(one.id), one.content.name)
        for one in await all_calendars()
        if one.id != calendar_id and one.retired_at is None
    ]
    return await _page(
        request, f"/calendars/{calendar_id}", calendar.content.name, names, others, bool(levels), problem
    )


@post("/calendars/{calendar_id:int}/retirement", permission=Permission.CATALOGUES_EDIT, status_code=303)
async def retire_one_calendar(request: StaffRequest, calendar_id: FromPath[int]) -> Response[Any]:
    """As retire_one_level."""
    calendar, now = await calendar_named(calendar_id), datetime.now(UTC)
    fields = Fields({name: value for name, value in dict(await request.form()).items() if name != "_csrf_token"})
    if fields.flag("again"):
        return await _calendar_page(request, calendar_id)
    try:
        other_id = fields.reference("replacement")
        fields.check()
        other = await calendar_named(other_id) if other_id else None
        change = Change(
            f"/calendars/{calendar_id}/retirement", calendar.content.name,
            [(_("Calendar"), calendar.content.name, other.content.name if other else "–")], fields.values,
            foresee=lambda: foresee_calendar_retirement(calendar_id, other_id, now=now),
            save=lambda seen: retire_calendar(calendar_id, other_id, seen=seen, by=request.user.id, now=now), done="retired",
        )  # fmt: skip
        return await shown_or_saved(request, change)
    except (Invalid, RuleBroken, NotFound) as error:
        return await _calendar_page(request, calendar_id, _said(error))


handlers = [ask_level_retirement, retire_one_level, ask_calendar_retirement, retire_one_calendar]
