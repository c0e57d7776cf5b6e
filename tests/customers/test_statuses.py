"""Prospect, customer, former: each change is an event with its cause, and conversion is counted from them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from crm.accounts.settings_changes import change_company
from crm.consents.actions import record_event
from crm.consents.tables import ConsentEventKind, ConsentSource
from crm.customers.actions import create_organisation
from crm.customers.conversion import conversion_by_origin, conversion_by_phase, losses_by_reason
from crm.customers.data import MasterData, OrganisationData
from crm.customers.statuses import change_status, conversion_happened
from crm.customers.tables import CustomerStatus, StatusTrigger
from crm.database import Row, execute, fetch, fetch_one, fetch_value
from crm.errors import NotFound
from tests.browser import Browser
from tests.cast import Cast
from tests.customers.conftest import NOW, Customers


async def events(customer_id: int) -> list[Row]:
    return await fetch(
        "SELECT before, after, trigger, reason_code, reason, last_touchpoint FROM status_change WHERE customer = $1 ORDER BY id",
        customer_id,
    )


async def status_of(customer_id: int) -> str:
    return str(await fetch_value("SELECT status FROM customer WHERE id = $1", customer_id))


async def choose(trigger: str, cast: Cast) -> None:
    version = await fetch_value("SELECT version FROM company")
    await change_company({"conversion_trigger": trigger}, version, by=cast.ines.id, now=NOW)


async def test_a_customer_begins_with_an_event(cast: Cast, customers: Customers) -> None:
    assert [tuple(row) for row in await events(customers.emre)] == [("", "prospect", "created", "", "", "")]


async def test_change_by_hand_is_event_history_and_audit(browser: Browser, cast: Cast, customers: Customers) -> None:
    await change_status(
        customers.emre, "former", reason="Küche von nebenan", reason_code="price", last_touchpoint="quotation",
        by=cast.petra.id, now=NOW,
    )  # fmt: skip
    assert tuple((await events(customers.emre))[-1]) == (
        "prospect", "former", "hand", "price", "Küche von nebenan", "quotation",
    )  # fmt: skip
    assert await fetch_value("SELECT contact_due_at FROM customer_figures WHERE customer = $1", customers.emre) is None
    await browser.log_in(cast.petra)
    shown = (await browser.get(f"/customers/{customers.emre}")).text
    for text in ("Status: Interessent → Ehemaliger Kunde", "Preis", "Küche von nebenan"):
        assert text in shown
    actions = await fetch("SELECT action FROM audit_entry WHERE subject_id = $1", customers.emre)
    assert "customer.status" in {row.action for row in actions}


async def test_the_same_status_again_is_no_event(cast: Cast, customers: Customers) -> None:
    assert not await change_status(customers.emre, "prospect", by=cast.petra.id, now=NOW)
    assert len(await events(customers.emre)) == 1
    with pytest.raises(NotFound):
        await change_status(999_999, "customer", by=cast.petra.id, now=NOW)


async def test_only_the_action_that_the_company_chose_converts(cast: Cast, customers: Customers) -> None:
    assert not await conversion_happened(customers.emre, "account", at=NOW, by=cast.petra.id)
    assert await status_of(customers.emre) == "prospect"
    assert await conversion_happened(customers.emre, StatusTrigger.FIRST_ORDER, at=NOW, by=None)
    assert (await events(customers.emre))[-1].trigger == "first_order"
    assert not await conversion_happened(customers.emre, StatusTrigger.FIRST_ORDER, at=NOW, by=None)
    assert len(await events(customers.emre)) == 2


async def test_an_order_brings_a_former_customer_back_and_an_account_does_not(cast: Cast, customers: Customers) -> None:
    await change_status(customers.emre, CustomerStatus.FORMER, reason_code="price", by=cast.petra.id, now=NOW)
    await choose("account", cast)
    assert not await conversion_happened(customers.emre, "account", at=NOW, by=None)
    await choose("first_order", cast)
    assert await conversion_happened(customers.emre, "first_order", at=NOW, by=None)


@pytest.mark.parametrize(("chosen", "status"), [("newsletter", "customer"), ("first_order", "prospect")])
async def test_newsletter_converts_once_it_is_confirmed(
    cast: Cast, customers: Customers, chosen: str, status: str
) -> None:
    await choose(chosen, cast)
    person = await fetch_value("SELECT person FROM affiliation WHERE customer = $1", customers.emre)
    now = datetime.now(UTC)
    for event in (ConsentEventKind.GIVEN, ConsentEventKind.CONFIRMED):
        assert await status_of(customers.emre) == "prospect"
        await record_event(
            person_id=person, purpose="newsletter", channel="email", event=event, source=ConsentSource.WEB_FORM,
            wording_version=1, by=cast.petra.id, now=now,
        )  # fmt: skip
    assert await status_of(customers.emre) == status


async def test_new_prospects_have_the_service_level_of_the_settings(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.ines)
    saved = await fetch_one("SELECT * FROM company")
    assert saved is not None
    form = {
        "name": "Küchen",
        "version": str(saved.version),
        "prospect_service_level": "silber",
        "conversion_trigger": "account",
    }
    assert (await browser.post("/settings", form)).status_code == 303
    made = await browser.api("POST", "/customers", {"kind": "organisation", "name": "Neu GmbH"})
    assert (await browser.api("GET", f"/customers/{made.json()['id']}")).json()["service_level"] == "silber"
    version = str(saved.version + 1)
    refused = await browser.post("/settings", {**form, "version": version, "prospect_service_level": "platin"})
    assert refused.status_code == 422


async def test_petra_loses_a_customer_and_is_asked_why(browser: Browser, cast: Cast, customers: Customers) -> None:
    where = f"/customers/{customers.groessmann}/status"
    await browser.log_in(cast.petra)
    assert "Warum ging dieser Kunde verloren?" in (await browser.get(where)).text
    refused = await browser.post(where, {"status": "former", "reason_code": ""})
    assert refused.status_code == 422
    assert "Bitte sagen Sie, warum dieser Kunde verloren ging." in refused.text
    form = {"status": "former", "reason_code": "competitor", "reason": "Ging zu Kern", "last_touchpoint": "hotline"}
    assert (await browser.post(where, form)).status_code == 303
    assert tuple((await events(customers.groessmann))[-1])[3:] == ("competitor", "Ging zu Kern", "hotline")
    assert (await browser.post(where, {**form, "status": "nonsense"})).status_code == 422
    assert (await browser.post(where, {**form, "status": "former", "last_touchpoint": "nowhere"})).status_code == 422


async def _prospect(cast: Cast, name: str, origin: str, came: datetime) -> int:
    data = OrganisationData(name, master=MasterData(origin_code=origin))
    return await create_organisation(data, by=cast.petra.id, now=came)


async def test_conversion_is_counted_by_origin_and_phase(browser: Browser, cast: Cast) -> None:
    day = timedelta(days=1)
    won, lost, open_, older = [
        await _prospect(cast, name, origin, came)
        for name, origin, came in (
            ("Won", "fair", NOW - 20 * day), ("Lost", "fair", NOW - 19 * day), ("Open", "", NOW - 18 * day),
            ("Older", "fair", NOW - 500 * day),
        )
    ]  # fmt: skip
    for customer, phase in ((won, "information"), (won, "action"), (lost, "information")):
        await execute(
            "INSERT INTO interaction (customer, channel, direction, phase, text, at) "
            "SELECT $1, 'phone', 'inbound', id, '', $3 FROM phase WHERE code = $2", customer, phase, NOW - 15 * day,
        )  # fmt: skip
    await change_status(won, "customer", by=cast.petra.id, now=NOW - 10 * day)
    await change_status(lost, "former", reason_code="price", by=cast.petra.id, now=NOW - 9 * day)
    await change_status(older, "customer", by=cast.petra.id, now=NOW - 9 * day)
    by_origin = {line.code: line for line in await conversion_by_origin(NOW - 30 * day, NOW)}
    assert set(by_origin) == {"fair", ""}
    fair = by_origin["fair"]
    assert (fair.prospects, fair.converted, fair.lost, fair.share, fair.median_days) == (2, 1, 1, 0.5, 10)
    assert (by_origin[""].prospects, by_origin[""].converted, by_origin[""].median_days) == (1, 0, None)
    phases = await conversion_by_phase(NOW - 30 * day, NOW)
    assert [(line.code, line.prospects, line.converted, line.lost) for line in phases] == [
        ("activation", 0, 0, 0), ("information", 2, 1, 1), ("action", 1, 1, 0), ("retention", 0, 0, 0),
    ]  # fmt: skip
    assert [(loss.reason_code, loss.count) for loss in await losses_by_reason(NOW - 30 * day, NOW)] == [("price", 1)]
    await execute("UPDATE customer SET deleted_at = $2 WHERE id = $1", open_, NOW)
    assert [line.code for line in await conversion_by_origin(NOW - 30 * day, NOW)] == ["fair"]
    await browser.log_in(cast.karin)
    shown = await browser.get(f"/customers/conversion?year={NOW.year}")
    assert shown.status_code == 200
    for text in ("Messe", "50", "Information", "Preis"):
        assert text in shown.text
    await browser.log_in(cast.petra)
    assert (await browser.get("/customers/conversion")).status_code == 404
