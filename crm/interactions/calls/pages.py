"""Missed calls and wishes to be called back: the list, the form, and what is done with each."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from litestar import Response, get, post
from litestar.params import FromPath

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import form_once
from crm.customers.queries import staff_options
from crm.errors import Invalid
from crm.interactions.calls import words
from crm.interactions.calls.forms import parse_call_back, parse_call_result, parse_caller, window_of
from crm.interactions.calls.listing import VIEWS, call_back, call_backs
from crm.interactions.calls.noting import note_call_back
from crm.interactions.calls.returning import (
    call_returned,
    dismiss_call_back,
    name_caller,
    nobody_answered,
    take_call_back,
)
from crm.interactions.calls.tables import CallBackKind
from crm.interactions.calls.whose import callers_of
from crm.web.forms import Fields
from crm.web.i18n import N_, _
from crm.web.render import flashes, fragment, is_fragment, page, see_other

VIEW_NAMES = {"mine": N_("Mine"), "free": N_("For anybody"), "open": N_("All open"), "done": N_("Done")}


@get("/call-backs", permission=Permission.INTERACTIONS_VIEW)
async def list_call_backs(request: StaffRequest) -> Response[str]:
    """Who waits for a call, the longest due first."""
    query = Fields(request.query_params)
    view = query.one_of("view", VIEWS, "open")
    query.check()
    found = await call_backs(view, request.user.id, after=query.text("after"))
    context: dict[str, Any] = {
        "found": found, "view": view, "views": VIEW_NAMES, "now": datetime.now(UTC), "who": words.who, "reachable": words.reachable,
        "moment": words.moment, "kinds": words.KINDS, "outcomes": words.OUTCOMES,
    }  # fmt: skip
    if is_fragment(request) and query.text("after"):
        return await fragment(request, "call_backs/_rows.html", **context)
    return await page(request, "call_backs/index.html", flashes=flashes(request, words.DONE), **context)


@get("/call-backs/new", permission=Permission.INTERACTIONS_LOG)
async def new_call_back(request: StaffRequest) -> Response[str]:
    query = Fields(request.query_params)
    values = {"kind": query.one_of("kind", CallBackKind, CallBackKind.WANTED), "number": query.text("number", limit=60)}
    query.check()
    return await _form(request, values, {})


async def _form(request: StaffRequest, values: Mapping[str, Any], errors: Mapping[str, str]) -> Response[str]:
    context: dict[str, Any] = {
        "values": values, "errors": errors, "colleagues": [(str(number), name) for number, name in await staff_options()],
        "callers": await _callers(values),
        "kinds": [(code, _(name)) for code, name in words.KINDS.items()],
    }  # fmt: skip
    status = 422 if errors else 200
    if is_fragment(request):
        return await fragment(request, "call_backs/_form.html", status=status, **context)
    return await page(request, "call_backs/new.html", status=status, **context)


async def _callers(values: Mapping[str, Any]) -> list[Any]:
    number = Fields(values).phone("number")
    return (await callers_of([number])).get(number, []) if number else []


@get("/call-backs/callers", permission=Permission.INTERACTIONS_LOG)
async def callers(request: StaffRequest) -> Response[str]:
    """Whose the number in the form can be, while it is typed."""
    return await fragment(
        request, "call_backs/_callers.html", callers=await _callers(request.query_params), values={}, errors={}
    )


@get("/call-backs/understood", permission=Permission.SIGNED_IN)
async def understood(request: StaffRequest) -> Response[str]:
    """What the words for a time to call mean, shown while they are typed."""
    now = datetime.now(UTC)
    query = Fields(request.query_params)
    window = window_of(query, now)
    said = words.reachable(window.starts, window.ends, now)
    return await fragment(
        request, "call_backs/_understood.html", said=said, question=query.errors.get("window", ""), now=now
    )


@post("/call-backs", permission=Permission.INTERACTIONS_LOG)
async def create_call_back(request: StaffRequest) -> Response[Any]:
    """Note it: the list follows."""
    now = datetime.now(UTC)
    values = dict(await request.form())
    try:
        wish = parse_call_back(values, now)

        async def do() -> str:
            await note_call_back(wish, by=request.user.id, now=now)
            return "/call-backs?done=noted"

        where = await form_once(request, str(values.get("submission_id", "")), do, now=now)
    except Invalid as error:
        return await _form(request, values, error.errors)
    return see_other(request, where)


@get("/call-backs/{call_back_id:int}/result", permission=Permission.INTERACTIONS_LOG)
async def enter_result(request: StaffRequest, call_back_id: FromPath[int]) -> Response[str]:
    """What came of the call: the form that closes it."""
    return await _result_form(request, call_back_id, {}, {})


async def _result_form(
    request: StaffRequest, call_back_id: int, values: Mapping[str, Any], errors: Mapping[str, str]
) -> Response[str]:
    context: dict[str, Any] = {
        "row": await call_back(call_back_id),
        "values": values,
        "errors": errors,
        "who": words.who,
    }
    status = 422 if errors else 200
    if is_fragment(request):
        return await fragment(request, "call_backs/_result_form.html", status=status, **context)
    return await page(request, "call_backs/result.html", status=status, **context)


@post("/call-backs/{call_back_id:int}/result", permission=Permission.INTERACTIONS_LOG)
async def create_result(request: StaffRequest, call_back_id: FromPath[int]) -> Response[Any]:
    """Called back: with a known customer the call is logged."""
    values, now = dict(await request.form()), datetime.now(UTC)
    try:
        result = parse_call_result(values)
        where = await _once(
            request, values, lambda: call_returned(call_back_id, result, by=request.user.id, now=now), "called"
        )
    except Invalid as error:
        return await _result_form(request, call_back_id, values, error.errors)
    return see_other(request, where)


async def _once(request: StaffRequest, values: Mapping[str, Any], do: Callable[[], Awaitable[Any]], done: str) -> str:
    """Do it once per form, and go back to where the button was: Today or the list."""
    from_today = values.get("back") == "today" or urlsplit(request.headers.get("hx-current-url", "")).path == "/"
    back = "/" if from_today else f"/call-backs?view={_view(values)}&done={done}"

    async def run() -> str:
        await do()
        return back

    return await form_once(request, str(values.get("submission_id", "")), run, now=datetime.now(UTC))


def _view(values: Mapping[str, Any]) -> str:
    view = str(values.get("view", ""))
    return view if view in VIEWS else "open"


@post("/call-backs/{call_back_id:int}/attempt", permission=Permission.INTERACTIONS_LOG, status_code=303)
async def tried(request: StaffRequest, call_back_id: FromPath[int]) -> Response[Any]:
    """Nobody answered: it comes again."""
    values, now = dict(await request.form()), datetime.now(UTC)
    where = await _once(request, values, lambda: nobody_answered(call_back_id, by=request.user.id, now=now), "tried")
    return see_other(request, where)


@post("/call-backs/{call_back_id:int}/dismissal", permission=Permission.INTERACTIONS_LOG, status_code=303)
async def dismissed(request: StaffRequest, call_back_id: FromPath[int]) -> Response[Any]:
    """Done without a call."""
    values, now = dict(await request.form()), datetime.now(UTC)
    where = await _once(
        request, values, lambda: dismiss_call_back(call_back_id, by=request.user.id, now=now), "dismissed"
    )
    return see_other(request, where)


@post("/call-backs/{call_back_id:int}/taking", permission=Permission.INTERACTIONS_LOG, status_code=303)
async def taken(request: StaffRequest, call_back_id: FromPath[int]) -> Response[Any]:
    """I call back."""
    values, now, me = dict(await request.form()), datetime.now(UTC), request.user.id
    where = await _once(request, values, lambda: take_call_back(call_back_id, user_id=me, by=me, now=now), "taken")
    return see_other(request, where)


@post("/call-backs/{call_back_id:int}/caller", permission=Permission.INTERACTIONS_LOG, status_code=303)
async def named(request: StaffRequest, call_back_id: FromPath[int]) -> Response[Any]:
    """It was this customer who called."""
    values, now = dict(await request.form()), datetime.now(UTC)
    customer_id, person_id = parse_caller(values)
    where = await _once(
        request, values, lambda: name_caller(call_back_id, customer_id, person_id, by=request.user.id, now=now), "named"
    )
    return see_other(request, where)


route_handlers = [
    list_call_backs, new_call_back, callers, understood, create_call_back, enter_result, create_result, tried, dismissed, taken, named,
]  # fmt: skip
