"""One click in a mail program ends a newsletter (RFC 8058): the headers, the foot, and the endpoint."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest

from crm.accounts.company import signing_secret
from crm.consents.actions import record_event
from crm.consents.chain import address_key
from crm.consents.gate import permission_for
from crm.consents.preference_links import Way, holder_of, make_link
from crm.consents.sending import Outcome, queue_mail, send_message
from crm.consents.tables import ConsentEventKind as Event
from crm.consents.tables import ConsentSource as Source
from crm.database import execute, fetch, fetch_value
from crm.mail.message import Copy
from crm.privacy.preferences.choosing import refuse
from tests.browser import Browser
from tests.consents.conftest import Client
from tests.consents.test_recording import record
from tests.mail.conftest import Postman

NOW = datetime.now(UTC).replace(microsecond=0)


async def sent(client: Client, purpose: str, now: datetime = NOW, **more: object) -> None:
    values: dict[str, object] = {"language": "de", "html": "<html><body><p>Neues</p></body></html>", **more}
    new = await queue_mail(
        purpose=purpose, to_address=client.email, subject="Neues", text="Neues aus der Küche", now=now, person_id=client.person, **values
    )  # type: ignore[arg-type]  # fmt: skip
    assert new is not None
    assert await send_message(new, now=now) == Outcome.SENT


async def link_of(client: Client, *, purpose: str = "newsletter", now: datetime = NOW, bare: bool = False) -> str:
    purpose_id = await fetch_value("SELECT id FROM purpose WHERE code = $1", purpose)
    person = None if bare else client.person
    return await make_link(person, client.email, way=Way.MAILED, purpose_id=purpose_id, now=now)


async def events() -> list[tuple[str, str, str]]:
    rows = await fetch("SELECT event, purpose, channel FROM consent_event WHERE source = 'preference_page' ORDER BY id")
    return [(row.event, row.purpose, row.channel) for row in rows]


async def may(client: Client, purpose: str = "newsletter") -> str:
    answer = await permission_for(
        person_id=client.person, address=client.email, purpose=purpose, channel="email", now=NOW + timedelta(days=1)
    )
    return answer.code


async def test_every_advertising_mail_carries_the_headers_and_the_line(anna: Client, post_office: Postman) -> None:
    await record(anna.person, Event.GIVEN, source=Source.PAPER, now=NOW)
    await sent(anna, "newsletter")

    [mail] = post_office.received
    address = mail["list-unsubscribe"].strip("<>")
    assert mail["list-unsubscribe-post"] == "List-Unsubscribe=One-Click"
    assert urlsplit(address).path.startswith("/preferences/m")
    assert address.endswith("/unsubscribe")
    for kind in ("plain", "html"):
        body = mail.get_body((kind,))
        assert body is not None
        words = body.get_content()
        assert address in words
        assert "jederzeit widersprechen" in words
        assert "Alle Ihre Einstellungen" in words
    assert (
        f"List-Unsubscribe: <{address}>\r\n".encode() in post_office.raw[0]
    )  # no mail program decodes it (RFC 2369, RFC 8058)
    assert "groessmann" not in address.lower()
    assert (
        re.search(r"[ ;\"]color:#", mail.get_body(("html",)).get_content()) is None
    )  # mail programs show a letter light or dark
    assert mail.get_body(("html",)).get_content().rstrip().endswith("</body></html>")


async def test_the_line_speaks_the_readers_language(anna: Client, post_office: Postman) -> None:
    await record(anna.person, Event.GIVEN, source=Source.PAPER, now=NOW)
    await sent(anna, "newsletter", language="en", html="")

    text = post_office.received[0].get_body(("plain",))
    assert text is not None
    assert "You may object" in text.get_content()


@pytest.mark.parametrize("purpose", ["service", "correspondence", "contract", "privacy"])
async def test_no_other_mail_does(anna: Client, post_office: Postman, purpose: str) -> None:
    await sent(anna, purpose)

    [mail] = post_office.received
    assert "list-unsubscribe" not in mail
    assert "list-unsubscribe-post" not in mail
    assert "/preferences" not in mail.as_string()


async def test_advertising_goes_to_one_reader_alone(anna: Client, post_office: Postman) -> None:
    """The links at its foot are the addressee's: nobody in copy gets to use them."""
    await record(anna.person, Event.GIVEN, source=Source.PAPER, now=NOW)
    await sent(anna, "newsletter", copies=(Copy("wer@x.example"),))

    assert post_office.recipients == [anna.email.replace("Groessmann", "groessmann")]


