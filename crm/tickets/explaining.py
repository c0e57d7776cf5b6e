"""Routing decisions in words: "Why this assignment?"."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from babel import Locale
from babel.dates import format_date

from crm.tickets.routing import Candidate, Decision, Reason, RequiredLevel

Gettext = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Line:
    """One candidate in words; the page adds the name of the agent."""

    agent_id: int
    verdict: Literal["chosen", "eligible", "dropped"]
    text: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """What the ticket needs, what decided, and why each of the others didn't get it."""

    required: str
    outcome: str
    lines: tuple[Line, ...]


def explain(
    required: RequiredLevel,
    decision: Decision,
    _: Gettext,
    *,
    language: str,
    channels: Mapping[str, str] | None = None,
) -> Explanation:
    """A decision in sentences of the reader's language ("de" or "en").

    `channels` names the channels by their codes; one without a name is shown as its code.
    """
    words = _Words(_, language, channels or {})
    return Explanation(
        required=required_sentence(required, _, language=language),
        outcome=" ".join(words.outcome(reason) for reason in decision.reasons),
        lines=tuple(Line(each.id, each.verdict, words.line(each, decision)) for each in decision.candidates),
    )


def required_sentence(required: RequiredLevel, _: Gettext, *, language: str) -> str:
    """ "Needs level 2: topic invoice (1), moment of truth (+1)." """
    parts = ", ".join(_part(reason, _, language) for reason in required.parts)
    return _("Needs level %(level)s: %(parts)s.") % {"level": required.level, "parts": parts}


def _part(reason: Reason, _: Gettext, language: str) -> str:
    params = reason.params
    if language == "en" and "name_en" in params:  # older decisions know only the name that their writer read
        params = params | {"name": params["name_en"]}
    has_name = bool(params.get("name"))
    service_level = (
        _("service level %(name)s (first contact at least %(level)s)")
        if has_name
        else _("service level (first contact at least %(level)s)")
    )
    texts = {
        "topic": _("topic %(name)s (%(level)s)") if has_name else _("no topic (%(level)s)"),
        "first_contact": _("first contact on this topic (at least %(level)s)"),
        "service_level": service_level,
        "complaint": _("complaint (+%(raise)s)"),
        "moment_of_truth": _("moment of truth (+%(raise)s)"),
        "complaint_at_moment_of_truth": _("complaint and moment of truth (+%(raise)s)"),
        "escalations": _("given to a higher level (+%(raise)s)"),
        "given_back": _("given back to a lower level"),
        "highest": _("%(level)s is the highest level"),
    }
    if reason.code not in texts:
        raise ValueError(f"No words for the reason {reason.code!r}.")
    return texts[reason.code] % params


@dataclass(frozen=True, slots=True)
class _Words:
    _: Gettext
    language: str
    channels: Mapping[str, str]

    def outcome(self, reason: Reason) -> str:
        _ = self._
        match reason.code:
            case "queue":
                text = _("Nobody who could answer is free: the enquiry waits in the queue of level %(level)s.")
            case "stand_in":
                text = _("Whoever had it is absent, so somebody stands in.")
            case "only_one":
                text = _("Nobody else qualifies at the moment.")
            case "case":
                ties = {"deputy": _("Is their deputy."), "owner": _("Looks after this customer.")}
                text = ties.get(str(reason.params["tie"]), _("Knows the case."))
            case "level":
                text = _("Level %(level)s is enough; higher levels stay free for difficult questions.")
            case "load":
                text = _("Has the most room: %(load)s of %(capacity)s.")
            case "waiting":
                text = _("Has waited longest for an enquiry.")
            case "id":
                text = _("All else being equal, the order of the staff list decides.")
            case unknown:
                raise ValueError(f"No words for the reason {unknown!r}.")
        return text % reason.params

    def line(self, candidate: Candidate, decision: Decision) -> str:
        if candidate.verdict == "dropped":
            return ", ".join(self._drop(candidate, code, decision) for code in candidate.drops)
        if candidate.verdict == "chosen":
            return " · ".join([self._level(candidate), self._load(candidate), *self._tie(candidate)])
        return ", ".join([self._level(candidate), self._behind(candidate, decision)])

    def _level(self, candidate: Candidate) -> str:
        return self._("level %(level)s") % {"level": candidate.level}

    def _load(self, candidate: Candidate) -> str:
        return self._("%(load)s of %(capacity)s") % {"load": candidate.load, "capacity": candidate.capacity}

    def _tie(self, candidate: Candidate) -> list[str]:
        _ = self._
        if candidate.knows_case is None:
            return []
        if candidate.knows_case == "deputy":
            return [_("stands in")]
        return [_("looks after the customer") if candidate.knows_case == "owner" else _("knows the case")]

    def _behind(self, candidate: Candidate, decision: Decision) -> str:
        _ = self._
        has_deputy = any(one.verdict == "chosen" and one.knows_case == "deputy" for one in decision.candidates)
        match candidate.behind:
            case "case" if has_deputy:
                return _("is not the deputy")
            case "case":
                return _("doesn't know the case as well") if candidate.knows_case else _("doesn't know the case")
            case "level":
                return _("stays free for difficult questions")
            case "load":
                return _("has less room: %(load)s") % {"load": self._load(candidate)}
            case "waiting":
                return _("got an enquiry more recently")
            case _other:
                return _("equally suitable")

    def _drop(self, candidate: Candidate, code: str, decision: Decision) -> str:
        _ = self._
        match code:
            case "gave_up" | "gave_back":
                return _("gave it to a higher level") if code == "gave_up" else _("gave it back to a lower level")
            case "level" if candidate.level < 1:
                return _("doesn't handle this topic")
            case "level":
                return _("level %(level)s, too low") % {"level": candidate.level}
            case "absent" if candidate.absent_until is not None:
                return _("absent until %(day)s") % {"day": _short_day(candidate.absent_until, self.language)}
            case "absent":
                return _("absent")
            case "hours":
                return _("not at work now")
            case "channel":
                channel = decision.channel or ""
                return _("not assigned to %(channel)s") % {"channel": self.channels.get(channel, channel)}
            case "language":
                spoken = decision.language or ""
                name = Locale.parse(self.language).languages.get(spoken, spoken)
                return _("doesn't speak %(language)s") % {"language": name}
            case "full":
                return _("fully loaded: %(load)s") % {"load": self._load(candidate)}
            case unknown:
                raise ValueError(f"No words for the reason {unknown!r}.")


def _short_day(day: date, language: str) -> str:
    """ "25.11." / "25 Nov"."""
    return format_date(day, "d.M." if language == "de" else "d MMM", locale="de_DE" if language == "de" else "en_GB")
