"""Customer value on screen and over the API: sentences, inputs, why not, reviews, rules, the computation."""

from __future__ import annotations

import pytest

from crm.consents.tables import ConsentEventKind as Event
from crm.database import execute, fetch_value
from crm.profiles.scoring import compute_scores, request_scores
from tests.browser import Browser
from tests.profiles.conftest import NOW, World, order, says
from tests.profiles.test_scores import RUN_AT, firms


@pytest.fixture
async def scored(world: World) -> World:
    """Größmann with 900 Euro among six organisations, Emre with an order and no consent."""
    await order(world.groessmann, "A-1", 900)
    await order(world.emre, "A-2", 50)
    await firms([(400, 1, 10), (200, 2, 50), (90, 3, 20), (30, 4, 40), (1, 9, 9000)])
    assert await compute_scores(await request_scores(by=None, now=RUN_AT), now=RUN_AT)
    return world


async def test_the_card_explains_in_german_and_english(browser: Browser, scored: World) -> None:
    await browser.log_in(scored.cast.petra)
    card = await browser.get(f"/customers/{scored.groessmann}/score", htmx=True)
    assert "<html" not in card.text
    assert int(card.headers["x-sql-statements"]) <= 2
    for text in ("Kundenwert", "900,00", "Größmann Küchen GmbH gehört zur Klasse", "Die letzte Bestellung war"):
        assert text in card.text, card.text
    await execute("UPDATE staff SET language = 'en' WHERE id = $1", scored.cast.petra.id)
    card = await browser.get(f"/customers/{scored.groessmann}/score", htmx=True)
    assert "is in class" in card.text
    assert "The last order was" in card.text


async def test_the_page_shows_every_input(browser: Browser, scored: World) -> None:
    await browser.log_in(scored.cast.eva)
    shown = await browser.get(f"/customers/{scored.groessmann}/score")
    for text in ("2 von 6", "01.11.2026", "Aktualität", "Entscheiden"):
        assert text in shown.text
    await browser.log_in(scored.cast.petra)
    assert "Entscheiden" not in (await browser.get(f"/customers/{scored.groessmann}/score")).text


async def test_a_private_person_without_consent_has_none_and_the_page_says_why(browser: Browser, scored: World) -> None:
    await browser.log_in(scored.cast.petra)
    card = await browser.get(f"/customers/{scored.emre}/score", htmx=True)
    assert "nicht ausdrücklich" in card.text
    assert f"/persons/{scored.emre_person}/consents" in card.text
    answer = (await browser.api("GET", f"/customers/{scored.emre}/score")).json()
    assert answer["abc_class"] is None
    assert "Privatperson" in answer["why_not"]


async def test_a_withdrawn_score_is_gone_from_every_reading(browser: Browser, scored: World) -> None:
    await says(scored.emre_person, Event.GIVEN, "profiling")
    assert await compute_scores(await request_scores(by=None, now=RUN_AT), now=RUN_AT)
    await browser.log_in(scored.cast.petra)
    assert (await browser.api("GET", f"/customers/{scored.emre}/score")).json()["abc_class"]
    withdrawn = {
        "person_id": scored.emre_person,
        "purpose": "profiling",
        "channel": "processing",
        "event": "withdrawn",
        "source": "phone",
    }
    assert (await browser.api("POST", "/consents", withdrawn)).status_code == 201
    assert (await browser.api("GET", f"/customers/{scored.emre}/score")).json()["abc_class"] is None
    assert await fetch_value("SELECT count(*) FROM customer_score WHERE customer = $1", scored.emre) == 0


async def test_a_restricted_customer_is_stored_and_not_told(browser: Browser, scored: World) -> None:
    await execute("UPDATE customer SET restricted_at = $2 WHERE id = $1", scored.groessmann, NOW)
    await browser.log_in(scored.cast.petra)
    assert (await browser.api("GET", f"/customers/{scored.groessmann}/score")).status_code == 404
    await browser.log_in(scored.cast.sven)
    assert "eingeschränkt" in (await browser.get(f"/customers/{scored.groessmann}/score", htmx=True)).text
    assert "Größmann" not in (await browser.get("/scores")).text


