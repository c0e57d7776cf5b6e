"""Departments and products against a plain recomputation over the raw rows; the list with the worst first; names left out."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from crm.database import Row, execute, fetch, fetch_value
from crm.errors import NotFound
from crm.improvement.measures.actions import answer_feedback, plan_measure
from crm.improvement.measures.rules import MeasureData
from crm.improvement.tables import ExpectationLevel
from crm.reports.dashboard import behind
from crm.reports.dashboard.asking import Asked
from crm.reports.figures import figures_of
from crm.reports.metrics import measured
from crm.reports.places.asking import place_of
from crm.reports.places.naming import without_names
from crm.reports.places.queries import before, figures_of_place, numbers, place_named, standings
from crm.reports.places.ranking import Concern, ranked
from crm.reports.places.shape import Place, Sort, Standing, Wait
from crm.reports.score import Score
from crm.reports.spans import Span, SpanKind
from crm.surveys.tables import Survey, SurveyAnswer
from tests.cast import Cast
from tests.reports.dealings import deal
from tests.reports.test_dealing_figures import where_asked
from tests.reports.test_figures import LATER, MIDDLE, OCTOBER, Raw
from tests.reports.world import BERLIN, EDGES, World

MONTH = Asked(Span.of_month(OCTOBER))


@pytest.fixture(params=[(7, LATER), (8, MIDDLE)], ids=["past", "running"])
async def month(request: pytest.FixtureRequest, cast: Cast) -> tuple[datetime, Raw]:
    """A random October, answers that belong to enquiries among it; when it is looked at, and its raw rows."""
    seed, now = request.param
    world = World(seed, cast)
    await world.fill(contacts=250, answers=400, tickets=120, events=2)
    await deal(world)
    tickets = [row.id for row in await fetch("SELECT id FROM ticket ORDER BY id")]
    for row in await fetch("SELECT id FROM survey_answer ORDER BY id"):
        if world.random.random() < 0.5:
            await execute("UPDATE survey_answer SET ticket = $2 WHERE id = $1", row.id, world.random.choice(tickets))
    for row in await fetch("SELECT id FROM interaction ORDER BY id"):
        if world.random.random() < 0.1:
            await execute("UPDATE interaction SET product = (SELECT min(id) FROM product) WHERE id = $1", row.id)
    return now, await Raw(min(now, EDGES[2])).read()


async def about_products() -> dict[int, set[int]]:
    """Enquiry -> the products that it is about, of enquiries of any time."""
    found: dict[int, set[int]] = defaultdict(set)
    for row in await fetch("SELECT * FROM ticket_product WHERE refused_at IS NULL AND basis <> 'offered'"):
        found[row.ticket].add(row.product)
    return found


async def products_of(raw: Raw) -> dict[int, set[int]]:
    found = await about_products()
    for row in await fetch("SELECT * FROM closure WHERE product IS NOT NULL AND reopened_at IS NULL"):
        if row.at < raw.until:
            found[row.ticket].add(row.product)
    return found


async def test_each_place_has_the_enquiries_voices_and_answers_of_the_raw_rows(month: tuple[datetime, Raw]) -> None:
    now, raw = month
    at_department, at_product = await where_asked(raw)
    found = await standings(MONTH, now)
    assert {one.place.sort for one in found} == set(Sort)
    for one in found:
        tickets = (at_department if one.place.sort is Sort.DEPARTMENT else at_product).get(one.place.code, [])
        opened = [row for row in tickets if raw.this(row.opened_at)]
        assert (one.opened, one.before) == (len(opened), sum(raw.before(row.opened_at) for row in tickets))
        assert one.complaints == sum(row.kind == "complaint" for row in opened)
        said = Counter(row.kind for row in await points_there(one.place, raw))
        assert (one.criticism, one.praise) == (said["criticism"], said["praise"])
        scores = await scores_there(one.place, raw)
        assert (one.satisfaction.n if one.satisfaction else 0) == len(scores)
        if one.satisfaction:
            assert one.satisfaction.value == pytest.approx(sum(scores) / len(scores))
    assert sum(one.criticism for one in found if one.place.sort is Sort.PRODUCT) > 0
    assert sum(one.satisfaction is not None for one in found if one.place.sort is Sort.PRODUCT) > 0


async def points_there(place: Place, raw: Raw) -> list[Row]:
    contacts = {row.id: row for row in raw.contacts}
    tickets = {
        row.id: row
        for row in await fetch(
            "SELECT t.* FROM ticket t JOIN customer c ON c.id = t.customer WHERE c.restricted_at IS NULL AND c.deleted_at IS NULL"
        )
        if row.person not in raw.silent
    }
    departments = {row.id: row.department for row in await fetch("SELECT id, department FROM touchpoint")}
    products = await products_of(raw)
    found = []
    for row in await fetch("SELECT * FROM feedback WHERE deleted_at IS NULL AND kind <> 'expectation'"):
        source: Any = contacts.get(row.interaction) if row.interaction else tickets.get(row.ticket)
        if source is None or not raw.this(row.at):
            continue
        number = row.ticket or source.ticket
        named = {str(one) for one in products.get(number, set())}
        if row.interaction and source.product:
            named.add(str(source.product))
        there = departments.get(row.touchpoint) == place.key if place.sort is Sort.DEPARTMENT else place.key in named
        if there:
            found.append(row)
    return found


async def scores_there(place: Place, raw: Raw) -> list[int]:
    departments = {row.id: row.department for row in await fetch("SELECT id, department FROM touchpoint")}
    products = await products_of(raw)
    return [
        row.score for row in raw.answers
        if row.metric == "csat" and raw.this(row.at) and (
            departments.get(row.touchpoint) == place.key if place.sort is Sort.DEPARTMENT
            else place.key in {str(one) for one in products.get(row.ticket, set())}
        )
    ]  # fmt: skip


async def test_a_place_has_what_the_list_and_the_monthly_report_say(month: tuple[datetime, Raw]) -> None:
    now, _raw = month
    report = (await figures_of(OCTOBER, now=now, zone=BERLIN)).voices
    assert report
    lines = {("department", row.code): row for row in report.departments} | {
        ("product", row.code): row for row in report.products
    }
    found = await standings(MONTH, now)
    assert {("department", row.code) for row in report.departments} <= {
        (one.place.sort, one.place.code) for one in found
    }
    for one in found:
        mine = await numbers(one.place, MONTH, now)
        assert (mine.opened, mine.complaints, mine.contacts) == (one.opened, one.complaints, one.contacts)
        assert (mine.criticism, mine.praise, mine.satisfaction) == (one.criticism, one.praise, one.satisfaction)
        assert (mine.first, mine.solution, mine.target) == (one.first, one.solution, one.target)
        line = lines.get((one.place.sort.value, one.place.code))
        if line is None:
            assert (mine.opened, one.before, mine.contacts) == (0, 0, 0)
            continue
        assert (mine.opened, one.before, mine.complaints) == (line.opened, line.before, line.complaints)
        assert (mine.first.n, mine.solution.n) == (line.first_n, line.solution_n)
        assert mine.contacts == line.contacts
        if one.place.sort is Sort.DEPARTMENT:
            assert (mine.criticism, mine.praise, mine.satisfaction) == (line.criticism, line.praise, line.satisfaction)


async def test_topics_causes_and_kinds_of_a_place(month: tuple[datetime, Raw]) -> None:
    now, raw = month
    at_department, at_product = await where_asked(raw)
    topics = {row.id: row.code for row in await fetch("SELECT id, code FROM topic")}
    for sort, places in ((Sort.DEPARTMENT, at_department), (Sort.PRODUCT, at_product)):
        for code, tickets in places.items():
            mine = await numbers(await place_named(sort, code), MONTH, now)
            opened = [row for row in tickets if raw.this(row.opened_at)]
            earlier = [row for row in tickets if raw.before(row.opened_at)]
            assert {row.code: row.count for row in mine.topics if row.count} == Counter(
                topics.get(row.topic, "") for row in opened
            )
            assert {row.code: row.before for row in mine.topics if row.before} == Counter(
                topics.get(row.topic, "") for row in earlier
            )
            assert {row.code: row.count for row in mine.kinds if row.count} == Counter(row.kind for row in opened)
            solved = [row for row in tickets if row.solved_at and raw.this(row.solved_at)]
            last = {row.ticket: row.cause for row in raw.closures if row.reopened_at is None and row.at < raw.until}
            assert {row.code: row.count for row in mine.causes} == Counter(last.get(row.id, "") for row in solved)
            assert mine.solved == len(solved)


async def test_waiting_is_business_time_by_the_rule_of_the_metric(month: tuple[datetime, Raw]) -> None:
    """Where every enquiry's first contact is at one touchpoint of a department, the metric and the department wait alike."""
    now, raw = month
    touchpoint = await fetch_value("SELECT min(id) FROM touchpoint WHERE department <> ''")
    await execute("UPDATE touchpoint SET department = CASE WHEN id = $1 THEN 'Allein' ELSE '' END", touchpoint)
    await execute(
        "UPDATE interaction SET touchpoint = $1 WHERE ticket IS NOT NULL AND touchpoint IS NOT NULL", touchpoint
    )
    metric = await measured("first_response", touchpoint_id=touchpoint, start=EDGES[1], end=EDGES[2], until=raw.until)
    mine = await numbers(await place_named(Sort.DEPARTMENT, "Allein"), MONTH, now)
    assert mine.first.n == metric.n > 5
    assert mine.first.minutes == pytest.approx(metric.value)
    assert metric.interval is not None
    assert (mine.first.low, mine.first.high) == pytest.approx(metric.interval)
    for row in mine.kinds:
        assert row.count > 0 or row.before > 0


