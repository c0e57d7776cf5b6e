""" "May I ...": the card on the customer's page."""

from __future__ import annotations

from datetime import timedelta

import pytest

from crm.consents.may_contact import MayRow, may_contact
from crm.consents.tables import ConsentEventKind as Event
from crm.consents.tables import ConsentSource as Source
from crm.database import Statements, counted
from crm.web.i18n import speaking
from tests.consents.conftest import NOW, Client, customer
from tests.consents.test_recording import record

LATER = NOW + timedelta(days=1)


async def card(client: Client) -> dict[str, MayRow]:
    with speaking("de"):
        return {row.channel: row for row in await may_contact(client.customer, LATER)}


async def test_where_nothing_was_said_there_is_no_advertising_but_letters(anna: Client) -> None:
    rows = await card(anna)

    assert [(row.label, row.sentence, row.tone) for row in rows.values()] == [
        ("E-Mail", "keine Werbung", "neutral"),
        ("Telefon", "keine Werbung", "neutral"),
        ("Brief", "ja, bis jemand widerspricht", "neutral"),
        ("Umfrage", "keine Einwilligung", "neutral"),
    ]


async def test_the_card_says_since_when(anna: Client) -> None:
    await record(anna.person, Event.GIVEN, source=Source.PAPER)

    row = (await card(anna))["email"]

    assert (row.sentence, row.tone) == ("Newsletter ja, seit 23.11.2026", "good")


async def test_what_waits_for_confirmation_is_said(anna: Client) -> None:
    await record(anna.person, Event.GIVEN)

    row = (await card(anna))["email"]

    assert (row.sentence, row.tone) == ("Newsletter noch nicht bestätigt", "neutral")


async def test_a_withdrawal_is_a_no(anna: Client) -> None:
    await record(anna.person, Event.GIVEN, source=Source.PAPER)
    await record(None, Event.WITHDRAWN, address=anna.email, now=NOW + timedelta(minutes=1))

    row = (await card(anna))["email"]

    assert (row.sentence, row.tone) == ("keine Werbung", "no")


async def test_an_objection_ends_letters_too(anna: Client) -> None:
    await record(anna.person, Event.OBJECTED, purpose="offers", channel="letter")

    assert (await card(anna))["letter"].tone == "no"


async def test_at_an_organisation_the_card_says_who(studio: Client) -> None:
    await record(studio.person, Event.GIVEN, source=Source.PAPER)
    await record(None, Event.WITHDRAWN, address="info@yildiz.example", purpose="survey")

    rows = await card(studio)

    assert rows["email"].sentence == "Newsletter ja (Emre Yıldız)"
    assert (rows["survey"].sentence, rows["survey"].tone) == ("nicht erwünscht (info@yildiz.example)", "no")


async def test_a_yes_to_one_thing_does_not_hide_the_no_to_another(anna: Client) -> None:
    await record(anna.person, Event.GIVEN, source=Source.PAPER)
    await record(anna.person, Event.REFUSED, purpose="offers")

    assert (await card(anna))["email"].sentence == "Newsletter ja, seit 23.11.2026; Angebote und Einladungen nein"


async def test_a_yes_of_one_person_does_not_hide_the_no_of_another(studio: Client) -> None:
    await record(studio.person, Event.GIVEN, source=Source.PAPER)
    await record(None, Event.REFUSED, address="info@yildiz.example")

    assert (await card(studio))[
        "email"
    ].sentence == "Newsletter ja (Emre Yıldız); Newsletter nein (info@yildiz.example)"


async def test_without_people_and_addresses_there_is_nothing_to_say(db: None) -> None:
    assert await may_contact(await customer("Leer GmbH", "organisation", "T-9"), LATER) == []


@pytest.mark.parametrize("events", [0, 40])
async def test_the_card_is_one_statement_however_much_was_said(studio: Client, events: int) -> None:
    for _ in range(events):
        await record(studio.person, Event.WITHDRAWN)
    statements = Statements()
    token = counted.set(statements)
    await may_contact(studio.customer, LATER)
    counted.reset(token)

    assert len(statements) == 1
