"""Signed forms of the demo company: each is a content of its own."""

from datetime import UTC, datetime
from types import SimpleNamespace

from crm.demo.consents import SCANNED, Consents


def test_two_of_one_name_who_sign_on_one_day_have_two_papers() -> None:
    people = [SimpleNamespace(id=SCANNED * n, name="Thomas Müller") for n in (1, 2)]
    customer, at = SimpleNamespace(people=people), datetime(2026, 3, 2, 10, tzinfo=UTC)
    papers = [Consents._signed(customer, one.id, "newsletter", at) for one in people]  # type: ignore[arg-type]
    assert None not in papers
    assert papers[0] != papers[1]
