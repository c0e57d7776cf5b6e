"""The rules by which follow-ups come of their own accord, over JSON."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
from litestar import get, patch
from litestar.params import FromPath, JSONBody

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.interactions.mails.event_mails import demand_fitting_template
from crm.reminders.caused import preview
from crm.reminders.follow_up_rules import FIELDS, Rule, change_rule, follow_up_rule, follow_up_rules
from crm.web.forms import Fields
from crm.web.parameters import Id, Version


class RuleItem(msgspec.Struct):
    """`days` after the event (`rhythm`: before the contact rhythm ends). `user_id` null: the customer's owner. Empty lists: all.
    `since`: only events from then on count. `mail_template_id`: the customer gets this mail, and the person a follow-up only where
    it cannot go out. `today`: how many follow-ups or mails it makes on a day like this; null: nobody works."""

    code: str
    on: bool
    days: int
    user_id: int | None
    text_de: str
    text_en: str
    statuses: list[str]
    levels: list[str]
    since: datetime | None
    version: int
    today: int | None
    mail_template_id: int | None = None


class RuleList(msgspec.Struct):
    items: list[RuleItem]


class RulePatch(msgspec.Struct, forbid_unknown_fields=True):
    """What shall be different. `version`: the one that the caller saw."""

    version: Version | None = None
    on: bool | msgspec.UnsetType = msgspec.UNSET
    days: int | msgspec.UnsetType = msgspec.UNSET
    user_id: Id | msgspec.UnsetType | None = msgspec.UNSET
    text_de: str | msgspec.UnsetType = msgspec.UNSET
    text_en: str | msgspec.UnsetType = msgspec.UNSET
    statuses: list[str] | msgspec.UnsetType = msgspec.UNSET
    levels: list[str] | msgspec.UnsetType = msgspec.UNSET
    mail_template_id: Id | msgspec.UnsetType | None = msgspec.UNSET


async def _item(rule: Rule, now: datetime) -> RuleItem:
    return RuleItem(
        rule.code, rule.is_on, rule.days, rule.user_id, rule.text_de, rule.text_en, list(rule.statuses), list(rule.levels),
        rule.since, rule.version, await preview(rule, now=now), rule.mail_template_id,
    )  # fmt: skip


@get("/follow-up-rules", permission=Permission.CATALOGUES_EDIT)
async def index(request: StaffRequest) -> RuleList:
    now = datetime.now(UTC)
    return RuleList([await _item(rule, now) for rule in await follow_up_rules()])


@patch("/follow-up-rules/{code:str}", permission=Permission.CATALOGUES_EDIT)
async def change(request: StaffRequest, code: FromPath[str], data: JSONBody[RulePatch]) -> RuleItem:
    """Change what is sent; 409 if somebody else saved since `version`."""
    now = datetime.now(UTC)
    await follow_up_rule(code)
    sent = {name: value for name in FIELDS if (value := getattr(data, name.removeprefix("is_"))) is not msgspec.UNSET}
    fields = Fields({name: value for name, value in sent.items() if isinstance(value, str)})
    wanted: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else fields.text(name, many_lines=True) if isinstance(value, str) else value
        for name, value in sent.items()
    }  # fmt: skip
    fields.check()
    await demand_fitting_template(wanted.get("mail_template_id"))
    return await _item(await change_rule(code, wanted, data.version, by=request.user.id, now=now), now)


route_handlers = [index, change]
