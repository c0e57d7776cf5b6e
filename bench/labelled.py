"""Labelled customers: who is whom is known, because it is made up. Docs: docs/benchmark.md.

People and firms are drawn by the frequency of their names; a part of them is written down a second (third) time with the
errors that people make; beside them stand pairs that look alike and are not the same. What no reader could decide is left
out: of a second record at least one of e-mail, phone, birthday and address still fits (after a marriage, two do).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta

from bench import labelled_words as words
from bench.labelled_mistakes import Mistakes
from bench.labelled_people import HELD_OUT
from bench.labelled_records import Labelled, Record, plain

DUPLICATE_SHARE, HARD_SHARE, ORGANISATION_SHARE = 0.16, 0.22, 0.38


def generate(size: int, seed: int = HELD_OUT) -> Labelled:
    """About `size` records, the same for the same seed."""
    return _Maker(seed).make(size)


class _Maker(Mistakes):
    """Who is in the file: customers, some of them twice, and pairs that only look alike."""

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
        form, domain = self.draw.choice(("GmbH", "AG", "")), f"{plain(chain).replace(' ', '-')}.de"
        shared_email = self.draw.random() < 0.4
        free = [town for town in words.TOWNS if town[0] == "DE" and f"{chain} {town[1]}" not in self.taken]
        chosen = self.draw.sample(free, min(len(free), self.draw.choice((2, 2, 3))))
        self.taken.update(f"{chain} {town[1]}" for town in chosen)
        for country, city, prefix, area in chosen:
            name = (
                f"{chain} {form}".strip() if self.draw.random() < 0.7 else f"{chain} {form} {city}".replace("  ", " ")
            )
            email = f"info@{domain}" if shared_email else f"{plain(city).replace(' ', '-')}@{domain}"
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
            domain = self._domain(f"{plain(trade)}-{plain(name)}-{plain(city)[:5].strip()}", country)
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
