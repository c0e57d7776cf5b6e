"""Recording what customers answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from crm.customers.figures import answer_given
from crm.customers.tables import TimelineKind
from crm.customers.timeline import write_entry
from crm.database import fetch_one, fetch_value, transaction
from crm.errors import Invalid, NotFound
from crm.reminders.alarms import answer_judged
from crm.surveys.tables import Metric
from crm.web.i18n import _

SCALES = {Metric.NPS: (0, 10), Metric.CSAT: (1, 5), Metric.EFFORT: (1, 7)}
"""The lowest and the highest answer of each metric."""


@dataclass(frozen=True, slots=True)
class NewAnswer:
    """An answer of a customer, or an anonymous one. `touchpoint` is a code."""

    metric: Metric
    score: int
    touchpoint: str = ""
    customer_id: int | None = None
    person_id: int | None = None
    ticket_id: int | None = None
    comment: str = ""


async def record_answer(data: NewAnswer, *, at: datetime, by: int | None, now: datetime) -> int:
    """Keep a customer's own answer; the id. Known customers find it in their history, and satisfaction in their
    figures. It is no personal contact: the contact rhythm stays as it is.

    Raises Invalid for an answer off the scale or in the future, or an unknown touchpoint; NotFound for a customer who
    isn't there.
    """
    lowest, highest = SCALES[data.metric]
    if not lowest <= data.score <= highest:
        raise Invalid(
            {"score": _("Answers lie between %(lowest)s and %(highest)s.") % {"lowest": lowest, "highest": highest}}
        )
    if at > now:
        raise Invalid({"at": _("An answer cannot lie in the future.")})
    async with transaction():
        touchpoint = await _touchpoint_id(data.touchpoint)
        if data.customer_id is not None and not await _is_there(data.customer_id):
            raise NotFound()
        answer_id = await fetch_value(
            "INSERT INTO survey_answer (customer, person, touchpoint, ticket, metric, score, comment, at) "
            "VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id",
            data.customer_id, data.person_id, touchpoint, data.ticket_id, data.metric.value, data.score, data.comment, at,
        )  # fmt: skip
        if data.customer_id is not None:
            await _tell_history(int(answer_id), data.customer_id, data, at=at, by=by, now=now)
    return int(answer_id)


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
    await answer_judged(customer_id, answer_id, metric=data.metric.value, score=data.score, at=at, by=by, now=now)


async def _touchpoint_id(code: str) -> int | None:
    if not code:
        return None
    row = await fetch_one("SELECT id FROM touchpoint WHERE code = $1", code.replace("\x00", ""))
    if row is None:
        raise Invalid({"touchpoint": _("There is no touchpoint with this code.")})
    return int(row.id)


async def _is_there(customer_id: int) -> bool:
    return await fetch_value("SELECT 1 FROM customer WHERE id = $1 AND deleted_at IS NULL", customer_id) is not None