async def test_a_weekend_is_no_waiting(cast: Cast) -> None:
    """Friday an hour before closing until Monday an hour after opening: two hours of business time to answer, not 64."""
    world = World(9, cast)
    await world.fill(contacts=0, answers=0, tickets=1, events=0)
    opened = datetime(2026, 10, 9, 16, tzinfo=BERLIN)
    ticket = await fetch_value("SELECT id FROM ticket")
    customer = await fetch_value("SELECT min(id) FROM customer WHERE restricted_at IS NULL AND deleted_at IS NULL")
    await execute(
        "UPDATE ticket SET customer = $2, person = NULL, opened_at = $3, first_responded_at = $4, solved_at = NULL WHERE id = $1",
        ticket, customer, opened, opened + timedelta(hours=64),
    )  # fmt: skip
    touchpoint = await fetch_value("SELECT min(id) FROM touchpoint WHERE department = 'Service'")
    await execute(
        "INSERT INTO interaction (customer, channel, direction, touchpoint, ticket, at, text, is_moment_of_truth, counts, version) "
        "VALUES ($1, 'phone', 'inbound', $2, $3, $4, '', false, true, 1)",
        customer, touchpoint, ticket, opened,
    )  # fmt: skip
    mine = await numbers(await place_named(Sort.DEPARTMENT, "Service"), MONTH, LATER)
    hours = await fetch_value(
        "SELECT min(extract(epoch FROM closes) - 16 * 3600) + max(8 * 3600 - extract(epoch FROM opens)) FROM opening_hours "
        "WHERE weekday IN (0, 4) AND calendar = (SELECT min(id) FROM business_calendar)"
    )
    assert mine.first.n == 1
    assert mine.first.minutes == pytest.approx(float(hours) / 60)
    assert mine.first.minutes < 300


