"""Labelled customers: who is whom is known, because it is made up. Docs: docs/benchmark.md.

People and firms are drawn by the frequency of their names; a part of them is written down a second (third) time with the
errors that people make; beside them stand pairs that look alike and are not the same. What no reader could decide is left
out: of a second record at least one of e-mail, phone, birthday and address still fits (after a marriage, two do).
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import combinations

from bench import labelled_words as words

TUNING, HELD_OUT = 20_261_101, 77_003
"""The rule was made with the first; what is published comes from the second, which also knows nicknames, names and streets
that the first does not."""

DUPLICATE_SHARE, HARD_SHARE, ORGANISATION_SHARE = 0.16, 0.22, 0.38
CORROBORATING = ("email", "phone", "birthday", "street")


@dataclass(frozen=True, slots=True)
class Record:
    """One customer as somebody typed it. `entity` is the truth: records of one entity are duplicates."""

    entity: int
    kind: str
    name: str = ""
    given_name: str = ""
    family_name: str = ""
    title: str = ""
    birthday: date | None = None
    email: str = ""
    phone: str = ""
    street: str = ""
    postcode: str = ""
    city: str = ""
    country: str = "DE"
    website: str = ""
    contact_given: str = ""
    contact_family: str = ""
    contact_email: str = ""
    contact_phone: str = ""


@dataclass(slots=True)
class Labelled:
    """The records in the order in which they were entered; `truth` are the pairs of places that are one customer, `hard`
    how many pairs of each kind look alike and aren't."""

    records: list[Record] = field(default_factory=list)
    hard: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    @property
    def truth(self) -> set[tuple[int, int]]:
        places: dict[int, list[int]] = defaultdict(list)
        for place, record in enumerate(self.records):
            places[record.entity].append(place)
        return {pair for own in places.values() for pair in combinations(own, 2)}


def generate(size: int, seed: int = HELD_OUT) -> Labelled:
    """About `size` records, the same for the same seed."""
    return _Maker(seed).make(size)


def precision_and_recall(found: set[tuple[int, int]], truth: set[tuple[int, int]]) -> tuple[float, float]:
    right = len(found & truth)
    return (right / len(found) if found else 0.0), (right / len(truth) if truth else 0.0)


