"""Approved answers in the browser and by API, the public page, and the way to a person: also for those who try to misuse it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from crm.accounts.company import signing_secret
from crm.database import execute, fetch, fetch_value
from crm.tickets.answering import reply
from crm.tickets.answers.expiring import remind_of_expiring_answers
from crm.tickets.answers.figures import resolution_between
from crm.tickets.answers.giving import Asker, open_and_answer
from crm.tickets.answers.settling import ask_for_person, settle_automatic_answers
from crm.tickets.answers.tokens import OPINIONS_FOR, opinion_token, token_for
from crm.tickets.closing import close_ticket, reopen_ticket
from crm.tickets.opening import NewTicket, open_ticket
from tests.browser import Browser
from tests.tickets.answers.conftest import Answers, automatic, mailed, switch
from tests.tickets.conftest import NOW, value_of

pytestmark = pytest.mark.usefixtures("round_the_clock")

TYPED = {"topic": "general", "title_de": "Wo sind Sie?", "questions_de": "Wo finde ich Sie?", "text_de": "In Berlin."}


@pytest.fixture
async def outside(app: Any) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody who has no account."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        yield client


async def drafted(browser: Browser, **changes: str) -> str:
    answer = await browser.post("/answers", {**TYPED, **changes})
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"]).partition("?")[0]


async def test_ali_drafts_eva_approves_and_a_change_needs_approval_again(browser: Browser, answers: Answers) -> None:
    await browser.log_in(answers.desk.cast.ali)
    where = await drafted(browser)
    page = (await browser.get(where)).text
    assert "wartet auf Freigabe" in page
    assert "Diesen Text freigeben" not in page
    assert (await browser.post(f"{where}/approval", {"version": "1"})).status_code == 403
    await browser.log_in(answers.desk.cast.eva)
    assert "Diesen Text freigeben" in (await browser.get(where)).text
    approved = await browser.post(f"{where}/approval", {"version": "1", "is_published": "1"})
    assert approved.status_code == 303
    page = (await browser.get(where)).text
    assert "freigegeben von Eva Kern" in page
    await browser.post(where, {**TYPED, "text_de": "In Hamburg.", "version": "1"})
    page = (await browser.get(where)).text
    assert "In Hamburg." in page
    assert "In Berlin." in page
    assert "Änderung wartet auf Freigabe" in page
    assert "In Berlin." in (await browser.get("/faq?lang=de")).text


async def test_nobody_approves_what_they_have_not_seen(browser: Browser, answers: Answers) -> None:
    await browser.log_in(answers.desk.cast.eva)
    where = await drafted(browser)
    await browser.post(where, {**TYPED, "text_de": "Anderswo.", "version": "1"})
    for version, status in (("1", 409), ("", 422), ("99999999999999999999", 422)):
        assert (await browser.post(f"{where}/approval", {"version": version})).status_code == status
    assert (
        await fetch_value("SELECT max(approved_version) FROM approved_answer WHERE id > $1", answers.old_kitchen)
        is None
    )


async def test_two_who_change_at_once_see_both(browser: Browser, answers: Answers) -> None:
    await browser.log_in(answers.desk.cast.ali)
    where = await drafted(browser)
    await browser.post(where, {**TYPED, "text_de": "Erste.", "version": "1"})
    second = await browser.post(where, {**TYPED, "text_de": "Zweite.", "version": "1"})
    assert second.status_code == 409
    assert "Erste." in second.text
    assert "Zweite." in second.text


async def test_a_double_click_drafts_once(browser: Browser, answers: Answers) -> None:
    await browser.log_in(answers.desk.cast.ali)
    assert await drafted(browser, submission_id="a") == await drafted(browser, submission_id="a")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"text_de": ""}, "oder lassen Sie diese Sprache leer"),
        ({"title_de": "", "text_de": "", "questions_de": ""}, "mindestens eine Sprache"),
        ({"expires_on": "2020-01-01"}, "Dieser Tag ist vorbei"), ({"topic": "nonsense"}, "Thema"),
        ({"questions_de": "\n".join(f"Frage {n}" for n in range(41))}, "Höchstens 40"),
        ({"questions_de": "x" * 301}, "Eine Zeile ist eine Frage"), ({"text_de": "x" * 8001}, "8000"),
    ],
)  # fmt: skip
async def test_what_does_not_fit_is_said_and_kept(
    browser: Browser, answers: Answers, changes: dict[str, str], sentence: str
) -> None:
    await browser.log_in(answers.desk.cast.ali)
    answer = await browser.post("/answers", {**TYPED, **changes})
    assert answer.status_code == 422
    assert sentence in answer.text
    assert "Wo finde ich Sie?" in answer.text or "questions_de" in changes


async def test_nul_bytes_are_taken_out(browser: Browser, answers: Answers) -> None:
    await browser.log_in(answers.desk.cast.ali)
    assert "In Berlin." in (await browser.get(await drafted(browser, text_de="In\x00 Berlin."))).text


async def test_a_good_reply_begins_an_answer_and_others_messages_do_not(browser: Browser, answers: Answers) -> None:
    desk = answers.desk
    ticket = await open_ticket(NewTicket(desk.groessmann, "Parken", "Wo parke ich?"), by=desk.cast.ali.id, now=NOW)
    said = await reply(ticket.id, "Im Hof, Frau Größmann.", by=desk.cast.ali.id, now=NOW)
    await browser.log_in(desk.cast.ali)
    assert f"/answers/new?message={said.message_id}" in (await browser.get(f"/tickets/{ticket.id}")).text
    form = await browser.get(f"/answers/new?message={said.message_id}")
    assert "Im Hof, Frau Größmann." in form.text
    assert "Wo parke ich?" in form.text
    assert "Nehmen Sie Namen, Nummern und Termine heraus." in form.text
    for none, status in ((str(ticket.message_id), 404), ("999999", 404), ("9" * 40, 200)):
        page = await browser.get(f"/answers/new?message={none}")
        assert page.status_code == status
        assert "Wo parke ich?" not in page.text


async def test_fitting_answers_stand_beside_an_enquiry_also_when_nothing_is_automatic(
    browser: Browser, answers: Answers
) -> None:
    desk = answers.desk
    await switch(is_on=False, by=desk.cast.eva.id)
    new = NewTicket(desk.groessmann, "Altes", "Entsorgen Sie die alte Küche auch am Montag?")
    ticket = (await open_ticket(new, by=desk.cast.ali.id, now=NOW)).id
    await browser.log_in(desk.cast.ali)
    assert f"/tickets/{ticket}/answers" in (await browser.get(f"/tickets/{ticket}")).text
    shown = await browser.get(f"/tickets/{ticket}/answers")
    assert "Ja, für 250 Euro." in shown.text
    assert "Montags bis freitags" not in shown.text
    assert int(shown.headers["x-sql-statements"]) <= 8
    assert (await browser.get("/tickets/999999/answers")).status_code == 404


async def test_the_lead_sees_what_would_have_been_answered(browser: Browser, answers: Answers) -> None:
    desk, now = answers.desk, datetime.now(UTC)
    await switch(is_on=False, by=desk.cast.eva.id)
    for text in (
        "Entsorgen Sie die alte Küche?",
        "Entsorgen Sie die alte Küche? Sie ist kaputt.",
        "Was kostet ein Herd?",
    ):
        await open_ticket(NewTicket(desk.groessmann, text, text, channel="email"), by=None, now=now - timedelta(days=3))
    await browser.log_in(desk.cast.eva)
    page = await browser.get("/answers/automation?threshold=90")
    assert page.status_code == 200
    assert "Bei 90 % wäre eine davon automatisch beantwortet worden (33,3 %)." in page.text
    assert "Beim Kunden ist etwas schiefgegangen." in page.text
    assert int(page.headers["x-sql-statements"]) <= 8
    for nonsense in ("59", "101", "-1", "x", "²", "9" * 5000):
        assert (await browser.get(f"/answers/automation?threshold={nonsense}")).status_code == 200
    assert (
        await browser.post("/answers/automation", {"threshold": "59", "settled_after_days": "7"})
    ).status_code == 422
    saved = await browser.post("/answers/automation", {"is_on": "1", "threshold": "85", "settled_after_days": "5"})
    assert saved.status_code == 303
    assert (
        await fetch_value("SELECT (is_on, threshold, settled_after_days, is_faq_public)::text FROM level_zero")
        == "(t,85,5,f)"
    )
    await browser.log_in(desk.cast.ali)
    assert (await browser.get("/answers/automation")).status_code == 404


async def test_the_public_page_needs_no_account_sets_no_cookie_and_speaks_both_languages(
    outside: httpx.AsyncClient, answers: Answers
) -> None:
    page = await outside.get("/faq?lang=de")
    assert page.status_code == 200
    assert "set-cookie" not in page.headers
    assert "Wann haben Sie geöffnet?" in page.text
    assert "Lieferung" in page.text
    english = await outside.get("/faq", headers={"accept-language": "en"})
    assert "When are you open?" in english.text
    assert "alte Küche" not in english.text
    found = await outside.get("/faq?lang=de&q=kueche")
    assert "Nehmen Sie die alte Küche mit?" in found.text
    assert "Wann haben Sie geöffnet?" not in found.text
    assert "Es wurde nichts gefunden." in (await outside.get("/faq?lang=de&q=%00xyz%27%3B--")).text


async def test_whether_it_helped_is_counted_and_nothing_else(outside: httpx.AsyncClient, answers: Answers) -> None:
    token = await token_of_the_page(outside)
    for helped in ("yes", "yes", "no"):
        said = await outside.post(f"/faq/{answers.opening}/opinions?lang=de", data={"helped": helped, "token": token})
        assert said.status_code == 303
        assert "set-cookie" not in said.headers
    counts = "SELECT (helped, did_not_help)::text FROM approved_answer WHERE id = $1"
    assert await fetch_value(counts, answers.opening) == "(2,1)"
    await execute("UPDATE approved_answer SET is_published = false WHERE id = $1", answers.old_kitchen)
    for hidden in (answers.old_kitchen, 999999, 2**62):
        said = await outside.post(f"/faq/{hidden}/opinions", data={"helped": "yes", "token": token})
        assert said.status_code == 404


async def token_of_the_page(outside: httpx.AsyncClient) -> str:
    found = re.search(r'name="token" value="([^"]+)"', (await outside.get("/faq?lang=de")).text)
    assert found is not None
    return found[1]


async def test_an_opinion_is_taken_from_the_page_alone(outside: httpx.AsyncClient, answers: Answers) -> None:
    token = await token_of_the_page(outside)
    shown, mark = token.split("-")
    old = opinion_token(datetime.now(UTC) - OPINIONS_FOR - timedelta(minutes=1), await signing_secret())
    for forged in (
        "",
        "x",
        f"{int(shown) + 1}-{mark}",
        f"{shown}-{'0' * 40}",
        old,
        token + "\n",
        "٣" + token,
        "9" * 12 + "-" + mark,
    ):
        said = await outside.post(f"/faq/{answers.opening}/opinions", data={"helped": "yes", "token": forged})
        assert said.status_code == 403, forged
    assert await fetch_value("SELECT helped FROM approved_answer WHERE id = $1", answers.opening) == 0


async def test_before_it_is_published_only_a_lead_sees_it(
    outside: httpx.AsyncClient, browser: Browser, answers: Answers
) -> None:
    await switch(is_faq_public=False, by=answers.desk.cast.eva.id)
    assert (await outside.get("/faq")).status_code == 404
    assert (await outside.post(f"/faq/{answers.opening}/opinions", data={"helped": "yes"})).status_code == 404
    await browser.log_in(answers.desk.cast.ali)
    assert (await browser.get("/faq")).status_code == 404
    await browser.log_in(answers.desk.cast.eva)
    assert "Noch nicht öffentlich." in (await browser.get("/faq?lang=de")).text


async def test_markup_in_an_answer_is_text(outside: httpx.AsyncClient, answers: Answers) -> None:
    evil = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    await execute("UPDATE answer_version SET text_de = $1::text, title_de = $1::text", evil)
    page = await outside.get("/faq?lang=de&q=%22%3E%3Cscript%3E")
    assert "<script>alert" not in page.text
    assert "<img src=x" not in page.text
    new = NewTicket(answers.desk.groessmann, "x", "Haben Sie samstags geöffnet?", channel="email")
    await execute("UPDATE answer_version SET title_de = 'Offen?'")
    _opened, is_answered = await open_and_answer(new, Asker("anna@groessmann.example"), now=NOW)
    assert is_answered
    html = await fetch_value("SELECT html FROM outbox_message WHERE customer_id = $1", answers.desk.groessmann)
    assert "&lt;script&gt;" in html
    assert "<script>" not in html


async def test_the_link_shows_a_button_and_only_the_button_acts(outside: httpx.AsyncClient, answers: Answers) -> None:
    ticket = await asked(answers)
    where = f"/answered/{token_for(ticket, await signing_secret())}"
    for _scanner in range(2):
        page = await outside.get(where)
        assert page.status_code == 200
        assert "Ich möchte mit einem Menschen sprechen" in page.text
        assert "Größmann" not in page.text
    assert await value_of(ticket, "status") == "waiting"
    for _click in range(2):
        assert (await outside.post(where)).status_code == 303
    assert "Ein Mensch liest sie" in (await outside.get(where)).text
    assert await value_of(ticket, "status") == "open"
    assert len(await fetch("SELECT 1 FROM ticket_message WHERE ticket = $1 AND kind = 'inbound'", ticket)) == 2


async def test_forged_links_and_restricted_customers_find_nothing(outside: httpx.AsyncClient, answers: Answers) -> None:
    ticket, secret = await asked(answers), await signing_secret()
    plain = await open_ticket(NewTicket(answers.desk.groessmann, "x", "y"), by=answers.desk.cast.ali.id, now=NOW)
    forged = (
        token_for(ticket, b"guess"),
        f"{ticket}-",
        token_for(plain.id, secret),
        token_for(2**59, secret),
        "x" * 3000,
    )
    for token in forged:
        assert (await outside.get(f"/answered/{token}")).status_code == 404
        assert (await outside.post(f"/answered/{token}")).status_code == 404
    await execute("UPDATE customer SET restricted_at = $1", NOW)
    assert (await outside.post(f"/answered/{token_for(ticket, secret)}")).status_code == 404
    assert await value_of(ticket, "status") == "waiting"


async def asked(answers: Answers, now: datetime = NOW) -> int:
    new = NewTicket(
        answers.desk.groessmann, "Frage", "Haben Sie samstags geöffnet?", channel="email", person_id=answers.desk.anna
    )
    opened, is_answered = await open_and_answer(new, Asker("anna@groessmann.example"), now=now)
    assert is_answered
    return opened.id


async def test_the_ticket_page_says_that_it_was_automatic(browser: Browser, answers: Answers) -> None:
    ticket = await asked(answers)
    await browser.log_in(answers.desk.cast.ali)
    page = (await browser.get(f"/tickets/{ticket}")).text
    assert "Automatische Antwort · " in page
    assert "Automatisch beantwortet (Stufe 0): Niemand musste zugeteilt werden." in page
    assert "Warum diese Zuteilung?" not in page


async def test_what_is_solved_with_the_first_answer_is_told_per_level(answers: Answers) -> None:
    desk = answers.desk
    ali = desk.cast.ali.id
    left, clicked = await asked(answers), await asked(answers)
    await mailed(left)
    await ask_for_person(clicked, now=NOW + timedelta(hours=1))
    await settle_automatic_answers(now=NOW + timedelta(days=8))

    async def solved(replies: int, reopened_after: timedelta | None = None) -> None:
        ticket = await open_ticket(NewTicket(desk.groessmann, "Sonstiges", "Etwas."), by=ali, now=NOW)
        for hour in range(replies):
            await reply(ticket.id, "So.", by=ali, now=NOW + timedelta(hours=hour + 1))
        await close_ticket(ticket.id, "", by=ali, now=NOW + timedelta(hours=9))
        if reopened_after:
            await reopen_ticket(ticket.id, by=ali, now=NOW + timedelta(hours=9) + reopened_after)

    await solved(1)
    await solved(2)
    await solved(1, timedelta(days=6))
    await solved(1, timedelta(days=8))
    found = await resolution_between(NOW - timedelta(days=1), NOW + timedelta(days=30))
    assert [(one.level, one.solved, one.at_once) for one in found] == [(0, 2, 1), (1, 4, 2), (2, 0, 0), (3, 0, 0)]
    assert found[0].share == 0.5
    assert found[2].share is None
    soon = await resolution_between(NOW - timedelta(days=1), NOW + timedelta(days=5))
    assert soon[1].solved == 0  # not known yet
    assert await automatic(left, "settled_at") is not None


async def test_whoever_approved_is_told_once_before_it_runs_out(answers: Answers) -> None:
    await execute(
        "UPDATE answer_version SET expires_on = $2 WHERE answer = $1",
        answers.opening,
        (NOW + timedelta(days=14)).date(),
    )
    assert await remind_of_expiring_answers(now=NOW - timedelta(days=1)) == 0
    assert await remind_of_expiring_answers(now=NOW) == 1
    assert await remind_of_expiring_answers(now=NOW) == 0
    told = await fetch('SELECT "user", link FROM notification WHERE kind = $1', "answer_expires")
    assert [tuple(row) for row in told] == [(answers.desk.cast.eva.id, f"/answers/{answers.opening}")]


async def test_the_catalogue_is_few_statements(browser: Browser, answers: Answers) -> None:
    await browser.log_in(answers.desk.cast.ali)
    for path in (
        "/answers",
        "/answers?show=retired",
        f"/answers/{answers.opening}",
        f"/answers/{answers.opening}/edit",
    ):
        page = await browser.get(path)
        assert page.status_code == 200
        assert int(page.headers["x-sql-statements"]) <= 8
    assert (await browser.get("/answers/999999")).status_code == 404
    for action in ("approval", "use", "retirement", "return"):
        assert (await browser.post(f"/answers/{answers.opening}/{action}", {"version": "1"})).status_code == 403


async def test_retired_it_is_out_of_use_and_can_come_back(browser: Browser, answers: Answers) -> None:
    await browser.log_in(answers.desk.cast.eva)
    await browser.post(f"/answers/{answers.opening}/retirement", {})
    assert "Wann haben Sie geöffnet?" not in (await browser.get("/faq?lang=de")).text
    assert "Wann haben Sie geöffnet?" in (await browser.get("/answers?show=retired")).text
    assert (await browser.post(f"/answers/{answers.opening}/approval", {"version": "1"})).status_code == 422
    await browser.post(f"/answers/{answers.opening}/return", {})
    assert "Wann haben Sie geöffnet?" in (await browser.get("/faq?lang=de")).text


async def test_the_api_drafts_changes_approves_and_retires(browser: Browser, answers: Answers) -> None:
    desk = answers.desk.cast
    await browser.log_in(desk.ali)
    new = {"title_de": "Wo?", "questions_de": ["Wo sind Sie?"], "text_de": "Hier."}
    made = (await browser.api("POST", "/answers", new)).json()
    assert (made["version"], made["approved_version"], made["questions_de"]) == (1, None, ["Wo sind Sie?"])
    where = f"/answers/{made['id']}"
    changed = await browser.api("PATCH", where, {"version": 1, "text_de": "Dort.", "expires_on": "2030-01-31"})
    assert (changed.json()["version"], changed.json()["text_de"], changed.json()["title_de"]) == (2, "Dort.", "Wo?")
    assert (await browser.api("PATCH", where, {"version": 1, "text_de": "Da."})).status_code == 409
    assert (await browser.api("POST", f"{where}/approval", {"version": 2})).status_code == 403
    assert (await browser.api("GET", "/answers/999999")).status_code == 404
    assert (await browser.api("POST", "/answers", {"title_de": "Nur ein Titel"})).status_code == 422
    await browser.log_in(desk.eva)
    assert (await browser.api("POST", f"{where}/approval", {"version": 1})).status_code == 409
    approved = await browser.api("POST", f"{where}/approval", {"version": 2, "published": True})
    assert (approved.status_code, approved.json()["approved_by"]) == (201, "Eva Kern")
    assert made["id"] in [item["id"] for item in (await browser.api("GET", "/answers")).json()["items"]]
    assert (await browser.api("DELETE", where)).json()["retired"] is True


async def test_an_answer_that_was_put_in_is_counted_once(browser: Browser, answers: Answers) -> None:
    desk = answers.desk
    ticket = (await open_ticket(NewTicket(desk.groessmann, "x", "y"), by=desk.cast.ali.id, now=NOW)).id
    await browser.log_in(desk.cast.ali)
    said = {"kind": "reply", "text": "Ja.", "answer_id": str(answers.opening), "submission_id": "once"}
    for _click in range(2):
        assert (await browser.post(f"/tickets/{ticket}/messages", said)).status_code == 303
    assert await fetch_value("SELECT inserted FROM approved_answer WHERE id = $1", answers.opening) == 1
    for nonsense in ("999999", "-1", "x", "٣", "9" * 30):
        sent = await browser.post(f"/tickets/{ticket}/messages", {"kind": "note", "text": "n", "answer_id": nonsense})
        assert sent.status_code == 303


async def test_what_is_closed_for_good_says_what_to_do(outside: httpx.AsyncClient, answers: Answers) -> None:
    ticket = await asked(answers)
    await mailed(ticket)
    await settle_automatic_answers(now=NOW + timedelta(days=8))
    await execute(
        "UPDATE ticket SET status = 'closed', closed_at = $2 WHERE id = $1", ticket, NOW - timedelta(days=2000)
    )
    answer = await outside.post(f"/answered/{token_for(ticket, await signing_secret())}")
    assert answer.status_code == 422
    assert "Bitte schreiben Sie uns noch einmal" in answer.text
    assert await value_of(ticket, "status") == "closed"


@pytest.mark.parametrize("asked", ["0075", "00759", "0075" + "9" * 5000, "²", "-75"])
async def test_a_crooked_threshold_is_the_saved_one(browser: Browser, answers: Answers, asked: str) -> None:
    await browser.log_in(answers.desk.cast.eva)
    assert (await browser.get("/answers/automation", params={"threshold": asked})).status_code == 200
