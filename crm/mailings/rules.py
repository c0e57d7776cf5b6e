"""Who of a customer gets a mailing, in which language, and how fast it goes: pure rules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import groupby

OF_THEIR_OWN = ("consent", "existing_customer")
"""Bases that belong to an address itself."""
SLACK = 10
"""By so many per cent the readers may have become more between confirming and starting; beyond it somebody looks again."""
FEW = 5
STRETCH = 10
"""Seconds for which one portion of mails is handed over: so long a pause takes to be felt at most."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An address at a customer, or a person (or customer) without any (`address` empty). `person_id` is empty for the company's own
    address. `code` and `basis` are the gate's answer: no code means yes. Of somebody hidden (restricted) only that is known."""

    customer_id: int | None
    person_id: int | None
    name: str
    address: str = ""
    language: str = "de"
    has_returned: bool = False
    is_hidden: bool = False
    code: str = ""
    basis: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """One who gets the mailing (`reason` empty), or doesn't and why: a code of words.REASONS."""

    candidate: Candidate
    reason: str = ""

    @property
    def gets_it(self) -> bool:
        return not self.reason


@dataclass(slots=True)
class Chosen:
    """Chooses customer by customer, and remembers who has a mail already: one mail for each address, and one for each person."""

    addresses: set[str] = field(default_factory=set)
    persons: set[int] = field(default_factory=set)

    def of_customer(self, candidates: Sequence[Candidate]) -> list[Choice]:
        """Each person gets it at the first address that is allowed and works. The company's own address gets it on a basis of its own;
        where the purpose needs no consent, only if nobody at the company gets it."""
        found: list[Choice] = []
        by_person = groupby(
            (each for each in candidates if each.person_id is not None), key=lambda each: each.person_id
        )
        for person_id, group in by_person:
            if person_id not in self.persons:
                self.persons.add(int(person_id or 0))
                found.append(self._of_person(list(group)))
        somebody = any(choice.gets_it for choice in found)
        for own in candidates:
            if own.person_id is None and own.address:
                found.append(self._of_company(own, somebody))
            elif own.person_id is None and own.is_hidden:
                found.append(Choice(own, "restricted"))
        if not found and len(candidates) == 1 and candidates[0].person_id is None:
            found.append(Choice(candidates[0], "no_address"))
        return found

    def _of_person(self, addresses: list[Candidate]) -> Choice:
        reasons = [self._refusal(each) for each in addresses]
        for each, reason in zip(addresses, reasons, strict=True):
            if not reason:
                return self._take(each)
        return Choice(addresses[0], reasons[0])

    def _of_company(self, own: Candidate, somebody: bool) -> Choice:
        reason = self._refusal(own)
        if not reason and somebody and own.basis not in OF_THEIR_OWN:
            reason = "person_instead"
        return Choice(own, reason) if reason else self._take(own)

    def _refusal(self, each: Candidate) -> str:
        if not each.address:
            return "no_address"
        if each.code:
            return each.code
        if each.has_returned:
            return "returned"
        return "double" if each.address.casefold() in self.addresses else ""

    def _take(self, each: Candidate) -> Choice:
        self.addresses.add(each.address.casefold())
        return Choice(each)


def of_customers(candidates: Iterable[Candidate]) -> Iterator[list[Candidate]]:
    """The candidates customer by customer, as they are ordered."""
    for _customer, group in groupby(candidates, key=lambda each: each.customer_id):
        yield list(group)


def text_language(own: str, texts: Mapping[str, str]) -> str:
    """The reader's language, if there is a text in it; otherwise the other one. Empty if there is no text at all."""
    for each in (own, "de", "en"):
        if texts.get(f"body_{each}", "").strip() and texts.get(f"subject_{each}", "").strip():
            return each
    return ""


def portion(per_minute: int) -> int:
    """How many are handed over at once."""
    return max(1, per_minute * STRETCH // 60)


def pace(handed_over: int, per_minute: int) -> timedelta:
    """How long to wait after so many."""
    return timedelta(seconds=60 * handed_over / per_minute)


def are_too_many(found: int, confirmed: int) -> bool:
    """Whether so many more get it than were confirmed that somebody has to look again."""
    return found > confirmed + max(FEW, confirmed * SLACK // 100)
