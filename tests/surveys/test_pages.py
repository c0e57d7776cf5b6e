"""The pages and the API of surveys: Eva (lead) writes one down, Ali (service) types in answers, Frau Ost answers by her link."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from crm.accounts.company import signing_secret
from crm.database import Statements, counted, execute, fetch, fetch_one, fetch_value
from crm.surveys.defining import ask_staff
from crm.surveys.links import survey_path
from crm.surveys.tables import Audience, Occasion
from tests.browser import Browser
from tests.surveys.conftest import Asked, running, survey

NOW = datetime.now(UTC).replace(microsecond=0)
FORM = {
    "name": "Nach der Lieferung", "audience": "customers", "occasion": "delivered", "days": "2", "touchpoint": "delivery",
    "q0_kind": "csat", "limit_days": "90", "valid_days": "14", "low": "",
}  # fmt: skip


@pytest.fixture
async def eva(browser: Browser, asked: Asked) -> Browser:
    return await browser.log_in(asked.cast.eva)


@pytest.fixture
async def ost(app: Any, asked: Asked) -> AsyncIterator[httpx.AsyncClient]:
    """Frau Ost at her telephone: nobody who is logged in."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        yield client


async def link(asked: Asked, **changed: Any) -> str:
    """The path of Frau Ost's link, a minute after her enquiry."""
    survey_id = await running(survey(**changed), asked.cast, since=NOW - timedelta(days=1))
    invitation = await fetch_value(
        "INSERT INTO survey_invitation (survey, event, customer_id, person_id, touchpoint, address, language, questions, state, sent_at, "
        "expires_at) VALUES ($1, 'ticket 1', $2, $3, (SELECT id FROM touchpoint WHERE code = 'hotline'), 'ost@kunde.example', 'de', 1, "
        "'sent', $4, $5) RETURNING id",
        survey_id, asked.ost, asked.ost_person, NOW - timedelta(minutes=1), NOW + timedelta(days=14),
    )  # fmt: skip
    return survey_path(int(invitation), await signing_secret())


async def test_eva_writes_a_survey_down_and_starts_it(eva: Browser) -> None:
    assert (await eva.get("/surveys/new")).status_code == 200
    made = await eva.post("/surveys", {**FORM, "submission_id": "einmal"})
    again = await eva.post("/surveys", {**FORM, "submission_id": "einmal"})
    where = made.headers["location"].partition("?")[0]
    assert again.headers["location"].partition("?")[0] == where
    shown = (await eva.get(where)).text
    assert "Wie zufrieden waren Sie mit uns?" in shown
    assert (await eva.post(f"{where}/start")).status_code == 303
    for state in ("pause", "resumption", "end"):
        assert (await eva.post(f"{where}/{state}")).headers["location"].startswith(where)
    assert (await eva.post(f"{where}/start")).status_code == 422
    assert "beendet" in (await eva.get(where)).text


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"name": ""}, "Bitte füllen"), ({"q0_kind": "text"}, "Skala"), ({"q1_de": "Nur auf Deutsch?"}, "auf Deutsch und auf Englisch"),
        ({"low": "9"}, "ganze Zahl"), ({"valid_days": "0"}, "ganze Zahl"), ({"touchpoint": "gibtsnicht"}, "Kontaktpunkt"),
        ({"name": "x" * 200}, "höchstens"), ({"occasion": "\x00"}, "keines"),
    ],
)  # fmt: skip
async def test_what_is_wrong_is_said_and_what_was_typed_stays(
    eva: Browser, wrong: dict[str, str], sentence: str
) -> None:
    answer = await eva.post("/surveys", {**FORM, "intro_de": "Liebe Kundin", **wrong})
    assert answer.status_code == (303 if wrong.get("occasion") == "\x00" else 422)
    if answer.status_code == 422:
        assert sentence in answer.text
        assert "Liebe Kundin" in answer.text
    assert (await fetch("SELECT 1 FROM survey")) == ([] if answer.status_code == 422 else [(1,)])


