"""The page of the customer journey map."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from litestar import Response, get

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.reports.journeys.asking import (
    JourneyAsked,
    chosen_period,
    compare_choices,
    days_typed,
    is_shared,
    journey_asked,
    period_choices,
    stretch_words,
)
from crm.reports.journeys.deviation import DEFINITIONS
from crm.reports.journeys.deviation_words import parts_of, summary
from crm.reports.journeys.drawing import on_paper, on_screen
from crm.reports.journeys.planned import Beside, beside, segment_asked
from crm.web.formats import local
from crm.web.i18n import _, local_name, zone
from crm.web.render import page


@get("/journey", permission=Permission.TOUCHPOINTS_VIEW)
async def show_journey(request: StaffRequest) -> Response[str]:
    """The journey of all customers or of a saved view, in a stretch of days, beside another one."""
    now = datetime.now(UTC)
    chosen = await journey_asked(request.user, request.query_params, now, zone.get())
    is_hidden = request.query_params.get("plan") == "none"
    both = await beside(chosen, request.user, now=now, zone=zone.get(), with_plan=not is_hidden)
    found, then = both.found, chosen.asked.then
    return await page(
        request, "journey/show.html", status=422 if chosen.errors else 200, chosen=chosen, found=found,
        map=on_screen(found.phases, chosen.contacts_href, both.layer), paper=on_paper(found.phases, both.layer),
        now_words=stretch_words(chosen.asked.now), then_words=stretch_words(then) if then else "",
        periods=period_choices(local(now).date()), comparisons=compare_choices(),
        period=chosen_period(chosen), days=days_typed(chosen), is_plan_hidden=is_hidden, **_plan(chosen, both),
    )  # fmt: skip


def _plan(chosen: JourneyAsked, both: Beside) -> dict[str, Any]:
    """The intended journey and the deviation from it, and the ways to see or not to see them."""
    said = {**chosen.asked.said, "segment": segment_asked(chosen).code}
    said = {name: value for name, value in said.items() if value}
    new = urlencode({"segment": said.get("segment", "")})
    ways = {
        "plan_on": f"/journey?{urlencode(said)}", "plan_off": f"/journey?{urlencode({**said, 'plan': 'none'})}",
        "plan_new": "" if chosen.errors or not is_shared(chosen) else f"/journey/intended/new?{new}",
        "plan_segment": said.get("segment", ""),
    }  # fmt: skip
    if both.intended is None or both.deviation is None:
        return {"intended": None, **ways}
    names = {phase.code: local_name(phase) for phase in both.found.phases}
    parts = parts_of(both.deviation, chosen.behind)
    return {
        "intended": both.intended, "summary": summary(both.deviation), "parts": parts, **ways,
        "empty_phases": [names[code] for code in both.deviation.empty_phases],
        "definitions": [(_(one.name), _(one.text)) for one in DEFINITIONS],
    }  # fmt: skip


route_handlers = [show_journey]
