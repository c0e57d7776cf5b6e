"""Which competence a ticket needs and who gets it: facts in, a decision with its reasons out.

Source of the rules: "Competence levels" in the domain description. Facts and decisions turn into JSON-able values
and back, so that a stored decision can be replayed: the same facts give the same agent.
"""

from datetime import date, datetime, timedelta
from typing import Any, Literal, Self, TypeAlias
from zoneinfo import ZoneInfo

import msgspec

from crm.service_levels.calendar import Calendar

KnowsCase: TypeAlias = Literal["deputy", "thread", "topic", "owner"]
DropCode: TypeAlias = Literal["gave_up", "gave_back", "level", "absent", "hours", "channel", "language", "full"]
Criterion: TypeAlias = Literal["case", "level", "load", "waiting", "id"]
Presence: TypeAlias = Literal["present", "absent", "hours"]

HIGHEST_LEVEL = 3
CASE_DAYS = 30
"""How long someone who answered the same customer on the same topic still counts as knowing the case."""
FIRST_CONTACT_MONTHS = 12
"""An enquiry is a first contact when the customer has asked nothing on its topic for so many months."""

_CASE_RANK: dict[KnowsCase | None, int] = {"deputy": -1, "thread": 0, "topic": 1, "owner": 2, None: 3}
"""A deputy counts as one only where they stand in for whoever had the ticket and is absent."""


class _Fact(msgspec.Struct, frozen=True):
    """A value that can be stored as JSON and read back unchanged."""

    def as_facts(self) -> dict[str, Any]:
        """JSON-able values, as they are stored."""
        facts: dict[str, Any] = msgspec.to_builtins(self)
        return facts

    @classmethod
    def from_facts(cls, facts: object) -> Self:
        """The value that was stored; raises msgspec.ValidationError when it isn't one."""
        return msgspec.convert(facts, cls)


class Reason(_Fact, frozen=True):
    """Why, as a code with its figures; crm.tickets.explaining says it in words."""

    code: str
    params: dict[str, str | int] = {}


class RequiredLevelFacts(_Fact, frozen=True, kw_only=True):
    """What decides about the level. Names are only for the sentence, in German and English; None where there is no topic
    or service level."""

    topic_level: int = 1
    topic_name: str | None = None
    topic_name_en: str | None = None
    is_first_contact: bool = False
    first_contact_level: int = 1
    service_level_minimum: int = 1
    service_level_name: str | None = None
    service_level_name_en: str | None = None
    is_complaint: bool = False
    is_moment_of_truth: bool = False
    escalations: int = 0
    is_given_back: bool = False


class RequiredLevel(_Fact, frozen=True):
    """The level that a ticket needs, and the parts that add up to it."""

    level: int
    parts: tuple[Reason, ...]


def required_level(facts: RequiredLevelFacts) -> RequiredLevel:
    """min(3, max(topic, for a first contact its level and the service level's minimum) + 1 + escalations).

    The 1 is added once for a complaint or a moment of truth, be it one of them or both.
    """
    level = facts.topic_level
    parts = [Reason("topic", {"level": level, **_names(facts.topic_name, facts.topic_name_en)})]
    if facts.is_first_contact:
        if facts.first_contact_level > level:
            level = facts.first_contact_level
            parts.append(Reason("first_contact", {"level": level}))
        if facts.service_level_minimum > level:
            level = facts.service_level_minimum
            names = _names(facts.service_level_name, facts.service_level_name_en)
            parts.append(Reason("service_level", {"level": level, **names}))
    if facts.is_complaint or facts.is_moment_of_truth:
        level += 1
        both = facts.is_complaint and facts.is_moment_of_truth
        code = "complaint_at_moment_of_truth" if both else "complaint" if facts.is_complaint else "moment_of_truth"
        parts.append(Reason(code, {"raise": 1}))
    if facts.escalations:
        level += facts.escalations
        parts.append(Reason("escalations", {"raise": facts.escalations}))
    if facts.is_given_back:
        parts.append(Reason("given_back"))
    if level > HIGHEST_LEVEL:
        level = HIGHEST_LEVEL
        parts.append(Reason("highest", {"level": level}))
    return RequiredLevel(level, tuple(parts))


