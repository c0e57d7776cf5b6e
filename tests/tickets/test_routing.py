"""Competence levels: what a ticket needs, who gets it, and that a stored decision gives the same agent again."""

import json
from datetime import UTC, date, datetime, time, timedelta
from time import perf_counter
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm.service_levels.calendar import Calendar
from crm.tickets.routing import (
    AgentFacts,
    Decision,
    Reason,
    RequiredLevel,
    RequiredLevelFacts,
    RoutingFacts,
    last_day_absent,
    pick,
    presence,
    replay,
    required_level,
)

NOW = datetime(2026, 11, 23, 13, 10, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
ALI, EVA, JONAS, MIA = 1, 2, 3, 4


def level(**facts: Any) -> int:
    return required_level(RequiredLevelFacts(**facts)).level


def agent(id: int, level: int = 2, load: int = 0, capacity: int = 8, **more: Any) -> AgentFacts:
    return AgentFacts(id=id, level=level, load=load, capacity=capacity, **more)


def route(*agents: AgentFacts, needs: int = 2, **more: Any) -> Decision:
    return pick(RoutingFacts(required=RequiredLevel(needs, ()), agents=agents, **more))


def drops(decision: Decision) -> dict[int, tuple[str, ...]]:
    return {candidate.id: candidate.drops for candidate in decision.candidates if candidate.verdict == "dropped"}


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"topic_level": 1}, 1),
        ({"topic_level": 1, "is_first_contact": True, "first_contact_level": 2}, 2),
        ({"topic_level": 1, "is_first_contact": False, "first_contact_level": 2}, 1),
        ({"topic_level": 1, "is_first_contact": True, "service_level_minimum": 3}, 3),
        ({"topic_level": 1, "service_level_minimum": 3}, 1),
        ({"topic_level": 2, "is_first_contact": True, "first_contact_level": 1, "service_level_minimum": 1}, 2),
        ({"topic_level": 1, "is_complaint": True}, 2),
        ({"topic_level": 1, "is_moment_of_truth": True}, 2),
        ({"topic_level": 1, "is_complaint": True, "is_moment_of_truth": True}, 2),
        ({"topic_level": 1, "escalations": 1}, 2),
        ({"topic_level": 1, "is_complaint": True, "escalations": 1}, 3),
        ({"topic_level": 3, "is_complaint": True, "escalations": 4}, 3),
    ],
)
def test_required_level(facts: dict[str, Any], expected: int) -> None:
    assert level(**facts) == expected


def test_required_level_names_its_parts() -> None:
    found = required_level(
        RequiredLevelFacts(
            topic_level=1, topic_name="Rechnung", is_first_contact=True, first_contact_level=2, is_moment_of_truth=True
        )
    )
    assert found.parts == (
        Reason("topic", {"level": 1, "name": "Rechnung"}),
        Reason("first_contact", {"level": 2}),
        Reason("moment_of_truth", {"raise": 1}),
    )


def test_second_level_agent_receives_billing_dispute() -> None:
    decision = route(agent(ALI, level=1), agent(JONAS, level=2, load=3), agent(MIA, level=3))
    assert decision.assignee_id == JONAS
    assert drops(decision) == {ALI: ("level",)}
    assert decision.candidates[1].behind == "level"
    assert decision.reasons == (Reason("level", {"level": 2}),)


@pytest.mark.parametrize(
    ("unfit", "code"),
    [
        ({"level": 1}, "level"),
        ({"presence": "absent"}, "absent"),
        ({"presence": "hours"}, "hours"),
        ({"channels": ("phone",)}, "channel"),
        ({"languages": ("de",)}, "language"),
        ({"load": 8}, "full"),
        ({"load": 0, "capacity": 0}, "full"),
    ],
)
def test_unfit_agent_never_gets_it(unfit: dict[str, Any], code: str) -> None:
    decision = route(agent(ALI, **unfit, knows_case="thread"), language="en", channel="email")
    assert decision.assignee_id is None
    assert drops(decision) == {ALI: (code,)}
    assert decision.reasons == (Reason("queue", {"level": 2}),)


def test_who_knows_the_case_comes_before_level_and_load() -> None:
    tied = [agent(MIA, level=3, load=7, knows_case="owner"), agent(JONAS, load=6, knows_case="topic")]
    assert route(agent(ALI), tied[0]).assignee_id == MIA
    assert route(agent(ALI), *tied).assignee_id == JONAS
    assert route(agent(EVA, level=3, load=7, knows_case="thread"), *tied).assignee_id == EVA