async def test_one_click_needs_no_cookie_and_no_token(browser: Browser, anna: Client) -> None:
    await record(anna.person, Event.GIVEN, source=Source.PAPER, now=NOW)
    assert await may(anna) == "consent_given"

    answer = await browser.client.post(f"{await link_of(anna)}/unsubscribe", data={"List-Unsubscribe": "One-Click"})

    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers
    assert await may(anna) == "consent_withdrawn"


async def test_a_click_counts_once_however_often_it_comes(browser: Browser, anna: Client) -> None:
    await record(anna.person, Event.GIVEN, source=Source.PAPER, now=NOW)
    link = await link_of(anna)

    answers = [(await browser.client.post(f"{link}/unsubscribe")).status_code for _again in range(40)]

    assert set(answers) == {200}
    assert await events() == [("withdrawn", "newsletter", "email")]


async def test_what_rests_on_no_consent_is_objected_to(browser: Browser, anna: Client) -> None:
    await browser.client.post(f"{await link_of(anna, purpose='offers')}/unsubscribe")

    assert await events() == [("objected", "offers", "email")]
    assert await may(anna, "offers") == "consent_objected"


@pytest.mark.parametrize("body", [b"", b"\x00\xff", b"{", b"List-Unsubscribe=One-Click"])
@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data", "application/json", ""])
async def test_whatever_the_mail_program_sends_it_works(browser: Browser, anna: Client, body: bytes, kind: str) -> None:
    answer = await browser.client.post(
        f"{await link_of(anna)}/unsubscribe", content=body, headers={"content-type": kind} if kind else {}
    )

    assert answer.status_code == 200
    assert await events() == [("objected", "newsletter", "email")]


async def test_looking_changes_nothing_and_shows_a_button(browser: Browser, anna: Client) -> None:
    """Mail programs open links to check them."""
    answer = await browser.client.get(f"{await link_of(anna)}/unsubscribe")

    assert answer.status_code == 200
    assert re.search(r"<button[^>]*type=.submit.[^>]*>(<span>)?Abbestellen", answer.text)
    assert "<script" not in answer.text
    assert await events() == []


async def test_a_withdrawal_works_with_a_link_of_years_ago(browser: Browser, anna: Client) -> None:
    await record(anna.person, Event.GIVEN, source=Source.PAPER, now=NOW)
    old = await link_of(anna, now=NOW - timedelta(days=2000))

    assert (await browser.client.post(f"{old}/unsubscribe")).status_code == 200
    assert await may(anna) == "consent_withdrawn"


async def test_a_withdrawal_works_for_whoever_was_merged(browser: Browser, anna: Client, studio: Client) -> None:
    await record(studio.person, Event.GIVEN, source=Source.PAPER, now=NOW)
    link = await link_of(anna)
    await execute("UPDATE person SET merged_into = $2 WHERE id = $1", anna.person, studio.person)

    assert (await browser.client.post(f"{link}/unsubscribe")).status_code == 200
    assert await may(studio) == "consent_withdrawn"


async def test_a_withdrawal_works_for_whoever_is_restricted(browser: Browser, anna: Client) -> None:
    await record(anna.person, Event.GIVEN, source=Source.PAPER, now=NOW)
    await execute("UPDATE person SET restricted_at = $2 WHERE id = $1", anna.person, NOW)
    link = await link_of(anna)

    page = await browser.client.get(link)
    assert "Größmann" not in page.text
    assert (await browser.client.post(f"{link}/unsubscribe")).status_code == 200
    assert [event for event, _purpose, _channel in await events()] == ["withdrawn"]


async def test_the_holder_of_an_old_mailbox_says_no_for_it_too(browser: Browser, anna: Client) -> None:
    link = await link_of(anna)
    await execute("UPDATE email_address SET address = 'neu@groessmann.example' WHERE person = $1", anna.person)

    await browser.client.post(f"{link}/unsubscribe")

    for person, address in ((anna.person, None), (None, anna.email)):
        answer = await permission_for(
            person_id=person, address=address, purpose="newsletter", channel="email", now=NOW + timedelta(days=1)
        )
        assert answer.code == "consent_objected"


