"""The figures of a touchpoint against plain Python over the raw rows, and its charts as geometry."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.customers.tables import Customer
from crm.database import execute, fetch_value
from crm.improvement.measures.tables import Measure
from crm.improvement.tables import Feedback
from crm.interactions.tables import Interaction
from crm.surveys.tables import SurveyAnswer
from crm.touchpoints.charts import LEFT, months_between, on_scale, satisfaction_course, volume_bars
from crm.touchpoints.figures import ByChannel, Spread, YearMonth, first_of_year, last_year, said_there
from crm.touchpoints.statistics import Estimate, mean_estimate
from tests.browser import Browser
from tests.cast import Cast

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 4, 2, 9, tzinfo=UTC)


async def customer(name: str, **fields: object) -> int:
    level = await fetch_value("SELECT id FROM service_level WHERE code = 'basis'")
    made = Customer(number=f"F-{name}", kind="organisation", name=name, service_level=level, created_at=NOW, **fields)
    await made.save()
    return int(made.id)


async def test_figures_are_those_of_the_raw_rows(cast: Cast) -> None:
    """Two hundred contacts and answers, drawn by chance over 15 months, some about a restricted and an erased customer."""
    draw = Random(7)
    invoice = await fetch_value("SELECT id FROM touchpoint WHERE code = 'invoice'")
    await execute("DELETE FROM interaction")
    await execute("DELETE FROM survey_answer")
    whose = [
        await customer("Offen"), await customer("Still", restricted_at=NOW),
        await customer("Weg", deleted_at=NOW), await customer("Vergessen", deleted_at=NOW, erased_at=NOW), None,
    ]  # fmt: skip
    since = first_of_year(NOW, BERLIN)
    contacts: list[tuple[int | None, str, int | None, datetime]] = []
    answers: list[tuple[int | None, int, datetime]] = []
    for _n in range(200):
        at = NOW - timedelta(minutes=draw.randrange(15 * 30 * 24 * 60))
        who, channel, score = draw.choice(whose), draw.choice(["phone", "email", "visit"]), draw.randint(1, 5)
        impression = draw.choice([None, score])
        await Interaction(
            customer=who, channel=channel, direction="inbound", touchpoint=invoice, at=at, impression=impression
        ).save()
        contacts.append((who, channel, impression, at))
        at = NOW - timedelta(minutes=draw.randrange(15 * 30 * 24 * 60))
        who = draw.choice(whose)
        await SurveyAnswer(customer=who, touchpoint=invoice, metric="csat", score=score, at=at).save()
        answers.append((who, score, at))
    year = await last_year(invoice, since=since, until=NOW, zone=BERLIN)

    counted = (whose[0], whose[3], None)
    of_month: defaultdict[date, int] = defaultdict(int)
    of_channel: defaultdict[str, int] = defaultdict(int)
    for who, channel, _impression, at in contacts:
        if who in counted and since <= at < NOW:
            of_month[at.astimezone(BERLIN).date().replace(day=1)] += 1
            of_channel[channel] += 1
    assert {one.first: one.contacts for one in year.months if one.contacts} == dict(of_month)
    assert {one.channel: one.contacts for one in year.channels if one.contacts} == dict(of_channel)
    given_scores = [score for who, score, at in answers if who in counted and since <= at < NOW]
    assert year.satisfaction is not None
    assert (year.satisfaction.n, year.satisfaction.value) == (
        len(given_scores),
        pytest.approx(sum(given_scores) / len(given_scores)),
    )
    noted = [i for who, _c, i, at in contacts if who in counted and since <= at < NOW and i is not None]
    assert year.impression is not None
    assert (year.impression.n, year.impression.value) == (len(noted), pytest.approx(sum(noted) / len(noted)))
    by_channel: defaultdict[str, list[int]] = defaultdict(list)
    for who, score, at in answers:
        if who in counted and since <= at < NOW:
            before = [c for c in contacts if who is not None and c[0] == who and at - timedelta(days=30) < c[3] <= at]
            by_channel[max(before, key=lambda c: c[3])[1] if before else ""].append(score)
    assert {one.channel: one.satisfaction.n for one in year.channels if one.satisfaction} == {
        channel: len(scores) for channel, scores in by_channel.items()
    }


async def test_praise_and_criticism_are_counted_and_the_newest_shown(browser: Browser, cast: Cast) -> None:
    invoice = await fetch_value("SELECT id FROM touchpoint WHERE code = 'invoice'")
    now = datetime.now(UTC)
    contact = Interaction(
        customer=await customer("Bäckerei"), channel="phone", direction="inbound", touchpoint=invoice, at=now - timedelta(days=2)
    )  # fmt: skip
    await contact.save()
    for number, kind in enumerate(["praise", "criticism", "criticism", "expectation"]):
        await Feedback(
            kind=kind, category="other", text=f"Wort {number}", touchpoint=invoice, interaction=contact.id,
            at=now - timedelta(days=1, minutes=number), by=cast.petra.id,
        ).save()  # fmt: skip
    said = await said_there(invoice, since=now - timedelta(days=30), until=now, limit=2)
    assert (said.praise, said.criticism, [row.text for row in said.newest]) == (1, 2, ["Wort 0", "Wort 1"])
    await Measure(
        name="Klare Rechnung",
        touchpoint=invoice,
        owner=cast.eva.id,
        due_on=date(2020, 1, 7),
        created_at=now,
        created_by=cast.eva.id,
    ).save()
    await browser.log_in(cast.eva)
    page = await browser.get("/touchpoints/invoice")
    assert "Klare Rechnung" in page.text
    assert "überfällig" in page.text
    assert "/measures/new?touchpoint=invoice" in page.text
    assert "1 zu 2" in page.text
    assert "Wort 1" in page.text
    assert "Unklarer Rechnungsposten" in page.text  # a known moment of truth, with what helps then
    assert "Den Posten in einfachen Worten erklären" in page.text
    assert int(page.headers["x-sql-statements"]) <= 8


def month(n: int, contacts: int = 0, answers: dict[int, int] | None = None) -> YearMonth:
    return YearMonth(date(2026, n, 1), contacts, mean_estimate(answers or {}))


def test_months_run_over_the_turn_of_the_year() -> None:
    assert months_between(date(2025, 11, 9), date(2026, 2, 3)) == [
        date(2025, 11, 1), date(2025, 12, 1), date(2026, 1, 1), date(2026, 2, 1),
    ]  # fmt: skip


def test_a_month_without_contacts_keeps_its_place() -> None:
    months = months_between(date(2026, 1, 1), date(2026, 3, 1))
    drawn = volume_bars(months, [month(1, 10), month(3, 5)], date(2026, 3, 18))
    assert [(bar.contacts, bar.top is None, bar.is_running) for bar in drawn.bars] == [
        (10, False, False), (0, True, False), (5, False, True),
    ]  # fmt: skip
    assert volume_bars(months, [], date(2026, 3, 18)).lines[-1][1] == 1


def test_months_without_answers_are_bridged_by_a_broken_line() -> None:
    months = months_between(date(2026, 1, 1), date(2026, 4, 1))
    course = satisfaction_course(months, [month(1, 3, {4: 6}), month(3, 1, {5: 6}), month(4, 1, {2: 1})], 4.2)
    assert [one.is_gap for one in course.answer_strokes] == [True, False]
    assert [mark.is_hollow for mark in course.answers] == [False, False, True]
    assert course.answers[0].y > course.answers[1].y  # the better lies higher
    assert course.impressions == []


@given(
    st.lists(
        st.tuples(st.integers(1, 12), st.integers(0, 10**7), st.dictionaries(st.integers(1, 5), st.integers(1, 9)))
    )
)
def test_what_is_drawn_lies_in_the_drawing(rows: list[tuple[int, int, dict[int, int]]]) -> None:
    months = months_between(date(2026, 1, 1), date(2026, 12, 1))
    found = list({n: month(n, contacts, answers) for n, contacts, answers in rows}.values())
    bars, course = volume_bars(months, found, date(2026, 12, 3)), satisfaction_course(months, found, 4.2)
    assert all(bar.slot.left >= LEFT and bar.slot.left + bar.slot.width <= 100 for bar in bars.bars)
    assert all(0 <= bar.top <= bars.foot for bar in bars.bars if bar.top is not None)
    for mark in course.answers:
        assert 0 <= mark.y <= course.foot
        if mark.low is not None and mark.high is not None:
            assert mark.high <= mark.y <= mark.low


def test_a_spread_is_clear_only_if_the_intervals_part() -> None:
    best = ByChannel("phone", 9, Estimate(4.5, 40, (4.3, 4.7)), None)
    worst = ByChannel("email", 9, Estimate(3.5, 40, (3.2, 3.8)), None)
    unsure = ByChannel("chat", 9, Estimate(4.0, 6, (3.0, 5.0)), None)
    assert Spread(best, worst).is_clear
    assert Spread(best, worst).width == pytest.approx(1.0)
    assert not Spread(best, unsure).is_clear
    assert (on_scale(1), on_scale(3), on_scale(5)) == (0, 50, 100)
