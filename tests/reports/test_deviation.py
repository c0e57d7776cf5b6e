"""The deviation from an intended journey: held to plain Python over the raw rows, in words, on the map, and as a measure."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import combinations
from statistics import fmean
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest

from crm.accounts.current import CurrentUser
from crm.accounts.permissions import Role
from crm.database import execute, fetch, fetch_value
from crm.improvement.intended import words
from crm.improvement.intended.actions import plan_journey
from crm.improvement.intended.queries import Step, intended_for
from crm.improvement.intended.rules import IntendedData, Segment, StepData
from crm.improvement.intended.tables import SegmentKind
from crm.interactions.tables import Interaction
from crm.reports.journeys.deviation import Deviation, Place, Reached, Use, deviation, order_kept
from crm.reports.journeys.deviation_words import parts_of, summary
from crm.reports.journeys.layer import layer_of
from crm.reports.journeys.periods import asked
from crm.reports.journeys.queries import journey
from crm.reports.journeys.usage import Usage, usage
from crm.surveys.tables import SurveyAnswer
from crm.touchpoints.statistics import mean_estimate
from crm.web.i18n import speaking
from tests.browser import Browser
from tests.cast import LONG_AGO, Cast
from tests.reports.world import World

BERLIN = ZoneInfo("Europe/Berlin")
TODAY = date(2026, 11, 27)
NOON = datetime(2026, 11, 27, 11, tzinfo=UTC)
PLAN = ("fair", "website", "hotline", "invoice", "delivery")


STEP = {"touchpoint": "t1", "channels": [], "aim": 4.0, "responsible": None, "note": ""}


def a_step(number: int, code: str = "", **more: Any) -> Step:
    code = code or f"t{number}"
    step = Step(
        number, number, code, code.upper(), code.upper(), "action", "Aktion", "Action", ("phone",), 4.0, None, "", False, "", "",
        "active", False, "", "", "",
    )  # fmt: skip
    return replace(step, **more)


WAYS = (("123", 2), ("13", 3), ("31", 4), ("213", 1), ("3=1", 1), ("2", 1))
"""To which steps customers got one after the other ("=": at the same moment), and how many."""


async def test_the_order_is_kept_by_whoever_skips_and_not_by_whoever_turns_back(cast: Cast) -> None:
    ids = [row.id for row in await fetch("SELECT id FROM touchpoint ORDER BY id DESC LIMIT 3")]
    for number, way in enumerate(way for way, n in WAYS for _one in range(n)):
        firm = await fetch_value(
            "INSERT INTO customer (number, kind, name, sort_key, service_level, status, created_at) "
            "VALUES ($1, 'organisation', $1, $1, (SELECT min(id) FROM service_level), 'customer', $2) RETURNING id",
            f"O-{number}", LONG_AGO,
        )  # fmt: skip
        for days, step in enumerate(way.replace("=", "")):
            at = datetime(2026, 10, 5 if "=" in way else 5 + days, 9, tzinfo=UTC)
            for later in (0, 10):
                await Interaction(
                    customer=firm, channel="phone", direction="inbound", touchpoint=ids[int(step) - 1], at=at + timedelta(days=later),
                    text="",
                ).save()  # fmt: skip
    plan, _errors = asked({"period": "2026-10", "compare": "none"}, TODAY)
    used = await usage(plan.now, None, ids, now=NOON, zone=BERLIN)
    found = order_kept([a_step(n, touchpoint_id=one) for n, one in enumerate(ids, 1)], used)
    assert found.share is not None
    assert (found.kept, found.share.n) == (6, 11)
    one, two, three = ids
    assert used.ahead == {(one, two): 2, (two, one): 1, (one, three): 7, (three, one): 4, (two, three): 3}


def test_two_steps_are_swapped_where_more_than_half_go_the_other_way_round() -> None:
    steps = [a_step(1), a_step(2), a_step(3)]
    assert order_kept(steps, Usage()).share is None
    swaps = order_kept(steps, Usage(ahead={(3, 1): 6, (1, 3): 4, (2, 1): 4, (3, 2): 5, (2, 3): 5})).swaps
    assert [(one.first.code, one.second.code, one.other_way, one.n) for one in swaps] == [("t1", "t3", 6, 10)]


def test_few_answers_are_not_judged_and_a_wide_interval_may_be_chance() -> None:
    steps = [a_step(n, aim=4.0) for n in range(1, 6)]
    said = {
        "t1": mean_estimate({1: 4}), "t2": mean_estimate({3: 5, 4: 3}), "t3": mean_estimate({2: 3, 5: 3}), "t4": mean_estimate({4: 5}),
    }  # fmt: skip
    found = deviation(steps, said, Usage(), [])
    assert [one.reached for one in found.steps] == [
        Reached.TOO_FEW, Reached.CLEARLY_BELOW, Reached.BELOW, Reached.REACHED, Reached.NO_ANSWERS,
    ]  # fmt: skip
    with speaking("de"):
        texts = [said.text for said in parts_of(found, lambda code: code)[2].found]
    assert any("zu wenige Antworten" in text for text in texts)
    assert any("3,4 statt 4,0" in text and "Zufall" not in text for text in texts)
    assert any("Das kann Zufall sein" in text for text in texts)


def test_an_aim_of_two_digits_is_told_with_both() -> None:
    found = deviation([a_step(1, aim=4.25)], {"t1": mean_estimate({4: 9})}, Usage({1: Counter(phone=9)}, {1: 9}, 9), [])
    with speaking("de"):
        assert "4,0 statt 4,25" in parts_of(found, lambda code: code)[2].found[0].text
        assert words.told({"journey_steps": [[STEP], [{**STEP, "aim": 4.25}]]}, {}, {}) == ["t1: angestrebt 4,25"]


def test_without_contacts_nothing_is_said_to_be_as_planned() -> None:
    steps = [a_step(1), a_step(2)]
    happy = mean_estimate({5: 9})
    with speaking("de"):
        silent = [part.otherwise for part in parts_of(deviation(steps, {}, Usage(), []), lambda code: code)]
        one = parts_of(deviation(steps, {"t1": happy}, Usage({1: Counter(phone=9)}, {1: 9}, 9), []), lambda code: code)
        both = parts_of(deviation(steps, {"t1": happy, "t2": happy}, Usage(), []), lambda code: code)
    assert silent[1] == "In diesem Zeitraum gab es keine Kontakte."
    assert silent[2] == "An den geplanten Kontaktpunkten hat in diesem Zeitraum niemand geantwortet."
    assert silent[4] == "An den geplanten Kontaktpunkten gab es in diesem Zeitraum keine Kontakte."
    assert one[2].otherwise == "Wo Kunden geantwortet haben, ist überall erreicht, was angestrebt ist."
    assert not one[2].found
    assert both[2].otherwise == "Überall ist erreicht, was angestrebt ist."


def test_one_in_a_hundred_over_another_channel_is_not_said_to_be_none() -> None:
    found = deviation([a_step(1)], {}, Usage({1: Counter(phone=99, chat=1)}, {1: 50}, 50), [])
    with speaking("de"):
        channels = parts_of(found, lambda code: code)[4]
    assert not channels.found
    assert "mehr als neun von zehn" in channels.otherwise


def test_a_touchpoint_of_strangers_is_used() -> None:
    found = deviation(
        [a_step(1), a_step(2), a_step(3)],
        {},
        Usage({1: Counter(review=3), 2: Counter(phone=1)}, {2: 1}, 21),
        [Place(9, "x", "X", "X")],
    )
    assert [one.use for one in found.steps] == [Use.USED, Use.RARE, Use.NONE]


def test_retired_and_coming_touchpoints_are_told_as_such() -> None:
    steps = [
        a_step(1, "old", state="retired", replacement="new", replacement_de="Neu", replacement_en="New"),
        a_step(2, "soon", state="planned"),
    ]  # fmt: skip
    found = deviation(steps, {}, Usage(), [])
    with speaking("de"):
        told = [said.text for said in parts_of(found, lambda code: code)[0].found]
    assert told[0] == "„OLD“ ist außer Gebrauch; „Neu“ tritt an seine Stelle. Ändern Sie den Plan."
    assert "noch nicht in Gebrauch" in told[1]
    assert not layer_of(found).planned["old"].is_unused


async def test_each_figure_is_what_plain_python_counts(cast: Cast) -> None:
    for seed in (3, 8):
        for table in ("survey_answer", "interaction", "intended_journey"):
            await execute(f"DELETE FROM {table}")
        world = World(seed, cast)
        codes = [row.code for row in await fetch("SELECT code FROM touchpoint ORDER BY id LIMIT 9")]
        await fill(world, seed)
        steps = tuple(
            StepData(code, ("phone", "visit") if n % 2 else (), Decimal("3.4"))
            for n, code in enumerate(world.random.sample(codes, 6))
        )
        eva = CurrentUser(cast.eva.id, "Eva", "eva@x.example", Role.LEAD, "de", "", True, None, None)
        planned = await intended_for(await plan_journey(IntendedData("Plan", "x", Segment(), steps), eva, now=NOON))
        for customers in (None, world.customer_ids[::2]):
            await compare(planned.steps, customers)


async def fill(world: World, seed: int) -> None:
    if seed == 3:
        await world.fill(contacts=500, answers=250, tickets=0, events=0)
        return
    world.customer_ids = [row.id for row in await fetch("SELECT id FROM customer ORDER BY id")]
    world.person_ids = [row.id for row in await fetch("SELECT id FROM person ORDER BY id")]
    names = {
        name: [row.id for row in await fetch(f"SELECT id FROM {name} ORDER BY id LIMIT 9")]
        for name in ("touchpoint", "phase")
    }
    await world.contacts(300, names)
    await world.answers(200, names["touchpoint"])


async def compare(steps: list[Step], customers: list[int] | None) -> None:
    plan, _errors = asked({"period": "2026-10", "compare": "none"}, TODAY)
    ids = [step.touchpoint_id for step in steps]
    found = await journey(plan, customers=customers, now=NOON, zone=BERLIN, also=ids)
    used = await usage(plan.now, customers, ids, now=NOON, zone=BERLIN)
    places = [Place(line.id, line.code, line.name_de, line.name_en) for line in found.lines]
    counted = deviation(steps, {line.code: line.now.satisfaction for line in found.lines}, used, places)
    await hold(counted, steps, customers)


async def hold(counted: Deviation, steps: list[Step], customers: list[int] | None) -> None:
    """The same from the raw rows: no SQL but SELECT *, no rule of the program."""
    start, end = (datetime(2026, month, 1, tzinfo=BERLIN) for month in (10, 11))
    gone = {row.id for row in await fetch("SELECT * FROM customer") if row.restricted_at or row.deleted_at}
    shut = {row.id for row in await fetch("SELECT * FROM person") if row.restricted_at}

    def counts(row: Any) -> bool:
        inside = (
            start <= row.at < end and row.touchpoint is not None and row.customer not in gone and row.person not in shut
        )
        return inside and (customers is None or row.customer in customers)

    contacts = [row for row in await fetch("SELECT * FROM interaction") if counts(row)]
    answers = [row for row in await fetch("SELECT * FROM survey_answer") if counts(row) and row.metric == "csat"]
    plan = [step.touchpoint_id for step in steps]
    assert counted.contacts == len(contacts)
    assert counted.customers == len({row.customer for row in contacts if row.customer})
    for one in counted.steps:
        here = [row for row in contacts if row.touchpoint == one.step.touchpoint_id]
        assert one.contacts == len(here)
        assert one.customers == len({row.customer for row in here if row.customer})
        scores = [row.score for row in answers if row.touchpoint == one.step.touchpoint_id]
        assert (one.satisfaction.n if one.satisfaction else 0) == len(scores)
        if scores and one.satisfaction:
            assert one.satisfaction.value == pytest.approx(fmean(scores))
        below = len(scores) >= 5 and fmean(scores) < one.step.aim
        assert (one.reached in (Reached.BELOW, Reached.CLEARLY_BELOW)) == below
        other = [row.channel for row in here if row.channel not in one.step.channels]
        told = bool(one.step.channels) and bool(other) and len(other) / len(here) >= 0.1
        assert one.other == (Counter(other) if told else Counter())
    rest = Counter(row.touchpoint for row in contacts if row.touchpoint not in plan)
    assert sorted(one.contacts for one in counted.unplanned) == sorted(rest.values())
    assert sum(one.share for one in counted.unplanned) == pytest.approx(100 * rest.total() / max(1, len(contacts)))
    first: defaultdict[int, dict[int, datetime]] = defaultdict(dict)
    for row in contacts:
        if row.customer and row.touchpoint in plan:
            before = first[row.customer].get(row.touchpoint, row.at)
            first[row.customer][row.touchpoint] = min(before, row.at)
    walkers = [way for way in first.values() if len(way) >= 2]
    kept = sum(
        all(way[a] <= way[b] for a, b in combinations([place for place in plan if place in way], 2)) for way in walkers
    )
    assert (counted.order.share.n if counted.order.share else 0, counted.order.kept) == (len(walkers), kept)
    for swap in counted.order.swaps:
        a, b = swap.first.touchpoint_id, swap.second.touchpoint_id
        both = [way for way in walkers if a in way and b in way]
        assert (swap.n, swap.other_way) == (len(both), sum(way[b] < way[a] for way in both))
        assert plan.index(a) < plan.index(b)
    expected = sum(
        (n := len(both := [way for way in walkers if a in way and b in way])) >= 5
        and 2 * sum(way[b] < way[a] for way in both) > n
        for a, b in combinations(plan, 2)
    )
    assert len(counted.order.swaps) == min(5, expected)


@pytest.fixture
async def way(cast: Cast) -> tuple[int, int]:
    """Eva's team plans for firms: fair, then hotline, then invoice. Six firms called first and came to the fair afterwards, all wrote to
    the hotline instead of calling, and were at the catalogue's website, which is not planned. The plan's and the view's id."""
    team = await fetch_value("INSERT INTO team (name) VALUES ('Kundendienst') RETURNING id")
    await execute("UPDATE staff SET team = $1 WHERE id = $2", team, cast.eva.id)
    view = await fetch_value(
        "INSERT INTO saved_view (name, owner, team, query, created_at, version) "
        "VALUES ('Firmen', $1, $2, 'kind=organisation', $3, 1) RETURNING id",
        cast.eva.id, team, LONG_AGO,
    )  # fmt: skip
    places = {row.code: row.id for row in await fetch("SELECT id, code FROM touchpoint")}
    for number in range(6):
        firm = await fetch_value(
            "INSERT INTO customer (number, kind, name, sort_key, service_level, status, created_at) "
            "VALUES ($1, 'organisation', $1, $1, (SELECT min(id) FROM service_level), 'customer', $2) RETURNING id",
            f"W-{number}", LONG_AGO,
        )  # fmt: skip
        at = datetime(2026, 10, 5 + number, 9, tzinfo=UTC)
        for hours, code, channel in ((0, "hotline", "email"), (30, "fair", "fair"), (60, "website", "web")):
            await Interaction(
                customer=firm,
                channel=channel,
                direction="inbound",
                touchpoint=places[code],
                at=at + timedelta(hours=hours),
                text="",
            ).save()
        await SurveyAnswer(
            customer=firm, touchpoint=places["hotline"], metric="csat", score=2 + number % 2, at=at
        ).save()
    eva = CurrentUser(cast.eva.id, "Eva", "eva@x.example", Role.LEAD, "de", "", True, None, int(team))
    steps = (
        StepData("fair", ("fair",), Decimal("4.1")), StepData("hotline", ("phone",), Decimal("4.2")),
        StepData("invoice", (), Decimal("4.0")),
    )  # fmt: skip
    data = IntendedData("Der gute Weg", "Niemand ruft zweimal an.", Segment(SegmentKind.VIEW, int(view)), steps)
    return await plan_journey(data, eva, now=NOON), int(view)


