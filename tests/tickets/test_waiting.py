"""What waits for somebody: at which level, why, and that each change of capacity, presence or competence offers it again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import time, timedelta

import pytest

from crm.database import execute, fetch_value
from crm.tickets.assigning import offer_waiting_tickets
from crm.tickets.competences import Availability, change_availability, set_absence, set_levels
from crm.tickets.opening import NewTicket, open_ticket
from crm.tickets.routing import AgentFacts, RequiredLevel, RoutingFacts
from crm.tickets.tables import TicketKind
from crm.tickets.waiting import bottleneck, waiting_by_level
from tests.browser import Browser
from tests.tickets.conftest import NOW, Desk

ABLE = {"level": 2, "load": 0, "capacity": 3}


def stuck_at(*agents: dict[str, object]) -> str:
    found = tuple(AgentFacts(id=n, **{**ABLE, **agent}) for n, agent in enumerate(agents, 1))  # type: ignore[arg-type]
    return bottleneck(RoutingFacts(required=RequiredLevel(2, ()), agents=found, language="de", channel="phone"))


@pytest.mark.parametrize(
    ("agents", "why"),
    [
        ([], "nobody"),
        ([{"level": 1}], "nobody"),
        ([{"gave_up": True}, {"level": 1}], "nobody"),
        ([{"languages": ("en",), "load": 3}, {"level": 1}], "language"),
        ([{"channels": ("email",)}, {"languages": ("en",)}], "channel"),
        ([{"presence": "absent"}, {"presence": "absent", "load": 3}], "absent"),
        ([{"presence": "absent"}, {"presence": "hours"}], "hours"),
        ([{"load": 3}, {"presence": "absent"}], "full"),
        ([{}, {"load": 3}], "next"),
    ],
)
def test_an_enquiry_is_stuck_where_the_last_who_could_have_it_drop_out(
    agents: list[dict[str, object]], why: str
) -> None:
    assert stuck_at(*agents) == why


async def wait_for_jonas(desk: Desk, *, first_due: timedelta = timedelta(0), kind: str = "question") -> int:
    """The first invoice of Gold needs level 2, a complaint about the next one too: while Mia is absent only Jonas can have it."""
    new = NewTicket(desk.groessmann, "Unklare Rechnungsposition", "?", topic="billing", kind=TicketKind(kind))
    number = (await open_ticket(new, by=desk.cast.ali.id, now=NOW)).id
    assert await fetch_value("SELECT assignee FROM ticket WHERE id = $1", number) is None
    await execute(
        "UPDATE ticket SET first_response_due_at = first_response_due_at + $2 WHERE id = $1", number, first_due
    )
    return number


async def take_mia_away(desk: Desk) -> None:
    await execute('UPDATE agent_profile SET absent_from = $2 WHERE "user" = $1', desk.cast.mia.id, NOW)


FULL = Availability(0, ("de",), (), tuple((day, time(0), time(0)) for day in range(7)))
"""No room for any, and at work whenever the tests run: what a page says must not depend on the hour."""


@pytest.mark.parametrize("what", ["capacity", "presence", "competence"])
async def test_what_waits_is_offered_again_as_soon_as_somebody_can_have_it(
    desk: Desk, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await take_mia_away(desk)
    me, jonas = desk.cast.eva.id, desk.cast.jonas.id
    billing = int(await fetch_value("SELECT id FROM topic WHERE code = 'billing'"))
    stop, go = _ways(jonas, billing, me)[what]
    await stop()
    late = await wait_for_jonas(desk, first_due=timedelta(hours=2))
    early = await wait_for_jonas(desk, kind="complaint")
    asked: list[str] = []

    async def remember(name: str, *_ids: int) -> None:
        asked.append(name)

    monkeypatch.setattr("crm.tickets.competences.enqueue", remember)
    await go()
    assert asked == ["offer_waiting_tickets"]
    await execute('UPDATE agent_profile SET capacity = load + 1 WHERE "user" = $1', jonas)  # room for one of the two
    assert await offer_waiting_tickets(now=NOW) == 1
    assert await fetch_value("SELECT assignee FROM ticket WHERE id = $1", early) == jonas, (
        "what is due first comes first"
    )
    assert await fetch_value("SELECT assignee FROM ticket WHERE id = $1", late) is None


def _ways(jonas: int, billing: int, me: int) -> dict[str, tuple[Callable[[], Awaitable[object]], ...]]:
    free = Availability(8, ("de",), (), ())
    return {
        "capacity": (
            lambda: change_availability(jonas, FULL, by=me, now=NOW), lambda: change_availability(jonas, free, by=me, now=NOW),
        ),
        "presence": (lambda: set_absence(jonas, NOW, None, by=me, now=NOW), lambda: set_absence(jonas, None, None, by=me, now=NOW)),
        "competence": (
            lambda: set_levels({(jonas, billing): 1}, by=me, now=NOW), lambda: set_levels({(jonas, billing): 2}, by=me, now=NOW),
        ),
    }  # fmt: skip


async def test_eva_sees_how_many_wait_at_which_level_and_why(
    browser: Browser, desk: Desk, round_the_clock: None
) -> None:
    await take_mia_away(desk)
    await change_availability(desk.cast.jonas.id, FULL, by=desk.cast.eva.id, now=NOW)
    number = await wait_for_jonas(desk)
    [queue] = await waiting_by_level(NOW)
    assert (queue.level, [one.id for one in queue.tickets], queue.reasons, queue.since) == (
        2,
        [number],
        [("full", 1)],
        NOW,
    )
    await browser.log_in(desk.cast.eva)
    page = await browser.get("/tickets/waiting")
    assert "alle, die es könnten, sind ausgelastet" in page.text
    assert "Unklare Rechnungsposition" in page.text
    assert int(page.headers["x-sql-statements"]) <= 8
    assert 'href="/tickets/waiting"' in (await browser.get("/tickets?view=unassigned")).text
    [level] = (await browser.api("GET", "/tickets/waiting")).json()["items"]
    assert (level["level"], level["count"], level["reasons"]) == (2, 1, {"full": 1})
    await execute("UPDATE customer SET restricted_at = $2 WHERE id = $1", desk.groessmann, NOW)
    assert (await browser.api("GET", "/tickets/waiting")).json()["items"] == []
