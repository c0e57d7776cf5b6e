"""A lead says what is followed up of its own accord."""

from typing import Any

import pytest

from crm.database import fetch, fetch_value
from tests.browser import Browser
from tests.cast import Cast

TICKED = {f"status-{code}": "1" for code in ("prospect", "customer", "former")} | {
    f"level-{code}": "1" for code in ("basis", "silber", "gold")
}


def sent(**fields: Any) -> dict[str, str]:
    return {
        "is_on": "1", "days": "5", "user_id": "", "text_de": "{kunde} anrufen", "text_en": "Call {customer}", "version": "1",
        **TICKED, **fields,
    }  # fmt: skip


async def test_a_lead_switches_a_rule_on(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.eva)
    assert "Wiedervorlagen nach Ereignis" in (await browser.get("/follow-up-rules")).text
    assert "Neuer Interessent" in (await browser.get("/follow-up-rules/prospect")).text
    done = await browser.post("/follow-up-rules/prospect", sent(user_id=str(cast.ali.id)))
    assert (done.status_code, done.headers["location"]) == (303, "/follow-up-rules?done=saved")
    (rule,) = await fetch("SELECT * FROM follow_up_rule WHERE code = 'prospect'")
    assert (rule.is_on, rule.days, rule.user, rule.statuses, rule.levels, rule.version) == (
        True,
        5,
        cast.ali.id,
        "",
        "",
        2,
    )
    assert rule.since is not None
    assert await fetch_value("SELECT count(*) FROM audit_entry WHERE action = 'follow_up_rule.changed'") == 1
    late = await browser.post("/follow-up-rules/prospect", sent(days="9"))
    assert late.status_code == 422
    assert "inzwischen geändert" in late.text


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"days": "400"}, "bis 365"),
        ({"text_de": "{name} anrufen"}, "{name} ist kein Platzhalter"),
        ({"text_en": " "}, "Text auf Englisch"),
        ({f"level-{code}": "" for code in ("basis", "silber", "gold")}, "mindestens eines"),
        ({"user_id": "999999"}, "kann nicht übernehmen"),
    ],
)
async def test_what_does_not_fit_is_said_and_kept(
    browser: Browser, cast: Cast, fields: dict[str, str], said: str
) -> None:
    await browser.log_in(cast.eva)
    refused = await browser.post("/follow-up-rules/quotation", sent(**fields))
    assert refused.status_code == 422
    assert said in refused.text


async def test_only_leads_change_rules_and_there_are_no_others(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.petra)
    assert (await browser.get("/follow-up-rules")).status_code in (403, 404)
    await browser.log_in(cast.eva)
    assert (await browser.get("/follow-up-rules/nothing")).status_code == 404


async def test_the_api_reads_and_changes_rules(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.eva)
    items = (await browser.api("GET", "/follow-up-rules")).json()["items"]
    assert [item["code"] for item in items] == ["rhythm", "prospect", "quotation", "delivered", "quiet"]
    changed = await browser.api("PATCH", "/follow-up-rules/rhythm", {"days": 5, "levels": ["gold"], "version": 1})
    assert (changed.status_code, changed.json()["days"], changed.json()["levels"]) == (200, 5, ["gold"])
    assert (await browser.api("PATCH", "/follow-up-rules/rhythm", {"days": 1, "version": 1})).status_code == 409
    assert (await browser.api("PATCH", "/follow-up-rules/rhythm", {"days": 99})).status_code == 422