async def test_the_map_of_the_segment_shows_plan_and_deviation(
    browser: Browser, cast: Cast, way: tuple[int, int]
) -> None:
    plan, view = way
    await browser.log_in(cast.eva)
    page = await browser.get(f"/journey?segment={view}&period=2026-10&compare=none")
    assert page.status_code == 200
    assert int(page.headers["x-sql-statements"]) <= 8
    compared = await browser.get(f"/journey?segment={view}&period=2026-10")
    assert int(compared.headers["x-sql-statements"]) <= 8
    assert int((await browser.get("/journey")).headers["x-sql-statements"]) <= 8
    screen = page.text.partition('class="journey-paper"')[0]
    assert len(re.findall('class="journey-aim"', screen)) == 3
    assert len(re.findall('class="journey-unused"', screen)) == 1
    for told in (
        "Plan 1", "nicht geplant", "An „Rechnung“ hatte in diesem Zeitraum niemand Kontakt.",
        "0 von 6 Kunden (0\N{NO-BREAK SPACE}%, 95-%-Intervall", "6 von 6 Kunden kamen zu „Hotline“, bevor sie zu „Messe“ kamen",
        "2,5 statt 4,2, aus 6 Antworten", "(E-Mail 6); geplant: Telefon", "So wird gezählt", "Der gute Weg",
    ):  # fmt: skip
        assert told in page.text, told
    assert f"/interactions?touchpoint=hotline&amp;from=2026-10-01&amp;to=2026-10-31&amp;segment={view}" in page.text
    without = await browser.get(f"/journey?segment={view}&period=2026-10&plan=none")
    assert "journey-aim" not in without.text
    assert "Geplante Kundenreise einzeichnen" in without.text
    assert "journey-aim" not in (await browser.get("/journey?period=2026-10")).text
    await browser.log_in(cast.karin)
    assert (await browser.get(f"/journey/intended/{plan}")).status_code == 200
    assert f"/journey?segment={view}" not in (await browser.get(f"/journey/intended/{plan}")).text
    assert (await browser.api("GET", f"/intended-journeys/{plan}/deviation")).status_code == 404


