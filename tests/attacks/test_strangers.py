"""What other sites, forged requests and planted text can do to somebody who is logged in: nothing."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest

from crm.accounts.current import SESSION_COOKIE
from crm.accounts.handlers.cookies import local_path
from crm.accounts.passwords import hash_password
from crm.app import WITHOUT_CSRF_COOKIE, create_app, prepare
from crm.database import execute, fetch_value
from tests.attacks.conftest import House, count, numbers_of, routes
from tests.browser import Browser

PASSWORD = "rosa kiesel fenster 9"
SCRIPT = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'"
MARK = re.compile(r"<script>alert|<img src=x|onerror=alert\(2\)>|href=\"javascript:", re.IGNORECASE)


PROTECTED_OTHERWISE = {
    "/forms/{code}": "a form of the website in a frame gets no cookie: a signed token with an age stands in the form itself",
    "/faq/{answer_id}/opinions": "readers get no cookie: a signed token with an age stands in the form itself",
    "/consents/confirmation/{token}": "the address is 256 random bits that are known to one mailbox alone; it confirms one consent, once",
    "/consents/confirmation/{token}/renewal": "the same; all it does is mail that one mailbox, a few times a day",
    "/answered/{token}": "the address is signed and known to the customer alone; a session that comes along opens nothing",
    "/survey/{token}": "the address is signed and known to the customer alone; a session that comes along opens nothing",
    "/preferences": "all it does is mail a new link to the mailbox that is named, a few times an hour; a session opens nothing",
    **dict.fromkeys(
        (f"/preferences/{{token}}/{what}" for what in ("consents", "language", "refusals", "requests", "unsubscribe")),
        "the address is signed and known to one person alone; mail programs unsubscribe with a bare POST (RFC 8058)",
    ),
}
"""Writing pages for people who are not logged in, and what stands there for the token of a session."""
WITHOUT_SESSION = {
    "/answered/{token}": 404, "/consents/confirmation/{token}": 404, "/consents/confirmation/{token}/renewal": 303,
    "/preferences": 422, "/survey/{token}": 404,
    **{path: 404 for path in PROTECTED_OTHERWISE if path.startswith("/preferences/")},
}  # fmt: skip
"""What a token that is not ours gets there: the same as any other such token."""


async def test_every_writing_page_demands_the_token_of_its_form(asgi_app: Any, doors: Browser, house: House) -> None:
    await doors.log_in(house.cast.ines)
    await doors.get("/imprint")
    wrong = []
    for method, path, _handler in routes(asgi_app):
        if method == "GET" or path.startswith("/api/"):
            continue
        for headers in ({}, {"x-csrftoken": "f" * 128}, {"x-csrftoken": "", "authorization": f"Bearer {doors.token}"}):
            answer = await doors.client.request(method, numbers_of(house, path), data={"name": "x"}, headers=headers)
            expected = WITHOUT_SESSION.get(path, 403)
            if answer.status_code != expected:
                wrong.append(f"{method} {path}: {answer.status_code}")
    assert not wrong


async def test_only_pages_that_are_protected_otherwise_go_without_the_cookie(asgi_app: Any) -> None:
    without = re.compile("|".join(WITHOUT_CSRF_COOKIE))
    paths = {
        path
        for method, path, _handler in routes(asgi_app)
        if method != "GET" and without.match(re.sub(r"\{\w+\}", "7", path))
    }
    assert {path for path in paths if not path.startswith("/api/")} == set(PROTECTED_OTHERWISE)


async def test_every_answer_carries_the_policy(asgi_app: Any, doors: Browser, house: House) -> None:
    await doors.log_in(house.cast.ines)
    answers = [
        await doors.get("/nothing/here"),
        await doors.get("/login"),
        await doors.get("/health"),
        await doors.post("/customers", {}),
    ]
    answers += [
        await doors.api("GET", "/customers"),
        await doors.api("POST", "/tickets", {}),
        await doors.client.get("/static/x/css/app.css"),
    ]
    answers += [await doors.client.get("/", headers={"host": "evil.example"}), await doors.client.request("TRACE", "/")]
    answers += [
        await doors.client.post("/login"),
        await doors.client.request("OPTIONS", "/customers"),
        await doors.get("/schema/openapi.json"),
    ]
    for answer in answers:
        policy = answer.headers.get("content-security-policy", "")
        assert "default-src 'self'" in policy, answer.request.url
        assert "unsafe" not in policy, answer.request.url
        assert answer.headers["x-content-type-options"] == "nosniff", answer.request.url
        assert answer.headers["x-frame-options"] == "DENY", answer.request.url


@pytest.mark.parametrize(("url", "is_secure"), [("http://crm.example", False), ("https://crm.example", True)])
async def test_cookies_are_out_of_reach(
    monkeypatch: pytest.MonkeyPatch, house: House, url: str, is_secure: bool
) -> None:
    monkeypatch.setenv("CRM_PUBLIC_URL", url)
    app = create_app()
    await prepare(app.app)
    await execute(
        "UPDATE staff SET password_hash = $2 WHERE id = $1", house.cast.petra.id, await hash_password(PASSWORD)
    )
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=url) as client:
        shown = await client.get("/login")
        token = client.cookies["nahbar_csrf"]
        form = {"email": house.cast.petra.email, "password": PASSWORD, "_csrf_token": token}
        done = await client.post("/login", data=form)
        assert done.status_code == 303
        for cookie in (shown.headers["set-cookie"], *done.headers.get_list("set-cookie")):
            flags = {flag.strip().lower() for flag in cookie.split(";")[1:]}
            assert {"httponly", "samesite=lax", "path=/"} <= flags, cookie
            assert ("secure" in flags) is is_secure, cookie
        assert any(cookie.startswith(SESSION_COOKIE) for cookie in done.headers.get_list("set-cookie"))
        assert ("strict-transport-security" in done.headers) is is_secure


async def test_a_planted_session_is_not_taken_over(doors: Browser, house: House) -> None:
    """Fixation: whatever cookie a browser brings, the log-in gives a new one, and the old one opens nothing."""
    await execute(
        "UPDATE staff SET password_hash = $2 WHERE id = $1", house.cast.petra.id, await hash_password(PASSWORD)
    )
    await doors.log_in(house.cast.ali)
    planted = doors.client.cookies[SESSION_COOKIE]
    answer = await doors.post("/login", {"email": house.cast.petra.email, "password": PASSWORD})
    fresh = answer.cookies[SESSION_COOKIE]
    assert fresh != planted
    doors.client.cookies.clear()
    assert (await doors.client.get("/account", headers={"cookie": f"{SESSION_COOKIE}={planted}"})).status_code == 303
    assert "Petra Lang" in (await doors.client.get("/account", headers={"cookie": f"{SESSION_COOKIE}={fresh}"})).text


async def test_logging_out_ends_the_session_not_only_the_cookie(doors: Browser, house: House) -> None:
    await doors.log_in(house.cast.petra)
    session = doors.client.cookies[SESSION_COOKIE]
    assert (await doors.post("/logout")).status_code == 303
    doors.client.cookies.clear()
    assert (await doors.client.get("/account", headers={"cookie": f"{SESSION_COOKIE}={session}"})).status_code == 303


EVIL = [
    "//evil.example",
    "/\\evil.example",
    "https://evil.example",
    "javascript:alert(1)",
    "/%0d%0aSet-Cookie: x=1",
    "/\r\nLocation: //evil",
    "\\\\evil",
    " //evil.example",
    "/\t/evil.example",
    "///evil.example",
    "/login?next=//evil",
    "",
    "http:evil",
    "/\u2028x",
    "x" * 9000,
]


@pytest.mark.parametrize("wanted", EVIL)
async def test_the_way_on_after_the_log_in_stays_in_the_house(doors: Browser, house: House, wanted: str) -> None:
    await doors.log_in(house.cast.petra)
    answer = await doors.client.get("/login", params={"next": wanted})
    where = answer.headers["location"]
    assert where.startswith("/")
    assert not where.startswith(("//", "/\\"))
    assert "set-cookie: x" not in str(answer.headers).lower()
    assert "\n" not in where
    assert "evil" not in local_path(wanted) or local_path(wanted).startswith("/%0d")


@pytest.mark.parametrize("wanted", ["/customers?q=Größe", "/customers?q=🏡", "/kunden/ä"])
async def test_a_path_with_letters_of_the_world_is_no_500(doors: Browser, house: House, wanted: str) -> None:
    await doors.log_in(house.cast.petra)
    assert (await doors.client.get("/login", params={"next": wanted})).status_code == 303
    await execute(
        "UPDATE staff SET password_hash = $2 WHERE id = $1", house.cast.petra.id, await hash_password(PASSWORD)
    )
    doors.client.cookies.clear()
    form = {"email": house.cast.petra.email, "password": PASSWORD, "next": wanted}
    assert (await doors.post("/login", form, htmx=True)).status_code == 204


async def test_tokens_open_the_api_and_nothing_else(doors: Browser, house: House) -> None:
    await doors.log_in(house.cast.ines)
    token, session = doors.token, doors.client.cookies[SESSION_COOKIE]
    doors.client.cookies.clear()
    bearer = {"authorization": f"Bearer {token}"}
    assert (await doors.client.get("/api/v1/customers", headers=bearer)).status_code == 200
    assert (await doors.client.get("/customers", headers=bearer)).status_code == 303
    for query in ("token", "access_token", "api_key", "bearer", "authorization"):
        assert (await doors.client.get(f"/api/v1/customers?{query}={token}")).status_code == 401
    assert (
        await doors.client.get("/api/v1/customers", headers={"cookie": f"{SESSION_COOKIE}={session}"})
    ).status_code == 401
    assert (
        await doors.client.get("/api/v1/customers", headers={"cookie": f"{SESSION_COOKIE}={token}"})
    ).status_code == 401
    assert (await doors.client.get("/api/v1/customers", headers={"authorization": f"Basic {token}"})).status_code == 401
    assert (await doors.client.get("/api/v1/../../customers", headers=bearer)).status_code in (303, 404)


async def test_a_foreign_host_gets_nothing(doors: Browser, house: House) -> None:
    await doors.log_in(house.cast.ines)
    before = await count("one_time_link")
    for host in (
        "evil.example",
        "evil.example:80",
        "localhost.evil.example",
        "localhost@evil.example",
        "",
        "localhost:80:80",
    ):
        answer = await doors.client.get("/", headers={"host": host, "x-forwarded-host": "localhost"})
        assert answer.status_code == 400, host
    mail = {"email": house.cast.ines.email}
    assert (await doors.post("/password/forgotten", mail)).status_code == 200
    await doors.client.post(
        "/password/forgotten", data=mail, headers={"host": "localhost", "x-forwarded-host": "evil.example"}
    )
    assert await count("one_time_link") == before + 1
    assert "evil" not in str(await fetch_value("SELECT string_agg(text || html, '') FROM outbox_message"))


async def test_a_forged_sender_address_does_not_reset_the_count_of_attempts(doors: Browser, house: House) -> None:
    """Without trusted proxies X-Forwarded-For is only text: guessing from one machine stays guessing from one machine."""
    await doors.get("/login")
    token = doors.client.cookies["nahbar_csrf"]
    seen = set()
    for number in range(25):
        answer = await doors.client.post(
            "/login",
            data={"email": f"nobody{number}@x.example", "password": "x", "_csrf_token": token},
            headers={
                "x-forwarded-for": f"10.0.0.{number}",
                "x-real-ip": f"10.0.1.{number}",
                "forwarded": f"for=10.0.2.{number}",
            },
        )
        seen.add(answer.status_code)
    assert 429 in seen
    assert await fetch_value("SELECT count(DISTINCT ip_address) FROM login_attempt") == 1


async def test_planted_text_is_shown_as_text_everywhere(asgi_app: Any, doors: Browser, house: House) -> None:
    """A script in every text column there is: no page and no fragment carries it unescaped."""
    columns = [
        ("customer", "name brief origin website vat_id external_id"),
        ("person", "given_name family_name title"),
        ("affiliation", "function"),
        ("postal_address", "street city"),
        ("interaction", "text"),
        ("timeline_entry", "title body"),
        ("ticket", "subject"),
        ("ticket_message", "text"),
        ("reminder", "text"),
        ("staff", "name"),
        ("team", "name"),
        ("company", "name imprint"),
        ("login_session", "user_agent ip_address"),
        ("api_token", "name"),
        ("wording", "text"),
        ("email_address", "address"),
        ("phone_number", "number"),
        ("topic", "name_de name_en"),
        ("touchpoint", "name_de name_en department"),
        ("phase", "name_de name_en"),
        ("service_level", "name_de name_en"),
        ("purpose", "name_de name_en"),
        ("outbox_message", "to_name to_address subject error"),
    ]
    await doors.log_in(house.cast.ines)
    await execute("INSERT INTO team (name) VALUES ('x')")
    await execute("UPDATE staff SET team = (SELECT id FROM team LIMIT 1)")
    await execute(
        "INSERT INTO postal_address (customer, street, postcode, city, country, position) "
        "SELECT id, 'x', '', '', 'DE', 0 FROM customer WHERE merged_into IS NULL ON CONFLICT DO NOTHING"
    )
    for table, names in columns:
        for name in names.split():
            length = await fetch_value(
                "SELECT character_maximum_length FROM information_schema.columns WHERE table_name = $1 AND column_name = $2",
                table,
                name,
            )
            value = SCRIPT[: length or 200] + ("" if (length or 99) < len(SCRIPT) + 4 else "{id}")
            await execute(f"UPDATE {table} SET {name} = replace($1, '{{id}}', id::text)", value)
    await execute(
        "UPDATE notification SET detail = jsonb_build_object('text', $1::text, 'customer', $1::text, 'reminder_id', 1)",
        SCRIPT,
    )
    found = []
    for user in (house.cast.ines, house.cast.ali, house.cast.eva, house.cast.sven):
        await doors.log_in(user)
        for method, path, _handler in routes(asgi_app):
            if method != "GET" or path.startswith(("/static", "/api/", "/logout")):
                continue
            for headers in ({}, {"hx-request": "true"}):
                answer = await doors.client.get(numbers_of(house, path) + "?q=script&name=alert", headers=headers)
                if answer.headers.get("content-type", "").startswith("text/html") and MARK.search(answer.text):
                    found.append(f"{user.role} {path} {headers}")
                if answer.status_code >= 500:
                    found.append(f"{user.role} {path}: {answer.status_code}")
    assert not found


@pytest.mark.parametrize(
    "website",
    [
        "javascript:alert(1)",
        "javascript:alert(1),a.b://x",
        "JaVaScRiPt:x.y://a",
        "data:text/html,x.y://z",
        "vbscript:a.b://c",
        "//evil.example://x",
    ],
)
async def test_a_web_address_leads_to_the_web(doors: Browser, house: House, website: str) -> None:
    await doors.log_in(house.cast.petra)
    answer = await doors.api("PATCH", f"/customers/{house.groessmann}", {"website": website})
    assert answer.status_code == 422 or answer.json()["website"].startswith(("https://", "http://"))
    assert "javascript:" not in (await doors.get(f"/customers/{house.groessmann}")).text.lower().replace(
        "https://javascript:", ""
    )


async def test_a_picture_with_scripts_is_no_logo(doors: Browser, house: House) -> None:
    await doors.log_in(house.cast.ines)
    svg = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
    for content, kind, name in (
        (svg, "image/svg+xml", "logo.svg"),
        (svg, "image/png", "logo.png"),
        (b"GIF89a<script>", "image/gif", "x.gif"),
        (b"", "image/png", "x"),
        (b"\x89PNG", "image/png", "../../../etc/x"),
        (b"x" * 2_000_000, "image/png", "<script>.png"),
    ):
        assert (await doors.post("/settings/logo", files={"logo": (name, content, kind)})).status_code == 422
    polyglot = b"\x89PNG\r\n\x1a\n<script>alert(1)</script>"
    assert (await doors.post("/settings/logo", files={"logo": ("<b>.html", polyglot, "text/html")})).status_code == 303
    shown = await doors.get(f"/files/logo/{await fetch_value('SELECT logo_hash FROM company')}")
    assert shown.headers["content-type"] == "image/png"
    assert "sandbox" in shown.headers["content-security-policy"]
    assert shown.headers["x-content-type-options"] == "nosniff"


async def test_the_browser_named_in_the_list_of_sessions_is_only_text(doors: Browser, house: House) -> None:
    await execute(
        "UPDATE staff SET password_hash = $2 WHERE id = $1", house.cast.petra.id, await hash_password(PASSWORD)
    )
    doors.client.headers["user-agent"] = SCRIPT * 20
    await doors.get("/login")
    assert (await doors.post("/login", {"email": house.cast.petra.email, "password": PASSWORD})).status_code == 303
    answer = await doors.get("/account/sessions")
    assert answer.status_code == 200
    assert not MARK.search(answer.text)


async def test_the_document_of_the_api_and_the_pulse_need_no_log_in(doors: Browser, house: House) -> None:
    for path in ("/health", "/schema/openapi.json", "/schema"):
        answer = await doors.client.get(path)
        assert answer.status_code == 200, path
        assert "json" in answer.headers["content-type"], path
