"""The portfolio: who sees whose, what it says, and how it goes to a colleague."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest

from crm.customers.actions import create_organisation
from crm.customers.data import MasterData, OrganisationData
from crm.customers.handlers.portfolio import in_words
from crm.customers.lists.portfolio import Figures
from crm.customers.lists.portfolio_drawing import PortfolioPoint, portfolio_drawing
from crm.database import execute, fetch, fetch_one, fetch_value
from crm.reminders.actions import set_reminder
from crm.reminders.handover import deactivate_with_handover
from crm.reminders.portfolio_handover import plan_handover, run_due_handovers
from crm.web.i18n import speaking
from tests.browser import Browser
from tests.cast import Cast
from tests.customers.conftest import NOW, Customers, customers

__all__ = ["customers"]


async def owned(cast: Cast, name: str = "Firma", n: int = 1) -> list[int]:
    return [
        await create_organisation(OrganisationData(f"{name} {i}", "", "", MasterData()), by=cast.petra.id, now=NOW)
        for i in range(n)
    ]


async def owner_of(customer: int) -> int | None:
    return await fetch_value("SELECT owner FROM customer WHERE id = $1", customer)  # type: ignore[no-any-return]


async def test_longest_overdue_comes_first_and_everybody_is_counted(browser: Browser, cast: Cast) -> None:
    late, later, fine = await owned(cast, n=3)
    for customer, days in ((late, -20), (later, -5), (fine, 60)):
        await execute(
            "UPDATE customer_figures SET contact_due_at = now() + make_interval(days => $2) WHERE customer = $1",
            customer,
            days,
        )
    await execute(
        "UPDATE customer_figures SET satisfaction_sum = 2, satisfaction_answers = 1, open_tickets = 1, "
        "quiet_from_on = '2026-01-01' WHERE customer = $1",
        fine,
    )
    await browser.log_in(cast.petra)
    shown = await browser.get("/portfolio")
    assert int(shown.headers["x-sql-statements"]) <= 8
    assert "3 Kunden. Bei 2 ist der Kontakt überfällig." in shown.text
    assert "Einer hat eine offene Anfrage. Einer ist unzufrieden. Einer ist ungewöhnlich still" in shown.text
    run = await fetch_value("INSERT INTO score_run (status) VALUES ('ready') RETURNING id")
    await execute(
        "INSERT INTO customer_score (customer, run, abc_class, computed_class) VALUES ($1, $2, 'A', 'A')", fine, run
    )
    by_class = (await browser.get("/portfolio?sort=class&axis=class")).text
    table = by_class[by_class.index("<table") :]
    assert table.index(f"/customers/{fine}") < table.index(f"/customers/{late}"), "who has a class first"
    assert "Klasse A" in by_class
    assert "nach oben die ABC-Klasse" in by_class
    table = shown.text[shown.text.index("<table") :]
    assert table.index(f"/customers/{late}") < table.index(f"/customers/{later}") < table.index(f"/customers/{fine}")
    marks = re.findall(r'<a href="/customers/(\d+)" class="portfolio-mark" aria-label="([^"]*)"', shown.text)
    assert {int(each) for each, _label in marks} == {late, later, fine}
    assert any("seit 20 Tagen überfällig" in label for _each, label in marks)
    unhappy = (await browser.get("/portfolio?show=unhappy")).text
    assert "Firma 2" in unhappy
    assert "Firma 0" not in unhappy


def test_large_numbers_are_written_as_people_write_them() -> None:
    with speaking("de"):
        assert in_words(Figures(25086, 1608, 0, 0, 0, 0)) == "25.086 Kunden. Bei 1.608 ist der Kontakt überfällig."
    with speaking("en"):
        assert in_words(Figures(25086, 1608, 0, 0, 0, 0)) == "25,086 customers. Contact is overdue with 1,608."


async def test_whose_portfolio_one_may_see(browser: Browser, cast: Cast, customers: Customers) -> None:
    petra = f"/portfolio?owner={cast.petra.id}"
    await browser.log_in(cast.jonas)
    assert (await browser.get(petra)).status_code == 404
    assert (await browser.get("/portfolio?owner=999999")).status_code == 404
    assert (await browser.get("/portfolio?team=1")).status_code == 404
    await execute("UPDATE customer SET deputy = $2 WHERE id = $1", customers.groessmann, cast.jonas.id)
    other = (await owned(cast, "Ohne Vertretung"))[0]
    seen = await browser.get(petra)
    assert "Sie vertreten Petra Lang" in seen.text
    assert f"/customers/{customers.groessmann}" in seen.text
    assert f"/customers/{other}" not in seen.text
    for lead in (cast.eva, cast.karin, cast.ines):
        await browser.log_in(lead)
        assert f"/customers/{other}" in (await browser.get(petra)).text


async def test_team_sees_its_own_portfolio(browser: Browser, cast: Cast, customers: Customers) -> None:
    team = await fetch_value("INSERT INTO team (name) VALUES ('Süd') RETURNING id")
    await execute("UPDATE staff SET team = $1 WHERE id = ANY($2)", team, [cast.petra.id, cast.jonas.id])
    await browser.log_in(cast.jonas)
    assert "Größmann" in (await browser.get(f"/portfolio?team={team}")).text


async def test_portfolio_goes_to_a_colleague_with_its_follow_ups(
    browser: Browser, cast: Cast, customers: Customers
) -> None:
    hidden = (await owned(cast, "Eingeschränkt"))[0]
    await execute("UPDATE customer SET restricted_at = $2 WHERE id = $1", hidden, NOW)
    await execute("UPDATE customer SET deputy = $2 WHERE id = $1", customers.groessmann, cast.ali.id)
    about = await set_reminder(
        user_id=cast.petra.id,
        customer_id=customers.groessmann,
        text="Anrufen",
        due_at=NOW + timedelta(hours=1),
        by=cast.petra.id,
        now=NOW,
    )
    private = await set_reminder(
        user_id=cast.petra.id,
        customer_id=None,
        text="Zahnarzt",
        due_at=NOW + timedelta(hours=1),
        by=cast.petra.id,
        now=NOW,
    )
    await browser.log_in(cast.petra)
    preview = await browser.get(f"/portfolio/hand-over?to={cast.ali.id}")
    assert "Ein Kunde geht an Ali Demir." in preview.text
    assert "Eine offene Wiedervorlage geht mit." in preview.text
    assert await owner_of(customers.groessmann) == cast.petra.id
    form = {"to": str(cast.ali.id), "submission_id": "h1"}
    for _click in range(2):
        assert (await browser.post("/portfolio/hand-overs", form)).headers["location"] == "/portfolio?done=handed"
    assert await owner_of(customers.groessmann) == cast.ali.id
    assert await owner_of(hidden) == cast.petra.id
    assert await fetch_value("SELECT deputy FROM customer WHERE id = $1", customers.groessmann) is None
    users = {row.id: row.user for row in await fetch('SELECT id, "user" AS user FROM reminder')}
    assert users == {about: cast.ali.id, private: cast.petra.id}
    line = await fetch_one(
        "SELECT detail ->> 'after' AS after FROM timeline_entry WHERE customer = $1 AND kind = 'change'",
        customers.groessmann,
    )
    assert line is not None
    assert line.after == "Ali Demir"
    assert (
        await fetch_value(
            "SELECT count(*) FROM portfolio_handover WHERE done_at IS NOT NULL AND customers = 1 AND reminders = 1"
        )
        == 1
    )


async def test_planned_hand_over_happens_on_its_day_and_can_be_cancelled(
    browser: Browser, cast: Cast, customers: Customers
) -> None:
    await browser.log_in(cast.petra)
    day = date.today() + timedelta(days=3)  # noqa: DTZ011 - a calendar day, as a person would type it
    planned = await browser.post("/portfolio/hand-overs", {"to": str(cast.ali.id), "starts_on": day.isoformat()})
    assert planned.headers["location"] == "/portfolio?done=planned"
    await run_due_handovers(now=NOW)
    assert await owner_of(customers.groessmann) == cast.petra.id
    again = await browser.post("/portfolio/hand-overs", {"to": str(cast.jonas.id), "starts_on": day.isoformat()})
    assert again.status_code == 422
    plan = await fetch_value("SELECT id FROM portfolio_handover")
    await browser.log_in(cast.ali)
    assert (await browser.post(f"/portfolio/hand-overs/{plan}/cancellation")).status_code == 404
    await browser.log_in(cast.petra)
    await browser.post(f"/portfolio/hand-overs/{plan}/cancellation")
    later = NOW.replace(year=NOW.year + 1)
    await run_due_handovers(now=later)
    assert await owner_of(customers.groessmann) == cast.petra.id
    await plan_handover(cast.petra.id, cast.ali.id, NOW.date() + timedelta(days=2), by=cast.petra.id, now=NOW)
    for _sweep in range(2):
        await run_due_handovers(now=later)
    assert await owner_of(customers.groessmann) == cast.ali.id


async def test_a_hand_over_to_somebody_who_leaves_is_called_off_and_told(
    browser: Browser, cast: Cast, customers: Customers
) -> None:
    day = NOW.date() + timedelta(days=5)
    plan = await plan_handover(cast.petra.id, cast.jonas.id, day, by=cast.eva.id, now=NOW)
    await deactivate_with_handover(cast.jonas.id, cast.ali.id, by=cast.ines.id, now=NOW)
    told = await fetch("SELECT \"user\" AS user, link FROM notification WHERE kind = 'handover_refused' ORDER BY 1")
    assert {(row.user, row.link) for row in told} == {
        (cast.eva.id, f"/portfolio/hand-over?owner={cast.petra.id}"), (cast.petra.id, "/portfolio/hand-over"),
    }  # fmt: skip
    assert await fetch_value("SELECT cancelled_at FROM portfolio_handover WHERE id = $1", plan) == NOW
    await plan_handover(cast.petra.id, cast.ali.id, day, by=cast.petra.id, now=NOW)  # there is room for another
    await browser.log_in(cast.petra)
    shown = (await browser.get("/notifications")).text
    assert "Die Kunden von Petra Lang gehen nicht an Jonas" in shown


async def test_a_hand_over_to_somebody_who_may_no_longer_is_called_off_on_its_day(
    cast: Cast, customers: Customers
) -> None:
    plan = await plan_handover(cast.petra.id, cast.ali.id, NOW.date() + timedelta(days=2), by=cast.petra.id, now=NOW)
    await execute("UPDATE staff SET role = 'manager' WHERE id = $1", cast.ali.id)
    for _sweep in range(2):
        await run_due_handovers(now=NOW + timedelta(days=3))
    assert await owner_of(customers.groessmann) == cast.petra.id
    assert await fetch_value("SELECT cancelled_at IS NOT NULL FROM portfolio_handover WHERE id = $1", plan)
    assert await fetch_value("SELECT count(*) FROM notification WHERE kind = 'handover_refused'") == 1


async def test_portfolio_over_the_api(browser: Browser, cast: Cast, customers: Customers) -> None:
    late, fine = await owned(cast, n=2)
    await execute("UPDATE customer_figures SET contact_due_at = now() - interval '20 days' WHERE customer = $1", late)
    await execute("UPDATE customer_figures SET contact_due_at = now() + interval '60 days', quiet_from_on = '2026-01-01', "
                  "satisfaction_sum = 9, satisfaction_answers = 2 WHERE customer = $1", fine)  # fmt: skip
    await browser.log_in(cast.petra)
    first = (await browser.api("GET", "/portfolio?limit=1")).json()
    assert first["figures"] == {
        "customers": 3, "overdue": 1, "due_soon": first["figures"]["due_soon"], "with_tickets": 0, "unhappy": 0, "quiet": 1,
    }  # fmt: skip
    assert [item["id"] for item in first["items"]] == [late]
    rest = (await browser.api("GET", f"/portfolio?limit=5&cursor={first['next']}")).json()
    assert {item["id"] for item in rest["items"]} == {fine, customers.groessmann}
    quiet = (await browser.api("GET", "/portfolio?show=quiet")).json()["items"]
    assert [(item["id"], item["satisfaction"], item["abc_class"]) for item in quiet] == [(fine, 4.5, "")]
    for wrong in ("?sort=x", "?show=x", "?owner=0"):
        assert (await browser.api("GET", f"/portfolio{wrong}")).status_code == 422, wrong
    await browser.log_in(cast.jonas)
    assert (await browser.api("GET", f"/portfolio?owner={cast.petra.id}")).status_code == 404
    await browser.log_in(cast.eva)
    assert (await browser.api("GET", f"/portfolio?owner={cast.petra.id}")).json()["name"] == "Petra Lang"


async def test_hand_over_and_deputies_over_the_api(browser: Browser, cast: Cast, customers: Customers) -> None:
    await browser.log_in(cast.petra)
    body = {"to": cast.ali.id, "starts_on": "2027-01-04"}
    dry = await browser.api("POST", "/portfolio/hand-overs", body | {"dry_run": True})
    assert (dry.status_code, dry.json()) == (200, {"customers": 1, "reminders": 0, "deputies": 0})
    assert await fetch_value("SELECT count(*) FROM portfolio_handover") == 0
    made = [await browser.api("POST", "/portfolio/hand-overs", body, **{"idempotency-key": "k"}) for _n in range(2)]
    assert [answer.status_code for answer in made] == [201, 201], made[0].text
    assert made[0].json() == made[1].json()
    number = made[0].json()["id"]
    assert (made[0].json()["status"], made[0].json()["to"]) == ("planned", "Ali Demir")
    await browser.log_in(cast.jonas)
    where = f"/portfolio/hand-overs/{number}"
    assert (await browser.api("GET", where)).status_code == 404
    assert (await browser.api("POST", f"{where}/cancellation")).status_code == 404
    assert (
        await browser.api("PUT", "/portfolio/deputies", {"deputy_id": None, "owner_id": cast.petra.id})
    ).status_code == 404
    await browser.log_in(cast.petra)
    assert (await browser.api("POST", f"{where}/cancellation")).json()["status"] == "cancelled"
    assert [item["status"] for item in (await browser.api("GET", "/portfolio/hand-overs")).json()["items"]] == [
        "cancelled"
    ]
    for wrong in (cast.karin.id, cast.petra.id, 999_999):
        for dry_run in (True, False):
            answer = await browser.api("POST", "/portfolio/hand-overs", {"to": wrong, "dry_run": dry_run})
            assert set(answer.json()["errors"]) == {"to"}
    deputy = {"deputy_id": cast.ali.id}
    assert (await browser.api("PUT", "/portfolio/deputies", deputy | {"dry_run": True})).json() == {"changed": 1}
    assert await fetch_value("SELECT deputy FROM customer WHERE id = $1", customers.groessmann) is None
    changed = [(await browser.api("PUT", "/portfolio/deputies", deputy)).json()["changed"] for _n in range(2)]
    assert changed == [1, 0]
    (item,) = (await browser.api("GET", "/portfolio/deputies")).json()["items"]
    assert item == {"deputy_id": cast.ali.id, "deputy": "Ali Demir", "customers": 1}
    now = await browser.api("POST", "/portfolio/hand-overs", {"to": cast.ali.id})
    assert (now.json()["status"], now.json()["customers"]) == ("done", 1)
    assert await owner_of(customers.groessmann) == cast.ali.id


@pytest.mark.parametrize("to", ["", "999999", "x"])
async def test_nobody_takes_over_who_cannot(browser: Browser, cast: Cast, customers: Customers, to: str) -> None:
    await browser.log_in(cast.petra)
    for who in (to, str(cast.karin.id), str(cast.petra.id)):
        answer = await browser.post("/portfolio/hand-overs", {"to": who})
        assert answer.status_code == 422
    assert await owner_of(customers.groessmann) == cast.petra.id


async def test_only_oneself_and_leads_hand_over(browser: Browser, cast: Cast, customers: Customers) -> None:
    form = {"owner": str(cast.petra.id), "to": str(cast.jonas.id)}
    await browser.log_in(cast.ali)
    assert (await browser.get(f"/portfolio/hand-over?owner={cast.petra.id}")).status_code == 404
    assert (await browser.post("/portfolio/hand-overs", form)).status_code == 404
    assert (
        await browser.post("/portfolio/deputies", {"owner": str(cast.petra.id), "deputy": str(cast.ali.id)})
    ).status_code == 404
    assert await owner_of(customers.groessmann) == cast.petra.id
    await browser.log_in(cast.eva)
    assert (await browser.post("/portfolio/hand-overs", form)).status_code == 303
    assert await owner_of(customers.groessmann) == cast.jonas.id


async def test_deputy_for_all_and_back_to_nobody(browser: Browser, cast: Cast) -> None:
    ids = await owned(cast, n=3)
    await execute("UPDATE customer SET deputy = $2 WHERE id = $1", ids[0], cast.jonas.id)
    await browser.log_in(cast.petra)
    await browser.post("/portfolio/deputies", {"deputy": str(cast.ali.id)})
    deputies = "SELECT array_agg(DISTINCT coalesce(deputy, 0)) FROM customer WHERE id = ANY($1)"
    assert await fetch_value(deputies, ids) == [cast.ali.id]
    await browser.log_in(cast.ali)
    assert "Sie vertreten Petra Lang" in (await browser.get(f"/portfolio?owner={cast.petra.id}")).text
    await browser.log_in(cast.petra)
    await browser.post("/portfolio/deputies", {"deputy": "0"})
    assert await fetch_value(deputies, ids) == [0]
    assert (await browser.post("/portfolio/deputies", {"deputy": ""})).status_code == 422


def point(
    number: int, days: int, revenue: float = 0.0, satisfaction: float | None = None, tickets: int = 0
) -> PortfolioPoint:
    return PortfolioPoint(number, f"Kunde {number}", days, revenue, satisfaction, tickets)


def test_picture_puts_overdue_to_the_right_and_revenue_upwards() -> None:
    points = [point(1, -80), point(2, 40, 90_000.0, 4.0), point(3, 400, 1_000.0, 2.0, 1), point(4, 0, 50.0)]
    drawing = portfolio_drawing(points, "revenue", width=1080, height=340)
    at = {mark.point.id: mark for mark in drawing.marks}
    assert at[1].x < at[4].x == drawing.today_x < at[2].x < at[3].x <= drawing.right
    assert at[1].y == drawing.foot > at[4].y > at[3].y > at[2].y >= drawing.top
    assert [at[n].is_overdue for n in (1, 2, 3, 4)] == [False, True, True, False]
    assert [at[n].is_hollow for n in (1, 2, 3, 4)] == [True, False, False, True]
    assert at[3].has_ring


def test_picture_of_satisfaction_keeps_those_who_never_answered_at_its_foot() -> None:
    drawing = portfolio_drawing(
        [point(1, 5), point(2, 5, satisfaction=5.0), point(3, 5, satisfaction=1.0)],
        "satisfaction",
        width=1080,
        height=340,
    )
    at = {mark.point.id: mark.y for mark in drawing.marks}
    assert at[1] == drawing.foot > at[3] > at[2] == drawing.top


def test_names_in_the_picture_never_lie_over_each_other() -> None:
    points = [point(n, n % 60, 10.0 ** (n % 5)) for n in range(1, 150)]
    drawing = portfolio_drawing(points, "revenue", width=1080, height=340)
    named = [mark for mark in drawing.marks if mark.label]
    assert 0 < len(named) <= 10
    from crm.text import text_width

    boxes = [
        (
            m.y,
            m.label_x - text_width(m.label, 11) if m.ends else m.label_x,
            m.label_x if m.ends else m.label_x + text_width(m.label, 11),
        )
        for m in named
    ]
    for i, (y, begin, end) in enumerate(boxes):
        assert begin >= 0
        assert end <= drawing.width
        for other_y, other_begin, other_end in boxes[i + 1 :]:
            assert abs(y - other_y) >= 14 or end <= other_begin or other_end <= begin


def test_picture_by_class_has_a_band_for_each() -> None:
    worth = [("A", 90_000.0), ("A", 20_000.0), ("B", 90_000.0), ("C", 10.0), ("", 0.0)]
    points = [PortfolioPoint(n, f"Kunde {n}", 5, revenue, None, 0, name) for n, (name, revenue) in enumerate(worth)]
    drawing = portfolio_drawing(points, "class", width=1080, height=340)
    at = [mark.y for mark in sorted(drawing.marks, key=lambda mark: mark.point.id)]
    assert at == sorted(at), "A over B over C over none, and within a class by revenue"
    lines = [row.at for row in drawing.rows]
    for place, y in enumerate(reversed(at[1:])):
        assert lines[place + 1] < y < lines[place]
    assert any(mark.label.endswith(" · A") for mark in drawing.marks)


def test_picture_of_one_customer_without_anything() -> None:
    assert len(portfolio_drawing([point(1, 0)], "revenue", width=1080, height=340).marks) == 1
    assert portfolio_drawing([], "satisfaction", width=1080, height=340).marks == ()
