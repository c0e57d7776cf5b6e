"""The forms of surveys: a body as typed values, or every error at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crm.database import Row
from crm.surveys.scales import ALL_SCALES, MOST_QUESTIONS, SCALES, usual_low
from crm.surveys.tables import Audience, Metric, Occasion, QuestionKind
from crm.surveys.words import NEEDS_SCALE, usual_text
from crm.web.forms import Fields
from crm.web.i18n import _

COMMENT_LIMIT = 4000
TEXT_LIMIT = 2000


@dataclass(frozen=True, slots=True)
class Question:
    """A question as it is written down."""

    kind: QuestionKind
    text_de: str
    text_en: str


@dataclass(frozen=True, slots=True)
class SurveyData:
    """A survey as it is written down; see tables.Survey for the meaning. `touchpoint` is a code or empty."""

    name: str
    audience: Audience
    occasion: Occasion
    touchpoint: str
    days: int
    is_anonymous: bool
    limit_days: int
    valid_days: int
    low: int
    at_night: bool
    intro_de: str
    intro_en: str
    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class Given:
    """What somebody answered, by the position of the question."""

    scores: Mapping[int, int]
    texts: Mapping[int, str]
    comment: str = ""


def survey_of(fields: Fields) -> SurveyData:
    """Raises Invalid with every error."""
    audience = fields.choice("audience", Audience, Audience.CUSTOMERS)
    occasion = fields.choice("occasion", Occasion, Occasion.NONE)
    name = fields.text("name", required=True, limit=120)
    days = fields.number("days", low=0, high=365) or 0
    limit_days = fields.number("limit_days", low=0, high=730)
    valid_days = fields.number("valid_days", low=1, high=180)
    questions = _questions(fields)
    low = _low(fields, questions)
    data = SurveyData(
        name, audience, Occasion.NONE if audience is Audience.STAFF else occasion, fields.text("touchpoint", limit=40), days,
        fields.flag("is_anonymous"), 90 if limit_days is None else limit_days, valid_days or 30, low, fields.flag("at_night"),
        fields.text("intro_de", limit=TEXT_LIMIT, many_lines=True), fields.text("intro_en", limit=TEXT_LIMIT, many_lines=True), questions,
    )  # fmt: skip
    fields.check()
    return data


def _questions(fields: Fields) -> tuple[Question, ...]:
    """The rows q0 to q9 of the form; a first one without words gets the usual ones, others without words are none."""
    found = []
    for place in range(MOST_QUESTIONS):
        kind = fields.choice(f"q{place}_kind", QuestionKind, QuestionKind.CSAT)
        texts = {code: fields.text(f"q{place}_{code}", limit=300) for code in ("de", "en")}
        if place == 0 and kind not in NEEDS_SCALE:
            fields.error("q0_kind", _("Begin with a question on a scale: it is the one that the mail asks."))
        elif place == 0:
            texts = {code: text or usual_text(kind, code) for code, text in texts.items()}
        if any(texts.values()):
            for code, text in texts.items():
                if not text:
                    fields.error(f"q{place}_{code}", _("Write the question in German and in English."))
            found.append(Question(kind, texts["de"], texts["en"]))
    return tuple(found)


def _low(fields: Fields, questions: Sequence[Question]) -> int:
    if not questions or questions[0].kind not in NEEDS_SCALE:
        return 0
    kind = questions[0].kind.value
    lowest, highest = SCALES[Metric(kind)]
    low = fields.number("low", low=lowest, high=highest - 1)
    return usual_low(kind) if low is None else low


def given_of(fields: Fields, questions: Sequence[Row]) -> Given:
    """The answers to these questions; the first one is needed, the others are voluntary. Notes the errors in `fields`."""
    scores, texts = {}, {}
    for one in questions:
        name = f"q{one.position}"
        if one.kind == QuestionKind.TEXT:
            if text := fields.text(name, limit=TEXT_LIMIT, many_lines=True):
                texts[one.position] = text
            continue
        lowest, highest = ALL_SCALES[one.kind]
        if not fields.text(name):
            if one.position == 0:
                fields.error(name, _("Please choose an answer."))
            continue
        score = fields.number(name, low=lowest, high=highest)
        if score is not None:
            scores[one.position] = score
    return Given(scores, texts, fields.text("comment", limit=COMMENT_LIMIT, many_lines=True))


def values_of(row: Row, questions: Sequence[Row]) -> dict[str, Any]:
    """A stored survey as its form shows it."""
    values = {name: row[name] for name in (
        "name", "audience", "occasion", "days", "limit_days", "valid_days", "low", "at_night", "is_anonymous", "intro_de", "intro_en",
        "version",
    )}  # fmt: skip
    values["touchpoint"] = row.touchpoint_code or ""
    for one in questions:
        values |= {
            f"q{one.position}_kind": one.kind,
            f"q{one.position}_de": one.text_de,
            f"q{one.position}_en": one.text_en,
        }
    return values
