"""What two people, or one impatient program, do at the same moment."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pyotp
import pytest

from crm.accounts.changing import change_user
from crm.accounts.links import LinkKind, make_link, set_password_by_link
from crm.accounts.logging_in import Visitor, log_in
from crm.accounts.passwords import hash_password
from crm.accounts.permissions import Role
from crm.accounts.second_factor import prepare_second_factor, renew_recovery_codes, turn_on_second_factor, use_code
from crm.accounts.throttling import TooManyAttempts
from crm.database import execute, fetch_value
from crm.errors import Invalid, NotFound, RuleBroken
from tests.cast import hire

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
GOOD = "Der Hund bellt laut"


@pytest.fixture
async def petra(own_database: str) -> int:
    user = await hire("Petra Lang", Role.SALES, password_hash=await hash_password(GOOD))
    return int(user.id)


async def kinds(*doings: Any) -> list[type]:
    """What became of things done at the same moment."""
    return [type(result) for result in await asyncio.gather(*doings, return_exceptions=True)]


async def test_of_twenty_guesses_at_once_five_are_heard(petra: int) -> None:
    found = await kinds(*(log_in("petra@kuechen.example", f"falsch {n}", Visitor(), now=NOW) for n in range(20)))
    assert (found.count(Invalid), found.count(TooManyAttempts)) == (5, 15)


async def test_a_code_that_is_sent_twice_at_once_counts_once(petra: int) -> None:
    secret = await prepare_second_factor(petra)
    before = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
    await turn_on_second_factor(petra, pyotp.TOTP(secret).at(before), session_id=None, now=before)
    code = pyotp.TOTP(secret).at(NOW)
    assert sorted(await asyncio.gather(*(use_code(petra, code, now=NOW) for _n in range(5)))) == ["", "", "", "", "app"]
    recovery = (await renew_recovery_codes(petra, now=NOW))[0]
    found = await asyncio.gather(*(use_code(petra, recovery, now=NOW) for _n in range(5)))
    assert sorted(found) == ["", "", "", "", "recovery"]


async def test_a_link_that_is_used_twice_at_once_works_once(petra: int) -> None:
    link = await make_link(petra, LinkKind.PASSWORD, by=None, now=NOW)
    passwords = [f"Die Katze schweigt {n}" for n in range(3)]
    found = await kinds(*(set_password_by_link(link.token, password, password, now=NOW) for password in passwords))
    assert (found.count(int), found.count(NotFound)) == (1, 2)


async def test_two_administrators_cannot_demote_each_other_at_once(petra: int) -> None:
    first, second = [
        await hire(name, Role.ADMINISTRATOR, password_hash=await hash_password(GOOD))
        for name in ("Ines Brandt", "Udo Stein")
    ]
    await execute(
        "UPDATE staff SET role = 'sales' WHERE role = 'administrator' AND id <> ALL($1)", [first.id, second.id]
    )
    found = await kinds(
        change_user(first.id, {"role": "sales"}, 1, by=second.id, now=NOW),
        change_user(second.id, {"role": "sales"}, 1, by=first.id, now=NOW),
    )
    assert (found.count(type(None)), found.count(RuleBroken)) == (1, 1)
    assert await fetch_value("SELECT count(*) FROM staff WHERE role = 'administrator'") == 1
