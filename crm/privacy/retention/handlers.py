"""The pages of retention: everything that is ever deleted, one rule with its preview, and the reports of the nights."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from litestar import Response, Router, get, post
from litestar.params import FromPath

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.database import HIGHEST_ID
from crm.errors import Conflict, Invalid
from crm.privacy.retention import words
from crm.privacy.retention.fixed import FIXED
from crm.privacy.retention.kinds import kinds
from crm.privacy.retention.periods import Unit
from crm.privacy.retention.queries import (
    RUNS,
    SAMPLE,
    all_rules,
    forecast,
    held_of,
    latest_runs,
    rule_for,
    sample,
)
from crm.privacy.retention.rules import REASON_LIMIT, RuleChange, approve_rule, change_rule, fingerprint, is_approved
from crm.web.forms import Fields
from crm.web.i18n import N_, _, word
from crm.web.render import flashes, page, see_other

P = Permission
DONE = {"saved": N_("Saved."), "approved": N_("Approved. The rule runs from the next night on.")}


@get("/privacy/retention", permission=P.PRIVACY_MANAGE)
async def list_rules(request: StaffRequest) -> Response[str]:
    """Every rule with its forecast, and what the program deletes by itself."""
    rules = await all_rules()
    return await page(
        request, "privacy/retention/index.html", rules=rules, forecasts=await forecast(rules, datetime.now(UTC)), kinds=kinds(),
        fixed=FIXED, words=words, word=word,
    )  # fmt: skip


@get("/privacy/retention/runs", permission=P.PRIVACY_MANAGE)
async def list_runs(request: StaffRequest) -> Response[str]:
    """What the last nights did."""
    before = Fields(dict(request.query_params)).reference("before")
    runs = await latest_runs(before)
    more = f"/privacy/retention/runs?before={runs[RUNS - 1][0].id}" if len(runs) > RUNS else ""
    return await page(
        request,
        "privacy/retention/runs.html",
        runs=runs[:RUNS],
        more=more,
        words=words,
        word=word,
        kinds=kinds(),
        held_of=held_of,
    )


@get("/privacy/retention/{rule_id:int}", permission=P.PRIVACY_MANAGE)
async def show_rule(request: StaffRequest, rule_id: FromPath[int]) -> Response[str]:
    return await _rule(request, rule_id)


@post("/privacy/retention/{rule_id:int}", permission=P.PRIVACY_MANAGE, status_code=303)
async def save_rule(request: StaffRequest, rule_id: FromPath[int]) -> Response[Any]:
    fields = Fields(dict(await request.form()))
    try:
        amount = fields.number("amount", low=1, high=3650, required=True) or 0
        version = fields.number("version", low=0, high=HIGHEST_ID, required=True) or 0
        unit = fields.choice("unit", Unit)
        reasons = [
            fields.text(name, limit=REASON_LIMIT, required=True, many_lines=True) for name in ("reason_de", "reason_en")
        ]
        fields.check()
        change = RuleChange(amount, unit, fields.flag("from_year_end"), fields.flag("is_on"), reasons[0], reasons[1])
        await change_rule(rule_id, change, version=version, by=request.user.id, now=datetime.now(UTC))
    except Invalid as error:
        return await _rule(request, rule_id, fields, error.errors, status=422)
    except Conflict:
        told = {"": _("Somebody else has changed this rule meanwhile. This is how it is now.")}
        return await _rule(request, rule_id, None, told, status=409)
    return see_other(request, f"/privacy/retention/{rule_id}?done=saved")


@post("/privacy/retention/{rule_id:int}/approval", permission=P.PRIVACY_MANAGE, status_code=303)
async def approve(request: StaffRequest, rule_id: FromPath[int]) -> Response[Any]:
    fields = Fields(dict(await request.form()))
    try:
        await approve_rule(rule_id, fields.text("fingerprint", limit=64), by=request.user.id, now=datetime.now(UTC))
    except Conflict as conflict:
        return await _rule(request, rule_id, None, {"": str(conflict)}, status=409)
    return see_other(request, f"/privacy/retention/{rule_id}?done=approved")


async def _rule(
    request: StaffRequest,
    rule_id: int,
    fields: Fields | None = None,
    errors: dict[str, str] | None = None,
    status: int = 200,
) -> Response[str]:
    rule, now = await rule_for(rule_id), datetime.now(UTC)
    return await page(
        request, "privacy/retention/rule.html", status=status, rule=rule, kind=kinds()[rule.code], words=words, word=word,
        errors=errors or {}, forecast=(await forecast([rule], now))[rule.code], sample=await sample(rule, now), most=SAMPLE,
        fingerprint=fingerprint(rule), is_approved=is_approved(rule), typed=fields.values if fields else dict(rule),
        flashes=flashes(request, DONE),
    )  # fmt: skip


router = Router("", route_handlers=[list_rules, list_runs, show_rule, save_rule, approve])
