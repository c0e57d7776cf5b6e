"""Customers over the API, as programs of other people use it."""

from __future__ import annotations

from typing import Any

import pytest

from crm.database import fetch_value
from crm.web.paging import cursor_of
from tests.browser import Browser
from tests.cast import Cast
from tests.customers.conftest import Customers


@pytest.fixture
async def petra(browser: Browser, cast: Cast) -> Browser:
    return await browser.log_in(cast.petra)


async def test_organisation_is_created_and_shown(petra: Browser, cast: Cast) -> None:
    body = {"kind": "organisation", "name": "Tischlerei Öztürk", "phone": "0911 55 12 30", "city": "Köln"}
    made = await petra.api("POST", "/customers", body)
    assert made.status_code == 201, made.text
    shown = (await petra.api("GET", f"/customers/{made.json()['id']}")).json()
    assert shown["name"] == "Tischlerei Öztürk"
    assert shown["phone"] == "+49911551230"
    assert shown["status"] == "prospect"
    assert shown["service_level"] == "basis"
    assert shown["owner"] == "Petra Lang"
    assert shown["number"].startswith("K-")


async def test_private_person_comes_with_a_person(petra: Browser) -> None:
    body = {
        "kind": "person",
        "given_name": "Anna",
        "family_name": "Größmann",
        "email": "anna@example.de",
        "language": "en",
    }
    made = (await petra.api("POST", "/customers", body)).json()
    shown = (await petra.api("GET", f"/customers/{made['id']}")).json()
    assert shown["person_id"] == made["person_id"]
    assert (shown["name"], shown["email"], shown["language"]) == ("Anna Größmann", "anna@example.de", "en")


async def test_organisation_may_bring_its_first_person(petra: Browser) -> None:
    body = {"kind": "organisation", "name": "Bau AG", "given_name": "Jan", "family_name": "Ott"}
    made = (await petra.api("POST", "/customers", body)).json()
    persons = (await petra.api("GET", f"/customers/{made['id']}/persons")).json()["items"]
    assert [(person["id"], person["family_name"]) for person in persons] == [(made["person_id"], "Ott")]


async def test_repeated_post_creates_one_customer(petra: Browser) -> None:
    body = {"kind": "organisation", "name": "Einmal GmbH"}
    first = await petra.api("POST", "/customers", body, **{"idempotency-key": "k1"})
    second = await petra.api("POST", "/customers", body, **{"idempotency-key": "k1"})
    assert first.json() == second.json()
    assert await fetch_value("SELECT count(*) FROM customer WHERE name = 'Einmal GmbH'") == 1


async def test_all_errors_at_once_with_their_fields(petra: Browser) -> None:
    body = {
        "kind": "organisation", "name": " ", "email": "no", "phone": "abc", "country": "XX", "language": "fr", "service_level": "platin",
        "status": "friend",
    }  # fmt: skip
    refused = await petra.api("POST", "/customers", body)
    assert refused.status_code == 422
    assert set(refused.json()["errors"]) == {"name", "email", "phone", "country", "language", "service_level", "status"}


@pytest.mark.parametrize(
    "body",
    [
        {}, [], "text", {"kind": "organisation"}, {"kind": 5, "name": "x"}, {"kind": "company", "name": "x"}, {"kind": "person"},
        {"kind": "organisation", "name": "x", "owner_id": 2**70}, {"kind": "organisation", "name": "x", "owner_id": 2**62},
        {"kind": "organisation", "name": "x" * 100_000}, {"kind": "organisation", "name": "x", "shoe_size": 43},
        {"kind": "organisation", "name": "\x00"}, {"kind": "organisation", "name": "x", "external_id": "y" * 201},
        {"kind": "organisation", "name": "x", "brief": {"a": 1}}, {"kind": "organisation", "name": "x", "deputy_id": -1},
    ],
)  # fmt: skip
async def test_nonsense_is_refused_not_crashed_on(petra: Browser, body: Any) -> None:
    refused = await petra.api("POST", "/customers", body)
    assert refused.status_code in (400, 422), refused.text
    assert refused.headers["content-type"].startswith("application/problem+json")


async def test_external_number_belongs_to_one_customer(petra: Browser) -> None:
    body = {"kind": "organisation", "name": "Erste", "external_id": "SAP-1"}
    assert (await petra.api("POST", "/customers", body)).status_code == 201
    refused = await petra.api("POST", "/customers", {**body, "name": "Zweite"})
    assert refused.status_code == 422
    assert set(refused.json()["errors"]) == {"external_id"}


