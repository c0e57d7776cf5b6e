"""The rules by which follow-ups come of their own accord, on the screen: for leads."""

from __future__ import annotations

from collections.abc import Mapping
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
from crm.interactions.mails.event_mails import Example, demand_fitting_template, example, is_gapless
from crm.interactions.mails.queries import templates
from crm.interactions.mails.words import template_name
from crm.reminders.caused import A_DAY, MOST_A_DAY, preview, without_owner
from crm.reminders.causes import NAMES
from crm.reminders.causing import PLACEHOLDERS
from crm.reminders.follow_up_rules import Rule, change_rule, follow_up_rule, follow_up_rules
from crm.reminders.rule_forms import parse_rule, typed
from crm.reminders.tables import Cause
from crm.reminders.words import RULES, RULES_SAVED
from crm.service_levels.queries import ServiceLevelRow, service_levels
from crm.web.i18n import local_name, word
from crm.web.render import flashes, fragment, page, see_other


@get("/follow-up-rules", permission=Permission.CATALOGUES_EDIT)
async def show_rules(request: StaffRequest) -> Response[str]:
    """Each rule with what it would do on a day like today."""
    now = datetime.now(UTC)
    rules = [(rule, await preview(rule, now=now)) for rule in await follow_up_rules()]
    return await page(
        request, "reminders/rules.html", rules=rules, names=NAMES, rule_words=RULES, without_owner=await without_owner(now=now),
        statuses=STATUSES, levels={level.code: local_name(level) for level in await service_levels()}, word=word,
        mails={row.id: template_name(row) for row in await templates()}, flashes=flashes(request, RULES_SAVED),
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
        templates=await _offered(values), example=await _example(rule, values.get("mail_template_id"), now),
        placeholders={"text_de": list(PLACEHOLDERS.values()), "text_en": list(PLACEHOLDERS)},
    )  # fmt: skip


async def _offered(values: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The templates that a rule can send: those without gaps; and the one that it has, however it is."""
    rows = await templates()
    return [
        (str(row.id), template_name(row))
        for row in rows
        if is_gapless(row) or str(row.id) == str(values.get("mail_template_id"))
    ]


async def _example(rule: Rule, template_id: Any, now: datetime) -> Example | None:
    """What the customer of the latest event would get; None without a mail, or without an event."""
    asked = str(template_id or "")
    if rule.code is Cause.RHYTHM or not (asked.isascii() and asked.isdigit() and len(asked) < 19):
        return None
    return await example(rule, int(asked), now=now)


@get("/follow-up-rules/{code:str}/example", permission=Permission.CATALOGUES_EDIT)
async def show_example(request: StaffRequest, code: FromPath[str]) -> Response[str]:
    """The mail by the example of the latest event, as soon as a template is chosen."""
    rule = await follow_up_rule(code)
    wanted = request.query_params.get("mail_template_id")
    found = await _example(rule, wanted, datetime.now(UTC))
    return await fragment(request, "reminders/_example.html", example=found, wants_mail=bool(wanted))


@post("/follow-up-rules/{code:str}", permission=Permission.CATALOGUES_EDIT)
async def save_rule(request: StaffRequest, code: FromPath[str]) -> Response[Any]:
    """Switch it on or off, and say when, for whom and in which words."""
    now = datetime.now(UTC)
    await follow_up_rule(code)
    values = dict(await request.form())
    levels = await service_levels()
    try:
        wanted, version = parse_rule(code, values, [level.code for level in levels])

        await demand_fitting_template(wanted.get("mail_template_id"))

        async def save() -> str:
            await change_rule(code, wanted, version, by=request.user.id, now=now)
            return "/follow-up-rules?done=saved"

        where = await form_once(request, str(values.get("submission_id", "")), save, now=now)
    except Invalid as error:
        return await _form(request, code, values, error.errors, levels)
    except Conflict as error:
        return await _form(request, code, {**values, "version": error.version}, {"": error.sentence}, levels)
    return see_other(request, where)


route_handlers = [show_rules, edit_rule, show_example, save_rule]
