"""The rules that suggest a topic, over the API."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
from litestar import Response, delete, get, post, put
from litestar.params import FromPath, JSONBody

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import created_once
from crm.database import Row
from crm.tickets.topics.rules import (
    change_rule,
    create_rule,
    delete_rule,
    judged,
    rule_values,
    topic_rule_for,
    topic_rules,
)
from crm.web.forms import Fields
from crm.web.parameters import Version


class TopicRuleIn(msgspec.Struct, forbid_unknown_fields=True):
    """What is filled in must hold together: one of the words, one of the senders, the form, the product (its number).
    With the `version` that was read, a change that somebody else has overtaken is refused."""

    name: str
    topic: str
    words: list[str] = []
    senders: list[str] = []
    form: str = ""
    product: str = ""
    is_active: bool = True
    position: int = 0
    version: Version | None = None


class TopicRuleOut(msgspec.Struct):
    """`suggested`, `judged` and `corrected` count the last 90 days; `correction_rate` is null while nothing is judged."""

    id: int
    name: str
    topic: str
    words: list[str]
    senders: list[str]
    form: str
    product: str
    is_active: bool
    position: int
    version: int
    suggested: int
    judged: int
    corrected: int
    correction_rate: float | None


def _out(row: Row) -> TopicRuleOut:
    return TopicRuleOut(
        row.id, row.name, row.topic_code, row.words.splitlines(), row.senders.splitlines(), row.form, row.product_code, row.is_active,
        row.position, row.version, row.suggested, row.judged, row.corrected, judged(row).rate,
    )  # fmt: skip


def _values(data: TopicRuleIn) -> dict[str, Any]:
    fields = Fields({
        "name": data.name, "topic_code": data.topic, "words": "\n".join(data.words), "senders": "\n".join(data.senders),
        "form": data.form, "product_code": data.product, "is_active": "1" if data.is_active else "", "position": str(data.position),
    })  # fmt: skip
    values = rule_values(fields)
    fields.check()
    return values


@get("/topic-rules", permission=Permission.CATALOGUES_EDIT)
async def index(request: StaffRequest) -> list[TopicRuleOut]:
    """All rules, with how often they were corrected."""
    return [_out(row) for row in await topic_rules(datetime.now(UTC))]


@post("/topic-rules", permission=Permission.CATALOGUES_EDIT, status_code=201)
async def create(request: StaffRequest, data: JSONBody[TopicRuleIn]) -> Response[bytes]:
    """Add a rule."""
    now, values = datetime.now(UTC), _values(data)

    async def do() -> TopicRuleOut:
        return _out(await topic_rule_for(await create_rule(values, by=request.user.id, now=now), now))

    return await created_once(request, do, now=now)


@put("/topic-rules/{rule_id:int}", permission=Permission.CATALOGUES_EDIT, status_code=200)
async def replace(request: StaffRequest, rule_id: FromPath[int], data: JSONBody[TopicRuleIn]) -> TopicRuleOut:
    """Change a rule, all of it."""
    now = datetime.now(UTC)
    await topic_rule_for(rule_id, now)
    await change_rule(rule_id, _values(data), data.version, by=request.user.id, now=now)
    return _out(await topic_rule_for(rule_id, now))


@delete("/topic-rules/{rule_id:int}", permission=Permission.CATALOGUES_EDIT, status_code=204)
async def remove(request: StaffRequest, rule_id: FromPath[int]) -> None:
    """Delete a rule; what it suggested stays."""
    now = datetime.now(UTC)
    await topic_rule_for(rule_id, now)
    await delete_rule(rule_id, by=request.user.id, now=now)


route_handlers = [index, create, replace, remove]
