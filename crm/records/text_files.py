"""Text files of unknown encoding: which one it is, and their lines without ever holding the whole."""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from charset_normalizer import from_bytes

from crm.records.reading import LONGEST_CELL, FileProblem

ENCODINGS = ("utf-8", "cp1252", "utf-16", "cp850", "mac_roman", "cp1250", "iso8859_15", "cp1251", "cp1253", "cp1254")
"""What a person may choose; the first two are what offices in German-speaking countries write."""

_BLOCK = 1_000_000
_SAMPLE = 100_000
_TRIED = ("cp1252", "cp850", "mac_roman")
_GERMAN = frozenset("äöüÄÖÜßéèàâêëçñøåæÉ€§°–„“”’‘´…")


class TextLines:
    """The lines of a file as text, one at a time. Bytes that do not fit the encoding stay recognisable (surrogates), so
    that the row can be named; a line without end is refused before it fills the memory."""

    def __init__(self, raw: BinaryIO, encoding: str) -> None:
        self._text = io.TextIOWrapper(
            raw, "utf-8-sig" if encoding == "utf-8" else encoding, "surrogateescape", newline=""
        )
        self.number = 0
        self.quotes = 0
        self.at_end = False
        self.told_delimiter = ""

    def begin_record(self) -> None:
        self.quotes = 0

    def __iter__(self) -> Iterator[str]:
        while line := self._next():
            self.number += 1
            if len(line) >= LONGEST_CELL * 5:
                raise FileProblem("line_too_long", line=self.number)
            if self.number == 1 and (told := _told_delimiter(line)):  # what Excel writes for itself
                self.told_delimiter = told
                yield "\n"
                continue
            self.quotes += line.count('"')
            yield line.replace("\x00", "") if "\x00" in line else line
        self.at_end = True

    def _next(self) -> str:
        try:
            return self._text.readline(LONGEST_CELL * 5)
        except UnicodeError:  # half a letter of UTF-16, or an encoding chosen that this file cannot have
            raise FileProblem("wrong_encoding", encoding=self._text.encoding) from None


def _told_delimiter(line: str) -> str:
    plain = line.strip().removeprefix("\ufeff")
    return (
        plain[4:]
        if plain.lower().startswith("sep=") and len(plain) == len("sep=;") and plain[4:] not in '\x00"'
        else "\t"
        if plain.lower() == "sep="
        else ""
    )


def known_encoding(encoding: str) -> str:
    """The usual name of an encoding that somebody chose; empty for none. Raises FileProblem for what is none of text."""
    if not encoding:
        return ""
    try:
        name = codecs.lookup(encoding).name
        "".encode(name)  # "base64" and the like are found, but are no encodings of text
        return {"utf-8-sig": "utf-8", "windows-1252": "cp1252"}.get(name, name)
    except (LookupError, ValueError):
        raise FileProblem("unknown_encoding", encoding=encoding[:40]) from None


def encoding_of(path: Path) -> str:
    """The encoding of a text file, from all of its lines: a mark at its beginning, UTF-8 if more lines are that than are
    not, otherwise the one in which its letters are German ones, otherwise the likeliest."""
    with path.open("rb") as file:
        head = file.read(2000)
        if head.startswith(codecs.BOM_UTF8):
            return "utf-8"
        if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16"
        if head.count(b"\x00") * 3 > len(head):
            return "utf-16-le" if head[1::2].count(b"\x00") > head[::2].count(b"\x00") else "utf-16-be"
        file.seek(0)
        good, bad, sample = _tally(file)
    if not bad or good > bad:
        return "utf-8"
    return _single_byte(sample)


def _tally(file: BinaryIO) -> tuple[int, int, bytes]:
    """How many lines with other letters than ASCII are UTF-8, how many are not, and some that are not."""
    good = bad = 0
    sample = bytearray()
    carried = b""
    while block := file.read(_BLOCK):
        if block.isascii() and carried.isascii():
            carried = b""
            continue
        lines = (carried + block).split(b"\n")
        carried = lines.pop()[-_BLOCK:]
        for line in lines:
            if line.isascii():
                continue
            if _is_utf8(line):
                good += 1
            else:
                bad += 1
                if len(sample) < _SAMPLE:
                    sample += line + b"\n"
    if not carried.isascii():
        good, bad = (good + 1, bad) if _is_utf8(carried) else (good, bad + 1)
        sample += carried if not _is_utf8(carried) else b""
    return good, bad, bytes(sample[: 2 * _SAMPLE])


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _single_byte(sample: bytes) -> str:
    others = bytes(byte for byte in sample if byte > 127)
    best = max(_TRIED, key=lambda name: sum(letter in _GERMAN for letter in others.decode(name, "replace")))
    if sum(letter in _GERMAN for letter in others.decode(best, "replace")) * 2 >= len(others):
        return best
    found = from_bytes(sample, cp_isolation=[*ENCODINGS[3:], "cp1252"]).best()
    return found.encoding if found is not None else "cp1252"
