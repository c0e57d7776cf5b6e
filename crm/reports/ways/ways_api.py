"""The comparison of the ways of answering over JSON."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated

import msgspec
from litestar import get
from litestar.params import FromQuery, QueryParameter

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.reports.definitions import WAYS
from crm.reports.ways.asking import ways_asked
from crm.reports.ways.queries import blocks_between, ways_between
from crm.reports.ways.rules import COMPARED, BlockUse, WayFigures, gaps
from crm.touchpoints.statistics import Estimate
from crm.web.i18n import _, zone


class SatisfactionOut(msgspec.Struct):
    """A mean of 1 to 5 from `n` answers with its 95 % interval."""

    value: float
    n: int
    low: float | None
    high: float | None


class WayOut(msgspec.Struct):
    """The solved enquiries of one way (automatic, block, free, spoken, none). `satisfaction` is null below five `answers`. `asked`: how
    many were asked by survey, `answered` of these. `known`: those solved at least seven days ago; of them `resolved` with the first answer
    and `reopened` within seven days. `first_response_minutes`: the median of real time until the first answer."""

    way: str
    compared: bool
    enquiries: int
    answers: int
    satisfaction: SatisfactionOut | None
    asked: int
    answered: int
    known: int
    resolved: int
    reopened: int
    first_response_minutes: float | None


class GapOut(msgspec.Struct):
    """By how much customers are more satisfied with `better` than with `worse`; `clear`: more than chance."""

    better: str
    worse: str
    value: float
    low: float
    high: float
    clear: bool


class BlockOut(msgspec.Struct):
    """A text block: in how many answers it was put in these days, in how many of them changed, and the satisfaction of these customers
    (null below five `answers`)."""

    id: int
    name_de: str
    name_en: str
    retired: bool
    uses: int
    changed: int
    answers: int
    satisfaction: SatisfactionOut | None


class WaysOut(msgspec.Struct):
    """Enquiries solved from `first` to `last` (days of the company's zone, both included); `topic` is a code, null for all."""

    first: date
    last: date
    topic: str | None
    definition: str
    ways: list[WayOut]
    differences: list[GapOut]
    text_blocks: list[BlockOut]


@get("/ways-of-answering", permission=Permission.REPORTS_VIEW)
async def read_ways(
    request: StaffRequest,
    first: Annotated[str, QueryParameter(name="from", description="the first day, 2026-10-01")] = "",
    last: Annotated[str, QueryParameter(name="to", description="the last day, at most a year later")] = "",
    topic: FromQuery[str] = "",
) -> WaysOut:
    """Automatic answers, answers from text blocks and free ones compared by customers' satisfaction: of the last twelve months, or as
    asked."""
    now = datetime.now(UTC)
    asked = await ways_asked({"from": first, "to": last, "topic": topic}, now)
    start, end = asked.span.bounds(zone.get())
    topic_id = asked.topic.id if asked.topic else None
    figures = await ways_between(start, end, topic_id=topic_id, now=now)
    blocks = await blocks_between(start, end, topic_id=topic_id)
    return WaysOut(
        asked.span.first, asked.span.last, asked.topic.code if asked.topic else None, _(WAYS.text),
        [_way(one) for one in figures.values()],
        [GapOut(gap.better, gap.worse, gap.value, *gap.interval, gap.is_clear) for gap in gaps(figures)],
        [_block(one) for one in blocks],
    )  # fmt: skip


def _way(one: WayFigures) -> WayOut:
    return WayOut(
        one.way, one.way in COMPARED, one.enquiries, sum(one.answers.values()), _satisfaction(one.shown), one.rate.asked,
        one.rate.answered, one.known, one.resolved, one.reopened, None if one.waited is None else round(one.waited / 60, 2),
    )  # fmt: skip


def _block(one: BlockUse) -> BlockOut:
    return BlockOut(
        one.id, one.name_de, one.name_en, one.is_retired, one.uses, one.changed, sum(one.answers.values()), _satisfaction(one.shown)
    )  # fmt: skip


def _satisfaction(one: Estimate | None) -> SatisfactionOut | None:
    if one is None:
        return None
    low, high = one.interval or (None, None)
    return SatisfactionOut(one.value, one.n, low, high)


route_handlers = [read_ways]
