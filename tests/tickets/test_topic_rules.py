"""Rules that suggest a topic: the rule itself, the lead's pages, what agents correct, and the wish to learn."""

from __future__ import annotations

from typing import Any

import pytest

from crm.database import execute, fetch_one, fetch_value
from crm.service_levels.tables import Priority
from crm.tickets.changing import TicketFacts, change_ticket
from crm.tickets.closing import close_ticket
from crm.tickets.escalating import escalate
from crm.tickets.opening import NewTicket, open_ticket
from crm.tickets.tables import TicketKind
from crm.tickets.topics.suggesting import Incoming, Judged, Matched, Rule, matches, suggest
from tests.browser import Browser
from tests.tickets.conftest import NOW, Desk

BILLING = Rule(1, "Rechnungen", "billing", words=("Rechnung", "Zahlung"))
DELIVERY = Rule(2, "Lieferung", "delivery", words=("Lieferung", "Liefertermin"), position=1)


def test_a_long_word_is_found_within_a_longer_one_and_a_short_one_stands_alone() -> None:
    assert matches(BILLING, Incoming("Ihre Abschlagsrechnungen sind falsch.")) == (Matched("word", "Rechnung"),)
    tax = Rule(3, "Steuer", "billing", words=("USt",))
    assert matches(tax, Incoming("Die USt. fehlt."))
    assert not matches(tax, Incoming("Das August-Angebot"))
    umlaut = Rule(4, "Maße", "product", words=("Größe",))
    assert matches(umlaut, Incoming("Welche Groesse hat der Schrank?"))


def test_what_is_filled_in_must_hold_together() -> None:
    rule = Rule(1, "Buchhaltung", "billing", words=("Rechnung",), senders=("kunde.example",))
    assert matches(rule, Incoming("Rechnung 17", "eva@kunde.example"))
    assert matches(rule, Incoming("Rechnung 17", "eva@buero.kunde.example"))
    assert not matches(rule, Incoming("Rechnung 17", "eva@andererkunde.example"))
    assert not matches(rule, Incoming("Rechnung 17"))
    assert not matches(rule, Incoming("Gruß", "eva@kunde.example"))
    assert not matches(Rule(9, "leer", "general"), Incoming("irgendwas"))
    one = Rule(5, "Eva", "contract", senders=("eva@kunde.example",))
    assert matches(one, Incoming("", "Eva@Kunde.example"))
    assert not matches(one, Incoming("", "uwe@kunde.example"))


def test_the_rule_with_the_most_hits_wins_and_a_draw_is_repeatable() -> None:
    both = Incoming("Die Rechnung zur Lieferung: Wann ist der Liefertermin?")
    assert suggest([BILLING, DELIVERY], both).rule == DELIVERY  # type: ignore[union-attr]
    draw = Incoming("Rechnung und Lieferung")
    assert suggest([DELIVERY, BILLING], draw).rule == BILLING  # type: ignore[union-attr]
    form = Rule(6, "Formular", "technical", form="abc")
    assert suggest([BILLING, form], Incoming("Störung", form="abc")).rule == form  # type: ignore[union-attr]
    assert suggest([BILLING], Incoming("Guten Tag")) is None


def test_a_rate_needs_something_judged() -> None:
    assert Judged(3, 0, 0).rate is None
    assert Judged(10, 4, 1).rate == 0.25


async def rule(browser: Browser, **values: str) -> Any:
    return await browser.post("/competences/topic-rules", {"is_active": "1", "position": "0", **values})


async def ask(desk: Desk, text: str, **more: Any) -> int:
    return (await open_ticket(NewTicket(desk.emre, "Frage", text, **more), by=None, now=NOW)).id


async def topic_of(ticket: int) -> str:
    return str(await fetch_value("SELECT t.code FROM ticket k JOIN topic t ON t.id = k.topic WHERE k.id = $1", ticket))


async def correct(desk: Desk, ticket: int, topic: str) -> None:
    facts = TicketFacts("Frage", topic, TicketKind.QUESTION, Priority.NORMAL, False)
    await change_ticket(ticket, facts, None, by=desk.cast.ali.id, now=NOW)


async def test_a_lead_keeps_rules_and_new_enquiries_get_their_topic(browser: Browser, desk: Desk) -> None:
    await browser.log_in(desk.cast.eva)
    assert "Noch keine Regel" in (await browser.get("/competences/topic-rules")).text
    assert (await rule(browser, name="Leer", topic_code="billing")).status_code == 422
    assert (await rule(browser, name="Falsch", topic_code="gibtsnicht", words="x")).status_code == 422
    assert (await rule(browser, name="Produkt", topic_code="billing", product_code="AP-9")).status_code == 422
    for _click in range(2):
        made = await rule(
            browser, name="Rechnungen", topic_code="billing", words="Rechnung\n\n Zahlung ", submission_id="einmal"
        )
        assert made.status_code == 303
    assert await fetch_value("SELECT count(*) FROM topic_rule") == 1
    asked = await ask(desk, "Warum ist die Rechnung so hoch?")
    assert await topic_of(asked) == "billing"
    assert await topic_of(await ask(desk, "Guten Tag")) == "general"
    assert await topic_of(await ask(desk, "Die Rechnung!", topic="delivery")) == "delivery", (
        "what somebody chose counts"
    )
    page = await browser.get(f"/tickets/{asked}")
    assert "Thema nach der Regel „Rechnungen“: „Rechnung“." in page.text
    assert int(page.headers["x-sql-statements"]) <= 8
    edit = await browser.get(
        (await browser.get("/competences/topic-rules")).text.split('row-link" href="')[1].split('"')[0]
    )
    assert "Von den letzten 3 Anfragen trifft diese Regel auf 2 zu; 1 davon haben heute dieses Thema." in edit.text


