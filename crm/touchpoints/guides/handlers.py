"""The pages of guides: the list, one guide with how it is used, and their editing by a lead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from litestar import Response, get, post
from litestar.params import FromPath

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import form_once
from crm.customers.words import CHANNELS
from crm.errors import Invalid, RuleBroken
from crm.interactions.followed_guides import guide_beside
from crm.interactions.guide_use import GuideUse, use_of_guides
from crm.interactions.tables import Channel
from crm.interactions.words import LEFT_OUT
from crm.reports.spans import Span, SpanKind, quarter_of, span_of, year_of
from crm.touchpoints.guides.editing import change_guide, create_guide
from crm.touchpoints.guides.forms import LABELS, MEANT_FOR, parse_guide, rows_shown, typed
from crm.touchpoints.guides.queries import (
    guide_named,
    guides,
    guides_to_review,
    possible_owners,
    reviews_of,
    touchpoints_by_code,
    versions_of,
)
from crm.touchpoints.guides.reviewing import review_guide
from crm.touchpoints.guides.rules import (
    QUESTIONED_FROM,
    QUESTIONED_SHARE,
    REVIEW_MONTHS,
    REVIEW_SOON_DAYS,
    GuideView,
    next_review,
)
from crm.web.formats import local
from crm.web.forms import Fields
from crm.web.i18n import N_, _, zone
from crm.web.render import flashes, fragment, page, see_other

YEAR = timedelta(days=365)
DONE = {
    "created": N_("The guide is saved."), "saved": N_("The guide is saved."),
    "reviewed": N_("It is noted that you looked through the guide. The next date is set."),
}  # fmt: skip
CODES = [channel.value for channel in Channel]


@get("/guides", permission=Permission.TOUCHPOINTS_VIEW)
async def list_guides(request: StaffRequest) -> Response[str]:
    now = datetime.now(UTC)
    edits = request.user.may(Permission.CATALOGUES_EDIT)
    asked = _days(request, now)
    return await page(
        request, "guides/index.html", status=422 if asked.errors else 200, guides=await guides(),
        use=await use_of_guides(*asked.span.bounds(zone.get())), nothing=GuideUse(), asked=asked,
        due=await guides_to_review(local(now).date()) if edits else [], touchpoints=await touchpoints_by_code(),
        channels=CHANNELS, today=local(now).date(), flashes=flashes(request, DONE),
    )  # fmt: skip


@get("/guides/new", permission=Permission.CATALOGUES_EDIT)
async def new_guide(request: StaffRequest) -> Response[str]:
    review_on = next_review(local(datetime.now(UTC)).date(), REVIEW_MONTHS)
    return await _form(
        request, None, {"is_active": "1", "review_on": review_on.isoformat(), "review_months": REVIEW_MONTHS}, {}
    )


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
    """Its steps, and how often each is left out, over all versions or in one: that questions the guide, not the people."""
    now = datetime.now(UTC)
    guide = await guide_named(code)
    asked = _days(request, now)
    use = (await use_of_guides(*asked.span.bounds(zone.get()), guide.id)).get(guide.id, GuideUse())
    versions = await versions_of(guide.id)
    wanted = Fields(request.query_params).number("version", low=1, high=2**31 - 1)
    version = next((one for one in versions if one.version == wanted), None)
    today = local(now).date()
    return await page(
        request, "guides/show.html", status=422 if asked.errors else 200, guide=guide, use=use, asked=asked, versions=versions,
        version=version, steps=version.steps if version else guide.steps, shown=use.in_version(version.version) if version else use,
        touchpoints=await touchpoints_by_code(), channels=CHANNELS, meant_for=MEANT_FOR, reasons=LEFT_OUT,
        questioned_from=QUESTIONED_FROM, questioned_share=QUESTIONED_SHARE, reviews=await reviews_of(guide.id),
        is_due=guide.is_due(today), is_soon=guide.is_due(today + timedelta(days=REVIEW_SOON_DAYS)),
        flashes=flashes(request, DONE),
    )  # fmt: skip


@post("/guides/{code:str}/reviews", permission=Permission.CATALOGUES_EDIT, status_code=303)
async def review(request: StaffRequest, code: FromPath[str]) -> Response[Any]:
    """Somebody has looked through it: one click sets the next date."""
    fields = Fields(dict(await request.form()))
    due_on = fields.on("due_on")
    fields.check()
    guide = await guide_named(code)
    await review_guide(guide.code, due_on, by=request.user.id, now=datetime.now(UTC))
    return see_other(request, f"/guides/{guide.code}?done=reviewed")


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
        review_was = Fields(values).on("review_was")
        await change_guide(code, data, version, by=request.user.id, now=datetime.now(UTC), review_was=review_was)
    except Invalid as error:
        return await _form(request, guide, values, error.errors, status=422)
    except RuleBroken as broken:  # somebody else saved: what was typed is shown again, now with their version in mind
        newest = await guide_named(code)
        theirs = {name: typed(newest)[name] for name in ("version", "review_was")}
        return await _form(request, newest, {**values, **theirs}, {"": broken.sentence}, status=409)
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
        row_count=rows_shown(values), owners=await _owners(guide),
    )  # fmt: skip


async def _owners(guide: GuideView | None) -> list[tuple[str, str]]:
    """Who can look after a guide; whoever does so now stays in the choice even if they have left."""
    owners = await possible_owners()
    if guide and guide.owner_id and str(guide.owner_id) not in dict(owners):
        owners.append((str(guide.owner_id), guide.owner_name))
    return owners


@dataclass(frozen=True, slots=True)
class AskedDays:
    """The days that a page of guides is about, as they were asked for, and what is wrong with that."""

    span: Span
    typed: Mapping[str, str]
    errors: Mapping[str, str]
    chips: Sequence[tuple[str, str, bool]]
    is_usual: bool

    @property
    def is_known(self) -> bool:
        """Whether one of the chips names them."""
        return any(is_chosen for _text, _href, is_chosen in self.chips)

    def query(self, **more: Any) -> str:
        """What follows a page's address so that it is about the same days."""
        said = {**({} if self.is_usual else self.span.query()), **more}
        return f"?{urlencode(said)}" if said else ""


def _days(request: StaffRequest, now: datetime) -> AskedDays:
    """The last twelve months, unless the address names others; what are no days is said, and the twelve months are shown."""
    today = local(now).date()
    usual = Span(SpanKind.DAYS, today - YEAR + timedelta(days=1), today)
    asked = {name: str(request.query_params.get(name) or "").strip() for name in ("month", "from", "to")}
    errors: Mapping[str, str] = {}
    span = usual
    if any(asked.values()):
        try:
            span = span_of(asked, now, zone.get())
        except Invalid as error:
            errors = error.errors
    known = ((_("Last twelve months"), usual), (_("This quarter"), quarter_of(today)), (_("This year"), year_of(today)))
    path = request.url.path
    chips = [
        (text, path if one == usual else f"{path}?{urlencode(one.query())}", one == span and not errors)
        for text, one in known
    ]
    typed = {"from": asked["from"] or span.first.isoformat(), "to": asked["to"] or span.last.isoformat()}
    return AskedDays(span, typed, errors, chips, span == usual)


route_handlers = [list_guides, new_guide, create, beside, show_guide, review, edit_guide, save_guide]
