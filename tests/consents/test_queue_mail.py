"""What is written to the outbox: with the gate's answer, once per dedupe key, harmless whatever it says."""

from __future__ import annotations

import msgspec

from crm.consents.sending import queue_mail
from crm.database import Row, fetch_one
from tests.cast import Cast
from tests.consents.conftest import NOW, Client


async def outbox(row_id: int | None) -> Row:
    row = await fetch_one("SELECT o.*, o.permission::text AS answer FROM outbox_message o WHERE id = $1", row_id)
    assert row is not None
    return row


async def test_a_reply_to_an_enquiry_is_queued_on_the_contract(anna: Client) -> None:
    new = await queue_mail(
        purpose="service",
        to_address=anna.email,
        subject="Ihre Anfrage",
        text="Guten Tag",
        language="de",
        now=NOW,
        person_id=anna.person,
    )

    row = await outbox(new)
    assert row.status == "queued"
    assert row.next_attempt_at == NOW
    assert msgspec.json.decode(row.answer)["basis"] == "contract"


async def test_a_newsletter_without_consent_is_refused_with_its_reason(anna: Client) -> None:
    new = await queue_mail(
        purpose="newsletter",
        to_address=anna.email,
        subject="Neues",
        text="Neues",
        language="de",
        now=NOW,
        person_id=anna.person,
    )

    row = await outbox(new)
    assert row.status == "refused"
    assert row.next_attempt_at is None
    assert msgspec.json.decode(row.answer)["code"] == "consent_none"


async def test_mail_about_an_account_goes_to_staff_and_to_nobody_else(cast: Cast, anna: Client) -> None:
    to_petra = await queue_mail(
        purpose="account", to_address=cast.petra.email.upper(), subject="x", text="x", language="de", now=NOW
    )
    to_anna = await queue_mail(purpose="account", to_address=anna.email, subject="x", text="x", language="de", now=NOW)

    assert (await outbox(to_petra)).status == "queued"
    assert (await outbox(to_anna)).status == "refused"


async def test_nothing_is_sent_for_a_purpose_that_nobody_defined(cast: Cast) -> None:
    new = await queue_mail(purpose="spam", to_address=cast.petra.email, subject="x", text="x", language="de", now=NOW)

    assert msgspec.json.decode((await outbox(new)).answer)["code"] == "unknown_purpose"


async def test_what_is_no_address_is_refused(db: None) -> None:
    new = await queue_mail(
        purpose="service", to_address="nicht da\r\nBcc: x@y.example", subject="x", text="x", language="de", now=NOW
    )

    assert msgspec.json.decode((await outbox(new)).answer)["code"] == "no_address"


async def test_the_same_dedupe_key_writes_one_message(anna: Client) -> None:
    first = await queue_mail(
        purpose="service", to_address=anna.email, subject="x", text="x", language="de", now=NOW, dedupe_key="k"
    )
    again = await queue_mail(
        purpose="service", to_address=anna.email, subject="x", text="x", language="de", now=NOW, dedupe_key="k"
    )

    assert first is not None
    assert again is None


async def test_a_line_break_cannot_become_a_header(anna: Client) -> None:
    new = await queue_mail(
        purpose="service", to_address=anna.email, to_name="A\r\nBcc: b@c.example", subject="S\nX-Y: z\x00", text="t\x00 \ud800",
        language="de", now=NOW, headers={"X-A": "1\r\nX-B: 2"},
    )  # fmt: skip

    row = await outbox(new)
    assert (row.to_name, row.subject, row.text) == ("A Bcc: b@c.example", "S X-Y: z", "t ?")
    assert msgspec.json.decode(row.headers) == {"X-A": "1 X-B: 2"}
