"""Attributes on screen and over the API: the catalogue, the card, what is refused with which words, readings on record."""

from __future__ import annotations

from typing import Any

import pytest

from crm.consents.tables import ConsentEventKind as Event
from crm.database import execute, fetch, fetch_value
from tests.browser import Browser
from tests.profiles.conftest import NOW, World, says, stored

DEFINITION = {
    "name_de": "Kinder im Haushalt", "name_en": "Children at home", "kind": "socio_demographic", "data_type": "number",
    "about": "person", "purpose": "advice", "legal_basis": "consent", "retention": "12", "retention_unit": "months",
}  # fmt: skip


async def test_an_administrator_defines_an_attribute_and_anna_has_it(browser: Browser, world: World) -> None:
    await browser.log_in(world.cast.ines)
    saved = await browser.post("/attributes", DEFINITION)
    assert saved.headers["location"] == "/attributes?done=defined"
    listed = await browser.get("/attributes?done=defined")
    for text in ("Kinder im Haushalt", "children_at_home", "Persönliche Beratung", "12 Monate", "alle im Haus"):
        assert text in listed.text
    await says(world.anna, Event.GIVEN)
    await browser.log_in(world.cast.petra)
    where = f"/customers/{world.groessmann}/attributes/children_at_home"
    written = await browser.post(f"{where}?person_id={world.anna}", {"value": "2"}, htmx=True)
    assert written.headers["hx-trigger"] == "close-dialog, attributes-changed", written.text
    card = await browser.get(f"/customers/{world.groessmann}/attributes", htmx=True)
    assert "<html" not in card.text
    assert "Anna Quitterer" in card.text
    assert "Kinder im Haushalt" in card.text


async def test_all_mistakes_of_a_definition_at_once(browser: Browser, world: World) -> None:
    await browser.log_in(world.cast.ines)
    refused = await browser.api(
        "POST", "/attributes",
        {"name_de": "", "type": "choice", "kind": "x", "purpose": "account", "legal_basis": "internal", "code": "X y",
         "retention_days": 0, "retention_months": 999, "roles": ["boss"], "is_special": True, "about": "both"},
    )  # fmt: skip
    assert refused.status_code == 422
    assert {"name_de", "kind", "purpose", "legal_basis", "code", "retention", "roles", "about", "choices"} <= set(
        refused.json()["errors"]
    )


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"legal_basis": "legitimate_interest"}, "basis_note"), ({"legal_basis": "legal_duty"}, "basis_note"),
        ({"purpose": "service"}, "purpose"), ({"kind": "derived", "legal_basis": "contract"}, "legal_basis"),
        ({"is_special": "1"}, "roles"), ({"is_special": "1", "legal_basis": "contract"}, "legal_basis"),
        ({"data_type": "choice", "choices": "nur eine"}, "choices"), ({"code": "industry"}, "code"),
        ({"retention": "4000"}, "retention"),
    ],
)  # fmt: skip
async def test_a_definition_without_sense_is_refused(
    browser: Browser, world: World, changes: dict[str, str], field: str
) -> None:
    await browser.log_in(world.cast.ines)
    refused = await browser.post("/attributes", {**DEFINITION, **changes})
    assert refused.status_code == 422
    assert f'id="f-{field}-error"' in refused.text


async def test_only_administrators_define_and_all_may_know(browser: Browser, world: World) -> None:
    for user, sees, defines in (
        (world.cast.petra, 404, 403), (world.cast.sven, 200, 403), (world.cast.ines, 200, 303),
    ):  # fmt: skip
        await browser.log_in(user)
        assert (await browser.get("/attributes")).status_code == sees
        assert (await browser.post("/attributes", {**DEFINITION, "code": f"x{user.id}"})).status_code == defines
        assert (await browser.api("GET", "/attributes")).status_code == 200


