"""Many enquiries at the same moment: nobody gets more than they can take, and nobody waits for ever."""

from __future__ import annotations

import asyncio

import msgspec

from crm.accounts.permissions import Role
from crm.database import execute, fetch, fetch_value
from crm.errors import Invalid, RuleBroken
from crm.interactions.actions import NewInteraction, log_interaction
from crm.interactions.tables import Channel, Direction
from crm.tickets.answering import add_note, answer_by_phone, receive_message, reply
from crm.tickets.assigning import assign_ticket, offer_waiting_tickets
from crm.tickets.closing import close_ticket
from crm.tickets.escalating import escalate
from crm.tickets.merged import survivor_of
from crm.tickets.merging import merge_tickets
from crm.tickets.opening import NewTicket, open_ticket
from crm.tickets.routing import Decision, replay
from tests.cast import hire, introduce
from tests.tickets.conftest import NOW, Desk, furnish, train


async def test_fifty_enquiries_from_eight_desks_at_once_overfill_nobody(own_database: str) -> None:
    desk = await furnish(await introduce())
    await execute("UPDATE agent_profile SET capacity = 7")
    waiting = asyncio.Queue[int]()
    for number in range(50):
        waiting.put_nowait(number)

    async def one_desk() -> None:
        while not waiting.empty():
            number = waiting.get_nowait()
            customer = desk.groessmann if number % 2 else desk.emre
            new = NewTicket(customer_id=customer, subject=f"Frage {number}", text="?", topic="general")
            await open_ticket(new, by=desk.cast.petra.id, now=NOW)

    await asyncio.gather(*(one_desk() for _desk in range(8)))
    loads = await fetch("SELECT assignee, count(*) AS n FROM ticket WHERE assignee IS NOT NULL GROUP BY assignee")
    assert {row.assignee: row.n for row in loads} == {desk.cast.ali.id: 7, desk.cast.jonas.id: 7, desk.cast.mia.id: 7}
    assert await fetch_value("SELECT count(*) FROM ticket WHERE assignee IS NULL") == 50 - 21
    assert await fetch_value("SELECT sum(open_tickets) FROM customer_figures") == 50
    await _demand_true_loads()


async def test_twenty_agents_are_filled_from_eight_connections_and_none_overfilled(own_database: str) -> None:
    """80 enquiries for 60 places; each of the eight works on a connection of its own."""
    desk = await furnish(await introduce())
    await execute("DELETE FROM agent_profile")
    people = [await hire(f"Agent{number} Zwanzig", Role.AGENT) for number in range(20)]
    for person in people:
        await train(person, capacity=3, general=1)
    left = iter(range(80))

    async def one_connection() -> None:
        for number in left:
            new = NewTicket(customer_id=desk.emre, subject=f"Frage {number}", text="?", topic="general")
            await open_ticket(new, by=desk.cast.petra.id, now=NOW)

    await asyncio.gather(*(one_connection() for _connection in range(8)))
    loads = await fetch("SELECT assignee, count(*) AS n FROM ticket WHERE assignee IS NOT NULL GROUP BY assignee")
    assert {row.assignee: row.n for row in loads} == {person.id: 3 for person in people}
    assert await fetch_value("SELECT count(*) FROM ticket WHERE assignee IS NULL") == 80 - 60
    await _demand_true_loads()


async def test_sixteen_enquiries_at_once_share_the_last_free_places(own_database: str) -> None:
    """Each on a connection of its own. Every decision counts those before it, and its facts give it again."""
    desk = await furnish(await introduce())
    await execute("UPDATE agent_profile SET capacity = 5")
    new = NewTicket(customer_id=desk.emre, subject="Frage", text="?", topic="general")
    opened = await asyncio.gather(*(open_ticket(new, by=desk.cast.petra.id, now=NOW) for _enquiry in range(16)))
    decided = await fetch(
        "SELECT ticket, facts::text AS facts, decision::text AS decision, assignee_id FROM routing_decision"
    )
    assert {row.ticket for row in decided} == {each.id for each in opened}
    for row in decided:
        again = replay(msgspec.json.decode(row.facts))
        assert again == Decision.from_facts(msgspec.json.decode(row.decision))
        assert again.assignee_id == row.assignee_id
        chosen = [one for one in again.candidates if one.verdict == "chosen"]
        assert all(one.load < one.capacity for one in chosen)
    loads = await fetch("SELECT count(*) AS n FROM ticket WHERE assignee IS NOT NULL GROUP BY assignee")
    assert [row.n for row in loads] == [5, 5, 5]


