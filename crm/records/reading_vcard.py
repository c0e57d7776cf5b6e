"""Reads vCards as iOS, Google and Outlook write them (2.1 with quoted-printable, 3.0, 4.0), card by card: a broken one is
named and hurts no other. Every card becomes a row with the columns below."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import vobjectx

from crm.records.reading import Fault, FileKind, FileProblem, RawRow
from crm.records.text_files import TextLines, encoding_of

COLUMNS = (
    "kind", "name", "person_title", "person_given_name", "person_family_name", "person_function", "person_email",
    "person_email_2", "person_email_3", "person_phone", "person_phone_2", "person_phone_3", "street", "postcode", "city",
    "country", "website", "person_birthday", "language", "tags", "brief", "person_external_id",
)  # fmt: skip
"""The names of an import's fields (`targets.py`), so that a card needs no mapping."""

LONGEST_CARD = 400_000
"""Characters of one card without its pictures."""

_PICTURES = re.compile(r"(?:[\w-]+\.)?(PHOTO|LOGO|SOUND|KEY|X-MS-CARDPICTURE|X-ABCROP-RECTANGLE)[;:]", re.IGNORECASE)
_BEGIN = "BEGIN:VCARD"
_END = "END:VCARD"
_PREFERRED = ("pref", "cell", "work", "voice", "main", "home")
_NO_PHONES = {"fax", "pager", "modem", "video", "bbs", "pcs"}


class CardTable:
    """A file of vCards."""

    kind = FileKind.VCARD
    columns: tuple[str, ...] = COLUMNS
    sheets: tuple[str, ...] = ()

    def __init__(self, path: Path) -> None:
        self.path = path
        self.encoding = encoding_of(path)
        self.about = {"encoding": self.encoding}

    def rows(self) -> Iterator[RawRow]:
        for line, text, is_closed in self._cards():
            if not is_closed:
                yield RawRow(line, _rescued(text), Fault("card_not_closed"))
                continue
            try:
                yield RawRow(line, _cells(vobjectx.read_one(text, allow_qp=True)))
            except Exception as broken:  # whatever a library says about what a stranger wrote
                yield RawRow(line, _rescued(text), Fault("broken_card", None, {"reason": str(broken)[:120]}))

    def _cards(self) -> Iterator[tuple[int, str, bool]]:
        """The line, the text without pictures, and whether it has an end, of each card."""
        card: list[str] | None = None
        begin, size, is_picture = 0, 0, False
        with self.path.open("rb") as raw:
            lines = TextLines(raw, self.encoding)
            for text in lines:
                plain = text.strip().upper()
                if plain == _BEGIN:
                    if card is not None:
                        yield begin, "".join(card), False
                    card, begin, size, is_picture = [text], lines.number, 0, False
                    continue
                if card is None:
                    continue
                if plain == _END:
                    yield begin, "".join([*card, text]), True
                    card = None
                    continue
                is_picture = bool(_PICTURES.match(text)) or (is_picture and _continues(text))
                if not is_picture:
                    card.append(_encodable(text))
                    size += len(text)
                    if size > LONGEST_CARD:
                        raise FileProblem("line_too_long", line=begin)
        if card is not None:
            yield begin, "".join(card), False


def _continues(text: str) -> bool:
    """Whether a line goes on with the picture before it: folded, or (2.1) bare base64 up to an empty line."""
    return text.startswith((" ", "\t")) or not text.strip() or not re.match(r"[\w.-]+[;:]", text)


def _encodable(text: str) -> str:
    return text.encode("utf-8", "surrogateescape").decode("cp1252", "replace") if _has_strays(text) else text


def _has_strays(text: str) -> bool:
    return not text.isascii() and any("\udc80" <= letter <= "\udcff" for letter in text)


def _rescued(text: str) -> tuple[str, ...]:
    """What can be told of a card that nobody can read: its name, for the file of errors."""
    found = re.search(r"(?im)^(?:[\w-]+\.)?FN[^:\n]*:(.*)$", text)
    cells = dict.fromkeys(COLUMNS, "")
    cells["person_family_name"] = found[1].strip()[:150] if found else ""
    return tuple(cells.values())


