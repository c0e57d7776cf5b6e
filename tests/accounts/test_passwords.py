"""Passwords: which are refused, how they are changed, and the one-time links of invitation and forgotten password."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from crm.accounts.links import (
    LinkKind,
    change_password,
    link_for,
    make_link,
    request_password_link,
    set_password_by_link,
)
from crm.accounts.logging_in import Visitor, log_in
from crm.accounts.passwords import generated_password, hash_password, password_fits, problem_with
from crm.accounts.throttling import TooManyAttempts
from crm.database import execute, fetch_one, fetch_value
from crm.errors import Invalid, NotFound
from tests.browser import Browser
from tests.cast import Cast

GOOD = "Der Hund bellt laut"
BETTER = "Die Katze schweigt dazu"
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.fixture
async def petra_can_log_in(cast: Cast) -> None:
    await execute("UPDATE staff SET password_hash = $2 WHERE id = $1", cast.petra.id, await hash_password(GOOD))


@pytest.mark.parametrize(
    "password",
    [
        "kurz",
        "passwort1234",
        "Willkommen2026!",
        "123456789012",
        "aaaaaaaaaaaa",
        "abcdefghijkl",
        "petralang2026",
        "petra.lang@kuechen",
        "x" * 201,
    ],
)
def test_a_password_that_is_tried_first_is_refused(password: str) -> None:
    assert problem_with(password, "petra.lang@kuechen.example", "Petra Lang")


@pytest.mark.parametrize("password", [GOOD, "kaffee-mit-milch", "7$K9-2#xQ!5%", "482910573846", "Größe ist relativ"])
def test_a_password_that_must_be_guessed_is_taken(password: str) -> None:
    assert problem_with(password, "petra.lang@kuechen.example", "Petra Lang") == ""


def test_generated_passwords_are_good_and_differ() -> None:
    made = {generated_password() for _n in range(50)}
    assert len(made) == 50
    assert [problem_with(password) for password in made] == [""] * 50


async def test_the_same_letters_fit_however_the_keyboard_composes_them() -> None:
    stored = await hash_password("Gru\u0308ne Wiese im Mai")
    assert await password_fits(stored, "Gr\u00fcne Wiese im Mai")
    assert not await password_fits(stored, "Grune Wiese im Mai")
    assert not await password_fits("", "")
    assert not await password_fits(None, "x")


async def test_changing_the_password_ends_all_other_sessions(
    browser: Browser, cast: Cast, petra_can_log_in: None
) -> None:
    elsewhere = await log_in("petra@kuechen.example", GOOD, Visitor(), now=datetime.now(UTC))
    await browser.log_in(cast.petra)
    answer = await browser.post("/account/password", {"current": GOOD, "password": BETTER, "repeated": BETTER})
    assert answer.headers["location"] == "/account?done=password"
    assert "Ihr neues Passwort gilt" in (await browser.get("/account?done=password")).text
    browser.client.cookies.set("nahbar_session", elsewhere.token)
    assert (await browser.get("/account")).status_code == 303
    await log_in("petra@kuechen.example", BETTER, Visitor(), now=datetime.now(UTC))


@pytest.mark.parametrize(
    ("current", "password", "repeated", "field"),
    [
        ("falsch", BETTER, BETTER, "current"),
        (GOOD, "kurz", "kurz", "password"),
        (GOOD, BETTER, BETTER + "!", "repeated"),
        (GOOD, GOOD, GOOD, "password"),
    ],
)
async def test_a_change_with_a_mistake_is_refused_beside_its_field(
    cast: Cast, petra_can_log_in: None, current: str, password: str, repeated: str, field: str
) -> None:
    with pytest.raises(Invalid) as error:
        await change_password(cast.petra.id, current, password, repeated, session_id=None, now=NOW)
    assert list(error.value.errors) == [field]


async def test_the_current_password_cannot_be_guessed_at_an_open_screen(cast: Cast, petra_can_log_in: None) -> None:
    for _n in range(5):
        with pytest.raises(Invalid):
            await change_password(cast.petra.id, "falsch", BETTER, BETTER, session_id=None, now=NOW)
    with pytest.raises(TooManyAttempts):
        await change_password(cast.petra.id, GOOD, BETTER, BETTER, session_id=None, now=NOW)


async def test_whoever_asks_for_a_link_hears_the_same_for_every_address(browser: Browser, cast: Cast) -> None:
    known = await browser.post("/password/forgotten", {"email": "petra@kuechen.example"})
    unknown = await browser.post("/password/forgotten", {"email": "nobody@kuechen.example"})
    assert known.status_code == unknown.status_code == 200
    assert known.text.replace("petra@", "x@") == unknown.text.replace("nobody@", "x@")
    assert "Es ist kein Mailserver eingerichtet." in known.text
    mails = await fetch_value("SELECT array_agg(to_address) FROM outbox_message WHERE purpose = 'account'")
    assert mails == ["petra@kuechen.example"]


async def test_the_link_in_the_mail_leads_to_a_new_password_once(
    browser: Browser, cast: Cast, petra_can_log_in: None
) -> None:
    await browser.post("/password/forgotten", {"email": "Petra@kuechen.example"})
    mail = await fetch_one("SELECT text, html, status, language FROM outbox_message WHERE user_id = $1", cast.petra.id)
    assert mail is not None
    assert (mail.status, mail.language) == ("queued", "de")
    found = re.search(r"(/password/new/[\w-]+)", mail.text)
    assert found
    assert found[1] in mail.html
    page = await browser.get(found[1])
    assert page.status_code == 200
    assert "petra@kuechen.example" in page.text
    refused = await browser.post(found[1], {"password": "passwort1234", "repeated": "passwort1234"})
    assert refused.status_code == 422
    done = await browser.post(found[1], {"password": BETTER, "repeated": BETTER})
    assert done.headers["location"] == "/login?done=password"
    assert (await browser.post(found[1], {"password": GOOD, "repeated": GOOD})).status_code == 404
    assert "gilt nicht mehr" in (await browser.get(found[1])).text
    await log_in("petra@kuechen.example", BETTER, Visitor(), now=datetime.now(UTC))


async def test_a_link_expires_and_a_newer_one_ends_it(cast: Cast) -> None:
    first = await make_link(cast.petra.id, LinkKind.PASSWORD, by=None, now=NOW)
    second = await make_link(cast.petra.id, LinkKind.PASSWORD, by=None, now=NOW)
    with pytest.raises(NotFound):
        await link_for(first.token, NOW)
    assert (await link_for(second.token, NOW + timedelta(minutes=119))).user_id == cast.petra.id
    with pytest.raises(NotFound):
        await set_password_by_link(second.token, BETTER, BETTER, now=NOW + timedelta(minutes=121))


async def test_nobodys_letter_box_is_flooded(cast: Cast) -> None:
    made = [await request_password_link("petra@kuechen.example", now=NOW + timedelta(minutes=n)) for n in range(4)]
    assert [link is not None for link in made] == [True, True, True, False]
    assert await request_password_link("petra@kuechen.example", now=NOW + timedelta(minutes=61)) is not None


async def test_a_deactivated_user_gets_no_link(cast: Cast) -> None:
    await execute("UPDATE staff SET deactivated_at = $2 WHERE id = $1", cast.petra.id, NOW)
    assert await request_password_link("petra@kuechen.example", now=NOW) is None
