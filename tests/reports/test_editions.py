"""Corrections of past months, and the list of readers: who gets what, once, and what stays as it was."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta

import pytest

from crm.database import execute, fetch, fetch_value
from crm.errors import Conflict, Invalid, RuleBroken
from crm.reports import months
from crm.reports.actions import produce_report, request_report
from crm.reports.correcting import correct_report
from crm.reports.printing import Job
from crm.reports.queries import editions_of, run_for, stored_figures
from crm.reports.readers import possible_readers, set_readers
from tests.browser import Browser
from tests.cast import Cast, introduce
from tests.reports.world import BERLIN, EDGES, World

OCTOBER = date(2026, 10, 1)
AFTER = EDGES[2] + timedelta(days=1, hours=9)
LATER = AFTER + timedelta(days=9)
NOTE = "Zwölf Anrufe vom 30. Oktober kamen erst im November ins System."
LAST = months.written(months.earlier(months.month_of(datetime.now(UTC), BERLIN), 1))


async def final_report(cast: Cast) -> None:
    for language in ("de", "en"):
        assert await produce_report(await request_report(OCTOBER, language, by=cast.karin.id, now=AFTER), now=AFTER)


async def produce_all(now: datetime) -> None:
    for row in await fetch("SELECT id FROM report_run WHERE status = 'requested' ORDER BY id"):
        assert await produce_report(row.id, now=now)


async def test_a_correction_is_a_new_edition_and_the_first_stays_as_it_was(cast: Cast, paper: list[Job]) -> None:
    await World(1, cast).fill(contacts=60, answers=30, tickets=5, events=5)
    await final_report(cast)
    first = await fetch("SELECT id, figures::text AS figures, pdf_hash FROM report_run ORDER BY id")
    before = await stored_figures(OCTOBER)
    await execute("DELETE FROM interaction")
    assert await correct_report(OCTOBER, f"  {NOTE}\n", seen=1, by=cast.karin.id, now=LATER) == 2
    await produce_all(LATER)
    assert (
        await fetch("SELECT id, figures::text AS figures, pdf_hash FROM report_run WHERE edition = 1 ORDER BY id")
        == first
    )
    after = await stored_figures(OCTOBER)
    assert before is not None
    assert after is not None
    assert (before.contacts > 0, after.contacts, after.computed_at) == (True, 0, LATER)
    assert await stored_figures(OCTOBER, 1) == before
    newest = await run_for(OCTOBER, "de")
    assert newest is not None
    assert (newest.edition, newest.note, newest.status) == (2, NOTE, "ready")
    assert f"2. Ausgabe, berichtigt die frühere: {NOTE}" in paper[2].page
    assert "Edition 2" in paper[3].page
    assert "Ausgabe, berichtigt" not in paper[0].page


async def test_asking_again_after_a_correction_starts_nothing(cast: Cast, paper: list[Job]) -> None:
    await final_report(cast)
    await correct_report(OCTOBER, NOTE, seen=1, by=cast.karin.id, now=LATER)
    await produce_all(LATER)
    newest = await run_for(OCTOBER, "de")
    assert newest is not None
    assert await request_report(OCTOBER, "de", by=cast.eva.id, now=LATER + timedelta(days=1)) == newest.id
    assert await fetch_value("SELECT count(*) FROM report_run WHERE status <> 'ready'") == 0
    assert [run.edition for run in await editions_of(OCTOBER)] == [1, 1, 2, 2]


async def test_two_people_correct_the_same_report_and_the_second_is_told(cast: Cast, paper: list[Job]) -> None:
    await final_report(cast)
    await correct_report(OCTOBER, NOTE, seen=1, by=cast.karin.id, now=LATER)
    with pytest.raises(Conflict, match="2"):
        await correct_report(OCTOBER, "Anders", seen=1, by=cast.ines.id, now=LATER)
    with pytest.raises(RuleBroken):
        await correct_report(OCTOBER, "Zu früh", seen=2, by=cast.ines.id, now=LATER)


@pytest.mark.parametrize("note", ["", " \n ", "x" * 301])
async def test_a_correction_says_why(cast: Cast, paper: list[Job], note: str) -> None:
    await final_report(cast)
    with pytest.raises(Invalid) as refusal:
        await correct_report(OCTOBER, note, seen=1, by=cast.karin.id, now=LATER)
    assert list(refusal.value.errors) == ["note"]


async def test_only_a_final_report_can_be_corrected(cast: Cast, paper: list[Job]) -> None:
    with pytest.raises(RuleBroken):
        await correct_report(OCTOBER, NOTE, seen=1, by=cast.karin.id, now=AFTER)


async def test_each_reader_gets_the_report_once_and_in_their_language(cast: Cast, paper: list[Job]) -> None:
    await set_readers({cast.karin.id: "de", cast.eva.id: "en", cast.sven.id: ""}, by=cast.karin.id, now=AFTER)
    await final_report(cast)
    mails = await fetch("SELECT to_address, language, subject, status, user_id FROM outbox_message ORDER BY id")
    assert [(row.to_address, row.language, row.status, row.user_id) for row in mails] == [
        (cast.karin.email, "de", "queued", cast.karin.id),
        (cast.eva.email, "en", "queued", cast.eva.id),
    ]
    assert [row.subject for row in mails] == ["Kontaktpunktbericht Oktober 2026", "Touchpoint report October 2026"]
    files = await fetch("SELECT name, sha256 FROM outbox_attachment ORDER BY id")
    assert [row.name for row in files] == ["Kontaktpunktbericht-2026-10.pdf", "touchpoint-report-2026-10.pdf"]
    hashes = await fetch("SELECT pdf_hash FROM report_run ORDER BY id")
    assert [row.sha256 for row in files] == [row.pdf_hash for row in hashes]
    await correct_report(OCTOBER, NOTE, seen=1, by=cast.karin.id, now=LATER)
    await produce_all(LATER)
    assert await fetch_value("SELECT count(*) FROM outbox_message") == 4


async def test_a_running_month_is_mailed_to_nobody(cast: Cast, paper: list[Job]) -> None:
    await set_readers({cast.karin.id: "de"}, by=cast.karin.id, now=AFTER)
    middle = EDGES[1] + timedelta(days=14)
    await produce_report(await request_report(OCTOBER, "de", by=None, now=middle), now=middle)
    assert await fetch_value("SELECT count(*) FROM outbox_message") == 0


async def test_who_may_not_see_reports_cannot_read_them_by_mail(cast: Cast, paper: list[Job]) -> None:
    with pytest.raises(Invalid):
        await set_readers({cast.petra.id: "de"}, by=cast.karin.id, now=AFTER)
    with pytest.raises(Invalid):
        await set_readers({cast.karin.id: "fr"}, by=cast.karin.id, now=AFTER)
    await set_readers({cast.eva.id: "de"}, by=cast.karin.id, now=AFTER)
    await execute("UPDATE staff SET role = 'agent' WHERE id = $1", cast.eva.id)
    await final_report(cast)
    assert await fetch_value("SELECT count(*) FROM outbox_message") == 0
    assert cast.petra.id not in [row.id for row in await possible_readers()]


async def test_the_page_corrects_a_month_and_keeps_what_was_typed(
    browser: Browser, cast: Cast, paper: list[Job]
) -> None:
    await browser.log_in(cast.karin)
    await browser.post("/reports", {"month": LAST, "language": "de"})
    await produce_all(datetime.now(UTC))
    assert "Diesen Bericht berichtigen" in (await browser.get(f"/reports/{LAST}")).text
    long = "y" * 301
    refused = await browser.post(f"/reports/{LAST}/corrections", {"note": long, "edition": "1"})
    assert refused.status_code == 422
    assert long in refused.text
    done = await browser.post(f"/reports/{LAST}/corrections", {"note": NOTE, "edition": "1"})
    assert (done.status_code, done.headers["location"]) == (303, f"/reports/{LAST}?done=corrected")
    again = await browser.post(f"/reports/{LAST}/corrections", {"note": NOTE, "edition": "1"})
    assert again.status_code == 409
    assert NOTE in again.text
    await produce_all(datetime.now(UTC))
    page = await browser.get(f"/reports/{LAST}")
    assert "Frühere Ausgaben" in page.text
    assert int(page.headers["x-sql-statements"]) <= 8
    old, new = [(await browser.get(f"/reports/{LAST}/pdf?lang=de{more}")).content for more in ("&edition=1", "")]
    assert old != new
    assert (await browser.get(f"/reports/{LAST}/pdf?lang=de&edition=99")).status_code == 303


async def test_while_a_correction_is_made_or_has_failed_the_list_leads_to_what_is_there(
    browser: Browser, cast: Cast, paper: list[Job]
) -> None:
    await browser.log_in(cast.karin)
    await execute(
        "INSERT INTO interaction (channel, direction, at, text) VALUES ('phone', 'inbound', $1, '')",
        datetime.now(UTC) - timedelta(days=45),
    )
    await browser.post("/reports", {"month": LAST, "language": "de"})
    assert f"/reports/{LAST}/pdf" not in (await browser.get("/reports")).text
    await produce_all(datetime.now(UTC))
    await browser.post(f"/reports/{LAST}/corrections", {"note": NOTE, "edition": "1"})
    for status, words in (("running", "Deutsch: wird erstellt"), ("failed", "Deutsch: nicht gelungen")):
        await execute("UPDATE report_run SET status = $1 WHERE edition = 2", status)
        listed = (await browser.get("/reports")).text
        for text in (words, "endgültig", f"/reports/{LAST}/pdf?lang=de"):
            assert text in listed, text


async def test_two_people_choose_readers_at_once(own_database: str) -> None:
    cast = await introduce()
    for now in (AFTER, LATER):
        await asyncio.gather(
            set_readers({cast.eva.id: "de"}, by=cast.karin.id, now=now),
            set_readers({cast.eva.id: "en", cast.karin.id: "de"}, by=cast.ines.id, now=now),
        )
        chosen = {row.id: row.report_language for row in await possible_readers() if row.report_language}
        assert chosen[cast.eva.id] in ("de", "en")
        assert chosen[cast.karin.id] == "de"
        await set_readers({cast.eva.id: "", cast.karin.id: ""}, by=cast.karin.id, now=now)


async def test_leads_read_reports_and_correct_none(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.eva)
    assert (await browser.post(f"/reports/{LAST}/corrections", {"note": NOTE})).status_code == 403
    assert (await browser.get("/reports/readers")).status_code == 404
    assert (await browser.api("PUT", "/report-readers", json={"readers": []})).status_code in (403, 404)


async def test_readers_are_chosen_on_the_page_and_over_the_api(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.karin)
    saved = await browser.post(
        "/reports/readers", {f"reader_{cast.eva.id}": "en", f"reader_{cast.karin.id}": "de", "reader_x": "de"}
    )
    assert saved.status_code == 303
    listed = (await browser.api("GET", "/report-readers")).json()["items"]
    assert {row["user_id"]: row["language"] for row in listed if row["language"]} == {
        cast.eva.id: "en",
        cast.karin.id: "de",
    }
    wrong = await browser.post("/reports/readers", {f"reader_{cast.petra.id}": "de"})
    assert wrong.status_code == 422
    body = {"readers": [{"user_id": cast.eva.id, "language": ""}]}
    answer = await browser.api("PUT", "/report-readers", json=body)
    assert [row["user_id"] for row in answer.json()["items"] if row["language"]] == [cast.karin.id]
    far = await browser.api("PUT", "/report-readers", json={"readers": [{"user_id": 10**30, "language": "de"}]})
    assert far.status_code in (400, 422)
