"""Rules of retention over the API."""

from __future__ import annotations

from tests.browser import Browser
from tests.cast import Cast
from tests.customers.conftest import Customers
from tests.privacy.retention.conftest import rule_id

ROOT = "/privacy/retention"


async def test_a_rule_is_changed_looked_at_and_approved(browser: Browser, cast: Cast, customers: Customers) -> None:
    browser.token = (await browser.log_in(cast.sven)).token
    listed = (await browser.api("GET", ROOT)).json()["items"]
    assert {one["code"] for one in listed} >= {"former_persons", "contact_texts", "notifications"}
    where = f"{ROOT}/{await rule_id('call_backs')}"
    before = (await browser.api("GET", where)).json()["rule"]
    assert not before["is_approved"]
    change = {
        "amount": 90, "unit": "days", "from_year_end": True, "is_on": True, "reason_de": "Erledigt.", "reason_en": "Done.",
        "version": before["version"],
    }  # fmt: skip
    after = (await browser.api("PATCH", where, change)).json()["rule"]
    assert (after["amount"], after["unit"], after["from_year_end"]) == (90, "days", False)
    assert (await browser.api("PATCH", where, change)).status_code == 409
    assert (await browser.api("POST", f"{where}/approval", {"fingerprint": before["fingerprint"]})).status_code == 409
    assert (await browser.api("POST", f"{where}/approval", {"fingerprint": after["fingerprint"]})).status_code == 204
    assert (await browser.api("GET", where)).json()["rule"]["is_approved"]
    assert (await browser.api("GET", f"{ROOT}/runs")).json() == {"items": []}


async def test_what_is_not_there_and_what_is_wrong(browser: Browser, cast: Cast, customers: Customers) -> None:
    browser.token = (await browser.log_in(cast.sven)).token
    assert (await browser.api("GET", f"{ROOT}/99999")).status_code == 404
    where = f"{ROOT}/{await rule_id('call_backs')}"
    wrong = {
        "amount": 0, "unit": "days", "from_year_end": False, "is_on": True, "reason_de": "", "reason_en": "x", "version": 1,
    }  # fmt: skip
    answer = await browser.api("PATCH", where, wrong)
    assert answer.status_code == 422
    assert "reason_de" in answer.text
