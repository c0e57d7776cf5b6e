"""Retention over the API: the rules with their forecast, one with a sample, changing and approving it, and the reports of the nights."""

from __future__ import annotations

from datetime import UTC, date, datetime

import msgspec
from litestar import Router, get, patch, post
from litestar.params import FromPath, JSONBody

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.database import Row
from crm.privacy.retention.kinds import kinds
from crm.privacy.retention.periods import Unit
from crm.privacy.retention.queries import Forecast, all_rules, forecast, held_of, latest_runs, rule_for, sample
from crm.privacy.retention.rules import RuleChange, approve_rule, change_rule, fingerprint, is_approved
from crm.web.parameters import Version

P = Permission


class ForecastOut(msgspec.Struct):
    """`due`: may go in the next night; `coming`: within the month after; `held`: old enough and stays, by reason (restricted, hold, duty,
    open, consent). `is_more`: more records than are counted."""

    due: int
    coming: int
    held: dict[str, int]
    is_more: bool


class RetentionRuleOut(msgspec.Struct):
    """A rule. `effect`: person, blank, delete. It runs while `is_on` and `is_approved`; whoever approves sends the `fingerprint` of the
    preview that they have seen."""

    id: int
    code: str
    effect: str
    amount: int
    unit: Unit
    from_year_end: bool
    is_on: bool
    is_approved: bool
    reason_de: str
    reason_en: str
    fingerprint: str
    version: int
    forecast: ForecastOut


class SampledOut(msgspec.Struct):
    """A record that the rule would take, or that is `held`."""

    label: str
    since: datetime
    held: str


class PreviewOut(msgspec.Struct):
    """A rule and the oldest records that it is about."""

    rule: RetentionRuleOut
    sample: list[SampledOut]


class RetentionRuleIn(msgspec.Struct, forbid_unknown_fields=True):
    amount: int
    unit: Unit
    from_year_end: bool
    is_on: bool
    reason_de: str
    reason_en: str
    version: Version


class PreviewSeen(msgspec.Struct, forbid_unknown_fields=True):
    """The fingerprint of the preview that was looked at."""

    fingerprint: str


class RetentionResultOut(msgspec.Struct):
    code: str
    done: int
    held: dict[str, int]
    failed: int
    is_more: bool


class RetentionRunOut(msgspec.Struct):
    """The report of one night."""

    id: int
    night_on: date
    started_at: datetime
    finished_at: datetime | None
    results: list[RetentionResultOut]


@get("/privacy/retention", permission=P.PRIVACY_MANAGE)
async def list_retention_rules(request: StaffRequest) -> dict[str, list[RetentionRuleOut]]:
    rules = await all_rules()
    found = await forecast(rules, datetime.now(UTC))
    return {"items": [_out(rule, found[rule.code]) for rule in rules]}


@get("/privacy/retention/runs", permission=P.PRIVACY_MANAGE)
async def list_retention_runs(request: StaffRequest) -> dict[str, list[RetentionRunOut]]:
    """The newest 30 nights."""
    items = []
    for run, results in (await latest_runs())[:30]:
        lines = [RetentionResultOut(one.code, one.done, held_of(one), one.failed, one.is_more) for one in results]
        items.append(RetentionRunOut(run.id, run.night_on, run.started_at, run.finished_at, lines))
    return {"items": items}


@get("/privacy/retention/{rule_id:int}", permission=P.PRIVACY_MANAGE)
async def preview_retention_rule(request: StaffRequest, rule_id: FromPath[int]) -> PreviewOut:
    return await _preview(rule_id)


@patch("/privacy/retention/{rule_id:int}", permission=P.PRIVACY_MANAGE)
async def set_retention_rule(
    request: StaffRequest, rule_id: FromPath[int], data: JSONBody[RetentionRuleIn]
) -> PreviewOut:
    """Change a rule. If its period changes it waits until its preview is approved. 409 if somebody else saved since `version`."""
    change = RuleChange(data.amount, data.unit, data.from_year_end, data.is_on, data.reason_de, data.reason_en)
    await change_rule(rule_id, change, version=data.version, by=request.user.id, now=datetime.now(UTC))
    return await _preview(rule_id)


@post("/privacy/retention/{rule_id:int}/approval", permission=P.PRIVACY_MANAGE, status_code=204)
async def approve_retention_rule(request: StaffRequest, rule_id: FromPath[int], data: JSONBody[PreviewSeen]) -> None:
    """Let the rule run as it was shown; 409 if it has changed since."""
    await approve_rule(rule_id, data.fingerprint, by=request.user.id, now=datetime.now(UTC))


async def _preview(rule_id: int) -> PreviewOut:
    rule, now = await rule_for(rule_id), datetime.now(UTC)
    found = (await forecast([rule], now))[rule.code]
    return PreviewOut(
        _out(rule, found), [SampledOut(one.label, one.since, one.held) for one in await sample(rule, now)]
    )


def _out(rule: Row, found: Forecast) -> RetentionRuleOut:
    return RetentionRuleOut(
        rule.id, rule.code, kinds()[rule.code].effect.value, rule.amount, Unit(rule.unit), rule.from_year_end, rule.is_on,
        is_approved(rule), rule.reason_de, rule.reason_en, fingerprint(rule), rule.version,
        ForecastOut(found.due, found.coming, dict(found.held), found.is_more),
    )  # fmt: skip


router = Router(
    "/api/v1",
    route_handlers=[
        list_retention_rules, list_retention_runs, preview_retention_rule, set_retention_rule, approve_retention_rule,
    ],
    include_in_schema=True,
    tags=["Data protection"],
)  # fmt: skip
