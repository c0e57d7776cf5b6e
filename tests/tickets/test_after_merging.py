"""Two enquiries have become one: who reads what by which link, who is mailed, and what is still promised."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from crm.accounts.company import signing_secret
from crm.customers.actions import add_person
from crm.customers.data import PersonData
from crm.database import execute, fetch, fetch_one, fetch_value, transaction
from crm.tickets import following
from crm.tickets.answering import answer_by_phone, correct_spoken_answer, receive_message, reply
from crm.tickets.answers.figures import resolution_between
from crm.tickets.closing import close_ticket
from crm.tickets.following import (
    KEPT_FOR,
    MOST_MESSAGES,
    add_from_customer,
    followed_ticket,
    revoke_links,
    tell_status_changes,
)
from crm.tickets.locking import lock_open_ticket
from crm.tickets.merging import merge_tickets, part_tickets
from crm.tickets.opening import NewTicket, open_ticket
from crm.tickets.queries import newest_message, similar_solved
from crm.tickets.status_links import Subject, status_path_of
from crm.tickets.watching import sweep_promises
from tests.browser import Browser
from tests.cast import introduce
from tests.tickets.conftest import NOW, Desk, desk, furnish, value_of

__all__ = ["desk"]
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@dataclass(frozen=True)
class House:
    """Anna and Bert of Größmann; each has asked about the same, and has a page."""

    desk: Desk
    bert: int
    annas: int
    berts: int
    annas_page: str
    berts_page: str

    @property
    def jonas(self) -> int:
        return self.desk.cast.jonas.id


async def ask(desk: Desk, person: int | None, text: str, at: datetime) -> int:
    data = NewTicket(
        desk.groessmann, "Lieferung", text, channel="email", topic="general", person_id=person, language="de"
    )
    return (await open_ticket(data, by=None, now=at)).id


async def page_of(ticket: int) -> str:
    return await status_path_of(Subject.TICKET, ticket, await signing_secret())


async def inhabit(desk: Desk) -> House:
    now = datetime.now(UTC)
    await execute("UPDATE company SET mail_from = 'post@kern.example', name = 'Kern Küchen'")
    bert = await add_person(
        desk.groessmann, PersonData("Bert", "Groß", email="bert@groessmann.example"), by=desk.cast.petra.id, now=now
    )
    annas = await ask(desk, desk.anna, "Wann kommt die Platte?", now - timedelta(hours=2))
    berts = await ask(desk, bert, "Wo bleibt unsere Platte?", now - timedelta(hours=1))
    return House(desk, bert, annas, berts, await page_of(annas), await page_of(berts))


@pytest.fixture
async def house(desk: Desk) -> House:
    return await inhabit(desk)


async def solved(house: House, ticket: int) -> None:
    await close_ticket(ticket, "", by=house.jonas, now=datetime.now(UTC))


async def test_what_bert_writes_where_it_goes_on_with_anna_is_his(house: House, browser: Browser) -> None:
    await merge_tickets(house.berts, house.annas, by=house.jonas, now=datetime.now(UTC))
    shown = (await browser.get(house.berts_page)).text
    assert "Erledigt" not in shown
    assert f"{house.berts_page}/closure" not in shown
    for _twice in range(2):
        answer = await browser.post(f"{house.berts_page}/messages", {"text": "Es eilt."})
        assert answer.headers["location"] == f"{house.berts_page}?done=sent"
    said = await fetch("SELECT ticket, person_id FROM ticket_message WHERE channel = 'web'")
    assert [(row.ticket, row.person_id) for row in said] == [(house.annas, house.bert)]
    assert "Es eilt." in (await browser.get(house.berts_page)).text
    annas = (await browser.get(house.annas_page)).text
    assert "Es eilt." not in annas
    assert "Wo bleibt" not in annas
    for number in range(MOST_MESSAGES - 1):
        assert (await browser.post(f"{house.berts_page}/messages", {"text": f"Und {number}"})).status_code == 303
    assert (await browser.post(f"{house.berts_page}/messages", {"text": "Und noch eines"})).status_code == 429
    assert (await browser.post(f"{house.annas_page}/messages", {"text": "Es eilt."})).status_code == 303


async def test_berts_page_ends_with_annas_enquiry(house: House, browser: Browser) -> None:
    await merge_tickets(house.berts, house.annas, by=house.jonas, now=datetime.now(UTC))
    await solved(house, house.annas)
    assert "Erledigt" in (await browser.get(house.berts_page)).text
    await execute("UPDATE ticket SET solved_at = $2 WHERE id = $1", house.annas, datetime.now(UTC) - KEPT_FOR)
    assert (await browser.get(house.berts_page)).status_code == 404


async def test_what_the_house_itself_writes_is_not_shown_as_annas(house: House, browser: Browser) -> None:
    now = datetime.now(UTC)
    theirs = await ask(house.desk, None, "Hier die Zentrale.", now)
    path = await page_of(theirs)
    await merge_tickets(theirs, house.annas, by=house.jonas, now=now)
    assert (await browser.post(f"{path}/messages", {"text": "Zentrale noch einmal."})).status_code == 303
    assert "Zentrale noch einmal." in (await browser.get(path)).text
    assert "Zentrale" not in (await browser.get(house.annas_page)).text


async def test_a_merge_is_no_news_and_what_becomes_of_the_survivor_is(house: House, browser: Browser) -> None:
    now = datetime.now(UTC)
    again = await ask(house.desk, house.desk.anna, "Noch einmal: die Platte?", now)
    for path in (house.annas_page, house.berts_page):
        assert (await browser.post(f"{path}/mails", {"wants_mail": "1"})).status_code == 303
    await merge_tickets(house.annas, again, by=house.jonas, now=now)
    await merge_tickets(house.berts, again, by=house.jonas, now=now)
    assert await tell_status_changes(now=now) == 0
    await solved(house, again)
    assert [await tell_status_changes(now=now) for _twice in range(2)] == [2, 0]
    mails = await fetch("SELECT to_address, text FROM outbox_message ORDER BY id DESC LIMIT 2")
    told = {mail.to_address: mail.text for mail in mails}
    assert house.annas_page in told["anna@groessmann.example"]
    assert house.berts_page in told["bert@groessmann.example"]


async def test_who_follows_both_is_mailed_once(house: House, browser: Browser) -> None:
    now = datetime.now(UTC)
    again = await ask(house.desk, house.desk.anna, "Noch einmal: die Platte?", now)
    for path in (house.annas_page, await page_of(again)):
        assert (await browser.post(f"{path}/mails", {"wants_mail": "1"})).status_code == 303
    await merge_tickets(house.annas, again, by=house.jonas, now=now)
    await solved(house, again)
    assert await tell_status_changes(now=now) == 1


async def test_ending_the_survivors_link_ends_those_of_what_was_merged_into_it(house: House, browser: Browser) -> None:
    now = datetime.now(UTC)
    await merge_tickets(house.berts, house.annas, by=house.jonas, now=now)
    await revoke_links(Subject.TICKET, house.annas, by=house.jonas, now=now)
    for path in (house.annas_page, house.berts_page):
        assert (await browser.get(path)).status_code == 404


async def test_an_answer_and_the_customers_message_at_once_never_wait_for_each_other(
    own_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever answers has the enquiry and wants its page; the customer's message must not hold the page and want the enquiry."""
    house = await inhabit(await furnish(await introduce()))
    now = datetime.now(UTC)
    page = await followed_ticket(house.annas_page.removeprefix("/status/"), now)
    is_held, goes_on = asyncio.Event(), asyncio.Event()
    receive = following.receive_message

    async def slowly(*args: object, **kwargs: object) -> int:
        goes_on.set()
        await asyncio.wait([asyncio.ensure_future(is_held.wait())], timeout=1)
        return await receive(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(following, "receive_message", slowly)

    async def answer() -> None:
        await goes_on.wait()
        async with transaction():
            await lock_open_ticket(house.annas)
            is_held.set()
            await page_of(house.annas)

    await asyncio.wait_for(asyncio.gather(add_from_customer(page, "Und?", now=now), answer()), timeout=20)
    assert await fetch_value("SELECT count(*) FROM ticket_message WHERE channel = 'web'") == 1


async def test_two_clicks_at_once_are_one_message(own_database: str) -> None:
    house = await inhabit(await furnish(await introduce()))
    now = datetime.now(UTC)
    await merge_tickets(house.berts, house.annas, by=house.jonas, now=now)
    page = await followed_ticket(house.berts_page.removeprefix("/status/"), now)
    await asyncio.gather(*(add_from_customer(page, "Und?", now=now) for _click in range(4)))
    assert await fetch_value("SELECT count(*) FROM ticket_message WHERE channel = 'web'") == 1


async def test_parting_after_two_days_breaks_no_promise(desk: Desk) -> None:
    jonas, merged_at, parted_at = desk.cast.jonas.id, NOW + 20 * MINUTE, NOW + 2 * DAY
    first, second = await ask(desk, desk.anna, "Position 7?", NOW), await ask(desk, desk.anna, "Noch einmal?", NOW)
    await reply(second, "Ich schaue nach.", by=jonas, now=NOW + 10 * MINUTE)
    third = await ask(desk, desk.anna, "Zum dritten Mal.", NOW + 15 * MINUTE)
    await merge_tickets(first, third, by=jonas, now=merged_at)
    await merge_tickets(second, third, by=jonas, now=merged_at)
    await part_tickets(first, by=jonas, now=parted_at)
    await part_tickets(second, by=jonas, now=parted_at)
    for number in (first, third):
        assert await value_of(number, "first_responded_at") is None
        assert await value_of(number, "first_response_due_at") == parted_at
        assert await value_of(number, "first_overtaken_at") == parted_at
        assert await value_of(number, "is_recalculated") is True
    await sweep_promises(now=parted_at + MINUTE)
    assert [await value_of(number, "first_breached_at") for number in (first, third)] == [None, None]


async def test_a_promise_that_was_broken_before_the_merge_stays_broken(desk: Desk) -> None:
    jonas, merged_at = desk.cast.jonas.id, NOW + timedelta(hours=3)
    first, second = await ask(desk, desk.anna, "Position 7?", NOW), await ask(desk, desk.anna, "Noch einmal?", NOW)
    due = await value_of(first, "first_response_due_at")
    await reply(second, "Ich schaue nach.", by=jonas, now=NOW + 10 * MINUTE)
    await merge_tickets(second, first, by=jonas, now=merged_at)
    await part_tickets(second, by=jonas, now=NOW + 2 * DAY)
    assert await value_of(first, "first_response_due_at") == due
    assert await value_of(first, "first_overtaken_at") is None


async def test_a_call_logged_on_the_merged_one_answers_the_survivor_and_is_corrected_there(desk: Desk) -> None:
    jonas = desk.cast.jonas.id
    first, second = await ask(desk, desk.anna, "Position 7?", NOW), await ask(desk, desk.anna, "Noch einmal?", NOW)
    await merge_tickets(first, second, by=jonas, now=NOW + MINUTE)
    at = NOW + 5 * MINUTE
    await answer_by_phone(first, at=at, by=jonas, now=at, text="Passt.")
    assert await value_of(second, "first_responded_at") == at
    await correct_spoken_answer(first, at=at, by=jonas, before="Passt.", text="Passt nicht.")
    said = await fetch("SELECT ticket, text FROM ticket_message WHERE kind = 'reply'")
    assert [(row.ticket, row.text) for row in said] == [(second, "Passt nicht.")]


async def test_what_was_said_in_the_merged_one_counts_and_is_offered_nowhere(desk: Desk) -> None:
    jonas = desk.cast.jonas.id
    first, second = await ask(desk, desk.anna, "Position 7?", NOW), await ask(desk, desk.anna, "Noch einmal?", NOW)
    await reply(first, "Ich schaue nach.", by=jonas, now=NOW + MINUTE)
    late = await receive_message(first, "Und?", by=None, now=NOW + 2 * MINUTE)
    await merge_tickets(first, second, by=jonas, now=NOW + 3 * MINUTE)
    assert await newest_message(second, besides=jonas) == late
    survivor = await fetch_one("SELECT * FROM ticket WHERE id = $1", second)
    assert survivor is not None
    assert await similar_solved(survivor) == []
    await reply(second, "Sie stimmt.", by=jonas, now=NOW + 4 * MINUTE)
    await close_ticket(second, "", by=jonas, now=NOW + 5 * MINUTE)
    levels = await resolution_between(NOW - DAY, NOW + 8 * DAY)
    assert [(sum(one.solved for one in levels)), sum(one.at_once for one in levels)] == [1, 0], "it took two answers"
