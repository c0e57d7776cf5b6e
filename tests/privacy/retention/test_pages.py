"""The officer at the screen: the list, the preview, the approval, the reports; nobody else."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from crm.database import fetch_value
from crm.privacy.retention.fixed import FIXED
from crm.privacy.retention.kinds import kinds
from crm.privacy.retention.periods import Unit
from crm.privacy.retention.queries import rule_for
from crm.privacy.retention.rules import is_approved
from crm.privacy.retention.running import run_retention
from tasks.worker import TIMETABLE
from tests.browser import Browser
from tests.cast import Cast
from tests.customers.conftest import Customers
from tests.privacy.retention.conftest import approved, rule_id

FORM = {"amount": "18", "unit": "months", "is_on": "1", "reason_de": "Weil.", "reason_en": "Because."}


async def test_the_list_shows_rules_and_fixed_periods(browser: Browser, cast: Cast, customers: Customers) -> None:
    await browser.log_in(cast.sven)
    shown = await browser.get("/privacy/retention")
    assert shown.status_code == 200
    for words in (
        "Personen bei ehemaligen Kunden",
        "3 Jahre ab Jahresende",
        "wartet auf Freigabe",
        "Dateien von Exporten",
        "7 Tage",
    ):
        assert words in shown.text, words
    assert int(shown.headers["x-sql-statements"]) <= 8


async def test_a_preview_is_looked_at_and_approved(browser: Browser, cast: Cast, customers: Customers) -> None:
    await browser.log_in(cast.sven)
    where = f"/privacy/retention/{await rule_id('contact_texts')}"
    shown = await browser.get(where)
    assert int(shown.headers["x-sql-statements"]) <= 8
    seen = re.search(r'name="fingerprint" value="(\w+)"', shown.text)
    assert seen is not None
    version = re.search(r'name="version" value="(\d+)"', shown.text)
    assert version is not None
    assert (await browser.post(where, {**FORM, "version": version[1]})).status_code == 303
    stale = await browser.post(f"{where}/approval", {"fingerprint": seen[1]})
    assert stale.status_code == 409
    assert "Vorschau noch einmal" in stale.text
    seen = re.search(r'name="fingerprint" value="(\w+)"', stale.text)
    assert seen is not None
    assert (await browser.post(f"{where}/approval", {"fingerprint": seen[1]})).status_code == 303
    assert is_approved(await rule_for(await rule_id("contact_texts")))
    assert "freigegeben von Sven" in (await browser.get(where)).text
    late = await browser.post(where, {**FORM, "amount": "9", "version": version[1]})
    assert late.status_code == 409


async def test_bad_input_is_kept_and_explained(browser: Browser, cast: Cast, customers: Customers) -> None:
    await browser.log_in(cast.sven)
    where = f"/privacy/retention/{await rule_id('reminders')}"
    answer = await browser.post(
        where, {**FORM, "amount": "400", "reason_de": "Meine Begründung", "reason_en": "", "version": "1"}
    )
    assert answer.status_code == 422
    assert "Meine Begründung" in answer.text
    assert 'value="400"' in answer.text
    assert await fetch_value("SELECT version FROM retention_rule WHERE code = 'reminders'") == 1


async def test_the_report_of_a_night(browser: Browser, cast: Cast, customers: Customers) -> None:
    await browser.log_in(cast.sven)
    assert "noch keine Nacht" in (await browser.get("/privacy/retention/runs")).text
    await approved(cast, "reminders", 12, Unit.MONTHS)
    await run_retention(now=datetime(2030, 1, 1, 2, 50, tzinfo=UTC))
    shown = await browser.get("/privacy/retention/runs")
    assert "Erledigte Wiedervorlagen" in shown.text
    assert int(shown.headers["x-sql-statements"]) <= 8


@pytest.mark.parametrize("who", ["ali", "eva", "karin", "ines"])
async def test_nobody_else_sees_it(browser: Browser, cast: Cast, customers: Customers, who: str) -> None:
    await browser.log_in(getattr(cast, who))
    one = f"/privacy/retention/{await rule_id('reminders')}"
    for path in ("/privacy/retention", "/privacy/retention/runs", one, "/api/v1/privacy/retention"):
        assert (await browser.get(path)).status_code in (401, 403, 404), path
    assert (await browser.post(f"{one}/approval", {"fingerprint": "x"})).status_code in (403, 404)


def test_everything_that_deletes_at_night_is_in_the_list() -> None:
    named = {task for one in FIXED for task in one.tasks}
    timetable = {task.__name__ for task, _when in TIMETABLE}
    assert named <= timetable
    assert {task for task in timetable if task.startswith(("forget_", "end_"))} <= named
    assert "run_retention" in timetable
    assert len(kinds()) >= 10
