"""Topics on screen: a new one, other names and levels, retiring one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.database import Row
from crm.errors import Invalid, NotFound, RuleBroken
from crm.interactions.topic_retiring import retire_topic, uses_of_topic
from crm.tickets.queries import topics
from crm.tickets.topics.keeping import TopicData, add_topic, change_topic, topic_for
from crm.web.formats import num
from crm.web.forms import Fields
from crm.web.i18n import _, local_name, ngettext
from crm.web.render import page, see_other


async def _form(
    request: StaffRequest, topic: Row | None, values: Mapping[str, Any], errors: Mapping[str, str] | None = None
) -> Response[str]:
    return await page(
        request, "competences/topic.html", status=422 if errors else 200, topic=topic, values=values, errors=errors or {}
    )  # fmt: skip


@get("/competences/topics/new", permission=Permission.CATALOGUES_EDIT)
async def new_topic(request: StaffRequest) -> Response[str]:
    return await _form(request, None, {"level": "1", "first_contact_level": "1"})


@post("/competences/topics/new", permission=Permission.CATALOGUES_EDIT, status_code=303)
async def create_topic(request: StaffRequest) -> Response[Any]:
    values = dict(await request.form())
    try:
        await add_topic(TopicData.parse(values), by=request.user.id, now=datetime.now(UTC))
    except Invalid as error:
        return await _form(request, None, values, error.errors)
    return see_other(request, "/competences?done=topic-added")


@get("/competences/topics/{topic_id:int}/edit", permission=Permission.CATALOGUES_EDIT)
async def edit_topic(request: StaffRequest, topic_id: FromPath[int]) -> Response[str]:
    topic = await topic_for(topic_id)
    return await _form(request, topic, dict(topic))


@post("/competences/topics/{topic_id:int}", permission=Permission.CATALOGUES_EDIT, status_code=303)
async def save_topic(request: StaffRequest, topic_id: FromPath[int]) -> Response[Any]:
    topic, values = await topic_for(topic_id), dict(await request.form())
    try:
        await change_topic(topic_id, TopicData.parse(values), by=request.user.id, now=datetime.now(UTC))
    except Invalid as error:
        return await _form(request, topic, values, error.errors)
    return see_other(request, "/competences?done=topics")


@get("/competences/topics/{topic_id:int}/retirement", permission=Permission.CATALOGUES_EDIT)
async def ask_topic_retirement(request: StaffRequest, topic_id: FromPath[int]) -> Response[str]:
    return await _retirement(request, await topic_for(topic_id))


async def _retirement(request: StaffRequest, topic: Row, problem: Mapping[str, str] | None = None) -> Response[str]:
    uses = await uses_of_topic(topic)
    named = [
        (
            uses.enquiries,
            ngettext("%(num)s open enquiry", "%(num)s open enquiries", uses.enquiries) % {"num": num(uses.enquiries)},
        ),
        (
            uses.rules,
            ngettext("%(num)s rule for topics", "%(num)s rules for topics", uses.rules) % {"num": num(uses.rules)},
        ),
        (uses.blocks, ngettext("%(num)s text block", "%(num)s text blocks", uses.blocks) % {"num": num(uses.blocks)}),
        (
            uses.reasons,
            ngettext("%(num)s reason for contact", "%(num)s reasons for contact", uses.reasons)
            % {"num": num(uses.reasons)},
        ),
        (uses.boxes, ngettext("%(num)s letter box", "%(num)s letter boxes", uses.boxes) % {"num": num(uses.boxes)}),
        (
            uses.forms,
            ngettext("%(num)s form of the website", "%(num)s forms of the website", uses.forms)
            % {"num": num(uses.forms)},
        ),
    ]
    return await page(
        request, "service_levels/retire.html", status=422 if problem else 200, where=f"/competences/topics/{topic.id}",
        name=local_name(topic), uses=[text for number, text in named if number], is_used=not uses.is_free, errors=problem or {},
        others=[(str(row.id), local_name(row)) for row in await topics() if row.id != topic.id], back="/competences", at_once=True,
    )  # fmt: skip


@post("/competences/topics/{topic_id:int}/retirement", permission=Permission.CATALOGUES_EDIT, status_code=303)
async def retire_one_topic(request: StaffRequest, topic_id: FromPath[int]) -> Response[Any]:
    topic, fields = await topic_for(topic_id), Fields(dict(await request.form()))
    try:
        other_id = fields.reference("replacement")
        fields.check()
        await retire_topic(topic_id, other_id, by=request.user.id, now=datetime.now(UTC))
    except (Invalid, RuleBroken, NotFound) as error:
        if isinstance(error, Invalid):
            return await _retirement(request, topic, error.errors)
        sentence = error.sentence if isinstance(error, RuleBroken) else _("Choose another one that is in use.")
        return await _retirement(request, topic, {"replacement": sentence})
    return see_other(request, "/competences?done=topic-retired")


handlers = [new_topic, create_topic, edit_topic, save_topic, ask_topic_retirement, retire_one_topic]