async def test_catalogue_over_the_api(browser: Browser, world: World) -> None:
    await browser.log_in(world.cast.ines)
    body = {
        "name_de": "Heizung", "name_en": "Heating", "type": "choice", "kind": "socio_demographic", "purpose": "advice",
        "legal_basis": "consent", "retention_days": 90, "roles": ["sales", "lead"],
        "choices": [{"name_de": "Gas", "name_en": "Gas"}, {"name_de": "Wärmepumpe", "name_en": "Heat pump", "code": "hp"}],
    }  # fmt: skip
    made = await browser.api("POST", "/attributes", body, **{"idempotency-key": "h"})
    again = await browser.api("POST", "/attributes", body, **{"idempotency-key": "h"})
    assert made.status_code == again.status_code == 201, made.text
    assert made.json() == again.json()
    assert (made.json()["code"], made.json()["retention_days"], made.json()["retention_months"]) == (
        "heating",
        90,
        None,
    )
    assert [one["code"] for one in made.json()["choices"]] == ["gas", "hp"]
    where = "/attributes/heating"
    changed = await browser.api("PATCH", where, {"name_de": "Heizart", "retention_months": 6, "version": 1})
    assert changed.status_code == 200, changed.text
    assert (changed.json()["name_de"], changed.json()["retention_months"], changed.json()["version"]) == (
        "Heizart",
        6,
        2,
    )
    assert (await browser.api("PATCH", where, {"name_de": "Ofen", "version": 1})).status_code == 409
    assert (await browser.api("PATCH", where, {"retired": True})).json()["retired"] is True
    assert (await browser.api("PATCH", where, {"retired": False})).json()["retired"] is False
    assert (await browser.api("PATCH", "/attributes/nothing", {"name_de": "x"})).status_code == 404
    listed = (await browser.api("GET", "/attributes")).json()["items"]
    assert {"industry", "employees", "good_time_to_call", "decides_by", "heating"} == {one["code"] for one in listed}


async def test_the_purpose_stays_once_there_are_values(browser: Browser, world: World) -> None:
    await says(world.emre_person, Event.GIVEN)
    await browser.log_in(world.cast.ines)
    put = await browser.api("PUT", f"/customers/{world.emre}/attributes/decides_by", {"value": "price"})
    assert put.status_code == 200, put.text
    refused = await browser.api("PATCH", "/attributes/decides_by", {"purpose": "profiling"})
    assert set(refused.json()["errors"]) == {"purpose"}
    form = await browser.get("/attributes/decides_by/edit")
    assert 'name="purpose"' not in form.text
    assert "einen Wert" in form.text
    fine = await browser.post(
        "/attributes/decides_by",
        {"name_de": "Entscheidet nach", "name_en": "Decides by", "kind": "psychographic", "retention": "6",
         "retention_unit": "months", "version": "1", "choices": "price: Preis | Price\nTreue | Loyalty"},
    )  # fmt: skip
    assert fine.headers["location"] == "/attributes?done=changed"
    shown = (await browser.api("GET", f"/customers/{world.emre}/attributes/decides_by")).json()
    assert shown["shown"] == "Preis"
    retired = await browser.api("PUT", f"/customers/{world.emre}/attributes/decides_by", {"value": "quality"})
    assert retired.status_code == 422, "a choice that was taken away cannot be chosen any more"


