"""The preference page as people see it: a signed link, no log-in, no cookie, no script. Staff find its link in staff_pages.py."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from litestar import MediaType, Response, Router, get, post
from litestar.background_tasks import BackgroundTask
from litestar.params import FromPath
from litestar.response import Redirect

from crm.accounts.company import company
from crm.accounts.handlers.cookies import AnyRequest, visitor_of
from crm.accounts.permissions import Permission
from crm.accounts.throttling import TooManyAttempts, begin_attempt
from crm.consents.preference_links import Holder, holder_of
from crm.errors import Invalid, TooMany
from crm.privacy.preferences import staff_pages
from crm.privacy.preferences.asking import send_new_links
from crm.privacy.preferences.choosing import agree, object_to_advertising, refuse, speak
from crm.privacy.preferences.rights import RIGHTS, Wish, file_wish
from crm.privacy.preferences.showing import preferences_of, purpose_of
from crm.privacy.preferences.words import DONE, REQUESTS, way, what_holds
from crm.web.forms import Fields
from crm.web.i18n import LANGUAGES, language, speaking, word
from crm.web.render import text as rendered

P = Permission
HEADERS = {"referrer-policy": "no-referrer", "x-robots-tag": "noindex, nofollow"}


@get("/preferences", permission=P.PUBLIC)
async def ask_for_link(request: AnyRequest) -> Response[str]:
    """Whoever has no link (any more) asks for one."""
    return await _page(_spoken(request, None), "ask.html", sent=False, values={}, errors={})


@post("/preferences", permission=P.PUBLIC, status_code=200)
async def send_link(request: AnyRequest) -> Response[str]:
    """The answer is the same for every address, and is given before anybody looks whether it belongs to someone."""
    spoken, now = _spoken(request, None), datetime.now(UTC)
    fields = Fields(await _form(request))
    with speaking(spoken):
        email = fields.email("email", required=True)
        if fields.errors:
            return await _page(spoken, "ask.html", 422, sent=False, values=fields.values, errors=fields.errors)
        try:
            await begin_attempt(f"preferences {email}", visitor_of(request).ip_address, now=now)
        except TooManyAttempts as error:
            answer = await _page(
                spoken, "ask.html", 429, sent=False, values=fields.values, errors={"email": error.sentence}
            )
            answer.headers["retry-after"] = str(error.seconds)
            return answer
    answer = await _page(spoken, "ask.html", sent=True, values={}, errors={})
    answer.background = BackgroundTask(send_new_links, email, spoken, now=now)
    return answer


@get("/preferences/{token:str}", permission=P.PUBLIC)
async def show_preferences(request: AnyRequest, token: FromPath[str]) -> Response[Any]:
    """Looking changes nothing: mail programs open links to check them."""
    return await _preferences(request, token)


@get("/preferences/{token:str}/unsubscribe", permission=P.PUBLIC)
async def show_unsubscribe(request: AnyRequest, token: FromPath[str]) -> Response[Any]:
    """The button that the line at a mail's foot leads to."""
    holder = await holder_of(token, datetime.now(UTC))
    if holder is None:
        return await _gone(request)
    return await _unsubscribe_page(request, token, holder, done=False)


@post("/preferences/{token:str}/unsubscribe", permission=P.PUBLIC, status_code=200)
async def unsubscribe(request: AnyRequest, token: FromPath[str]) -> Response[Any]:
    """One click in a mail program (RFC 8058), or the button of the page: both take this purpose back by e-mail. What the body says is
    not looked at: the signed address says all. Many of these come from few addresses (those of the great mail services), so nobody is
    kept waiting; a link writes once, however often it is used."""
    now = datetime.now(UTC)
    holder = await holder_of(token, now)
    if holder is None:
        return await _gone(request)
    purpose = await purpose_of(holder)
    if purpose is None:
        await object_to_advertising(holder, now=now)
    else:
        await refuse(holder, [(purpose.code, "email")], now=now)
    return await _unsubscribe_page(request, token, holder, done=True)


@post("/preferences/{token:str}/refusals", permission=P.PUBLIC, status_code=303)
async def say_no(request: AnyRequest, token: FromPath[str]) -> Response[Any]:
    """Take back one consent, all of them, or object to all advertising (GDPR Art. 7 (3), Art. 21 (2))."""
    now, body = datetime.now(UTC), await _form(request)
    holder = await holder_of(token, now)
    if holder is None:
        return await _gone(request)
    match body.get("what"):
        case "advertising":
            await object_to_advertising(holder, now=now)
            done = "objected"
        case "all":
            await refuse(holder, None, now=now)
            done = "all"
        case _:
            await refuse(holder, [(body.get("purpose", ""), body.get("channel", ""))], now=now)
            done = "refused"
    return _on(request, token, holder, done)


