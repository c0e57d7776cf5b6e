"""Who was entered without their own doing hears of it, by a notice that says what Art. 14 demands."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from crm.customers.informing import owe_information
from crm.database import execute, fetch, fetch_one, fetch_value
from crm.errors import RuleBroken
from crm.privacy.informing import actions, queries
from crm.privacy.informing.actions import (
    remind_of_information,
    request_run,
    send_notice,
    send_notices,
    settle_notices,
    sweep_notices,
)
from crm.privacy.informing.queries import pending
from tests.browser import Browser
from tests.cast import Cast
from tests.customers.conftest import Customers

NOW = datetime(2026, 11, 27, 9, 15, tzinfo=UTC)


@pytest.fixture
async def owed(customers: Customers) -> Customers:
    """Anna came by an import, Emre by a fair five weeks ago."""
    await execute("DELETE FROM information_duty")
    await owe_information([customers.emre_person], "Messe Nürnberg", now=NOW - timedelta(days=35))
    await owe_information([customers.anna], "Adressliste der IHK", now=NOW)
    return customers


async def test_the_notice_names_what_article_14_demands(cast: Cast, owed: Customers) -> None:
    await execute(
        "UPDATE privacy_particulars SET officer_name = 'Sven Adler', officer_contact = 'datenschutz@kuechen.example', "
        "recipients = 'Steuerbüro Ahrens', authority = 'BayLDA, Ansbach'"
    )
    await send_notice(owed.anna, by=cast.sven.id, now=NOW)

    mail = await fetch_one("SELECT * FROM outbox_message WHERE person_id = $1", owed.anna)
    assert mail is not None
    assert (mail.status, mail.purpose, mail.to_address) == ("queued", "privacy", "anna@groessmann.example")
    for words in (
        "Größmann", "Adressliste der IHK", "Sven Adler", "datenschutz@kuechen.example", "Newsletter: Einwilligung", "Steuerbüro Ahrens",
        "BayLDA", "Art. 77", "Art. 15", "8 Jahre", "{",
    ):  # fmt: skip
        assert (words in mail.text) == (words != "{"), words


async def test_informed_is_who_the_mail_server_has_taken_the_notice_of(cast: Cast, owed: Customers) -> None:
    outbox = await send_notice(owed.anna, by=cast.sven.id, now=NOW)
    with pytest.raises(RuleBroken):
        await send_notice(owed.anna, by=cast.sven.id, now=NOW)
    assert await settle_notices() == 0
    await execute("UPDATE outbox_message SET status = 'failed', error = 'unbekannt' WHERE id = $1", outbox)
    assert [(row.person, row.mail) for row in (await pending()).rows] == [
        (owed.emre_person, None),
        (owed.anna, "failed"),
    ]

    again = await send_notice(owed.anna, by=cast.sven.id, now=NOW)
    await execute("UPDATE outbox_message SET status = 'sent', sent_at = $2 WHERE id = $1", again, NOW)
    assert await settle_notices() == 1
    duty = await fetch_one("SELECT status, settled_on, settled_by FROM information_duty WHERE person = $1", owed.anna)
    assert duty is not None
    assert (duty.status, duty.settled_on, duty.settled_by) == ("sent", NOW.date(), cast.sven.id)


async def test_a_run_writes_to_all_who_can_be_reached_and_twice_to_nobody(cast: Cast, owed: Customers) -> None:
    await execute("DELETE FROM email_address WHERE person = $1", owed.emre_person)
    run = await request_run(by=cast.eva.id, now=NOW)
    assert run is not None
    assert await request_run(by=cast.eva.id, now=NOW) == run
    await send_notices(run, now=NOW)
    await send_notices(run, now=NOW)

    assert [row.person for row in await fetch("SELECT person FROM information_notice")] == [owed.anna]
    done = await fetch_one("SELECT status, done, written FROM notice_run WHERE id = $1", run)
    assert done is not None
    assert (done.status, done.done, done.written) == ("done", 1, 1)


async def test_a_run_that_was_left_behind_is_a_task_of_its_own(
    cast: Cast, owed: Customers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sweep hands it to the queue, where it has half an hour."""
    asked: list[tuple[str, int]] = []

    async def enqueue(name: str, number: int) -> None:
        asked.append((name, number))

    run = await request_run(by=cast.eva.id, now=NOW - timedelta(hours=1))
    assert run is not None
    monkeypatch.setattr(actions, "enqueue", enqueue)
    await sweep_notices(now=NOW)

    assert asked == [("send_notices", run)]
    assert await fetch_value("SELECT count(*) FROM information_notice") == 0


