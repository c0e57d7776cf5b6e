"""Errors as people get them: a page, a fragment for htmx, or a problem document (RFC 9457) for the API."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import asyncpg
import structlog
from litestar import MediaType, Request, Response
from litestar.exceptions import HTTPException, NotAuthorizedException, ValidationException
from litestar.response import Redirect

from crm.errors import Conflict, Invalid, Moved, Problem
from crm.web.decoding import errors_of
from crm.web.i18n import N_, _
from crm.web.render import fragment, is_fragment, page

log = structlog.get_logger()

TITLES = {
    400: N_("That could not be understood"),
    401: N_("Please log in"),
    403: N_("Not yours to do"),
    404: N_("Nothing here"),
    405: N_("That could not be understood"),
    409: N_("Somebody else was quicker"),
    413: N_("Too large"),
    422: N_("Something is missing"),
    429: N_("Too many attempts"),
    500: N_("That was our fault"),
    503: N_("Just a moment"),
}
SENTENCES = {
    400: N_("Go back and try it again from the page."),
    401: N_("Your session has ended. Log in again; what you typed is kept."),
    403: N_("Load the page again and try once more. If it stays, ask your administrator."),
    404: N_("The page or record does not exist, or it is not for your role. Search for it, or go to the start page."),
    405: N_("Go back and try it again from the page."),
    409: N_("Load the page again to see the newest version."),
    413: N_("Choose a smaller file."),
    422: N_("Check the marked fields and send it again."),
    429: N_("Wait a few minutes and try again."),
    500: N_("Nothing of what was saved before is lost. Try it again; if it stays, tell your administrator the time."),
    503: N_("The database cannot be reached. Wait a minute and try again; what you typed stays on this page."),
}


API_SENTENCES = {
    400: N_("This request could not be understood. /schema/openapi.json describes every call."),
    403: N_("The user of this token may not do this."),
    404: N_("There is no such address or record, or it is not for the user of this token."),
    405: N_("This address does not take this method."),
    409: N_("Fetch the record again to see its newest version."),
    413: N_("That is more than is taken at once. Send less."),
    422: N_("Some of it is not right; “errors” says what, field by field."),
    429: N_("Wait a few minutes and try again."),
    500: N_("Nothing of what was saved before is lost. Try it again; if it stays, tell your administrator the time."),
    503: N_("The database cannot be reached. Send it again in a minute."),
}
"""The same for programs, which have no page before them."""


_MALFORMED = re.compile(r"JSON is malformed: .*\(byte (\d+)\)")
"""What msgspec says."""
UNREACHABLE = (
    asyncpg.PostgresConnectionError, asyncpg.AdminShutdownError, asyncpg.CrashShutdownError, asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError, ConnectionError, FileNotFoundError,
)  # fmt: skip
"""The database has gone or is just coming: its socket is missing, refuses, or breaks off."""


def is_api(request: Request[Any, Any, Any]) -> bool:
    return request.url.path.startswith("/api/")


def problem_document(
    status: int, code: str, detail: str, extra: dict[str, Any] | None = None, headers: dict[str, str] | None = None
) -> Response[Any]:
    """RFC 9457: type, title, status, detail, and `errors` per field where there are any."""
    body = {"type": f"urn:nahbar:{code}", "title": code, "status": status, "detail": detail, **(extra or {})}
    return Response(body, status_code=status, media_type="application/problem+json", headers=headers)


async def answer(
    request: Request[Any, Any, Any],
    status: int,
    code: str,
    sentence: str,
    error: Exception | None = None,
    headers: dict[str, str] | None = None,
) -> Response[Any]:
    """The same error in the form that this request can use."""
    known = status if status in TITLES else (500 if status >= 500 else 400)
    if is_api(request):
        sentence = sentence or _(API_SENTENCES.get(known, SENTENCES[known]))
        extra: dict[str, Any] = {}
        if isinstance(error, Invalid):
            extra["errors"] = error.errors
        if isinstance(error, Conflict):
            extra["differences"] = [{"field": d.field, "theirs": d.theirs, "mine": d.mine} for d in error.differences]
            extra["version"] = error.version
        return problem_document(status, code, sentence, extra, headers)
    sentence = sentence or _(SENTENCES[known])
    context = {"status_code": status, "title": _(TITLES[known]), "sentence": sentence, "error": error}
    if is_fragment(request):
        return await fragment(
            request,
            "errors/_error.html",
            status=status,
            headers={**(headers or {}), "hx-retarget": "#flash", "hx-reswap": "innerHTML"},
            **context,
        )
    return await page(request, "errors/error.html", status=status, headers=headers, **context)


class Later(Response[None]):
    """Litestar's error handlers are synchronous, our pages are not: this answer is made when it is sent."""

    def __init__(self, making: Awaitable[Response[Any]]) -> None:
        super().__init__(None)
        self.making = making

    def to_asgi_response(  # type: ignore[override]
        self, *_arguments: Any, request: Request[Any, Any, Any], **_keywords: Any
    ) -> Any:
        async def send_it(scope: Any, receive: Any, send: Any) -> None:
            response = await self.making
            await response.to_asgi_response(app=None, request=request)(scope, receive, send)

        return send_it


def later(handler: Callable[..., Awaitable[Response[Any]]]) -> Callable[..., Later]:
    def handle(request: Request[Any, Any, Any], error: Exception) -> Later:
        return Later(handler(request, error))

    return handle


