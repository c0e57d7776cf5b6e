"""The web application: every router, guard and error handler, in one list."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from importlib.util import find_spec
from secrets import token_hex
from typing import Any, cast
from zoneinfo import ZoneInfo

from granian.utils.proxies import wrap_asgi_with_proxy_headers
from litestar import Litestar, Router, get
from litestar.config.csrf import CSRFConfig
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme
from litestar.params import FromPath

from crm import database, queue
from crm.accounts.company import signing_secret
from crm.accounts.current import Authentication, check_permission
from crm.accounts.permissions import Permission
from crm.errors import NotFound
from crm.logs import configure_logs
from crm.navigation import navigation
from crm.notifications import live
from crm.privacy.access_log.keeping import keeper, note_answer
from crm.settings import Settings
from crm.web import assets, status
from crm.web.outer import Asgi, Outer
from crm.web.parameters import refuse_unknown_parameters
from crm.web.problems import EXCEPTION_HANDLERS

PAGES = (
    "accounts", "files", "service_levels", "customers", "consents", "notifications", "profiles", "touchpoints", "tickets",
    "tickets.answers", "reminders", "interactions", "interactions.mails", "interactions.incoming", "interactions.web_forms", "surveys",
    "improvement", "mailings", "records", "reports", "reports.dashboard", "reports.places", "privacy.access", "privacy.access_log",
    "privacy.activities", "privacy.desk", "privacy.erasure", "privacy.informing", "privacy.particulars", "privacy.preferences",
    "privacy.retention", "team", "today", "search",
)  # fmt: skip


@get("/{path:path}", permission=Permission.PUBLIC, include_in_schema=False)
async def nothing_here(path: FromPath[str]) -> None:
    """Any other address, for the error page with the navigation of whoever is logged in."""
    raise NotFound()


def routers() -> list[Router]:
    """The `router` of each package's handlers and the `router` of its api."""
    modules = [
        f"crm.{package}.{part}" for package in PAGES for part in ("handlers", "api") if find_spec(f"crm.{package}")
    ]
    return [import_module(module).router for module in modules if find_spec(module)]


WITHOUT_CSRF_COOKIE = [
    r"^/static/",
    r"^/api/",
    r"^/forms/[^/]+(/thanks)?$",
    r"^/faq(/\d+/opinions)?$",
    r"^/answered/[^/]+$",
    r"^/consents/confirmation/[^/]+(/renewal)?$",
    r"^/preferences(/.*)?$",
    r"^/survey/[^/]+$",
]
"""Where no cookie is set and so no form carries its token: tokens open the API; the pages for customers are for nobody who is logged
in, and their forms have a signed token of their own or, behind /answered/, /consents/confirmation/, /preferences/ and /survey/, an address
that nobody can guess. Mail programs unsubscribe there with a bare POST (RFC 8058)."""


def create_litestar(settings: Settings) -> Litestar:
    """The Litestar app. Its CSRF secret is the company's, read when the process starts."""
    csrf = CSRFConfig(
        secret=token_hex(), cookie_name="nahbar_csrf", cookie_secure=settings.secure_cookies, cookie_httponly=True,
        cookie_samesite="lax", exclude=WITHOUT_CSRF_COOKIE,
    )  # fmt: skip

    @asynccontextmanager
    async def running(app: Litestar) -> AsyncIterator[None]:
        await database.open_pool(settings.db_pool_size)
        try:
            await prepare(app)
            live.end_with_the_process()
            keeper.start()
            yield
        finally:
            await live.board.stop()
            await keeper.stop()
            await queue.close_queue()
            await database.close_pool()

    app = Litestar(
        route_handlers=[status.router, assets.router, *routers(), nothing_here],
        middleware=[Authentication],
        before_send=[note_answer],
        guards=[check_permission, refuse_unknown_parameters],
        exception_handlers=EXCEPTION_HANDLERS,
        csrf_config=csrf,
        lifespan=[running],
        include_in_schema=False,
        openapi_config=OpenAPIConfig(
            title="Nahbar", version="1", path="/schema", render_plugins=[JsonRenderPlugin(path=["/", "/openapi.json"])],
            components=Components(security_schemes={"token": SecurityScheme(type="http", scheme="bearer")}),
            security=[{"token": []}],
            openapi_router=Router("/schema", route_handlers=[], opt={"permission": Permission.PUBLIC}),
        ),
        request_max_body_size=25_000_000,
        logging_config=None,
    )  # fmt: skip
    app.state.navigation = navigation
    app.state.settings = settings
    return app


async def prepare(app: Litestar) -> None:
    """What must be known before the first request: the secret that signs form tokens."""
    if app.csrf_config is not None:
        app.csrf_config.secret = (await signing_secret()).hex()


def create_app() -> Any:
    """The ASGI app as granian serves it: Litestar within the outer layer, behind the trusted proxies."""
    settings = Settings.from_env()
    configure_logs(settings.log_format, settings.log_level)
    outer = Outer(
        cast(Asgi, create_litestar(settings)),
        time_zone=ZoneInfo(settings.time_zone),
        allowed_hosts=frozenset(settings.allowed_hosts),
        is_https=settings.secure_cookies,
        count_statements=settings.count_statements,
    )
    if settings.trusted_proxies:
        return wrap_asgi_with_proxy_headers(outer, trusted_hosts=list(settings.trusted_proxies))
    return outer
