"""Watching over promises: who is told what and when, at two workers, at night, and with a hundred thousand open enquiries."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from time import perf_counter

from crm.database import execute, fetch, fetch_value
from crm.service_levels.tables import Priority
from crm.tickets import watching
from crm.tickets.answering import reply
from crm.tickets.opening import NewTicket, open_ticket
from crm.tickets.watching import DUE_NOW, sweep_promises
from tests.cast import Cast, introduce
from tests.tickets.conftest import NOW, Desk, furnish, value_of

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
OPEN_TICKETS = 100_000


async def ask(desk: Desk, at: datetime = NOW, priority: Priority = Priority.NORMAL) -> int:
    """Anna of Größmann (Gold: first answer within an hour) asks about an invoice."""
    data = NewTicket(desk.groessmann, "Rechnung 0417", "Bitte prüfen.", topic="billing", priority=priority)
    return (await open_ticket(data, by=None, now=at)).id


async def promise_more(**content: object) -> None:
    """Change what the version of Gold says that applies to the tickets of a test, as if it always had said so."""
    for name, value in content.items():
        await execute(
            "UPDATE service_level_version v SET content = jsonb_set(content, ARRAY[$1::text], to_jsonb($2::text[])) "
            "FROM service_level s WHERE s.id = v.service_level AND s.code = 'gold'",
            name, value,
        )  # fmt: skip


async def told_of(ticket: int, kind: str) -> list[int]:
    rows = await fetch(
        'SELECT "user" AS reader FROM notification WHERE link = $1 AND kind = $2 ORDER BY 1', f"/tickets/{ticket}", kind
    )
    return [row.reader for row in rows]


async def test_when_to_warn_is_kept_with_the_due_times(desk: Desk) -> None:
    ticket = await ask(desk)
    assert await value_of(ticket, "first_warn_at") == NOW + 45 * MINUTE
    assert await value_of(ticket, "solution_warn_at") == NOW + 6 * HOUR
    await reply(ticket, "Wir warten auf Sie.", by=desk.cast.jonas.id, now=NOW + HOUR / 2, wait=True)
    assert await value_of(ticket, "solution_warn_at") is None


async def test_an_answer_between_the_look_and_the_telling_is_told_no_more(desk: Desk) -> None:
    ticket = await ask(desk)
    await reply(ticket, "Ist berichtigt.", by=desk.cast.jonas.id, now=NOW + 50 * MINUTE)
    assert await watching._tell([ticket], [desk.cast.eva.id], NOW + 2 * HOUR) == 0
    assert await told_of(ticket, "promise_missed") == []


async def test_who_is_told_of_a_breach_is_what_the_service_level_says(desk: Desk) -> None:
    ticket = await ask(desk)
    await promise_more(tells=["owner"])
    await execute("UPDATE customer SET owner = $2 WHERE id = $1", desk.groessmann, desk.cast.petra.id)
    await sweep_promises(now=NOW + 61 * MINUTE)
    assert await told_of(ticket, "promise_missed") == [desk.cast.petra.id]


async def test_a_missed_first_response_is_escalated_once_if_the_service_level_says_so(desk: Desk) -> None:
    ticket = await ask(desk)
    assert (await value_of(ticket, "required_level"), await value_of(ticket, "assignee")) == (2, desk.cast.jonas.id)
    await promise_more(escalates=["first_response"])
    for minute in (61, 62, 90):
        await sweep_promises(now=NOW + minute * MINUTE)
    assert (await value_of(ticket, "required_level"), await value_of(ticket, "assignee")) == (3, desk.cast.mia.id)
    rows = await fetch("SELECT promise, by_user, tried FROM escalation WHERE ticket = $1", ticket)
    assert [tuple(row) for row in rows] == [("first_response", None, "")]


async def test_without_a_word_in_the_service_level_nothing_is_escalated(desk: Desk) -> None:
    ticket = await ask(desk)
    await sweep_promises(now=NOW + 61 * MINUTE)
    assert await value_of(ticket, "escalations") == 0


async def test_an_unassigned_enquiry_warns_the_leads(desk: Desk) -> None:
    ticket = await ask(desk)
    await execute("UPDATE ticket SET assignee = NULL WHERE id = $1", ticket)
    await sweep_promises(now=NOW + 45 * MINUTE)
    assert await told_of(ticket, "promise_warning") == [desk.cast.eva.id]


async def test_what_is_missed_at_night_is_told_in_the_morning(desk: Desk) -> None:
    ticket = await ask(desk)
    tonight = datetime(2026, 11, 23, 21, 0, tzinfo=UTC)
    assert await sweep_promises(now=tonight) == 0
    assert await sweep_promises(now=datetime(2026, 11, 24, 5, 59, tzinfo=UTC)) == 0
    assert await sweep_promises(now=datetime(2026, 11, 24, 6, 0, tzinfo=UTC)) == 2  # first response and solution
    agent, lead = desk.cast.jonas.id, desk.cast.eva.id
    assert await told_of(ticket, "promise_missed") == [agent, agent, lead, lead]


async def test_a_company_that_works_at_night_is_told_at_night(desk: Desk) -> None:
    await ask(desk)
    await execute("UPDATE company SET tells_at_night = true")
    assert await sweep_promises(now=datetime(2026, 11, 23, 21, 0, tzinfo=UTC)) > 0


async def test_a_row_without_the_time_to_warn_gets_it_and_is_warned_in_time(desk: Desk) -> None:
    ticket = await ask(desk)
    await execute("UPDATE ticket SET first_warn_at = NULL, solution_warn_at = NULL WHERE id = $1", ticket)
    assert await sweep_promises(now=NOW + 10 * MINUTE) == 0
    assert await value_of(ticket, "first_warn_at") == NOW + 45 * MINUTE
    assert await sweep_promises(now=NOW + 45 * MINUTE) == 1


async def test_one_enquiry_that_cannot_be_told_of_keeps_nobody_from_hearing_of_the_others(
    own_database: str, monkeypatch: object
) -> None:
    desk = await furnish(await introduce())
    bad, good = [await ask(desk) for _ in range(2)]
    steps = watching._steps

    def refuse(row: object, now: datetime) -> object:
        if row.id == bad:  # type: ignore[attr-defined]
            raise ValueError("this one")
        return steps(row, now)  # type: ignore[arg-type]

    monkeypatch.setattr(watching, "_steps", refuse)  # type: ignore[attr-defined]
    assert await sweep_promises(now=NOW + 61 * MINUTE) == 1
    assert await told_of(good, "promise_missed")


async def test_two_workers_tell_each_thing_once_and_lose_nothing(own_database: str) -> None:
    desk = await furnish(await introduce())
    tickets = [await ask(desk) for _ in range(12)]
    await promise_more(escalates=["first_response"])
    later = NOW + 61 * MINUTE
    told = await asyncio.gather(*(sweep_promises(now=later) for _ in range(4)))
    told.append(await sweep_promises(now=later))
    assert sum(told) == len(tickets)
    rows = await fetch(
        "SELECT link, \"user\", count(*) AS n FROM notification WHERE kind = 'promise_missed' GROUP BY 1, 2"
    )
    assert {row.n for row in rows} == {1}
    assert {row.link for row in rows} == {f"/tickets/{ticket}" for ticket in tickets}
    assert await fetch_value("SELECT count(*) FROM escalation") == len(tickets)


async def test_a_hundred_thousand_open_enquiries_are_swept_in_time(own_database: str) -> None:
    """Nothing is due, then a hundred are: a sweep reads those alone, and no others."""
    cast = await introduce()
    await _fill(cast)
    rows = await fetch(f"EXPLAIN {DUE_NOW}", NOW, datetime(1970, 1, 1, tzinfo=UTC), 0)
    assert "ix_ticket_watch" in "\n".join(row[0] for row in rows)
    assert "Seq Scan" not in "\n".join(row[0] for row in rows)
    bare = await _seconds(lambda: fetch(DUE_NOW, NOW, datetime(1970, 1, 1, tzinfo=UTC), 0))
    idle = await _seconds(lambda: sweep_promises(now=NOW))
    await execute("UPDATE ticket SET first_warn_at = $1 WHERE id % 1000 = 0", NOW)
    began = perf_counter()
    assert await sweep_promises(now=NOW) == OPEN_TICKETS // 1000
    busy = perf_counter() - began
    print(f"\nsweep of {OPEN_TICKETS} open: bare {bare:.4f} s, nothing due {idle:.4f} s, 100 to tell {busy:.4f} s")
    assert busy < 2, "usually 0.05 s"
    assert idle < 50 * max(bare, 0.001), "a few small statements beside the one that looks"


async def _seconds(do: object) -> float:
    await do()  # type: ignore[operator]
    began = perf_counter()
    await do()  # type: ignore[operator]
    return perf_counter() - began


async def _fill(cast: Cast) -> None:
    desk = await furnish(cast)
    await execute("ALTER TABLE ticket DISABLE TRIGGER USER")
    await execute(
        "INSERT INTO ticket (customer, subject, service_level, first_response_min, next_response_min, solution_min, opened_at, status, "
        "first_response_due_at, solution_due_at, first_warn_at, solution_warn_at, terms) "
        "SELECT $1, 'Frage ' || n, (SELECT service_level FROM customer WHERE id = $1), 60, 120, 480, $2::timestamptz, 'open', "
        "$2::timestamptz + interval '1 day' + n * interval '1 second', $2::timestamptz + interval '3 days', "
        "$2::timestamptz + interval '20 hours' + n * interval '1 second', $2::timestamptz + interval '2 days', "
        "(SELECT max(v.id) FROM service_level_version v JOIN customer c ON c.service_level = v.service_level WHERE c.id = $1) "
        "FROM generate_series(1, $3::int) n",
        desk.groessmann, NOW, OPEN_TICKETS,
    )  # fmt: skip
    await execute("ALTER TABLE ticket ENABLE TRIGGER USER")
    await execute("ANALYZE ticket")
