"""The start page: each role sees what it should do, in words first."""

from datetime import UTC, datetime, timedelta

import pytest

from crm.accounts.permissions import Role
from crm.accounts.tables import User
from crm.database import execute
from crm.privacy.desk.filing import file_request
from crm.reminders.actions import set_reminder
from crm.tickets.opening import NewTicket, open_ticket
from crm.today.queries import Month, Numbers
from crm.today.sentences import day_in_words, greeting, month_in_words, nothing_due
from crm.web.i18n import speaking
from tests.browser import Browser
from tests.cast import Cast
from tests.tickets.conftest import furnish

ROLES = ("petra", "ali", "eva", "karin", "sven", "ines")


@pytest.mark.parametrize("who", ROLES)
async def test_every_role_has_a_start_page_of_few_statements(browser: Browser, cast: Cast, who: str) -> None:
    user: User = getattr(cast, who)
    await browser.log_in(user)
    answer = await browser.get("/")
    assert answer.status_code == 200, answer.text
    assert user.name in answer.text
    assert int(answer.headers["x-sql-statements"]) <= 8


async def test_petra_finds_her_follow_up_and_ends_it_from_the_list(browser: Browser, cast: Cast) -> None:
    now = datetime.now(UTC)
    made = await set_reminder(
        user_id=cast.petra.id,
        customer_id=None,
        text="Frau Yıldız anrufen",
        due_at=now + timedelta(seconds=30),
        by=cast.petra.id,
        now=now,
    )
    await browser.log_in(cast.petra)
    page = await browser.get("/")
    assert "Frau Yıldız anrufen" in page.text
    settled = await browser.post(f"/reminders/{made}/completion", htmx=True)
    assert "Erledigt: Frau Yıldız anrufen" in settled.text
    assert "Frau Yıldız anrufen" not in (await browser.get("/")).text


def test_the_day_in_words() -> None:
    with speaking("de"):
        assert day_in_words(Numbers(reminders=1, tickets=3, overdue=0, due_today=1, resting=0, to_contact=2)) == (
            "Heute ist eine Wiedervorlage fällig. 3 Anfragen warten auf Sie, davon ist eine heute fällig. "
            "Bei 2 Ihrer Kunden sollten Sie sich melden."
        )
        assert day_in_words(Numbers()) == ""
        assert nothing_due(Role.SALES) == "Ein guter Tag, um einen Kunden anzurufen."
        assert nothing_due(Role.DPO) == "Heute ist es ruhig."
        assert greeting("Petra Lang", datetime(2026, 11, 23, 8, 0, tzinfo=UTC)) == "Guten Morgen, Petra Lang."


@pytest.mark.parametrize(
    ("tickets", "overdue", "due_today", "resting", "sentence"),
    [
        (4, 2, 1, 0, "4 Anfragen warten auf Sie, davon sind 2 überfällig und eine ist heute fällig."),
        (3, 1, 0, 0, "3 Anfragen warten auf Sie, davon ist eine überfällig."),
        (3, 3, 0, 0, "3 Anfragen warten auf Sie, alle sind überfällig."),
        (1, 0, 1, 0, "Eine Anfrage wartet auf Sie, sie ist heute fällig."),
        (
            2,
            0,
            0,
            1,
            "2 Anfragen warten auf Sie. Eine Ihrer Anfragen ruht, bis der Kunde antwortet oder ihre Zeit kommt.",
        ),
    ],
)
def test_what_is_overdue_is_named_before_what_is_due(
    tickets: int, overdue: int, due_today: int, resting: int, sentence: str
) -> None:
    with speaking("de"):
        numbers = Numbers(tickets=tickets, overdue=overdue, due_today=due_today, resting=resting)
        assert day_in_words(numbers) == sentence


