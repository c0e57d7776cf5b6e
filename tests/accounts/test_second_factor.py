"""Logging in with two factors: codes of an app, recovery codes, and what happens to used ones."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pyotp
import pytest

from crm.accounts.logging_in import Visitor, log_in, pass_second_factor
from crm.accounts.passwords import hash_password
from crm.accounts.second_factor import (
    prepare_second_factor,
    renew_recovery_codes,
    step_of,
    turn_off_second_factor,
    turn_on_second_factor,
    use_code,
)  # fmt: skip
from crm.accounts.throttling import TooManyAttempts
from crm.database import execute, fetch_value
from crm.errors import Invalid, NotFound, RuleBroken
from tests.browser import Browser
from tests.cast import Cast

GOOD = "Der Hund bellt laut"
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def code_at(secret: str, moment: datetime) -> str:
    return pyotp.TOTP(secret).at(moment)


@pytest.fixture
async def secret(cast: Cast) -> str:
    """Petra's secret: her second factor was switched on a minute ago."""
    await execute("UPDATE staff SET password_hash = $2 WHERE id = $1", cast.petra.id, await hash_password(GOOD))
    secret = await prepare_second_factor(cast.petra.id)
    before = NOW - timedelta(minutes=1)
    await turn_on_second_factor(cast.petra.id, code_at(secret, before), session_id=None, now=before)
    return secret


async def test_petra_switches_it_on_and_sees_her_recovery_codes_once(browser: Browser, cast: Cast) -> None:
    await execute("UPDATE staff SET password_hash = $2 WHERE id = $1", cast.petra.id, await hash_password(GOOD))
    await browser.log_in(cast.petra)
    page = await browser.get("/account/two-factor")
    assert "<svg" in page.text
    assert "style=" not in page.text
    secret = await fetch_value("SELECT totp_secret FROM staff WHERE id = $1", cast.petra.id)
    assert secret == await prepare_second_factor(cast.petra.id)
    code = code_at(secret, datetime.now(UTC))
    assert (await browser.post("/account/two-factor", {"code": code, "password": "falsch"})).status_code == 422
    done = await browser.post("/account/two-factor", {"code": code, "password": GOOD})
    codes = re.findall(r"<code>([a-z0-9]{4}-[a-z0-9]{4}-[a-z0-9]{4})</code>", done.text)
    assert len(set(codes)) == 10
    again = (await browser.get("/account/two-factor")).text
    assert "10 Ersatzcodes" in again
    assert codes[0] not in again
    assert secret not in again


async def test_the_password_alone_opens_nothing(browser: Browser, cast: Cast, secret: str) -> None:
    answer = await browser.post("/login", {"email": "petra@kuechen.example", "password": GOOD, "next": "/account"})
    assert answer.headers["location"] == "/login/second-factor?next=%2Faccount"
    assert (await browser.get("/account")).status_code == 303
    assert (await browser.get("/login/second-factor")).status_code == 200
    wrong = await browser.post("/login/second-factor", {"code": "000000"})
    assert wrong.status_code == 422
    done = await browser.post("/login/second-factor", {"code": code_at(secret, datetime.now(UTC)), "next": "/account"})
    assert done.headers["location"] == "/account"
    assert (await browser.get("/account")).status_code == 200


async def test_a_code_works_once(secret: str) -> None:
    code = code_at(secret, NOW)
    for wanted in (True, False):
        pending = await log_in("petra@kuechen.example", GOOD, Visitor(), now=NOW)
        if wanted:
            assert not (await pass_second_factor(pending.token, code, Visitor(), now=NOW)).second_factor_pending
        else:
            with pytest.raises(Invalid):
                await pass_second_factor(pending.token, code, Visitor(), now=NOW)


async def test_an_older_code_does_not_work_after_a_newer_one(cast: Cast, secret: str) -> None:
    assert await use_code(cast.petra.id, code_at(secret, NOW + timedelta(seconds=30)), now=NOW) == "app"
    assert await use_code(cast.petra.id, code_at(secret, NOW), now=NOW) == ""


def test_a_clock_may_be_half_a_minute_wrong_and_no_more() -> None:
    secret = pyotp.random_base32()
    steps = [
        step_of(secret, code_at(secret, NOW + timedelta(seconds=30 * n)), NOW) is not None for n in (-2, -1, 0, 1, 2)
    ]
    assert steps == [False, True, True, True, False]


@pytest.mark.parametrize("code", ["", "12345", "1234567", "٠١٢٣٤٥", "abcdef", "\ud800", "x" * 10_000])
async def test_no_code_breaks_the_second_step(cast: Cast, secret: str, code: str) -> None:
    assert await use_code(cast.petra.id, code, now=NOW) == ""


async def test_a_recovery_code_works_once_and_in_any_spelling(cast: Cast, secret: str) -> None:
    codes = await renew_recovery_codes(cast.petra.id, now=NOW)
    assert await use_code(cast.petra.id, codes[0].replace("-", " ").upper(), now=NOW) == "recovery"
    assert await use_code(cast.petra.id, codes[0], now=NOW) == ""
    assert await use_code(cast.ali.id, codes[1], now=NOW) == ""


async def test_guessing_codes_is_slowed_down_even_by_someone_who_knows_the_password(secret: str) -> None:
    for _n in range(5):
        pending = await log_in("petra@kuechen.example", GOOD, Visitor(), now=NOW)
        with pytest.raises(Invalid):
            await pass_second_factor(pending.token, "000000", Visitor(), now=NOW)
    with pytest.raises(TooManyAttempts):
        await log_in("petra@kuechen.example", GOOD, Visitor(), now=NOW)


async def test_the_second_step_does_not_wait_for_ever(secret: str) -> None:
    pending = await log_in("petra@kuechen.example", GOOD, Visitor(), now=NOW)
    later = NOW + timedelta(minutes=10)
    with pytest.raises(NotFound):
        await pass_second_factor(pending.token, code_at(secret, later), Visitor(), now=later)


async def test_it_is_switched_off_only_with_the_password(browser: Browser, cast: Cast, secret: str) -> None:
    await browser.log_in(cast.petra)
    assert (await browser.post("/account/two-factor/off", {"password": "falsch"})).status_code == 422
    assert (await browser.post("/account/two-factor/off", {"password": GOOD})).headers[
        "location"
    ] == "/account?done=off"
    assert not (await log_in("petra@kuechen.example", GOOD, Visitor(), now=NOW)).second_factor_pending


async def test_an_administrator_helps_someone_who_has_lost_the_telephone(
    browser: Browser, cast: Cast, secret: str
) -> None:
    await browser.log_in(cast.ines)
    await browser.post(f"/users/{cast.petra.id}/two-factor-reset")
    assert not (await log_in("petra@kuechen.example", GOOD, Visitor(), now=NOW)).second_factor_pending
    entry = await fetch_value("SELECT actor_id FROM audit_entry WHERE action = 'second_factor.off'")
    assert entry == cast.ines.id


async def test_without_a_second_factor_there_are_no_recovery_codes(cast: Cast) -> None:
    with pytest.raises(RuleBroken):
        await renew_recovery_codes(cast.ali.id, now=NOW)
    await turn_off_second_factor(cast.ali.id, by=cast.ali.id, now=NOW)
