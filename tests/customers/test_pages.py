"""The list and the customer's page as people see them."""

from __future__ import annotations

from datetime import timedelta

from crm.customers.tables import TimelineKind
from crm.customers.timeline import write_entry
from crm.database import execute
from tests.browser import Browser
from tests.cast import Cast
from tests.customers.conftest import NOW, Customers


async def test_petra_finds_her_customers_in_the_list(browser: Browser, cast: Cast, customers: Customers) -> None:
    await browser.log_in(cast.petra)
    shown = await browser.get("/customers?show=mine")
    assert shown.status_code == 200
    assert "Größmann Küchen GmbH" in shown.text
    assert "Yıldız" not in shown.text
    assert int(shown.headers["x-sql-statements"]) <= 8


async def test_customer_page_says_who_it_is(browser: Browser, cast: Cast, customers: Customers) -> None:
    await browser.log_in(cast.petra)
    shown = await browser.get(f"/customers/{customers.groessmann}")
    assert shown.status_code == 200, shown.text
    for text in ("Größmann Küchen GmbH", "Gold", "Lange Gasse 12", "90403 Nürnberg", "Petra Lang", "Anna Größmann"):
        assert text in shown.text
    assert 'href="tel:+49911551231"' in shown.text
    assert "Geschäftsführerin" in shown.text


async def test_the_page_says_how_they_heard_of_us_in_words(browser: Browser, cast: Cast, customers: Customers) -> None:
    await execute(
        "UPDATE customer SET origin_code = 'recommendation', origin = 'Ein Architekt' WHERE id = $1",
        customers.groessmann,
    )
    await browser.log_in(cast.petra)
    assert "Empfehlung: Ein Architekt" in (await browser.get(f"/customers/{customers.groessmann}")).text


async def test_the_officer_reads_why_nobody_may_write_to_somebody_restricted(
    browser: Browser, cast: Cast, customers: Customers
) -> None:
    await execute("UPDATE customer SET restricted_at = now() WHERE id = $1", customers.emre)
    await execute("UPDATE person SET restricted_at = now() WHERE id = $1", customers.emre_person)
    await browser.log_in(cast.sven)
    page = (await browser.get(f"/customers/{customers.emre}")).text
    assert "Sie werden nur noch gespeichert (Art. 18 DSGVO)" in page
    assert "Noch keine Person" not in page


async def test_the_preferred_channel_of_a_person_is_shown_and_answered(
    browser: Browser, cast: Cast, customers: Customers
) -> None:
    await browser.log_in(cast.petra)
    page = f"/customers/{customers.groessmann}"
    assert "Bevorzugter Weg" not in (await browser.get(page)).text
    await browser.api("PATCH", f"/persons/{customers.anna}", {"preferred_channel": "letter"})
    assert "Bevorzugter Weg: Brief" in (await browser.get(page)).text
    assert (await browser.api("GET", page)).json()["persons"][0]["preferred_channel"] == "letter"
    await browser.api("PATCH", f"/customers/{customers.emre}", {"preferred_channel": "visit"})
    private = f"/customers/{customers.emre}"
    assert "Bevorzugter Weg: Besuch" in (await browser.get(private)).text
    assert (await browser.api("GET", private)).json()["persons"][0]["preferred_channel"] == "visit"


async def _fill_history(customer_id: int, n: int) -> None:
    for i in range(n):
        await write_entry(
            customer_id, TimelineKind.INTERACTION, i + 1, at=NOW - timedelta(hours=i), title="", body=f"Gespräch {i}",
            detail={"channel": "phone", "direction": "inbound", "person_name": "Anna Größmann", "impression": 4, "touchpoint": "hotline"},
        )  # fmt: skip


async def test_statements_do_not_grow_with_the_history(browser: Browser, cast: Cast, customers: Customers) -> None:
    await browser.log_in(cast.petra)
    counts = []
    for more in (3, 297):
        await _fill_history(customers.groessmann, more)
        shown = await browser.get(f"/customers/{customers.groessmann}")
        assert shown.status_code == 200
        counts.append(int(shown.headers["x-sql-statements"]))
    assert counts[0] == counts[1] <= 8


async def test_history_goes_on_where_it_stopped(browser: Browser, cast: Cast, customers: Customers) -> None:
    await browser.log_in(cast.petra)
    await _fill_history(customers.groessmann, 60)
    seen: list[str] = []
    cursor = ""
    while True:
        page = (await browser.api("GET", f"/customers/{customers.groessmann}/history?limit=25&cursor={cursor}")).json()
        seen += [item["summary"] for item in page["items"]]
        if page["next"] is None:
            break
        cursor = page["next"]
    assert seen == [f"Anruf von Anna Größmann: Gespräch {i}" for i in range(60)]
    first = await browser.get(f"/customers/{customers.groessmann}?kind=interaction", htmx=True)
    assert "<html" not in first.text
    assert "Gespräch 49" in first.text
    assert "Gespräch 50" not in first.text


async def test_restricted_customer_is_for_the_officer_only(browser: Browser, cast: Cast, customers: Customers) -> None:
    await execute("UPDATE customer SET restricted_at = $2 WHERE id = $1", customers.groessmann, NOW)
    await browser.log_in(cast.petra)
    assert (await browser.get(f"/customers/{customers.groessmann}")).status_code == 404
    assert "Größmann Küchen" not in (await browser.get("/customers")).text
    await browser.log_in(cast.sven)
    assert (await browser.get(f"/customers/{customers.groessmann}")).status_code == 200
    await execute("UPDATE customer SET deleted_at = $2 WHERE id = $1", customers.groessmann, NOW)
    assert (await browser.get(f"/customers/{customers.groessmann}")).status_code == 404


async def test_an_id_beyond_everything_is_simply_missing(browser: Browser, cast: Cast, customers: Customers) -> None:
    await browser.log_in(cast.petra)
    assert (await browser.get("/customers/99999999999999999999999")).status_code == 404
    assert (await browser.get("/persons/99999999999999999999999/edit")).status_code == 404
    assert (await browser.get("/customers?cursor=nonsense")).status_code == 422
