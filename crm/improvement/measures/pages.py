"""The pages of measures: the list, one with its effect and tasks, its form, what is decided about it, and the programme."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from litestar import Response, get, post
from litestar.params import FromPath

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import form_once
from crm.customers.queries import staff_options
from crm.database import HIGHEST_ID, Row
from crm.errors import Conflict, Invalid
from crm.improvement.measures import actions, queries, words
from crm.improvement.measures.comparing import readable, written
from crm.improvement.measures.forms import parse_measure
from crm.improvement.measures.queries import MeasuresWanted, measure_for
from crm.improvement.measures.rules import PERIODS, STRETCHES, USUAL_PERIOD, is_overdue, is_without_metric
from crm.improvement.measures.tables import MeasureStatus
from crm.improvement.queries import feedback_for
from crm.improvement.tables import FeedbackKind
from crm.improvement.words import CATEGORIES, KINDS
from crm.improvement.words import TONES as KIND_TONES
from crm.interactions.queries import touchpoint_choices
from crm.reports import metric_words
from crm.reports.effect_drawing import effect_drawing
from crm.reports.effects import before_of, effect_kept, effect_now, is_met_already
from crm.reports.metrics import METRICS, measured
from crm.web.formats import local, short_date
from crm.web.forms import Fields
from crm.web.i18n import N_, _, language, word
from crm.web.render import flashes, page, see_other

P = Permission
DONE = {
    "planned": N_("The measure is planned."), "changed": N_("The measure is saved."),
    "started": N_("The measure is under way. Its baseline is fixed."),
    "finished": N_("The measure is carried out. From now on its effect is measured."),
    "dropped": N_("The measure is given up."), "taken_up": N_("The measure is taken up again."),
    "task_added": N_("The task is added."), "task_done": N_("The task is done."), "task_undone": N_("The task is open again."),
    "task_deleted": N_("The task is gone."), "linked": N_("The measure answers this point."), "parted": N_("The link is taken back."),
    "programme": N_("The programme is planned: four measures with their tasks."),
}  # fmt: skip


@get("/measures", permission=P.MEASURES_VIEW)
async def list_measures(request: StaffRequest) -> Response[str]:
    """Those that are open first: unmet basic expectations before delight."""
    fields = Fields(request.query_params)
    asked = {
        "status": fields.one_of("status", ["open", "all", *MeasureStatus], "open"), "touchpoint": fields.text("touchpoint", limit=40),
        "mine": "1" if fields.flag("mine") else "", "sort": fields.one_of("sort", queries.SORTS, "rank"),
    }  # fmt: skip
    programme = fields.reference("programme_id")
    fields.check()
    asked["programme_id"] = str(programme or "")
    wanted = MeasuresWanted(
        "" if asked["status"] == "all" else asked["status"], asked["touchpoint"],
        request.user.id if asked["mine"] else None, programme, asked["sort"],
    )  # fmt: skip
    rows = await queries.measures(wanted)

    def href(**changes: str) -> str:
        usual = {"status": "open", "sort": "rank"}
        kept = {name: value for name, value in {**asked, **changes}.items() if value and usual.get(name) != value}
        return f"/measures?{urlencode(kept)}" if kept else "/measures"

    programme_chips = [] if programme is None else [(_programme_words(rows), href(programme_id=""), True)]
    return await page(
        request, "measures/index.html", rows=[(row, effect_kept(row)) for row in rows], asked=asked, words=words, word=word,
        figures=metric_words, metrics=METRICS, is_overdue=is_overdue,
        today=local(datetime.now(UTC)).date(), most=queries.MOST, is_cut=len(rows) == queries.MOST,
        status_chips=_status_chips(await queries.counts_by_status(wanted), asked["status"], href),
        sort_chips=[(text, href(sort=code), asked["sort"] == code) for code, text in _sorts()],
        own_chips=[(_("My measures"), href(mine="" if asked["mine"] else "1"), bool(asked["mine"])), *programme_chips],
        touchpoints=await touchpoint_choices(),
        is_filtered=asked["status"] != "all" or any(asked[name] for name in ("touchpoint", "mine", "programme_id")),
        flashes=flashes(request, DONE),
    )  # fmt: skip


def _programme_words(rows: list[Row]) -> str:
    """The programme that is asked for; by its first day where something of it is listed."""
    if not rows:
        return _("Four-week programme")
    return _("Four-week programme from %(day)s") % {"day": short_date(rows[0].programme_starts_on)}


def _status_chips(counts: Mapping[str, int], active: str, href: Any) -> list[tuple[str, str, bool, int]]:
    is_open = counts[MeasureStatus.PLANNED] + counts[MeasureStatus.RUNNING]
    chips = [(_("open"), href(status="open"), active == "open", is_open)]
    chips += [(_(text), href(status=code.value), active == code, counts[code]) for code, text in words.STATUSES.items()]
    return [*chips, (_("All"), href(status="all"), active == "all", sum(counts.values()))]


def _sorts() -> list[tuple[str, str]]:
    return [("rank", _("Basic expectations first")), ("due", _("By due date")), ("newest", _("Newest first"))]


@get("/measures/new", permission=P.MEASURES_EDIT)
async def new_measure(request: StaffRequest) -> Response[str]:
    """With `feedback_id` it is to answer that point, and takes touchpoint and level from there. What else stands in the address is filled
    in; where it names figure and touchpoint, the form tells the figure as it is now."""
    fields = Fields(request.query_params)
    feedback_id = fields.reference("feedback_id")
    values: dict[str, Any] = {
        "level": "expected", "days": USUAL_PERIOD, "metric": fields.text("metric", limit=30) or "csat", "owner_id": request.user.id,
        "touchpoint": fields.text("touchpoint", limit=40), "name": fields.text("name", limit=120),
        "goal": fields.text("goal", limit=4000, many_lines=True), "target": fields.text("target", limit=40),
    }  # fmt: skip
    fields.check()
    point = None
    if feedback_id is not None:
        point = await feedback_for(request.user, feedback_id)
        values |= {"feedback_id": feedback_id, "touchpoint": point.touchpoint or "", "level": point.level or "expected"}
    return await _form(request, None, values, {}, point=point, today=await _today(values))


async def _today(values: Mapping[str, Any]) -> str:
    """What the figure of a new measure is today, so long back as it will be measured: the baseline, if it started now."""
    code, now = values["metric"], datetime.now(UTC)
    if code not in METRICS or not values["touchpoint"]:
        return ""
    place = await queries.touchpoint_id(values["touchpoint"])
    if place is None:
        return ""
    found = await measured(code, touchpoint_id=place, start=now - timedelta(days=USUAL_PERIOD), end=now)
    metric = METRICS[code]
    basis = metric_words.basis_text(metric, found.n)
    return basis if found.value is None else f"{metric_words.value_text(metric, found.value)} ({basis})"


@post("/measures", permission=P.MEASURES_EDIT, status_code=303)
async def create_measure(request: StaffRequest) -> Response[Any]:
    now, values, point = datetime.now(UTC), dict(await request.form()), None
    fields = Fields(values)
    feedback_id = fields.reference("feedback_id")

    async def do() -> str:
        data = parse_measure(values, metric_words.target_bounds(), today=local(now).date(), language=language.get())
        new = await actions.plan_measure(data, by=request.user.id, now=now, feedback_id=feedback_id)
        return f"/measures/{new}?done=planned"

    try:
        fields.check()
        if feedback_id is not None:
            point = await feedback_for(request.user, feedback_id)
        return see_other(request, await form_once(request, fields.text("submission_id", limit=64), do, now=now))
    except Invalid as error:
        return await _form(request, None, values, error.errors, point=point)


@get("/measures/{measure_id:int}", permission=P.MEASURES_VIEW)
async def show_measure(request: StaffRequest, measure_id: FromPath[int]) -> Response[str]:
    return await measure_page(request, await measure_for(measure_id), {}, {})


async def measure_page(
    request: StaffRequest, measure: Row, values: Mapping[str, Any], errors: Mapping[str, str]
) -> Response[str]:
    """With the effect as it is now. `values` are what was typed into one of its small forms."""
    now = datetime.now(UTC)
    effect, after = await effect_now(measure, now)
    points = await queries.points_of(measure.id)
    edits = request.user.may(P.MEASURES_EDIT)
    return await page(
        request, "measures/show.html", status=422 if errors else 200, measure=measure, effect=effect, after=after,
        drawing=effect_drawing(effect) if effect is not None else None,
        before=before_of(measure) if measure.before_until is not None else None, metric=METRICS.get(measure.metric),
        figures=metric_words, words=words, word=word, tasks=await queries.tasks_of(measure.id), values=values, errors=errors,
        points=points, kinds=KINDS, tones=KIND_TONES, categories=CATEGORIES,
        open_points=_choices(await queries.open_points(measure.touchpoint), points) if edits else [],
        staff=await staff_options(), today=local(now).date(), is_overdue=is_overdue, is_met_already=is_met_already(measure),
        edits=edits, stretch=STRETCHES.get(measure.stage),
        labels={name: _(text) for name, text in words.TASK_LABELS.items()}, flashes=flashes(request, DONE),
    )  # fmt: skip


def _choices(points: list[Row], linked: list[Row]) -> list[tuple[int, str]]:
    """What can be linked; what is linked already is not on offer, though the measure was given up."""
    known = {one.id for one in linked}
    return [
        (one.id, f"{_(KINDS[FeedbackKind(one.kind)])}: {one.text[:90]}{'…' if len(one.text) > 90 else ''}")
        for one in points
        if one.id not in known
    ]


@get("/measures/{measure_id:int}/edit", permission=P.MEASURES_EDIT)
async def edit_measure(request: StaffRequest, measure_id: FromPath[int]) -> Response[str]:
    measure = await measure_for(measure_id)
    return await _form(request, measure, _typed(measure), {})


@post("/measures/{measure_id:int}", permission=P.MEASURES_EDIT, status_code=303)
async def save_measure(request: StaffRequest, measure_id: FromPath[int]) -> Response[Any]:
    """Whoever saves second sees what the other one wrote."""
    measure, now = await measure_for(measure_id), datetime.now(UTC)
    fields = Fields(dict(await request.form()))
    if measure.started_at is not None:  # the form does not offer what is fixed
        fields.values |= {"metric": measure.metric, "touchpoint": measure.touchpoint_code or "", "days": measure.days}
    try:
        version = fields.number("version", low=1, high=HIGHEST_ID, required=True) or 0
        fields.check()
        data = parse_measure(
            fields.values, metric_words.target_bounds(), today=local(now).date(), language=language.get(),
            needs_metric=not is_without_metric(measure.stage),
        )  # fmt: skip
        await actions.change_measure(measure_id, data, version, by=request.user.id, now=now)
    except Invalid as error:
        return await _form(request, measure, fields.values, error.errors)
    except Conflict as conflict:
        return await _form(request, measure, {**fields.values, "version": conflict.version}, {}, conflict)
    return see_other(request, f"/measures/{measure_id}?done=changed")


async def _form(
    request: StaffRequest, measure: Row | None, values: Mapping[str, Any], errors: Mapping[str, str],
    conflict: Conflict | None = None, point: Row | None = None, today: str = "",
) -> Response[str]:  # fmt: skip
    """`point` is the criticism or expectation that a new one is to answer, `today` what its figure is now."""
    offered = await offers(measure, point)
    if conflict is not None:
        conflict = readable(conflict, _names(offered))
    return await page(
        request, "measures/form.html", status=409 if conflict else 422 if errors else 200, measure=measure, values=values,
        errors=errors, conflict=conflict, labels={name: _(text) for name, text in words.LABELS.items()},
        levels=[(code.value, _(text)) for code, text in words.LEVELS.items()],
        periods=[(days, _("%(n)s days") % {"n": days}) for days in PERIODS],
        is_fixed=measure is not None and measure.started_at is not None,
        may_lack_metric=measure is not None and is_without_metric(measure.stage),
        figure_words=metric_words, figure_today=today, usual_days=USUAL_PERIOD, **offered,
    )  # fmt: skip


def _names(offered: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """The names of what can be chosen, by the field and its code."""
    return {
        "metric": {code: _(metric.name) for code, metric in METRICS.items()},
        "touchpoint": {code: name for _phase, choices in offered["touchpoints"] for code, name in choices},
        "level": {code.value: _(text) for code, text in words.LEVELS.items()},
        "owner_id": {str(user_id): name for user_id, name in offered["staff"]},
    }


async def offers(measure: Row | None = None, point: Row | None = None) -> dict[str, Any]:
    """What can be chosen. What a measure (or the point it is to answer) has stays on offer, though its touchpoint is retired or its
    colleague gone."""
    touchpoints, staff = await touchpoint_choices(), await staff_options()
    known = {code for _phase, choices in touchpoints for code, _name in choices}
    code, name = None, ""
    if measure is not None:
        code, name = measure.touchpoint_code, measure.touchpoint_name
    elif point is not None:
        code, name = point.touchpoint, point.touchpoint_name
    if code and code not in known:
        touchpoints.append((_("retired"), [(code, name)]))
    if measure is not None and measure.owner not in dict(staff):
        staff.append((measure.owner, measure.owner_name))
    metrics = [(code, f"{_(metric.name)} ({_(metric_words.UNITS[metric.unit])})") for code, metric in METRICS.items()]
    return {"touchpoints": touchpoints, "staff": staff, "metric_choices": metrics, "metrics": METRICS}


def _typed(measure: Row) -> dict[str, Any]:
    """A measure as its form shows it."""
    return {
        **{name: measure[name] for name in ("name", "goal", "expected_effect", "metric", "days", "level", "version")},
        "touchpoint": measure.touchpoint_code or "", "owner_id": measure.owner, "due_on": measure.due_on.isoformat(),
        "target": written(measure.target), "cost": written(measure.cost),
    }  # fmt: skip


route_handlers = [list_measures, new_measure, create_measure, show_measure, edit_measure, save_measure]
