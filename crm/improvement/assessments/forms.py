"""The forms of a round and of the ratings in it: the body as typed values, or every error at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from crm.improvement.assessments.words import ASPECTS
from crm.web.forms import Fields
from crm.web.i18n import _

LONGEST = timedelta(days=366)
DONT_KNOW = 0
BEST = 5

Ratings = dict[int, dict[str, int]]
"""Of each assessed touchpoint (its id in the round), what was chosen."""


@dataclass(frozen=True, slots=True)
class RoundData:
    """A round as it is opened: what it is called, its last day, and the codes of the touchpoints that are rated."""

    name: str
    ends_on: date
    touchpoints: tuple[str, ...]


def round_of(fields: Fields, known: Iterable[str], today: date) -> RoundData:
    """Raises Invalid with every error."""
    name, ends_on = header_of(fields, today)
    chosen = tuple(code for code in known if fields.flag(f"touchpoint_{code}"))
    if not chosen:
        fields.error("touchpoints", _("Choose at least one touchpoint."))
    fields.check()
    assert ends_on
    return RoundData(name, ends_on, chosen)


def changed_of(fields: Fields, today: date) -> tuple[str, date]:
    """Name and last day of a round that is open. Raises Invalid with every error."""
    name, ends_on = header_of(fields, today)
    fields.check()
    assert ends_on
    return name, ends_on


def header_of(fields: Fields, today: date) -> tuple[str, date | None]:
    name = fields.text("name", required=True, limit=120)
    ends_on = fields.on("ends_on", required=True)
    if ends_on is not None and not today <= ends_on <= today + LONGEST:
        fields.error("ends_on", _("Choose a day from today on, within a year."))
    return name, ends_on


def ratings_of(fields: Fields, assessed: Iterable[int]) -> Ratings:
    """What was chosen of each touchpoint: 1 to 5, or 0 for "don't know". What isn't sent is not changed. Raises Invalid."""
    found = {}
    for one in assessed:
        chosen = {
            code: value
            for code in ASPECTS
            if (value := fields.number(f"a{one}_{code}", low=DONT_KNOW, high=BEST)) is not None
        }
        if chosen:
            found[one] = chosen
    fields.check()
    return found
