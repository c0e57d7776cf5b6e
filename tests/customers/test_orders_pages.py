"""Orders, quotations and products as people see and enter them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crm.database import execute, fetch_one, fetch_value
from crm.web.i18n import zone
from tests.browser import Browser
from tests.cast import Cast
from tests.customers.conftest import Customers


@pytest.fixture
async def petra(browser: Browser, cast: Cast, customers: Customers) -> Browser:
    """Petra, and a worktop in the catalogue."""
    await execute(
        "INSERT INTO product (code, name_de, name_en, department) VALUES ('AP-100', 'Arbeitsplatte', 'Worktop', 'Fertigung')"
    )
    return await browser.log_in(cast.petra)


def order(customers: Customers, **values: Any) -> dict[str, Any]:
    start = {
        "customer_id": customers.groessmann,
        "number": "A-1",
        "ordered_on": "2026-03-02",
        "amount": "1.200,50",
        "currency": "EUR",
    }
    return {**start, "status": "ordered", "channel": "phone", **values}


async def entered(browser: Browser, path: str, body: dict[str, Any]) -> str:
    answer = await browser.post(path, body)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"].partition("?")[0]


async def test_an_order_is_entered_seen_and_delivered(petra: Browser, customers: Customers) -> None:
    lines = {
        "item_0_product": "ap-100",
        "item_0_quantity": "2,5",
        "item_0_price": "100",
        "item_4_text": "Montage",
        "item_4_price": "80,00",
    }
    where = await entered(petra, "/orders", order(customers, amount="", **lines))
    shown = (await petra.get(where)).text
    for text in ("A-1", "Größmann Küchen GmbH", "Arbeitsplatte", "Montage", "330,00\xa0€", "250,00\xa0€", "2,500"):
        assert text in shown
    assert (await petra.post(f"{where}/delivery", {"delivered_on": "2026-03-20"})).status_code == 303
    row = await fetch_one("SELECT status, delivered_on, version FROM customer_order")
    assert row is not None
    assert (row.status, str(row.delivered_on), row.version) == ("delivered", "2026-03-20", 2)
    assert (await petra.post(f"{where}/delivery", {})).status_code == 303
    assert await fetch_value("SELECT version FROM customer_order") == 2, "what was delivered is not delivered again"


async def test_a_delivery_in_the_future_is_refused_with_what_was_typed(petra: Browser, customers: Customers) -> None:
    where = await entered(petra, "/orders", order(customers, item_0_text="Front", item_0_price="12,50"))
    refused = await petra.post(f"{where}/delivery", {"delivered_on": "2090-01-01"})
    assert refused.status_code == 422
    assert "01.01.2090 liegt in der Zukunft" in refused.text
    assert 'value="2090-01-01"' in refused.text
    assert 'value="12,50"' in refused.text


async def test_wrong_input_stands_beside_its_field_and_nothing_is_lost(petra: Browser, customers: Customers) -> None:
    body = order(
        customers, number="", amount="-5", ordered_on="1890-01-01", item_0_text="Front", item_0_price="viel", item_1_product="NIX",
        customer_id="",
    )  # fmt: skip
    refused = await petra.post("/orders", body)
    assert refused.status_code == 422
    for name in ("number", "amount", "ordered_on", "item_0_price", "item_1_product", "customer_q"):
        assert f'id="f-{name}-error"' in refused.text, name
    for typed in ('value="-5"', 'value="viel"', 'value="NIX"', 'value="Front"'):
        assert typed in refused.text
    assert await fetch_value("SELECT count(*) FROM customer_order") == 0


async def test_ten_thousand_lines_in_a_form_are_refused(petra: Browser, customers: Customers) -> None:
    refused = await petra.post("/orders", order(customers) | {f"item_{n}_text": "x" for n in range(800)})
    assert refused.status_code == 422
    assert "höchstens 500 Positionen" in refused.text


async def test_english_readers_write_english_amounts(petra: Browser, cast: Cast, customers: Customers) -> None:
    await execute("UPDATE staff SET language = 'en' WHERE id = $1", cast.petra.id)
    where = await entered(petra, "/orders", order(customers, amount="1,234.5"))
    assert await fetch_value("SELECT amount::text FROM customer_order") == "1234.50"
    assert "€1,234.50" in (await petra.get(where)).text
    assert 'value="1234.50"' in (await petra.get(f"{where}/edit")).text


async def test_who_saves_second_sees_both_versions(petra: Browser, customers: Customers) -> None:
    where = await entered(petra, "/orders", order(customers))
    await entered(petra, where, order(customers, amount="900", version="1"))
    late = await petra.post(where, order(customers, amount="800", version="1"))
    assert late.status_code == 409
    assert "900,00" in late.text
    assert "800,00" in late.text
    assert await fetch_value("SELECT amount FROM customer_order") == 900
    await entered(petra, where, order(customers, amount="800", version="2"))
    assert await fetch_value("SELECT amount FROM customer_order") == 800


async def test_double_click_makes_one_order(petra: Browser, customers: Customers) -> None:
    places = [await entered(petra, "/orders", order(customers, submission_id="s1")) for _click in range(2)]
    assert places[0] == places[1]
    assert await fetch_value("SELECT count(*) FROM customer_order") == 1


async def test_customer_page_says_each_figure_and_how_it_was_computed(petra: Browser, customers: Customers) -> None:
    today = datetime.now(zone.get()).date()  # the day of whoever looks at the page
    for n, ago in enumerate((200, 170, 140, 110)):
        body = order(
            customers, number=f"A-{n}", amount=f"{n + 1}00", ordered_on=(today - timedelta(days=ago)).isoformat()
        )
        await entered(petra, "/orders", body)
    await entered(petra, "/orders", order(customers, number="A-9", amount="70", status="cancelled"))
    await entered(
        petra,
        "/orders",
        order(
            customers, number="A-8", amount="50", currency="CHF", ordered_on=(today - timedelta(days=200)).isoformat()
        ),
    )
    page = await petra.get(f"/customers/{customers.groessmann}")
    assert page.status_code == 200, page.text
    for text in (
        "1.000,00\xa0€", "Summe von 4 Bestellungen; eine Bestellung über 50,00\xa0CHF ist nicht enthalten",
        "250,00\xa0€", "Umsatz geteilt durch 4 Bestellungen", "ohne eine stornierte Bestellung", "A-3, vor 110 Tagen",
        "alle 30 Tage", "Median der 3 Abstände zwischen Bestellungen: 30, 30, 30 Tage", "+ 30 Tage", "Ungewöhnlich still",
        "seit 110 Tagen keine Bestellung", "Alle 6 Bestellungen",
    ):  # fmt: skip
        assert text in page.text, text
    assert int(page.headers["x-sql-statements"]) <= 8
    await execute("UPDATE customer SET status = 'former' WHERE id = $1", customers.groessmann)
    assert "Ungewöhnlich still" not in (await petra.get(f"/customers/{customers.groessmann}")).text


async def test_two_orders_promise_nothing(petra: Browser, customers: Customers) -> None:
    for n in (1, 2):
        await entered(petra, "/orders", order(customers, number=f"A-{n}", ordered_on=f"2026-03-0{n}"))
    page = (await petra.get(f"/customers/{customers.groessmann}")).text
    assert "jeden Tag" in page
    assert "erst ab Bestellungen an 3 verschiedenen Tagen" in page


async def test_a_quotation_waits_in_business_time_and_is_sent(petra: Browser, customers: Customers) -> None:
    asked = datetime.now(UTC) - timedelta(days=21)
    body = {
        "customer_id": customers.groessmann, "subject": "Küche mit Insel", "requested_at": asked.strftime("%Y-%m-%dT%H:%M"),
        "status": "requested",
        "product_0": "AP-100", "product_1": "", "currency": "EUR",
    }  # fmt: skip
    where = await entered(petra, "/quotations", body)
    for path in (where, f"/customers/{customers.groessmann}", "/quotations?show=waiting"):
        text = (await petra.get(path)).text
        assert "Küche mit Insel" in text
        assert "artet seit 1" in text, path
        assert "Servicezeit" in text
    refused = await petra.post(f"{where}/sending", {"number": ""})
    assert refused.status_code == 422
    assert "Ein verschicktes Angebot hat eine Nummer" in refused.text
    assert (await petra.post(f"{where}/sending", {"number": "AN-1", "amount": "8.900"})).status_code == 303
    assert "Verschickt nach" in (await petra.get(where)).text
    refused = await petra.post(f"{where}/refusal", {"decision_note": "zu viel Geld"})
    assert refused.status_code == 422
    assert "zu viel Geld" in refused.text
    assert (await petra.post(f"{where}/acceptance")).status_code == 303
    row = await fetch_one("SELECT status, amount, turnaround_min FROM quotation")
    assert row is not None
    assert (row.status, row.amount) == ("accepted", 8900)
    assert row.turnaround_min > 600
    new = (await petra.get(f"/orders/new?quotation={where.rsplit('/', 1)[1]}")).text
    assert 'value="8900,00"' in new
    assert 'value="AP-100"' in new
    assert "Größmann" in new
    history = (await petra.get(f"/customers/{customers.groessmann}?kind=quotation", htmx=True)).text
    assert "Angebot AN-1 · Küche mit Insel" in history
    assert "angenommen" in history


async def test_quotation_is_edited_and_removed(petra: Browser, customers: Customers) -> None:
    start = {"customer_id": customers.emre, "subject": "Bad", "status": "requested", "currency": "EUR"}
    where = await entered(petra, "/quotations", start)
    form = (await petra.get(f"{where}/edit")).text
    assert 'value="Bad"' in form
    refused = await petra.post(where, {**start, "status": "declined", "version": "1", "product_7": "NIX"})
    assert refused.status_code == 422
    assert 'value="NIX"' in refused.text
    await entered(petra, where, {**start, "status": "declined", "decline_reason": "price", "version": "1"})
    assert "zu teuer" in (await petra.get(where)).text
    assert (await petra.post(where, {**start, "subject": "Neu", "version": "1"})).status_code == 409
    assert (await petra.post(f"{where}/removal")).status_code == 303
    assert (await petra.get(where)).status_code == 404
    assert await fetch_value("SELECT count(*) FROM timeline_entry WHERE kind = 'quotation'") == 0


async def test_lists_page_on_and_bound_their_statements(petra: Browser, customers: Customers) -> None:
    await execute(
        "INSERT INTO customer_order (customer, number, ordered_on, amount) "
        "SELECT $1, 'N-' || n, '2026-01-01', n FROM generate_series(1, 60) n",
        customers.groessmann,
    )
    await execute(
        "INSERT INTO quotation (customer, subject, requested_at) "
        "SELECT $1, 'Angebot ' || n, now() FROM generate_series(1, 60) n",
        customers.emre,
    )
    for path, word in (("/orders", "N-"), ("/quotations", "Angebot ")):
        page = await petra.get(path)
        assert page.status_code == 200, page.text
        assert int(page.headers["x-sql-statements"]) <= 6
        cursor = page.text.partition("cursor=")[2].partition('"')[0]
        rest = await petra.get(f"{path}?cursor={cursor}", htmx=True)
        assert rest.text.count("<tr data-row>") == 10, path
        assert word in rest.text
        assert (await petra.get(f"{path}?cursor=nonsense")).status_code == 422
        assert (await petra.get(f"{path}?customer=999999999")).status_code == 404
    assert "Größmann" in (await petra.get(f"/orders?customer={customers.groessmann}&show=late")).text


async def test_products_are_entered_retired_and_offered_again(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.ines)
    body = {"code": "KZ-1", "name_de": "Küchenzeile", "name_en": "", "department": "Fertigung"}
    await entered(browser, "/products", body)
    assert (await browser.post("/products", {**body, "code": "kz-1"})).status_code == 422
    product = await fetch_value("SELECT id FROM product WHERE code = 'KZ-1'")
    page = (await browser.get(f"/products/{product}/edit")).text
    assert 'value="Küchenzeile"' in page
    await browser.post(f"/products/{product}/retirement")
    assert "KZ-1" not in (await browser.get("/products")).text
    assert "KZ-1" in (await browser.get("/products?show=retired")).text
    await browser.post(f"/products/{product}/return")
    assert "KZ-1" in (await browser.get("/products?department=Fertigung&q=küchen")).text
    late = await browser.post(f"/products/{product}", {**body, "name_de": "Neu", "version": "1"})
    assert late.status_code == 409
    await browser.log_in(cast.petra)
    assert (await browser.get("/products")).status_code == 200
    assert (await browser.post("/products", body)).status_code == 403


async def test_more_lines_are_fetched_for_the_form(petra: Browser) -> None:
    more = (await petra.get("/orders/lines?after=3", htmx=True)).text
    assert 'name="item_3_text"' in more
    assert 'name="item_5_price"' in more
    assert "after=6" in more
