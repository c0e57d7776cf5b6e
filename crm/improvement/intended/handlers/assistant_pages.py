"""The set-up assistant: one page per question, answered from data where it can, kept at each step, finished as an intended journey."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath

from crm.accounts.current import StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import form_once
from crm.customers.queries import staff_options
from crm.customers.words import CHANNELS
from crm.database import HIGHEST_ID
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
from crm.improvement.intended.handlers.proposals import (
    Proposal,
    gap_of,
    measures_of,
    proposal_for,
    taken,
    whole,
    wrong_with,
)
from crm.improvement.intended.pages import field_labels, segment_choices
from crm.improvement.intended.rules import segment_from
from crm.web.forms import Fields
from crm.web.render import page, see_other

P = Permission
AT = "/journey/intended/drafts"


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
    version = fields.number("version", low=1, high=HIGHEST_ID) or 0  # without one nothing is written over
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
    errors = wrong_with(answers, asked, places) if to == "next" else {}
    if to == "next" and asked is Question.WHO and not errors:
        errors = await taken(answers)
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
        data, proposal = await whole(request.user, answers, now)
        measures = measures_of(answers, data, proposal, request.user.id, now)
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


async def _page(
    request: StaffRequest, draft: Draft, question: Question, answers: Mapping[str, str], errors: Mapping[str, str],
    conflict: Conflict | None = None,
) -> Response[str]:  # fmt: skip
    context: dict[str, Any] = {}
    values: dict[str, Any] = dict(answers)
    if question is Question.WHO:
        context["segments"] = (await segment_choices(request))["choices"]
    else:
        proposal = await proposal_for(request.user, answers, datetime.now(UTC))
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
    weak = [place for place in places if gap_of(values, proposal, place) is not None]
    weak.sort(key=lambda place: gap_of(values, proposal, place) or 0.0)
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


route_handlers = [begin, ask, answer, finish, discard]