async def test_change_needs_the_version_that_was_seen(petra: Browser, customers: Customers) -> None:
    where = f"/customers/{customers.groessmann}"
    seen = await petra.api("GET", where)
    assert seen.headers["etag"] == '"1"'
    changed = await petra.api(
        "PATCH", where, {"city": "Fürth", "status": "customer"}, **{"if-match": seen.headers["etag"]}
    )
    assert changed.status_code == 200, changed.text
    assert (changed.json()["city"], changed.json()["status"], changed.json()["version"]) == ("Fürth", "customer", 2)
    late = await petra.api("PATCH", where, {"city": "Erlangen"}, **{"if-match": '"1"'})
    assert late.status_code == 409
    assert late.json()["differences"] == [{"field": "city", "theirs": "Fürth", "mine": "Erlangen"}]
    assert (await petra.api("PATCH", where, {"given_name": "Anna"})).status_code == 422
    assert (await petra.api("PATCH", where, {"name": None})).status_code == 422
    assert (await petra.api("PATCH", where, {"brief": None}, **{"if-match": "yesterday"})).status_code == 422


async def test_change_is_told_in_the_history(petra: Browser, customers: Customers) -> None:
    where = f"/customers/{customers.groessmann}"
    await petra.api("PATCH", where, {"status": "customer", "service_level": "silber"})
    told = [item["summary"] for item in (await petra.api("GET", f"{where}/history")).json()["items"]]
    assert sorted(told) == ["Servicelevel: Gold → Silber", "Status: Interessent → Kunde"]


async def test_private_persons_name_follows_a_change(petra: Browser, customers: Customers) -> None:
    where = f"/customers/{customers.emre}"
    changed = (await petra.api("PATCH", where, {"family_name": "Yıldırım", "phone": "0911 7654321"})).json()
    assert (changed["name"], changed["phone"]) == ("Dr. Emre Yıldırım", "+499117654321")
    assert [item["id"] for item in (await petra.api("GET", "/customers?q=yildirim")).json()["items"]] == [
        customers.emre
    ]
    by_mail = (await petra.api("GET", "/customers?q=yildiz")).json()["items"]
    assert by_mail[0]["id"] == customers.emre, "the e-mail address stays"
    assert (await petra.api("PATCH", where, {"given_name": "", "family_name": ""})).status_code == 422


async def test_flag_is_set_and_taken_back(petra: Browser, customers: Customers) -> None:
    where = f"/customers/{customers.groessmann}"
    for value in (True, False):
        changed = await petra.api("PATCH", where, {"no_automatic_answers": value})
        assert changed.json()["no_automatic_answers"] is value


async def test_list_pages_through_everyone_once(petra: Browser) -> None:
    for letter in "ÄABCDÖ":
        await petra.api("POST", "/customers", {"kind": "organisation", "name": f"{letter}-Werke"})
    names: list[str] = []
    cursor = ""
    while True:
        page = (await petra.api("GET", f"/customers?q=werke&limit=2&cursor={cursor}")).json()
        names += [item["name"] for item in page["items"]]
        if page["next"] is None:
            break
        cursor = page["next"]
    assert sorted(names[:2]) == ["A-Werke", "Ä-Werke"]
    assert names[2:] == ["B-Werke", "C-Werke", "D-Werke", "Ö-Werke"]


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=501", "limit=x", "limit=99999999999999999999", "cursor=abc", "cursor=W10", "status=friend"],
)
async def test_list_refuses_what_it_cannot_do(petra: Browser, query: str) -> None:
    assert (await petra.api("GET", f"/customers?{query}")).status_code in (400, 422)


async def test_made_up_cursors_are_refused(petra: Browser, customers: Customers) -> None:
    for keys in ([0, "a", 2**70], [0, "\x00", 1], [2**70, "a", 1]):
        assert (await petra.api("GET", f"/customers?q=a&cursor={cursor_of(*keys)}")).status_code == 422
    for at in ("2026-11-23T09:00:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"):
        answer = await petra.api("GET", f"/customers/{customers.groessmann}/history?cursor={cursor_of(at, 1)}")
        assert answer.status_code in (200, 422), answer.text


async def test_manager_reads_but_does_not_create(browser: Browser, cast: Cast, customers: Customers) -> None:
    await browser.log_in(cast.karin)
    assert (await browser.api("GET", f"/customers/{customers.groessmann}")).status_code == 200
    assert (await browser.api("POST", "/customers", {"kind": "organisation", "name": "x"})).status_code == 403
    assert (await browser.api("GET", "/customers/9223372036854775808")).status_code == 404
