"""The forms of customers and persons."""

from __future__ import annotations

from crm.database import fetch_one, fetch_value
from tests.browser import Browser
from tests.cast import Cast
from tests.customers.conftest import Customers


async def test_petra_creates_an_organisation_with_its_first_person(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.petra)
    form = {
        "kind": "organisation", "name": "Müller & Söhne OHG", "person_given_name": "Eva", "person_family_name": "Müller",
        "person_email": "eva@mueller.example", "country": "CH", "person_phone": "044 668 18 00", "submission_id": "s1",
    }  # fmt: skip
    first = await browser.post("/customers", form)
    again = await browser.post("/customers", form)
    assert first.status_code == 303, first.text
    assert first.headers["location"] == again.headers["location"]
    shown = await browser.get(first.headers["location"])
    assert "Müller &amp; Söhne OHG" in shown.text
    assert "+41446681800" in shown.text
    assert await fetch_value("SELECT count(*) FROM customer WHERE name LIKE 'Müller%'") == 1


async def test_form_with_errors_comes_back_whole(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.petra)
    form = {"kind": "person", "family_name": "", "email": "nonsense", "brief": "Will eine Küche.", "city": "Fürth"}
    shown = await browser.post("/customers", form)
    assert shown.status_code == 422
    assert shown.text.count('class="error"') == 2
    for kept in ("nonsense", "Will eine Küche.", 'value="Fürth"'):
        assert kept in shown.text


async def test_second_editor_sees_both_versions_and_loses_nothing(
    browser: Browser, cast: Cast, customers: Customers
) -> None:
    where = f"/customers/{customers.groessmann}"
    await browser.log_in(cast.petra)
    form = {
        "version": "1", "name": "Größmann Küchen GmbH", "email": "info@groessmann.example", "phone": "0911 551230",
        "street": "Lange Gasse 12", "postcode": "90403", "city": "Nürnberg", "country": "DE", "status": "prospect",
        "service_level": "gold", "language": "de", "owner_id": str(cast.petra.id),
    }  # fmt: skip
    assert (await browser.post(where, {**form, "brief": "Zwei Filialen."})).status_code == 303
    told = await browser.post(where, {**form, "brief": "Drei Filialen.", "city": "Fürth"})
    assert told.status_code == 409
    for text in ("Zwei Filialen.", "Drei Filialen.", "Petra Lang", 'name="version" value="2"'):
        assert text in told.text
    assert (await browser.post(where, {**form, "brief": "Drei Filialen.", "version": "2"})).status_code == 303
    assert await fetch_value("SELECT brief FROM customer WHERE id = $1", customers.groessmann) == "Drei Filialen."


async def test_edit_form_shows_what_is_saved(browser: Browser, cast: Cast, customers: Customers) -> None:
    await browser.log_in(cast.petra)
    organisation = await browser.get(f"/customers/{customers.groessmann}/edit")
    for text in ("info@groessmann.example", 'value="Nürnberg"', '<option value="gold" selected'):
        assert text in organisation.text
    person = await browser.get(f"/customers/{customers.emre}/edit")
    for text in ('value="Emre"', 'value="Yıldız"', "emre@yildiz.example"):
        assert text in person.text


async def test_change_is_in_the_audit_trail(browser: Browser, cast: Cast, customers: Customers) -> None:
    await browser.log_in(cast.petra)
    await browser.api("PATCH", f"/customers/{customers.groessmann}", {"city": "Fürth"})
    entry = await fetch_one(
        "SELECT e.actor_id, p.fields::text AS fields FROM audit_entry e JOIN audit_payload p ON p.id = e.payload_id "
        "WHERE e.action = 'customer.changed' AND e.subject_id = $1", customers.groessmann,
    )  # fmt: skip
    assert entry is not None
    assert entry.actor_id == cast.petra.id
    assert entry.fields == '{"city": ["Nürnberg", "Fürth"]}'


async def test_person_is_added_and_changed(browser: Browser, cast: Cast, customers: Customers) -> None:
    await browser.log_in(cast.petra)
    jonas = {"given_name": "Jonas", "family_name": "Weiß", "submission_id": "p1"}
    added = await browser.post(f"/customers/{customers.groessmann}/persons", jonas)
    assert added.status_code == 303
    person_id = int(added.headers["location"].partition("#person-")[2])
    assert (await browser.get(f"/persons/{person_id}/edit")).status_code == 200
    form = {"version": "1", "given_name": "Jonas", "family_name": "Weiß", "function": "Einkauf", "language": "de"}
    assert (await browser.post(f"/persons/{person_id}", form)).status_code == 303
    assert "Einkauf" in (await browser.get(f"/customers/{customers.groessmann}")).text
    late = await browser.post(f"/persons/{person_id}", {**form, "function": "Leitung"})
    assert late.status_code == 409
    assert "Einkauf" in late.text
    assert "Leitung" in late.text


async def test_somebody_who_may_be_meant_is_named(browser: Browser, cast: Cast, customers: Customers) -> None:
    await browser.log_in(cast.petra)
    for query in (
        "name=größmann küchen gmbh",
        "kind=organisation&name=Größmann&person_phone=0911 55 12 31",
        "name=Groessmann Kuechen&person_email=ANNA@groessmann.example",
    ):
        shown = await browser.get(f"/customers/duplicates?{query}", htmx=True)
        assert "Größmann Küchen GmbH" in shown.text
    assert (await browser.get("/customers/duplicates?name=Neu", htmx=True)).text.strip() == ""


async def test_manager_has_no_edit_buttons(browser: Browser, cast: Cast, customers: Customers) -> None:
    await browser.log_in(cast.karin)
    shown = await browser.get(f"/customers/{customers.groessmann}")
    assert "/edit" not in shown.text
    assert (await browser.get(f"/customers/{customers.groessmann}/edit")).status_code == 404
