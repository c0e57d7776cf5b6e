"""A pasted chat as messages with speaker and time. Pure, and never in the way: what cannot be told apart stays one text, and no
letter of what was pasted gets lost.

A line begins a message in one of these shapes; the lines below it belong to it until the next one does:

- `10:42 Anna: …`, `10:42 - Anna: …`, `[10:42] Anna: …`
- `[27.11.26, 10:42:13] Anna Quitterer: …`, `27.11.26, 10:42 - Anna Quitterer: …` (WhatsApp on iOS and on Android)
- `Anna Quitterer (10:42)`, `Anna Quitterer  10:42 AM`, `Anna Quitterer 27.11.2026 10:42`, `[10:42] Anna Quitterer`
  with the text below (Teams, Slack)
- `Kunde: …`, `Agent: …`, `Support: …`, and other names that begin most of the lines
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, time

from crm.web.forms import FIRST_YEAR, LAST_YEAR

LONGEST_NAME = 60
MOST_MESSAGES = 1000
MOST_SPEAKERS = 6
LONGEST_LINE = 400
"""A head stands at the beginning of a line; longer lines are looked at so far."""

_MARKS = "\u200e\u200f\u202a\u202c\u202f\ufeff"
"""What WhatsApp puts before a line and into times without being seen."""
_DAY = r"(?P<day>\d{1,2}\.\s?\d{1,2}\.(?:\d{4}|\d{2})?|\d{1,2}/\d{1,2}/(?:\d{4}|\d{2})|\d{4}-\d{2}-\d{2})"
_CLOCK = r"(?P<clock>\d{1,2}:\d{2}(?::\d{2})?)(?:[\s\u202f]?(?P<half>[AaPp])\.?[Mm]\.?)?(?:\s?Uhr)?"
_WHEN = rf"(?:{_DAY},?\s{{1,2}}(?:um\s|at\s)?)?{_CLOCK}"
_NAME = rf"(?P<name>[^\W\d_][^\n:\[\]<>]{{0,{LONGEST_NAME - 1}}}?|\+[\d][\d \u00a0-]{{5,20}})"
_WITH_TIME = re.compile(rf"\[?{_WHEN}\]?\s{{0,2}}[-–—]?\s{{0,2}}{_NAME}\s?:(?:\s|$)")
_NAME_FIRST = re.compile(rf"{_NAME},?(?:\s{{0,4}}[\[(]\s?|\s{{1,4}}){_WHEN}\s?[\])]?\s?(?::(?:\s|$)|$)")
_NAME_BELOW_TIME = re.compile(rf"\[{_WHEN}\]\s{{1,2}}{_NAME}\s*$")
_NAME_ALONE = re.compile(r"(?P<name>[^\W\d_][\w .'’&()-]{0,39}?)\s?:(?:\s|$)")

CUSTOMER_WORDS = frozenset(
    {"kunde", "kundin", "customer", "client", "besucher", "besucherin", "visitor", "gast", "guest", "user"}
)
STAFF_WORDS = frozenset(
    {"agent", "agentin", "support", "service", "kundenservice", "berater", "beraterin", "mitarbeiter", "mitarbeiterin", "wir", "team",
     "operator", "bot", "assistant"}
)  # fmt: skip
ROBOTS = frozenset({"bot", "chatbot", "assistant", "assistent"})
"""What such a one says is automatic."""


@dataclass(frozen=True, slots=True)
class Said:
    """One message. `head` is what began its line, as it was pasted; `text` the rest with the line ends that belong to it. Head and
    text of all messages, one after the other, are what was pasted. Without a `name` nobody knows who said it."""

    name: str
    head: str
    text: str
    on: date | None = None
    at: time | None = None

    @property
    def shown(self) -> str:
        """The text as it is kept."""
        return self.text.strip()


@dataclass(frozen=True, slots=True)
class _Head:
    """How a line begins a message: `length` letters are no text."""

    name: str
    length: int
    on: date | None = None
    at: time | None = None


def read_chat(text: str, names: Collection[str] = ()) -> list[Said]:
    """The messages of a pasted chat in their order. `names` are people who may be taking part: one of them begins a message also where
    no time does. What stands before the first message, and a text in which nobody is recognised, is a message without a name."""
    lines = re.split(r"(?<=\n)", text)
    alone = _speakers(lines, names)
    said: list[Said] = []
    for line in lines:
        head = _head_of(line, alone) if len(said) < MOST_MESSAGES else None
        if head is not None:
            said.append(Said(head.name, line[: head.length], line[head.length :], head.on, head.at))
        elif said:
            said[-1] = replace(said[-1], text=said[-1].text + line)
        elif line:
            said.append(Said("", "", line))
    return said


def speakers(said: Collection[Said]) -> list[str]:
    """Who takes part, in the order in which they first speak."""
    return list(dict.fromkeys(one.name for one in said if one.name))


def likely_customers(found: Collection[str], customers: Collection[str], staff: Collection[str]) -> list[str]:
    """Who of them speaks for the customer: who is called like one of the customer's persons or so ("Kunde"); else whoever is called
    like nobody of ours, as long as somebody is. Of two people of whom nothing is known the first one asked."""
    sides = {name: _side(name, customers, staff) for name in found}
    if known := [name for name in found if sides[name] == "customer"]:
        return known
    strangers = [name for name in found if sides[name] == ""]
    if len(strangers) < len(found):
        return strangers
    return strangers[:1]


def _side(name: str, customers: Collection[str], staff: Collection[str]) -> str:
    folded = folded_name(name)
    if folded in CUSTOMER_WORDS or any(is_same_name(folded, one) for one in customers):
        return "customer"
    if folded.split(" ")[0] in STAFF_WORDS or any(is_same_name(folded, one) for one in staff):
        return "staff"
    return ""


def is_same_name(one: str, other: str) -> bool:
    """Whether somebody who is called `one` in a chat can be `other`: by the whole name, or its first or last word."""
    one, other = folded_name(one), folded_name(other)
    return bool(one and other) and (one == other or one in (other.split(" ")[0], other.split(" ")[-1]))


def folded_name(name: str) -> str:
    """A name as it is compared."""
    return " ".join(name.casefold().split())


def _head_of(line: str, alone: Collection[str]) -> _Head | None:
    start = len(line) - len(line.lstrip(_MARKS + " \t\u00a0"))
    looked_at = line[start : start + LONGEST_LINE].rstrip("\r\n")
    for shape in (_WITH_TIME, _NAME_FIRST, _NAME_BELOW_TIME):
        if (found := shape.match(looked_at)) and (head := _timed(found, start)):
            return head
    found = _NAME_ALONE.match(looked_at)
    if found is not None and folded_name(found["name"]) in alone:
        return _Head(found["name"].strip(), start + found.end())
    return None


def _timed(found: re.Match[str], start: int) -> _Head | None:
    """None for a time that no clock shows."""
    values = {key: value or "" for key, value in found.groupdict().items()}
    clock, day = _clock(values["clock"], values["half"]), values["day"]
    name = values["name"].strip(" ,-–—~\u00a0")
    on = _date(day) if day else None
    if clock is None or not name or (day and on is None):
        return None
    return _Head(name, start + found.end(), on, clock)


def _clock(text: str, half: str) -> time | None:
    parts = [int(part) for part in text.split(":")]
    if half:
        if not 1 <= parts[0] <= 12:
            return None
        parts[0] = parts[0] % 12 + (12 if half.lower() == "p" else 0)
    try:
        return time(parts[0], parts[1], parts[2] if len(parts) > 2 else 0)
    except ValueError:
        return None


def _date(text: str) -> date | None:
    """As people write it here: day before month; with strokes and an impossible month, as Americans do. A year that no form takes is
    none: such a line begins no message."""
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        parts = [int(part) for part in text.split("-")]
        orders = [(parts[0], parts[1], parts[2])]
    else:
        numbers = [int(part) for part in re.split(r"[./]\s?", text) if part]
        if len(numbers) < 3:
            return None
        year = numbers[2] + 2000 if numbers[2] < 100 else numbers[2]
        orders = [(year, numbers[1], numbers[0])] + ([(year, numbers[0], numbers[1])] if "/" in text else [])
    for year, month, day in orders:
        try:
            found = date(year, month, day)
        except ValueError:
            continue
        return found if FIRST_YEAR <= found.year <= LAST_YEAR else None
    return None


def _speakers(lines: list[str], names: Collection[str]) -> set[str]:
    """Whose name alone begins a message: words for either side, people who are known and whoever else begins several lines there; or
    everybody who begins a line, if most lines of the text begin with one of a few names."""
    begun: Counter[str] = Counter()
    for line in lines:
        if found := _NAME_ALONE.match(line.lstrip(_MARKS + " \t\u00a0")[:LONGEST_LINE].rstrip("\r\n")):
            begun[folded_name(found["name"])] += 1
    known = {
        name for name in begun if name in CUSTOMER_WORDS | STAFF_WORDS or any(is_same_name(name, one) for one in names)
    }
    if known:
        return known | {name for name, count in begun.items() if count > 1}
    is_talk = 2 <= len(begun) <= MOST_SPEAKERS and begun.total() > max(2, sum(1 for line in lines if line.strip()) / 2)
    return set(begun) if is_talk else set()
