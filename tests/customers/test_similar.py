"""Typing errors are forgiven, and never at the price of what was spelt right."""

from __future__ import annotations

import pytest

from crm.customers.actions import create_organisation, create_private_person
from crm.customers.data import MasterData, OrganisationData, PersonData, PrivatePersonData
from crm.customers.lists.finding import Wanted, find_customers
from crm.customers.lists.search_text import wanted_terms
from crm.customers.lists.similar import alike_words, errors_between, forget_unused_words
from crm.customers.tagging import tag_customers
from crm.database import execute, fetch_value
from tests.cast import Cast
from tests.customers.conftest import NOW, Customers


async def _organisation(name: str, cast: Cast, city: str = "") -> int:
    return await create_organisation(OrganisationData(name, "", "", MasterData(city=city)), by=cast.petra.id, now=NOW)


@pytest.mark.parametrize(
    ("typed", "meant", "errors"),
    [
        ("muler", "muller", 1), ("mulelr", "muller", 1), ("miller", "muller", 1), ("mulller", "muller", 1), ("muller", "muller", 0),
        ("schnied", "schneider", 1), ("nurnbreg", "nurnberg", 1), ("gossmann", "grossmann", 1),
    ],
)  # fmt: skip
def test_errors_are_counted_as_people_make_them(typed: str, meant: str, errors: int) -> None:
    assert errors_between(typed, meant) == errors


@pytest.mark.parametrize(
    "typed",
    [
        "Müler",
        "Mülelr",
        "Nüller",
        "Müllre",
        "Schnieder",
        "Schneidre",
        "Mayer",
        "Meyer",
        "Nürnbreg",
        "Müler Nürnbreg",
        "rMüller",
    ],
)
async def test_one_slip_of_the_finger_finds_them(cast: Cast, typed: str) -> None:
    meant = await _organisation("Müller Schneider Meier", cast, "Nürnberg")
    found = await find_customers(Wanted(q=typed), limit=10)
    assert [row.id for row in found.rows] == [meant]
    assert found.is_guess


async def test_exact_hit_does_not_hide_the_one_that_was_meant(cast: Cast) -> None:
    """Somebody types Maier and means Meier: whoever is called Maier comes first, Meier stands below."""
    maier, meier = await _organisation("Maier Bau", cast), await _organisation("Meier Bau", cast)
    found = await find_customers(Wanted(q="Maier"), limit=10)
    assert [row.id for row in found.rows] == [maier]
    assert [row.id for row in found.similar] == [meier]
    assert not found.is_guess


async def test_many_exact_hits_need_no_similar_ones(cast: Cast) -> None:
    for number in range(9):
        await _organisation(f"Maier {number}", cast)
    await _organisation("Meier", cast)
    assert (await find_customers(Wanted(q="Maier"), limit=50)).similar == []


async def test_fewer_errors_come_first_then_names_before_streets(cast: Cast) -> None:
    street = await create_organisation(
        OrganisationData("Aal GmbH", "", "", MasterData(street="Müllerweg 1", city="Fürth")), by=cast.petra.id, now=NOW
    )
    two = await _organisation("Mühler", cast)
    named = await _organisation("Zahn Müller", cast)
    found = [row.id for row in (await find_customers(Wanted(q="Mülller"), limit=10)).rows]
    assert found.index(named) < found.index(street) < found.index(two)


async def test_similar_ones_keep_to_the_filters(cast: Cast, customers: Customers) -> None:
    found = await find_customers(Wanted(q="Grosmen", owner_id=cast.ali.id), limit=10)
    assert found.rows == []


async def test_restricted_and_deleted_customers_are_never_similar(cast: Cast, customers: Customers) -> None:
    await execute("UPDATE customer SET restricted_at = $2 WHERE id = $1", customers.groessmann, NOW)
    await execute("UPDATE customer SET deleted_at = $2 WHERE id = $1", customers.emre, NOW)
    for typed in ("Grosmann", "Yildis"):
        assert (await find_customers(Wanted(q=typed), limit=10)).rows == []


async def test_short_words_and_numbers_are_not_guessed(cast: Cast, customers: Customers) -> None:
    assert await alike_words(("gro", "90404", "k 10")) == {}


async def test_words_that_nobody_has_any_more_are_forgotten(cast: Cast, customers: Customers) -> None:
    has = "SELECT count(*) FROM search_word WHERE word = 'grossmann'"
    assert await fetch_value(has) == 1
    await forget_unused_words()
    assert await fetch_value(has) == 1
    await execute("UPDATE customer SET deleted_at = $1", NOW)
    await forget_unused_words()
    assert await fetch_value("SELECT count(*) FROM search_word") == 0


async def test_changed_name_is_forgiven_too(cast: Cast, customers: Customers) -> None:
    await execute("UPDATE customer SET search_text = ' zwiebelhuber' WHERE id = $1", customers.emre)
    assert [row.id for row in (await find_customers(Wanted(q="zwibelhuber"), limit=10)).rows] == [customers.emre]


@pytest.mark.parametrize(
    ("typed", "term"),
    [
        ("+49 (0)911 551230", "49911551230"),
        ("0049 (0) 911 5512", "499115512"),
        ("(0911) 5512-30", "0911551230"),
        ("0911/55 12 30", "0911551230"),
    ],
)
def test_telephone_numbers_are_read_as_people_write_them(typed: str, term: str) -> None:
    assert wanted_terms(typed) == (term,)


@pytest.mark.parametrize(
    "typed", ["anna grö", "grössmann anna", "+49 (0)911 5512", "groessmann 0911", "anna@groess", "@groessmann.example"]
)
async def test_pieces_find_the_customer(customers: Customers, typed: str) -> None:
    assert (await find_customers(Wanted(q=typed), limit=10)).rows[0].id == customers.groessmann


async def test_given_name_first_is_a_beginning_of_the_name(cast: Cast) -> None:
    """A private person sorts by family name, but is written the other way round."""
    await _organisation("Aktion Emre Yilmaz", cast)
    person = PrivatePersonData(PersonData("Emre", "Yilmaz"), MasterData())
    emre, _person = await create_private_person(person, by=cast.ali.id, now=NOW)
    assert (await find_customers(Wanted(q="emre yil"), limit=10)).rows[0].id == emre


async def test_tag_finds_its_customers(cast: Cast, customers: Customers) -> None:
    await tag_customers([customers.emre], add=["Messe Köln"], by=cast.petra.id, now=NOW)
    assert [row.id for row in (await find_customers(Wanted(q="messe koeln"), limit=10)).rows] == [customers.emre]
    await tag_customers([customers.emre], remove=["messe köln"], by=cast.petra.id, now=NOW)
    assert (await find_customers(Wanted(q="messe koeln"), limit=10)).rows == []
