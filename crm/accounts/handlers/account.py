"""One's own account: name and habits, password, sessions, API tokens."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath

from crm.accounts.actions import issue_api_token, revoke_api_token
from crm.accounts.changing import change_user
from crm.accounts.current import StaffRequest
from crm.accounts.forms import account_changes, secret_text
from crm.accounts.handlers.cookies import visitor_of, without_session
from crm.accounts.links import change_password
from crm.accounts.logging_in import log_out, log_out_elsewhere
from crm.accounts.passwords import SHORTEST
from crm.accounts.permissions import Permission
from crm.accounts.queries import sessions_of, tokens_of, user_named
from crm.accounts.throttling import TooManyAttempts
from crm.accounts.words import browser_name, role_name
from crm.errors import Conflict, Invalid
from crm.web.forms import Fields
from crm.web.i18n import N_
from crm.web.render import flashes, page, see_other

DONE = {
    "saved": N_("Saved."),
    "password": N_("Your new password is set. You are logged out everywhere else."),
    "off": N_("Two-factor log-in is off."),
    "sessions": N_("You are logged out everywhere else."),
    "session": N_("This log-in has ended."),
    "revoked": N_("The token has ended. Programs that used it are locked out."),
}


async def _account_page(
    request: StaffRequest, *, status: int = 200, values: dict[str, Any] | None = None, errors: dict[str, str] | None = None,
    conflict: Conflict | None = None,
) -> Response[str]:  # fmt: skip
    account = await user_named(request.user.id)
    return await page(
        request, "accounts/account.html", status=status, account=account, errors=errors or {},
        values=dict(account) if values is None else {**account, "single_keys": "", **values},
        conflict=conflict, role_name=role_name, flashes=flashes(request, DONE),
    )  # fmt: skip


@get("/account", permission=Permission.SIGNED_IN)
async def show_account(request: StaffRequest) -> Response[str]:
    return await _account_page(request)


@post("/account", permission=Permission.SIGNED_IN, status_code=303)
async def save_account(request: StaffRequest) -> Response[Any]:
    form = dict(await request.form())
    try:
        changes, version = account_changes(form)
        await change_user(request.user.id, changes, version, by=request.user.id, now=datetime.now(UTC))
    except Invalid as error:
        return await _account_page(request, status=422, values=form, errors=error.errors)
    except Conflict as conflict:
        return await _account_page(request, status=409, values=form | {"version": conflict.version}, conflict=conflict)
    return see_other(request, "/account?done=saved")


@get("/account/password", permission=Permission.SIGNED_IN)
async def show_password(request: StaffRequest) -> Response[str]:
    return await page(request, "accounts/password.html", shortest=SHORTEST, errors={})


@post("/account/password", permission=Permission.SIGNED_IN, status_code=303)
async def save_password(request: StaffRequest) -> Response[Any]:
    form = await request.form()
    current, password, repeated = (secret_text(form.get(name)) for name in ("current", "password", "repeated"))
    try:
        await change_password(
            request.user.id, current, password, repeated, session_id=request.user.session_id,
            ip_address=visitor_of(request).ip_address, now=datetime.now(UTC),
        )  # fmt: skip
    except Invalid as error:
        return await page(request, "accounts/password.html", status=422, shortest=SHORTEST, errors=error.errors)
    except TooManyAttempts as error:
        errors, headers = {"current": error.sentence}, {"retry-after": str(error.seconds)}
        return await page(
            request, "accounts/password.html", status=429, headers=headers, shortest=SHORTEST, errors=errors
        )
    return see_other(request, "/account?done=password")


@get("/account/sessions", permission=Permission.SIGNED_IN)
async def show_sessions(request: StaffRequest) -> Response[str]:
    sessions = await sessions_of(request.user.id, datetime.now(UTC))
    return await page(
        request,
        "accounts/sessions.html",
        sessions=sessions,
        here=request.user.session_id,
        browser_name=browser_name,
        flashes=flashes(request, DONE),
    )


@post("/account/sessions/{session_id:int}/end", permission=Permission.SIGNED_IN, status_code=303)
async def end_session(request: StaffRequest, session_id: FromPath[int]) -> Response[Any]:
    await log_out(request.user.id, session_id, now=datetime.now(UTC))
    if session_id == request.user.session_id:
        return without_session(see_other(request, "/login?done=out"))
    return see_other(request, "/account/sessions?done=session")


@post("/account/sessions/end-others", permission=Permission.SIGNED_IN, status_code=303)
async def end_other_sessions(request: StaffRequest) -> Response[Any]:
    await log_out_elsewhere(request.user.id, request.user.session_id, now=datetime.now(UTC))
    return see_other(request, "/account/sessions?done=sessions")


async def _tokens_page(
    request: StaffRequest,
    *,
    status: int = 200,
    fresh: str = "",
    values: dict[str, Any] | None = None,
    errors: dict[str, str] | None = None,
) -> Response[str]:
    return await page(
        request, "accounts/tokens.html", status=status, tokens=await tokens_of(request.user.id), fresh=fresh, values=values or {},
        errors=errors or {}, flashes=flashes(request, DONE),
    )  # fmt: skip


@get("/account/tokens", permission=Permission.SIGNED_IN)
async def show_tokens(request: StaffRequest) -> Response[str]:
    return await _tokens_page(request)


@post("/account/tokens", permission=Permission.SIGNED_IN, status_code=200)
async def create_token(request: StaffRequest) -> Response[str]:
    """The page with the new token, which is readable this once: so no redirect."""
    fields = Fields(dict(await request.form()))
    name = fields.text("name", required=True, limit=120)
    if fields.errors:
        return await _tokens_page(request, status=422, values=fields.values, errors=fields.errors)
    token = await issue_api_token(request.user.id, name, by=request.user.id, now=datetime.now(UTC))
    return await _tokens_page(request, fresh=token)


@post("/account/tokens/{token_id:int}/revoke", permission=Permission.SIGNED_IN, status_code=303)
async def revoke_token(request: StaffRequest, token_id: FromPath[int]) -> Response[Any]:
    await revoke_api_token(request.user.id, token_id, by=request.user.id, now=datetime.now(UTC))
    return see_other(request, "/account/tokens?done=revoked")


handlers = [
    show_account, save_account, show_password, save_password, show_sessions, end_session, end_other_sessions, show_tokens, create_token,
    revoke_token,
]  # fmt: skip
