"""What a measure has achieved: the verdict on two measurements, the periods that are measured, and the plain sentence."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from crm.database import execute, fetch_value
from crm.improvement.measures.actions import drop_measure, finish_measure, plan_measure, start_measure, take_up_again
from crm.improvement.measures.queries import measure_for
from crm.improvement.measures.rules import MeasureData
from crm.improvement.tables import ExpectationLevel
from crm.reports.effect_drawing import WIDTH, effect_drawing
from crm.reports.effects import Verdict, baseline, effect_kept, effect_now, judged, measure_effects, measured_after
from crm.reports.metric_words import (
    change_text,
    effect_sentence,
    target_sentence,
    target_text,
    value_beside,
    value_text,
    verdict_text,
)
from crm.reports.metrics import METRICS, Measured
from crm.surveys.actions import NewAnswer, record_answer
from crm.surveys.tables import Metric
from crm.touchpoints.statistics import mean_estimate
from crm.web.i18n import speaking
from tests.cast import Cast

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
DAY = timedelta(days=1)
LOW = Measured.of(mean_estimate({2: 10, 3: 20, 4: 5}))
HIGH = Measured.of(mean_estimate({3: 3, 4: 20, 5: 12}))


def test_a_difference_whose_interval_lies_beyond_0_is_one() -> None:
    effect = judged(METRICS["csat"], LOW, HIGH, 4.0)
    assert effect.change == pytest.approx(HIGH.value - LOW.value)  # type: ignore[operator]
    assert effect.interval is not None
    assert effect.interval[0] > 0
    assert (effect.verdict, effect.is_target_met) == (Verdict.BETTER, True)
    assert judged(METRICS["csat"], HIGH, LOW, 4.0).verdict is Verdict.WORSE
    assert judged(METRICS["csat"], HIGH, LOW, 4.0).is_target_met is False


def test_less_is_better_where_less_is_better() -> None:
    slow, quick = Measured(240.0, 60, (200.0, 280.0)), Measured(90.0, 60, (70.0, 110.0))
    effect = judged(METRICS["first_response"], slow, quick, 120)
    assert (effect.verdict, effect.is_target_met) == (Verdict.BETTER, True)
    assert judged(METRICS["first_response"], quick, slow, 120).verdict is Verdict.WORSE


def test_an_interval_with_0_in_it_shows_no_change() -> None:
    effect = judged(METRICS["csat"], LOW, Measured.of(mean_estimate({2: 9, 3: 20, 4: 6})))
    assert (effect.verdict, effect.is_target_met) == (Verdict.NO_CHANGE, None)
    with speaking("de"):
        assert effect_sentence(effect).startswith("Es lässt sich keine Veränderung nachweisen")


def test_too_few_answers_are_said_to_be_too_few() -> None:
    """However large the difference looks; a median of five has no interval."""
    effect = judged(METRICS["csat"], LOW, Measured.of(mean_estimate({5: 4})))
    assert effect.verdict is Verdict.TOO_FEW
    with speaking("de"):
        assert verdict_text(effect) == "Zu wenige Antworten"
        assert effect_sentence(effect) == (
            "Zu wenige Antworten für ein Urteil: 35 vorher, 4 nachher. Nötig sind jeweils mindestens 5."
        )
    medians = judged(METRICS["quotation_turnaround"], Measured(9.0, 5, None), Measured(4.0, 5, None))
    assert medians.verdict is Verdict.TOO_FEW
    with speaking("en"):
        assert effect_sentence(medians) == "Too few quotations to say how sure it is: 5 before, 5 after."
    nothing = judged(METRICS["csat"], LOW, Measured(None, 0, None))
    assert (nothing.verdict, nothing.change, effect_drawing(nothing)) == (Verdict.TOO_FEW, None, None)


def test_from_many_contacts_to_none_is_no_lack_of_data() -> None:
    effect = judged(METRICS["volume"], Measured(40.0, 40, (28.6, 54.5)), Measured(0.0, 0, (0.0, 3.7)))
    assert effect.verdict is Verdict.BETTER
    assert (
        judged(METRICS["volume"], Measured(3.0, 3, (0.6, 8.8)), Measured(0.0, 0, (0.0, 3.7))).verdict is Verdict.TOO_FEW
    )


def test_values_are_written_as_people_write_them() -> None:
    with speaking("de"):
        said = {code: value_text(metric, 24.25) for code, metric in METRICS.items()}
        assert said == {
            "csat": "24,2", "nps": "+24", "effort": "24,2", "first_response": "24 Min.", "breach_share": "24\u00a0%",
            "volume": "24 in 30 Tagen", "quotation_turnaround": "24 Std. 15 Min.", "first_contact_resolution": "24\u00a0%",
        }  # fmt: skip
        assert change_text(METRICS["csat"], -0.456) == "−0,46"
        assert change_text(METRICS["csat"], 0.001) == "±0,00"
        assert change_text(METRICS["first_response"], -75) == "−1 Std. 15 Min."
        assert change_text(METRICS["quotation_turnaround"], -1.25) == "−1 Std. 15 Min."
        assert target_text(METRICS["quotation_turnaround"], 40.0) == "40 Std."
        assert value_text(METRICS["nps"], None) == "–"
        effect = judged(METRICS["csat"], LOW, HIGH, 4.0)
        assert effect_sentence(effect).startswith("Verbessert: „Zufriedenheit“ ging von 2,9 auf 4,3")
        assert target_sentence(effect) == "Das Ziel von 4,0 ist erreicht."


def test_a_target_keeps_its_decimals() -> None:
    with speaking("de"):
        assert target_text(METRICS["nps"], 4.2) == "+4,2"
        assert target_text(METRICS["nps"], 40.0) == "+40"
        assert target_text(METRICS["csat"], 4.0) == "4,0"
        assert target_text(METRICS["csat"], 4.25) == "4,25"
        assert target_text(METRICS["breach_share"], 2.5) == "2,5\u00a0%"
        assert target_text(METRICS["first_response"], 75.0) == "1 Std. 15 Min."
        assert target_text(METRICS["first_response"], 7.5) == "7,5 Minuten"


def test_a_missed_target_never_looks_like_a_reached_one() -> None:
    with speaking("de"):
        for code, value, target, told in (
            ("csat", 3.49, 3.5, "3,49"),
            ("csat", 3.4996, 3.5, "3,4996"),
            ("csat", 3.2, 3.5, "3,2"),
            ("nps", 39.6, 40.0, "+39,6"),
            ("breach_share", 10.3, 10.0, "10,3\u00a0%"),
            ("first_response", 60.4, 60.0, "60,4 Minuten"),
        ):
            assert value_beside(METRICS[code], value, target, is_met=False) == told
        assert value_beside(METRICS["csat"], 3.51, 3.5, is_met=True) == "3,5"
        assert value_beside(METRICS["csat"], 3.541, 3.54, is_met=True) == "3,54"
        effect = judged(METRICS["csat"], LOW, Measured(3.49, 40, (3.3, 3.7)), 3.5)
        assert "von 2,9 auf 3,49" in effect_sentence(effect)
        assert target_sentence(effect) == "Das Ziel von 3,5 ist nicht erreicht."


def test_the_drawing_stays_on_its_paper() -> None:
    effect = judged(METRICS["csat"], LOW, HIGH, 4.9)
    drawing = effect_drawing(effect)
    assert drawing is not None
    points = [drawing.target, *(x for line in (drawing.before, drawing.after) for x in (line.x, line.low, line.high))]
    assert all(x is not None and 0 <= x <= WIDTH for x in points)
    assert drawing.before.x < drawing.after.x < (drawing.target or 0)


async def answer(*scores: int, days_ago: float) -> None:
    for number, score in enumerate(scores):
        at = NOW - days_ago * DAY - timedelta(minutes=number)
        await record_answer(NewAnswer(Metric.CSAT, score, touchpoint="hotline"), at=at, by=None, now=NOW)


async def begun(cast: Cast, started: datetime, **changes: object) -> int:
    data = MeasureData(
        "Rückruf", "Alle.", "", "csat", "hotline", Decimal(4), 30, ExpectationLevel.BASIC, cast.eva.id, date(2026, 12, 31), None
    )  # fmt: skip
    measure = await plan_measure(data, by=cast.eva.id, now=started)
    if changes:
        names = ", ".join(f"{name} = ${n}" for n, name in enumerate(changes, start=2))
        await execute(f"UPDATE measure SET {names} WHERE id = $1", measure, *changes.values())
    await start_measure(measure, baseline, by=cast.eva.id, now=started)
    return measure


async def test_before_ends_at_the_start_and_after_begins_when_it_is_carried_out(cast: Cast) -> None:
    await answer(1, 1, 1, days_ago=55)  # before the period before
    await answer(2, 3, 2, 3, 2, 3, 2, 3, days_ago=32)
    await answer(1, 1, 1, days_ago=19)  # while it was being carried out
    await answer(5, 4, 5, 4, 5, 4, 5, 4, days_ago=3)
    measure = await begun(cast, NOW - 20 * DAY)
    await finish_measure(measure, by=cast.eva.id, now=NOW - 10 * DAY)
    effect, after = await effect_now(await measure_for(measure), NOW)
    assert effect is not None
    assert after is not None
    assert (effect.before.value, effect.before.n) == (2.5, 8)
    assert (effect.after.value, effect.after.n, effect.verdict) == (4.5, 8, Verdict.BETTER)
    assert (after.since, after.until) == (NOW - 10 * DAY, NOW)
    late = await measured_after(await measure_for(measure), NOW + 300 * DAY)
    assert late is not None
    assert late.until == NOW + 20 * DAY


async def test_the_baseline_stays_whatever_is_answered_later_about_that_time(cast: Cast) -> None:
    await answer(2, 3, 2, 3, 2, days_ago=25)
    measure = await begun(cast, NOW - 20 * DAY)
    await answer(5, 5, 5, 5, days_ago=22)
    effect, _after = await effect_now(await measure_for(measure), NOW)
    assert effect is not None
    assert (effect.before.value, effect.before.n) == (2.4, 5)


async def test_nothing_is_measured_before_the_first_day_is_over(cast: Cast) -> None:
    measure = await begun(cast, NOW)
    assert await effect_now(await measure_for(measure), NOW + timedelta(hours=23)) == (None, None)
    effect, _after = await effect_now(await measure_for(measure), NOW + DAY)
    assert effect is not None
    assert effect.verdict is Verdict.TOO_FEW


async def test_a_volume_is_compared_per_thirty_days(cast: Cast) -> None:
    hotline = await fetch_value("SELECT id FROM touchpoint WHERE code = 'hotline'")
    for days in range(1, 61):
        await execute(
            "INSERT INTO interaction (channel, direction, touchpoint, at, text) VALUES ('phone', 'inbound', $1, $2, '')",
            hotline, NOW - days * DAY,
        )  # fmt: skip
    measure = await begun(cast, NOW - 10 * DAY, metric="volume")
    effect, _after = await effect_now(await measure_for(measure), NOW)
    assert effect is not None
    assert effect.before.value == pytest.approx(30)
    assert (effect.after.value, effect.after.n, effect.verdict) == (pytest.approx(30), 10, Verdict.NO_CHANGE)


async def test_every_morning_what_is_not_over_is_measured_and_kept(cast: Cast) -> None:
    await answer(2, 3, 2, 3, 2, 3, days_ago=25)
    await answer(5, 5, 4, 5, 5, 4, days_ago=8)
    measure = await begun(cast, NOW - 20 * DAY)
    assert effect_kept(await measure_for(measure)) is None
    assert await measure_effects(NOW) == 1
    kept = effect_kept(await measure_for(measure))
    assert kept == (await effect_now(await measure_for(measure), NOW))[0]
    await finish_measure(measure, by=cast.eva.id, now=NOW)
    assert effect_kept(await measure_for(measure)) is None
    assert await measure_effects(NOW + 31 * DAY) == 1
    assert await measure_effects(NOW + 32 * DAY) == 0


async def test_one_under_way_that_was_measured_to_its_end_is_not_measured_for_ever(cast: Cast) -> None:
    await answer(2, 3, 2, 3, 2, 3, days_ago=25)
    await begun(cast, NOW - 20 * DAY)
    assert await measure_effects(NOW) == 1
    assert await measure_effects(NOW + 300 * DAY) == 1
    assert await measure_effects(NOW + 301 * DAY) == 0


async def test_of_a_measure_that_was_given_up_no_effect_is_told(cast: Cast) -> None:
    await answer(2, 3, 2, 3, 2, 3, days_ago=25)
    await answer(5, 5, 4, 5, 5, 4, days_ago=8)
    measure = await begun(cast, NOW - 20 * DAY)
    await measure_effects(NOW)
    await drop_measure(measure, "anders gelöst", by=cast.eva.id, now=NOW)
    assert effect_kept(await measure_for(measure)) is None
    await take_up_again(measure, by=cast.eva.id, now=NOW)
    row = await measure_for(measure)
    assert (row.after_at, row.after_value, row.after_n, row.after_low) == (None, None, 0, None)
