"""The questions of the set-up assistant in their order, and what becomes of the answers: the same fields as in the form. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Any

from crm.customers.words import CHANNELS
from crm.database import Row
from crm.improvement.intended.forms import shown_aim, usual_step
from crm.web.i18n import N_

LONGEST_ANSWER = 5000
"""More of one answer is cut off; so long ones are refused with a sentence at the end."""


class Question(StrEnum):
    WHO = "who"
    TOUCHPOINTS = "touchpoints"
    CHANNELS = "channels"
    ORDER = "order"
    SATISFIED = "satisfied"
    RESPONSIBLE = "responsible"
    WEAK = "weak"
    MISSING = "missing"


QUESTIONS = {
    Question.WHO: N_("Who is the target group?"), Question.TOUCHPOINTS: N_("Which touchpoints do these customers meet?"),
    Question.CHANNELS: N_("Over which channels?"), Question.ORDER: N_("In which order?"),
    Question.SATISFIED: N_("How satisfied shall they be?"), Question.RESPONSIBLE: N_("Who is responsible?"),
    Question.WEAK: N_("Where is it weak?"), Question.MISSING: N_("What is missing?"),
}  # fmt: skip

FAMILIES: Mapping[Question, tuple[str, ...]] = {
    Question.WHO: ("name", "segment", "goal"), Question.TOUCHPOINTS: ("in_", "seen_in"), Question.CHANNELS: ("ch_", "seen_ch_"),
    Question.ORDER: ("place_",), Question.SATISFIED: ("aim_",), Question.RESPONSIBLE: ("who_", "seen_who_"),
    Question.WEAK: ("measure_", "note_"), Question.MISSING: (),
}  # fmt: skip
"""The fields that a question answers, by how they begin: they are replaced as a whole, the others stay."""


def answered(
    answers: Mapping[str, str], question: Question, sent: Mapping[str, Any], codes: Sequence[str]
) -> dict[str, str]:
    """The answers with those to this question. What is ticked under "what is missing" is added. `codes` are the touchpoints known."""
    own = FAMILIES[question] or ("in_",)
    known = frozenset(codes)
    new = {name: _clean(value) for name, value in sent.items() if name.startswith(own) and _is_known(name, known)}
    if question is Question.MISSING:
        return {**answers, **{name: value for name, value in new.items() if value}}
    return {**{name: value for name, value in answers.items() if not name.startswith(own)}, **new}


def next_of(question: Question, step: int) -> Question | None:
    """The question before (-1) or after (1)."""
    order = list(Question)
    at = order.index(question) + step
    return order[at] if 0 <= at < len(order) else None


def chosen_codes(answers: Mapping[str, str]) -> list[str]:
    return [name.removeprefix("in_") for name, value in answers.items() if name.startswith("in_") and value]


def filled(
    answers: Mapping[str, str], places: Sequence[Row], order: Sequence[str], channels_of: Callable[[Row], Sequence[str]]
) -> dict[str, Any]:
    """The answers as a whole form: what was not asked (yet) comes from the data or the catalogue. `order` are the codes in the order
    that is proposed, `channels_of` the channels that are proposed for a touchpoint."""
    values: dict[str, Any] = {**answers}
    chosen = frozenset(chosen_codes(answers))
    placed = {code: n for n, code in enumerate((code for code in order if code in chosen), 1)}
    for place in places:
        code = place.code
        if code not in chosen:
            continue
        usual = usual_step(place)
        values[f"was_{code}"] = str(placed.get(code, len(placed) + 1))
        values.setdefault(f"place_{code}", values[f"was_{code}"])
        values[f"aim_{code}"] = values.get(f"aim_{code}") or shown_aim(usual.aim)
        if not answers.get(f"seen_ch_{code}"):
            values |= {f"ch_{code}_{channel}": "1" for channel in channels_of(place)}
        if not answers.get(f"seen_who_{code}"):
            values[f"who_{code}"] = str(usual.responsible_id or "")
    return values


def question_of(errors: Mapping[str, str]) -> Question:
    """The first question to which one of these errors belongs."""
    for question, families in FAMILIES.items():
        if any(name.startswith(families) for name in errors if families):
            return question
    return Question.TOUCHPOINTS if "steps" in errors else Question.WHO


def _clean(value: Any) -> str:
    return str(value).replace("\x00", "")[:LONGEST_ANSWER]


def _is_known(name: str, codes: frozenset[str]) -> bool:
    """Whether a field is of a touchpoint that there is, so that nobody fills a draft with anything."""
    if name in ("name", "segment", "goal", "seen_in"):
        return True
    for prefix in ("seen_ch_", "seen_who_", "measure_", "place_", "note_", "aim_", "who_", "in_"):
        if name.startswith(prefix):
            return name.removeprefix(prefix) in codes
    return name.startswith("ch_") and any(
        name.endswith(f"_{channel}") and name[3 : -len(channel) - 1] in codes for channel in CHANNELS
    )
