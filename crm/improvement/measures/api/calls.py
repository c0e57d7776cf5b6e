"""Measures over JSON: plan, change, start, carry out, give up; their tasks, their effect, and the figures they are judged by."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import msgspec
from litestar import Response, delete, get, patch, post
from litestar.params import FromPath, FromQuery, JSONBody

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import created_once
from crm.errors import Invalid
from crm.improvement.measures import actions, queries
from crm.improvement.measures.api.shapes import (
    MeasureIn,
    MeasureOut,
    MeasurePatch,
    Measures,
    MetricOut,
    Metrics,
    ProgrammeIn,
    Reason,
    TaskIn,
    TaskOut,
    TaskPatch,
    measure_out,
)
from crm.improvement.measures.forms import parse_measure, parse_programme, parse_task
from crm.improvement.measures.programme import start_programme
from crm.improvement.measures.queries import MeasuresWanted, measure_for
from crm.improvement.measures.rules import is_without_metric
from crm.improvement.measures.tables import MeasureStatus
from crm.improvement.measures.tasks import add_task, delete_task, demand_own_task, settle_task, task_of
from crm.improvement.queries import feedback_for
from crm.reports import metric_words
from crm.reports.effects import baseline, effect_kept, effect_now
from crm.reports.metrics import METRICS
from crm.web.formats import local
from crm.web.forms import Fields
from crm.web.i18n import _
from crm.web.parameters import Limit, demand_ids

P = Permission


@get("/metrics", permission=P.MEASURES_VIEW)
async def list_metrics(request: StaffRequest) -> Metrics:
    """The figures by which measures are judged, in the reader's language."""
    return Metrics(
        [MetricOut(one.code, _(one.name), _(one.text), one.unit, one.is_higher_better) for one in METRICS.values()]
    )


@get("/measures", permission=P.MEASURES_VIEW)
async def list_measures(
    request: StaffRequest,
    status: FromQuery[MeasureStatus | None] = None,
    touchpoint: FromQuery[str] = "",
    owner_id: FromQuery[int | None] = None,
    programme_id: FromQuery[int | None] = None,
    limit: Limit = 100,
) -> Measures:
    """Measures, open ones first, unmet basic expectations before delight."""
    demand_ids(owner_id=owner_id, programme_id=programme_id)
    wanted = MeasuresWanted(status or "", touchpoint.replace("\x00", "")[:40], owner_id, programme_id)
    return Measures([measure_out(row, effect_kept(row)) for row in await queries.measures(wanted, limit)])


@post("/measures", permission=P.MEASURES_EDIT, status_code=201)
async def create(request: StaffRequest, data: JSONBody[MeasureIn]) -> Response[bytes]:
    """Plan a measure."""
    now = datetime.now(UTC)
    wanted = parse_measure(
        _values(msgspec.structs.asdict(data)), metric_words.target_bounds(), today=local(now).date(), language="en"
    )
    if data.feedback_id is not None:
        await feedback_for(request.user, data.feedback_id)

    async def do() -> MeasureOut:
        return await _read(
            await actions.plan_measure(wanted, by=request.user.id, now=now, feedback_id=data.feedback_id)
        )

    return await created_once(request, do, now=now)


@get("/measures/{measure_id:int}", permission=P.MEASURES_VIEW)
async def read(request: StaffRequest, measure_id: FromPath[int]) -> MeasureOut:
    """One measure with its tasks and its effect as it is now."""
    return await _read(measure_id)


@patch("/measures/{measure_id:int}", permission=P.MEASURES_EDIT)
async def change(request: StaffRequest, measure_id: FromPath[int], data: JSONBody[MeasurePatch]) -> MeasureOut:
    """Change what is sent. 409 if somebody else changed it since `version`."""
    row, now = await measure_for(measure_id), datetime.now(UTC)
    sent = {name: value for name, value in msgspec.structs.asdict(data).items() if value is not msgspec.UNSET}
    before = {
        **{name: row[name] for name in ("name", "goal", "expected_effect", "metric", "days", "level", "due_on", "target", "cost")},
        "touchpoint": row.touchpoint_code or "", "owner_id": row.owner,
    }  # fmt: skip
    wanted = parse_measure(
        _values(before | sent), metric_words.target_bounds(), today=local(now).date(), language="en",
        needs_metric=not is_without_metric(row.stage),
    )  # fmt: skip
    await actions.change_measure(measure_id, wanted, data.version, by=request.user.id, now=now)
    return await _read(measure_id)


@post("/measures/{measure_id:int}/start", permission=P.MEASURES_EDIT, status_code=200)
async def start(request: StaffRequest, measure_id: FromPath[int]) -> MeasureOut:
    """It begins, and its baseline is fixed."""
    await measure_for(measure_id)
    await actions.start_measure(measure_id, baseline, by=request.user.id, now=datetime.now(UTC))
    return await _read(measure_id)


@post("/measures/{measure_id:int}/completion", permission=P.MEASURES_EDIT, status_code=200)
async def finish(request: StaffRequest, measure_id: FromPath[int]) -> MeasureOut:
    """It is carried out; its effect is measured from now on."""
    await measure_for(measure_id)
    await actions.finish_measure(measure_id, by=request.user.id, now=datetime.now(UTC))
    return await _read(measure_id)