async def test_an_address_without_a_person_can_be_unsubscribed(browser: Browser, anna: Client) -> None:
    newsletter = await fetch_value("SELECT id FROM purpose WHERE code = 'newsletter'")
    link = await make_link(None, "Info@Yildiz.example", way=Way.MAILED, purpose_id=newsletter, now=NOW)

    await browser.client.post(f"{link}/unsubscribe")

    answer = await permission_for(
        address="info@yildiz.example", purpose="newsletter", channel="email", now=NOW + timedelta(days=1)
    )
    assert answer.code == "consent_objected"


@pytest.mark.parametrize("crooked", ["x", "m1-2500-1-" + "a" * 26, "h9-9-9-" + "b" * 26, "%00", "m1", "9" * 5000])
async def test_a_forged_link_reveals_nothing_and_does_nothing(browser: Browser, anna: Client, crooked: str) -> None:
    for path in (f"/preferences/{crooked}", f"/preferences/{crooked}/unsubscribe"):
        assert (await browser.client.get(path)).status_code in (400, 404)
    for part in ("unsubscribe", "refusals", "consents", "requests", "language"):
        answer = await browser.client.post(f"/preferences/{crooked}/{part}", data={"what": "all"})
        assert answer.status_code in (400, 404)
        assert "Größmann" not in answer.text
    assert await events() == []


async def test_a_no_of_the_address_is_no_no_of_the_person(browser: Browser, anna: Client) -> None:
    """Her own consent is taken back too, so that it does not come back with her next address."""
    await record(anna.person, Event.GIVEN, source=Source.PAPER, now=NOW)
    await record_event(
        address=anna.email, purpose="newsletter", channel="email", event=Event.WITHDRAWN, source=Source.OTHER, by=None, now=NOW,
    )  # fmt: skip

    assert (await browser.client.post(f"{await link_of(anna)}/unsubscribe")).status_code == 200
    await execute("UPDATE email_address SET address = 'neu@groessmann.example' WHERE person = $1", anna.person)

    assert await events() == [("withdrawn", "newsletter", "email")]
    answer = await permission_for(
        person_id=anna.person, address="neu@groessmann.example", purpose="newsletter", channel="email", now=NOW + timedelta(days=1)
    )  # fmt: skip
    assert answer.code == "consent_withdrawn"


@pytest.mark.parametrize("is_hidden", [False, True])
async def test_everything_is_taken_back_for_every_address(anna: Client, is_hidden: bool) -> None:
    """The other address came with a sale, so advertising may go there without consent (UWG § 7 (3)) until she says no."""
    second = "b@groessmann.example"
    await execute("UPDATE purpose SET is_own_similar = true WHERE code = 'newsletter'")
    await execute(
        "INSERT INTO email_address (person, address, position, kind) VALUES ($1, $2, 1, '')", anna.person, second
    )
    order = await fetch_value(
        "INSERT INTO customer_order (customer, number, ordered_on, status, currency, channel) "
        "VALUES ($1, 'A-1', '2026-01-02', 'open', 'EUR', '') RETURNING id",
        anna.customer,
    )  # fmt: skip
    await execute(
        "INSERT INTO address_origin (address_key, customer_order, told_on, how) VALUES ($1, $2, '2026-01-02', '')",
        address_key(await signing_secret(), second), order,
    )  # fmt: skip
    if is_hidden:
        await record_event(
            address=anna.email,
            purpose="newsletter",
            channel="email",
            event=Event.OBJECTED,
            source=Source.OTHER,
            by=None,
            now=NOW,
        )

    async def second_may() -> str:
        answer = await permission_for(
            person_id=anna.person, address=second, purpose="newsletter", channel="email", now=NOW + timedelta(days=1)
        )
        return answer.code

    assert await second_may() == "existing_customer"
    link = await make_link(anna.person, anna.email, way=Way.MAILED, now=NOW)
    holder = await holder_of(link.rsplit("/", 1)[1], NOW)
    assert holder is not None
    assert await refuse(holder, None, now=NOW)
    assert await second_may() == "consent_objected"
    assert await refuse(holder, None, now=NOW) == 0, "what was said already writes nothing"
