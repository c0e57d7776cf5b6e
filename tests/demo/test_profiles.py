"""The demo company's attributes rest on bases, its scores on consents, and the review shows how one stands."""

from __future__ import annotations

from datetime import date

import pytest

from crm.database import fetch, fetch_one, fetch_value
from crm.demo.fill import fill
from crm.profiles.forgetting import forget_attributes

TODAY = date(2026, 11, 23)


@pytest.fixture
async def company(db: None) -> None:
    await fill(400, TODAY)


async def test_every_value_of_a_person_has_its_basis_and_the_first_night_deletes_none(company: None) -> None:
    kinds = await fetch(
        "SELECT a.code, count(*) AS n FROM attribute_value v JOIN attribute a ON a.id = v.attribute GROUP BY 1"
    )
    assert {row.code for row in kinds} == {"industry", "employees", "decides_by", "wheelchair", "good_time_to_call"}
    assert await fetch_value("SELECT count(*) FROM attribute_value WHERE person IS NOT NULL") > 30
    now = await fetch_value("SELECT demo_filled_at FROM company")
    assert await forget_attributes(now=now) == 0


async def test_private_persons_are_scored_only_if_they_agreed(company: None) -> None:
    rows = await fetch(
        "SELECT c.kind, count(*) AS n FROM customer_score s JOIN customer c ON c.id = s.customer GROUP BY 1"
    )
    scored = {row.kind: row.n for row in rows}
    assert scored["organisation"] > scored["person"] > 10
    assert not await fetch_value(
        "SELECT count(*) FROM customer_score s JOIN affiliation f ON f.customer = s.customer AND f.is_self "
        "WHERE NOT profiling_is_allowed(f.person)"
    )
    assert {row.abc_class for row in await fetch("SELECT DISTINCT abc_class FROM customer_score")} == {"A", "B", "C"}


async def test_one_review_is_decided_and_one_waits(company: None) -> None:
    decided = await fetch_one(
        "SELECT s.abc_class, s.computed_class FROM score_review r JOIN customer_score s ON s.customer = r.customer "
        "WHERE r.decided_at IS NOT NULL"
    )
    assert decided is not None
    assert (decided.abc_class, decided.computed_class) == ("B", "C")
    assert await fetch_value("SELECT count(*) FROM score_review WHERE decided_at IS NULL") == 1
