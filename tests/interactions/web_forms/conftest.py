"""Kern Küchen has two forms on its website, one to write and one to be called back."""

from __future__ import annotations

from typing import Any

import pytest

from crm.database import execute, fetch_value
from crm.interactions.web_forms.defining import create_form
from tests.tickets.conftest import NOW, Desk, desk

__all__ = ["desk"]
VALUES: dict[str, Any] = {
    "name": "Anfrage", "kind": "enquiry", "languages": "de,en", "title_de": "Schreiben Sie uns", "title_en": "Write to us",
    "thanks_de": "Danke!", "thanks_en": "Thanks!", "privacy_de": "Wir antworten Ihnen.", "privacy_en": "We answer you.",
    "privacy_url": "https://www.kern.example/datenschutz", "asked": "name,company,email,phone,customer_number,order_number,subject",
    "demanded": "email", "topics": "", "hourly_limit": 60, "takes_files": True, "origins": "https://www.kern.example",
}  # fmt: skip


async def form_code(form_id: int) -> str:
    return str(await fetch_value("SELECT code FROM web_form WHERE id = $1", form_id))


@pytest.fixture
async def site(desk: Desk) -> Desk:
    await execute("UPDATE company SET mail_from = 'post@kern.example', name = 'Kern Küchen', acknowledges_mail = true")
    await execute("DELETE FROM email_address WHERE person = $1", desk.anna)
    await execute(
        "INSERT INTO email_address (person, address, position) VALUES ($1, 'anna@groessmann.example', 0)", desk.anna
    )
    return desk


@pytest.fixture
async def written(site: Desk) -> str:
    """The address of the form for writing."""
    return await form_code(await create_form(VALUES, by=site.cast.eva.id, now=NOW))


@pytest.fixture
async def called(site: Desk) -> str:
    """The address of the form for calls."""
    values = {
        **VALUES,
        "name": "Rückruf",
        "kind": "call_back",
        "asked": "name,phone",
        "demanded": "phone",
        "takes_files": False,
    }
    return await form_code(await create_form(values, by=site.cast.eva.id, now=NOW))