async def test_api_write_without_basis_says_why_and_withdrawal_blocks(browser: Browser, world: World) -> None:
    await browser.log_in(world.cast.petra)
    where = f"/customers/{world.emre}/attributes/decides_by"
    refused = await browser.api("PUT", where, {"value": "price"})
    assert refused.status_code == 422
    assert "Einwilligung von Emre Yıldız" in refused.json()["errors"]["value"]
    await says(world.emre_person, Event.GIVEN)
    written = await browser.api("PUT", where, {"value": "price"})
    assert (written.status_code, written.json()["value"], written.headers["etag"]) == (200, "price", '"1"')
    stale = await browser.api("PUT", where, {"value": "speed"}, **{"if-match": '"7"'})
    assert stale.status_code == 409
    assert [
        one["code"] for one in (await browser.api("GET", f"/customers/{world.emre}/attributes")).json()["items"]
    ] == ["decides_by"]
    withdrawn = {
        "person_id": world.emre_person,
        "purpose": "advice",
        "channel": "processing",
        "event": "withdrawn",
        "source": "phone",
    }
    assert (await browser.api("POST", "/consents", withdrawn)).status_code == 201
    assert (await browser.api("GET", where)).json()["value"] is None
    assert (await browser.api("GET", f"/customers/{world.emre}/attributes")).json()["items"] == []
    again = await browser.api("PUT", where, {"value": "price"})
    assert "möchte nicht" in again.json()["errors"]["value"]


async def test_values_of_each_type_over_the_api(browser: Browser, world: World) -> None:
    await browser.log_in(world.cast.ines)
    await says(world.emre_person, Event.GIVEN)
    for kind, good, bad in (
        ("text", "gern", ""), ("number", 1.5, "viel"), ("date", "2026-11-30", "30.30.2026"), ("yes_no", True, "vielleicht"),
    ):  # fmt: skip
        made = await browser.api(
            "POST", "/attributes",
            {"name_de": kind, "type": kind, "kind": "behavioural", "purpose": "advice", "legal_basis": "consent"},
        )  # fmt: skip
        assert made.status_code == 201, made.text
        where = f"/customers/{world.emre}/attributes/{made.json()['code']}"
        assert (await browser.api("PUT", where, {"value": bad})).status_code == 422
        assert (await browser.api("PUT", where, {"value": good})).json()["value"] == good
        assert (await browser.api("GET", where)).json()["value"] == good
        assert (await browser.api("DELETE", where)).status_code == 204
        assert (await browser.api("GET", where)).json()["value"] is None


@pytest.mark.parametrize(
    "body", [{}, [], {"value": {"a": 1}}, {"value": "x" * 100_000}, {"value": 10**40}, {"value": "\x00"}, {"value": "price", "x": 1},
             {"value": "price", "person_id": 2**70}, {"value": "price", "person_id": -1}, {"value": 1e308}, {"value": None}],
)  # fmt: skip
async def test_nonsense_is_refused_not_crashed_on(browser: Browser, world: World, body: Any) -> None:
    await browser.log_in(world.cast.petra)
    for code in ("decides_by", "employees", "good_time_to_call"):
        for customer in (world.emre, world.groessmann):
            answer = await browser.api("PUT", f"/customers/{customer}/attributes/{code}", body)
            assert answer.status_code in (400, 404, 409, 422), (code, answer.text)


async def test_special_categories_are_for_named_roles_and_each_reading_is_on_record(
    browser: Browser, world: World, health: str
) -> None:
    await says(world.emre_person, Event.GIVEN)
    await browser.log_in(world.cast.petra)
    where = f"/customers/{world.emre}/attributes"
    assert (await browser.api("PUT", f"{where}/{health}", {"value": True})).json()["hidden"] is True
    listed = (await browser.api("GET", where)).json()["items"]
    assert [(one["code"], one["hidden"], one["value"], one["shown"]) for one in listed] == [(health, True, None, "")]
    card = await browser.get(where, htmx=True)
    assert "Anzeigen" in card.text
    assert "<dd" in card.text
    assert "Ja" not in card.text
    readings = "SELECT actor_id FROM audit_entry WHERE action = 'attribute.read' ORDER BY id"
    assert not await fetch(readings)

    shown = await browser.post(f"{where}/{health}/readings", {}, htmx=True)
    assert "ja" in shown.text
    assert (await browser.api("GET", f"{where}/{health}")).json()["value"] is True
    assert [row.actor_id for row in await fetch(readings)] == [world.cast.petra.id] * 2

    for stranger in (world.cast.ali, world.cast.eva, world.cast.ines, world.cast.sven):
        await browser.log_in(stranger)
        assert (await browser.api("GET", f"{where}/{health}")).status_code == 404
        assert (await browser.api("GET", where)).json()["items"] == []
        assert (await browser.post(f"{where}/{health}/readings", {}, htmx=True)).status_code == 404
        assert "Rollstuhl" not in (await browser.get(where)).text
    assert len(await fetch(readings)) == 2


