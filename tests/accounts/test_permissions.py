"""Every route declares its permission, and every role gets exactly what the role map says, on every route there is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from litestar.handlers import HTTPRouteHandler

from crm.accounts.current import SESSION_COOKIE
from crm.accounts.permissions import ROLE_PERMISSIONS, Permission, Role, role_may
from crm.database import execute
from tests.browser import Browser
from tests.cast import Cast

OWN_ANSWER = {"/logout", "/forms/{code}", "/faq/{answer_id}/opinions"}
"""Pages that end the session that the walk needs, and forms that ask everybody for a token of their own; tests of their own."""


def routes(app: Any) -> Iterator[tuple[str, str, HTTPRouteHandler]]:
    """(method, path, handler) of every route that this program declares."""
    for route in app.app.routes:
        for handler in route.route_handlers:
            if not isinstance(handler, HTTPRouteHandler) or not handler.handler_name:
                continue
            for method in sorted(handler.http_methods - {"OPTIONS", "HEAD"}):
                yield str(method), route.path_format, handler


def is_ours(handler: HTTPRouteHandler) -> bool:
    return handler.fn.__module__.startswith("crm.")


def filled(path: str, number: str = "999999999") -> str:
    """The path with parameters of things that don't exist."""
    return re.sub(r"\{([^}]+)\}", lambda found: number if "id" in found[1] or "number" in found[1] else "2020-01", path)


def test_the_walk_sees_the_whole_program(asgi_app: Any) -> None:
    seen = {path for _method, path, _handler in routes(asgi_app)}
    assert {
        "/",
        "/login",
        "/customers",
        "/api/v1/customers",
        "/tickets/{ticket_id}",
        "/audit",
        "/users/{user_id}",
    } <= seen


def test_every_route_declares_its_permission(asgi_app: Any) -> None:
    undeclared = [
        f"{method} {path}"
        for method, path, handler in routes(asgi_app)
        if is_ours(handler) and not isinstance(handler.opt.get("permission"), Permission)
    ]
    assert not undeclared


def test_a_route_that_is_not_ours_is_public_by_intent(asgi_app: Any) -> None:
    foreign = {path for _method, path, handler in routes(asgi_app) if not is_ours(handler)}
    assert all(path.startswith("/schema") for path in foreign)


def test_the_permissions_stand_in_order_and_each_belongs_to_someone() -> None:
    names = [permission.name for permission in Permission]
    assert names == sorted(names)
    assert set(Permission) == frozenset().union(*ROLE_PERMISSIONS.values())
    assert set(ROLE_PERMISSIONS) == set(Role)


async def knock(
    client: httpx.AsyncClient, method: str, path: str, headers: dict[str, str], number: str = "999999999"
) -> httpx.Response:
    """The emptiest possible request of this route."""
    body: dict[str, Any] = {} if method == "GET" else {"json": {}} if path.startswith("/api/") else {"data": {}}
    return await client.request(method, filled(path, number), headers=headers, **body)


async def test_a_stranger_gets_the_log_in_page_or_401(app: Any, browser: Browser) -> None:
    await browser.get("/login")
    headers = {"x-csrftoken": browser.client.cookies["nahbar_csrf"]}
    wrong = []
    for method, path, handler in routes(app):
        if not is_ours(handler):
            continue
        answer = await knock(browser.client, method, path, headers)
        if handler.opt["permission"] == Permission.PUBLIC:
            fine = answer.status_code < 500 and (answer.status_code != 401)
        elif path.startswith("/api/"):
            fine = answer.status_code == 401 and answer.headers["content-type"] == "application/problem+json"
        else:
            fine = answer.status_code == 303 and answer.headers["location"].startswith("/login")
        if not fine:
            wrong.append(f"{method} {path}: {answer.status_code}")
    assert not wrong


@pytest.mark.parametrize("role", list(Role))
async def test_each_role_gets_what_the_role_map_says(app: Any, browser: Browser, cast: Cast, role: Role) -> None:
    """What a role may not see is 404, what it may not do is 403, and nothing is a 500."""
    await execute("UPDATE staff SET role = $2 WHERE id = $1", cast.petra.id, role.value)
    await browser.log_in(cast.petra)
    session = browser.client.cookies[SESSION_COOKIE]
    await browser.get("/imprint")
    wrong = []
    for method, path, handler in routes(app):
        if not is_ours(handler) or path in OWN_ANSWER:
            continue
        browser.client.cookies.set(SESSION_COOKIE, session)
        headers = {"x-csrftoken": browser.client.cookies["nahbar_csrf"], "authorization": f"Bearer {browser.token}"}
        answer = await knock(browser.client, method, path, headers)
        permission: Permission = handler.opt["permission"]
        if role_may(role, permission):
            fine = answer.status_code < 500 and answer.status_code != 401 and (answer.status_code != 403)
        else:
            fine = answer.status_code == (404 if method == "GET" else 403)
        if not fine and not (permission == Permission.PUBLIC and answer.status_code == 503):
            wrong.append(f"{method} {path} ({permission.name}): {answer.status_code}")
    assert not wrong


@pytest.mark.parametrize("number", ["0", "-1", "9" * 19, "9" * 5000, "x"])
async def test_no_number_in_an_address_is_a_500(app: Any, browser: Browser, cast: Cast, number: str) -> None:
    await browser.log_in(cast.ines)
    session = browser.client.cookies[SESSION_COOKIE]
    await browser.get("/imprint")
    wrong = []
    for method, path, handler in routes(app):
        if not is_ours(handler) or "{" not in path:
            continue
        browser.client.cookies.set(SESSION_COOKIE, session)
        headers = {"x-csrftoken": browser.client.cookies["nahbar_csrf"], "authorization": f"Bearer {browser.token}"}
        answer = await knock(browser.client, method, path, headers, number)
        if answer.status_code >= 500:
            wrong.append(f"{method} {path}: {answer.status_code}")
    assert not wrong


WORDS, NUMBERS = (
    ("q", "cursor", "kind", "status", "sort"),
    ("before", "limit", "assignee", "customer_id", "person_id", "record", "actor"),
)
ODD = ["%00", "9" * 30, "-1", "%ED%A0%80", "%FF", "x" * 5000, "WzFlOTldCg", "[]", ""]
QUESTIONS = [
    *(f"{name}=%00" for name in WORDS),
    *(f"{name}={'9' * 30}" for name in NUMBERS),
    *("&".join(f"{name}={value}" for name in (*WORDS, *NUMBERS)) for value in ODD),
]


@pytest.mark.parametrize("query", QUESTIONS)
async def test_no_question_in_an_address_is_a_500(app: Any, browser: Browser, cast: Cast, query: str) -> None:
    await browser.log_in(cast.ines)
    headers = {"authorization": f"Bearer {browser.token}"}
    wrong = []
    for method, path, handler in routes(app):
        if is_ours(handler) and method == "GET" and not path.startswith(("/static", "/ready")):
            answer = await browser.client.get(f"{filled(path)}?{query}", headers=headers)
            if answer.status_code >= 500:
                wrong.append(f"{path}: {answer.status_code}")
    assert not wrong
