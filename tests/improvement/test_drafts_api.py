"""Drafts of the set-up assistant over JSON: proposed from what was measured, answered in steps, finished once, seen by nobody else."""

from __future__ import annotations

from typing import Any

import pytest

from crm.database import fetch, fetch_value
from crm.improvement.intended.drafts import draft_for
from tests.browser import Browser
from tests.cast import Cast
from tests.improvement.test_assistant import measure

AT = "/intended-journeys/drafts"


async def begun(browser: Browser, **sent: Any) -> dict[str, Any]:
    made = await browser.api("POST", AT, json=sent)
    assert made.status_code == 201
    found: dict[str, Any] = made.json()
    return found


async def test_a_program_goes_from_the_proposal_to_the_journey_with_a_measure(browser: Browser, cast: Cast) -> None:
    await measure(cast)
    await browser.log_in(cast.eva)
    draft = await begun(browser)
    assert (draft["question"], draft["steps"], draft["taken"]) == ("who", [], False)
    seen = {one["touchpoint"]: one for one in draft["touchpoints"]}
    assert (seen["hotline"]["proposed"], seen["hotline"]["channels"], seen["hotline"]["place"]) == (True, ["email"], 1)
    assert (seen["hotline"]["satisfaction"]["value"], seen["hotline"]["satisfaction"]["n"]) == (2.0, 8)
    assert not seen["invoice"]["proposed"]
    again = await begun(browser)
    assert again["id"] == draft["id"], "nothing was answered yet"
    at = f"{AT}/{draft['id']}"
    steps = [
        {"touchpoint": "fair", "aim": 4.25, "channels": ["fair"], "note": "Hier beginnt es."},
        {"touchpoint": "hotline", "aim": 4.5, "channels": ["phone"], "responsible_id": cast.eva.id, "measure": True},
    ]
    answer = {"version": again["version"], "name": "Weg der Firmen", "goal": "Ruhe", "question": "weak", "steps": steps}
    changed = await browser.api("PATCH", at, json=answer)
    assert changed.status_code == 200
    kept = changed.json()
    assert [(one["touchpoint"], one["aim"], one["channels"], one["measure"]) for one in kept["steps"]] == [
        ("fair", 4.25, ["fair"], False), ("hotline", 4.5, ["phone"], True),
    ]  # fmt: skip
    assert {one["touchpoint"] for one in kept["touchpoints"] if one["weak"]} == {"hotline"}
    assert (kept["name"], kept["question"]) == ("Weg der Firmen", "weak")
    assert (await browser.api("PATCH", at, json={**answer, "goal": "Eile"})).status_code == 409
    page = await browser.get(f"/journey/intended/drafts/{draft['id']}/satisfied")
    assert "4,25" in page.text, "the browser goes on where the program left off"
    assert [one["name"] for one in (await browser.api("GET", AT)).json()["items"]] == ["Weg der Firmen"]
    made = await browser.api("POST", f"{at}/finish")
    assert made.status_code == 201
    journey = made.json()
    assert [(one["touchpoint"], one["aim"], one["note"]) for one in journey["steps"]] == [
        ("fair", 4.25, "Hier beginnt es."), ("hotline", 4.5, ""),
    ]  # fmt: skip
    (planned,) = await fetch("SELECT metric, target::float AS target, owner FROM measure")
    assert (planned.metric, planned.target, planned.owner) == ("csat", 4.5, cast.eva.id)
    assert (await browser.api("POST", f"{at}/finish")).status_code == 404
    assert await begun(browser) != draft
    assert (await begun(browser))["taken"], "these customers have one by now"


@pytest.mark.parametrize(
    "wrong",
    [
        {"steps": [{"touchpoint": "nowhere", "aim": 4}]}, {"steps": [{"touchpoint": "hotline", "aim": 9}]},
        {"steps": [{"touchpoint": "hotline", "aim": 4, "channels": ["fax"]}]}, {"name": "x" * 200}, {"goal": "x" * 5000},
        {"steps": [{"touchpoint": "hotline", "aim": 4}] * 2}, {"steps": [{"touchpoint": "hotline", "aim": 4}] * 300},
        {"steps": [{"touchpoint": "hotline", "aim": 4, "note": "x" * 5000}]}, {"view_id": 1, "persona_id": 1},
    ],
)  # fmt: skip
async def test_a_wrong_answer_is_refused_and_nothing_changes(
    browser: Browser, cast: Cast, wrong: dict[str, Any]
) -> None:
    await browser.log_in(cast.eva)
    draft = await begun(browser)
    refused = await browser.api("PATCH", f"{AT}/{draft['id']}", json={"version": draft["version"], **wrong})
    assert refused.status_code == 422
    assert (await draft_for(draft["id"], cast.eva.id)).answers == {}


async def test_an_unfinished_draft_says_what_is_missing_and_stays(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.eva)
    draft = await begun(browser)
    refused = await browser.api("POST", f"{AT}/{draft['id']}/finish")
    assert refused.status_code == 422
    assert (await browser.api("GET", f"{AT}/{draft['id']}")).status_code == 200
    assert (await browser.api("DELETE", f"{AT}/{draft['id']}")).status_code == 204
    assert await fetch_value("SELECT count(*) FROM journey_draft") == 0


async def test_nobody_sees_another_ones_drafts(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.eva)
    at = f"{AT}/{(await begun(browser))['id']}"
    await browser.log_in(cast.karin)
    assert (await browser.api("GET", AT)).json()["items"] == []
    assert (await browser.api("GET", at)).status_code == 404
    assert (await browser.api("PATCH", at, json={"version": 1, "name": "meins"})).status_code == 404
    assert (await browser.api("POST", f"{at}/finish")).status_code == 404
    assert (await browser.api("DELETE", at)).status_code == 404
    await browser.log_in(cast.petra)
    assert (await browser.api("GET", AT)).status_code in (403, 404)
