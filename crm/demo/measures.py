"""Measures of the demo company: one that proved itself, one with too few answers so far, one overdue, one planned, one given up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from crm.database import fetch_value
from crm.demo.world import World
from crm.improvement.measures.actions import drop_measure, finish_measure, plan_measure, start_measure
from crm.improvement.measures.rules import MeasureData, NewTask
from crm.improvement.measures.tasks import add_task, settle_task
from crm.improvement.tables import ExpectationLevel
from crm.reports.effects import baseline, measure_effects
from crm.surveys.actions import NewAnswer, record_answer
from crm.surveys.tables import Metric

BEFORE = (3, 2, 4, 3, 2, 3, 1, 4, 3, 2, 3, 4, 2, 3, 3, 2, 4, 1, 3, 5, 2, 3, 3, 2)
AFTER = (4, 5, 4, 3, 5, 4, 4, 5, 3, 4, 5, 4, 4, 2, 5, 4, 4, 5, 3, 4, 5, 4)
"""What customers ticked on the cards that lay beside the invoices, in spring and after the new invoice; without their names."""

HIT, FEW, LATE, NEXT, GIVEN_UP = range(5)


@dataclass(frozen=True, slots=True)
class _Told:
    """A measure by days before today: planned, started and ended (None: not yet), and due."""

    planned: int
    started: int | None
    ended: int | None
    due: int
    who: str
    tasks: tuple[tuple[int, str, str], ...] = ()


_TIMES = {
    HIT: _Told(200, 190, 95, 100, "lead", (
        (170, "lead", "Zehn Rechnungen mit Kunden durchgehen: Was ist unklar?"),
        (140, "lead", "Neue Vorlage mit der Buchhaltung abstimmen"), (98, "agent", "Hotline über die neue Rechnung informieren"))),
    FEW: _Told(60, 45, 2, -10, "agent", ((20, "agent", "Terminfenster von zwei Stunden einführen"), (5, "agent", "Anruf vor der Ankunft"))),
    LATE: _Told(80, 70, None, 12, "lead", (
        (40, "lead", "Rufumleitung für die Mittagszeit einrichten"), (15, "agent", "Zuständige für Rückrufe je Woche festlegen"))),
    NEXT: _Told(6, None, None, -45, "sales", ((-12, "sales", "Vorlagen für die drei häufigsten Küchen anlegen"),)),
    GIVEN_UP: _Told(120, None, 90, 60, "sales"),
}  # fmt: skip


async def write_measures(world: World) -> None:
    await _fill_in_cards(world)
    for number, told in _TIMES.items():
        await _write(world, number, told)
    await measure_effects(world.days.end)


async def _fill_in_cards(world: World) -> None:
    end = world.days.end
    for first_ago, last_ago, scores in ((275, 192, BEFORE), (93, 12, AFTER)):
        step = (first_ago - last_ago) / len(scores)
        for number, score in enumerate(scores):
            at = end - timedelta(days=first_ago - number * step)
            await record_answer(NewAnswer(Metric.CSAT, score, touchpoint="invoice"), at=at, by=None, now=end)


async def _write(world: World, number: int, told: _Told) -> None:
    owner = world.staff.ids[told.who]
    at = _moment(world, told.planned)
    point = await _criticism(number)
    measure = await plan_measure(_data(world, number, told, owner), by=owner, now=at, feedback_id=point)
    for ago, who, text in told.tasks:
        due_on = world.days.today - timedelta(days=ago)
        task = NewTask(text, due_on, world.staff.ids[who], reminds=ago < 0)
        task_id = await add_task(measure, task, by=task.assignee_id, now=at)
        if (ago > 0 and number != LATE) or (number == LATE and ago == told.tasks[0][0]):
            await settle_task(task_id, is_done=True, by=task.assignee_id, now=_moment(world, ago, 14))
    if told.started is not None:
        started = _moment(world, told.started)
        await start_measure(measure, baseline, by=owner, now=started)
    if number == GIVEN_UP:
        reason = "Die Montage ist dafür zu eng geplant, und Kunden wünschen sich zuerst pünktliche Termine."
        await drop_measure(measure, reason, by=owner, now=_moment(world, told.ended or 0))
    elif told.ended is not None:
        await finish_measure(measure, by=owner, now=_moment(world, told.ended))


def _moment(world: World, ago: int, hour: int = 10) -> datetime:
    return world.days.at(world.days.today - timedelta(days=ago), hour)


async def _criticism(number: int) -> int | None:
    """The newest criticism at the touchpoint, where there is one."""
    code = {HIT: "invoice", LATE: "hotline"}.get(number)
    found = await fetch_value(
        "SELECT f.id FROM feedback f JOIN touchpoint t ON t.id = f.touchpoint WHERE t.code = $1 AND f.kind = 'criticism' "
        "AND f.deleted_at IS NULL ORDER BY f.at DESC, f.id LIMIT 1",
        code,
    )  # fmt: skip
    return None if found is None else int(found)


def _data(world: World, number: int, told: _Told, owner: int) -> MeasureData:
    due_on: date = world.days.today - timedelta(days=told.due)
    level, metric, touchpoint, target, days, cost, name, goal, effect = _WORDS[number]
    return MeasureData(name, goal, effect, metric, touchpoint, Decimal(target), days, level, owner, due_on, cost)


_WORDS: dict[int, tuple[ExpectationLevel, str, str, str, int, Decimal | None, str, str, str]] = {
    HIT: (
        ExpectationLevel.BASIC, "csat", "invoice", "3.5", 90, Decimal(2400), "Rechnung, die man versteht",
        "Jede Position der Rechnung steht so da, wie sie im Angebot hieß, mit einem Satz, warum sie berechnet wird.",
        "Weniger Rückfragen zur Rechnung, und Kunden ärgern sich nicht am Ende einer guten Küche.",
    ),
    FEW: (
        ExpectationLevel.EXPECTED, "nps", "installation", "40", 90, Decimal(600), "Montage mit Zwei-Stunden-Fenster",
        "Wer auf die Montage wartet, weiß am Vortag, in welchen zwei Stunden sie beginnt.", "Kunden nehmen keinen ganzen Tag mehr frei.",
    ),
    LATE: (
        ExpectationLevel.BASIC, "first_response", "", "120", 60, None, "Rückruf binnen zwei Stunden",
        "Wer uns nicht erreicht, wird in der Servicezeit binnen zwei Stunden zurückgerufen.",
        "Die erste Antwort kommt schneller, und niemand ruft dreimal an.",
    ),
    NEXT: (
        ExpectationLevel.EXPECTED, "quotation_turnaround", "quotation", "40", 90, Decimal(3500), "Angebot in fünf Arbeitstagen",
        "Angebote für die drei häufigsten Küchen entstehen aus Vorlagen und gehen binnen fünf Arbeitstagen hinaus.",
        "Weniger Interessenten entscheiden sich, bevor unser Angebot da ist.",
    ),
    GIVEN_UP: (
        ExpectationLevel.DELIGHT, "csat", "installation", "4.6", 90, Decimal(1800), "Blumen zur fertigen Küche",
        "Zum Abschluss der Montage steht ein Strauß auf der neuen Arbeitsplatte.", "Kunden erzählen davon weiter.",
    ),
}  # fmt: skip
