"""The salutation line of letters and e-mails, in German (DIN 5008, Duden) and English."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Protocol

from crm.customers.tables import FormOfAddress

MOST_NAMED = 3
"""With more people than this a letter greets them all at once."""

_PROFESSOR = re.compile(r"\bprof(essor(in)?)?\b", re.IGNORECASE)
_DOCTOR = re.compile(r"\b(dr|drs|doktor|doctor)\b", re.IGNORECASE)
_MAGISTER = re.compile(r"\bmag(ist(er|ra))?\b", re.IGNORECASE)
_ENDS_A_LINE = (",", "!", ".", ":", "–")


class Addressed(Protocol):
    """Who is greeted. `salutation` is a line of their own ("Liebe Anna"), empty for the usual one."""

    @property
    def given_name(self) -> str: ...
    @property
    def family_name(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def form_of_address(self) -> str: ...
    @property
    def salutation(self) -> str: ...


def salutation(person: Addressed | None, language: str = "de", *, neutral: bool = False) -> str:
    """The line with which a letter to this person begins, its comma included: "Sehr geehrte Frau Dr. Größmann,".

    With `neutral`, or for a person of whom we know no form of address, it says neither Frau nor Herr. A line of one's own
    goes before every rule. Without a person everybody is greeted."""
    return salutation_of_all([person] if person is not None else [], language, neutral=neutral)


def salutation_of_all(persons: Sequence[Addressed], language: str = "de", *, neutral: bool = False) -> str:
    """One line for several people in the order given, which is that of rank: "Sehr geehrte Frau Dr. Größmann, sehr
    geehrter Herr Weiß,". More than three, or nobody, are greeted without names."""
    named = [person for person in persons if _is_named(person)]
    if not 0 < len(named) <= MOST_NAMED or len(named) < len(persons):
        return _to_everybody(language, neutral)
    if language != "de":
        return _english(named, neutral)
    first, *others = [_german(person, neutral) for person in named]
    return _line(", ".join([first, *(other[:1].lower() + other[1:] for other in others)]))


def _german(person: Addressed, neutral: bool) -> str:
    if person.salutation:
        return person.salutation.rstrip(", ")
    form = FormOfAddress(person.form_of_address)
    if neutral or form is FormOfAddress.NEUTRAL or not person.family_name:
        title = _german_title(person.title, abbreviated=True)
        return " ".join(filter(None, ("Guten Tag", title, person.given_name, person.family_name)))
    greeting = "Sehr geehrte Frau" if form is FormOfAddress.MS else "Sehr geehrter Herr"
    title = _german_title(person.title, woman=form is FormOfAddress.MS)
    return " ".join(filter(None, (greeting, title, person.family_name)))


def _german_title(title: str, *, woman: bool = False, abbreviated: bool = False) -> str:
    """Only the highest title is spoken: a professor's instead of the doctorate, in full; Dr. once and without its subject;
    the Austrian Mag.; a diploma or a bachelor's degree not at all (Duden, "Anrede")."""
    if _PROFESSOR.search(title):
        return "Prof." if abbreviated else "Professorin" if woman else "Professor"
    if _DOCTOR.search(title):
        return "Dr."
    return "Mag." if _MAGISTER.search(title) else ""


def _english(persons: Sequence[Addressed], neutral: bool) -> str:
    if len(persons) == 1 and persons[0].salutation:
        return _line(persons[0].salutation)
    names = [_english_name(person, neutral) for person in persons]
    return _line("Dear " + " and ".join(filter(None, (", ".join(names[:-1]), names[-1]))))


def _english_name(person: Addressed, neutral: bool) -> str:
    """A title stands in place of Ms and Mr, and is the same for everybody."""
    title = "Professor" if _PROFESSOR.search(person.title) else "Dr" if _DOCTOR.search(person.title) else ""
    form = FormOfAddress(person.form_of_address)
    if not person.family_name:
        return person.given_name
    if title:
        return f"{title} {person.family_name}"
    if neutral or form is FormOfAddress.NEUTRAL:
        return " ".join(filter(None, (person.given_name, person.family_name)))
    return f"{'Ms' if form is FormOfAddress.MS else 'Mr'} {person.family_name}"


def _to_everybody(language: str, neutral: bool) -> str:
    if language == "de":
        return "Guten Tag," if neutral else "Sehr geehrte Damen und Herren,"
    return "Hello," if neutral else "Dear Sir or Madam,"


def _is_named(person: Addressed) -> bool:
    return bool(person.salutation or person.given_name or person.family_name)


def _line(text: str) -> str:
    return text if text.endswith(_ENDS_A_LINE) else f"{text},"
