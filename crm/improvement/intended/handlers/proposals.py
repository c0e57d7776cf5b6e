"""What the set-up assistant proposes from what was measured, what is wrong with an answer, and what the answers become: for its pages
and for the API alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from crm.accounts.current import CurrentUser
from crm.database import Row
from crm.errors import Invalid, NotFound
from crm.improvement.intended import queries
from crm.improvement.intended.assistant import Question, filled, question_of
from crm.improvement.intended.forms import journey_of, shown_aim
from crm.improvement.intended.rules import IntendedData, segment_from
from crm.improvement.measures.rules import USUAL_PERIOD, MeasureData
from crm.improvement.tables import ExpectationLevel
from crm.reports.journeys.asking import customers_of, journey_asked
from crm.reports.journeys.comparing import NOTHING_ROUND
from crm.reports.journeys.proposing import Seen, majority_order, seen
from crm.reports.journeys.usage import Usage, usage
from crm.web.formats import local, num
from crm.web.i18n import _, language, local_name, zone

DUE_IN = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Proposal:
    """What can be chosen, what was measured at it in the last twelve months (by code), and the order that most customers take."""

    places: list[Row]
    seen: dict[str, Seen]
    order: list[str]
    customers: int

    def channels_of(self, place: Row) -> Sequence[str]:
        """The channels that were used most; where nothing was measured, those of the catalogue."""
        one = self.seen[place.code]
        return one.usual_channels or tuple(filter(None, place.channels.split(",")))


async def proposal_for(user: CurrentUser, answers: Mapping[str, str], now: datetime) -> Proposal:
    """What was measured of the target group in the last twelve months. A group that is gone, or that nobody has named yet, says
    nothing: then the catalogue proposes alone."""
    places = await queries.places()
    ids = [place.id for place in places]
    used = Usage()
    try:
        asked = {"period": "12m", "compare": "none", "segment": answers.get("segment", "")}
        chosen = await journey_asked(user, asked, now, zone.get())
        if not chosen.errors:
            customers = await customers_of(chosen, user, now)
            used = await usage(chosen.asked.now, customers, ids, now=now, zone=zone.get())
    except NotFound:
        pass
    by_id, codes = seen(ids, used), {place.id: place.code for place in places}
    order = [codes[one] for one in majority_order(ids, used.ahead)]
    return Proposal(places, {codes[one]: found for one, found in by_id.items()}, order, used.customers)


def wrong_with(answers: Mapping[str, str], asked: Question, places: list[Row]) -> dict[str, str]:
    """What is wrong with the answers to this question."""
    proposal = Proposal(places, {}, [place.code for place in places], 0)
    values = filled(answers, places, proposal.order, lambda _place: ())
    try:
        journey_of(values, places, language.get())
    except Invalid as error:
        own = {name: text for name, text in error.errors.items() if question_of({name: text}) is asked}
        if asked is not Question.WHO:
            return own
        return {name: text for name, text in own.items() if name in ("name", "goal", "segment")}
    return {}


async def taken(answers: Mapping[str, str]) -> dict[str, str]:
    """Whether these customers have an intended journey already: told at the first question rather than at the last."""
    segment = segment_from(answers.get("segment", ""))
    other = await queries.intended_of(segment) if segment else None
    if other is None:
        return {}
    words = _("These customers have an intended journey already: “%(name)s”. Change that one.")
    return {"segment": words % {"name": other.name}}


async def whole(user: CurrentUser, answers: Mapping[str, str], now: datetime) -> tuple[IntendedData, Proposal]:
    proposal = await proposal_for(user, answers, now)
    values = filled(answers, proposal.places, proposal.order, proposal.channels_of)
    return journey_of(values, proposal.places, language.get()), proposal


def measures_of(
    answers: Mapping[str, str], data: IntendedData, proposal: Proposal, user_id: int, now: datetime
) -> list[MeasureData]:
    """A measure for each weak touchpoint that was ticked: satisfaction up to what is aimed at, by whoever is responsible there."""
    names = {place.code: local_name(place) for place in proposal.places}
    found = []
    for step in data.steps:
        figure = proposal.seen[step.touchpoint].satisfaction
        if not answers.get(f"measure_{step.touchpoint}"):
            continue
        words = {"name": names[step.touchpoint], "aim": shown_aim(step.aim)}
        goal = _("Customers say %(aim)s at “%(name)s” on the average.") % words
        if figure is not None:
            before = {"value": num(figure.value, 1), "n": num(figure.n)}
            goal = " ".join((goal, _("Now it is %(value)s, from %(n)s answers.") % before))
        found.append(
            MeasureData(
                (_("“%(name)s”: satisfaction up to %(aim)s") % words)[:120], goal, step.note, "csat", step.touchpoint, step.aim,
                USUAL_PERIOD, ExpectationLevel.EXPECTED, step.responsible_id or user_id, local(now).date() + DUE_IN, None,
            )
        )  # fmt: skip
    return found


def gap_of(values: Mapping[str, Any], proposal: Proposal, place: Row) -> float | None:
    """By how much customers' satisfaction misses the aim (less than 0); None where it doesn't, or where answers are too few."""
    figure = proposal.seen[place.code].satisfaction
    if figure is None or figure.is_uncertain:
        return None
    text = str(values.get(f"aim_{place.code}", "")).replace(",", ".")
    try:
        aim = float(text)
    except ValueError:
        aim = float(place.target)
    return figure.value - aim if aim - figure.value >= NOTHING_ROUND else None
