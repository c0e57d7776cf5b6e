"""How the colleagues of the demo company rate its touchpoints: one round that is over, one that is open."""

from __future__ import annotations

from datetime import datetime, timedelta

from crm.database import execute, fetch, fetch_value
from crm.demo.world import World
from crm.improvement.assessments.actions import rate_touchpoints
from crm.improvement.assessments.forms import DONT_KNOW, Ratings
from crm.improvement.assessments.words import ASPECTS

_VIEWS = {
    # importance, customer-friendliness, consistency, technical level: what most would say
    "hotline": (5, 3, 2, 3), "order_status": (5, 2, 2, 2), "invoice": (4, 3, 4, 3), "complaint_handling": (5, 3, 3, 3),
    "delivery": (5, 4, 4, 4), "advice": (5, 5, 4, 4), "quotation": (4, 4, 3, 4), "installation": (5, 4, 4, 4),
    "order_entry": (4, 4, 4, 4), "website": (4, 3, 4, 3), "web_shop": (3, 3, 4, 3), "review_portal": (3, 3, 3, 3),
    "showroom": (4, 5, 5, 4), "email_service": (4, 4, 3, 3), "newsletter": (2, 3, 4, 3), "advert": (2, 3, 3, 3),
}  # fmt: skip
_USUAL = (3, 4, 4, 3)
_LEAVES_OUT = 9
"""One of so many answers is "don't know"."""


async def write_assessments(world: World) -> None:
    """In the caller's transaction."""
    codes = await fetch("SELECT code FROM touchpoint WHERE state = 'active' ORDER BY id")
    raters = await fetch(
        "SELECT id FROM staff WHERE deactivated_at IS NULL AND email LIKE '%@demo.example' "
        "AND role IN ('sales', 'agent', 'lead', 'manager') ORDER BY id"
    )
    if not codes or not raters:
        return
    autumn, winter = world.now - timedelta(days=62), world.now - timedelta(days=3)
    over = await _open("Herbstrunde", autumn, world)
    for number, rater in enumerate(raters):
        ratings = await _ratings(over, number, len(codes))
        await rate_touchpoints(over, ratings, by=rater.id, now=autumn + timedelta(days=number % 12, hours=number))
    going_on = await _open("Winterrunde", winter, world)
    for number, rater in enumerate(raters[:6]):
        ratings = await _ratings(going_on, number + 3, 6 + 4 * number)
        await rate_touchpoints(going_on, ratings, by=rater.id, now=winter + timedelta(hours=2 * number))


async def _open(name: str, at: datetime, world: World) -> int:
    """A round of two weeks over all touchpoints in use, which the team lead opened. Nobody is told of it: this lies in the past."""
    round_id = await fetch_value(
        "INSERT INTO assessment_round (name, ends_on, opened_at, opened_by, version) VALUES ($1, $2, $3, $4, 1) RETURNING id",
        name, (at + timedelta(days=14)).date(), at, world.staff.ids["lead"],
    )  # fmt: skip
    await execute(
        "INSERT INTO assessed_touchpoint (round, touchpoint) SELECT $1, id FROM touchpoint WHERE state = 'active' ORDER BY id", round_id
    )  # fmt: skip
    return int(round_id)


async def _ratings(round_id: int, number: int, most: int) -> Ratings:
    """What the colleague of this number says of the first `most` touchpoints: near what most would say, one up or down now and then."""
    assessed = await fetch(
        "SELECT s.id, t.code FROM assessed_touchpoint s JOIN touchpoint t ON t.id = s.touchpoint WHERE s.round = $1 ORDER BY s.id",
        round_id,
    )  # fmt: skip
    found: Ratings = {}
    for place, one in enumerate(assessed[:most]):
        view = _VIEWS.get(one.code, _USUAL)
        found[one.id] = {
            aspect: _said(view[column], 7 * number + 11 * place + 5 * column) for column, aspect in enumerate(ASPECTS)
        }
    return found


def _said(usual: int, draw: int) -> int:
    if draw % _LEAVES_OUT == 0:
        return DONT_KNOW
    return max(1, min(5, usual + (0, 0, 1, -1, 0)[draw % 5]))
