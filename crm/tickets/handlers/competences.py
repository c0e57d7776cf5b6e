"""Who can do what: the matrix of agents and topics, one agent, one's own absence."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from babel.dates import get_day_names
from litestar import Response, get, post
from litestar.params import FromPath

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.customers.words import CHANNELS
from crm.errors import Invalid, NotFound, RuleBroken
from crm.tickets.answers.figures import resolution_per_level
from crm.tickets.competence_forms import parse_absence, parse_availability, parse_levels, parse_topics
from crm.tickets.competences import (
    Agent,
    agent_named,
    agents,
    change_availability,
    make_agent,
    possible_agents,
    possible_deputies,
    set_absence,
    set_levels,
    set_topic_levels,
    training_wishes,
)
from crm.tickets.gaps import Gap, gaps
from crm.tickets.queries import topics
from crm.tickets.standing_in import mark_passed_on_seen, passed_on_lately, passed_on_unseen
from crm.web.formats import input_datetime
from crm.web.forms import Fields
from crm.web.i18n import N_, _, local_name, locale
from crm.web.render import flashes, page, see_other

DONE = {
    "levels": N_("The levels are saved. Waiting enquiries are offered again."), "topics": N_("The topics are saved."),
    "agent": N_("Saved. Waiting enquiries are offered again."), "added": N_("Added. Give them a level for each topic they can answer."),
    "seen": N_("Marked as read."), "topic-added": N_("The topic is added. Give agents a level for it."),
    "topic-retired": N_("The topic is retired. What used it has its replacement."),
}  # fmt: skip


async def _matrix(
    request: StaffRequest,
    *,
    status: int = 200,
    values: Mapping[str, Any] | None = None,
    errors: Mapping[str, str] | None = None,
) -> Response[str]:
    everybody, subjects = await agents(), await topics()
    needed = [(row.id, local_name(row), max(row.level, row.first_contact_level)) for row in subjects]
    weak = gaps(needed, [(agent.name, agent.levels) for agent in everybody])
    return await page(
        request, "competences/index.html", status=status, agents=everybody, topics=subjects, values=values or {}, errors=errors or {},
        gaps=[_sentence(gap) for gap in weak], candidates=[(str(row.id), row.name) for row in await possible_agents()],
        wishes=await training_wishes(datetime.now(UTC)),
        resolved=await resolution_per_level(datetime.now(UTC)), flashes=flashes(request, DONE),
    )  # fmt: skip


def _sentence(gap: Gap) -> str:
    sentences = {
        "nobody": _("%(topic)s: nobody has level %(level)s. Such enquiries wait until you assign them."),
        "one": _("%(topic)s: only %(name)s can answer (level %(level)s). While %(name)s is away, enquiries wait."),
        "no_expert": _("%(topic)s: there is no expert, so escalated enquiries wait."),
        "one_expert": _("%(topic)s: %(name)s is the only expert."),
    }
    return sentences[gap.kind] % {"topic": gap.topic, "level": gap.level, "name": gap.name}


@get("/competences", permission=Permission.CATALOGUES_EDIT)
async def show_competences(request: StaffRequest) -> Response[str]:
    return await _matrix(request)


@post("/competences", permission=Permission.CATALOGUES_EDIT, status_code=303)
async def save_levels(request: StaffRequest) -> Response[Any]:
    values = dict(await request.form())
    try:
        cells = parse_levels(values, [agent.id for agent in await agents()], [row.id for row in await topics()])
    except Invalid as error:
        return await _matrix(request, status=422, values=values, errors=error.errors)
    await set_levels(cells, by=request.user.id, now=datetime.now(UTC))
    return see_other(request, "/competences?done=levels")


@post("/competences/topics", permission=Permission.CATALOGUES_EDIT, status_code=303)
async def save_topics(request: StaffRequest) -> Response[Any]:
    values = dict(await request.form())
    try:
        levels = parse_topics(values, [row.id for row in await topics()])
    except Invalid as error:
        return await _matrix(request, status=422, values=values, errors=error.errors)
    await set_topic_levels(levels, by=request.user.id, now=datetime.now(UTC))
    return see_other(request, "/competences?done=topics")


@post("/competences/agents", permission=Permission.CATALOGUES_EDIT, status_code=303)
async def add_agent(request: StaffRequest) -> Response[Any]:
    fields = Fields(dict(await request.form()))
    user_id = fields.reference("user_id", required=True)
    try:
        fields.check()
        await make_agent(user_id or 0, by=request.user.id, now=datetime.now(UTC))
    except (Invalid, RuleBroken) as error:
        errors = error.errors if isinstance(error, Invalid) else {"user_id": error.sentence}
        return await _matrix(request, status=422, values=fields.values, errors=errors)
    return see_other(request, "/competences?done=added")


async def _agent_page(
    request: StaffRequest, agent: Agent, *, is_own: bool = False, status: int = 200, values: Mapping[str, Any] | None = None,
    errors: Mapping[str, str] | None = None, ticked: list[str] | None = None,
) -> Response[str]:  # fmt: skip
    names = get_day_names("wide", locale=locale())
    now = datetime.now(UTC)
    return await page(
        request, "competences/agent.html", status=status, agent=agent, is_own=is_own, values={**_stored(agent), **(values or {})},
        errors=errors or {}, channels=[(code, _(name)) for code, name in CHANNELS.items()],
        ticked=agent.channels.split(",") if ticked is None else ticked, days=[names[weekday] for weekday in range(7)],
        is_absent=agent.is_absent(now), deputies=[(str(row.id), row.name) for row in await possible_deputies(agent.id)],
        passed_on=await (passed_on_unseen(agent.id) if is_own else passed_on_lately(agent.id, now)), flashes=flashes(request, DONE),
    )  # fmt: skip


def _stored(agent: Agent) -> dict[str, Any]:
    values: dict[str, Any] = {
        "capacity": agent.capacity, "languages": agent.languages.replace(",", ", "), "absent": "1" if agent.absent_from else "",
        "absent_from": input_datetime(agent.absent_from).replace("T", " "),
        "absent_until": input_datetime(agent.absent_until).replace("T", " "), "deputy_id": str(agent.deputy or ""),
    }  # fmt: skip
    for weekday, starts, ends in agent.hours:
        values[f"from-{weekday}"], values[f"to-{weekday}"] = f"{starts:%H:%M}", f"{ends:%H:%M}"
    return values


@get("/competences/agents/{user_id:int}", permission=Permission.CATALOGUES_EDIT)
async def show_agent(request: StaffRequest, user_id: FromPath[int]) -> Response[str]:
    return await _agent_page(request, await agent_named(user_id))


@post("/competences/agents/{user_id:int}", permission=Permission.CATALOGUES_EDIT, status_code=303)
async def save_agent(request: StaffRequest, user_id: FromPath[int]) -> Response[Any]:
    agent = await agent_named(user_id)
    form = await request.form()
    ticked = [str(channel) for channel in form.getall("channels", [])]
    try:
        availability = parse_availability(dict(form), ticked)
        await change_availability(user_id, availability, by=request.user.id, now=datetime.now(UTC))
    except Invalid as error:
        return await _agent_page(request, agent, status=422, values=dict(form), errors=error.errors, ticked=ticked)
    return see_other(request, f"/competences/agents/{user_id}?done=agent")


@post("/competences/agents/{user_id:int}/absence", permission=Permission.CATALOGUES_EDIT, status_code=303)
async def save_absence(request: StaffRequest, user_id: FromPath[int]) -> Response[Any]:
    return await _absence(request, user_id, is_own=False, back=f"/competences/agents/{user_id}?done=agent")


@get("/competences/me", permission=Permission.TICKETS_WORK)
async def show_own(request: StaffRequest) -> Response[str]:
    """One's own availability; the absence can be switched by oneself."""
    try:
        agent = await agent_named(request.user.id)
    except NotFound:
        return await page(request, "competences/none.html")
    return await _agent_page(request, agent, is_own=True)


