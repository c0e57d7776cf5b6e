"""Drafts of the set-up assistant over JSON: what it proposes from what was measured, what is answered so far, and the journey that comes
of it. Everybody has drafts of their own; nobody else sees them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
from litestar import Response, delete, get, patch, post
from litestar.params import FromPath, JSONBody

from crm.accounts.current import CurrentUser, StaffRequest
from crm.accounts.permissions import Permission
from crm.accounts.submissions import created_once
from crm.customers.words import CHANNELS
from crm.improvement.intended import calls, queries
from crm.improvement.intended.assistant import Question, chosen_codes, filled
from crm.improvement.intended.calls import AimFigure, IntendedOut, IntendedStepIn
from crm.improvement.intended.drafts import (
    Draft,
    begin_draft,
    discard_draft,
    draft_for,
    drafts_of,
    finish_draft,
    keep_answers,
)
from crm.improvement.intended.forms import MOST_STEPS, shown_aim, steps_of
from crm.improvement.intended.handlers.proposals import Proposal, gap_of, measures_of, proposal_for, taken, whole
from crm.improvement.intended.queries import intended_for
from crm.improvement.intended.rules import Segment, segment_from
from crm.web.forms import Fields
from crm.web.i18n import _, language
from crm.web.parameters import Id, Version

P = Permission
OF_STEPS = ("in_", "ch_", "seen_", "place_", "aim_", "who_", "measure_", "note_")
"""How the answers begin that tell of touchpoints."""


class DraftIn(msgspec.Struct, forbid_unknown_fields=True):
    """For whom: all customers, those of a view that your team shares, or those of a persona."""

    view_id: Id | None = None
    persona_id: Id | None = None


class DraftStepIn(IntendedStepIn, forbid_unknown_fields=True):
    """`measure`: plan one when the draft is finished, satisfaction up to the aim."""

    measure: bool = False


class DraftPatch(msgspec.Struct, forbid_unknown_fields=True):
    """What is answered; `version` is the one that was read. The steps stand in their order and are replaced as a whole. `question` is
    the one at which somebody goes on in the browser."""

    version: Version
    question: Question | msgspec.UnsetType = msgspec.UNSET
    name: str | msgspec.UnsetType = msgspec.UNSET
    goal: str | msgspec.UnsetType = msgspec.UNSET
    view_id: Id | msgspec.UnsetType | None = msgspec.UNSET
    persona_id: Id | msgspec.UnsetType | None = msgspec.UNSET
    steps: list[DraftStepIn] | msgspec.UnsetType = msgspec.UNSET


class DraftStepOut(msgspec.Struct):
    touchpoint: str
    aim: float
    channels: list[str]
    responsible_id: int | None
    note: str
    measure: bool


class ProposedTouchpoint(msgspec.Struct):
    """What was measured of these customers in the last twelve months: `share` of them (in percent) who were there, the channels that were
    used most, at which `place` of their way most get there. `proposed`: it is worth a place on the journey. `weak`: it is chosen, and
    satisfaction lies below the aim."""

    touchpoint: str
    name_de: str
    name_en: str
    proposed: bool
    contacts: int
    customers: int
    share: float | None
    channels: list[str]
    place: int | None
    satisfaction: AimFigure | None
    weak: bool


class DraftLine(msgspec.Struct):
    id: int
    name: str
    question: Question
    version: int
    updated_at: datetime


class DraftLines(msgspec.Struct):
    items: list[DraftLine]


class DraftOut(msgspec.Struct):
    """`steps`: what is chosen, with what was not answered yet from data and catalogue. `taken`: these customers have an intended journey
    already, so that the draft can't be finished."""

    id: int
    name: str
    goal: str
    view_id: int | None
    persona_id: int | None
    question: Question
    version: int
    updated_at: datetime
    taken: bool
    steps: list[DraftStepOut]
    touchpoints: list[ProposedTouchpoint]


@get("/intended-journeys/drafts", permission=P.MEASURES_EDIT)
async def list_drafts(request: StaffRequest) -> DraftLines:
    """One's own drafts, the newest first."""
    found = await drafts_of(request.user.id)
    return DraftLines(
        [DraftLine(one.id, one.answers.get("name", ""), one.question, one.version, one.updated_at) for one in found]
    )


@get("/intended-journeys/drafts/{draft_id:int}", permission=P.MEASURES_EDIT)
async def read_draft(request: StaffRequest, draft_id: FromPath[int]) -> DraftOut:
    """One draft, with what was measured at each touchpoint."""
    return await _out(await draft_for(draft_id, request.user.id), request.user)


@post("/intended-journeys/drafts", permission=P.MEASURES_EDIT, status_code=201)
async def begin_one(request: StaffRequest, data: JSONBody[DraftIn]) -> Response[bytes]:
    """Begin; one in which nothing is answered yet is taken up again."""
    now, segment = datetime.now(UTC), calls.segment_of(data.view_id, data.persona_id)

    async def do() -> DraftOut:
        made = await begin_draft(segment.code, by=request.user.id, now=now)
        return await _out(await draft_for(made, request.user.id), request.user)

    return await created_once(request, do, now=now)


