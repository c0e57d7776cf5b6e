"""Enquiries in the browser: opening, answering, escalating, solving, and what the pages cost."""

from __future__ import annotations

import re

import msgspec
import pytest

from crm.database import fetch_one, fetch_value
from crm.tickets.opening import NewTicket, open_ticket
from crm.web.formats import local
from crm.web.i18n import speaking
from tests.browser import Browser
from tests.tickets.conftest import NOW, Desk

pytestmark = pytest.mark.usefixtures("round_the_clock")

BILLING = {
    "subject": "Unklare Rechnungsposition", "text": "Position 7 verstehe ich nicht.", "topic": "billing", "priority": "normal",
    "channel": "phone", "kind": "question",
}  # fmt: skip


async def opened(browser: Browser, desk: Desk, **changes: str) -> str:
    answer = await browser.post(
        "/tickets", {**BILLING, "customer_id": str(desk.groessmann), "person_id": str(desk.anna), **changes}
    )
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"]).partition("?")[0]


async def test_ali_opens_an_enquiry_and_sees_where_it_went_and_why(browser: Browser, desk: Desk) -> None:
    await browser.log_in(desk.cast.ali)
    form = await browser.get(f"/tickets/new?customer={desk.groessmann}")
    assert form.status_code == 200
    assert "Größmann Küchen GmbH" in form.text
    page = await browser.get(await opened(browser, desk))
    assert page.status_code == 200
    for shown in (
        "Unklare Rechnungsposition",
        "Position 7 verstehe ich nicht.",
        "Warum diese Zuteilung?",
        "Jonas Beck",
        "Lösung",
    ):
        assert shown in page.text


async def test_the_assignee_reads_why_me(browser: Browser, desk: Desk) -> None:
    await browser.log_in(desk.cast.jonas)
    assert "Warum ich?" in (await browser.get(await opened(browser, desk))).text


async def test_an_answer_goes_out_to_the_person_and_is_shown(browser: Browser, desk: Desk) -> None:
    await browser.log_in(desk.cast.jonas)
    where = await opened(browser, desk)
    answer = await browser.post(f"{where}/messages", {"kind": "reply", "text": "Ich schaue es mir an.", "wait": "1"})
    assert answer.status_code == 303, answer.text
    page = (await browser.get(where)).text
    assert "Ich schaue es mir an." in page
    assert "anna@groessmann.example" in page
    assert "wartet auf Antwort" in page


async def test_an_empty_answer_comes_back_with_its_error(browser: Browser, desk: Desk) -> None:
    await browser.log_in(desk.cast.jonas)
    where = await opened(browser, desk)
    answer = await browser.post(f"{where}/messages", {"kind": "reply", "text": "  "})
    assert answer.status_code == 422
    assert 'id="reply-text-error"' in answer.text


async def test_a_double_click_answers_once(browser: Browser, desk: Desk) -> None:
    await browser.log_in(desk.cast.jonas)
    where = await opened(browser, desk)
    for _click in range(2):
        await browser.post(f"{where}/messages", {"kind": "reply", "text": "Einmal.", "submission_id": "once"})
    ticket = int(where.rpartition("/")[2])
    assert await fetch_value("SELECT count(*) FROM ticket_message WHERE ticket = $1 AND kind = 'reply'", ticket) == 1


async def test_an_answer_to_an_outdated_conversation_asks_first_and_loses_nothing(browser: Browser, desk: Desk) -> None:
    await browser.log_in(desk.cast.jonas)
    where = await opened(browser, desk)
    seen = re.search(r'name="seen" value="(\d+)"', (await browser.get(where)).text)
    assert seen
    await browser.post(f"{where}/messages", {"kind": "inbound", "text": "Hat sich erledigt!"})
    answer = await browser.post(f"{where}/messages", {"kind": "reply", "text": "Mein langer Text.", "seen": seen[1]})
    assert answer.status_code == 409
    assert "Hat sich erledigt!" in answer.text
    assert "Mein langer Text." in answer.text
    newer = re.search(r'name="seen" value="(\d+)"', answer.text)
    assert newer
    assert int(newer[1]) > int(seen[1])
    again = await browser.post(f"{where}/messages", {"kind": "reply", "text": "Mein langer Text.", "seen": newer[1]})
    assert again.status_code == 303


async def test_ones_own_note_does_not_make_the_conversation_outdated(browser: Browser, desk: Desk) -> None:
    await browser.log_in(desk.cast.jonas)
    where = await opened(browser, desk)
    seen = re.search(r'name="seen" value="(\d+)"', (await browser.get(where)).text)
    assert seen
    await browser.post(f"{where}/messages", {"kind": "note", "text": "Für mich."})
    answer = await browser.post(f"{where}/messages", {"kind": "reply", "text": "Antwort.", "seen": seen[1]})
    assert answer.status_code == 303


async def test_an_answer_to_what_was_solved_meanwhile_is_kept(browser: Browser, desk: Desk) -> None:
    await browser.log_in(desk.cast.jonas)
    where = await opened(browser, desk)
    await browser.post(f"{where}/closure", {"cause": ""})
    answer = await browser.post(f"{where}/messages", {"kind": "reply", "text": "Mein langer Text."})
    assert answer.status_code == 422
    assert "Mein langer Text." in answer.text


