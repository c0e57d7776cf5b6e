"""The pages of consent, as staff use them."""

from __future__ import annotations

import pytest

from crm.consents.sentences import evidence_lines
from crm.database import fetch_value
from crm.web.i18n import speaking
from tests.browser import Browser
from tests.cast import Cast
from tests.consents.conftest import Client


async def test_petra_records_consent_on_paper_and_takes_it_back(browser: Browser, cast: Cast, anna: Client) -> None:
    await browser.log_in(cast.petra)
    form = {
        "purpose": "newsletter", "channel": "email", "event": "given", "source": "paper", "wording_version": "1",
        "evidence": "Ordner 7", "submission_id": "s1",
    }  # fmt: skip

    saved = await browser.post(f"/persons/{anna.person}/consents", form)
    await browser.post(f"/persons/{anna.person}/consents", form)
    shown = await browser.get(f"/persons/{anna.person}/consents")

    assert saved.status_code == 303
    assert "Einwilligung erteilt" in shown.text
    assert "Ordner 7" in shown.text
    assert await fetch_value("SELECT count(*) FROM consent_event WHERE person_id = $1", anna.person) == 1

    await browser.post(f"/persons/{anna.person}/consents/withdrawals", {"purpose": "newsletter", "channel": "email"})

    assert "Einwilligung widerrufen" in (await browser.get(f"/persons/{anna.person}/consents")).text


@pytest.mark.parametrize("htmx", [True, False])
async def test_a_form_with_errors_comes_back_whole(browser: Browser, cast: Cast, anna: Client, htmx: bool) -> None:
    await browser.log_in(cast.petra)
    form = {
        "purpose": "newsletter", "channel": "phone", "event": "given", "source": "paper", "wording_version": "9", "at": "2199-01-01T10:00",
        "evidence": "Ordner 7",
    }  # fmt: skip

    answer = await browser.post(f"/persons/{anna.person}/consents", form, htmx=htmx)

    assert answer.status_code == 422
    assert "Ordner 7" in answer.text
    assert "2199-01-01T10:00" in answer.text
    assert "Das liegt in der Zukunft." in answer.text
    assert "Diesen Kanal hat der Zweck nicht." in answer.text
    assert answer.text.count("<h1") == (0 if htmx else 1)


async def test_the_form_shows_the_wording_in_full(browser: Browser, cast: Cast, anna: Client) -> None:
    await browser.log_in(cast.petra)

    answer = await browser.get(f"/persons/{anna.person}/consents/new?purpose=newsletter&channel=email", htmx=True)

    assert "Ich möchte den Newsletter per E-Mail erhalten." in answer.text


def test_a_form_of_our_own_is_called_by_its_name() -> None:
    with speaking("de"):
        assert evidence_lines('{"form": "/preferences"}') == ["Formular: Einstellungsseite"]
        assert evidence_lines('{"form": "Messestand"}') == ["Formular: Messestand"]


async def test_the_overview_shows_events_and_verifies_the_ledger(browser: Browser, cast: Cast, anna: Client) -> None:
    await browser.log_in(cast.sven)
    await browser.post(f"/persons/{anna.person}/consents/withdrawals", {"purpose": "newsletter", "channel": "email"})

    verified = await browser.post("/consents/verification", htmx=True)
    shown = await browser.get("/consents")

    assert "Das Protokoll ist unversehrt." in verified.text
    assert "Das Protokoll ist unversehrt." in shown.text
    assert "Anna Größmann" in shown.text


async def test_karin_sees_consents_but_records_none(browser: Browser, cast: Cast, anna: Client) -> None:
    await browser.log_in(cast.karin)

    shown = await browser.get(f"/persons/{anna.person}/consents")
    refused = await browser.post(
        f"/persons/{anna.person}/consents/withdrawals", {"purpose": "newsletter", "channel": "email"}
    )

    assert shown.status_code == 200
    assert "/consents/new" not in shown.text
    assert refused.status_code == 403


async def test_only_the_officer_sees_a_restricted_person(browser: Browser, cast: Cast, anna: Client) -> None:
    await fetch_value("UPDATE person SET restricted_at = created_at WHERE id = $1 RETURNING id", anna.person)

    assert (await (await browser.log_in(cast.petra)).get(f"/persons/{anna.person}/consents")).status_code == 404
    assert (await (await browser.log_in(cast.sven)).get(f"/persons/{anna.person}/consents")).status_code == 200


async def test_the_outbox_is_for_administrators(browser: Browser, cast: Cast) -> None:
    assert (await (await browser.log_in(cast.petra)).get("/outbox")).status_code == 404

    answer = await (await browser.log_in(cast.ines)).get("/outbox")

    assert answer.status_code == 200
    assert "Zurzeit geht keine Post hinaus." in answer.text
