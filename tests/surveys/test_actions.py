"""What customers answer: kept, shown in the history, counted for satisfaction."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from crm.customers.figures import start_figures
from crm.customers.tables import Customer
from crm.database import fetch, fetch_one, fetch_value
from crm.errors import Invalid, NotFound
from crm.surveys.actions import NewAnswer, record_answer
from crm.surveys.tables import Metric
from tests.cast import Cast

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
THEN = NOW - timedelta(hours=3)


@pytest.fixture
async def customer_id(cast: Cast) -> int:
    level = await fetch_value("SELECT id FROM service_level WHERE code = 'basis'")
    customer = Customer(number="S-1", kind="organisation", name="Tischlerei Ost", service_level=level, created_at=NOW)
    await customer.save()
    await start_figures(customer.id, NOW)
    return int(customer.id)


async def test_a_satisfaction_answer_stands_in_history_and_figures(customer_id: int) -> None:
    due = await fetch_value("SELECT contact_due_at FROM customer_figures WHERE customer = $1", customer_id)
    answer = NewAnswer(Metric.CSAT, 2, touchpoint="invoice", customer_id=customer_id, comment="Posten unklar")
    answer_id = await record_answer(answer, at=THEN, by=None, now=NOW)
    line = await fetch_one(
        "SELECT kind, at, ref_id, body, detail->>'score' AS score FROM timeline_entry WHERE customer = $1", customer_id
    )
    assert line is not None
    assert (line.kind, line.at, line.ref_id, line.body, line.score) == ("survey", THEN, answer_id, "Posten unklar", "2")
    figures = await fetch_one("SELECT * FROM customer_figures WHERE customer = $1", customer_id)
    assert figures is not None
    assert (figures.satisfaction_sum, figures.satisfaction_answers) == (Decimal(2), 1)
    assert (figures.contact_due_at, figures.last_contact_at) == (due, None)


@pytest.mark.parametrize(("metric", "score"), [(Metric.NPS, 9), (Metric.EFFORT, 7)])
async def test_nps_and_effort_are_not_bent_onto_satisfaction(customer_id: int, metric: Metric, score: int) -> None:
    await record_answer(NewAnswer(metric, score, customer_id=customer_id), at=THEN, by=None, now=NOW)
    assert await fetch_value("SELECT satisfaction_answers FROM customer_figures WHERE customer = $1", customer_id) == 0


@pytest.mark.parametrize(
    ("metric", "score"), [(Metric.NPS, 11), (Metric.NPS, -1), (Metric.CSAT, 0), (Metric.CSAT, 6), (Metric.EFFORT, 8)]
)
async def test_an_answer_off_the_scale_is_refused(customer_id: int, metric: Metric, score: int) -> None:
    with pytest.raises(Invalid) as refused:
        await record_answer(NewAnswer(metric, score, customer_id=customer_id), at=THEN, by=None, now=NOW)
    assert set(refused.value.errors) == {"score"}
    assert await fetch("SELECT 1 FROM survey_answer WHERE customer = $1", customer_id) == []


async def test_an_anonymous_answer_has_no_history(cast: Cast) -> None:
    before = await fetch_value("SELECT count(*) FROM timeline_entry")
    await record_answer(NewAnswer(Metric.CSAT, 5, touchpoint="hotline"), at=THEN, by=None, now=NOW)
    assert await fetch_value("SELECT count(*) FROM timeline_entry") == before


async def test_what_is_not_there_is_refused(customer_id: int) -> None:
    with pytest.raises(Invalid):
        await record_answer(NewAnswer(Metric.CSAT, 5, touchpoint="nowhere"), at=THEN, by=None, now=NOW)
    with pytest.raises(NotFound):
        await record_answer(NewAnswer(Metric.CSAT, 5, customer_id=customer_id + 999), at=THEN, by=None, now=NOW)
    with pytest.raises(Invalid):
        await record_answer(NewAnswer(Metric.CSAT, 5), at=NOW + timedelta(seconds=1), by=None, now=NOW)