async def test_behind_the_enquiries_of_a_place_are_as_many_rows(month: tuple[datetime, Raw]) -> None:
    now, _raw = month
    for one in await standings(MONTH, now):
        filters = {"what": "opened", one.place.sort.value: one.place.code}
        rows = (await behind.enquiries_behind(MONTH, filters, "", now)).rows
        assert len(rows) == min(one.opened, behind.PAGE)
        mine = await numbers(one.place, MONTH, now)
        for row in mine.topics:
            assert (
                len((await behind.enquiries_behind(MONTH, {**filters, "topic": row.code or "-"}, "", now)).rows)
                == row.count
            )
        for row in mine.causes:
            solved = {**filters, "what": "solved_there", "cause": row.code or "-"}
            assert len((await behind.enquiries_behind(MONTH, solved, "", now)).rows) == row.count


async def test_the_stretch_before_is_what_one_sees_when_choosing_it(month: tuple[datetime, Raw]) -> None:
    now, _raw = month
    place = await place_named(Sort.DEPARTMENT, "Service")
    figures = await figures_of_place(place, MONTH, now)
    assert figures.before == await numbers(place, Asked(Span.of_month(date(2026, 9, 1))), now)
    assert figures.before.contacts > 0


def test_the_stretch_before_has_the_same_length() -> None:
    assert before(Span.of_month(date(2026, 3, 1))) == Span.of_month(date(2026, 2, 1))
    quarter = Span(SpanKind.QUARTER, date(2026, 1, 1), date(2026, 3, 31))
    assert before(quarter) == Span(SpanKind.QUARTER, date(2025, 10, 1), date(2025, 12, 31))
    lately = Span(SpanKind.LATELY, date(2026, 10, 7), date(2026, 11, 5))
    assert before(lately) == Span(SpanKind.DAYS, date(2026, 9, 7), date(2026, 10, 6))