def _cells(card: Any) -> tuple[str, ...]:
    lines: dict[str, list[Any]] = {name.lower(): found for name, found in card.contents.items()}
    cells = dict.fromkeys(COLUMNS, "")
    cells.update(_name(lines))
    cells["name"] = _organisation(lines)
    shows_company = _first(lines, "x-abshowas").upper() == "COMPANY" or _first(lines, "kind").lower() == "org"
    if shows_company or (cells["name"] and not (cells["person_given_name"] or cells["person_family_name"])):
        cells["kind"] = "organisation"
        cells["name"] = cells["name"] or _first(lines, "fn")
        for field in ("person_title", "person_given_name", "person_family_name"):
            cells[field] = ""
    elif not (cells["person_given_name"] or cells["person_family_name"]):
        cells["person_full_name"] = ""
        cells["person_family_name"] = _first(lines, "fn")
    cells["person_function"] = _first(lines, "title") or _first(lines, "role")
    _number(cells, "person_email", _ranked(lines.get("email", ())))
    _number(cells, "person_phone", [_plain_phone(text) for text in _ranked(lines.get("tel", ()))])
    cells.update(_address(lines))
    cells["website"] = _first(lines, "url")
    cells["person_birthday"] = _birthday(_first(lines, "bday"))
    cells["language"] = _first(lines, "lang")[:2].lower()
    cells["tags"] = ", ".join(_parts(lines["categories"][0].value)) if "categories" in lines else ""
    cells["brief"] = _first(lines, "note")
    cells["person_external_id"] = _first(lines, "uid").removeprefix("urn:uuid:")
    return tuple(" ".join(cells[field].split()) if field != "brief" else cells[field].strip() for field in COLUMNS)


def _name(lines: dict[str, list[Any]]) -> dict[str, str]:
    """Family and given name, with further given names, and the title before them."""
    if "n" not in lines:
        return {}
    value = lines["n"][0].value
    if isinstance(value, str):
        parts = [*re.split(r"(?<!\\);", value), "", "", "", ""]
        family, given, more, prefix = (part.replace("\\,", ",").replace("\\;", ";") for part in parts[:4])
    else:
        family, given, more, prefix = (
            _words(part) for part in (value.family, value.given, value.additional, value.prefix)
        )
    return {
        "person_family_name": family, "person_given_name": " ".join(filter(None, (given, more))), "person_title": prefix,
    }  # fmt: skip


def _organisation(lines: dict[str, list[Any]]) -> str:
    return _parts(lines["org"][0].value)[0] if "org" in lines and _parts(lines["org"][0].value) else ""


def _address(lines: dict[str, list[Any]]) -> dict[str, str]:
    """The address that is preferred, else the first."""
    found = sorted(lines.get("adr", ()), key=lambda line: "pref" not in _types(line))
    if not found:
        return {}
    value = found[0].value
    if isinstance(value, str):
        parts = [*re.split(r"(?<!\\);", value), *[""] * 7]
        box, extended, street, city, _region, code, country = (part.replace("\\,", ",") for part in parts[:7])
    else:
        box, extended, street, city, code, country = (
            _words(part) for part in (value.box, value.extended, value.street, value.city, value.code, value.country)
        )
    street = ", ".join(part for part in (" ".join(street.split("\n")), extended) if part) or box
    return {"street": street, "city": city, "postcode": code, "country": country}


def _first(lines: dict[str, list[Any]], name: str) -> str:
    return _words(lines[name][0].value) if name in lines else ""


def _words(value: Any) -> str:
    return " ".join(map(str, value)) if isinstance(value, list | tuple) else str(value or "")


def _parts(value: Any) -> list[str]:
    parts = value if isinstance(value, list | tuple) else re.split(r"(?<!\\)[;,]", str(value))
    return [part.strip() for part in map(str, parts) if part.strip()]


def _types(line: Any) -> set[str]:
    """The types of a number or address: TYPE=cell, TYPE="voice,home" and the bare words of 2.1."""
    said = [word for name, words in line.params.items() for word in (*words, *([name] if not words else []))]
    return {part.strip().lower() for word in (*said, *line.params) for part in str(word).split(",")}


def _ranked(found: Any) -> list[str]:
    """Values in the order in which one would use them: the preferred one first; no fax, no pager."""
    usable = [line for line in found if not _types(line) & _NO_PHONES]
    rank = {name: place for place, name in enumerate(_PREFERRED)}
    ordered = sorted(usable, key=lambda line: min((rank.get(each, 9) for each in _types(line)), default=9))
    return list(dict.fromkeys(text for line in ordered if (text := _words(line.value).strip())))


def _plain_phone(text: str) -> str:
    return re.sub(r"^tel:", "", text, flags=re.IGNORECASE).partition(";")[0]


def _number(cells: dict[str, str], field: str, values: list[str]) -> None:
    for place, value in enumerate(values[:3], 1):
        cells[field if place == 1 else f"{field}_{place}"] = value


def _birthday(text: str) -> str:
    """ISO 8601; a birthday without its year (--0412) is not a date."""
    found = re.match(r"(\d{4})-?(\d{2})-?(\d{2})", text)
    return "-".join(found.groups()) if found and found[1] != "1604" else ""  # 1604: how iOS writes an unknown year