async def test_opening_answering_solving_and_logging_at_once_never_block_each_other(own_database: str) -> None:
    desk = await furnish(await introduce())
    tickets = [await _open(desk) for _ticket in range(6)]

    async def work(ticket: int) -> None:
        await asyncio.gather(
            reply(ticket, "Antwort.", by=desk.cast.jonas.id, now=NOW),
            add_note(ticket, "Notiz.", by=desk.cast.ali.id, now=NOW),
            receive_message(ticket, "Und?", by=None, now=NOW),
            answer_by_phone(ticket, at=NOW, by=desk.cast.ali.id, now=NOW),
            offer_waiting_tickets(now=NOW),
            log_interaction(call(desk, ticket), by=desk.cast.ali.id, now=NOW),
            _open(desk),
        )
        await close_ticket(ticket, "", by=desk.cast.jonas.id, now=NOW)

    await asyncio.wait_for(asyncio.gather(*(work(ticket) for ticket in tickets)), timeout=30)
    assert await fetch_value("SELECT open_tickets FROM customer_figures WHERE customer = $1", desk.groessmann) == 6
    await _demand_true_loads()


async def test_tickets_change_hands_crosswise_while_others_are_opened(own_database: str) -> None:
    """From Ali to Mia and from Mia to Ali at once, with new ones, solved ones and escalations in between: nobody waits for
    ever, and what the database counts for each agent is true."""
    desk = await furnish(await introduce())
    ali, mia = desk.cast.ali.id, desk.cast.mia.id
    tickets = [await _open(desk) for _ticket in range(8)]
    for number, ticket in enumerate(tickets):
        await assign_ticket(ticket, (ali, mia)[number % 2], by=desk.cast.eva.id, now=NOW)

    async def swap(number: int, ticket: int) -> None:
        for turn in range(4):
            await assign_ticket(ticket, (mia, ali)[(number + turn) % 2], by=desk.cast.eva.id, now=NOW)

    await asyncio.wait_for(
        asyncio.gather(
            *(swap(number, ticket) for number, ticket in enumerate(tickets)),
            *(_open(desk) for _new in range(8)),
            escalate(tickets[0], "Alles versucht.", by=ali, now=NOW),
            close_ticket(await _open(desk), "", by=mia, now=NOW),
            offer_waiting_tickets(now=NOW),
        ),
        timeout=30,
    )
    await _demand_true_loads()


async def _demand_true_loads() -> None:
    rows = await fetch(
        "SELECT p.load, (SELECT count(*) FROM ticket k WHERE k.assignee = p.\"user\" AND k.status IN ('new', 'open')) AS counted "
        "FROM agent_profile p"
    )
    assert [row.load for row in rows] == [row.counted for row in rows]
    assert any(row.load for row in rows)


def call(desk: Desk, ticket: int) -> NewInteraction:
    return NewInteraction(desk.groessmann, Channel.PHONE, Direction.OUTBOUND, "Angerufen.", ticket_id=ticket)


async def _open(desk: Desk) -> int:
    new = NewTicket(customer_id=desk.groessmann, subject="Rechnung", text="?", topic="billing")
    return (await open_ticket(new, by=desk.cast.petra.id, now=NOW)).id


async def test_two_merges_in_opposite_directions_leave_one_survivor(own_database: str) -> None:
    """Each on a connection of its own, ten times over: one of them holds, the other is told, and no circle comes of it."""
    desk = await furnish(await introduce())
    await execute("UPDATE agent_profile SET capacity = 100")
    by = desk.cast.jonas.id
    for _turn in range(10):
        one, other = [(await open_ticket(_question(desk), by=by, now=NOW)).id for _number in range(2)]
        ends = await asyncio.gather(
            merge_tickets(one, other, by=by, now=NOW), merge_tickets(other, one, by=by, now=NOW), return_exceptions=True
        )
        assert [end is None for end in ends].count(True) == 1
        assert all(isinstance(end, Invalid | RuleBroken) for end in ends if end is not None)
        assert await survivor_of(one) == await survivor_of(other)
        assert (
            await fetch_value("SELECT count(*) FROM ticket WHERE id = ANY($1) AND merged_into IS NULL", [one, other])
            == 1
        )
    assert await fetch_value("SELECT open_tickets FROM customer_figures WHERE customer = $1", desk.groessmann) == 10


async def test_a_chain_that_is_merged_at_both_ends_at_once_has_one_end(own_database: str) -> None:
    """The first into the second while the second goes into the third: what holds leads to where it goes on."""
    desk = await furnish(await introduce())
    await execute("UPDATE agent_profile SET capacity = 100")
    by = desk.cast.jonas.id
    for _turn in range(10):
        first, second, third = [(await open_ticket(_question(desk), by=by, now=NOW)).id for _number in range(3)]
        ends = await asyncio.gather(
            merge_tickets(first, second, by=by, now=NOW),
            merge_tickets(second, third, by=by, now=NOW),
            return_exceptions=True,
        )
        assert ends[1] is None
        assert ends[0] is None or isinstance(ends[0], Invalid | RuleBroken)
        assert await survivor_of(second) == third
        assert await survivor_of(first) == (third if ends[0] is None else first)
    await _demand_true_loads()


def _question(desk: Desk) -> NewTicket:
    return NewTicket(customer_id=desk.groessmann, subject="Frage", text="?", topic="general")