async def on_problem(request: Request[Any, Any, Any], error: Problem) -> Response[Any]:
    return await answer(request, error.status, error.code, error.sentence, error)


async def on_moved(request: Request[Any, Any, Any], error: Moved) -> Response[Any]:
    """To the surviving record, wherever the address names the old one; not to be remembered, since a merge can be undone. An
    id in a body cannot be led on: the sender reads which one to use."""
    collection, names = (
        ("customers", "customer(?:_id)?") if error.table == "customer" else ("persons", "person(?:_id)?")
    )
    path = re.sub(rf"/{collection}/{error.old}(?=/|$)", f"/{collection}/{error.new}", request.url.path)
    query = re.sub(rf"(^|&)({names})={error.old}(?=&|$)", rf"\g<1>\g<2>={error.new}", request.url.query)
    if (path, query) != (request.url.path, request.url.query):
        address = f"{path}?{query}" if query else path
        status = 301 if request.method in ("GET", "HEAD") else 308
        return Response(None, status_code=status, headers={"location": address, "cache-control": "no-store"})
    sentence = _("This record was merged into another one, with the number %(id)s. Use that one.") % {"id": error.new}
    return await answer(request, 409, "moved", sentence, error)


async def on_too_late(request: Request[Any, Any, Any], error: asyncpg.SerializationError) -> Response[Any]:
    """The database refuses rows for who was merged into another one at that very moment, and names both: nothing was written, and
    the same can be asked for the survivor."""
    if error.table_name in ("customer", "person") and error.detail:
        return await on_moved(request, Moved(error.table_name, *map(int, error.detail.split())))
    return await on_crash(request, error)


_TOO_LARGE = re.compile(r"value out of int(16|32|64) range")
"""What asyncpg says of a number that no column can hold, before anything is sent."""


async def on_unfit_value(request: Request[Any, Any, Any], error: asyncpg.DataError) -> Response[Any]:
    """A number beyond every column is the sender's mistake wherever it stood; any other value that doesn't fit is ours."""
    if _TOO_LARGE.search(str(error)):
        return await answer(
            request, 422, "invalid", _("A number in it is too large. Check the numbers and send it again.")
        )
    return await on_crash(request, error)


async def on_not_authorized(request: Request[Any, Any, Any], error: NotAuthorizedException) -> Response[Any]:
    """Without a log-in: 401 over the API, the log-in page elsewhere, with the way back."""
    if is_api(request):
        return problem_document(
            401,
            "unauthorized",
            _("Send an API token: Authorization: Bearer ..."),
            headers={"WWW-Authenticate": "Bearer"},
        )
    target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    if is_fragment(request):
        return Response("", status_code=401, headers={"hx-redirect": "/login"})
    return Redirect(f"/login?next={quote(target, safe='')}" if request.method == "GET" else "/login", status_code=303)


async def on_http_exception(request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
    status, headers = error.status_code, dict(error.headers or {})
    if not is_api(request):
        return await answer(request, status, f"http-{status}", "", error, headers)
    if isinstance(error, ValidationException):
        items = [item for item in (error.extra or []) if isinstance(item, dict)]
        if not items:
            return problem_document(400, "invalid", str(error.detail))
        return problem_document(422, "invalid", _(API_SENTENCES[422]), {"errors": errors_of(items)})
    if found := _MALFORMED.match(str(error.detail)):
        sentence = _("The body is not valid JSON from byte %(n)s on.") % {"n": found[1]}
    elif status == 400 and error.detail and error.detail != HTTPStatus(status).phrase:
        sentence = _("This request could not be understood: %(why)s") % {"why": error.detail}
    else:
        sentence = "" if status in API_SENTENCES else str(error.detail)
    return await answer(request, status, f"http-{status}", sentence, error, headers)


async def on_crash(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """Something that nobody foresaw: logged with its traceback, told without. A database that is gone for the moment
    is told as such, so that programs come again."""
    if isinstance(error, UNREACHABLE):
        log.error("database_unreachable", path=_route_of(request), method=request.method, exc_info=error)
        if is_api(request):
            return problem_document(503, "unavailable", _(API_SENTENCES[503]), headers={"Retry-After": "5"})
        return Response(_(SENTENCES[503]), status_code=503, media_type=MediaType.TEXT, headers={"Retry-After": "5"})
    log.error("crash", path=_route_of(request), method=request.method, exc_info=error)
    try:
        return await answer(request, 500, "internal", "")
    except Exception as second:
        log.error("crash_while_telling", exc_info=second)
        return Response(_(SENTENCES[503]), status_code=503, media_type=MediaType.TEXT)


def _route_of(request: Request[Any, Any, Any]) -> str:
    """The address as the route declares it: in the real one there may be a token that lets its reader in."""
    return str(request.scope.get("path_template") or "")


async def on_recursion(request: Request[Any, Any, Any], error: RecursionError) -> Response[Any]:
    """A body that is nested deeper than the decoder goes is the sender's mistake; any other recursion is ours."""
    if "deserializing" in str(error):
        return await answer(request, 400, "http-400", "")
    return await on_crash(request, error)


EXCEPTION_HANDLERS: dict[Any, Callable[..., Any]] = {
    Moved: later(on_moved),
    Problem: later(on_problem),
    NotAuthorizedException: later(on_not_authorized),
    HTTPException: later(on_http_exception),
    RecursionError: later(on_recursion),
    asyncpg.SerializationError: later(on_too_late),
    asyncpg.DataError: later(on_unfit_value),
    Exception: later(on_crash),
}
