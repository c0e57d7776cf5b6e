"""The pages behind a link of confirmation, for people who are not logged in. A GET changes nothing, since mail scanners follow links."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery

from crm.accounts.handlers.cookies import AnyRequest, visitor_of
from crm.accounts.permissions import Permission
from crm.consents.confirming import Expired, asked_by, confirm_consent, renew_link
from crm.errors import NotFound
from crm.web.i18n import LANGUAGES, language, speaking
from crm.web.render import page, see_other

DONE = "/consents/confirmed"


async def _gone(request: AnyRequest, token: str = "", code: str = "") -> Response[str]:
    """A friendly page that reveals nothing: neither whose link it was nor what it was about."""
    with speaking(code or language.get()):
        return await page(request, "consents/confirmation_gone.html", status=410 if token else 404, token=token)


@get("/consents/confirmation/{token:str}", permission=Permission.PUBLIC)
async def show_confirmation(request: AnyRequest, token: FromPath[str]) -> Response[str]:
    try:
        asked = await asked_by(token, datetime.now(UTC))
    except NotFound:
        return await _gone(request)
    except Expired as expired:
        return await _gone(request, token, expired.language)
    with speaking(asked.language):
        return await page(request, "consents/confirmation.html", asked=asked, token=token)


@post("/consents/confirmation/{token:str}", permission=Permission.PUBLIC, status_code=303)
async def confirm(request: AnyRequest, token: FromPath[str]) -> Response[Any]:
    """The press of the button, and nothing else, confirms."""
    try:
        code = await confirm_consent(token, ip_address=visitor_of(request).ip_address, now=datetime.now(UTC))
    except NotFound:
        return await _gone(request)
    except Expired as expired:
        return await _gone(request, token, expired.language)
    return see_other(request, f"{DONE}?lang={code}")


@post("/consents/confirmation/{token:str}/renewal", permission=Permission.PUBLIC, status_code=303)
async def renew(request: AnyRequest, token: FromPath[str], lang: FromQuery[str] = "") -> Response[Any]:
    """The answer is the same for every link, ours or not, in the language of the page that it was asked for on."""
    await renew_link(token, now=datetime.now(UTC))
    return see_other(request, f"{DONE}?done=link" + (f"&lang={lang}" if lang in LANGUAGES else ""))


@get(DONE, permission=Permission.PUBLIC)
async def confirmed(request: AnyRequest, lang: FromQuery[str] = "", done: FromQuery[str] = "") -> Response[str]:
    """Says thank you, to everybody the same."""
    with speaking(lang if lang in LANGUAGES else language.get()):
        return await page(request, "consents/confirmation_done.html", is_new_link=done == "link")


route_handlers = [show_confirmation, confirm, renew, confirmed]