async def test_start_page_navigation_and_queue_agree_on_what_waits_for_ali(browser: Browser, cast: Cast) -> None:
    """One is in work and its next response overdue, one put back although overdue, one due at midnight, one waits."""
    desk, now = await furnish(cast), datetime.now(UTC)
    titles = ("Antwort fehlt", "Zurückgestellt", "Noch heute", "Wartet auf Emre")
    first, second, third, fourth = [
        (await open_ticket(NewTicket(desk.emre, title, "Text"), by=cast.ali.id, now=now)).id for title in titles
    ]
    await execute(
        "UPDATE ticket SET assignee = $1, status = 'open', first_responded_at = $2, next_response_due_at = NULL, "
        "solution_due_at = $3",
        cast.ali.id, now, now + timedelta(days=9),
    )  # fmt: skip
    await execute("UPDATE ticket SET next_response_due_at = $2 WHERE id = $1", first, now - timedelta(hours=1))
    await execute(
        "UPDATE ticket SET status = 'postponed', solution_due_at = $2 WHERE id = $1", second, now - timedelta(hours=1)
    )
    await execute("UPDATE ticket SET next_response_due_at = $2 WHERE id = $1", third, now + timedelta(seconds=30))
    await execute("UPDATE ticket SET status = 'waiting', solution_due_at = NULL WHERE id = $1", fourth)
    await browser.log_in(cast.ali)
    page = (await browser.get("/")).text
    assert "3 Anfragen warten auf Sie, davon sind 2 überfällig und eine ist heute fällig." in page
    assert "Eine Ihrer Anfragen ruht" in page
    assert '<span class="count" title="Anfragen, die auf Sie warten">3</span>' in page
    assert [title in page for title in titles] == [True, True, True, False]
    assert 'Meine <span class="count">4</span>' in (await browser.get("/tickets?view=mine")).text


def test_the_month_in_words() -> None:
    month = Month(contacts=1284, contacts_before=1211, satisfaction=4.23, answers=318, tickets=90)
    with speaking("de"):
        assert month_in_words(month) == (
            "1.284 Kontakte in diesem Monat, 6 % mehr als im Vormonat um diese Zeit. "
            "Die Kunden geben uns 4,2 von 5 Punkten (318 Antworten)."
        )
    with speaking("en"):
        assert month_in_words(month).startswith("1,284 contacts so far this month, 6 % more")


async def _prepared(by: int, number: int, now: datetime) -> None:
    await execute(
        "INSERT INTO erasure (id, uid, status, prepared_by, prepared_at, submitted_at) VALUES ($1, $2, 'submitted', $3, $4, $4)",
        number, f"uid{number}", by, now,
    )  # fmt: skip


async def test_the_officer_begins_with_the_request_that_is_due_first(browser: Browser, cast: Cast) -> None:
    now = datetime.now(UTC)
    late, new = now - timedelta(days=40), now
    for name, at in (("Anna Quitterer", new), ("Emre Yıldız", late)):
        await file_request("access", source="mail", requester_name=name, now=at)
    await browser.log_in(cast.sven)
    answer = await browser.get("/")
    assert "2 Datenschutzanfragen sind offen, davon ist eine überfällig." in answer.text
    assert answer.text.index("Emre Yıldız") < answer.text.index("Anna Quitterer")
    assert int(answer.headers["x-sql-statements"]) <= 8


async def test_an_erasure_waits_for_somebody_else_than_who_prepared_it(browser: Browser, cast: Cast) -> None:
    now = datetime.now(UTC)
    await _prepared(cast.sven.id, 501, now)
    await browser.log_in(cast.sven)
    assert "/privacy/erasures/501" not in (await browser.get("/")).text
    await browser.log_in(cast.ines)
    page = await browser.get("/")
    assert "Eine Löschung wartet auf Ihre Freigabe." in page.text
    assert "/privacy/erasures/501" in page.text
    assert "vorbereitet von" in page.text
    await browser.log_in(cast.karin)
    assert "/privacy/erasures" not in (await browser.get("/")).text
