"""A mailing goes out portion by portion, at its pace, through the gate, and to nobody twice."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crm import database
from crm.consents.actions import record_event
from crm.consents.sending import Outcome, send_message
from crm.consents.tables import ConsentEventKind as Event
from crm.consents.tables import ConsentSource as Source
from crm.database import Statements, execute, fetch, fetch_one, fetch_value
from crm.errors import Conflict, Invalid, RuleBroken
from crm.mailings import running
from crm.mailings.audience import audience_of, audience_query
from crm.mailings.queries import mailing_for, readers, recipients, results_of
from crm.mailings.running import pause_mailing, resume_mailing, run_mailing, start_mailing, stop_mailing, sweep_mailings
from tests.cast import Cast, introduce
from tests.consents.conftest import Client
from tests.consents.test_recording import record
from tests.mailings.conftest import NOW, Postman, agrees, drafted, many_customers, started, use


async def status(mailing: int) -> str:
    return str((await mailing_for(mailing)).status)


async def mails(mailing: int) -> dict[str, int]:
    return dict((await results_of(await mailing_for(mailing))).mails)


async def all_of(mailing: int, now: datetime) -> datetime:
    """Run it to its end, portion by portion; when the last one was."""
    at: datetime | None = now
    while at is not None:
        now, at = at, await run_mailing(mailing, now=at)
    return now


async def sent(now: datetime) -> list[Outcome]:
    rows = await fetch("SELECT id FROM outbox_message WHERE status = 'queued' ORDER BY id")
    return [await send_message(row.id, now=now) for row in rows]


async def test_who_agreed_gets_it_in_their_language_with_the_way_out(
    cast: Cast, anna: Client, studio: Client, post_office: Postman
) -> None:
    await agrees(anna)
    await agrees(studio)
    await execute("UPDATE person SET language = 'en' WHERE id = $1", studio.person)
    mailing = await started(cast, 2)

    at = await all_of(mailing, NOW)
    assert await sent(at) == [Outcome.SENT, Outcome.SENT]

    by_subject = {str(mail["subject"]): mail for mail in post_office.received}
    assert set(by_subject) == {"Neues für Anna Größmann", "News for Emre Yıldız"}
    german = by_subject["Neues für Anna Größmann"]
    text = german.get_body(("plain",)).get_content()
    assert text.startswith("Sehr geehrte Frau Größmann,")
    assert "Fragen Sie Küchen Kern." in text
    assert "Eva Kern" in text
    assert german["list-unsubscribe-post"] == "List-Unsubscribe=One-Click"
    assert german["auto-submitted"] == "auto-generated"
    html = german.get_body(("html",)).get_content()
    assert "<img" not in html
    assert await status(mailing) == "done"
    assert await mails(mailing) == {"sent": 2}


async def test_each_history_tells_of_it_and_the_contact_rhythm_stays(cast: Cast, anna: Client) -> None:
    await agrees(anna)
    before = await fetch_one(
        "SELECT last_contact_at, interactions FROM customer_figures WHERE customer = $1", anna.customer
    )
    mailing = await started(cast, 1)
    await all_of(mailing, NOW)

    [line] = await fetch("SELECT * FROM timeline_entry WHERE customer = $1 AND kind = 'mail'", anna.customer)
    assert line.title == "Neues für Anna Größmann"
    assert line.person_id == anna.person
    assert line.channel == "email"
    after = await fetch_one(
        "SELECT last_contact_at, interactions FROM customer_figures WHERE customer = $1", anna.customer
    )
    assert tuple(after or ()) == tuple(before or ())


async def test_the_others_are_told_with_the_reason(cast: Cast, anna: Client, studio: Client) -> None:
    await record(anna.person, Event.GIVEN, now=NOW)  # nobody has pressed the button of the link
    mailing = await drafted(cast)
    row = await mailing_for(mailing)
    found = await audience_of(await audience_query(row), by=row.audience_by, purpose="newsletter", now=NOW)

    assert (found.customers, found.readers) == (2, 0)
    assert dict(found.left_out) == {"consent_pending": 1, "consent_none": 2}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("UPDATE email_address SET returned_at = now() WHERE person = $1", "returned"),
        ("DELETE FROM email_address WHERE person = $1", "no_address"),
        ("UPDATE person SET restricted_at = now() WHERE id = $1", "restricted"),
        ("UPDATE purpose SET retired_at = now() WHERE code = 'newsletter' AND $1 > 0", "purpose_retired"),
    ],
)
async def test_everything_that_stands_against_it_has_a_reason(
    cast: Cast, anna: Client, change: str, reason: str
) -> None:
    await agrees(anna)
    await execute(change, anna.person)
    mailing = await drafted(cast)
    row = await mailing_for(mailing)
    found = await audience_of(
        await audience_query(row), by=row.audience_by, purpose="newsletter", now=NOW, reason=reason
    )

    assert (found.readers, dict(found.left_out)) == (0, {reason: 1})
    assert [each.name for each in found.shown] == ([] if reason == "restricted" else ["Anna Größmann"])


async def test_what_was_found_is_kept_with_its_reason(cast: Cast, anna: Client, studio: Client) -> None:
    await agrees(anna)
    await execute("UPDATE person SET restricted_at = $2 WHERE id = $1", studio.person, NOW)
    mailing = await started(cast, 1)
    await run_mailing(mailing, now=NOW)

    results = await results_of(await mailing_for(mailing))
    assert dict(results.left_out) == {"restricted": 1, "consent_none": 1}
    kept = await fetch("SELECT * FROM mailing_recipient WHERE reason = 'restricted'")
    assert [(row.customer_id, row.person_id, row.name, row.address) for row in kept] == [(None, None, "", "")]
    rows, _more = await recipients(mailing, "consent_none")
    assert [row.address for row in rows] == ["info@yildiz.example"]


async def test_info_gets_it_on_a_basis_of_its_own(cast: Cast, studio: Client) -> None:
    await record_event(
        address="info@yildiz.example", purpose="newsletter", channel="email", event=Event.GIVEN, source=Source.PAPER,
        wording_version=1, by=None, now=NOW,
    )  # fmt: skip
    mailing = await started(cast, 1)
    await run_mailing(mailing, now=NOW)

    assert [row.to_address for row in await fetch("SELECT to_address FROM outbox_message")] == ["info@yildiz.example"]


async def test_a_withdrawal_in_mid_run_counts_before_the_portion(cast: Cast) -> None:
    await many_customers(12)
    mailing = await started(cast, 12)
    at = await run_mailing(mailing, now=NOW)
    assert at == NOW + timedelta(seconds=10)
    assert await mails(mailing) == {"under_way": 10, "waiting": 2}
    waiting = await fetch("SELECT person_id FROM mailing_recipient WHERE state = 'waiting' ORDER BY id")

    await record(waiting[0].person_id, Event.WITHDRAWN, now=NOW + timedelta(seconds=5))
    await run_mailing(mailing, now=NOW + timedelta(seconds=10))

    assert await mails(mailing) == {"under_way": 11, "refused": 1}
    told = await fetch("SELECT person_id FROM timeline_entry WHERE kind = 'mail'")
    assert len(told) == 11
    assert waiting[0].person_id not in {row.person_id for row in told}


async def test_a_withdrawal_counts_between_outbox_and_door(cast: Cast, anna: Client, post_office: Postman) -> None:
    await agrees(anna)
    mailing = await started(cast, 1)
    await run_mailing(mailing, now=NOW)
    await record(anna.person, Event.WITHDRAWN, now=NOW + timedelta(seconds=1))

    assert await sent(NOW + timedelta(seconds=2)) == [Outcome.REFUSED]
    assert post_office.received == []
    assert await mails(mailing) == {"refused": 1}


async def test_who_is_restricted_in_mid_run_gets_nothing(cast: Cast, anna: Client) -> None:
    await agrees(anna)
    await many_customers(10)
    mailing = await started(cast, 11)
    await run_mailing(mailing, now=NOW)
    [last] = await fetch("SELECT customer_id FROM mailing_recipient WHERE state = 'waiting'")
    await execute("UPDATE customer SET restricted_at = $2 WHERE id = $1", last.customer_id, NOW)

    await all_of(mailing, NOW + timedelta(seconds=10))
    assert await mails(mailing) == {"under_way": 10}
    assert dict((await results_of(await mailing_for(mailing))).left_out) == {"restricted": 1}
    assert (await recipients(mailing, "restricted"))[0] == [], "that there is one, and not who"
    assert await status(mailing) == "done"


async def test_who_is_restricted_after_the_preview_gets_nothing_and_the_result_says_why(
    cast: Cast, anna: Client, studio: Client, post_office: Postman
) -> None:
    for client in (anna, studio):
        await agrees(client)
    mailing = await started(cast, 2)
    await execute("UPDATE person SET restricted_at = $2 WHERE id = $1", studio.person, NOW)
    at = await all_of(mailing, NOW)
    assert dict((await results_of(await mailing_for(mailing))).left_out)["restricted"] == 1
    await execute("UPDATE person SET restricted_at = $2 WHERE id = $1", anna.person, NOW)
    assert await sent(at) == [Outcome.REFUSED], "asked again at the moment of sending"
    assert post_office.received == []
    assert await mails(mailing) == {"refused": 1}


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE email_address SET address = 'neu@viele.example' WHERE person = $1",
        "UPDATE email_address SET returned_at = now() WHERE person = $1",
        "UPDATE email_address SET person = (SELECT min(person) FROM email_address WHERE person <> $1) WHERE person = $1",
    ],
    ids=["corrected", "came back", "somebody else's"],
)
async def test_nothing_goes_to_an_address_that_is_no_longer_the_readers(cast: Cast, change: str) -> None:
    await many_customers(12)
    mailing = await started(cast, 12)
    at = await run_mailing(mailing, now=NOW)
    person = await fetch_value("SELECT min(person_id) FROM mailing_recipient WHERE state = 'waiting'")
    await execute(change, person)

    assert at is not None
    await all_of(mailing, at)
    kept = await fetch_one("SELECT state, reason FROM mailing_recipient WHERE person_id = $1", person)
    assert tuple(kept or ()) == ("left_out", "unknown_person")
    assert await fetch_value("SELECT count(*) FROM outbox_message WHERE person_id = $1", person) == 0
    assert await mails(mailing) == {"under_way": 11}


async def test_it_rests_at_night_where_no_calendar_was_set_up(
    cast: Cast, anna: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def none(_at: datetime) -> None:
        return None

    monkeypatch.setattr(running, "company_calendar", none)
    await agrees(anna)
    mailing = await started(cast, 1, start_at=NIGHT)

    assert await run_mailing(mailing, now=NIGHT) == datetime(2026, 11, 25, 6, 0, tzinfo=UTC)
    assert await fetch_value("SELECT count(*) FROM outbox_message") == 0


async def test_the_no_of_a_company_address_is_counted_once(cast: Cast, studio: Client, post_office: Postman) -> None:
    said = {"address": "info@yildiz.example", "purpose": "newsletter", "channel": "email", "by": None}
    await record_event(**said, event=Event.GIVEN, source=Source.PAPER, wording_version=1, now=NOW)
    mailing = await started(cast, 1)
    await run_mailing(mailing, now=NOW)
    await sent(NOW)
    for days in (2, 3, 40):
        await record_event(**said, event=Event.OBJECTED, source=Source.PAPER, now=NOW + timedelta(days=days))

    assert (await results_of(await mailing_for(mailing))).said_no == 1


async def test_a_pause_is_felt_at_the_next_portion(cast: Cast) -> None:
    await many_customers(25)
    mailing = await started(cast, 25)
    await run_mailing(mailing, now=NOW)
    await pause_mailing(mailing, by=cast.eva.id, now=NOW)

    assert await run_mailing(mailing, now=NOW + timedelta(minutes=5)) is None
    await sweep_mailings(now=NOW + timedelta(minutes=5))
    assert await mails(mailing) == {"under_way": 10, "waiting": 15}

    await resume_mailing(mailing, by=cast.eva.id, now=NOW + timedelta(minutes=6))
    await all_of(mailing, NOW + timedelta(minutes=6))
    assert await mails(mailing) == {"under_way": 25}


async def test_what_is_stopped_sends_nothing_more(cast: Cast) -> None:
    await many_customers(15)
    mailing = await started(cast, 15)
    await run_mailing(mailing, now=NOW)
    assert await stop_mailing(mailing, by=cast.eva.id, now=NOW) == "cancelled"

    assert await run_mailing(mailing, now=NOW + timedelta(minutes=5)) is None
    assert (await mails(mailing), await status(mailing)) == ({"under_way": 10, "dropped": 5}, "cancelled")
    with pytest.raises(RuleBroken):
        await resume_mailing(mailing, by=cast.eva.id, now=NOW)
    with pytest.raises(RuleBroken):
        await stop_mailing(mailing, by=cast.eva.id, now=NOW)


async def test_the_pace_is_kept(cast: Cast) -> None:
    await many_customers(30)
    mailing = await started(cast, 30, per_minute=60)
    times, at = [], NOW
    while (then := await run_mailing(mailing, now=at)) is not None:
        assert await run_mailing(mailing, now=then - timedelta(milliseconds=1)) is None
        times.append(then)
        at = then

    assert times == [NOW + timedelta(seconds=10 * n) for n in (1, 2, 3)]


NIGHT = datetime(2026, 11, 24, 22, 30, tzinfo=UTC)


async def test_it_rests_at_night_unless_that_was_chosen(cast: Cast, anna: Client) -> None:
    await agrees(anna)
    mailing = await started(cast, 1, start_at=NIGHT)
    assert await run_mailing(mailing, now=NOW) is None
    assert await run_mailing(mailing, now=NIGHT) == datetime(2026, 11, 25, 6, 0, tzinfo=UTC)
    assert await fetch_value("SELECT count(*) FROM outbox_message") == 0
    assert await run_mailing(mailing, now=datetime(2026, 11, 25, 6, 0, tzinfo=UTC)) is not None

    other = await started(cast, 1, start_at=NIGHT, at_night=True, name="Nachts")
    await run_mailing(other, now=NIGHT)
    assert await fetch_value("SELECT count(*) FROM outbox_message") == 2


async def test_what_has_not_begun_becomes_a_draft_again(cast: Cast, newsletter: int) -> None:
    await start_mailing(newsletter, version=1, confirmed=1, start_at=NOW + timedelta(days=2), by=cast.eva.id, now=NOW)
    assert await stop_mailing(newsletter, by=cast.eva.id, now=NOW) == "draft"

    row = await mailing_for(newsletter)
    assert (row.status, row.confirmed, row.start_at, row.version) == ("draft", 0, None, 2)
    assert await run_mailing(newsletter, now=NOW + timedelta(days=3)) is None


async def test_many_more_readers_than_confirmed_need_a_look(cast: Cast) -> None:
    await many_customers(20)
    mailing = await started(cast, 10)
    await run_mailing(mailing, now=NOW)

    row = await mailing_for(mailing)
    assert (row.status, row.problem) == ("paused", "more_than_confirmed")
    assert await fetch_value("SELECT count(*) FROM outbox_message") == 0
    await resume_mailing(mailing, by=cast.eva.id, now=NOW)
    await run_mailing(mailing, now=NOW)
    assert (await mails(mailing))["under_way"] == 10


async def test_what_is_confirmed_must_be_what_was_looked_at(cast: Cast, newsletter: int) -> None:
    with pytest.raises(Conflict):
        await start_mailing(newsletter, version=2, confirmed=1, start_at=None, by=cast.eva.id, now=NOW)
    with pytest.raises(RuleBroken):
        await start_mailing(newsletter, version=1, confirmed=0, start_at=None, by=cast.eva.id, now=NOW)
    for wrong in (NOW - timedelta(days=1), NOW + timedelta(days=400)):
        with pytest.raises(Invalid):
            await start_mailing(newsletter, version=1, confirmed=1, start_at=wrong, by=cast.eva.id, now=NOW)
    await start_mailing(newsletter, version=1, confirmed=1, start_at=None, by=cast.eva.id, now=NOW)
    with pytest.raises(RuleBroken):
        await start_mailing(newsletter, version=1, confirmed=1, start_at=None, by=cast.eva.id, now=NOW)


async def test_who_says_no_afterwards_is_counted(cast: Cast, anna: Client, post_office: Postman) -> None:
    await agrees(anna)
    mailing = await started(cast, 1)
    await run_mailing(mailing, now=NOW)
    await sent(NOW)
    await record(anna.person, Event.WITHDRAWN, now=NOW + timedelta(days=3))

    assert (await results_of(await mailing_for(mailing))).said_no == 1


async def test_what_cannot_be_delivered_is_shown(cast: Cast, anna: Client, post_office: Postman) -> None:
    await agrees(anna)
    mailing = await started(cast, 1)
    await run_mailing(mailing, now=NOW)
    post_office.answers = ["550 no such mailbox"]

    assert await sent(NOW) == [Outcome.FAILED]
    rows, _more = await recipients(mailing, "failed")
    assert [row.address for row in rows] == [anna.email]
    assert "550" in rows[0].error


async def counting(do: Any) -> int:
    token = database.counted.set(statements := Statements())
    try:
        await do
    finally:
        database.counted.reset(token)
    return len(statements)


async def test_statements_are_few_however_many_get_it(cast: Cast) -> None:
    """The start reads a thousand customers at a time; a portion is a handful of statements, whether ten or a hundred are in it."""
    await many_customers(2100)
    row = await mailing_for(await drafted(cast))
    looked = await counting(audience_of("", by=row.audience_by, purpose="newsletter", now=NOW))
    assert looked <= 2 + 3 * 3

    few, many = await started(cast, 2100, per_minute=1), await started(cast, 2100, per_minute=600)
    begun = [await counting(run_mailing(each, now=NOW)) for each in (few, many)]
    assert max(begun) <= 28
    portions = [await counting(run_mailing(each, now=NOW + timedelta(minutes=2))) for each in (few, many)]
    assert portions[0] == portions[1] <= 12
    assert (await mails(many))["under_way"] == 200


async def test_a_worker_that_dies_in_a_portion_loses_nothing_and_repeats_nothing(
    own_database: str, postman: Postman, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the portion had written goes with it, and the sweep begins it anew."""
    cast = await introduce()
    await use(postman.port)
    await many_customers(12)
    mailing = await started(cast, 12)

    async def dies(*_args: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(running, "_tell_histories", dies)
        with pytest.raises(KeyboardInterrupt):
            await run_mailing(mailing, now=NOW)
    assert await status(mailing) == "planned"
    assert await fetch_value("SELECT count(*) FROM outbox_message") == 0

    for n in range(3):
        await sweep_mailings(now=NOW + timedelta(minutes=n))
    await sent(NOW + timedelta(minutes=5))
    await sent(NOW + timedelta(minutes=6))

    assert await status(mailing) == "done"
    assert len(postman.received) == len({mail["to"] for mail in postman.received}) == 12


async def test_two_workers_at_once_hand_over_each_mail_once(own_database: str) -> None:
    cast = await introduce()
    await many_customers(40)
    mailing = await started(cast, 40, per_minute=600)

    await asyncio.gather(*(run_mailing(mailing, now=NOW) for _worker in range(4)))
    await asyncio.gather(*(run_mailing(mailing, now=NOW + timedelta(minutes=1)) for _worker in range(4)))

    assert await fetch_value("SELECT count(*) FROM outbox_message") == 40
    assert await fetch_value("SELECT count(DISTINCT to_address) FROM outbox_message") == 40


async def test_readers_are_found_through_a_merge(cast: Cast, anna: Client, studio: Client) -> None:
    await execute(
        "UPDATE customer SET merged_into = $2, deleted_at = $3 WHERE id = $1", anna.customer, studio.customer, NOW
    )

    found = await readers([(1, anna.person, anna.customer, anna.email)])

    assert found[1].customer == studio.customer
