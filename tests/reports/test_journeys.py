"""The customer journey map: its days, what it counts, how it is drawn, its page and its API."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from crm.customers.tables import Customer
from crm.database import execute, fetch_value
from crm.interactions.tables import Interaction
from crm.reports.journeys.comparing import NOTHING, JourneyLine, JourneyPhase, Measured, is_thin
from crm.reports.journeys.drawing import on_paper, on_screen, rows_of
from crm.reports.journeys.periods import Stretch, asked
from crm.reports.journeys.queries import Journey, journey
from crm.surveys.tables import SurveyAnswer
from crm.touchpoints.statistics import Estimate
from crm.web.i18n import speaking
from tests.browser import Browser
from tests.cast import Cast

BERLIN = ZoneInfo("Europe/Berlin")
TODAY = date(2026, 11, 27)
NOON = datetime(2026, 11, 27, 11, tzinfo=UTC)
OCTOBER, SEPTEMBER = Stretch(date(2026, 10, 1), date(2026, 10, 31), 1), Stretch(date(2026, 9, 1), date(2026, 9, 30), 1)


@pytest.mark.parametrize(
    ("values", "now", "then"),
    [
        ({}, (date(2026, 8, 28), TODAY), (date(2026, 5, 28), date(2026, 8, 27))),
        ({"period": "2026-10"}, (date(2026, 10, 1), date(2026, 10, 31)), (date(2026, 9, 1), date(2026, 9, 30))),
        ({"period": "2024-02", "compare": "year"}, (date(2024, 2, 1), date(2024, 2, 29)), (date(2023, 2, 1), date(2023, 2, 28))),
        ({"from": "2026-11-02", "to": "2026-11-08"}, (date(2026, 11, 2), date(2026, 11, 8)), (date(2026, 10, 26), date(2026, 11, 1))),
        ({"from": "1.7.2026", "to": "30.9.2026"}, (date(2026, 7, 1), date(2026, 9, 30)), (date(2026, 4, 1), date(2026, 6, 30))),
        ({"period": "12m", "compare": "none"}, (date(2025, 11, 28), TODAY), None),
    ],
)  # fmt: skip
def test_days_and_what_they_are_compared_with(
    values: dict[str, str], now: tuple[date, date], then: tuple[date, date] | None
) -> None:
    found, errors = asked(values, TODAY)
    assert not errors
    assert (found.now.first, found.now.last) == now
    assert (found.then and (found.then.first, found.then.last)) == then
    again, _errors = asked(found.said, TODAY)
    assert again == found


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"period": "2026-13"}, "period"),
        ({"period": "2026-12"}, "period"),
        ({"period": "immer"}, "period"),
        ({"period": "days", "from": "gestern", "to": "2026-11-01"}, "from"),
        ({"from": "2026-11-08", "to": "2026-11-02"}, "to"),
        ({"from": "2026-11-08"}, "to"),
        ({"from": "2019-01-01", "to": "2026-11-02"}, "to"),
        ({"from": "2027-01-01", "to": "2027-01-02"}, "from"),
        ({"compare": "days", "then_from": "", "then_to": "x"}, "then_from"),
        ({"compare": "mit\x00"}, "compare"),
    ],
)
def test_what_is_not_understood_is_named_and_the_usual_stands_there(values: dict[str, str], field: str) -> None:
    with speaking("de"):
        found, errors = asked(values, TODAY)
    assert field in errors
    assert found.now.first <= found.now.last <= TODAY


def test_a_phase_is_thin_with_one_touchpoint_or_far_fewer_than_others() -> None:
    assert is_thin(1, [1, 1, 1, 1])
    assert is_thin(2, [2, 9, 8])
    assert not is_thin(4, [4, 5, 3])


def line(
    name: str, phase: str = "action", now: Measured = NOTHING, then: Measured | None = None, **more: object
) -> JourneyLine:
    fields = {
        "department": "Vertrieb",
        "channels": ("phone", "email"),
        "is_moment_of_truth": False,
        "target": 4.2,
        **more,
    }
    return JourneyLine(name.lower(), name, name, phase, is_retired=False, now=now, then=then, **fields)  # type: ignore[arg-type]


def said(value: float, n: int, half: float = 0.2) -> Measured:
    return Measured(n * 3, Estimate(value, n, (value - half, value + half)))


def test_a_difference_needs_five_answers_on_either_side() -> None:
    assert line("Hotline", now=said(4.0, 30), then=said(3.0, 4)).difference is None
    assert line("Hotline", now=said(4.0, 30), then=NOTHING).difference is None
    change = line("Hotline", now=said(4.0, 30), then=said(3.0, 40)).difference
    assert change is not None
    assert change.value == pytest.approx(1.0)
    assert change.is_clear
    close = line("Hotline", now=said(3.1, 30), then=said(3.0, 40)).difference
    assert close is not None
    assert not close.is_clear


def test_the_map_shows_both_periods_the_targets_and_where_a_click_leads() -> None:
    phases = [
        JourneyPhase("before", "Vorher", "Before", [line("Messe", "before", said(4.4, 12), said(4.0, 2))], is_thin=True),
        JourneyPhase("action", "Aktion", "Action", [
            line("Hotline", now=said(3.1, 30), then=said(3.9, 40), is_moment_of_truth=True, target=4.5), line("Rechnung", target=4.5),
        ]),
    ]  # fmt: skip
    with speaking("de"):
        drawn = on_screen(phases, lambda one: f"/interactions?touchpoint={one.code}")
    over = drawn.over
    assert [mark.is_hollow for mark in over.earlier_marks] == [True, False]
    hotline = next(dot for dot in drawn.drawing.dots if dot.point.name == "Hotline")
    assert over.earlier_marks[1].x == hotline.x
    assert over.earlier_marks[1].y < hotline.y  # it was better
    assert over.target_path.count("M") == 2  # one step: 4.2, then 4.5 for two neighbours
    assert [hit.href for hit in over.hits] == [
        f"/interactions?touchpoint={name}" for name in ("messe", "hotline", "rechnung")
    ]
    assert "3,1 aus 30 Antworten" in over.hits[1].told
    assert [band.text for band in over.thin] == ["wenige Kontaktpunkte"]
    assert [span.text for span in over.lanes[1].spans] == ["Vertrieb", "Vertrieb"]  # once for neighbours of one phase
    assert "Vorher" in drawn.description
    assert "Hotline 3,9" in drawn.description


def test_hits_cover_the_map_without_a_gap_and_never_overlap() -> None:
    phases = [
        JourneyPhase(
            "action", "Aktion", "Action", [line(f"Punkt {n} " + "x" * (n % 300), now=said(4, 9)) for n in range(200)]
        )
    ]
    drawn = on_screen(phases, lambda one: "/x")
    hits = drawn.over.hits
    assert len(hits) == 200
    for a, b in pairwise(hits):
        assert a.x + a.width == pytest.approx(b.x, abs=0.05)
    assert min(hit.width for hit in hits) >= 44
    assert all(len(each.drawing.dots) <= 14 for each in on_paper(phases))


def test_rows_on_paper_keep_the_order_and_lose_nothing() -> None:
    phases = [
        JourneyPhase("a", "A", "A", [line(f"A{n}", "a") for n in range(3)]), JourneyPhase("b", "B", "B", []),
        JourneyPhase("c", "C", "C", [line(f"C{n}", "c") for n in range(9)]),
    ]  # fmt: skip
    rows = list(rows_of(phases, 4))
    assert [one.name_de for row in rows for phase in row for one in phase.lines] == [
        one.name_de for phase in phases for one in phase.lines
    ]
    assert [[phase.code for phase in row] for row in rows] == [["a", "b"], ["c"], ["c"], ["c"]]


async def place(code: str) -> int:
    return int(await fetch_value("SELECT id FROM touchpoint WHERE code = $1", code))


async def customer(name: str, level_code: str = "basis", **fields: object) -> Customer:
    level = await fetch_value("SELECT id FROM service_level WHERE code = $1", level_code)
    made = Customer(number=f"R-{name}", kind="organisation", name=name, service_level=level, created_at=NOON, **fields)
    await made.save()
    return made


@pytest.fixture
async def story(cast: Cast) -> Customer:
    """About the hotline in October: six answers and two contacts of Tischlerei Ost, one answer of a restricted customer, one contact
    on the first of November; two answers in September."""
    where = await place("hotline")
    east, shut = await customer("Tischlerei Ost", "gold"), await customer("Stille GmbH", restricted_at=NOON)
    west = await customer("Malerei West")
    for who, score, day in (
        *((east, score, datetime(2026, 10, 12, 9, tzinfo=UTC)) for score in (1, 2, 2, 3, 2, 2)),
        (shut, 5, datetime(2026, 10, 12, 9, tzinfo=UTC)), (west, 4, datetime(2026, 9, 12, 9, tzinfo=UTC)),
        (west, 5, datetime(2026, 9, 13, 9, tzinfo=UTC)),
    ):  # fmt: skip
        await SurveyAnswer(customer=who.id, touchpoint=where, metric="csat", score=score, at=day).save()
    for who, at, impression in (
        (east, datetime(2026, 9, 30, 22, tzinfo=UTC), 4), (east, datetime(2026, 10, 31, 22, 59, tzinfo=UTC), 3),
        (shut, datetime(2026, 10, 12, tzinfo=UTC), 5), (west, datetime(2026, 10, 31, 23, tzinfo=UTC), 1),
    ):  # fmt: skip
        await Interaction(
            customer=who.id, channel="phone", direction="inbound", touchpoint=where, at=at, impression=impression,
            text=f"Frage von {who.name}", by=cast.petra.id,
        ).save()  # fmt: skip
    return east


def hotline(found: Journey) -> JourneyLine:
    return next(one for one in found.lines if one.code == "hotline")


async def test_a_month_counts_from_midnight_in_berlin_and_without_restricted_people(story: Customer) -> None:
    plan, _errors = asked({"period": "2026-10"}, TODAY)
    here = hotline(await journey(plan, customers=None, now=NOON, zone=BERLIN))
    assert here.now.contacts == 2
    assert here.now.satisfaction is not None
    assert (here.now.satisfaction.n, here.now.satisfaction.value) == (6, 2.0)
    assert here.now.impression is not None
    assert here.now.impression.value == 3.5
    assert here.then is not None
    assert here.then.satisfaction is not None
    assert (here.then.satisfaction.n, here.then.satisfaction.value) == (2, 4.5)
    assert here.difference is None  # two answers are too few
    assert here.is_below_target


async def test_a_segment_counts_its_customers_alone(story: Customer) -> None:
    plan, _errors = asked({"period": "2026-10"}, TODAY)
    mine = hotline(await journey(plan, customers=[story.id], now=NOON, zone=BERLIN))
    assert (mine.now.contacts, mine.now.satisfaction and mine.now.satisfaction.n) == (2, 6)
    assert mine.then == NOTHING
    shut = int(await fetch_value("SELECT id FROM customer WHERE name = 'Stille GmbH'"))
    assert (await journey(plan, customers=[shut], now=NOON, zone=BERLIN)).is_empty


async def test_swept_days_and_raw_rows_give_the_same(story: Customer) -> None:
    from crm.reports.rollups.sweeping import sweep_rollups

    plan, _errors = asked({"period": "2026-10"}, TODAY)
    before = await journey(plan, customers=None, now=NOON, zone=BERLIN)
    await sweep_rollups()
    assert await journey(plan, customers=None, now=NOON, zone=BERLIN) == before


async def test_the_page_shows_map_table_and_the_way_to_the_contacts(
    browser: Browser, cast: Cast, story: Customer
) -> None:
    await browser.log_in(cast.petra)
    page = await browser.get("/journey?period=2026-10")
    assert re.search(r'<text class="journey-name"[^>]*>[^<]+</text>', page.text), "the map names its touchpoints"
    assert page.status_code == 200
    assert "zu wenige Antworten" in page.text
    assert "/interactions?touchpoint=hotline&amp;from=2026-10-01&amp;to=2026-10-31" in page.text
    assert int(page.headers["x-sql-statements"]) <= 8
    behind = await browser.get("/interactions?touchpoint=hotline&from=2026-10-01&to=2026-10-31")
    assert behind.text.count("Frage von Tischlerei Ost") == 2
    assert "Malerei West" not in behind.text
    assert "Stille GmbH" not in behind.text
    assert int(behind.headers["x-sql-statements"]) <= 8


async def test_a_segment_is_a_saved_view_that_one_sees(browser: Browser, cast: Cast, story: Customer) -> None:
    made = "INSERT INTO saved_view (name, owner, query, created_at, version) VALUES ($1, $2, $3, $4, 1) RETURNING id"
    mine = await fetch_value(made, "Goldkunden", cast.petra.id, "service_level=gold", NOON)
    other = await fetch_value(made, "Fremde Sicht", cast.karin.id, "", NOON)
    await browser.log_in(cast.petra)
    page = await browser.get(f"/journey?period=2026-10&segment={mine}")
    assert page.status_code == 200
    assert "ein Kunde" in page.text
    assert int(page.headers["x-sql-statements"]) <= 8
    assert f"&amp;segment={mine}" in page.text
    behind = await browser.get(f"/interactions?touchpoint=hotline&from=2026-10-01&to=2026-11-30&segment={mine}")
    assert behind.text.count("Frage von Tischlerei Ost") == 2
    assert "Frage von Malerei West" not in behind.text
    for address in (f"/journey?segment={other}", f"/interactions?segment={other}", "/journey?segment=99999999"):
        assert (await browser.get(address)).status_code == 404
    assert (await browser.api("GET", f"/journey?segment_id={other}")).status_code == 404
    assert (await browser.api("GET", f"/interactions?segment_id={other}")).status_code == 404


async def test_a_persona_is_the_segment_that_whoever_described_it_sees(
    browser: Browser, cast: Cast, story: Customer
) -> None:
    view = await fetch_value(
        "INSERT INTO saved_view (name, owner, query, created_at, version) VALUES ('Gold', $1, 'service_level=gold', $2, 1) RETURNING id",
        cast.karin.id, NOON,
    )  # fmt: skip
    persona = await fetch_value(
        "INSERT INTO persona (name, role, goals, everyday, problems, benefit, information, context, triggers, view, view_by, created_by, "
        "created_at, version) VALUES ('Tischlermeisterin Ost', '', '', '', '', '', '', '', '', $1, $2, $2, $3, 1) RETURNING id",
        view, cast.karin.id, NOON,
    )  # fmt: skip
    await browser.log_in(cast.petra)
    page = await browser.get(f"/journey?period=2026-10&segment=persona-{persona}")
    assert page.status_code == 200
    assert "Tischlermeisterin Ost</strong> (ein Kunde)" in page.text
    assert f"&amp;persona={persona}" in page.text
    assert int(page.headers["x-sql-statements"]) <= 8
    behind = await browser.get(f"/interactions?touchpoint=hotline&from=2026-10-01&to=2026-11-30&persona={persona}")
    assert behind.text.count("Frage von Tischlerei Ost") == 2
    assert "Frage von Malerei West" not in behind.text
    told = (await browser.api("GET", f"/journey?period=2026-10&persona_id={persona}")).json()
    assert told["customers"] == 1
    for address in ("/journey?segment=persona-99999999", "/interactions?persona=99999999"):
        assert (await browser.get(address)).status_code == 404
    assert (await browser.get("/journey?segment=persona-x")).status_code == 422


async def test_bad_days_keep_what_was_typed_and_the_page(browser: Browser, cast: Cast) -> None:
    await browser.log_in(cast.petra)
    page = await browser.get("/journey?period=days&from=31.02.2026&to=2026-03-05&segment=abc&compare=nie")
    assert page.status_code == 422
    assert "31.02.2026" in page.text
    assert "Bitte" in page.text
    assert (await browser.api("GET", "/journey?period=gestern")).status_code == 422
    assert (await browser.api("GET", f"/journey?segment_id={2**70}")).status_code in (400, 404, 422)
    assert (await browser.get("/interactions?from=2026-03-05&to=2026-03-01")).status_code == 422


async def test_a_month_without_data_says_so(browser: Browser, cast: Cast) -> None:
    await execute("DELETE FROM survey_answer")
    await browser.log_in(cast.petra)
    page = await browser.get("/journey?period=2009-02")
    assert page.status_code == 200
    assert "In diesen Tagen wurde nichts gemessen." in page.text


async def test_the_api_tells_the_same(browser: Browser, cast: Cast, story: Customer) -> None:
    await browser.log_in(cast.petra)
    answer = await browser.api("GET", "/journey?from=2026-10-01&to=2026-10-31")
    assert answer.status_code == 200
    body = answer.json()
    assert (body["first"], body["before_last"], body["customers"]) == ("2026-10-01", "2026-09-30", None)
    here = next(one for phase in body["phases"] for one in phase["touchpoints"] if one["code"] == "hotline")
    assert here["now"]["contacts"] == 2
    assert here["now"]["satisfaction"] | {"low": 0, "high": 0} == {
        "value": 2.0,
        "n": 6,
        "low": 0,
        "high": 0,
        "uncertain": False,
    }
    assert here["before"]["satisfaction"]["uncertain"]
    assert here["difference"] is None
    listed = (await browser.api("GET", "/interactions?touchpoint=hotline&from=2026-10-01&to=2026-10-31")).json()
    assert len(listed["items"]) == 2


async def test_a_retired_touchpoint_stays_where_something_happened(
    browser: Browser, cast: Cast, story: Customer
) -> None:
    await execute("UPDATE touchpoint SET state = 'retired', retired_at = $1 WHERE code = 'hotline'", NOON)
    plan, _errors = asked({"period": "2026-10"}, TODAY)
    assert hotline(await journey(plan, customers=None, now=NOON, zone=BERLIN)).is_retired
    other, _errors = asked({"period": "2009-02"}, TODAY)
    assert all(one.code != "hotline" for one in (await journey(other, customers=None, now=NOON, zone=BERLIN)).lines)


async def test_a_retired_phase_stays_only_where_something_happened(story: Customer) -> None:
    phase = await fetch_value("SELECT phase FROM touchpoint WHERE code = 'hotline'")
    empty = await fetch_value("SELECT id FROM phase WHERE id <> $1 ORDER BY position LIMIT 1", phase)
    before = (await journey(asked({"period": "2026-10"}, TODAY)[0], customers=None, now=NOON, zone=BERLIN)).phases
    await execute(
        "UPDATE touchpoint SET state = 'retired', retired_at = $1 WHERE phase = ANY($2)", NOON, [phase, empty]
    )
    await execute("UPDATE phase SET retired_at = $1 WHERE id = ANY($2)", NOON, [phase, empty])
    phases = (await journey(asked({"period": "2026-10"}, TODAY)[0], customers=None, now=NOON, zone=BERLIN)).phases
    assert len(phases) == len(before) - 1
    here = next(one for one in phases if any(line.code == "hotline" for line in one.lines))
    assert not here.is_thin
    assert not any(one.is_thin and not one.lines for one in phases)


async def test_names_of_any_kind_stay_readable(browser: Browser, cast: Cast, story: Customer) -> None:
    await execute("UPDATE touchpoint SET name_de = $1 WHERE code = 'hotline'", "שירות לקוחות 👩‍🔧 <b>" + "Ü" * 90)
    await browser.log_in(cast.petra)
    page = await browser.get("/journey?period=2026-10")
    assert page.status_code == 200
    assert "<b>Ü" not in page.text
