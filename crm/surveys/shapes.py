"""What the API of surveys takes and answers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import msgspec

from crm.database import Row
from crm.errors import Invalid
from crm.surveys.forms import Given, given_of
from crm.surveys.queries import SurveyLine
from crm.surveys.results import NOBODY, Group, Rate
from crm.surveys.scales import MOST_QUESTIONS
from crm.touchpoints.statistics import Estimate
from crm.web.forms import Fields
from crm.web.i18n import _
from crm.web.parameters import Id, Version


class QuestionIn(msgspec.Struct, forbid_unknown_fields=True):
    """`kind`: nps, csat, effort, yes_no or text; the first one has a scale, and without words the usual ones."""

    kind: str
    text_de: str = ""
    text_en: str = ""


class SurveyIn(msgspec.Struct, forbid_unknown_fields=True):
    """A survey. `audience`: customers or staff. `occasion`: none, ticket_solved, visit, delivered or ordered, after which customers are
    asked `days` later. `touchpoint` is a code. `low` left out: the usual one of the scale."""

    name: str
    questions: list[QuestionIn]
    audience: str = "customers"
    occasion: str = "none"
    touchpoint: str = ""
    days: int = 0
    is_anonymous: bool = False
    limit_days: int = 90
    valid_days: int = 30
    low: int | None = None
    at_night: bool = False
    intro_de: str = ""
    intro_en: str = ""


class SurveyChange(SurveyIn, forbid_unknown_fields=True, kw_only=True):
    """The whole survey as it shall be; `version` is the one that was read."""

    version: Version


class Score(msgspec.Struct):
    """`value`: NPS in points, a mean of satisfaction or ease, the share of yes; `low` and `high` are its 95 % interval."""

    value: float
    answers: int
    low: float | None
    high: float | None
    is_uncertain: bool


class QuestionOut(msgspec.Struct):
    id: int
    kind: str
    text_de: str
    text_en: str


class SurveyOut(msgspec.Struct):
    """A survey with its response rate (`answered` of `asked`) and the score of its first question. `is_hidden`: it is anonymous and has
    fewer than five answers."""

    id: int
    name: str
    status: str
    audience: str
    occasion: str
    touchpoint: str | None
    days: int
    is_anonymous: bool
    limit_days: int
    valid_days: int
    low: int
    at_night: bool
    intro_de: str
    intro_en: str
    version: int
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    kind: str
    asked: int
    answered: int
    waiting: int
    response_rate: float | None
    score: Score | None
    answers: int | None
    is_hidden: bool
    questions: list[QuestionOut] = []


class SurveyPage(msgspec.Struct):
    items: list[SurveyOut]
    next: str | None


class GroupOut(msgspec.Struct):
    """A group of answers; `answers` is how often each answer was given. Nothing of a hidden one. `response_rate`: of those who were
    asked about it (in a month: asked in it) this share answered, null where nobody was."""

    name: str
    score: Score | None
    answers: dict[int, int]
    is_hidden: bool
    asked: int = 0
    response_rate: float | None = None


class QuestionResultOut(msgspec.Struct):
    question: QuestionOut
    version: int
    result: GroupOut
    texts: list[str]


class CommentOut(msgspec.Struct):
    text: str
    score: int | None
    at: datetime | None
    customer_id: int | None
    ticket_id: int | None


class ResultsOut(msgspec.Struct):
    """`months` are named by their first day. `left_out` says how many were not asked, by reason."""

    questions: list[QuestionResultOut]
    touchpoints: list[GroupOut]
    months: list[GroupOut]
    comments: list[CommentOut]
    left_out: dict[str, int]


class PaperAnswer(msgspec.Struct, forbid_unknown_fields=True):
    """A filled-in sheet. `answers` in the order of the questions: a number, words, or null for none."""

    answers: list[int | str | None]
    answered_on: date | None = None
    customer_id: Id | None = None
    comment: str = ""


class StaffAnswer(msgspec.Struct, forbid_unknown_fields=True):
    """What a member of staff answers; `answers` as on paper."""

    answers: list[int | str | None]
    comment: str = ""


class Kept(msgspec.Struct):
    id: int


class Colleagues(msgspec.Struct, forbid_unknown_fields=True):
    user_ids: list[Id]


class AskedOut(msgspec.Struct):
    asked: int


class NoteIn(msgspec.Struct, forbid_unknown_fields=True):
    """What was said in an interview. `touchpoint` is a code, `speaker` customers or staff; left out, it was today."""

    touchpoint: str
    text: str
    speaker: str = "customers"
    said_on: date | None = None


class NoteOut(msgspec.Struct):
    id: int
    touchpoint: str
    speaker: str
    text: str
    said_on: date


class NotePage(msgspec.Struct):
    items: list[NoteOut]
    next: str | None


def fields_of(data: SurveyIn) -> Fields:
    """As a form sends it: an empty text for nothing, 1 for true, and a row of fields for each question."""
    if not 1 <= len(data.questions) <= MOST_QUESTIONS:
        raise Invalid({"questions": _("A survey has one to ten questions.")})
    values: dict[str, Any] = msgspec.structs.asdict(data)
    values.pop("questions")
    for place, one in enumerate(data.questions):
        values |= {f"q{place}_kind": one.kind, f"q{place}_de": one.text_de, f"q{place}_en": one.text_en}
    return Fields(
        {name: "" if one is None or one is False else 1 if one is True else one for name, one in values.items()}
    )


def given_from(answers: Sequence[int | str | None], comment: str, questions: Sequence[Row]) -> Given:
    """Answers in the order of the questions, null for none. Raises Invalid with every error."""
    fields = Fields(
        {"comment": comment, **{f"q{place}": "" if one is None else one for place, one in enumerate(answers)}}
    )
    given = given_of(fields, questions)
    if len(answers) > len(questions):
        fields.error("answers", _("There are not so many questions."))
    fields.check()
    return given


def survey_out(line: SurveyLine) -> SurveyOut:
    row = line.row
    return SurveyOut(
        row.id, row.name, row.status, row.audience, row.occasion, row.touchpoint_code, row.days, row.is_anonymous, row.limit_days,
        row.valid_days, row.low, row.at_night, row.intro_de, row.intro_en, row.version, row.created_at, row.started_at, row.ended_at,
        row.kind, line.rate.asked, line.rate.answered, line.waiting, line.rate.share, score_out(line.score),
        None if line.is_hidden else line.answers, line.is_hidden,
    )  # fmt: skip


def question_out(row: Any) -> QuestionOut:
    return QuestionOut(row.id, row.kind, row.text_de, row.text_en)


def group_out(name: str, group: Group, rate: Rate = NOBODY) -> GroupOut:
    return GroupOut(name, score_out(group.score), dict(group.answers), group.is_hidden, rate.asked, rate.share)


def score_out(score: Estimate | None) -> Score | None:
    if score is None:
        return None
    low, high = score.interval or (None, None)
    return Score(score.value, score.n, low, high, score.is_uncertain)