async def test_the_form_says_beforehand_what_is_missing(browser: Browser, world: World) -> None:
    await browser.log_in(world.cast.petra)
    where = f"/customers/{world.emre}/attributes/decides_by"
    form = await browser.get(f"{where}/edit", htmx=True)
    assert "die fehlt" in form.text
    assert f"/persons/{world.emre_person}/consents" in form.text
    refused = await browser.post(where, {"value": "price", "version": "0"}, htmx=True)
    assert refused.status_code == 422
    assert "Einwilligung von Emre" in refused.text
    assert await stored("decides_by", world.emre_person) == 0


async def test_two_people_at_one_attribute(browser: Browser, world: World) -> None:
    await browser.log_in(world.cast.petra)
    where = f"/customers/{world.groessmann}/attributes/employees"
    assert (await browser.post(where, {"value": "10", "version": "0"})).status_code == 303
    late = await browser.post(where, {"value": "12", "version": "0"})
    assert late.status_code == 409
    assert "inzwischen" in late.text
    assert await fetch_value("SELECT number FROM attribute_value") == 10
    assert (await browser.post(f"{where}/deletion", {})).status_code == 303
    assert await fetch_value("SELECT count(*) FROM attribute_value") == 0


async def test_other_peoples_records_stay_shut(browser: Browser, world: World) -> None:
    await browser.log_in(world.cast.petra)
    employees = f"/customers/{world.emre}/attributes/good_time_to_call"
    stranger = await browser.api("PUT", employees, {"value": "x", "person_id": world.anna, "reference": "V"})
    assert stranger.status_code == 404
    await execute("UPDATE customer SET restricted_at = $2 WHERE id = $1", world.emre, NOW)
    for method, body in (("GET", None), ("PUT", {"value": "x", "reference": "V"}), ("DELETE", None)):
        assert (await browser.api(method, employees, body)).status_code == 404
    assert (await browser.get(f"/customers/{world.emre}/attributes")).status_code == 404


async def test_pages_take_few_statements(browser: Browser, world: World) -> None:
    await browser.log_in(world.cast.petra)
    for path, htmx, limit in (
        (f"/customers/{world.groessmann}", False, 8), (f"/customers/{world.groessmann}/attributes", True, 3),
        (f"/customers/{world.groessmann}/attributes", False, 5),
    ):  # fmt: skip
        shown = await browser.get(path, htmx=htmx)
        assert shown.status_code == 200, shown.text
        assert int(shown.headers["x-sql-statements"]) <= limit


async def test_a_purpose_of_ones_own_can_be_consented_to(browser: Browser, world: World) -> None:
    await browser.log_in(world.cast.ines)
    assert (await browser.post("/attributes/purposes", {"name_de": "x"})).status_code == 422
    body = {"name_de": "Barrierefrei planen", "name_en": "Accessible planning", "wording_de": "Ich bin einverstanden.",
            "wording_en": "I agree."}  # fmt: skip
    assert (await browser.post("/attributes/purposes", body)).status_code == 303
    assert (await browser.post("/attributes/purposes", {**body, "code": "advice"})).status_code == 422
    form = await browser.get(
        f"/persons/{world.emre_person}/consents/new?purpose=accessible_planning&channel=processing"
    )
    assert "Ich bin einverstanden." in form.text
    assert "Speichern und Auswerten" in form.text
    assert await says(world.emre_person, Event.GIVEN, purpose="accessible_planning")
