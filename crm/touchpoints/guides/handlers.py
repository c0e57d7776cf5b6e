"""The pages of guides: the list, one guide with how it is used, and their editing by a lead."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import form_once
from crm.customers.words import CHANNELS
from crm.errors import Invalid, RuleBroken
from crm.interactions.followed_guides import GuideUse, guide_beside, use_of_guides
from crm.interactions.tables import Channel
from crm.interactions.words import LEFT_OUT
from crm.touchpoints.guides.editing import change_guide, create_guide
from crm.touchpoints.guides.forms import LABELS, MEANT_FOR, parse_guide, rows_shown, typed
from crm.touchpoints.guides.queries import guide_named, guides, guides_to_review, touchpoints_by_code
from crm.touchpoints.guides.rules import REVIEW_SOON_DAYS, GuideView
from crm.web.formats import local
from crm.web.forms import Fields
from crm.web.i18n import N_, _
from crm.web.render import flashes, fragment, page, see_other

YEAR = timedelta(days=365)
REVIEW_AFTER = timedelta(days=182)
DONE = {"created": N_("The guide is saved."), "saved": N_("The guide is saved.")}
CODES = [channel.value for channel in Channel]


@get("/guides", permission=Permission.TOUCHPOINTS_VIEW)
async def list_guides(request: StaffRequest) -> Response[str]:
    now = datetime.now(UTC)
    edits = request.user.may(Permission.CATALOGUES_EDIT)
    return await page(
        request, "guides/index.html", guides=await guides(), use=await use_of_guides(now - YEAR), nothing=GuideUse(0, {}),
        due=await guides_to_review(local(now).date()) if edits else [], touchpoints=await touchpoints_by_code(),
        channels=CHANNELS, today=local(now).date(), flashes=flashes(request, DONE),
    )  # fmt: skip


@get("/guides/new", permission=Permission.CATALOGUES_EDIT)
async def new_guide(request: StaffRequest) -> Response[str]:
    review_on = (local(datetime.now(UTC)) + REVIEW_AFTER).date()
    return await _form(request, None, {"is_active": "1", "review_on": review_on.isoformat()}, {})


@post("/guides", permission=Permission.CATALOGUES_EDIT, status_code=303)
async def create(request: StaffRequest) -> Response[Any]:
    now = datetime.now(UTC)
    values = dict(await request.form())
    try:
        data, _version = parse_guide(values, list(await touchpoints_by_code()), CODES)

        async def do() -> str:
            return f"/guides/{await create_guide(data, by=request.user.id, now=now)}?done=created"

        return see_other(request, await form_once(request, str(values.get("submission_id", "")), do, now=now))
    except Invalid as error:
        return await _form(request, None, values, error.errors, status=422)


@get("/guides/beside", permission=Permission.INTERACTIONS_LOG)
async def beside(request: StaffRequest) -> Response[str]:
    """The guide beside the log form, after touchpoint, channel, customer or the guide itself was chosen there."""
    query = Fields(request.query_params)
    customer_id = query.reference("customer_id")
    query.check()
    guide = await guide_beside(query.values, customer_id)
    return await fragment(request, "guides/_beside.html", guide=guide, values=query.values, reasons=LEFT_OUT)


@get("/guides/{code:str}", permission=Permission.TOUCHPOINTS_VIEW)
async def show_guide(request: StaffRequest, code: FromPath[str]) -> Response[str]:
    """Its steps, and how often each is left out: that questions the guide, not the people."""
    now = datetime.now(UTC)
    guide = await guide_named(code)
    use = await use_of_guides(now - YEAR, guide.id)
    today = local(now).date()
    return await page(
        request, "guides/show.html", guide=guide, use=use.get(guide.id, GuideUse(0, {})), touchpoints=await touchpoints_by_code(),
        channels=CHANNELS, meant_for=MEANT_FOR, reasons=LEFT_OUT, is_due=guide.is_due(today),
        is_soon=guide.is_due(today + timedelta(days=REVIEW_SOON_DAYS)), flashes=flashes(request, DONE),
    )  # fmt: skip


@get("/guides/{code:str}/edit", permission=Permission.CATALOGUES_EDIT)
async def edit_guide(request: StaffRequest, code: FromPath[str]) -> Response[str]:
    guide = await guide_named(code)
    return await _form(request, guide, typed(guide), {})


@post("/guides/{code:str}", permission=Permission.CATALOGUES_EDIT, status_code=303)
async def save_guide(request: StaffRequest, code: FromPath[str]) -> Response[Any]:
    guide = await guide_named(code)
    values = dict(await request.form())
    try:
        data, version = parse_guide(values, list(await touchpoints_by_code()), CODES)
        await change_guide(code, data, version, by=request.user.id, now=datetime.now(UTC))
    except Invalid as error:
        return await _form(request, guide, values, error.errors, status=422)
    except RuleBroken as broken:  # somebody else saved: what was typed is shown again, now with their version in mind
        newest = await guide_named(code)
        return await _form(
            request, newest, {**values, "version": newest.version}, {"": broken.sentence}, status=409
        )  # fmt: skip
    return see_other(request, f"/guides/{code}?done=saved")


async def _form(
    request: StaffRequest,
    guide: GuideView | None,
    values: Mapping[str, Any],
    errors: Mapping[str, str],
    status: int = 200,
) -> Response[str]:
    return await page(
        request, "guides/form.html", status=status, guide=guide, values=values, errors=errors,
        labels={name: _(text) for name, text in LABELS.items()}, meant_for=[(code.value, _(text)) for code, text in MEANT_FOR.items()],
        touchpoints=[row for row in (await touchpoints_by_code()).values() if row.state != "retired"], channels=CHANNELS,
        row_count=rows_shown(values),
    )  # fmt: skip


route_handlers = [list_guides, new_guide, create, beside, show_guide, edit_guide, save_guide]
