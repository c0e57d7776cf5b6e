"""The form in the open, in frames of the websites that may show it, and where Eva keeps it."""

from __future__ import annotations

from typing import Any

import pytest

from crm.database import fetch_one, fetch_value
from crm.errors import Conflict
from crm.interactions.web_forms.defining import change_form, retire_form
from tests.browser import Browser
from tests.interactions.web_forms.conftest import VALUES, called, desk, site, written
from tests.tickets.conftest import NOW, Desk

__all__ = ["called", "desk", "site", "written"]
SENT: dict[str, Any] = {
    **VALUES, "languages": ["de"], "asked": ["name"], "demanded": [], "topics": ["billing", "delivery"], "takes_files": "1",
    "origins": "https://www.Kern.example/kontakt\nhttp://localhost:8080", "submission_id": "a1",
}  # fmt: skip


async def test_only_the_named_websites_may_frame_it_and_nothing_else_of_the_program(
    written: str, browser: Browser
) -> None:
    shown = await browser.get(f"/forms/{written}")
    assert "frame-ancestors 'self' https://www.kern.example;" in shown.headers["content-security-policy"]
    assert "x-frame-options" not in shown.headers
    assert "set-cookie" not in shown.headers
    assert "<script" not in shown.text
    assert "https://www.kern.example/datenschutz" in shown.text
    other = await browser.get("/login")
    assert "frame-ancestors 'none'" in other.headers["content-security-policy"]
    assert other.headers["x-frame-options"] == "DENY"


async def test_without_a_website_nobody_frames_it(written: str, site: Desk, browser: Browser) -> None:
    form_id = await fetch_value("SELECT id FROM web_form WHERE code = $1", written)
    await change_form(form_id, {**VALUES, "origins": ""}, None, by=site.cast.eva.id, now=NOW)
    shown = await browser.get(f"/forms/{written}")
    assert shown.headers["x-frame-options"] == "DENY"
    assert "frame-ancestors 'none'" in shown.headers["content-security-policy"]


async def test_it_speaks_the_languages_that_it_has(written: str, browser: Browser) -> None:
    english = await browser.get(f"/forms/{written}", headers={"accept-language": "en"})
    assert "Write to us" in english.text
    assert (
        "Schreiben Sie uns" in (await browser.get(f"/forms/{written}?lang=de", headers={"accept-language": "en"})).text
    )
    assert "Danke!" in (await browser.get(f"/forms/{written}/thanks?lang=fr")).text


async def test_a_retired_form_is_not_there(written: str, site: Desk, browser: Browser) -> None:
    form_id = await fetch_value("SELECT id FROM web_form WHERE code = $1", written)
    await retire_form(form_id, True, by=site.cast.eva.id, now=NOW)
    assert (await browser.get(f"/forms/{written}")).status_code == 404
    assert (await browser.get(f"/forms/{written}/thanks")).status_code == 404
    await retire_form(form_id, False, by=site.cast.eva.id, now=NOW)
    shown = await browser.get(f"/forms/{written}")
    assert shown.status_code == 200
    assert int(shown.headers["x-sql-statements"]) <= 8


async def test_eva_makes_a_form_once_and_changes_it(site: Desk, browser: Browser) -> None:
    await browser.log_in(site.cast.eva)
    assert (await browser.get("/web-forms/new")).status_code == 200
    first = await browser.post("/web-forms", SENT)
    assert (await browser.post("/web-forms", SENT)).headers["location"] == first.headers["location"]
    form = await fetch_one("SELECT * FROM web_form")
    assert form is not None
    assert (form.asked, form.demanded, form.topics) == ("name,email", "email", "billing,delivery")
    assert form.origins == "https://www.kern.example\nhttp://localhost:8080"
    edit = await browser.get(f"/web-forms/{form.id}/edit")
    assert f"/forms/{form.code}" in edit.text
    changed = await browser.post(f"/web-forms/{form.id}", {**SENT, "version": "1", "name": "Küche"})
    assert changed.status_code == 303
    assert (await browser.post(f"/web-forms/{form.id}", {**SENT, "version": "1", "name": "Bad"})).status_code == 409
    assert "Küche" in (await browser.get("/web-forms")).text
    choice = await browser.get(f"/forms/{form.code}")
    assert "Rechnung" in choice.text
    retired = await browser.post(f"/web-forms/{form.id}/retirement")
    assert retired.headers["location"] == "/web-forms?done=retired"


@pytest.mark.parametrize(
    ("name", "value"),
    [("origins", "kern"), ("origins", "javascript:alert(1)"), ("origins", "https://a.example; script-src *"),
     ("privacy_url", "javascript:x"), ("privacy_url", ""), ("languages", []), ("title_de", ""), ("topics", ["gibtsnicht"]),
     ("kind", "x"), ("name", "x" * 121)],
)  # fmt: skip
async def test_what_cannot_be_a_form_is_refused_at_its_field(
    site: Desk, browser: Browser, name: str, value: Any
) -> None:
    await browser.log_in(site.cast.eva)
    answer = await browser.post("/web-forms", {**SENT, name: value})
    assert answer.status_code == 422
    assert f'id="f-{name}-error"' in answer.text
    assert await fetch_value("SELECT count(*) FROM web_form") == 0


async def test_whoever_keeps_no_catalogues_sees_no_forms(site: Desk, browser: Browser) -> None:
    await browser.log_in(site.cast.ali)
    assert (await browser.get("/web-forms")).status_code == 404


async def test_two_leads_do_not_overwrite_each_other(written: str, site: Desk) -> None:
    form_id = await fetch_value("SELECT id FROM web_form WHERE code = $1", written)
    await change_form(form_id, {**VALUES, "name": "Erste"}, 1, by=site.cast.eva.id, now=NOW)
    with pytest.raises(Conflict):
        await change_form(form_id, {**VALUES, "name": "Zweite"}, 1, by=site.cast.eva.id, now=NOW)


async def test_a_program_keeps_forms_too(site: Desk, browser: Browser) -> None:
    await browser.log_in(site.cast.eva)
    wanted = {
        **VALUES,
        "languages": ["de"],
        "asked": ["name"],
        "demanded": [],
        "topics": ["billing"],
        "origins": ["https://a.example"],
    }
    made = await browser.api("POST", "/web-forms", wanted)
    assert made.status_code == 201, made.text
    form = made.json()
    assert (form["asked"], form["demanded"], form["origins"]) == (["name", "email"], ["email"], ["https://a.example"])
    assert (
        await browser.get(form["url"].partition("/forms/")[1] + form["url"].partition("/forms/")[2])
    ).status_code == 200
    here = f"/web-forms/{form['id']}"
    changed = await browser.api("PATCH", here, {"name": "Neu", "version": 1})
    assert (changed.status_code, changed.json()["name"], changed.json()["takes_files"]) == (200, "Neu", True)
    assert (await browser.api("PATCH", here, {"name": "Alt", "version": 1})).status_code == 409
    assert (await browser.api("PATCH", here, {"origins": ["x"]})).status_code == 422
    assert (await browser.api("DELETE", here)).status_code == 204
    assert (await browser.api("GET", "/web-forms")).json()[0]["is_retired"]
    await browser.log_in(site.cast.ali)
    assert (await browser.api("GET", "/web-forms")).status_code == 404