async def test_a_review_from_request_to_taking_back(browser: Browser, scored: World) -> None:
    where = f"/customers/{scored.groessmann}/score"
    await browser.log_in(scored.cast.ali)
    assert (await browser.post(f"{where}/review", {"request": ""})).status_code == 422
    asked = await browser.post(f"{where}/review", {"request": "Wir sind Stammkunden."})
    assert asked.headers["location"] == f"{where}?done=asked"
    twice = await browser.post(f"{where}/review", {"request": "Noch einmal."})
    assert twice.status_code == 422
    assert "schon eine Prüfung" in twice.text
    assert (await browser.post(f"{where}/decision", {"abc_class": "A", "reason": "x"})).status_code == 403
    await browser.log_in(scored.cast.eva)
    assert "Wir sind Stammkunden." in (await browser.get("/scores")).text
    bad = await browser.post(f"{where}/decision", {"abc_class": "Z", "reason": ""})
    assert bad.status_code == 422
    assert 'id="f-reason-error"' in bad.text
    decided = await browser.post(f"{where}/decision", {"abc_class": "C", "reason": "Zahlt nie."})
    assert decided.headers["location"] == f"{where}?done=decided"
    shown = await browser.get(where)
    for text in ("Ein Mensch hat entschieden", "Eva Kern", "Zahlt nie.", "Klasse C"):
        assert text in shown.text
    answer = (await browser.api("GET", where)).json()
    assert (answer["abc_class"], answer["computed_class"], answer["is_reviewed"]) == ("C", "B", True)
    assert (await browser.post(f"{where}/decision/withdrawal", {})).status_code == 303
    assert (await browser.api("GET", where)).json()["abc_class"] == "B"


async def test_review_over_the_api(browser: Browser, scored: World) -> None:
    where = f"/customers/{scored.groessmann}/score"
    await browser.log_in(scored.cast.eva)
    assert (await browser.api("POST", f"{where}/review", {"request": " "})).status_code == 422
    assert (await browser.api("POST", f"{where}/review", {"request": "Bitte ansehen"})).status_code == 201
    assert (await browser.api("POST", f"{where}/decision", {"abc_class": "X", "reason": ""})).status_code == 422
    decided = await browser.api("POST", f"{where}/decision", {"abc_class": "A", "reason": "Leuchtturm"})
    assert decided.json()["abc_class"] == "A"
    assert (await browser.api("DELETE", f"{where}/decision")).status_code == 204
    assert (await browser.api("DELETE", f"{where}/decision")).status_code == 422


async def test_the_page_of_all_customers_and_who_may_do_what(browser: Browser, scored: World) -> None:
    cast = scored.cast
    for user, sees, runs, limits, basis in (
        (cast.petra, 404, 403, 403, 403), (cast.eva, 200, 303, 403, 403), (cast.karin, 200, 303, 303, 403),
        (cast.sven, 200, 403, 403, 303), (cast.ines, 200, 303, 303, 403),
    ):  # fmt: skip
        await browser.log_in(user)
        shown = await browser.get("/scores")
        assert shown.status_code == sees, user.name
        version = str(await fetch_value("SELECT version FROM score_settings"))
        assert (await browser.post("/scores/runs", {})).status_code == runs
        answer = await browser.post("/scores/limits", {"abc_a": "75", "abc_b": "90", "version": version})
        assert answer.status_code == limits
        version = str(await fetch_value("SELECT version FROM score_settings"))
        answer = await browser.post("/scores/profiling", {"profiling_basis": "legitimate_interest", "version": version})
        assert answer.status_code == basis
    assert "wird berechnet" in (await browser.get("/scores")).text
    assert "hx-get" in (await browser.get("/scores/state", htmx=True)).text


async def test_wrong_limits_are_told_and_a_second_hand_is_noticed(browser: Browser, scored: World) -> None:
    await browser.log_in(scored.cast.ines)
    wrong = await browser.post("/scores/limits", {"abc_a": "95", "abc_b": "80", "version": "1"})
    assert wrong.status_code == 422
    assert 'id="f-abc_a-error"' in wrong.text
    assert (await browser.post("/scores/limits", {"abc_a": "x", "abc_b": "", "version": "1"})).status_code == 422
    assert (await browser.post("/scores/limits", {"abc_a": "70", "abc_b": "90", "version": "1"})).status_code == 303
    late = await browser.post("/scores/limits", {"abc_a": "60", "abc_b": "90", "version": "1"})
    assert late.status_code == 409
    assert await fetch_value("SELECT abc_a FROM score_settings") == 70


async def test_a_computation_over_the_api(browser: Browser, scored: World) -> None:
    await browser.log_in(scored.cast.karin)
    asked = await browser.api("POST", "/score-runs")
    assert asked.status_code == 202, asked.text
    assert asked.json()["status"] == "requested"
    again = await browser.api("POST", "/score-runs")
    assert again.json()["id"] == asked.json()["id"]
    assert await compute_scores(asked.json()["id"], now=RUN_AT)
    done = (await browser.api("GET", f"/score-runs/{asked.json()['id']}")).json()
    assert (done["status"], done["scored"], done["left_out"]) == ("ready", 6, 1)
    assert (await browser.api("GET", "/score-runs/999999")).status_code == 404
