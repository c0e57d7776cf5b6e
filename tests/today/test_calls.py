"""Calls to return are done from Today."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from crm.customers.actions import create_organisation
from crm.customers.data import OrganisationData
from crm.database import execute, fetch_one
from crm.interactions.calls.noting import NewCallBack, note_call_back
from crm.interactions.calls.tables import CallBackKind
from tests.browser import Browser
from tests.cast import LONG_AGO, Cast

NUMBER = "+49911551230"


@pytest.fixture
async def missed(cast: Cast) -> int:
    """Größmann Küchen GmbH has called; Petra looks after it."""
    await create_organisation(
        OrganisationData(name="Größmann Küchen GmbH", phone=NUMBER), by=cast.petra.id, now=LONG_AGO
    )
    then = datetime.now(UTC) - timedelta(minutes=10)
    return await note_call_back(NewCallBack(CallBackKind.MISSED, NUMBER, at=then), by=cast.ali.id, now=then)


async def test_the_call_stands_once_on_petras_page_and_in_its_sentence(
    browser: Browser, cast: Cast, missed: int
) -> None:
    await execute("UPDATE call_back SET due_at = now() - interval '1 minute' WHERE id = $1", missed)
    await execute("UPDATE reminder SET due_at = now() - interval '1 minute'")
    await browser.log_in(cast.petra)
    page = await browser.get("/")
    assert "Ein Kunde möchte zurückgerufen werden." in page.text
    assert "Zuerst: Rufen Sie" in page.text or "Zuerst:" in page.text
    assert page.text.count(f'id="call-{missed}"') == 1
    assert 'id="reminder-' not in page.text, "the reminder of the same call is not shown beside it"
    assert int(page.headers["x-sql-statements"]) <= 9


async def test_not_reached_leads_back_to_today(browser: Browser, cast: Cast, missed: int) -> None:
    await browser.log_in(cast.petra)
    answer = await browser.post(f"/call-backs/{missed}/attempt", {"submission_id": "x1", "back": "today"})
    assert answer.headers["location"] == "/"
    row = await fetch_one("SELECT tries, done_at FROM call_back WHERE id = $1", missed)
    assert row is not None
    assert (row.tries, row.done_at) == (1, None)


async def test_called_back_in_the_dialog_of_today_leads_back_to_today(
    browser: Browser, cast: Cast, missed: int
) -> None:
    await browser.log_in(cast.petra)
    sent = {"result": "Termin am Montag.", "submission_id": "x2"}
    here = {"hx-current-url": "http://testserver/"}
    form = await browser.get(f"/call-backs/{missed}/result", htmx=True)
    assert 'name="result"' in form.text
    await browser.get("/login")
    answer = await browser.client.post(
        f"/call-backs/{missed}/result",
        data=sent,
        headers=here | {"x-csrftoken": browser.client.cookies.get("nahbar_csrf", "")},
    )
    assert answer.headers["location"] == "/"
    row = await fetch_one("SELECT outcome, interaction_id FROM call_back WHERE id = $1", missed)
    assert row is not None
    assert row.outcome == "called"
    assert row.interaction_id
    assert f'id="call-{missed}"' not in (await browser.get("/")).text


async def test_a_restricted_customers_call_is_on_nobodys_page(browser: Browser, cast: Cast, missed: int) -> None:
    await execute("UPDATE call_back SET due_at = now() - interval '1 minute' WHERE id = $1", missed)
    await execute("UPDATE customer SET restricted_at = now()")
    await browser.log_in(cast.petra)
    page = await browser.get("/")
    assert f'id="call-{missed}"' not in page.text
    assert "zurückgerufen" not in page.text
