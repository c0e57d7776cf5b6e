"""Assessments over the API: rounds, one's own ratings, results."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated

import msgspec
from litestar import Response, get, patch, post, put
from litestar.params import FromPath, JSONBody

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import created_once
from crm.database import Row
from crm.errors import Invalid
from crm.improvement.assessments.actions import change_round, close_round, open_round, rate_touchpoints
from crm.improvement.assessments.forms import Ratings, changed_of, round_of
from crm.improvement.assessments.periods import is_over
from crm.improvement.assessments.priorities import CameBack, Judged
from crm.improvement.assessments.queries import own_ratings, results_of, round_for, rounds
from crm.improvement.assessments.sentences import why
from crm.improvement.assessments.words import ASPECTS
from crm.interactions.queries import touchpoint_choices
from crm.surveys.results import NOBODY, Rate
from crm.web.formats import local
from crm.web.forms import Fields
from crm.web.i18n import _
from crm.web.parameters import Version

P = Permission
Rating = Annotated[int, msgspec.Meta(ge=0, le=5)]


class NewRound(msgspec.Struct, forbid_unknown_fields=True):
    """A round and the codes of its touchpoints; left out, all that are in use."""

    name: str
    ends_on: date
    touchpoints: list[str] | None = None


class RoundPatch(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    ends_on: date
    version: Version


class RoundOut(msgspec.Struct):
    """`ends_on` is its last day. `done` counts the touchpoints that you have rated to the end."""

    id: int
    name: str
    ends_on: date
    is_over: bool
    closed_at: datetime | None
    touchpoints: int
    raters: int
    done: int
    version: int


class OwnRating(msgspec.Struct, forbid_unknown_fields=True):
    """1 to 5 each, 0 for "don't know", null while it is not answered. What is left out stays."""

    touchpoint: str
    importance: Rating | None = None
    friendliness: Rating | None = None
    consistency: Rating | None = None
    technology: Rating | None = None


class Mean(msgspec.Struct):
    """Colleagues' mean; null below five ratings."""

    mean: float | None
    n: int


class Satisfaction(msgspec.Struct):
    """Customers' own answers (CSAT, 1 to 5) with the 95 % interval."""

    mean: float
    n: int
    low: float | None
    high: float | None


class Returned(msgspec.Struct):
    """How many of `n` customers had another contact or ordered within 90 days; null below five."""

    n: int
    came_back: int | None


class ResultOut(msgspec.Struct):
    """A touchpoint by priority: basics, act, watch, keep, fine or unknown. `importance` is the colleagues' mean, or the catalogue's
    while fewer than five rated (`is_from_catalogue`). `response_rate` (0 to 1): of the customers who were asked there in the twelve
    months, null where nobody was."""

    place: int
    touchpoint: str
    priority: str
    why: str
    importance: float
    is_from_catalogue: bool
    raters: int
    ratings: dict[str, Mean]
    satisfaction: Satisfaction | None
    target: float
    basics: int
    after_good: Returned
    after_bad: Returned
    response_rate: float | None = None


def _out(row: Row, now: datetime) -> RoundOut:
    return RoundOut(
        row.id, row.name, row.ends_on, is_over(row, now), row.closed_at, row.touchpoints, row.raters, row.done, row.version
    )  # fmt: skip


def _returned(one: CameBack) -> Returned:
    return Returned(one.n, None if one.is_uncertain else one.back)


def _result(one: Judged, rate: Rate) -> ResultOut:
    standing, estimate = one.standing, one.standing.satisfaction
    low, high = estimate.interval if estimate and estimate.interval else (None, None)
    return ResultOut(
        one.number, standing.code, one.priority.value, why(one), standing.importance, standing.is_from_catalogue, standing.raters,
        {code: Mean(rated.mean, rated.n) for code, rated in standing.rated.items()},
        Satisfaction(estimate.value, estimate.n, low, high) if estimate else None, standing.target, standing.basics,
        _returned(standing.good), _returned(standing.bad), rate.share,
    )  # fmt: skip


@get("/assessments", permission=P.TOUCHPOINTS_VIEW)
async def index(request: StaffRequest) -> list[RoundOut]:
    """The rounds, the newest first."""
    now = datetime.now(UTC)
    return [_out(row, now) for row in await rounds(request.user.id)]


