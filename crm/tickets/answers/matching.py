"""Which approved answer fits a message: a pure rule. Text in, scored candidates with their reasons out.

A message and a question variant are compared by the words that carry meaning. A word counts the more, the fewer answers know it;
what the message says and no answer knows counts most of all against it. The score, in percent, is the harmonic mean of how much of the
question is in the message and how much of the message is in the question, so that neither half an answer nor an answer to half of
what was asked scores high. What the message says beyond this variant counts half if another variant of the same answer says it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import log

from crm.tickets.answers.reading import Question, question_of, words_of
from crm.tickets.answers.refusing import Circumstances, refusals

MARGIN = 8
"""By so many percent the best answer must be ahead of the next one."""
PART_OF_A_WORD = 0.8
"""What it counts when one word is the beginning or the end of the other (Lieferzeit, Lieferzeiten, Lieferung)."""
SHORTEST_PART = 5
UNKNOWN = 1.6
"""How much more than the rarest known word one counts that no answer knows: it may be what the question is about."""


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to ask what an answer answers."""

    answer_id: int
    text: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """An answer that might fit: its score in percent, the variant that fits best, and the words of the message that matched."""

    answer_id: int
    score: int
    variant: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """The candidates, best first, and why no answer may be given automatically whatever their score."""

    candidates: tuple[Candidate, ...]
    refusals: tuple[str, ...]

    def chosen(self, threshold: int) -> Candidate | None:
        """The answer to give automatically, if any."""
        best = self.candidates[0] if self.candidates else None
        return best if best is not None and not self.refusals and best.score >= threshold else None


class Matcher:
    """Compares messages of one language with the variants of all answers in it. Built once for many messages."""

    def __init__(self, variants: Iterable[Variant], language: str) -> None:
        self.language = language
        self._variants = [(one, frozenset(words_of(one.text, language))) for one in variants]
        self._weights = _weights(self._variants)
        self._vocabulary = _vocabulary(self._variants)
        self._answers = max(1, len({one.answer_id for one, _words in self._variants}))
        self._unknown = UNKNOWN * log(1 + self._answers)

    def verdict(self, text: str, subject: str = "", around: Circumstances | None = None) -> Verdict:
        """What fits a message, and what speaks against an automatic answer."""
        question = question_of(text, self.language, subject)
        candidates = self._candidates(question)
        against = refusals(question, subject, around)
        if len(candidates) > 1 and candidates[0].score - candidates[1].score < MARGIN:
            against = (*against, "unclear")
        return Verdict(candidates, against)

    def _candidates(self, question: Question) -> tuple[Candidate, ...]:
        best: dict[int, Candidate] = {}
        for variant, words in self._variants:
            found = self._compare(question.words, variant, words)
            if found is not None and (variant.answer_id not in best or found.score > best[variant.answer_id].score):
                best[variant.answer_id] = found
        return tuple(sorted(best.values(), key=lambda one: (-one.score, one.answer_id)))

    def _compare(self, said: Mapping[str, str], variant: Variant, words: frozenset[str]) -> Candidate | None:
        if not said or not words:
            return None
        shares = {word: _closest(word, words) for word in said}
        if not any(shares.values()):
            return None
        asked = sum(self._weight(word) for word in said)
        vocabulary = self._vocabulary[variant.answer_id]
        of_message = (
            sum(self._weight(word) * (share + _closest(word, vocabulary)) / 2 for word, share in shares.items()) / asked
        )
        known = frozenset(said)
        of_variant = sum(self._weight(word) * _closest(word, known) for word in words) / sum(map(self._weight, words))
        if not of_message or not of_variant:
            return None
        score = round(200 * of_message * of_variant / (of_message + of_variant))
        return Candidate(
            variant.answer_id, score, variant.text, tuple(written for word, written in said.items() if shares[word])
        )

    def _weight(self, word: str) -> float:
        return self._weights.get(word, self._unknown)


def _vocabulary(variants: Sequence[tuple[Variant, frozenset[str]]]) -> Mapping[int, frozenset[str]]:
    """All the words by which each answer is asked for."""
    known: dict[int, frozenset[str]] = {}
    for variant, words in variants:
        known[variant.answer_id] = known.get(variant.answer_id, frozenset()) | words
    return known


def _weights(variants: Sequence[tuple[Variant, frozenset[str]]]) -> Mapping[str, float]:
    """What each word counts: log(1 + answers / answers that know it)."""
    knowing: dict[str, set[int]] = {}
    for variant, words in variants:
        for word in words:
            knowing.setdefault(word, set()).add(variant.answer_id)
    total = len({variant.answer_id for variant, _words in variants})
    return {word: log(1 + total / len(answers)) for word, answers in knowing.items()}


@lru_cache(maxsize=50_000)
def _closest(word: str, words: frozenset[str]) -> float:
    """1 if the word is among these, a part of it if one of them begins or ends with it or the other way round."""
    if word in words:
        return 1.0
    return PART_OF_A_WORD if any(_is_part(word, other) for other in words) else 0.0


def _is_part(one: str, other: str) -> bool:
    short, long = sorted((one, other), key=len)
    return len(short) >= SHORTEST_PART and (long.startswith(short) or long.endswith(short))