async def test_two_who_change_a_survey_see_each_other(eva: Browser) -> None:
    where = (await eva.post("/surveys", FORM)).headers["location"].partition("?")[0]
    assert (await eva.post(where, {**FORM, "version": "1", "name": "Erste"})).status_code == 303
    late = await eva.post(where, {**FORM, "version": "1", "name": "Zweite"})
    assert late.status_code == 409
    assert "Erste" in late.text
    assert "Zweite" in late.text


async def test_only_some_may_write_surveys_down(browser: Browser, asked: Asked) -> None:
    survey_id = await running(survey(), asked.cast, since=NOW)
    await browser.log_in(asked.cast.ali)
    assert (await browser.get(f"/surveys/{survey_id}")).status_code == 200
    for path in ("/surveys/new", f"/surveys/{survey_id}/edit"):
        assert (await browser.get(path)).status_code == 404
    for path in (
        "/surveys",
        f"/surveys/{survey_id}",
        f"/surveys/{survey_id}/pause",
        f"/surveys/{survey_id}/colleagues",
    ):
        assert (await browser.post(path, FORM)).status_code == 403
    assert (await browser.get("/surveys/999999")).status_code == 404


async def test_looking_does_not_answer_and_the_button_does(ost: httpx.AsyncClient, asked: Asked) -> None:
    path = await link(asked)
    shown = await ost.get(f"{path}?answer=4")
    assert shown.status_code == 200
    assert re.search(r'value="4" checked', shown.text)
    assert await fetch("SELECT 1 FROM survey_answer") == []
    assert "set-cookie" not in shown.headers
    assert "<script" not in shown.text
    assert shown.headers["referrer-policy"] == "no-referrer"
    sent = await ost.post(path, data={"q0": "4", "comment": "Gut <b>beraten</b>"})
    assert sent.status_code == 303
    thanks = await ost.get(sent.headers["location"])
    assert "Ihre Antwort ist angekommen" in thanks.text
    assert "Gut &lt;b&gt;beraten" in thanks.text
    answer = await fetch_one("SELECT score, comment, customer FROM survey_answer")
    assert answer is not None
    assert tuple(answer) == (4, "Gut <b>beraten</b>", asked.ost)
    await ost.post(path, data={"q0": "5"})
    assert [row.score for row in await fetch("SELECT score FROM survey_answer")] == [5]


async def test_the_page_speaks_both_languages(ost: httpx.AsyncClient, asked: Asked) -> None:
    path = await link(asked)
    assert "Wie zufrieden waren Sie?" in (await ost.get(path)).text
    english = (await ost.get(f"{path}?lang=en")).text
    assert "How satisfied were you?" in english
    assert "Send the answer" in english


@pytest.mark.parametrize("typed", [{}, {"q0": ""}, {"q0": "6"}, {"q0": "vier"}, {"q0": "4", "comment": "x" * 5000}])
async def test_what_cannot_be_an_answer_is_refused_with_a_sentence(
    ost: httpx.AsyncClient, asked: Asked, typed: dict[str, str]
) -> None:
    path = await link(asked)
    answer = await ost.post(path, data=typed)
    assert answer.status_code == 422
    assert 'class="error"' in answer.text
    assert await fetch("SELECT 1 FROM survey_answer") == []


async def test_a_link_that_leads_nowhere_reveals_nothing(ost: httpx.AsyncClient, asked: Asked) -> None:
    path = await link(asked)
    forged = path[:-1] + ("a" if path[-1] != "a" else "b")
    nobody = (await ost.get("/survey/1-" + "a" * 26)).text
    assert (await ost.get(forged)).status_code == 404
    assert (await ost.get(forged)).text == nobody
    await execute("UPDATE survey_invitation SET expires_at = $1", NOW - timedelta(seconds=1))
    late = await ost.post(path, data={"q0": "4"})
    assert late.status_code == 404
    assert late.text == nobody
    assert "Ost" not in nobody


