"""Customer value on screen: the card of a customer, its review, and the page that computes and explains all of them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import form_once
from crm.errors import Conflict, Invalid, RuleBroken
from crm.profiles.explaining import GROUPS
from crm.profiles.reviewing import (
    ask_review,
    change_limits,
    change_profiling_basis,
    decide_review,
    take_back_review,
)
from crm.profiles.scoring import request_scores
from crm.profiles.standing import (
    Standing,
    classes,
    latest_run,
    reviews,
    rfm_groups,
    score_settings,
    standing_of,
)
from crm.web.forms import Fields
from crm.web.i18n import N_
from crm.web.render import flashes, fragment, is_fragment, page, see_other

P = Permission
DONE = {
    "limits": N_("The limits are saved. They count from the next computation on."),
    "basis": N_("Saved. Scores that are no longer allowed are gone."),
    "asked": N_("The request for review is recorded."),
    "decided": N_("The decision is saved. It stands until it is taken back."),
    "taken-back": N_("The computed class counts again."),
}
LONGEST = 2000


@get("/customers/{customer_id:int}/score", permission=P.CUSTOMERS_VIEW)
async def show_score(request: StaffRequest, customer_id: FromPath[int]) -> Response[str]:
    """For htmx the card of the customer's page, else the whole story of the score."""
    standing = await standing_of(request.user, customer_id)
    if is_fragment(request):
        return await fragment(request, "profiles/_score.html", standing=standing)
    return await page(request, "profiles/score.html", standing=standing, flashes=flashes(request, DONE))


@get("/scores", permission=P.REPORTS_VIEW)
async def show_scores(request: StaffRequest) -> Response[str]:
    return await _scores_page(request)


async def _scores_page(
    request: StaffRequest, values: dict[str, Any] | None = None, errors: dict[str, str] | None = None,
    conflict: Conflict | None = None,
) -> Response[str]:  # fmt: skip
    settings = await score_settings()
    return await page(
        request, "profiles/scores.html", status=409 if conflict else 422 if errors else 200, run=await latest_run(),
        settings=settings, values={**dict(settings), **(values or {})}, errors=errors or {}, conflict=conflict,
        classes=await classes(), groups=await rfm_groups(), group_words=GROUPS, reviews=await reviews(),
        flashes=flashes(request, DONE),
    )  # fmt: skip


@get("/scores/state", permission=P.REPORTS_VIEW)
async def show_state(request: StaffRequest) -> Response[str]:
    """How far the computation is; the page asks for this while one runs, and is loaded anew when it is done."""
    run = await latest_run()
    is_done = run is None or run.status not in ("requested", "running")
    return await fragment(request, "profiles/_run.html", run=run, headers={"hx-refresh": "true"} if is_done else None)


@post("/scores/runs", permission=P.SCORES_COMPUTE, status_code=303)
async def compute(request: StaffRequest) -> Response[Any]:
    """Ask for a computation now; one that is under way is not asked for twice."""
    await request_scores(by=request.user.id, now=datetime.now(UTC))
    return see_other(request, "/scores")


@post("/scores/limits", permission=P.SCORES_CONFIGURE, status_code=303)
async def save_limits(request: StaffRequest) -> Response[Any]:
    fields = Fields(dict(await request.form()))
    a, b = (fields.number(name, low=1, high=100, required=True) for name in ("abc_a", "abc_b"))
    version = fields.number("version", low=0, high=2**31, required=True)
    try:
        fields.check()
        await change_limits(a or 0, b or 0, version or 0, by=request.user.id, now=datetime.now(UTC))
    except Invalid as error:
        return await _scores_page(request, fields.values, error.errors)
    except Conflict as conflict:
        return await _scores_page(request, {**fields.values, "version": conflict.version}, conflict=conflict)
    return see_other(request, "/scores?done=limits")


@post("/scores/profiling", permission=P.PROFILING_SET, status_code=303)
async def save_profiling(request: StaffRequest) -> Response[Any]:
    """What is demanded at least before a private person is scored: the data protection officer's to say."""
    fields = Fields(dict(await request.form()))
    basis, version = fields.text("profiling_basis"), fields.number("version", low=0, high=2**31, required=True)
    try:
        fields.check()
        await change_profiling_basis(basis, version or 0, by=request.user.id, now=datetime.now(UTC))
    except Invalid as error:
        return await _scores_page(request, fields.values, error.errors)
    except Conflict as conflict:
        return await _scores_page(request, {**fields.values, "version": conflict.version}, conflict=conflict)
    return see_other(request, "/scores?done=basis")


@post("/customers/{customer_id:int}/score/review", permission=P.CONSENTS_RECORD, status_code=303)
async def record_request(request: StaffRequest, customer_id: FromPath[int]) -> Response[Any]:
    """Somebody wants a human being to look at the class."""
    standing = await standing_of(request.user, customer_id)
    fields = Fields(dict(await request.form()))
    wish = fields.text("request", required=True, limit=LONGEST, many_lines=True)

    async def do() -> str:
        fields.check()
        await ask_review(customer_id, wish, by=request.user.id, now=now)
        return f"/customers/{customer_id}/score?done=asked"

    return await _act(request, standing, fields, do, now := datetime.now(UTC))


@post("/customers/{customer_id:int}/score/decision", permission=P.SCORES_REVIEW, status_code=303)
async def decide(request: StaffRequest, customer_id: FromPath[int]) -> Response[Any]:
    """A human being has looked: this class stands."""
    standing = await standing_of(request.user, customer_id)
    fields = Fields(dict(await request.form()))
    chosen, reason = fields.text("abc_class"), fields.text("reason", limit=LONGEST, many_lines=True)

    async def do() -> str:
        fields.check()
        await decide_review(customer_id, chosen, reason, by=request.user.id, now=now)
        return f"/customers/{customer_id}/score?done=decided"

    return await _act(request, standing, fields, do, now := datetime.now(UTC))


@post("/customers/{customer_id:int}/score/decision/withdrawal", permission=P.SCORES_REVIEW, status_code=303)
async def take_back(request: StaffRequest, customer_id: FromPath[int]) -> Response[Any]:
    standing = await standing_of(request.user, customer_id)
    fields = Fields(dict(await request.form()))

    async def do() -> str:
        await take_back_review(customer_id, by=request.user.id, now=now)
        return f"/customers/{customer_id}/score?done=taken-back"

    return await _act(request, standing, fields, do, now := datetime.now(UTC))


async def _act(request: StaffRequest, standing: Standing, fields: Fields, do: Any, now: datetime) -> Response[Any]:
    try:
        return see_other(request, await form_once(request, fields.text("submission_id"), do, now=now))
    except Invalid as error:
        errors = error.errors
    except RuleBroken as broken:
        errors = {"": broken.sentence}
    return await page(
        request, "profiles/score.html", status=422, standing=standing, values=fields.values, errors=errors, flashes=[]
    )


route_handlers = [
    show_score, show_scores, show_state, compute, save_limits, save_profiling, record_request, decide, take_back,
]  # fmt: skip
