"""A deleted customer is out of sight at once and can be restored for 30 days."""

from __future__ import annotations

from datetime import timedelta

import pytest

from crm.customers.deleting import delete_customer, deleted_customers, end_deletions, is_restorable, restore_customer
from crm.database import execute, fetch_one, fetch_value
from crm.errors import Invalid, NotFound, RuleBroken
from tests.browser import Browser
from tests.cast import Cast
from tests.customers.conftest import NOW, Customers

LATER = timedelta(days=30)


async def test_petra_deletes_and_restores_a_customer(browser: Browser, cast: Cast, customers: Customers) -> None:
    page = f"/customers/{customers.groessmann}"
    await browser.log_in(cast.petra)
    assert "Kunden löschen" in (await browser.get(f"{page}/deletion")).text
    refused = await browser.post(f"{page}/deletion", {"reason": " "})
    assert refused.status_code == 422
    assert "Bitte sagen Sie, warum." in refused.text
    done = await browser.post(f"{page}/deletion", {"reason": "Doppelt angelegt"})
    assert done.headers["location"] == "/customers/deleted?done=deleted"
    assert (await browser.get(page)).status_code == 404
    assert "Größmann" not in (await browser.get("/customers")).text
    assert "Größmann" not in (await browser.get("/search?q=groessmann")).text
    listed = (await browser.get("/customers/deleted")).text
    for text in ("Größmann Küchen GmbH", "Doppelt angelegt", "Petra Lang"):
        assert text in listed
    assert (await browser.post(f"{page}/deletion", {"reason": "Noch einmal"})).status_code == 404
    assert (await browser.post(f"{page}/restoration")).headers["location"] == page
    shown = (await browser.get(page)).text
    assert "Nach der Löschung wiederhergestellt" in shown
    assert (await browser.post(f"{page}/restoration")).status_code == 404


async def test_after_thirty_days_it_is_over(cast: Cast, customers: Customers) -> None:
    await delete_customer(customers.emre, "Test", by=cast.petra.id, now=NOW)
    assert await is_restorable(customers.emre, NOW + LATER - timedelta(seconds=1))
    assert await end_deletions(now=NOW + LATER - timedelta(seconds=1)) == 0
    assert not await is_restorable(customers.emre, NOW + LATER)
    assert await deleted_customers(NOW + LATER) == []
    with pytest.raises(NotFound):
        await restore_customer(customers.emre, by=cast.petra.id, now=NOW + LATER)
    assert await end_deletions(now=NOW + LATER) == 1
    assert await end_deletions(now=NOW + LATER) == 0
    row = await fetch_one("SELECT deleted_at, deletion_ended_at FROM customer WHERE id = $1", customers.emre)
    assert row is not None
    assert row.deletion_ended_at == NOW + LATER
    assert await fetch_value("SELECT count(*) FROM audit_entry WHERE action = 'customer.deletion_ended'") == 1


async def test_the_end_holds_even_if_the_clock_is_set_back(cast: Cast, customers: Customers) -> None:
    await delete_customer(customers.emre, "Test", by=cast.petra.id, now=NOW)
    await end_deletions(now=NOW + LATER)
    with pytest.raises(NotFound):
        await restore_customer(customers.emre, by=cast.petra.id, now=NOW)


async def test_while_somebody_waits_for_an_answer_nothing_is_deleted(cast: Cast, customers: Customers) -> None:
    await execute("UPDATE customer_figures SET open_tickets = 2 WHERE customer = $1", customers.emre)
    with pytest.raises(RuleBroken, match="2 "):
        await delete_customer(customers.emre, "Test", by=cast.petra.id, now=NOW)
    with pytest.raises(Invalid):
        await delete_customer(customers.groessmann, "x" * 501, by=cast.petra.id, now=NOW)


async def test_who_may_not_delete_sees_nothing_of_it(browser: Browser, cast: Cast, customers: Customers) -> None:
    await delete_customer(customers.emre, "Test", by=cast.petra.id, now=NOW)
    for stranger in (cast.karin, cast.ali):
        await browser.log_in(stranger)
        assert (await browser.get("/customers/deleted")).status_code == 404
        assert (await browser.get(f"/customers/{customers.groessmann}/deletion")).status_code == 404
        assert (await browser.post(f"/customers/{customers.emre}/restoration")).status_code == 403


async def test_a_restricted_customer_is_not_in_the_list(cast: Cast, customers: Customers) -> None:
    await delete_customer(customers.emre, "Test", by=cast.petra.id, now=NOW)
    await execute("UPDATE customer SET restricted_at = $2 WHERE id = $1", customers.emre, NOW)
    assert await deleted_customers(NOW) == []
    assert len(await deleted_customers(NOW, restricted=True)) == 1
    assert not await is_restorable(customers.emre, NOW)
