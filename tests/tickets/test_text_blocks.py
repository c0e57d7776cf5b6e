"""Text blocks: leads keep them, agents put them into answers, and no customer reads a placeholder."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.database import execute, fetch, fetch_value
from crm.errors import Conflict, Invalid
from crm.tickets.blocks.catalogue import add_text_block, change_text_block, parse_block, retire_text_block
from crm.tickets.blocks.filling import BLOCKS, demand_filled
from crm.tickets.blocks.queries import offered_blocks
from crm.tickets.blocks.recognising import Left, is_recognised, left_of
from crm.tickets.opening import NewTicket, open_ticket
from crm.web.i18n import speaking
from tests.browser import Browser
from tests.tickets.conftest import NOW, Desk

pytestmark = pytest.mark.usefixtures("round_the_clock")

DUE = {
    "topic": "billing",
    "name_de": "Frist",
    "body_de": "{Anrede}\n\n{mein Name} meldet sich bis {Frist} zu {Nummer}.",
    "name_en": "",
    "body_en": "",
}


async def asked(desk: Desk, person: bool = True) -> int:
    customer = desk.groessmann if person else desk.emre
    data = NewTicket(customer, "Unklare Rechnung", "Position 7?", "billing", person_id=desk.anna if person else None)
    return (await open_ticket(data, by=desk.cast.ali.id, now=NOW)).id


async def test_a_text_block_is_filled_for_the_enquiry_and_its_topic_comes_first(desk: Desk) -> None:
    await execute("DELETE FROM text_block")
    for values in (DUE | {"topic": "", "name_de": "Allgemein"}, DUE | {"topic": "delivery", "name_de": "Andere"}, DUE):
        await add_text_block(values, by=desk.cast.eva.id, now=NOW)
    found = await offered_blocks(await asked(desk), user_id=desk.cast.jonas.id, now=NOW)
    assert [(block.name, block.is_of_topic) for block in found] == [
        ("Frist", True),
        ("Allgemein", False),
        ("Andere", False),
    ]
    assert "Anna Größmann" in found[0].text
    assert "Jonas Beck meldet sich bis Mo., 23. November" in found[0].text
    assert not BLOCKS.left_in(found[0].text)


async def test_it_speaks_the_language_of_the_enquiry(desk: Desk) -> None:
    await execute("DELETE FROM text_block")
    await add_text_block(DUE | {"name_en": "Due", "body_en": "{salutation} by {due}"}, by=desk.cast.eva.id, now=NOW)
    await add_text_block(DUE | {"name_de": "Nur deutsch"}, by=desk.cast.eva.id, now=NOW)
    ticket = await asked(desk)
    await execute("UPDATE ticket SET language = 'en' WHERE id = $1", ticket)
    with speaking("de"):
        found = await offered_blocks(ticket, user_id=desk.cast.jonas.id, now=NOW)
    assert [block.name for block in found] == ["Due"]
    assert "23 November" in found[0].text


async def test_what_nobody_knows_stays_in_braces_and_the_answer_does_not_go_out(browser: Browser, desk: Desk) -> None:
    ticket = await asked(desk)
    await browser.log_in(desk.cast.jonas)
    for text, told in (
        ("Zu {Bestellnummer}.", "gehört noch zu keiner Bestellung"),
        ("Am {?Termin}.", "Füllen Sie die Lücke"),
    ):
        answer = await browser.post(f"/tickets/{ticket}/messages", {"kind": "reply", "text": text})
        assert answer.status_code == 422
        assert told in answer.text
        assert text in answer.text
    note = await browser.post(f"/tickets/{ticket}/messages", {"kind": "note", "text": "Vorlage {Anrede} prüfen"})
    assert note.status_code == 303
    assert await fetch_value("SELECT count(*) FROM ticket_message WHERE ticket = $1 AND kind = 'reply'", ticket) == 0


def test_strange_braces_of_the_customer_stop_no_answer() -> None:
    demand_filled('{"json": true} und {irgendwas}')


@pytest.mark.parametrize("body", ["Hallo {Anred}", "offen { hier", "{Bestellnummer} und {nichts}"])
def test_unknown_placeholders_are_refused_when_it_is_saved(body: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse_block({"name_de": "X", "body_de": body})
    assert "body_de" in refused.value.errors


def test_one_language_must_be_whole() -> None:
    with pytest.raises(Invalid) as refused:
        parse_block({"name_de": "Nur Name"})
    assert set(refused.value.errors) == {"body_de"}
    found, _version = parse_block({"name_en": "A", "body_en": "{salutation}"})
    assert found["body_de"] == ""


async def test_eva_keeps_the_catalogue_in_the_browser_and_ali_may_not(browser: Browser, desk: Desk) -> None:
    await browser.log_in(desk.cast.eva)
    sent = {
        "topic": "billing",
        "name_de": "Gutschrift",
        "body_de": "{Anrede}\n\ndie Gutschrift ist unterwegs.",
        "submission_id": "one",
    }
    for _click in range(2):
        assert (await browser.post("/text-blocks", sent)).status_code == 303
    assert await fetch_value("SELECT count(*) FROM text_block WHERE name_de = 'Gutschrift'") == 1
    block = await fetch_value("SELECT id FROM text_block WHERE name_de = 'Gutschrift'")
    page = await browser.get("/text-blocks")
    assert "Gutschrift" in page.text
    assert int(page.headers["x-sql-statements"]) <= 8
    wrong = await browser.post(f"/text-blocks/{block}", sent | {"body_de": "{Unfug}", "version": "1"})
    assert wrong.status_code == 422
    assert "{Unfug}" in wrong.text
    assert (await browser.post(f"/text-blocks/{block}", sent | {"body_de": "Neu.", "version": "1"})).status_code == 303
    stale = await browser.post(f"/text-blocks/{block}", sent | {"body_de": "Alt.", "version": "1"})
    assert stale.status_code == 409
    assert (await browser.post(f"/text-blocks/{block}/retirement")).status_code == 303
    assert "Gutschrift" in (await browser.get("/text-blocks?show=retired")).text
    await browser.log_in(desk.cast.ali)
    assert (await browser.get("/text-blocks")).status_code in (403, 404)


async def test_jonas_chooses_one_beside_his_answer(browser: Browser, desk: Desk) -> None:
    ticket = await asked(desk)
    await add_text_block(DUE, by=desk.cast.eva.id, now=NOW)
    await browser.log_in(desk.cast.jonas)
    assert f'href="/tickets/{ticket}/text-blocks"' in (await browser.get(f"/tickets/{ticket}")).text
    dialog = await browser.get(f"/tickets/{ticket}/text-blocks", htmx=True)
    assert 'data-inserts="#reply-text"' in dialog.text
    assert "Jonas Beck meldet sich bis" in dialog.text
    assert int(dialog.headers["x-sql-statements"]) <= 6
    over_the_api = (await browser.api("GET", f"/tickets/{ticket}/text-blocks")).json()
    assert over_the_api[0]["of_topic"] is True
    await browser.log_in(desk.cast.karin)
    assert (await browser.get(f"/tickets/{ticket}/text-blocks", htmx=True)).status_code in (403, 404)


async def test_two_leads_at_once_see_both_versions_and_a_retired_one_is_not_offered(desk: Desk) -> None:
    block = await add_text_block(DUE, by=desk.cast.eva.id, now=NOW)
    await change_text_block(block, DUE | {"name_de": "A"}, 1, by=desk.cast.eva.id, now=NOW)
    with pytest.raises(Conflict):
        await change_text_block(block, DUE | {"name_de": "B"}, 1, by=desk.cast.ines.id, now=NOW)
    with pytest.raises(Invalid):
        await change_text_block(block, DUE | {"topic": "gibt-es-nicht"}, 2, by=desk.cast.eva.id, now=NOW)
    await retire_text_block(block, True, by=desk.cast.eva.id, now=NOW)
    offered = await offered_blocks(await asked(desk), user_id=desk.cast.jonas.id, now=NOW)
    assert block not in {each.id for each in offered}


DELAY = "{Anrede}\n\nIhre Bestellung {Bestellnummer} kommt später als zugesagt. Das tut mir leid. Der neue Liefertermin ist {?Termin}."
SENT = (
    "Guten Tag Frau Größmann,\n\nIhre Bestellung A-2611-0007 kommt  später als zugesagt.\nDas tut mir leid. Der neue Liefertermin ist der "
    "3. Dezember.\n\nViele Grüße"
)


@pytest.mark.parametrize(
    ("answer", "left"),
    [
        (SENT, Left.WHOLE),
        (SENT.replace("Das tut mir leid. ", "Bitte entschuldigen Sie. "), Left.CHANGED),
        ("Ihre Bestellung kommt später.", Left.NOTHING),
        ("", Left.NOTHING),
        ("Ihre Bestellung kommt später als zugesagt. Das tut mir leid.", Left.CHANGED),
    ],
)
def test_what_is_left_of_a_text_block_in_an_answer(answer: str, left: Left) -> None:
    assert left_of(DELAY, answer) == left


def test_a_short_block_is_recognised_only_where_it_was_chosen() -> None:
    assert left_of("Vielen Dank.", "Vielen Dank.") == Left.WHOLE
    assert not is_recognised("Vielen Dank.", "Vielen Dank.")
    assert is_recognised(DELAY, SENT)
    assert left_of("{Anrede}", "Guten Tag") == Left.NOTHING


@given(st.text(max_size=200), st.text(max_size=200))
def test_whatever_is_written_the_whole_block_is_found_again(before: str, after: str) -> None:
    body = "Die Gutschrift ist unterwegs, Sie müssen nichts weiter tun."
    assert left_of(body, f"{before} {body} {after}") == Left.WHOLE


async def test_an_answer_keeps_which_text_blocks_it_was_made_from(browser: Browser, desk: Desk) -> None:
    await execute("DELETE FROM text_block")
    delay, dropped, whole = [
        await add_text_block(DUE | {"topic": "", "name_de": name, "body_de": body}, by=desk.cast.eva.id, now=NOW)
        for name, body in (
            ("Verspätet", DELAY), ("Verworfen", "Bitte rufen Sie uns werktags zwischen acht und siebzehn Uhr an."),
            ("Geduld", "Danke für Ihre Geduld, wir kümmern uns sofort um Ihr Anliegen."),
        )
    ]  # fmt: skip
    ticket = await asked(desk)
    text = SENT.replace("Das tut mir leid. ", "") + "\nDanke für Ihre Geduld, wir kümmern uns sofort um Ihr Anliegen."
    await browser.log_in(desk.cast.jonas)
    sent = {
        "kind": "reply",
        "text": text,
        "text_block_id": [str(delay), str(dropped), "x", "9" * 30],
        "submission_id": "one",
    }
    for _click in range(2):
        assert (await browser.post(f"/tickets/{ticket}/messages", sent)).status_code == 303
    kept = await fetch(
        "SELECT s.text_block, s.is_changed FROM answer_source s JOIN ticket_message m ON m.id = s.message ORDER BY 1"
    )
    assert [tuple(row) for row in kept] == [(delay, True), (whole, False)]


async def test_an_answer_that_is_refused_keeps_the_text_blocks_that_were_chosen(browser: Browser, desk: Desk) -> None:
    block = await add_text_block(DUE | {"body_de": DELAY}, by=desk.cast.eva.id, now=NOW)
    ticket = await asked(desk)
    await browser.log_in(desk.cast.jonas)
    back = await browser.post(
        f"/tickets/{ticket}/messages", {"kind": "reply", "text": DELAY, "text_block_id": str(block)}
    )
    assert back.status_code == 422
    assert f'name="text_block_id" value="{block}"' in back.text


async def test_the_api_says_which_prepared_texts_an_answer_was_made_from(browser: Browser, desk: Desk) -> None:
    await execute("DELETE FROM text_block")
    block = await add_text_block(DUE | {"body_de": DELAY}, by=desk.cast.eva.id, now=NOW)
    ticket = await asked(desk)
    await browser.log_in(desk.cast.jonas)
    unknown = await browser.api("POST", f"/tickets/{ticket}/messages", {"text": SENT, "text_block_ids": [2**62]})
    assert unknown.status_code == 422
    assert "text_block_ids" in unknown.text
    said = await browser.api("POST", f"/tickets/{ticket}/messages", {"text": SENT, "text_block_ids": [block]})
    assert said.status_code == 201
    assert await fetch_value("SELECT is_changed FROM answer_source WHERE message = $1", said.json()["id"]) is False
    note = await browser.api(
        "POST", f"/tickets/{ticket}/messages", {"text": SENT, "internal": True, "text_block_ids": [block]}
    )
    assert note.status_code == 201
    assert await fetch_value("SELECT count(*) FROM answer_source") == 1
