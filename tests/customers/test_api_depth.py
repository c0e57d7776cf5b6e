"""Master data in depth over the API: several of everything, persons, status, deletion, many at once."""

from __future__ import annotations

from typing import Any

from crm.accounts.tables import Team
from crm.database import fetch_value
from tests.browser import Browser
from tests.cast import Cast
from tests.customers.conftest import Customers

FULL: dict[str, Any] = {
    "kind": "organisation", "name": "Kern Bau GmbH", "emails": ["info@kern.example", {"value": "rechnung@kern.example", "kind": "invoice"}],
    "phones": [{"number": "0911 55 12 30", "kind": "work"}, "0171 2204511"],
    "websites": ["kern.example", {"url": "shop.kern.example", "kind": "shop"}],
    "addresses": [
        {"street": "Lange Gasse 1", "postcode": "90403", "city": "Nürnberg"},
        {"street": "Am Hof 2", "postcode": "1010", "city": "Wien", "country": "AT", "kind": "delivery", "extra": "Tor 3"},
    ],
    "tags": ["Bau", "VIP", "vip"], "iban": "DE89 3704 0044 0532 0130 00", "vat_id": "DE136695976", "origin_code": "fair",
    "origin": "Bau-Messe 2026", "checked_on": "2026-11-02", "external_id": "E-1",
}  # fmt: skip


async def make(browser: Browser, **changes: Any) -> int:
    answer = await browser.api("POST", "/customers", {**FULL, **changes})
    assert answer.status_code == 201, answer.text
    return int(answer.json()["id"])


async def shown(browser: Browser, customer_id: int) -> dict[str, Any]:
    answer = await browser.api("GET", f"/customers/{customer_id}")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_several_of_everything_come_back_as_they_were_sent(
    browser: Browser, cast: Cast, customers: Customers
) -> None:
    await browser.log_in(cast.petra)
    team = await Team.objects().create(name="Nord")
    customer = await shown(
        browser, await make(browser, parent_id=customers.groessmann, recommended_by=customers.emre, team="nord")
    )
    assert customer["emails"] == ["info@kern.example", "rechnung@kern.example"]
    assert customer["email"] == "info@kern.example"
    assert customer["phones"] == ["+49911551230", "+491712204511"]
    assert customer["websites"] == ["https://kern.example", "https://shop.kern.example"]
    assert customer["reach_kinds"] == {
        "rechnung@kern.example": "invoice", "+49911551230": "work", "https://shop.kern.example": "shop",
    }  # fmt: skip
    assert [(one["city"], one["country"], one["kind"], one["extra"]) for one in customer["addresses"]] == [
        ("Nürnberg", "DE", "", ""), ("Wien", "AT", "delivery", "Tor 3"),
    ]  # fmt: skip
    assert customer["tags"] == ["Bau", "VIP"]
    same = {
        "iban": "DE89370400440532013000",
        "vat_id": "DE136695976",
        "origin_code": "fair",
        "checked_on": "2026-11-02",
    }
    same |= {"parent_id": customers.groessmann, "recommended_by": customers.emre, "team_id": team.id, "team": "Nord"}
    assert {name: customer[name] for name in same} == same
    assert (customer["phase"], customer["missing"]) == ("activation", ["persons"])


async def test_mistakes_are_named_all_at_once(browser: Browser, cast: Cast, customers: Customers) -> None:
    await browser.log_in(cast.petra)
    wrong = {
        "emails": ["gut@x.example", "nonsense"], "phones": ["abc"], "iban": "DE89 3704 0044 0532 0130 01", "vat_id": "DE123456789",
        "addresses": [{"city": "Bern", "postcode": "x", "country": "CH"}], "origin_code": "stars", "websites": ["javascript:alert(1)"],
        "checked_on": "gestern", "tags": ["!!!"],
    }  # fmt: skip
    answer = await browser.api("POST", "/customers", {**FULL, **wrong})
    assert answer.status_code == 422
    assert set(answer.json()["errors"]) == set(wrong)
    assert "nonsense" in answer.json()["errors"]["emails"]
    for relation in (
        {"parent_id": customers.emre},
        {"recommended_by": 999_999},
        {"team": "nirgends"},
        {"team_id": 999_999},
    ):
        refused = await browser.api("POST", "/customers", {**FULL, **relation})
        assert refused.status_code == 422, relation
    assert await fetch_value("SELECT count(*) FROM customer WHERE external_id = 'E-1'") == 0


