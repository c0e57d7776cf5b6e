"""Mail that leaves: once, with permission, and again later when the server says so."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crm.consents.actions import record_event
from crm.consents.sending import BACK_OFF, STALE, Outcome, queue_mail, send_message, sweep_outbox, try_again
from crm.consents.tables import ConsentEventKind, ConsentSource
from crm.database import Row, execute, fetch_one
from crm.mail.rendering import render_mail
from crm.mail.transport import check_smtp
from tests.cast import Cast, introduce
from tests.consents.conftest import customer, person_at
from tests.mail.conftest import Postman, use

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


async def queued(to: str, **fields: Any) -> int:
    """A message to a member of staff."""
    values: dict[str, Any] = {
        "purpose": "account", "to_name": "Petra Läng", "subject": "Größe & Maß", "text": "Guten Tag, Petra\n",
        "html": "<p>Guten Tag, Petra</p>", "language": "de", "now": NOW, **fields,
    }  # fmt: skip
    new = await queue_mail(to_address=to, **values)
    assert new is not None
    return new


async def message(row: int) -> Row:
    found = await fetch_one("SELECT *, permission ->> 'code' AS code FROM outbox_message WHERE id = $1", row)
    assert found is not None
    return found


async def test_a_message_arrives_as_text_and_html(cast: Cast, post_office: Postman) -> None:
    row = await queued(cast.petra.email, in_reply_to="<first@kern.example>", headers={"X-Ticket": "2291"})

    assert await send_message(row, now=NOW) == Outcome.SENT

    [mail] = post_office.received
    assert mail["from"] == "Küchen Kern <crm@kern.example>"
    assert mail["to"] == f"Petra Läng <{cast.petra.email}>"
    assert mail["subject"] == "Größe & Maß"
    assert mail["content-language"] == "de"
    assert mail["message-id"] == (await message(row)).message_id
    assert mail["message-id"].endswith("@kern.example>")
    assert (mail["in-reply-to"], mail["x-ticket"], mail["auto-submitted"]) == (
        "<first@kern.example>",
        "2291",
        "auto-generated",
    )
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    text = mail.get_body(("plain",))
    assert text is not None
    assert text.get_content().splitlines() == ["Guten Tag, Petra"]
    assert (await message(row)).status == "sent"


async def test_what_programs_read_letter_by_letter_is_never_encoded(cast: Cast, post_office: Postman) -> None:
    """Outlook's identifiers, and links with a mark in them, are longer than a line."""
    long = "<AM0PR04MB57799C8E0C8D7E3C3A0D8A40A2F09@AM0PR04MB5779.eurprd04.prod.outlook.example>"
    link = "<https://crm.kuechen-kern.example/preferences/m123456-2523-8-ymf2sdtuufonnd5gnmxptg7byi/unsubscribe>"
    row = await queued(cast.petra.email, in_reply_to=long, headers={"List-Unsubscribe": link})

    assert await send_message(row, now=NOW) == Outcome.SENT

    lines = post_office.raw[0].decode("ascii").split("\r\n")
    for line in (f"In-Reply-To: {long}", f"References: {long}", f"List-Unsubscribe: {link}"):
        assert line in lines
    [mail] = post_office.received
    assert (mail["in-reply-to"], mail["references"], mail["list-unsubscribe"]) == (long, long, link)


async def test_a_link_that_lets_somebody_in_is_forgotten_once_it_was_sent(cast: Cast, post_office: Postman) -> None:
    about_access = await queued(cast.petra.email, text="https://crm.example/password/new/geheim")
    reply = await queued("anna@groessmann.example", purpose="service", text="Guten Tag")

    await sweep_outbox(NOW)

    assert ((await message(about_access)).text, (await message(about_access)).html) == ("", "")
    assert (await message(reply)).text == "Guten Tag"


async def test_a_message_is_sent_once_however_often_it_is_asked_for(cast: Cast, post_office: Postman) -> None:
    row = await queued(cast.petra.email)

    assert [await send_message(row, now=NOW) for _ in range(3)] == [Outcome.SENT, Outcome.NOT_DUE, Outcome.NOT_DUE]
    assert len(post_office.received) == 1


async def test_of_ten_workers_one_sends(own_database: str, postman: Postman) -> None:
    cast = await introduce()
    await use(postman.port)
    row = await queued(cast.petra.email)

    outcomes = await asyncio.gather(*(send_message(row, now=NOW) for _ in range(10)))

    assert sorted(outcomes).count(Outcome.SENT) == 1
    assert len(postman.received) == 1


async def test_a_withdrawal_stops_what_is_already_queued(post_office: Postman) -> None:
    row = await customer("Anna Größmann", "person", "T-1")
    anna = await person_at(row, "Anna", "Größmann", "anna@groessmann.example", is_self=True)
    said = {"person_id": anna, "purpose": "newsletter", "channel": "email", "by": None}
    await record_event(
        **said, event=ConsentEventKind.GIVEN, source=ConsentSource.PAPER, wording_version=1, now=NOW - timedelta(days=1)
    )
    mail = await queued("anna@groessmann.example", purpose="newsletter", person_id=anna)
    assert (await message(mail)).status == "queued"
    await record_event(**said, event=ConsentEventKind.WITHDRAWN, source=ConsentSource.PHONE, now=NOW)

    assert await send_message(mail, now=NOW) == Outcome.REFUSED

    assert (await message(mail)).status == "refused"
    assert (await message(mail)).code == "consent_withdrawn"
    assert post_office.received == []


