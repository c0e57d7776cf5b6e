"""One field is changed where it stands on the page; the second editor of the same field is told and loses nothing."""

from __future__ import annotations

import re

import pytest

from crm.customers.handlers.inline import INLINE
from crm.database import fetch_value
from tests.browser import Browser
from tests.cast import Cast
from tests.customers.conftest import Customers


def hidden(page: str) -> dict[str, str]:
    """The version and what was seen, as the form sends them back."""
    return {name: re.search(rf'name="{name}" value="([^"]*)"', page)[1] for name in ("version", "seen")}  # type: ignore[index]


async def test_petra_changes_the_brief_where_it_stands(browser: Browser, cast: Cast, customers: Customers) -> None:
    where = f"/customers/{customers.groessmann}/fields/brief"
    await browser.log_in(cast.petra)
    assert f'hx-get="{where}"' in (await browser.get(f"/customers/{customers.groessmann}")).text
    form = await browser.get(where, htmx=True)
    assert "<html" not in form.text
    saved = await browser.post(where, {**hidden(form.text), "brief": "Drei Filialen"}, htmx=True)
    assert saved.status_code == 200
    assert "Drei Filialen" in saved.text
    assert 'data-announce="Gespeichert."' in saved.text
    assert await fetch_value("SELECT brief FROM customer WHERE id = $1", customers.groessmann) == "Drei Filialen"


async def test_without_scripts_it_is_a_page(browser: Browser, cast: Cast, customers: Customers) -> None:
    where = f"/customers/{customers.groessmann}/fields/tags"
    await browser.log_in(cast.petra)
    page = await browser.get(where)
    assert "<html" in page.text
    done = await browser.post(where, {**hidden(page.text), "tags": "VIP, Bau"})
    assert done.headers["location"] == f"/customers/{customers.groessmann}#field-tags"
    assert "VIP" in (await browser.get(f"/customers/{customers.groessmann}")).text


async def test_the_second_editor_of_a_field_is_told(browser: Browser, cast: Cast, customers: Customers) -> None:
    where = f"/customers/{customers.groessmann}/fields/brief"
    await browser.log_in(cast.petra)
    mine = hidden((await browser.get(where, htmx=True)).text)
    await browser.log_in(cast.ali)
    theirs = hidden((await browser.get(where, htmx=True)).text)
    assert (await browser.post(where, {**theirs, "brief": "Von Ali"}, htmx=True)).status_code == 200
    await browser.log_in(cast.petra)
    told = await browser.post(where, {**mine, "brief": "Von Petra"}, htmx=True)
    assert told.status_code == 422, "htmx puts this, and not a 409, in place of the field"
    for text in ("Ali Demir", "Von Ali", "Von Petra"):
        assert text in told.text
    again = await browser.post(where, {**hidden(told.text), "brief": "Von Petra"}, htmx=True)
    assert again.status_code == 200
    assert await fetch_value("SELECT brief FROM customer WHERE id = $1", customers.groessmann) == "Von Petra"


async def test_another_field_that_was_changed_is_no_obstacle(
    browser: Browser, cast: Cast, customers: Customers
) -> None:
    where = f"/customers/{customers.groessmann}/fields"
    await browser.log_in(cast.petra)
    seen = {name: hidden((await browser.get(f"{where}/{name}", htmx=True)).text) for name in ("brief", "phones")}
    assert (await browser.post(f"{where}/brief", {**seen["brief"], "brief": "Neu"}, htmx=True)).status_code == 200
    typed = {"phones-0-value": "0911 55 12 30", "phones-1-value": "0171 2204511", "phones-1-kind": "mobile"}
    saved = await browser.post(f"{where}/phones", {**seen["phones"], **typed}, htmx=True)
    assert saved.status_code == 200
    assert 'href="tel:+491712204511"' in saved.text
    assert "mobil" in saved.text


async def test_a_mistake_stays_in_the_form(browser: Browser, cast: Cast, customers: Customers) -> None:
    await browser.log_in(cast.petra)
    for name, typed, kept in (
        ("iban", {"iban": "DE89 3704 0044 0532 0130 01"}, "0130 01"),
        ("phones", {"phones-0-value": "abc", "phones-1-value": "0911 551230"}, "0911 551230"),
        ("parent", {"parent": "Niemand"}, "Niemand"),
    ):
        where = f"/customers/{customers.groessmann}/fields/{name}"
        answer = await browser.post(where, {**hidden((await browser.get(where, htmx=True)).text), **typed}, htmx=True)
        assert answer.status_code == 422, name
        assert kept in answer.text
        assert 'class="error"' in answer.text


async def test_relations_are_typed_by_number_or_name(browser: Browser, cast: Cast, customers: Customers) -> None:
    where = f"/customers/{customers.emre}/fields/recommender"
    await browser.log_in(cast.petra)
    suggested = await browser.get("/customers/options?recommender=groessm", htmx=True)
    value = re.search(r'value="([^"]+)"', suggested.text)
    assert value is not None
    assert "Größmann Küchen GmbH" in value[1]
    for typed in (value[1], "größmann küchen gmbh"):
        saved = await browser.post(
            where, {**hidden((await browser.get(where, htmx=True)).text), "recommender": typed}, htmx=True
        )
        assert saved.status_code == 200, saved.text
        assert "Größmann Küchen GmbH" in saved.text
    emptied = {**hidden((await browser.get(where, htmx=True)).text), "recommender": ""}
    assert (await browser.post(where, emptied, htmx=True)).status_code == 200
    assert await fetch_value("SELECT recommended_by FROM customer WHERE id = $1", customers.emre) is None


@pytest.mark.parametrize("name", sorted(INLINE))
async def test_every_field_has_a_form_and_comes_back(
    browser: Browser, cast: Cast, customers: Customers, name: str
) -> None:
    await browser.log_in(cast.petra)
    answers = []
    for customer in (customers.groessmann, customers.emre):
        form = await browser.get(f"/customers/{customer}/fields/{name}", htmx=True)
        shown = await browser.get(f"/customers/{customer}/fields/{name}?shown=1", htmx=True)
        answers.append((form.status_code, shown.status_code))
    assert (200, 200) in answers
    assert set(answers) <= {(200, 200), (404, 404)}


async def test_only_who_may_edit_gets_a_form(browser: Browser, cast: Cast, customers: Customers) -> None:
    await browser.log_in(cast.karin)
    assert (await browser.get(f"/customers/{customers.groessmann}/fields/brief")).status_code == 404
    assert "/fields/" not in (await browser.get(f"/customers/{customers.groessmann}")).text
    await browser.log_in(cast.petra)
    assert (await browser.get(f"/customers/{customers.groessmann}/fields/password")).status_code == 404


async def test_one_button_confirms_the_master_data(browser: Browser, cast: Cast, customers: Customers) -> None:
    where = f"/customers/{customers.groessmann}"
    await browser.log_in(cast.petra)
    before = (await browser.get(where)).text
    for text in ("Noch nie geprüft", "Es fehlt:", "Aufmerksam geworden durch"):
        assert text in before
    assert (await browser.post(f"{where}/check")).headers["location"] == where
    assert "Zuletzt geprüft am" in (await browser.get(where)).text
    entries = "SELECT count(*) FROM audit_entry WHERE action = 'customer.checked'"
    assert await fetch_value(entries) == 1
    await browser.post(f"{where}/check")
    assert await fetch_value(entries) == 1