@post("/assessments", permission=P.ASSESSMENTS_OPEN, status_code=201)
async def create(request: StaffRequest, data: JSONBody[NewRound]) -> Response[bytes]:
    """Open a round; colleagues are told."""
    now = datetime.now(UTC)
    known = [code for _phase, of in await touchpoint_choices() for code, _name in of]
    chosen = known if data.touchpoints is None else data.touchpoints
    if set(chosen) - set(known):
        raise Invalid({"touchpoints": _("Choose touchpoints that are in use.")})
    sent = {f"touchpoint_{code}": "1" for code in chosen} | {"name": data.name, "ends_on": data.ends_on.isoformat()}
    wanted = round_of(Fields(sent), known, local(now).date())

    async def do() -> RoundOut:
        round_id = await open_round(wanted, by=request.user.id, now=now)
        return _out(await round_for(request.user.id, round_id), now)

    return await created_once(request, do, now=now)


@get("/assessments/{round_id:int}", permission=P.TOUCHPOINTS_VIEW)
async def show(request: StaffRequest, round_id: FromPath[int]) -> RoundOut:
    """One round."""
    return _out(await round_for(request.user.id, round_id), datetime.now(UTC))


@patch("/assessments/{round_id:int}", permission=P.ASSESSMENTS_OPEN)
async def change(request: StaffRequest, round_id: FromPath[int], data: JSONBody[RoundPatch]) -> RoundOut:
    """Another name or last day, while it is open."""
    now = datetime.now(UTC)
    await round_for(request.user.id, round_id)
    wanted = changed_of(Fields({"name": data.name, "ends_on": data.ends_on.isoformat()}), local(now).date())
    await change_round(round_id, *wanted, data.version, by=request.user.id, now=now)
    return _out(await round_for(request.user.id, round_id), now)


@post("/assessments/{round_id:int}/closure", permission=P.ASSESSMENTS_OPEN, status_code=200)
async def close(request: StaffRequest, round_id: FromPath[int]) -> RoundOut:
    """Close it before its last day. A second time changes nothing."""
    now = datetime.now(UTC)
    await round_for(request.user.id, round_id)
    await close_round(round_id, by=request.user.id, now=now)
    return _out(await round_for(request.user.id, round_id), now)


@get("/assessments/{round_id:int}/ratings", permission=P.TOUCHPOINTS_VIEW)
async def own(request: StaffRequest, round_id: FromPath[int]) -> list[OwnRating]:
    """How you rated; nobody else can read it."""
    await round_for(request.user.id, round_id)
    rows = [row for _phase, of in await own_ratings(round_id, request.user.id) for row in of]
    return [OwnRating(row.code, *(row[code] for code in ASPECTS)) for row in rows]


@put("/assessments/{round_id:int}/ratings", permission=P.TOUCHPOINTS_VIEW)
async def rate(request: StaffRequest, round_id: FromPath[int], data: JSONBody[list[OwnRating]]) -> list[OwnRating]:
    """Rate touchpoints of a round that is open."""
    await round_for(request.user.id, round_id)
    ids = {row.code: row.id for _phase, of in await own_ratings(round_id, request.user.id) for row in of}
    if unknown := [one.touchpoint[:40] for one in data if one.touchpoint not in ids]:
        raise Invalid({"touchpoint": _("This touchpoint is not in the round: %(code)s") % {"code": unknown[0]}})
    ratings: Ratings = {}
    for one in data:
        chosen = {code: value for code in ASPECTS if (value := getattr(one, code)) is not None}
        if chosen:
            ratings.setdefault(ids[one.touchpoint], {}).update(chosen)
    await rate_touchpoints(round_id, ratings, by=request.user.id, now=datetime.now(UTC))
    return [
        OwnRating(row.code, *(row[code] for code in ASPECTS))
        for _phase, of in await own_ratings(round_id, request.user.id)
        for row in of
    ]


@get("/assessments/{round_id:int}/results", permission=P.REPORTS_VIEW)
async def results(request: StaffRequest, round_id: FromPath[int]) -> list[ResultOut]:
    """What a round that is over found, by priority."""
    row = await round_for(request.user.id, round_id)
    found = await results_of(row, datetime.now(UTC))
    return [_result(one, found.rates.get(one.standing.code, NOBODY)) for one in found.judged]


route_handlers = [index, create, show, change, close, own, rate, results]