async def test_escalating_without_a_word_about_what_was_tried_is_refused(browser: Browser, desk: Desk) -> None:
    await browser.log_in(desk.cast.jonas)
    where = await opened(browser, desk)
    refused = await browser.post(f"{where}/escalations", {"tried": " "}, htmx=True)
    assert refused.status_code == 422
    assert 'id="d-tried-error"' in refused.text
    done = await browser.post(f"{where}/escalations", {"tried": "Lieferschein geprüft."})
    assert done.status_code == 303
    page = (await browser.get(where)).text
    assert "Lieferschein geprüft." in page
    assert "Stufe 3" in page
    assert "hat die Anfrage weitergegeben" in page


async def test_solving_and_reopening(browser: Browser, desk: Desk) -> None:
    await browser.log_in(desk.cast.jonas)
    where = await opened(browser, desk)
    dialog = await browser.get(f"{where}/closure/new", htmx=True)
    assert dialog.status_code == 200
    assert "<html" not in dialog.text
    assert (await browser.post(f"{where}/closure", {"cause": "unclear_invoice"})).status_code == 303
    page = (await browser.get(where)).text
    assert "Unklare Rechnung" in page
    assert "Wieder öffnen" in page
    assert (await browser.post(f"{where}/closure", {"cause": ""})).status_code == 422
    assert (await browser.post(f"{where}/closure", method="DELETE")).status_code == 303
    assert "in Arbeit" in (await browser.get(where)).text


async def test_every_form_is_also_a_page_of_its_own(browser: Browser, desk: Desk) -> None:
    await browser.log_in(desk.cast.jonas)
    where = await opened(browser, desk)
    for form in ("escalations/new", "closure/new", "assignment/edit", "status/edit", "edit", "messages/new"):
        page = await browser.get(f"{where}/{form}")
        assert page.status_code == 200, form
        assert "<html" in page.text, form
        assert "<html" not in (await browser.get(f"{where}/{form}", htmx=True)).text


async def test_the_ticket_page_needs_at_most_eight_statements_however_long_the_conversation(
    browser: Browser, desk: Desk
) -> None:
    await browser.log_in(desk.cast.jonas)
    where = await opened(browser, desk)
    few = int((await browser.get(where)).headers["x-sql-statements"])
    for number in range(30):
        await browser.post(f"{where}/messages", {"kind": "note", "text": f"Notiz {number}"})
    many = int((await browser.get(where)).headers["x-sql-statements"])
    assert few == many <= 8


async def test_the_queues_show_what_belongs_to_them(browser: Browser, desk: Desk) -> None:
    await browser.log_in(desk.cast.jonas)
    await opened(browser, desk)
    for view, is_there in (
        ("mine", True),
        ("unassigned", False),
        ("open", True),
        ("waiting", False),
        ("solved", False),
    ):
        answer = await browser.get(f"/tickets?view={view}")
        assert answer.status_code == 200
        assert ("Unklare Rechnungsposition" in answer.text) is is_there, view
        assert int(answer.headers["x-sql-statements"]) <= 8
    assert "<html" not in (await browser.get("/tickets?view=mine", htmx=True)).text


async def test_a_manager_reads_but_does_not_work_on_enquiries(browser: Browser, desk: Desk) -> None:
    await browser.log_in(desk.cast.jonas)
    where = await opened(browser, desk)
    await browser.log_in(desk.cast.karin)
    page = await browser.get(where)
    assert page.status_code == 200
    assert "Als erledigt markieren" not in page.text
    assert (await browser.post(f"{where}/messages", {"kind": "reply", "text": "Hallo"})).status_code == 403


async def test_what_is_not_there_is_404_whatever_its_number(browser: Browser, desk: Desk) -> None:
    await browser.log_in(desk.cast.jonas)
    for number in ("999999", "0", str(2**63), str(10**30)):
        assert (await browser.get(f"/tickets/{number}")).status_code == 404


async def test_a_decision_keeps_the_topics_name_in_both_languages(desk: Desk) -> None:
    with speaking("de"):
        new = NewTicket(desk.emre, "Betrag", "Text", topic="billing")
        ticket_id = (await open_ticket(new, by=desk.cast.ali.id, now=NOW)).id
    names = await fetch_one("SELECT name_de, name_en FROM topic WHERE code = 'billing'")
    assert names is not None
    decision = await fetch_value(
        "SELECT facts -> 'required' -> 'parts' -> 0 ->> 'params' FROM routing_decision WHERE ticket = $1", ticket_id
    )
    assert msgspec.json.decode(decision) == {"level": 1, "name": names.name_de, "name_en": names.name_en}


async def test_an_enquiry_is_put_back_until_a_moment_in_words(browser: Browser, desk: Desk) -> None:
    await browser.log_in(desk.cast.ali)
    ticket = await opened(browser, desk)
    where = f"{ticket}/status"
    assert "data-understood" in (await browser.get(f"{where}/edit")).text
    for words, sentence in (
        ("gestern", "Vergangenheit"), ("10.12", "Meinen Sie"), ("31.2.", "gibt es im Kalender nicht"), ("", "bis wann"),
    ):  # fmt: skip
        refused = await browser.post(where, {"status": "postponed", "until": words})
        assert refused.status_code == 422
        assert sentence in refused.text
        assert f'value="{words}"' in refused.text
    done = await browser.post(where, {"status": "postponed", "until": "24.12.2098 um halb zehn"})
    assert done.status_code == 303
    until = await fetch_value("SELECT postponed_until FROM ticket WHERE id = $1", int(ticket.rpartition("/")[2]))
    assert f"{local(until):%d.%m.%Y %H:%M}" == "24.12.2098 09:30"
