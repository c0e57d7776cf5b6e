"""The customers of the demo company and the people there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from anyascii import anyascii

from crm.customers.actions import person_sort_key
from crm.customers.lists.search_text import search_text
from crm.demo import names
from crm.demo.depth import Depth
from crm.demo.doubles import Card, Doubles
from crm.demo.draw import Draw, Weighted
from crm.demo.rows import Rows
from crm.demo.world import World
from crm.text import sort_key

KINDS = Weighted({"organisation": 0.45, "person": 0.55})
LEVELS = Weighted({"basis": 0.65, "silber": 0.25, "gold": 0.10})
STATUSES = Weighted({"customer": 0.74, "prospect": 0.17, "former": 0.09})
COUNTRIES = Weighted({"DE": 0.84, "AT": 0.07, "CH": 0.05, "GB": 0.04})
TOWNS = {"DE": names.DE, "AT": names.AT, "CH": names.CH, "GB": names.GB}
PEOPLE_AT_A_COMPANY = Weighted({1: 0.45, 2: 0.35, 3: 0.2})
ENGLISH_ABROAD = 0.03
OLD_SHARE = 0.6
OLDEST = timedelta(days=2200)
NEWEST = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Human:
    """A person with the first e-mail address and telephone number, which may be empty."""

    id: int
    given: str
    family: str
    email: str
    phone: str
    is_woman: bool

    @property
    def name(self) -> str:
        return f"{self.given} {self.family}"


@dataclass(frozen=True, slots=True)
class Portrait:
    """What the rest of the demo must know of a customer."""

    id: int
    kind: str
    name: str
    language: Literal["de", "en"]
    town: str
    status: str
    level: str
    owner: int
    created_at: datetime
    people: tuple[Human, ...]
    shared_email: str


def days_of_arrival(world: World, draw: Draw, customers: int) -> list[datetime]:
    """When each customer came, the oldest first: most of them before the two years that are told of."""
    days = world.days
    arrivals = []
    for _n in range(customers):
        if draw.chance(OLD_SHARE):
            arrivals.append(days.begin - draw.random() * OLDEST)
        else:
            arrivals.append(days.moment(draw, days.begin, days.end - NEWEST))
    return sorted(moment.replace(microsecond=0) for moment in arrivals)


class Registry:
    """Makes customers, one after the other; no e-mail address is given out twice."""

    def __init__(self, world: World, rows: Rows, draw: Draw, depth: Depth, doubles: Doubles) -> None:
        self.world, self.rows, self.draw, self.depth, self.doubles = world, rows, draw, depth, doubles
        self._mailboxes: dict[str, int] = {}
        self._calls = 0
        self._number = 10_000

    def enter(self, created_at: datetime, double: Card | None = None) -> Portrait:
        """One more customer, with people, addresses and numbers; or somebody's second card."""
        draw = self.draw
        kind, country = draw.pick(KINDS), draw.pick(COUNTRIES)
        if double is not None:
            kind, country = double.kind, "DE"
        language: Literal["de", "en"] = "en" if country == "GB" or draw.chance(ENGLISH_ABROAD) else "de"
        postcode, town, _country = draw.pick(TOWNS[country])
        if double is not None:
            language, postcode, town = "de", double.postcode, double.town
        customer_id = self.rows.reserve("customer", 1)
        if kind == "organisation":
            trade, name = self._company(language, town)
            if double is not None:
                name, domain = double.name, double.domain
            else:
                domain = self._domain(_slug(name))
            functions = names.FUNCTIONS[language]
            people = [
                self._human(customer_id, n, language, country, town, domain, draw.pick(functions), created_at)
                for n in range(draw.pick(PEOPLE_AT_A_COMPANY))
            ]
            key, phone = sort_key(name), double.phone if double is not None else self._phone(country, town)
            shared = f"{'kontakt' if double is not None else 'info'}@{domain}"
            self.rows.add("email_address", customer_id, None, shared, 0)
            if phone:
                self.rows.add("phone_number", customer_id, None, phone, 0, "work")
        else:
            trade, shared, phone, domain = "", "", "", ""
            people = [self._human(customer_id, 0, language, country, town, "", "", created_at, double)]
            name, key = people[0].name, person_sort_key(people[0].given, people[0].family)
        street = double.street if double is not None else self._street(language)
        self.rows.add("postal_address", customer_id, street, postcode, town, country, 0)
        self._number += 1
        number = f"K-{self._number}"
        found_by = search_text(
            name, number, persons=[human.name for human in people],
            emails=filter(None, (shared, *(human.email for human in people))),
            phones=filter(None, (phone, *(human.phone for human in people))), places=[f"{street} {postcode} {town}"],
        )  # fmt: skip
        status, level, owner = self._standing(kind, created_at)
        origin = draw.pick(names.ORIGINS[language])
        website = f"https://www.{domain}" if domain and draw.chance(0.6) else ""
        checked_on = self._checked_on(created_at) if double is None else None
        self.rows.add_numbered(
            "customer", customer_id, number, kind, name, key[:300], found_by, status, owner, self._deputy(owner),
            self.world.levels[level].id, language, self._brief(kind, language, trade), origin, website, created_at, owner,
            checked_on, 1, names.ORIGIN_CODES[origin], self.depth.team(owner),
            self.depth.vat_id(kind, country) if double is None else "", owner if checked_on else None,
            self.depth.iban(customer_id, kind, country), *self.depth.relations(customer_id, kind, names.ORIGIN_CODES[origin]),
        )  # fmt: skip
        self.depth.tell(customer_id, kind, status, owner, created_at)
        if double is not None:
            self.doubles.entered(double, customer_id)
        elif country == "DE" and language == "de":
            first = people[0] if kind == "person" else None
            self.doubles.see(
                Card(
                    customer_id, kind, name, first.given if first else "", first.family if first else "",
                    first is not None and first.is_woman, street, postcode, town, first.phone if first else phone, domain,
                )
            )  # fmt: skip
        return Portrait(
            customer_id, kind, name, language, town, status, level, owner, created_at, tuple(people), shared
        )

    def _standing(self, kind: str, created_at: datetime) -> tuple[str, str, int]:
        """Status, service level and owner. Prospects came lately; private persons are rarely gold."""
        draw, world = self.draw, self.world
        status = draw.pick(STATUSES)
        if status == "prospect" and created_at < world.now - timedelta(days=400):
            status = "customer"
        if status == "former" and created_at > world.now - timedelta(days=300):
            status = "customer"
        level = draw.pick(LEVELS)
        if kind == "person" and level == "gold" and draw.chance(0.7):
            level = "basis"
        return status, level, draw.pick(world.staff.sales)

    def _deputy(self, owner: int) -> int | None:
        sales = self.world.staff.sales
        return sales[(sales.index(owner) + 1) % len(sales)] if self.draw.chance(0.6) else None

    def _checked_on(self, created_at: datetime) -> date | None:
        """When the master data were last confirmed."""
        since = max(created_at, self.world.days.begin)
        return self.world.days.moment(self.draw, since, self.world.now).date() if self.draw.chance(0.5) else None

    def _brief(self, kind: str, language: str, trade: str) -> str:
        if not self.draw.chance(0.55):
            return ""
        brief = self.draw.pick(names.BRIEFS[kind][language])
        return brief.format(trade=trade or "Betrieb", n=self.draw.between(3, 60))

    def _company(self, language: str, town: str) -> tuple[str, str]:
        """The trade and the name of a company."""
        draw = self.draw
        family, other = draw.pick(names.FAMILIES), draw.pick(names.FAMILIES)
        if language == "en":
            family, other = draw.pick(names.ENGLISH_FAMILIES), draw.pick(names.ENGLISH_FAMILIES)
            pattern = draw.pick(names.ENGLISH_COMPANIES)
            return "", pattern.format(family=family, other=other, sign=draw.pick(names.ENGLISH_SIGNS))
        trade, pattern = draw.pick(names.TRADES)
        name = pattern.format(
            trade=trade, family=family, other=other, town=town.split(" (")[0], form=draw.pick(names.FORMS),
            partners=draw.pick(names.PARTNERS), sign=draw.pick(names.SIGNS),
        )  # fmt: skip
        return trade, name

    def _human(
        self,
        customer_id: int,
        position: int,
        language: str,
        country: str,
        town: str,
        domain: str,
        function: str,
        created_at: datetime,
        double: Card | None = None,
    ) -> Human:
        """A person with affiliation, e-mail and telephone; without a domain a private one."""
        draw = self.draw
        is_woman = draw.chance(0.5)
        if language == "en":
            given = draw.pick(names.ENGLISH_WOMEN if is_woman else names.ENGLISH_MEN)
            family = draw.pick(names.ENGLISH_FAMILIES)
        else:
            given = draw.pick(names.WOMEN if is_woman else names.MEN)
            family = draw.pick(names.FAMILIES)
            if draw.chance(names.DOUBLE_SHARE):
                family = f"{family}-{draw.pick(names.FAMILIES)}"
        if double is not None:
            given, family, is_woman = double.given, double.family, double.is_woman
        title = draw.pick(names.TITLES) if draw.chance(names.TITLE_SHARE) else ""
        person_id = self.rows.add(
            "person",
            given,
            family,
            title,
            "ms" if is_woman else "mr",
            language,
            created_at,
            1,
            self.depth.birthday(domain) if double is None else None,
        )
        self.rows.add("affiliation", customer_id, person_id, function, not domain, position)
        email = phone = ""
        if draw.chance(0.9):
            email = self._mailbox(f"{_slug(given)}.{_slug(family)}", domain or "post.example")
            self.rows.add("email_address", None, person_id, email, 0)
        if double is not None:
            phone = double.phone
        elif draw.chance(0.7):
            phone = self._phone(country, town)
        if phone:
            self.rows.add("phone_number", None, person_id, phone, 0, self.depth.phone_kind(domain))
        return Human(person_id, given, family, email, phone, is_woman)

    def _domain(self, wanted: str) -> str:
        """A domain of its own below .example, which exists for nobody (RFC 2606)."""
        return f"{wanted}{self._again(wanted)}.example"

    def _mailbox(self, wanted: str, domain: str) -> str:
        return f"{wanted}{self._again(f'{wanted}@{domain}')}@{domain}"

    def _again(self, name: str) -> str:
        """Nothing for a name that is new, else the number that makes it new."""
        taken = self._mailboxes.get(name, 0)
        self._mailboxes[name] = taken + 1
        return str(taken + 1) if taken else ""

    def _street(self, language: str) -> str:
        draw = self.draw
        if language == "en":
            return f"{draw.between(1, 180)} {draw.pick(names.ENGLISH_STREETS)}"
        return f"{draw.pick(names.STREETS)} {draw.between(1, 120)}{draw.pick(('', '', '', '', 'a', 'b'))}"

    def _phone(self, country: str, town: str) -> str:
        """The next number of the reserved ranges; see names.py. Empty where a country reserves none."""
        self._calls += 1
        block, extension = self._calls % 1000, self._calls // 1000
        if country == "GB":
            return f"{names.BRITISH_NUMBERS[self._calls % 2]}{block:04d}"
        if country != "DE":
            return ""
        network = names.NUMBERS_OF_TOWNS.get(town, self._calls % len(names.GERMAN_NUMBERS))
        return f"{names.GERMAN_NUMBERS[network]}{block:03d}{extension or ''}"


def _slug(text: str) -> str:
    """A name as it stands in an e-mail address: Größmann becomes groessmann."""
    spelt = text.lower().replace("ä", "ae").replace("ö", "oe").replace("ü", "ue").replace("ß", "ss")
    plain = re.sub(
        r"\b(gmbh|co|kg|ag|ohg|ug|haftungsbeschränkt|haftungsbeschraenkt|partg|mbb|gbr|ltd|llp|e|k|v|eg)\b", "", spelt
    )
    return re.sub(r"[^a-z0-9]+", "-", anyascii(plain).lower()).strip("-") or "kunde"
