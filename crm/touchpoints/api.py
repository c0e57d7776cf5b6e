"""Touchpoints, phases and guides over JSON; guides to read them, and to know the keys of their steps when a contact is logged."""

from __future__ import annotations

from datetime import date

import msgspec
from litestar import Router, get
from litestar.params import FromPath

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.touchpoints.catalogue import catalogue_api
from crm.touchpoints.guides.queries import guide_named, guides
from crm.touchpoints.guides.rules import GuideView


class GuideStep(msgspec.Struct):
    """A step. `for`: everyone, person (private persons only) or organisation (companies only)."""

    key: str
    meant_for: str = msgspec.field(name="for")
    text_de: str
    text_en: str


class GuideItem(msgspec.Struct):
    """A guide in its newest version. Without touchpoints and channels it fits everywhere."""

    code: str
    name_de: str
    name_en: str
    touchpoints: list[str]
    channels: list[str]
    in_use: bool
    review_on: date | None
    version: int
    steps: list[GuideStep]


class GuideList(msgspec.Struct):
    items: list[GuideItem]


def _item(guide: GuideView) -> GuideItem:
    steps = [
        GuideStep(key=step.key, meant_for=step.meant_for, text_de=step.text_de, text_en=step.text_en)
        for step in guide.steps
    ]
    return GuideItem(
        guide.code, guide.name_de, guide.name_en, list(guide.touchpoints), list(guide.channels), guide.is_active,
        guide.review_on, guide.version, steps,
    )  # fmt: skip


@get("/guides", permission=Permission.TOUCHPOINTS_VIEW)
async def index(request: StaffRequest) -> GuideList:
    """All guides, those that are no longer used last."""
    return GuideList([_item(guide) for guide in await guides()])


@get("/guides/{code:str}", permission=Permission.TOUCHPOINTS_VIEW)
async def show(request: StaffRequest, code: FromPath[str]) -> GuideItem:
    """One guide with its steps."""
    return _item(await guide_named(code))


router = Router(
    "/api/v1", route_handlers=[
        Router("", route_handlers=[index, show], tags=["guides"]),
        Router("", route_handlers=catalogue_api.route_handlers, tags=["touchpoints"]),
    ], include_in_schema=True,
)  # fmt: skip
