"""The rules by which follow-ups come of their own accord, on the screen: for leads."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import form_once
from crm.customers.queries import staff_options
from crm.customers.words import STATUSES
from crm.errors import Conflict, Invalid
from crm.reminders.caused import A_DAY, MOST_A_DAY, preview, without_owner
from crm.reminders.causes import NAMES
from crm.reminders.causing import PLACEHOLDERS
from crm.reminders.follow_up_rules import change_rule, follow_up_rule, follow_up_rules
from crm.reminders.rule_forms import parse_rule, typed
from crm.reminders.words import RULES, RULES_SAVED
from crm.service_levels.queries import ServiceLevelRow, service_levels
from crm.web.i18n import local_name, word
from crm.web.render import flashes, page, see_other


@get("/follow-up-rules", permission=Permission.CATALOGUES_EDIT)
async def show_rules(request: StaffRequest) -> Response[str]:
    """Each rule with what it would do on a day like today."""
    now = datetime.now(UTC)
    rules = [(rule, await preview(rule, now=now)) for rule in await follow_up_rules()]
    return await page(
        request, "reminders/rules.html", rules=rules, names=NAMES, rule_words=RULES, without_owner=await without_owner(now=now),
        statuses=STATUSES, levels={level.code: local_name(level) for level in await service_levels()}, word=word,
        flashes=flashes(request, RULES_SAVED),
    )  # fmt: skip


@get("/follow-up-rules/{code:str}", permission=Permission.CATALOGUES_EDIT)
async def edit_rule(request: StaffRequest, code: FromPath[str]) -> Response[str]:
    rule = await follow_up_rule(code)
    levels = await service_levels()
    return await _form(request, code, typed(rule, [level.code for level in levels]), {}, levels)


async def _form(
    request: StaffRequest, code: str, values: dict[str, Any], errors: dict[str, str], levels: list[ServiceLevelRow]
) -> Response[str]:
    now = datetime.now(UTC)
    rule = await follow_up_rule(code)
    return await page(
        request, "reminders/rule.html", status=422 if errors else 200, rule=rule, values=values, errors=errors, names=NAMES,
        rule_words=RULES, today=await preview(rule, now=now), statuses=STATUSES, word=word,
        levels=[(level.code, local_name(level)) for level in levels], most=A_DAY.get(rule.code, MOST_A_DAY),
        staff=[(str(each), name) for each, name in await staff_options()],
        placeholders={"text_de": list(PLACEHOLDERS.values()), "text_en": list(PLACEHOLDERS)},
    )  # fmt: skip


@post("/follow-up-rules/{code:str}", permission=Permission.CATALOGUES_EDIT)
async def save_rule(request: StaffRequest, code: FromPath[str]) -> Response[Any]:
    """Switch it on or off, and say when, for whom and in which words."""
    now = datetime.now(UTC)
    await follow_up_rule(code)
    values = dict(await request.form())
    levels = await service_levels()
    try:
        wanted, version = parse_rule(code, values, [level.code for level in levels])

        async def save() -> str:
            await change_rule(code, wanted, version, by=request.user.id, now=now)
            return "/follow-up-rules?done=saved"

        where = await form_once(request, str(values.get("submission_id", "")), save, now=now)
    except Invalid as error:
        return await _form(request, code, values, error.errors, levels)
    except Conflict as error:
        return await _form(request, code, {**values, "version": error.version}, {"": error.sentence}, levels)
    return see_other(request, where)


route_handlers = [show_rules, edit_rule, save_rule]
