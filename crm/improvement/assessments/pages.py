"""The pages of assessments: the rounds, rating in one of them, opening and changing one, its results."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import form_once
from crm.database import Row
from crm.errors import Conflict, Invalid
from crm.improvement.assessments.actions import change_round, close_round, open_round, rate_touchpoints
from crm.improvement.assessments.forms import changed_of, ratings_of, round_of
from crm.improvement.assessments.matrix import matrix
from crm.improvement.assessments.periods import is_over
from crm.improvement.assessments.queries import own_ratings, results_of, round_for, rounds
from crm.improvement.assessments.sentences import PRIORITIES, TONES, came_back, why
from crm.improvement.assessments.words import ASPECTS, FIELDS, QUESTIONS
from crm.interactions.queries import touchpoint_choices
from crm.surveys.results import NOBODY
from crm.web.formats import local
from crm.web.forms import Fields
from crm.web.i18n import N_, word
from crm.web.render import flashes, fragment, is_fragment, page, see_other

P = Permission

TWO_WEEKS = timedelta(days=14)
DONE = {
    "opened": N_("The round is open. Your colleagues have been told."), "changed": N_("Saved."),
    "closed": N_("The round is closed. Here are its results."), "rated": N_("Saved. Thank you."),
}  # fmt: skip


@get("/assessments", permission=P.TOUCHPOINTS_VIEW)
async def list_rounds(request: StaffRequest) -> Response[str]:
    now = datetime.now(UTC)
    lines = [(row, is_over(row, now)) for row in await rounds(request.user.id)]
    return await page(request, "assessments/index.html", lines=lines, flashes=flashes(request, DONE))


@get("/assessments/new", permission=P.ASSESSMENTS_OPEN)
async def new_round(request: StaffRequest) -> Response[str]:
    choices = await touchpoint_choices()
    values = {f"touchpoint_{code}": "1" for _phase, of in choices for code, _name in of}
    values["ends_on"] = local(datetime.now(UTC) + TWO_WEEKS).date().isoformat()
    return await _form(request, None, values, {})


@post("/assessments", permission=P.ASSESSMENTS_OPEN, status_code=303)
async def save_new(request: StaffRequest) -> Response[Any]:
    now, fields = datetime.now(UTC), Fields(dict(await request.form()))
    known = [code for _phase, of in await touchpoint_choices() for code, _name in of]

    async def do() -> str:
        round_id = await open_round(round_of(fields, known, local(now).date()), by=request.user.id, now=now)
        return f"/assessments/{round_id}?done=opened"

    try:
        return see_other(request, await form_once(request, fields.text("submission_id", limit=64), do, now=now))
    except Invalid as error:
        return await _form(request, None, fields.values, error.errors)


@get("/assessments/{round_id:int}", permission=P.TOUCHPOINTS_VIEW)
async def show_round(request: StaffRequest, round_id: FromPath[int]) -> Response[str]:
    """Where everybody rates; of a round that is over, the way to its results."""
    return await _rating_page(request, await round_for(request.user.id, round_id), {}, {})


@post("/assessments/{round_id:int}/ratings", permission=P.TOUCHPOINTS_VIEW, status_code=303)
async def save_ratings(request: StaffRequest, round_id: FromPath[int]) -> Response[Any]:
    """What was clicked, of one touchpoint or of all; the answer to a click is how far one has come."""
    row = await round_for(request.user.id, round_id)
    fields = Fields(dict(await request.form()))
    assessed = [one.id for _phase, of in await own_ratings(round_id, request.user.id) for one in of]
    try:
        ratings = ratings_of(fields, assessed)
    except Invalid as error:
        return await _rating_page(request, row, fields.values, error.errors)
    await rate_touchpoints(round_id, ratings, by=request.user.id, now=datetime.now(UTC))
    if not is_fragment(request):
        return see_other(request, f"/assessments/{round_id}?done=rated")
    row = await round_for(request.user.id, round_id)
    return await fragment(request, "assessments/_progress.html", round=row, is_kept=True)


async def _rating_page(
    request: StaffRequest, row: Row, values: Mapping[str, Any], errors: Mapping[str, str]
) -> Response[str]:
    return await page(
        request, "assessments/rate.html", status=422 if errors else 200, round=row, phases=await own_ratings(row.id, request.user.id),
        is_over=is_over(row, datetime.now(UTC)), aspects=ASPECTS, questions=QUESTIONS, values=values, errors=errors, is_kept=False,
        flashes=flashes(request, DONE),
    )  # fmt: skip


@get("/assessments/{round_id:int}/edit", permission=P.ASSESSMENTS_OPEN)
async def edit_round(request: StaffRequest, round_id: FromPath[int]) -> Response[str]:
    row = await round_for(request.user.id, round_id)
    return await _form(request, row, {"name": row.name, "ends_on": row.ends_on.isoformat()}, {})


@post("/assessments/{round_id:int}", permission=P.ASSESSMENTS_OPEN, status_code=303)
async def save_round(request: StaffRequest, round_id: FromPath[int]) -> Response[Any]:
    now, row = datetime.now(UTC), await round_for(request.user.id, round_id)
    fields = Fields(dict(await request.form()))
    try:
        version = fields.number("version", low=1, high=2**31 - 1, required=True) or 0
        await change_round(round_id, *changed_of(fields, local(now).date()), version, by=request.user.id, now=now)
    except Conflict as error:
        return await _form(request, row, {**fields.values, "version": error.version}, {}, conflict=error)
    except Invalid as error:
        return await _form(request, row, fields.values, error.errors)
    return see_other(request, f"/assessments/{round_id}?done=changed")


@post("/assessments/{round_id:int}/closure", permission=P.ASSESSMENTS_OPEN, status_code=303)
async def close(request: StaffRequest, round_id: FromPath[int]) -> Response[Any]:
    await round_for(request.user.id, round_id)
    await close_round(round_id, by=request.user.id, now=datetime.now(UTC))
    may_read = request.user.may(P.REPORTS_VIEW)
    return see_other(request, f"/assessments/{round_id}{'/results' if may_read else ''}?done=closed")


@get("/assessments/{round_id:int}/results", permission=P.REPORTS_VIEW)
async def show_results(request: StaffRequest, round_id: FromPath[int]) -> Response[str]:
    """The matrix with what it says, then every figure per touchpoint. Customers' answers and staff's ratings are two series."""
    row = await round_for(request.user.id, round_id)
    results = await results_of(row, datetime.now(UTC))
    return await page(
        request, "assessments/results.html", round=row, results=results, drawing=matrix(results.judged), aspects=ASPECTS, word=word,
        priorities=PRIORITIES, tones=TONES, why=why, came_back=came_back, nobody=NOBODY, flashes=flashes(request, DONE),
    )  # fmt: skip


async def _form(
    request: StaffRequest, row: Row | None, values: Mapping[str, Any], errors: Mapping[str, str], conflict: Conflict | None = None
) -> Response[str]:  # fmt: skip
    labels = {name: word(FIELDS, name) for name in FIELDS}
    return await page(
        request, "assessments/form.html", status=409 if conflict else 422 if errors else 200, round=row, values=values, errors=errors,
        labels=labels, conflict=conflict, choices=[] if row else await touchpoint_choices(),
    )  # fmt: skip


route_handlers = [
    list_rounds,
    new_round,
    save_new,
    show_round,
    save_ratings,
    edit_round,
    save_round,
    close,
    show_results,
]