async def test_patch_changes_a_list_as_a_whole_and_null_empties_it(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.petra)
    customer = await make(browser)
    path = f"/customers/{customer}"
    etag = (await browser.api("GET", path)).headers["etag"]
    changed = await browser.api("PATCH", path, {"phones": ["0911 99 88 77"], "tags": ["Neu"]}, **{"if-match": etag})
    assert changed.json()["phones"] == ["+49911998877"]
    assert changed.json()["tags"] == ["Neu"]
    assert changed.json()["emails"] == ["info@kern.example", "rechnung@kern.example"]
    late = await browser.api("PATCH", path, {"tags": ["Anders"]}, **{"if-match": etag})
    assert late.status_code == 409
    assert "Anders" in late.text
    assert "Neu" in late.text
    emptied = (
        await browser.api("PATCH", path, {"phones": None, "addresses": [], "websites": None, "tags": None})
    ).json()
    assert (emptied["phones"], emptied["addresses"], emptied["websites"], emptied["tags"]) == ([], [], [], [])
    again = await browser.api("PATCH", path, {"email": "zentrale@kern.example"})
    assert again.json()["emails"] == ["zentrale@kern.example", "rechnung@kern.example"]


async def test_nobody_belongs_to_itself(browser: Browser, cast: Cast, customers: Customers) -> None:
    await browser.log_in(cast.petra)
    child = await make(browser, parent_id=customers.groessmann)
    grandchild = await make(browser, parent_id=child, external_id="E-2")
    for parent in (customers.groessmann, child, grandchild):
        refused = await browser.api("PATCH", f"/customers/{customers.groessmann}", {"parent_id": parent})
        assert refused.status_code == 422, parent
        assert set(refused.json()["errors"]) == {"parent_id"}
    own = await browser.api("PATCH", f"/customers/{child}", {"recommended_by": child})
    assert set(own.json()["errors"]) == {"recommended_by"}


async def test_person_has_a_birthday_and_a_salutation(browser: Browser, cast: Cast, customers: Customers) -> None:
    await browser.log_in(cast.petra)
    path = f"/persons/{customers.anna}"
    before = await browser.api("GET", path)
    assert before.json()["salutation_line"] == "Guten Tag Anna Größmann,"
    body = {"form_of_address": "ms", "title": "Dr.", "birthday": "1980-02-29", "emails": ["a@x.example", "b@x.example"]}
    changed = await browser.api("PATCH", path, body, **{"if-match": before.headers["etag"]})
    assert changed.status_code == 200, changed.text
    assert changed.json()["salutation_line"] == "Sehr geehrte Frau Dr. Größmann,"
    assert changed.json()["birthday"] == "1980-02-29"
    assert changed.json()["emails"] == ["a@x.example", "b@x.example"]
    assert (await browser.api("PATCH", path, {"title": ""}, **{"if-match": before.headers["etag"]})).status_code == 409
    assert (await browser.api("PATCH", path, {"birthday": "2999-01-01"})).status_code == 422
    nobody = await browser.api("PATCH", path, {"given_name": "", "family_name": ""})
    assert nobody.status_code == 422, "a person keeps a name"


async def test_person_belongs_to_a_second_organisation(browser: Browser, cast: Cast, customers: Customers) -> None:
    await browser.log_in(cast.petra)
    second = await make(browser)
    path = f"/customers/{second}/persons"
    linked = await browser.api("POST", path, {"person_id": customers.anna, "function": "Beirätin"})
    assert (linked.status_code, linked.json()["id"]) == (201, customers.anna)
    items = (await browser.api("GET", path)).json()["items"]
    assert [(one["id"], one["function"]) for one in items] == [(customers.anna, "Beirätin")]
    assert (await browser.api("GET", f"/persons/{customers.anna}?customer_id={second}")).json()[
        "function"
    ] == "Beirätin"
    found = (await browser.api("GET", "/customers?q=anna groessmann")).json()["items"]
    assert {one["id"] for one in found} >= {second, customers.groessmann}
    assert (
        await browser.api("POST", f"/customers/{customers.emre}/persons", {"person_id": customers.anna})
    ).status_code == 422
    assert (await browser.api("POST", path, {"person_id": 999_999})).status_code == 404
    assert (await browser.api("DELETE", f"{path}/{customers.anna}")).status_code == 204
    assert (await browser.api("GET", path)).json()["items"] == []
    only = await browser.api("DELETE", f"/customers/{customers.groessmann}/persons/{customers.anna}")
    assert only.status_code == 422


async def test_nobody_is_lost_without_a_reason_by_a_patch(browser: Browser, cast: Cast, customers: Customers) -> None:
    await browser.log_in(cast.petra)
    path = f"/customers/{customers.emre}"
    refused = await browser.api("PATCH", path, {"status": "former", "brief": "Zog weg"})
    assert refused.status_code == 422
    assert "POST /customers/{id}/status" in refused.json()["errors"]["status"]
    assert (await browser.api("GET", path)).json()["brief"] == "", "nothing of it was written"
    await browser.api("POST", f"{path}/status", {"status": "former", "reason": "Zog weg"})
    again = await browser.api("PATCH", path, {"status": "former", "brief": "Zog weg"})
    assert (again.status_code, again.json()["status"]) == (200, "former"), "who is lost already stays so"