@post("/preferences/{token:str}/consents", permission=P.PUBLIC, status_code=303)
async def say_yes(request: AnyRequest, token: FromPath[str]) -> Response[Any]:
    now, body = datetime.now(UTC), await _form(request)
    holder = await holder_of(token, now)
    if holder is None or not holder.is_open:
        return await _preferences(request, token)
    spoken = _spoken(request, holder)
    with speaking(spoken):
        try:
            waits = await agree(holder, body.get("purpose", ""), body.get("channel", ""), spoken, now=now)
        except Invalid as error:
            return await _preferences(request, token, status=422, errors=error.errors)
        except TooMany as error:
            return await _preferences(request, token, status=429, errors={"": error.sentence})
    return _on(request, token, holder, "waits" if waits else "agreed")


@post("/preferences/{token:str}/language", permission=P.PUBLIC, status_code=303)
async def choose_language(request: AnyRequest, token: FromPath[str]) -> Response[Any]:
    now, body = datetime.now(UTC), await _form(request)
    holder = await holder_of(token, now)
    if holder is None or not holder.is_open:
        return await _preferences(request, token)
    wished = body.get("language", "")
    try:
        await speak(holder, wished, now=now)
    except Invalid as error:
        return await _preferences(request, token, status=422, errors=error.errors)
    return Redirect(
        f"/preferences/{token}?{urlencode({'lang': wished, 'done': 'language'})}", status_code=303, headers=HEADERS
    )


@post("/preferences/{token:str}/requests", permission=P.PUBLIC, status_code=303)
async def ask(request: AnyRequest, token: FromPath[str]) -> Response[Any]:
    """A copy, a correction, erasure ...: what the law lets people ask for becomes a request at the desk (GDPR Art. 15 to 22)."""
    now, body = datetime.now(UTC), await _form(request)
    holder = await holder_of(token, now)
    if holder is None or not holder.is_open:
        return await _preferences(request, token)
    spoken = _spoken(request, holder)
    with speaking(spoken):
        try:
            await file_wish(holder, Wish.parse(body), spoken, now=now)
        except Invalid as error:
            return await _preferences(request, token, status=422, errors=error.errors, values=body)
        except TooMany as error:
            return await _preferences(request, token, status=429, errors={"text": error.sentence}, values=body)
    return _on(request, token, holder, "asked")


async def _preferences(
    request: AnyRequest, token: str, *, status: int = 200, errors: dict[str, Any] | None = None, values: dict[str, str] | None = None
) -> Response[Any]:  # fmt: skip
    """The page in its reader's language; what an old link still opens; or that there is nothing."""
    now = datetime.now(UTC)
    holder = await holder_of(token, now)
    if holder is None:
        return await _gone(request)
    spoken, done = _spoken(request, holder), DONE.get(request.query_params.get("done", ""), "")
    if not holder.is_open:
        return await _page(spoken, "old.html", 200 if status == 200 else status, token=token, done=done)
    known = (await preferences_of(holder, spoken, now)).in_use()
    with speaking(spoken):
        rights = [(each.value, word(REQUESTS, each.value)) for each in RIGHTS]
    return await _page(
        spoken, "show.html", status, token=token, holder=holder, known=known, done=done, errors=errors or {}, values=values or {},
        what_holds=what_holds, way=way, rights=rights,
    )  # fmt: skip


async def _unsubscribe_page(request: AnyRequest, token: str, holder: Holder, *, done: bool) -> Response[str]:
    return await _page(
        _spoken(request, holder),
        "unsubscribe.html",
        token=token,
        purpose=await purpose_of(holder),
        done=done,
    )


async def _gone(request: AnyRequest) -> Response[str]:
    """One answer for every link that leads nowhere, with a way to a new one."""
    return await _page(_spoken(request, None), "gone.html", 404)


def _on(request: AnyRequest, token: str, holder: Holder, done: str) -> Redirect:
    query = urlencode({"lang": _spoken(request, holder), "done": done})
    return Redirect(f"/preferences/{token}?{query}", status_code=303, headers=HEADERS)


def _spoken(request: AnyRequest, holder: Holder | None) -> str:
    """What was chosen on the page, else what the person wants to be written in, else what their browser reads."""
    wished = request.query_params.get("lang", "")
    if wished in LANGUAGES:
        return wished
    return holder.language if holder is not None and holder.language in LANGUAGES else language.get()


async def _form(request: AnyRequest) -> dict[str, str]:
    return {name: value for name, value in (await request.form()).items() if isinstance(value, str)}


async def _page(spoken: str, template: str, status: int = 200, **context: Any) -> Response[str]:
    firm = await company()
    with speaking(spoken):
        body = rendered(f"privacy/preferences/{template}", firm=firm, spoken=spoken, **context)
    return Response(body, status_code=status, media_type=MediaType.HTML, headers=dict(HEADERS))


router = Router(
    "",
    route_handlers=[
        ask_for_link, send_link, show_preferences, show_unsubscribe, unsubscribe, say_no, say_yes, choose_language, ask,
        *staff_pages.handlers,
    ],
)  # fmt: skip
