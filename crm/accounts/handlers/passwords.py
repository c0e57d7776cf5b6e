"""Invitation and forgotten password: the request, the mail, the page behind the one-time link."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from litestar import Response, get, post
from litestar.background_tasks import BackgroundTask
from litestar.params import FromPath

from crm.accounts.company import company
from crm.accounts.forms import secret_text
from crm.accounts.handlers.cookies import AnyRequest, visitor_of, without_session
from crm.accounts.links import Link, LinkKind, link_for, request_password_link, set_password_by_link
from crm.accounts.passwords import SHORTEST
from crm.accounts.permissions import Permission
from crm.accounts.throttling import TooManyAttempts, begin_attempt
from crm.consents.sending import queue_mail
from crm.database import transaction
from crm.errors import Invalid, NotFound
from crm.mail.rendering import render_mail
from crm.mail.transport import mail_settings
from crm.web.render import page, see_other

MAILS = {LinkKind.INVITATION: "invitation", LinkKind.PASSWORD: "password_link"}


async def mail_link(link: Link, *, by: int | None, by_name: str = "", now: datetime) -> None:
    """Write the mail with this link to the outbox, in its reader's language."""
    firm = await company()
    language = link.language or firm.language
    mail = render_mail(
        MAILS[link.kind], language, name=link.name, company=firm.name, link=f"/password/new/{link.token}", by_name=by_name,
        expires_at=link.expires_at,
    )  # fmt: skip
    await queue_mail(
        purpose="account", to_address=link.email, to_name=link.name, subject=mail.subject, text=mail.text, html=mail.html,
        language=language, now=now, by=by, user_id=link.user_id,
    )  # fmt: skip


@get("/password/forgotten", permission=Permission.PUBLIC)
async def show_forgotten(request: AnyRequest) -> Response[str]:
    return await _forgotten_page(request)


async def _forgotten_page(
    request: AnyRequest,
    *,
    status: int = 200,
    headers: dict[str, str] | None = None,
    sent: bool = False,
    email: str = "",
    errors: dict[str, Any] | None = None,
) -> Response[str]:
    """Whether mail goes out at all is said to everybody alike: it tells nothing about an address."""
    return await page(
        request, "accounts/forgotten.html", status=status, headers=headers or {}, sent=sent, email=email, errors=errors or {},
        can_mail=await mail_settings() is not None,
    )  # fmt: skip


@post("/password/forgotten", permission=Permission.PUBLIC, status_code=200)
async def submit_forgotten(request: AnyRequest) -> Response[str]:
    """The answer is the same for every address, and is given before anybody looks whether it belongs to someone."""
    email = secret_text((await request.form()).get("email"))[:254].strip()
    if "@" not in email:
        return await _forgotten_page(request, status=422, email=email, errors={"email": True})
    try:
        await begin_attempt(f"forgotten {email}", visitor_of(request).ip_address, now=datetime.now(UTC))
    except TooManyAttempts as error:
        headers = {"retry-after": str(error.seconds)}
        return await _forgotten_page(
            request, status=429, headers=headers, email=email, errors={"email": error.sentence}
        )
    answer = await _forgotten_page(request, sent=True, email=email)
    answer.background = BackgroundTask(_send_password_link, email, datetime.now(UTC))
    return answer


async def _send_password_link(email: str, now: datetime) -> None:
    async with transaction():
        link = await request_password_link(email, now=now)
        if link is not None:
            await mail_link(link, by=None, now=now)


@get("/password/new/{token:str}", permission=Permission.PUBLIC)
async def show_new_password(request: AnyRequest, token: FromPath[str]) -> Response[Any]:
    """Looking changes nothing: mail programs open links to check them."""
    try:
        link = await link_for(token, datetime.now(UTC))
    except NotFound:
        return await page(request, "accounts/link_expired.html", status=404)
    return await page(request, "accounts/new_password.html", link=link, token=token, shortest=SHORTEST, errors={})


@post("/password/new/{token:str}", permission=Permission.PUBLIC, status_code=303)
async def submit_new_password(request: AnyRequest, token: FromPath[str]) -> Response[Any]:
    form, now = await request.form(), datetime.now(UTC)
    try:
        await set_password_by_link(token, secret_text(form.get("password")), secret_text(form.get("repeated")), now=now)
    except NotFound:
        return await page(request, "accounts/link_expired.html", status=404)
    except Invalid as error:
        link = await link_for(token, now)
        return await page(
            request,
            "accounts/new_password.html",
            status=422,
            link=link,
            token=token,
            shortest=SHORTEST,
            errors=error.errors,
        )
    return without_session(see_other(request, "/login?done=password"))


handlers = [show_forgotten, submit_forgotten, show_new_password, submit_new_password]
