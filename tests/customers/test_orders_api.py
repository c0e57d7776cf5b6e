"""Products, orders and quotations over the API, as programs of other people use them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from crm.database import execute, fetch_value
from tests.browser import Browser
from tests.cast import Cast
from tests.customers.conftest import Customers

WORKTOP = {"code": "AP-100", "name_de": "Arbeitsplatte Eiche", "name_en": "Oak worktop", "department": "Fertigung"}


@pytest.fixture
async def ines(browser: Browser, cast: Cast, customers: Customers) -> Browser:
    """Ines, who may do everything, with a worktop in the catalogue."""
    await browser.log_in(cast.ines)
    assert (await browser.api("POST", "/products", WORKTOP)).status_code == 201
    return browser


def order(customers: Customers, **values: Any) -> dict[str, Any]:
    start = {"customer_id": customers.groessmann, "number": "A-1", "ordered_on": "2026-03-02", "amount": "1200.50"}
    return {**start, **values}


async def test_product_is_created_changed_retired_and_found(ines: Browser) -> None:
    item = (await ines.api("GET", "/products?q=eiche")).json()["items"][0]
    where = f"/products/{item['id']}"
    seen = await ines.api("GET", where)
    assert seen.headers["etag"] == '"1"'
    changed = await ines.api("PATCH", where, {"department": "Montage", "active": False}, **{"if-match": '"1"'})
    assert (changed.json()["department"], changed.json()["active"], changed.json()["version"]) == ("Montage", False, 3)
    late = await ines.api("PATCH", where, {"name_de": "Platte"}, **{"if-match": '"1"'})
    assert late.status_code == 409
    assert (await ines.api("GET", "/products?active=true")).json()["items"] == []
    assert len((await ines.api("GET", "/products?active=false")).json()["items"]) == 1
    refused = await ines.api("POST", "/products", {**WORKTOP, "code": "ap-100"})
    assert refused.status_code == 422
    assert set(refused.json()["errors"]) == {"code"}
    german = (await ines.api("POST", "/products", {"code": "X", "name_de": "Griff"})).json()
    assert german["name_en"] == "Griff"


async def test_products_are_for_those_who_keep_catalogues(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.petra)
    assert (await browser.api("POST", "/products", WORKTOP)).status_code == 403
    assert (await browser.api("GET", "/products")).status_code == 200


async def test_order_with_items_is_created_and_shown(ines: Browser, customers: Customers) -> None:
    items = [{"product": "ap-100", "quantity": 2.5, "price": "100.00"}, {"text": "Montage", "price": 80}]
    made = await ines.api("POST", "/orders", order(customers, amount=None, items=items, delivered_on="2026-04-01"))
    assert made.status_code == 201, made.text
    shown = await ines.api("GET", f"/orders/{made.json()['id']}")
    assert shown.headers["etag"] == '"1"'
    body = shown.json()
    assert (body["amount"], body["currency"], body["status"], body["delivered_on"]) == (
        "330.00",
        "EUR",
        "delivered",
        "2026-04-01",
    )
    assert body["items"][0] == {"product": "AP-100", "text": "", "quantity": "2.500", "price": "100.00"}
    assert body["customer_number"].startswith("K-")


async def test_repeated_post_creates_one_order(ines: Browser, customers: Customers) -> None:
    answers = [await ines.api("POST", "/orders", order(customers), **{"idempotency-key": "k1"}) for _n in range(2)]
    assert answers[0].json() == answers[1].json()
    refused = await ines.api("POST", "/orders", order(customers))
    assert set(refused.json()["errors"]) == {"number"}
    assert await fetch_value("SELECT count(*) FROM customer_order") == 1


async def test_change_needs_the_version_that_was_seen(ines: Browser, customers: Customers) -> None:
    where = f"/orders/{(await ines.api('POST', '/orders', order(customers))).json()['id']}"
    changed = await ines.api("PATCH", where, {"amount": 900, "status": "shipped"}, **{"if-match": '"1"'})
    assert changed.status_code == 200, changed.text
    assert (changed.json()["amount"], changed.json()["status"], changed.headers["etag"]) == ("900.00", "shipped", '"2"')
    late = await ines.api("PATCH", where, {"amount": 800}, **{"if-match": '"1"'})
    assert late.status_code == 409
    assert [each["field"] for each in late.json()["differences"]] == ["amount"]
    delivered = await ines.api("PATCH", where, {"delivered_on": "2026-03-09"})
    assert delivered.json()["status"] == "delivered"
    assert set((await ines.api("PATCH", where, {"delivered_on": None})).json()["errors"]) == {"delivered_on"}
    assert set((await ines.api("PATCH", where, {"amount": None})).json()["errors"]) == {"amount"}
    assert await fetch_value("SELECT revenue FROM customer_figures WHERE customer = $1", customers.groessmann) == 900


async def test_all_errors_at_once_with_their_fields(ines: Browser, customers: Customers) -> None:
    body = {
        "customer_id": 2**60, "number": " ", "ordered_on": "1890-01-01", "amount": -1, "currency": "ABC", "channel": "owl",
        "status": "gone",
        "delivery_due_on": "2090-01-01", "items": [{"product": "NIX"}, {}, {"text": "x", "quantity": -1, "price": 10**15}],
    }  # fmt: skip
    refused = await ines.api("POST", "/orders", body)
    assert refused.status_code == 422
    assert set(refused.json()["errors"]) == {
        "customer_id", "number", "ordered_on", "amount", "currency", "channel", "status", "delivery_due_on", "items.0.product",
        "items.1.text", "items.2.quantity", "items.2.price",
    }  # fmt: skip
    many = await ines.api("POST", "/orders", order(customers, items=[{"text": "x"}] * 10_000))
    assert set(many.json()["errors"]) == {"items"}
    assert await fetch_value("SELECT count(*) FROM customer_order") == 0


@pytest.mark.parametrize(
    "values",
    [
        {"amount": "NaN"}, {"amount": "1e999999999"}, {"amount": 1e308}, {"amount": "1.005"}, {"amount": True}, {"amount": [1]},
        {"items": [None]}, {"items": "x"}, {"items": [{"quantity": "NaN", "text": "x"}]}, {"number": "\x00"}, {"number": 5},
        {"customer_id": 2**70}, {"customer_id": -1}, {"customer_id": None, "customer_number": "\x00"}, {"ordered_on": "٢"}, {"x": 1},
        {"customer_id": None, "customer_external_id": "\ud800"},
    ],
)  # fmt: skip
async def test_nonsense_is_refused_not_crashed_on(ines: Browser, customers: Customers, values: dict[str, Any]) -> None:
    import json

    content = json.dumps(order(customers, **values))
    headers = {"authorization": f"Bearer {ines.token}", "content-type": "application/json"}
    refused = await ines.client.post("/api/v1/orders", content=content, headers=headers)
    assert refused.status_code in (400, 422), refused.text
    assert await fetch_value("SELECT count(*) FROM customer_order") == 0


async def test_bulk_creates_updates_and_names_what_is_wrong(ines: Browser, customers: Customers) -> None:
    await execute("UPDATE customer SET external_id = 'SAP-7' WHERE id = $1", customers.groessmann)
    rows = [
        order(customers), order(customers, number="A-2", customer_id=None, customer_external_id="SAP-7"),
        order(customers, number="A-3", amount=-5), order(customers, number="A-4", items=[{"product": "NIX"}]),
    ]  # fmt: skip
    answer = await ines.api("POST", "/orders/bulk", {"items": rows})
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert (body["created"], body["updated"], body["unchanged"], body["wrong"]) == (2, 0, 0, 2)
    assert [set(item["errors"]) for item in body["items"]] == [set(), set(), {"amount"}, {"items.0.product"}]
    rows[0]["status"] = "shipped"
    again = (await ines.api("POST", "/orders/bulk", {"items": rows[:2]})).json()
    assert [item["outcome"] for item in again["items"]] == ["updated", "unchanged"]
    assert [item["id"] for item in again["items"]] == [item["id"] for item in body["items"][:2]]
    assert await fetch_value("SELECT count(*) FROM customer_order") == 2
    too_many = await ines.api("POST", "/orders/bulk", {"items": [{}] * 5001})
    assert set(too_many.json()["errors"]) == {"items"}


async def test_list_filters_and_pages_through_everyone_once(ines: Browser, customers: Customers) -> None:
    rows = [order(customers, number=f"A-{n}", ordered_on=f"2026-03-{n:02}") for n in range(1, 8)]
    rows.append(
        order(customers, number="B-1", customer_id=customers.emre, items=[{"product": "AP-100"}], channel="web")
    )
    await ines.api("POST", "/orders/bulk", {"items": rows})
    seen: list[str] = []
    cursor = ""
    while True:
        page = (await ines.api("GET", f"/orders?limit=3&customer_id={customers.groessmann}&cursor={cursor}")).json()
        seen += [item["number"] for item in page["items"]]
        if page["next"] is None:
            break
        cursor = page["next"]
    assert seen == [f"A-{n}" for n in range(7, 0, -1)]
    for query, expected in (
        ("product=ap-100", ["B-1"]), ("channel=web", ["B-1"]), ("q=B", ["B-1"]), ("q=yildiz", ["B-1"]), ("status=paid", []),
        ("since=2026-03-06", ["A-7", "A-6"]), ("until=01.03.2026", ["A-1"]), ("q=%25", []),
    ):  # fmt: skip
        found = (await ines.api("GET", f"/orders?{query}")).json()["items"]
        assert [item["number"] for item in found] == expected, query
    for query in ("status=x", "channel=x", "since=x", "limit=0", "cursor=W10", "customer_id=0"):
        assert (await ines.api("GET", f"/orders?{query}")).status_code in (400, 422), query
    answer = await ines.api("GET", "/orders?limit=500")
    assert int(answer.headers["x-sql-statements"]) <= 2


async def test_removed_order_leaves_nothing(ines: Browser, customers: Customers) -> None:
    made = (await ines.api("POST", "/orders", order(customers, items=[{"text": "x"}]))).json()["id"]
    assert (await ines.api("DELETE", f"/orders/{made}")).status_code == 204
    assert (await ines.api("GET", f"/orders/{made}")).status_code == 404
    assert (await ines.api("DELETE", f"/orders/{made}")).status_code == 404
    assert await fetch_value("SELECT count(*) FROM timeline_entry WHERE kind = 'order'") == 0
    assert await fetch_value("SELECT orders FROM customer_figures WHERE customer = $1", customers.groessmann) == 0


async def test_hidden_customers_orders_are_missing(ines: Browser, customers: Customers, cast: Cast) -> None:
    made = (await ines.api("POST", "/orders", order(customers))).json()["id"]
    asked = {"customer_id": customers.groessmann, "subject": "Küche"}
    quotation = (await ines.api("POST", "/quotations", asked)).json()["id"]
    await execute("UPDATE customer SET restricted_at = now() WHERE id = $1", customers.groessmann)
    for path in (f"/orders/{made}", f"/quotations/{quotation}"):
        assert (await ines.api("GET", path)).status_code == 404
        assert (await ines.api("PATCH", path, {})).status_code == 404
        assert (await ines.api("DELETE", path)).status_code == 404
    for path in ("/orders", f"/orders?customer_id={customers.groessmann}", "/quotations"):
        assert (await ines.api("GET", path)).json()["items"] == []
    assert (await ines.api("POST", "/orders", order(customers, number="A-2"))).status_code == 422
    await ines.log_in(cast.sven)
    assert (await ines.api("GET", f"/orders/{made}")).status_code == 200
    assert (await ines.api("PATCH", f"/orders/{made}", {})).status_code == 403


async def test_quotation_goes_its_way(ines: Browser, customers: Customers) -> None:
    asked = datetime.now(UTC) - timedelta(days=14)
    body = {
        "customer_id": customers.groessmann, "subject": "Küche mit Insel", "products": ["AP-100"], "requested_at": asked.isoformat(),
    }  # fmt: skip
    made = await ines.api("POST", "/quotations", body)
    assert made.status_code == 201, made.text
    assert made.json()["waiting_min"] > 8 * 600, "14 days have at least 8 working days"
    where = f"/quotations/{made.json()['id']}"
    assert set((await ines.api("PATCH", where, {"status": "sent"})).json()["errors"]) == {"number"}
    sent_at = (asked + timedelta(days=7)).isoformat()
    sent = await ines.api("PATCH", where, {"status": "sent", "number": "AN-1", "amount": 8900, "sent_at": sent_at})
    assert sent.status_code == 200, sent.text
    assert 4 * 600 <= sent.json()["turnaround_min"] <= 5 * 600
    assert set((await ines.api("PATCH", where, {"status": "declined"})).json()["errors"]) == {"decline_reason"}
    declined = (await ines.api("PATCH", where, {"status": "declined", "decline_reason": "price"})).json()
    assert (declined["status"], declined["waiting_min"]) == ("declined", None)
    assert declined["decision_min"] >= 4 * 600
    told = (await ines.api("GET", f"/customers/{customers.groessmann}/history?kind=quotation")).json()["items"]
    assert [item["summary"] for item in told] == ["Angebot AN-1 · Küche mit Insel"]
    assert (told[0]["detail"]["status"], told[0]["detail"]["decline_reason"]) == ("declined", "price")
    assert Decimal(told[0]["detail"]["amount"]) == 8900
    back = (await ines.api("PATCH", where, {"status": "requested"})).json()
    assert (back["sent_at"], back["decided_at"], back["decline_reason"], back["turnaround_min"]) == (
        None,
        None,
        "",
        None,
    )


async def test_quotation_names_all_that_is_wrong(ines: Browser, customers: Customers) -> None:
    body = {
        "customer_number": "K-1", "subject": "", "products": ["NIX"], "amount": 10**15, "currency": "ABC", "status": "lost",
        "document_on": "1890-01-01", "requested_at": "1890-01-01T00:00:00Z", "sent_at": "2026-01-01T00:00:00", "decline_reason": "mood",
    }  # fmt: skip
    refused = await ines.api("POST", "/quotations", body)
    assert refused.status_code == 422
    assert set(refused.json()["errors"]) == {
        "customer_number", "subject", "products.0", "amount", "currency", "status", "document_on", "requested_at", "sent_at",
        "decline_reason",
    }  # fmt: skip
    later = {"customer_id": customers.emre, "subject": "x", "requested_at": "2090-01-01T00:00:00Z"}
    assert set((await ines.api("POST", "/quotations", later)).json()["errors"]) == {"requested_at"}
    assert await fetch_value("SELECT count(*) FROM quotation") == 0


async def test_quotations_are_listed_by_status(ines: Browser, customers: Customers) -> None:
    for n, status in enumerate(("requested", "sent", "accepted")):
        body = {"customer_id": customers.emre, "subject": f"Angebot {n}", "status": status, "number": f"AN-{n}"}
        assert (await ines.api("POST", "/quotations", body)).status_code == 201
    assert len((await ines.api("GET", "/quotations")).json()["items"]) == 3
    sent = (await ines.api("GET", "/quotations?status=sent")).json()["items"]
    assert [item["number"] for item in sent] == ["AN-1"]
    assert 0 <= sent[0]["waiting_min"] <= 10, "it was sent just now"
    assert (await ines.api("GET", "/quotations?status=x")).status_code == 422
    taken = {"customer_id": customers.emre, "subject": "x", "number": "AN-1"}
    assert set((await ines.api("POST", "/quotations", taken)).json()["errors"]) == {"number"}
