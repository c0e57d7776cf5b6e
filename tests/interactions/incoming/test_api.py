"""Mails handed over by a mail server, over JSON."""

from __future__ import annotations

from typing import Any

from crm.accounts.actions import issue_api_token
from crm.database import execute
from tests.browser import Browser
from tests.interactions.incoming.test_filing import NOW, box, desk, mail
from tests.tickets.conftest import Desk

__all__ = ["box", "desk"]


async def post(browser: Browser, raw: bytes, token: str) -> Any:
    return await browser.client.post(
        "/api/v1/mail", content=raw, headers={"Authorization": f"Bearer {token}", "Content-Type": "message/rfc822"}
    )


async def test_a_mail_server_hands_a_mail_over(box: Desk, browser: Browser) -> None:
    token = await issue_api_token(box.cast.ali.id, "mail", by=None, now=NOW)
    raw = mail(Message_ID="<api1@x.example>").as_bytes()
    first = await post(browser, raw, token)
    assert first.status_code == 201, first.text
    assert first.json()["state"] == "filed"
    number = first.json()["ticket_id"]
    assert (await post(browser, raw, token)).json() == {"id": None, "state": None, "ticket_id": None}
    assert (await post(browser, b"", token)).status_code == 422
    stranger = await post(browser, mail("x", "fremd@spam.example", f"#{number}").as_bytes(), token)
    assert stranger.json()["state"] == "quarantine"
    head = {"Authorization": f"Bearer {token}"}
    waiting = (await browser.client.get("/api/v1/incoming-mails", headers=head)).json()
    assert [(one["sender"], one["reason"], one["named_ticket_id"]) for one in waiting] == [
        ("fremd@spam.example", "unknown_sender", number)
    ]
    here = f"/api/v1/incoming-mails/{waiting[0]['id']}"
    opened = await browser.client.post(f"{here}/opening", json={}, headers=head)
    assert opened.status_code == 201, opened.text
    assert opened.json()["ticket_id"] not in (None, number)
    assert (await browser.client.delete(here, headers=head)).status_code == 404


async def test_whoever_may_not_work_on_enquiries_hands_nothing_over(box: Desk, browser: Browser) -> None:
    token = await issue_api_token(box.cast.karin.id, "mail", by=None, now=NOW)
    assert (await post(browser, mail().as_bytes(), token)).status_code in (403, 404)


async def test_the_officer_dismisses_what_is_theirs_and_nothing_else(box: Desk, browser: Browser) -> None:
    token = await issue_api_token(box.cast.ali.id, "mail", by=None, now=NOW)
    waiting = (await post(browser, mail("x", "fremd@spam.example", "#1").as_bytes(), token)).json()["id"]
    await execute("UPDATE person SET restricted_at = $2 WHERE id = $1", box.anna, NOW)
    theirs = (await post(browser, mail("Bitte sperren.").as_bytes(), token)).json()
    assert theirs["state"] == "officer"
    officer = {"Authorization": f"Bearer {await issue_api_token(box.cast.sven.id, 'dpo', by=None, now=NOW)}"}
    agent = {"Authorization": f"Bearer {token}"}
    assert (await browser.client.delete(f"/api/v1/incoming-mails/{theirs['id']}", headers=agent)).status_code == 404
    assert (await browser.client.delete(f"/api/v1/incoming-mails/{theirs['id']}", headers=officer)).status_code == 204
    assert (await browser.client.delete(f"/api/v1/incoming-mails/{waiting}", headers=officer)).status_code == 404