def _names(german: str | None, english: str | None) -> dict[str, str]:
    """Both names, so that every reader finds the one of their language, whoever opened the enquiry."""
    return {"name": german or ""} | ({"name_en": english} if english else {})


class AgentFacts(_Fact, frozen=True, kw_only=True):
    """What routing knows about one agent.

    `level` is the one for the ticket's topic, 0 for none. No languages or channels given means all of them. `load`
    counts open enquiries that are neither waiting nor put back. `knows_case` is the closest tie to this case. Who `gave_up`
    gave this very ticket to a higher level, who `gave_back` to a lower one.
    """

    id: int
    level: int
    load: int
    capacity: int
    languages: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    presence: Presence = "present"
    absent_until: date | None = None
    last_assigned_at: datetime | None = None
    knows_case: KnowsCase | None = None
    gave_up: bool = False
    gave_back: bool = False


class RoutingFacts(_Fact, frozen=True, kw_only=True):
    """All that is known when a ticket is routed; None as language or channel puts no demand on the agent. `is_stand_in`: whoever
    had it is absent."""

    required: RequiredLevel
    agents: tuple[AgentFacts, ...]
    language: str | None = None
    channel: str | None = None
    is_stand_in: bool = False


class Candidate(_Fact, frozen=True, kw_only=True):
    """One agent in a decision.

    `rank` counts from 1 among those who could have had the ticket, None for the others. `drops` says what each of the
    others lacks; `behind` by which criterion someone who could have had it stood behind the chosen one.
    """

    id: int
    verdict: Literal["chosen", "eligible", "dropped"]
    rank: int | None
    level: int
    load: int
    capacity: int
    knows_case: KnowsCase | None = None
    drops: tuple[DropCode, ...] = ()
    behind: Criterion | None = None
    absent_until: date | None = None


class Decision(_Fact, frozen=True, kw_only=True):
    """Who gets the ticket; no assignee means that it waits in the queue of its level."""

    assignee_id: int | None
    required_level: int
    candidates: tuple[Candidate, ...]
    reasons: tuple[Reason, ...]
    language: str | None = None
    channel: str | None = None


def pick(facts: RoutingFacts) -> Decision:
    """The agent for a ticket, among those who are competent, present, allowed on the channel, speak the language and
    have capacity left: who knows the case, then the lowest sufficient level, then the lowest load in proportion to
    capacity, then the longest since the last assignment, then the id. Nobody, if nobody qualifies.
    """
    fitting: list[AgentFacts] = []
    dropped: list[tuple[AgentFacts, tuple[DropCode, ...]]] = []
    for agent in facts.agents:
        drops = _drops(agent, facts)
        if drops:
            dropped.append((agent, drops))
        else:
            fitting.append(agent)
    ranked = sorted(fitting, key=_order)
    dropped.sort(key=lambda entry: entry[0].id)
    candidates = [_ranked_candidate(agent, rank, ranked[0]) for rank, agent in enumerate(ranked, 1)]
    candidates += [_candidate(agent, "dropped", drops=drops) for agent, drops in dropped]
    return Decision(
        assignee_id=ranked[0].id if ranked else None,
        required_level=facts.required.level,
        candidates=tuple(candidates),
        reasons=((Reason("stand_in"),) if facts.is_stand_in else ()) + _reasons(ranked, facts),
        language=facts.language,
        channel=facts.channel,
    )


def replay(facts: object) -> Decision:
    """The decision that stored facts give again; raises msgspec.ValidationError for anything else than facts."""
    return pick(RoutingFacts.from_facts(facts))


