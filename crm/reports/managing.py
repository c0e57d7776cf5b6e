"""Pages for those who manage reports: correcting a past month, and the list of readers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.words import role_name
from crm.errors import Conflict, Invalid, RuleBroken
from crm.reports.correcting import correct_report
from crm.reports.month_page import EMPTY, page_month, report_page
from crm.reports.queries import scope_for, scopes
from crm.reports.readers import possible_readers, set_readers
from crm.reports.scope_choice import choose_scopes
from crm.reports.scope_parameter import ScopeCode
from crm.reports.scopes import Scope
from crm.web.forms import Fields
from crm.web.render import page, see_other

_PREFIX, _FIELD = "reader_", "scope_"
_NUMBER = re.compile(r"[0-9]{1,18}")


@post("/reports/{month:str}/corrections", permission=Permission.REPORTS_MANAGE, status_code=303)
async def correct(request: StaffRequest, month: FromPath[str]) -> Response[Any]:
    now = datetime.now(UTC)
    first = page_month(month, now)
    body = dict(await request.form())
    fields = Fields(body)
    scope = await scope_for(fields.text("scope", limit=60))
    seen = fields.number("edition", low=1, high=1000) or 0
    try:
        note = fields.text("note", many_lines=True)
        await correct_report(first, note, seen=seen, by=request.user.id, now=now, scope=scope)
    except Invalid as problem:
        return await report_page(request, first, scope, status=422, values=body, errors=problem.errors)
    except (Conflict, RuleBroken) as problem:
        errors = {"note": problem.sentence}
        return await report_page(request, first, scope, status=problem.status, values=body, errors=errors)
    return see_other(request, f"/reports/{month}?done=corrected{scope.of(first=False)}")


@get("/reports/readers", permission=Permission.REPORTS_MANAGE)
async def show_readers(request: StaffRequest, whose: ScopeCode = "") -> Response[str]:
    return await _readers_page(request, await scope_for(whose))


@post("/reports/readers", permission=Permission.REPORTS_MANAGE, status_code=303)
async def save_readers(request: StaffRequest) -> Response[Any]:
    body = dict(await request.form())
    scope = await scope_for(Fields(body).text("scope", limit=60))
    try:
        await set_readers(_chosen(body), by=request.user.id, now=datetime.now(UTC), scope=scope)
    except Invalid as problem:
        return await _readers_page(request, scope, status=422, errors=problem.errors)
    return see_other(request, f"/reports?done=readers{scope.of(first=False)}")


@get("/reports/scopes", permission=Permission.REPORTS_MANAGE)
async def show_scopes(request: StaffRequest) -> Response[str]:
    """Of which teams and saved lists a report is drawn up by itself each month."""
    return await _scopes_page(request)


@post("/reports/scopes", permission=Permission.REPORTS_MANAGE, status_code=303)
async def save_scopes(request: StaffRequest) -> Response[Any]:
    fields = Fields(dict(await request.form()))
    shown = fields.text("shown", limit=40_000).split()
    chosen = {
        code: fields.flag(_FIELD + code) for code in shown or [one.code for one in await scopes() if not one.is_company]
    }
    seen = fields.text("seen", limit=40_000).split() if shown else None
    try:
        await choose_scopes(chosen, by=request.user.id, now=datetime.now(UTC), seen=seen)
    except (Conflict, Invalid) as problem:
        return await _scopes_page(request, status=problem.status, typed=chosen, trouble=problem.sentence)
    return see_other(request, "/reports?done=scopes")


async def _scopes_page(
    request: StaffRequest, *, status: int = 200, typed: Mapping[str, bool] = EMPTY, trouble: str = ""
) -> Response[str]:
    """`typed`: what was chosen and could not be saved yet."""
    found = [one for one in await scopes() if not one.is_company]
    return await page(request, "reports/scopes.html", status=status, scopes=found, typed=typed, trouble=trouble)


def _chosen(body: dict[str, Any]) -> dict[int, str]:
    """The languages by the numbers of the readers, of the fields reader_7, reader_9 ..."""
    numbers = {name: name.removeprefix(_PREFIX) for name in body if name.startswith(_PREFIX)}
    return {int(number): str(body[name]) for name, number in numbers.items() if _NUMBER.fullmatch(number)}


async def _readers_page(
    request: StaffRequest, scope: Scope, *, status: int = 200, errors: dict[str, str] | None = None
) -> Response[str]:
    rows = await possible_readers(scope.code)
    readers = [(row, role_name(row.role)) for row in rows]
    return await page(request, "reports/readers.html", status=status, readers=readers, errors=errors or {}, scope=scope)


handlers = [correct, show_readers, save_readers, show_scopes, save_scopes]
