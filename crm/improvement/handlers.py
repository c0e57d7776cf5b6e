"""Criticism, praise and expectations: noted with one click, mended in a line, listed with their balance per touchpoint."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from litestar import Response, Router, get, post
from litestar.params import FromPath

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import form_once
from crm.database import Row
from crm.errors import Invalid, RuleBroken
from crm.improvement.actions import delete_feedback, demand_mending, mend_feedback, note_feedback
from crm.improvement.assessments import pages as assessments
from crm.improvement.closing import CLOSURES, close_criticism, closure_of, reopen_criticism
from crm.improvement.forms import parse_mended, parse_new
from crm.improvement.intended import pages as intended
from crm.improvement.intended.handlers import assistant_pages as intended_assistant
from crm.improvement.measures import deciding, programme_pages
from crm.improvement.measures import pages as measures
from crm.improvement.personas import pages as personas
from crm.improvement.quality import pages as quality
from crm.improvement.queries import State, balance, feedback_for, feedback_page, open_criticism
from crm.improvement.tables import FeedbackCategory, FeedbackKind
from crm.improvement.words import CATEGORIES, HEADINGS, KINDS, LEVELS, TONES
from crm.interactions.contact import contact_for
from crm.interactions.queries import touchpoint_choices
from crm.tickets.queries import visible_ticket
from crm.web.forms import Fields
from crm.web.i18n import N_, _
from crm.web.render import flashes, fragment, is_fragment, page, see_other

YEAR = timedelta(days=365)
SHOWN_FIRST = 10
STATES = {
    State.OPEN: N_("Open criticism"), State.MEASURE: N_("Answered by a measure"), State.REASON: N_("Closed with a reason"),
}  # fmt: skip
DONE = {"closed": N_("The point of criticism is closed."), "reopened": N_("Open again.")}


@get("/feedback", permission=Permission.INTERACTIONS_VIEW)
async def list_feedback(request: StaffRequest) -> Response[str]:
    """What customers criticise, praise and expect, and the balance per touchpoint."""
    query = Fields(request.query_params)
    asked = {
        "kind": query.one_of("kind", ["", *FeedbackKind]), "category": query.one_of("category", ["", *FeedbackCategory]),
        "touchpoint": query.text("touchpoint", limit=40), "outcome": query.one_of("outcome", ["", *State]),
    }  # fmt: skip
    query.check()
    before = query.text("before")
    first = asked["outcome"] == "" and asked["kind"] in ("", FeedbackKind.CRITICISM)  # what waits stands on top
    narrowed: dict[str, Any] = {name: value for name, value in asked.items() if name != "outcome"}
    found = await feedback_page(**narrowed, state=State.REST if first else asked["outcome"], before=before)

    def href(**changes: str) -> str:
        kept = {name: value for name, value in {**asked, **changes}.items() if value}
        return f"/feedback?{urlencode(kept)}" if kept else "/feedback"

    context: dict[str, Any] = {
        "found": found,
        "next_href": href(before=found.next) if found.next else "",
        **words(request),
    }
    if is_fragment(request) and before:
        return await fragment(request, "improvement/_rows.html", **context)
    balances = await balance(datetime.now(UTC) - YEAR)
    chips = [(_("All"), href(kind=""), not asked["kind"])]
    chips += [(_(text), href(kind=code.value), asked["kind"] == code) for code, text in KINDS.items()]
    category_chips = [
        (_(text), href(category="" if asked["category"] == code else code.value), asked["category"] == code)
        for code, text in CATEGORIES.items()
    ]
    waiting = await open_criticism()
    state_chips: list[tuple[str, str, bool, int | None]] = [(_("All"), href(outcome=""), not asked["outcome"], None)]
    state_chips += [
        (
            _(text),
            href(outcome="" if asked["outcome"] == code else code.value),
            asked["outcome"] == code,
            waiting if code is State.OPEN else None,
        )
        for code, text in STATES.items()
    ]
    return await page(
        request, "improvement/index.html", balances=balances, kind_chips=chips, category_chips=category_chips, state_chips=state_chips,
        asked=asked, is_filtered=any(asked.values()), touchpoints=await touchpoint_choices(), flashes=flashes(request, DONE),
        waits=await feedback_page(**narrowed, state=State.OPEN, limit=SHOWN_FIRST) if first and not before else None,
        open_href=href(outcome=State.OPEN.value), **context,
    )  # fmt: skip


def words(request: StaffRequest) -> dict[str, Any]:
    """What a line of feedback needs to be shown, under one name: pages of contacts and enquiries have words of their own."""
    points = {
        "kinds": KINDS, "tones": TONES, "categories": CATEGORIES, "headings": HEADINGS, "levels": LEVELS,
        "closures": CLOSURES, "may_mend_all": request.user.may(Permission.INTERACTIONS_CORRECT),
    }  # fmt: skip
    return {"points": points}


@post("/feedback", permission=Permission.INTERACTIONS_LOG)
async def create(request: StaffRequest) -> Response[Any]:
    """Noted at once; the line in which it can be mended or taken back comes in the place of the buttons, with them."""
    now = datetime.now(UTC)
    values = dict(await request.form())
    data = parse_new(values)
    if data.interaction_id is not None:
        await contact_for(request.user, data.interaction_id)
        back = f"/interactions/{data.interaction_id}"
    else:
        await visible_ticket(request.user, data.ticket_id or 0)
        back = f"/tickets/{data.ticket_id}"

    async def do() -> str:
        return f"/feedback/{await note_feedback(data, by=request.user.id, now=now)}"

    where = await form_once(request, str(values.get("submission_id", "")), do, now=now)
    if not is_fragment(request):
        return see_other(request, f"{back}#feedback")
    row = await feedback_for(request.user, int(where.rpartition("/")[2]))
    return await fragment(
        request, "improvement/_noted.html", row=row, values={}, errors={}, is_new=True, interaction_id=data.interaction_id,
        ticket_id=data.ticket_id, **words(request),
    )  # fmt: skip


@get("/feedback/{feedback_id:int}/edit", permission=Permission.INTERACTIONS_LOG)
async def edit(request: StaffRequest, feedback_id: FromPath[int]) -> Response[str]:
    row = await feedback_for(request.user, feedback_id)
    demand_mending(request.user, row.by_user)
    return await _form(request, row, {}, {})


@post("/feedback/{feedback_id:int}", permission=Permission.INTERACTIONS_LOG)
async def mend(request: StaffRequest, feedback_id: FromPath[int]) -> Response[Any]:
    row = await feedback_for(request.user, feedback_id)
    demand_mending(request.user, row.by_user)
    values = dict(await request.form())
    try:
        await mend_feedback(feedback_id, parse_mended(values), by=request.user.id, now=datetime.now(UTC))
    except Invalid as error:
        return await _form(request, row, values, error.errors, status=422)
    if not is_fragment(request):
        return see_other(request, _source(row))
    row = await feedback_for(request.user, feedback_id)
    return await fragment(request, "improvement/_line.html", row=row, **words(request))


@post("/feedback/{feedback_id:int}/deletion", permission=Permission.INTERACTIONS_LOG)
async def delete(request: StaffRequest, feedback_id: FromPath[int]) -> Response[Any]:
    """Taken back; the line says so in its place."""
    row = await feedback_for(request.user, feedback_id)
    demand_mending(request.user, row.by_user)
    await delete_feedback(feedback_id, by=request.user.id, now=datetime.now(UTC))
    if not is_fragment(request):
        return see_other(request, _source(row))
    return await fragment(request, "improvement/_deleted.html", row=row, **words(request))


@get("/feedback/{feedback_id:int}/closure", permission=Permission.INTERACTIONS_LOG)
async def ask_why(request: StaffRequest, feedback_id: FromPath[int]) -> Response[str]:
    """Where a criticism is closed with a reason."""
    return await _closure_form(request, await feedback_for(request.user, feedback_id), request.query_params, {})


@post("/feedback/{feedback_id:int}/closure", permission=Permission.INTERACTIONS_LOG, status_code=303)
async def close(request: StaffRequest, feedback_id: FromPath[int]) -> Response[Any]:
    row = await feedback_for(request.user, feedback_id)
    values = dict(await request.form())
    try:
        await close_criticism(feedback_id, *closure_of(values), by=request.user.id, now=datetime.now(UTC))
    except Invalid as error:
        return await _closure_form(request, row, values, error.errors)
    except RuleBroken as error:
        return await _closure_form(request, row, values, {"": error.sentence})
    return see_other(request, "/feedback?done=closed" if values.get("from") == "list" else _source(row))


@post("/feedback/{feedback_id:int}/reopening", permission=Permission.INTERACTIONS_LOG, status_code=303)
async def reopen(request: StaffRequest, feedback_id: FromPath[int]) -> Response[Any]:
    row = await feedback_for(request.user, feedback_id)
    values = dict(await request.form())
    await reopen_criticism(feedback_id, by=request.user.id, now=datetime.now(UTC))
    return see_other(request, "/feedback?done=reopened" if values.get("from") == "list" else _source(row))


async def _closure_form(
    request: StaffRequest, row: Row, values: Mapping[str, Any], errors: Mapping[str, str]
) -> Response[str]:
    return await page(
        request, "improvement/close.html", status=422 if errors else 200, row=row, values=values, errors=errors,
        back="/feedback" if values.get("from") == "list" else _source(row),
        reasons=[(code.value, _(text)) for code, text in CLOSURES.items()],
    )  # fmt: skip


def _source(row: Row) -> str:
    return f"/interactions/{row.interaction}#feedback" if row.interaction else f"/tickets/{row.ticket}#feedback"


async def _form(
    request: StaffRequest, row: Row, values: Mapping[str, Any], errors: Mapping[str, str], status: int = 200
) -> Response[str]:
    context: dict[str, Any] = {"row": row, "values": values, "errors": errors, "source": _source(row), **words(request)}
    if is_fragment(request):
        return await fragment(request, "improvement/_form.html", status=status, **context)
    return await page(request, "improvement/edit.html", status=status, **context)


router = Router(
    "",
    route_handlers=[
        list_feedback, create, edit, mend, delete, ask_why, close, reopen,
        *quality.route_handlers, *measures.route_handlers, *deciding.route_handlers,
        *programme_pages.route_handlers, *personas.route_handlers, *assessments.route_handlers,
        *intended.route_handlers, *intended_assistant.route_handlers,
    ],
)  # fmt: skip
