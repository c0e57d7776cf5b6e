"""Double opt-in: the mail, the page behind its link, and what confirms."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crm.consents.actions import record_event
from crm.consents.confirmation_links import PER_DAY
from crm.consents.confirming import Expired, ask_again, asked_by, confirm_consent, renew_link
from crm.consents.expiring import expire_consents
from crm.consents.gate import permission_for
from crm.consents.many import decisions_for
from crm.consents.tables import ConsentEventKind as Event
from crm.consents.tables import ConsentSource as Source
from crm.database import Row, execute, fetch, fetch_one, fetch_value
from crm.errors import NotFound, RuleBroken
from tests.browser import Browser
from tests.cast import Cast
from tests.consents.conftest import NOW, Client
from tests.consents.test_recording import record

SOON = NOW + timedelta(hours=1)
LATE = NOW + timedelta(days=15)


async def mails() -> list[Row]:
    return await fetch("SELECT * FROM outbox_message WHERE purpose = 'confirmation' ORDER BY id")


async def token(number: int = -1) -> str:
    """What stands in the newest link that was mailed (or another)."""
    found = re.search(r"/consents/confirmation/(\S+)", (await mails())[number].text)
    assert found is not None
    return found[1]


async def status(client: Client, now: datetime) -> str:
    return (await permission_for(person_id=client.person, purpose="newsletter", channel="email", now=now)).code


async def test_what_must_be_confirmed_is_asked_for_by_mail(anna: Client) -> None:
    await record(anna.person, Event.GIVEN)

    (mail,) = await mails()
    assert (mail.to_address.lower(), mail.status, mail.language) == (anna.email.lower(), "queued", "de")
    assert "Ich möchte den Newsletter per E-Mail erhalten." in mail.text
    assert "Das waren nicht Sie?" in mail.text
    stored = await fetch_one("SELECT token_hash, expires_at FROM consent_confirmation")
    assert stored is not None
    assert (await token()).encode() not in bytes(stored.token_hash)
    assert stored.expires_at == NOW + timedelta(days=14)


@pytest.mark.parametrize(
    "fields",
    [
        {"source": Source.PAPER}, {"purpose": "offers", "channel": "phone"}, {"purpose": "advice", "channel": "processing"},
    ],
)  # fmt: skip
async def test_what_counts_at_once_sends_no_mail(anna: Client, fields: dict[str, Any]) -> None:
    await record(anna.person, Event.GIVEN, **fields)

    assert await mails() == []


async def test_a_yes_of_long_ago_that_was_taken_back_since_sends_no_mail(anna: Client) -> None:
    await record(anna.person, Event.WITHDRAWN)
    await record(anna.person, Event.GIVEN, at=NOW - timedelta(days=3))

    assert await mails() == []


async def test_saying_yes_again_after_confirming_sends_no_second_mail(anna: Client) -> None:
    await record(anna.person, Event.GIVEN)
    await confirm_consent(await token(), now=SOON)
    await record(anna.person, Event.GIVEN, now=SOON + timedelta(minutes=1))

    assert len(await mails()) == 1


async def test_looking_confirms_nothing_and_pressing_does(anna: Client) -> None:
    await record(anna.person, Event.GIVEN)
    link = await token()

    asked = await asked_by(link, SOON)
    assert asked.wording.startswith("Ich möchte den Newsletter")
    assert await status(anna, SOON) == "consent_pending"

    assert await confirm_consent(link, ip_address="192.0.2.7", now=SOON) == "de"
    assert await status(anna, SOON) == "consent_given"
    event = await fetch_one(
        "SELECT e.source, e.wording_version, y.fields ->> 'mailbox' AS mailbox, y.fields ->> 'ip' AS ip FROM consent_event e "
        "JOIN consent_payload y ON y.id = e.payload_id WHERE e.event = 'confirmed'"
    )
    assert event is not None
    assert tuple(event) == ("web_form", 1, anna.email, "192.0.2.7")


async def test_a_link_works_once_and_a_second_press_does_no_harm(anna: Client) -> None:
    await record(anna.person, Event.GIVEN)
    link = await token()
    await confirm_consent(link, now=SOON)

    await confirm_consent(link, now=SOON + timedelta(seconds=2))
    with pytest.raises(NotFound):
        await asked_by(link, SOON)
    with pytest.raises(NotFound):
        await confirm_consent(link, now=SOON + timedelta(hours=2))
    assert await fetch_value("SELECT count(*) FROM consent_event WHERE event = 'confirmed'") == 1


@pytest.mark.parametrize("forged", ["", "x", "a" * 43, "%00", "ä" * 500])
async def test_a_forged_link_is_nothing(anna: Client, forged: str) -> None:
    await record(anna.person, Event.GIVEN)

    with pytest.raises(NotFound):
        await asked_by(forged, SOON)
    with pytest.raises(NotFound):
        await confirm_consent(forged, now=SOON)


async def test_a_mailbox_that_is_no_longer_theirs_confirms_nothing(anna: Client) -> None:
    await record(anna.person, Event.GIVEN)
    link = await token()
    await execute("UPDATE email_address SET address = 'richtig@groessmann.example' WHERE person = $1", anna.person)

    with pytest.raises(NotFound):
        await asked_by(link, SOON)
    with pytest.raises(NotFound):
        await confirm_consent(link, now=SOON)
    assert await status(anna, SOON) == "consent_pending"


async def test_who_was_merged_still_confirms_from_their_mailbox(anna: Client, studio: Client) -> None:
    await record(anna.person, Event.GIVEN)
    link = await token()
    await execute("UPDATE person SET merged_into = $2 WHERE id = $1", anna.person, studio.person)
    await execute("UPDATE email_address SET person = $2 WHERE person = $1", anna.person, studio.person)

    assert await confirm_consent(link, now=SOON) == "de"


async def test_a_late_click_never_undoes_a_withdrawal(anna: Client) -> None:
    await record(anna.person, Event.GIVEN)
    await record(anna.person, Event.WITHDRAWN, now=SOON)

    with pytest.raises(NotFound):
        await confirm_consent(await token(), now=SOON + timedelta(minutes=1))
    assert await status(anna, LATE) == "consent_withdrawn"


async def test_a_link_for_an_older_wording_does_not_confirm_a_newer_one(anna: Client) -> None:
    await record(anna.person, Event.GIVEN)
    await execute(
        "INSERT INTO wording (purpose, version, language, text, valid_from) SELECT id, 2, 'de', 'Neu', $1 FROM purpose "
        "WHERE code = 'newsletter'", NOW,
    )  # fmt: skip
    await record(anna.person, Event.GIVEN, wording_version=2, now=SOON)

    with pytest.raises(NotFound):
        await confirm_consent(await token(0), now=SOON + timedelta(minutes=1))
    await confirm_consent(await token(1), now=SOON + timedelta(minutes=1))


async def test_a_new_link_in_place_of_an_expired_one_goes_to_the_same_address(anna: Client) -> None:
    await record(anna.person, Event.GIVEN)
    old = await token()
    with pytest.raises(Expired):
        await asked_by(old, LATE)
    with pytest.raises(Expired):
        await confirm_consent(old, now=LATE)

    await renew_link(old, now=LATE)

    assert [mail.to_address.lower() for mail in await mails()] == [anna.email.lower()] * 2
    await confirm_consent(await token(), now=LATE)
    assert await status(anna, LATE) == "consent_given"


async def test_what_was_noted_as_expired_waits_again_when_a_new_link_is_asked_for(anna: Client) -> None:
    await record(anna.person, Event.GIVEN)
    old = await token()
    assert await expire_consents(now=LATE) == 1
    assert await status(anna, LATE) == "consent_expired"
    with pytest.raises(Expired):
        await asked_by(old, LATE)

    await renew_link(old, now=LATE + timedelta(minutes=1))
    await confirm_consent(await token(), now=LATE + timedelta(minutes=2))

    assert await status(anna, LATE + timedelta(minutes=3)) == "consent_given"


async def test_nobody_else_gets_the_new_link(anna: Client) -> None:
    await record(anna.person, Event.GIVEN)
    await execute("UPDATE email_address SET address = 'fremd@example.com' WHERE person = $1", anna.person)

    await renew_link(await token(), now=LATE)

    assert len(await mails()) == 1


async def test_a_letter_box_is_not_flooded(anna: Client, cast: Cast) -> None:
    await record(anna.person, Event.GIVEN)
    for _n in range(PER_DAY - 1):
        await ask_again(person_id=anna.person, purpose="newsletter", by=cast.petra.id, now=SOON)

    with pytest.raises(RuleBroken):
        await ask_again(person_id=anna.person, purpose="newsletter", by=cast.petra.id, now=SOON)
    await ask_again(person_id=anna.person, purpose="newsletter", by=cast.petra.id, now=SOON + timedelta(days=1))
    assert len(await mails()) == PER_DAY + 1


async def test_nothing_is_sent_where_nothing_waits(anna: Client, cast: Cast) -> None:
    with pytest.raises(RuleBroken):
        await ask_again(person_id=anna.person, purpose="newsletter", by=cast.petra.id, now=NOW)


async def test_an_address_without_a_person_is_asked_itself(studio: Client) -> None:
    await record_event(
        address="Info@Yildiz.example", purpose="newsletter", channel="email", event=Event.GIVEN, source=Source.PHONE,
        wording_version=1, by=None, now=NOW,
    )  # fmt: skip

    assert [mail.to_address for mail in await mails()] == ["info@yildiz.example"]
    await confirm_consent(await token(), now=SOON)
    answer = await permission_for(address="info@yildiz.example", purpose="newsletter", channel="email", now=SOON)
    assert answer.allowed


async def test_the_pages_of_a_link(browser: Browser, anna: Client) -> None:
    await record(anna.person, Event.GIVEN, now=datetime.now(UTC))
    path = f"/consents/confirmation/{await token()}"

    shown = await browser.get(path)
    pressed = await browser.client.post(path)
    thanked = await browser.get(pressed.headers["location"])
    again = await browser.client.post(path)
    used = await browser.get(path)

    assert shown.status_code == 200
    assert "Ich möchte den Newsletter per E-Mail erhalten." in shown.text
    assert "Anna" not in shown.text
    assert "nahbar_csrf" not in shown.headers.get("set-cookie", "")
    assert pressed.status_code == again.status_code == 303
    assert "Danke" in thanked.text
    assert 'href="/preferences?lang=de"' in thanked.text
    assert used.status_code == 404
    assert "Newsletter" not in used.text
    assert 'href="/preferences?lang=de"' in used.text


async def test_the_page_of_an_expired_link_reveals_nothing_and_offers_a_new_one(browser: Browser, anna: Client) -> None:
    await record(anna.person, Event.GIVEN, now=datetime.now(UTC))
    await execute("UPDATE consent_confirmation SET expires_at = created_at")
    path = f"/consents/confirmation/{await token()}"

    shown = await browser.get(path)
    renewed = await browser.client.post(f"{path}/renewal")
    forged = await browser.client.post("/consents/confirmation/forged/renewal")

    assert shown.status_code == 410
    assert "Newsletter" not in shown.text
    assert f"{path}/renewal?lang=de" in shown.text
    assert renewed.headers["location"] == forged.headers["location"]
    assert len(await mails()) == 2


async def test_who_asks_for_a_new_link_is_answered_in_their_language(browser: Browser) -> None:
    for given, kept in (("en", "&lang=en"), ("de", "&lang=de"), ("xx%0d", "")):
        answer = await browser.client.post(f"/consents/confirmation/forged/renewal?lang={given}")
        assert answer.headers["location"] == f"/consents/confirmed?done=link{kept}"


@pytest.mark.parametrize("accepted", ["de", "en"])
async def test_a_forged_link_gets_a_friendly_page(browser: Browser, accepted: str) -> None:
    answer = await browser.get("/consents/confirmation/forged", headers={"accept-language": accepted})

    assert answer.status_code == 404
    assert ("Dieser Link gilt nicht mehr" if accepted == "de" else "no longer works") in answer.text
    assert "renewal" not in answer.text
    assert f'href="/preferences?lang={accepted}"' in answer.text


async def test_petra_sends_the_link_again_from_the_page(browser: Browser, cast: Cast, anna: Client) -> None:
    await record(anna.person, Event.GIVEN, now=datetime.now(UTC))
    await browser.log_in(cast.petra)
    path = f"/persons/{anna.person}/consents/confirmation-links"

    assert path in (await browser.get(f"/persons/{anna.person}/consents")).text
    answers = [await browser.post(path, {"purpose": "newsletter"}) for _n in range(PER_DAY)]

    assert [answer.status_code for answer in answers] == [303, 303, 422]
    assert "Versuchen Sie es morgen wieder." in answers[-1].text


async def add_address(client: Client, address: str, position: int) -> None:
    await execute(
        "INSERT INTO email_address (person, address, position) VALUES ($1, $2, $3)", client.person, address, position
    )


async def code(client: Client, address: str) -> str:
    asked = await permission_for(
        person_id=client.person, address=address, purpose="newsletter", channel="email", now=NOW + timedelta(hours=4)
    )
    return asked.code


async def test_a_confirmation_counts_for_the_address_that_confirmed_alone(anna: Client, cast: Cast) -> None:
    """Whoever adds another address, or a stranger's by mistake, has no proof that its mailbox said yes (BGH I ZR 164/09)."""
    await record(anna.person, Event.GIVEN)
    await confirm_consent(await token(), now=SOON)
    await add_address(anna, "privat@anna.example", 1)
    assert await code(anna, anna.email.upper()) == "consent_given"
    assert await code(anna, "privat@anna.example") == "consent_elsewhere"
    first, other = await decisions_for(
        [(anna.person, anna.email), (anna.person, "privat@anna.example")],
        purpose="newsletter",
        channel="email",
        now=LATE,
    )
    assert (first.allowed, other.code) == (True, "consent_elsewhere")

    await execute("UPDATE email_address SET position = 5 WHERE lower(address) = lower($1)", anna.email)
    await ask_again(person_id=anna.person, purpose="newsletter", by=cast.petra.id, now=NOW + timedelta(hours=2))
    assert (await mails())[-1].to_address == "privat@anna.example"
    await confirm_consent(await token(), now=NOW + timedelta(hours=3))
    assert await code(anna, "privat@anna.example") == "consent_given"
    assert await code(anna, anna.email) == "consent_given", "the earlier one is still proved"
    with pytest.raises(RuleBroken):
        await ask_again(person_id=anna.person, purpose="newsletter", by=cast.petra.id, now=NOW + timedelta(hours=4))


