"""What once went wrong with calls to return, and with what stands around them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from crm.customers.actions import add_person, create_organisation
from crm.customers.data import OrganisationData, PersonData
from crm.database import execute, fetch_one, fetch_value
from crm.interactions.calls.forms import parse_call_back
from crm.interactions.calls.listing import call_backs
from crm.interactions.calls.noting import NewCallBack, note_call_back
from crm.interactions.calls.reminding import when_to_remind
from crm.interactions.calls.returning import call_returned
from crm.interactions.calls.tables import CallBackKind
from crm.interactions.deleting import delete_interaction
from crm.interactions.observations.listing import sources
from crm.interactions.tables import ContactDeletion
from tests.browser import Browser
from tests.cast import LONG_AGO, Cast

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
NUMBER = "+49911551230"


@pytest.fixture
async def known(cast: Cast) -> int:
    return await create_organisation(
        OrganisationData(name="Größmann Küchen GmbH", phone=NUMBER), by=cast.petra.id, now=LONG_AGO
    )


async def test_a_person_who_has_left_the_customer_meanwhile_is_no_hindrance(cast: Cast, known: int) -> None:
    anna = await add_person(known, PersonData("Anna", "Größmann"), by=cast.petra.id, now=LONG_AGO)
    wish = NewCallBack(CallBackKind.WANTED, "", "Anna", customer_id=known, person_id=anna)
    number = await note_call_back(wish, by=cast.petra.id, now=NOW)
    await execute("DELETE FROM affiliation WHERE person = $1", anna)
    contact = await call_returned(number, "Alles geklärt.", by=cast.petra.id, now=NOW)
    assert await fetch_value("SELECT person FROM interaction WHERE id = $1", contact) is None


async def test_not_known_yet_is_believed(cast: Cast, known: int) -> None:
    wish = parse_call_back({"kind": "wanted", "number": NUMBER, "caller": ""}, NOW)
    number = await note_call_back(wish, by=cast.petra.id, now=NOW)
    assert await fetch_value("SELECT customer FROM call_back WHERE id = $1", number) is None
    named = parse_call_back({"kind": "wanted", "number": NUMBER}, NOW)
    other = await note_call_back(named, by=cast.petra.id, now=NOW)
    assert await fetch_value("SELECT customer FROM call_back WHERE id = $1", other) == known


async def test_what_was_said_goes_with_its_contact(cast: Cast, known: int) -> None:
    wish = NewCallBack(CallBackKind.WANTED, "", "Anna", customer_id=known)
    number = await note_call_back(wish, by=cast.petra.id, now=NOW)
    contact = await call_returned(number, "Vertraulich.", by=cast.petra.id, now=NOW)
    assert (await call_backs("done", cast.petra.id)).rows[0].result == "Vertraulich."
    assert contact is not None
    await delete_interaction(contact, ContactDeletion.DUPLICATE, "", by=cast.petra.id, now=NOW)
    assert (await call_backs("done", cast.petra.id)).rows[0].result == ""


def test_who_can_be_reached_until_then_only_is_called_in_time() -> None:
    soon = NOW + timedelta(minutes=15)
    assert when_to_remind(NOW, None, NOW) == NOW + timedelta(minutes=30)
    assert when_to_remind(NOW, soon, NOW) == NOW + timedelta(minutes=10)
    assert when_to_remind(NOW, NOW + timedelta(minutes=2), NOW) == NOW + timedelta(minutes=1)
    assert when_to_remind(soon, None, NOW) == soon


async def test_the_source_of_a_restricted_customers_observation_is_offered_to_nobody(cast: Cast, known: int) -> None:
    contact = await fetch_value(
        "INSERT INTO interaction (customer, channel, direction, text, at, is_moment_of_truth, version) "
        "VALUES ($1, 'word_of_mouth', 'inbound', 'x', now(), false, 1) RETURNING id",
        known,
    )
    await execute("INSERT INTO observation (interaction, source, link) VALUES ($1, 'Herr Quitterer', '')", contact)
    assert await sources() == ["Herr Quitterer"]
    await execute("UPDATE customer SET restricted_at = now() WHERE id = $1", known)
    assert await sources() == []


async def test_a_null_byte_in_a_filter_is_no_trouble(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.petra)
    for name in ("source", "channel", "touchpoint"):
        assert (await browser.api("GET", f"/observations?{name}=%00")).status_code in (200, 422), name


async def test_a_mail_of_the_end_of_time_does_not_stop_the_letter_box(cast: Cast) -> None:
    from crm.interactions.mails.reading import read_mail

    mail = read_mail(b"From: a@x.example\r\nTo: b\x00@y.example\r\nDate: Fri, 31 Dec 9999 23:59:59 -1200\r\n\r\nx")
    assert mail.at is None
    assert all("\x00" not in address for address in mail.recipients)


async def test_files_stay_out_of_frames(browser: Browser, cast: Cast) -> None:
    row = await fetch_one("SELECT 1 AS one")
    assert row is not None
    await browser.log_in(cast.petra)
    assert (await browser.get("/")).headers["x-frame-options"] == "DENY"
