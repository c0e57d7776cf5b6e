"""Log-in with password and second factor, and log-out."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from litestar import Response, get, post

from crm.accounts.current import StaffRequest
from crm.accounts.forms import secret_text
from crm.accounts.handlers.cookies import (
    AnyRequest,
    local_path,
    session_token,
    visitor_of,
    with_session,
    without_session,
)
from crm.accounts.logging_in import (
    LoggedIn,
    end_session_of_token,
    log_in,
    log_out,
    pass_second_factor,
    waits_for_second_factor,
)
from crm.accounts.permissions import Permission
from crm.accounts.throttling import TooManyAttempts
from crm.errors import Invalid, NotFound
from crm.web.i18n import N_, _
from crm.web.render import page, see_other

DONE = {
    "password": N_("Your new password is set. Please log in with it."),
    "out": N_("You are logged out."),
    "expired": N_("That took too long. Please log in again."),
}


@get("/login", permission=Permission.PUBLIC)
async def show_login(request: AnyRequest) -> Response[Any]:
    """The log-in page; who is logged in already goes on."""
    after = local_path(request.query_params.get("next"))
    if request.user is not None:
        return see_other(request, after)
    done = DONE.get(request.query_params.get("done", ""), "")
    return await page(request, "accounts/login.html", after=after, done=_(done) if done else "", email="", errors={})


@post("/login", permission=Permission.PUBLIC, status_code=303)
async def submit_login(request: AnyRequest) -> Response[Any]:
    form = await request.form()
    email, password = secret_text(form.get("email")), secret_text(form.get("password"))
    after = local_path(form.get("next"))
    now = datetime.now(UTC)
    try:
        if not email.strip() or not password:
            raise Invalid({"": _("Please enter your e-mail address and your password.")})
        done = await log_in(email, password, visitor_of(request), now=now, old_token=session_token(request))
    except (Invalid, TooManyAttempts) as error:
        errors, status, headers = _told(error)
        return await page(
            request,
            "accounts/login.html",
            status=status,
            headers=headers,
            after=after,
            done="",
            email=email,
            errors=errors,
        )
    return _go_on(request, done, after)


@get("/login/second-factor", permission=Permission.PUBLIC)
async def show_second_factor(request: AnyRequest) -> Response[Any]:
    after = local_path(request.query_params.get("next"))
    if not await waits_for_second_factor(session_token(request), datetime.now(UTC)):
        return see_other(request, f"/login?next={quote(after, safe='')}")
    return await page(request, "accounts/second_factor.html", after=after, errors={})


@post("/login/second-factor", permission=Permission.PUBLIC, status_code=303)
async def submit_second_factor(request: AnyRequest) -> Response[Any]:
    form = await request.form()
    after = local_path(form.get("next"))
    try:
        done = await pass_second_factor(
            session_token(request), secret_text(form.get("code")), visitor_of(request), now=datetime.now(UTC)
        )
    except NotFound:
        return see_other(request, f"/login?done=expired&next={quote(after, safe='')}")
    except (Invalid, TooManyAttempts) as error:
        errors, status, headers = _told(error, field="code")
        return await page(
            request, "accounts/second_factor.html", status=status, headers=headers, after=after, errors=errors
        )
    return _go_on(request, done, after)


@post("/logout", permission=Permission.PUBLIC, status_code=303)
async def submit_logout(request: AnyRequest) -> Response[Any]:
    """End this session. Open to everyone, so that a second click finds the log-in page rather than an error."""
    if request.user is not None:
        staff: StaffRequest = request
        if staff.user.session_id is not None:
            await log_out(staff.user.id, staff.user.session_id, now=datetime.now(UTC))
    else:
        await end_session_of_token(session_token(request))
    return without_session(see_other(request, "/login?done=out"))


def _told(error: Invalid | TooManyAttempts, field: str = "") -> tuple[dict[str, str], int, dict[str, str]]:
    if isinstance(error, TooManyAttempts):
        return {field: error.sentence}, error.status, {"retry-after": str(error.seconds)}
    return error.errors, error.status, {}


def _go_on(request: AnyRequest, done: LoggedIn, after: str) -> Response[Any]:
    where = f"/login/second-factor?next={quote(after, safe='')}" if done.second_factor_pending else after
    return with_session(see_other(request, where), request, done.token)


handlers = [show_login, submit_login, show_second_factor, submit_second_factor, submit_logout]
