"""Touchpoints, phases and guides over JSON; guides to read them, to know the keys of their steps when a contact is logged, to see which
steps are left out, and to note that somebody looked through one."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated

import msgspec
from litestar import Router, get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.interactions.guide_use import GuideUse, use_of_guides
from crm.reports.spans import span_of
from crm.touchpoints.catalogue import catalogue_api
from crm.touchpoints.guides.queries import guide_named, guides, reviews_of, versions_of
from crm.touchpoints.guides.reviewing import review_guide
from crm.touchpoints.guides.rules import GuideView, Step
from crm.web.i18n import zone


class GuideStep(msgspec.Struct):
    """A step. `for`: everyone, person (private persons only) or organisation (companies only)."""

    key: str
    meant_for: str = msgspec.field(name="for")
    text_de: str
    text_en: str


class GuideItem(msgspec.Struct):
    """A guide in its newest version. Without touchpoints and channels it fits everywhere. On `review_on` its owner is told to look through
    it (the team leads without one); a review sets the date `review_months` later."""

    code: str
    name_de: str
    name_en: str
    touchpoints: list[str]
    channels: list[str]
    in_use: bool
    review_on: date | None
    review_months: int
    owner_id: int | None
    version: int
    steps: list[GuideStep]


class StepFigures(msgspec.Struct):
    """How often a step was there to be taken, and what became of it. `share`: left out of `shown`, null without any; `reasons` by code
    where somebody gave one; `is_questioned`: it is left out so often that one should ask whether it still fits."""

    key: str
    text_de: str
    text_en: str
    shown: int
    ticked: int
    left_out: int
    share: float | None
    reasons: dict[str, int]
    is_questioned: bool


class VersionFigures(msgspec.Struct):
    """The use of a guide in one version; `at` is since when it is in force."""

    version: int
    at: datetime | None
    uses: int
    steps: list[StepFigures]


class GuideFigures(msgspec.Struct):
    """In how many contacts of these days a guide was followed, over all versions and in each; never by person."""

    code: str
    first: date
    last: date
    uses: int
    steps: list[StepFigures]
    versions: list[VersionFigures]


class ReviewItem(msgspec.Struct):
    """Somebody looked through a guide, in this version: when it was due, and when it is again."""

    at: datetime | None
    by_id: int | None
    version: int
    due_on: date | None
    next_on: date | None


class ReviewList(msgspec.Struct):
    items: list[ReviewItem]


class NewReview(msgspec.Struct, forbid_unknown_fields=True):
    """`due_on`: the `review_on` that you saw. If it is another one meanwhile, somebody was quicker and nothing is written."""

    due_on: date | None


class NextReview(msgspec.Struct):
    review_on: date


class GuideList(msgspec.Struct):
    items: list[GuideItem]


def _item(guide: GuideView) -> GuideItem:
    steps = [
        GuideStep(key=step.key, meant_for=step.meant_for, text_de=step.text_de, text_en=step.text_en)
        for step in guide.steps
    ]
    return GuideItem(
        guide.code, guide.name_de, guide.name_en, list(guide.touchpoints), list(guide.channels), guide.is_active,
        guide.review_on, guide.review_months, guide.owner_id, guide.version, steps,
    )  # fmt: skip


@get("/guides", permission=Permission.TOUCHPOINTS_VIEW)
async def index(request: StaffRequest) -> GuideList:
    """All guides, those that are no longer used last."""
    return GuideList([_item(guide) for guide in await guides()])


@get("/guides/{code:str}", permission=Permission.TOUCHPOINTS_VIEW)
async def show(request: StaffRequest, code: FromPath[str]) -> GuideItem:
    """One guide with its steps."""
    return _item(await guide_named(code))


def _figures(steps: tuple[Step, ...], use: GuideUse) -> list[StepFigures]:
    return [
        StepFigures(
            step.key, step.text_de, step.text_en, one.shown, one.ticked, one.left_out, one.share, one.reasons, one.is_questioned
        )
        for step, one in ((step, use.of(step.key)) for step in steps)
    ]  # fmt: skip


@get("/guides/{code:str}/use", permission=Permission.TOUCHPOINTS_VIEW)
async def show_use(
    request: StaffRequest,
    code: FromPath[str],
    month: FromQuery[str] = "",
    first: Annotated[str, QueryParameter(name="from", description="the first day, 2026-10-01")] = "",
    last: Annotated[str, QueryParameter(name="to", description="the last day, at most a year later")] = "",
) -> GuideFigures:
    """Which steps were left out how often in a `month` (2026-10) or between two days; without either in the last 30 days."""
    guide = await guide_named(code)
    span = span_of({"month": month, "from": first, "to": last}, datetime.now(UTC), zone.get())
    use = (await use_of_guides(*span.bounds(zone.get()), guide.id)).get(guide.id, GuideUse())
    versions = [
        VersionFigures(one.version, one.at, each.uses, _figures(one.steps, each))
        for one, each in ((one, use.in_version(one.version)) for one in await versions_of(guide.id))
    ]
    return GuideFigures(guide.code, span.first, span.last, use.uses, _figures(guide.steps, use), versions)


@get("/guides/{code:str}/reviews", permission=Permission.TOUCHPOINTS_VIEW)
async def show_reviews(request: StaffRequest, code: FromPath[str]) -> ReviewList:
    """Who looked through a guide when, the newest first."""
    rows = await reviews_of((await guide_named(code)).id)
    return ReviewList([ReviewItem(row.at, row.by_user, row.version, row.due_on, row.next_on) for row in rows])


@post("/guides/{code:str}/reviews", permission=Permission.CATALOGUES_EDIT, status_code=201)
async def add_review(request: StaffRequest, code: FromPath[str], data: JSONBody[NewReview]) -> NextReview:
    """Note that you looked through a guide; answers when it is due again."""
    guide = await guide_named(code)
    return NextReview(await review_guide(guide.code, data.due_on, by=request.user.id, now=datetime.now(UTC)))


router = Router(
    "/api/v1", route_handlers=[
        Router("", route_handlers=[index, show, show_use, show_reviews, add_review], tags=["guides"]),
        Router("", route_handlers=catalogue_api.route_handlers, tags=["touchpoints"]),
    ], include_in_schema=True,
)  # fmt: skip
