"""Do two firms have the same name? Words are laid side by side: equal, misspelt, shortened, or left over."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from enum import StrEnum
from functools import lru_cache

from crm.records.name_forms import is_typo, sound_of


class FirmMatch(StrEnum):
    SAME = "name_same"
    SIMILAR = "name_similar"
    PART = "name_part"
    OTHER = ""


def compare_firms(one: Sequence[str], other: Sequence[str], towns: Collection[str] = ()) -> FirmMatch:
    """Two names without their legal forms. A town that one of them is in may be missing in the other; a word on both sides that
    the other does not have (Holding, Verwaltung) makes two firms."""
    if not one or not other:
        return FirmMatch.OTHER
    if one == other or "".join(one) == "".join(other) or (len(one) == len(other) and sorted(one) == sorted(other)):
        return FirmMatch.SAME
    known = {word for town in towns for word in town.split()}
    left, right, pairs = _laid_out(one, other)
    if not pairs:
        return FirmMatch.SIMILAR if is_typo("".join(one), "".join(other)) else FirmMatch.OTHER
    left, right = [w for w in left if w not in known], [w for w in right if w not in known]
    if not left and not right:
        return FirmMatch.SIMILAR
    if left and right:
        return (
            FirmMatch.SIMILAR if is_typo("".join(one), "".join(other)) or _is_joined(left, right) else FirmMatch.OTHER
        )
    matched = sum(len(a) for a, _b in pairs)
    return FirmMatch.PART if matched >= max(5, sum(map(len, left or right))) else FirmMatch.OTHER


def _laid_out(one: Sequence[str], other: Sequence[str]) -> tuple[list[str], list[str], list[tuple[str, str]]]:
    """What is left over on either side, and the pairs that fit: first the equal words, then the similar ones."""
    left, right, pairs = list(one), list(other), []
    for word in one:
        if word in right:
            left.remove(word)
            right.remove(word)
            pairs.append((word, word))
    for word in list(left):
        for candidate in right:
            if are_one_word(word, candidate):
                left.remove(word)
                right.remove(candidate)
                pairs.append((word, candidate))
                break
    return left, right, pairs


@lru_cache(maxsize=50_000)
def are_one_word(one: str, other: str) -> bool:
    """Misspelt, written by ear, or shortened."""
    if is_typo(one, other):
        return True
    short, long = sorted((one, other), key=len)
    if len(short) >= 3 and long.startswith(short):
        return True
    return len(short) > 3 and one[0] == other[0] and sound_of(one) == sound_of(other)


def _is_joined(left: Sequence[str], right: Sequence[str]) -> bool:
    """The same letters with gaps in other places: "masch bau" and "maschinenbau"."""
    one, other = "".join(left), "".join(right)
    return (
        one == other
        or is_typo(one, other)
        or (len(left) != len(right) and one[0] == other[0] and one[-3:] == other[-3:])
    )
