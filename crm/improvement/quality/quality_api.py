"""The quality of conversation over the API."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
from litestar import Response, get, post, put
from litestar.params import FromPath, JSONBody

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import created_once
from crm.database import Row
from crm.improvement.quality.actions import MOST_EACH, draw_sample, rate
from crm.improvement.quality.pages import review_values
from crm.improvement.quality.queries import own_reviews, review_to_rate, team_figures, to_be_rated
from crm.web.forms import Fields


class SampleIn(msgspec.Struct, forbid_unknown_fields=True):
    """How many answers and notes of each colleague to draw."""

    each: int = 2


class SampleOut(msgspec.Struct):
    drawn: int


class RatingIn(msgspec.Struct, forbid_unknown_fields=True):
    """Ratings from 1 to 5; what does not apply is left out."""

    understanding: int | None = None
    tone: int | None = None
    solution: int | None = None
    language: int | None = None
    feedback: str = ""


class ReviewOut(msgspec.Struct):
    """An answer (`ticket_id`) or a note (`interaction_id`) of a colleague, and its rating."""

    id: int
    agent_id: int
    text: str
    at: datetime
    customer_id: int
    ticket_id: int | None
    interaction_id: int | None
    understanding: int | None
    tone: int | None
    solution: int | None
    language: int | None
    feedback: str
    rated_at: datetime | None
    rated_by: str | None


class AspectOut(msgspec.Struct):
    """The team's mean of 90 days; null below five ratings."""

    aspect: str
    mean: float | None
    n: int
    before: float | None


def _out(row: Row) -> ReviewOut:
    return ReviewOut(
        row.id, row.agent, row.text, row.at, row.customer, row.ticket, row.interaction, row.understanding, row.tone, row.solution,
        row.language, row.feedback, row.rated_at, row.rated_by_name,
    )  # fmt: skip


@get("/quality/reviews", permission=Permission.QUALITY_RATE)
async def index(request: StaffRequest) -> list[ReviewOut]:
    """What waits for a look."""
    return [_out(row) for row in await to_be_rated(request.user)]


@post("/quality/samples", permission=Permission.QUALITY_RATE, status_code=201)
async def draw(request: StaffRequest, data: JSONBody[SampleIn]) -> Response[bytes]:
    """Draw a sample of the last 30 days."""
    now = datetime.now(UTC)
    fields = Fields({"each": str(data.each)})
    each = fields.number("each", low=1, high=MOST_EACH, required=True) or 1
    fields.check()

    async def do() -> SampleOut:
        return SampleOut(await draw_sample(each, by=request.user.id, now=now))

    return await created_once(request, do, now=now)


@put("/quality/reviews/{review_id:int}", permission=Permission.QUALITY_RATE, status_code=200)
async def save(request: StaffRequest, review_id: FromPath[int], data: JSONBody[RatingIn]) -> ReviewOut:
    """Rate one; the colleague is told."""
    await review_to_rate(request.user, review_id)
    sent = {name: str(value) for name, value in msgspec.structs.asdict(data).items() if value is not None}
    ratings, feedback = review_values(Fields(sent))
    await rate(review_id, ratings, feedback, by=request.user.id, now=datetime.now(UTC))
    return _out(await review_to_rate(request.user, review_id))


@get("/quality/mine", permission=Permission.SIGNED_IN)
async def own(request: StaffRequest) -> list[ReviewOut]:
    """What was said about one's own."""
    return [_out(row) for row in await own_reviews(request.user)]


@get("/quality/team", permission=Permission.TEAM_VIEW)
async def team(request: StaffRequest) -> list[AspectOut]:
    """The team's figures of the last 90 days; never by person."""
    return [AspectOut(one.code, one.mean, one.n, one.before) for one in await team_figures(datetime.now(UTC))]


route_handlers = [index, draw, save, own, team]
