"""Where a customer is on the journey: from status, newest contact and orders."""

from __future__ import annotations

from datetime import date

import pytest

from crm.customers.current_phase import JourneyFacts, Phase, current_phase

PHASES = (
    Phase("activation", "before"), Phase("information", "before"), Phase("action", "during"), Phase("retention", "after"),
)  # fmt: skip
MAY, JUNE = date(2026, 5, 4), date(2026, 6, 8)


@pytest.mark.parametrize(
    ("facts", "phase"),
    [
        (JourneyFacts("prospect"), "activation"),
        (JourneyFacts("prospect", "information", MAY), "information"),
        (JourneyFacts("prospect", "action", MAY), "action"),
        (JourneyFacts("prospect", "retention", MAY), "activation"),
        (JourneyFacts("prospect", "abolished", MAY), "activation"),
        (JourneyFacts("customer"), "retention"),
        (JourneyFacts("customer", "information", MAY), "retention"),
        (JourneyFacts("customer", "information", MAY, JUNE), "retention"),
        (JourneyFacts("customer", "information", JUNE, MAY), "information"),
        (JourneyFacts("customer", "retention", JUNE, MAY), "retention"),
        (JourneyFacts("customer", "retention", JUNE, JUNE, has_open_order=True), "action"),
        (JourneyFacts("customer", "action", JUNE, JUNE, has_open_order=True), "action"),
        (JourneyFacts("former", "retention", JUNE, MAY), ""),
    ],
)
def test_current_phase(facts: JourneyFacts, phase: str) -> None:
    assert current_phase(PHASES, facts) == phase


def test_a_company_without_phases_has_none() -> None:
    assert current_phase((), JourneyFacts("customer")) == ""


def test_a_catalogue_without_a_stage_begins_at_its_beginning() -> None:
    assert current_phase((Phase("only", "during"),), JourneyFacts("customer")) == "only"
