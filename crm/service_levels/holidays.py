"""Public holidays by country and state."""

from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from typing import NamedTuple

import holidays


class UnknownRegion(ValueError):
    """No public holidays are known for this country or state."""


def public_holidays(country: str, state: str | None, years: Iterable[int]) -> frozenset[date]:
    """The public holidays of these years, without bank, school or optional holidays.

    `country` is an ISO 3166-1 code ("DE"), `state` the subdivision's ISO 3166-2 part ("BY") or None for the holidays
    that the whole country keeps. Raises UnknownRegion for a code that isn't known.
    """
    return frozenset().union(*(_holidays_of(country.upper(), state.upper() if state else None, year) for year in years))


@lru_cache(maxsize=1000)
def _holidays_of(country: str, state: str | None, year: int) -> frozenset[date]:
    try:
        return frozenset(holidays.country_holidays(country, subdiv=state, years=year, categories=(holidays.PUBLIC,)))
    except NotImplementedError:
        region = f"{state} in {country}" if state else country
        raise UnknownRegion(f"No public holidays are known for {region}.") from None


class NamedDay(NamedTuple):
    """A day and what it is called."""

    on: date
    name: str


def named_holidays(country: str, state: str | None, years: Iterable[int], language: str) -> list[NamedDay]:
    """The public holidays with their names in this language ("de", "en") if the library has it, in order."""
    return _named(country, state, years, language, (holidays.PUBLIC,))


def observances(country: str, state: str | None, years: Iterable[int], language: str) -> list[NamedDay]:
    """Days that people keep and on which the company is open all the same (bank, school and optional holidays, customs): they
    stop no clock."""
    span = list(years)
    every = set(holidays.country_holidays(country.upper()).supported_categories) - {holidays.PUBLIC}
    off = public_holidays(country, state, span)
    kept = _named(country, state, span, language, tuple(sorted(every))) if every else []
    return [day for day in kept if day.on not in off]


def _named(
    country: str, state: str | None, years: Iterable[int], language: str, categories: tuple[str, ...]
) -> list[NamedDay]:
    spoken = {"de": "de", "en": "en_US"}[language]
    known = holidays.country_holidays(country.upper()).supported_languages
    found = holidays.country_holidays(
        country.upper(), subdiv=state.upper() if state else None, years=list(years), categories=categories,
        language=spoken if spoken in known else None,
    )  # fmt: skip
    return [NamedDay(on, name) for on, name in sorted(found.items())]


@lru_cache(maxsize=1)
def countries() -> dict[str, tuple[str, ...]]:
    """The countries whose public holidays are known, by their codes, with the codes of their states."""
    return {code: tuple(states) for code, states in holidays.list_supported_countries().items()}
