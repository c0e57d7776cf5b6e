"""Logging in: the page, the cookie, what a wrong pair is told, and how guessing is slowed down."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crm.accounts.current import SESSION_COOKIE
from crm.accounts.handlers.cookies import local_path
from crm.accounts.logging_in import Visitor, log_in
from crm.accounts.passwords import hash_password
from crm.accounts.throttling import TooManyAttempts
from crm.database import execute, fetch_value
from crm.errors import Invalid
from tests.browser import Browser
from tests.cast import Cast

GOOD = "Der Hund bellt laut"
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
OFFICE = Visitor("192.0.2.7", "Firefox")


@pytest.fixture
async def petra_can_log_in(cast: Cast) -> None:
    await execute("UPDATE staff SET password_hash = $2 WHERE id = $1", cast.petra.id, await hash_password(GOOD))


async def wrong(times: int, email: str, at: datetime, visitor: Visitor = OFFICE) -> None:
    for _n in range(times):
        with pytest.raises(Invalid):
            await log_in(email, "falsch", visitor, now=at)


async def test_petra_logs_in_and_lands_where_she_wanted_to_go(browser: Browser, petra_can_log_in: None) -> None:
    page = await browser.get("/login?next=/customers%3Fq%3Dx")
    assert 'name="next" value="/customers?q=x"' in page.text
    answer = await browser.post(
        "/login", {"email": "Petra@Kuechen.example ", "password": GOOD, "next": "/customers?q=x"}
    )
    assert (answer.status_code, answer.headers["location"]) == (303, "/customers?q=x")
    cookie = next(value for value in answer.headers.get_list("set-cookie") if value.startswith(SESSION_COOKIE))
    assert "HttpOnly" in cookie
    assert "samesite=lax" in cookie.lower()
    assert "Secure" not in cookie
    assert (await browser.get("/login")).headers["location"] == "/"


async def test_over_https_the_cookie_is_secure(
    browser: Browser, app: Any, petra_can_log_in: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = app.app.state
    monkeypatch.setattr(state, "settings", replace(state.settings, public_url="https://crm.kuechen.example"))
    answer = await browser.post("/login", {"email": "petra@kuechen.example", "password": GOOD})
    cookie = next(value for value in answer.headers.get_list("set-cookie") if value.startswith(SESSION_COOKIE))
    assert "Secure" in cookie


async def test_a_wrong_password_and_an_unknown_address_are_told_the_same(
    browser: Browser, petra_can_log_in: None
) -> None:
    answers = [
        await browser.post("/login", {"email": email, "password": "falsch"})
        for email in ("petra@kuechen.example", "nobody@kuechen.example")
    ]
    known, unknown = (answer.text.replace("nobody@", "petra@") for answer in answers)
    assert [answer.status_code for answer in answers] == [422, 422]
    assert known == unknown
    assert "E-Mail-Adresse und Passwort passen nicht zusammen" in known


@pytest.mark.parametrize("email", ["petra@kuechen.example", "nobody@kuechen.example"])
async def test_the_sixth_wrong_attempt_waits_and_the_wait_grows(petra_can_log_in: None, email: str) -> None:
    await wrong(5, email, NOW)
    with pytest.raises(TooManyAttempts) as first:
        await log_in(email, GOOD, OFFICE, now=NOW + timedelta(seconds=29))
    assert first.value.seconds == 1
    await wrong(1, email, NOW + timedelta(seconds=30))
    with pytest.raises(TooManyAttempts) as second:
        await log_in(email, GOOD, OFFICE, now=NOW + timedelta(seconds=31))
    assert second.value.seconds == 59


async def test_after_the_wait_the_right_password_is_heard_and_clears_the_failures(
    cast: Cast, petra_can_log_in: None
) -> None:
    await wrong(5, "petra@kuechen.example", NOW)
    done = await log_in("petra@kuechen.example", GOOD, OFFICE, now=NOW + timedelta(seconds=30))
    assert done.user_id == cast.petra.id
    assert await fetch_value("SELECT count(*) FROM login_attempt") == 0


async def test_one_address_that_tries_many_accounts_waits_too(petra_can_log_in: None) -> None:
    for n in range(20):
        await wrong(1, f"user{n}@kuechen.example", NOW)
    with pytest.raises(TooManyAttempts):
        await log_in("petra@kuechen.example", GOOD, OFFICE, now=NOW)
    await log_in("petra@kuechen.example", GOOD, Visitor("198.51.100.9"), now=NOW)


async def test_too_many_attempts_are_told_when_to_come_back(browser: Browser, petra_can_log_in: None) -> None:
    for _n in range(5):
        await browser.post("/login", {"email": "petra@kuechen.example", "password": "falsch"})
    answer = await browser.post("/login", {"email": "petra@kuechen.example", "password": GOOD})
    assert answer.status_code == 429
    assert 20 <= int(answer.headers["retry-after"]) <= 30
    assert "Zu viele Versuche" in answer.text


async def test_the_session_gets_a_new_token_and_the_planted_one_ends(
    browser: Browser, cast: Cast, petra_can_log_in: None
) -> None:
    await browser.log_in(cast.ali)
    planted = browser.client.cookies[SESSION_COOKIE]
    await log_in("petra@kuechen.example", GOOD, OFFICE, now=NOW, old_token=planted)
    assert (await browser.get("/account")).status_code == 303


async def test_a_deactivated_user_cannot_log_in(cast: Cast, petra_can_log_in: None) -> None:
    await execute("UPDATE staff SET deactivated_at = $2 WHERE id = $1", cast.petra.id, NOW)
    with pytest.raises(Invalid):
        await log_in("petra@kuechen.example", GOOD, OFFICE, now=NOW)


async def test_logging_out_ends_the_session_and_a_second_click_is_no_error(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.petra)
    for _n in range(2):
        assert (await browser.post("/logout")).headers["location"] == "/login?done=out"
    assert await fetch_value('SELECT count(*) FROM login_session WHERE "user" = $1', cast.petra.id) == 0


async def test_every_log_in_and_every_failure_is_in_the_audit_trail(cast: Cast, petra_can_log_in: None) -> None:
    await wrong(1, "petra@kuechen.example", NOW)
    await log_in("petra@kuechen.example", GOOD, OFFICE, now=NOW)
    found = await fetch_value(
        "SELECT array_agg(action ORDER BY id) FROM audit_entry WHERE subject_kind = 'user' AND subject_id = $1",
        cast.petra.id,
    )
    assert found == ["login.failed", "login.done"]


async def test_a_log_in_without_the_form_token_is_refused(browser: Browser) -> None:
    answer = await browser.client.post("/login", data={"email": "petra@kuechen.example", "password": GOOD})
    assert answer.status_code == 403


@pytest.mark.parametrize(
    "wanted",
    ["//evil.example", "/\\evil.example", "https://evil.example", "/a\nb", "", None, "evil", "/login", "/x\\y"],
)
def test_the_way_on_never_leaves_this_site(wanted: str | None) -> None:
    assert local_path(wanted) == "/"


@pytest.mark.parametrize("typed", ["\x00", "x" * 100_000, "\ud800", "ä" * 300])
async def test_no_password_breaks_the_log_in(browser: Browser, petra_can_log_in: None, typed: str) -> None:
    body = b"email=petra%40kuechen.example&password=" + typed.encode("utf-8", "surrogatepass")
    await browser.get("/login")
    headers = {
        "x-csrftoken": browser.client.cookies["nahbar_csrf"],
        "content-type": "application/x-www-form-urlencoded",
    }
    answer = await browser.client.post("/login", content=body, headers=headers)
    assert answer.status_code == 422
