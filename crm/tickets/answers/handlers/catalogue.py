"""The catalogue of approved answers: list, draft, change, approve, retire."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import form_once
from crm.database import HIGHEST_ID, Row
from crm.errors import Conflict, Invalid, NotFound, RuleBroken
from crm.tickets.answers.figures import resolution_per_level
from crm.tickets.answers.forms import parse_answer, parse_use, parse_version
from crm.tickets.answers.keeping import (
    LABELS,
    approve_answer,
    change_answer,
    change_use,
    draft_answer,
    retire_answer,
)
from crm.tickets.answers.queries import all_answers, answer_named, level_zero, today, versions_of
from crm.tickets.answers.quoting import text_of_reply
from crm.tickets.queries import topics, visible_ticket
from crm.web.forms import Fields
from crm.web.i18n import N_, _, local_name
from crm.web.render import flashes, page, see_other

P = Permission
DONE = {
    "drafted": N_("The answer is saved and waits for approval."), "approved": N_("The answer is approved."),
    "used": N_("Saved."), "retired": N_("The answer is retired: it is neither shown nor sent."),
    "returned": N_("The answer is in use again."),
}  # fmt: skip


@get("/answers", permission=P.TICKETS_VIEW)
async def list_answers(request: StaffRequest) -> Response[str]:
    now = datetime.now(UTC)
    retired = request.query_params.get("show") == "retired"
    return await page(
        request, "answers/index.html", answers=await all_answers(now, retired=retired), retired=retired, settings=await level_zero(),
        levels=await resolution_per_level(now), flashes=flashes(request, DONE),
    )  # fmt: skip


@get("/answers/new", permission=P.TICKETS_WORK)
async def new_answer(request: StaffRequest) -> Response[str]:
    """A new one; `message` begins it with a reply of ours and the question that it answered."""
    return await _form(request, None, await _begun(request), {})


async def _begun(request: StaffRequest) -> dict[str, Any]:
    sent = request.query_params.get("message", "")
    if not (sent.isascii() and sent.isdigit() and len(sent) < 19) or not 0 < int(sent) <= HIGHEST_ID:
        return {}
    reply = await text_of_reply(int(sent))
    if reply is None:
        raise NotFound()
    await visible_ticket(request.user, reply.ticket)
    language = "en" if reply.language == "en" else "de"
    return {
        f"title_{language}": reply.subject[:200], f"questions_{language}": " ".join((reply.question or "").split())[:300],
        f"text_{language}": reply.text[:8000], "topic": reply.topic or "", "is_quoted": "1",
    }  # fmt: skip


@post("/answers", permission=P.TICKETS_WORK, status_code=303)
async def create(request: StaffRequest) -> Response[Any]:
    now = datetime.now(UTC)
    values = dict(await request.form())
    try:
        text, _version = parse_answer(values, now)

        async def do() -> str:
            return f"/answers/{await draft_answer(text, by=request.user.id, now=now)}?done=drafted"

        where = await form_once(request, str(values.get("submission_id", "")), do, now=now)
    except Invalid as error:
        return await _form(request, None, Fields(values).values, error.errors)
    return see_other(request, where)


@get("/answers/{answer_id:int}", permission=P.TICKETS_VIEW)
async def show(request: StaffRequest, answer_id: FromPath[int]) -> Response[str]:
    return await _show(request, answer_id)


async def _show(
    request: StaffRequest, answer_id: int, errors: Mapping[str, str] | None = None, status: int = 200
) -> Response[str]:
    answer = await answer_named(answer_id)
    versions = await versions_of(answer_id)
    approved = next((one for one in versions if one.number == answer.approved_version), None)
    return await page(
        request, "answers/show.html", status=status, answer=answer, newest=versions[0], approved=approved, versions=versions,
        today=today(datetime.now(UTC)), errors=errors or {}, flashes=flashes(request, DONE),
    )  # fmt: skip


@get("/answers/{answer_id:int}/edit", permission=P.TICKETS_WORK)
async def edit(request: StaffRequest, answer_id: FromPath[int]) -> Response[str]:
    answer = await answer_named(answer_id)
    newest = (await versions_of(answer_id))[0]
    values = {**newest, "topic": newest.topic_code or "", "expires_on": newest.expires_on or ""}
    return await _form(request, answer, values, {})


@post("/answers/{answer_id:int}", permission=P.TICKETS_WORK, status_code=303)
async def save(request: StaffRequest, answer_id: FromPath[int]) -> Response[Any]:
    """Save a new version; if somebody else saved meanwhile, show both."""
    now = datetime.now(UTC)
    answer = await answer_named(answer_id)
    values = dict(await request.form())
    try:
        text, version = parse_answer(values, now)
        await change_answer(answer_id, text, version, by=request.user.id, now=now)
    except Invalid as error:
        return await _form(request, answer, Fields(values).values, error.errors)
    except Conflict as conflict:
        return await page(
            request, "orders/conflict.html", status=409, crumb=(_("Approved answers"), "/answers"), name=text.title_de or text.title_en,
            action=f"/answers/{answer_id}", show_url=f"/answers/{answer_id}",
            rows=[(each.label, each.mine, each.theirs) for each in conflict.differences],
            fields={**Fields(values).values, "version": conflict.version},
        )  # fmt: skip
    return see_other(request, f"/answers/{answer_id}?done=drafted")


@post("/answers/{answer_id:int}/approval", permission=P.CATALOGUES_EDIT, status_code=303)
async def approve(request: StaffRequest, answer_id: FromPath[int]) -> Response[Any]:
    values = dict(await request.form())
    try:
        version, use = parse_version(values), parse_use(values)
        await approve_answer(answer_id, version, use, by=request.user.id, now=datetime.now(UTC))
    except Invalid as error:
        return await _show(request, answer_id, error.errors, 422)
    except (Conflict, RuleBroken) as error:
        return await _show(request, answer_id, {"": error.sentence}, error.status)
    return see_other(request, f"/answers/{answer_id}?done=approved")


@post("/answers/{answer_id:int}/use", permission=P.CATALOGUES_EDIT, status_code=303)
async def save_use(request: StaffRequest, answer_id: FromPath[int]) -> Response[Any]:
    use = parse_use(dict(await request.form()))
    await change_use(answer_id, use, by=request.user.id, now=datetime.now(UTC))
    return see_other(request, f"/answers/{answer_id}?done=used")


@post("/answers/{answer_id:int}/retirement", permission=P.CATALOGUES_EDIT, status_code=303)
async def retire(request: StaffRequest, answer_id: FromPath[int]) -> Response[Any]:
    await retire_answer(answer_id, retired=True, by=request.user.id, now=datetime.now(UTC))
    return see_other(request, f"/answers/{answer_id}?done=retired")


@post("/answers/{answer_id:int}/return", permission=P.CATALOGUES_EDIT, status_code=303)
async def bring_back(request: StaffRequest, answer_id: FromPath[int]) -> Response[Any]:
    await retire_answer(answer_id, retired=False, by=request.user.id, now=datetime.now(UTC))
    return see_other(request, f"/answers/{answer_id}?done=returned")


async def _form(
    request: StaffRequest, answer: Row | None, values: Mapping[str, Any], errors: Mapping[str, str]
) -> Response[str]:
    return await page(
        request, "answers/form.html", status=422 if errors else 200, answer=answer, values=values, errors=errors,
        labels={name: _(text) for name, text in LABELS.items()}, topics=[(row.code, local_name(row)) for row in await topics()],
    )  # fmt: skip


route_handlers = [list_answers, new_answer, create, show, edit, save, approve, save_use, retire, bring_back]
