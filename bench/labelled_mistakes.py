"""The same customer, typed again with the errors that people make."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from bench import labelled_words as words
from bench.labelled_people import People
from bench.labelled_records import Record, plain


class Mistakes(People):
    """Writes somebody down once more."""

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


def _agreeing(one: Record, other: Record) -> int:
    """In how many of e-mail, phone, birthday and address two records of one customer still agree exactly (the street but for
    its spelling)."""
    same = [
        getattr(one, name) and getattr(one, name) == getattr(other, name) for name in ("email", "phone", "birthday")
    ]
    places = [plain(record.street).replace("strasse", "str") + record.postcode for record in (one, other)]
    return sum(map(bool, same)) + bool(one.street and places[0] == places[1])


def _everywhere(record: Record, change: Callable[[str], str]) -> Record:
    names = ("name", "given_name", "family_name", "street", "city")
    return replace(record, **{name: change(getattr(record, name)) for name in names})  # type: ignore[arg-type]
