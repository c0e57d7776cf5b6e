"""Changing service levels and calendars on screen and over the API, by those who may."""

from __future__ import annotations

import re
from typing import Any

from crm.database import fetch, fetch_value
from tests.browser import Browser
from tests.cast import Cast


def fields_of(text: str) -> dict[str, str]:
    """What a form on the page would send."""
    found: dict[str, str] = {}
    for tag in re.findall(r"<input[^>]*>", text):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and name[1] not in ("_csrf_token", "q") and ('type="checkbox"' not in tag or " checked" in tag):
            found[name[1]] = value[1] if value else ""
    for name, inside in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', text, re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)" selected', inside)
        found[name] = chosen[1] if chosen else ""
    return found | dict(re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>\n?(.*?)</textarea>', text, re.DOTALL))


async def id_of(code: str) -> int:
    return int(await fetch_value("SELECT id FROM service_level WHERE code = $1", code))


async def calendar_id() -> int:
    return int(await fetch_value("SELECT id FROM business_calendar"))


async def enquiry(browser: Browser, **more: object) -> dict[str, Any]:
    made = await browser.api(
        "POST", "/customers", {"kind": "organisation", "name": "Größmann Küchen GmbH", "service_level": "gold", **more}
    )
    asked = await browser.api(
        "POST", "/tickets", {"customer_id": made.json()["id"], "subject": "Scharnier quietscht", "text": "Was tun?"}
    )
    found: dict[str, Any] = asked.json()
    return found


async def test_eva_sees_what_would_change_before_she_saves_it(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.eva)
    ticket, gold = await enquiry(browser), await id_of("gold")
    form = fields_of((await browser.get(f"/service-levels/{gold}/edit")).text)
    form["target_normal_solution"] = "20 Std."
    preview = await browser.post(f"/service-levels/{gold}", form)
    assert preview.status_code == 200, preview.text
    assert "Scharnier quietscht" in preview.text
    assert "Eine von 1 offenen Anfragen bekommt neue Fristen" in preview.text
    assert await fetch_value("SELECT max(number) FROM service_level_version WHERE service_level = $1", gold) == 1
    saved = await browser.post(f"/service-levels/{gold}", fields_of(preview.text))
    assert saved.headers["location"] == "/service-levels?done=saved"
    due = await fetch_value("SELECT solution_due_at FROM ticket WHERE id = $1", ticket["id"])
    assert due.isoformat() > ticket["solution_due_at"]
    told = await browser.get(f"/service-levels/{gold}/versions")
    assert "Eva Kern" in told.text
    assert "Fassung 2" in told.text


async def test_what_comes_in_between_is_shown_anew(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.eva)
    gold = await id_of("gold")
    await enquiry(browser)
    form = fields_of((await browser.get(f"/service-levels/{gold}/edit")).text) | {"target_normal_solution": "20 h"}
    preview = await browser.post(f"/service-levels/{gold}", form)
    await enquiry(browser, name="Weber Bau GmbH")
    again = await browser.post(f"/service-levels/{gold}", fields_of(preview.text))
    assert again.status_code == 200
    assert "Inzwischen hat sich etwas geändert" in again.text
    assert "2 von 2 offenen Anfragen" in again.text
    assert await fetch_value("SELECT version FROM service_level WHERE id = $1", gold) == 1
    assert (await browser.post(f"/service-levels/{gold}", fields_of(again.text))).status_code == 303


async def test_back_to_the_form_with_what_was_typed(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.eva)
    gold = await id_of("gold")
    form = fields_of((await browser.get(f"/service-levels/{gold}/edit")).text) | {"name_de": "Gold Plus"}
    preview = await browser.post(f"/service-levels/{gold}", form)
    back = await browser.post(f"/service-levels/{gold}", fields_of(preview.text) | {"again": "1"})
    assert 'value="Gold Plus"' in back.text


async def test_errors_stand_beside_their_fields_and_keep_what_was_typed(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.eva)
    gold, office = await id_of("gold"), await calendar_id()
    form = fields_of((await browser.get(f"/service-levels/{gold}/edit")).text)
    wrong = {"target_high_solution": "bald", "warned_share": "120", "name_de": "\x00", "calendar": "mond"}
    for whom in ("assignee", "leads", "owner"):
        form.pop(f"tell_{whom}", None)
    answer = await browser.post(f"/service-levels/{gold}", form | wrong)
    assert answer.status_code == 422
    assert "Bitte geben Sie eine Dauer an" in answer.text
    assert 'value="bald"' in answer.text
    assert "Jemand muss von einer versäumten Zusage erfahren" in answer.text
    form = fields_of((await browser.get(f"/calendars/{office}/edit")).text)
    wrong = {
        "hours_0": "von früh bis spät",
        "hours_1": "17-9",
        "zone": "Europe/Nürnberg",
        "state": "XX",
        "days": "Heiligabend",
    }
    answer = await browser.post(f"/calendars/{office}", form | wrong)
    assert answer.status_code == 422
    for words in (
        "Bitte geben Sie Zeiten an",
        "Das Ende muss nach dem Beginn",
        "Diese Zeitzone gibt es nicht",
        "Es gibt: BB",
        "Das ist kein Tag",
    ):
        assert words in answer.text, words


async def test_several_stretches_and_a_company_day_by_hand(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.ines)
    office = await calendar_id()
    form = fields_of((await browser.get(f"/calendars/{office}/edit")).text)
    form |= {
        "hours_0": "13-18:30, 8 bis 12 Uhr",
        "hours_5": "22:00-24:00",
        "state": "by",
        "days": "24.12.2026 Heiligabend\n2026-12-31",
    }
    preview = await browser.post(f"/calendars/{office}", form)
    assert "Heiligabend" in preview.text
    assert "08:00–12:00, 13:00–18:30" in preview.text
    assert (await browser.post(f"/calendars/{office}", fields_of(preview.text))).status_code == 303
    hours = await fetch(
        "SELECT weekday, opens::text, closes::text FROM opening_hours WHERE calendar = $1 ORDER BY 1, 2", office
    )
    assert [tuple(row) for row in hours if row.weekday in (0, 5)] == [
        (0, "08:00:00", "12:00:00"), (0, "13:00:00", "18:30:00"), (5, "22:00:00", "00:00:00"),
    ]  # fmt: skip
    days = await fetch("SELECT off_on::text, name FROM company_day WHERE calendar = $1 ORDER BY 1", office)
    assert [tuple(row) for row in days] == [("2026-12-24", "Heiligabend"), ("2026-12-31", "")]
    assert await fetch_value("SELECT min(version) FROM service_level") == 2, "every service level by it says so"
    form = fields_of((await browser.get(f"/calendars/{office}/edit")).text)
    assert (await browser.post(f"/calendars/{office}", form)).headers["location"].endswith("done=unchanged")


async def test_who_may_not_change_them_finds_nothing(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.ali)
    gold, office = await id_of("gold"), await calendar_id()
    for path in (f"/service-levels/{gold}/edit", f"/service-levels/{gold}/versions", f"/calendars/{office}/edit"):
        assert (await browser.get(path)).status_code == 404
    for path in (f"/service-levels/{gold}", f"/calendars/{office}", "/service-levels/nights"):
        assert (await browser.post(path, {"name_de": "x"})).status_code in (403, 404)
    assert (await browser.api("GET", "/service-levels")).status_code in (403, 404)
    await browser.log_in(cast.eva)
    for number in (999, 2**70):
        assert (await browser.get(f"/service-levels/{number}/edit")).status_code == 404
        assert (await browser.get(f"/calendars/{number}/versions")).status_code == 404


async def test_telling_at_night_is_switched_by_a_lead_and_on_record(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.eva)
    assert (await browser.post("/service-levels/nights", {"tells_at_night": "1"})).status_code == 303
    assert await fetch_value("SELECT tells_at_night FROM company")
    await browser.post("/service-levels/nights", {})
    assert not await fetch_value("SELECT tells_at_night FROM company")
    assert (
        await fetch_value(
            "SELECT count(*) FROM audit_entry WHERE action = 'settings.changed' AND actor_id = $1", cast.eva.id
        )
        == 2
    )


async def test_the_api_shows_before_it_saves(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.eva)
    ticket, gold = await enquiry(browser), await id_of("gold")
    content = (await browser.api("GET", f"/service-levels/{gold}")).json()["content"]
    names = ("first_response_min", "next_response_min", "solution_min")
    body: dict[str, Any] = {
        **{name: content[name] for name in ("name_de", "calendar", "first_contact_level", "contact_rhythm_days")},
        "targets": {priority: dict(zip(names, minutes, strict=True)) for priority, minutes in content["targets"].items()},
        "escalates": ["solution"], "pausing": {"solution": ["waiting", "postponed"]},
    }  # fmt: skip
    body["targets"]["normal"]["solution_min"] = 1200
    shown = (await browser.api("POST", f"/service-levels/{gold}/preview", body)).json()
    assert [(one["ticket_id"], one["promise"]) for one in shown["moved"]] == [(ticket["id"], "solution")]
    assert (await browser.api("PUT", f"/service-levels/{gold}", {**body, "seen": "else"})).status_code == 409
    saved = await browser.api("PUT", f"/service-levels/{gold}", {**body, "seen": shown["seen"]})
    assert saved.json()["version"] == 2
    assert saved.json()["content"]["escalates"] == ["solution"]
    versions = (await browser.api("GET", f"/service-levels/{gold}/versions")).json()
    assert versions[0]["by"] == "Eva Kern"
    assert set(versions[0]["changed"]) == {
        "targets.normal",
        "escalates",
        "pausing.first_response",
        "pausing.next_response",
        "pausing.solution",
    }
    refused = await browser.api("PUT", f"/service-levels/{gold}", {**body, "escalates": ["next_year"]})
    assert refused.status_code == 422
    office = await calendar_id()
    day = {
        "name": "Büro",
        "zone": "Europe/Berlin",
        "country": "DE",
        "hours": {"0": "9-17"},
        "days_off": [{"on": "2026-12-24", "name": "Heiligabend"}],
    }
    assert (await browser.api("POST", f"/calendars/{office}/preview", day)).json()["open_tickets"] == 1
    assert (await browser.api("PUT", f"/calendars/{office}", day)).json()["content"]["days"] == ["2026-12-24"]
    assert (await browser.api("PUT", f"/calendars/{office}", {**day, "hours": {}})).status_code == 422
    assert len((await browser.api("GET", f"/calendars/{office}/versions")).json()) == 2


async def test_the_page_takes_few_statements(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.eva)
    assert int((await browser.get("/service-levels")).headers["x-sql-statements"]) <= 8
