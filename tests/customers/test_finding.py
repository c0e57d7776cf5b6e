"""Finding customers by what people type: beginnings of names first, then everything else, each once."""

from __future__ import annotations

import pytest

from crm.customers.actions import create_organisation
from crm.customers.data import MasterData, OrganisationData
from crm.customers.lists.finding import Wanted, find_customers
from tests.cast import Cast
from tests.customers.conftest import NOW, Customers


async def _organisation(name: str, cast: Cast, city: str = "") -> int:
    return await create_organisation(OrganisationData(name, "", "", MasterData(city=city)), by=cast.petra.id, now=NOW)


async def test_names_that_begin_with_it_come_before_names_that_have_it_elsewhere(
    cast: Cast, customers: Customers
) -> None:
    elsewhere = await _organisation("Alte Tischlerei", cast)
    begins = await _organisation("Tischlerei Zeller", cast)
    found = await find_customers(Wanted(q="tischl"), limit=10)
    assert [row.id for row in found.rows] == [begins, elsewhere]


async def test_first_page_is_full_of_beginnings_and_the_second_has_the_rest(cast: Cast, customers: Customers) -> None:
    elsewhere = await _organisation("Alte Tischlerei", cast)
    begins = [await _organisation(f"Tischlerei {letter}", cast) for letter in "AB"]
    first = await find_customers(Wanted(q="tischl"), limit=2)
    assert [row.id for row in first.rows] == begins
    rest = await find_customers(Wanted(q="tischl"), limit=2, cursor=first.next)
    assert ([row.id for row in rest.rows], rest.next) == ([elsewhere], None)


@pytest.mark.parametrize("typed", ["neue", "Neue Wege", "neu"])
async def test_name_whose_spellings_begin_alike_is_found_once(cast: Cast, customers: Customers, typed: str) -> None:
    new_ways = await _organisation("Neue Wege GmbH", cast)
    assert [row.id for row in (await find_customers(Wanted(q=typed), limit=10)).rows] == [new_ways]


async def test_customer_whose_name_and_number_fit_is_found_once(cast: Cast, customers: Customers) -> None:
    named = await _organisation("4711 Duftwasser", cast)
    number = (await find_customers(Wanted(q="duftwasser"), limit=1)).rows[0].number
    assert [row.id for row in (await find_customers(Wanted(q=number), limit=10)).rows] == [named]


@pytest.mark.parametrize("typed", ["g", "gr", "groessmann", "nürnberg", "grossmann kuchen"])
async def test_search_goes_with_every_filter(cast: Cast, customers: Customers, typed: str) -> None:
    mine = Wanted(q=typed, owner_id=cast.petra.id, service_level="gold", overdue_at=None)
    theirs = Wanted(q=typed, owner_id=cast.ali.id, service_level="gold")
    assert [row.id for row in (await find_customers(mine, limit=10)).rows] == [customers.groessmann]
    assert (await find_customers(theirs, limit=10)).rows == []
