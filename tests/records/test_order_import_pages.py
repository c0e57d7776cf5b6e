"""The pages and the API of an import of orders."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal

from crm.database import execute, fetch_value
from crm.records.importing import work_on_import
from crm.records.undoing import undo_import
from tests.browser import Browser
from tests.cast import Cast
from tests.customers.conftest import Customers, customers
from tests.records.test_import_pages import choices_on, send, upload

__all__ = ["customers"]

FILE = (
    "Bestellnummer,Kundennummer,Bestelldatum,Bezeichnung,Menge,Einzelpreis,Status\n"
    "S-1,SAP-7,02.03.2026,Küche,1,1.200,bestellt\nS-1,SAP-7,02.03.2026,Montage,1,80,\nS-2,Z9,02.03.2026,Küche,1,5,\n"
)


async def test_from_upload_to_result_to_undo(browser: Browser, cast: Cast, customers: Customers) -> None:
    await execute("UPDATE customer SET external_id = 'SAP-7' WHERE id = $1", customers.groessmann)
    await browser.log_in(cast.eva)
    assert "Zeilen mit derselben Nummer" in (await browser.get("/imports/new")).text
    mapping = (await upload(browser, FILE, "bestellungen.csv", "orders")).headers["location"]
    page = await browser.get(mapping)
    assert "Verglichen wird nach der Nummer." in page.text
    assert re.search(r'value="de" selected>1\.234,50', page.text), "how the numbers are read is seen"
    fields = await choices_on(browser, mapping)
    assert list(fields.values()) == ["number", "customer_number", "ordered_on", "text", "quantity", "price", "status"]
    refused = await browser.post(mapping, {**fields, "rule": "create"})
    assert refused.status_code == 422
    assert "wird hier ausgelassen oder geändert" in refused.text
    run = int(mapping.split("/")[2])
    await browser.post(mapping, {**fields, "rule": "skip", "then": "check"})
    await work_on_import(run, now=datetime.now(UTC))
    tried = (await browser.get(f"/imports/{run}")).text
    assert "weitere Position" in tried
    assert "<strong>Kundennummer:</strong> Es gibt keinen Kunden „Z9“." in tried
    await browser.post(f"/imports/{run}/execution")
    await work_on_import(run, now=datetime.now(UTC))
    assert await fetch_value("SELECT amount FROM customer_order") == Decimal(1280)
    assert "S-1" in (await browser.get(f"/customers/{customers.groessmann}")).text
    changed = (await upload(browser, "Bestellnummer,Status\nS-1,bezahlt\n", "neu.csv", "orders")).headers["location"]
    later = int(changed.split("/")[2])
    await browser.post(changed, {**await choices_on(browser, changed), "rule": "update", "then": "import"})
    await work_on_import(later, now=datetime.now(UTC))
    assert "Status" in (await browser.get(f"/imports/{later}?outcome=updated")).text
    assert "Bestellungen bekommen ihre früheren Werte zurück" in (await browser.get(f"/imports/{later}/reversal")).text
    for each in (later, run):
        await browser.post(f"/imports/{each}/reversal")
        await undo_import(each, now=datetime.now(UTC))
    assert await fetch_value("SELECT count(*) FROM customer_order") == 0, "what the later one changed was given back"
    await browser.log_in(cast.ines)
    assert re.search(r"<td[^>]*>Bestellungen</td>", (await browser.get("/imports")).text)


async def test_over_the_api(browser: Browser, cast: Cast, customers: Customers) -> None:
    await execute("UPDATE customer SET external_id = 'SAP-7' WHERE id = $1", customers.groessmann)
    await browser.log_in(cast.ines)
    sent = await send(browser, FILE, kind="orders", numbers="en")
    assert sent.status_code == 202, sent.text
    assert sent.json()["mapping"]["Kundennummer"] == "customer_number"
    await work_on_import(sent.json()["id"], now=datetime.now(UTC))
    done = (await browser.api("GET", f"/imports/{sent.json()['id']}")).json()
    assert done["counts"] == {"created": 1, "joined": 1, "wrong": 1}
    assert [(line["line"], list(line["errors"])) for line in done["errors"]] == [(4, ["Kundennummer"])]
    assert await fetch_value("SELECT amount FROM customer_order") == Decimal("81.20"), "so 1.200 is read in English"
    for wrong in ({"duplicates": "create"}, {"numbers": "fr"}):
        assert (await send(browser, FILE, kind="orders", **wrong)).status_code == 422, wrong
