"""Filters, orders and columns of the list: what the address says, whom it finds, and that no page loses anybody."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest

from crm.customers.actions import create_organisation, create_private_person
from crm.customers.data import MasterData, OrganisationData, PersonData, PrivatePersonData
from crm.customers.lists.columns import COLUMNS
from crm.customers.lists.finding import Wanted, customer_ids, find_customers, how_many
from crm.customers.lists.listing import FILTERS, ListView
from crm.customers.lists.sorting import SORTS
from crm.customers.tagging import tag_customers
from crm.database import execute, fetch_value
from crm.errors import Invalid
from tests.browser import Browser
from tests.cast import Cast
from tests.customers.conftest import NOW, Customers

VIEWER = SimpleNamespace(id=1, team_id=None)


def ids(found: object) -> list[int]:
    return [row.id for row in found.rows]  # type: ignore[attr-defined]


@pytest.fixture
async def told(cast: Cast, customers: Customers) -> Customers:
    """Größmann has been told of much, Emre of nothing."""
    await execute(
        "UPDATE customer_figures SET last_contact_at = $2, contact_due_at = $3, open_tickets = 2, orders = 3, revenue = 4200.50, "
        "last_order_on = $4, satisfaction_sum = 9, satisfaction_answers = 2 WHERE customer = $1",
        customers.groessmann, NOW - timedelta(days=100), NOW - timedelta(days=10), date(2026, 3, 1),
    )  # fmt: skip
    await execute(
        "UPDATE customer_figures SET contact_due_at = $2 WHERE customer = $1", customers.emre, NOW + timedelta(days=5)
    )
    await execute(
        "UPDATE customer SET checked_on = $2, origin_code = 'fair', status = 'customer', brief = 'Küchen', vat_id = 'DE1' WHERE id = $1",
        customers.groessmann,
        NOW.date(),
    )
    await tag_customers([customers.groessmann], add=["VIP", "Messe Köln"], by=cast.petra.id, now=NOW)
    return customers


@pytest.mark.parametrize(
    "query",
    [
        "status=customer", "service_level=gold", "level=gold", "kind=organisation", "tag=vip", "tag=VIP,messe+koeln", "origin=fair",
        "place=nuern",
        "place=Nürnberg", "place=904", "due=overdue", "open=yes", "no_contact=90", "revenue_from=4.200", "revenue_from=4200,50",
        "no_order=180", "show=overdue", "q=größmann&open=yes", "place=nuernberg&due=30&tag=vip",
    ],
)  # fmt: skip
async def test_filter_finds_groessmann_alone(told: Customers, query: str) -> None:
    if query == "no_contact=90":  # whoever was never spoken with has had no contact either
        await execute("UPDATE customer_figures SET last_contact_at = $2 WHERE customer = $1", told.emre, NOW)
    wanted = ListView.saved(query).wanted(VIEWER, NOW)
    assert ids(await find_customers(wanted, limit=10)) == [told.groessmann]
    assert await customer_ids(wanted) == [told.groessmann]
    assert await how_many(wanted, most=100) == 1


@pytest.mark.parametrize(
    "query",
    [
        "status=prospect",
        "kind=person",
        "open=no",
        "revenue_below=10",
        "unchecked=30",
        "place=fürth",
        "lacking=yes",
        "no_contact=101",
        "q=emre",
    ],
)
async def test_filter_finds_emre_alone(told: Customers, query: str) -> None:
    await execute("DELETE FROM phone_number WHERE person = $1", told.emre_person)
    assert ids(await find_customers(ListView.saved(query).wanted(VIEWER, NOW), limit=10)) == [told.emre]


@pytest.mark.parametrize("query", ["due=7", "new=30", "unchecked=0"])
async def test_filter_finds_both(told: Customers, query: str) -> None:
    await execute("UPDATE customer SET checked_on = NULL")
    found = await find_customers(ListView.saved(query).wanted(VIEWER, NOW), limit=10)
    assert set(ids(found)) == {told.groessmann, told.emre}


async def test_owner_deputy_and_team(cast: Cast, told: Customers) -> None:
    team = await fetch_value("INSERT INTO team (name) VALUES ('Süd') RETURNING id")
    await execute("UPDATE staff SET team = $2 WHERE id = $1", cast.petra.id, team)
    await execute("UPDATE customer SET owner = NULL, deputy = $2 WHERE id = $1", told.emre, cast.petra.id)
    petra = SimpleNamespace(id=cast.petra.id, team_id=team)

    async def finds(query: str) -> list[int]:
        return ids(await find_customers(ListView.saved(query).wanted(petra, NOW), limit=10))

    assert (
        await finds("owner=me")
        == await finds("show=mine")
        == await finds(f"owner={cast.petra.id}")
        == [told.groessmann]
    )
    assert await finds("owner=none") == await finds("deputy=me") == [told.emre]
    assert await finds("team=mine") == await finds(f"team={team}") == [told.groessmann]
    await execute("UPDATE customer SET team = $2 WHERE id = $1", told.emre, team)
    assert set(await finds("team=mine")) == {told.groessmann, told.emre}
    assert ids(await find_customers(ListView.saved("team=mine").wanted(VIEWER, NOW), limit=10)) == []


@pytest.mark.parametrize("sort", SORTS)
async def test_every_order_shows_everybody_once_page_by_page(cast: Cast, told: Customers, sort: str) -> None:
    """Values that are equal, values that are missing, and all three kinds of paging."""
    for number in range(9):
        status, city = ("former", "customer")[number % 2], ("", "Älfeld")[number % 2]
        await create_organisation(
            OrganisationData(f"Firma {number % 3}", "", "", MasterData(city=city, status=status)),
            by=(cast.petra.id, None)[number % 2], now=NOW,
        )  # fmt: skip
    await execute(
        "UPDATE customer_figures SET revenue = customer % 4, orders = customer % 2, open_tickets = customer % 3 WHERE orders = 0"
    )
    await execute("UPDATE customer_figures SET satisfaction_answers = customer % 3, satisfaction_sum = customer % 7")
    everybody = set(await customer_ids(Wanted()))
    seen: list[int] = []
    values: list[tuple[object, ...]] = []
    cursor = None
    for _page in range(20):
        found = await find_customers(Wanted(sort=sort), limit=2, cursor=cursor)
        seen += ids(found)
        values += [(row.key0, row.key1) for row in found.rows]
        cursor = found.next
        if cursor is None:
            break
    assert len(seen) == len(everybody)
    assert set(seen) == everybody
    known = [value for place, value in values if value is not None and place == 0]
    if "status" not in sort and "owner" not in sort and "level" not in sort:
        assert known == sorted(known, reverse=sort.startswith("-"))  # type: ignore[type-var]


async def test_towns_sort_as_people_look_for_them(cast: Cast) -> None:
    made = [
        await create_organisation(OrganisationData("X", "", "", MasterData(city=city)), by=None, now=NOW)
        for city in ("Zwickau", "Ölbronn", "Oldenburg", "Aachen", "")
    ]
    found = ids(await find_customers(Wanted(sort="city"), limit=10))
    assert found == [made[3], made[1], made[2], made[0], made[4]]


async def test_owners_sort_by_their_names_and_nobody_comes_last(cast: Cast) -> None:
    async def of(owner: int | None) -> int:
        person = PrivatePersonData(PersonData("A", "B"), MasterData(owner_id=owner))
        customer, _person = await create_private_person(person, by=None, now=NOW)
        return customer

    petra, ali, nobody = await of(cast.petra.id), await of(cast.ali.id), await of(None)
    assert ids(await find_customers(Wanted(sort="owner"), limit=10)) == [ali, petra, nobody]
    assert ids(await find_customers(Wanted(sort="-owner"), limit=10)) == [petra, ali, nobody]


@pytest.mark.parametrize("name", sorted(FILTERS))
@pytest.mark.parametrize(
    "value",
    ["x" * 500, "\x00", "-1", "99999999999999999999", "'; DROP TABLE customer", "%", "١٢", "1e400", "NaN", "🙂"],
)
async def test_anything_may_stand_in_the_address(customers: Customers, name: str, value: str) -> None:
    wanted = ListView.of({name: value, "sort": value, "columns": value, "view": value}).wanted(VIEWER, NOW)
    await find_customers(wanted, limit=5)


def test_the_api_refuses_what_the_page_overlooks() -> None:
    with pytest.raises(Invalid) as refused:
        ListView.of({"status": "nonsense", "owner": "x", "no_contact": "-3", "sort": "weight"}, strict=True)
    assert set(refused.value.errors) >= {"status", "owner", "no_contact"}
    assert ListView.of({"status": "nonsense"}).asked == {}


@pytest.mark.parametrize(
    ("typed", "amount"),
    [("1.500", "1500"), ("1500,50", "1500.50"), ("1.234.567,89", "1234567.89"), ("12.5", "12.5"), ("900 €", "900")],
)
def test_amounts_are_read_as_people_type_them(typed: str, amount: str) -> None:
    assert ListView.of({"revenue_from": typed}).wanted(VIEWER, NOW).revenue_from == Decimal(amount)


async def test_address_of_the_list_is_read_back_as_it_was_written() -> None:
    view = ListView.of(
        {"q": "müller & co", "status": "customer", "tag": "a,b", "sort": "-revenue", "columns": "city,due"}
    )
    again = ListView.saved(view.query())
    assert (again.asked, again.sort, again.columns) == (view.asked, view.sort, view.columns)


@pytest.fixture
def page_of(browser: Browser, cast: Cast) -> Callable[[str], Awaitable[str]]:
    async def look(query: str) -> str:
        await browser.log_in(cast.petra)
        shown = await browser.get(f"/customers?{query}")
        assert shown.status_code == 200, shown.text
        assert int(shown.headers["x-sql-statements"]) <= 8
        return shown.text

    return look


async def test_page_says_which_filters_are_in_use(told: Customers, page_of: Callable[[str], Awaitable[str]]) -> None:
    text = await page_of("place=Nürnberg&no_contact=90&tag=vip&owner=me")
    for words in (
        "Ort oder Postleitzahl: Nürnberg",
        "Kein Kontakt seit: 90 Tage",
        "Schlagwörter: vip",
        "Meine Kunden",
        "Größmann Küchen",
    ):
        assert words in text
    assert "Yıldız" not in text


async def test_every_column_can_be_shown(told: Customers, page_of: Callable[[str], Awaitable[str]]) -> None:
    codes = list(COLUMNS)
    text = await page_of("columns=" + ",".join(codes[:11])) + await page_of("columns=" + ",".join(codes[11:]))
    for shown in (
        "Messe Köln, VIP",
        "90403",
        "mailto:info@groessmann.example",
        "tel:+49911551230",
        "4.200,50",
        "4,5 (2)",
        "01.03.2026",
    ):
        assert shown in text


async def test_similar_ones_stand_below(cast: Cast, page_of: Callable[[str], Awaitable[str]]) -> None:
    for name in ("Meier Bau", "Maier Bau"):
        await create_organisation(OrganisationData(name), by=cast.petra.id, now=NOW)
    text = await page_of("q=maier")
    assert text.index("Maier Bau") < text.index("Ähnlich") < text.index("Meier Bau")


async def test_list_over_the_api_knows_the_same_filters(browser: Browser, cast: Cast, told: Customers) -> None:
    today = datetime.now(UTC)  # the API goes by the clock
    await execute(
        "UPDATE customer_figures SET contact_due_at = $2 WHERE customer = $1", told.emre, today + timedelta(days=5)
    )
    await browser.log_in(cast.petra)
    for query in ("tag=vip&place=nürn", "due=overdue&sort=-revenue", "open=yes", "kind=organisation&no_order=180"):
        items = (await browser.api("GET", f"/customers?{query}")).json()["items"]
        assert [item["id"] for item in items] == [told.groessmann], query
    first = (await browser.api("GET", "/customers?sort=-revenue&limit=1")).json()
    second = (await browser.api("GET", f"/customers?sort=-revenue&limit=1&cursor={first['next']}")).json()
    assert [first["items"][0]["id"], second["items"][0]["id"], second["next"]] == [told.groessmann, told.emre, None]
    refused = await browser.api("GET", "/customers?status=x&sort=y")
    assert refused.status_code == 422
    guessed = (await browser.api("GET", "/customers?q=grosmann")).json()
    assert (guessed["is_guess"], guessed["items"][0]["id"]) == (True, told.groessmann)


async def test_unusually_quiet_ones_are_found(told: Customers) -> None:
    await execute("UPDATE customer_figures SET quiet_from_on = $2 WHERE customer = $1", told.groessmann, NOW.date())
    await execute(
        "UPDATE customer_figures SET quiet_from_on = $2 WHERE customer = $1", told.emre, NOW.date() + timedelta(days=1)
    )
    found = await find_customers(ListView.saved("quiet=yes").wanted(VIEWER, NOW), limit=10)
    assert ids(found) == [told.groessmann]
    assert ids(await find_customers(ListView.saved("class=A").wanted(VIEWER, NOW), limit=10)) == []
    await execute("UPDATE customer SET status = 'former' WHERE id = $1", told.groessmann)
    found = await find_customers(ListView.saved("quiet=yes").wanted(VIEWER, NOW), limit=10)
    assert ids(found) == [], "from a former customer no order is expected"


async def test_days_end_when_the_company_goes_to_bed(told: Customers) -> None:
    """Half past eleven in the evening in UTC is the next day in Berlin."""
    late = NOW.replace(hour=23, minute=30)
    tomorrow = NOW.date() + timedelta(days=1)
    assert ListView.saved("quiet=yes").wanted(VIEWER, late).quiet_on == tomorrow
    wanted = ListView.saved("no_order=10&unchecked=20").wanted(VIEWER, late)
    assert (wanted.no_order_since, wanted.unchecked_since) == (
        tomorrow - timedelta(days=10), tomorrow - timedelta(days=20),
    )  # fmt: skip


async def test_rfm_figures_of_the_address_stay_when_another_filter_is_chosen(
    page_of: Callable[[str], Awaitable[str]],
) -> None:
    assert re.search(r'<option value="5xx" selected>[^<]*5xx', await page_of("rfm=5xx"))
    assert "5xx" not in await page_of("rfm=best")
