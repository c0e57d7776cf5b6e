"""The pages on which a lead keeps the rules that suggest a topic."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import form_once
from crm.database import Row
from crm.errors import Invalid, RuleBroken
from crm.interactions.web_forms.defining import web_forms
from crm.tickets.queries import topics
from crm.tickets.topics.rules import (
    change_rule,
    create_rule,
    delete_rule,
    judged,
    rule_of,
    rule_values,
    topic_rule_for,
    topic_rules,
    tried,
)
from crm.web.forms import Fields
from crm.web.i18n import N_, _, local_name
from crm.web.render import flashes, page, see_other

DONE = {"saved": N_("The rule is saved."), "deleted": N_("The rule is deleted.")}
WHERE = "/competences/topic-rules"


@get(WHERE, permission=Permission.CATALOGUES_EDIT)
async def list_rules(request: StaffRequest) -> Response[str]:
    """All rules with how often they were right."""
    rows = [(row, judged(row)) for row in await topic_rules(datetime.now(UTC))]
    return await page(request, "competences/topic_rules.html", rows=rows, flashes=flashes(request, DONE))


@get(f"{WHERE}/new", permission=Permission.CATALOGUES_EDIT)
async def new_rule(request: StaffRequest) -> Response[str]:
    return await _form(request, None, {"is_active": True}, {})


@post(WHERE, permission=Permission.CATALOGUES_EDIT, status_code=303)
async def create(request: StaffRequest) -> Response[Any]:
    now = datetime.now(UTC)
    fields = Fields(dict(await request.form()))

    async def do() -> str:
        values = rule_values(fields)
        fields.check()
        return f"{WHERE}/{await create_rule(values, by=request.user.id, now=now)}/edit?done=saved"

    try:
        return see_other(request, await form_once(request, fields.text("submission_id"), do, now=now))
    except Invalid as error:
        return await _form(request, None, fields.values, error.errors)


@get(f"{WHERE}/{{rule_id:int}}/edit", permission=Permission.CATALOGUES_EDIT)
async def edit_rule(request: StaffRequest, rule_id: FromPath[int]) -> Response[str]:
    """The rule, and what it would have done with the latest enquiries."""
    row = await topic_rule_for(rule_id, datetime.now(UTC))
    return await _form(request, row, dict(row), {})


@post(f"{WHERE}/{{rule_id:int}}", permission=Permission.CATALOGUES_EDIT, status_code=303)
async def save(request: StaffRequest, rule_id: FromPath[int]) -> Response[Any]:
    now = datetime.now(UTC)
    row = await topic_rule_for(rule_id, now)
    fields = Fields(dict(await request.form()))
    try:
        values = rule_values(fields)
        version = fields.number("version", low=0, high=2**31 - 1, required=True)
        fields.check()
        await change_rule(rule_id, values, version, by=request.user.id, now=now)
    except (Invalid, RuleBroken) as error:
        errors = error.errors if isinstance(error, Invalid) else {"name": error.sentence}
        return await _form(request, row, fields.values, errors)
    return see_other(request, f"{WHERE}/{rule_id}/edit?done=saved")


@post(f"{WHERE}/{{rule_id:int}}/deletion", permission=Permission.CATALOGUES_EDIT, status_code=303)
async def delete(request: StaffRequest, rule_id: FromPath[int]) -> Response[Any]:
    await delete_rule(rule_id, by=request.user.id, now=datetime.now(UTC))
    return see_other(request, f"{WHERE}?done=deleted")


async def _form(
    request: StaffRequest, row: Row | None, values: Mapping[str, Any], errors: Mapping[str, str]
) -> Response[str]:
    labels = {
        "name": _("Name"), "topic_code": _("Topic"), "words": _("Words"), "senders": _("Senders"), "form": _("Form of the website"),
        "product_code": _("Product number"), "position": _("Place in the list"), "is_active": _("in use"),
    }  # fmt: skip
    return await page(
        request, "competences/topic_rule.html", status=422 if errors else 200, row=row, values=values, errors=errors, labels=labels,
        topics=[(each.code, local_name(each)) for each in await topics()],
        forms=[(each.code, each.name) for each in await web_forms() if each.retired_at is None or each.code == values.get("form")],
        result=await tried(rule_of(row)) if row and not errors else None, judged=judged(row) if row else None,
        flashes=flashes(request, DONE),
    )  # fmt: skip


handlers = [list_rules, new_rule, create, edit_rule, save, delete]