async def test_a_deviation_becomes_a_measure_with_what_is_known(
    browser: Browser, cast: Cast, way: tuple[int, int]
) -> None:
    _plan, view = way
    await browser.log_in(cast.eva)
    page = await browser.get(f"/journey?segment={view}&period=2026-10")
    offered = [found.replace("&amp;", "&") for found in re.findall(r'href="(/measures/new\?[^"]+)"', page.text)]
    href = next(found for found in offered if "hotline" in found and "2%2C5" in found)
    asked_for = parse_qs(urlsplit(href).query)
    assert (asked_for["metric"], asked_for["touchpoint"], asked_for["target"]) == (["csat"], ["hotline"], ["4,2"])
    unused = [parse_qs(urlsplit(found).query) for found in offered if "beleben" in found]
    assert [one["metric"] for one in unused] == [["volume"]], (
        "what nobody uses is to see more contacts, not happier ones"
    )
    form = await browser.get(href)
    assert "„Hotline“: Zufriedenheit auf 4,2 bringen" in form.text
    assert "Jetzt, in den letzten 90 Tagen:" in form.text
    saved = await browser.post("/measures", {
        "name": asked_for["name"][0], "goal": asked_for["goal"][0], "metric": "csat", "touchpoint": "hotline", "target": "4,2",
        "owner_id": str(cast.eva.id), "due_on": (datetime.now(UTC) + timedelta(days=30)).date().isoformat(), "level": "expected",
        "days": "90",
    })  # fmt: skip
    assert saved.status_code == 303


