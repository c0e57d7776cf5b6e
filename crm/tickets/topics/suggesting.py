"""Which topic a new enquiry has, by rules. Pure: rules and what came in go in, the suggestion with its reasons comes out.

Words are compared in their folded form (Größe, Groesse and Grosse are one). A word of five letters or more is also found within
a longer one, since German puts words together ("Rechnung" in "Abschlagsrechnung"); shorter ones stand alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from crm.text import fold

LOOKED_AT = 20_000
"""Letters of a text that are looked at: what an enquiry is about stands at its beginning."""
STANDS_ALONE_BELOW = 5


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule with its conditions, each list in the company's own words. `product` are name and number of one."""

    id: int
    name: str
    topic: str
    words: Sequence[str] = ()
    senders: Sequence[str] = ()
    form: str = ""
    product: Sequence[str] = ()
    position: int = 0


@dataclass(frozen=True, slots=True)
class Incoming:
    """What is known of an enquiry before anybody has read it."""

    text: str
    sender: str = ""
    form: str = ""


class Matched(NamedTuple):
    """What made a rule fit: word, sender, form or product, and which."""

    kind: str
    what: str


@dataclass(frozen=True, slots=True)
class Suggestion:
    rule: Rule
    matched: tuple[Matched, ...]


def suggest(rules: Iterable[Rule], incoming: Incoming) -> Suggestion | None:
    """The rule that fits best: the one with the most kinds of conditions met, then the most words, then the lowest position and
    id, so that the same enquiry always gets the same topic. None if none fits."""
    folded = f" {fold(incoming.text[:LOOKED_AT])} "
    found = [(rule, matched) for rule in rules if (matched := matches(rule, incoming, folded))]
    if not found:
        return None
    rule, matched = min(
        found, key=lambda pair: (-len({one.kind for one in pair[1]}), -len(pair[1]), pair[0].position, pair[0].id)
    )
    return Suggestion(rule, matched)


def matches(rule: Rule, incoming: Incoming, folded: str = "") -> tuple[Matched, ...]:
    """What of the rule fits; empty unless each of its conditions does, and for a rule without any."""
    folded = folded or f" {fold(incoming.text[:LOOKED_AT])} "
    parts = [
        (rule.words, [Matched("word", word) for word in rule.words if _stands_in(word, folded)]),
        (rule.senders, [Matched("sender", one) for one in rule.senders if _is_from(one, incoming.sender)]),
        (rule.form, [Matched("form", rule.form)] if rule.form and rule.form == incoming.form else []),
        (rule.product, [Matched("product", one) for one in rule.product if _stands_in(one, folded)][:1]),
    ]  # fmt: skip
    asked = [found for condition, found in parts if condition]
    return tuple(one for found in asked for one in found) if asked and all(asked) else ()


def _stands_in(word: str, folded: str) -> bool:
    wanted = fold(word)
    if not wanted:
        return False
    return (wanted if len(wanted) >= STANDS_ALONE_BELOW else f" {wanted} ") in folded


def _is_from(wanted: str, sender: str) -> bool:
    """An address, or a domain with all that stands below it ("@kunde.de", "kunde.de")."""
    wanted, sender = wanted.strip().lower(), sender.strip().lower()
    if not sender or not wanted:
        return False
    if "@" in wanted.lstrip("@"):
        return wanted == sender
    domain = sender.rpartition("@")[2]
    return domain == wanted.lstrip("@") or domain.endswith("." + wanted.lstrip("@"))


@dataclass(frozen=True, slots=True)
class Judged:
    """How a rule has done: `suggested` in all, `judged` of them are solved or corrected, `corrected` of those had another topic."""

    suggested: int
    judged: int
    corrected: int

    @property
    def rate(self) -> float | None:
        """The share that was corrected; None while nothing is judged."""
        return self.corrected / self.judged if self.judged else None
