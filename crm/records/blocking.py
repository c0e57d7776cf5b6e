"""Which customers are worth comparing: keys that duplicates share, in spite of the errors that people make.

Everything with the same key is a block, and only within a block customers are compared. Keys are 63-bit numbers, so that they
are small in memory and in the database. A block with more than MOST members says nothing (a town, the most common name) and is
left out; what belongs together meets in another one.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b

from crm.customers.tables import CustomerKind
from crm.records.likeness import Portrait
from crm.records.name_forms import RELATED, sound_of

MOST = 30
"""More than these in one block are not compared with each other."""


def block_keys(subject: Portrait) -> frozenset[int]:
    """The keys of a customer."""
    return frozenset(_number(subject.kind[:1] + key) for key in _keys(subject))


def _number(key: str) -> int:
    return int.from_bytes(blake2b(key.encode(), digest_size=8).digest()) >> 1


def _keys(subject: Portrait) -> Iterator[str]:
    for email in subject.emails:
        yield f"e{email}"
    for phone in subject.phones:
        yield f"p{phone}"
    if subject.birthday is not None:
        yield f"b{subject.birthday.toordinal()}"
    for domain in subject.domains:
        yield f"d{domain}"
    names, parts = (
        _firm_sounds(subject) if subject.kind == CustomerKind.ORGANISATION else (_person_sounds(subject), set())
    )
    towns = {place.city or place.postcode for place in subject.places}
    for name in names:
        yield f"n{name}"
    for name in names | parts:
        for town in towns:
            yield f"t{name}|{town}"
    for place in subject.places:
        if place.street and place.number:
            yield f"a{place.street[:5]}{place.number}{place.postcode or place.city}"
            yield f"a{place.street[-8:-3]}{place.number}{place.postcode or place.city}"


def _person_sounds(subject: Portrait) -> set[str]:
    """The sounds of both names in alphabetical order, so that swapped names share them; a given name that is known stands for
    all its calling forms."""
    given, family = _sounds(subject.given), _sounds(subject.family)
    return {"|".join(sorted((one, other))) for one in given or {""} for other in family or {""}}


def _sounds(names: tuple[str, ...]) -> set[str]:
    if not names:
        return set()
    related = RELATED.get(names[0])
    return (
        {f"g{number}" for number in related}
        if related
        else {sound_of("".join(names)), *(sound_of(word) for word in names[1:])}
    )


def _firm_sounds(subject: Portrait) -> tuple[set[str], set[str]]:
    """The sounds of the two longest words together; and what is worth comparing in one town only: the longest word, and how the
    name begins."""
    longest = sorted(set(subject.core), key=lambda word: (-len(word), word))[:2]
    sounds = sorted(sound_of(word) or word for word in longest)
    return {"|".join(sounds)}, {f"w{sounds[0]}", "".join(subject.core)[:5]} if sounds else set()
