"""What the decoder says against a body or a parameter, as a sentence per field in the reader's language."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from crm.web.i18n import N_, _

TYPES = {
    "str": N_("a text"), "int": N_("a whole number"), "float": N_("a number"), "bool": N_("true or false"), "array": N_("a list"),
    "object": N_("an object"), "datetime": N_("a time such as 2026-11-30T09:00:00+01:00"), "date": N_("a day such as 2026-11-30"),
}  # fmt: skip
_BODY = "data"
"""Litestar's name of the whole body."""
_NO_BODY = "'data'"

_OF_A_FIELD = re.compile(r"Object (contains unknown|missing required) field `(.+)`", re.DOTALL)
_SENTENCES: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    (re.compile(r"Expected `(.+?)`, got `(.+?)`"), lambda found: _of_type(found[1], found[2])),
    (re.compile(r"Expected `str` of length <= (\d+)"), lambda found: _("At most %(n)s characters fit.") % {"n": found[1]}),
    (re.compile(r"Expected `.+?` of length <= (\d+)"), lambda found: _("At most %(n)s entries fit.") % {"n": found[1]}),
    (re.compile(r"Expected `.+?` >= (.+)"), lambda found: _("The smallest value is %(n)s.") % {"n": found[1]}),
    (re.compile(r"Expected `.+?` <= (.+)"), lambda found: _("The largest value is %(n)s.") % {"n": found[1]}),
    (re.compile(r"Invalid enum value '?(.*?)'?$"), lambda found: _("“%(value)s” is none of its words.") % {"value": found[1][:40]}),
    (re.compile(r"Invalid \S+ encoded (datetime|date)"), lambda found: _expected([found[1]])),
)  # fmt: skip


def errors_of(items: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """The errors of a ValidationException of Litestar, keyed by field: `items.0.product`."""
    return dict(
        field_error(str(item.get("message", "")), str(item.get("key", "")), is_text=item.get("source") == "query")
        for item in items
    )


def field_error(message: str, path: str = "", *, is_text: bool = False) -> tuple[str, str]:
    """The field that msgspec speaks of, and a sentence. The path stands at the end of its message unless it is known. With
    `is_text` it was in an address, where everything is text."""
    words, _at, end = message.rpartition(" - at `$") if " - at `$" in message else (message, "", "")
    where = "" if path == _BODY else path or end.rstrip("`")
    where = re.sub(r"\[(\w+)\]", r".\1", where).lstrip(".")
    if found := _OF_A_FIELD.fullmatch(words):
        name = f"{where}.{found[2]}" if where else found[2]
        return name, _("There is no such field here.") if found[1] == "contains unknown" else _("Please fill this in.")
    return where or "body", _sentence(words, is_text=is_text)


def _sentence(words: str, *, is_text: bool) -> str:
    if words == _NO_BODY:
        return _expected(["object"])
    for pattern, sentence in _SENTENCES:
        if found := pattern.match(words):
            if is_text and words.startswith("Expected `") and ", got `" in words:
                return _expected(name for name in found[1].split(" | ") if name != "null")
            return sentence(found)
    return _("This value does not fit here.")


def _of_type(expected: str, got: str) -> str:
    return _("Here %(expected)s is expected, not %(got)s.") % {
        "expected": _types(expected.split(" | ")),
        "got": _types([got]),
    }


def _expected(names: Iterable[str]) -> str:
    return _("Here %(expected)s is expected.") % {"expected": _types(names)}


def _types(names: Iterable[str]) -> str:
    return _(" or ").join(_(TYPES[name]) if name in TYPES else name for name in names)