def test_lower_load_in_proportion_to_capacity_wins() -> None:
    decision = route(agent(ALI, load=2, capacity=4), agent(EVA, load=3, capacity=8))
    assert decision.assignee_id == EVA
    assert decision.reasons == (Reason("load", {"load": 3, "capacity": 8}),)


def test_longest_without_an_assignment_wins_and_never_is_longest() -> None:
    hour = timedelta(hours=1)
    recent, earlier = agent(ALI, last_assigned_at=NOW - hour), agent(EVA, last_assigned_at=NOW - 2 * hour)
    assert route(recent, earlier).assignee_id == EVA
    assert route(recent, earlier, agent(MIA)).assignee_id == MIA


def test_all_equal_goes_to_the_smallest_id() -> None:
    decision = route(agent(MIA), agent(ALI), agent(EVA))
    assert [candidate.id for candidate in decision.candidates] == [ALI, EVA, MIA]
    assert decision.reasons == (Reason("id"),)


agents = st.builds(
    AgentFacts,
    id=st.integers(1, 1000),
    level=st.integers(0, 3),
    load=st.integers(0, 9),
    capacity=st.integers(0, 9),
    languages=st.sampled_from([(), ("de",), ("de", "en")]),
    channels=st.sampled_from([(), ("email",), ("phone", "chat")]),
    presence=st.sampled_from(["present", "present", "absent", "hours"]),
    absent_until=st.none() | st.dates(),
    last_assigned_at=st.none() | st.datetimes(timezones=st.just(UTC)),
    knows_case=st.sampled_from([None, "thread", "topic", "owner"]),
)


@settings(max_examples=200)
@given(
    st.builds(
        RoutingFacts,
        required=st.builds(RequiredLevel, level=st.integers(1, 3), parts=st.just((Reason("topic", {"level": 1}),))),
        agents=st.lists(agents, unique_by=lambda each: each.id, max_size=12).map(tuple),
        language=st.sampled_from([None, "de", "en"]),
        channel=st.sampled_from([None, "email", "phone"]),
    ),
    st.randoms(use_true_random=False),
)
def test_stored_facts_give_the_same_decision_in_any_order(facts: RoutingFacts, random: Any) -> None:
    decision = pick(facts)
    stored = json.loads(json.dumps(facts.as_facts()))
    assert replay(stored) == decision
    assert Decision.from_facts(json.loads(json.dumps(decision.as_facts()))) == decision
    shuffled = list(facts.agents)
    random.shuffle(shuffled)
    assert pick(msgspec.structs.replace(facts, agents=tuple(shuffled))) == decision
    chosen = {each.id: each for each in facts.agents}.get(decision.assignee_id or 0)
    if chosen is not None:
        assert chosen.level >= facts.required.level
        assert chosen.load < chosen.capacity
        assert chosen.presence == "present"


def test_broken_facts_are_refused() -> None:
    with pytest.raises(msgspec.ValidationError):
        replay({"required": {"level": "two", "parts": []}, "agents": []})


def test_five_hundred_agents_are_quick() -> None:
    facts = RoutingFacts(
        required=RequiredLevel(2, ()),
        agents=tuple(agent(n, level=n % 4, load=n % 8, last_assigned_at=NOW) for n in range(1, 501)),
    )
    times = []
    for _round in range(100):
        began = perf_counter()
        pick(facts)
        times.append(perf_counter() - began)
    assert min(times) < 0.002, "the quickest of many is the rule's own doing, usually under 1 ms"


OFFICE = Calendar(BERLIN, {day: [(time(9), time(17))] for day in range(5)}, set())


def test_presence_asks_for_working_hours_and_absence() -> None:
    evening, day = NOW.replace(hour=20), timedelta(days=1)
    assert presence(OFFICE, None, None, NOW) == "present"
    assert presence(OFFICE, None, None, evening) == "hours"
    assert presence(OFFICE, NOW - day, NOW + day, NOW) == "absent"
    assert presence(OFFICE, NOW - day, None, NOW) == "absent"
    assert presence(OFFICE, None, NOW + day, NOW) == "absent"
    assert presence(OFFICE, NOW + day, None, NOW) == "present"
    assert presence(OFFICE, NOW - day, NOW, NOW) == "present"


def test_absence_until_midnight_ends_on_the_day_before() -> None:
    assert last_day_absent(datetime(2026, 11, 25, 23, 0, tzinfo=UTC), BERLIN) == date(2026, 11, 25)
    assert last_day_absent(datetime(2026, 11, 25, 11, 0, tzinfo=UTC), BERLIN) == date(2026, 11, 25)
    assert last_day_absent(None, BERLIN) is None
