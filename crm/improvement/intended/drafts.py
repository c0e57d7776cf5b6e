"""Drafts of the set-up assistant: begun, kept question by question, discarded, or finished as an intended journey with measures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from crm.accounts.current import CurrentUser
from crm.database import HIGHEST_ID, execute, fetch, fetch_one, fetch_value, transaction
from crm.errors import Conflict, NotFound
from crm.improvement.intended.actions import plan_journey
from crm.improvement.intended.assistant import Question
from crm.improvement.intended.rules import IntendedData
from crm.improvement.measures.actions import plan_measure
from crm.improvement.measures.rules import MeasureData
from crm.web.i18n import _

# The draft of somebody ($1) in which nothing is answered but for whom it is ($2); it begins anew.
_EMPTY = """
    UPDATE journey_draft SET question = 'who', answers = $2::jsonb, updated_at = $3, version = version + 1 WHERE id = (
        SELECT id FROM journey_draft d WHERE owner = $1 AND NOT EXISTS (
            SELECT FROM jsonb_each_text(d.answers) AS a (field, text) WHERE a.field <> 'segment' AND a.text <> ''
        ) ORDER BY id DESC LIMIT 1) RETURNING id
"""


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody has answered so far, by field; `question` is where they left off."""

    id: int
    question: Question
    answers: dict[str, str]
    version: int
    updated_at: datetime


async def begin_draft(segment: str, *, by: int, now: datetime) -> int:
    """The id of a draft in which nothing is answered yet: one that was begun and left so, or a new one; a second click makes no second
    one. `segment` is the target group, if it is known already."""
    answers = msgspec.json.encode({"segment": segment} if segment else {}).decode()
    async with transaction():
        await execute("SELECT FROM staff WHERE id = $1 FOR NO KEY UPDATE", by)  # two clicks at once
        empty = await fetch_value(_EMPTY, by, answers, now)
        if empty is not None:
            return int(empty)
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
    """Keep the answers, and the question at which one goes on. Raises Conflict if they were changed since `version` (in another tab);
    what is the same already is no conflict."""
    kept = await fetch_value(
        "UPDATE journey_draft SET answers = $4::jsonb, question = $5, updated_at = $6, version = version + 1 "
        "WHERE id = $1 AND owner = $2 AND (version = $3 OR answers = $4::jsonb) RETURNING id",
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
