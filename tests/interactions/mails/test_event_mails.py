"""A delivered order is thanked for by mail: once, through the gate, not at night; where that cannot be, Petra is reminded and told why."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from crm.catalogues import install_catalogues
from crm.consents.sending import send_message, sweep_outbox
from crm.database import Row, execute, fetch, fetch_one, fetch_value
from crm.errors import Invalid
from crm.interactions.actions import NewInteraction, log_interaction
from crm.interactions.deleting import delete_interaction
from crm.interactions.mails.event_mails import demand_fitting_template, send_event_mails
from crm.interactions.mails.telling import tell_writers
from crm.interactions.mails.templates import add_template, retire_template
from crm.interactions.mails.writing import send_again, write_mail
from crm.interactions.tables import Channel, Direction
from crm.reminders.caused import follow_up
from crm.reminders.follow_up_rules import change_rule, follow_up_rule
from crm.reminders.queries import open_reminders
from crm.web.i18n import speaking
from tests.browser import Browser
from tests.cast import Cast, introduce
from tests.consents import conftest as clients
from tests.consents.conftest import Client, person_at
from tests.interactions.mails.test_writing import to
from tests.mail.conftest import Postman

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
"""A Monday morning."""
THANKS = {
    "purpose": "correspondence", "name_de": "Dank", "name_en": "Thanks", "subject_de": "Danke für {Bestellnummer}",
    "subject_en": "Thank you for {order_number}", "body_de": "{Anrede}\n\nvielen Dank.", "body_en": "{salutation}\n\nThank you.",
}  # fmt: skip


async def thanks(cast: Cast, **other: str) -> int:
    """The rule is on since last week and sends this template; its id."""
    template = await add_template({**THANKS, **other}, by=cast.eva.id, now=NOW)
    await change_rule(
        "delivered", {"is_on": True, "days": 0, "mail_template_id": template, "text_de": "Nachfragen bei {kunde}", "text_en": "Ask"},
        None, by=cast.eva.id, now=NOW - timedelta(days=7),
    )  # fmt: skip
    return template


async def delivered(customer: int, on: date = date(2026, 11, 23), number: str = "A-77") -> int:
    return int(
        await fetch_value(
            "INSERT INTO customer_order (customer, number, ordered_on, delivered_on, status, amount, currency) "
            "VALUES ($1, $2, $3, $3, 'delivered', 100, 'EUR') RETURNING id",
            customer, number, on,
        )
    )  # fmt: skip


async def outbox() -> list[Row]:
    return await fetch("SELECT * FROM outbox_message WHERE dedupe_key LIKE 'follow-up %' ORDER BY id")


async def told(cast: Cast) -> list[str]:
    with speaking("de"):
        return [row.text for row in await open_reminders(cast.petra.id, NOW)]


@pytest.fixture
async def petras(cast: Cast, anna: Client) -> Client:
    await execute("UPDATE customer SET owner = $1", cast.petra.id)
    call = NewInteraction(anna.customer, Channel.PHONE, Direction.INBOUND, "Bestellt", at=NOW - timedelta(days=20))
    await log_interaction(call, by=cast.petra.id, now=NOW)
    return anna


async def test_a_delivered_order_is_thanked_for_once(cast: Cast, petras: Client) -> None:
    await thanks(cast)
    order = await delivered(petras.customer)
    assert await send_event_mails(now=NOW) == 1
    assert await send_event_mails(now=NOW + timedelta(hours=1)) == 0
    (mail,) = await outbox()
    assert (mail.status, mail.to_address, mail.subject) == ("queued", "Anna@groessmann.example", "Danke für A-77")
    assert "vielen Dank." in mail.text
    assert "Petra" in mail.text, "signed by whoever looks after the customer"
    contact = await fetch_one("SELECT * FROM interaction WHERE channel = 'email'")
    assert contact is not None
    assert (contact.channel, contact.direction, contact.by_user, contact.customer_order) == (
        "email",
        "outbound",
        None,
        order,
    )
    assert await told(cast) == []


async def test_an_automatic_mail_resets_no_rhythm_not_even_when_it_is_deleted(cast: Cast, petras: Client) -> None:
    await thanks(cast)
    await delivered(petras.customer)
    before = await fetch_one("SELECT * FROM customer_figures")
    await send_event_mails(now=NOW)
    assert await fetch_one("SELECT * FROM customer_figures") == before
    await delete_interaction(
        await fetch_value("SELECT id FROM interaction WHERE channel = 'email'"), "duplicate", by=cast.eva.id, now=NOW
    )
    assert await fetch_value("SELECT interactions FROM customer_figures") == before["interactions"]  # type: ignore[index]


@pytest.mark.parametrize(("language", "subject"), [("de", "Danke für A-77"), ("en", "Thank you for A-77")])
async def test_it_speaks_the_customers_language(cast: Cast, petras: Client, language: str, subject: str) -> None:
    await execute("UPDATE person SET language = $1", language)
    await thanks(cast)
    await delivered(petras.customer)
    await send_event_mails(now=NOW)
    assert [(row.subject, row.language) for row in await outbox()] == [(subject, language)]


async def test_it_waits_while_people_rest(cast: Cast, petras: Client, post_office: Postman) -> None:
    await thanks(cast)
    await delivered(petras.customer)
    evening = NOW.replace(hour=20)
    await send_event_mails(now=evening)
    assert await sweep_outbox(evening + timedelta(hours=1)) == 0
    assert await sweep_outbox(datetime(2026, 11, 24, 6, 1, tzinfo=UTC)) == 1, "seven in the morning in Germany"
    assert post_office.received[0]["Auto-Submitted"] == "auto-generated"


async def test_what_the_gate_refuses_becomes_a_follow_up_that_says_why(cast: Cast, petras: Client) -> None:
    purpose = await fetch_value(
        "SELECT code FROM purpose WHERE is_advertising AND code NOT IN ('newsletter', 'survey') LIMIT 1"
    )
    await thanks(cast, purpose=purpose)
    await delivered(petras.customer)
    for _twice in range(2):
        await send_event_mails(now=NOW)
    assert [row.status for row in await outbox()] == ["refused"]
    assert await fetch_value("SELECT count(*) FROM interaction WHERE channel = 'email'") == 0
    (text,) = await told(cast)
    assert text.startswith("Nachfragen bei Anna")
    assert "Es ging keine E-Mail hinaus:" in text
    assert "Einwilligung" in text


@pytest.mark.parametrize(
    ("change", "because"),
    [
        ("UPDATE customer SET no_automatic_answers = true", "keine automatischen Antworten"),
        ("DELETE FROM email_address", "keine E-Mail-Adresse bekannt"),
        ("UPDATE mail_template SET retired_at = now()", "nicht mehr verwendet"),
        ("UPDATE mail_template SET body_de = ''", "keinen Text in der Sprache des Kunden"),
        ("UPDATE mail_template SET body_de = '{Angebotsnummer}'", "{Angebotsnummer} ließ sich nicht ausfüllen"),
    ],
)
async def test_what_cannot_be_written_becomes_a_follow_up_that_says_why(
    cast: Cast, petras: Client, change: str, because: str
) -> None:
    await thanks(cast)
    await delivered(petras.customer)
    await execute(change)
    assert await send_event_mails(now=NOW) == 1
    assert await send_event_mails(now=NOW) == 0
    assert await outbox() == []
    (text,) = await told(cast)
    assert because in text


async def test_a_mail_that_fails_later_becomes_a_follow_up(cast: Cast, petras: Client, post_office: Postman) -> None:
    await thanks(cast)
    await delivered(petras.customer)
    await send_event_mails(now=NOW)
    (mail,) = await outbox()
    post_office.answers = ["550 no such user"]
    await send_message(mail.id, now=NOW)
    for _twice in range(2):
        await tell_writers(NOW)
    (text,) = await told(cast)
    assert "550" in text
    assert await fetch_value("SELECT count(*) FROM notification WHERE kind = 'mail_failed'") == 0


async def test_a_rule_with_a_mail_makes_no_follow_up_beside_it(cast: Cast, petras: Client) -> None:
    await thanks(cast)
    await delivered(petras.customer)
    assert await follow_up(now=NOW) == 0
    await send_event_mails(now=NOW)
    await change_rule("delivered", {"mail_template_id": None}, None, by=cast.eva.id, now=NOW)
    assert await follow_up(now=NOW + timedelta(hours=1)) == 0, "the mail has answered this delivery"
    await delivered(petras.customer, number="A-78")
    assert await send_event_mails(now=NOW) == 0
    assert await follow_up(now=NOW + timedelta(hours=1)) == 1


async def test_workers_at_once_thank_once(own_database: str) -> None:
    await install_catalogues()
    cast = await introduce()
    row = await clients.customer("Anna", "person", "T-1")
    await person_at(row, "Anna", "Größmann", "anna@groessmann.example", is_self=True)
    await execute("UPDATE customer SET owner = $1", cast.petra.id)
    await thanks(cast)
    await delivered(await fetch_value("SELECT id FROM customer"))
    assert sum(await asyncio.gather(*(send_event_mails(now=NOW) for _ in range(4)))) == 1
    assert len(await outbox()) == 1
    assert await fetch_value("SELECT count(*) FROM interaction") == 1


async def test_only_a_template_without_gaps_can_be_sent_by_a_rule(cast: Cast) -> None:
    gap = await add_template({**THANKS, "body_en": "{?what}"}, by=cast.eva.id, now=NOW)
    retired = await add_template(THANKS, by=cast.eva.id, now=NOW)
    await retire_template(retired, True, by=cast.eva.id, now=NOW)
    for template in (gap, retired, 10**9):
        with pytest.raises(Invalid):
            await demand_fitting_template(template)
    with pytest.raises(Invalid):
        await change_rule("rhythm", {"mail_template_id": gap}, None, by=cast.eva.id, now=NOW)


async def test_a_lead_chooses_the_mail_and_sees_it(browser: Browser, cast: Cast, petras: Client) -> None:
    template = await thanks(cast)
    await delivered(petras.customer, on=datetime.now(UTC).date() - timedelta(days=3))
    await browser.log_in(cast.eva)
    page = (await browser.get("/follow-up-rules/delivered")).text
    assert "Das bekäme Anna" in page
    assert "vielen Dank." in page
    assert "E-Mail: Dank" in (await browser.get("/follow-up-rules")).text
    shown = await browser.get(f"/follow-up-rules/delivered/example?mail_template_id={template}")
    assert "Danke für A-77" in shown.text
    for wrong in ("x", "", "999999999", "%00", "9" * 40):
        assert (await browser.get(f"/follow-up-rules/delivered/example?mail_template_id={wrong}")).status_code == 200
    await execute("UPDATE customer SET no_automatic_answers = true")
    assert "keine automatischen Antworten" in (await browser.get("/follow-up-rules/delivered")).text
    values: dict[str, Any] = {
        "version": (await follow_up_rule("delivered")).version, "is_on": "1", "days": "2", "text_de": "Fragen", "text_en": "Ask",
        "mail_template_id": str(template), **{f"status-{code}": "1" for code in ("prospect", "customer", "former")},
        **{f"level-{code}": "1" for code in ("basic", "silver", "gold")},
    }  # fmt: skip
    assert (await browser.post("/follow-up-rules/delivered", values)).status_code == 303
    assert (await follow_up_rule("delivered")).days == 2
    gap = await add_template({**THANKS, "body_de": "{?was}"}, by=cast.eva.id, now=NOW)
    values |= {"mail_template_id": str(gap), "version": (await follow_up_rule("delivered")).version}
    refused = await browser.post("/follow-up-rules/delivered", values)
    assert refused.status_code == 422
    assert "Lücken" in refused.text
    changed = await browser.api("PATCH", "/follow-up-rules/delivered", {"mail_template_id": None})
    assert changed.json()["mail_template_id"] is None


async def test_the_history_says_that_nobody_wrote_it(browser: Browser, cast: Cast, petras: Client) -> None:
    await thanks(cast)
    await delivered(petras.customer)
    await send_event_mails(now=NOW)
    await browser.log_in(cast.petra)
    assert "automatisch" in (await browser.get(f"/customers/{petras.customer}")).text
    contact = await fetch_value("SELECT id FROM interaction WHERE channel = 'email'")
    assert "automatisch" in (await browser.get(f"/interactions/{contact}")).text


async def test_a_mail_by_hand_that_never_arrived_is_no_contact(
    cast: Cast, petras: Client, post_office: Postman
) -> None:
    before = await fetch_one("SELECT last_contact_at, interactions FROM customer_figures")
    written = await write_mail(to(petras), by=cast.petra.id, now=NOW)
    assert await fetch_value("SELECT last_contact_at FROM customer_figures") > before["last_contact_at"]  # type: ignore[index]
    post_office.answers = ["550 no such user"]
    await send_message(written.outbox_id, now=NOW)
    for _twice in range(2):
        await tell_writers(NOW)
    assert await fetch_one("SELECT last_contact_at, interactions FROM customer_figures") == before
    await send_again(written.interaction_id, by=cast.petra.id, now=NOW)
    assert await fetch_value("SELECT interactions FROM customer_figures") == 2