def _drops(agent: AgentFacts, facts: RoutingFacts) -> tuple[DropCode, ...]:
    drops: list[DropCode] = []
    if agent.gave_up:
        drops.append("gave_up")
    if agent.gave_back:
        drops.append("gave_back")
    if agent.level < max(1, facts.required.level):
        drops.append("level")
    if agent.presence != "present":
        drops.append(agent.presence)
    if facts.channel and agent.channels and facts.channel not in agent.channels:
        drops.append("channel")
    if facts.language and agent.languages and facts.language not in agent.languages:
        drops.append("language")
    if agent.load >= agent.capacity:
        drops.append("full")
    return tuple(drops)


def _order(agent: AgentFacts) -> tuple[int, int, float, float, int]:
    """Smaller is better; who never got a ticket has waited longest. Only asked about agents with capacity left."""
    last = agent.last_assigned_at
    waiting_since = float("-inf") if last is None else last.timestamp()
    return _CASE_RANK[agent.knows_case], agent.level, agent.load / agent.capacity, waiting_since, agent.id


_CRITERIA: tuple[Criterion, ...] = ("case", "level", "load", "waiting", "id")


def _deciding_criterion(better: AgentFacts, worse: AgentFacts) -> Criterion:
    pairs = zip(_CRITERIA, _order(better), _order(worse), strict=True)
    return next(criterion for criterion, a, b in pairs if a != b or criterion == "id")


def _ranked_candidate(agent: AgentFacts, rank: int, chosen: AgentFacts) -> Candidate:
    if rank == 1:
        return _candidate(agent, "chosen", rank=1)
    return _candidate(agent, "eligible", rank=rank, behind=_deciding_criterion(chosen, agent))


def _candidate(
    agent: AgentFacts,
    verdict: Literal["chosen", "eligible", "dropped"],
    *,
    rank: int | None = None,
    drops: tuple[DropCode, ...] = (),
    behind: Criterion | None = None,
) -> Candidate:
    return Candidate(
        id=agent.id,
        verdict=verdict,
        rank=rank,
        level=agent.level,
        load=agent.load,
        capacity=agent.capacity,
        knows_case=agent.knows_case,
        drops=drops,
        behind=behind,
        absent_until=agent.absent_until if "absent" in drops else None,
    )


def _reasons(ranked: list[AgentFacts], facts: RoutingFacts) -> tuple[Reason, ...]:
    """What decided: the chosen one against the next, or why the ticket waits."""
    if not ranked:
        return (Reason("queue", {"level": facts.required.level}),)
    chosen = ranked[0]
    if len(ranked) == 1:
        return (Reason("only_one", {"level": facts.required.level}),)
    criterion = _deciding_criterion(chosen, ranked[1])
    if criterion == "case":
        return (Reason("case", {"tie": chosen.knows_case or ""}),)
    if criterion == "level":
        return (Reason("level", {"level": chosen.level}),)
    if criterion == "load":
        return (Reason("load", {"load": chosen.load, "capacity": chosen.capacity}),)
    return (Reason(criterion),)


def presence(
    working_hours: Calendar, absent_from: datetime | None, absent_until: datetime | None, now: datetime
) -> Presence:
    """Whether an agent is there: `absent` from one instant until another, otherwise `hours` outside working hours.

    An absence without an end lasts until it is taken back, one without a start has begun; neither means no absence.
    """
    if absent_from is not None or absent_until is not None:
        has_begun = absent_from is None or absent_from <= now
        has_ended = absent_until is not None and absent_until <= now
        if has_begun and not has_ended:
            return "absent"
    return "present" if working_hours.is_open(now) else "hours"


def last_day_absent(absent_until: datetime | None, zone: ZoneInfo) -> date | None:
    """The last local day of an absence, for `AgentFacts`; one that ends at midnight ends on the day before."""
    return None if absent_until is None else (absent_until - timedelta(microseconds=1)).astimezone(zone).date()