@post("/competences/me/absence", permission=Permission.TICKETS_WORK, status_code=303)
async def save_own_absence(request: StaffRequest) -> Response[Any]:
    return await _absence(request, request.user.id, is_own=True, back="/competences/me?done=agent")


async def _absence(request: StaffRequest, user_id: int, *, is_own: bool, back: str) -> Response[Any]:
    now = datetime.now(UTC)
    agent = await agent_named(user_id)
    values = dict(await request.form())
    try:
        absence = parse_absence(values, now)
        await set_absence(user_id, absence.start, absence.end, deputy_id=absence.deputy_id, by=request.user.id, now=now)
    except Invalid as error:
        return await _agent_page(request, agent, is_own=is_own, status=422, values=values, errors=error.errors)
    return see_other(request, back)


@post("/competences/me/passed-on", permission=Permission.TICKETS_WORK, status_code=303)
async def mark_own_passed_on(request: StaffRequest) -> Response[Any]:
    """They have read what was passed on while they were away."""
    fields = Fields(dict(await request.form()))
    up_to = fields.reference("up_to") or 0
    await mark_passed_on_seen(request.user.id, up_to, now=datetime.now(UTC))
    return see_other(request, "/" if fields.text("back") == "today" else "/competences/me?done=seen")


handlers = [
    show_competences, save_levels, save_topics, add_agent, show_agent, save_agent, save_absence, show_own, save_own_absence,
    mark_own_passed_on,
]  # fmt: skip
