"""Do two people have the same name? Given names by what they are called, family names by eye and ear: codes out, empty for the
names of two people."""

from __future__ import annotations

from functools import lru_cache

from rapidfuzz.distance import OSA

from crm.records.name_forms import PARTICLES, RELATED, are_related, is_typo, sound_of


@lru_cache(maxsize=50_000)
def given_match(one: tuple[str, ...], other: tuple[str, ...]) -> str:
    """How two given names agree; empty if they are those of two people."""
    if not one or not other:
        return "given_missing"
    if one == other:
        return "given_same"
    if "".join(one) == "".join(other):
        return "given_same"
    if set(one) <= set(other) or set(other) <= set(one):
        return "given_part"
    first, second = one[0], other[0]
    if any(are_related(a, b) for a in {first, "".join(one)} for b in {second, "".join(other)}):
        return "given_nickname"
    if len(first) == 1 or len(second) == 1:
        return "given_initial" if first[0] == second[0] else ""
    if first in RELATED and second in RELATED:
        return "given_part" if first == second else ""  # two names that exist are no typing error
    if are_for_both_sexes(first, second):
        return ""
    if is_typo(first, second):
        return "given_similar"
    sounds_alike = first[0] == second[0] and sound_of(first) == sound_of(second)
    return "given_sounds" if sounds_alike and OSA.distance(first, second, score_cutoff=2) <= 2 else ""


def are_for_both_sexes(one: str, other: str) -> bool:
    """Martin and Martina, Gabriel and Gabriele: a letter apart, and two people. (Friedaa is no name: that is a slip.)"""
    if (one in RELATED) != (other in RELATED):
        return False
    short, long = sorted((one, other), key=len)
    return long in (short + "a", short + "e", short + "ie", short + "ine") or (
        short[:-1] + "a" == long and short[-1] in "os"
    )


@lru_cache(maxsize=50_000)
def family_match(one: tuple[str, ...], other: tuple[str, ...]) -> str:
    """How two family names agree, double names included; empty if they don't."""
    if not one or not other:
        return ""
    if one == other:
        return "family_same"
    whole, second = "".join(one), "".join(other)
    if whole == second:
        return "family_same"
    if is_typo(whole, second):
        return "family_similar"
    if set(one) & set(other) - PARTICLES:
        return "family_part"
    if whole[0] == second[0] and sound_of(whole) == sound_of(second):
        return "family_sounds"
    return (
        "family_part"
        if any(len(a) > 4 and is_typo(a, b) for a in one for b in other) and len(one) + len(other) > 2
        else ""
    )
