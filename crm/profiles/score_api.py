"""Customer value over the API: a customer's scores with their inputs, their review, and a computation of all."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
from litestar import Response, delete, get, post
from litestar.params import FromPath, JSONBody

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import created_once
from crm.errors import Invalid
from crm.profiles.reviewing import ask_review, decide_review, take_back_review
from crm.profiles.scoring import request_scores
from crm.profiles.shapes import DecisionIn, ReviewIn, RunOut, ScoreOut
from crm.profiles.standing import Standing, run_named, standing_of
from crm.web.i18n import _

P = Permission


@get("/customers/{customer_id:int}/score", permission=P.CUSTOMERS_VIEW)
async def show_score(request: StaffRequest, customer_id: FromPath[int]) -> ScoreOut:
    """ABC and RFM with their inputs, said in sentences; or why there are none."""
    return _out(await standing_of(request.user, customer_id))


@post("/customers/{customer_id:int}/score/review", permission=P.CONSENTS_RECORD, status_code=201)
async def create_review(request: StaffRequest, customer_id: FromPath[int], data: JSONBody[ReviewIn]) -> Response[bytes]:
    """Record that the customer wants a human being to look at the class."""
    now = datetime.now(UTC)
    await standing_of(request.user, customer_id)

    async def do() -> ScoreOut:
        if not data.request.strip() or len(data.request) > 2000:
            raise Invalid({"request": _("Please fill this in.")})
        await ask_review(customer_id, data.request.replace("\x00", ""), by=request.user.id, now=now)
        return _out(await standing_of(request.user, customer_id))

    return await created_once(request, do, now=now)


@post("/customers/{customer_id:int}/score/decision", permission=P.SCORES_REVIEW, status_code=201)
async def create_decision(
    request: StaffRequest, customer_id: FromPath[int], data: JSONBody[DecisionIn]
) -> Response[bytes]:
    """The reviewer's class, with the reason; it stands until it is deleted."""
    now = datetime.now(UTC)
    await standing_of(request.user, customer_id)

    async def do() -> ScoreOut:
        reason = data.reason.replace("\x00", "")[:2000]
        await decide_review(customer_id, data.abc_class, reason, by=request.user.id, now=now)
        return _out(await standing_of(request.user, customer_id))

    return await created_once(request, do, now=now)


@delete("/customers/{customer_id:int}/score/decision", permission=P.SCORES_REVIEW)
async def delete_decision(request: StaffRequest, customer_id: FromPath[int]) -> None:
    """The computed class counts again."""
    await standing_of(request.user, customer_id)
    await take_back_review(customer_id, by=request.user.id, now=datetime.now(UTC))


@post("/score-runs", permission=P.SCORES_COMPUTE, status_code=202)
async def create_run(request: StaffRequest) -> Response[bytes]:
    """Compute all scores; ask for the run until its status is ready."""
    run = await run_named(await request_scores(by=request.user.id, now=datetime.now(UTC)))
    return Response(msgspec.json.encode(RunOut(**dict(run))), status_code=202, media_type="application/json")


@get("/score-runs/{run_id:int}", permission=P.REPORTS_VIEW)
async def show_run(request: StaffRequest, run_id: FromPath[int]) -> RunOut:
    """How far a computation is."""
    return RunOut(**dict(await run_named(run_id)))


def _out(standing: Standing) -> ScoreOut:
    score = standing.score
    if score is None:
        return ScoreOut(why_not=standing.why_not_sentence)
    return ScoreOut(
        abc_class=score.abc_class, computed_class=score.computed_class, is_reviewed=standing.is_reviewed,
        rfm=score.rfm or None, recency=score.recency, frequency=score.frequency, monetary=score.monetary,
        revenue=float(score.revenue), share=score.share, share_before=score.share_before, rank=score.rank,
        compared=score.compared, orders=score.orders, last_order_on=score.last_order_on, recency_days=score.recency_days,
        computed_at=score.computed_at, sentences=standing.sentences,
    )  # fmt: skip


route_handlers = [show_score, create_review, create_decision, delete_decision, create_run, show_run]
