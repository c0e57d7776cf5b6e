"""What agents may decide alone: the rule, the lead's list, and the card on an enquiry."""

from __future__ import annotations

from typing import Any

from crm.database import fetch_value
from crm.tickets.latitude import Matter, MayDecide, may_decide
from crm.tickets.opening import NewTicket, open_ticket
from tests.browser import Browser
from tests.tickets.conftest import NOW, Desk

GOODWILL = Matter("Kulanz", {1: "bis 50 €", 2: "", 3: "bis 500 €"})


def test_a_level_may_what_those_below_it_may() -> None:
    assert may_decide([GOODWILL], 2) == [MayDecide("Kulanz", "bis 50 €", (3, "bis 500 €"))]
    assert may_decide([GOODWILL], 3) == [MayDecide("Kulanz", "bis 500 €", None)]


def test_whoever_has_no_level_learns_who_may() -> None:
    assert may_decide([GOODWILL], 0) == [MayDecide("Kulanz", "", (1, "bis 50 €"))]
    assert may_decide([Matter("Nichts", {})], 3) == []


async def _add(browser: Browser, **values: str) -> Any:
    return await browser.post("/competences/latitude", {"position": "0", **values})


async def test_the_lead_says_it_and_each_agent_sees_their_own_limit(browser: Browser, desk: Desk) -> None:
    await browser.log_in(desk.cast.eva)
    assert "Noch ist nichts festgehalten." in (await browser.get("/competences/latitude")).text
    added = await _add(browser, name_de="Kulanz", limit_1_de="bis 50 €", limit_2_de="bis 150 €", submission_id="einmal")
    again = await _add(browser, name_de="Kulanz", limit_1_de="bis 50 €", limit_2_de="bis 150 €", submission_id="einmal")
    assert (added.status_code, again.status_code) == (303, 303)
    await _add(browser, name_de="Ratenzahlung", topic_code="delivery", limit_1_de="bis 3 Raten")
    assert await fetch_value("SELECT count(*) FROM latitude") == 2
    ticket = (
        await open_ticket(
            NewTicket(desk.emre, "Rechnung", "Bitte prüfen.", topic="billing"), by=desk.cast.petra.id, now=NOW
        )
    ).id
    seen = {}
    for name, user in (("ali", desk.cast.ali), ("jonas", desk.cast.jonas), ("petra", desk.cast.petra)):
        await browser.log_in(user)
        answer = await browser.get(f"/tickets/{ticket}")
        assert int(answer.headers["x-sql-statements"]) <= 8
        seen[name] = answer.text
        assert "Ratenzahlung" not in answer.text, "that is about deliveries"
        told = (await browser.api("GET", f"/tickets/{ticket}/latitude")).json()
        assert told[0]["limit"] == {"ali": "bis 50 €", "jonas": "bis 150 €", "petra": ""}[name]
    assert "Das dürfen Sie allein entscheiden" in seen["ali"]
    assert "ab Stufe 2: bis 150 €" in seen["ali"]
    assert "bis 50 €" not in seen["jonas"]
    assert "Was allein entschieden werden darf" in seen["petra"]
    assert "ab Stufe 1: bis 50 €" in seen["petra"]


async def test_two_leads_and_bad_input(browser: Browser, desk: Desk) -> None:
    await browser.log_in(desk.cast.eva)
    nothing = await _add(browser, name_de="Kulanz")
    assert nothing.status_code == 422
    assert "Sagen Sie für mindestens eine Stufe" in nothing.text
    assert (await _add(browser, name_de="Kulanz", limit_1_de="x", topic_code="gibtsnicht")).status_code == 422
    await _add(browser, name_de="Kulanz", limit_1_de="bis 50 €")
    assert (await _add(browser, name_de="kulanz", limit_1_de="bis 60 €")).status_code == 422
    here = f"/competences/latitude/{await fetch_value('SELECT id FROM latitude')}"
    first = {"name_de": "Kulanz", "limit_1_de": "bis 70 €", "version": "1"}
    assert (await browser.post(here, first)).status_code == 303
    late = await browser.post(here, {**first, "limit_1_de": "bis 90 €"})
    assert late.status_code == 422
    assert "bis 90 €" in late.text
    assert await fetch_value("SELECT limit_1_de FROM latitude") == "bis 70 €"
    await browser.log_in(desk.cast.ali)
    assert (await browser.get("/competences/latitude")).status_code in (403, 404)
    assert (await browser.post(f"{here}/removal")).status_code in (403, 404)
    await browser.log_in(desk.cast.eva)
    assert (await browser.post(f"{here}/removal")).status_code == 303
    assert (await browser.post(f"{here}/removal")).status_code == 303
    assert await fetch_value("SELECT count(*) FROM audit_entry WHERE action = 'latitude.removed'") == 1


async def test_the_api_keeps_the_same_list(browser: Browser, desk: Desk) -> None:
    await browser.log_in(desk.cast.eva)
    body = {"name_de": "Kulanz", "topic": "billing", "limit_2_de": "bis 150 €"}
    made = (await browser.api("POST", "/latitude", body)).json()
    assert (made["topic"], made["limit_2_en"]) == ("billing", "bis 150 €")
    changed = await browser.api("PUT", f"/latitude/{made['id']}", {**body, "limit_2_en": "up to €150"})
    assert changed.json()["limit_2_en"] == "up to €150"
    assert (await browser.api("PUT", "/latitude/999999", body)).status_code == 404
    assert (await browser.api("POST", "/latitude", {"name_de": "Leer"})).status_code == 422
    await browser.log_in(desk.cast.ali)
    assert len((await browser.api("GET", "/latitude")).json()) == 1
    assert (await browser.api("DELETE", f"/latitude/{made['id']}")).status_code in (403, 404)
    await browser.log_in(desk.cast.eva)
    assert (await browser.api("DELETE", f"/latitude/{made['id']}")).status_code == 204
    assert (await browser.api("GET", "/latitude")).json() == []