async def test_an_anonymous_answer_is_thanked_for_and_the_link_is_used(ost: httpx.AsyncClient, asked: Asked) -> None:
    path = await link(asked, is_anonymous=True)
    assert "ohne Ihren Namen" in (await ost.get(path)).text
    sent = await ost.post(path, data={"q0": "2"})
    assert sent.headers["location"].startswith("/survey/thanks")
    assert "Vielen Dank" in (await ost.get(f"{sent.headers['location']}")).text
    assert (await ost.get(path)).status_code == 404
    again = await ost.post(path, data={"q0": "5"})
    assert again.headers["location"].startswith("/survey/thanks")
    assert [row.score for row in await fetch("SELECT score FROM survey_reply")] == [2]
    assert (await ost.post(f"{path}x", data={"q0": "5"})).status_code == 404


async def test_the_survey_shows_what_came_in_and_counts_few_statements(
    eva: Browser, ost: httpx.AsyncClient, asked: Asked
) -> None:
    path = await link(asked)
    await ost.post(path, data={"q0": "1", "comment": "Keiner ging ans Telefon."})
    survey_id = await fetch_value("SELECT id FROM survey")
    statements = Statements()
    counted.set(statements)
    page = await eva.get(f"/surveys/{survey_id}")
    shown = len(statements)
    listed = await eva.get("/surveys")
    counted.set(None)
    assert shown <= 8 + 3, statements  # the session, the navigation
    assert len(statements) - shown <= 8
    assert "Keiner ging ans Telefon." in page.text
    assert "100 %" in page.text.replace("\xa0", " ")
    assert "(1 von 1)" in listed.text
    assert f"/customers/{asked.ost}" in page.text
    ticket = await fetch_value("SELECT ticket FROM survey_response")
    assert f"/tickets/{ticket}" in page.text


async def test_ali_types_in_what_came_on_paper(browser: Browser, asked: Asked) -> None:
    survey_id = await running(survey(occasion=Occasion.NONE), asked.cast, since=NOW)
    await browser.log_in(asked.cast.ali)
    number = await fetch_value("SELECT number FROM customer WHERE id = $1", asked.ost)
    path = f"/surveys/{survey_id}/paper"
    assert (await browser.get(path)).status_code == 200
    wrong = await browser.post(
        path, {"r0_q0": "7", "r1_q0": "4", "r1_customer": "gibtsnicht", "r2_comment": "Ohne Note"}
    )
    assert wrong.status_code == 422
    assert "Ohne Note" in wrong.text
    assert await fetch("SELECT 1 FROM survey_answer") == []
    assert (await browser.post(path, {})).status_code == 422
    right = {"r0_q0": "4", "r0_customer": number, "r0_comment": "Auf dem Bogen", "r3_q0": "5", "submission_id": "s1"}
    for _twice in range(2):
        assert (await browser.post(path, right)).status_code == 303
    answers = await fetch("SELECT customer, score FROM survey_answer ORDER BY score")
    assert [tuple(one) for one in answers] == [(asked.ost, 4), (None, 5)]
    other = await browser.post(path, {"r0_q0": "4", "r0_customer": "gibtsnicht"})
    assert "Kundennummer" in other.text


async def test_ali_goes_on_with_the_next_sheets_of_the_same_day(browser: Browser, asked: Asked) -> None:
    survey_id = await running(survey(occasion=Occasion.NONE), asked.cast, since=NOW)
    await browser.log_in(asked.cast.ali)
    path = f"/surveys/{survey_id}/paper"
    body = {"r0_q0": "4", "r0_on": "2026-11-12", "more": "1", "submission_id": "s1"}
    sent = await browser.post(path, body)
    assert sent.headers["location"] == f"{path}?done=typed&on=2026-11-12"
    next_ones = (await browser.get(sent.headers["location"])).text
    assert "Hier sind die nächsten Bogen." in next_ones
    assert next_ones.count('value="2026-11-12"') == 10
    assert (await browser.get(f"{path}?on=2999-01-01")).text.count('value="2999-01-01"') == 0, "no day to come"
    assert (await browser.get(f"{path}?on=nonsense")).status_code == 200


