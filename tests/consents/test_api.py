"""Consent over the API, and what bad input gets."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser import Browser
from tests.cast import Cast
from tests.consents.conftest import Client


def consent(person: int, kind: str, **more: Any) -> dict[str, Any]:
    return {
        "person_id": person, "purpose": "newsletter", "channel": "email", "event": kind, "source": "web_form",
        "wording_version": 1, **more,
    }  # fmt: skip


async def permission(browser: Browser, person: int, purpose: str = "newsletter") -> dict[str, Any]:
    answer = await browser.api("GET", f"/permission?person_id={person}&purpose={purpose}&channel=email")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_given_confirmed_and_withdrawn_over_the_api(browser: Browser, cast: Cast, anna: Client) -> None:
    await browser.log_in(cast.petra)

    given = await browser.api("POST", "/consents", consent(anna.person, "given"))
    assert given.status_code == 201
    assert (await permission(browser, anna.person))["allowed"] is False

    assert (await browser.api("POST", "/consents", consent(anna.person, "confirmed"))).status_code == 201
    assert (await permission(browser, anna.person))["allowed"] is True

    assert (await browser.api("POST", "/consents", consent(anna.person, "withdrawn"))).status_code == 201
    answer = await permission(browser, anna.person)
    assert answer["allowed"] is False
    assert answer["because"].startswith("Die Einwilligung wurde am ")

    items = (await browser.api("GET", f"/persons/{anna.person}/consents")).json()["items"]
    assert [item["event"] for item in items] == ["withdrawn", "confirmed", "given"]


async def test_a_repeated_post_records_once(browser: Browser, cast: Cast, anna: Client) -> None:
    await browser.log_in(cast.petra)

    first = await browser.api("POST", "/consents", consent(anna.person, "given"), **{"idempotency-key": "k1"})
    again = await browser.api("POST", "/consents", consent(anna.person, "given"), **{"idempotency-key": "k1"})

    assert first.json() == again.json()
    assert len((await browser.api("GET", f"/persons/{anna.person}/consents")).json()["items"]) == 1


async def test_an_address_alone_has_its_answer(browser: Browser, cast: Cast, studio: Client) -> None:
    await browser.log_in(cast.petra)
    body = consent(0, "given", address="info@yildiz.example", source="paper")
    del body["person_id"]

    assert (await browser.api("POST", "/consents", body)).status_code == 201
    answer = await browser.api("GET", "/permission?address=Info@Yildiz.example&purpose=newsletter&channel=email")

    assert answer.json()["allowed"] is True


@pytest.mark.parametrize(
    "wrong",
    [
        {"purpose": "spam"}, {"purpose": "a\x00b"}, {"purpose": ""}, {"purpose": "x" * 10000}, {"channel": "fax"},
        {"channel": "phone"}, {"event": "maybe"}, {"source": "owl"}, {"wording_version": 99}, {"wording_version": 2**80},
        {"wording_version": None}, {"at": "2999-01-01T00:00:00Z"}, {"at": "2026-01-01T00:00:00"}, {"at": "gestern"},
        {"evidence": {"note": "a\x00"}}, {"evidence": {"x" * 5000: ""}}, {"evidence": "x"}, {"person_id": "eins"},
        {"person_id": None}, {"address": "a@b.example"}, {"address": "", "person_id": None}, {"surprise": 1},
        {"at": "0000-01-01T00:00:00Z"}, {"at": "0001-01-01T00:00:00+14:00"}, {"at": "9999-12-31T23:59:59-14:00"},
    ],
)  # fmt: skip
async def test_wrong_words_are_named_and_nothing_is_recorded(
    browser: Browser, cast: Cast, anna: Client, wrong: dict[str, Any]
) -> None:
    await browser.log_in(cast.petra)

    answer = await browser.api("POST", "/consents", consent(anna.person, "given", **wrong))

    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert set(answer.json()["errors"]) & {*wrong, "person_id", "data", "body"}
    assert (await browser.api("GET", f"/persons/{anna.person}/consents")).json()["items"] == []


@pytest.mark.parametrize("person", ["999999999", "0", str(2**63), str(2**80)])
async def test_an_unknown_person_is_not_found(browser: Browser, cast: Cast, person: str) -> None:
    await browser.log_in(cast.petra)

    assert (await browser.api("GET", f"/persons/{person}/consents")).status_code == 404
    assert (
        await browser.api("GET", f"/permission?person_id={person}&purpose=newsletter&channel=email")
    ).status_code == 404
    assert (await browser.api("POST", "/consents", consent(int(person), "withdrawn"))).status_code == 404


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("purpose=newsletter&channel=email", "person_id"),
        ("person_id=1&purpose=spam&channel=email", "purpose"),
        ("person_id=1&purpose=newsletter&channel=fax", "channel"),
        ("address=a%00b&purpose=newsletter&channel=email", "address"),
        ("address=a@b.example&purpose=%00&channel=email", "purpose"),
        ("person_id=eins&purpose=newsletter&channel=email", "person_id"),
        ("person_id=1&channel=email", "purpose"),
    ],
)
async def test_a_question_with_wrong_words_names_them(browser: Browser, cast: Cast, query: str, field: str) -> None:
    await browser.log_in(cast.petra)

    answer = await browser.api("GET", f"/permission?{query}")

    assert answer.status_code == 422
    assert field in answer.json()["errors"]


async def test_without_a_token_nothing_is_told(browser: Browser, anna: Client) -> None:
    assert (await browser.api("GET", f"/persons/{anna.person}/consents")).status_code == 401
