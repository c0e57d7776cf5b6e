"""A service level or a calendar changes: what is shown before is what happens, and what was promised and reached stays."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, time, timedelta

import msgspec
import pytest

from crm.database import execute, fetch, fetch_one, fetch_value
from crm.service_levels.content import CalendarContent, LevelContent
from crm.service_levels.versions import calendar_named, level_named, versions_of_level
from crm.tickets import repromising
from crm.tickets.answering import receive_message, reply
from crm.tickets.closing import close_ticket
from crm.tickets.opening import NewTicket, open_ticket
from crm.tickets.promising import CLOCK_COLUMNS, clocks_from
from crm.tickets.repromising import (
    Foreseen,
    apply_new_terms,
    change_calendar,
    change_level,
    foresee_calendar,
    foresee_level,
)
from crm.tickets.statuses import set_status
from crm.tickets.tables import TicketStatus
from crm.tickets.watching import sweep_promises
from tests.cast import introduce
from tests.tickets.conftest import NOW, Desk, furnish, value_of

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
LATER = NOW + 30 * MINUTE


async def ask(desk: Desk, at: datetime = NOW) -> int:
    """Anna of Größmann (Gold: 1 h, 2 h, 8 h; Monday to Friday 8 to 18) asks about an invoice."""
    new = NewTicket(desk.groessmann, "Rechnung 0417", "Bitte prüfen.", topic="billing", person_id=desk.anna)
    return (await open_ticket(new, by=None, now=at)).id


async def gold() -> int:
    return int(await fetch_value("SELECT id FROM service_level WHERE code = 'gold'"))


async def gold_with(**changes: object) -> LevelContent:
    return msgspec.structs.replace((await level_named(await gold())).content, **changes)


async def gold_in(first: int, following: int, solution: int) -> LevelContent:
    content = await gold_with()
    return msgspec.structs.replace(content, targets={**content.targets, "normal": (first, following, solution)})


async def office_with(**changes: object) -> CalendarContent:
    return msgspec.structs.replace((await calendar_named(code="office")).content, **changes)


async def office() -> int:
    return (await calendar_named(code="office")).id


async def clock(ticket: int, kind: str, now: datetime) -> object:
    row = await fetch_one(f"SELECT k.id, {CLOCK_COLUMNS} FROM ticket k WHERE k.id = $1", ticket)
    assert row is not None
    return next(one for one in clocks_from(row, now).clocks if one.kind == kind)


async def row_of(ticket: int) -> dict[str, object]:
    row = await fetch_one("SELECT * FROM ticket WHERE id = $1", ticket)
    assert row is not None
    return dict(row)


async def test_the_preview_writes_nothing_and_saving_does_what_it_showed(desk: Desk) -> None:
    ticket = await ask(desk)
    before = await row_of(ticket)
    content = await gold_in(240, 240, 600)
    shown = await foresee_level(await gold(), content, now=LATER)
    assert await row_of(ticket) == before
    assert (shown.enquiries, shown.touched, shown.later, shown.earlier, shown.overtaken) == (1, 1, 2, 0, 0)
    assert [(one.promise, one.before, one.after) for one in shown.moved] == [
        ("first_response", NOW + HOUR, NOW + 4 * HOUR), ("solution", NOW + 8 * HOUR, NOW + DAY),
    ]  # fmt: skip
    assert await change_level(await gold(), content, seen=shown.fingerprint, by=desk.cast.eva.id, now=LATER) is None
    for one in shown.moved:
        assert await value_of(ticket, f"{one.promise}_due_at") == one.after
    assert await value_of(ticket, "first_warn_at") == NOW + 3 * HOUR


async def test_what_is_overtaken_is_due_now_and_no_breach(desk: Desk) -> None:
    ticket = await ask(desk)
    content = await gold_in(15, 60, 120)
    shown = await foresee_level(await gold(), content, now=LATER)
    assert [(one.promise, one.is_overtaken) for one in shown.moved] == [("first_response", True), ("solution", False)]
    await change_level(await gold(), content, seen=shown.fingerprint, by=desk.cast.eva.id, now=LATER)
    assert await value_of(ticket, "first_response_due_at") == LATER
    assert await value_of(ticket, "is_recalculated")
    await sweep_promises(now=LATER + MINUTE)
    assert await value_of(ticket, "first_breached_at") is None


async def test_a_question_that_a_change_overtakes_is_due_now_too(desk: Desk) -> None:
    ticket = await ask(desk)
    await reply(ticket, "Wir schauen nach.", by=desk.cast.jonas.id, now=NOW + 5 * MINUTE)
    await receive_message(ticket, "Und?", by=None, now=NOW + 10 * MINUTE)
    await change_level(await gold(), await gold_in(10, 15, 480), seen=None, by=desk.cast.eva.id, now=LATER)
    assert await value_of(ticket, "next_response_due_at") == LATER
    await sweep_promises(now=LATER + MINUTE)
    assert await value_of(ticket, "next_breached_at") is None


async def test_a_promise_that_was_broken_before_stays_broken(desk: Desk) -> None:
    ticket = await ask(desk)
    at = NOW + 2 * HOUR
    await change_level(await gold(), await gold_in(30, 60, 480), seen=None, by=desk.cast.eva.id, now=at)
    assert await value_of(ticket, "first_response_due_at") == NOW + 30 * MINUTE
    assert await value_of(ticket, "first_overtaken_at") is None


async def test_what_changed_between_preview_and_save_is_shown_anew_and_nothing_is_saved(desk: Desk) -> None:
    ticket = await ask(desk)
    content = await gold_in(240, 240, 600)
    shown = await foresee_level(await gold(), content, now=LATER)
    await reply(ticket, "Ist berichtigt.", by=desk.cast.jonas.id, now=LATER)
    other = await change_level(await gold(), content, seen=shown.fingerprint, by=desk.cast.eva.id, now=LATER + MINUTE)
    assert isinstance(other, Foreseen)
    assert [one.promise for one in other.moved] == ["solution"]
    assert (await level_named(await gold())).content.targets["normal"] == (60, 120, 480)
    assert await change_level(
        await gold(), content, seen=other.fingerprint, by=desk.cast.eva.id, now=LATER + MINUTE
    ) is None  # fmt: skip


async def test_somebody_elses_change_in_between_is_no_silent_loss(desk: Desk) -> None:
    content = await gold_in(240, 240, 600)
    shown = await foresee_level(await gold(), content, now=LATER)
    await change_level(await gold(), await gold_with(warned_share=50), seen=None, by=desk.cast.ines.id, now=LATER)
    assert await change_level(await gold(), content, seen=shown.fingerprint, by=desk.cast.eva.id, now=LATER) is not None


async def test_what_was_promised_and_reached_never_changes(desk: Desk) -> None:
    """Answered, and solved: a new calendar and shorter targets leave the past as it was, also on the strip."""
    answered, solved = await ask(desk), await ask(desk)
    for ticket in (answered, solved):
        await reply(ticket, "Wir schauen nach.", by=desk.cast.jonas.id, now=NOW + 20 * MINUTE)
    await close_ticket(solved, "", by=desk.cast.jonas.id, now=NOW + 2 * HOUR)
    kept, firsts = await row_of(solved), [await clock(t, "first_response", NOW + 3 * HOUR) for t in (answered, solved)]
    strip = await clock(solved, "solution", NOW + 3 * HOUR)
    at = NOW + 3 * HOUR
    hours = tuple((weekday, time(12), time(14)) for weekday in range(5))
    content = await office_with(hours=hours, days=(date(2026, 11, 23),))
    await change_calendar(await office(), content, seen=None, by=desk.cast.eva.id, now=at)
    await change_level(await gold(), await gold_in(5, 10, 60), seen=None, by=desk.cast.eva.id, now=at)
    assert await row_of(solved) == kept
    assert await clock(solved, "solution", at) == strip
    for ticket, before in zip((answered, solved), firsts, strict=True):
        now = await clock(ticket, "first_response", at)
        assert (now.due_at, now.used_min, now.state) == (before.due_at, before.used_min, "kept")  # type: ignore[attr-defined]
        assert await value_of(ticket, "first_response_due_at") == NOW + HOUR
        assert await value_of(ticket, "first_response_min") == 60
    assert await value_of(answered, "solution_due_at") != kept["solution_due_at"]


async def test_the_derived_due_times_are_the_stored_ones_after_any_change(desk: Desk) -> None:
    ticket = await ask(desk)
    await set_status(ticket, TicketStatus.WAITING, by=desk.cast.jonas.id, now=NOW + 10 * MINUTE)
    await set_status(ticket, TicketStatus.OPEN, by=desk.cast.jonas.id, now=NOW + 40 * MINUTE)
    content = await office_with(days=(date(2026, 11, 24),), day_names={"2026-11-24": "Inventur"})
    await change_calendar(await office(), content, seen=None, by=desk.cast.eva.id, now=NOW + HOUR)
    for kind in ("first_response", "solution"):
        derived = await clock(ticket, kind, NOW + HOUR)
        assert derived.due_at == await value_of(ticket, f"{kind}_due_at")  # type: ignore[attr-defined]
    # 7.5 h of Monday are left at 10:30, the pause of half an hour stays: half an hour of Wednesday, since Tuesday is off
    assert await value_of(ticket, "solution_due_at") == datetime(2026, 11, 25, 7, 30, tzinfo=UTC)


async def test_a_day_off_moves_every_service_level_by_the_calendar(desk: Desk) -> None:
    await ask(desk)
    await open_ticket(NewTicket(desk.emre, "Griff", "Lose.", topic="general"), by=None, now=NOW)
    content = await office_with(days=(date(2026, 11, 24),))
    shown = await foresee_calendar(await office(), content, now=LATER)
    assert shown.enquiries == 2
    assert [(one.promise, one.before, one.after) for one in shown.moved] == [  # Basis: 40 h, over Tuesday
        ("solution", datetime(2026, 11, 27, 9, 0, tzinfo=UTC), datetime(2026, 11, 30, 9, 0, tzinfo=UTC))
    ]
    assert await change_calendar(
        await office(), content, seen=shown.fingerprint, by=desk.cast.eva.id, now=LATER
    ) is None  # fmt: skip
    assert await fetch_value("SELECT count(*) FROM ticket k JOIN service_level s ON s.id = k.service_level "
        "JOIN service_level_version v ON v.id = k.terms AND v.number = s.version") == 2  # fmt: skip


async def test_which_statuses_stop_a_clock_is_the_service_levels_choice(desk: Desk) -> None:
    ticket = await ask(desk)
    await set_status(ticket, TicketStatus.POSTPONED, by=desk.cast.jonas.id, now=NOW + 10 * MINUTE, until=NOW + 3 * HOUR)
    assert await value_of(ticket, "solution_due_at") == NOW + 8 * HOUR
    pausing = {"first_response": (), "next_response": (), "solution": ("waiting", "postponed")}
    content = await gold_with(pausing=pausing)
    shown = await foresee_level(await gold(), content, now=LATER)
    assert [(one.promise, one.after) for one in shown.moved] == [("solution", None)]
    await change_level(await gold(), content, seen=shown.fingerprint, by=desk.cast.eva.id, now=LATER)
    assert await value_of(ticket, "solution_due_at") is None
    await set_status(ticket, TicketStatus.OPEN, by=desk.cast.jonas.id, now=NOW + 70 * MINUTE)
    assert await value_of(ticket, "solution_due_at") == datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
    await set_status(ticket, TicketStatus.WAITING, by=desk.cast.jonas.id, now=NOW + 75 * MINUTE)
    assert await value_of(ticket, "first_response_due_at") == NOW + HOUR, "waiting no longer stops the first response"


async def test_the_share_at_which_is_warned_is_the_service_levels_choice(desk: Desk) -> None:
    ticket = await ask(desk)
    await change_level(await gold(), await gold_with(warned_share=50), seen=None, by=desk.cast.eva.id, now=NOW + MINUTE)
    assert await value_of(ticket, "first_warn_at") == LATER
    assert await sweep_promises(now=LATER - MINUTE) == 0
    assert await sweep_promises(now=LATER) == 1
    assert await value_of(await ask(desk, LATER), "first_warn_at") == LATER + 30 * MINUTE


async def test_a_new_promise_after_a_breach_is_watched_over_anew(desk: Desk) -> None:
    ticket = await ask(desk)
    await sweep_promises(now=NOW + 61 * MINUTE)
    await change_level(await gold(), await gold_in(240, 240, 480), seen=None, by=desk.cast.eva.id, now=NOW + 2 * HOUR)
    assert await value_of(ticket, "first_breached_at") is None
    assert await sweep_promises(now=NOW + 2 * HOUR + MINUTE) == 0
    assert await sweep_promises(now=NOW + 3 * HOUR) == 1  # the warning of the new promise


async def test_a_version_says_from_when_who_and_what(desk: Desk) -> None:
    await change_level(await gold(), await gold_in(45, 120, 480), seen=None, by=desk.cast.eva.id, now=LATER)
    newest, first = await versions_of_level(await gold())
    assert (newest.number, newest.valid_from, newest.by) == (2, LATER, "Eva Kern")
    assert newest.changed == {"targets.normal": [[60, 120, 480], [45, 120, 480]]}
    assert (first.number, first.changed) == (1, {})


async def test_saving_the_same_again_makes_no_version(desk: Desk) -> None:
    await change_level(await gold(), await gold_with(), seen=None, by=desk.cast.eva.id, now=LATER)
    assert len(await versions_of_level(await gold())) == 1


async def test_many_enquiries_get_their_due_times_in_the_background_and_twice_changes_nothing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repromising, "APPLIED_WITHIN", 0)
    monkeypatch.setattr(repromising, "WRITTEN_AT_ONCE", 2)
    tickets = [await ask(desk) for _ in range(5)]
    await change_level(await gold(), await gold_in(240, 240, 600), seen=None, by=desk.cast.eva.id, now=LATER)
    assert await value_of(tickets[0], "first_response_due_at") == NOW + HOUR
    monkeypatch.setattr(repromising, "_BEHIND", repromising._BEHIND.replace("LIMIT 200", "LIMIT 2"))
    assert await apply_new_terms(now=LATER) == 5
    rows = [await row_of(ticket) for ticket in tickets]
    assert {row["first_response_due_at"] for row in rows} == {NOW + 4 * HOUR}
    assert await apply_new_terms(now=LATER + MINUTE) == 0
    assert [await row_of(ticket) for ticket in tickets] == rows


async def test_two_workers_and_an_agent_at_once_leave_every_enquiry_with_the_new_terms(own_database: str) -> None:
    desk = await furnish(await introduce())
    tickets = [await ask(desk) for _ in range(10)]
    content = await gold_in(240, 240, 600)
    save = change_level(await gold(), content, seen=None, by=desk.cast.eva.id, now=LATER)
    answers = [reply(ticket, "Ist berichtigt.", by=desk.cast.jonas.id, now=LATER) for ticket in tickets[:3]]
    await asyncio.gather(save, *answers, apply_new_terms(now=LATER), apply_new_terms(now=LATER))
    await apply_new_terms(now=LATER)
    rows = await fetch(
        "SELECT v.number, k.solution_due_at FROM ticket k JOIN service_level_version v ON v.id = k.terms WHERE k.id = ANY($1)",
        tickets,
    )
    assert {tuple(row) for row in rows} == {(2, NOW + DAY)}


async def test_a_new_rhythm_moves_the_next_contact(desk: Desk) -> None:
    before = await fetch_value("SELECT contact_due_at FROM customer_figures WHERE customer = $1", desk.groessmann)
    content = await gold_with(contact_rhythm_days=10)
    await change_level(await gold(), content, seen=None, by=desk.cast.eva.id, now=LATER)
    after = await fetch_value("SELECT contact_due_at FROM customer_figures WHERE customer = $1", desk.groessmann)
    assert before - after == 20 * DAY


async def test_an_old_enquiry_is_counted_by_the_holidays_of_its_own_time(desk: Desk) -> None:
    """Good Friday and Easter Monday of 2019, seen in 2026."""
    ticket = await ask(desk, datetime(2019, 4, 18, 15, 0, tzinfo=UTC))  # Thursday, 17:00 in Nuremberg
    due = datetime(2019, 4, 23, 13, 0, tzinfo=UTC)
    assert await value_of(ticket, "solution_due_at") == due
    assert (await clock(ticket, "solution", NOW)).due_at == due  # type: ignore[attr-defined]


async def test_a_deleted_customers_enquiry_is_not_shown(desk: Desk) -> None:
    await ask(desk)
    await execute("UPDATE customer SET restricted_at = $2 WHERE id = $1", desk.groessmann, NOW)
    assert (await foresee_level(await gold(), await gold_in(5, 10, 60), now=LATER)).enquiries == 0
