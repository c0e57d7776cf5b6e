"""Routing decisions in words, in German as users read them and in English."""

from datetime import date
from typing import Any

import pytest

from crm.tickets.explaining import Explanation, explain, required_sentence
from crm.tickets.routing import (
    AgentFacts,
    Candidate,
    Decision,
    Reason,
    RequiredLevel,
    RequiredLevelFacts,
    RoutingFacts,
    pick,
    required_level,
)
from crm.web.i18n import catalogue

ALI, EVA, JONAS, MIA, TOM = 1, 2, 3, 4, 5

german = catalogue("de").gettext


def english(message: str) -> str:
    return message


def agent(id: int, level: int, load: int = 0, **more: Any) -> AgentFacts:
    return AgentFacts(id=id, level=level, load=load, capacity=8, **more)


def explained(*agents: AgentFacts, language: str = "de", **more: Any) -> Explanation:
    required = required_level(
        RequiredLevelFacts(topic_level=1, topic_name="Rechnung", topic_name_en="Invoice", is_moment_of_truth=True)
    )
    decision = pick(RoutingFacts(required=required, agents=agents, **more))
    words = german if language == "de" else english
    return explain(required, decision, words, language=language, channels={"phone": "Telefon"})


def lines(explanation: Explanation) -> dict[int, str]:
    return {line.agent_id: line.text for line in explanation.lines}


TEAM = (
    agent(ALI, 1),
    agent(EVA, 2, presence="absent", absent_until=date(2026, 11, 25)),
    agent(JONAS, 2, 3, knows_case="thread"),
    agent(MIA, 3),
    agent(TOM, 2, 8),
)


def test_why_jonas_got_the_billing_dispute() -> None:
    explanation = explained(*TEAM)
    assert explanation.required == "Benötigt Stufe 2: Thema Rechnung (1), Moment der Wahrheit (+1)."
    assert explanation.outcome == "Kennt den Fall."
    assert lines(explanation) == {
        JONAS: "Stufe 2 · 3 von 8 · kennt den Fall",
        MIA: "Stufe 3, kennt den Fall nicht",
        ALI: "Stufe 1, zu niedrig",
        EVA: "abwesend bis 25.11.",
        TOM: "ausgelastet: 8 von 8",
    }


def test_the_same_in_english() -> None:
    explanation = explained(*TEAM, language="en")
    assert explanation.required == "Needs level 2: topic Invoice (1), moment of truth (+1)."
    assert lines(explanation)[EVA] == "absent until 25 Nov"


def test_a_decision_stored_with_one_name_still_reads() -> None:
    stored = RequiredLevel.from_facts(
        {"level": 1, "parts": [{"code": "topic", "params": {"level": 1, "name": "Rechnung"}}]}
    )
    assert required_sentence(stored, english, language="en") == "Needs level 1: topic Rechnung (1)."


def test_expert_stays_free_for_difficult_questions() -> None:
    explanation = explained(agent(JONAS, 2, 5), agent(MIA, 3))
    assert lines(explanation)[MIA] == "Stufe 3, bleibt frei für schwierige Fragen"
    assert explanation.outcome == "Stufe 2 genügt, höhere Stufen bleiben frei für schwierige Fragen."


def test_every_shortcoming_is_named() -> None:
    unfit = explained(agent(ALI, 2, presence="hours", languages=("de",)), agent(EVA, 0, channels=("email",)))
    assert lines(unfit) == {ALI: "gerade außerhalb der Arbeitszeit", EVA: "nicht für dieses Thema eingeteilt"}
    assert unfit.outcome == (
        "Zurzeit ist niemand frei, der antworten kann. Die Anfrage wartet in der Warteschlange der Stufe 2."
    )
    strict = RoutingFacts(
        required=required_level(RequiredLevelFacts()),
        agents=(agent(ALI, 1, languages=("de",)), agent(EVA, 1, channels=("email",))),
        language="en",
        channel="phone",
    )
    words = explain(strict.required, pick(strict), german, language="de", channels={"phone": "Telefon"})
    assert lines(words) == {ALI: "spricht kein Englisch", EVA: "nicht für Telefon eingeteilt"}


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({}, "Benötigt Stufe 1: ohne Thema (1)."),
        (
            {"is_first_contact": True, "first_contact_level": 2, "is_complaint": True},
            "Benötigt Stufe 3: ohne Thema (1), erste Anfrage zu diesem Thema (mindestens 2), Beschwerde (+1).",
        ),
        (
            {"is_first_contact": True, "service_level_minimum": 2, "service_level_name": "Gold"},
            "Benötigt Stufe 2: ohne Thema (1), Servicelevel Gold (erste Anfrage mindestens 2).",
        ),
        (
            {"is_first_contact": True, "service_level_minimum": 2},
            "Benötigt Stufe 2: ohne Thema (1), Servicelevel (erste Anfrage mindestens 2).",
        ),
        (
            {"is_complaint": True, "is_moment_of_truth": True, "escalations": 2},
            "Benötigt Stufe 3: ohne Thema (1), Beschwerde und Moment der Wahrheit (+1), "
            "an höhere Stufe gegeben (+2), 3 ist die höchste Stufe.",
        ),
    ],
)
def test_required_level_in_words(facts: dict[str, Any], sentence: str) -> None:
    assert required_sentence(required_level(RequiredLevelFacts(**facts)), german, language="de") == sentence


@pytest.mark.parametrize(
    ("code", "params"),
    [
        ("queue", {"level": 2}),
        ("only_one", {"level": 2}),
        ("case", {"tie": "owner"}),
        ("case", {"tie": "topic"}),
        ("level", {"level": 2}),
        ("load", {"load": 1, "capacity": 8}),
        ("waiting", {}),
        ("id", {}),
    ],
)
def test_every_outcome_has_a_german_sentence(code: str, params: dict[str, str | int]) -> None:
    decision = Decision(assignee_id=1, required_level=2, candidates=(), reasons=(Reason(code, params),))
    required = required_level(RequiredLevelFacts())
    in_german = explain(required, decision, german, language="de").outcome
    assert in_german.endswith(".")
    assert in_german != explain(required, decision, english, language="en").outcome


@pytest.mark.parametrize(
    ("behind", "words"),
    [
        ("case", "kennt den Fall nicht"),
        ("level", "bleibt frei für schwierige Fragen"),
        ("load", "stärker ausgelastet: 5 von 8"),
        ("waiting", "hat kürzlich erst eine Anfrage bekommen"),
        ("id", "ebenso geeignet"),
    ],
)
def test_why_not_the_next_one(behind: Any, words: str) -> None:
    second = Candidate(id=MIA, verdict="eligible", rank=2, level=2, load=5, capacity=8, behind=behind)
    decision = Decision(assignee_id=1, required_level=2, candidates=(second,), reasons=())
    explanation = explain(required_level(RequiredLevelFacts()), decision, german, language="de")
    assert lines(explanation) == {MIA: f"Stufe 2, {words}"}


def test_unknown_code_is_not_passed_over() -> None:
    decision = Decision(assignee_id=None, required_level=2, candidates=(), reasons=(Reason("mood"),))
    with pytest.raises(ValueError, match="mood"):
        explain(required_level(RequiredLevelFacts()), decision, english, language="en")
