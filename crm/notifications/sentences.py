"""What a notification says: a sentence in the reader's language, made from the words of its kind and the values in `detail`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from crm.customers.history import METRICS
from crm.notifications.kinds import Kind
from crm.notifications.words import WORDS
from crm.web.formats import clock, day, month, short_date
from crm.web.i18n import N_, _

ASKED = {
    "access": N_("Access to the data"), "portability": N_("Data portability"),
    "rectification": N_("Rectification"), "erasure": N_("Erasure"),
    "restriction": N_("Restriction of processing"), "objection": N_("Objection"), "review": N_("Review by a human being"),
    "consent_withdrawal": N_("Withdrawal of consent"),
}  # fmt: skip
"""What a data subject can ask for, as crm.privacy codes it."""

PROMISES = {
    "first_response": N_("First response"),
    "next_response": N_("Next response"),
    "solution": N_("Solution"),
}


def title(kind: str, detail: Mapping[str, Any]) -> str:
    return _filled(WORDS[Kind(kind)].title, detail)


def sentence(kind: str, detail: Mapping[str, Any]) -> str:
    words = WORDS[Kind(kind)]
    return _filled(words.sentence if detail.get("customer") or not words.nameless else words.nameless, detail)


def _filled(message: str, detail: Mapping[str, Any]) -> str:
    return _(message) % _Shown(detail)


class _Shown(dict[str, str]):
    """The values as they are shown; one that is missing is a dash, since an old notification must stay readable."""

    def __init__(self, detail: Mapping[str, Any]) -> None:
        super().__init__({name: _shown(name, value) for name, value in detail.items()})

    def __missing__(self, name: str) -> str:
        return "–"


def _shown(name: str, value: Any) -> str:
    if name == "due_at" and value:
        moment = datetime.fromisoformat(str(value))
        return f"{day(moment)}, {clock(moment)}"
    if name == "on" and value:
        return short_date(date.fromisoformat(str(value)))
    if name == "month" and value:
        year, _sep, number = str(value).partition("-")
        return month(date(int(year), int(number[:2]), 1)) + number[2:]  # of whom a report tells may follow
    if name == "answer":
        metric, score = value
        return _(METRICS[metric]) % {"score": score}
    if name == "asked":
        return _(ASKED[value]) if value in ASKED else str(value)
    if name == "reason":
        return _(str(value))
    if name == "promise":
        return _(PROMISES[value]) if value in PROMISES else str(value)
    return str(value)