async def test_a_correction_counts_until_it_is_taken_back(browser: Browser, desk: Desk) -> None:
    await browser.log_in(desk.cast.eva)
    await rule(browser, name="Rechnungen", topic_code="billing", words="Rechnung")
    wrong, right, still_open = [await ask(desk, f"Rechnung {number}") for number in range(3)]
    await correct(desk, wrong, "delivery")
    await correct(desk, wrong, "billing")
    assert (await rates(browser))["corrected"] == 0, "it was right after all"
    await correct(desk, wrong, "delivery")
    await close_ticket(right, "", by=desk.cast.ali.id, now=NOW)
    done = await rates(browser)
    assert (done["suggested"], done["judged"], done["corrected"], done["correction_rate"]) == (3, 2, 1, 0.5)
    assert "50\xa0%" in (await browser.get("/competences/topic-rules")).text
    assert "Thema nach der Regel" not in (await browser.get(f"/tickets/{wrong}")).text
    assert "Thema nach der Regel" in (await browser.get(f"/tickets/{still_open}")).text


async def rates(browser: Browser) -> Any:
    execute_at = "UPDATE topic_suggestion SET at = now()"  # the page counts the 90 days before today
    await execute(execute_at)
    return (await browser.api("GET", "/topic-rules")).json()[0]


async def test_two_leads_an_agent_and_the_api(browser: Browser, desk: Desk) -> None:
    await browser.log_in(desk.cast.eva)
    body = {"name": "Rechnungen", "topic": "billing", "words": ["Rechnung"], "senders": ["kunde.example"]}
    made = (await browser.api("POST", "/topic-rules", body)).json()
    here = f"/competences/topic-rules/{made['id']}"
    form = {
        "name": "Rechnung",
        "topic_code": "billing",
        "words": "Rechnung",
        "is_active": "1",
        "position": "0",
        "version": "1",
    }
    assert (await browser.post(here, form)).status_code == 303
    late = await browser.post(here, {**form, "words": "Mahnung"})
    assert late.status_code == 422
    assert "Mahnung" in late.text
    assert await fetch_value("SELECT words FROM topic_rule") == "Rechnung"
    assert (await browser.api("PUT", f"/topic-rules/{made['id']}", {**body, "version": 1})).status_code == 422
    put = await browser.api("PUT", f"/topic-rules/{made['id']}", {**body, "is_active": False})
    assert put.json()["is_active"] is False
    assert await topic_of(await ask(desk, "Rechnung", sender="a@kunde.example")) == "general", "the rule is not in use"
    assert (await browser.api("POST", "/topic-rules", {**body, "words": ["x" * 200]})).status_code == 422
    assert (await browser.api("PUT", "/topic-rules/999999", body)).status_code == 404
    await browser.log_in(desk.cast.ali)
    assert (await browser.get("/competences/topic-rules")).status_code in (403, 404)
    assert (await browser.api("DELETE", f"/topic-rules/{made['id']}")).status_code in (403, 404)
    await browser.log_in(desk.cast.eva)
    assert (await browser.api("DELETE", f"/topic-rules/{made['id']}")).status_code == 204
    assert (await browser.post(f"{here}/deletion")).status_code == 303


async def test_what_a_deleted_rule_suggested_stays_told(browser: Browser, desk: Desk) -> None:
    await browser.log_in(desk.cast.eva)
    made = (
        await browser.api("POST", "/topic-rules", {"name": "Rechnungen", "topic": "billing", "words": ["Rechnung"]})
    ).json()
    asked = await ask(desk, "Rechnung 4711")
    await browser.api("DELETE", f"/topic-rules/{made['id']}")
    assert "Thema nach der Regel „Rechnungen“" in (await browser.get(f"/tickets/{asked}")).text
    kept = await fetch_one("SELECT rule, rule_name FROM topic_suggestion")
    assert kept is not None
    assert (kept.rule, kept.rule_name) == (None, "Rechnungen")


@pytest.mark.parametrize("wish", [True, False])
async def test_who_gives_an_enquiry_up_may_wish_to_learn_it(browser: Browser, desk: Desk, wish: bool) -> None:
    asked = await ask(desk, "Rechnung", topic="billing")
    await browser.log_in(desk.cast.ali)
    form = {"tried": "Betrag erklärt."} | ({"wants_training": "1"} if wish else {})
    assert (await browser.post(f"/tickets/{asked}/escalations", form)).status_code == 303
    await execute("UPDATE escalation SET at = now()")
    await browser.log_in(desk.cast.eva)
    page = (await browser.get("/competences")).text
    assert ("Rechnung: Gewünscht von Ali Demir." in page) is wish
    assert "Eine Anfrage ging an eine höhere Stufe." in page


async def test_whoever_has_learnt_it_wishes_it_no_more(desk: Desk, browser: Browser) -> None:
    asked = await ask(desk, "Rechnung", topic="billing")
    await escalate(asked, "Alles.", by=desk.cast.ali.id, now=NOW, wants_training=True)
    await execute("UPDATE escalation SET at = now()")
    await execute('UPDATE competence SET level = 3 WHERE "user" = $1', desk.cast.ali.id)
    await browser.log_in(desk.cast.eva)
    assert "Gewünscht von" not in (await browser.get("/competences")).text