async def test_the_page_shows_the_overdue_first_and_sends(browser: Browser, cast: Cast, owed: Customers) -> None:
    await browser.log_in(cast.eva)
    page = await browser.get("/information")
    assert page.status_code == 200
    assert int(page.headers["x-sql-statements"]) <= 8
    assert page.text.index("Emre Yıldız") < page.text.index("Anna Größmann")
    assert "überfällig" in page.text

    assert (await browser.post(f"/information/{owed.anna}")).status_code == 303
    refused = await browser.post(f"/information/{owed.anna}")
    assert (refused.status_code, "ist schon unterwegs" in refused.text) == (422, True)
    await browser.log_in(cast.ali)
    assert (await browser.get("/information")).status_code == 404
    assert (await browser.post(f"/information/{owed.anna}")).status_code == 403


async def test_the_officer_writes_a_text_of_their_own_that_leaves_nothing_out(
    browser: Browser, cast: Cast, owed: Customers
) -> None:
    await browser.log_in(cast.sven)
    shown = await browser.get("/information/texts/de")
    assert "{salutation}" in shown.text
    form = {"subject": "Ihre Daten", "text": "{salutation}\n\nIhre Daten kommen von: {source}.", "version": "0"}
    without = await browser.post("/information/texts/de", {**form, "text": "Guten Tag"})
    assert (without.status_code, "{source}" in without.text) == (422, True)
    assert (await browser.post("/information/texts/de", form)).status_code == 303
    assert (await browser.post("/information/texts/de", {**form, "subject": "Anders"})).status_code == 422
    await send_notice(owed.anna, by=cast.sven.id, now=NOW)
    text = await fetch_value("SELECT text FROM outbox_message ORDER BY id DESC LIMIT 1")
    assert "Ihre Daten kommen von: Adressliste der IHK." in text
    assert (await browser.post("/information/texts/de/proposal")).status_code == 303
    assert (await browser.get("/information/texts/fr")).status_code == 404


async def test_officers_are_reminded_once_before_the_day(cast: Cast, owed: Customers) -> None:
    soon = NOW + timedelta(days=25)
    for _again in range(2):
        assert await remind_of_information(now=soon) == 1
    told = await fetch("SELECT \"user\" AS who FROM notification WHERE kind = 'information_due'")
    assert [row.who for row in told] == [cast.sven.id]


async def test_a_program_sees_who_waits_and_sends(browser: Browser, cast: Cast, owed: Customers) -> None:
    await browser.log_in(cast.sven)
    items = (await browser.api("GET", "/information-duties")).json()["items"]
    assert [(one["person_id"], one["source"]) for one in items] == [
        (owed.emre_person, "Messe Nürnberg"), (owed.anna, "Adressliste der IHK"),
    ]  # fmt: skip
    assert (await browser.api("POST", f"/persons/{owed.anna}/information-notices")).status_code == 201
    assert (await browser.api("POST", f"/persons/{owed.anna}/information-notices")).status_code == 422


async def test_the_notice_names_special_categories_too(cast: Cast, owed: Customers) -> None:
    """GDPR Art. 14 (1) d: whoever keeps something of Art. 9 says so."""
    await execute(
        "UPDATE attribute SET name_de = 'Pflegegrad', is_special = true, legal_basis = 'consent', roles = 'dpo', about = 'person' "
        "WHERE id = (SELECT min(id) FROM attribute)"
    )
    await send_notice(owed.anna, by=cast.sven.id, now=NOW)
    assert "Pflegegrad" in await fetch_value("SELECT text FROM outbox_message WHERE person_id = $1", owed.anna)


async def test_what_all_notices_of_a_run_have_in_common_is_read_once(
    cast: Cast, owed: Customers, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []

    async def texts(code: str) -> tuple[str, str, int]:
        read.append(code)
        return await queries.texts(code)

    monkeypatch.setattr(actions, "texts", texts)
    run = await request_run(by=cast.eva.id, now=NOW)
    assert run is not None
    await send_notices(run, now=NOW)
    assert await fetch_value("SELECT count(*) FROM information_notice") == 2
    assert read == ["de"]
