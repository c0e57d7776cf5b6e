"""The page of the customer journey map."""

from __future__ import annotations

from datetime import UTC, datetime

from litestar import Response, get

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.reports.journeys.asking import (
    chosen_period,
    compare_choices,
    days_typed,
    journey_asked,
    journey_of,
    period_choices,
    stretch_words,
)
from crm.reports.journeys.drawing import on_paper, on_screen
from crm.web.formats import local
from crm.web.i18n import zone
from crm.web.render import page


@get("/journey", permission=Permission.TOUCHPOINTS_VIEW)
async def show_journey(request: StaffRequest) -> Response[str]:
    """The journey of all customers or of a saved view, in a stretch of days, beside another one."""
    now = datetime.now(UTC)
    chosen = await journey_asked(request.user, request.query_params, now, zone.get())
    found = await journey_of(chosen, request.user, now=now, zone=zone.get())
    then = chosen.asked.then
    return await page(
        request, "journey/show.html", status=422 if chosen.errors else 200, chosen=chosen, found=found,
        map=on_screen(found.phases, chosen.contacts_href), paper=on_paper(found.phases), now_words=stretch_words(chosen.asked.now),
        then_words=stretch_words(then) if then else "", periods=period_choices(local(now).date()), comparisons=compare_choices(),
        period=chosen_period(chosen), days=days_typed(chosen),
    )  # fmt: skip


route_handlers = [show_journey]