async def test_a_colleague_answers_when_asked(browser: Browser, asked: Asked) -> None:
    cast = asked.cast
    survey_id = await running(survey(audience=Audience.STAFF, occasion=Occasion.NONE), cast, since=NOW)
    await ask_staff(survey_id, [cast.ali.id], by=cast.eva.id, now=NOW)
    await browser.log_in(cast.jonas)
    assert (await browser.get(f"/surveys/{survey_id}/answer")).status_code == 404
    await browser.log_in(cast.ali)
    path = f"/surveys/{survey_id}/answer"
    assert (await browser.get(path)).status_code == 200
    assert path in (await browser.get("/surveys")).text
    assert (await browser.api("POST", f"/surveys/{survey_id}/answer", {"answers": [9]})).status_code == 422
    assert (await browser.api("POST", f"/surveys/{survey_id}/answer", {"answers": [2]})).status_code == 204
    assert path not in (await browser.get("/surveys")).text
    assert (await browser.post(path, {"q0": ""})).status_code == 422
    assert (await browser.post(path, {"q0": "3", "comment": "Zu viel auf einmal"})).status_code == 303
    assert "Zu viel auf einmal" in (await browser.get(path)).text
    await browser.log_in(cast.eva)
    assert "Zu viel auf einmal" in (await browser.get(f"/surveys/{survey_id}")).text
    asking = await browser.post(
        f"/surveys/{survey_id}/colleagues", {"user_ids": [str(cast.jonas.id), str(cast.ali.id)]}
    )
    assert asking.status_code == 303
    assert (await browser.post(f"/surveys/{survey_id}/colleagues", {"user_ids": "9" * 30})).status_code == 422
    assert await fetch_value("SELECT count(*) FROM survey_invitation") == 2


async def test_what_was_said_in_interviews_is_kept_by_touchpoint(browser: Browser, asked: Asked) -> None:
    await browser.log_in(asked.cast.ali)
    note = {"touchpoint": "hotline", "speaker": "staff", "text": "Abends ist niemand da.", "said_on": "2026-11-02"}
    for _twice in range(2):
        assert (await browser.post("/interviews", {**note, "submission_id": "x"})).status_code == 303
    assert (await browser.post("/interviews", {**note, "text": " "})).status_code == 422
    assert (await browser.post("/interviews", {**note, "said_on": "2150-01-01"})).status_code == 422
    assert "Abends ist niemand da." in (await browser.get("/interviews?touchpoint=hotline&speaker=staff")).text
    assert "Abends ist niemand da." not in (await browser.get("/interviews?touchpoint=invoice")).text
    note_id = await fetch_value("SELECT id FROM interview_note")
    assert (await browser.post(f"/interviews/{note_id}/deletion")).status_code == 403
    await browser.log_in(asked.cast.eva)
    assert (await browser.post(f"/interviews/{note_id}/deletion")).status_code == 303
    assert await fetch("SELECT 1 FROM interview_note") == []


async def test_the_preview_shows_mail_and_page_in_both_languages(eva: Browser, asked: Asked) -> None:
    survey_id = await running(survey(), asked.cast, since=NOW)
    for spoken, question in (("de", "Wie zufrieden waren Sie?"), ("en", "How satisfied were you?")):
        assert question in (await eva.get(f"/surveys/{survey_id}/preview?spoken={spoken}")).text
        assert question in (await eva.get(f"/surveys/{survey_id}/preview/mail?spoken={spoken}")).text