async def test_a_signed_paper_counts_for_every_address(anna: Client) -> None:
    await record(anna.person, Event.GIVEN, source=Source.PAPER)
    await add_address(anna, "privat@anna.example", 1)
    assert await code(anna, "privat@anna.example") == "consent_given"


async def test_the_page_says_for_which_address_it_was_confirmed(browser: Browser, anna: Client, cast: Cast) -> None:
    await record(anna.person, Event.GIVEN)
    await confirm_consent(await token(), now=SOON)
    await browser.log_in(cast.petra)
    shown = (await browser.get(f"/persons/{anna.person}/consents")).text
    assert f"bestätigt für {anna.email.lower()}" in shown
    assert "noch nicht für" not in shown
    await add_address(anna, "privat@anna.example", -1)
    shown = (await browser.get(f"/persons/{anna.person}/consents")).text
    assert "noch nicht für privat@anna.example" in shown
    assert "Link an privat@anna.example schicken" in shown


async def test_the_page_knows_that_both_addresses_confirmed(browser: Browser, anna: Client, cast: Cast) -> None:
    await record(anna.person, Event.GIVEN)
    await confirm_consent(await token(), now=SOON)
    await add_address(anna, "privat@anna.example", -1)
    await ask_again(person_id=anna.person, purpose="newsletter", by=cast.petra.id, now=NOW + timedelta(hours=2))
    await confirm_consent(await token(), now=NOW + timedelta(hours=3))
    await browser.log_in(cast.petra)
    shown = (await browser.get(f"/persons/{anna.person}/consents")).text
    assert "bestätigt für privat@anna.example" in shown
    assert "noch nicht für" not in shown
    assert "Link an" not in shown


async def test_without_any_address_no_link_is_offered(browser: Browser, anna: Client, cast: Cast) -> None:
    await record(anna.person, Event.GIVEN)
    await confirm_consent(await token(), now=SOON)
    await execute("DELETE FROM email_address WHERE person = $1", anna.person)
    await browser.log_in(cast.petra)
    shown = (await browser.get(f"/persons/{anna.person}/consents")).text
    assert f"bestätigt für {anna.email.lower()}" in shown
    assert "noch nicht für" not in shown
    assert "confirmation-links" not in shown
