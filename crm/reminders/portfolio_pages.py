"""The pages that hand a portfolio over and say who stands in."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import form_once
from crm.errors import Invalid, RuleBroken
from crm.reminders.portfolio_handover import (
    Person,
    cancel_handover,
    deputies_of,
    handover_preview,
    owner_of_handover,
    person_of,
    plan_handover,
    planned_handover,
    set_deputy_for_all,
    successors_of,
)
from crm.web.formats import local
from crm.web.forms import Fields
from crm.web.render import page, see_other

P = Permission


@get("/portfolio/hand-over", permission=P.CUSTOMERS_EDIT)
async def prepare_handover(request: StaffRequest) -> Response[str]:
    """Who takes over and when; once that is said, what would happen."""
    return await _page(request, Fields(request.query_params))


async def _page(
    request: StaffRequest, fields: Fields, *, errors: dict[str, str] | None = None, status: int = 200
) -> Response[str]:
    owner = fields.reference("owner")
    to, starts_on = fields.reference("to"), fields.on("starts_on")
    whose = await person_of(request.user, None if "owner" in fields.errors else owner)
    colleagues = await successors_of(whose.id)
    errors = {**fields.errors, **(errors or {})}
    name = dict(colleagues).get(to or 0, "")
    preview = await handover_preview(whose.id, to) if name and not errors else None
    today = local(datetime.now(UTC)).date()
    values = {
        "to": to or "",
        "starts_on": starts_on.isoformat() if starts_on else "",
        "deputy": fields.text("deputy", limit=20),
    }
    return await page(
        request, "reminders/hand_over.html", status=status, person={"id": whose.id, "name": whose.name},
        is_mine=whose.id == request.user.id, colleagues=[(str(each), text) for each, text in colleagues], values=values,
        errors=errors, planned=await planned_handover(whose.id), preview=preview, chosen_name=name,
        is_now=starts_on is None or starts_on <= today, deputies=await deputies_of(whose.id),
    )  # fmt: skip


@post("/portfolio/hand-overs", permission=P.CUSTOMERS_EDIT, status_code=303)
async def hand_over(request: StaffRequest) -> Response[Any]:
    now = datetime.now(UTC)
    fields = Fields(dict(await request.form()))
    owner, to, starts_on = fields.reference("owner"), fields.reference("to"), fields.on("starts_on")
    try:
        fields.check()
        whose = await person_of(request.user, owner)
        today = local(now).date()

        async def do() -> str:
            await plan_handover(whose.id, to, starts_on or today, by=request.user.id, now=now)
            return _back(request, whose, "handed" if (starts_on or today) <= today else "planned")

        return see_other(request, await form_once(request, fields.text("submission_id"), do, now=now))
    except Invalid as error:
        return await _page(request, fields, errors=error.errors, status=422)
    except RuleBroken as error:
        return await _page(request, fields, errors={"": error.sentence}, status=422)


@post("/portfolio/hand-overs/{handover_id:int}/cancellation", permission=P.CUSTOMERS_EDIT, status_code=303)
async def cancel(request: StaffRequest, handover_id: FromPath[int]) -> Response[Any]:
    whose = await person_of(request.user, await owner_of_handover(handover_id))
    await cancel_handover(whose.id, handover_id, by=request.user.id, now=datetime.now(UTC))
    return see_other(request, _back(request, whose, "cancelled"))


@post("/portfolio/deputies", permission=P.CUSTOMERS_EDIT, status_code=303)
async def set_deputies(request: StaffRequest) -> Response[Any]:
    """The same deputy for all customers; 0 for nobody."""
    fields = Fields(dict(await request.form()))
    owner, nobody = fields.reference("owner"), fields.text("deputy") == "0"
    deputy = None if nobody else fields.reference("deputy", required=True)
    try:
        fields.check()
        whose = await person_of(request.user, owner)
        await set_deputy_for_all(whose.id, deputy, by=request.user.id, now=datetime.now(UTC))
    except Invalid as error:
        return await _page(request, fields, errors=error.errors, status=422)
    return see_other(request, _back(request, whose, "deputy"))


def _back(request: StaffRequest, whose: Person, done: str) -> str:
    owner = "" if whose.id == request.user.id else f"owner={whose.id}&"
    return f"/portfolio?{owner}done={done}"


route_handlers = [prepare_handover, hand_over, cancel, set_deputies]
