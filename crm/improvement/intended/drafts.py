"""Drafts of the set-up assistant: begun, kept question by question, discarded, or finished as an intended journey with measures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from crm.accounts.current import CurrentUser
from crm.database import HIGHEST_ID, fetch, fetch_one, fetch_value, transaction
from crm.errors import Conflict, NotFound
from crm.improvement.intended.actions import plan_journey
from crm.improvement.intended.assistant import Question
from crm.improvement.intended.rules import IntendedData
from crm.improvement.measures.actions import plan_measure
from crm.improvement.measures.rules import MeasureData
from crm.web.i18n import _


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody has answered so far, by field; `question` is where they left off."""

    id: int
    question: Question
    answers: dict[str, str]
    version: int
    updated_at: datetime


async def begin_draft(segment: str, *, by: int, now: datetime) -> int:
    """A new draft; its id. `segment` is the target group, if it is known already."""
    answers = msgspec.json.encode({"segment": segment} if segment else {}).decode()
    made = await fetch_value(
        "INSERT INTO journey_draft (owner, question, answers, created_at, updated_at, version) "
        "VALUES ($1, $2, $3::jsonb, $4, $4, 1) RETURNING id",
        by, Question.WHO.value, answers, now,
    )  # fmt: skip
    return int(made)


async def drafts_of(owner: int) -> list[Draft]:
    """Somebody's own drafts, the newest first; nobody else sees them."""
    rows = await fetch(
        "SELECT id, question, answers::text AS answers, version, updated_at FROM journey_draft WHERE owner = $1 "
        "ORDER BY updated_at DESC, id DESC LIMIT 20",
        owner,
    )  # fmt: skip
    return [_draft(*row) for row in rows]


async def draft_for(draft_id: int, owner: int) -> Draft:
    """One draft of one's own. Raises NotFound."""
    row = None
    if 0 < draft_id <= HIGHEST_ID:
        row = await fetch_one(
            "SELECT id, question, answers::text AS answers, version, updated_at FROM journey_draft WHERE id = $1 AND owner = $2",
            draft_id, owner,
        )  # fmt: skip
    if row is None:
        raise NotFound()
    return _draft(*row)


async def keep_answers(
    draft: Draft, answers: Mapping[str, str], question: Question, version: int, *, owner: int, now: datetime
) -> None:
    """Keep the answers, and the question at which one goes on. Raises Conflict if they were changed since `version` (in another tab)."""
    kept = await fetch_value(
        "UPDATE journey_draft SET answers = $4::jsonb, question = $5, updated_at = $6, version = version + 1 "
        "WHERE id = $1 AND owner = $2 AND version = $3 RETURNING id",
        draft.id, owner, version, msgspec.json.encode(answers).decode(), question.value, now,
    )  # fmt: skip
    if kept is None:
        raise Conflict(
            _("This draft was changed in another tab meanwhile."), (), (await draft_for(draft.id, owner)).version
        )


async def discard_draft(draft_id: int, *, owner: int) -> None:
    """It is gone. Raises NotFound."""
    if not await fetch_value("DELETE FROM journey_draft WHERE id = $1 AND owner = $2 RETURNING id", draft_id, owner):
        raise NotFound()


async def finish_draft(
    draft_id: int, data: IntendedData, measures: Sequence[MeasureData], user: CurrentUser, *, now: datetime
) -> int:
    """The draft becomes an intended journey, with a measure for each weak touchpoint that was chosen; the journey's id. All of it or
    nothing. Raises NotFound for one that is finished already, and what planning raises."""
    async with transaction():
        await discard_draft(draft_id, owner=user.id)
        planned = await plan_journey(data, user, now=now)
        for measure in measures:
            await plan_measure(measure, by=user.id, now=now)
        return planned


def _draft(draft_id: int, question: str, answers: str, version: int, updated_at: datetime) -> Draft:
    return Draft(draft_id, Question(question), msgspec.json.decode(answers, type=dict[str, str]), version, updated_at)
