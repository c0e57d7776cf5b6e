"""The pages of the quality of conversation: for leads the sample, for everybody what was said about their own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import form_once
from crm.customers.words import CHANNELS
from crm.database import Row
from crm.errors import Invalid, RuleBroken
from crm.improvement.quality.actions import MOST_EACH, draw_sample, leave_out, note_seen, rate
from crm.improvement.quality.queries import own_review, own_reviews, review_to_rate, team_figures, to_be_rated
from crm.improvement.quality.words import ASPECTS, QUESTIONS
from crm.web.forms import Fields
from crm.web.i18n import N_, ngettext, word
from crm.web.render import flashes, page, see_other

MOST_LETTERS = 5_000
DONE = {
    "rated": N_("Saved. Your colleague sees it."), "left_out": N_("Taken out of the sample."),
    "nothing": N_("Nothing new was written in the last 30 days."), "drawn": N_("The sample is drawn."),
}  # fmt: skip


@get("/quality", permission=Permission.QUALITY_RATE)
async def show_sample(request: StaffRequest) -> Response[str]:
    """What waits for a look, and the team's figures."""
    return await _sample(request, {})


async def _sample(request: StaffRequest, errors: Mapping[str, str], status: int = 200) -> Response[str]:
    return await page(
        request, "quality/index.html", status=status, rows=await to_be_rated(request.user), errors=errors,
        each_options=[(str(n), str(n)) for n in range(1, MOST_EACH + 1)],
        figures=await team_figures(datetime.now(UTC)), aspects=ASPECTS, channels=CHANNELS, word=word, now=datetime.now(UTC),
        flashes=flashes(request, DONE),
    )  # fmt: skip


@post("/quality/samples", permission=Permission.QUALITY_RATE, status_code=303)
async def draw(request: StaffRequest) -> Response[Any]:
    now = datetime.now(UTC)
    fields = Fields(dict(await request.form()))
    each = fields.number("each", low=1, high=MOST_EACH, required=True) or 1

    async def do() -> str:
        drawn = await draw_sample(each, by=request.user.id, now=now)
        return f"/quality?done={'drawn' if drawn else 'nothing'}"

    try:
        fields.check()
        return see_other(request, await form_once(request, fields.text("submission_id"), do, now=now))
    except (Invalid, RuleBroken) as error:
        return await _sample(request, error.errors if isinstance(error, Invalid) else {"each": error.sentence}, 422)


@get("/quality/{review_id:int}", permission=Permission.QUALITY_RATE)
async def look_at(request: StaffRequest, review_id: FromPath[int]) -> Response[str]:
    row = await review_to_rate(request.user, review_id)
    return await _form(request, row, dict(row), {})


async def _form(request: StaffRequest, row: Row, values: Mapping[str, Any], errors: Mapping[str, str]) -> Response[str]:
    return await page(
        request, "quality/review.html", status=422 if errors else 200, row=row, values=values, errors=errors, aspects=ASPECTS,
        questions=QUESTIONS, channels=CHANNELS, word=word, now=datetime.now(UTC),
    )  # fmt: skip


@post("/quality/{review_id:int}", permission=Permission.QUALITY_RATE, status_code=303)
async def save(request: StaffRequest, review_id: FromPath[int]) -> Response[Any]:
    row = await review_to_rate(request.user, review_id)
    fields = Fields(dict(await request.form()))
    try:
        ratings, feedback = review_values(fields)
        await rate(review_id, ratings, feedback, by=request.user.id, now=datetime.now(UTC))
    except (Invalid, RuleBroken) as error:
        errors = error.errors if isinstance(error, Invalid) else {"feedback": error.sentence}
        return await _form(request, row, fields.values, errors)
    return see_other(request, "/quality?done=rated")


def review_values(fields: Fields) -> tuple[dict[str, int | None], str]:
    """Ratings and words of the form. Raises Invalid."""
    ratings = {code: fields.number(code, low=1, high=5) for code in ASPECTS}
    feedback = fields.text("feedback", limit=MOST_LETTERS, many_lines=True)
    fields.check()
    return ratings, feedback


@post("/quality/{review_id:int}/omission", permission=Permission.QUALITY_RATE, status_code=303)
async def omit(request: StaffRequest, review_id: FromPath[int]) -> Response[Any]:
    await review_to_rate(request.user, review_id)
    await leave_out(review_id, by=request.user.id, now=datetime.now(UTC))
    return see_other(request, "/quality?done=left_out")


@get("/quality/mine", permission=Permission.SIGNED_IN)
async def list_own(request: StaffRequest) -> Response[str]:
    """What was said about one's own answers and notes; nobody else sees it but whoever said it."""
    rows = await own_reviews(request.user)
    unread = sum(1 for row in rows if row.seen_at is None)
    told = ngettext("One is new.", "%(num)s are new.", unread) % {"num": unread} if unread else ""
    return await page(
        request,
        "quality/mine.html",
        rows=rows,
        told=told,
        channels=CHANNELS,
        word=word,
        now=datetime.now(UTC),
    )


@get("/quality/mine/{review_id:int}", permission=Permission.SIGNED_IN)
async def show_own(request: StaffRequest, review_id: FromPath[int]) -> Response[str]:
    row = await own_review(request.user, review_id)
    await note_seen(review_id, by=request.user.id, now=datetime.now(UTC))
    return await page(
        request, "quality/own.html", row=row, aspects=ASPECTS, channels=CHANNELS, word=word, now=datetime.now(UTC)
    )


route_handlers = [show_sample, draw, list_own, show_own, look_at, save, omit]
