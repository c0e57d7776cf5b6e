"""Placeholders in texts, {Anrede} or {salutation}, and gaps, {?Termin}, that the writer fills: finding, filling, doubting. Which ones
there are says whoever has texts (a Catalogue)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from crm.web.i18n import _

_PLACE = re.compile(r"\{([^{}\n]{1,60})\}")
_NO_LETTERS = re.compile(r"[\s_-]+")
GAP = "?"
"""What begins with it is for the writer to fill: {?day and time}."""


@dataclass(frozen=True, slots=True)
class Placeholder:
    """One thing that is known when somebody writes. `missing`: what to do where it is not."""

    code: str
    german: str
    meaning: str
    missing: str = ""


@dataclass(frozen=True, slots=True)
class Left:
    """What still stands in braces after filling, as it is written. `code` belongs to a placeholder without a value."""

    written: str
    is_gap: bool
    code: str


class Catalogue:
    """The placeholders of one kind of texts."""

    def __init__(self, placeholders: Sequence[Placeholder]) -> None:
        self.placeholders = tuple(placeholders)
        self._codes = {_key(name): each.code for each in placeholders for name in (each.code, each.german)}
        self._by_code = {each.code: each for each in placeholders}

    def name_in(self, code: str, language: str) -> str:
        """A placeholder as people of this language write it."""
        return "{%s}" % (self._by_code[code].german if language == "de" else code)

    def fill(self, text: str, values: Mapping[str, str]) -> str:
        """The text with every placeholder that has a value; the others, gaps and strange words in braces stay as they are."""

        def value(found: re.Match[str]) -> str:
            return values.get(self._codes.get(_key(found[1]), ""), "") or found[0]

        return _PLACE.sub(value, text)

    def left_in(self, text: str) -> list[Left]:
        """Placeholders and gaps that are still there, each once."""
        found: dict[str, Left] = {}
        for match in _PLACE.finditer(text):
            code, is_gap = self._codes.get(_key(match[1]), ""), match[1].startswith(GAP)
            if code or is_gap:
                found.setdefault(match[0], Left(match[0], is_gap, code))
        return list(found.values())

    def left_sentence(self, left: Left) -> str:
        """Why a text cannot go out with it, and what to do."""
        if left.is_gap:
            return _("Fill the gap %(gap)s.") % {"gap": left.written}
        why = self._by_code[left.code].missing
        reason = _(why) if why else _("Nothing is known for it.")
        return _("%(placeholder)s cannot be filled: %(reason)s") % {"placeholder": left.written, "reason": reason}

    def mistakes(self, text: str, language: str) -> list[str]:
        """What is wrong with a text: words in braces that stand for nothing, braces without their like."""
        found = []
        for word in dict.fromkeys(_PLACE.findall(text)):
            if word.startswith(GAP) and word.strip(GAP).strip():
                continue
            if _key(word) not in self._codes:
                known = ", ".join(self.name_in(each.code, language) for each in self.placeholders)
                found.append(
                    _("There is no placeholder {%(word)s}. Known are: %(known)s.") % {"word": word, "known": known}
                )
        rest = _PLACE.sub("", text)
        if "{" in rest or "}" in rest:
            found.append(_("One brace stands alone. A placeholder begins with { and ends with }, both in one line."))
        return found


def fixed_parts(text: str) -> list[str]:
    """What of a text stands as it is written: the pieces between its placeholders and gaps."""
    return _PLACE.split(text)[::2]


def _key(word: str) -> str:
    return _NO_LETTERS.sub(" ", word.casefold()).strip()
