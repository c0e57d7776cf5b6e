"""Somebody whom we know joins a second organisation on its page, and leaves it again."""

from __future__ import annotations

from crm.customers.actions import create_organisation
from crm.customers.data import OrganisationData
from crm.database import execute, fetch_value
from tests.browser import Browser
from tests.cast import Cast
from tests.customers.conftest import NOW, Customers


async def _second(cast: Cast) -> int:
    return await create_organisation(OrganisationData("Kern Bau GmbH"), by=cast.petra.id, now=NOW)


async def test_a_known_person_is_found_chosen_and_parted_again(
    browser: Browser, cast: Cast, customers: Customers
) -> None:
    await browser.log_in(cast.petra)
    second = await _second(cast)
    here = f"/customers/{second}/persons/known"
    for text in ("anna grossmann", "anna@groessmann.example", "Anna"):
        found = (await browser.get(here, params={"q": text})).text
        assert f'value="{customers.anna}"' in found, text
    assert "Größmann Küchen GmbH · Geschäftsführerin" in found
    assert "Niemand sonst" in (await browser.get(here, params={"q": "gibtesnicht"})).text

    form = {"person_id": str(customers.anna), "function": "Beirätin", "submission_id": "1", "q": "anna"}
    for _double_click in range(2):
        linked = await browser.post(here, form)
        assert (linked.status_code, linked.headers["location"]) == (303, f"/customers/{second}#person-{customers.anna}")
    shown = await browser.get(f"/customers/{second}")
    assert int(shown.headers["x-sql-statements"]) <= 8
    for text in ("Anna Größmann", "Beirätin", "Auch bei", "Größmann Küchen GmbH", "Gehört nicht mehr dazu"):
        assert text in shown.text
    assert "Auch bei" in (await browser.get(f"/customers/{customers.groessmann}")).text
    assert f'value="{customers.anna}"' not in (await browser.get(here, params={"q": "anna"})).text

    away = f"/customers/{second}/persons/{customers.anna}/parting"
    assert "Kern Bau GmbH" in (await browser.get(away)).text
    assert (await browser.post(away)).status_code == 303
    assert "Anna Größmann" not in (await browser.get(f"/customers/{second}")).text
    only = await browser.post(f"/customers/{customers.groessmann}/persons/{customers.anna}/parting")
    assert only.status_code == 422
    assert "gehört zu keinem anderen Kunden" in only.text
    assert "„Bekannte Person“" in only.text, "and it says what to do instead"
    before = await browser.get(f"/customers/{customers.groessmann}/persons/{customers.anna}/parting")
    assert "„Bekannte Person“" in before.text, "nobody has to try first"
    assert 'class="button danger"' not in before.text
    himself = await browser.get(f"/customers/{customers.emre}/persons/{customers.emre_person}/parting")
    assert "nicht von der eigenen Person" in himself.text
    assert 'class="button danger"' not in himself.text


async def test_the_function_that_is_edited_is_that_at_the_customer_one_came_from(
    browser: Browser, cast: Cast, customers: Customers
) -> None:
    await browser.log_in(cast.petra)
    second = await _second(cast)
    await browser.post(f"/customers/{second}/persons/known", {"person_id": str(customers.anna), "function": "Beirätin"})
    form = await browser.get(f"/persons/{customers.anna}/edit?customer={second}")
    assert 'value="Beirätin"' in form.text
    saved = await browser.post(
        f"/persons/{customers.anna}",
        {"customer": str(second), "given_name": "Anna", "family_name": "Größmann", "form_of_address": "neutral",
         "language": "de", "function": "Vorsitzende", "version": "1"},
    )  # fmt: skip
    assert saved.headers["location"] == f"/customers/{second}#person-{customers.anna}"
    functions = "SELECT string_agg(function, ',' ORDER BY id) FROM affiliation WHERE person = $1"
    assert await fetch_value(functions, customers.anna) == "Geschäftsführerin,Vorsitzende"


async def test_nobody_is_linked_who_is_hidden_or_where_only_one_belongs(
    browser: Browser, cast: Cast, customers: Customers
) -> None:
    await browser.log_in(cast.petra)
    second = await _second(cast)
    here = f"/customers/{second}/persons/known"
    assert (await browser.post(here, {"person_id": ""})).status_code == 422
    assert (await browser.get(f"/customers/{customers.emre}/persons/known")).status_code == 404
    await execute("UPDATE person SET restricted_at = $2 WHERE id = $1", customers.anna, NOW)
    assert f'value="{customers.anna}"' not in (await browser.get(here, params={"q": "anna"})).text
    assert (await browser.post(here, {"person_id": str(customers.anna)})).status_code == 404
    await browser.log_in(cast.sven)
    assert (await browser.get(here)).status_code == 404
