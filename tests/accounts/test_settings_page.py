"""The company's settings: saving, the two versions of a conflict, passwords that stay, the logo, the test buttons."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from crm.accounts.settings_changes import change_company
from crm.accounts.tables import Company
from crm.database import fetch_one, fetch_value
from crm.errors import Conflict
from tests.browser import Browser
from tests.cast import Cast

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 100


async def form(**changes: Any) -> dict[str, Any]:
    """The settings form as the page shows it now, with changes."""
    version = await fetch_value("SELECT version FROM company")
    return {
        "version": str(version), "name": "Küchen Kern GmbH", "imprint": "Küchen Kern GmbH\nLange Gasse 1", "language": "de",
        "mail_from": "service@kuechen.example", "smtp_host": "127.0.0.1", "smtp_port": "587", "smtp_security": "starttls",
        "smtp_user": "crm", "smtp_password": "", **changes,
    }  # fmt: skip


async def test_ines_fills_in_the_settings_and_everyone_reads_the_imprint(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.ines)
    answer = await browser.post("/settings", await form(smtp_password=" streng geheim "))
    assert answer.headers["location"] == "/settings?done=saved"
    row = await Company.objects().first()
    assert row is not None
    assert (row.name, row.smtp_password) == ("Küchen Kern GmbH", " streng geheim ")
    browser.client.cookies.clear()
    imprint = await browser.get("/imprint")
    assert "Lange Gasse 1" in imprint.text
    assert imprint.status_code == 200


async def test_a_stored_password_stays_is_never_shown_and_goes_with_its_user(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.ines)
    await browser.post("/settings", await form(smtp_password="streng geheim"))
    page = await browser.get("/settings")
    assert "streng geheim" not in page.text
    assert "Eines ist gespeichert" in page.text
    await browser.post("/settings", await form(name="Kern"))
    assert await fetch_value("SELECT smtp_password FROM company") == "streng geheim"
    await browser.post("/settings", await form(name="Kern", smtp_user=""))
    assert await fetch_value("SELECT smtp_password FROM company") == ""
    fields = await fetch_value("SELECT string_agg(fields::text, '') FROM audit_payload")
    assert "smtp_password" in fields
    assert "streng geheim" not in fields


async def test_a_page_with_mistakes_comes_back_whole(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.ines)
    answer = await browser.post(
        "/settings",
        await form(name="", mail_from="keine", smtp_port="70000", smtp_security="gut", imprint="Zeile\nzwei"),
    )
    assert answer.status_code == 422
    assert [f'id="f-{name}-error"' in answer.text for name in ("name", "mail_from", "smtp_port", "smtp_security")] == [
        True
    ] * 4
    assert "Zeile\nzwei</textarea>" in answer.text


async def test_two_administrators_see_both_versions(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.ines)
    mine = await form(name="Küchen Kern GmbH & Co. KG")
    await browser.post("/settings", await form(name="Kern Küchen AG"))
    answer = await browser.post("/settings", mine)
    assert answer.status_code == 409
    assert "Kern Küchen AG" in answer.text
    assert "Küchen Kern GmbH &amp; Co. KG" in answer.text
    version = await fetch_value("SELECT version FROM company")
    assert (await browser.post("/settings", {**mine, "version": str(version)})).status_code == 303
    assert await fetch_value("SELECT name FROM company") == "Küchen Kern GmbH & Co. KG"


async def test_a_conflict_shows_no_password(cast: Cast) -> None:
    with pytest.raises(Conflict) as error:
        await change_company({"smtp_user": "crm", "smtp_password": "streng geheim"}, -1, by=cast.ines.id, now=NOW)
    assert "streng geheim" not in str(error.value.differences)


async def test_the_logo_is_shown_at_the_log_in_and_cannot_run_scripts(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.ines)
    answer = await browser.post("/settings/logo", files={"logo": ("logo.html", PNG, "text/html")})
    assert answer.headers["location"] == "/settings?done=logo"
    name = await fetch_value("SELECT logo_hash FROM company")
    browser.client.cookies.clear()
    assert f"/files/logo/{name}" in (await browser.get("/login")).text
    logo = await browser.get(f"/files/logo/{name}")
    assert (logo.content, logo.headers["content-type"]) == (PNG, "image/png")
    assert "sandbox" in logo.headers["content-security-policy"]
    assert "immutable" in logo.headers["cache-control"]


@pytest.mark.parametrize(
    "content",
    [b"", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"GIF89a", b"RIFF1234WAVE", PNG + b"\x00" * 1_000_000],
)
async def test_what_is_no_picture_or_too_large_is_no_logo(browser: Browser, cast: Cast, content: bytes) -> None:
    await browser.log_in(cast.ines)
    answer = await browser.post("/settings/logo", files={"logo": ("logo.png", content, "image/png")})
    assert answer.status_code == 422
    assert 'id="f-logo-error"' in answer.text


async def test_a_logo_that_is_no_longer_used_is_not_served(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.ines)
    await browser.post("/settings/logo", files={"logo": ("logo.png", PNG, "image/png")})
    name = await fetch_value("SELECT logo_hash FROM company")
    await browser.post("/settings/logo/removal")
    assert (await browser.get(f"/files/logo/{name}")).status_code == 404
    assert (await browser.get("/files/logo/x")).status_code == 404


async def test_the_test_button_says_what_is_wrong_and_loses_nothing(browser: Browser, cast: Cast) -> None:
    kind = "smtp"
    closed = await free_port()
    typed = await form(**{f"{kind}_host": "127.0.0.1", f"{kind}_port": str(closed), "name": "Noch nicht gespeichert"})
    await browser.log_in(cast.ines)
    whole = await browser.post(f"/settings/test/{kind}", typed)
    assert whole.status_code == 200
    assert f"Der Mailserver 127.0.0.1:{closed} lässt sich nicht benutzen" in whole.text
    assert 'value="Noch nicht gespeichert"' in whole.text
    part = await browser.post(f"/settings/test/{kind}", typed, htmx=True)
    assert part.text.startswith(f'<div id="{kind}-answer"')
    nothing = await browser.post(f"/settings/test/{kind}", {**typed, f"{kind}_host": ""}, htmx=True)
    assert "Bitte füllen Sie" in nothing.text


async def free_port() -> int:
    server = await asyncio.start_server(lambda _reader, _writer: None, "127.0.0.1", 0)
    port: int = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    return port


async def test_every_change_is_in_the_audit_trail(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.ines)
    await browser.post("/settings", await form())
    row = await fetch_one("SELECT actor_id, subject_kind FROM audit_entry WHERE action = 'settings.changed'")
    assert row is not None
    assert tuple(row) == (cast.ines.id, "company")


async def test_what_reports_look_like_and_aim_at_is_set_here(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.ines)
    chosen = {
        "report_colour": "FFD500",
        "report_nps_target": "-5",
        "report_promises_target": "97",
        "report_first_contact_target": "",
    }
    assert (await browser.post("/settings", await form(**chosen))).headers["location"] == "/settings?done=saved"
    row = await Company.objects().first()
    assert row is not None
    assert (row.report_colour, row.report_nps_target, row.report_promises_target) == ("#ffd500", -5, 97)
    assert row.report_first_contact_target is None
    wrong = await browser.post("/settings", await form(report_colour="gelb", report_nps_target="400"))
    assert wrong.status_code == 422
    assert 'id="f-report_colour-error"' in wrong.text
    assert 'value="gelb"' in wrong.text


async def test_a_drawn_logo_is_kept_as_points(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.ines)
    drawn = b'<svg xmlns="http://www.w3.org/2000/svg" width="60" height="20"><rect width="60" height="20" fill="#0d6068"/></svg>'
    answer = await browser.post("/settings/logo", files={"logo": ("logo.svg", drawn, "image/svg+xml")})
    assert answer.headers["location"] == "/settings?done=logo"
    logo = await browser.get(f"/files/logo/{await fetch_value('SELECT logo_hash FROM company')}")
    assert logo.headers["content-type"] == "image/png"