async def test_without_a_mail_server_messages_wait(cast: Cast) -> None:
    row = await queued(cast.petra.email)

    assert await send_message(row, now=NOW) == Outcome.NOT_CONFIGURED
    assert await sweep_outbox(NOW) == 0
    assert ((await message(row)).status, (await message(row)).attempts) == ("queued", 0)


async def test_switched_off_nothing_leaves(cast: Cast, post_office: Postman, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRM_MAIL", "off")
    row = await queued(cast.petra.email)

    assert await send_message(row, now=NOW) == Outcome.NOT_CONFIGURED
    assert post_office.received == []


async def test_a_passing_refusal_is_tried_again_later_and_later_and_then_fails(
    cast: Cast, post_office: Postman
) -> None:
    row = await queued(cast.petra.email)
    post_office.answers = ["451 try later"] * (len(BACK_OFF) + 1)
    moment = NOW
    for wait in BACK_OFF:
        assert await send_message(row, now=moment) == Outcome.FAILED
        assert (await message(row)).next_attempt_at == moment + wait
        assert await send_message(row, now=moment + wait - timedelta(seconds=1)) == Outcome.NOT_DUE
        moment += wait

    await send_message(row, now=moment)

    assert (await message(row)).status == "failed"
    assert "451" in (await message(row)).error

    assert await try_again(row, now=moment)
    assert await send_message(row, now=moment) == Outcome.SENT


async def test_an_address_that_does_not_exist_fails_at_once(cast: Cast, post_office: Postman) -> None:
    row = await queued(cast.petra.email)
    post_office.answers = ["550 no such user"]

    assert await send_message(row, now=NOW) == Outcome.FAILED

    assert (await message(row)).status == "failed"


async def test_a_server_that_cannot_be_reached_stops_the_sweep(cast: Cast, db: None) -> None:
    await use(9)
    rows = [await queued(cast.petra.email), await queued(cast.ali.email)]

    assert await sweep_outbox(NOW) == 0

    assert [(await message(row)).attempts for row in rows] == [1, 0]


async def test_the_sweep_sends_what_the_queue_forgot(cast: Cast, post_office: Postman) -> None:
    await queued(cast.petra.email)
    await queued(cast.ali.email)

    assert await sweep_outbox(NOW) == 2
    assert await sweep_outbox(NOW) == 0


async def test_what_a_dead_worker_had_claimed_is_sent_again_with_the_same_id(cast: Cast, post_office: Postman) -> None:
    row = await queued(cast.petra.email)
    await execute("UPDATE outbox_message SET status = 'sending', claimed_at = $2, attempts = 1 WHERE id = $1", row, NOW)

    assert await sweep_outbox(NOW + STALE) == 0
    assert await sweep_outbox(NOW + STALE + timedelta(seconds=1)) == 1

    assert post_office.received[0]["message-id"] == (await message(row)).message_id


async def test_a_sent_message_cannot_be_sent_again(cast: Cast, post_office: Postman) -> None:
    row = await queued(cast.petra.email)
    await send_message(row, now=NOW)

    assert not await try_again(row, now=NOW)


async def test_an_address_that_no_header_can_carry_fails_and_harms_nobody(cast: Cast, post_office: Postman) -> None:
    bad, good = await queued(cast.ali.email), await queued(cast.petra.email)
    await execute("UPDATE outbox_message SET to_name = $2 WHERE id = $1", bad, "x\r\nBcc: y@z.example")

    assert await send_message(bad, now=NOW) == Outcome.FAILED
    assert await send_message(good, now=NOW) == Outcome.SENT
    assert post_office.recipients == [cast.petra.email]


async def test_umlauts_in_a_domain_are_no_obstacle(post_office: Postman) -> None:
    row = await queued("info@küchen-größmann.example", purpose="service")

    assert await send_message(row, now=NOW) == Outcome.SENT
    assert post_office.recipients == ["info@xn--kchen-grmann-s9a53ayc.example"]


async def test_the_test_button_says_in_a_sentence_what_the_server_answers(postman: Postman) -> None:
    port = postman.port

    good = await check_smtp(host="127.0.0.1", port=port, security="none")
    assert (good.ok, good.sentence) == (True, "Der Mailserver antwortet.")
    for wrong_port, security in ((9, "starttls"), (port, "tls")):
        bad = await check_smtp(host="127.0.0.1", port=wrong_port, security=security)
        assert not bad.ok
        assert "lässt sich nicht benutzen" in bad.sentence


def test_a_mail_speaks_its_readers_language_and_fetches_nothing() -> None:
    words = {"name": "Petra", "title": "Angebot & mehr", "sentence": "<b>", "action": "Öffnen", "link": "/customers/7"}

    german, english = render_mail("notification", "de", **words), render_mail("notification", "en", **words)

    assert "Guten Tag Petra," in german.text
    assert "Hello Petra," in english.text
    assert "Angebot & mehr" in german.text
    assert "Angebot &amp; mehr" in german.html
    assert "&lt;b&gt;" in german.html
    assert '<html lang="en">' in english.html
    assert not any(mark in german.html for mark in ("<img", "<link", "url(", "<script"))