@post("/measures/{measure_id:int}/drop", permission=P.MEASURES_EDIT, status_code=200)
async def drop(request: StaffRequest, measure_id: FromPath[int], data: JSONBody[Reason]) -> MeasureOut:
    """Give it up, with the reason."""
    await measure_for(measure_id)
    fields = Fields({"drop_reason": data.reason})
    reason = fields.text("drop_reason", limit=2000, many_lines=True)
    fields.check()
    await actions.drop_measure(measure_id, reason, by=request.user.id, now=datetime.now(UTC))
    return await _read(measure_id)


@post("/measures/{measure_id:int}/resumption", permission=P.MEASURES_EDIT, status_code=200)
async def take_up(request: StaffRequest, measure_id: FromPath[int]) -> MeasureOut:
    """Take up again what was carried out or given up."""
    await measure_for(measure_id)
    await actions.take_up_again(measure_id, by=request.user.id, now=datetime.now(UTC))
    return await _read(measure_id)


@post("/measures/{measure_id:int}/tasks", permission=P.MEASURES_EDIT, status_code=201)
async def create_task(request: StaffRequest, measure_id: FromPath[int], data: JSONBody[TaskIn]) -> Response[bytes]:
    """Add a task; answers the measure."""
    await measure_for(measure_id)
    now = datetime.now(UTC)
    sent = {
        "text": data.text,
        "task_due_on": data.due_on.isoformat(),
        "assignee_id": data.assignee_id,
        "reminds": "1" if data.reminds else "",
    }
    try:
        task = parse_task(sent, today=local(now).date())
    except Invalid as error:
        raise Invalid({name.removeprefix("task_"): text for name, text in error.errors.items()}) from None

    async def do() -> MeasureOut:
        await add_task(measure_id, task, by=request.user.id, now=now)
        return await _read(measure_id)

    return await created_once(request, do, now=now)


@patch("/measures/{measure_id:int}/tasks/{task_id:int}", permission=P.MEASURES_VIEW)
async def change_task(
    request: StaffRequest, measure_id: FromPath[int], task_id: FromPath[int], data: JSONBody[TaskPatch]
) -> MeasureOut:
    """Done, or not after all. For whoever does it, is responsible, or edits measures."""
    demand_own_task(request.user, await task_of(measure_id, task_id))
    await settle_task(task_id, is_done=data.is_done, by=request.user.id, now=datetime.now(UTC))
    return await _read(measure_id)


@delete("/measures/{measure_id:int}/tasks/{task_id:int}", permission=P.MEASURES_EDIT, status_code=204)
async def remove_task(request: StaffRequest, measure_id: FromPath[int], task_id: FromPath[int]) -> None:
    """Nobody need do it any more."""
    await task_of(measure_id, task_id)
    await delete_task(task_id, by=request.user.id, now=datetime.now(UTC))


@post("/measures/{measure_id:int}/feedback/{feedback_id:int}", permission=P.MEASURES_EDIT, status_code=200)
async def link_point(request: StaffRequest, measure_id: FromPath[int], feedback_id: FromPath[int]) -> MeasureOut:
    """It answers this criticism or expectation."""
    await measure_for(measure_id)
    await feedback_for(request.user, feedback_id)
    await actions.answer_feedback(measure_id, feedback_id, by=request.user.id, now=datetime.now(UTC))
    return await _read(measure_id)


@delete("/measures/{measure_id:int}/feedback/{feedback_id:int}", permission=P.MEASURES_EDIT, status_code=204)
async def part_point(request: StaffRequest, measure_id: FromPath[int], feedback_id: FromPath[int]) -> None:
    """It does not answer this point after all."""
    await measure_for(measure_id)
    await feedback_for(request.user, feedback_id)
    await actions.part_feedback(measure_id, feedback_id, by=request.user.id, now=datetime.now(UTC))


@post("/programmes", permission=P.MEASURES_EDIT, status_code=201)
async def create_programme(request: StaffRequest, data: JSONBody[ProgrammeIn]) -> Response[bytes]:
    """Plan the four weeks: four measures with their tasks; answers them."""
    now = datetime.now(UTC)
    sent = _values(msgspec.structs.asdict(data)) | {"reminds": "1" if data.reminds else ""}
    wanted = parse_programme(sent, metric_words.target_bounds(), today=local(now).date(), language="en")

    async def do() -> Measures:
        programme = await start_programme(wanted, by=request.user.id, now=now)
        rows = await queries.measures(MeasuresWanted(programme_id=programme, sort="due"))
        return Measures([measure_out(row, None) for row in rows])

    return await created_once(request, do, now=now)


def _values(sent: dict[str, Any]) -> dict[str, Any]:
    """A body as the form would say it; numbers with a point, none as nothing."""
    found = {}
    for name, value in sent.items():
        if value is None:
            found[name] = ""
        elif isinstance(value, (float, Decimal)):
            found[name] = format(Decimal(str(value)).normalize(), "f")
        else:
            found[name] = value.isoformat() if isinstance(value, date) else value
    return found


async def _read(measure_id: int) -> MeasureOut:
    row = await measure_for(measure_id)
    effect, _after = await effect_now(row, datetime.now(UTC))
    out = measure_out(row, effect)
    out.tasks = [
        TaskOut(one.id, one.text, one.due_on, one.assignee, one.assignee_name, one.done_at)
        for one in await queries.tasks_of(measure_id)
    ]
    out.feedback_ids = [point.id for point in await queries.points_of(measure_id)]
    return out


route_handlers = [
    list_metrics, list_measures, create, read, change, start, finish, drop, take_up, create_task, change_task, remove_task, link_point,
    part_point, create_programme,
]  # fmt: skip
