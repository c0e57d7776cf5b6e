"""People and firms, drawn by the frequency of their names: who they are before anybody mistypes them."""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta

from bench import labelled_words as words
from bench.labelled_records import Labelled, Record, plain

TUNING, HELD_OUT = 20_261_101, 77_003
"""The rule was made with the first; what is published comes from the second, which also knows nicknames, names and streets
that the first does not."""


CORROBORATING = ("email", "phone", "birthday", "street")


class People:
    """Draws people and firms; the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self.draw = random.Random(seed)
        known = (lambda entries: entries[::2]) if seed == TUNING else (lambda entries: entries)
        self.family = [*words.FAMILY[:60], *known(words.FAMILY[60:])]
        self.family_weights = [1 / (3 + place) for place in range(len(self.family))]
        self.nicknames: dict[str, list[str]] = defaultdict(list)
        for name, nickname in known(words.NICKNAMES):
            self.nicknames[name].append(nickname)
        self.streets = known(words.STREETS)
        self.entity = 0
        self.taken: set[str] = set()
        self.data = Labelled()

    def person(self, **given: object) -> Record:
        draw = self.draw
        country, city, prefix, area = draw.choice(words.TOWNS)
        first, family = draw.choice(words.GIVEN), self.family_name()
        record = Record(
            self._next(), "person", given_name=first, family_name=family,
            title=draw.choice(("Dr.", "Prof. Dr.", "Dipl.-Ing.")) if draw.random() < 0.04 else "",
            birthday=date(1938, 1, 1) + timedelta(days=draw.randrange(25_000)) if draw.random() < 0.55 else None,
            email=self._email(first, family) if draw.random() < 0.75 else "",
            phone=self._phone(country, area) if draw.random() < 0.75 else "",
            **self._address(country, city, prefix, share=0.85),
        )  # fmt: skip
        return replace(self._decidable(record, area), **given)  # type: ignore[arg-type]

    def organisation(self, **given: object) -> Record:
        draw = self.draw
        country, city, prefix, area = draw.choice(words.TOWNS)
        family, trade, form = self.family_name(), draw.choice(words.TRADES), draw.choice(words.FORMS)
        fancy = draw.random()
        if fancy < 0.3:
            core = f"{draw.choice(words.INVENTED)}{draw.choice(('', '-', ' '))}{draw.choice(words.SECOND)}"
            core = core if draw.random() < 0.35 else f"{core} {city if draw.random() < 0.4 else family}"
        elif fancy < 0.6:
            core = f"{trade} {family}"
        elif fancy < 0.8:
            core = f"{family} {trade}"
        elif fancy < 0.9:
            core = f"{family} & {self.family_name()} {trade}"
        else:
            core = f"{draw.choice(words.GIVEN)} {family} {trade}"
        domain = self._domain(f"{plain(core).replace(' ', '-')[:24].strip('-')}", country)
        contact = draw.choice(words.GIVEN), self.family_name() if draw.random() < 0.6 else family
        record = Record(
            self._next(), "organisation", name=f"{core} {form}".strip(),
            email=f"{draw.choice(('info', 'kontakt', 'office', 'mail'))}@{domain}" if draw.random() < 0.8 else "",
            phone=self._phone(country, area, mobile=0.15) if draw.random() < 0.85 else "",
            website=f"https://www.{domain}" if draw.random() < 0.5 else "",
            **self._address(country, city, prefix, share=0.92),
        )  # fmt: skip
        if draw.random() < 0.5:
            record = replace(
                record, contact_given=contact[0], contact_family=contact[1],
                contact_email=f"{plain(contact[0])[:1]}.{plain(contact[1])}@{domain}",
                contact_phone=self._phone(country, area) if draw.random() < 0.5 else "",
            )  # fmt: skip
        return replace(self._decidable(record, area), **given)  # type: ignore[arg-type]

    def family_name(self) -> str:
        draw = self.draw
        if draw.random() < 0.55:
            return draw.choices(self.family, self.family_weights)[0]
        name = draw.choice(words.HEADS) + draw.choice(words.TAILS)
        return f"{name}-{draw.choice(self.family)}" if draw.random() < 0.05 else name

    def _next(self) -> int:
        self.entity += 1
        return self.entity

    def _email(self, first: str, family: str) -> str:
        draw, given, name = self.draw, plain(first), plain(family)
        local = draw.choice((f"{given}.{name}", f"{given[:1]}.{name}", f"{name}{draw.randrange(100)}", f"{given}{draw.randrange(1000)}",
                             f"{given}_{name}", f"{name}.{given}", f"{given}{name}"))  # fmt: skip
        local += str(draw.randrange(10, 99)) if draw.random() < 0.4 else ""
        address = f"{local.replace(' ', '')}@{draw.choice(words.PROVIDERS)}"
        while address in self.taken:  # a provider gives an address to one person only
            address = f"{local.replace(' ', '')}{draw.randrange(10_000)}@{draw.choice(words.PROVIDERS)}"
        self.taken.add(address)
        return address

    def _domain(self, name: str, country: str) -> str:
        """A domain belongs to one firm only."""
        domain = f"{name}.{country.lower()}"
        while domain in self.taken:
            domain = f"{name}-{self.draw.randrange(1000)}.{country.lower()}"
        self.taken.add(domain)
        return domain

    def _phone(self, country: str, area: str, mobile: float = 0.6) -> str:
        draw = self.draw
        code = words.COUNTRY_CODES[country]
        if draw.random() < mobile:
            return f"{code}{draw.choice(words.MOBILE[country])}{draw.randrange(10**6, 10**7)}"
        return f"{code}{area}{draw.randrange(10**4, 10**7)}"

    def _address(self, country: str, city: str, prefix: str, share: float = 1.0) -> dict[str, str]:
        draw = self.draw
        if draw.random() >= share:
            return {"country": country}
        number = f"{draw.randrange(1, 120)}{draw.choice('abc') if draw.random() < 0.08 else ''}"
        digits = f"{draw.randrange(1000):03}" if country == "DE" else f"{draw.randrange(10)}0"
        return {
            "street": f"{draw.choice(self.streets)} {number}",
            "postcode": prefix + digits,
            "city": city,
            "country": country,
        }

    def _decidable(self, record: Record, area: str) -> Record:
        if not any(getattr(record, name) for name in CORROBORATING):
            return replace(record, phone=self._phone(record.country, area))
        return record
