"""The set-up assistant: one page per question, answered from data where it can, kept at each step, finished as an intended journey."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import form_once
from crm.customers.queries import staff_options
from crm.customers.words import CHANNELS
from crm.database import HIGHEST_ID, Row
from crm.errors import Conflict, Invalid, NotFound
from crm.improvement.intended import queries
from crm.improvement.intended.assistant import (
    QUESTIONS,
    Question,
    answered,
    chosen_codes,
    filled,
    next_of,
    question_of,
)
from crm.improvement.intended.drafts import Draft, begin_draft, discard_draft, draft_for, finish_draft, keep_answers
from crm.improvement.intended.forms import journey_of, shown_aim
from crm.improvement.intended.pages import field_labels, segment_choices
from crm.improvement.intended.rules import IntendedData, segment_from
from crm.improvement.measures.rules import USUAL_PERIOD, MeasureData
from crm.improvement.tables import ExpectationLevel
from crm.reports.journeys.asking import customers_of, journey_asked
from crm.reports.journeys.comparing import NOTHING_ROUND
from crm.reports.journeys.proposing import Seen, majority_order, seen
from crm.reports.journeys.usage import Usage, usage
from crm.web.formats import local, num
from crm.web.forms import Fields
from crm.web.i18n import _, language, local_name, zone
from crm.web.render import page, see_other

P = Permission
DUE_IN = timedelta(days=30)
AT = "/journey/intended/drafts"


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


@post(AT, permission=P.MEASURES_EDIT, status_code=303)
async def begin(request: StaffRequest) -> Response[Any]:
    """A draft to begin with, for the target group that the link names."""
    fields = Fields(dict(await request.form()))
    segment = fields.text("segment", limit=40)
    fields.check()
    made = await begin_draft(segment if segment_from(segment) else "", by=request.user.id, now=datetime.now(UTC))
    return see_other(request, f"{AT}/{made}/who")


@get(AT + "/{draft_id:int}/{question:str}", permission=P.MEASURES_EDIT)
async def ask(request: StaffRequest, draft_id: FromPath[int], question: FromPath[str]) -> Response[str]:
    draft = await draft_for(draft_id, request.user.id)
    return await _page(request, draft, _question(question), draft.answers, {})


@post(AT + "/{draft_id:int}/{question:str}", permission=P.MEASURES_EDIT, status_code=303)
async def answer(request: StaffRequest, draft_id: FromPath[int], question: FromPath[str]) -> Response[Any]:
    """Keep what was answered, and go where the button says: on, back, to another question, or to the list (to go on later). Only going
    on looks for errors; nothing is lost either way."""
    draft, asked, now = await draft_for(draft_id, request.user.id), _question(question), datetime.now(UTC)
    fields = Fields(dict(await request.form()))
    version = fields.number("version", low=1, high=HIGHEST_ID) or draft.version
    places = await queries.places()
    answers = answered(draft.answers, asked, fields.values, [place.code for place in places])
    to = fields.text("to", limit=20)
    target = next_of(asked, -1 if to == "back" else 1) if to in ("back", "next") else _question(to, asked)
    try:
        await keep_answers(draft, answers, target or asked, version, owner=request.user.id, now=now)
    except Conflict as conflict:
        newest = await draft_for(draft_id, request.user.id)
        mine = answered(newest.answers, asked, fields.values, [place.code for place in places])
        return await _page(request, newest, asked, mine, {}, conflict)
    errors = _errors(answers, asked, places) if to == "next" else {}
    if to == "next" and asked is Question.WHO and not errors:
        errors = await _taken(answers)
    if errors:
        return await _page(request, await draft_for(draft_id, request.user.id), asked, answers, errors)
    return see_other(request, "/journey/intended" if to == "later" else f"{AT}/{draft_id}/{target or asked}")


@post(AT + "/{draft_id:int}/finish", permission=P.MEASURES_EDIT, status_code=303)
async def finish(request: StaffRequest, draft_id: FromPath[int]) -> Response[Any]:
    """The intended journey, and the measures for what is weak. An error leads to its question."""
    values, now = dict(await request.form()), datetime.now(UTC)

    async def do() -> str:
        draft = await draft_for(draft_id, request.user.id)
        places = await queries.places()
        answers = answered(draft.answers, Question.MISSING, values, [place.code for place in places])
        data, proposal = await _whole(request, answers, now)
        measures = _measures(answers, data, proposal, request.user.id, now)
        made = await finish_draft(draft_id, data, measures, request.user, now=now)
        return f"/journey/intended/{made}?done=planned"

    try:
        return see_other(request, await form_once(request, str(values.get("submission_id", ""))[:64], do, now=now))
    except Invalid as error:
        draft, question = await draft_for(draft_id, request.user.id), question_of(error.errors)
        codes = [place.code for place in await queries.places()]
        kept = answered(draft.answers, Question.MISSING, values, codes)
        await keep_answers(draft, kept, question, draft.version, owner=request.user.id, now=now)
        return await _page(request, await draft_for(draft_id, request.user.id), question, kept, error.errors)


@post(AT + "/{draft_id:int}/deletion", permission=P.MEASURES_EDIT, status_code=303)
async def discard(request: StaffRequest, draft_id: FromPath[int]) -> Response[Any]:
    await discard_draft(draft_id, owner=request.user.id)
    return see_other(request, "/journey/intended")


def _question(code: str, otherwise: Question | None = None) -> Question:
    """The question with this code. Raises NotFound."""
    try:
        return Question(code)
    except ValueError:
        if otherwise is None:
            raise NotFound() from None
        return otherwise


def _errors(answers: Mapping[str, str], asked: Question, places: list[Row]) -> dict[str, str]:
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


async def _taken(answers: Mapping[str, str]) -> dict[str, str]:
    """Whether these customers have an intended journey already: told at the first question rather than at the last."""
    segment = segment_from(answers.get("segment", ""))
    other = await queries.intended_of(segment) if segment else None
    if other is None:
        return {}
    words = _("These customers have an intended journey already: “%(name)s”. Change that one.")
    return {"segment": words % {"name": other.name}}


async def _whole(request: StaffRequest, answers: Mapping[str, str], now: datetime) -> tuple[IntendedData, Proposal]:
    proposal = await _proposal(request, answers, now)
    values = filled(answers, proposal.places, proposal.order, proposal.channels_of)
    return journey_of(values, proposal.places, language.get()), proposal


def _measures(
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


async def _proposal(request: StaffRequest, answers: Mapping[str, str], now: datetime) -> Proposal:
    """What was measured of the target group in the last twelve months. A group that is gone, or that nobody has named yet, says
    nothing: then the catalogue proposes alone."""
    places = await queries.places()
    ids = [place.id for place in places]
    used = Usage()
    try:
        asked = {"period": "12m", "compare": "none", "segment": answers.get("segment", "")}
        chosen = await journey_asked(request.user, asked, now, zone.get())
        if not chosen.errors:
            customers = await customers_of(chosen, request.user, now)
            used = await usage(chosen.asked.now, customers, ids, now=now, zone=zone.get())
    except NotFound:
        pass
    by_id, codes = seen(ids, used), {place.id: place.code for place in places}
    order = [codes[one] for one in majority_order(ids, used.ahead)]
    return Proposal(places, {codes[one]: found for one, found in by_id.items()}, order, used.customers)


async def _page(
    request: StaffRequest, draft: Draft, question: Question, answers: Mapping[str, str], errors: Mapping[str, str],
    conflict: Conflict | None = None,
) -> Response[str]:  # fmt: skip
    context: dict[str, Any] = {}
    values: dict[str, Any] = dict(answers)
    if question is Question.WHO:
        context["segments"] = (await segment_choices(request))["choices"]
    else:
        proposal = await _proposal(request, answers, datetime.now(UTC))
        if question is Question.TOUCHPOINTS and not answers.get("seen_in"):
            values |= {f"in_{code}": "1" for code, one in proposal.seen.items() if one.is_used}
        values = filled(values, proposal.places, proposal.order, proposal.channels_of)
        context = await _shown(question, values, proposal, answers)
    return await page(
        request, "intended/assistant.html", status=409 if conflict else 422 if errors else 200, draft=draft, question=question,
        questions=QUESTIONS, before=next_of(question, -1), after=next_of(question, 1), values=values, errors=errors, conflict=conflict,
        channels=CHANNELS, chosen=len(chosen_codes(answers)), **context,
    )  # fmt: skip


async def _shown(
    question: Question, values: Mapping[str, Any], proposal: Proposal, answers: Mapping[str, str]
) -> dict[str, Any]:
    """What a question shows: the touchpoints that are chosen, in their order, with what was measured there."""
    chosen = frozenset(chosen_codes(answers))
    places = [place for place in proposal.places if place.code in chosen]
    places.sort(key=lambda place: _place(values, place.code))
    weak = [place for place in places if _gap(values, proposal, place) is not None]
    weak.sort(key=lambda place: _gap(values, proposal, place) or 0.0)
    shown: dict[str, Any] = {
        "all_places": [place for place in proposal.places if place.state != "retired"], "places": places, "seen": proposal.seen,
        "customers": proposal.customers, "measured": _measured_places(chosen, proposal), "labels": field_labels(places), "weak": weak,
    }  # fmt: skip
    if question is Question.RESPONSIBLE:
        shown["staff"] = await staff_options()
    if question is Question.MISSING:
        covered = {place.phase for place in places}
        shown["empty_phases"] = [phase for phase in await queries.phases() if phase.code not in covered]
        shown["unmeasured"] = [place for place in places if proposal.seen[place.code].satisfaction is None]
        shown["untended"] = [place for place in places if not values.get(f"who_{place.code}")]
        shown["unused"] = [place for place in places if not proposal.seen[place.code].contacts]
    return shown


def _measured_places(chosen: frozenset[str], proposal: Proposal) -> dict[str, int]:
    """The places of the chosen touchpoints among each other, as most customers get to them."""
    known = [code for code in proposal.order if code in chosen and proposal.seen[code].place is not None]
    return {code: n for n, code in enumerate(known, 1)}


def _place(values: Mapping[str, Any], code: str) -> tuple[int, int]:
    def number(name: str) -> int:
        text = str(values.get(name, ""))[:6]
        return int(text) if text.isascii() and text.isdecimal() else 10_000

    return number(f"place_{code}"), number(f"was_{code}")


def _gap(values: Mapping[str, Any], proposal: Proposal, place: Row) -> float | None:
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


route_handlers = [begin, ask, answer, finish, discard]
