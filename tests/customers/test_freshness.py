"""What is missing for this kind of customer, and when master data want to be looked at."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from crm.customers.freshness import check_of
from crm.customers.tables import CustomerKind, CustomerStatus

TODAY = date(2026, 11, 23)
ALL = ("reach", "origin_code", "owner_id", "addresses", "brief", "persons", "vat_id")


@pytest.mark.parametrize(
    ("kind", "status", "missing"),
    [
        (CustomerKind.ORGANISATION, CustomerStatus.PROSPECT, ("reach", "origin_code", "owner_id", "persons")),
        (CustomerKind.ORGANISATION, CustomerStatus.CUSTOMER, ALL),
        (CustomerKind.PERSON, CustomerStatus.PROSPECT, ("reach", "origin_code", "owner_id")),
        (CustomerKind.PERSON, CustomerStatus.CUSTOMER, ("reach", "origin_code", "owner_id", "addresses", "brief")),
        (CustomerKind.ORGANISATION, CustomerStatus.FORMER, ()),
    ],
)
def test_what_an_empty_record_lacks(kind: str, status: str, missing: tuple[str, ...]) -> None:
    assert check_of(kind, status, (), None, TODAY).missing == missing
    assert check_of(kind, status, ALL, TODAY, TODAY).missing == ()


@pytest.mark.parametrize(
    ("checked_on", "stale"),
    [(None, True), (TODAY, False), (TODAY - timedelta(days=365), False), (TODAY - timedelta(days=366), True)],
)
def test_after_a_year_they_want_a_look(checked_on: date | None, stale: bool) -> None:
    assert check_of("person", "customer", ALL, checked_on, TODAY).is_stale is stale
    assert not check_of("person", "former", ALL, checked_on, TODAY).is_stale
