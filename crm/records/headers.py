"""What the columns of a file mean, by their headers: which program wrote it, and which field each column is."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from crm.records.header_names import API, GENERAL, OTHERS, TOOLS
from crm.records.order_header_names import SHOPIFY
from crm.records.targets import ATTRIBUTE, SEVERAL, TARGETS, ImportKind
from crm.text import fold

_NUMBER = re.compile(r"\b\d+\b")
_CERTAIN = 4
"""So many headers that only one program writes, and it is that program."""
_CERTAIN_SHARE = 0.6

_HIGHEST = {"person_email": 3, "person_phone": 3}
_DEMANDING = ("person_given_name", "person_family_name", "person_full_name", "name")


@dataclass(frozen=True, slots=True)
class Recognition:
    """What was recognised: for each column a field's code or nothing, the program ("outlook") if there is one, the
    headers that are there more than once, and those that were the same field as an earlier column."""

    fields: tuple[str, ...]
    tool: str = ""
    twice: tuple[str, ...] = ()
    is_american: bool = False


def recognise(columns: Sequence[str], kind: ImportKind = ImportKind.CUSTOMERS) -> Recognition:
    """The fields of these columns. A field is given to one column only; a further telephone or e-mail goes to the next
    free place, anything else that comes twice to nobody."""
    folded = [fold(column) for column in columns]
    twice = tuple(dict.fromkeys(c for c, f in zip(columns, folded, strict=True) if f and folded.count(f) > 1))
    if kind is not ImportKind.CUSTOMERS:
        tool = "shopify" if kind is ImportKind.ORDERS and _is_shopify(folded) else ""
        names = _inverted(tool or kind.value)
        found = [("" if tool else _own(c, kind)) or names.get(f, "") for c, f in zip(columns, folded, strict=True)]
        return Recognition(_once(found), tool, twice)
    if _is_ours(columns):
        return Recognition(_once([_own(column, kind) for column in columns]), "", twice)
    tool = _tool(folded)
    names = _catalogue(tool) if tool else {}
    found = [_one(column, key, names) for column, key in zip(columns, folded, strict=True)]
    if not tool:
        found = _in_context(found, folded)
    return Recognition(_once(found), tool, twice, _is_american(folded, tool))


def _is_shopify(folded: Sequence[str]) -> bool:
    """Only its lists of orders call a column "Name" and have line items beside it."""
    return "name" in folded and sum(key.startswith("lineitem ") for key in folded) > 1


def _own(column: str, kind: ImportKind) -> str:
    """The API's own name of a field."""
    plain = column.strip().lower()
    return plain if plain in TARGETS[kind] or (kind is ImportKind.CUSTOMERS and plain in API) else ""


def _is_ours(columns: Sequence[str]) -> bool:
    """Whether the columns have the API's names, as `crm import` has always taken them."""
    named = [column for column in columns if not column.startswith(ATTRIBUTE)]
    own = [column for column in named if column == column.lower() and _own(column, ImportKind.CUSTOMERS)]
    return len(own) == len(named) or (
        any("_" in column or column == "kind" for column in own) and len(own) * 2 > len(named)
    )


def _one(column: str, key: str, names: Mapping[str, str]) -> str:
    general = _inverted("general")
    numbered = _NUMBER.sub("#", key)
    for place in (names, general):
        if key in place:
            return place[key]
        if "#" in numbered and numbered in place:
            return _nth(place[numbered], int(_NUMBER.search(key)[0]))  # type: ignore[index]
    own = _own(column, ImportKind.CUSTOMERS)
    return f"person_{own}" if own in API else own


def _nth(code: str, n: int) -> str:
    if not code:
        return ""
    return code if n == 1 else f"{code}_{n}" if n <= _HIGHEST.get(code, 1) else ""


def _in_context(found: list[str], folded: Sequence[str]) -> list[str]:
    """What a bare "Name", "Title", "E-Mail" or "Telefon" means depends on the columns beside it."""
    has_given, has_family = "person_given_name" in found, "person_family_name" in found
    has_company = any(code == "name" and key != "name" for code, key in zip(found, folded, strict=True))
    for place, key in enumerate(folded):
        if key == "name":
            found[place] = (
                "person_family_name" if has_given and not has_family else "person_full_name" if has_company
                else "" if has_family else "name"
            )  # fmt: skip
        elif key == "title":
            found[place] = (
                "person_function"
                if "person_form_of_address" in found and "person_function" not in found
                else "person_title"
            )
    if "name" in found and not any(code in found for code in _DEMANDING[:3]):
        own = {"person_email": "email", "person_phone": "phone", "person_phone_2": "phone_2", "person_fax": "fax"}
        found = [own.get(code, code) for code in found]
    return found


def _once(found: Sequence[str]) -> tuple[str, ...]:
    taken: set[str] = set()
    result = []
    for code in found:
        place = next((each for each in (code, *SEVERAL.get(code, ())) if each not in taken), "") if code else ""
        taken.add(place)
        result.append(place)
    return tuple(result)


def _tool(folded: Sequence[str]) -> str:
    """The program whose headers these are, if it can be no other."""
    asked = [_NUMBER.sub("#", key) for key in folded if key]
    best, most = "", 0
    for code in TOOLS:
        names, only = _catalogue(code), _only(code)
        known = sum(key in names or plain in names for key, plain in zip(asked, (k for k in folded if k), strict=True))
        certain = sum(key in only or plain in only for key, plain in zip(asked, (k for k in folded if k), strict=True))
        if certain and (certain >= _CERTAIN or known >= len(asked) * _CERTAIN_SHARE) and certain * 10 + known > most:
            best, most = code, certain * 10 + known
    return best


def _is_american(folded: Sequence[str], tool: str) -> bool:
    """Whether dates with slashes begin with the month: an English export of a program from America."""
    return bool(tool) and any(
        key in folded for key in ("first name", "firstname", "last name", "person name", "account name")
    )


@cache
def _catalogue(tool: str) -> dict[str, str]:
    return {fold(name).replace("#", "") if "#" not in name else _pattern(name): code
            for code, names in TOOLS[tool][1].items() for name in names}  # fmt: skip


@cache
def _only(tool: str) -> frozenset[str]:
    """The headers that no other program and no ordinary list uses."""
    others = {key for other in TOOLS if other != tool for key in _catalogue(other)} | set(_inverted("general"))
    return frozenset(set(_catalogue(tool)) - others)


@cache
def _inverted(which: str) -> dict[str, str]:
    names = GENERAL if which == "general" else SHOPIFY if which == "shopify" else OTHERS[which]
    return {fold(name): code for code, each in names.items() for name in each}


def _pattern(name: str) -> str:
    return "#".join(fold(part) + (" " if place == 0 else "") if place == 0 else " " + fold(part)
                    for place, part in enumerate(name.split("#")))  # fmt: skip


def tool_name(tool: str) -> str:
    return "Shopify" if tool == "shopify" else TOOLS[tool][0] if tool in TOOLS else ""
