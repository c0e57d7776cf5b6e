"""Rounds in which colleagues rate touchpoints, what stands beside it, and what follows."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from crm.accounts.tables import User
from crm.database import execute, fetch_value
from crm.errors import Conflict, Invalid, RuleBroken
from crm.improvement.assessments.actions import change_round, close_round, open_round, rate_touchpoints
from crm.improvement.assessments.forms import RoundData
from crm.improvement.assessments.matrix import matrix
from crm.improvement.assessments.priorities import CameBack, Priority, Rated, Standing, priorities
from crm.improvement.assessments.queries import Results, results_of, round_for
from crm.improvement.assessments.sentences import came_back, why
from crm.touchpoints.statistics import mean_estimate
from crm.web.i18n import speaking
from tests.browser import Browser
from tests.cast import Cast
from tests.tickets.conftest import NOW, Desk, desk

__all__ = ["desk"]

LAST_DAY = date(2026, 12, 4)
AFTER = datetime(2026, 12, 5, 8, 0, tzinfo=UTC)


async def assessed(round_id: int, code: str) -> int:
    return int(
        await fetch_value(
            "SELECT s.id FROM assessed_touchpoint s JOIN touchpoint t ON t.id = s.touchpoint WHERE s.round = $1 AND t.code = $2",
            round_id, code,
        )
    )  # fmt: skip


async def a_round(cast: Cast, *codes: str) -> int:
    data = RoundData("Herbst", LAST_DAY, codes or ("hotline", "invoice"))
    return await open_round(data, by=cast.eva.id, now=NOW)


async def rate(round_id: int, user: User, code: str, now: datetime = NOW, **ratings: int) -> None:
    await rate_touchpoints(round_id, {await assessed(round_id, code): ratings}, by=user.id, now=now)


async def answer(
    touchpoint: str, score: int, at: datetime, customer: int | None = None, ticket: int | None = None
) -> None:
    await execute(
        "INSERT INTO survey_answer (customer, touchpoint, metric, score, comment, at, ticket) "
        "SELECT $1, id, 'csat', $3, '', $4, $5 FROM touchpoint WHERE code = $2",
        customer, touchpoint, score, at, ticket,
    )  # fmt: skip


async def results(round_id: int, user: User, now: datetime = AFTER) -> Results:
    return await results_of(await round_for(user.id, round_id), now)


async def standing(round_id: int, user: User, code: str) -> Standing:
    return next(one.standing for one in (await results(round_id, user)).judged if one.standing.code == code)


async def test_colleagues_are_told_once_and_only_touchpoints_in_use_are_rated(desk: Desk) -> None:
    cast = desk.cast
    await a_round(cast)
    told = "SELECT count(*) FROM notification WHERE kind = 'assessment_opened'"
    assert await fetch_value(told) == 7, "everybody but Eva, who opened it"
    await execute("UPDATE touchpoint SET state = 'retired' WHERE code = 'advert'")
    for codes in ((), ("advert",), ("no_such",)):
        with pytest.raises(Invalid):
            await open_round(RoundData("Leer", LAST_DAY, codes), by=cast.eva.id, now=NOW)


async def test_ali_goes_on_where_he_stopped_and_changes_his_mind(desk: Desk) -> None:
    cast = desk.cast
    round_id = await a_round(cast)
    await rate(round_id, cast.ali, "hotline", importance=5, friendliness=2)
    await rate(round_id, cast.ali, "hotline", friendliness=3)
    await rate(round_id, cast.ali, "hotline", consistency=0, technology=1)
    row = await fetch_value("SELECT (importance, friendliness, consistency, technology)::text FROM assessment")
    assert row == "(5,3,0,1)"
    assert await fetch_value("SELECT count(*) FROM assessment") == 1
    assert (await round_for(cast.ali.id, round_id)).done == 1
    assert (await round_for(cast.petra.id, round_id)).done == 0


async def test_nobody_rates_in_the_touchpoints_of_another_round(desk: Desk) -> None:
    first, second = await a_round(desk.cast), await a_round(desk.cast, "advice")
    foreign = {await assessed(second, "advice"): {"importance": 1}}
    await rate_touchpoints(first, foreign, by=desk.cast.ali.id, now=NOW)
    assert await fetch_value("SELECT count(*) FROM assessment") == 0


async def test_a_round_ends_with_its_last_day_of_the_companys_zone(desk: Desk) -> None:
    cast = desk.cast
    round_id = await a_round(cast)
    late = datetime(2026, 12, 4, 22, 59, tzinfo=UTC)
    await rate(round_id, cast.ali, "hotline", late, importance=4)
    with pytest.raises(RuleBroken):
        await results(round_id, cast.eva, late)
    with pytest.raises(RuleBroken):
        await rate(round_id, cast.ali, "hotline", late + timedelta(minutes=1), importance=1)
    assert (await results(round_id, cast.eva, late + timedelta(minutes=1))).window.until == late + timedelta(minutes=1)


async def test_eva_closes_early_and_nothing_changes_afterwards(desk: Desk) -> None:
    cast = desk.cast
    round_id = await a_round(cast)
    await change_round(round_id, "Herbst 2026", LAST_DAY, 1, by=cast.eva.id, now=NOW)
    with pytest.raises(Conflict):
        await change_round(round_id, "Winter", LAST_DAY, 1, by=cast.karin.id, now=NOW)
    for _click in range(2):
        await close_round(round_id, by=cast.eva.id, now=NOW)
    closed = "SELECT count(*) FROM audit_entry WHERE action = 'assessment.closed'"
    assert await fetch_value(closed) == 1
    with pytest.raises(RuleBroken):
        await rate(round_id, cast.ali, "hotline", importance=5)
    with pytest.raises(RuleBroken):
        await change_round(round_id, "Doch", LAST_DAY, 3, by=cast.eva.id, now=NOW)
    assert await fetch_value("SELECT count(*) FROM audit_entry WHERE subject_kind = 'assessment'") == 0, (
        "ratings leave no trace"
    )


async def test_means_come_from_five_ratings_on_and_dont_know_does_not_count(desk: Desk) -> None:
    cast = desk.cast
    round_id = await a_round(cast)
    colleagues = (cast.ali, cast.jonas, cast.mia, cast.petra, cast.eva)
    for number, user in enumerate(colleagues):
        await rate(round_id, user, "hotline", importance=1 + number, friendliness=0 if number == 0 else 4)
    for user in colleagues[:4]:
        await rate(round_id, user, "invoice", importance=5)
    hotline = await standing(round_id, cast.eva, "hotline")
    assert hotline.rated["importance"] == Rated(3.0, 5)
    assert hotline.rated["friendliness"] == Rated(None, 4)
    assert hotline.raters == 5
    invoice = await standing(round_id, cast.eva, "invoice")
    assert invoice.rated["importance"] == Rated(None, 4)
    assert invoice.is_from_catalogue
    assert invoice.importance == float(invoice.listed)


async def test_customers_answers_are_a_series_of_their_own_of_the_twelve_months_before(desk: Desk) -> None:
    cast = desk.cast
    round_id = await a_round(cast)
    await rate(round_id, cast.ali, "hotline", importance=1, friendliness=1)
    for score, days in ((5, 10), (3, 364), (1, 370)):
        await answer("hotline", score, AFTER - timedelta(days=days), desk.emre)
    await answer("hotline", 1, AFTER + timedelta(hours=1), desk.emre)
    said = (await standing(round_id, cast.eva, "hotline")).satisfaction
    assert said
    assert (said.value, said.n) == (4.0, 2)
    await execute("UPDATE customer SET restricted_at = $2 WHERE id = $1", desk.emre, NOW)
    assert (await standing(round_id, cast.eva, "hotline")).satisfaction is None


async def test_coming_back_is_the_customers_own_doing_about_something_else_within_90_days(desk: Desk) -> None:
    cast = desk.cast
    round_id = await a_round(cast)
    at = AFTER - timedelta(days=200)
    await answer("hotline", 5, at, desk.groessmann)
    await answer("hotline", 4, at - timedelta(days=100), desk.groessmann)
    await answer("hotline", 1, at, desk.emre)
    await answer("hotline", 3, at, desk.emre)

    async def contact(days: float, *, direction: str = "inbound", counts: bool = True) -> None:
        await execute(
            "INSERT INTO interaction (customer, channel, direction, text, at, counts, is_moment_of_truth, version) "
            "VALUES ($1, 'phone', $2, 'Fragt nach.', $3, $4, false, 1)",
            desk.emre, direction, at + timedelta(days=days), counts,
        )  # fmt: skip

    async def back() -> tuple[CameBack, CameBack]:
        found = await standing(round_id, cast.eva, "hotline")
        return found.good, found.bad

    await contact(-1)
    await contact(91)
    await contact(5, direction="outbound")
    await contact(5, counts=False)
    assert await back() == (CameBack(1, 0), CameBack(1, 0)), (
        "one customer counts once, whatever they answered how often"
    )
    await contact(89)
    assert await back() == (CameBack(1, 0), CameBack(1, 1))
    for number, days, status in (("A-1", 0, "ordered"), ("A-2", 30, "cancelled")):
        await execute(
            "INSERT INTO customer_order (customer, number, ordered_on, amount, status) VALUES ($1, $2, $3, $4, $5)",
            desk.groessmann, number, (at + timedelta(days=days)).date(), Decimal(10), status,
        )  # fmt: skip
    assert (await back())[0] == CameBack(1, 0)
    await execute("UPDATE customer_order SET status = 'ordered' WHERE number = 'A-2'")
    assert (await back())[0] == CameBack(1, 1)


async def test_an_answer_whose_90_days_are_not_over_says_nothing_about_coming_back(desk: Desk) -> None:
    round_id = await a_round(desk.cast)
    await answer("hotline", 1, AFTER - timedelta(days=80), desk.emre)
    assert (await standing(round_id, desk.cast.eva, "hotline")).bad == CameBack(0, 0)


async def test_the_figures_are_those_of_a_plain_count(desk: Desk) -> None:
    """An independent count over the raw rows, on random answers."""
    draw = random.Random(7)
    round_id = await a_round(desk.cast, "hotline", "invoice", "advice")
    given = [
        (
            draw.choice(("hotline", "invoice", "advice")),
            draw.randint(1, 5),
            AFTER - timedelta(days=draw.uniform(1, 500)),
        )
        for _number in range(300)
    ]
    for code, score, at in given:
        await answer(code, score, at)
    until = datetime(2026, 12, 4, 23, 0, tzinfo=UTC)
    for code in ("hotline", "invoice", "advice"):
        scores = [score for where, score, at in given if where == code and until - timedelta(days=365) <= at < until]
        said = (await standing(round_id, desk.cast.eva, code)).satisfaction
        assert said
        assert said.n == len(scores)
        assert said.value == pytest.approx(sum(scores) / len(scores))


def touchpoint(number: int, importance: float, scores: dict[int, int], **more: object) -> Standing:
    rated = {"importance": Rated(importance, 9)}
    return replace(
        Standing(number, f"t{number}", f"Nr. {number}", "Aktion", 4.0, 3, 9, rated, mean_estimate(scores)), **more
    )  # type: ignore[arg-type]


def test_unmet_basics_come_first_then_what_matters_and_falls_short() -> None:
    good, poor, few = {5: 20, 4: 10}, {2: 20, 3: 10}, {1: 4}
    found = priorities(
        [
            touchpoint(1, 4.5, good), touchpoint(2, 2.0, good, basics=1), touchpoint(3, 2.5, poor), touchpoint(4, 4.8, poor),
            touchpoint(5, 4.9, few), touchpoint(6, 1.5, {3: 30}, basics=2), touchpoint(7, 4.6, {3: 30}),
        ]
    )  # fmt: skip
    assert [(one.standing.id, one.priority) for one in found] == [
        (6, Priority.BASICS), (4, Priority.ACT), (7, Priority.ACT), (3, Priority.WATCH), (1, Priority.KEEP), (2, Priority.FINE),
        (5, Priority.UNKNOWN),
    ]  # fmt: skip
    assert [one.number for one in found] == [1, 2, 3, 4, 5, 6, 7]


def test_what_is_shown_to_lose_customers_stands_before_what_falls_further_short() -> None:
    poor, poorer = {3: 30}, {2: 30}
    loses = {"good": CameBack(20, 19), "bad": CameBack(20, 3)}
    found = priorities([touchpoint(1, 4.0, poorer), touchpoint(2, 4.0, poor, **loses), touchpoint(3, 1.0, poor)])
    assert [one.standing.id for one in found][:2] == [2, 1]
    with speaking("de"):
        assert (
            "Nach einer guten Antwort kamen 19 von 20 Kunden wieder, nach einer schlechten nur 3 von 20 Kunden."
            in why(found[0])
        )


def test_a_handful_says_nothing_about_coming_back() -> None:
    one = touchpoint(1, 4.0, {2: 30}, good=CameBack(4, 4), bad=CameBack(30, 0))
    assert not one.loses
    with speaking("de"):
        assert came_back(one.good) == "zu wenige Antworten"
        assert came_back(one.bad) == "0 von 30"


def test_points_keep_within_the_matrix_and_200_touchpoints_are_drawn() -> None:
    draw = random.Random(3)
    many = [touchpoint(n, draw.uniform(1, 5), {draw.randint(1, 5): 9, 4: 3}) for n in range(1, 201)]
    drawing = matrix(priorities(many))
    assert drawing
    assert len(drawing.points) == 200
    assert all(
        drawing.left <= one.x <= drawing.right and drawing.top <= one.y <= drawing.foot for one in drawing.points
    )
    assert matrix(priorities([replace(many[0], satisfaction=None)])) is None
    alone = matrix(priorities(many[:1]))
    assert alone
    assert len(alone.points) == 1


async def test_eva_opens_ali_rates_karin_reads(browser: Browser, desk: Desk) -> None:
    cast = desk.cast
    await browser.log_in(cast.eva)
    assert "Noch keine Runde." in (await browser.get("/assessments")).text
    form = (await browser.get("/assessments/new")).text
    assert form.count('type="checkbox"') == form.count(" checked"), "all in use are chosen"
    refused = await browser.post("/assessments", {"name": "", "ends_on": "2020-01-01"})
    assert refused.status_code == 422
    assert "Wählen Sie mindestens einen Kontaktpunkt." in refused.text
    ends_on = (datetime.now(UTC) + timedelta(days=7)).date().isoformat()
    body = {
        "name": "Herbst",
        "ends_on": ends_on,
        "touchpoint_hotline": "1",
        "touchpoint_invoice": "1",
        "submission_id": "einmal",
    }
    where = {(await browser.post("/assessments", body)).headers["location"] for _click in range(2)}
    assert len(where) == 1
    at = where.pop().partition("?")[0]
    assert (await browser.get(f"{at}/results")).status_code == 422

    await browser.log_in(cast.ali)
    assert (await browser.get("/assessments/new")).status_code == 404
    page = await browser.get(at)
    assert int(page.headers["x-sql-statements"]) <= 8
    hotline = await assessed(int(at.rpartition("/")[2]), "hotline")
    for value in ("5", "4"):
        kept = await browser.post(f"{at}/ratings", {f"a{hotline}_importance": value}, htmx=True)
        assert "0 von 2 Kontaktpunkten bewertet" in kept.text
    rest = {f"a{hotline}_{code}": "0" for code in ("friendliness", "consistency", "technology")}
    assert "1 von 2 Kontaktpunkten bewertet" in (await browser.post(f"{at}/ratings", rest, htmx=True)).text
    assert (await browser.post(f"{at}/ratings", {f"a{hotline}_importance": "6"})).status_code == 422
    assert (await browser.post(f"{at}/ratings", {"a1_nonsense": "6", "x": "\x00"})).status_code == 303
    assert (
        f'name="a{hotline}_importance" value="4" id="f-a{hotline}_importance-4" checked' in (await browser.get(at)).text
    )
    assert (await browser.post(f"{at}/closure", {})).status_code == 403
    assert (await browser.get(f"{at}/results")).status_code == 404

    await browser.log_in(cast.karin)
    assert (await browser.get(f"{at}/edit")).status_code == 200
    assert (await browser.post(at, {"name": "Herbst 2026", "ends_on": ends_on, "version": "1"})).status_code == 303
    assert (await browser.post(at, {"name": "Zu spät", "ends_on": ends_on, "version": "1"})).status_code == 409
    again = await browser.post(at, {"name": "Herbst 2026", "ends_on": ends_on, "version": "1"})
    assert again.status_code == 303, "what is the same already is no conflict"
    assert (await browser.post(at, {"name": "Ohne Stand", "ends_on": ends_on})).status_code == 422
    closed = await browser.post(f"{at}/closure", {})
    assert closed.headers["location"] == f"{at}/results?done=closed"
    for _number in range(6):
        await answer("hotline", 2, datetime.now(UTC) - timedelta(days=30), desk.emre)
    await execute("UPDATE assessment_round SET closed_at = $1", datetime.now(UTC))
    await execute("INSERT INTO survey (name) VALUES ('Nach dem Anruf')")
    await execute(
        "INSERT INTO survey_invitation (survey, event, touchpoint, state, due_at, sent_at) SELECT s.id, 'visit ' || n, t.id, "
        "CASE WHEN n < 4 THEN 'answered' ELSE 'expired' END, $1, $1 FROM survey s, touchpoint t, generate_series(1, 12) n "
        "WHERE t.code = 'hotline'",
        datetime.now(UTC) - timedelta(days=30),
    )
    shown = await browser.get(f"{at}/results")
    assert '25\xa0%<span class="detail">3 von 12</span>' in shown.text, "the response rate stands beside the score"
    assert int(shown.headers["x-sql-statements"]) <= 8
    assert "Zuerst verbessern" in shown.text
    assert "Weniger als fünf Kolleginnen und Kollegen" in shown.text
    assert "Ali Demir" not in shown.text
    assert "style=" not in shown.text
    assert (await browser.get("/assessments/999999/results")).status_code == 404
    assert (await browser.get(f"/assessments/{2**70}")).status_code == 404


async def test_the_same_over_the_api(browser: Browser, desk: Desk) -> None:
    await browser.log_in(desk.cast.eva)
    ends_on = (datetime.now(UTC) + timedelta(days=7)).date().isoformat()
    made = (await browser.api("POST", "/assessments", {"name": "Alles", "ends_on": ends_on})).json()
    assert made["touchpoints"] > 20
    at = f"/assessments/{made['id']}"
    bad = await browser.api("POST", "/assessments", {"name": "X", "ends_on": ends_on, "touchpoints": ["nirgends"]})
    assert bad.status_code == 422
    rated = await browser.api("PUT", f"{at}/ratings", [{"touchpoint": "hotline", "importance": 5, "technology": 0}])
    hotline = next(one for one in rated.json() if one["touchpoint"] == "hotline")
    assert (hotline["importance"], hotline["friendliness"], hotline["technology"]) == (5, None, 0)
    assert (await browser.api("PUT", f"{at}/ratings", [{"touchpoint": "nirgends", "importance": 5}])).status_code == 422
    assert (await browser.api("PUT", f"{at}/ratings", [{"touchpoint": "hotline", "importance": 9}])).status_code in (
        400,
        422,
    )
    patched = await browser.api("PATCH", at, {"name": "Alle", "ends_on": ends_on, "version": 1})
    assert patched.json()["name"] == "Alle"
    assert (await browser.api("GET", f"{at}/results")).status_code == 422
    assert (await browser.api("POST", f"{at}/closure")).json()["is_over"] is True
    found = (await browser.api("GET", f"{at}/results")).json()
    assert {one["priority"] for one in found} == {"unknown"}
    assert next(one for one in found if one["touchpoint"] == "hotline")["ratings"]["importance"] == {
        "mean": None,
        "n": 1,
    }
    assert [one["id"] for one in (await browser.api("GET", "/assessments")).json()] == [made["id"]]