async def test_the_preferred_channel_of_a_private_person(browser: Browser, cast: Cast, customers: Customers) -> None:
    await browser.log_in(cast.petra)
    changed = await browser.api("PATCH", f"/customers/{customers.emre}", {"preferred_channel": "visit"})
    assert changed.json()["preferred_channel"] == "visit"
    assert (await browser.api("GET", f"/customers/{customers.emre}")).json()["preferred_channel"] == "visit"
    assert (await browser.api("GET", f"/customers/{customers.groessmann}")).json()["preferred_channel"] is None


async def test_status_with_its_reason(browser: Browser, cast: Cast, customers: Customers) -> None:
    await browser.log_in(cast.petra)
    path = f"/customers/{customers.emre}"
    assert (await browser.api("POST", f"{path}/status", {"status": "former"})).status_code == 422
    lost = await browser.api(
        "POST", f"{path}/status", {"status": "former", "reason": "Zog weg", "last_touchpoint": "hotline"}
    )
    assert lost.json() == {"status": "former", "changed": True}
    changes = (await browser.api("GET", f"{path}/status")).json()["items"]
    assert [(one["before"], one["after"]) for one in changes] == [("", "prospect"), ("prospect", "former")]
    assert (changes[1]["reason_code"], changes[1]["reason"], changes[1]["by"]) == ("other", "Zog weg", "Petra Lang")
    assert (await browser.api("POST", f"{path}/conversions", {"trigger": "nonsense"})).status_code == 422
    back = await browser.api("POST", f"{path}/conversions", {"trigger": "first_order"})
    assert back.json() == {"status": "customer", "changed": True}
    assert (await browser.api("POST", f"{path}/check")).status_code == 204
    assert (await shown(browser, customers.emre))["checked_on"] is not None


async def test_delete_and_restore(browser: Browser, cast: Cast, customers: Customers) -> None:
    await browser.log_in(cast.petra)
    path = f"/customers/{customers.emre}"
    assert (await browser.api("DELETE", path)).status_code == 422
    assert (await browser.api("DELETE", f"{path}?reason=Test")).status_code == 204
    assert (await browser.api("GET", path)).status_code == 404
    items = (await browser.api("GET", "/customers/deleted")).json()["items"]
    assert [(one["id"], one["delete_reason"]) for one in items] == [(customers.emre, "Test")]
    assert (await browser.api("POST", f"{path}/restoration")).status_code == 204
    assert (await browser.api("GET", path)).status_code == 200
    assert (await browser.api("POST", f"{path}/restoration")).status_code == 404
    await browser.log_in(cast.ali)
    assert (await browser.api("DELETE", f"{path}?reason=Test")).status_code == 403


async def test_bulk_creates_then_changes_and_names_what_is_wrong(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.petra)
    items: list[Any] = [
        {"kind": "organisation", "name": "Eins GmbH", "external_id": "B-1", "given_name": "Eva", "family_name": "Eins"},
        {"kind": "person", "family_name": "Zwei", "external_id": "B-2", "phones": ["0911 55 12 30"]},
        {"kind": "organisation", "name": "Ohne Nummer"},
        {"kind": "organisation", "name": "Falsch", "external_id": "B-4", "iban": "DE00"},
        {"kind": "organisation", "name": "Unbekannt", "external_id": "B-5", "colour": "rot"},
        7,
    ]
    first = await browser.api("POST", "/customers/bulk", {"items": items})
    assert first.status_code == 200, first.text
    assert [one["status"] for one in first.json()["items"]] == [
        "created",
        "created",
        "wrong",
        "wrong",
        "wrong",
        "wrong",
    ]
    assert [one["index"] for one in first.json()["items"]] == list(range(6))
    assert set(first.json()["items"][2]["errors"]) == {"external_id"}
    assert set(first.json()["items"][3]["errors"]) == {"iban"}
    assert await fetch_value("SELECT count(*) FROM customer") == 2
    again = (await browser.api("POST", "/customers/bulk", {"items": items})).json()
    assert (again["created"], again["updated"], again["unchanged"], again["wrong"]) == (0, 0, 2, 4)
    items[0] = {"external_id": "B-1", "city": "Fürth", "tags": ["Neu"]}
    changed = (await browser.api("POST", "/customers/bulk", {"items": items[:1]})).json()
    assert changed["updated"] == 1
    one = await shown(browser, changed["items"][0]["id"])
    assert (one["name"], one["city"], one["tags"]) == ("Eins GmbH", "Fürth", ["Neu"])


async def test_bulk_leaves_deleted_and_hidden_customers_alone(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.petra)
    customer = await make(browser)
    await browser.api("DELETE", f"/customers/{customer}?reason=Test")
    answer = (await browser.api("POST", "/customers/bulk", {"items": [FULL]})).json()
    assert (answer["wrong"], set(answer["items"][0]["errors"])) == (1, {"external_id"})
    too_many = await browser.api("POST", "/customers/bulk", {"items": [FULL] * 1001})
    assert too_many.status_code == 422
