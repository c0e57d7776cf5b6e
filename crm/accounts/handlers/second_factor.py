"""Switching the second factor on and off, and its recovery codes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import segno
from litestar import Response, get, post
from markupsafe import Markup

from crm.accounts.company import company
from crm.accounts.current import StaffRequest
from crm.accounts.forms import secret_text
from crm.accounts.handlers.cookies import visitor_of
from crm.accounts.links import demand_password
from crm.accounts.permissions import Permission
from crm.accounts.queries import user_named
from crm.accounts.second_factor import (
    app_address,
    prepare_second_factor,
    renew_recovery_codes,
    turn_off_second_factor,
    turn_on_second_factor,
    unused_recovery_codes,
)  # fmt: skip
from crm.accounts.throttling import TooManyAttempts
from crm.errors import Invalid, RuleBroken
from crm.web.i18n import _
from crm.web.render import page, see_other


def qr_code(text: str, title: str) -> Markup:
    """A QR code as inline SVG that the content security policy lets through; dark on light in either theme."""
    code = segno.make(text, error="m")
    drawn = code.svg_inline(scale=5, border=3, dark="#000", light="#fff", title=title, svgclass="qr")
    return Markup(drawn)  # noqa: S704 (segno draws it and escapes the title)


async def _page(
    request: StaffRequest, *, status: int = 200, errors: dict[str, str] | None = None, codes: list[str] | None = None,
    headers: dict[str, str] | None = None,
) -> Response[str]:  # fmt: skip
    account = await user_named(request.user.id)
    context: dict[str, Any] = {
        "account": account,
        "errors": errors or {},
        "codes": codes or [],
    }
    if account.totp_confirmed_at is not None:
        context["unused"] = await unused_recovery_codes(request.user.id)
    else:
        secret = await prepare_second_factor(request.user.id)
        context["secret"] = " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))
        context["qr"] = qr_code(
            app_address(secret, account.email, (await company()).name), _("QR code for the authenticator app")
        )
    return await page(request, "accounts/two_factor.html", status=status, headers=headers, **context)


@get("/account/two-factor", permission=Permission.SIGNED_IN)
async def show_two_factor(request: StaffRequest) -> Response[str]:
    return await _page(request)


async def _demand_password(request: StaffRequest, form: Any, now: datetime) -> None:
    await demand_password(
        request.user.id, secret_text(form.get("password")), ip_address=visitor_of(request).ip_address, now=now
    )


def _told(error: Exception) -> dict[str, Any]:
    if isinstance(error, TooManyAttempts):
        return {"status": 429, "errors": {"password": error.sentence}, "headers": {"retry-after": str(error.seconds)}}
    if isinstance(error, RuleBroken):
        return {"status": 422, "errors": {"": error.sentence}}
    assert isinstance(error, Invalid)
    return {"status": 422, "errors": error.errors}


@post("/account/two-factor", permission=Permission.SIGNED_IN, status_code=200)
async def turn_on(request: StaffRequest) -> Response[str]:
    """The page with the recovery codes, which are readable this once: so no redirect."""
    form, now = await request.form(), datetime.now(UTC)
    try:
        await _demand_password(request, form, now)
        codes = await turn_on_second_factor(
            request.user.id, secret_text(form.get("code")), session_id=request.user.session_id, now=now
        )
    except (Invalid, RuleBroken, TooManyAttempts) as error:
        return await _page(request, **_told(error))
    return await _page(request, codes=codes)


@post("/account/two-factor/recovery-codes", permission=Permission.SIGNED_IN, status_code=200)
async def renew_codes(request: StaffRequest) -> Response[str]:
    form, now = await request.form(), datetime.now(UTC)
    try:
        await _demand_password(request, form, now)
        codes = await renew_recovery_codes(request.user.id, now=now)
    except (Invalid, RuleBroken, TooManyAttempts) as error:
        return await _page(request, **_told(error))
    return await _page(request, codes=codes)


@post("/account/two-factor/off", permission=Permission.SIGNED_IN, status_code=303)
async def turn_off(request: StaffRequest) -> Response[Any]:
    form, now = await request.form(), datetime.now(UTC)
    try:
        await _demand_password(request, form, now)
    except (Invalid, RuleBroken, TooManyAttempts) as error:
        return await _page(request, **_told(error))
    await turn_off_second_factor(request.user.id, by=request.user.id, now=now)
    return see_other(request, "/account?done=off")


handlers = [show_two_factor, turn_on, renew_codes, turn_off]
