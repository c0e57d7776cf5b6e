"""What people type, and whom it finds."""

from __future__ import annotations

import pytest

from crm.customers.lists.finding import Wanted, find_customers
from crm.customers.lists.search_text import search_text, wanted_terms
from crm.database import execute, fetch_value
from tests.browser import Browser
from tests.cast import Cast
from tests.customers.conftest import Customers, customers

__all__ = ["customers"]


@pytest.mark.parametrize(
    "query",
    [
        "groessman", "Größmann", "grossmann", "GRÖSS", "gr", "g", "küchen größ", "0911 55 12 30", "+49 911 551230", "0049911551230",
        "5512", "info@groessmann.example", "nürnb", "nuernberg", "90403", "lange gasse 12", "anna", '"anna grossmann"',
        "groesman", "Grössmenn",
    ],
)  # fmt: skip
async def test_groessmann_is_found(customers: Customers, query: str) -> None:
    found = await find_customers(Wanted(q=query), limit=10)
    assert found.rows[0].id == customers.groessmann


@pytest.mark.parametrize("query", ["xyzxyz", "%", "_", "'; DROP TABLE customer", "\\", "🙂"])
async def test_nonsense_finds_nobody(customers: Customers, query: str) -> None:
    assert (await find_customers(Wanted(q=query), limit=10)).rows == []


async def test_number_finds_its_customer(customers: Customers, browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.petra)
    number = (await browser.api("GET", f"/customers/{customers.emre}")).json()["number"]
    for query in (number, number.lower(), number.removeprefix("K-")):
        assert (await find_customers(Wanted(q=query), limit=10)).rows[0].id == customers.emre


async def test_similar_names_are_said_to_be_guesses(customers: Customers) -> None:
    assert (await find_customers(Wanted(q="Grosmann"), limit=10)).is_guess
    assert not (await find_customers(Wanted(q="grossmann"), limit=10)).is_guess


async def test_palette_finds_customers_persons_and_commands(customers: Customers, browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.petra)
    found = await browser.get("/search?q=größ", htmx=True)
    assert f'href="/customers/{customers.groessmann}"' in found.text
    assert f'href="/customers/{customers.groessmann}#person-{customers.anna}"' in found.text
    assert "<html" not in found.text
    command = await browser.get("/search?q=festh", htmx=True)
    assert "Kontakt festhalten" in command.text
    assert "data-dialog" in command.text
    assert int(found.headers["x-sql-statements"]) <= 8
    assert "<html" in (await browser.get("/search?q=größ")).text
    assert "Kunden anlegen" in (await browser.get("/search", htmx=True)).text


async def test_manager_gets_no_commands_that_are_not_theirs(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.karin)
    assert "Kunden anlegen" not in (await browser.get("/search", htmx=True)).text


@pytest.mark.parametrize("query", ["99999999999999999999", "#12", "x" * 5000, "%00", "%ff%fe", "\\%_ '"])
async def test_anything_may_be_typed(browser: Browser, cast: Cast, query: str) -> None:
    await browser.log_in(cast.petra)
    assert (await browser.get(f"/search?q={query}", htmx=True)).status_code == 200
    assert (await browser.get(f"/customers?q={query}")).status_code == 200


def test_search_text_begins_with_the_name() -> None:
    text = search_text("Größmann Küchen GmbH", "K-10482", phones=["+49911551230"], places=["90403 Nürnberg"])
    assert text == " grossmann kuchen gmbh k 10482 90403 nurnberg 0911551230 49911551230"


def test_telephone_numbers_are_one_term() -> None:
    assert wanted_terms("0911 / 55-12 30") == ("0911551230",)
    assert wanted_terms("+49 (911) 55") == ("4991155",)
    assert wanted_terms("Müller 55") == ("muller", "55")


async def test_enquiry_is_found_by_number_and_by_words(customers: Customers, browser: Browser, cast: Cast) -> None:
    number = await fetch_value(
        "INSERT INTO ticket (customer, subject, service_level, first_response_min, next_response_min, solution_min, opened_at) "
        "SELECT id, 'Unklare Rechnungsposition 100%', service_level, 60, 60, 480, now() FROM customer WHERE id = $1 RETURNING id",
        customers.groessmann,
    )  # fmt: skip
    await browser.log_in(cast.ali)
    for query in (f"%23{number}", str(number), "rechnungspos", "UNKLARE rechnung", "100%25"):
        assert f'href="/tickets/{number}"' in (await browser.get(f"/search?q={query}", htmx=True)).text
    assert f'href="/tickets/{number}"' not in (await browser.get("/search?q=rechnung_pos", htmx=True)).text


async def test_restricted_people_are_not_found(customers: Customers, browser: Browser, cast: Cast) -> None:
    await execute("UPDATE customer SET restricted_at = now() WHERE id = $1", customers.groessmann)
    await browser.log_in(cast.sven)
    assert "Größmann" not in (await browser.get("/search?q=größmann+küchen", htmx=True)).text.replace("„", "")
    assert (await browser.api("GET", "/customers?q=grosmann")).json()["items"] == []