async def test_the_api_tells_the_same(browser: Browser, cast: Cast, way: tuple[int, int]) -> None:
    plan, _view = way
    await browser.log_in(cast.eva)
    told = (await browser.api("GET", f"/intended-journeys/{plan}/deviation?period=2026-10")).json()
    assert told["customers"] == 6
    assert [one["use"] for one in told["steps"]] == ["used", "used", "none"]
    assert [one["reached"] for one in told["steps"]] == ["no_answers", "clearly_below", "no_answers"]
    assert told["steps"][1]["other_channels"] == {"email": 6}
    assert (told["order_kept"]["value"], told["order_kept"]["n"]) == (0.0, 6)
    assert [(one["first"], one["second"]) for one in told["swapped"]] == [("fair", "hotline")]
    assert [(one["touchpoint"], one["contacts"]) for one in told["unplanned"]] == [("website", 6)]


async def test_a_month_without_data_says_so_and_shows_the_plan(
    browser: Browser, cast: Cast, way: tuple[int, int]
) -> None:
    _plan, view = way
    await browser.log_in(cast.eva)
    page = await browser.get(f"/journey?segment={view}&period=2026-02")
    assert page.status_code == 200
    assert "Es gibt keine Reihenfolge zu vergleichen" in page.text
    assert page.text.partition('class="journey-paper"')[0].count('class="journey-unused"') == 3


async def test_how_close_it_is_stands_in_a_sentence() -> None:
    steps = [a_step(1), a_step(2)]
    found = deviation(steps, {"t1": mean_estimate({5: 9})}, Usage({1: Counter(phone=9)}, {1: 9}, 9), [])
    with speaking("de"):
        assert summary(found) == (
            "Einer von 2 geplanten Kontaktpunkten wird genutzt; "
            "die angestrebte Zufriedenheit ist an dem einzigen mit genug Antworten erreicht."
        )
        alone = deviation([a_step(1)], {}, Usage({1: Counter(phone=9)}, {1: 9}, 9), [])
        assert summary(alone) == "Der eine geplante Kontaktpunkt wird genutzt."
        none = deviation(steps, {}, Usage({}, {}, 9), [])
        assert summary(none) == "0 von 2 geplanten Kontaktpunkten werden genutzt."
