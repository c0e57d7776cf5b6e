"""Public holidays by country and state."""

from collections.abc import Iterable
from datetime import date
from functools import lru_cache

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
