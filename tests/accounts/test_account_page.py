"""One's own account: name and habits, sessions, API tokens, and the first user from the terminal."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crm.accounts.current import user_of_token
from crm.accounts.logging_in import Visitor, log_in
from crm.accounts.passwords import hash_password
from crm.accounts.tables import User
from crm.accounts.words import browser_name
from crm.database import execute, fetch_one, fetch_value
from tests.browser import Browser
from tests.cast import Cast

GOOD = "Der Hund bellt laut"
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


async def test_petra_changes_language_and_appearance(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.petra)
    answer = await browser.post("/account", {"name": "Petra Lang", "language": "en", "theme": "dark", "version": "1"})
    assert answer.headers["location"] == "/account?done=saved"
    page = await browser.get("/account?done=saved")
    assert '<html lang="en" data-theme="dark">' in page.text
    assert 'data-single-keys="off"' in page.text
    assert "Saved." in page.text


async def test_a_form_from_before_somebody_elses_change_is_held_back(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.petra)
    await browser.post(
        "/account", {"name": "Petra Roth", "language": "de", "theme": "light", "single_keys": "1", "version": "1"}
    )
    late = await browser.post(
        "/account", {"name": "Petra Demir", "language": "de", "theme": "light", "single_keys": "1", "version": "1"}
    )
    assert late.status_code == 409
    assert "Petra Roth" in late.text
    assert 'value="Petra Demir"' in late.text


@pytest.mark.parametrize("field", [{"name": ""}, {"name": "x" * 201}, {"language": "fr"}, {"theme": "pink"}])
async def test_mistakes_come_back_beside_their_field(browser: Browser, cast: Cast, field: dict[str, str]) -> None:
    await browser.log_in(cast.petra)
    answer = await browser.post(
        "/account", {"name": "Petra", "language": "de", "theme": "light", "version": "1", **field}
    )
    assert answer.status_code == 422
    assert f'id="f-{next(iter(field))}-error"' in answer.text


async def test_nobody_gives_themselves_a_role(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.petra)
    await browser.post(
        "/account", {"name": "Petra", "language": "de", "theme": "light", "version": "1", "role": "administrator"}
    )
    assert await fetch_value("SELECT role FROM staff WHERE id = $1", cast.petra.id) == "sales"


async def test_petra_ends_a_session_elsewhere(browser: Browser, cast: Cast) -> None:
    await execute("UPDATE staff SET password_hash = $2 WHERE id = $1", cast.petra.id, await hash_password(GOOD))
    await browser.log_in(cast.petra)
    windows = Visitor("192.0.2.7", "Mozilla/5.0 (Windows NT 10.0) Gecko/20100101 Firefox/140.0")
    elsewhere = await log_in("petra@kuechen.example", GOOD, windows, now=datetime.now(UTC))
    page = await browser.get("/account/sessions")
    assert "Firefox, Windows" in page.text
    assert "192.0.2.7" in page.text
    row = await fetch_one("SELECT id FROM login_session WHERE user_agent LIKE '%Firefox%'")
    assert row is not None
    assert (await browser.post(f"/account/sessions/{row.id}/end")).headers[
        "location"
    ] == "/account/sessions?done=session"
    assert (await browser.get("/account")).status_code == 200
    browser.client.cookies.set("nahbar_session", elsewhere.token)
    assert (await browser.get("/account")).status_code == 303


async def test_nobody_ends_the_session_of_somebody_else(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.ali)
    session = await fetch_value("SELECT max(id) FROM login_session")
    token = await fetch_value("SELECT max(id) FROM api_token")
    await browser.log_in(cast.petra)
    assert (await browser.post(f"/account/sessions/{session}/end")).status_code == 404
    assert (await browser.post(f"/account/tokens/{token}/revoke")).status_code == 404
    await browser.post("/account/sessions/end-others")
    assert await fetch_value("SELECT count(*) FROM login_session WHERE id = $1", session) == 1


async def test_an_api_token_is_shown_once_and_can_be_ended(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.petra)
    assert (await browser.post("/account/tokens", {"name": ""})).status_code == 422
    page = await browser.post("/account/tokens", {"name": "Telefonanlage"})
    token = re.search(r'readonly value="([\w-]{40,})"', page.text)
    assert token
    user = await user_of_token(token[1], NOW)
    assert user is not None
    assert user.id == cast.petra.id
    listed = (await browser.get("/account/tokens")).text
    assert "Telefonanlage" in listed
    assert token[1] not in listed
    row = await fetch_value("SELECT id FROM api_token WHERE name = 'Telefonanlage'")
    await browser.post(f"/account/tokens/{row}/revoke")
    assert await user_of_token(token[1], NOW) is None


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.0 Safari/605.1.15",
            "Safari, macOS",
        ),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0", "Edge, Windows"),
        ("Wget/1.21", "Wget/1.21"),
    ],
)
def test_browsers_are_called_what_people_call_them(agent: str, name: str) -> None:
    assert browser_name(agent) == name


def crm(url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    root = Path(__file__).parents[2]
    environ = {**os.environ, "CRM_DATABASE_URL": url, "PYTHONPATH": str(root), "CRM_COUNT_STATEMENTS": "off"}
    return subprocess.run(
        [sys.executable, "-m", "crm", *arguments], capture_output=True, text=True, env=environ, timeout=60, check=False
    )


async def test_the_first_administrator_and_their_token_come_from_the_terminal(own_database: str) -> None:
    added = crm(own_database, "user", "add", "Anna@firma.example", "--role", "administrator", "--name", "Anna Berg")
    assert added.returncode == 0, added.stderr
    password = added.stdout.strip()
    done = await log_in("anna@firma.example", password, Visitor(), now=NOW)
    assert not done.second_factor_pending
    printed = crm(own_database, "token", "anna@firma.example")
    user = await user_of_token(printed.stdout.strip(), NOW)
    assert user is not None
    assert (user.name, user.role) == ("Anna Berg", "administrator")
    again = crm(own_database, "user", "add", "anna@firma.example", "--role", "sales")
    assert (again.returncode, again.stdout) == (1, "")
    assert "Traceback" not in again.stderr
    assert "already a user" in again.stderr


async def test_the_terminal_takes_a_password_and_refuses_nonsense(own_database: str) -> None:
    added = crm(own_database, "user", "add", "bert@firma.example", "--role", "sales", "--password", "kurz")
    assert (added.returncode, added.stdout) == (0, "")
    assert "weak" in added.stderr
    assert (await User.objects().where(User.email == "bert@firma.example").first()) is not None
    await log_in("bert@firma.example", "kurz", Visitor(), now=NOW)
    for wrong in (["user", "add", "bert", "--role", "sales"], ["user", "add", "b@firma.example", "--role", "king"]):
        refused = crm(own_database, *wrong)
        assert refused.returncode == 2
        assert "Traceback" not in refused.stderr
    unknown = crm(own_database, "token", "nobody@firma.example")
    assert (unknown.returncode, unknown.stdout) == (1, "")
    assert "nobody@firma.example" in unknown.stderr