async def test_points_have_no_names_and_say_what_is_open(cast: Cast) -> None:
    world = World(10, cast)
    await world.fill(contacts=40, answers=0, tickets=5, events=0)
    service = await fetch_value("SELECT min(id) FROM touchpoint WHERE department = 'Service'")
    customer = world.customer_ids[0]
    await execute("UPDATE customer SET name = 'Größmann GmbH' WHERE id = $1", customer)
    await execute("UPDATE person SET given_name = 'Anna', family_name = 'Krüger' WHERE id = $1", world.person_ids[0])
    contact = await fetch_value(
        "INSERT INTO interaction (customer, person, channel, direction, touchpoint, at, text, is_moment_of_truth, counts, version) "
        "VALUES ($1, $2, 'phone', 'inbound', $3, $4, '', false, true, 1) RETURNING id",
        customer, world.person_ids[0], service, EDGES[1] + timedelta(days=3),
    )  # fmt: skip
    texts = (
        f"Anna Krüger von Größmann wartete auf {cast.petra.name}, 0511 123456-7.", "Der Termin um 14:30 fiel aus.",
        "Frau Lang war sehr freundlich.",
    )  # fmt: skip
    ids = []
    for number, text in enumerate(texts):
        ids.append(
            await fetch_value(
                "INSERT INTO feedback (kind, category, heading, text, touchpoint, interaction, at, level) "
                "VALUES ($1, 'service_staff', 'speed', $2, $3, $4, $5, '') RETURNING id",
                "praise" if number == 2 else "criticism", text, service, contact, EDGES[1] + timedelta(days=3, hours=number),
            )
        )  # fmt: skip
    measure = await plan_measure(a_measure(cast, "call_centre"), by=cast.karin.id, now=LATER)
    await answer_feedback(measure, ids[1], by=cast.karin.id, now=LATER)
    figures = await figures_of_place(await place_named(Sort.DEPARTMENT, "Service"), MONTH, LATER)
    told = {point.id: point for point in (*figures.criticism, *figures.praise)}
    assert told[ids[1]].text == "Der Termin um 14:30 fiel aus."
    assert (told[ids[0]].is_open, told[ids[1]].is_open) == (True, False)
    whole = " ".join(point.text for point in told.values())
    for name in ("Anna", "Krüger", "Größmann", cast.petra.name, "0511"):
        assert name not in whole


