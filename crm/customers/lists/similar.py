"""What somebody may have meant: the words that customers have and that differ little from a typed one."""

from __future__ import annotations

from collections.abc import Callable

from rapidfuzz.distance import OSA

from crm.customers.lists.search_text import pattern
from crm.customers.lists.wanted import literal
from crm.database import execute, fetch

SHORTEST = 4
"""Shorter words are too much alike to guess."""
LONG = 6
MOST_WORDS = 4
SOUNDS_ALIKE = 2
"""A word that sounds the same may differ in so many letters, whatever its length (Mayer, Meier)."""

# Typing errors rarely hit the first letter: words with the same one, or (it is wrong, missing, doubled or swapped) with the
# same letters after it, or that sound the same. Each is an index; the distance is then measured on few thousand words.
_NEAR = """
    SELECT DISTINCT t.term, w.word, dmetaphone(w.word) = dmetaphone(t.term) AS sounds
    FROM unnest($1::text[], $2::int[]) AS t (term, most)
    CROSS JOIN LATERAL (
        SELECT word FROM search_word WHERE left(word, 1) = left(t.term, 1) AND length(word) >= length(t.term) - 2
            AND levenshtein_less_equal(left(word, length(t.term)), t.term, t.most) <= t.most
        UNION
        SELECT word FROM search_word WHERE substr(word, 2, 3) IN (substr(t.term, 2, 3), substr(t.term, 3, 3))
            AND levenshtein_less_equal(left(word, length(t.term)), t.term, t.most) <= t.most
        UNION
        SELECT word FROM search_word WHERE left(word, 3) = substr(t.term, 2, 3)
            AND levenshtein_less_equal(left(word, length(t.term)), t.term, t.most) <= t.most
        UNION
        SELECT word FROM search_word WHERE dmetaphone(word) = dmetaphone(t.term)
            AND levenshtein_less_equal(left(word, length(t.term)), t.term, 3) <= 3
    ) w
"""


async def alike_words(terms: tuple[str, ...]) -> dict[str, list[tuple[str, int]]]:
    """For each term of letters the words that are nearest to it or to whose beginning it is, with the number of errors
    (Damerau-Levenshtein: a letter too many, too few, another one, two swapped). One error up to five letters, two from six
    on. The term itself is not among them."""
    asked = [term for term in terms if term.isalpha() and SHORTEST <= len(term) <= 40]
    if not asked:
        return {}
    found: dict[str, list[tuple[str, int]]] = {term: [] for term in asked}
    for row in await fetch(_NEAR, asked, [1 + errors_allowed(term) for term in asked]):
        allowed = SOUNDS_ALIKE if row.sounds else errors_allowed(row.term)
        errors = errors_between(row.term, row.word, allowed)
        if 0 < errors <= allowed:
            found[row.term].append((row.word, errors))
    return {term: _beginnings(sorted(words, key=_nearest(term))[:MOST_WORDS]) for term, words in found.items()}


def _beginnings(words: list[tuple[str, int]]) -> list[tuple[str, int]]:
    """Without those that another one finds as well: whoever has a word that begins with "han" is found by "han", not by "hans"."""
    return [
        (word, errors)
        for word, errors in words
        if not any(word != other and word.startswith(other) and fewer <= errors for other, fewer in words)
    ]


def errors_allowed(term: str) -> int:
    return 1 if len(term) < LONG else 2


def errors_between(term: str, word: str, most: int = 3) -> int:
    """The errors in `term` if `word` was meant, or the beginning of it while somebody is still typing; more than `most` are not
    counted any further."""
    lengths = {len(word), *range(max(1, len(term) - 2), min(len(word), len(term) + 2) + 1)}
    near = [word[:length] for length in lengths if abs(length - len(term)) <= most]
    return min((OSA.distance(term, beginning, score_cutoff=most) for beginning in near), default=most + 1)


def _nearest(term: str) -> Callable[[tuple[str, int]], tuple[int, int, str]]:
    """Fewest errors first, then the word that is not much longer."""
    return lambda found: (found[1], OSA.distance(term, found[0]), found[0])


def alternatives(term: str, words: list[tuple[str, int]]) -> tuple[str, str]:
    """For one term: the test that a customer has it or a word like it; and twice the number of errors, one more if the word does
    not stand in the name."""
    patterns = [(literal(pattern(term)), 0), *((literal(f"% {word}%"), errors) for word, errors in words)]
    tests = " OR ".join(f"c.search_text LIKE {each}" for each, _errors in patterns)
    name = "left(c.search_text, char_length(c.name) + 2)"
    steps = " ".join(
        f"WHEN c.search_text LIKE {each} THEN CASE WHEN {name} LIKE {each} THEN {2 * errors} ELSE {2 * errors + 1} END"
        for each, errors in patterns
    )
    return tests, f"CASE {steps} END"


async def forget_unused_words() -> None:
    """Words that no customer has any more leave the list: nobody's name outlives its erasure in it."""
    await execute(
        "DELETE FROM search_word WHERE word NOT IN (SELECT w FROM customer c, string_to_table(c.search_text, ' ') AS w "
        "WHERE c.deleted_at IS NULL AND c.restricted_at IS NULL)"
    )