@patch("/intended-journeys/drafts/{draft_id:int}", permission=P.MEASURES_EDIT)
async def answer_draft(request: StaffRequest, draft_id: FromPath[int], data: JSONBody[DraftPatch]) -> DraftOut:
    """Keep what is sent. 409 if it was changed since `version`, in the browser for instance."""
    draft = await draft_for(draft_id, request.user.id)
    answers = {**draft.answers, **_said(data)}
    if data.view_id is not msgspec.UNSET or data.persona_id is not msgspec.UNSET:
        answers["segment"] = calls.segment_of(data.view_id or None, data.persona_id or None).code
    if data.steps is not msgspec.UNSET:
        codes = frozenset(place.code for place in await queries.places())
        kept = {name: text for name, text in answers.items() if not name.startswith(OF_STEPS)}
        answers = kept | _of_steps(data.steps, codes)
    question = draft.question if data.question is msgspec.UNSET else data.question
    await keep_answers(draft, answers, question, data.version, owner=request.user.id, now=datetime.now(UTC))
    return await _out(await draft_for(draft_id, request.user.id), request.user)


@post("/intended-journeys/drafts/{draft_id:int}/finish", permission=P.MEASURES_EDIT, status_code=201)
async def finish_one(request: StaffRequest, draft_id: FromPath[int]) -> Response[bytes]:
    """It becomes an intended journey, with the measures that were asked for; the draft is gone then. All of it or nothing."""
    now = datetime.now(UTC)

    async def do() -> IntendedOut:
        draft = await draft_for(draft_id, request.user.id)
        wanted, proposal = await whole(request.user, draft.answers, now)
        measures = measures_of(draft.answers, wanted, proposal, request.user.id, now)
        return calls.told(await intended_for(await finish_draft(draft_id, wanted, measures, request.user, now=now)))

    return await created_once(request, do, now=now)


@delete("/intended-journeys/drafts/{draft_id:int}", permission=P.MEASURES_EDIT, status_code=204)
async def remove_draft(request: StaffRequest, draft_id: FromPath[int]) -> None:
    """Discard it."""
    await discard_draft(draft_id, owner=request.user.id)


def _said(data: DraftPatch) -> dict[str, str]:
    """Name and goal, by the rules of the form."""
    sent = {name: value for name in ("name", "goal") if (value := getattr(data, name)) is not msgspec.UNSET}
    fields = Fields(sent)
    found = {
        name: fields.text(name, limit=limit, many_lines=name == "goal")
        for name, limit in (("name", 120), ("goal", 4000))
        if name in sent
    }
    fields.check()
    return found


def _of_steps(steps: list[DraftStepIn], codes: frozenset[str]) -> dict[str, str]:
    """The steps as the assistant's pages keep them, by the rules of an intended journey. Raises Invalid with all errors."""
    fields = Fields({})
    if len(steps) > MOST_STEPS:
        fields.error("steps", _("Send 1 to %(most)s touchpoints.") % {"most": MOST_STEPS})
    if len({step.touchpoint for step in steps}) < len(steps):
        fields.error("steps", _("Each touchpoint can stand on an intended journey once."))
    found: dict[str, str] = {}
    for place, sent in enumerate(steps[:MOST_STEPS], 1):
        step = calls.step_of(fields, sent)
        code = step.touchpoint
        if fields.errors:
            continue
        if code not in codes:
            words = {"code": code[:40]}
            fields.error("steps", _("There is no touchpoint in use with the code “%(code)s”.") % words)
        found |= {
            f"in_{code}": "1",
            f"place_{code}": str(place),
            f"aim_{code}": shown_aim(step.aim),
            f"note_{code}": step.note,
        }
        found |= {f"seen_ch_{code}": "1", f"seen_who_{code}": "1", f"who_{code}": str(step.responsible_id or "")}
        found |= {f"ch_{code}_{channel}": "1" for channel in step.channels}
        if sent.measure:
            found[f"measure_{code}"] = "1"
    fields.check()
    return found | ({"seen_in": "1"} if found else {})


async def _out(draft: Draft, user: CurrentUser) -> DraftOut:
    answers, proposal = draft.answers, await proposal_for(user, draft.answers, datetime.now(UTC))
    values = filled(answers, proposal.places, proposal.order, proposal.channels_of)
    segment = segment_from(answers.get("segment", "")) or Segment()
    chosen = frozenset(chosen_codes(answers))
    return DraftOut(
        draft.id, answers.get("name", ""), answers.get("goal", ""), segment.view_id, segment.persona_id, draft.question, draft.version,
        draft.updated_at, bool(await taken(answers)), _steps(values, proposal, answers),
        [_proposed(values, proposal, place, place.code in chosen) for place in proposal.places],
    )  # fmt: skip


def _steps(values: Mapping[str, Any], proposal: Proposal, answers: Mapping[str, str]) -> list[DraftStepOut]:
    """What is chosen; an answer that the form would refuse is left at what the catalogue says."""
    found = steps_of(Fields(values), proposal.places, language.get())
    return [
        DraftStepOut(
            step.touchpoint, float(Decimal(step.aim)), list(step.channels), step.responsible_id, step.note,
            bool(answers.get(f"measure_{step.touchpoint}")),
        )
        for step in found
    ]  # fmt: skip


def _proposed(values: Mapping[str, Any], proposal: Proposal, place: Any, is_chosen: bool) -> ProposedTouchpoint:
    one = proposal.seen[place.code]
    return ProposedTouchpoint(
        place.code, place.name_de, place.name_en, one.is_used, one.contacts, one.customers, one.share,
        [code for code in proposal.channels_of(place) if code in CHANNELS], one.place, calls.figure(one.satisfaction),
        is_chosen and gap_of(values, proposal, place) is not None,
    )  # fmt: skip


route_handlers = [list_drafts, read_draft, begin_one, answer_draft, finish_one, remove_draft]