def a_measure(cast: Cast, _touchpoint: str) -> MeasureData:
    return MeasureData(
        name="Schneller zurückrufen", goal="Jeder Rückruf am selben Tag.", expected_effect="", metric="csat", touchpoint="hotline",
        target=None, days=90, level=ExpectationLevel.BASIC, owner_id=cast.karin.id, due_on=date(2026, 12, 1), cost=None,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Frau Lang rief nie zurück.", "Frau … rief nie zurück."),
        ("Herrn Dr. Öz fehlte das Maß.", "Herrn Dr. Öz fehlte das Maß."),
        ("Der lange Weg von Lang nach Breit.", "Der lange Weg von Lang nach Breit."),
        ("Petra Lang und Anna waren da.", "… und … waren da."),
        ("Bitte an anna@example.org oder +49 511 1234567.", "Bitte an … oder …."),
        ("2 von 3 Schränken, 14.400 EUR, 20 % Rabatt, am 12.10.2026", "2 von 3 Schränken, 14.400 EUR, 20 % Rabatt, am 12.10.2026"),
        ("Annahme verweigert", "Annahme verweigert"),
        ("Küchen Größmann ist zufrieden", "… ist zufrieden"),
        ("", ""),
        ("🙂 (Anna) [x+", "🙂 (…) [x+"),
    ],
)  # fmt: skip
def test_names_are_left_out_and_other_words_stay(text: str, told: str) -> None:
    assert (
        without_names(text, "Küchen Größmann GmbH & Co. KG", ["Anna Krüger", "Anna", "Krüger"], ["Petra Lang", ""])
        == told
    )


async def test_few_anonymous_answers_hide_the_satisfaction(cast: Cast) -> None:
    touchpoint = await fetch_value("SELECT id FROM touchpoint WHERE code = 'hotline'")
    survey = Survey(name="Ohne Namen", is_anonymous=True, created_by=cast.karin.id, created_at=EDGES[0])
    await survey.save()
    place = await place_named(Sort.DEPARTMENT, "Service")

    async def answer(score: int, of: int | None) -> None:
        await SurveyAnswer(
            touchpoint=touchpoint, metric="csat", score=score, at=EDGES[1] + timedelta(days=2), survey=of
        ).save()

    for score in (5, 4, 3, 2, 1, 5):
        await answer(score, None)
    assert (await numbers(place, MONTH, LATER)).satisfaction is not None
    for _number in range(4):
        await answer(1, survey.id)
    mine = await numbers(place, MONTH, LATER)
    assert (mine.satisfaction, mine.is_hidden) == (None, True)
    assert [one.satisfaction for one in mine.touchpoints] == [None]
    listed = next(one for one in await standings(MONTH, LATER) if one.place == place)
    assert (listed.satisfaction, listed.is_hidden) == (None, True)
    await answer(1, survey.id)
    mine = await numbers(place, MONTH, LATER)
    assert mine.satisfaction is not None
    assert (mine.satisfaction.n, mine.is_hidden) == (11, False)


def standing(code: str, value: float | None, n: int, target: float | None, praise: int, criticism: int) -> Standing:
    score = None if value is None else Score(value, n, None, None)
    return Standing(
        Place(Sort.DEPARTMENT, code, code, code, code),
        3,
        2,
        0,
        0,
        praise,
        criticism,
        score,
        target,
        False,
        Wait(),
        Wait(),
    )


def test_the_worst_comes_first_and_small_groups_decide_nothing() -> None:
    found = ranked(
        [
            standing("gut", 4.6, 30, 4.2, 2, 1),
            standing("still", None, 0, None, 1, 0),
            standing("ein Einziger", 1.0, 1, 4.2, 0, 0),
            standing("knapp", 4.1, 30, 4.2, 9, 0),
            standing("laut", None, 0, None, 1, 5),
            standing("weit", 3.0, 30, 4.2, 9, 0),
            standing("Produkt", 3.9, 5, None, 0, 0),
        ]
    )
    assert [(one.standing.place.code, one.concern) for one in found] == [
        ("weit", Concern.BELOW_TARGET), ("Produkt", Concern.BELOW_TARGET), ("knapp", Concern.BELOW_TARGET),
        ("laut", Concern.CRITICISED), ("gut", Concern.FINE), ("ein Einziger", Concern.UNKNOWN), ("still", Concern.UNKNOWN),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "asked",
    [{}, {"department": "Service", "product": "P-1"}, {"department": "Gibt es nicht"}, {"product": "x\x00"}, {"department": "x" * 5000}],
)  # fmt: skip
async def test_what_is_no_place_is_not_found(cast: Cast, asked: dict[str, str]) -> None:
    with pytest.raises(NotFound):
        await place_of(asked)
