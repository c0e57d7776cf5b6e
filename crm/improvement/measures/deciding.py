"""What is decided about a measure: start, carry out, give up, take up again; its tasks, and what it answers."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import form_once
from crm.errors import Invalid, RuleBroken
from crm.improvement.measures import actions
from crm.improvement.measures.forms import parse_task
from crm.improvement.measures.pages import measure_page
from crm.improvement.measures.queries import measure_for
from crm.improvement.measures.tasks import add_task, delete_task, demand_own_task, settle_task, task_of
from crm.improvement.queries import feedback_for
from crm.reports.effects import baseline
from crm.web.formats import local
from crm.web.forms import Fields
from crm.web.render import page, see_other

P = Permission


@post("/measures/{measure_id:int}/start", permission=P.MEASURES_EDIT, status_code=303)
async def start(request: StaffRequest, measure_id: FromPath[int]) -> Response[Any]:
    """It begins, and its baseline is measured."""
    await measure_for(measure_id)
    await actions.start_measure(measure_id, baseline, by=request.user.id, now=datetime.now(UTC))
    return see_other(request, f"/measures/{measure_id}?done=started")


@post("/measures/{measure_id:int}/completion", permission=P.MEASURES_EDIT, status_code=303)
async def finish(request: StaffRequest, measure_id: FromPath[int]) -> Response[Any]:
    await measure_for(measure_id)
    await actions.finish_measure(measure_id, by=request.user.id, now=datetime.now(UTC))
    return see_other(request, f"/measures/{measure_id}?done=finished")


@get("/measures/{measure_id:int}/drop", permission=P.MEASURES_EDIT)
async def ask_why(request: StaffRequest, measure_id: FromPath[int]) -> Response[str]:
    return await page(request, "measures/drop.html", measure=await measure_for(measure_id), values={}, errors={})


@post("/measures/{measure_id:int}/drop", permission=P.MEASURES_EDIT, status_code=303)
async def drop(request: StaffRequest, measure_id: FromPath[int]) -> Response[Any]:
    measure, fields = await measure_for(measure_id), Fields(dict(await request.form()))
    try:
        reason = fields.text("drop_reason", limit=2000, many_lines=True)
        fields.check()
        await actions.drop_measure(measure_id, reason, by=request.user.id, now=datetime.now(UTC))
    except (Invalid, RuleBroken) as error:
        errors = error.errors if isinstance(error, Invalid) else {"": error.sentence}
        return await page(
            request, "measures/drop.html", status=422, measure=measure, values=fields.values, errors=errors
        )
    return see_other(request, f"/measures/{measure_id}?done=dropped")


@post("/measures/{measure_id:int}/resumption", permission=P.MEASURES_EDIT, status_code=303)
async def take_up(request: StaffRequest, measure_id: FromPath[int]) -> Response[Any]:
    await measure_for(measure_id)
    await actions.take_up_again(measure_id, by=request.user.id, now=datetime.now(UTC))
    return see_other(request, f"/measures/{measure_id}?done=taken_up")


@post("/measures/{measure_id:int}/tasks", permission=P.MEASURES_EDIT, status_code=303)
async def create_task(request: StaffRequest, measure_id: FromPath[int]) -> Response[Any]:
    measure, now, values = await measure_for(measure_id), datetime.now(UTC), dict(await request.form())

    async def do() -> str:
        task = parse_task(values, today=local(now).date())
        await add_task(measure_id, task, by=request.user.id, now=now)
        return f"/measures/{measure_id}?done=task_added"

    try:
        return see_other(request, await form_once(request, str(values.get("submission_id", ""))[:64], do, now=now))
    except Invalid as error:
        return await measure_page(request, measure, values, error.errors)


@post("/measures/{measure_id:int}/tasks/{task_id:int}/completion", permission=P.MEASURES_VIEW, status_code=303)
async def tick_off(request: StaffRequest, measure_id: FromPath[int], task_id: FromPath[int]) -> Response[Any]:
    """Done; with `undo`, not done after all. For whoever does it, is responsible, or edits measures."""
    task = await task_of(measure_id, task_id)
    demand_own_task(request.user, task)
    is_done = not Fields(dict(await request.form())).flag("undo")
    await settle_task(task_id, is_done=is_done, by=request.user.id, now=datetime.now(UTC))
    return see_other(request, f"/measures/{measure_id}?done={'task_done' if is_done else 'task_undone'}")


@post("/measures/{measure_id:int}/tasks/{task_id:int}/deletion", permission=P.MEASURES_EDIT, status_code=303)
async def remove_task(request: StaffRequest, measure_id: FromPath[int], task_id: FromPath[int]) -> Response[Any]:
    await task_of(measure_id, task_id)
    await delete_task(task_id, by=request.user.id, now=datetime.now(UTC))
    return see_other(request, f"/measures/{measure_id}?done=task_deleted")


@post("/measures/{measure_id:int}/feedback", permission=P.MEASURES_EDIT, status_code=303)
async def link_point(request: StaffRequest, measure_id: FromPath[int]) -> Response[Any]:
    """It answers a point of criticism or an expectation."""
    measure, fields = await measure_for(measure_id), Fields(dict(await request.form()))
    try:
        feedback_id = fields.reference("feedback_id", required=True)
        fields.check()
        await feedback_for(request.user, feedback_id or 0)
        await actions.answer_feedback(measure_id, feedback_id or 0, by=request.user.id, now=datetime.now(UTC))
    except Invalid as error:
        return await measure_page(request, measure, fields.values, error.errors)
    return see_other(request, f"/measures/{measure_id}?done=linked")


@post("/measures/{measure_id:int}/feedback/{feedback_id:int}/deletion", permission=P.MEASURES_EDIT, status_code=303)
async def part_point(request: StaffRequest, measure_id: FromPath[int], feedback_id: FromPath[int]) -> Response[Any]:
    await measure_for(measure_id)
    await feedback_for(request.user, feedback_id)
    await actions.part_feedback(measure_id, feedback_id, by=request.user.id, now=datetime.now(UTC))
    return see_other(request, f"/measures/{measure_id}?done=parted")


route_handlers = [start, finish, ask_why, drop, take_up, create_task, tick_off, remove_task, link_point, part_point]
