"""The forms of measures, their tasks and the programme: the body as typed values, or every error at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from crm.customers.amounts import NotANumber, has_at_most, money_from
from crm.improvement.measures.rules import PERIODS, USUAL_PERIOD, MeasureData, NewTask
from crm.improvement.tables import ExpectationLevel
from crm.web.formats import num
from crm.web.forms import Fields
from crm.web.i18n import _

LONGEST = 4000
HIGHEST_COST = Decimal("9999999999")
FARTHEST = timedelta(days=3653)

Bounds = Mapping[str, tuple[int, int]]
"""The codes of the figures, and the lowest and highest target of each."""


def parse_measure(
    values: Mapping[str, Any], bounds: Bounds, *, today: date, language: str, needs_metric: bool = True
) -> MeasureData:
    """What the form says. Raises Invalid with all errors."""
    fields = Fields(values)
    metric = _metric(fields, bounds, is_required=needs_metric)
    data = MeasureData(
        name=fields.text("name", required=True, limit=120),
        goal=fields.text("goal", required=True, limit=LONGEST, many_lines=True),
        expected_effect=fields.text("expected_effect", limit=LONGEST, many_lines=True),
        metric=metric,
        touchpoint=fields.text("touchpoint", limit=40),
        target=_target(fields, metric, bounds, language, is_required=needs_metric),
        days=fields.number("days", low=min(PERIODS), high=max(PERIODS)) or USUAL_PERIOD,
        level=fields.choice("level", ExpectationLevel, ExpectationLevel.EXPECTED),
        owner_id=fields.reference("owner_id", required=True) or 0,
        due_on=_day(fields, "due_on", today) or today,
        cost=_number(fields, "cost", language, 0, HIGHEST_COST),
    )
    fields.check()
    return data


def parse_task(values: Mapping[str, Any], *, today: date) -> NewTask:
    """What the form of a task says. Raises Invalid with all errors."""
    fields = Fields(values)
    task = NewTask(
        text=fields.text("text", required=True, limit=300),
        due_on=_day(fields, "task_due_on", today) or today,
        assignee_id=fields.reference("assignee_id", required=True) or 0,
        reminds=fields.flag("reminds"),
    )
    fields.check()
    return task


@dataclass(frozen=True, slots=True)
class ProgrammeData:
    """The programme as somebody starts it; what is measured is that of the first improvements."""

    starts_on: date
    owner_id: int
    metric: str
    touchpoint: str
    target: Decimal | None
    reminds: bool


def parse_programme(values: Mapping[str, Any], bounds: Bounds, *, today: date, language: str) -> ProgrammeData:
    """What the form says. Raises Invalid with all errors."""
    fields = Fields(values)
    metric = _metric(fields, bounds, is_required=True)
    data = ProgrammeData(
        starts_on=_day(fields, "starts_on", today) or today,
        owner_id=fields.reference("owner_id", required=True) or 0,
        metric=metric,
        touchpoint=fields.text("touchpoint", limit=40),
        target=_target(fields, metric, bounds, language, is_required=True),
        reminds=fields.flag("reminds"),
    )
    if data.starts_on < today and "starts_on" not in fields.errors:
        fields.error("starts_on", _("The programme starts today at the earliest."))
    fields.check()
    return data


def _metric(fields: Fields, bounds: Bounds, *, is_required: bool) -> str:
    metric = fields.text("metric", limit=30)
    if not metric and is_required:
        fields.error("metric", _("Choose the figure by which you will see whether it worked."))
    elif metric and metric not in bounds:
        fields.one_of("metric", bounds)
    return metric


def _target(fields: Fields, metric: str, bounds: Bounds, language: str, *, is_required: bool) -> Decimal | None:
    low, high = bounds.get(metric, (-(10**9), 10**9))
    target = _number(fields, "target", language, low, high)
    if target is None and is_required and "target" not in fields.errors:
        fields.error("target", _("Say which value the figure shall reach."))
    return target


def _number(fields: Fields, name: str, language: str, low: int, high: int | Decimal) -> Decimal | None:
    text = fields.text(name, limit=40).removesuffix("%").removesuffix("€").strip()
    if not text:
        return None
    try:
        value, _currency = money_from(text, language)
    except NotANumber:
        fields.error(name, _("Please enter a number, for example 4.2."))
        return None
    if not low <= value <= high:
        sentence = _("Please enter a number from %(low)s to %(high)s.")
        fields.error(name, sentence % {"low": num(low), "high": num(int(high))})
        return None
    if not has_at_most(value, 2):
        fields.error(name, _("Two digits after the decimal sign are enough."))
        return None
    return value


def _day(fields: Fields, name: str, today: date) -> date | None:
    found = fields.on(name, required=True)
    if found is not None and abs(found - today) > FARTHEST:
        fields.error(name, _("This lies more than ten years away. Please check the year."))
        return None
    return found
