"""The forms of intended journeys: the body as typed values, or every error at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from crm.customers.amounts import NotANumber, has_at_most, money_from
from crm.customers.words import CHANNELS
from crm.database import Row
from crm.improvement.intended.queries import Intended
from crm.improvement.intended.rules import IntendedData, Segment, StepData, Wish, in_order, segment_from
from crm.web.formats import num
from crm.web.forms import Fields
from crm.web.i18n import _

LONGEST = 4000
LONGEST_NOTE = 1000
MOST_STEPS = 200
WORST, BEST = 1, 5


def journey_of(values: Mapping[str, Any], places: Sequence[Row], language: str) -> IntendedData:
    """What the form says; `places` are the touchpoints that it offered. Raises Invalid with all errors."""
    fields = Fields(values)
    data = IntendedData(
        name=fields.text("name", required=True, limit=120),
        goal=fields.text("goal", required=True, limit=LONGEST, many_lines=True),
        segment=segment_of(fields),
        steps=steps_of(fields, places, language),
    )
    if not data.steps:
        fields.error("steps", _("Choose at least one touchpoint."))
    fields.check()
    return data


def segment_of(fields: Fields) -> Segment:
    found = segment_from(fields.text("segment", limit=40))
    if found is None:
        fields.error("segment", _("Please choose one of the options."))
    return found or Segment()


def steps_of(fields: Fields, places: Sequence[Row], language: str) -> tuple[StepData, ...]:
    """The steps whose box is ticked (`in_<code>`), by their places. One that has just been ticked takes channels, aim and responsible
    person from the catalogue."""
    wishes = []
    for place in places:
        code = place.code
        if not fields.flag(f"in_{code}"):
            continue
        was = fields.number(f"was_{code}", low=1, high=10 * MOST_STEPS)
        at = fields.number(f"place_{code}", low=1, high=10 * MOST_STEPS)
        step = step_of(fields, place, language) if was is not None else usual_step(place)
        wishes.append(Wish(step, at, was))
    return in_order(wishes)


def step_of(fields: Fields, place: Row, language: str) -> StepData:
    code = place.code
    channels = tuple(channel for channel in CHANNELS if fields.flag(f"ch_{code}_{channel}"))
    return StepData(
        code, channels, aim_of(fields, f"aim_{code}", language) or place.target, fields.reference(f"who_{code}"),
        fields.text(f"note_{code}", limit=LONGEST_NOTE, many_lines=True),
    )  # fmt: skip


def usual_step(place: Row) -> StepData:
    """A touchpoint as the catalogue has it."""
    who = place.responsible if place.responsible_left_at is None else None
    return StepData(place.code, tuple(filter(None, place.channels.split(","))), place.target, who)


def aim_of(fields: Fields, name: str, language: str) -> Decimal | None:
    """A satisfaction of 1 to 5, as people write it."""
    text = fields.text(name, limit=20)
    if not text:
        return None
    try:
        value, _currency = money_from(text, language)
    except NotANumber:
        fields.error(name, _("Please enter a number, for example 4.2."))
        return None
    if not WORST <= value <= BEST:
        fields.error(name, _("Please enter a number from %(low)s to %(high)s.") % {"low": WORST, "high": BEST})
        return None
    if not has_at_most(value, 2):
        fields.error(name, _("Two digits after the decimal sign are enough."))
        return None
    return value


def shown_aim(aim: Decimal | float) -> str:
    """ "4,2", as its reader would type it."""
    return num(float(aim), 1 if round(float(aim), 1) == round(float(aim), 2) else 2)


def values_of(intended: Intended) -> dict[str, Any]:
    """A kept journey as its form shows it."""
    values: dict[str, Any] = {
        "name": intended.name, "goal": intended.goal, "version": intended.version,
        "segment": intended.segment.code if intended.segment else "gone",
    }  # fmt: skip
    for step in intended.steps:
        values |= step_values(step.data, step.number)
    return values


def step_values(step: StepData, number: int) -> dict[str, Any]:
    code = step.touchpoint
    values: dict[str, Any] = {
        f"in_{code}": "1", f"was_{code}": number, f"place_{code}": number, f"aim_{code}": shown_aim(step.aim),
        f"who_{code}": step.responsible_id or "", f"note_{code}": step.note,
    }  # fmt: skip
    return values | {f"ch_{code}_{channel}": "1" for channel in step.channels}