class _Maker:
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

    def make(self, size: int) -> Labelled:
        draw = self.draw
        while len(self.data.records) < size:
            fate = draw.random()
            if fate < HARD_SHARE:
                self._hard_negatives()
                continue
            record = self.organisation() if draw.random() < ORGANISATION_SHARE else self.person()
            self.data.records.append(record)
            if fate < HARD_SHARE + DUPLICATE_SHARE:
                for _again in range(2 if draw.random() < 0.08 else 1):
                    self.data.records.append(self.again(record))
        draw.shuffle(self.data.records)
        return self.data

    # people and firms

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
        domain = self._domain(f"{_plain(core).replace(' ', '-')[:24].strip('-')}", country)
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
                contact_email=f"{_plain(contact[0])[:1]}.{_plain(contact[1])}@{domain}",
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
        draw, given, name = self.draw, _plain(first), _plain(family)
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

    # the same customer, typed again

    def again(self, record: Record) -> Record:
        """One to four of the errors that people make, such that the customer can still be recognised."""
        draw = self.draw
        errors = self._errors(record.kind)
        for _attempt in range(30):
            changed = record
            married = record.kind == "person" and draw.random() < 0.05
            for _n in range(draw.choices((0, 1, 2, 3, 4), (4, 36, 34, 18, 8))[0]):
                changed = draw.choice(errors)(changed)
            changed = self._forget(changed)
            if married:
                changed = replace(changed, family_name=self._married(record.family_name), given_name=record.given_name)
            if _agreeing(record, changed) >= (2 if married else 1):
                return changed
        return record

    def _errors(self, kind: str) -> list[Callable[[Record], Record]]:
        common = [self._street, self._street, self._moved, self._other_phone, self._other_email, self._phone_typo]
        if kind == "person":
            return [*common, self._family_typo, self._family_typo, self._given_typo, self._nickname, self._nickname, self._umlaut,
                    self._umlaut, self._swapped, self._by_ear, self._title, self._birthday, self._second_name]  # fmt: skip
        return [*common, self._name_typo, self._name_typo, self._form, self._form, self._form, self._abbreviated, self._umlaut,
                self._umlaut, self._by_ear, self._other_contact, self._town_added]  # fmt: skip

    def _forget(self, record: Record) -> Record:
        """Nobody fills in everything twice."""
        empty = {name: self.draw.random() < 0.15 for name in ("email", "phone", "website", "contact_given")}
        gone = {name: "" for name, is_empty in empty.items() if is_empty}
        if "contact_given" in gone:
            gone |= {"contact_family": "", "contact_email": "", "contact_phone": ""}
        if self.draw.random() < 0.25:
            record = replace(record, birthday=None)
        if self.draw.random() < 0.12:
            gone |= {"street": "", "postcode": "", **({"city": ""} if self.draw.random() < 0.5 else {})}
        return replace(record, **gone)  # type: ignore[arg-type]

    def _family_typo(self, record: Record) -> Record:
        return replace(record, family_name=self.typo(record.family_name))

    def _given_typo(self, record: Record) -> Record:
        return replace(record, given_name=self.typo(record.given_name))

    def _name_typo(self, record: Record) -> Record:
        return replace(record, name=self.typo(record.name))

    def typo(self, text: str) -> str:
        """A neighbouring key, a letter too few, too many or two in the wrong order; not in the first letter as a rule."""
        letters = [place for place, letter in enumerate(text) if letter.isalpha()]
        if len(letters) < 4:
            return text
        place = self.draw.choice(letters[1:] if self.draw.random() < 0.93 else letters)
        letter = text[place].lower()
        match self.draw.randrange(4):
            case 0 if letter in words.KEYBOARD:
                return text[:place] + self.draw.choice(words.KEYBOARD[letter]) + text[place + 1 :]
            case 1 if place + 1 < len(text) and text[place + 1].isalpha():
                return text[:place] + text[place + 1] + text[place] + text[place + 2 :]
            case 2:
                return text[:place] + text[place] + text[place:]
            case _:
                return text[:place] + text[place + 1 :]

    def _umlaut(self, record: Record) -> Record:
        old, new = self.draw.choice(words.SPELLINGS[:4] if self.draw.random() < 0.7 else words.SPELLINGS)
        return _everywhere(record, lambda text: text.replace(old, new).replace(old.upper(), new.capitalize()))

    def _by_ear(self, record: Record) -> Record:
        old, new = self.draw.choice(words.SOUNDS)
        names = ("family_name", "given_name") if record.kind == "person" else ("name",)
        return replace(record, **{name: getattr(record, name).replace(old, new, 1) for name in names[:1]})  # type: ignore[arg-type]

    def _nickname(self, record: Record) -> Record:
        known = self.nicknames.get(record.given_name)
        return replace(record, given_name=self.draw.choice(known)) if known else record

    def _second_name(self, record: Record) -> Record:
        if "-" in record.given_name:
            return replace(record, given_name=record.given_name.split("-")[0])
        return replace(record, given_name=f"{record.given_name} {self.draw.choice(words.GIVEN)}")

    def _swapped(self, record: Record) -> Record:
        return replace(record, given_name=record.family_name, family_name=record.given_name)

    def _title(self, record: Record) -> Record:
        return replace(record, title="" if record.title else "Dr.")

    def _birthday(self, record: Record) -> Record:
        """Day and month in the wrong order, or one figure of the year wrong."""
        if record.birthday is None:
            return record
        if record.birthday.day <= 12 and self.draw.random() < 0.6:
            return replace(
                record, birthday=record.birthday.replace(day=record.birthday.month, month=record.birthday.day)
            )
        year = record.birthday.year + self.draw.choice((-10, 10, -1, 1))
        return replace(record, birthday=record.birthday.replace(year=year, day=min(record.birthday.day, 28)))

    def _married(self, family: str) -> str:
        new = self.family_name()
        return f"{family}-{new}" if self.draw.random() < 0.4 else new

    def _street(self, record: Record) -> Record:
        street = record.street
        match self.draw.randrange(4):
            case 0 | 1:
                short = street.replace("Straße", "Str.").replace("straße", "str.")
                return replace(record, street=short if self.draw.random() < 0.7 else short.replace("str. ", "str."))
            case 2:
                return replace(record, street=street.replace("ß", "ss"))
            case _:
                return replace(record, street=self.typo(street))

    def _moved(self, record: Record) -> Record:
        country, city, prefix, _area = self.draw.choice(words.TOWNS)
        if record.country != country or self.draw.random() < 0.5:
            country, city, prefix = record.country, record.city, record.postcode[:2]
        return replace(record, **self._address(country, city, prefix)) if record.postcode else record  # type: ignore[arg-type]

    def _other_phone(self, record: Record) -> Record:
        area = self.draw.choice([town[3] for town in words.TOWNS if town[0] == record.country])
        return replace(record, phone=self._phone(record.country, area))

    def _phone_typo(self, record: Record) -> Record:
        if not record.phone:
            return record
        place = self.draw.randrange(5, len(record.phone))
        return replace(record, phone=record.phone[:place] + str(self.draw.randrange(10)) + record.phone[place + 1 :])

    def _other_email(self, record: Record) -> Record:
        if record.kind == "person":
            if record.email and self.draw.random() < 0.3:
                return replace(record, email=self.typo(record.email))
            return replace(record, email=self._email(record.given_name, record.family_name))
        _local, _at, domain = record.email.partition("@")
        return (
            replace(record, email=f"{self.draw.choice(('verkauf', 'buero', 'service'))}@{domain}") if domain else record
        )

    def _form(self, record: Record) -> Record:
        form = next(
            (form for form in sorted(words.FORM_SPELLINGS, key=len, reverse=True) if record.name.endswith(form)), ""
        )
        core = record.name.removesuffix(form).strip()
        return replace(record, name=f"{core} {self.draw.choice(words.FORM_SPELLINGS[form])}".strip())

    def _abbreviated(self, record: Record) -> Record:
        fitting = [pair for pair in words.ABBREVIATIONS if pair[0] in record.name.split()]
        return replace(record, name=record.name.replace(*self.draw.choice(fitting), 1)) if fitting else record

    def _town_added(self, record: Record) -> Record:
        return (
            replace(record, name=f"{record.name} {record.city}")
            if record.city and record.city not in record.name
            else record
        )

    def _other_contact(self, record: Record) -> Record:
        return replace(
            record, contact_given=self.draw.choice(words.GIVEN), contact_family=self.family_name(), contact_email=""
        )

    # pairs that look alike and are not the same

    def _hard_negatives(self) -> None:
        kinds = (
            self._family, self._family, self._couple, self._couple, self._twins, self._namesakes, self._namesakes, self._branches,
            self._branches, self._two_employers, self._one_house, self._similar_firms, self._sisters, self._firm_and_owner,
        )  # fmt: skip
        kind = self.draw.choice(kinds)
        self.data.records.extend(kind())
        self.data.hard[kind.__name__.strip("_")] += 1

    def _home(self) -> Record:
        base = self.person()
        country, city, prefix, area = self.draw.choice(words.TOWNS)
        return replace(base, **self._address(country, city, prefix), phone=self._phone(country, area, mobile=0.2))  # type: ignore[arg-type]

    def _family(self) -> Iterable[Record]:
        """Father and son under one roof; one in eight even has his father's given name (both birthdays are known then)."""
        father = replace(self._home(), birthday=date(1950, 1, 1) + timedelta(days=self.draw.randrange(9000)))
        assert father.birthday is not None
        born = father.birthday + timedelta(days=self.draw.randrange(8000, 13_000))
        name = father.given_name if self.draw.random() < 0.125 else self._other_given(father.given_name)
        shared = self.draw.random() < 0.6
        son = replace(
            father, entity=self._next(), given_name=name, birthday=born, title="", email=self._email(name, father.family_name),
            phone=father.phone if shared else self._phone(father.country, "30"),
        )  # fmt: skip
        return father, son

    def _couple(self) -> Iterable[Record]:
        one = self._home()
        name = self._other_given(one.given_name)
        born = date(1945, 1, 1) + timedelta(days=self.draw.randrange(20_000)) if one.birthday else None
        family = one.family_name if self.draw.random() < 0.8 else self.family_name()
        email = one.email if self.draw.random() < 0.5 else self._email(name, family)
        return one, replace(
            one, entity=self._next(), given_name=name, family_name=family, birthday=born, email=email, title=""
        )

    def _twins(self) -> Iterable[Record]:
        one = replace(self._home(), birthday=date(1960, 1, 1) + timedelta(days=self.draw.randrange(15_000)))
        name = self._other_given(one.given_name)
        return one, replace(
            one, entity=self._next(), given_name=name, email=self._email(name, one.family_name), title=""
        )

    def _namesakes(self) -> Iterable[Record]:
        """Two people of one name, one in three in the same town."""
        one, other = self.person(), self.person()
        if self.draw.random() < 0.33 and one.city:
            country, city, prefix, area = next(town for town in words.TOWNS if town[1] == one.city)
            other = replace(other, **self._address(country, city, prefix), phone=self._phone(country, area))  # type: ignore[arg-type]
        return one, replace(other, given_name=one.given_name, family_name=one.family_name)

    def _branches(self) -> Iterable[Record]:
        chain = (
            self.draw.choice(words.CHAINS)
            if self.draw.random() < 0.5
            else f"{self.draw.choice(words.TRADES)} {self.family_name()}"
        )
        form, domain = self.draw.choice(("GmbH", "AG", "")), f"{_plain(chain).replace(' ', '-')}.de"
        shared_email = self.draw.random() < 0.4
        free = [town for town in words.TOWNS if town[0] == "DE" and f"{chain} {town[1]}" not in self.taken]
        chosen = self.draw.sample(free, min(len(free), self.draw.choice((2, 2, 3))))
        self.taken.update(f"{chain} {town[1]}" for town in chosen)
        for country, city, prefix, area in chosen:
            name = (
                f"{chain} {form}".strip() if self.draw.random() < 0.7 else f"{chain} {form} {city}".replace("  ", " ")
            )
            email = f"info@{domain}" if shared_email else f"{_plain(city).replace(' ', '-')}@{domain}"
            yield Record(
                self._next(), "organisation", name=name, email=email, phone=self._phone(country, area, mobile=0.05),
                website=f"https://{domain}", **self._address(country, city, prefix),
            )  # fmt: skip

    def _two_employers(self) -> Iterable[Record]:
        """One person speaks for two firms (whose own names and numbers differ)."""
        one, other = self.organisation(), self.organisation()
        given, family = self.draw.choice(words.GIVEN), self.family_name()
        contact = {
            "contact_given": given, "contact_family": family, "contact_email": self._email(given, family),
            "contact_phone": self._phone("DE", "30", mobile=1),
        }  # fmt: skip
        return replace(one, **contact), replace(other, **contact)

    def _one_house(self) -> Iterable[Record]:
        """Two firms behind one door."""
        one, other = self.organisation(), self.organisation()
        if not one.street:
            return one, other
        return one, replace(other, street=one.street, postcode=one.postcode, city=one.city, country=one.country)

    def _similar_firms(self) -> Iterable[Record]:
        """The same trade in the same town, the names a letter or two apart."""
        pairs = (("Müller", "Möller"), ("Schmidt", "Schmid"), ("Bauer", "Baur"), ("Weber", "Wagner"), ("Meier", "Mayer"), ("Koch", "Kuch"),
                 ("Fischer", "Fiedler"), ("Becker", "Bäcker"), ("Wolf", "Wolff"), ("Klein", "Kleine"))  # fmt: skip
        names, trade = self.draw.choice(pairs), self.draw.choice(words.TRADES)
        country, city, prefix, area = self.draw.choice(words.TOWNS)
        for name in names:
            domain = self._domain(f"{_plain(trade)}-{_plain(name)}-{_plain(city)[:5].strip()}", country)
            yield Record(
                self._next(), "organisation", name=f"{trade} {name} {self.draw.choice(words.FORMS)}".strip(), email=f"info@{domain}",
                phone=self._phone(country, area, mobile=0), **self._address(country, city, prefix),
            )  # fmt: skip

    def _sisters(self) -> Iterable[Record]:
        """Two companies of one group: one door, one switchboard, different business."""
        one = self.organisation()
        family, kinds = self.family_name(), self.draw.choice(words.SISTERS)
        first, second = (f"{family} {kind} GmbH" for kind in kinds)
        return replace(one, name=first), replace(
            one, entity=self._next(), name=second, contact_given="", contact_family=""
        )

    def _firm_and_owner(self) -> Iterable[Record]:
        """A firm, and its owner as a private customer with the same number."""
        owner = self._home()
        firm = self.organisation(name=f"{self.draw.choice(words.TRADES)} {owner.given_name} {owner.family_name}")
        return owner, replace(
            firm, phone=owner.phone, email=owner.email, street=owner.street, postcode=owner.postcode, city=owner.city
        )

    def _other_given(self, name: str) -> str:
        """Another given name, and not a form of the same one."""
        related = {name, *self.nicknames.get(name, ()), *(full for full, short in words.NICKNAMES if short == name)}
        related |= {short for full, short in words.NICKNAMES if full in related}
        return self.draw.choice([other for other in words.GIVEN if other not in related and other[:3] != name[:3]])


def _agreeing(one: Record, other: Record) -> int:
    """In how many of e-mail, phone, birthday and address two records of one customer still agree exactly (the street but for
    its spelling)."""
    same = [
        getattr(one, name) and getattr(one, name) == getattr(other, name) for name in ("email", "phone", "birthday")
    ]
    places = [_plain(record.street).replace("strasse", "str") + record.postcode for record in (one, other)]
    return sum(map(bool, same)) + bool(one.street and places[0] == places[1])


def _everywhere(record: Record, change: Callable[[str], str]) -> Record:
    names = ("name", "given_name", "family_name", "street", "city")
    return replace(record, **{name: change(getattr(record, name)) for name in names})  # type: ignore[arg-type]


_ASCII = str.maketrans({
    "ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ş": "s", "ğ": "g", "ç": "c", "ı": "i", "ł": "l", "ń": "n", "ś": "s", "ć": "c", "ó": "o",
    "ą": "a", "ź": "z", "á": "a", "é": "e", ".": "", "(": "", ")": "", "&": "und", "İ": "i", "Ş": "s", "Ç": "c",
})  # fmt: skip


def _plain(text: str) -> str:
    return text.lower().translate(_ASCII)
