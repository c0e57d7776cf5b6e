"""Touchpoints and phases over the API: the same rules as on screen."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from crm.database import execute, fetch_value
from crm.interactions.tables import Interaction
from crm.surveys.tables import SurveyAnswer
from tests.browser import Browser
from tests.cast import Cast

NEW = {
    "name_de": "Kundenportal",
    "phase": "retention",
    "channels": ["web", "email"],
    "is_direct": False,
    "target": 4.25,
}


async def test_one_is_added_changed_retired_and_used_again(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.eva)
    made = await browser.api("POST", "/touchpoints", {**NEW, "responsible_id": cast.jonas.id})
    assert made.status_code == 201
    one = made.json()
    assert (one["code"], one["name_en"], one["channels"], one["state"]) == (
        "kundenportal", "Kundenportal", ["email", "web"], "active",
    )  # fmt: skip
    assert (float(one["target"]), one["is_direct"], one["is_untended"], one["version"]) == (4.25, False, False, 1)
    changed = await browser.api(
        "PATCH", "/touchpoints/kundenportal",
        {"channels": ["web"], "parent": "website", "responsible_id": None, "known_moments": ["failed_service"], "after": "-", "version": 1},
    )  # fmt: skip
    assert changed.status_code == 200, changed.text
    two = changed.json()
    assert (two["channels"], two["parent"], two["known_moments"], two["version"]) == (
        ["web"],
        "website",
        ["failed_service"],
        2,
    )
    assert (two["name_de"], float(two["target"]), two["is_direct"], two["is_untended"]) == (
        "Kundenportal",
        4.25,
        False,
        True,
    )
    late = await browser.api("PATCH", "/touchpoints/kundenportal", {"name_de": "Anders", "version": 1})
    assert late.status_code == 409
    retired = await browser.api("POST", "/touchpoints/kundenportal/retirement", {"replacement": "website"})
    assert (retired.json()["state"], retired.json()["replacement"]) == ("retired", "website")
    listed = await browser.api("GET", "/touchpoints?which=retired")
    assert [item["code"] for item in listed.json()["items"]] == ["kundenportal"]
    back = await browser.api("DELETE", "/touchpoints/kundenportal/retirement")
    assert (back.json()["state"], back.json()["replacement"], back.json()["retired_at"]) == ("active", None, None)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name_de": "x" * 300}, "name_de"), ({"phase": "nowhere"}, "phase"), ({"channels": ["pigeon"]}, "channels"),
        ({"known_moments": ["x"]}, "known_moments"), ({"known_moments": ["other"]}, "known_moments"), ({"target": 6}, "target"),
        ({"importance": 0}, "importance"), ({"parent": "nowhere"}, "parent"), ({"state": "retired"}, "state"),
        ({"responsible_id": 2**61}, "responsible"), ({"name_de": "Hotline"}, "name_de"),
    ],
)  # fmt: skip
async def test_what_is_wrong_is_named(browser: Browser, cast: Cast, body: dict[str, Any], field: str) -> None:
    await browser.log_in(cast.eva)
    answer = await browser.api("POST", "/touchpoints", {**NEW, **body})
    assert answer.status_code == 422
    assert field in answer.text


async def test_sales_reads_and_does_not_write(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.petra)
    items = (await browser.api("GET", "/touchpoints")).json()["items"]
    assert len(items) == 25
    assert {item["code"]: item["known_moments"] for item in items if item["known_moments"]} == {
        "invoice": ["unclear_invoice"], "order_status": ["waiting_for_delivery"], "hotline": ["hotline_overloaded"],
        "complaint_handling": ["failed_service"],
    }  # fmt: skip
    assert (await browser.api("POST", "/touchpoints", NEW)).status_code in (403, 404)
    assert (await browser.api("PUT", "/phases/order", {"codes": []})).status_code in (403, 404)
    assert (await browser.api("GET", "/touchpoints/nowhere")).status_code == 404
    assert (await browser.api("GET", "/touchpoints?which=lost")).status_code == 422


async def test_the_order_names_each_once(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.eva)
    phase = next(item for item in (await browser.api("GET", "/phases")).json()["items"] if item["code"] == "action")
    turned = phase["touchpoints"][::-1]
    answer = await browser.api("PUT", "/phases/action/touchpoints", {"codes": turned})
    assert answer.json()["touchpoints"] == turned
    for wrong in (turned[1:], [*turned, turned[0]], [*turned, "hotline"]):
        assert (await browser.api("PUT", "/phases/action/touchpoints", {"codes": wrong})).status_code == 422
    order = ["information", "activation", "action", "retention"]
    answer = await browser.api("PUT", "/phases/order", {"codes": order})
    assert [item["code"] for item in answer.json()["items"]] == order


async def test_phases_come_and_go(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.eva)
    made = await browser.api("POST", "/phases", {"name_de": "Empfehlung", "name_en": "Referral", "stage": "after"})
    assert (made.status_code, made.json()["code"], made.json()["touchpoints"]) == (201, "empfehlung", [])
    changed = await browser.api("PATCH", "/phases/empfehlung", {"stage": "during", "version": 1})
    assert (changed.json()["stage"], changed.json()["name_en"], changed.json()["version"]) == ("during", "Referral", 2)
    assert (await browser.api("PATCH", "/phases/empfehlung", {"stage": "before", "version": 1})).status_code == 409
    assert (await browser.api("PATCH", "/phases/empfehlung", {"stage": "never"})).status_code == 422
    assert (await browser.api("POST", "/phases/empfehlung/retirement")).json()["is_retired"] is True
    assert (await browser.api("DELETE", "/phases/empfehlung/retirement")).json()["is_retired"] is False
    assert (await browser.api("POST", "/phases/action/retirement")).status_code == 422


async def test_figures_keep_the_two_series_apart(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.petra)
    await execute("DELETE FROM interaction")
    await execute("DELETE FROM survey_answer")
    hotline = await fetch_value("SELECT id FROM touchpoint WHERE code = 'hotline'")
    now = datetime.now(UTC)
    await Interaction(channel="phone", direction="inbound", touchpoint=hotline, at=now, impression=5).save()
    await SurveyAnswer(touchpoint=hotline, metric="csat", score=2, at=now).save()
    await SurveyAnswer(touchpoint=hotline, metric="nps", score=9, at=now).save()
    found = (await browser.api("GET", "/touchpoints/hotline/figures")).json()
    assert (found["contacts"], found["satisfaction"]["value"], found["impression"]["value"]) == (1, 2.0, 5.0)
    assert found["satisfaction"]["n"] == 1
    assert found["satisfaction"]["is_uncertain"]
    assert (found["spread"], len(found["months"])) == (None, 1)
