"""The forms of approved answers and of level 0: a body to a typed value, or every error at once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from crm.tickets.answers.keeping import AnswerText, Use
from crm.tickets.answers.queries import today
from crm.tickets.answers.settings import LevelZeroSettings
from crm.web.forms import Fields
from crm.web.i18n import LANGUAGES, _

LONGEST_ANSWER = 8_000
MOST_QUESTIONS = 40
LONGEST_QUESTION = 300
LOWEST_THRESHOLD = 60


def parse_answer(values: Mapping[str, Any], now: datetime) -> tuple[AnswerText, int]:
    """What an answer says, and the version that was in front of the person (0 for a new one). One language is enough; a language
    needs title and answer, and at least its title is a way to ask."""
    fields = Fields(values)
    texts = {name: value for language in LANGUAGES for name, value in _of(fields, language).items()}
    for language in LANGUAGES:
        title, text = f"title_{language}", f"text_{language}"
        if any(texts[f"{part}_{language}"] for part in ("title", "questions", "text")):
            for name in (title, text):
                if not texts[name]:
                    fields.error(name, _("Please fill this in, or leave this language empty."))
    if not any(texts[f"text_{language}"] for language in LANGUAGES) and not fields.errors:
        fields.error("title_de", _("Please fill in at least one language."))
    expires_on = fields.on("expires_on")
    if expires_on is not None and expires_on < today(now):
        fields.error("expires_on", _("This day is over. Give a day to come, or leave it empty."))
    answer = AnswerText(fields.text("topic", limit=40), expires_on, **texts)
    version = fields.number("version", low=1, high=2**31 - 1) or 0
    fields.check()
    return answer, version


def _of(fields: Fields, language: str) -> dict[str, str]:
    return {
        f"title_{language}": fields.text(f"title_{language}", limit=200),
        f"questions_{language}": _questions(fields, f"questions_{language}"),
        f"text_{language}": fields.text(f"text_{language}", limit=LONGEST_ANSWER, many_lines=True),
    }


def _questions(fields: Fields, name: str) -> str:
    """The ways to ask, one per line, each once."""
    typed = fields.text(name, limit=MOST_QUESTIONS * (LONGEST_QUESTION + 1), many_lines=True)
    lines = list(dict.fromkeys(" ".join(line.split()) for line in typed.split("\n") if line.strip()))
    if len(lines) > MOST_QUESTIONS:
        fields.error(name, _("At most %(n)s ways to ask fit. Leave out those that are alike.") % {"n": MOST_QUESTIONS})
    if any(len(line) > LONGEST_QUESTION for line in lines):
        fields.error(
            name, _("One line is one question; one of these is longer than %(n)s letters.") % {"n": LONGEST_QUESTION}
        )
    return "\n".join(lines)


def parse_use(values: Mapping[str, Any]) -> Use:
    fields = Fields(values)
    return Use(fields.flag("is_published"), fields.flag("is_automatic"))


def parse_version(values: Mapping[str, Any]) -> int:
    """The version that was read before it is approved; demanded, so that nobody approves what they have not seen."""
    fields = Fields(values)
    version = fields.number("version", low=1, high=2**31 - 1, required=True) or 0
    fields.check()
    return version


def parse_settings(values: Mapping[str, Any]) -> LevelZeroSettings:
    fields = Fields(values)
    settings = LevelZeroSettings(
        is_on=fields.flag("is_on"),
        threshold=fields.number("threshold", low=LOWEST_THRESHOLD, high=100, required=True) or 0,
        settled_after_days=fields.number("settled_after_days", low=1, high=90, required=True) or 0,
        is_faq_public=fields.flag("is_faq_public"),
    )
    fields.check()
    return settings
