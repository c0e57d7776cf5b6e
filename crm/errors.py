"""What can go wrong in a way that a person can do something about. The web layer turns these into a page, a fragment
or a problem document (RFC 9457)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any


class Problem(Exception):
    """Base of all expected errors. `sentence` is shown to the person and says what to do."""

    status = 400
    code = "bad-request"

    def __init__(self, sentence: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence


class NotFound(Problem):
    """Missing, or not for this user: the same answer for both."""

    status = 404
    code = "not-found"


class Moved(Problem):
    """The record was merged into another one; links to it lead there. `table` is customer or person."""

    status = 301
    code = "moved"

    def __init__(self, table: str, old: int, new: int) -> None:
        super().__init__()
        self.table, self.old, self.new = table, old, new


class Forbidden(Problem):
    """Visible to this user, but not theirs to do."""

    status = 403
    code = "forbidden"


class RuleBroken(Problem):
    """A rule of the domain says no; the sentence says which and what to do instead."""

    status = 422
    code = "rule-broken"


class TooMany(Problem):
    """Slow down: too many attempts."""

    status = 429
    code = "too-many-requests"


class Invalid(Problem):
    """Input with errors, all of them at once: field name -> sentence. `values` is what was typed, for the form."""

    status = 422
    code = "invalid"

    def __init__(self, errors: Mapping[str, str], values: Mapping[str, Any] | None = None) -> None:
        super().__init__(" ".join(dict.fromkeys(errors.values())))
        self.errors = dict(errors)
        self.values = dict(values or {})


@dataclass(frozen=True)
class Difference:
    """One field that two people changed: what the other one saved, and what this one wants."""

    field: str
    label: str
    theirs: str
    mine: str


class Conflict(Problem):
    """Somebody else saved this record meanwhile. Nothing is lost: both versions are shown."""

    status = 409
    code = "conflict"

    def __init__(self, sentence: str = "", differences: Sequence[Difference] = (), version: int = 0) -> None:
        super().__init__(sentence)
        self.differences = tuple(differences)
        self.version = version

    def in_words(self, shown: Callable[[str, str], str]) -> Conflict:
        """The same with each value as people read it; `shown` takes the field and the value."""
        told = [
            replace(one, theirs=shown(one.field, one.theirs), mine=shown(one.field, one.mine))
            for one in self.differences
        ]
        return Conflict(self.sentence, told, self.version)
