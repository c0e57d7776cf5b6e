"""Recording what customers answer on a scale, and what they answer anew."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from crm.customers.figures import answer_given, answer_revised, answer_withdrawn
from crm.customers.tables import TimelineKind
from crm.customers.timeline import change_entry, write_entry
from crm.database import execute, fetch_one, fetch_value, transaction
from crm.errors import Invalid, NotFound
from crm.reminders.alarms import answer_judged
from crm.surveys.scales import SCALES
from crm.surveys.tables import Metric
from crm.web.i18n import _


@dataclass(frozen=True, slots=True)
class NewAnswer:
    """An answer of a customer, or an anonymous one. `touchpoint` is a code. Of a survey it knows its question and response; `is_low`
    is then what the survey says (None: the usual rule), and `knows` who has been told already."""

    metric: Metric
    score: int
    touchpoint: str = ""
    customer_id: int | None = None
    person_id: int | None = None
    ticket_id: int | None = None
    comment: str = ""
    survey_id: int | None = None
    question_id: int | None = None
    response_id: int | None = None
    is_low: bool | None = None
    knows: int | None = None


async def record_answer(data: NewAnswer, *, at: datetime, by: int | None, now: datetime) -> int:
    """Keep a customer's own answer; the id. Known customers find it in their history, and satisfaction in their
    figures. It is no personal contact: the contact rhythm stays as it is.

    Raises Invalid for an answer off the scale or in the future, or an unknown touchpoint; NotFound for a customer who
    isn't there.
    """
    _demand_on_scale(data.metric, data.score)
    if at > now:
        raise Invalid({"at": _("An answer cannot lie in the future.")})
    async with transaction():
        touchpoint = await touchpoint_id(data.touchpoint)
        if data.customer_id is not None and not await _is_there(data.customer_id):
            raise NotFound()
        answer_id = await fetch_value(
            "INSERT INTO survey_answer (customer, person, touchpoint, ticket, metric, score, comment, at, survey, question, response) "
            "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) RETURNING id",
            data.customer_id, data.person_id, touchpoint, data.ticket_id, data.metric.value, data.score, data.comment, at,
            data.survey_id, data.question_id, data.response_id,
        )  # fmt: skip
        if data.customer_id is not None:
            await _tell_history(int(answer_id), data.customer_id, data, at=at, by=by, now=now)
    return int(answer_id)


async def revise_answer(
    answer_id: int, score: int, comment: str, *, is_low: bool | None, knows: int | None = None, now: datetime
) -> None:
    """The customer answers anew: history, figures and the alarm follow. Raises Invalid for an answer off the scale."""
    async with transaction():
        row = await fetch_one(
            "SELECT id, customer, metric, score, at FROM survey_answer WHERE id = $1 FOR UPDATE", answer_id
        )
        if row is None:
            raise NotFound()
        _demand_on_scale(Metric(row.metric), score)
        await execute("UPDATE survey_answer SET score = $2, comment = $3 WHERE id = $1", answer_id, score, comment)
        if row.customer is None:
            return
        await change_entry(TimelineKind.SURVEY, answer_id, body=comment, detail={"score": score})
        if row.metric == Metric.CSAT:
            await answer_revised(row.customer, Decimal(score - row.score))
        await answer_judged(
            row.customer, answer_id, metric=row.metric, score=score, at=row.at, by=None, now=now, is_low=is_low, knows=knows
        )  # fmt: skip


async def withdraw_answer(answer_id: int) -> None:
    """The customer takes a voluntary answer back: it goes, with its line of the history and its part of the figures. It never was a low
    one: only the first question can be, and that is always answered."""
    async with transaction():
        row = await fetch_one("DELETE FROM survey_answer WHERE id = $1 RETURNING customer, metric, score", answer_id)
        if row is None or row.customer is None:
            return
        await execute(
            "DELETE FROM timeline_entry WHERE kind = $1 AND ref_id = $2", TimelineKind.SURVEY.value, answer_id
        )
        if row.metric == Metric.CSAT:
            await answer_withdrawn(row.customer, Decimal(row.score))


def _demand_on_scale(metric: Metric, score: int) -> None:
    lowest, highest = SCALES[metric]
    if not lowest <= score <= highest:
        raise Invalid(
            {"score": _("Answers lie between %(lowest)s and %(highest)s.") % {"lowest": lowest, "highest": highest}}
        )


async def _tell_history(
    answer_id: int, customer_id: int, data: NewAnswer, *, at: datetime, by: int | None, now: datetime
) -> None:
    detail = {"metric": data.metric.value, "score": data.score, "touchpoint": data.touchpoint}
    await write_entry(
        customer_id,
        TimelineKind.SURVEY,
        answer_id,
        at=at,
        body=data.comment,
        title="",
        by=by,
        person_id=data.person_id,
        detail=detail,
    )
    if data.metric == Metric.CSAT:
        await answer_given(customer_id, Decimal(data.score))
    await answer_judged(
        customer_id, answer_id, metric=data.metric.value, score=data.score, at=at, by=by, now=now, is_low=data.is_low,
        knows=data.knows,
    )  # fmt: skip


async def touchpoint_id(code: str) -> int | None:
    """The id of a touchpoint's code; None for an empty one. Raises Invalid for an unknown one."""
    if not code:
        return None
    row = await fetch_one("SELECT id FROM touchpoint WHERE code = $1", code.replace("\x00", ""))
    if row is None:
        raise Invalid({"touchpoint": _("There is no touchpoint with this code.")})
    return int(row.id)


async def _is_there(customer_id: int) -> bool:
    return await fetch_value("SELECT 1 FROM customer WHERE id = $1 AND deleted_at IS NULL", customer_id) is not None