async def test_the_api_tells_the_same(eva: Browser, asked: Asked) -> None:
    body = {
        "name": "Empfehlung",
        "questions": [{"kind": "nps"}, {"kind": "text", "text_de": "Warum?", "text_en": "Why?"}],
        "occasion": "visit",
    }
    made = await eva.api("POST", "/surveys", body, **{"idempotency-key": "k1"})
    assert made.status_code == 201, made.text
    again = await eva.api("POST", "/surveys", body, **{"idempotency-key": "k1"})
    one = made.json()
    assert again.json()["id"] == one["id"]
    assert (one["low"], one["kind"], len(one["questions"])) == (6, "nps", 2)
    changed = await eva.api("PUT", f"/surveys/{one['id']}", {**body, "days": 3, "version": 1})
    assert (changed.status_code, changed.json()["days"]) == (200, 3)
    assert (await eva.api("PUT", f"/surveys/{one['id']}", {**body, "version": 1})).status_code == 409
    assert (await eva.api("POST", f"/surveys/{one['id']}/start")).json()["status"] == "running"
    kept = await eva.api("POST", f"/surveys/{one['id']}/paper", {"answers": [9, "Schnell"], "customer_id": asked.ost})
    assert kept.status_code == 201, kept.text
    for wrong in (
        {"answers": [11]},
        {"answers": []},
        {"answers": [9, "a", "b"]},
        {"answers": [9], "answered_on": "2150-01-01"},
    ):
        assert (await eva.api("POST", f"/surveys/{one['id']}/paper", wrong)).status_code == 422
    results = (await eva.api("GET", f"/surveys/{one['id']}/results")).json()
    assert results["questions"][0]["result"]["score"]["value"] == 100
    assert results["questions"][1]["texts"] == ["Schnell"]
    assert [each["id"] for each in (await eva.api("GET", "/surveys")).json()["items"]] == [one["id"]]
    assert (await eva.api("DELETE", f"/surveys/{one['id']}")).status_code == 422
    for state in ("pause", "resumption", "end"):
        assert (await eva.api("POST", f"/surveys/{one['id']}/{state}")).status_code == 200
    noted = await eva.api("POST", "/interviews", {"touchpoint": "hotline", "text": "Zu lang", "speaker": "customers"})
    assert noted.status_code == 201
    assert (await eva.api("GET", "/interviews?touchpoint=hotline")).json()["items"][0]["text"] == "Zu lang"
    assert (await eva.api("DELETE", f"/interviews/{noted.json()['id']}")).status_code == 204


async def test_an_anonymous_answer_of_a_colleague_is_thanked_for_twice_and_counted_once(
    browser: Browser, asked: Asked
) -> None:
    cast = asked.cast
    among = survey(audience=Audience.STAFF, occasion=Occasion.NONE, is_anonymous=True)
    survey_id = await running(among, cast, since=NOW - timedelta(days=1))
    await ask_staff(survey_id, [cast.ali.id], by=cast.eva.id, now=NOW)
    await browser.log_in(cast.ali)
    for score in ("2", "5"):
        sent = await browser.post(f"/surveys/{survey_id}/answer", {"q0": score})
        assert sent.headers["location"] == "/surveys?done=answered"
    assert [row.score for row in await fetch("SELECT score FROM survey_reply")] == [2]
    assert (await browser.log_in(cast.jonas)) is browser
    assert (await browser.post(f"/surveys/{survey_id}/answer", {"q0": "5"})).status_code == 404


async def test_a_retired_touchpoint_stays_with_its_survey(eva: Browser, asked: Asked) -> None:
    survey_id = await running(survey(touchpoint="delivery"), asked.cast, since=NOW - timedelta(days=1))
    await execute("UPDATE touchpoint SET state = 'retired' WHERE code = 'delivery'")
    assert re.search(r'value="delivery"\s+selected', (await eva.get(f"/surveys/{survey_id}/edit")).text)
    assert 'value="delivery"' not in (await eva.get("/surveys/new")).text


async def test_a_sheet_that_was_begun_before_the_questions_changed_is_not_kept(browser: Browser, asked: Asked) -> None:
    survey_id = await running(survey(), asked.cast, since=NOW - timedelta(days=1))
    await browser.log_in(asked.cast.ali)
    path = f"/surveys/{survey_id}/paper"
    assert 'name="questions" value="1"' in (await browser.get(path)).text
    await execute("INSERT INTO survey_question (survey, version, position, kind, text_de, text_en) "
                  "VALUES ($1, 2, 0, 'csat', 'Neu?', 'New?')", survey_id)  # fmt: skip
    await execute("UPDATE survey SET questions = 2 WHERE id = $1", survey_id)
    refused = await browser.post(path, {"questions": "1", "r0_q0": "4", "r0_comment": "Flott"})
    assert refused.status_code == 422
    assert "inzwischen geändert" in refused.text
    assert "Flott" in refused.text
    assert (await browser.post(path, {"questions": "2", "r0_q0": "4", "r0_comment": "Flott"})).status_code == 303
