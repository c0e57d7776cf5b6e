"""Solved at the first contact: the monthly report and the competences page count by one rule."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from crm.database import fetch_value
from crm.reports.definitions import DEFINITIONS
from crm.reports.figures import figures_of
from crm.tickets.answering import reply
from crm.tickets.answers.figures import resolution_between
from crm.tickets.closing import close_ticket, reopen_ticket
from crm.tickets.first_contact import AT_FIRST_CONTACT, REOPENED_WITHIN
from crm.tickets.merging import merge_tickets
from crm.tickets.opening import NewTicket, open_ticket
from tests.tickets.conftest import NOW, Desk

FIRST = NOW - timedelta(days=14)
HOUR = timedelta(hours=1)


async def solved(desk: Desk, replies: int, *, again_after: timedelta | None = None) -> int:
    """An enquiry of Emre's with so many answers; with `again_after` reopened so long after it was solved, and solved once more."""
    ali = desk.cast.ali.id
    number = (await open_ticket(NewTicket(desk.emre, "Scharnier", "?", topic="general"), by=ali, now=FIRST)).id
    for turn in range(replies):
        await reply(number, "So.", by=ali, now=FIRST + (turn + 1) * HOUR)
    await close_ticket(number, "", by=ali, now=FIRST + 9 * HOUR)
    if again_after is not None:
        await reopen_ticket(number, by=ali, now=FIRST + 9 * HOUR + again_after)
        await reply(number, "Noch etwas.", by=ali, now=FIRST + 10 * HOUR + again_after)
        await close_ticket(number, "", by=ali, now=FIRST + 11 * HOUR + again_after)
    return number


async def merged(desk: Desk) -> int:
    """Two answers, one of them to the question that was merged into it."""
    ali = desk.cast.ali.id
    one, other = [
        (await open_ticket(NewTicket(desk.emre, "Frage", "?", topic="general"), by=ali, now=FIRST)).id
        for _turn in range(2)
    ]
    for number in (one, other):
        await reply(number, "So.", by=ali, now=FIRST + HOUR)
    await merge_tickets(one, other, by=ali, now=FIRST + 2 * HOUR)
    await close_ticket(other, "", by=ali, now=FIRST + 3 * HOUR)
    return other


async def test_the_report_and_the_competences_page_agree(desk: Desk) -> None:
    week = REOPENED_WITHIN
    expected = {
        await solved(desk, 1): True,
        await solved(desk, 0): True,
        await solved(desk, 2): False,
        await solved(desk, 1, again_after=week - HOUR): False,
        await solved(desk, 1, again_after=week): True,
        await merged(desk): False,
    }
    for number, is_at_once in expected.items():
        assert await fetch_value(f"SELECT {AT_FIRST_CONTACT} FROM ticket k WHERE k.id = $1", number) is is_at_once
    later = NOW + timedelta(days=20)
    report = await figures_of(date(2026, 11, 1), now=later, zone=ZoneInfo("Europe/Berlin"))
    page = await resolution_between(NOW - timedelta(days=60), later)
    assert sum(one.solved_at_first_contact for one in report.levels) == sum(one.at_once for one in page) == 3
    assert sum(one.solved for one in report.levels) == sum(one.solved for one in page) == len(expected)


def test_the_words_name_the_days_of_the_rule() -> None:
    words = next(one.text for one in DEFINITIONS if one.code == "first_contact")
    assert f"within {REOPENED_WITHIN.days} days" in words
