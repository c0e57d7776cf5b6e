"""The example in the guide for team leads is what the rules compute."""

from __future__ import annotations

from datetime import UTC, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from crm.service_levels.calendar import Calendar
from crm.tickets.routing import AgentFacts, RequiredLevelFacts, RoutingFacts, pick, required_level

BERLIN = ZoneInfo("Europe/Berlin")
OFFICE = Calendar(BERLIN, {day: [(time(8), time(18))] for day in range(5)}, set())
DOCS = Path(__file__).resolve().parents[2] / "docs"
ALI, JONAS, MIA, ROBERT = 1, 2, 3, 4


def at(day: int, hour: int, minute: int = 0, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=BERLIN).astimezone(UTC)


def test_the_example_needs_level_2_and_jonas_gets_it() -> None:
    needed = required_level(
        RequiredLevelFacts(
            topic_level=1, is_first_contact=True, first_contact_level=1, service_level_minimum=1, is_complaint=True
        )
    )
    assert needed.level == 2
    agents = (
        AgentFacts(id=ALI, level=1, load=0, capacity=8), AgentFacts(id=JONAS, level=2, load=3, capacity=8),
        AgentFacts(id=MIA, level=3, load=1, capacity=8), AgentFacts(id=ROBERT, level=2, load=0, capacity=8, presence="absent"),
    )  # fmt: skip
    decision = pick(RoutingFacts(required=needed, agents=agents))
    assert decision.assignee_id == JONAS
    assert {one.id: one.drops for one in decision.candidates if one.drops} == {ALI: ("level",), ROBERT: ("absent",)}


def test_the_example_is_due_when_the_guide_says() -> None:
    opened = at(26, 16, 30)
    assert OFFICE.due_at(opened, 4 * 60) == at(27, 10, 30)
    assert OFFICE.due_at(opened, 24 * 60) == at(1, 10, 30, month=12)
    waited = [(at(27, 9), at(30, 11))]
    assert OFFICE.minutes_between(*waited[0]) == 12 * 60
    assert OFFICE.due_at(opened, 24 * 60, waited) == at(2, 12, 30, month=12)


@pytest.mark.parametrize(
    ("guide", "words"),
    [
        ("teamleitung.md", ["Freitag um 10:30 Uhr", "Dienstag, 10:30 Uhr", "Mittwoch, 12:30 Uhr", "**Stufe 2**"]),
        ("team-lead.md", ["Friday at 10:30", "Tuesday, 10:30", "Wednesday, 12:30", "**level 2**"]),
    ],
)
def test_the_guide_says_so(guide: str, words: list[str]) -> None:
    text = (DOCS / guide).read_text(encoding="utf-8")
    assert [word for word in words if word not in text] == []
